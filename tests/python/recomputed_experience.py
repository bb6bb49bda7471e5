"""The marts of experience once more, in plain Python, from their descriptions."""

from __future__ import annotations

import csv
import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from recomputed import (
    HOUR,
    METRICS,
    MS,
    Row,
    Session,
    by_user,
    hours_between,
    ranked,
    ratio,
    share,
    shown,
    totals,
)

LEAST = 10
DEVICES = Path(__file__).parents[2] / "seeds" / "devices.csv"


def like(text: str, pattern: str) -> bool:
    """Match as SQL does: % is any text, _ any character."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(like(text[i:], pattern[1:]) for i in range(len(text) + 1))
    return bool(text) and pattern[0] in ("_", text[0]) and like(text[1:], pattern[1:])


def device_of(session: Session) -> str:
    return session.measured.device or "(missing)"


def device_classes(now: list[Session]) -> dict[str, tuple[str | None, str]]:
    """Maker and class of each device."""
    with DEVICES.open(encoding="utf-8") as stream:
        patterns = sorted(
            ((row["pattern"], row["class"]) for row in csv.DictReader(stream)),
            key=lambda one: (-len(one[0]), one[0]),
        )
    makers: dict[str, Counter[str]] = defaultdict(Counter)
    for sessions in by_user(now).values():
        for device, held in grouped(sessions, device_of).items():
            named = sorted(s.measured.maker for s in held if s.measured.maker)
            makers[device][named[0] if named else ""] += len(held)
    classes = {}
    for device, counts in makers.items():
        maker = min(counts, key=lambda one: (-counts[one], one == "", one))
        name = f"{maker} {device}".strip().lower()
        kind = next((k for p, k in patterns if like(name, p.lower())), "unknown")
        classes[device] = (maker or None, kind)
    return classes


def grouped(
    sessions: Iterable[Session], key: Callable[[Session], str]
) -> dict[str, list[Session]]:
    groups: dict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        groups[key(session)].append(session)
    return groups


def main_devices(now: list[Session]) -> dict[str, tuple[str, str]]:
    """Device and class of each user."""
    classes, found = device_classes(now), {}
    for user, sessions in by_user(now).items():
        traffic = {
            device: sum(s.total_bytes for s in held)
            for device, held in grouped(sessions, device_of).items()
        }
        named = [d for d in traffic if d != "(missing)"] or ["(missing)"]
        best = min(named, key=lambda device: (-traffic[device], device))
        found[user] = best, classes[best][1]
    return found


def device_usage(now: list[Session], engaged: set[str]) -> list[Row]:
    classes, rows = device_classes(now), []
    for device, sessions in grouped(now, device_of).items():
        users = {s.user_id for s in sessions}
        sums = totals(sessions)
        rows.append(
            {
                "device": device,
                "device_maker": classes[device][0],
                "device_class": classes[device][1],
                "user_count": len(users),
                "highly_engaged_user_count": len(users & engaged),
                **{n: sums[n] for n in ("session_count", "duration_ms", "total_bytes")},
                "traffic_share": share(
                    sums["total_bytes"], sum(s.total_bytes for s in now)
                ),
            }
        )
    return ranked(rows, "device_rank", "total_bytes", "device")


FIXED = {"router", "modem", "iot"}


def without_fixed_devices(users: list[Row]) -> list[Row]:
    return [user for user in users if user["device_class"] not in FIXED]


def cluster_device_classes(users: list[Row], clusters: dict[str, Row]) -> list[Row]:
    """Of users with their devices, and the cluster of each."""
    sizes = Counter(clusters[u["user_id"]]["cluster_id"] for u in users)
    held: dict[tuple[int, str, str], list[Row]] = defaultdict(list)
    for user in users:
        cluster = clusters[user["user_id"]]
        key = cluster["cluster_id"], cluster["cluster_name"], user["device_class"]
        held[key].append(user)
    return [
        {
            "cluster_id": number,
            "cluster_name": name,
            "device_class": kind,
            "user_count": len(members),
            **{m: sum(u[m] for u in members) for m in METRICS},
            "is_fixed": kind in FIXED,
            "user_share": len(members) / sizes[number],
        }
        for (number, name, kind), members in sorted(held.items())
    ]


# What was measured in a session


def rtt_of(session: Session) -> float | None:
    known = [ms for ms in session.measured.rtt_ms if ms is not None]
    return sum(known) if known else None


def retransmission_of(session: Session) -> tuple[int, int] | None:
    """Bytes sent again, and all bytes in the directions in which they were counted."""
    ways = zip(
        session.measured.retransmitted,
        (session.dl_bytes, session.ul_bytes),
        strict=True,
    )
    known = [(again, sent) for again, sent in ways if again is not None]
    again, sent = sum(a for a, _ in known), sum(s for _, s in known)
    return (again, sent) if sent else None


def is_measured(session: Session) -> bool:
    found = (rtt_of(session), session.measured.throughput_kbps)
    return any(x is not None for x in (*found, retransmission_of(session)))


def is_poor(session: Session) -> bool:
    rtt, speed = rtt_of(session), session.measured.throughput_kbps
    again = retransmission_of(session)
    return (
        (rtt is not None and rtt > 300)
        or (speed is not None and speed < 250)
        or (again is not None and again[0] / again[1] > 0.05)
    )


def wilson(count: int, total: int) -> tuple[float | None, float | None, float | None]:
    if total < LEAST:
        return None, None, None
    p, z = count / total, 1.96
    middle = p + z * z / (2 * total)
    half = z * math.sqrt((p * (1 - p) + z * z / (4 * total)) / total)
    wide = 1 + z * z / total
    low, high = (middle - half) / wide, (middle + half) / wide
    return p, max(0.0, min(low, p)), min(1.0, max(high, p))


def experience(sessions: list[Session]) -> Row:
    measured = [s for s in sessions if is_measured(s)]
    rtts = [ms for s in sessions if (ms := rtt_of(s)) is not None]
    speeds = [
        kbps for s in sessions if (kbps := s.measured.throughput_kbps) is not None
    ]
    again = [pair for s in sessions if (pair := retransmission_of(s))]
    poor = wilson(sum(map(is_poor, measured)), len(measured))
    return {
        "session_count": len(sessions),
        "measured_count": len(measured),
        "measured_share": len(measured) / len(sessions),
        "rtt_ms": median(rtts) if len(rtts) >= LEAST else None,
        "throughput_kbps": median(speeds) if len(speeds) >= LEAST else None,
        "retransmission_share": sum(a for a, _ in again) / sum(s for _, s in again)
        if len(again) >= LEAST
        else None,
        **dict(
            zip(("poor_share", "poor_share_low", "poor_share_high"), poor, strict=True)
        ),
    }


def experience_by(
    name: str, key: Callable[[Session], str], now: list[Session]
) -> list[Row]:
    return [
        {name: group} | experience(held) for group, held in grouped(now, key).items()
    ]


def location_of(session: Session) -> str:
    return session.location or "(missing)"


def class_of(poor_share: float | None) -> str:
    if poor_share is None:
        return "unmeasured"
    return "good" if poor_share < 0.1 else "fair" if poor_share < 0.3 else "poor"


def user_experience(now: list[Session]) -> list[Row]:
    rows = experience_by("user_id", lambda s: s.user_id, now)
    return [row | {"experience_class": class_of(row["poor_share"])} for row in rows]


def engagement_experience(now: list[Session], members: list[Row]) -> list[Row]:
    class_by_user = {r["user_id"]: r["experience_class"] for r in user_experience(now)}
    clusters = {row["cluster_id"]: row["cluster_name"] for row in members}
    rows = []
    for cluster, name in clusters.items():
        users = [row for row in members if row["cluster_id"] == cluster]
        for one in ("good", "fair", "poor", "unmeasured"):
            held = [row for row in users if class_by_user[row["user_id"]] == one]
            rows.append(
                {
                    "cluster_id": cluster,
                    "cluster_name": name,
                    "experience_class": one,
                    "user_count": len(held),
                    "total_bytes": sum(row["total_bytes"] for row in held),
                    "user_share": len(held) / len(users),
                }
            )
    return rows


# Places and hours


def location_hours(
    now: list[Session], engaged: set[str], ends_on: date, covered_days: int
) -> list[Row]:
    zone = now[0].zone
    last = max(max(s.started_at, s.ended_at) for s in now)
    hours = hours_between(min(s.started_at for s in now), last, zone)
    after = hours_between(last, last + HOUR, zone)[1]
    length = {h: (e - h) // MS for h, e in zip(hours, [*hours[1:], after], strict=True)}
    first_day = ends_on - timedelta(days=covered_days - 1)

    def week_hour(hour) -> int:
        local = shown(hour, zone)
        return local.weekday() * 24 + local.hour

    covered = {h for h in hours if first_day <= shown(h, zone).date() <= ends_on}
    covered_ms: Counter[int] = Counter()
    for hour in covered:
        covered_ms[week_hour(hour)] += length[hour]
    traffic: dict[tuple, float] = defaultdict(float)
    theirs: dict[tuple, float] = defaultdict(float)
    running: Counter[tuple] = Counter()
    for s in now:
        end = max(s.started_at, s.ended_at)
        whole = (end - s.started_at) // MS
        for hour in hours[bisect_right(hours, s.started_at) - 1 :]:
            if hour > end:
                break
            stop = min(hour + length[hour] * MS, end)
            part = (stop - max(hour, s.started_at)) // MS
            bytes_here = s.total_bytes * part / whole if whole else s.total_bytes
            key = location_of(s), hour
            traffic[key] += bytes_here
            running[key] += s.total_bytes > 0
            if s.user_id in engaged:
                theirs[key] += bytes_here
    first = {}
    for hour in hours:
        first.setdefault((shown(hour, zone).date(), week_hour(hour)), hour)
    weeks: dict[tuple, list] = defaultdict(list)
    for place, hour in traffic:
        weeks[place, week_hour(hour)].append(hour)
    rows = []
    for (place, number), held in weeks.items():
        counted = [hour for hour in held if hour in covered]
        known = covered_ms[number] > 0
        total = math.fsum(traffic[place, hour] for hour in held)
        mean = math.fsum(traffic[place, h] for h in counted) / (covered_ms[number] or 1)
        peak = max((traffic[place, h] / length[h] for h in counted), default=0)
        rows.append(
            {
                "location": place,
                "hour_of_week": number,
                "session_count": sum(
                    running[place, hour] for hour in held if hour in first.values()
                ),
                "total_bytes": total,
                "mean_mbit_per_second": mean / 125 if known else None,
                "peak_mbit_per_second": peak / 125 if known else None,
                "highly_engaged_bytes": math.fsum(theirs[place, h] for h in held),
            }
        )
    return [row for row in rows if row["total_bytes"] > 0]


def evidence(count: int, total: int, expected: float) -> float:
    if not total or count <= expected or expected <= 0:
        return 0.0
    p, q = count / total, expected / total
    rest = (total - count) * math.log((1 - p) / (1 - q)) if count < total else 0
    return count * math.log(p / q) + rest


def location_priorities(now: list[Session], locations: list[Row]) -> list[Row]:
    """Columns of the busy hour are left to the caller."""
    measured = [s for s in now if is_measured(s)]
    by_hour = Counter(shown(s.ended_at, s.zone).hour for s in measured)
    busiest = sorted(by_hour, key=lambda hour: (-by_hour[hour], hour))[:6]

    def is_busy(session: Session) -> bool:
        return shown(session.ended_at, session.zone).hour in busiest

    rate, of_device = {}, {}
    for busy in (True, False):
        held = [s for s in measured if is_busy(s) is busy]
        rate[busy] = sum(map(is_poor, held)) / len(held) if held else 0.0
        for device, own in grouped(held, device_of).items():
            poor = sum(map(is_poor, own)) + 10 * rate[busy]
            of_device[device, busy] = poor / (len(own) + 10)
    by_place = grouped(measured, location_of)
    tested = sum(len(held) >= 30 for held in by_place.values())
    needed = math.log(3 * max(tested, 1) / 0.05)
    rows = []
    for place in locations:
        name = place["location"]
        if name == "(missing)":
            continue
        held = by_place.get(name, [])
        parts = {b: [s for s in held if is_busy(s) is b] for b in (True, False)}
        count = {b: len(parts[b]) for b in parts}
        poor = {b: sum(map(is_poor, parts[b])) for b in parts}
        expected = {
            b: math.fsum(of_device[device_of(s), b] for s in parts[b]) for b in parts
        }
        excess = {b: (poor[b] - expected[b]) / (count[b] or 1) for b in parts}
        in_all = math.fsum(count[b] * rate[b] for b in parts)
        traffic = Counter()
        for s in now:
            if location_of(s) == name:
                traffic[s.user_id] += s.total_bytes
        top = ratio(max(traffic.values()), sum(traffic.values()))
        total, poor_count = len(held), sum(poor.values())
        sure = max(
            evidence(poor_count, total, sum(expected.values())),
            evidence(poor[True], count[True], expected[True]),
        )
        sure_in_all = evidence(poor_count, total, in_all)
        if total < 30 or min(count.values()) < 5:
            verdict = "too_few"
        elif top is not None and top > 0.5:
            verdict = "single_user"
        elif sure >= needed:
            verdict = "capacity" if excess[False] < excess[True] / 3 else "radio"
        else:
            verdict = "device" if sure_in_all >= needed else "none"
        shares = wilson(poor_count, total)
        rows.append(
            {
                "location": name,
                "verdict": verdict,
                "user_count": place["user_count"],
                "highly_engaged_user_count": place["highly_engaged_user_count"],
                "total_bytes": place["total_bytes"],
                "top_user_share": top,
                "measured_count": total,
                "poor_share": shares[0],
                "poor_share_low": shares[1],
                "poor_share_high": shares[2],
                "busy_measured_count": count[True],
                "busy_poor_share": ratio(poor[True], count[True]),
                "quiet_measured_count": count[False],
                "quiet_poor_share": ratio(poor[False], count[False]),
                "expected_poor_share": ratio(sum(expected.values()), total),
                "evidence": sure if held else None,
                "evidence_in_all": sure_in_all if held else None,
                "evidence_needed": needed,
                "poor": poor_count,
            }
        )
    order = {"capacity": 1, "radio": 1, "device": 2, "single_user": 2, "none": 3}
    rows.sort(
        key=lambda r: (
            order.get(r["verdict"], 4),
            -r["highly_engaged_user_count"],
            -r["poor"],
            -r["total_bytes"],
            r["location"],
        )
    )
    for rank, row in enumerate(rows, 1):
        row["priority_rank"] = rank
        del row["poor"]
    return rows


def allocation_curve(now: list[Session], engaged: set[str]) -> list[Row]:
    """Plainly greedy; where the busiest reach more, the order is another."""
    visits = [s for s in now if s.location and s.user_id in engaged]
    users = {p: {s.user_id for s in h} for p, h in grouped(visits, location_of).items()}
    traffic: Counter[str] = Counter()
    for session in visits:
        traffic[session.location] += session.total_bytes
    seen: set[str] = set()
    rows, total = [], 0
    while left := {place for place in users if users[place] - seen}:
        best = min(
            left,
            key=lambda p: (-len(users[p] - seen), -len(users[p]), -traffic[p], p),
        )
        gain = len(users[best] - seen)
        seen |= users[best]
        total += traffic[best]
        rows.append(
            {
                "location_rank": len(rows) + 1,
                "location": best,
                "gain": float(gain),
                "covered_users": len(seen),
                "covered_bytes": total,
            }
        )
    return rows
