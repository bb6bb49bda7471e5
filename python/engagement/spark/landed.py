"""The landed records for Spark: where they are, which count, how models read them.

The layout under ``SPARK_WAREHOUSE`` is that of `engagement.spark.landing`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engagement.serve.warehouse import output
from engagement.spark.session import SparkError

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem
    from pyspark.sql import SparkSession

Manifest = dict[str, Any]
FOLDERS = ("records", "identities")
FILE_COLUMNS = {
    "source_file": "varchar",
    "file_version": "varchar",
    "file_bytes": "bigint",
    "modified_at": "timestamp",
    "record_count": "bigint",
    "is_plain": "boolean",
    "passed_lines": "bigint[]",
    "missing_fields": "varchar",
    "loaded_at": "timestamp",
}
PASSED_OVER_COLUMNS = {
    "source_file": "varchar",
    "file_bytes": "bigint",
    "modified_at": "timestamp",
    "passed_over_because": "varchar",
}
SPARK_TYPES = {"varchar": "string", "bigint[]": "array<bigint>"}
NUMBERED = re.compile(r"manifest-(\d+)\.json")
TIMES = {"modified_at", "loaded_at"}
LOADED = "staging.stg_xdr__records"
NO_IDENTITIES = "select '' as user_id, '' as msisdn where false"


def register(session: SparkSession) -> None:
    """Register the landed records, with which dbt's models on Spark begin.

    Creates the views ``staging.stg_xdr__records`` and ``private.user_identities`` of
    the deliveries that the newest manifest names, and the tables
    ``state.files_loaded`` and ``state.files_passed_over`` with its lists of files.

    Raises
    ------
    SparkError
        If nothing is landed.
    """
    files, root = warehouse()
    with reaching():
        manifest = read_manifest(files, root)
    if manifest is None:
        raise SparkError(
            f"Nothing is landed in {root}: run `engagement land --target spark` first."
        )
    for schema in ("staging", "state", "private"):
        session.sql(f"create schema if not exists {schema}")
    deliveries = ",".join(file["delivery"] for file in manifest["files"])
    # characters that Spark would read as a pattern are escaped
    folder = re.sub(r"([][*?{}^,\\])", r"\\\1", spark_folder())
    sources = {
        kind: f"parquet.`{folder}/{kind}/delivery={{{deliveries}}}`" for kind in FOLDERS
    }
    records = f"select * from {sources['records']}"
    identities = NO_IDENTITIES
    if manifest["is_pseudonymised"]:
        identities = f"select distinct user_id, msisdn from {sources['identities']}"
    session.sql(f"create or replace view {LOADED} as {records}")
    session.sql(f"create or replace view private.user_identities as {identities}")
    # a manifest of an earlier version lacks columns; the load says what to do
    _write_list(session, "files_loaded", manifest["files"], FILE_COLUMNS)
    passed_over = manifest.get("passed_over", [])
    _write_list(session, "files_passed_over", passed_over, PASSED_OVER_COLUMNS)


def _write_list(
    session: SparkSession, name: str, files: list[Manifest], columns: dict[str, str]
) -> None:
    rows = [{column: file.get(column) for column in columns} for file in files]
    types = ", ".join(f"{column}: {kind}" for column, kind in columns.items())
    for kind, theirs in SPARK_TYPES.items():
        types = types.replace(kind, theirs)
    for row in rows:
        for time in row.keys() & TIMES:
            row[time] = datetime.fromisoformat(row[time] + "+00:00")
    table = session.createDataFrame(rows, types)
    table.write.mode("overwrite").saveAsTable(f"state.{name}")


def spark_folder() -> str:
    """Return the landing folder under ``SPARK_WAREHOUSE``, as Spark writes it."""
    place = os.environ.get("SPARK_WAREHOUSE") or str(output() / "spark")
    if "://" not in place:
        place = f"file:{Path(place.removeprefix('file:')).absolute()}"
    return f"{place.rstrip('/')}/landed"


def warehouse() -> tuple[FileSystem, str]:
    """Open the file system of ``SPARK_WAREHOUSE``, and return its landing folder too.

    Raises
    ------
    SparkError
        If it is not a path or URI that pyarrow knows.
    """
    from pyarrow import ArrowException
    from pyarrow.fs import FileSystem, LocalFileSystem

    folder = spark_folder()
    if "://" not in folder:
        return LocalFileSystem(), folder.removeprefix("file:")
    uri = folder.replace("s3a://", "s3://", 1)  # s3a is Hadoop's name for s3
    if uri.startswith("s3://") and (endpoint := os.environ.get("AWS_ENDPOINT_URL")):
        scheme, _, host = endpoint.partition("://")
        region = os.environ.get("AWS_REGION", "us-east-1")
        uri += f"?scheme={scheme}&endpoint_override={host}&region={region}"
    try:
        files, path = FileSystem.from_uri(uri)
    except (ArrowException, OSError) as error:
        place = os.environ["SPARK_WAREHOUSE"]
        raise SparkError(f"SPARK_WAREHOUSE={place} cannot be opened: {error}") from None
    return files, path.rstrip("/")


@contextmanager
def reaching() -> Iterator[None]:
    """Say why a warehouse that is not a local folder cannot be used."""
    try:
        yield
    except OSError as error:
        if error.errno:
            raise
        raise SparkError(
            f"{spark_folder()} cannot be used: {str(error).rstrip('.')}."
        ) from error


def read_manifest(files: FileSystem, root: str) -> Manifest | None:
    """Read the newest manifest that was written completely.

    Returns
    -------
    dict or None
        ``number``, ``rules`` (see `rules_for_records`), ``is_pseudonymised``,
        ``files``: a list of dict with the columns of stg_xdr__files and ``delivery``,
        and ``passed_over``: one with the columns of stg_xdr__files_passed_over.
    """
    found = []
    for path in manifests(files, root):
        with files.open_input_stream(path) as stream:
            try:
                manifest = json.loads(stream.read())
            except ValueError:  # its writer was killed
                continue
        if isinstance(manifest, dict) and {"number", "files"} <= set(manifest):
            found.append(manifest)
    return max(found, key=lambda manifest: manifest["number"], default=None)


def manifests(files: FileSystem, root: str) -> list[str]:
    """List all manifests, including unfinished ones."""
    return [
        path
        for path in listed(files, root)
        if path.rsplit("/", 1)[1].startswith("manifest-")
    ]


def listed(files: FileSystem, folder: str) -> list[str]:
    """List the paths in a folder; none if the folder does not exist."""
    from pyarrow.fs import FileSelector

    selector = FileSelector(folder, allow_not_found=True)
    return [info.path for info in files.get_file_info(selector)]


def next_number(files: FileSystem, root: str) -> int:
    """Return a number above that of every manifest, including unfinished ones."""
    names = (path.rsplit("/", 1)[1] for path in manifests(files, root))
    numbers = [int(name[1]) for name in map(NUMBERED.fullmatch, names) if name]
    return max(numbers, default=0) + 1
