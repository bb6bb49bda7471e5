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

from engagement.export.header import read_header
from engagement.export.integrity import check_bytes
from engagement.serve.warehouse import given_limits

FORMATS = {".gz": "gzip", ".parquet": "parquet"}  # anything else is plain CSV
LINES = {"columns": {"line": "varchar"}, "delim": "\x01", "quote": "", "escape": ""}
# the tables for lines that are not UTF-8 or too long
REJECTS = {"rejects_table": "uncounted_lines", "rejects_scan": "uncounted_scans"}


def format_of(file: str) -> str:
    """Tell by its name how a file is read; `read_header` refuses a wrong name."""
    for suffix, kind in FORMATS.items():
        if file.lower().endswith(suffix):
            return kind
    return "csv"


def layouts_of(files: Iterable[dict], mapped: list[str]) -> list[dict]:
    """Group the files that a single call of a reader can read.

    Parameters
    ----------
    files : iterable of dict
        ``source_file`` and ``is_well_quoted``, see `count_records`.
    mapped : list of str
        The columns that vars map.

    Returns
    -------
    list of dict
        ``relation``, SQL to select from, in which ``source_file`` names the file, and
        ``types``, the type of each column.
    """
    groups: dict[str, list[str]] = {}
    for file in sorted(files, key=lambda file: file["source_file"]):
        name = file["source_file"]
        layout = [format_of(name), file["is_well_quoted"], read_header(name)]
        groups.setdefault(json.dumps(layout), []).append(name)
    layouts = []
    for layout, names in groups.items():
        kind, is_well_quoted, columns = json.loads(layout)
        if kind == "parquet":
            relation = read_parquet(names, columns, mapped)
        else:
            quote = '"' if is_well_quoted else ""
            options = record_options(columns, mapped, quote)
            relation = read_csv(names, kind, options)
        types = {column["name"]: column["type"] for column in columns}
        layouts.append({"relation": relation, "types": types})
    return layouts


def record_options(
    columns: list[dict], mapped: list[str], quote: str
) -> dict[str, Any]:
    """Say how lines are split into text columns.

    Columns that no var maps get numbers instead of names, so nothing can read them.
    """
    names = {
        column["name"] if column["name"] in mapped else f"unread {i}": "varchar"
        for i, column in enumerate(columns)
    }
    return {"columns": names, "delim": ",", "quote": quote, "escape": quote}


def read_csv(files: list[str], kind: str, options: dict[str, Any]) -> str:
    """Write SQL that reads CSV files into text columns."""
    return _call(
        "read_csv",
        files,
        {
            "auto_detect": False,
            "header": True,
            "compression": "gzip" if kind == "gzip" else "none",
            "filename": "source_file",
            "hive_partitioning": False,
            "store_rejects": True,
            "rejects_limit": 0,
            **options,
        },
    )


def read_parquet(files: list[str], columns: list[dict], mapped: list[str]) -> str:
    """Write SQL that reads the mapped columns of Parquet files."""
    # longer than every name in the export, so it cannot be one of them
    file = "_" * (max(len(column["name"]) for column in columns) + 1)
    options = {"filename": file, "hive_partitioning": False}
    wanted = ", ".join(_quoted(name, '"') for name in dict.fromkeys(mapped))
    source = _call("read_parquet", files, options)
    return f"(select {wanted}, {file} as source_file from {source}) as records"


def count_records(exports: list[dict]) -> list[dict]:
    """Count the records of files, independently of the reader that parses them.

    Parameters
    ----------
    exports : list of dict
        See `plan_load`. Plain and gzipped CSV files are read to the end.

    Returns
    -------
    list of dict
        One for each file: ``source_file``, ``file_version``, ``file_bytes``,
        ``modified_at``, ``record_count``, ``blank_lines`` and ``is_well_quoted``,
        which says whether the quotes of every line pair up. If they do not, a stray
        quote would swallow all lines up to the next quote, so the file is read without
        a quote character. ``blank_lines`` are the numbers of the lines that hold
        nothing; None for Parquet, which has no lines.

    Raises
    ------
    ExportError
        If a file is damaged or truncated, or has several kinds of line ends.
    """
    names = [export["file"] for export in exports]
    counts = dict.fromkeys(names, (0, True))
    blank_lines: dict[str, list[int]] = {}
    with duckdb.connect(config=given_limits()) as connection:
        by_kind: dict[str, list[str]] = {}
        for name in names:
            by_kind.setdefault(format_of(name), []).append(name)
        for kind, group in by_kind.items():
            if kind == "parquet":
                counted = connection.execute(
                    "select file_name, num_rows, true"
                    f" from parquet_file_metadata({_list(group)})"
                ).fetchall()
            else:
                blank_lines |= {name: check_bytes(name) for name in group}
                counted = _count_lines(connection, group, kind)
            counts |= {name: (count, quoted) for name, count, quoted in counted}
    return [
        {
            "source_file": export["file"],
            "file_version": export["version"],
            "file_bytes": export["bytes"],
            "modified_at": export["modified_at"],
            "record_count": counts[export["file"]][0],
            "is_well_quoted": counts[export["file"]][1],
            "blank_lines": blank_lines.get(export["file"]),
        }
        for export in exports
    ]


def _count_lines(
    connection: duckdb.DuckDBPyConnection, files: list[str], kind: str
) -> list[tuple[str, int, bool]]:
    for table in REJECTS.values():
        connection.execute(f"drop table if exists {table}")
    # DuckDB lists the rejects of a reader only after all of it has been read
    connection.execute(
        "create or replace temporary view lines as select * from "
        + read_csv(files, kind, LINES | REJECTS)
    )
    for statement in connection.extract_statements(_query("count_lines.sql")):
        connection.execute(statement)
    return connection.execute("from counted").fetchall()


def _query(name: str) -> str:
    place = resources("engagement.export") / "queries" / name
    return place.read_text(encoding="utf-8")


def _call(function: str, files: list[str], options: dict[str, Any]) -> str:
    written = ", ".join(f"{name} = {_literal(v)}" for name, v in options.items())
    return f"{function}({_list(files)}, {written})"


def _list(files: list[str]) -> str:
    """Write names as an SQL list, with [, * and ? escaped for DuckDB's globs."""
    return _literal([re.sub("[*?[]", r"[\g<0>]", file) for file in files])


def _literal(value: Any) -> str:
    """Write a value as an SQL literal."""
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        pairs = (f"{_literal(key)}: {_literal(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return _quoted(value, "'")


def _quoted(text: str, mark: str) -> str:
    return mark + text.replace(mark, mark * 2) + mark
