"""The tests notice when an operator of a model is another one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "tests" / "mutants"))

from mutants import ALIVE, equivalent, survivors
from mutations import mutants_of

MUTANTS = int(os.environ.get("MUTANTS", "30"))
SQL = """
with few as (
    select a, coalesce(sum(b), 0) as b, count(c) as c
    from x left join y on x.i = y.i
    where d >= 1 and e is null
    group by a
)
select distinct a, lag(b) over (partition by a order by c desc) as e from few
order by a
"""


def test_each_operator_is_changed_once() -> None:
    changes = {(one.kind, one.before, one.after) for one in mutants_of("m", SQL)}

    for change in (
        ("null", "COALESCE(SUM(b), 0)", "SUM(b)"),
        ("aggregate", "SUM(b)", "MAX(b)"),
        ("aggregate", "COUNT(c)", "COUNT(*)"),
        ("join", "LEFT JOIN y ON x.i = y.i", "INNER JOIN y ON x.i = y.i"),
        ("comparison", "d >= 1", "d > 1"),
        ("filter", "d >= 1", "TRUE"),
        ("constant", "1", "2"),
        ("null", "e IS NULL", "NOT e IS NULL"),
        ("order", "c DESC", "c ASC"),
        (
            "window",
            "LAG(b) OVER (PARTITION BY a ORDER BY c DESC)",
            "LAG(b) OVER (ORDER BY c DESC)",
        ),
    ):
        assert change in changes
    assert any(kind == "distinct" for kind, *_ in changes)
    assert not any(before.strip() == "a" for _, before, _ in changes), "order of rows"


def test_a_change_of_every_column_is_made_twice() -> None:
    (one,) = (
        mutant
        for mutant in mutants_of("m", "select sum(a) as a, sum(b) as b, sum(c) as c")
        if mutant.kind == "aggregate"
    )
    assert one.sql == "SELECT MAX(a) AS a, SUM(b) AS b, SUM(c) AS c"
    assert one.last.sql == "SELECT SUM(a) AS a, SUM(b) AS b, MAX(c) AS c"


def test_why_a_mutant_does_the_same_is_written_down() -> None:
    assert all(len(reason) > 20 for reason in equivalent().values())


@pytest.mark.slow
def test_no_more_mutants_of_a_sample_survive(tmp_path: Path) -> None:
    known = ALIVE.read_text(encoding="utf-8").splitlines()
    killers, alive = survivors(tmp_path, sample=MUTANTS, jobs=1)

    assert [key for _, _, key, _ in alive if key not in known] == []
    assert killers.total() > MUTANTS / 2
