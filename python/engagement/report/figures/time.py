"""Figures of when users are active: by day, by week, by hour."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from itertools import accumulate

from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from engagement.report.axes import PERCENT, linear_axis, time_axis
from engagement.report.charts import (
    COLOURS,
    DOWN,
    HATCHES,
    MARKED,
    UP,
    empty_figure,
    heat_map,
    panel_title,
    steps,
    style,
    titled_figure,
    wrapped,
)
from engagement.report.formats import (
    TRAFFIC,
    USERS,
    WEEKDAYS,
    agree,
    counted,
    format_bytes,
    format_count,
    format_date,
    format_hour,
    format_mean,
    format_name,
    format_period,
    format_rate,
    format_share,
    rate_unit,
)
from engagement.report.frames import Frame, Row, grouped, rows_of
from engagement.report.width import is_for_a_phone

FEW_DAYS = 4  # fewer do not fill the width
MOST_DOTTED = 100  # days with room for a dot each
MOST_COHORTS = 20  # weeks, the newest
MOST_WEEKS = 10  # whose shares a phone has room for
LITTLE = 0.005  # share of the traffic in hours that are not worth a long axis
MEANS = {1: "", 24: ", mean of a day", 168: ", mean of a week"}  # by hours of a step


def daily_engagement(frame: Frame) -> Figure:
    """Draw the users and the traffic of each day, and stickiness where there is any.

    Parameters
    ----------
    frame : Frame
        ``session_date``, ``active_users``, ``new_users``, ``returning_users``,
        ``total_bytes`` and ``stickiness`` (a share, or None); one row per day, all
        days, by day.
    """
    days, active = list(frame["session_date"]), list(frame["active_users"])
    if not days:
        return empty_figure("Engagement per day", "There is no day with a session.")
    sticky = [math.nan if s is None else s for s in frame["stickiness"]]
    known = [value for value in sticky if not math.isnan(value)]
    total = sum(frame["total_bytes"])
    has_traffic = total > 0
    figure = titled_figure(
        _how_many_a_day(days, active),
        width=11,
        height=2 + 1.6 * (1 + has_traffic + bool(known)),
    )
    count = 1 + has_traffic + bool(known)
    panels = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    users = panels[0]
    at = date2num(days)
    edges = [*(at - 0.5), at[-1] + 0.5]
    parts = [
        ("returning users", frame["returning_users"]),
        ("new users", frame["new_users"]),
    ]
    steps(users, edges, parts, [(DOWN, ""), (UP, HATCHES[1])], USERS.unit)
    panel_title(users, "Active users per day")
    if is_for_a_phone():
        figure.legend(
            *users.get_legend_handles_labels(),
            loc="outside lower right", ncols=2, frameon=False,
        )  # fmt: skip
    else:
        above = {"loc": "lower right", "bbox_to_anchor": (1, 0.98)}
        users.legend(ncols=2, frameon=False, **above)
    users.set_ylabel(USERS.axis)
    if has_traffic:
        parts = [("traffic", frame["total_bytes"])]
        steps(panels[1], edges, parts, [(COLOURS[3], "")], TRAFFIC.unit)
        panel_title(panels[1], f"Traffic per day ({format_bytes(total)} in all)")
        panels[1].set_ylabel(TRAFFIC.axis)
    if known:
        share = format_share(sum(known) / len(known))
        panel_title(
            panels[-1],
            f"Stickiness: on average {share} of a month's users are active on a day",
        )
        dots = ".-" if len(days) <= MOST_DOTTED else "-"
        panels[-1].plot(at, sticky, dots, color=MARKED)
        style(panels[-1], "y")
        panels[-1].set_ylim(0, min(1, max(known) * 1.3) or 1)
        panels[-1].yaxis.set_major_locator(MaxNLocator(4))
        panels[-1].yaxis.set_major_formatter(PERCENT)
        panels[-1].set_ylabel("DAU/MAU (%)")
    figure.align_ylabels()
    room = max(0, FEW_DAYS - len(days)) / 2
    users.set_xlim(edges[0] - room, edges[-1] + room)
    time_axis(panels[-1], at)
    panels[-1].set_xlabel(f"Day ({format_period(days[0], days[-1])})")
    return figure


def _how_many_a_day(days: list[date], active: list[int]) -> str:
    """Say how many users a day has, and which day the most, if they differ."""
    most, count = max(active), len(days)
    if min(active) == most:
        users = counted(most, "user is", "users are")
        if count == 1:
            return f"{users} active on {format_date(days[0])}"
        return f"{users} active on each of {counted(count, 'day')}"
    mean = counted(sum(active) / count, "user is", "users are", format_mean)
    busiest = [day for day, users in zip(days, active, strict=True) if users == most]
    when = format_date(busiest[0])
    if len(busiest) > 1:
        when = counted(len(busiest), "day")
    return (
        f"On average {mean} active per day; the most, {format_count(most)}, on {when}"
    )


def weekly_retention(frame: Frame) -> Figure:
    """Draw which share of the users of a week come back in later weeks.

    Parameters
    ----------
    frame : Frame
        ``cohort_week``, ``weeks_later``, ``user_count``, ``active_users``,
        ``retention_share`` and ``is_complete``; every week of each cohort up to the
        newest, by cohort and week.
    """
    groups = grouped(rows_of(frame), "cohort_week")
    title = "Retention per week"
    if not groups:
        return empty_figure(title, "There is no user.")
    newest = {
        cohort: found
        for cohort, found in groups.items()
        if found[-1]["weeks_later"] < MOST_COHORTS
    }
    if not newest:
        return empty_figure(title, f"No user is new in the last {MOST_COHORTS} weeks.")
    weeks = next(iter(newest.values()))[-1]["weeks_later"]
    if not weeks:
        return empty_figure(title, "There is no second week to come back in.")
    over = all(found[-1]["is_complete"] for found in newest.values())
    values, labels = {}, {}
    for row, found in enumerate(newest.values()):
        for cell in found:
            at = row, cell["weeks_later"]
            if cell["weeks_later"]:  # in the first week it is everybody
                values[at] = cell["retention_share"]
            labels[at] = format_share(cell["retention_share"])
            labels[at] += "*" * (not cell["is_complete"])
    again = [found[1] for found in newest.values() if len(found) > 1]
    # weeks that are over tell more; without any, those so far
    counted_weeks = [cell for cell in again if cell["is_complete"]]
    so_far = "" if counted_weeks else "So far "
    counted_weeks = counted_weeks or again
    users = sum(cell["user_count"] for cell in counted_weeks)
    back = sum(cell["active_users"] for cell in counted_weeks)
    come = agree(format_count(back), "comes", "come")
    names = [
        f"{format_date(cohort)}: {format_count(found[0]['user_count'])}"
        for cohort, found in newest.items()
    ]
    figure = titled_figure(
        f"{so_far}{format_count(back)} of {counted(users, 'new user')} "
        f"({format_share(back / users)}) {come} back the week after",
        width=min(13, 5 + 0.6 * weeks),
        height=2.2 + 0.32 * len(names),
    )
    axes = figure.subplots()
    columns = [str(week) for week in range(weeks + 1)]
    size = 9 if weeks < 12 else 7.5
    if is_for_a_phone():
        size = 7
        labels = labels if weeks < MOST_WEEKS else {}
    heat_map(axes, values, labels, names, columns, size, least_top=0.5)
    axes.set_xlabel("Weeks after the first (count)" + "; * not over yet" * (not over))
    axes.set_ylabel("Week of the first session: users")
    panel_title(
        axes,
        "Users active again (% of the users of the first week)"
        if len(newest) == len(groups)
        else f"Users active again (%), new in the last {MOST_COHORTS} weeks",
    )
    return figure


def week_hours(frame: Frame) -> Figure:
    """Draw the mean traffic of each hour of the week as a heat map.

    Parameters
    ----------
    frame : Frame
        ``hour_of_week``, 0 for Monday 00:00, and its ``mbit_per_second``; hours on no
        covered day are missing.
    """
    rows = [row for row in rows_of(frame) if row["mbit_per_second"]]
    if not rows:
        return empty_figure("The week, hour by hour", "No hour has traffic.")
    values = {divmod(row["hour_of_week"], 24): row["mbit_per_second"] for row in rows}
    top = max(values.values())
    peak = min(cell for cell, value in values.items() if value == top)
    figure = titled_figure(
        f"The busiest hour is {format_hour(24 * peak[0] + peak[1])}, with "
        f"{format_rate(top)}",
        width=12,
        height=4,
    )
    axes = figure.subplots()
    unit, size = rate_unit(top)
    labels = {cell: format_mean(value / size) for cell, value in values.items()}
    hours = [f"{hour:02}" for hour in range(24)]
    if is_for_a_phone():
        figure.set_figheight(7)
        values, labels = (
            {(hour, day): of[day, hour] for day, hour in of} for of in (values, labels)
        )
        heat_map(axes, values, labels, hours, WEEKDAYS, size=7.5)
        axes.set_ylabel("Hour of the day")
    else:
        heat_map(axes, values, labels, WEEKDAYS, hours, size=7.5)
        axes.set_xlabel("Hour of the day")
    panel_title(axes, f"Mean traffic in each hour of the week ({unit})")
    return figure


def hourly_traffic(frame: Frame) -> Figure:
    """Draw the traffic of each hour, the clusters stacked, and the busy hour.

    Parameters
    ----------
    frame : Frame
        Per ``step_at`` (a datetime; of ``step_hours`` hours) and ``cluster_id``
        the ``cluster_name``, the mean ``total_bytes`` of an hour and the busy hour
        of the cluster (``cluster_busy_at``, ``cluster_busy_bytes``) and of all
        (``busy_at``, ``busy_bytes``), and the ``report_timezone`` of these times; by
        step and cluster, without gaps but for hours that clocks skip.
    """
    groups = grouped(rows_of(frame), "cluster_id")
    if not groups:
        return empty_figure("Traffic per hour", "There is no hour with a session.")
    totals = [
        sum(row["total_bytes"] for row in rows)
        for rows in zip(*groups.values(), strict=True)
    ]
    first = next(iter(groups.values()))
    hours, busy_at, busy = (
        first[0][name] for name in ("step_hours", "busy_at", "busy_bytes")
    )
    if not busy:
        return empty_figure("Traffic per hour", "No hour has traffic.")
    left_out = _little_at_first(totals)
    if busy_at < first[left_out]["step_at"]:
        left_out = 0
    first = first[left_out:]
    figure = titled_figure(
        _which_is_busiest(totals if hours == 1 else [], busy_at, busy),
        width=12,
        height=5 + 0.1 * len(groups),
    )
    axes = figure.subplots()
    end = first[-1]["step_at"] + timedelta(hours=hours)
    edges = date2num([*(row["step_at"] for row in first), end])
    shown = [rows[left_out:] for rows in groups.values()]
    parts = [(_busiest(r[0]), [row["total_bytes"] for row in r]) for r in shown]
    looks = [
        (COLOURS[i % len(COLOURS)], HATCHES[i % len(HATCHES)])
        for i in range(len(groups))
    ]
    steps(axes, edges, parts, looks, TRAFFIC.unit)
    linear_axis(axes, "y", busy * 1.12, TRAFFIC.unit)
    _mark_busy_hour(axes, busy_at, busy)
    time_axis(axes)
    period = format_period(first[0]["step_at"], end - timedelta(hours=1))
    if first[0]["report_timezone"] != "UTC":
        period += f", {first[0]['report_timezone']}"
    label = (
        f"Hour ({period})"
        if not left_out
        else f"Hour ({period}; {format_share(sum(totals[:left_out]) / sum(totals))} of "
        f"the traffic came earlier, from {format_date(frame['step_at'][0])} on)"
    )
    axes.set_xlabel(wrapped(label))
    axes.set_ylabel(f"Traffic (bytes per hour{MEANS[hours]})")
    # in the order of the stack, from its top
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles[::-1], labels[::-1], loc="outside lower left", frameon=False,
        ncols=1 if is_for_a_phone() else 2, title="Cluster: busy hour",
        alignment="left",
    )  # fmt: skip
    return figure


def _which_is_busiest(totals: list[float], busy_at: datetime, busy: float) -> str:
    """Say which hour carries the most, if one does.

    Parameters
    ----------
    totals : list of float
        The traffic of each hour, if that is known.
    busy_at : datetime
        The busy hour, the first of equal ones.
    busy : float
        Its traffic.
    """
    if totals and math.isclose(sum(totals), busy):
        return f"All traffic is in one hour, {_hour(busy_at)}: {format_bytes(busy)}"
    count = sum(math.isclose(total, busy) for total in totals)
    if count < 2:
        return f"The busy hour, {_hour(busy_at)}, carries {format_bytes(busy)}"
    which = f"{counted(count, 'hour')} are equally busy, the first {_hour(busy_at)}"
    return f"{which}: each carries {format_bytes(busy)}"


def _busiest(row: Row) -> str:
    """Write a cluster's name and its busy hour, the first of equal ones."""
    name = format_name(row["cluster_name"], 16)
    if not row["cluster_busy_bytes"]:
        return f"{name}: no traffic"
    size = format_bytes(row["cluster_busy_bytes"])
    return f"{name}: {_hour(row['cluster_busy_at'])}, {size}"


def _mark_busy_hour(axes: Axes, at: datetime, size: float) -> None:
    """Mark the middle of the busy hour, of so many bytes."""
    middle = date2num(at) + 0.5 / 24
    axes.vlines(middle, 0, size, color="black", lw=1, ls=":")
    axes.plot(
        [middle], [size], "v", color="black", ms=9, mec="white", clip_on=False,
        label=f"all: {_hour(at)}, {format_bytes(size)}",
    )  # fmt: skip


def _little_at_first(totals: list[float]) -> int:
    """Count the first steps that carry next to nothing, if they are many.

    Long sessions begin days before the first of them ends.
    """
    little = LITTLE * sum(totals)
    count = sum(so_far <= little for so_far in accumulate(totals)) if little else 0
    return count if count > len(totals) / 10 else 0


def _hour(at: datetime) -> str:
    """Write the day and hour: 4 Apr 2019 18:00."""
    return f"{format_date(at)} {at:%H}:00"
