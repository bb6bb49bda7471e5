"""Work on Spark: what dbt-spark's session lacks, the fit, and the way to DuckDB."""

from __future__ import annotations

import fcntl
import logging
import os
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb
import numpy as np

from engagement.dbt.questions import QUESTIONS, in_json
from engagement.export.pseudonyms import key_blocks, read_key
from engagement.fit import tables
from engagement.serve.publish import RESULTS
from engagement.serve.warehouse import WarehouseError, output, quoted, writing

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

OLDEST_JAVA = 17
PATIENCE = 60  # seconds
# what dbt does without a connection
OFFLINE = ("clean", "deps", "init", "list", "parse")


class SparkError(WarehouseError):
    """Spark cannot be used; the message says what to do."""


def prepare(adapter: type) -> None:
    """Let macros ask on Spark what they ask on DuckDB, and Spark be strict.

    Parameters
    ----------
    adapter : type
        The class of dbt-spark's adapter.

    Raises
    ------
    SparkError
        If there is no Java that Spark runs on.
    """
    from dbt.flags import get_flags

    if get_flags().WHICH in OFFLINE:
        return
    check_java()
    take_metastore()
    # one line per statement that fails is what dbt says by itself
    logging.getLogger("SQLQueryContextLogger").disabled = True
    adapter.ask = staticmethod(ask)
    adapter._available_ = adapter._available_ | {"ask"}
    open_session = adapter.ConnectionManager.open

    def open_strictly(connection: Any) -> Any:
        make_strict(connection.credentials)
        return open_session(connection)

    adapter.ConnectionManager.open = staticmethod(open_strictly)


def make_strict(credentials: Any) -> None:
    """Leave ANSI mode on, which dbt-spark turns off.

    Without it a sum that overflows goes on with a wrong number.
    """
    credentials.server_side_parameters.pop("spark.sql.ansi.enabled", None)


def ask(question: str, *arguments: str) -> str:
    """Answer a macro, in JSON."""
    return (QUESTIONS | {"set_key": in_json(set_key)})[question](*arguments)


def set_key() -> None:
    """Give the session the key as two variables, which no SQL text then holds."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.getOrCreate()
    blocks = key_blocks(key) if (key := read_key()) else (None, None)
    for name, block in zip(("inner", "outer"), blocks, strict=True):
        session.sql(
            f"declare or replace variable pseudonym_{name} binary default ?",
            args=[block and bytearray(block)],
        )


def check_java() -> None:
    """Raise a SparkError unless there is a Java that Spark 4 runs on."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    needed = f"Spark needs Java {OLDEST_JAVA} or later"
    hint = "install one, or set JAVA_HOME to the folder it is in"
    if not java or not Path(java).exists():
        where = f"JAVA_HOME ({home})" if home else "the PATH"
        raise SparkError(f"{needed}, and there is none in {where}: {hint}.")
    told = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    if found is None or int(found[1]) < OLDEST_JAVA:
        version = f"Java {found[1]}" if found else "no Java"
        raise SparkError(f"{needed}, and {java} is {version}: {hint}.")


def take_metastore(patience: float = PATIENCE) -> None:
    """Make sure that Derby can open the list of tables, one process at a time.

    The Java of a command that was killed may work on for some seconds. A list that
    Derby was killed in making is removed: it holds nothing, and cannot be opened.

    Parameters
    ----------
    patience : float
        Seconds to wait for another command.

    Raises
    ------
    WarehouseError
        If another command is at work for longer, or the folder cannot be made.
    """
    folder = output() / "spark" / "metastore"
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + patience
    while is_locked(folder / "dbex.lck"):
        if time.monotonic() > end:
            raise SparkError(
                f"{folder} is in use: another command works on Spark with this "
                "ENGAGEMENT_OUTPUT; try again after it."
            )
        time.sleep(0.2)
    if folder.exists() and not (folder / "service.properties").exists():
        shutil.rmtree(folder)


def is_locked(path: Path) -> bool:
    """Tell whether another process holds a lock on a file, if there is one."""
    try:
        with path.open("r+b") as stream:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


class Project:
    """The dbt project as it stands, and a session with the profile's settings.

    Attributes
    ----------
    nodes : dict
        Name to node of dbt's manifest, of models and seeds.
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
            If dbt-spark or Java is not there, or dbt cannot read the project.
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
        """Name the table of a model or seed."""
        node = self.nodes[name]
        return f"{node.schema}.{node.alias}"


def open_session(credentials: Any) -> SparkSession:
    """Open the session that dbt-spark would open, but strict."""
    from pyspark.sql import SparkSession

    make_strict(credentials)
    settings = credentials.server_side_parameters
    return SparkSession.builder.config(map=settings).enableHiveSupport().getOrCreate()


def fit(variables: str, most_users: int) -> list[str]:
    """Fit elbow and clusters on the users in the mart and store both for SQL.

    What an earlier fit stored stays where `tables.kept_fit` says so.

    Parameters
    ----------
    variables : str
        YAML, as dbt's ``--vars``.
    most_users : int
        Of more users, those whose hash is small are read, about so many.

    Returns
    -------
    list of str
        What was done, a sentence for each table.

    Raises
    ------
    SparkError
        If the mart is not there or Spark cannot be used.
    """
    project = Project(variables)
    source = project.relation("user_engagement")
    listed = project.relation("engagement_metrics")
    for table in (source, listed):
        if not project.session.catalog.tableExists(table):
            raise SparkError(
                f"There is no table {table} yet: run `dbt build --target spark "
                "--exclude tag:fit+` first."
            )
    rows = project.session.table(listed).orderBy("metric_rank").collect()
    metrics = [row["metric"] for row in rows]
    read = cache(partial(read_metrics, project.session, source, metrics, most_users))
    fitted_at = datetime.now(UTC).replace(tzinfo=None)
    fits = {
        "elbow_curve": (
            tables.CURVE,
            lambda settings: tables.elbow_curve(read()[0], settings["scaler"]),
        ),
        "cluster_centroids": (
            tables.centroid_columns(metrics),
            lambda settings: tables.cluster_centroids(
                *(read()[0], metrics, settings["k"], settings["scaler"]),
                *(fitted_at, read()[1]),
            ),
        ),
    }
    told = []
    for name, (columns, fit_anew) in fits.items():
        settings = project.nodes[name].config.meta
        table = project.relation(name)
        stored = None
        if project.session.catalog.tableExists(table):
            stored = project.session.table(table).toArrow().to_pandas()
        if tables.kept_fit(stored, settings, columns) is not None:
            told.append(f"{table}: kept, since a fit is there")
            continue
        replace_table(project.session, table, fit_anew(settings))
        users, share = read()
        told.append(f"{table}: fitted on {len(users):,} users, {share:.4g} of all")
    return told


def read_metrics(
    session: SparkSession, table: str, metrics: list[str], most_users: int
) -> tuple[np.ndarray, float]:
    """Fetch the metrics of all users, or of a sample, in canonical order.

    A sample holds the users whose hash is small, so it is the same in any order and
    on any cluster, and a user stays in it while others come.

    Returns
    -------
    values : ndarray of float64, shape (users, metrics)
    share : float
        Of all users, those that were fetched.
    """
    users = session.table(table)
    count = users.count()
    if count > most_users:
        buckets = 1 << 20
        least = max(1, buckets * most_users // count)
        users = users.where(f"pmod(xxhash64(user_id), {buckets}) < {least}")
    fetched = users.select(*metrics).toArrow()
    values = np.column_stack(
        [fetched[metric].to_numpy().astype(np.float64) for metric in metrics]
    )
    order = np.lexsort(values.T[::-1])
    return values[order], len(values) / max(count, 1)


def replace_table(session: SparkSession, table: str, frame: pd.DataFrame) -> None:
    """Store a frame as the macro ``replace_table`` does: all of it, or what was."""
    import pyarrow

    times = frame.select_dtypes("datetime").apply(lambda c: c.dt.tz_localize("UTC"))
    frame = frame.assign(**times)
    schema, name = table.split(".")
    rows = f"{name}__{uuid4().hex[:16]}"
    session.createDataFrame(
        pyarrow.Table.from_pandas(frame, preserve_index=False)
    ).createOrReplaceTempView("fitted")
    session.sql(f"create table {schema}.{rows} using parquet as select * from fitted")
    session.sql(f"create or replace view {table} as select * from {schema}.{rows}")
    for left in session.sql(f"show tables in {schema} like '{name}__*'").collect():
        if left["tableName"] != rows:
            session.sql(f"drop table {schema}.{left['tableName']}")


def bring_marts(warehouse: Path, variables: str = "{}") -> None:
    """Bring what is published and reported into a DuckDB file, as dbt builds it there.

    Parameters
    ----------
    warehouse : Path
        The DuckDB file; replaced as a whole.
    variables : str
        YAML, as dbt's ``--vars``.

    Raises
    ------
    WarehouseError
        If something is not built or cannot be written.
    """
    project = Project(variables)
    nodes = [
        node
        for node in project.nodes.values()
        if node.schema in ("marts", "published") or node.resource_type == "seed"
    ]
    missing = [
        project.relation(node.name)
        for node in nodes
        if not project.session.catalog.tableExists(project.relation(node.name))
    ]
    if missing:
        raise SparkError(f"Spark lacks {', '.join(missing)}: run `make spark`.")
    new = warehouse.with_name(f".{warehouse.name}.new")
    with writing(warehouse):
        warehouse.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        try:
            _copy_tables(project, nodes, new)
            new.replace(warehouse)
        finally:
            new.unlink(missing_ok=True)


def _copy_tables(project: Project, nodes: list[Any], new: Path) -> None:
    with (
        TemporaryDirectory(dir=new.parent) as folder,
        duckdb.connect(new) as connection,
    ):
        connection.execute("set timezone = 'UTC'")
        for schema in ("marts", "published", "staging", "intermediate"):
            connection.execute(f"create schema {schema}")
        for node in nodes:
            table = f"{node.schema}.{node.alias}"
            files = fetch_table(project.session, table, Path(folder))
            create_mart(connection, table, node, files)
        files = fetch_table(project.session, RESULTS, Path(folder))
        connection.execute(f"create table {RESULTS} as from {read_files(files)}")


def fetch_table(session: SparkSession, table: str, folder: Path) -> list[Path]:
    """Copy a table of Spark's, or what a view gives, to this machine as Parquet.

    Returns
    -------
    list of Path
        Files in the order of the rows.
    """
    hadoop = session._jvm.org.apache.hadoop.fs
    configuration = session._jsc.hadoopConfiguration()
    is_view = session.catalog.getTable(table).tableType == "VIEW"
    sources = [] if is_view else session.table(table).inputFiles()
    places = [hadoop.Path(session._jvm.java.net.URI(source)) for source in sources]
    shared = None
    if not places:
        # where all workers can write
        root = session.conf.get("spark.sql.warehouse.dir")
        shared = hadoop.Path(f"{root}/.{table}-{uuid4().hex}")
        session.table(table).write.parquet(shared.toString())
        listed = shared.getFileSystem(configuration).listStatus(shared)
        places = [status.getPath() for status in listed]
    places = [place for place in places if place.getName().endswith(".parquet")]
    copies = []
    for place in sorted(places, key=lambda place: place.getName()):
        copy = folder / f"{table}-{len(copies):06}.parquet"
        files = place.getFileSystem(configuration)
        files.copyToLocalFile(False, place, hadoop.Path(copy.as_posix()), True)
        copies.append(copy)
    if shared:
        shared.getFileSystem(configuration).delete(shared, True)
    return copies


def read_files(files: list[Path]) -> str:
    """Write the SQL that reads Parquet files in their order."""
    return f"read_parquet([{', '.join(quoted(file) for file in files)}])"


def create_mart(
    connection: duckdb.DuckDBPyConnection, table: str, node: Any, files: list[Path]
) -> None:
    """Fill a table with files, under the contract and descriptions of its model."""
    source = read_files(files)
    if node.config.contract.enforced:
        parts = []
        for column in node.columns.values():
            rules = [
                "not null" if rule.type == "not_null" else f"check ({rule.expression})"
                for rule in column.constraints
            ]
            parts.append(" ".join([f'"{column.name}"', column.data_type, *rules]))
        parts += [f"check ({rule.expression})" for rule in node.constraints]
        connection.execute(f"create table {table} ({', '.join(parts)})")
        connection.execute(f"insert into {table} by name from {source}")
    else:
        # what Spark calls timestamp has a time zone in Parquet: that of the session
        connection.execute(
            f"create table {table} as select * replace ({_naive(connection, source)})"
            f" from {source}"
        )
    connection.execute(f"comment on table {table} is {quoted(node.description)}")
    for column in node.columns.values():
        connection.execute(
            f'comment on column {table}."{column.name}" is {quoted(column.description)}'
        )


def _naive(connection: duckdb.DuckDBPyConnection, source: str) -> str:
    columns = connection.execute(f"describe from {source}").fetchall()
    types = {"TIMESTAMP WITH TIME ZONE": "timestamp"}
    return ", ".join(
        f'cast("{name}" as {types.get(kind, kind)}) as "{name}"'
        for name, kind, *_ in columns
    )
