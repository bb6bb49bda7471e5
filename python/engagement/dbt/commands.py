"""The flag --empty, and commands of dbt that cannot always run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dbt.flags import get_flags
from duckdb import DuckDBPyConnection

from engagement.serve.warehouse import WarehouseError, warehouse_file

HOLDS_RECORDS = (
    "select estimated_size > 0 from duckdb_tables()"
    " where schema_name = 'staging' and table_name = 'stg_xdr__records'"
)


class CommandError(RuntimeError):
    """A command that cannot run; the message says what to run instead."""


class Emptiness:
    """Whether the command that runs has the flag --empty.

    dbt would select from ``(select * from x where false)`` in place of ``x``. Macros
    that write to x cannot, and a load reads files. So the flag is turned off, the load
    finds no files, and all that follows is empty by itself.
    """

    is_on = False  # take_over_empty says so for each command


def take_over_empty(flags: Any, engine: str) -> None:
    """Turn dbt's flag --empty into a load of no files.

    Parameters
    ----------
    flags : dbt.cli.flags.Flags
    engine : str
        duckdb or spark.

    Raises
    ------
    CommandError
        If the flag cannot be used.
    """
    is_building = flags.WHICH in ("build", "run")  # compile writes nothing
    Emptiness.is_on = is_building and bool(flags.EMPTY)
    if Emptiness.is_on and engine == "spark":
        raise CommandError(
            "--empty cannot be used with --target spark, where the models read what "
            "`engagement land` has landed: use it with --target duckdb, which runs the "
            "same models."
        )
    if Emptiness.is_on and flags.FULL_REFRESH:
        raise CommandError(
            "--empty and --full-refresh cannot be combined, since together they would "
            "drop all records: leave one of them out."
        )
    if Emptiness.is_on:
        object.__setattr__(flags, "EMPTY", False)  # its class is frozen


def check_retry(target: Path) -> None:
    """Refuse to retry what dbt cannot: it would show a traceback.

    Parameters
    ----------
    target : Path
        The folder in which dbt notes the results of a command.

    Raises
    ------
    CommandError
        If these are the results of `dbt docs generate`.
    """
    try:
        noted = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # dbt says so
        return
    if noted.get("args", {}).get("which") == "generate":
        raise CommandError(
            "There is nothing to retry, because the last results are those of "
            "`dbt docs generate`: run `dbt build`, which keeps all that is up to date."
        )


def check_warehouse(cursor: DuckDBPyConnection) -> None:
    """Refuse a command that this warehouse has too much or too little for.

    Parameters
    ----------
    cursor : DuckDBPyConnection
        A connection to the warehouse.

    Raises
    ------
    WarehouseError
        If the command cannot run.
    """
    command = getattr(get_flags(), "WHICH", "")  # a linter runs no command
    if command == "clone":
        raise WarehouseError(
            "dbt clone cannot be used, because no table of a warehouse can be cloned "
            f"from another one: copy the file instead, as in `cp {warehouse_file()} "
            "other/folder/`, and set ENGAGEMENT_OUTPUT to that folder."
        )
    if command != "test" and not Emptiness.is_on:
        return
    found = cursor.execute(HOLDS_RECORDS).fetchone()
    if command == "test" and found is None:
        raise WarehouseError(
            f"{warehouse_file()} holds nothing to test yet: run `dbt build`, which "
            "tests what it builds."
        )
    if Emptiness.is_on and found and found[0]:
        raise WarehouseError(
            f"{warehouse_file()} holds records, which a build with --empty would "
            "replace: set ENGAGEMENT_OUTPUT to another folder."
        )
