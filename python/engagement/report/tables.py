"""The tables of the report: queries, and values as a reader expects them.

How a value is shown follows from its column's name, which carries the unit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engagement.report.formats import (
    METRICS,
    format_bytes,
    format_count,
    format_date,
    format_duration,
    format_index,
    format_name,
    format_share,
)
from engagement.serve.warehouse import NAMED_APPLICATIONS

LONGEST_TEXT = 80
LONGEST_HINT = 1000
HEADINGS = {
    "k": "k",
    "rank": "#",
    "user_id": "User",
    "dl_bytes": "Downlink",
    "ul_bytes": "Uplink",
    "total_bytes": "Traffic",
    "bytes_per_user": "Traffic per user",
    "highly_engaged_user_count": "Highly engaged",
    "mbit_per_second": "Mbit/s",
    "record_share": "Share",
    "traffic_share": "Share",
    "davies_bouldin": "Davies-Bouldin",
    "calinski_harabasz": "Calinski-Harabasz",
    "gini_coefficient": "Gini",
    "min_value": "Minimum",
    "mean_value": "Mean",
    "max_value": "Maximum",
    "total_value": "Total",
    "dau_mau_share": "DAU/MAU",
} | {f"top_{n}_percent_share": f"Top {n}%" for n in (1, 5, 10, 20, 50)}
# SQL that sorts metrics as they are shown.
METRIC_RANK = f"array_position({list(METRICS)}, metric)"
# Endings of a column's name, what they write, and their unit in full.
UNITS: dict[str, tuple[Callable[[float], str], str]] = {
    "_bytes": (format_bytes, " bytes"),
    "_per_user": (format_bytes, " bytes"),
    "_ms": (format_duration, " ms"),
    "_share": (format_share, ""),
    "_index": (format_index, ""),
}


@dataclass(frozen=True)
class Table:
    """One table of the report.

    Attributes
    ----------
    name : str
    caption : str
        One row per what, and in which order.
    relations : tuple of str
        What the query reads, as schema.relation.
    query : str
        If its first column is called ``part``, there is a table for each value.
    """

    name: str
    caption: str
    relations: tuple[str, ...]
    query: str


@dataclass(frozen=True)
class Cell:
    """A value of a table.

    Attributes
    ----------
    text : str
        Short.
    exact : str
        In full with its unit, or empty if the text is.
    order : str
        What to sort by: a number, or the text.
    """

    text: str
    exact: str
    order: str


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and whether numbers stand in it."""

    heading: str
    is_number: bool


@dataclass(frozen=True)
class Part:
    """Rows of a table under a heading of their own, if there are several.

    Attributes
    ----------
    heading : str
    columns : list of Column
    rows : list of list of Cell
    """

    heading: str
    columns: list[Column]
    rows: list[list[Cell]]


def parts_of(frame: dict[str, Sequence[Any]]) -> list[Part]:
    """Write a frame, name to column, as tables; see `Table.query`."""
    names = list(frame)
    rows = list(zip(*frame.values(), strict=True))
    split = names[:1] == ["part"]
    parts: dict[str, list[list[Cell]]] = {}
    for row in rows:
        metric = dict(zip(names, row, strict=True)).get("metric")
        cells = [
            cell_of(name, value, metric) for name, value in zip(names, row, strict=True)
        ]
        heading = cells.pop(0).text if split else ""
        parts.setdefault(heading, []).append(cells)
    shown = names[1:] if split else names
    columns = [
        Column(heading_of(name), all(_is_number(v) for v in frame[name]))
        for name in shown
    ]
    return [Part(heading, columns, cells) for heading, cells in parts.items()] or [
        Part("", columns, [])
    ]


def heading_of(name: str) -> str:
    """Write the name of a column without its unit: Active users."""
    if name in HEADINGS:
        return HEADINGS[name]
    for ending in ("_count", "_at", *UNITS):
        name = name.removesuffix(ending)
    plural = {"user": "users", "session": "sessions", "record": "records"}
    words = plural.get(name, name).replace("_", " ")
    return words[:1].upper() + words[1:]


def cell_of(name: str, value: Any, metric: str | None = None) -> Cell:
    """Write a value of a column, or of a metric if the column says no more."""
    if value is None:
        return Cell("-", "", "")
    if isinstance(value, datetime):
        return Cell(f"{format_date(value)} {value:%H:%M}", f"{value:%F %T}", str(value))
    if isinstance(value, date):
        return Cell(format_date(value), f"{value:%F}", str(value))
    if not _is_number(value):
        name_of_metric = METRICS[value].name if name == "metric" else str(value)
        text = format_name(name_of_metric, LONGEST_TEXT)
        hint = name_of_metric[:LONGEST_HINT]
        return Cell(text, "" if hint == text else hint, text.casefold())
    write, unit = _unit_of(name, metric)
    exact = f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    text = write(value)
    return Cell(text, "" if exact == text else exact + unit, repr(value))


def _unit_of(name: str, metric: str | None) -> tuple[Callable[[float], str], str]:
    if metric and name.endswith("value"):
        ending = metric[metric.rindex("_") :]
        return METRICS[metric].write, UNITS[ending][1] if ending in UNITS else ""
    for ending, unit in UNITS.items():
        if name.endswith(ending):
            return unit
    return format_count, ""


def _is_number(value: Any) -> bool:
    return value is None or (
        isinstance(value, int | float) and not isinstance(value, bool)
    )


FACTS = Table(
    name="facts",
    caption="What there is, in figures.",
    relations=(
        "marts.user_engagement",
        "marts.daily_engagement",
        "marts.load_report",
        "marts.cluster_model",
        "marts.cluster_summary",
    ),
    query="""
        with users as (
            select
                count(*) as user_count,
                sum(session_count)::bigint as session_count,
                sum(duration_ms)::bigint as duration_ms,
                sum(dl_bytes)::bigint as dl_bytes,
                sum(ul_bytes)::bigint as ul_bytes,
                sum(total_bytes)::bigint as total_bytes
            from marts.user_engagement
        ),
        days as (
            select min(session_date) as first_date, max(session_date) as last_date
            from marts.daily_engagement
        ),
        files as (
            select
                count(*) as file_count,
                sum(record_count)::bigint as record_count,
                sum(accepted_count)::bigint as accepted_count,
                sum(rejected_count)::bigint as rejected_count
            from marts.load_report
        ),
        engaged as (
            select
                cluster_name as engaged_name,
                any_value(user_count) as engaged_user_count,
                max(total_value) filter (where metric = 'total_bytes') as engaged_bytes
            from marts.cluster_summary
            group by cluster_id, cluster_name
            order by cluster_id desc
            limit 1
        )
        select *, (select verdict from marts.cluster_model) as verdict
        from users
        cross join days
        cross join files
        left join engaged on true
    """,
)
TABLES = (
    Table(
        name="rejections",
        caption="One row per reason for which records are not counted.",
        relations=("marts.rejected_records", "marts.load_report"),
        query="""
            select
                rejection_reason as reason,
                count(*) as record_count,
                count(*) / (select sum(record_count) from marts.load_report)
                    as record_share
            from marts.rejected_records
            group by rejection_reason
            order by record_count desc, reason
        """,
    ),
    Table(
        name="files",
        caption="One row per source file, the last loaded first.",
        relations=("marts.load_report",),
        query="""
            select
                source_file as file,
                record_count,
                accepted_count,
                rejected_count,
                file_bytes as size_bytes,
                loaded_at
            from marts.load_report
            order by loaded_at desc, source_file
        """,
    ),
    Table(
        name="top_users",
        caption="The most engaged users by each of the three metrics.",
        relations=("marts.top_users", "marts.user_engagement", "marts.user_clusters"),
        query=f"""
            select
                case top.metric
                    when 'session_count' then 'Most sessions'
                    when 'duration_ms' then 'Longest duration'
                    else 'Most traffic'
                end as part,
                top.user_rank as rank,
                top.user_id,
                users.session_count,
                users.duration_ms,
                users.total_bytes,
                users.active_days,
                clusters.cluster_name as cluster
            from marts.top_users as top
            inner join marts.user_engagement as users on top.user_id = users.user_id
            left join marts.user_clusters as clusters on top.user_id = clusters.user_id
            order by {METRIC_RANK}, top.user_rank
        """,
    ),
    Table(
        name="applications",
        caption="One row per application, the one with most traffic first.",
        relations=("marts.application_traffic", "staging.applications"),
        query=f"""
            select
                application_rank as rank,
                display_name as application,
                category,
                user_count,
                dl_bytes,
                ul_bytes,
                total_bytes,
                traffic_share
            from {NAMED_APPLICATIONS}
            order by application_rank
        """,
    ),
    Table(
        name="top_users_per_application",
        caption="The users with most traffic of each application.",
        relations=(
            "marts.top_users_per_application",
            "marts.application_traffic",
            "staging.applications",
        ),
        query=f"""
            select
                names.display_name as part,
                top.user_rank as rank,
                top.user_id,
                top.total_bytes,
                top.total_bytes / names.total_bytes as traffic_share
            from marts.top_users_per_application as top
            inner join {NAMED_APPLICATIONS} as names
                on top.application = names.application
            order by names.application_rank, top.user_rank
        """,
    ),
    Table(
        name="criteria",
        caption="One row per number of clusters k, with each criterion's score.",
        relations=("marts.elbow_curve",),
        query="""
            select
                k,
                inertia,
                silhouette as silhouette_index,
                calinski_harabasz as calinski_harabasz_index,
                davies_bouldin as davies_bouldin_index,
                gap as gap_index,
                suggested_by
            from marts.elbow_curve
            order by k
        """,
    ),
    Table(
        name="model",
        caption="What was fitted.",
        relations=("marts.cluster_model",),
        query="""
            select
                cluster_count as clusters_count,
                user_count,
                fitted_share,
                scaler,
                inertia,
                explained_variance as explained_share,
                fitted_at,
                seed,
                scikit_learn_version as scikit_learn
            from marts.cluster_model
        """,
    ),
    Table(
        name="clusters",
        caption="One row per cluster and metric; the values are not normalised.",
        relations=("marts.cluster_summary",),
        query=f"""
            select
                cluster_name as cluster,
                user_count,
                metric,
                min_value,
                mean_value,
                max_value,
                total_value
            from marts.cluster_summary
            order by cluster_id, {METRIC_RANK}
        """,
    ),
    Table(
        name="cluster_applications",
        caption="One row per cluster and application. Index 100: as everyone.",
        relations=(
            "marts.cluster_applications",
            "marts.application_traffic",
            "staging.applications",
        ),
        query=f"""
            select
                clusters.cluster_name as cluster,
                names.display_name as application,
                clusters.total_bytes,
                clusters.bytes_per_user,
                clusters.traffic_share,
                clusters.traffic_index
            from marts.cluster_applications as clusters
            inner join {NAMED_APPLICATIONS} as names
                on clusters.application = names.application
            order by clusters.cluster_id, names.application_rank
        """,
    ),
    Table(
        name="concentration",
        caption="One row per metric: what the top of all users make of it.",
        relations=("marts.engagement_concentration",),
        query=f"""
            select
                metric,
                total_value,
                top_1_percent_share,
                top_5_percent_share,
                top_10_percent_share,
                top_20_percent_share,
                top_50_percent_share,
                gini_coefficient
            from marts.engagement_concentration
            order by {METRIC_RANK}
        """,
    ),
    Table(
        name="days",
        caption="One row per day, the last first.",
        relations=("marts.daily_engagement",),
        query="""
            select
                session_date as day,
                active_users,
                new_users,
                returning_users,
                session_count,
                duration_ms,
                total_bytes,
                stickiness as dau_mau_share
            from marts.daily_engagement
            order by session_date desc
        """,
    ),
    Table(
        name="retention",
        caption="One row per week in which users were first seen, and week after it.",
        relations=("marts.weekly_retention",),
        query="""
            select
                cohort_week as first_week,
                weeks_later,
                user_count,
                active_users,
                retention_share
            from marts.weekly_retention
            order by cohort_week, weeks_later
        """,
    ),
    Table(
        name="busy_hours",
        caption="The ten busiest hours.",
        relations=("marts.hourly_traffic",),
        query="""
            select
                hour_at,
                sum(total_bytes) as total_bytes,
                sum(total_bytes) * 8 / 3600 / 1e6 as mbit_per_second,
                sum(concurrent_sessions) as concurrent_sessions
            from marts.hourly_traffic
            group by hour_at
            order by total_bytes desc, hour_at
            limit 10
        """,
    ),
    Table(
        name="locations",
        caption="The 100 locations with most traffic.",
        relations=("marts.location_traffic",),
        query="""
            select
                location_rank as rank,
                location,
                user_count,
                highly_engaged_user_count,
                session_count,
                duration_ms,
                total_bytes,
                traffic_share
            from marts.location_traffic
            where location_rank <= 100
            order by location_rank
        """,
    ),
)
