"""Figures of locations show what the frames hold."""

from __future__ import annotations

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


def test_few_or_many_locations_change_the_title() -> None:
    one = places.location_traffic(locations([("A", 1, 1, 100e9)], 1))
    assert one.get_suptitle() == "One location carries 100% of the traffic"
    two = [("A", 1, 1, 60e9), ("B", 1, 0, 40e9)]
    two = places.location_traffic(locations(two, 2))
    assert two.get_suptitle() == "All 2 locations carry 100% of the traffic"
    many = [(f"L{i}", 2, 1, 1e9) for i in range(16)]
    many = places.location_traffic(locations(many, 10**6))
    assert many.get_suptitle() == "The top 15 of 1M locations carry 15% of the traffic"
    unknown = places.location_traffic(locations([("(missing)", 1, 1, 100e9)], 0))
    assert unknown.texts[-1].get_text() == "There is no location."


def test_hostile_names_of_locations_fit_and_are_no_formulas(tmp_path) -> None:
    rows = [(name, 1, 1, 1e9) for name in HOSTILE]
    figure = places.location_traffic(locations(rows, len(HOSTILE)))
    assert_it_fits(figure, tmp_path)
