"""Figures of locations show what the frames hold."""

from __future__ import annotations

import pytest
from looking import HOSTILE, assert_it_fits, columns, keys, texts, widths

from engagement.report.figures import places


def locations(rows: list[tuple], count: int) -> dict:
    names = ["location", "user_count", "highly_engaged_user_count", "total_bytes"]
    return columns(
        [
            dict(zip(names, row, strict=True))
            | {"traffic_share": row[3] / 100e9, "location_count": count}
            for row in rows
        ]
    )


def test_locations_have_their_highly_engaged_users_beside() -> None:
    rows = [("(missing)", 9, 2, 50e9), ("A$1", 7, 3, 20e9), ("9.1E+15", 4, 0, 10e9)]
    figure = places.location_traffic(locations(rows, 40))
    traffic, users = figure.axes
    assert figure.get_suptitle() == "The top 2 of 40 locations carry 30% of the traffic"
    assert widths(traffic.containers[0]) == [20e9, 10e9]
    assert texts(traffic) == [r"A\$1", "20 GB (20%)", "9.1E+15", "10 GB (10%)"]
    engaged, others = users.containers
    assert (widths(engaged), widths(others)) == ([3, 0], [4, 4])
    assert [text for text in texts(users) if text] == ["3 of 7", "0 of 4"]
    assert (engaged[0].get_hatch(), others[0].get_hatch()) == ("", "////")
    assert keys(figure.legends[0]) == ["highly engaged users", "other users"]
    assert figure.get_supxlabel() == (
        "Without a location: 50 GB (50%), 2 highly engaged of 9 users"
    )


@pytest.mark.parametrize(
    ("sizes", "count", "title"),
    [
        ([100], 1, "The only location carries 100% of the traffic"),
        ([40], 1, "The only location carries 40% of the traffic"),
        ([60, 40], 2, "L0 carries the most traffic, 60%"),
        ([40, 40, 10], 3, "L0 and L1 carry the most traffic, 40% each"),
        ([50, 50], 2, "Both locations carry the same traffic"),
        ([20] * 5, 5, "All 5 locations carry the same traffic"),
        ([30, *[1] * 15], 10**6, "The top 15 of 1M locations carry 44% of the traffic"),
        ([5] * 16, 20, "All 20 locations carry the same traffic"),
        ([0, 0], 2, "No location has traffic"),
    ],
)
def test_few_or_equal_locations_change_the_title(
    sizes: list[int], count: int, title: str
) -> None:
    rows = [(f"L{i}", 2, 1, size * 1e9) for i, size in enumerate(sizes)]
    rest = 100 - sum(sizes)
    if rest and count < 20:
        rows.append(("(missing)", 1, 1, rest * 1e9))
    assert places.location_traffic(locations(rows, count)).get_suptitle() == title


def test_records_without_a_location_are_counted_in_words() -> None:
    rows = [("A", 1, 1, 60e9), ("(missing)", 1, 0, 40e9)]
    figure = places.location_traffic(locations(rows, 1))
    assert figure.get_supxlabel() == (
        "Without a location: 40 GB (40%), 0 highly engaged of 1 user"
    )
    unknown = places.location_traffic(locations([("(missing)", 1, 1, 100e9)], 0))
    assert unknown.texts[-1].get_text() == "There is no location."


def test_without_traffic_locations_have_users() -> None:
    rows = [("A", 3, 1, 0), ("B", 1, 0, 0), ("(missing)", 4, 2, 0)]
    figure = places.location_traffic(locations(rows, 2))
    (users,) = figure.axes
    assert texts(users) == ["A", "1 of 3", "B", "0 of 1"]
    assert figure.get_supxlabel() == "Without a location: 2 highly engaged of 4 users"


def test_hostile_names_of_locations_fit_and_are_no_formulas(tmp_path) -> None:
    rows = [(name, 1, 1, 1e9) for name in HOSTILE]
    figure = places.location_traffic(locations(rows, len(HOSTILE)))
    assert_it_fits(figure, tmp_path)
