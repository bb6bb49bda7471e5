"""Values of the report's tables are short, and nothing of them is lost."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from engagement.report.formats import UNITS
from engagement.report.tables import Cell, Column, cell_of, heading_of, parts_of


@pytest.mark.parametrize(
    ("column", "value", "cell"),
    [
        ("total_bytes", 12_400_000_000_123, ("12.4 TB", "12,400,000,000,123 bytes")),
        ("duration_ms", 100_800_000, ("28 h", "100,800,000 ms")),
        ("user_count", 106_856, ("106,856", "")),
        ("user_count", 10_700_001, ("10.7M", "10,700,001")),
        ("traffic_share", 0.4673186714, ("46.7%", "0.467319")),
        ("traffic_index", 98.3123, ("98.3", "98.3123")),
        ("bytes_per_user", 2793882.8, ("2.79 MB", "2.79388e+06 bytes")),
        ("user_id", "99900000001", ("99900000001", "")),
        ("location", "a" * 90, ("a" * 79 + "…", "a" * 90)),
        ("location", "a\n<b>", ("a <b>", "a\n<b>")),
        ("metric", "duration", ("duration", "")),
        ("day", date(2019, 4, 24), ("24 Apr 2019", "2019-04-24")),
        (
            *("loaded_at", datetime(2019, 4, 24, 9, 5, 7)),
            ("24 Apr 2019 09:05", "2019-04-24 09:05:07"),
        ),
        ("stickiness", None, ("-", "")),
    ],
)
def test_a_value_is_written_short_and_kept_exact(
    column: str, value: object, cell: tuple[str, str]
) -> None:
    written = cell_of(column, value)
    assert (written.text, written.exact) == cell


def test_a_value_of_a_metric_has_its_unit() -> None:
    assert cell_of("max_value", 3_600_000, UNITS["ms"]).text == "1 h"
    assert cell_of("max_value", 3_600_000, UNITS["bytes"]) == Cell(
        "3.6 MB", "3,600,000 bytes", "3600000"
    )
    assert cell_of("max_value", 28, UNITS["count"]) == Cell("28", "", "28")
    assert cell_of("user_count", 3_600_000, UNITS["bytes"]).text == "3.6M"


def test_the_unit_of_a_row_is_not_shown() -> None:
    frame = {
        "metric": ("duration", "active days"),
        "unit": ("ms", "count"),
        "total_value": (7_200_000, 28),
    }
    (part,) = parts_of(frame)
    assert part.columns == [Column("Metric", False), Column("Total", True)]
    assert [[cell.text for cell in row] for row in part.rows] == [
        ["duration", "2 h"],
        ["active days", "28"],
    ]


def test_exact_values_sort() -> None:
    orders = [float(cell_of("total_bytes", v).order) for v in (999, 10**15 + 1, 10**15)]
    assert orders == [999, 10**15 + 1, 10**15]
    assert cell_of("location", "Écully").order == "écully"
    assert cell_of("total_bytes", None).order == ""


@pytest.mark.parametrize(
    ("column", "heading"),
    [
        ("user_count", "Users"),
        ("user_id", "User"),
        ("session_count", "Sessions"),
        ("active_days", "Active days"),
        ("total_bytes", "Traffic"),
        ("hour_at", "Hour"),
        ("silhouette_index", "Silhouette"),
        ("davies_bouldin_index", "Davies-Bouldin"),
        ("top_5_percent_share", "Top 5%"),
        ("traffic_share", "Share of traffic"),
        ("traffic_index", "Index of the share"),
        ("fitted_share", "Share of users fitted"),
        ("fitted_at", "Fitted at"),
    ],
)
def test_a_heading_is_the_name_without_its_unit(column: str, heading: str) -> None:
    assert heading_of(column) == heading


def test_a_frame_is_parted_by_its_first_column() -> None:
    frame = {
        "part": ("web", "web", "mail"),
        "user_id": ("1", "2", "3"),
        "total_bytes": (5, None, 7),
    }
    parts = parts_of(frame)
    assert [part.heading for part in parts] == ["web", "mail"]
    assert parts[0].columns == [Column("User", False), Column("Traffic", True)]
    assert [[cell.text for cell in row] for row in parts[0].rows] == [
        ["1", "5 B"],
        ["2", "-"],
    ]


def test_traffic_that_nobody_has_is_no_column() -> None:
    frame = {
        "user_count": (0, 0),
        "size_bytes": (0, 0),
        "dl_bytes": (0, 5),
        "ul_bytes": (0, None),
    }
    (part,) = parts_of(frame)
    assert [column.heading for column in part.columns] == ["Users", "Size", "Downlink"]
    assert [len(row) for row in part.rows] == [3, 3]
    (empty,) = parts_of({"total_bytes": ()})
    assert [column.heading for column in empty.columns] == ["Traffic"]


def test_no_rows_are_a_table_without_any() -> None:
    (part,) = parts_of({"part": (), "user_id": ()})
    assert (part.heading, part.rows) == ("", [])
    assert [column.heading for column in part.columns] == ["User"]
