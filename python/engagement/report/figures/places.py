"""Figures of where the traffic is."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from engagement.report.charts import (
    GREY,
    bars,
    empty_figure,
    panel_title,
    panels_of,
    titled_figure,
    wrapped,
)
from engagement.report.formats import (
    TRAFFIC,
    USERS,
    all_of,
    capitalise,
    counted,
    format_count,
    format_name,
    format_share,
    format_traffic,
    join_few,
)
from engagement.report.frames import Frame, Row, rows_of
from engagement.report.width import is_for_a_phone

MOST_LOCATIONS = 15
MISSING = "(missing)"  # what location_traffic calls records without a location


def location_traffic(frame: Frame) -> Figure:
    """Draw the traffic of the leading locations and, beside it, who is there.

    Parameters
    ----------
    frame : Frame
        ``location``, ``user_count``, ``highly_engaged_user_count``,
        ``total_bytes``, ``traffic_share`` and ``location_count``, the number of all
        locations; the largest first. Records without a location are mentioned, not
        drawn.
    """
    rows = rows_of(frame)
    missing = [row for row in rows if row["location"] == MISSING]
    rows = [row for row in rows if row["location"] != MISSING][:MOST_LOCATIONS]
    if not rows:
        return empty_figure("Traffic per location", "There is no location.")
    elsewhere = sum(row["traffic_share"] for row in missing)
    figure = titled_figure(
        _where_it_is(rows, elsewhere), width=12, height=2.3 + 0.3 * len(rows)
    )
    has_traffic = any(frame["total_bytes"])
    panels = panels_of(figure, 1 + has_traffic, 1 + has_traffic)
    names = [format_name(row["location"]) for row in rows]
    if has_traffic:
        traffic = {"traffic": [row["total_bytes"] for row in rows]}
        sizes = [(row["total_bytes"], row["traffic_share"]) for row in rows]
        labels = [format_traffic(*size) for size in sizes]
        bars(panels[0], names, traffic, labels, TRAFFIC)
        panel_title(panels[0], "Traffic, and share of all")
        if not is_for_a_phone():
            names = [""] * len(rows)
    users = [row["user_count"] for row in rows]
    engaged = [row["highly_engaged_user_count"] for row in rows]
    parts = {
        "highly engaged users": engaged,
        "other users": [all_ - own for all_, own in zip(users, engaged, strict=True)],
    }
    labels = [
        f"{format_count(own)} of {format_count(all_)}"
        for all_, own in zip(users, engaged, strict=True)
    ]
    bars(panels[-1], names, parts, labels, USERS)
    figure.legend(
        *panels[-1].get_legend_handles_labels(),
        loc="outside lower right", ncols=2, frameon=False,
    )  # fmt: skip
    panel_title(panels[-1], "Users")
    for row in missing:
        size = f"{format_traffic(row['total_bytes'], row['traffic_share'])}, "
        note = (
            f"Without a location: {size * has_traffic}"
            f"{format_count(row['highly_engaged_user_count'])} highly engaged of "
            f"{counted(row['user_count'], 'user')}"
        )
        if is_for_a_phone():
            panels[-1].set_xlabel(f"{USERS.axis}\n\n{wrapped(note)}")
        else:
            figure.supxlabel(note, x=0.012, ha="left", size=10, color=GREY)
    return figure


def _where_it_is(rows: list[Row], elsewhere: float) -> str:
    """Say what share the first locations carry, or who leads if these are all.

    Parameters
    ----------
    rows : list of Row
        The largest location first.
    elsewhere : float
        Share of the traffic that has no location.
    """
    count, largest = rows[0]["location_count"], rows[0]["traffic_share"]
    if not largest:
        return "No location has traffic"
    share = format_share(min(1, sum(row["traffic_share"] for row in rows)))
    if math.isclose(largest * count, 1 - elsewhere):
        every = capitalise(all_of(count, "location"))
        if count == 1:
            return f"{every} carries {share} of the traffic"
        return f"{every} carry the same traffic"
    if len(rows) < count:
        who = f"The top {len(rows)} of {counted(count, 'location')} carry"
        return f"{who} {share} of the traffic"
    names = [
        format_name(row["location"]) for row in rows if row["traffic_share"] == largest
    ]
    who = join_few(names, "location")
    if len(names) == 1:
        return f"{who} carries the most traffic, {format_share(largest)}"
    return f"{who} carry the most traffic, {format_share(largest)} each"
