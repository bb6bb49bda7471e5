"""Open the file that dbt built, or say in one sentence why that cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

# The applications under the names that the seed gives them, to read from.
NAMED_APPLICATIONS = """(
    select
        traffic.*,
        coalesce(seed.display_name, traffic.application) as display_name,
        seed.category
    from marts.application_traffic as traffic
    left join staging.applications as seed
        on traffic.application = seed.application
)"""


class WarehouseError(RuntimeError):
    """What was built cannot be read or served; the message says what to do."""


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Attach a warehouse under the name that its views call it by, to read it.

    Leave it soon: as long as someone reads, dbt cannot build.

    Parameters
    ----------
    path : Path
        The DuckDB file that dbt built.

    Raises
    ------
    WarehouseError
        If it is not there, is locked or is no DuckDB file, or if the environment
        gives DuckDB limits that are none.
    """
    if not path.is_file():
        problem = "is a folder" if path.is_dir() else "does not exist"
        raise WarehouseError(
            f"{path} {problem}: run `make run` or `dbt build` first, or set "
            "ENGAGEMENT_OUTPUT to the folder that holds warehouse.duckdb."
        )
    with duckdb.connect() as connection:
        try:
            for setting, value in limits().items():
                connection.execute(f"set {setting} = {quoted(value)}")
        except duckdb.Error as error:
            raise WarehouseError(
                "ENGAGEMENT_MEMORY or ENGAGEMENT_THREADS cannot be meant so: "
                f"{first_line(error)}"
            ) from error
        try:
            connection.execute(
                f"attach {quoted(path)} as warehouse (type duckdb, read_only)"
            )
            connection.execute("use warehouse")
        except duckdb.Error as error:
            reason = first_line(error)
            if "Could not set lock" in reason:
                reason = (
                    "it is locked, as by a running `dbt build`; try again after it."
                )
            elif "not a valid DuckDB" in reason:
                reason = "it is not a DuckDB database."
            raise WarehouseError(f"{path} cannot be opened: {reason}") from error
        yield connection


def limits() -> dict[str, str]:
    """Read what DuckDB may use from the environment: its settings that are given."""
    named = {"memory_limit": "ENGAGEMENT_MEMORY", "threads": "ENGAGEMENT_THREADS"}
    return {k: os.environ[v] for k, v in named.items() if os.environ.get(v)}


def check_relations(
    connection: duckdb.DuckDBPyConnection, path: Path, needed: Iterable[str]
) -> None:
    """Raise a WarehouseError that names those of some relations that are missing."""
    found = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_catalog = 'warehouse'"
    ).fetchall()
    missing = [name for name in dict.fromkeys(needed) if (name,) not in found]
    if missing:
        raise WarehouseError(
            f"{path} lacks {', '.join(missing)}: run `{build_command(missing)}`."
        )


def build_command(relations: Iterable[str]) -> str:
    """Say how to build a few relations, or all of them when most are missing."""
    relations = list(relations)
    # what is intermediate is no model a user knows, or none at all
    if len(relations) > 3 or any(r.startswith("intermediate.") for r in relations):
        return "dbt build"
    models = (f"+{relation.split('.')[1]}" for relation in relations)
    return f"dbt build --select {' '.join(models)}"


def quoted(text: str | Path) -> str:
    """Write a text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def first_line(error: Exception) -> str:
    """Keep what an error says in its first line."""
    return str(error).splitlines()[0]
