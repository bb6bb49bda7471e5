"""The project's relations as one DuckDB script, written by hand for this export.

It knows the types of the columns and that the file is new, which a project cannot:
no other formats of time, no bookkeeping of files and days, no order of the users.
The relations have the project's names, so that they can be compared.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from common import (
    APPLICATION_COLUMNS,
    DURATION,
    FILES,
    MEMORY,
    METRICS,
    OUTPUT,
    TOTAL_DL,
    TOTAL_UL,
    USER,
)

VOLUMES = {
    "dl_bytes": TOTAL_DL,
    "ul_bytes": TOTAL_UL,
    **{
        f"{name}_{direction}_bytes": column
        for name, both in APPLICATION_COLUMNS.items()
        for direction, column in zip(("dl", "ul"), both, strict=True)
    },
}
FIELDS = ", ".join(
    ("user_id", "started_at", "ended_at", "duration_ms", "location", *VOLUMES)
)
# What a record says besides, and copies need not agree in.
MORE = {
    "device": "nullif(trim(\"Handset Type\"), '')",
    "device_maker": "nullif(trim(\"Handset Manufacturer\"), '')",
    "rtt_dl_ms": '"Avg RTT DL (ms)"::double',
    "rtt_ul_ms": '"Avg RTT UL (ms)"::double',
    "throughput_dl_kbps": '"Avg Bearer TP DL (kbps)"::double',
    "throughput_ul_kbps": '"Avg Bearer TP UL (kbps)"::double',
    "retransmitted_dl_bytes": '"TCP DL Retrans. Vol (Bytes)"',
    "retransmitted_ul_bytes": '"TCP UL Retrans. Vol (Bytes)"',
}
PATTERNS = Path(__file__).parents[2] / "seeds" / "devices.csv"
KEY = "hash(ended_at, dl_bytes, ul_bytes)"
SUMMED = ("duration_ms", *VOLUMES)


def sums(columns: tuple[str, ...]) -> str:
    return ", ".join(f"coalesce(sum({c}), 0)::bigint as {c}" for c in columns)


def top_ten(labels: str, value: str, source: str) -> str:
    return f"""(
        select {labels}, {value} as value from {source}
        order by value desc nulls last, user_id limit 10
    )"""


def ranked(tens: list[str], group: str, value: str) -> str:
    return f"""
        select
            {group},
            row_number() over (
                partition by {group} order by value desc nulls last, user_id
            ) as user_rank,
            user_id,
            value as {value}
        from ({" union all ".join(tens)})
    """


def volumes() -> str:
    return ", ".join(f'"{column}" as {name}' for name, column in VOLUMES.items())


TYPED = f"""
    create table intermediate.records as
    with typed as (
        select
            nullif(trim("{USER}"), '') as user_id,
            "Start" as raw_start,
            "End" as raw_end,
            try_strptime("Start", '%m/%d/%Y %H:%M') as start_minute,
            try_strptime("End", '%m/%d/%Y %H:%M') as end_minute,
            start_minute + to_milliseconds("Start ms") as started_at,
            end_minute + to_milliseconds("End ms") as ended_at,
            1000 * "{DURATION}" as duration_ms,
            nullif(trim("Last Location Name"), '') as location,
            {volumes()},
            {", ".join(f"{sql} as {name}" for name, sql in MORE.items())},
            filename as source_file
        from read_parquet('{FILES}/*.parquet', filename = true)
    )
    select
        {FIELDS},
        {", ".join(MORE)},
        source_file,
        case
            when user_id is null then 'missing_user_id'
            when not (
                regexp_full_match(user_id, '[0-9]{{5,15}}')
                and try_cast(user_id as bigint) > 0
            ) then 'malformed_user_id'
            when start_minute is null and trim(raw_start) <> ''
                or end_minute is null and trim(raw_end) <> ''
                then 'unreadable_value'
            when start_minute is null or end_minute is null
                or duration_ms is null or dl_bytes is null or ul_bytes is null
                then 'missing_value'
            when least({", ".join(SUMMED)}) < 0 then 'negative_value'
            when end_minute < start_minute then 'ends_before_start'
        end as rejection_reason
    from typed
"""
DUPLICATES = f"""
    create table intermediate.duplicates as
    with suspects as (
        select rowid as record, source_file, {FIELDS}
        from intermediate.records
        where rejection_reason is null and {KEY} in (
            select {KEY} from intermediate.records
            where rejection_reason is null
            group by {KEY}
            having count(*) > 1
        )
    )
    select * from suspects
    qualify row_number() over (partition by {FIELDS} order by source_file) > 1
"""
CHECKED = """
    create view intermediate.int_records_checked as
    select records.* replace (
        if(duplicates.record is null, rejection_reason, 'duplicate_record')
            as rejection_reason
    )
    from intermediate.records
    left join intermediate.duplicates on records.rowid = duplicates.record
"""
SESSIONS = f"""
    create view intermediate.int_sessions as
    select
        {FIELDS}, {", ".join(MORE)}, ended_at::date as session_date,
        null::varchar as session_id, null::varchar as application
    from intermediate.records
    anti join intermediate.duplicates on records.rowid = duplicates.record
    where rejection_reason is null
"""
# Duplicates are taken off: behind a join DuckDB sums hugeints, in twice the time.
SIGNED = f"""
    create view intermediate.signed_sessions as
    select
        user_id, ended_at::date as session_date, started_at, ended_at,
        1 as session_count, {", ".join(SUMMED)}
    from intermediate.records
    where rejection_reason is null
    union all
    select
        user_id, ended_at::date, started_at, ended_at,
        -1, {", ".join(f"-{column}" for column in SUMMED)}
    from intermediate.duplicates
"""
TOTALS = ("session_count", "duration_ms", "dl_bytes", "ul_bytes")
USER_DAYS = f"""
    create table intermediate.int_user_days as
    select user_id, session_date, {sums(TOTALS)}
    from intermediate.signed_sessions
    group by user_id, session_date
"""
# a variable, since a subquery would hide from DuckDB which days it need not read
PERIOD = """
    set variable starts_on = (
        select max(session_date) - 27 from intermediate.int_user_days
    )
"""
IN_PERIOD = "session_date >= getvariable('starts_on')"
USERS = f"""
    create table intermediate.int_users as
    with totals as (
        select
            user_id,
            {sums(("session_count", *SUMMED))},
            min(started_at) as first_session_at,
            max(ended_at) as last_session_at
        from intermediate.signed_sessions
        where {IN_PERIOD}
        group by user_id
    ),
    active as (
        select user_id, count(*) as active_days
        from intermediate.int_user_days
        where {IN_PERIOD}
        group by user_id
    )
    select *, dl_bytes + ul_bytes as total_bytes
    from totals
    inner join active using (user_id)
"""
USER_DEVICES = f"""
    create table intermediate.user_devices as
    select
        user_id,
        coalesce(device, '(missing)') as device,
        min(device_maker) as device_maker,
        sum(dl_bytes + ul_bytes)::bigint as total_bytes,
        count(*) as session_count
    from intermediate.int_sessions
    where {IN_PERIOD}
    group by all
"""
DEVICES = f"""
    create table intermediate.devices as
    with makers as (
        select device, device_maker, sum(session_count) as session_count
        from intermediate.user_devices
        group by all
    ),
    named as (
        from makers
        qualify row_number() over (
            partition by device order by session_count desc, device_maker
        ) = 1
    )
    select device, coalesce(class, 'unknown') as device_class
    from named
    left join read_csv('{PATTERNS}', header = true) as patterns
        on lower(concat_ws(' ', device_maker, device)) like lower(pattern)
    qualify row_number() over (
        partition by device order by length(pattern) desc nulls last, pattern
    ) = 1
"""
NAMES = sorted(APPLICATION_COLUMNS)
QUINTILES = {
    "recency": "last_day",
    "frequency": "session_count",
    "duration": "duration_ms",
    "volume": "total_bytes",
}


def ranks(value: str) -> str:
    """Make a table of twice the mid-rank of each value that a user has."""
    return f"""
        {value}_ranks as (
            select
                {value},
                2 * sum(count(*)) over (order by {value}) - count(*) as {value}_rank
            from users
            group by {value}
        )
    """


BYTES = {name: f"{name}_dl_bytes + {name}_ul_bytes" for name in NAMES}
USER_ENGAGEMENT = f"""
    create table marts.user_engagement as
    with users as (
        select *, epoch_ms(last_session_at) // 86400000 as last_day
        from intermediate.int_users
    ),
    everybody as (
        select max(last_day) as newest_day, 2 * count(*) as ranks from users
    ),
    {", ".join(map(ranks, QUINTILES.values()))},
    main_devices as (
        select user_id, device, device_class
        from intermediate.user_devices
        inner join intermediate.devices using (device)
        qualify row_number() over (
            partition by user_id
            order by device = '(missing)', total_bytes desc, device
        ) = 1
    )
    select
        device, device_class,
        user_id, session_count, duration_ms, dl_bytes, ul_bytes, total_bytes,
        active_days, first_session_at, last_session_at,
        duration_ms::double / session_count as mean_session_ms,
        session_count::double / active_days as sessions_per_active_day,
        newest_day - last_day as days_since_last_session,
        dl_bytes::double / nullif(total_bytes, 0) as dl_share,
        case
            when greatest({", ".join(BYTES.values())}) = 0 then null
            {
    " ".join(
        f"when {total} = greatest({', '.join(BYTES.values())}) then '{name}'"
        for name, total in BYTES.items()
    )
}
        end as dominant_application,
        greatest({", ".join(BYTES.values())})::double
        / nullif({" + ".join(BYTES.values())}, 0) as dominant_application_share,
        {
    ", ".join(
        f"ceil(5 * {value}_rank::double / ranks)::bigint as {name}_quintile"
        for name, value in QUINTILES.items()
    )
},
        100 * ({" + ".join(f"{metric}_rank" for metric in METRICS)})::double
        / ({len(METRICS)} * ranks) as engagement_score
    from users
    cross join everybody
    inner join main_devices using (user_id)
    {" ".join(f"inner join {v}_ranks using ({v})" for v in QUINTILES.values())}
"""
USER_APPLICATION_TRAFFIC = (
    "create table marts.user_application_traffic as "
    + " union all ".join(
        f"""
        select
            user_id,
            '{name}' as application,
            {name}_dl_bytes as dl_bytes,
            {name}_ul_bytes as ul_bytes,
            {name}_dl_bytes + {name}_ul_bytes as total_bytes
        from intermediate.int_users
        """
        for name in APPLICATION_COLUMNS
    )
)
APPLICATION_TRAFFIC = f"""
    create table marts.application_traffic as
    with applications as (
        select
            application,
            count(*) filter (where total_bytes > 0) as user_count,
            {sums(("dl_bytes", "ul_bytes", "total_bytes"))}
        from marts.user_application_traffic
        group by application
    )
    select
        *,
        total_bytes::double / sum(total_bytes) over ()::double as traffic_share,
        row_number() over (order by total_bytes desc, application)
            as application_rank
    from applications
"""
TOP_APPLICATIONS = """
    create view marts.top_applications as
    select * from marts.application_traffic where application_rank <= 3
"""
TOP_USERS = "create view marts.top_users as " + ranked(
    [
        top_ten(f"'{metric}' as metric, user_id", metric, "marts.user_engagement")
        for metric in METRICS
    ],
    group="metric",
    value="value",
)
TOP_USERS_PER_APPLICATION = "create view marts.top_users_per_application as " + ranked(
    [
        top_ten(
            "application, user_id",
            "total_bytes",
            "marts.user_application_traffic"
            f" where application = '{name}' and total_bytes > 0",
        )
        for name in APPLICATION_COLUMNS
    ],
    group="application",
    value="total_bytes",
)

OUTPUT.mkdir(exist_ok=True)
config = {
    "storage_compatibility_version": "latest",
    "memory_limit": MEMORY,
    "temp_directory": str(OUTPUT / "spill"),
    "preserve_insertion_order": False,
}
with duckdb.connect(OUTPUT / "warehouse.duckdb", config=config) as connection:
    for statement in (
        "create schema intermediate", "create schema marts",
        TYPED, DUPLICATES, CHECKED, SESSIONS, SIGNED, USER_DAYS, PERIOD, USERS,
        USER_DEVICES, DEVICES, USER_ENGAGEMENT,
        USER_APPLICATION_TRAFFIC, APPLICATION_TRAFFIC, TOP_APPLICATIONS, TOP_USERS,
        TOP_USERS_PER_APPLICATION,
    ):  # fmt: skip
        connection.execute(statement)
