"""Publish the marts: a copy that BI tools read while dbt builds the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from engagement.serve.warehouse import (
    WarehouseError,
    check_relations,
    first_line,
    log_of,
    open_warehouse,
    output,
    quoted,
    writing,
)

# What DuckDB 1.2 and later open; see Decisions in README.
STORAGE_VERSION = "v1.2.0"
RESULTS = "state.build_record"
PASSED = ("success", "pass", "warn", "no-op")
MOST_NAMED = 10
# Models of the last build. A table may be of one that has been removed or renamed
# since, and hold what is published no more, such as numbers of subscribers.
BUILT = f"""(
    select name from warehouse.{RESULTS} where starts_with(node_id, 'model.')
)"""
# Says of a Parquet file that publishing wrote it, and for which mart.
MARK = "engagement_mart"


def publish(warehouse: Path, target: Path, parquet: Path | None = None) -> list[str]:
    """Copy the marts into a file of their own, and swap it in as a whole.

    Readers that hold the old copy keep it; those that open the file find the old
    or the new one, never a part. What stands in schema ``published`` replaces the
    mart of the same name.

    Parameters
    ----------
    warehouse : Path
        The DuckDB file that dbt built; only read.
    target : Path
        The DuckDB file to publish; its folder is made if missing.
    parquet : Path, optional
        Folder for a Parquet file of each mart.

    Returns
    -------
    list of str
        Names of the marts.

    Raises
    ------
    WarehouseError
        If a model or test did not pass, something cannot be read or written, or
        another publish is at work. What was published before stays as it is.
    """
    _check_target(target, warehouse)
    with open_warehouse(warehouse) as connection:
        check_relations(connection, warehouse, [RESULTS])
        _check_results(connection, warehouse)
        with writing(target):
            place = target.resolve()  # a link stays one
            place.parent.mkdir(parents=True, exist_ok=True)
            with _alone_in(place.parent):
                new = place.with_name(f".{place.name}.new")
                _remove(new)
                try:
                    marts = _copy_marts(connection, new)
                    if parquet:
                        _write_parquet(connection, marts, parquet)
                    connection.execute("use memory")
                    connection.execute("detach served")
                    _make_ready(new, place)
                    # what a writer left would be replayed onto the new file
                    log_of(place).unlink(missing_ok=True)
                    new.replace(place)
                finally:
                    _remove(new)
    return marts


def _check_target(target: Path, warehouse: Path) -> None:
    """Raise a WarehouseError if a warehouse would be replaced, whatever its name."""
    for kept in (warehouse, output() / "warehouse.duckdb"):
        if target.exists() and kept.exists() and target.samefile(kept):
            raise WarehouseError(
                f"{target} is the warehouse that dbt works on, and publishing would "
                "replace it: name another file."
            )


def _check_results(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    causes_first = "status <> 'unfinished', status in ('skipped', 'outdated')"
    try:
        results = connection.execute(
            f"select name, status from {RESULTS} order by {causes_first}, name"
        ).fetchall()
    except duckdb.Error as error:
        raise WarehouseError(
            f"{warehouse} is of another version of this project, since {RESULTS} "
            f"cannot be read ({first_line(error)}): set ENGAGEMENT_OUTPUT to an empty "
            "folder and run `dbt build`."
        ) from error
    if not results:
        raise WarehouseError(
            "Nothing is published, since no build has been finished. Run `dbt build`."
        )
    bad = [f"{name} ({status})" for name, status in results if status not in PASSED]
    if bad:
        more = f" and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
        raise WarehouseError(
            "Nothing is published, since not all of the last build passed: "
            f"{', '.join(bad[:MOST_NAMED])}{more}. Run `dbt build`."
        )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Lock a folder against another publish; the lock ends with the process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise WarehouseError(
            f"Another `engagement publish` is at work in {folder}; try again after it."
        ) from error
    finally:
        os.close(descriptor)


def _copy_marts(connection: duckdb.DuckDBPyConnection, new: Path) -> list[str]:
    """Write tables, then views, with their comments; returns their names."""
    connection.execute(
        f"attach {quoted(new)} as served (storage_version '{STORAGE_VERSION}')"
    )
    connection.execute("use served")
    connection.execute("create schema marts")
    replaced = {
        name
        for (name,) in connection.execute(
            "select table_name from information_schema.tables"
            " where table_catalog = 'warehouse' and table_schema = 'published'"
            f" and 'published_' || table_name in {BUILT}"
        ).fetchall()
    }
    tables = connection.execute(
        "select table_name, sql, comment from duckdb_tables()"
        " where database_name = 'warehouse' and schema_name = 'marts'"
        f" and table_name in {BUILT} order by all"
    ).fetchall()
    for name, definition, _ in tables:
        schema = "published" if name in replaced else "marts"
        connection.execute(definition)
        connection.execute(
            f'insert into marts."{name}" by name from warehouse.{schema}."{name}"'
        )
    views = connection.execute(
        "select view_name, sql, comment from duckdb_views()"
        " where database_name = 'warehouse' and schema_name = 'marts'"
        f" and view_name in {BUILT} order by view_oid"
    ).fetchall()
    for _, definition, _ in views:
        connection.execute(definition.replace("warehouse.marts.", "marts."))
    for kind, relations in (("table", tables), ("view", views)):
        for name, _, comment in relations:
            _comment(connection, f'{kind} marts."{name}"', comment)
    columns = connection.execute(
        "select table_name, column_name, comment from duckdb_columns()"
        " where database_name = 'warehouse' and schema_name = 'marts'"
        f" and table_name in {BUILT}"
    ).fetchall()
    for table, column, comment in columns:
        _comment(connection, f'column marts."{table}"."{column}"', comment)
    return sorted(name for name, _, _ in tables + views)


def _comment(
    connection: duckdb.DuckDBPyConnection, on: str, comment: str | None
) -> None:
    if comment:
        connection.execute(f"comment on {on} is {quoted(comment)}")


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, marts: list[str], folder: Path
) -> None:
    """Write each mart beside the old file, then replace that; drop former marts."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".*.parquet.new"):
        left.unlink()
    for name in marts:
        new = folder / f".{name}.parquet.new"
        connection.execute(
            f'copy (from marts."{name}") to {quoted(new)} (format parquet,'
            f" compression zstd, kv_metadata {{{MARK}: {quoted(name)}}})"
        )
        _make_ready(new, folder / f"{name}.parquet")
    for name in marts:
        (folder / f".{name}.parquet.new").replace(folder / f"{name}.parquet")
    for path in folder.glob("*.parquet"):
        if path.stem not in marts and _is_ours(connection, path):
            path.unlink()


def _is_ours(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Tell whether publishing wrote a file, under the name that it has."""
    try:
        marks = connection.execute(
            f"select decode(value) from parquet_kv_metadata({quoted(path)})"
            f" where decode(key) = '{MARK}'"
        ).fetchall()
    except duckdb.Error:  # it is no Parquet file
        return False
    return marks == [(path.stem,)]


def _make_ready(new: Path, old: Path) -> None:
    """Give a file the mode of the one it replaces, and bring it to the disk.

    It is there before its name is, so that a crash leaves one file or the other.
    """
    if old.exists():
        shutil.copymode(old, new)
    descriptor = os.open(new, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(database: Path) -> None:
    """Remove a database and its log, also those of a publish that was killed."""
    for path in (database, log_of(database)):
        path.unlink(missing_ok=True)
