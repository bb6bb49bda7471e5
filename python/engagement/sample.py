"""Write a synthetic export in the format of the reference export.

Every value is a function of the seed and of the number of its record or user. DuckDB
computes the records as a stream, so a file may be larger than the memory, and the
number of threads does not change it. Only operations that are exact on every machine
are used (no logarithm, no hash of the engine), so a seed gives the same file
everywhere.

Subscriber numbers begin with 999, a country code that is not assigned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, count
from math import gcd
from pathlib import Path

import duckdb

FORMATS = {  # ending of the file's name: options of DuckDB's COPY
    ".csv": "format csv, header true, quote '', delimiter '\t'",
    ".csv.gz": "format csv, header true, quote '', delimiter '\t', compression gzip",
    ".parquet": "format parquet, compression zstd, row_group_size 122880",
}
FAULTS = (  # rejection reasons; faulty records take them in rotation
    "missing_user_id", "malformed_user_id", "unreadable_value", "missing_value",
    "negative_value", "ends_before_start", "duplicate_record", "malformed_line",
)  # fmt: skip
MOST_USERS = 100_000_000  # a user's number has 8 digits after its prefix
FIRST_DAY_MS = int(datetime(2019, 4, 24, tzinfo=UTC).timestamp()) * 1000
SESSIONS_PER_HOUR = (  # how many of a hundred sessions end in each hour of the day
    3, 2, 1, 1, 1, 1, 2, 3, 4, 4, 4, 5, 5, 5, 5, 5, 5, 6, 6, 7, 8, 7, 6, 4,
)  # fmt: skip
SEGMENTS = (  # % of users, % of sessions beyond one per user, size of their sessions
    (5, 40, 1.7),
    (20, 40, 1.4),
    (75, 20, 1.0),
)
LONGEST_SECONDS = 259_200  # of a session of size 1; the mean is a quarter of it
APPLICATIONS = {  # mean DL and UL bytes of a session of size 1
    "Social Media": (1_500_000, 40_000),
    "Google": (5_000_000, 2_000_000),
    "Email": (1_500_000, 400_000),
    "Youtube": (10_000_000, 9_000_000),
    "Netflix": (9_000_000, 9_000_000),
    "Gaming": (300_000_000, 7_000_000),
    "Other": (300_000_000, 7_000_000),
}
QUALITY = {  # largest value, share of sessions that have a value
    "Avg RTT DL (ms)": (250, 0.8),
    "Avg RTT UL (ms)": (50, 0.8),
    "Avg Bearer TP DL (kbps)": (9_000, 1),
    "Avg Bearer TP UL (kbps)": (900, 1),
    "TCP DL Retrans. Vol (Bytes)": (2_000_000, 0.4),
    "TCP UL Retrans. Vol (Bytes)": (60_000, 0.4),
    "DL TP < 50 Kbps (%)": (100, 0.99),
    "50 Kbps < DL TP < 250 Kbps (%)": (15, 0.99),
    "250 Kbps < DL TP < 1 Mbps (%)": (15, 0.99),
    "DL TP > 1 Mbps (%)": (15, 0.99),
    "UL TP < 10 Kbps (%)": (100, 0.99),
    "10 Kbps < UL TP < 50 Kbps (%)": (10, 0.99),
    "50 Kbps < UL TP < 300 Kbps (%)": (10, 0.99),
    "UL TP > 300 Kbps (%)": (10, 0.99),
    "HTTP DL (Bytes)": (9_000_000, 0.4),
    "HTTP UL (Bytes)": (900_000, 0.4),
    "Activity Duration DL (ms)": (600_000, 1),
    "Activity Duration UL (ms)": (500_000, 1),
}
VOLUME_SECONDS = (
    "Nb of sec with 125000B < Vol DL", "Nb of sec with 1250B < Vol UL < 6250B",
    "Nb of sec with 31250B < Vol DL < 125000B", "Nb of sec with 37500B < Vol UL",
    "Nb of sec with 6250B < Vol DL < 31250B",
    "Nb of sec with 6250B < Vol UL < 37500B", "Nb of sec with Vol DL < 6250B",
    "Nb of sec with Vol UL < 1250B",
)  # fmt: skip
HANDSETS = {  # type: manufacturer
    "iPhone 8": "Apple",
    "iPhone Xr": "Apple",
    "Galaxy S9": "Samsung",
    "P20 Lite": "Huawei",
    "undefined": "undefined",
}


@dataclass(frozen=True)
class Sample:
    """What a synthetic export holds.

    Attributes
    ----------
    sessions : int
        Records, not counting the footer.
    users : int
        Subscribers; each has at least one record without a fault.
    days : int
        Days on which sessions end.
    seed : int
        The same seed gives the same file.
    rejects : float
        Share of records with a fault, 0 to 0.5: no two of them follow each other,
        as a duplicate repeats the sound record before it.

    Raises
    ------
    ValueError
        If there are more users than records without a fault, or the share of
        faults is out of range.
    """

    sessions: int = 2_000
    users: int = 800
    days: int = 7
    seed: int = 1
    rejects: float = 0.02

    def __post_init__(self) -> None:
        if not 0 <= self.rejects <= 0.5:
            raise ValueError(
                f"the share of faults must be between 0 and 0.5, not {self.rejects}"
            )
        if self.users > self.sound:
            raise ValueError(
                f"{self.users:,} users need one session without a fault each, but "
                f"only {self.sound:,} of {self.sessions:,} sessions have none: ask for "
                "fewer users or more sessions"
            )

    @property
    def faults_per_million(self) -> int:
        """Share of faults as a whole number, for exact arithmetic."""
        return round(self.rejects * 1_000_000)

    @property
    def sound(self) -> int:
        """Number of records without a fault."""
        return self.sessions - self.sessions * self.faults_per_million // 1_000_000


def format_of(path: Path) -> str | None:
    """Return the ending of `FORMATS` that a file's name has, or None."""
    fitting = [ending for ending in FORMATS if path.name.lower().endswith(ending)]
    return fitting[0] if fitting else None


def write_sample(
    path: Path,
    sample: Sample,
    threads: int | None = None,
    show_progress: bool = False,
) -> None:
    """Write a synthetic export: the records and a footer of means.

    An existing file is replaced once the new one is complete. Parquet holds the same
    records with two differences: columns of numbers hold integers, so the footer's
    means are rounded, and there are no lines, so no line is malformed.

    Parameters
    ----------
    path : Path
        A file whose name ends in .csv, .csv.gz or .parquet.
    sample : Sample
        What to write.
    threads : int, optional
        Threads to use; all cores by default.
    show_progress : bool
        Print a progress bar if writing takes long.

    Raises
    ------
    OSError, duckdb.Error
        If the file cannot be written.
    """
    # with this limit DuckDB waits for the disk instead of buffering row groups
    config = {"memory_limit": "1GB", "temp_directory": ""}
    if threads:
        config["threads"] = str(threads)
    with _new_file(path) as part, duckdb.connect(config=config) as connection:
        connection.execute(f"set enable_progress_bar = {show_progress}")
        _number_records(connection, sample.sessions + 1)
        for statement in (*_macros(sample.seed), *_views(sample)):
            connection.execute(statement)
        averages = ", ".join(f"avg({column})" for column in _volumes().values())
        means = connection.execute(
            f"select {averages} from sessions where number < {sample.sessions}"
        ).fetchone()
        footer = dict(zip(_volumes(), means, strict=True))
        rows = _typed_rows if format_of(path) == ".parquet" else _lines
        target = str(part).replace("'", "''")
        connection.execute(
            f"copy ({rows(sample, footer)}) to '{target}' ({FORMATS[format_of(path)]})"
        )


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """Yield a hidden file to write to, which replaces path once it is complete."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.touch()
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _number_records(connection: duckdb.DuckDBPyConnection, records: int) -> None:
    """Store the numbers of the records and the footer; range() has one thread."""
    connection.execute(
        "attach ':memory:' as compressed (compress, row_group_size 20480)"
    )
    connection.execute("create table compressed.numbers (number bigint)")
    for first in range(0, records, 10_000_000):
        last = min(first + 10_000_000, records)
        connection.execute(
            f"insert into compressed.numbers select * from range({first}, {last})"
        )
        connection.execute("checkpoint compressed")


def _macros(seed: int) -> tuple[str, ...]:
    """Define u(n, purpose), a draw from [0, 1) by integer arithmetic, and helpers.

    References
    ----------
    Wellons, C. (2018), Prospecting for hash functions.
    """
    salt = f"(md5_number_lower(concat('{seed} ', purpose)) & 4294967295)::bigint"
    return (
        "create macro stir(x) as (xor(x, x >> 16) * 2146121005) & 4294967295",
        f"create macro u(n, purpose) as stir(stir(stir(xor(n, {salt})))) / 4294967296",
        "create macro pick(options, draw) as "
        "options[1 + floor(len(options) * draw)::bigint]",
        "create macro clock(ms) as strftime(epoch_ms(ms), '%-m/%-d/%Y %-H:%M')",
        # a spreadsheet has spoilt a fifth of the locations, as in the reference export
        "create macro place(cell) as if(cell % 5 = 0, "
        "printf('%.14E', 9.1e15 + 1e9 * cell), concat('D', cell, 'A'))",
    )


def _views(sample: Sample) -> tuple[str, ...]:
    fields = ", ".join(f'{sql} as "{name}"' for name, sql in _columns().items())
    return (
        f"create view records as {_records(sample)}",
        f"create view sessions as {_sessions(sample)}",
        f"create view export as select number, fault, is_variant, {fields} "
        "from sessions",
    )


def _records(sample: Sample) -> str:
    """Decide which fault each record has and which user it belongs to.

    Each record without a fault has a slot. The first slots belong to one user each,
    the users of the other slots are drawn. A duplicate is a copy of its source.
    """
    share, users, sound = sample.faults_per_million, sample.users, sample.sound
    # coprime to their number, the stride visits every slot, neighbours far apart
    stride = next(n for n in count(round(0.618 * sound)) if gcd(n, sound) == 1)
    return f"""
        with numbered as (
            select
                number,
                number * {share} // 1000000 as faults_before,
                (number + 1) * {share} // 1000000 > faults_before as is_faulty
            from compressed.numbers
        ),
        faulted as (
            select
                number,
                case when is_faulty
                    then {list(FAULTS)}[1 + faults_before % {len(FAULTS)}]
                end as fault,
                faults_before // {len(FAULTS)} % 2 = 1 as is_variant,
                if(fault = 'duplicate_record', number - 1, number) as source,
                (source - faults_before) * {stride} % {sound} as slot
            from numbered
        ),
        drawn as (
            select
                *,
                u(source, 'segment') as segment,
                -- the power 1.25 favours the first users; sqrt is exact everywhere
                u(source, 'rank') * sqrt(sqrt(u(source, 'rank'))) as rank
            from faulted
        ),
        assigned as (
            select
                *,
                if(slot < {users}, slot, {_drawn_person(users)}) as person
            from drawn
        )
        select *, {_size(users)} as size from assigned
    """


def _segment_ends(users: int) -> list[int]:
    """Return the first user after each segment, the heaviest segment first."""
    percents = accumulate(percent for percent, *_ in SEGMENTS)
    return [users * percent // 100 for percent in percents]


def _drawn_person(users: int) -> str:
    """Draw a segment, and a user of the segment."""
    ends = _segment_ends(users)
    chances = accumulate(percent for _, percent, _ in SEGMENTS)
    cases = (
        f"when 100 * segment < {chance} "
        f"then {first} + floor({end - first} * rank)::bigint"
        for chance, first, end in zip(chances, [0, *ends], ends, strict=False)
    )
    return f"case {' '.join(cases)} end"


def _size(users: int) -> str:
    """Compute how long and heavy a user's sessions are, relative to size 1."""
    cases = (
        f"when person < {end} then {size}"
        for end, (*_, size) in zip(_segment_ends(users), SEGMENTS, strict=True)
    )
    return f"case {' '.join(cases)} end * (0.8 + 0.4 * u(person, 'size'))"


def _sessions(sample: Sample) -> str:
    """Draw time, place, length and volumes; longer sessions carry more."""
    hours = [h for h, share in enumerate(SESSIONS_PER_HOUR) for _ in range(share)]
    cells = min(max(sample.users // 4, 10), 40_000)
    means = [mean for both in APPLICATIONS.values() for mean in both]
    volumes = ", ".join(
        f"floor({mean} * load * 2 * u(source, '{column}'))::bigint as {column}"
        for column, mean in zip(_volumes().values(), means, strict=True)
    )
    return f"""
        with timed as (
            select
                *,
                {FIRST_DAY_MS}
                    + 86400000 * floor({sample.days} * u(source, 'day'))::bigint
                    + 3600000 * pick({hours}, u(source, 'hour'))
                    + floor(3600000 * u(source, 'ended'))::bigint as ended,
                u(source, 'length') as length,
                length * length * length as stretch,
                60 + floor({LONGEST_SECONDS} * size * stretch)::bigint as seconds,
                floor(1000 * u(source, 'fraction'))::bigint as fraction,
                ended - 1000 * seconds - fraction as started,
                size * (0.5 + 2 * stretch) as load,
                -- seven in ten sessions are at the user's home
                floor({cells} * if(u(source, 'away') < 0.3,
                    u(source, 'cell'), u(person, 'cell')))::bigint as cell,
                -- 61803399 is coprime to MOST_USERS, so no two users share a number
                (person * 61803399 + 27182818) % {MOST_USERS} as line_number
            from records
        )
        select *, {volumes} from timed
    """


def _columns() -> dict[str, str]:
    """Map the 55 columns to their SQL, in order; the second Dur. (ms) ends in _1."""
    volumes = _volumes()
    dl = " + ".join(f"dl{a}" for a in range(len(APPLICATIONS) - 1))  # without Other
    ul = " + ".join(f"ul{a}" for a in range(len(APPLICATIONS)))
    return {
        # the spreadsheet left so few digits that users share an id
        "Bearer Id": _mostly(
            "bearer", 0.99, "printf('%.14E', 1.3e19 + 1e5 * (line_number // 4))"
        ),
        "Start": """case
            when fault = 'ends_before_start' then clock(ended + 86400000)
            when fault = 'unreadable_value' and is_variant then '31.04.2019'
            else clock(started) end""",
        "Start ms": "started % 1000",
        "End": """case
            when fault = 'unreadable_value' and not is_variant then 'n/a'
            when fault = 'missing_value' and is_variant then null
            else clock(ended) end""",
        "End ms": "ended % 1000",
        "Dur. (ms)": """case
            when fault = 'negative_value' and is_variant then -seconds
            else seconds end""",
        "IMSI": _mostly("imsi", 0.99, "999990000000000 + line_number"),
        # one user in a hundred is a machine, with a longer number
        "MSISDN/Number": """case
            when fault = 'missing_user_id' then if(is_variant, ' ', null)
            when fault = 'malformed_user_id'
                then if(is_variant, '9.99E+10', 'unknown')
            when person % 100 = 99 then (9990000000000 + line_number)::varchar
            else (99900000000 + line_number)::varchar end""",
        "IMEI": _mostly("imei", 0.99, "99999900000000 + line_number"),
        "Last Location Name": _mostly("location", 0.99, "place(cell)"),
        **{name: _number(name, *limits) for name, limits in QUALITY.items()},
        "Dur. (ms)_1": "1000 * seconds + fraction",
        "Handset Manufacturer": _handset(HANDSETS.values()),
        "Handset Type": _handset(HANDSETS),
        **{name: _number(name, 1_000, 0.25) for name in VOLUME_SECONDS},
        **volumes,
        "Total UL (Bytes)": ul,
        "Total DL (Bytes)": f"""case
            when fault = 'missing_value' and not is_variant then null
            when fault = 'negative_value' and not is_variant then -1 - ({dl})
            else {dl} end""",
    }


def _volumes() -> dict[str, str]:
    """Map headers of the applications' columns to short names: dl0, ul0, dl1, ..."""
    return {
        f"{name} {direction.upper()} (Bytes)": f"{direction}{a}"
        for a, name in enumerate(APPLICATIONS)
        for direction in ("dl", "ul")
    }


def _mostly(purpose: str, share: float, value: str) -> str:
    return f"case when u(source, '{purpose}') < {share} then {value} end"


def _number(name: str, largest: int, share: float) -> str:
    """Use one draw twice: given that it is below the share, it is uniform there."""
    value = f"floor({largest / share}::double * u(source, '{name}'))::bigint"
    return _mostly(name, share, value)


def _handset(options: Iterable[str]) -> str:
    return f"pick({list(options)}, u(person, 'handset'))"


def _typed_rows(sample: Sample, means: dict[str, float]) -> str:
    """Replace the last record by the footer; a union would run on one thread."""
    footer = {
        name: round(means[name]) if name in means else "null" for name in _columns()
    }
    fields = ", ".join(
        f'if(number = {sample.sessions}, {value}, "{name}") as "{name}"'
        for name, value in footer.items()
    )
    return f"select {fields} from export"


def _lines(sample: Sample, means: dict[str, float]) -> str:
    """Select lines as one column: no table has a header twice, or a line cut short."""
    names = list(_columns())
    header = ",".join(name.removesuffix("_1") for name in names)
    fields = ", ".join(f"""coalesce("{name}"::varchar, '')""" for name in names)
    footer = ",".join(f"{means[name]:.9f}" if name in means else "" for name in names)
    return f"""
        select case
            when number = {sample.sessions} then '{footer}'
            when fault is distinct from 'malformed_line' then line
            when is_variant then concat(line, ',0')
            else left(line, 80)
        end as "{header}"
        from (select *, concat_ws(',', {fields}) as line from export)
    """
