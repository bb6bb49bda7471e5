"""Take the first records of an export, and read them with the reader of the load."""

from __future__ import annotations

import codecs
import csv
import glob
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

import duckdb

from engagement.export.header import (
    ENCODINGS,
    UTF16_MARKS,
    check_kind,
    json_format,
    read_header,
    split,
    unpacked,
)
from engagement.export.listing import ExportError, kind_of
from engagement.export.reader import count_records, layouts_of
from engagement.inspect.values import DECIMAL, ISO, formats_of

MOST_RECORDS = 20_000
MOST_FILES = 16
MOST_BYTES = 64_000_000
HEAD_LINES = 500
DELIMITERS = (",", ";", "\t", "|", "\x01", "^", "~", "||", "::")
CSV_DEFAULTS = {
    "delimiter": ",", "columns": None, "comment": None, "nulls": [],
    "encoding": "utf-8", "decimal": ".",
}  # fmt: skip


class Sample(NamedTuple):
    """The first records of an export, in files of their own.

    Attributes
    ----------
    folder : Path
        Holds the files, in the Hive-partitioned folders of the export.
    files : dict of str to str
        Each file of the sample, and the file of the export it is taken from.
    is_whole : bool
        Whether the sample is the whole export.
    """

    folder: Path
    files: dict[str, str]
    is_whole: bool

    def named(self, text: str) -> str:
        """Name the export where a sentence names the sample."""
        for copy, file in self.files.items():
            text = text.replace(copy, file)
        return text


class Read(NamedTuple):
    """The records of a sample: each source, its type and its values as text."""

    kinds: dict[str, str]
    values: dict[str, list[str | None]]


def take_sample(exports: list[dict], folder: Path) -> Sample:
    """Copy the first records of the first files to a folder.

    Parameters
    ----------
    exports : list of dict
        See `engagement.export.listing.find_exports`.
    folder : Path

    Raises
    ------
    ExportError
        If a file cannot be read, or is of another kind than its name says.
    """
    files: dict[str, str] = {}
    left, is_whole = MOST_RECORDS, True
    for number, export in enumerate(exports):
        if len(files) == MOST_FILES or left <= 0:
            is_whole = False
            break
        name = export["file"]
        if not check_kind(name):
            continue  # it is empty
        parts = [p for p in PurePath(name).parts[:-1] if re.match("[^=]+=", p)]
        content = kind_of(name).content
        place = folder.joinpath(*parts, f"{number}.{content}")
        place.parent.mkdir(parents=True, exist_ok=True)
        taken, is_all = TAKERS[content](name, place, left)
        is_whole &= is_all
        left -= taken
        files[place.as_posix()] = name
    return Sample(folder, files, is_whole)


def _take_lines(name: str, place: Path, most: int) -> tuple[int, bool]:
    with unpacked(name) as stream, place.open("wb") as copy:
        start = stream.read(4_096)
        if start.lstrip().startswith((b"{", b"[{")) and kind_of(name).content == "csv":
            raise ExportError(
                f"{name} holds JSON; rename it so that its name ends in .jsonl."
            )
        is_wide = start[:2] in UTF16_MARKS or start[:64].count(0) * 2 >= 64
        copy.write(start)
        count, size = start.count(b"\n"), len(start)
        while count < most and size < MOST_BYTES and (line := stream.readline(1 << 20)):
            copy.write(line)
            count += line.endswith(b"\n")
            size += len(line)
        if is_wide:
            copy.write(stream.read(1))  # the other half of the line end
        elif start and not start.endswith(b"\n") and count >= most:
            copy.write(stream.readline())
        return count, not stream.read(1)


def _take_json(name: str, place: Path, most: int) -> tuple[int, bool]:
    with unpacked(name) as stream:
        first = stream.readline(1 << 20)
        while first and not first.strip():
            first = stream.readline(1 << 20)
    first = first.removeprefix(codecs.BOM_UTF8)
    if not first.strip() or b"\0" in first or isinstance(_json(first), dict):
        return _take_lines(name, place, most)
    with duckdb.connect() as connection:
        try:
            rows = connection.execute(
                "select json from read_json_objects(?, format = ?, compression = ?)"
                f" limit {most + 1}",
                [glob.escape(name), *json_format(name, first)],
            ).fetchall()
        except duckdb.Error as error:
            raise ExportError(
                f"{name} is not JSON: {str(error).splitlines()[0]}"
            ) from error
    taken = [text for (text,) in rows[:most]]
    place.write_text("[" + ",\n".join(taken) + "]", encoding="utf-8")
    return len(taken), len(rows) <= most


def _take_parquet(name: str, place: Path, most: int) -> tuple[int, bool]:
    read_header(name, CSV_DEFAULTS)  # says what is wrong with damaged files
    source = f"read_parquet({_literal(glob.escape(name))}, hive_partitioning = false)"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (from {source} limit {most}) to {_literal(place.as_posix())}"
        )
        count = connection.execute(f"select count(*) from {source}").fetchone()[0]
    return min(count, most), count <= most


TAKERS = {"csv": _take_lines, "json": _take_json, "parquet": _take_parquet}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _json(text: bytes | str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def guess_csv(head: bytes) -> dict:
    """Guess how a CSV file is written: the keys of var xdr_csv, but for values.

    Parameters
    ----------
    head : bytes
        The beginning of a file.

    Returns
    -------
    dict
        ``encoding``, ``delimiter``, ``comment`` and ``columns``.
    """
    encoding = guess_encoding(head)
    head = head.removeprefix(codecs.BOM_UTF8).removeprefix(codecs.BOM_UTF16_LE)
    text = head.decode(ENCODINGS[encoding], errors="replace")
    lines = [line for line in text.splitlines() if line.strip()][:HEAD_LINES]
    marks = [line for line in lines if line.startswith("#")]
    # a single line that begins so may well hold the names of the columns
    comment = "#" if len(marks) > 1 or (marks and lines[0] != marks[0]) else None
    rows = [line for line in lines if not (comment and line.startswith(comment))]
    delimiter = guess_delimiter(rows)
    fields = [_split(line, delimiter) for line in rows]
    if len(marks) == 1 and not comment and not has_header(fields):
        comment, fields = "#", fields[1:]
    guess = {"encoding": encoding, "delimiter": delimiter, "comment": comment}
    if fields and not has_header(fields):
        count = Counter(map(len, fields)).most_common(1)[0][0]
        guess["columns"] = _named_in(marks, delimiter, count) or [
            f"column_{number}" for number in range(1, count + 1)
        ]
    return guess


def guess_encoding(head: bytes) -> str:
    """Guess the encoding of a text by its first bytes."""
    if head[:2] in UTF16_MARKS or head[:64].count(0) * 2 >= len(head[:64]) > 0:
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def guess_delimiter(lines: list[str]) -> str:
    """Choose the text that separates most lines into the same number of fields."""
    best, found = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        counts = Counter(len(_split(line, delimiter)) for line in lines)
        if not counts:
            break
        count, lines_of_it = counts.most_common(1)[0]
        share = lines_of_it / len(lines)
        # of doubled marks, a single one separates as well
        fuller = count + 1 if len(delimiter) > 1 and count > 2 else count
        is_doubled = len(delimiter) > 1 < count and found[1] == 2 * count - 1
        score = (round(share, 1) if count > 1 else 0.0, fuller)
        if score > found or (is_doubled and score[0] >= found[0]):
            best, found = delimiter, score
    return best


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return split(line, delimiter)
    except csv.Error:
        return line.split(delimiter)


def has_header(rows: list[list[str]]) -> bool:
    """Tell whether the first row holds names: texts where others hold values."""
    first, *others = rows
    if not others:
        return True
    if any(_is_value(text) for text in first if text.strip()):
        return False
    below = others[:100]
    differs = sum(
        sum(_is_value(row[i]) for row in below if i < len(row)) * 2 > len(below)
        for i in range(len(first))
    )
    repeats = sum(
        any(i < len(row) and row[i] == text for row in below)
        for i, text in enumerate(first)
        if text.strip()
    )
    return differs > 0 or not repeats


def _is_value(text: str) -> bool:
    text = text.strip()
    return bool(
        DECIMAL.fullmatch(text)
        or re.fullmatch("[-+]?[0-9]+,[0-9]+", text)
        or ISO.fullmatch(text)
        or re.fullmatch(r"[0-9a-fA-F]{1,4}([.:-][0-9a-fA-F]{1,4}){2,}", text)
        or formats_of(text)
    )


def _named_in(comments: Iterable[str], delimiter: str, count: int) -> list[str] | None:
    """Find the line among comments that names the columns, as Zeek's #fields."""
    # a line that says so comes before others with as many fields
    for line in sorted(comments, key=lambda line: "fields" not in line.lower()):
        text = line.lstrip("#").strip()
        named = re.match(r"fields:?\s*", text, re.IGNORECASE)
        fields = _split(text[named.end() :] if named else text, delimiter)
        names = [name.strip() for name in fields]
        is_set = len({name.lower() for name in names}) == count and all(names)
        if len(names) == count > 1 and is_set:
            return names
    return None


def read_sample(sample: Sample, options: dict) -> Read:
    """Read all columns, paths and partitions of a sample as text.

    Parameters
    ----------
    sample : Sample
    options : dict
        The var xdr_csv with all its keys.

    Raises
    ------
    ExportError
        If the reader refuses a file.
    """
    kinds: dict[str, str] = {}
    values: dict[str, list[str | None]] = {}
    count = 0
    for file in sample.files:
        header = read_header(file, options)
        if header.lack:
            continue
        found = {name: kind for name, kind in _sources(file, header) if name}
        mapping = [
            {"field": f"column {i}", "source": source, "setting": ""}
            for i, source in enumerate(found)
        ]
        export = {"file": file, "version": "", "bytes": 0, "modified_at": ""}
        (layout,) = layouts_of(count_records([export], options), mapping, options)
        columns = ", ".join(f'cast("{entry["field"]}" as varchar)' for entry in mapping)
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            rows = connection.execute(
                f"select {columns} from {layout['relation']}"
                f" where malformed is null limit {MOST_RECORDS}"
            ).fetchall()
        for i, entry in enumerate(mapping):
            source = entry["source"]
            kinds.setdefault(source, found[source] or layout["types"][entry["field"]])
            # an earlier file may lack the column
            known = values.setdefault(source, [])
            known += [None] * (count - len(known)) + [row[i] for row in rows]
        count += len(rows)
    for column in values.values():
        column += [None] * (count - len(column))
    return Read(kinds, values)


def _sources(file: str, header: NamedTuple) -> Iterator[tuple[str, str]]:
    """List what the vars can name in a file, with its type if that is known."""
    if header.content == "parquet":
        with duckdb.connect() as connection:
            for column in header.columns:
                (kind,) = connection.sql(f"select cast(null as {column['type']})").types
                yield from _parts_of(column["name"], kind)
    elif header.content == "csv":
        yield from ((name, "") for name in header.names)
    else:
        for source in json_sources(_objects(file, header)):
            yield source, ""
    for part in PurePath(file).parts[:-1]:
        name, mark, _ = part.partition("=")
        if mark and name not in header.names:
            yield name, "VARCHAR"


def _parts_of(
    name: str, kind: duckdb.sqltypes.DuckDBPyType
) -> Iterator[tuple[str, str]]:
    if kind.id == "struct":
        for part, inner in kind.children:
            yield from _parts_of(f"{name}.{part}", inner)
    elif kind.id not in ("list", "map", "array", "union"):
        yield name, str(kind)


def _objects(file: str, header: NamedTuple) -> list[dict]:
    text = Path(file).read_text(encoding="utf-8", errors="replace")
    if header.content == "lines":
        found = [_json(line) for line in text.splitlines()[:HEAD_LINES]]
    else:
        found = _json(text)
        found = found[:HEAD_LINES] if isinstance(found, list) else [found]
    return [one for one in found if isinstance(one, dict)]


def json_sources(objects: Iterable[dict]) -> list[str]:
    """List the names and paths of all values in JSON objects.

    Numbers in lists get a path that sums them, other values that of the first.
    """
    found: dict[str, None] = {}
    for one in objects:
        for name, value in one.items():
            for path in _paths(value):
                found[f"$.{_part(name)}{path}" if path else name] = None
    return list(found)


def _paths(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from (f".{_part(name)}{path}" for path in _paths(inner))
    elif isinstance(value, list):
        for item in value:
            for path in _paths(item):
                number = not isinstance(item, dict | list) and _is_number(item)
                inner = _at(item, path)
                yield f"[{'*' if number or _is_number(inner) else 0}]{path}"
    else:
        yield ""


def _at(value: object, path: str) -> object:
    """Follow a path of plain names; None where it leads through a list."""
    for name in re.findall(r'\.(?:"([^"]*)"|(\w+))|(\[)', path):
        if name[2]:
            return 0  # deeper lists decide by themselves
        value = value.get(name[0] or name[1]) if isinstance(value, dict) else None
    return value


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return DECIMAL.fullmatch(value) is not None and len(value) < 11
    return isinstance(value, int | float) and not isinstance(value, bool)


def _part(name: str) -> str:
    return name if re.fullmatch(r"\w+", name) else json.dumps(name, ensure_ascii=False)
