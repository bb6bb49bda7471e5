"""Publish the marts: copy them to a file that BI tools read while dbt builds."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from engagement.progress import Tell, silently, spans, watched
from engagement.serve.aggregates import is_of_users, rounded
from engagement.serve.warehouse import (
    WarehouseError,
    check_relations,
    first_line,
    log_of,
    open_warehouse,
    quoted,
    warehouse_file,
    writing,
)

QUERIES = Path(__file__).with_name("queries")
# The oldest format that drivers of BI tools open: DuckDB 1.2 and later.
STORAGE_VERSION = "v1.2.0"
RESULTS = "state.build_record"
PASSED = ("success", "pass", "warn", "no-op")
MOST_NAMED = 10
# The key in the metadata of a published Parquet file that holds the mart's name.
MARK = "engagement_mart"


def publish(
    warehouse: Path,
    target: Path,
    parquet: Path | None = None,
    tell: Tell = silently,
    aggregates_only: bool = False,
) -> list[str]:
    """Copy the marts to a DuckDB file, which replaces the old copy as a whole.

    Clients that have the old copy open keep reading it. Clients that open the file
    get the old copy or the new one, never a partial one. A table in the schema
    ``published`` takes the place of the mart of the same name.

    Parameters
    ----------
    warehouse : Path
        The DuckDB file that dbt built; it is only read.
    target : Path
        The DuckDB file to publish; its folder is created if it is missing.
    parquet : Path, optional
        Folder for one Parquet file per mart.
    tell : callable
        Takes the share that is copied, from 0 to 1.
    aggregates_only : bool
        Leave out marts with rows about single users, and round counts of users down
        to multiples of the var min_group_size.

    Returns
    -------
    list of str
        Names of the marts, sorted.

    Raises
    ------
    WarehouseError
        If a model or test did not pass, a file cannot be read or written, or
        another publish is running. The DuckDB file published before is left as
        it is.
    """
    _check_target(target, warehouse)
    with open_warehouse(warehouse) as connection:
        check_relations(connection, warehouse, [RESULTS])
        _check_results(connection, warehouse)
        with writing(target):
            place = target.resolve()  # so that a symbolic link is kept
            place.parent.mkdir(parents=True, exist_ok=True)
            with _alone_in(place.parent):
                new = place.with_name(f".{place.name}.new")
                _remove(new)
                try:
                    half = 0.5 if parquet else 1
                    marts = _copy_marts(
                        connection, new, lambda x: tell(x * half), aggregates_only
                    )
                    if parquet:
                        _write_parquet(
                            connection, marts, parquet, lambda x: tell(half * (1 + x))
                        )
                    connection.execute("use memory")
                    connection.execute("detach served")
                    _make_ready(new, place)
                    # DuckDB would replay a log of the old file onto the new one
                    log_of(place).unlink(missing_ok=True)
                    new.replace(place)
                finally:
                    _remove(new)
    return sorted(marts)


def _check_target(target: Path, warehouse: Path) -> None:
    """Raise a WarehouseError if target is a warehouse, under whatever name."""
    for kept in (warehouse, warehouse_file()):
        if target.exists() and kept.exists() and target.samefile(kept):
            raise WarehouseError(
                f"{target} is the warehouse that dbt builds, and publishing would "
                "overwrite it: choose another file."
            )


def _check_results(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """Raise a WarehouseError unless all models and tests passed."""
    try:
        results = _rows(connection, "build_results")
    except duckdb.Error as error:
        raise WarehouseError(
            f"{warehouse} was built by another version of this project: {RESULTS} "
            f"cannot be read ({first_line(error)}). Set ENGAGEMENT_OUTPUT to an empty "
            "folder and run `dbt build`."
        ) from error
    if not results:
        raise WarehouseError(
            "Nothing was published, because no build has finished yet: run `dbt build`."
        )
    bad = [f"{name} ({status})" for name, status in results if status not in PASSED]
    if bad:
        more = f" and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
        raise WarehouseError(
            "Nothing was published, because these did not pass in the last build: "
            f"{', '.join(bad[:MOST_NAMED])}{more}. Run `dbt build`."
        )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Lock a folder against another publish, at most until this process ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise WarehouseError(
            f"Another `engagement publish` is writing to {folder}: try again once it "
            "has finished."
        ) from error
    finally:
        os.close(descriptor)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    """Run a query of the folder queries."""
    sql = (QUERIES / f"{query}.sql").read_text(encoding="utf-8")
    return connection.execute(sql).fetchall()


def _copy_marts(
    connection: duckdb.DuckDBPyConnection,
    new: Path,
    tell: Tell,
    aggregates_only: bool,
) -> dict[str, int]:
    """Copy tables and views, with their comments; return the rows of each."""
    connection.execute(
        f"attach {quoted(new)} as served (storage_version '{STORAGE_VERSION}')"
    )
    connection.execute("use served")
    connection.execute("create schema marts")
    marts = _rows(connection, "marts")
    if aggregates_only:
        columns = dict(_rows(connection, "columns"))
        ((size,),) = _rows(connection, "group_size")
        marts = [mart for mart in marts if not is_of_users(columns["marts", mart[1]])]
    row_counts = {name: count for _, name, *_, count in marts}
    done = spans(row_counts)
    for kind, name, definition, comment, source, _ in marts:
        relation = f'warehouse.{source}."{name}"'
        if kind == "view":
            connection.execute(definition.replace("warehouse.marts.", "marts."))
        elif aggregates_only or source == "published":
            # rounded counts need not meet what the mart promises of exact ones
            query = f"from {relation}"
            if aggregates_only:
                query = rounded(relation, columns[source, name], size)
            with watched(connection, tell, *done[name]):
                connection.execute(f'create table marts."{name}" as {query}')
        else:
            connection.execute(definition)
            with watched(connection, tell, *done[name]):
                connection.execute(
                    f'insert into marts."{name}" by name from {relation}'
                )
        _comment(connection, f'{kind} marts."{name}"', comment)
    for name, column, comment in _rows(connection, "column_comments"):
        if name in row_counts:
            _comment(connection, f'column marts."{name}"."{column}"', comment)
    return row_counts


def _comment(
    connection: duckdb.DuckDBPyConnection, on: str, comment: str | None
) -> None:
    if comment:
        connection.execute(f"comment on {on} is {quoted(comment)}")


def _write_parquet(
    connection: duckdb.DuckDBPyConnection,
    marts: Mapping[str, int],
    folder: Path,
    tell: Tell,
) -> None:
    """Write all marts beside the old files, then replace these one by one.

    Files of marts that no longer exist are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".*.parquet.new"):
        left.unlink()
    for name, done in spans(marts).items():
        new = folder / f".{name}.parquet.new"
        with watched(connection, tell, *done):
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
    """Tell whether publishing wrote this file, under the name it has now."""
    try:
        marks = connection.execute(
            "select decode(value) from parquet_kv_metadata(?) where decode(key) = ?",
            [str(path), MARK],
        ).fetchall()
    except duckdb.Error:  # not a Parquet file
        return False
    return marks == [(path.stem,)]


def _make_ready(new: Path, old: Path) -> None:
    """Give a file the mode of the one it will replace, and flush it to the disk.

    Its content is on the disk before it is renamed, so that a crash leaves either
    the old file or the new one.
    """
    if old.exists():
        shutil.copymode(old, new)
    descriptor = os.open(new, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(database: Path) -> None:
    """Remove a database and its log, if this or a killed publish left them."""
    for path in (database, log_of(database)):
        path.unlink(missing_ok=True)
