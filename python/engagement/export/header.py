"""Find out which columns an export has, from its first bytes.

SQL would either fail with the engine's own message or ignore what is wrong.
"""

from __future__ import annotations

import codecs
import csv
import glob
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import duckdb
import zstandard

from engagement.export.listing import ExportError, kind_of

HEAD_BYTES = 262_144
HEADER_BYTES = 131_072  # so that no field is too long for csv.reader
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
LINE_END = re.compile("\r\n|\r|\n")
ENCODINGS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "latin-1": "latin-1"}


class Header(NamedTuple):
    """What the beginning of an export says about it.

    Attributes
    ----------
    content : str
        csv; lines, for a JSON object on each line; json, for other JSON; or parquet.
    columns : list of dict
        ``name`` and ``type`` of each column in order. A name that is repeated ends in
        ``_1`` the second time and in ``_2`` the third time. Columns of CSV and JSON
        are text; those of JSON are the names in the first objects.
    line : int
        The number of the line with the names of the columns; 0 if there is none.
    lines_before : int
        How many lines before it hold nothing, but are no comments to DuckDB.
    lack : str
        Why the file surely holds no record; empty if it may hold some.
    is_plain : bool
        Whether DuckDB ends the line with the names of the columns where it ends. It
        does not if a comment begins within the line, or if a quote is not closed.
    """

    content: str
    columns: list[dict]
    line: int = 0
    lines_before: int = 0
    lack: str = ""
    is_plain: bool = True

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column["name"] for column in self.columns]


def read_header(file: str, options: dict) -> Header:
    """Read the columns of an export from its first bytes.

    Parameters
    ----------
    file : str
    options : dict
        The var xdr_csv with all its keys.

    Raises
    ------
    ExportError
        If the file is of another kind than its name says, or if the var xdr_csv
        contradicts it.
    """
    start, kind = check_kind(file), kind_of(file)
    if kind.content == "parquet":
        return (
            _parquet_header(file) if start else Header("parquet", [], lack="is empty")
        )
    with unpacked(file) as stream:
        head = stream.read(HEAD_BYTES)
    if kind.content == "json":
        return _json_header(file, head)
    return _csv_header(file, head, options)


MARKS = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd", "Parquet": b"PAR1"}
SUFFIXES = {"gzip": ".gz", "zstd": ".zst", "Parquet": ".parquet"}


def check_kind(file: str) -> bytes:
    """Check that the first bytes of a file are those of what its name says.

    Returns
    -------
    bytes
        The first four bytes; none if the file is empty.

    Raises
    ------
    ExportError
        If they are not, or if the file cannot be read.
    """
    try:
        with Path(file).open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        raise ExportError(f"{file} cannot be read: {error.strerror}.") from error
    kind = kind_of(file)
    said = "Parquet" if kind.content == "parquet" else kind.compression
    found = next((name for name, m in MARKS.items() if start.startswith(m)), "none")
    if found == said or not start:
        return start
    if found != "none":
        raise ExportError(
            f"{file} is {found}; rename it so that its name ends in {SUFFIXES[found]}."
        )
    raise ExportError(f"{file} is not {said}, though its name says so.")


@contextmanager
def unpacked(file: str) -> Iterator[BinaryIO]:
    """Open a file, and decompress it if its name says that it is compressed."""
    compression = kind_of(file).compression
    try:
        with Path(file).open("rb") as stream:
            if compression == "gzip":
                with gzip.open(stream) as unpacker:
                    yield unpacker
            elif compression == "zstd":
                with io.BufferedReader(_Zstd(stream)) as unpacker:
                    yield unpacker
            else:
                yield stream
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise ExportError(
            f"{file} is damaged or incomplete ({error}); deliver it again."
        ) from error


class _Zstd(io.RawIOBase):
    """Decompress zstd; unlike `zstandard`'s own reader, notice a truncated file."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.frame = zstandard.ZstdDecompressor().decompressobj()
        self.is_within = False
        self.held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:
        while not self.held:
            packed = self.frame.unused_data or self.stream.read(131_072)
            if not packed:
                if self.is_within:
                    raise EOFError("Compressed file ended before its end was marked")
                return 0
            if self.frame.eof:
                self.frame = zstandard.ZstdDecompressor().decompressobj()
            self.held = self.frame.decompress(packed)
            self.is_within = not self.frame.eof
        count = min(len(buffer), len(self.held))
        buffer[:count], self.held = self.held[:count], self.held[count:]
        return count


def _parquet_header(file: str) -> Header:
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
    return Header(
        "parquet", columns, lack="" if rows else "holds columns but no records"
    )


def _json_header(file: str, head: bytes) -> Header:
    """Find the names in the first objects."""
    head = head.removeprefix(codecs.BOM_UTF8)
    if not head.strip():
        return Header("lines", [], lack="is empty")
    if head[:2] in UTF16_MARKS or b"\0" in head:
        raise ExportError(f"{file} is UTF-16 or not text; save it as UTF-8.")
    lines = head.splitlines()
    if len(head) == HEAD_BYTES and len(lines) > 1:
        lines.pop()  # it may be cut off
    lines = [line for line in lines if line.strip()]
    objects = [found for line in lines if isinstance(found := _json(line), dict)]
    content = "lines"
    is_array = head.lstrip()[:1] == b"["
    if is_array or not (lines and isinstance(_json(lines[0]), dict)):
        try:
            found = _first_objects(file, head)
        except duckdb.Error as error:
            if is_array or not objects:
                raise ExportError(
                    f"{file} is not JSON: {str(error).splitlines()[0]}"
                ) from error
        else:
            content, objects = "json", [o for o in found if isinstance(o, dict)]
            if found and not objects:
                raise ExportError(
                    f"{file} holds no JSON objects, but values of another kind: each "
                    "record must be an object, with the names of its fields."
                )
    if not objects:
        return Header(content, [], lack="holds no JSON objects")
    names = dict.fromkeys(name for one in objects for name in one)
    return Header(content, [{"name": name, "type": "VARCHAR"} for name in names])


def _first_objects(file: str, head: bytes) -> list[object]:
    """Read the first values of an array, or of objects that take several lines."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select json from read_json_objects(?, format = ?, compression = ?)"
            " limit 1000",
            [glob.escape(file), *json_format(file, head)],
        ).fetchall()
    return [_json(row) for (row,) in rows]


def json_format(file: str, head: bytes) -> tuple[str, str]:
    """Name DuckDB's format of JSON that is not one object a line, and compression."""
    begins = head.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    form = "array" if begins == b"[" else "unstructured"
    compression = kind_of(file).compression
    return form, "uncompressed" if compression == "none" else compression


def _json(line: bytes | str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _csv_header(file: str, head: bytes, options: dict) -> Header:
    is_whole = len(head) < HEAD_BYTES
    lines = _head_lines(file, head, options["encoding"])
    comment = options["comment"]
    numbered = [
        (number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not (comment and line.startswith(comment))
    ]
    if not numbered:
        if not is_whole:
            raise ExportError(
                f"{file} has no header in its first {HEAD_BYTES:,} bytes."
            )
        return Header("csv", [], lack="is empty")
    number, first = numbered[0]
    if len(first.encode()) > HEADER_BYTES:
        raise ExportError(
            f"{file} has a first line of more than {HEADER_BYTES:,} bytes; the first "
            "line must hold the names of the columns."
        )
    if "\0" in first:
        raise ExportError(f"{file} is not text.")
    fields = split(first, options["delimiter"])
    _check_delimiter(file, first, fields, options)
    # DuckDB does not see that a comment begins after the mark of an encoding
    is_marked = head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE))
    before = int(bool(is_marked and comment and lines[0].startswith(comment)))
    if options["columns"]:
        columns = [{"name": n, "type": "VARCHAR"} for n in options["columns"]]
        return Header("csv", columns, 0, before)
    columns = [{"name": name, "type": "VARCHAR"} for name in _distinct(fields)]
    is_empty = is_whole and len(numbered) == 1
    lack = "holds a header but no records" if is_empty else ""
    before += sum(not line.strip() for line in lines[: number - 1])
    is_plain = first.count('"') % 2 == 0 and not (comment and comment in first)
    return Header("csv", columns, number, before, lack, is_plain)


def split(line: str, delimiter: str) -> list[str]:
    """Split a line into its fields, with quotes taken off."""
    if len(delimiter) > 1:
        return line.split(delimiter)
    return next(csv.reader([line], delimiter=delimiter))


def _head_lines(file: str, head: bytes, encoding: str) -> list[str]:
    """Decode the first lines of a file."""
    setting = "set var xdr_csv.encoding to"
    if head[:2] == codecs.BOM_UTF16_BE:
        raise ExportError(f"{file} is big-endian UTF-16; save it as UTF-8.")
    is_utf16 = head[:2] in UTF16_MARKS or head[:64].count(0) * 2 >= len(head[:64]) > 0
    if encoding == "utf-16" and head.strip() and not is_utf16:
        raise ExportError(f"{file} is not UTF-16; {setting} utf-8.")
    if encoding != "utf-16" and is_utf16:
        raise ExportError(f"{file} is UTF-16 or not text; {setting} utf-16.")
    head = head.removeprefix(codecs.BOM_UTF8).removeprefix(codecs.BOM_UTF16_LE)
    # the header is checked; other lines that are not text are refused one by one
    errors = "replace" if encoding == "utf-16" else "surrogateescape"
    decoder = codecs.getincrementaldecoder(ENCODINGS[encoding])(errors)
    # splitlines() would also split at form feeds, and at 0x85 of latin-1
    lines = LINE_END.split(decoder.decode(head))  # its end may be cut off
    if lines and any("\udc80" <= c <= "\udcff" for c in lines[0]):
        raise ExportError(f"{file} is not UTF-8 text; {setting} latin-1 or utf-16.")
    return lines


def _check_delimiter(file: str, first: str, fields: list[str], options: dict) -> None:
    """Refuse a file that another delimiter than that of the settings separates."""
    delimiter, names = options["delimiter"], options["columns"]
    others = {mark: len(split(first, mark)) for mark in SEPARATORS if mark != delimiter}
    likely = max(others, key=others.get)
    if len(fields) == 1 and others[likely] > 1:
        raise ExportError(
            f"{file} is separated by {SEPARATORS[likely]}; set var xdr_csv.delimiter "
            f"to {json.dumps(likely)}."
        )
    if names and len(fields) != len(names):
        raise ExportError(
            f"{file} has {len(fields)} fields in its first line, but var "
            f"xdr_csv.columns has {len(names)} names: set it to one name for each "
            "field, or to ~ if the first line holds the names."
        )


def _distinct(names: list[str]) -> list[str]:
    """Number repeated names as DuckDB does: a, a_1, a_2; and name what has none."""
    seen: dict[str, int] = {}
    taken: set[str] = set()
    distinct = []
    for place, raw in enumerate(names):
        name = raw.strip() or f"column{place}"
        new, count = name, seen.get(name.lower(), 0)
        while new.lower() in taken:
            count += 1
            new = f"{name}_{count}"
        seen[name.lower()] = count
        taken.add(new.lower())
        distinct.append(new)
    return distinct
