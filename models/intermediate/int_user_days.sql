{{
    config(
        materialized="incremental",
        incremental_strategy="keep_current",
        on_schema_change="sync_all_columns",
        meta={
            "current_in": "int_days",
            "keys": ["session_date", "day_version"],
            "gather": true,
        },
    )
}}

with days as (
    select loaded.* from {{ ref("int_days") }} as loaded
    {% if is_incremental() %}
    left join (
        select distinct
            session_date,
            day_version
        from {{ this }}
    ) as built
        on
            loaded.session_date = built.session_date
            and loaded.day_version = built.day_version
    where built.session_date is null
    {% endif %}
),

-- Repeated records are taken off again, not left out by a join: behind a join
-- DuckDB does not see that a bigint holds the sums, and takes twice the time.
sessions as (
    {% for sign, records in
        [("", ref("int_records_loaded")), ("-", ref("int_repeated_records"))] %}
    select
        user_id,
        session_date,
        started_at,
        ended_at,
        {% for column in summed_columns() %}
        {{ sign }}{{ column }} as {{ column }},
        {% endfor %}
        {{ sign }}1 as session_count
    from {{ records }}
    where
        {{ "copy_number > 1 and" if sign }}
        {% if is_incremental() %}
        session_date in (select days.session_date from days) and
        {% endif %}
        rejection_reason is null
    {{ "union all" if not sign }}
    {% endfor %}
),

user_days as (
    select
        user_id,
        session_date,
        {% for column in ["session_count"] + summed_columns() %}
        cast(coalesce(sum({{ column }}), 0) as bigint) as {{ column }},
        {% endfor %}
        min(started_at) as first_session_at,
        max(ended_at) as last_session_at
    from sessions
    group by user_id, session_date
),

-- joined last: a version in the key would make each group twice as wide
versioned as (
    select
        user_days.*,
        days.day_version
    from user_days
    inner join days on user_days.session_date = days.session_date
)

select * from versioned
