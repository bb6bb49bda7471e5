"""Open the file that dbt built, or say in one sentence why it cannot be opened."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

import duckdb

# DuckDB's settings, and the environment variables that set them.
LIMITS = {"memory_limit": "ENGAGEMENT_MEMORY", "threads": "ENGAGEMENT_THREADS"}


class WarehouseError(RuntimeError):
    """The warehouse cannot be used; the message says why and what to do."""


def output() -> Path:
    """Return the folder for all output: ENGAGEMENT_OUTPUT, if set and not empty."""
    return Path(os.environ.get("ENGAGEMENT_OUTPUT") or "output")


def warehouse_file() -> Path:
    """Return the DuckDB file that dbt builds."""
    return output() / "warehouse.duckdb"


def log_of(database: Path) -> Path:
    """Return the write-ahead log of a database, which exists until it is closed."""
    return database.with_name(f"{database.name}.wal")


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Attach a warehouse for reading, as ``warehouse``: its views use that name.

    Close it soon, because dbt cannot build while it is open.

    Parameters
    ----------
    path : Path
        The DuckDB file that dbt built.

    Yields
    ------
    DuckDBPyConnection
        Uses the warehouse by default.

    Raises
    ------
    WarehouseError
        If the file does not exist, is locked or is not a DuckDB file, or if a limit
        in the environment is invalid.
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
    """Create the folder of a warehouse, and replay the log that a killed build left.

    DuckDB can replay some entries of the write-ahead log only if the database is
    attached to another one (its issues 20543 and 22124), and fails if the database
    is opened directly.

    Parameters
    ----------
    path : Path
        The DuckDB file that dbt is about to open or create.

    Raises
    ------
    WarehouseError
        If dbt could not open the file or write to its folder, or if a limit in the
        environment is invalid.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise WarehouseError(
            f"{path.parent} cannot hold the warehouse: {error.strerror}. Set "
            "ENGAGEMENT_OUTPUT to a folder that you can write to."
        ) from error
    with _limited(path) as connection:
        if path.exists():
            # this process has it open already if attaching it is a conflict
            with _opening(path), suppress(duckdb.BinderException):
                connection.execute(f"attach {quoted(path)} as warehouse")
                connection.execute("checkpoint warehouse")


def limits(warehouse: Path) -> dict[str, str]:
    """Return DuckDB's settings for a warehouse: limits that are set, spill folder."""
    return given_limits() | {"temp_directory": str(warehouse.parent / "spill")}


def given_limits() -> dict[str, str]:
    """Return the settings of DuckDB that the environment sets."""
    return {k: os.environ[v] for k, v in LIMITS.items() if os.environ.get(v)}


@contextmanager
def _limited(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory database with the limits of the environment."""
    with duckdb.connect() as connection:
        for setting, value in limits(warehouse).items():
            try:
                connection.execute(f"set {setting} = {quoted(value)}")
            except duckdb.Error as error:
                raise WarehouseError(
                    f"{LIMITS.get(setting, setting)}={value} is not a valid setting: "
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
                "it is locked, for example by a running `dbt build` or by a client "
                "that reads it. Try again once it is closed."
            )
        elif "not a valid DuckDB" in reason:
            reason = "it is not a DuckDB database."
        raise WarehouseError(f"{path} cannot be opened: {reason}") from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say why a file, or a folder on the way to it, cannot be written."""
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
    """Raise a WarehouseError that names the relations that are missing, if any."""
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
    """Return the command that builds these relations, or everything if they are many.

    Parameters
    ----------
    relations : iterable of str
        Schema and name, such as ``marts.top_users``.
    """
    relations = list(relations)
    # what schema state holds is no model
    if len(relations) > 3 or any(r.startswith("state.") for r in relations):
        return "dbt build"
    models = (f"+{model_of(relation)}" for relation in relations)
    return f"dbt build --select {' '.join(models)}"


def model_of(relation: str) -> str:
    """Name the model of a relation, given as schema and name."""
    schema, name = relation.split(".")
    return f"published_{name}" if schema == "published" else name


def quoted(text: str | Path) -> str:
    """Return a text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return str(error).splitlines()[0]
