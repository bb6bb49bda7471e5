"""Copy the marts from Spark to a DuckDB file, to publish them and report on them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb

from engagement.serve.publish import RESULTS
from engagement.serve.warehouse import quoted, writing
from engagement.spark.session import Project, SparkError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def bring_marts(warehouse: Path, variables: str = "{}") -> None:
    """Copy the marts and what publishing needs to a DuckDB file, as dbt builds it.

    Parameters
    ----------
    warehouse : Path
        The DuckDB file; it is replaced as a whole.
    variables : str
        YAML, as dbt's ``--vars``.

    Raises
    ------
    WarehouseError
        If a table is missing or the file cannot be written.
    """
    project = Project(variables)
    nodes = [
        node
        for node in project.nodes.values()
        if node.schema in ("marts", "published") or node.resource_type == "seed"
    ]
    missing = [
        project.relation(node.name)
        for node in nodes
        if not project.session.catalog.tableExists(project.relation(node.name))
    ]
    if missing:
        raise SparkError(f"Spark lacks {', '.join(missing)}: run `make spark`.")
    new = warehouse.with_name(f".{warehouse.name}.new")
    with writing(warehouse):
        warehouse.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        try:
            _copy_tables(project, nodes, new)
            new.replace(warehouse)
        finally:
            new.unlink(missing_ok=True)


def _copy_tables(project: Project, nodes: list[Any], new: Path) -> None:
    with (
        TemporaryDirectory(dir=new.parent) as folder,
        duckdb.connect(new) as connection,
    ):
        connection.execute("set timezone = 'UTC'")
        for schema in ("marts", "published", "staging", "state"):
            connection.execute(f"create schema {schema}")
        for node in nodes:
            table = f"{node.schema}.{node.alias}"
            files = fetch_table(project.session, table, Path(folder))
            create_mart(connection, table, node, files)
        files = fetch_table(project.session, RESULTS, Path(folder))
        connection.execute(f"create table {RESULTS} as from {read_files(files)}")


def fetch_table(session: SparkSession, table: str, folder: Path) -> list[Path]:
    """Copy a table or view from Spark to this machine, as Parquet.

    Returns
    -------
    list of Path
        The files, in the order of the rows.
    """
    hadoop = session._jvm.org.apache.hadoop.fs
    configuration = session._jsc.hadoopConfiguration()
    is_view = session.catalog.getTable(table).tableType == "VIEW"
    sources = [] if is_view else session.table(table).inputFiles()
    places = [hadoop.Path(session._jvm.java.net.URI(source)) for source in sources]
    shared = None
    if not places:
        # all workers can write there
        root = session.conf.get("spark.sql.warehouse.dir")
        shared = hadoop.Path(f"{root}/.{table}-{uuid4().hex}")
        session.table(table).write.parquet(shared.toString())
        listed = shared.getFileSystem(configuration).listStatus(shared)
        places = [status.getPath() for status in listed]
    places = [place for place in places if place.getName().endswith(".parquet")]
    copies = []
    for place in sorted(places, key=lambda place: place.getName()):
        copy = folder / f"{table}-{len(copies):06}.parquet"
        files = place.getFileSystem(configuration)
        files.copyToLocalFile(False, place, hadoop.Path(copy.as_posix()), True)
        copies.append(copy)
    if shared:
        shared.getFileSystem(configuration).delete(shared, True)
    return copies


def read_files(files: list[Path]) -> str:
    """Write SQL that reads Parquet files in this order."""
    return f"read_parquet([{', '.join(quoted(file) for file in files)}])"


def create_mart(
    connection: duckdb.DuckDBPyConnection, table: str, node: Any, files: list[Path]
) -> None:
    """Create a table from files, with the contract and descriptions of its model."""
    source = read_files(files)
    if node.config.contract.enforced:
        parts = []
        for column in node.columns.values():
            rules = [
                "not null" if rule.type == "not_null" else f"check ({rule.expression})"
                for rule in column.constraints
            ]
            parts.append(" ".join([f'"{column.name}"', column.data_type, *rules]))
        parts += [f"check ({rule.expression})" for rule in node.constraints]
        connection.execute(f"create table {table} ({', '.join(parts)})")
        connection.execute(f"insert into {table} by name from {source}")
    else:
        # Spark writes its timestamps to Parquet with the time zone of the session
        connection.execute(
            f"create table {table} as select * replace ({_naive(connection, source)})"
            f" from {source}"
        )
    connection.execute(f"comment on table {table} is {quoted(node.description)}")
    for column in node.columns.values():
        connection.execute(
            f'comment on column {table}."{column.name}" is {quoted(column.description)}'
        )


def _naive(connection: duckdb.DuckDBPyConnection, source: str) -> str:
    columns = connection.execute(f"describe from {source}").fetchall()
    types = {"TIMESTAMP WITH TIME ZONE": "timestamp"}
    return ", ".join(
        f'cast("{name}" as {types.get(kind, kind)}) as "{name}"'
        for name, kind, *_ in columns
    )
