"""Write a synthetic export in the shape of the reference export.

Numbers begin with 999, a country code that is not assigned, so no line is about
a real subscriber. Everything is a function of the row and the seed, computed in
DuckDB as a stream.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

APPLICATIONS = {  # name: typical DL and UL bytes of a session
    "Social Media": (1.8e6, 3.3e4),
    "Google": (5.7e6, 2.1e6),
    "Email": (1.8e6, 4.7e5),
    "Youtube": (1.2e7, 1.1e7),
    "Netflix": (1.2e7, 1.1e7),
    "Gaming": (4.2e8, 8.3e6),
    "Other": (4.2e8, 8.3e6),
}
QUALITY = (
    "Avg RTT DL (ms)", "Avg RTT UL (ms)", "Avg Bearer TP DL (kbps)",
    "Avg Bearer TP UL (kbps)", "TCP DL Retrans. Vol (Bytes)",
    "TCP UL Retrans. Vol (Bytes)", "DL TP < 50 Kbps (%)",
    "50 Kbps < DL TP < 250 Kbps (%)", "250 Kbps < DL TP < 1 Mbps (%)",
    "DL TP > 1 Mbps (%)", "UL TP < 10 Kbps (%)", "10 Kbps < UL TP < 50 Kbps (%)",
    "50 Kbps < UL TP < 300 Kbps (%)", "UL TP > 300 Kbps (%)", "HTTP DL (Bytes)",
    "HTTP UL (Bytes)", "Activity Duration DL (ms)", "Activity Duration UL (ms)",
)  # fmt: skip
VOLUME_SECONDS = (
    "Nb of sec with 125000B < Vol DL", "Nb of sec with 1250B < Vol UL < 6250B",
    "Nb of sec with 31250B < Vol DL < 125000B", "Nb of sec with 37500B < Vol UL",
    "Nb of sec with 6250B < Vol DL < 31250B",
    "Nb of sec with 6250B < Vol UL < 37500B", "Nb of sec with Vol DL < 6250B",
    "Nb of sec with Vol UL < 1250B",
)  # fmt: skip
FAULTS = 8  # kinds of faults, in rotation


def write_sample(
    path: Path,
    sessions: int = 2_000,
    users: int = 800,
    days: int = 7,
    seed: int = 1,
    rejects: float = 0.02,
) -> None:
    """Write an export of `sessions` records and a footer as CSV.

    Parameters
    ----------
    path : Path
        A file ending in .csv.
    sessions, users, days : int
        Records, size of the population they are drawn from, and days.
    seed : int
        The same seed writes the same file.
    rejects : float
        Share of the records that have a fault, all kinds in rotation.
    """
    columns = _columns()
    numbered = {name: f"c{i}" for i, name in enumerate(columns)}
    line = " || ',' || ".join(f"coalesce({c}, '')" for c in numbered.values())
    fields = ", ".join(f"{sql} as c{i}" for i, sql in enumerate(columns.values()))
    header = ",".join(name.removesuffix("_1") for name in columns)
    apps = [f"{a} {d} (Bytes)" for a in APPLICATIONS for d in ("DL", "UL")]
    means = " || ',' || ".join(
        f"avg(try_cast({c} as bigint))::decimal(20, 9)" if name in apps else "''"
        for name, c in numbered.items()
    )
    every = round(1 / rejects) if rejects else sessions + 1
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.execute(
            "create macro u(i, salt) as "
            f"(hash(i, salt, {seed}) % 1000003 + 0.5) / 1000003"
        )
        connection.execute(f"create view sessions as {_sessions(users, days, every)}")
        connection.execute(
            f"create view records as select i, fault, {fields} "
            f"from (select * from sessions where i < {sessions})"
        )
        lines = (
            f"select line from (select i, case fault when 7 then 'cut,short' "
            f"else {line} end as line from records order by i)"
        )
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(header + "\n")
            result = connection.execute(lines)
            while rows := result.fetchmany(10_000):
                stream.writelines(f"{row[0]}\n" for row in rows)
            footer = f"select {means} from records where fault is null"
            stream.write(connection.execute(footer).fetchone()[0] + "\n")


def _sessions(users: int, days: int, every: int) -> str:
    """Who, when, how long and how much; a duplicate repeats the row before it."""
    apps = ", ".join(
        f"floor({dl} * heavy * -ln(u(j, 'd{a}')))::bigint as dl{a}, "
        f"floor({ul} * heavy * -ln(u(j, 'u{a}')))::bigint as ul{a}"
        for a, (dl, ul) in enumerate(APPLICATIONS.values())
    )
    return f"""
        with numbered as (
            select
                i,
                case when i % {every} = {every} - 1
                    then (i // {every}) % {FAULTS} end as fault,
                i - (fault is not distinct from 6)::bigint as j
            from range(100000000000) as r(i)
        ), people as (
            select *, floor({users} * power(u(j, 'who'), 2.2))::bigint as person
            from numbered
        ), sized as (
            select *,
                case when u(person, 'class') < 0.05 then 6
                    when u(person, 'class') < 0.25 then 2 else 0.6 end
                    * (0.7 + 0.6 * u(person, 'size')) as heavy
            from people
        )
        select *,
            99900000000 + person as msisdn,
            floor(70000 * heavy * (0.5 + u(j, 'long')))::bigint as seconds,
            floor(1000 * u(j, 'ms'))::bigint as fraction,
            1556064000000 + (floor({days} * u(j, 'day')) * 86400000
                + floor(86400000 * sqrt(u(j, 'hour'))))::bigint as ended,
            ended - seconds * 1000 - fraction as started,
            {apps}
        from sized
    """


def _columns() -> dict[str, str]:
    """Name and SQL of the 55 columns in order; the second Dur. (ms) ends in _1."""

    def clock(end: str) -> str:
        return f"strftime(epoch_ms({end}), '%-m/%-d/%Y %-H:%M')"

    dl = " + ".join(f"dl{a}" for a in range(len(APPLICATIONS) - 1))
    ul = " + ".join(f"ul{a}" for a in range(len(APPLICATIONS)))
    columns = {
        "Bearer Id": "printf('%.14E', 1.3e19 + floor(1e13 * u(j, 'bearer')))",
        "Start": f"case fault when 5 then '12/31/2030 0:00' else {clock('started')} end",
        "Start ms": "(started % 1000)::varchar",
        "End": f"case fault when 4 then null else {clock('ended')} end",
        "End ms": "(ended % 1000)::varchar",
        "Dur. (ms)": "seconds::varchar",
        "IMSI": "(999700000000000 + person)::varchar",
        "MSISDN/Number": "case fault when 0 then null when 1 then 'unknown' "
        "else msisdn::varchar end",
        "IMEI": "(100000000000 + person)::varchar",
        "Last Location Name": "case when u(j, 'cell') < 0.2 "
        "then printf('%.14E', 9.1e15 + floor(400 * u(j, 'place')) * 1e9) "
        "else 'D' || floor(400 * u(j, 'place'))::bigint || 'A' end",
    }
    for i, name in enumerate(QUALITY):
        columns[name] = f"floor(100 * u(j, 'q{i}'))::bigint::varchar"
    columns["Dur. (ms)_1"] = "(seconds * 1000 + fraction)::varchar"
    columns["Handset Manufacturer"] = (
        "case when u(person, 'm') < 0.5 then 'Apple' else 'Samsung' end"
    )
    columns["Handset Type"] = "'undefined'"
    for i, name in enumerate(VOLUME_SECONDS):
        columns[name] = (
            f"case when u(j, 'n{i}') < 0.35 "
            f"then floor(2000 * u(j, 's{i}'))::bigint::varchar end"
        )
    for a, name in enumerate(APPLICATIONS):
        columns[f"{name} DL (Bytes)"] = f"dl{a}::varchar"
        columns[f"{name} UL (Bytes)"] = f"ul{a}::varchar"
    columns["Total UL (Bytes)"] = (
        f"case fault when 2 then 'n/a' else ({ul})::varchar end"
    )
    columns["Total DL (Bytes)"] = (
        f"case fault when 3 then '-1' else ({dl})::varchar end"
    )
    return columns
