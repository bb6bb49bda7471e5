"""Figures of who the most engaged users are, and how unequal users are."""

from __future__ import annotations

import math
import re

from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

from engagement.report.axes import PERCENT
from engagement.report.charts import (
    COLOURS,
    GREY,
    HATCHES,
    MARKERS,
    UP,
    abreast,
    bars,
    empty_figure,
    heat_map,
    panel_title,
    panels_of,
    style,
    titled_figure,
    wrapped,
)
from engagement.report.formats import (
    TRAFFIC,
    Measure,
    agree,
    all_of,
    capitalise,
    counted,
    format_bytes,
    format_count,
    format_name,
    format_share,
    join_names,
    measure_of,
)
from engagement.report.frames import Frame, Row, grouped, rows_of
from engagement.report.width import is_for_a_phone

MOST_USERS, MOST_USERS_EACH = 30, 10  # bars of a panel, however large top_n is
MOST_ABREAST = 3  # panels in a row, which a page 68rem wide shows whole
FIFTHS = (1, 2, 3, 4, 5)
LEAST_RANKED = 10  # users; of fewer, the top 10% are not even one
LEAST_GINI = 0.005  # less is written as 0.00
LINES = COLOURS[1:]  # the first is too pale for a line


def top_users(frame: Frame) -> Figure:
    """Draw the leading users of each metric, a panel per metric.

    Parameters
    ----------
    frame : Frame
        ``metric``, ``label``, ``unit``, ``user_rank``, ``user_id``, ``value`` in that
        unit, ``tied_count``, the number of users who have that value, and
        ``user_total``, that of all users; metrics in the order in which they are
        listed, then by rank.
    """
    groups = grouped(rows_of(frame), "metric")
    if not groups:
        return empty_figure("Top users", "There is no user.")
    lists = [rows[:MOST_USERS] for rows in groups.values()]
    measures = [measure_of(rows[0]) for rows in lists]
    longest = max(map(len, lists))
    common = _in_every_list(lists)
    across = abreast(len(lists), MOST_ABREAST)
    down = math.ceil(len(lists) / across)
    figure = titled_figure(
        _who_leads(lists, measures, common),
        width=max(13 * across / MOST_ABREAST, 9),
        height=0.6 + down * (1 + 0.3 * longest),
    )
    panels = panels_of(figure, len(lists), across)
    for axes, rows, measure in zip(panels, lists, measures, strict=True):
        drawn = _user_bars(axes, rows, "value", measure)
        for bar, row in zip(drawn, rows, strict=True):
            if row["user_id"] in common:
                bar.set(facecolor=UP, hatch=HATCHES[1])
        panel_title(axes, f"By {measure.name}")
    return figure


def _in_every_list(lists: list[list[Row]]) -> set[str]:
    """Find the users who are in every list, unless that says nothing of them.

    It says nothing if all users are listed or if there is one list only. A user in
    the last place whom one who is not listed equals, is not among the first.
    """
    if len(lists) == 1 or len(lists[0]) >= lists[0][0]["user_total"]:
        return set()
    firsts = []
    for rows in lists:
        last = rows[-1]["value"] if _tie_at_the_end(rows) else None
        firsts.append({row["user_id"] for row in rows if row["value"] != last})
    return set.intersection(*firsts)


def _tie_at_the_end(rows: list[Row]) -> bool:
    """Tell whether users who are not listed equal the last one who is."""
    last = rows[-1]
    listed = sum(row["value"] == last["value"] for row in rows)
    return listed < last["tied_count"]


def _who_leads(
    lists: list[list[Row]], measures: list[Measure], common: set[str]
) -> str:
    """Say how many users are among the first by every metric, if that is news."""
    longest = max(map(len, lists))
    total = lists[0][0]["user_total"]
    by = join_names([f"by {measure.name}" for measure in measures])
    everybody = capitalise(all_of(total, "user"))
    if longest >= total:
        return f"{everybody}, {by}"
    if all(rows[0]["tied_count"] == total for rows in lists):
        return f"{everybody} are equal {by}"
    tied = [
        f"by {measure.name}"
        for rows, measure in zip(lists, measures, strict=True)
        if _tie_at_the_end(rows)
    ]
    ties = f"; others equal the last user listed {join_names(tied)}" * bool(tied)
    if len(lists) == 1:
        return f"Top {counted(longest, 'user')} {by}{ties}"
    if len(common) == longest > 1:
        return f"The same {longest} users are the top {longest} {by} (hatched)"
    place = f"among the top {longest}" if longest > 1 else "first"
    if not common:
        return f"No user is {place} {by}{ties}"
    who = counted(len(common), "user is", "users are")
    return f"{who} {place} {by} (hatched){ties}"


def top_users_per_application(frame: Frame) -> Figure:
    """Draw the leading users of each application, a panel per application.

    Parameters
    ----------
    frame : Frame
        ``application``, ``display_name``, ``user_rank``, ``user_id``,
        ``total_bytes`` and ``user_count``, the number of users who have traffic with
        the application; applications in order of their traffic, then by rank.
    """
    groups = grouped(rows_of(frame), "application")
    if not groups:
        return empty_figure("Top users per application", "No application has traffic.")
    lists = [rows[:MOST_USERS_EACH] for rows in groups.values()]
    longest = max(map(len, lists))
    across = abreast(len(lists), MOST_ABREAST)
    down = math.ceil(len(lists) / across)
    figure = titled_figure(
        _who_leads_each(lists),
        width=max(4.2 * across, 9),
        height=1 + down * (0.5 + 0.25 * longest),
    )
    for axes, rows in zip(panels_of(figure, len(lists), across), lists, strict=True):
        _user_bars(axes, rows, "total_bytes", TRAFFIC)
        # every bar has its number, and an axis in each panel is slow to draw
        axes.xaxis.set_visible(False)
        panel_title(axes, format_name(rows[0]["display_name"]))
    figure.supxlabel(TRAFFIC.axis, size=10)
    return figure


def _who_leads_each(lists: list[list[Row]]) -> str:
    """Say how many users lead the applications, as far as somebody leads them.

    To lead is to have more traffic than another user: neither of equal users does,
    nor does the only one.
    """
    count = len(lists)
    users = {row["user_id"] for rows in lists for row in rows}
    if all(rows[0]["user_count"] == 1 for rows in lists) and len(users) == 1:
        return "Only one user has traffic with the applications"
    if count == 1:
        return f"Top {counted(len(lists[0]), 'user')} by traffic"
    if any(len(rows) == 1 < rows[0]["user_count"] for rows in lists):
        return f"The user with the most traffic in each of {count} applications"
    shared = [rows for rows in lists if len(rows) > 1]
    led = [rows for rows in shared if rows[0]["total_bytes"] > rows[1]["total_bytes"]]
    if not shared:
        return f"Each of the {count} applications has only one user"
    if not led:
        return f"In each of the {count} applications, the first users are equal"
    leaders = {rows[0]["user_id"] for rows in led}
    who = (
        "One user leads"
        if len(leaders) == 1
        else f"{len(leaders)} different users lead"
    )
    if len(led) == count:
        return f"{who} the {count} applications by traffic"
    left = count - len(led)
    others = "other" if left == 1 else f"other {left}"
    return (
        f"{who} {len(led)} of the {count} applications by traffic; in the {others}, "
        "users are equal or alone"
    )


def _user_bars(
    axes: Axes, rows: list[Row], column: str, measure: Measure
) -> BarContainer:
    """Draw a bar per user, as long as a column says."""
    values = [row[column] for row in rows]
    names = [format_name(row["user_id"], 20) for row in rows]
    labels = list(map(measure.unit.write, values))
    return bars(axes, names, {measure.name: values}, labels, measure)[0]


def engagement_concentration(frame: Frame) -> Figure:
    """Draw how unequally each metric is spread over users.

    Parameters
    ----------
    frame : Frame
        ``user_share`` and ``value_share`` of lorenz_curve, with the metric's
        ``metric`` and ``label`` and its ``user_count``, ``total_value``,
        ``gini_coefficient`` and ``top_1_percent_share``, ``top_5_percent_share``, ...
        of engagement_concentration; metrics in the order in which they are listed,
        then by user_share.
    """
    groups = grouped(rows_of(frame), "metric")
    # a total of zero has no shares
    curves = {metric: rows for metric, rows in groups.items() if rows[0]["total_value"]}
    if not curves:
        why = "No metric has a total above zero." if groups else "There is no user."
        return empty_figure("Concentration of engagement", why)
    main = curves.get("total_bytes") or next(iter(curves.values()))
    figure = titled_figure(_how_unequal(main[0]), width=12, height=5.4)
    lorenz, top = panels_of(figure, 2, 2)
    _draw_curves(lorenz, list(curves.values()))
    _draw_tops(top, [rows[0] for rows in curves.values()])
    return figure


def _how_unequal(row: Row) -> str:
    """Say what the top users account for, if users are enough and not equal."""
    label, count = row["label"], row["user_count"]
    if count == 1:
        return f"The only user accounts for all of the {label}"
    if row["gini_coefficient"] < LEAST_GINI:
        users = capitalise(all_of(count, "user"))
        return f"{users} account for about the same {label}"
    if count < LEAST_RANKED:
        users = counted(count, "user")
        gini = f"{row['gini_coefficient']:.2f}"
        return f"{users} share the {label} with a Gini coefficient of {gini}"
    share = format_share(row["top_10_percent_share"])
    return f"The top 10% of users account for {share} of the {label}"


def _draw_curves(axes: Axes, curves: list[list[Row]]) -> None:
    """Draw a Lorenz curve per metric."""
    axes.plot([0, 1], [0, 1], ls=":", color=GREY, label="all users equal")
    for i, rows in enumerate(curves):
        axes.plot(
            [row["user_share"] for row in rows],
            [row["value_share"] for row in rows],
            f"{MARKERS[i % len(MARKERS)]}-", color=LINES[i % len(LINES)], mec="white",
            ms=8, markevery=(10 * i, 20),
            label=f"{rows[0]['label']}: Gini {rows[0]['gini_coefficient']:.2f}",
        )  # fmt: skip
    panel_title(axes, "Lorenz curves: the further below the line, the less equal")
    style(axes, "both")
    axes.xaxis.set_major_formatter(PERCENT)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.legend(loc="upper left", frameon=False)
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set_xlabel("Users, from the least engaged (% of users)")
    axes.set_ylabel("What they account for together (% of the total)")


def _draw_tops(axes: Axes, rows: list[Row]) -> None:
    """Draw the shares of the top users, a group of bars for each share of users."""
    tops = {
        column: f"top {found[1]}%"
        for column in rows[0]
        if (found := re.fullmatch(r"top_(\d+)_percent_share", column))
    }
    thick = 0.8 / len(rows)
    for i, row in enumerate(rows):
        drawn = axes.barh(
            [place + (i + 0.5) * thick - 0.4 for place in range(len(tops))],
            [row[column] for column in tops],
            thick, color=LINES[i % len(LINES)], ec="white",
            hatch=HATCHES[i % len(HATCHES)], label=row["label"],
        )  # fmt: skip
        labels = [format_share(row[column]) for column in tops]
        axes.bar_label(drawn, labels, size=9, padding=3)
    panel_title(axes, "What the most engaged users account for")
    style(axes, "x")
    axes.xaxis.set_major_formatter(PERCENT)
    axes.legend(loc="upper right", frameon=False)
    axes.set(xlim=(0, 1), ylim=(len(tops) - 0.5, -0.5))
    axes.set_yticks(range(len(tops)), list(tops.values()))
    axes.set_xlabel("Share of the total (%)")
    axes.set_ylabel("Users, ranked by the metric (% of users)")


def engagement_depth(frame: Frame) -> Figure:
    """Draw how many users are how recent and how frequent, in fifths.

    Parameters
    ----------
    frame : Frame
        Per ``recency_quintile`` and ``frequency_quintile`` the ``user_count`` and
        mean ``total_bytes`` of the users, the ``least_days`` and ``most_days`` since
        their last session, and their ``least_sessions`` and ``most_sessions``.
    """
    rows = rows_of(frame)
    if not rows:
        return empty_figure("Depth of engagement", "There is no user.")
    cells = {
        (5 - row["frequency_quintile"], row["recency_quintile"] - 1): row
        for row in rows
    }
    users = {cell: row["user_count"] for cell, row in cells.items()}
    total = sum(users.values())
    has_traffic = any(frame["total_bytes"])
    labels = {
        cell: f"{format_count(row['user_count'])} "
        f"({format_share(row['user_count'] / total)})"
        + f"\n{format_bytes(row['total_bytes'])} each"
        * has_traffic
        for cell, row in cells.items()
    }
    figure = titled_figure(
        _how_deep(rows),
        width=11,
        height=5.6,
    )
    axes = figure.subplots()
    recency = [_span(rows, "recency", fifth, "days") for fifth in FIFTHS]
    frequency = [
        _span(rows, "frequency", fifth, "sessions") for fifth in reversed(FIFTHS)
    ]
    heat_map(axes, users, labels, frequency, recency, 6.5 if is_for_a_phone() else 10)
    axes.set_xlabel(
        wrapped("Recency (days since the last session), 5 = most recent fifth")
    )
    axes.set_ylabel("Frequency (sessions), 5 = most frequent fifth")
    what = "Users" + ", and their mean traffic" * has_traffic
    panel_title(axes, f"{what}; equal values share a fifth")
    return figure


def _how_deep(rows: list[Row]) -> str:
    """Say how many users are in both top fifths, if fifths tell users apart.

    Where many are equal, the top fifth may be empty: then those in the highest one
    that is not are meant.
    """
    total = sum(row["user_count"] for row in rows)
    if total == 1:
        return "There is only one user"
    alike = [
        how
        for how, column in (("recent", "days"), ("frequent", "sessions"))
        if min(row[f"least_{column}"] for row in rows)
        == max(row[f"most_{column}"] for row in rows)
    ]
    if alike:
        how = join_names([f"equally {each}" for each in alike])
        return f"{capitalise(all_of(total, 'user'))} are {how}"
    fifths = ("recency_quintile", "frequency_quintile")
    tops = [max(row[fifth] for row in rows) for fifth in fifths]
    best = sum(
        row["user_count"] for row in rows if [row[fifth] for fifth in fifths] == tops
    )
    verb = agree(format_count(best), "is", "are")
    where = (
        "in the top fifth by recency and by frequency"
        if tops == [FIFTHS[-1]] * 2
        else "among both the most recent and the most frequent"
    )
    return (
        f"{format_count(best)} of {counted(total, 'user')} "
        f"({format_share(best / total)}) {verb} {where}"
    )


def _span(rows: list[Row], name: str, fifth: int, column: str) -> str:
    """Say which values a fifth of the users has."""
    own = [row for row in rows if row[f"{name}_quintile"] == fifth]
    if not own:
        return f"{fifth}\nnobody"
    low = min(row[f"least_{column}"] for row in own)
    high = max(row[f"most_{column}"] for row in own)
    values = format_count(low) + f" to {format_count(high)}" * (low < high)
    return f"{fifth}\n{values} {agree(values, column.removesuffix('s'), column)}"
