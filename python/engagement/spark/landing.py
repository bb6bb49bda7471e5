"""Land exports for Spark: typed and judged records, as Parquet that all workers see.

DuckDB reads every export, for Spark too. dbt loads the exports into a temporary
warehouse; from there, the records of each delivered file go to a folder of their own
under ``SPARK_WAREHOUSE``::

    landed/records/delivery=<id>/*.parquet
    landed/identities/delivery=<id>/*.parquet     only if a key is set
    landed/manifest-<number>.json

A manifest is written last, under a new number. It names the deliveries that count, so
a killed landing has changed nothing that anybody reads. Nothing relies on renames,
since object stores do not have them.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import duckdb

from engagement.serve.warehouse import output, quoted, writing
from engagement.spark.landed import (
    FILE_COLUMNS,
    FOLDERS,
    LOADED,
    PASSED_OVER_COLUMNS,
    TIMES,
    Manifest,
    listed,
    manifests,
    next_number,
    reaching,
    read_manifest,
    warehouse,
)
from engagement.spark.session import SparkError

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

QUERIES = Path(__file__).with_name("queries")
PER_DELIVERY = "format parquet, partition_by (delivery), overwrite_or_ignore"


def land(variables: str, full_refresh: bool) -> list[str]:
    """Land the files that ``XDR_PATH`` names and that are not landed yet.

    Parameters
    ----------
    variables : str
        YAML, as dbt's ``--vars``.
    full_refresh : bool
        Land all files again.

    Returns
    -------
    list of str
        A sentence for each file that says what was done.

    Raises
    ------
    SparkError
        If the load is refused, or another landing is running.
    WarehouseError
        If a folder cannot be written.
    """
    files, root = warehouse()
    scratch = output() / "spark" / "landing"
    with writing(scratch), reaching():
        scratch.parent.mkdir(parents=True, exist_ok=True)
        with alone(scratch.with_suffix(".lock")):
            _give_up(scratch)
            try:
                before = read_manifest(files, root)
                known = None if full_refresh else before
                _load(scratch, known, variables)
                with duckdb.connect(scratch / "warehouse.duckdb") as connection:
                    return _publish(connection, files, root, before, known, scratch)
            finally:
                _give_up(scratch)


def _give_up(scratch: Path) -> None:
    """Remove all but dbt's target folder, which saves the next landing seconds."""
    scratch.mkdir(exist_ok=True)
    for left in scratch.iterdir():
        if left.name == "target":
            continue
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Lock out other landings, at most until this process ends."""
    with lock.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SparkError(
                f"Another `engagement land` is running in {lock.parent}: try again "
                "once it has finished."
            ) from error
        yield


def _load(scratch: Path, known: Manifest | None, variables: str) -> None:
    """Let dbt load the files that are not landed yet into a temporary warehouse."""
    if known:
        with duckdb.connect(scratch / "warehouse.duckdb") as connection:
            _note_landed(connection, known)
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "run"]
    command += ["--select", "stg_xdr__records", "--target", "duckdb"]
    command += ["--target-path", str(scratch / "target"), "--vars", variables]
    environment = os.environ | {"ENGAGEMENT_OUTPUT": str(scratch)}
    if subprocess.run(command, env=environment, check=False).returncode:
        raise SparkError("Nothing was landed, because the load failed: see above.")


def _note_landed(connection: duckdb.DuckDBPyConnection, known: Manifest) -> None:
    """Note the files that are landed already, as a load of them would have."""
    for schema in ("state", "staging"):
        connection.execute(f"create schema {schema}")
    columns = ", ".join(f"{name} {kind}" for name, kind in FILE_COLUMNS.items())
    connection.execute(f"create table state.files_loaded ({columns})")
    connection.executemany(
        f"insert into state.files_loaded values ({', '.join('?' * len(FILE_COLUMNS))})",
        [[file.get(name) for name in FILE_COLUMNS] for file in known["files"]],
    )
    # empty, so that the load creates it again with its own columns
    connection.execute(f"create table {LOADED} (source_file varchar)")
    connection.execute(f"set variable rules = {quoted(known['rules'])}")
    connection.execute(_query("build_record"))


def _publish(
    connection: duckdb.DuckDBPyConnection,
    files: FileSystem,
    root: str,
    before: Manifest | None,
    known: Manifest | None,
    scratch: Path,
) -> list[str]:
    """Upload what was loaded to the warehouse, then the manifest that names it."""
    landed = {
        (file["source_file"], file["file_version"]): file["delivery"]
        for file in (known or {"files": []})["files"]
    }
    now = _read_list(connection, "files_loaded", FILE_COLUMNS)
    passed_over = _read_list(connection, "files_passed_over", PASSED_OVER_COLUMNS)
    new = []
    for file in now:
        key = file["source_file"], file["file_version"]
        file["delivery"] = landed.get(key) or uuid4().hex
        if key not in landed:
            new.append(file)
    gone = {file["source_file"] for file in (known or {"files": []})["files"]} - {
        file["source_file"] for file in now
    }
    is_listed = passed_over == (known or {}).get("passed_over", [])
    if not new and not gone and is_listed:
        return [f"{root}: nothing new"]
    (rules,) = connection.execute(
        "select formula from state.build_record where name = 'stg_xdr__records'"
    ).fetchone()
    manifest = {
        "number": next_number(files, root),
        "rules": rules,
        # a version ends with the hash of the settings and, after -, that of the key
        "is_pseudonymised": all("-" in f["file_version"].split()[-1] for f in now),
        "files": now,
        "passed_over": passed_over,
    }
    if new:
        _write_parquet(connection, new, scratch, manifest["is_pseudonymised"])
    _remove_left(files, root, before)
    _upload(files, root, scratch)
    with files.open_output_stream(f"{root}/manifest-{manifest['number']}.json") as file:
        file.write(json.dumps(manifest).encode())
    return [
        *(f"{f['source_file']}: {f['record_count']:,} records landed" for f in new),
        *(f"{name}: no longer counted" for name in sorted(gone)),
        *(
            f"{f['source_file']}: passed over because {f['passed_over_because']}"
            for f in passed_over
        ),
    ] or [f"{root}: nothing is passed over any more"]


def _read_list(
    connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str]
) -> list[Manifest]:
    """Read a list of files, with its times as text."""
    rows = connection.execute(
        f"select {', '.join(columns)} from state.{name} order by all"
    ).fetchall()
    files = [dict(zip(columns, row, strict=True)) for row in rows]
    return [
        file | {time: str(file[time]) for time in file.keys() & TIMES} for file in files
    ]


def _write_parquet(
    connection: duckdb.DuckDBPyConnection,
    new: list[Manifest],
    scratch: Path,
    is_pseudonymised: bool,
) -> None:
    """Write a folder of Parquet files for each delivery."""
    connection.execute("set timezone = 'UTC'")
    connection.execute("create temp table deliveries (name varchar, delivery varchar)")
    connection.executemany(
        "insert into deliveries values (?, ?)",
        [[file["source_file"], file["delivery"]] for file in new],
    )
    # Spark has another type for timestamps without a time zone
    times = ", ".join(
        f'"{name}"::timestamptz as "{name}"'
        for name, kind, *_ in connection.execute(f"describe {LOADED}").fetchall()
        if kind == "TIMESTAMP"
    )
    connection.execute(
        # a row's place, which is a column of every table of DuckDB, numbers it
        f"create temp view typed_records as select rowid, * replace ({times})"
        f" from {LOADED}"
    )
    for kind in FOLDERS if is_pseudonymised else FOLDERS[:1]:
        place = scratch / "new" / kind
        place.mkdir(parents=True)
        wanted = _query(kind)
        connection.execute(f"copy ({wanted}) to {quoted(place)} ({PER_DELIVERY})")
        empty = f"select * exclude (delivery) from ({wanted}) where false"
        for file in new:
            folder = place / f"delivery={file['delivery']}"
            if not folder.exists():  # the delivery has no rows
                folder.mkdir()
                file_name = quoted(folder / "data_0.parquet")
                connection.execute(f"copy ({empty}) to {file_name}")


def _query(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def _upload(files: FileSystem, root: str, scratch: Path) -> None:
    from pyarrow.fs import LocalFileSystem, copy_files

    source = (scratch / "new").absolute()
    for folder in sorted(source.glob("*/*")):
        files.create_dir(f"{root}/{folder.parent.name}/{folder.name}", recursive=True)
    if source.exists():
        copy_files(
            str(source),
            root,
            source_filesystem=LocalFileSystem(),
            destination_filesystem=files,
        )


def _remove_left(files: FileSystem, root: str, before: Manifest | None) -> None:
    """Remove what killed and older landings left and no manifest in use names.

    The manifest before the new one stays, with its deliveries, until the next
    landing, since a build may be reading it.
    """
    kept = {file["delivery"] for file in before["files"]} if before else set()
    for kind in FOLDERS:
        for folder in listed(files, f"{root}/{kind}"):
            if folder.rsplit("delivery=", 1)[-1] not in kept:
                files.delete_dir(folder)
    for path in manifests(files, root):
        if not before or not path.endswith(f"/manifest-{before['number']}.json"):
            files.delete_file(path)
