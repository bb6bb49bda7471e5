"""Read frames from the warehouse, each by a query of its own in ``queries``.

Which relations a query reads is derived from its SQL. A file ``view_<name>.sql`` is a
view that queries read under that name: SQL that several of them need stands once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from engagement.progress import Tell, silently
from engagement.report.frames import Frame
from engagement.serve.warehouse import (
    WarehouseError,
    build_command,
    check_relations,
    first_line,
    open_warehouse,
    quoted,
)

QUERIES = Path(__file__).parent / "queries"


def read_query(name: str) -> str:
    """Read the SQL of a query or view, by the name of its file without the suffix."""
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def views() -> dict[str, str]:
    """Name the views that queries may read, and the file of each."""
    files = sorted(path.stem for path in QUERIES.glob("view_*.sql"))
    return {file.removeprefix("view_"): file for file in files}


def relations_of(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Name the relations that a query reads, in the order in which it names them.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Only parses the query, so any connection will do.
    name : str
        Of the query's file, without the suffix.

    Returns
    -------
    list of str
        As schema.relation. A view is replaced by the relations that it reads.

    Raises
    ------
    ValueError
        If the file does not hold a query.
    """
    # a parameter would make DuckDB import pandas, which takes longer than all queries
    sql = quoted(read_query(name))
    (parsed,) = connection.execute(f"select json_serialize_sql({sql})").fetchone()
    tree = json.loads(parsed)
    if tree["error"]:
        raise ValueError(f"{name}.sql is not a query: {tree['error_message']}")
    found: list[str] = []
    for _, schema, relation in sorted(_tables_of(tree)):
        if schema:
            found.append(f"{schema}.{relation}")
        elif relation in views():  # else it is a step of the query itself
            found += relations_of(connection, views()[relation])
    return list(dict.fromkeys(found))


def _tables_of(node: Any) -> Iterator[tuple[int, str, str]]:
    """Find the tables in a parsed query: where they stand, their schema and name."""
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            yield node["query_location"], node["schema_name"], node["table_name"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _tables_of(child)


def read_frames(
    warehouse: Path,
    queries: Iterable[str],
    tell: Tell = silently,
    most: Mapping[str, int] | None = None,
) -> dict[str, Frame]:
    """Run queries and give the result of each, by its name.

    The connection is closed before anything is drawn, since a reader keeps dbt
    from building.

    Parameters
    ----------
    warehouse : Path
        The DuckDB file that dbt built; it is only read.
    queries : iterable of str
        Names of files in ``queries``, without the suffix.
    tell : callable
        Takes the share that is read, from 0 to 1.
    most : mapping of str to int, optional
        How many rows to read of a query, by its name; the first ones.

    Raises
    ------
    WarehouseError
        If the warehouse or a relation cannot be read.
    """
    frames, most = {}, most or {}
    with open_warehouse(warehouse) as connection:
        reads = {
            name: relations_of(connection, name)
            for name in (*queries, *views().values())
        }
        needed = (relation for relations in reads.values() for relation in relations)
        check_relations(connection, warehouse, needed)
        for view, name in views().items():
            with _reading(warehouse, reads.pop(name)):
                connection.execute(f"create temp view {view} as {read_query(name)}")
        for number, (name, relations) in enumerate(reads.items()):
            tell(number / len(reads))
            with _reading(warehouse, relations):
                frames[name] = _fetch(connection, read_query(name), most.get(name))
    return frames


def _fetch(
    connection: duckdb.DuckDBPyConnection, sql: str, most: int | None = None
) -> Frame:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    rows = result.fetchall() if most is None else result.fetchmany(most)
    columns = list(zip(*rows, strict=True))
    return dict(zip(names, columns or [()] * len(names), strict=True))


@contextmanager
def _reading(warehouse: Path, relations: Sequence[str]) -> Iterator[None]:
    """Say which relation cannot be read, and how to build what the query needs."""
    try:
        yield
    except duckdb.Error as error:
        raise WarehouseError(
            f"{relations[0]} in {warehouse} cannot be read "
            f"({first_line(error)}): run `{build_command(relations)}`."
        ) from error
