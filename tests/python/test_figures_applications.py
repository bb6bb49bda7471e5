"""Figures of applications show what the frames hold."""

from __future__ import annotations

import pytest
from looking import HOSTILE, assert_it_fits, columns, keys, texts, ticks, widths

from engagement.report.charts import reason_of
from engagement.report.drawing import save_png
from engagement.report.figures import applications


def traffic(
    totals: list[int], names: list[str] | None = None, others: tuple[int, ...] = ()
) -> dict:
    """Make a frame of the first applications; `others` have their traffic as well."""
    down = [total * 3 // 4 for total in totals]
    every = [*totals, *others]
    return {
        "display_name": names or [f"App {i}" for i in range(len(totals))],
        "dl_bytes": down,
        "ul_bytes": [total - dl for total, dl in zip(totals, down, strict=True)],
        "total_bytes": totals,
        "traffic_share": [total / (sum(every) or 1) for total in totals],
        "used_count": [sum(total > 0 for total in every)] * len(totals),
    }


def test_top_applications_are_bars_of_their_traffic() -> None:
    totals = [6 * 10**12, 3 * 10**12, 10**12]
    frame = traffic(totals, ["Other", "Gaming", "YouTube"], others=(2 * 10**12,))
    figure = applications.top_applications(frame)
    (axes,) = figure.axes
    assert figure.get_suptitle() == (
        "Other, Gaming and YouTube carry 83.3% of all application traffic"
    )
    assert widths(axes.containers[0]) == [6e12, 3e12, 1e12]
    assert texts(axes) == [
        "Other", "6 TB (50%)", "Gaming", "3 TB (25%)", "YouTube", "1 TB (8.3%)",
    ]  # fmt: skip
    assert axes.get_xlabel() == "Traffic (bytes, DL + UL)"
    assert ticks(axes.xaxis, figure) == ["0", "2 TB", "4 TB", "6 TB"]
    top, bottom = axes.transData.transform([(0, 0), (0, 2)])[:, 1]
    assert top > bottom, "the first application is not on top"


@pytest.mark.parametrize(
    ("totals", "others", "title"),
    [
        ([5, 4, 3, 2, 1], (5,), "The top 5 applications carry 75% of all application"),
        ([5, 4], (1,), "App 0 and App 1 carry 90% of all application traffic"),
        ([5], (5, 1), "App 0 carries 45.5% of all application traffic"),
        # of all that there are, only a difference is worth saying
        ([5], (), "App 0 carries all application traffic"),
        ([5, 0, 0], (), "App 0 carries all application traffic"),
        ([5, 3, 2], (), "App 0 carries the most application traffic, 50%"),
        ([4, 4, 2], (), "App 0 and App 1 carry the most application traffic, 40% each"),
        ([4, 4], (), "Both applications carry the same traffic"),
        ([4, 4, 4, 0], (), "All 3 applications carry the same traffic"),
        ([4, 4, 4], (4, 4, 4, 4), "All 7 applications carry the same traffic"),
    ],
)
def test_the_title_claims_no_more_of_top_applications_than_there_is(
    totals: list[int], others: tuple[int, ...], title: str
) -> None:
    figure = applications.top_applications(traffic(totals, others=others))
    assert figure.get_suptitle().startswith(title)


def test_one_application_is_called_by_its_name() -> None:
    figure = applications.application_traffic(traffic([4 * 10**9], ["Gaming"]))
    assert figure.get_suptitle() == (
        "Gaming carries 4\N{NO-BREAK SPACE}GB, 75% of it downlink"
    )


@pytest.mark.parametrize("count", [1, 7, 20])
def test_downlink_and_uplink_are_stacked(count: int) -> None:
    frame = traffic([4 * 10**9 * (i + 1) for i in reversed(range(count))])
    figure = applications.application_traffic(frame)
    (axes,) = figure.axes
    down, up = axes.containers
    assert widths(down) == frame["dl_bytes"]
    assert widths(up) == pytest.approx(frame["ul_bytes"])
    assert [bar.get_x() for bar in up] == frame["dl_bytes"]
    assert ("75% of it downlink") in figure.get_suptitle()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "Downlink (DL)",
        "Uplink (UL)",
    ]
    assert up[0].get_hatch()
    assert not down[0].get_hatch()


@pytest.mark.parametrize(
    "draw", [applications.top_applications, applications.application_traffic]
)
def test_no_traffic_at_all_is_said(draw) -> None:
    assert reason_of(draw(traffic([0, 0]))) == "No application has traffic."
    assert reason_of(draw(traffic([1, 0]))) == ""


def test_names_are_shown_as_they_stand(tmp_path) -> None:
    names = [r"$\frac$ & $x$", "中文 \N{GRINNING FACE}", "n" * 99]
    figure = applications.top_applications(traffic([3, 2, 1], names))
    save_png(figure, tmp_path / "names.png")  # a warning would fail the test
    shown = [t for t in figure.axes[0].texts if t.get_ha() == "right"]
    assert [t._preprocess_math(t.get_text()) for t in shown] == [
        (r"$\frac$ & $x$", False),
        (names[1], False),
        ("n" * 23 + "…", False),
    ]
    title = figure._suptitle
    assert title._preprocess_math(title.get_text())[1] is False


def indices(rows: list[list[float | None]], names: tuple[str, ...] = ()) -> dict:
    """Per application the index of each cluster."""
    return columns(
        [
            {
                "cluster_id": cluster,
                "cluster_name": names[cluster - 1] if names else f"level_{cluster}",
                "application": f"a{place}",
                "display_name": f"App {place}",
                "traffic_index": index,
            }
            for place, row in enumerate(rows)
            for cluster, index in enumerate(row, 1)
        ]
    )


def test_applications_are_marks_about_a_hundred() -> None:
    figure = applications.cluster_applications(indices([[90.0, 130.0], [110.0, 60.0]]))
    (axes,) = figure.axes
    line, low, high = axes.lines
    assert list(line.get_xdata()) == [100, 100]
    assert list(low.get_xdata()) == [90, 110]
    assert list(high.get_xdata()) == [130, 60]
    assert list(map(round, high.get_ydata())) == [0, 1]
    assert low.get_marker() != high.get_marker()
    assert texts(axes) == ["90", "110", "130", "60"]
    assert ticks(axes.yaxis, figure) == ["App 0", "App 1"]
    assert axes.get_xscale() == "linear"
    assert (
        axes.get_xlabel() == "Index of the share of traffic (100 = same as all users)"
    )
    assert keys(figure.legends[0]) == ["level_1", "level_2"]
    assert figure.get_suptitle().replace("\n", " ") == (
        "The cluster level_2 uses relatively less App 1: index 60 (100 = same as all "
        "users)"
    )


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        # the least engaged cluster differs, downwards, by more than any other
        (
            [[60.0, 100.6], [101.0, 100.2]],
            "The cluster level_1 uses relatively less App 0: index 60 (100",
        ),
        # 50 is further from 100 than 180, 210 further than 50
        (
            [[50.0, 180.0], [110.0, 98.0]],
            "The cluster level_1 uses relatively less App 0: index 50 (100",
        ),
        (
            [[98.0, 103.0], [50.0, 210.0]],
            "The cluster level_2 uses relatively more App 1: index 210 (100",
        ),
        # of equally far ones the application with more traffic is named
        (
            [[100.0, 200.0], [50.0, 100.0]],
            "The cluster level_2 uses relatively more App 0: index 200 (100",
        ),
        (
            [[200.0, 100.0], [0.0, 140.0]],
            "The cluster level_1 has no traffic with App 1",
        ),
        (
            [[0.0, 120.0, 110.0], [0.0, 80.0, 90.0]],
            "The cluster level_1 has no traffic with any application",
        ),
        (
            [[0.0, 100.0], [0.0, 100.0]],
            "Only the cluster level_2 has traffic with the applications",
        ),
        (
            [[100.0, 100.0], [None, None]],
            "App 0 carries all application traffic: every index is 100",
        ),
        (
            [[91.0, 109.9], [100.0, 100.0]],
            "All clusters use about the same applications: every index is between 91 ",
        ),
        (
            [[90.0, 109.9], [100.0, 100.0]],
            "The cluster level_1 uses relatively less App 0: index 90 (100",
        ),
        ([[100.0], [100.0]], "There is one cluster: every index is 100"),
    ],
)
def test_the_title_names_what_differs_most_if_anything_does(
    rows: list[list[float | None]], title: str
) -> None:
    figure = applications.cluster_applications(indices(rows))
    assert figure.get_suptitle().replace("\n", " ").startswith(title)


def test_small_differences_look_small() -> None:
    figure = applications.cluster_applications(indices([[99.0, 104.0], [101.0, 98.5]]))
    left, right = figure.axes[0].get_xlim()
    assert (left, right) == (90, 110)
    assert figure.get_suptitle().replace("\n", " ") == (
        "All clusters use about the same applications: every index is between 98.5 "
        "and 104"
    )


@pytest.mark.parametrize(
    ("least", "scale"), [(60.0, "linear"), (2.0, "log"), (0.0, "symlog")]
)
def test_large_differences_need_a_log_axis(least: float, scale: str) -> None:
    figure = applications.cluster_applications(indices([[least, 180.0]]))
    assert figure.axes[0].get_xscale() == scale
    left, right = figure.axes[0].get_xlim()
    assert left < least < 180 < right


def test_applications_that_nobody_uses_are_said() -> None:
    figure = applications.cluster_applications(indices([[80.0, 120.0], [None, None]]))
    assert ticks(figure.axes[0].yaxis, figure) == ["App 0", "App 1 (not used)"]
    figure = applications.cluster_applications(indices([[None, None]]))
    assert reason_of(figure) == "No application has traffic."


def test_hostile_names_of_clusters_fit_and_are_no_formulas(tmp_path) -> None:
    frame = indices([[100.0 * i for i in range(1, len(HOSTILE) + 1)]], HOSTILE)
    assert_it_fits(applications.cluster_applications(frame), tmp_path)
