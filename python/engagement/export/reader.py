"""How DuckDB reads exports: the one reader of every file, for every engine.

Counting the records of a file and loading them must agree on what a line, a file and
a reject are, so the SQL for both is written here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.resources import files as resources
from typing import Any

import duckdb

from engagement.export.header import (
    HEAD_BYTES,
    Header,
    json_format,
    read_header,
    unpacked,
)
from engagement.export.integrity import check_bytes, check_packed
from engagement.export.listing import ExportError, kind_of
from engagement.export.sources import (
    JSON,
    column_of,
    expression,
    json_paths,
    literal,
    named,
    prepared,
    types_of,
)
from engagement.serve.warehouse import given_limits

# the tables for lines that are not text or too long
REJECTS = {"rejects_table": "uncounted_lines", "rejects_scan": "uncounted_scans"}
NO_QUOTES = {"quote": "", "escape": ""}


def layouts_of(files: Iterable[dict], mapping: list[dict], options: dict) -> list[dict]:
    """Group the files that a single call of a reader can read.

    Parameters
    ----------
    files : iterable of dict
        ``source_file``, ``record_count`` and ``is_plain``, see `count_records`.
    mapping : list of dict
        The fields to read, as the macro xdr_mapping lists them.
    options : dict
        The var xdr_csv with all its keys.

    Returns
    -------
    list of dict
        ``relation``, SQL to select from, with a column for each field, ``source_file``,
        which names the file, and ``malformed``, which says why a line cannot be split;
        and ``types``, the type of each field.
    """
    groups: dict[str, tuple[Header, list[str]]] = {}
    for file in sorted(files, key=lambda file: file["source_file"]):
        if not file["record_count"]:
            continue
        name = file["source_file"]
        header = read_header(name, options)
        fields = [expression(name, header, entry["source"]) for entry in mapping]
        layout = [header, kind_of(name), file["is_plain"], fields]
        groups.setdefault(json.dumps(layout), (header, []))[1].append(name)
    layouts = []
    for layout, (header, names) in groups.items():
        *_, is_plain, fields = json.loads(layout)
        sources = [entry["source"] for entry in mapping]
        if header.content == "parquet":
            relation = _parquet(names, header)
        elif header.content != "csv":
            relation = _json(names, header, json_paths(header, sources))
        elif is_plain:
            relation = _csv(names, header, sources, options)
        else:
            relation = _split_lines(names, header, options)
        is_split = header.content in JSON or (header.content, is_plain) == (
            "csv",
            False,
        )
        malformed = "malformed" if is_split else "cast(null as varchar) as malformed"
        layouts.append(_fields(relation, malformed, header, mapping, fields, options))
    return layouts


def _fields(
    relation: str,
    malformed: str,
    header: Header,
    mapping: list[dict],
    found: list[str],
    options: dict,
) -> dict:
    """Write SQL of the fields of a relation, and name their types."""
    names = [entry["field"] for entry in mapping]
    columns = header.columns
    if header.content in JSON:
        sources = [entry["source"] for entry in mapping]
        paths = json_paths(header, sources)
        columns = [{"name": name, "type": "VARCHAR"} for name in paths]
    written = dict(zip(names, found, strict=True))
    types = types_of(columns, written)
    for entry in mapping:
        name = entry["field"]
        written[name] = prepared(
            written[name], types[name], entry, options, header.content
        )
    types = types_of(columns, written)
    wanted = ", ".join(f"{sql} as {named(name)}" for name, sql in written.items())
    return {
        "relation": f"(select {wanted}, source_file, {malformed} from {relation})",
        "types": types,
    }


def _csv(files: list[str], header: Header, sources: list, options: dict) -> str:
    """Write SQL that reads CSV files into text columns.

    Columns that nothing maps get numbers instead of names, so nothing can read them.
    """
    wanted = {column_of(header, source) for source in sources}
    if any(isinstance(source, dict) for source in sources):
        wanted = set(header.names)
    columns = {
        name if name in wanted else f"unread {i}": "varchar"
        for i, name in enumerate(header.names)
    }
    quote = '"' if len(options["delimiter"]) == 1 else ""
    given = {
        "columns": columns,
        "delim": options["delimiter"],
        "quote": quote,
        "escape": quote,
        "header": header.line > 0,
    }
    if header.lines_before:
        given["skip"] = header.lines_before
    if options["comment"]:
        given["comment"] = options["comment"]
    return _read_csv(files, given | _encoding(options))


def _lines(files: list[str], header: Header, options: dict, rejects: dict) -> str:
    """Write SQL of the lines of files: ``line`` and ``source_file``."""
    given = {"columns": {"line": "varchar"}, "delim": "\x01", "header": False}
    if header.content == "csv":
        given |= {"skip": header.line} | _encoding(options)
        if "\x01" in options["delimiter"]:
            given["delim"] = "\x02"
    source = _read_csv(files, given | NO_QUOTES | rejects)
    lines = f"select * from {source} where line <> '' and line <> chr(13)"
    if header.content == "csv" and options["comment"]:
        lines += f" and not starts_with(line, {literal(options['comment'])})"
    return lines


def _split_lines(files: list[str], header: Header, options: dict) -> str:
    """Write SQL that splits lines one by one, where DuckDB's reader would not.

    It would take a quote that is not closed for the beginning of a text that ends with
    the next quote, lines later.
    """
    delimiter, mark = literal(options["delimiter"]), re.escape(options["delimiter"])
    split = f"string_split(line, {delimiter})"
    unquoted = "nullif({0}, '')"
    if len(options["delimiter"]) == 1:  # otherwise, a quote is a character like others
        field = _quoted_field(options["delimiter"])
        split = (
            f"case when not contains(line, '\"') then {split}"
            f" when regexp_full_match(line, {literal(f'{field}(?:{mark}{field})*')})"
            f" then regexp_extract_all(line || {delimiter},"
            f" {literal(f'({field}){mark}')}, 1) end"
        )
        unquoted = (
            "case when {0} like '\"%' then replace({0}[2:-2], '\"\"', '\"')"
            " else nullif({0}, '') end"
        )
    count = len(header.columns)
    columns = ", ".join(
        f"{unquoted.format(f'fields[{i}]')} as {named(name)}"
        for i, name in enumerate(header.names, 1)
    )
    lines = _lines(files, header, options, {})
    return (
        "(select case when found is null"
        " then 'a quote is not closed in the same line, or is not doubled'"
        f" when len(found) > {count} then 'too many columns'"
        f" when len(found) < {count} then 'missing columns'"
        f" end as malformed, source_file, {columns} from"
        f" (select *, case when len(found) = {count} then found end as fields from"
        # as DuckDB's reader does, ignore a delimiter at the end of a line
        f" (select source_file, case when len(found) = {count} + 1 and found[-1] = ''"
        f" then found[:{count}] else found end as found from"
        f" (select source_file, {split} as found from ({lines})))))"
    )


def _quoted_field(delimiter: str) -> str:
    """Write a pattern of a field; unless it begins with a quote, it may hold some."""
    mark = re.escape(delimiter)
    return f'(?:"(?:[^"]|"")*"|[^"{mark}][^{mark}]*|)'


def _json(files: list[str], header: Header, paths: dict[str, str]) -> str:
    """Write SQL that reads JSON into text columns, one for each path."""
    single = {name: path for name, path in paths.items() if "[*]" not in path}
    columns = ", ".join(
        [f"found[{i}] as {named(name)}" for i, name in enumerate(single, 1)]
        + [
            f"{_sum_of(f'try(json_extract_string(line, {literal(path)}))')}"
            f" as {named(name)}"
            for name, path in paths.items()
            if name not in single
        ]
    )
    if header.content == "lines":
        lines = _lines(files, header, {}, {})
    else:
        lines = _json_objects(files)
    found = f"try(json_extract_string(line, {literal(list(single.values()))}))"
    return (
        f"(select {columns}, source_file, case"
        " when found is null or not starts_with(ltrim(line), '{')"
        " then 'not a JSON object' end as malformed"
        f" from (select *, {found} as found from ({lines})))"
    )


def _sum_of(numbers: str) -> str:
    """Write SQL of the sum of a list of texts, as text."""
    total = f"list_sum(list_transform({numbers}, lambda n: cast(n as decimal(30, 9))))"
    return (
        f"case when list_count({numbers}) > 0"
        f" then coalesce(cast(try({total}) as varchar), cast({numbers} as varchar)) end"
    )


def _json_objects(files: list[str]) -> str:
    with unpacked(files[0]) as stream:
        form, compression = json_format(files[0], stream.read(HEAD_BYTES))
    given = {"format": form, "compression": compression, "filename": "source_file"}
    objects = _call("read_json_objects", files, given)
    return f"select json as line, source_file from {objects}"


def _parquet(files: list[str], header: Header) -> str:
    """Write SQL that reads Parquet files; they may have a column source_file."""
    # longer than every name in the export, so it cannot be one of them
    file = "_" * (max(map(len, header.names)) + 1)
    given = {"filename": file, "hive_partitioning": False}
    others = ", ".join(named(n) for n in header.names if n.lower() != "source_file")
    source = _call("read_parquet", files, given)
    return f"(select {others}, {file} as source_file from {source})"


def _read_csv(files: list[str], given: dict[str, Any]) -> str:
    options = {
        "auto_detect": False,
        "header": True,
        "compression": kind_of(files[0]).compression,
        "filename": "source_file",
        "hive_partitioning": False,
        "store_rejects": True,
        "rejects_limit": 0,
    }
    return _call("read_csv", files, options | given)


def _encoding(options: dict) -> dict[str, str]:
    # named only if needed: another encoding has another, slower reader
    encoding = options["encoding"]
    return {} if encoding == "utf-8" else {"encoding": encoding}


def count_records(exports: list[dict], options: dict) -> list[dict]:
    """Count the records of files, independently of the reader that parses them.

    Parameters
    ----------
    exports : list of dict
        See `plan_load`. Files of lines are read to the end.
    options : dict
        The var xdr_csv with all its keys.

    Returns
    -------
    list of dict
        One for each file: ``source_file``, ``file_version``, ``file_bytes``,
        ``modified_at``, ``record_count``, ``passed_lines`` and ``is_plain``, which says
        whether DuckDB's reader splits each line by itself. It does not if a quote is
        not closed, or if a comment begins within a line, and it fails if a line is not
        UTF-8; such files are split line by line. ``passed_lines`` are the numbers of
        the lines that hold no record (see `check_bytes`); None for files that have no
        lines.

    Raises
    ------
    ExportError
        If a file is damaged or truncated, or has several kinds of line ends; or if no
        file holds a record.
    """
    counts: dict[str, tuple[int, bool]] = {}
    passed_lines: dict[str, list[int]] = {}
    groups: dict[str, tuple[Header, list[str]]] = {}
    for export in exports:
        name = export["file"]
        header = read_header(name, options)
        counts[name] = 0, True
        if not header.lack:
            layout = [header.content, header.line, header.is_plain, kind_of(name)]
            groups.setdefault(json.dumps(layout), (header, []))[1].append(name)
    with duckdb.connect(config=given_limits()) as connection:
        for header, names in groups.values():
            if header.content == "parquet":
                counted = connection.execute(
                    "select file_name, num_rows, true"
                    f" from parquet_file_metadata({_list(names)})"
                ).fetchall()
            elif header.content == "json":
                counted = [(name, *_count_objects(connection, name)) for name in names]
            else:
                passed_lines |= {n: check_bytes(n, header, options) for n in names}
                counted = _count_lines(connection, names, header, options)
            counts |= {name: (count, is_plain) for name, count, is_plain in counted}
    return [
        {
            "source_file": export["file"],
            "file_version": export["version"],
            "file_bytes": export["bytes"],
            "modified_at": export["modified_at"],
            "record_count": counts[export["file"]][0],
            "is_plain": counts[export["file"]][1],
            "passed_lines": passed_lines.get(export["file"]),
        }
        for export in exports
    ]


def check_records(exports: list[dict], options: dict) -> None:
    """Refuse files none of which holds a record.

    Parameters
    ----------
    exports : list of dict
        All files that a build reads, see `plan_load`.
    options : dict
        The var xdr_csv with all its keys.

    Raises
    ------
    ExportError
        If none does; the message names the first.
    """
    lacks = [(e["file"], read_header(e["file"], options).lack) for e in exports]
    if lacks and all(lack for _, lack in lacks):
        others = f", and {len(lacks) - 1} more without records" if lacks[1:] else ""
        raise ExportError(f"{lacks[0][0]} {lacks[0][1]}{others}.")


def json_has(file: str, header: Header, source: str) -> bool:
    """Look through a JSON file, to its end if need be, for a name or path."""
    path = json_paths(header, [source])[source]
    exists = f"json_exists(line, {literal(path)})"
    if "[*]" in path:
        exists = f"len({exists}) > 0"
    lines = _json_objects([file])
    if header.content == "lines":
        lines = _lines([file], header, {}, {})
    with duckdb.connect(config=given_limits()) as connection:
        return bool(
            connection.execute(
                f"select 1 from ({lines}) where try({exists}) limit 1"
            ).fetchall()
        )


def _count_objects(
    connection: duckdb.DuckDBPyConnection, file: str
) -> tuple[int, bool]:
    check_packed(file)
    try:
        (count,) = connection.execute(
            f"select count(*) from ({_json_objects([file])})"
        ).fetchone()
    except duckdb.Error as error:
        raise ExportError(
            f"{file} is not JSON to its end: {str(error).splitlines()[0]}"
        ) from error
    return count, True


def _count_lines(
    connection: duckdb.DuckDBPyConnection,
    files: list[str],
    header: Header,
    options: dict,
) -> list[tuple[str, int, bool]]:
    for table in REJECTS.values():
        connection.execute(f"drop table if exists {table}")
    # DuckDB lists the rejects of a reader only after all of it has been read
    connection.execute(
        "create or replace temporary view lines as"
        f" select source_file, {_is_plain(header, options)} as is_plain"
        f" from ({_lines(files, header, options, REJECTS)})"
    )
    for statement in connection.extract_statements(_query("count_lines.sql")):
        connection.execute(statement)
    return connection.execute("from counted").fetchall()


def _is_plain(header: Header, options: dict) -> str:
    """Write SQL of whether DuckDB's reader splits a line as it is meant."""
    if header.content != "csv":
        return "true"
    if not header.is_plain:
        return "false"
    delimiter, comment = options["delimiter"], options["comment"]
    plain = []
    if len(delimiter) == 1:
        field = _quoted_field(delimiter)
        fields = literal(rf"{field}(?:{re.escape(delimiter)}{field})*\r?")
        plain.append(f"(not contains(line, '\"') or regexp_full_match(line, {fields}))")
    if comment:
        plain.append(f"not contains(line, {literal(comment)})")
    return f"({' and '.join(plain) or 'true'})"


def _query(name: str) -> str:
    place = resources("engagement.export") / "queries" / name
    return place.read_text(encoding="utf-8")


def _call(function: str, files: list[str], options: dict[str, Any]) -> str:
    written = ", ".join(f"{name} = {literal(v)}" for name, v in options.items())
    return f"{function}({_list(files)}, {written})"


def _list(files: list[str]) -> str:
    """Write names as an SQL list, with [, * and ? escaped for DuckDB's globs."""
    return literal([re.sub("[*?[]", r"[\g<0>]", file) for file in files])
