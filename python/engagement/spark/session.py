"""Check what a session of dbt-spark needs, and open one."""

from __future__ import annotations

import fcntl
import logging
import os
import re
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engagement.serve.warehouse import WarehouseError, output, writing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OLDEST_JAVA = 17
PATIENCE = 60  # seconds


class SparkError(WarehouseError):
    """Spark cannot be used; the message says what to do."""


def prepare(credentials: Any) -> None:
    """Check that Spark can run, and make it strict.

    Parameters
    ----------
    credentials : dbt.adapters.spark.SparkCredentials
        The credentials of the profile in use.

    Raises
    ------
    SparkError
        If there is no Java that Spark runs on, or another command uses Spark.
    """
    check_java()
    take_metastore()
    # dbt itself reports statements that fail
    logging.getLogger("SQLQueryContextLogger").disabled = True
    make_strict(credentials)


def make_strict(credentials: Any) -> None:
    """Leave ANSI mode on, which dbt-spark turns off.

    Without it, a sum that overflows gives a wrong number instead of an error.
    """
    credentials.server_side_parameters.pop("spark.sql.ansi.enabled", None)


def check_java() -> None:
    """Raise a SparkError unless there is a Java that Spark 4 runs on."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    needed = f"Spark needs Java {OLDEST_JAVA} or later"
    hint = "install one, or set JAVA_HOME to its folder"
    if not java or not Path(java).exists():
        where = f"JAVA_HOME ({home})" if home else "the PATH"
        raise SparkError(f"{needed}, and there is none in {where}: {hint}.")
    told = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    if found is None or int(found[1]) < OLDEST_JAVA:
        version = f"Java {found[1]}" if found else "not Java"
        raise SparkError(f"{needed}, and {java} is {version}: {hint}.")


def take_metastore(patience: float = PATIENCE) -> None:
    """Wait until Derby can open the metastore, which one process may use at a time.

    The Java process of a killed command may run on for some seconds. A metastore that
    Derby did not finish creating is removed: it is empty and cannot be opened.

    Parameters
    ----------
    patience : float
        Seconds to wait for another command.

    Raises
    ------
    WarehouseError
        If another command runs for longer, or the folder cannot be created.
    """
    folder = output() / "spark" / "metastore"
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + patience
    while is_locked(folder / "dbex.lck"):
        if time.monotonic() > end:
            raise SparkError(
                f"{folder} is in use: another command is running on Spark with this "
                "ENGAGEMENT_OUTPUT. Try again once it has finished."
            )
        time.sleep(0.2)
    if folder.exists() and not (folder / "service.properties").exists():
        shutil.rmtree(folder)


def is_locked(path: Path) -> bool:
    """Tell whether a file exists and another process has locked it."""
    try:
        with path.open("r+b") as stream:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


class Project:
    """The dbt project, and a session with the settings of its profile.

    Attributes
    ----------
    nodes : dict
        The models and seeds of dbt's manifest: name to node.
    session : SparkSession
    """

    def __init__(self, variables: str = "{}") -> None:
        """Read the project with dbt and open the session.

        Parameters
        ----------
        variables : str
            YAML, as dbt's ``--vars``.

        Raises
        ------
        SparkError
            If dbt-spark or Java is not installed, or dbt cannot read the project.
        """
        from dbt.adapters.factory import FACTORY
        from dbt.cli.main import dbtRunner

        if find_spec("dbt.adapters.spark") is None or find_spec("pyspark") is None:
            raise SparkError(
                "dbt-spark and pyspark are not installed: run `pip install -r "
                "requirements-spark.txt`."
            )
        check_java()
        take_metastore()
        told = ["--quiet", "parse", "--target", "spark", "--vars", variables]
        parsed = dbtRunner().invoke(told)
        if not parsed.success:
            raise SparkError(f"dbt cannot read the project: {parsed.exception}")
        self.nodes = {
            node.name: node
            for node in parsed.result.nodes.values()
            if node.resource_type in ("model", "seed")
        }
        self.session = open_session(FACTORY.adapters["spark"].config.credentials)

    def relation(self, name: str) -> str:
        """Return the name of the table of a model or seed."""
        node = self.nodes[name]
        return f"{node.schema}.{node.alias}"


def add_functions(session: SparkSession) -> None:
    """Let SQL call the functions that models use; workers need no package for them."""
    from pyspark import cloudpickle

    from engagement import allocation

    cloudpickle.register_pickle_by_value(allocation)
    session.udf.register("order_places", allocation.order_places, "string")


def open_session(credentials: Any) -> SparkSession:
    """Open the session that dbt-spark would open, but strict."""
    from pyspark.sql import SparkSession

    make_strict(credentials)
    settings = credentials.server_side_parameters
    return SparkSession.builder.config(map=settings).enableHiveSupport().getOrCreate()
