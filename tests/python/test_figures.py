"""What holds for every figure, and for the parts that figures are made of."""

from __future__ import annotations

import pytest

from engagement.fit.criteria import CRITERIA
from engagement.report.axes import log_ticks
from engagement.report.charts import abreast, panels_of, titled_figure
from engagement.report.contents import FIGURES
from engagement.report.figures.criteria import MEANINGS

COLUMNS = {
    "top_applications": ["display_name"],
    "application_traffic": ["display_name"],
    "top_users": ["metric"],
    "top_users_per_application": ["application"],
    "engagement_concentration": ["metric"],
    "engagement_depth": ["recency_quintile"],
    "daily_engagement": ["session_date", "active_users"],
    "weekly_retention": ["cohort_week", "last_date"],
    "week_hours": ["hour_of_week", "mbit_per_second"],
    "hourly_traffic": ["step_at", "cluster_id"],
    "location_traffic": ["location"],
    "elbow_curve": ["k", "inertia"],
    "cluster_choice": ["k", "verdict"],
    "clusters": ["cluster_id", "user_count"],
    "cluster_summary": ["cluster_id", "metric"],
    "cluster_applications": ["cluster_id", "application"],
    "cluster_migration": ["movement"],
}


@pytest.mark.parametrize("entry", FIGURES, ids=lambda entry: entry.name)
def test_no_rows_are_said(entry) -> None:
    figure = entry.draw(dict.fromkeys(COLUMNS[entry.name], ()))
    assert figure.axes == []
    assert figure.texts[-1].get_text().startswith(("There is no", "No "))


@pytest.mark.parametrize("high", [1.5, 7, 40, 1e3, 1e6, 1e13, 1e30])
def test_log_ticks_are_few_and_inside(high: float) -> None:
    ticks = log_ticks(0.7, high)
    assert ticks[0] == 1
    assert ticks == sorted(set(ticks))
    assert ticks[-1] <= high
    assert len(ticks) <= 7


def test_rows_of_panels_are_few_and_equally_long() -> None:
    assert [abreast(count, 3) for count in range(1, 8)] == [1, 2, 3, 2, 3, 3, 3]
    figure = titled_figure("Five")
    panels = panels_of(figure, 5, across=3)
    assert figure.axes == panels
    assert len(panels) == 5


def test_every_criterion_has_a_meaning() -> None:
    assert list(MEANINGS) == list(CRITERIA)
