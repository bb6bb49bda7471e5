"""Every mart once more, in plain Python, from the descriptions of its columns.

Nothing here is taken from the project's SQL, macros or Python: the descriptions in
models/**/*.yml and models/_columns.md have to suffice. A mart is a list of rows, and
a row is a dict by column. The clusters are in recomputed_clusters.
"""

from __future__ import annotations

import csv
import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

METRICS = ("session_count", "duration_ms", "total_bytes")
TOTALS = ("session_count", "duration_ms", "dl_bytes", "ul_bytes", "total_bytes")
APPLICATIONS = {
    "social_media": "Social Media",
    "google": "Google",
    "email": "Email",
    "youtube": "Youtube",
    "netflix": "Netflix",
    "gaming": "Gaming",
    "other": "Other",
}
OPTIONAL = {
    "device": "Handset Type",
    "device_maker": "Handset Manufacturer",
    "rtt_dl_ms": "Avg RTT DL (ms)",
    "rtt_ul_ms": "Avg RTT UL (ms)",
    "throughput_dl_kbps": "Avg Bearer TP DL (kbps)",
    "throughput_ul_kbps": "Avg Bearer TP UL (kbps)",
    "retransmitted_dl_bytes": "TCP DL Retrans. Vol (Bytes)",
    "retransmitted_ul_bytes": "TCP UL Retrans. Vol (Bytes)",
}
REASONS = (
    "malformed_line",
    "missing_user_id",
    "malformed_user_id",
    "unreadable_value",
    "missing_value",
    "negative_value",
    "ends_before_start",
    "implausible_time",
    "duplicate_record",
)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
MS = timedelta(milliseconds=1)


def shown(time: datetime, zone: str) -> datetime:
    """Say what the clocks of a zone show at a time in UTC."""
    return time.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


# Records: read as the settings of the reference export say, and judged.


@dataclass(frozen=True)
class Measured:
    """On what device a session was, and what was measured in it; None is missing."""

    device: str | None = None
    maker: str | None = None
    rtt_ms: tuple[float | None, float | None] = (None, None)
    throughput_kbps: float | None = None
    retransmitted: tuple[int | None, int | None] = (None, None)


NOTHING = Measured()


@dataclass(frozen=True)
class Session:
    """An accepted record."""

    user_id: str
    started_at: datetime
    ended_at: datetime
    duration_ms: int
    location: str | None
    dl_bytes: int
    ul_bytes: int
    # (DL, UL) of each application, in the order of APPLICATIONS; None is missing
    applications: tuple[tuple[int | None, int | None], ...]
    zone: str
    # not part of what makes a record a copy of another
    measured: Measured = field(default=NOTHING, compare=False)

    @property
    def day(self) -> date:
        return shown(self.ended_at, self.zone).date()

    @property
    def total_bytes(self) -> int:
        return self.dl_bytes + self.ul_bytes

    def application(self, name: str) -> tuple[int, int]:
        """Give DL and UL bytes with an application; what is missing adds nothing."""
        dl, ul = self.applications[list(APPLICATIONS).index(name)]
        return dl or 0, ul or 0


@dataclass
class Load:
    """What the files of an export hold."""

    sessions: list[Session]
    records: Counter[Path]
    # file, line and reason
    rejected: set[tuple[Path, int, str]]
    # of each file, the sessions that are accepted or copies of others
    loaded: dict[Path, list[Session]]
    mangled: Counter[Path]
    # the optional fields that each file has no column for
    missing: dict[Path, str | None]


class Rejected(Exception):
    """A record does not count; the text is the reason."""


def read_export(files: Iterable[Path], zone: str = "UTC") -> Load:
    """Read files in the order in which they were modified, and judge each record.

    Days are those of the zone.
    """
    load = Load([], Counter(), set(), defaultdict(list), Counter(), {})
    seen: set[Session] = set()
    for file in sorted(files, key=lambda file: (file.stat().st_mtime_ns, str(file))):
        with file.open(encoding="utf-8", newline="") as stream:
            lines = csv.reader(stream)
            header, *numbered = [(line, lines.line_num) for line in lines]
            header = header[0]
        second = {name for name in header if header.count(name) > 1}
        names = [
            f"{name}_1" if name in second and name in header[:i] else name
            for i, name in enumerate(header)
        ]
        missing = [name for name, column in OPTIONAL.items() if column not in names]
        load.missing[file] = ", ".join(missing) or None
        for line, number in numbered:
            load.records[file] += 1
            try:
                if len(line) != len(names):
                    raise Rejected("malformed_line")
                fields = dict(zip(names, line, strict=True))
                load.mangled[file] += is_mangled(fields["Last Location Name"])
                session = judge(fields, zone)
                load.loaded[file].append(session)
                if session in seen:
                    raise Rejected("duplicate_record")
            except Rejected as reason:
                load.rejected.add((file, number, str(reason)))
            else:
                seen.add(session)
                load.sessions.append(session)
    return load


def judge(record: dict[str, str], zone: str) -> Session:
    """Read the fields of a record; raise the first reason to reject it."""
    user_id = record["MSISDN/Number"].strip()
    if not user_id:
        raise Rejected("missing_user_id")
    if written := re.fullmatch(r"\+?(?:00)?([0-9]+)(\.0+)?", user_id):
        user_id = written[1]
    if not re.fullmatch("[0-9]{5,15}", user_id):
        raise Rejected("malformed_user_id")

    start, end = moment(record["Start"]), moment(record["End"])
    start_ms, end_ms = milliseconds(record["Start ms"]), milliseconds(record["End ms"])
    seconds = number(record["Dur. (ms)"])
    duration = None if seconds is None else half_up(seconds * 1000)
    dl, ul = volume(record["Total DL (Bytes)"]), volume(record["Total UL (Bytes)"])
    applications = tuple(
        (volume(record[f"{name} DL (Bytes)"]), volume(record[f"{name} UL (Bytes)"]))
        for name in APPLICATIONS.values()
    )
    measured = measured_in(record)
    if start is None or end is None or duration is None or dl is None or ul is None:
        raise Rejected("missing_value")
    amounts = [duration, dl, ul, *(v for pair in applications for v in pair)]
    if any(value < 0 for value in amounts if value is not None):
        raise Rejected("negative_value")
    if end < start:
        raise Rejected("ends_before_start")
    start, end = start + start_ms * MS, end + end_ms * MS
    now = datetime.now(UTC).replace(tzinfo=None)
    if end - start > 31 * DAY or end > now + DAY:
        raise Rejected("implausible_time")
    return Session(
        user_id,
        start,
        end,
        duration,
        record["Last Location Name"].strip() or None,
        dl,
        ul,
        applications,
        zone,
        measured,
    )


def measured_in(record: dict[str, str]) -> Measured:
    """Read what a file may lack; what is negative cannot be read."""

    def text(name: str) -> str | None:
        return record.get(name, "").strip() or None

    def amount(name: str) -> Decimal | None:
        value = number(record.get(name, ""))
        if value is not None and value < 0:
            raise Rejected("unreadable_value")
        return value

    def both(name: str) -> list[Decimal | None]:
        return [amount(name.format(way)) for way in ("DL", "UL")]

    rtt, speed = both("Avg RTT {} (ms)"), both("Avg Bearer TP {} (kbps)")
    again = both("TCP {} Retrans. Vol (Bytes)")
    return Measured(
        text("Handset Type"),
        text("Handset Manufacturer"),
        tuple(None if value is None else float(value) for value in rtt),
        None if speed[0] is None else float(speed[0]),
        tuple(None if value is None else int(value) for value in again),
    )


def is_mangled(text: str) -> bool:
    """Tell whether a text is a number that a spreadsheet has shortened."""
    return bool(re.fullmatch(r"[0-9]([.,][0-9]+)?E\+[0-9]+", text.strip()))


def number(text: str) -> Decimal | None:
    """Read a number of bytes or seconds; 10^15 of them are too many to be true."""
    if not text.strip():
        return None
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise Rejected("unreadable_value") from None
    if not value.is_finite() or abs(value) > 10**15:
        raise Rejected("unreadable_value")
    return value


def half_up(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))


def volume(text: str) -> int | None:
    """Read bytes, which are whole."""
    value = number(text)
    if value is not None and value != half_up(value):
        raise Rejected("unreadable_value")
    return None if value is None else int(value)


def milliseconds(text: str) -> int:
    """Read the milliseconds of a second, 0 if there are none."""
    value = volume(text) or 0
    if not 0 <= value <= 999:
        raise Rejected("unreadable_value")
    return value


def moment(text: str) -> datetime | None:
    """Read a time in the format of the reference export, or ISO 8601."""
    if not text.strip():
        return None
    for read in (
        lambda text: datetime.strptime(text, "%m/%d/%Y %H:%M"),
        datetime.fromisoformat,
    ):
        try:
            value = read(text.strip())
        except ValueError:
            continue
        if 1990 <= value.year <= 2099:
            return value
    raise Rejected("unreadable_value")


# marts/quality


def load_report(load: Load) -> list[Row]:
    rows = []
    for file, records in load.records.items():
        rejected = Counter(reason for name, _, reason in load.rejected if name == file)
        counts = {reason: rejected[reason] for reason in REASONS}
        stat = file.stat()
        modified_at = datetime.fromtimestamp(0, UTC) + timedelta(
            microseconds=stat.st_mtime_ns // 1000
        )
        sessions = load.loaded[file]
        moments = {(s.user_id, s.started_at, s.ended_at) for s in sessions}
        rows.append(
            {
                "source_file": str(file),
                "file_bytes": stat.st_size,
                "modified_at": modified_at.replace(tzinfo=None),
                "record_count": records,
                "accepted_count": records - sum(counts.values()),
                "rejected_count": sum(counts.values()),
                **{f"{reason}_count": count for reason, count in counts.items()},
                "records_per_session": (
                    len(sessions) / len(moments) if sessions else None
                ),
                "mangled_text_count": load.mangled[file],
                "missing_fields": load.missing[file],
                "passed_over_because": None,
            }
        )
    return rows


def rejected_records(load: Load) -> set[tuple[str, int, str]]:
    """List rejected records by file, line and reason."""
    return {(str(file), line, reason) for file, line, reason in load.rejected}


# The period


def days_from(first: date, last: date) -> int:
    """Count days, both included; 0 if the last is before the first."""
    return max(0, (last - first).days + 1)


def engagement_period(sessions: list[Session], engagement_days: int | None) -> Row:
    first = min(session.day for session in sessions)
    ends_on = max(session.day for session in sessions)
    if engagement_days is None:
        day_count = days_from(first, ends_on)
        return {
            "starts_on": first,
            "ends_on": ends_on,
            "day_count": day_count,
            "covered_days": day_count,
            "previous_starts_on": None,
            "previous_ends_on": None,
            "previous_covered_days": 0,
            "is_compared": False,
            "report_timezone": sessions[0].zone,
        }
    starts_on = ends_on - (engagement_days - 1) * DAY
    previous_starts_on = starts_on - engagement_days * DAY
    previous_ends_on = starts_on - DAY
    covered_days = days_from(max(first, starts_on), ends_on)
    previous = days_from(max(first, previous_starts_on), previous_ends_on)
    return {
        "starts_on": starts_on,
        "ends_on": ends_on,
        "day_count": engagement_days,
        "covered_days": covered_days,
        "previous_starts_on": previous_starts_on,
        "previous_ends_on": previous_ends_on,
        "previous_covered_days": previous,
        "is_compared": previous > 0 and previous >= covered_days - 1,
        "report_timezone": sessions[0].zone,
    }


def sessions_now(sessions: list[Session], period: Row) -> list[Session]:
    return [s for s in sessions if period["starts_on"] <= s.day <= period["ends_on"]]


def sessions_before(sessions: list[Session], period: Row) -> list[Session]:
    """Sessions of the period before, whether it is covered or not."""
    if period["previous_starts_on"] is None:
        return []
    return [
        s
        for s in sessions
        if period["previous_starts_on"] <= s.day <= period["previous_ends_on"]
    ]


# Sums


def totals(sessions: Iterable[Session]) -> Row:
    """Sum sessions up."""
    sessions = list(sessions)
    return {
        "session_count": len(sessions),
        "duration_ms": sum(s.duration_ms for s in sessions),
        "dl_bytes": sum(s.dl_bytes for s in sessions),
        "ul_bytes": sum(s.ul_bytes for s in sessions),
        "total_bytes": sum(s.total_bytes for s in sessions),
    }


def application_totals(sessions: Iterable[Session], application: str) -> Row:
    """Sum the traffic of sessions with one application up."""
    pairs = [s.application(application) for s in sessions]
    dl, ul = sum(dl for dl, _ in pairs), sum(ul for _, ul in pairs)
    return {"dl_bytes": dl, "ul_bytes": ul, "total_bytes": dl + ul}


def by_user(sessions: Iterable[Session]) -> dict[str, list[Session]]:
    users: dict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        users[session.user_id].append(session)
    return dict(users)


def share(part: float, whole: float) -> float:
    """Divide; a share of nothing is 0."""
    return part / whole if whole else 0.0


def ratio(part: float, whole: float | None) -> float | None:
    """Divide; null if there is nothing to divide by."""
    return part / whole if whole else None


def ranked(rows: list[Row], rank: str, value: str, key: str) -> list[Row]:
    """Number rows from the largest value down; of equals, the smaller key first."""
    rows = sorted(rows, key=lambda row: (-row[value], row[key]))
    return [row | {rank: i} for i, row in enumerate(rows, 1)]


# marts/engagement


def engagement_changes(sessions: list[Session], period: Row) -> list[Row]:
    now, before = sessions_now(sessions, period), sessions_before(sessions, period)

    def measures(part: list[Session]) -> dict[tuple[str, str | None], int]:
        sums = totals(part)
        return {
            ("user_count", None): len(by_user(part)),
            **{(name, None): sums[name] for name in METRICS},
            **{
                (f"{name}_bytes", name): application_totals(part, name)["total_bytes"]
                for name in APPLICATIONS
            },
        }

    compared = period["is_compared"]
    previous = measures(before)
    rows = []
    for (measure, application), value in measures(now).items():
        old = previous[measure, application] if compared else None
        change = None if old is None else value - old
        rows.append(
            {
                "measure": measure,
                "application": application,
                "value": value,
                "previous_value": old,
                "change": change,
                "change_share": None if change is None else ratio(change, old),
            }
        )
    moves = {
        "new_users": by_user(now).keys() - by_user(before).keys(),
        "gone_users": by_user(before).keys() - by_user(now).keys(),
    }
    for measure, users in moves.items():
        rows.append(
            {
                "measure": measure,
                "application": None,
                "value": len(users) if compared else None,
                "previous_value": None,
                "change": None,
                "change_share": None,
            }
        )
    return rows


class Positions:
    """Where a value stands among the values of all users."""

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = sorted(values)

    def fraction(self, value: object) -> Fraction:
        """Users below, and half of those equal, per user."""
        below = bisect_left(self.values, value)
        equal = bisect_right(self.values, value) - below
        return Fraction(2 * below + equal, 2 * len(self.values))

    def percentile(self, value: object) -> Fraction:
        return 100 * self.fraction(value)

    def quintile(self, value: object) -> int:
        return math.ceil(5 * self.fraction(value))


def user_engagement(now: list[Session], period: Row) -> list[Row]:
    """One row per user, from the sessions of the period."""
    users = []
    last_days = {}
    for user_id, sessions in by_user(now).items():
        sums = totals(sessions)
        last = max(sessions, key=lambda s: s.ended_at)
        last_days[user_id] = last.day
        active_days = len({s.day for s in sessions})
        traffic = {
            name: application_totals(sessions, name)["total_bytes"]
            for name in APPLICATIONS
        }
        names = sorted(traffic, key=lambda name: (-traffic[name], name))
        dominant = next((name for name in names if traffic[name]), None)
        users.append(
            {
                "user_id": user_id,
                **sums,
                "active_days": active_days,
                "first_session_at": min(s.started_at for s in sessions),
                "last_session_at": last.ended_at,
                "mean_session_ms": sums["duration_ms"] / len(sessions),
                "sessions_per_active_day": len(sessions) / active_days,
                "days_since_last_session": (period["ends_on"] - last.day).days,
                "dl_share": ratio(sums["dl_bytes"], sums["total_bytes"]),
                "dominant_application": dominant,
                "dominant_application_share": ratio(
                    traffic.get(dominant, 0), sum(traffic.values())
                ),
            }
        )
    positions = {name: Positions(user[name] for user in users) for name in METRICS}
    days = Positions(last_days.values())
    for user in users:
        user["engagement_score"] = float(
            sum(positions[name].percentile(user[name]) for name in METRICS) / 3
        )
        user["recency_quintile"] = days.quintile(last_days[user["user_id"]])
        for name, metric in zip(
            ("frequency_quintile", "duration_quintile", "volume_quintile"),
            METRICS,
            strict=True,
        ):
            user[name] = positions[metric].quintile(user[metric])
    return users


def engagement_metrics() -> list[Row]:
    labels = ("sessions", "duration", "traffic")
    units = ("count", "ms", "bytes")
    return [
        {"metric": metric, "metric_rank": i, "label": label, "unit": unit}
        for i, (metric, label, unit) in enumerate(
            zip(METRICS, labels, units, strict=True), 1
        )
    ]


def top_users(users: list[Row], top_n: int) -> list[Row]:
    rows = []
    for metric in METRICS:
        values = [{"user_id": u["user_id"], "value": u[metric]} for u in users]
        for row in ranked(values, "user_rank", "value", "user_id")[:top_n]:
            rows.append({"metric": metric} | row)
    return rows


class Lorenz:
    """The values of all users, from the least engaged up."""

    def __init__(self, values: Iterable[int]) -> None:
        self.values = sorted(values)
        self.total = sum(self.values)
        self.up_to = [0, *accumulate(self.values)]

    def share(self, percent: int) -> Fraction:
        """Share of the lowest percent of the users in the total."""
        if not self.total:
            return Fraction(percent, 100)
        users = Fraction(percent * len(self.values), 100)
        whole = math.floor(users)
        value = Fraction(self.up_to[whole])
        if users > whole:
            value += (users - whole) * self.values[whole]
        return value / self.total

    def gini(self) -> float:
        """Half the mean difference of two users, per mean value."""
        n = len(self.values)
        if not self.total:
            return 0.0
        ranks = sum((2 * i - n - 1) * x for i, x in enumerate(self.values, 1))
        return ranks / (n * self.total)


def engagement_concentration(users: list[Row]) -> list[Row]:
    rows = []
    for metric in METRICS:
        lorenz = Lorenz(user[metric] for user in users)
        tops = {
            f"top_{percent}_percent_share": float(1 - lorenz.share(100 - percent))
            for percent in (1, 5, 10, 20, 50)
        }
        rows.append(
            {
                "metric": metric,
                "user_count": len(users),
                "total_value": lorenz.total,
                **tops,
                "gini_coefficient": lorenz.gini(),
            }
        )
    return rows


def lorenz_curve(users: list[Row]) -> list[Row]:
    rows = []
    for metric in METRICS:
        lorenz = Lorenz(user[metric] for user in users)
        for percent in range(101):
            value_share = float(lorenz.share(percent))
            rows.append(
                {
                    "metric": metric,
                    "user_share": percent / 100,
                    "value_share": value_share,
                }
            )
    return rows


def daily_engagement(sessions: list[Session]) -> list[Row]:
    """All days, whatever the period."""
    days: dict[date, list[Session]] = defaultdict(list)
    for session in sessions:
        days[session.day].append(session)
    active = {day: {s.user_id for s in part} for day, part in days.items()}
    first, last = min(days), max(days)
    rows = []
    seen: set[str] = set()

    def trailing(day: date, count: int) -> int | None:
        if (day - first).days < count - 1:
            return None
        return len(set().union(*(active.get(day - i * DAY, ()) for i in range(count))))

    for offset in range((last - first).days + 1):
        day = first + offset * DAY
        users = active.get(day, set())
        month = trailing(day, 30)
        rows.append(
            {
                "session_date": day,
                "active_users": len(users),
                "new_users": len(users - seen),
                "returning_users": len(users & seen),
                **totals(days.get(day, [])),
                "active_users_7d": trailing(day, 7),
                "active_users_30d": month,
                "stickiness": ratio(len(users), month),
            }
        )
        seen |= users
    return rows


def monday(day: date) -> date:
    return day - day.weekday() * DAY


def weekly_retention(sessions: list[Session]) -> list[Row]:
    """All weeks, whatever the period."""
    weeks: dict[date, set[str]] = defaultdict(set)
    for session in sessions:
        weeks[monday(session.day)].add(session.user_id)
    newest_day = max(session.day for session in sessions)
    rows = []
    seen: set[str] = set()
    for cohort_week in sorted(weeks):
        cohort = weeks[cohort_week] - seen
        seen |= cohort
        if not cohort:
            continue
        for later in range((monday(newest_day) - cohort_week).days // 7 + 1):
            week = cohort_week + 7 * later * DAY
            active = len(cohort & weeks.get(week, set()))
            rows.append(
                {
                    "cohort_week": cohort_week,
                    "weeks_later": later,
                    "user_count": len(cohort),
                    "active_users": active,
                    "retention_share": active / len(cohort),
                    "is_complete": newest_day >= week + 6 * DAY,
                }
            )
    return rows


def hours_between(first: datetime, last: datetime, zone: str) -> list[datetime]:
    """List when the hours began, in UTC, that hold these times and those between.

    Clocks are ahead of UTC by quarters of an hour, so nothing begins between them.
    """
    quarter = (first - HOUR).replace(minute=0, second=0, microsecond=0)
    ahead = shown(quarter, zone) - quarter
    hours = []
    while quarter <= last:
        before, ahead = ahead, shown(quarter, zone) - quarter
        if not (quarter + ahead).minute or (ahead - before) % HOUR:
            hours.append(quarter)
        quarter += QUARTER
    return hours[bisect_right(hours, first) - 1 :]


def hourly_traffic(now: list[Session], clusters: dict[str, int]) -> list[Row]:
    """Spread the sessions of the period over their hours, by cluster of the user.

    Columns cluster_name and hour_rank are left to the caller. The column `running`
    says how many sessions touch the hour.
    """
    volume: dict[tuple[datetime, int], list[float]] = defaultdict(list)
    running: dict[tuple[datetime, int], list[int]] = defaultdict(list)
    zone = now[0].zone
    last = max(max(s.started_at, s.ended_at) for s in now)
    hours = hours_between(min(s.started_at for s in now), last, zone)
    following = hours_between(last, last + HOUR, zone)[1]
    ends = dict(zip(hours, [*hours[1:], following], strict=True))
    for session in now:
        cluster = clusters[session.user_id]
        length = (session.ended_at - session.started_at) // MS
        place = bisect_right(hours, session.started_at) - 1
        if length <= 0:
            volume[hours[place], cluster].append(session.total_bytes)
            continue
        for hour in hours[place:]:
            if hour >= session.ended_at:
                break
            start = max(hour, session.started_at)
            part = (min(ends[hour], session.ended_at) - start) // MS
            volume[hour, cluster].append(session.total_bytes * part / length)
            running[hour, cluster].append(part)
    return [
        {
            "hour_started_at": hour,
            "hour_at": shown(hour, zone),
            "cluster_id": cluster,
            "total_bytes": math.fsum(volume[hour, cluster]),
            "concurrent_sessions": sum(running[hour, cluster])
            / ((ends[hour] - hour) // MS),
            "running": len(running[hour, cluster]),
        }
        for hour in hours
        for cluster in sorted(set(clusters.values()))
    ]


def location_traffic(now: list[Session], highly_engaged: set[str]) -> list[Row]:
    locations: dict[str, list[Session]] = defaultdict(list)
    for session in now:
        locations[session.location or "(missing)"].append(session)
    all_bytes = sum(s.total_bytes for s in now)
    rows = []
    for location, sessions in locations.items():
        users = {s.user_id for s in sessions}
        sums = totals(sessions)
        rows.append(
            {
                "location": location,
                "user_count": len(users),
                "highly_engaged_user_count": len(users & highly_engaged),
                **sums,
                "traffic_share": share(sums["total_bytes"], all_bytes),
            }
        )
    return ranked(rows, "location_rank", "total_bytes", "location")


# marts/applications


def user_application_traffic(now: list[Session]) -> list[Row]:
    return [
        {"user_id": user_id, "application": name} | application_totals(sessions, name)
        for user_id, sessions in by_user(now).items()
        for name in APPLICATIONS
    ]


def application_traffic(user_applications: list[Row]) -> list[Row]:
    all_bytes = sum(row["total_bytes"] for row in user_applications)
    rows = []
    for name in APPLICATIONS:
        users = [row for row in user_applications if row["application"] == name]
        total = sum(row["total_bytes"] for row in users)
        rows.append(
            {
                "application": name,
                "user_count": sum(row["total_bytes"] > 0 for row in users),
                "dl_bytes": sum(row["dl_bytes"] for row in users),
                "ul_bytes": sum(row["ul_bytes"] for row in users),
                "total_bytes": total,
                "traffic_share": share(total, all_bytes),
            }
        )
    return ranked(rows, "application_rank", "total_bytes", "application")


def top_applications(applications: list[Row], count: int) -> list[Row]:
    return [row for row in applications if row["application_rank"] <= count]


def top_users_per_application(user_applications: list[Row], top_n: int) -> list[Row]:
    rows = []
    for name in APPLICATIONS:
        users = [
            {"user_id": row["user_id"], "total_bytes": row["total_bytes"]}
            for row in user_applications
            if row["application"] == name and row["total_bytes"] > 0
        ]
        for row in ranked(users, "user_rank", "total_bytes", "user_id")[:top_n]:
            rows.append({"application": name} | row)
    return rows


# published


def published_location_traffic(locations: list[Row], min_group_size: int) -> list[Row]:
    """Leave small locations out, and if there are any, the next larger one."""
    small = [row for row in locations if row["user_count"] < min_group_size]
    large = [row for row in locations if row["user_count"] >= min_group_size]
    large.sort(key=lambda row: (row["user_count"], row["location"]))
    return [
        rounded_down(
            *(row, min_group_size, "user_count", "highly_engaged_user_count"),
            "session_count",
        )
        for row in (large[1:] if small else large)
    ]


def published_weekly_retention(retention: list[Row], min_group_size: int) -> list[Row]:
    rows = []
    for row in retention:
        if row["user_count"] < min_group_size:
            continue
        row = rounded_down(row, min_group_size, "user_count", "active_users")
        share = None if row["is_withheld"] else row["active_users"] / row["user_count"]
        rows.append(row | {"retention_share": share})
    return rows


def published_daily_engagement(days: list[Row], min_group_size: int) -> list[Row]:
    rows = []
    for row in days:
        few = 0 < row["active_users"] < min_group_size
        sums = ("duration_ms", "dl_bytes", "ul_bytes", "total_bytes")
        shown_row = rounded_down(
            *(row, min_group_size, "active_users", "new_users", "returning_users"),
            *("session_count", "active_users_7d", "active_users_30d"),
        )
        active, month = shown_row["active_users"], shown_row["active_users_30d"]
        told = None not in (row["stickiness"], active, month) and month > 0
        rows.append(
            shown_row
            | (dict.fromkeys(sums) if few else {})
            | {"stickiness": active / month if told else None}
        )
    return rows


def rounded_down(row: Row, least: int, *counts: str) -> Row:
    """Round counts down to multiples, and withhold those that are fewer, but some."""
    few = [name for name in counts if 0 < (row[name] or 0) < least]
    whole = {name: row[name] // least * least for name in counts if row[name]}
    return row | whole | dict.fromkeys(few) | {"is_withheld": bool(few)}
