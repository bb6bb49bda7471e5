"""BI tools that speak SQLAlchemy read the published marts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Project
from sqlalchemy import Engine, MetaData, Table, create_engine, func, inspect, select
from sqlalchemy.types import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    String,
)

from engagement.serve.publish import publish

# There are none to reflect: keys are proven by tests, since an index is slow.
pytestmark = pytest.mark.filterwarnings("ignore:duckdb-engine doesn't yet support")
KNOWN = (BigInteger, Boolean, Date, DateTime, Float, String)


@pytest.fixture(scope="module")
def engine(
    sample: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    copy = tmp_path_factory.mktemp("bi") / "engagement.duckdb"
    publish(sample.output / "warehouse.duckdb", copy)
    engine = create_engine(
        f"duckdb:///{copy}", connect_args={"read_only": True, "config": {"threads": 1}}
    )
    yield engine
    engine.dispose()


def test_tables_and_views_are_listed(engine: Engine, sample: Project) -> None:
    found = inspect(engine)
    names = found.get_table_names("marts") + found.get_view_names("marts")
    assert set(names) == set(sample.marts())


def test_every_mart_reflects_and_groups(engine: Engine, sample: Project) -> None:
    """Group by the first column and add up every number, as a dashboard does."""
    for name in sample.marts():
        mart = Table(name, MetaData(), schema="marts", autoload_with=engine)
        assert [c.name for c in mart.columns if not isinstance(c.type, KNOWN)] == []
        assert not any("unsigned" in repr(c.type).lower() for c in mart.columns)
        first, *others = mart.columns
        numbers = [c for c in others if isinstance(c.type, BigInteger | Float)]
        query = select(first, func.count(), *(func.sum(c) for c in numbers))
        with engine.connect() as connection:
            rows = connection.execute(query.group_by(first)).fetchall()
            total = connection.execute(select(func.count()).select_from(mart))
            assert sum(row[1] for row in rows) == total.scalar_one(), name


def test_descriptions_are_read(engine: Engine, sample: Project) -> None:
    found = inspect(engine)
    comment = found.get_table_comment("user_engagement", schema="marts")["text"]
    assert comment.startswith("One row per user ")


def test_numbers_arrive_as_they_are(engine: Engine, sample: Project) -> None:
    mart = Table("user_engagement", MetaData(), schema="marts", autoload_with=engine)
    query = select(mart.c.user_id, mart.c.total_bytes).order_by(mart.c.user_id)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    assert rows == sample.query(
        "select user_id, total_bytes from marts.user_engagement order by user_id"
    )
    assert all(type(value) is int for _, value in rows)


def test_a_copy_is_only_read(engine: Engine, tmp_path: Path) -> None:
    with engine.connect() as connection, pytest.raises(Exception, match="read-only"):
        connection.exec_driver_sql("delete from marts.user_engagement")
