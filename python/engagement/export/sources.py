"""Where in an export a field comes from: a column, a path, a folder or an expression.

A source is what the vars xdr_columns and applications name. Here it becomes SQL over
the columns of a file, in the form in which models expect the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

import duckdb

from engagement.export.header import Header
from engagement.export.listing import ExportError

Source = str | dict[str, str]
TEXTS = ("id", "session", "text", "label")  # kinds of the macro xdr_fields
AS_TEXT = ("BOOLEAN", "ENUM", "INTERVAL", "JSON", "TIME", "UUID")  # none is a number
JSON = ("lines", "json")
FIRST_NAME = re.compile(r'(?:\$\.?)?(?:"([^"]*)"|\["?([^"\]]*)"?\]|([^.\["$]+))')
NUMBER = "[-+]?[0-9.,]+"


def shown(source: Source) -> str:
    """Write a source as messages show it; so does the macro source_of."""
    return source if isinstance(source, str) else source["sql"]


def is_missing(file: str, header: Header, source: Source) -> bool:
    """Tell whether a file lacks what a source names, as far as its header shows.

    Of JSON, the header shows no more than the names of the first objects.
    """
    if isinstance(source, dict):
        return False
    is_shown = source in header.names
    if header.content not in JSON:
        is_shown = column_of(header, source) is not None
    return not is_shown and _partition(file, source) is None


def column_of(header: Header, source: Source) -> str | None:
    """Name the column of a file that a source needs, if it needs one."""
    if isinstance(source, dict):
        return None
    if source in header.names:
        return source
    path = _path(header, source)
    return path[0] if path else None


def expression(file: str, header: Header, source: Source) -> str:
    """Write SQL of a source over the columns of a file and ``source_file``.

    What the file lacks is null.
    """
    if header.content not in JSON and is_missing(file, header, source):
        return "cast(null as varchar)"
    if isinstance(source, dict):
        return f"({source['sql']})"
    if not column_of(header, source) and (value := _partition(file, source)):
        return value
    if source in header.names or header.content in JSON:
        return named(source)
    return ".".join(named(part) for part in _path(header, source))


def prepared(sql: str, kind: str, entry: dict, options: dict, content: str) -> str:
    """Wrap SQL of a source, so that what is missing is null and text is as it is read.

    Parameters
    ----------
    sql, kind : str
        The source and its type.
    entry : dict
        Of the macro xdr_mapping.
    options : dict
        The var xdr_csv with all its keys.
    content : str
        See `Header`.
    """
    if kind in ("FLOAT", "DOUBLE"):
        return f"nullif({sql}, 'nan')"
    if kind == "BLOB":  # text that its writer did not mark as text
        sql, kind = f"try(decode({sql}))", "VARCHAR"
    if kind.split("(")[0] in AS_TEXT:
        sql, kind = f"cast({sql} as varchar)", "VARCHAR"
    if kind != "VARCHAR":
        return sql
    if nulls := options["nulls"]:
        listed = ", ".join(literal(text.strip()) for text in nulls)
        sql = f"case when trim({sql}) not in ({listed}) then {sql} end"
    is_number = entry.get("kind") not in TEXTS
    if content == "csv" and options["decimal"] == "," and is_number:
        # swapped, so that a point, which separates thousands, cannot be read
        swapped = f"translate({sql}, ',.', '.,')"
        if entry.get("kind") == "time":
            only = f"regexp_full_match({sql}, '[0-9]+,[0-9]+')"
        else:
            only = f"regexp_full_match(trim({sql}), '{NUMBER}')"
        sql = f"case when {only} then {swapped} else {sql} end"
    return sql


def types_of(
    columns: Iterable[dict], expressions: dict[str, str], condition: str = "true"
) -> dict[str, str]:
    """Find out the types of expressions, and whether a condition fits the columns.

    Raises
    ------
    duckdb.Error
        If an expression or the condition cannot be used.
    """
    row = ", ".join(
        f"cast(null as {column['type']}) as {named(column['name'])}"
        for column in columns
    )
    wanted = ", ".join(f"{sql} as {named(name)}" for name, sql in expressions.items())
    with duckdb.connect() as connection:
        described = connection.execute(
            f"describe select {wanted} from (select {row}, '' as source_file)"
            f" where {condition}"
        ).fetchall()
    return {name: kind for name, kind, *_ in described}


def check_expressions(file: str, header: Header, mapping: list[dict]) -> None:
    """Refuse an SQL expression or a path that does not fit the columns of a file.

    Raises
    ------
    ExportError
        If one does not.
    """
    for entry in mapping:
        source = entry["source"]
        if isinstance(source, dict):
            sql = expression(file, header, source)
        elif header.content in JSON:
            (path,) = json_paths(header, [source]).values()
            sql = f"json_extract('{{}}', {literal(path)})"
        else:
            continue
        try:
            # as a condition, in which nothing is of several records or makes some
            types_of(header.columns, {"x": "source_file"}, f"({sql}) is not null")
        except duckdb.Error as error:
            reason = str(error).splitlines()[0].rstrip(".!")
            raise ExportError(
                f"{file} cannot be read with var {entry['setting']}, "
                f"{shown(source)}: {reason}."
            ) from error


def json_paths(header: Header, sources: Iterable[Source]) -> dict[str, str]:
    """Name the path in each JSON object of every column that is needed."""
    paths = {}
    for source in sources:
        if isinstance(source, dict):
            paths |= {name: _own_path(name) for name in header.names}
        elif source not in header.names and source.startswith("$"):
            paths[source] = source
        elif source not in header.names and _path(header, source):
            paths[source] = f"$.{source}"
        else:
            paths[source] = _own_path(source)
    return paths


def _own_path(name: str) -> str:
    return "$." + json.dumps(name, ensure_ascii=False)


def _path(header: Header, source: str) -> list[str] | None:
    """Split a path that begins with a column of the file."""
    if header.content in JSON:
        top = FIRST_NAME.match(source)
        name = top and next(part for part in top.groups() if part is not None)
        return [name] if name in header.names else None
    parts = source.split(".")
    types = {column["name"]: column["type"] for column in header.columns}
    if not types.get(parts[0], "").startswith("STRUCT"):
        return None
    try:
        types_of(header.columns, {"x": ".".join(named(part) for part in parts)})
    except duckdb.Error:  # the struct has no such part
        return None
    return parts


def _partition(file: str, source: str) -> str | None:
    """Write SQL of the value that Hive-partitioned folders give a file."""
    if not any(part.startswith(f"{source}=") for part in PurePath(file).parts[:-1]):
        return None
    pattern = literal(f"(?:^|/){re.escape(source)}=([^/]*)/")
    value = f"url_decode(regexp_extract(source_file, {pattern}, 1))"
    return f"nullif({value}, '__HIVE_DEFAULT_PARTITION__')"


def named(name: str) -> str:
    """Write the name of a column for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """Write a value as an SQL literal."""
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        pairs = (f"{literal(key)}: {literal(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return "'" + value.replace("'", "''") + "'"
