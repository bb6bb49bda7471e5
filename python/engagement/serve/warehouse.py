"""Open the file that dbt built, or say in one sentence why that cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

import duckdb

# DuckDB's settings, and who gives them
LIMITS = {"memory_limit": "ENGAGEMENT_MEMORY", "threads": "ENGAGEMENT_THREADS"}


class WarehouseError(RuntimeError):
    """What was built cannot be read or served; the message says what to do."""


def output() -> Path:
    """Name the folder of all that is made; a setting that is empty is none."""
    return Path(os.environ.get("ENGAGEMENT_OUTPUT") or "output")


def log_of(database: Path) -> Path:
    """Name the write-ahead log of a database, which is there if it was not closed."""
    return database.with_name(f"{database.name}.wal")


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
    with _limited(path) as connection:
        with _opening(path):
            connection.execute(
                f"attach {quoted(path)} as warehouse (type duckdb, read_only)"
            )
            connection.execute("use warehouse")
        yield connection


def prepare_warehouse(path: Path) -> None:
    """Make the folder of a warehouse, and bring in what a killed build left.

    DuckDB replays some entries of the write-ahead log only if the database is
    attached to another one (its issues 20543 and 22124); opened by itself it would
    fail.

    Parameters
    ----------
    path : Path
        The DuckDB file that dbt is going to open, or to make.

    Raises
    ------
    WarehouseError
        If dbt could not open it or write beside it, or if the environment gives
        DuckDB limits that are none.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise WarehouseError(
            f"{path.parent} cannot be the folder of the warehouse: {error.strerror}; "
            "set ENGAGEMENT_OUTPUT to one that can be written."
        ) from error
    with _limited(path) as connection:
        if path.exists():
            # a conflict is with this very process, which then has it open already
            with _opening(path), suppress(duckdb.BinderException):
                connection.execute(f"attach {quoted(path)} as warehouse")
                connection.execute("checkpoint warehouse")


def limits(warehouse: Path) -> dict[str, str]:
    """Name what DuckDB may use: its settings that are given, and where it spills."""
    given = {k: os.environ[v] for k, v in LIMITS.items() if os.environ.get(v)}
    return given | {"temp_directory": str(warehouse.parent / "spill")}


@contextmanager
def _limited(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that keeps to the limits."""
    with duckdb.connect() as connection:
        for setting, value in limits(warehouse).items():
            try:
                connection.execute(f"set {setting} = {quoted(value)}")
            except duckdb.Error as error:
                raise WarehouseError(
                    f"{LIMITS.get(setting, setting)}={value} cannot be meant so: "
                    f"{first_line(error)}"
                ) from error
        yield connection


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Say why a database cannot be opened."""
    try:
        yield
    except duckdb.Error as error:
        reason = first_line(error)
        if "Could not set lock" in reason:
            reason = (
                "it is locked, as by a running `dbt build` or an open reader; "
                "try again after it."
            )
        elif "not a valid DuckDB" in reason:
            reason = "it is not a DuckDB database."
        raise WarehouseError(f"{path} cannot be opened: {reason}") from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say why a file, or what has to be made for it, cannot be written."""
    try:
        yield
    except OSError as error:
        blocked = error.filename2 or error.filename or path
        raise WarehouseError(
            f"{blocked} cannot be written: {error.strerror}."
        ) from error
    except duckdb.Error as error:
        raise WarehouseError(
            f"{path} cannot be written: {first_line(error)}"
        ) from error


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
