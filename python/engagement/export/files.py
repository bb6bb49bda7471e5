"""Look at xDR exports before they are loaded: which files, which columns.

These are the questions that SQL cannot ask without failing in the engine's own
words, or passing over what is wrong. All but `check_bytes` read a file's first
bytes at most; the records are read by DuckDB.
"""

from __future__ import annotations

import codecs
import csv
import glob
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import BinaryIO

HEAD_BYTES = 262_144
HEADER_BYTES = 131_072  # and so no field is longer than csv.reader takes
CHUNK_BYTES = 1_048_576
LINE_ENDS = {b"\r\n": "CR LF", b"\r": "CR", b"\n": "LF"}
LINE_END = re.compile(b"|".join(LINE_ENDS))
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SUFFIXES = (".csv", ".csv.gz", ".parquet")
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


class ExportError(ValueError):
    """An export that cannot be read; the message is one sentence naming it."""


def find_exports(path: str) -> list[dict]:
    """List the files that ``XDR_PATH`` names, in order of their names.

    Parameters
    ----------
    path : str
        A file, a folder (its CSV, CSV.gz and Parquet files) or a glob.

    Returns
    -------
    list of dict
        ``file``, ``bytes`` and ``modified_at`` (ISO 8601, UTC, microseconds).

    Raises
    ------
    ExportError
        If nothing is there, or it cannot be listed.
    """
    try:
        return [_listing(file) for file in _names_of_files(path)]
    except OSError as error:
        raise ExportError(
            f"XDR_PATH: '{path}' cannot be read: {error.strerror}."
        ) from error


def _names_of_files(path: str) -> list[str]:
    place = Path(path)
    if place.is_dir():
        found = [p for p in place.iterdir() if p.name.lower().endswith(SUFFIXES)]
        missing = f"holds no file ending in {', '.join(SUFFIXES)}"
    elif place.exists():
        found, missing = [place], ""
    else:
        found = [Path(p) for p in glob.glob(path, recursive=True)]
        missing = "does not exist"
    files = sorted({p.as_posix() for p in found if p.is_file()})
    if not files:
        raise ExportError(
            f"XDR_PATH: '{path}' {missing}; set XDR_PATH to an export, a folder "
            "of exports or a glob."
        )
    return files


def _listing(file: str) -> dict:
    stat = Path(file).stat()
    modified = datetime.fromtimestamp(stat.st_mtime_ns // 1000 / 1e6, UTC)
    return {
        "file": file,
        "bytes": stat.st_size,
        "modified_at": modified.strftime("%Y-%m-%d %H:%M:%S.%f"),
    }


def plan_load(path: str, loaded: dict[str, str], settings: str) -> dict:
    """Compare what ``XDR_PATH`` names with what is loaded.

    A loaded file stays as it is when it is unchanged, or when it has left the
    folder that still names it. It leaves when ``XDR_PATH`` names it no more.

    Parameters
    ----------
    path : str
        ``XDR_PATH``, see `find_exports`.
    loaded : dict
        File to version, of what is loaded.
    settings : str
        Changes when the mapping does; versions end with it.

    Returns
    -------
    dict
        ``new``: files as `find_exports` lists them plus their ``version``, which
        sorts by time of delivery; ``leaving``: names of files.

    Raises
    ------
    ExportError
        If nothing is there, or if records would be lost: they have to be read
        again or to leave, and their file is gone.
    """
    exports = find_exports(path)
    for export in exports:
        export["version"] = f"{export['modified_at']} {export['bytes']} {settings}"
    there = {export["file"] for export in exports}
    gone = {file: version for file, version in loaded.items() if file not in there}
    leaving = [file for file in gone if not _is_named_by(file, path)]
    changed = [file for file in gone if not gone[file].endswith(settings)]
    for file in leaving + changed:
        if not Path(file).exists():
            named = "XDR_PATH names it no more"
            why = named if file in leaving else "vars or the key changed"
            raise ExportError(
                f"{file} is loaded but gone, and {why}: bring it back, or give up "
                "its records with --full-refresh."
            )
    return {
        "new": [e for e in exports if loaded.get(e["file"]) != e["version"]],
        "leaving": leaving,
    }


def _is_named_by(file: str, path: str) -> bool:
    """Tell whether ``XDR_PATH`` would name a file that may have gone since."""
    place, there = Path(path), PurePath(file)
    if place.is_dir():
        return there.parent == place and file.lower().endswith(SUFFIXES)
    return there == place or _matches(there.parts, place.parts)


def _matches(parts: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    """Match the parts of a name as `glob.glob` does, folder by folder."""
    if not patterns:
        return not parts
    first, *rest = patterns
    if first == "**" and _matches(parts, tuple(rest)):
        return True
    if not parts or (parts[0].startswith(".") and not first.startswith(".")):
        return False
    return fnmatchcase(parts[0], first) and _matches(
        parts[1:], patterns if first == "**" else tuple(rest)
    )


def read_header(file: str) -> list[dict]:
    """Read the columns of an export from its first bytes.

    Parameters
    ----------
    file : str
        A CSV, gzipped CSV or Parquet file.

    Returns
    -------
    list of dict
        ``name`` and ``type`` of each column in order; a name that stands a
        second time ends in ``_1``, a third time in ``_2``. CSV is all text.

    Raises
    ------
    ExportError
        If the file is empty, holds a header only, or is no such file.
    """
    try:
        with Path(file).open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as error:
        raise ExportError(f"{file} cannot be read: {error.strerror}.") from error
    if head[:4] == b"PAR1":
        if not file.lower().endswith(".parquet"):
            raise ExportError(f"{file} is Parquet; let its name end in .parquet.")
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
        raise ExportError(f"{file} is gzipped; let its name end in .csv.gz.")
    with _unpacked(file) as stream:
        return stream.read(HEAD_BYTES)


@contextmanager
def _unpacked(file: str) -> Iterator[BinaryIO]:
    is_gzipped = file.lower().endswith(".gz")
    try:
        with gzip.open(file) if is_gzipped else Path(file).open("rb") as stream:
            yield stream
    except (OSError, EOFError, zlib.error) as error:
        raise ExportError(
            f"{file} is damaged or incomplete ({error}); deliver it again."
        ) from error


def check_bytes(file: str) -> None:
    """Check what only a look at every byte of a CSV file tells.

    DuckDB takes what it could unpack of a file that was cut off for all of it. It
    reads one kind of line end, or others too if what a line has too much may go.

    Parameters
    ----------
    file : str
        A CSV or gzipped CSV file.

    Raises
    ------
    ExportError
        If it is gzipped, and damaged or cut off, or if a line ends otherwise than
        the first.
    """
    usual, count = b"", 0
    with _unpacked(file) as stream:
        for chunk in _chunks(stream):
            if not usual and (first := LINE_END.search(chunk)):
                usual = first[0]
            found = chunk.count(usual) if usual else 0
            if found * len(usual) != chunk.count(b"\r") + chunk.count(b"\n"):
                _refuse_line_end(file, chunk, usual, count)
            count += found


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Read a stream in pieces, none of which ends within a line end."""
    while chunk := stream.read(CHUNK_BYTES):
        while chunk.endswith(b"\r") and (following := stream.read(1)):
            chunk += following
        yield chunk


def _refuse_line_end(file: str, chunk: bytes, usual: bytes, lines_before: int) -> None:
    for line, end in enumerate(LINE_END.findall(chunk), lines_before + 1):
        if end != usual:
            raise ExportError(
                f"{file} ends its lines with {LINE_ENDS[usual]}, but line {line} with "
                f"{LINE_ENDS[end]}; save it with one kind of line end."
            )


def _parquet_header(file: str) -> list[dict]:
    import duckdb

    name = glob.escape(file)  # for DuckDB, which takes a pattern
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
        raise ExportError(f"{file} is UTF-16 or no text; save it as UTF-8.")
    lines = head.splitlines()
    if len(lines[0]) > HEADER_BYTES:
        raise ExportError(
            f"{file} has a first line of more than {HEADER_BYTES:,} bytes; the first "
            "line is to hold the names of the columns."
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
    """Number the repetitions of a name as DuckDB does: a, a_1, a_2."""
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
