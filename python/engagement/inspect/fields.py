"""Find out which column of an export holds which field, by names and by values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import log
from statistics import median

from engagement.export.guards import FASTEST, SLOWEST
from engagement.inspect.names import (
    MEASURED,
    NO_VOLUME,
    RELATIVE,
    VOLUME,
    direction_of,
    name_score,
    slug,
    stem_of,
    unit_of,
    words_of,
)
from engagement.inspect.values import MANGLED, Column, looks_like_id

Source = str | dict[str, str]
MOST_APPLICATIONS = 12  # applications of values; what is left is other
MOST_DISTINCT = 200
DURATION_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "minutes": 60.0, "hours": 3600.0}
VOLUME_UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}
USUAL_RATE = 5_000  # bytes per second of sessions, with the time in which they idle
LEAST_ROWS = 20
IS_ELAPSED = 30.0  # what it adds to a score that a number is the time that passed
LEAST_VOLUMES = 6  # distinct values that a column of volumes has


class NothingFoundError(ValueError):
    """What an export lacks, so that no vars can be proposed."""


@dataclass
class Found:
    """Which column holds which field.

    Attributes
    ----------
    columns : dict of str to (str or dict)
        As the var xdr_columns.
    applications : list of dict
        As the var applications.
    used : dict of str to Column
        The column of each field that is one column.
    duration_unit, volume_unit : str
        As the vars xdr_duration_unit and xdr_volume_unit.
    doubts : list of str
        A sentence for each guess that may be wrong.
    """

    columns: dict[str, Source] = field(default_factory=dict)
    applications: list[dict] = field(default_factory=list)
    used: dict[str, Column] = field(default_factory=dict)
    duration_unit: str = "s"
    volume_unit: str = "B"
    doubts: list[str] = field(default_factory=list)

    def put(self, name: str, column: Column) -> None:
        """Note the column of a field."""
        self.columns[name] = column.source
        self.used[name] = column
        if column.has_separators:
            plain = f"replace(\"{column.source}\", ',', '')"
            self.columns[name] = {"sql": plain}

    def is_free(self, column: Column) -> bool:
        """Tell whether no field has a column yet."""
        return all(column is not other for other in self.used.values())


def find_fields(columns: Iterable[Column]) -> Found:
    """Find out which column holds which field.

    Parameters
    ----------
    columns : iterable of Column

    Raises
    ------
    NothingFoundError
        If there is no user or no time.
    """
    found = Found()
    filled = [column for column in columns if column.kind != "empty"]
    _find_times(filled, found)
    _find_user(filled, found)
    _find_duration(filled, found)
    _check_times(found)
    _find_volumes(filled, found)
    for name in ("location", "application", "session_id"):
        _find_text(name, filled, found)
    _find_milliseconds(filled, found)
    for name in ("device", "device_maker"):
        _find_device(name, filled, found)
    for name in MEASURED:
        _find_measurements(name, filled, found)
    if "application" in found.columns:
        found.applications = _applications_by_value(found.used["application"], found)
    return found


def _best(
    name: str, columns: Iterable[Column], fits: Callable[[Column], float]
) -> Column | None:
    """Take the column with the highest score of its name and its values."""
    scores = []
    for place, column in enumerate(columns):
        score = name_score(name, column.source)
        if score and (value := fits(column)) is not None:
            scores.append((score + value - 60 * column.missing_share, -place, column))
    best = max(scores, key=lambda entry: entry[:2], default=None)
    return best[2] if best and best[0] > 0 else None


def _is_time(column: Column) -> float | None:
    if not column.seconds:
        return None
    # a time that never changes is rather that of the export than of a session
    return 0.0 if len(column.distinct) > 1 else -30.0


def _find_times(columns: list[Column], found: Found) -> None:
    """Find start and end."""
    start = _best("started_at", columns, _is_time)
    others = [column for column in columns if column is not start]
    end = _best("ended_at", others, _is_time)
    if end and start and name_score("ended_at", end.source) < 60:
        # another time of the event: it is the end only if it never comes before
        end = end if _share_in_order(start, end) > 0.98 else None
    is_event = start and name_score("started_at", start.source) < 60
    if is_event and end and _share_in_order(start, end) <= 0.98:
        start = None
    if (
        is_event
        and start
        and not end
        and name_score("ended_at", start.source)
        >= (name_score("started_at", start.source))
    ):
        start, end = None, start
        found.doubts.append(
            f"'{end.source}' is taken for the end of a session: set "
            "xdr_columns.started_at to it if it is the start."
        )
    if not start and not end:
        start, end = _ordered_pair(columns)
    if start:
        found.put("started_at", start)
    if end:
        found.put("ended_at", end)


def _share_in_order(first: Column, second: Column) -> float:
    pairs = [
        (a, b)
        for a, b in zip(first.seconds, second.seconds, strict=True)
        if a is not None and b is not None
    ]
    if not pairs:
        return 0.0
    return sum(a <= b for a, b in pairs) / len(pairs)


def _ordered_pair(columns: list[Column]) -> tuple[Column | None, Column | None]:
    """Find two times by their values: the first is never after the second."""
    times = [
        column
        for column in columns
        if column.seconds
        and (column.kind == "time" or not name_score("user_id", column.source))
        and len(column.distinct) > 1
    ]
    for place, first in enumerate(times):
        for second in times[place + 1 :]:
            if first.values == second.values:
                continue
            if _share_in_order(first, second) > 0.98:
                return first, second
            if _share_in_order(second, first) > 0.98:
                return second, first
    certain = [column for column in times if column.kind == "time"]
    return (certain[0] if certain else None), None


def _find_user(columns: list[Column], found: Found) -> None:
    def fits(column: Column) -> float | None:
        if not found.is_free(column) or column.kind in ("time", "duration"):
            return None
        if column.kind == "decimal" and not column.is_whole:
            return None
        value = 0.0
        digits = sum(re.fullmatch("[+]?[0-9]{8,15}(.0)?", v) is not None
                     for v in column.distinct)  # fmt: skip
        if digits > 0.9 * len(column.distinct):
            value += 12
        mangled = sum(MANGLED.fullmatch(v) is not None for v in column.distinct)
        if mangled > 0.1 * len(column.distinct):  # a few are refused, one by one
            return None
        if len(column.distinct) == 1 < len(column.filled):
            value -= 60
        elif len(column.distinct) == len(column.filled) >= LEAST_ROWS:
            value -= 30
        return value

    user = _best("user_id", columns, fits)
    if not user:
        likely = [
            column
            for column in columns
            if found.is_free(column)
            and looks_like_id(column)
            and len(column.distinct) > 1
            and (len(column.distinct) < len(column.filled) or len(columns) < LEAST_ROWS)
            and column.missing_share < 0.5
            and not direction_of(column.source)[0]
        ]
        user = min(likely, key=lambda column: column.missing_share, default=None)
        if not user:
            raise NothingFoundError(
                "no column looks like a user: none is named like one and none holds "
                "ids that several records share"
            )
        found.doubts.append(
            f"'{user.source}' is taken for the user because of its values: set "
            "xdr_columns.user_id if another column is."
        )
    elif name_score("user_id", user.source) < 60:
        found.doubts.append(
            f"'{user.source}' is taken for the user because no column is named more "
            "like one: an address may be shared by several people."
        )
    found.put("user_id", user)


def _elapsed(found: Found) -> list[float | None]:
    start, end = (found.used.get(name) for name in ("started_at", "ended_at"))
    if not (start and end):
        return []
    return [
        b - a if a is not None and b is not None else None
        for a, b in zip(start.seconds, end.seconds, strict=True)
    ]


def _unit_by_times(column: Column, elapsed: list[float | None]) -> str | None:
    """Name the unit in which a column is the time from start to end, if it is."""
    pairs = [
        (n, e)
        for n, e in zip(column.numbers, elapsed, strict=True)
        if n and e and e >= 1 and n > 0
    ]
    if len(pairs) < max(3, 0.2 * len(column.filled)):
        return None
    ratio = median(e / n for n, e in pairs)
    unit = min(DURATION_UNITS, key=lambda u: abs(DURATION_UNITS[u] / ratio - 1))
    factor = DURATION_UNITS[unit]
    # times may be cut to whole minutes
    near = [abs(n * factor - e) <= max(0.1 * e, 90) for n, e in pairs]
    is_near = 0.8 < factor / ratio < 1.25
    return unit if is_near and sum(near) > 0.8 * len(near) else None


def _find_duration(columns: list[Column], found: Found) -> None:
    elapsed = _elapsed(found)

    def fits(column: Column) -> float | None:
        if column.kind == "duration":
            return 5.0
        is_epoch = column.formats and column.kind != "time"
        if not column.is_number or is_epoch or not found.is_free(column):
            return None
        if elapsed and _unit_by_times(column, elapsed):
            return IS_ELAPSED
        return 0.0

    duration = _best("duration", columns, fits)
    if not duration or (elapsed and not fits(duration)):
        by_values = (
            column
            for column in columns
            if column.is_number and elapsed and fits(column) == IS_ELAPSED
        )
        duration = next(by_values, duration)
    if not duration:
        return
    if duration.kind == "duration":
        found.put("duration", duration)
        return
    unit = _unit_by_times(duration, elapsed) if elapsed else None
    if elapsed and not unit and name_score("duration", duration.source) < 80:
        return  # it is something else
    if not unit:
        unit = _unit_by_name(duration.source) or _unit_by_size(duration)
        if not elapsed:
            found.doubts.append(
                f"'{duration.source}' is read in '{unit}': nothing tells its unit for "
                "sure, since the export has no start and end to compare with."
            )
    found.put("duration", duration)
    if unit in ("minutes", "hours"):
        number = f'try_cast("{duration.source}" as double)'
        factor = DURATION_UNITS[unit]
        found.columns["duration"] = {"sql": f"{number} * {factor:.0f}"}
    else:
        found.duration_unit = unit


def _unit_by_name(source: str) -> str | None:
    words = set(words_of(source).split())
    if words & {"ms", "msec", "millis", "milliseconds", "millisecond"}:
        return "ms"
    if words & {"us", "usec", "micros", "microseconds"}:
        return "us"
    if words & {"min", "mins", "minutes"}:
        return "minutes"
    if words & {"s", "sec", "secs", "seconds"}:
        return "s"
    return None


def _unit_by_size(column: Column) -> str:
    middle = median(number for number in column.numbers if number is not None)
    return "us" if middle > 1e8 else "ms" if middle > 1e5 else "s"


def _check_times(found: Found) -> None:
    known = [n for n in ("started_at", "ended_at", "duration") if n in found.columns]
    if len(known) < 2:
        what = f"only '{found.used[known[0]].source}' is known" if known else "none is"
        raise NothingFoundError(
            "two of the start, the end and the duration of a session are needed, and "
            f"{what}"
        )


def _find_volumes(columns: list[Column], found: Found) -> None:
    """Find the volumes of all traffic and of applications."""
    pairs: dict[tuple[str, ...], dict[str, Column]] = {}
    both: list[Column] = []
    relative: set[tuple[str, str]] = set()
    for column in columns:
        words = set(words_of(column.source).split())
        if not column.is_number or not found.is_free(column) or words & NO_VOLUME:
            continue
        direction, pair = direction_of(column.source)
        if direction and column.missing_share < 0.5:
            named = pairs.setdefault(stem_of(column.source), {})
            if not (pair and direction in named):
                named.setdefault(direction, column)
            relative |= {pair} - {None}
        elif words & VOLUME and not direction:
            both.append(column)
    for stem, pair in pairs.items():
        # a plain name may be the opposite of one that says reverse
        plain = [column for column in both if stem_of(column.source) == stem]
        if len(pair) == 1 and relative and plain:
            pair["ul" if "dl" in pair else "dl"] = plain[0]
    whole = {stem: pair for stem, pair in pairs.items() if len(pair) == 2}
    if not whole and not both and not pairs:
        _find_volumes_by_value(columns, found)
        return
    total = () if () in pairs else _total_of(whole)
    if total is not None:
        named = pairs[total]
        whole.pop(total, None)
    elif whole and len(whole) > 1:
        named = {}
    elif pairs and not both:
        named = next(iter(pairs.values()))
    else:
        named = {"dl": both[0]} if both else next(iter(pairs.values()))
        if both:
            found.doubts.append(
                f"'{both[0].source}' has the bytes of both directions: all are counted "
                "as downlink."
            )
    is_turned = _turn(named, relative, found)
    for direction in ("dl", "ul"):
        if direction in named:
            found.put(f"{direction}_bytes", named[direction])
        elif whole and not named:
            parts = [f'try_cast("{p[direction].source}" as double)'
                     for p in whole.values()]  # fmt: skip
            added = " + ".join(f"coalesce({part}, 0)" for part in parts)
            found.columns[f"{direction}_bytes"] = {"sql": added}
            found.doubts.append(
                f"No column has all {direction.upper()} bytes: those of the "
                f"{len(parts)} applications are added."
            )
    for stem, pair in whole.items():
        down, up = ("ul", "dl") if is_turned else ("dl", "ul")
        found.applications.append({
            "name": slug("_".join(stem)),
            "dl": pair[down].source, "ul": pair[up].source,
        })  # fmt: skip
    _add_gigawords(columns, found)
    _find_volume_unit(found)


def _total_of(whole: dict[tuple[str, ...], dict[str, Column]]) -> tuple | None:
    """Name the pair that has all traffic: by its name, or by its sum."""
    if len(whole) == 1:
        return next(iter(whole))
    sums = {stem: pair["dl"].total + pair["ul"].total for stem, pair in whole.items()}
    largest = max(sums, key=sums.get, default=None)
    if largest is not None and sums[largest] >= 0.9 * (
        sum(sums.values()) - sums[largest]
    ):
        return largest
    return None


def _turn(
    named: dict[str, Column], relative: Iterable[tuple[str, str]], found: Found
) -> bool:
    """Swap directions that depend on who counts, so that more is downlink."""
    unsure = [pair for pair in relative if not RELATIVE[pair]]
    if len(named) < 2 or not unsure:
        return False
    down, up = named["dl"], named["ul"]
    is_turned = up.total > down.total
    if is_turned:
        named["dl"], named["ul"] = up, down
    found.doubts.append(
        f"'{named['dl'].source}' is taken for downlink because it is the larger of the "
        f"two: '{unsure[0][0]}' and '{unsure[0][1]}' depend on where traffic is "
        "counted."
    )
    return is_turned


def _add_gigawords(columns: list[Column], found: Found) -> None:
    """Add RADIUS's counters of 4 GiB to octets that begin again after each."""
    for name in ("dl_bytes", "ul_bytes"):
        octets = found.used.get(name)
        if not octets:
            continue
        for column in columns:
            if "gigawords" not in words_of(column.source) or not column.total:
                continue
            if direction_of(column.source)[0] == direction_of(octets.source)[0]:
                found.columns[name] = {
                    "sql": f'coalesce(try_cast("{column.source}" as bigint), 0)'
                    f' * 4294967296 + try_cast("{octets.source}" as bigint)'
                }


def _find_volume_unit(found: Found) -> None:
    volumes = [found.used[n] for n in ("dl_bytes", "ul_bytes") if n in found.used]
    if not volumes:
        return
    told = next(filter(None, map(unit_of, (v.source for v in volumes))), None)
    if told:
        found.volume_unit = told
        if told in ("kB", "MB", "GB"):
            found.doubts.append(
                f"Volumes are read in '{told}' because of their names: set "
                f"xdr_volume_unit to {told[0].upper()}iB if it counts in 1,024."
            )
        return
    seconds = _seconds(found)
    rate = sum(volume.total for volume in volumes) / seconds if seconds else 0
    if not rate:
        return
    is_whole = all(volume.is_whole for volume in volumes)
    if is_whole and SLOWEST <= rate <= FASTEST:
        if rate < USUAL_RATE / 50:
            found.doubts.append(
                f"Volumes are read in bytes, of which sessions have {rate:,.0f} a "
                "second: set xdr_volume_unit if they are in kB."
            )
        return
    units = [unit for unit in VOLUME_UNITS if unit != "B"]
    found.volume_unit = min(
        units, key=lambda unit: abs(log(rate * VOLUME_UNITS[unit] / USUAL_RATE))
    )
    found.doubts.append(
        f"Volumes are read in '{found.volume_unit}', in which sessions have "
        f"{rate * VOLUME_UNITS[found.volume_unit]:,.0f} bytes a second: set "
        "xdr_volume_unit to another, such as "
        f"{found.volume_unit[0].upper()}iB, if it is known."
    )


def _seconds(found: Found) -> float:
    """Sum what sessions last, in seconds."""
    elapsed = [seconds for seconds in _elapsed(found) if seconds and seconds > 0]
    if elapsed:
        return sum(elapsed)
    duration = found.used["duration"]
    return duration.total * DURATION_UNITS[found.duration_unit]


def _find_volumes_by_value(columns: list[Column], found: Found) -> None:
    """Find volumes of an export whose names say nothing.

    The first two neighbours that are at least the sums of the pairs after them have
    all traffic, the larger of them downlink.
    """
    rest = [
        column
        for column in columns
        if column.is_number
        and found.is_free(column)
        and not column.formats
        and re.fullmatch(r"column_\d+", column.source)
        and len(column.distinct) > LEAST_VOLUMES
        and column.missing_share < 0.5
    ]
    if len(rest) < 2:
        return
    first, second, *others = rest
    even, odd = others[::2], others[1::2]
    sums = [sum(c.total for c in part) for part in (even, odd)]
    is_total = (
        others
        and len(even) == len(odd)
        and 0.98 * sums[0] <= first.total
        and 0.98 * sums[1] <= second.total
        and sums[0] + sums[1] > 0.5 * (first.total + second.total)
    )
    named = ("dl", "ul") if first.total >= second.total else ("ul", "dl")
    for direction, column in zip(named, (first, second), strict=True):
        found.put(f"{direction}_bytes", column)
    found.doubts.append(
        f"'{first.source}' and '{second.source}' are taken for volumes because of "
        "their values, the larger for downlink."
    )
    if is_total:
        for number, pair in enumerate(zip(even, odd, strict=True), 1):
            parts = dict(zip(named, (c.source for c in pair), strict=True))
            found.applications.append(
                {"name": f"application_{number}", "dl": parts["dl"], "ul": parts["ul"]}
            )
        found.doubts.append(
            f"The {len(even)} pairs of columns after them are taken for applications: "
            "give them their names."
        )
    _find_volume_unit(found)


def _find_text(name: str, columns: list[Column], found: Found) -> None:
    """Find the place, the application or the session of a record."""

    def fits(column: Column) -> float | None:
        if not found.is_free(column) or column.kind in ("time", "duration"):
            return None
        many = len(column.distinct)
        if many < 2 or column.missing_share > 0.7:
            return None
        if name == "application":
            is_few = many <= min(MOST_DISTINCT, max(2, len(column.filled) // 3))
            is_layer = {v.lower() for v in column.distinct} <= {"tcp", "udp", "icmp"}
            numbers = column.is_number and many > 30
            return 0.0 if is_few and not is_layer and not numbers else None
        if name == "session_id":
            if any(MANGLED.fullmatch(value) for value in column.distinct):
                return None
            # the id is of use only where several records share it
            users = found.used["user_id"].values
            pairs = set(zip(users, column.values, strict=True))
            return 0.0 if len(pairs) < 0.95 * len(column.values) else None
        if column.is_number and column.kind == "decimal" and not column.is_whole:
            return None
        return -10.0 if many == len(column.filled) >= LEAST_ROWS else 0.0

    named = [c for c in columns if not direction_of(c.source)[0] or name != "location"]
    best = _best(name, named, fits)
    if not best and name == "location":
        best = _location_by_value(columns, found)
    if best:
        found.put(name, best)


def _location_by_value(columns: list[Column], found: Found) -> Column | None:
    """Take the first text of a file without names that several records share."""
    return next(
        (
            column
            for column in columns
            if re.fullmatch(r"column_\d+", column.source)
            and column.kind == "text"
            and found.is_free(column)
            and 2 < len(column.distinct) < len(column.filled) / 2
        ),
        None,
    )


def _find_milliseconds(columns: list[Column], found: Found) -> None:
    def fits(column: Column) -> float | None:
        numbers = [number for number in column.numbers if number is not None]
        is_small = column.is_number and all(0 <= n < 1000 for n in numbers)
        return 0.0 if is_small and found.is_free(column) else None

    for name in ("started", "ended"):
        column = _best(f"{name}_ms", columns, fits)
        if column and f"{name}_at" in found.columns:
            found.put(f"{name}_ms", column)


def _find_device(name: str, columns: list[Column], found: Found) -> None:
    def fits(column: Column) -> float | None:
        is_text = column.kind == "text" and found.is_free(column)
        return 0.0 if is_text and 1 < len(column.distinct) < MOST_DISTINCT else None

    if column := _best(name, columns, fits):
        found.put(name, column)


def _find_measurements(name: str, columns: list[Column], found: Found) -> None:
    """Find what was measured downlink and uplink, in the unit of the field."""

    def fits(column: Column) -> float | None:
        numbers = [number for number in column.numbers if number is not None]
        is_amount = column.is_number and all(number >= 0 for number in numbers)
        words = words_of(column.source)
        is_share = re.search("[%<>]", column.source)
        has_unit = re.search(rf"\b({MEASURED[name]})\b", words) and not is_share
        if name == "retransmitted_bytes":
            has_unit = has_unit and found.volume_unit == "B"
        return 0.0 if is_amount and has_unit and found.is_free(column) else None

    for way in ("dl", "ul"):
        own = [column for column in columns if direction_of(column.source)[0] == way]
        field, _, unit = name.rpartition("_")
        if column := _best(name, own, fits):
            found.put(f"{field}_{way}_{unit}", column)


def _applications_by_value(column: Column, found: Found) -> list[dict]:
    """List the values with the most traffic, and other for the rest."""
    volumes = [found.used[n].numbers for n in ("dl_bytes", "ul_bytes")
               if n in found.used]  # fmt: skip
    weights: dict[str, float] = {}
    for place, value in enumerate(column.values):
        if value is not None:
            weight = sum(numbers[place] or 0 for numbers in volumes) or 1
            weights[value] = weights.get(value, 0) + weight
    ranked = sorted(weights, key=weights.get, reverse=True)[:MOST_APPLICATIONS]
    named: dict[str, list[str]] = {}
    for value in ranked:
        named.setdefault(slug(value), []).append(value)
    named.pop("other", None)  # it is among the rest
    return [{"name": name, "values": values} for name, values in named.items()] + [
        {"name": "other"}
    ]
