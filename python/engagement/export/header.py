"""Find out which columns an export has, from its first bytes.

SQL would either fail with the engine's own message or ignore what is wrong.
"""

from __future__ import annotations

import codecs
import csv
import glob
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from engagement.export.listing import ExportError

HEAD_BYTES = 262_144
HEADER_BYTES = 131_072  # so that no field is too long for csv.reader
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "pipes"}


def read_header(file: str) -> list[dict]:
    """Read the columns of an export from its first bytes.

    Parameters
    ----------
    file : str
        A CSV, gzipped CSV or Parquet file.

    Returns
    -------
    list of dict
        ``name`` and ``type`` of each column in order. A name that is repeated ends
        in ``_1`` the second time and in ``_2`` the third time. CSV columns are text.

    Raises
    ------
    ExportError
        If the file is empty, has only a header, or is of another kind.
    """
    try:
        with Path(file).open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as error:
        raise ExportError(f"{file} cannot be read: {error.strerror}.") from error
    if head[:4] == b"PAR1":
        if not file.lower().endswith(".parquet"):
            raise ExportError(
                f"{file} is Parquet; rename it so that its name ends in .parquet."
            )
        return _parquet_header(file)
    if head[:4] == b"PK\x03\x04":
        raise ExportError(
            f"{file} is an Excel workbook or a zip archive; export it as CSV."
        )
    if head[:2] == b"\x1f\x8b":
        head = _unzip_head(file)
    elif head.strip() and file.lower().endswith((".gz", ".parquet")):
        kind = "gzip" if file.lower().endswith(".gz") else "Parquet"
        raise ExportError(f"{file} is not {kind}, though its name says so.")
    return _csv_header(file, head)


def _unzip_head(file: str) -> bytes:
    if not file.lower().endswith(".gz"):
        raise ExportError(
            f"{file} is gzipped; rename it so that its name ends in .csv.gz."
        )
    with unpacked(file) as stream:
        return stream.read(HEAD_BYTES)


@contextmanager
def unpacked(file: str) -> Iterator[BinaryIO]:
    """Open a file, and decompress it if its name ends in .gz."""
    is_gzipped = file.lower().endswith(".gz")
    try:
        with gzip.open(file) if is_gzipped else Path(file).open("rb") as stream:
            yield stream
    except (OSError, EOFError, zlib.error) as error:
        raise ExportError(
            f"{file} is damaged or incomplete ({error}); deliver it again."
        ) from error


def _parquet_header(file: str) -> list[dict]:
    import duckdb

    name = glob.escape(file)  # DuckDB would read the name as a pattern
    try:
        with duckdb.connect() as connection:
            relation = connection.execute(
                "describe from read_parquet(?, hive_partitioning = false)", [name]
            )
            columns = [{"name": r[0], "type": r[1]} for r in relation.fetchall()]
            count = "select num_rows from parquet_file_metadata(?)"
            rows = connection.execute(count, [name]).fetchone()[0]
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise ExportError(f"{file} is damaged Parquet: {reason}") from error
    if not rows:
        raise ExportError(f"{file} holds columns but no records.")
    return columns


def _csv_header(file: str, head: bytes) -> list[dict]:
    head = head.removeprefix(codecs.BOM_UTF8)
    if not head.strip():
        raise ExportError(f"{file} is empty.")
    if head[:2] in UTF16_MARKS or head[:64].count(0) * 2 >= len(head[:64]):
        raise ExportError(f"{file} is UTF-16 or not text; save it as UTF-8.")
    lines = head.splitlines()
    if len(lines[0]) > HEADER_BYTES:
        raise ExportError(
            f"{file} has a first line of more than {HEADER_BYTES:,} bytes; the first "
            "line must hold the names of the columns."
        )
    try:
        text = lines[0].decode("utf-8")
    except UnicodeDecodeError as error:
        raise ExportError(f"{file} is not UTF-8 text.") from error
    if "\0" in text:
        raise ExportError(f"{file} is not text.")
    names = next(csv.reader([text]))
    for separator, word in SEPARATORS.items():
        if len(names) == 1 and separator in names[0]:
            raise ExportError(f"{file} is separated by {word}; save it with commas.")
    if not any(line.strip() for line in lines[1:]):
        raise ExportError(f"{file} holds a header but no records.")
    return [{"name": name, "type": "VARCHAR"} for name in _distinct(names)]


def _distinct(names: list[str]) -> list[str]:
    """Number repeated names as DuckDB does: a, a_1, a_2."""
    seen: dict[str, int] = {}
    taken: set[str] = set()
    distinct = []
    for raw in names:
        name = raw.strip()
        new, count = name, seen.get(name.lower(), 0)
        while new.lower() in taken:
            count += 1
            new = f"{name}_{count}"
        seen[name.lower()] = count
        taken.add(new.lower())
        distinct.append(new)
    return distinct
