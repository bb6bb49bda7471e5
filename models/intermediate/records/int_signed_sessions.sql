{{ config(materialized="view") }}

-- Taken off again and not left out by a join: behind a join DuckDB does not see
-- that a bigint holds the sums, and takes twice the time.
with signed_sessions as (
    {% for sign, records in
        [("", ref("stg_xdr__records")), ("-", ref("int_records_repeated"))] %}
    select
        user_id,
        session_date,
        started_at,
        ended_at,
        location,
        {% for column in summed_columns() %}
        {{ sign }}{{ column }} as {{ column }},
        {% endfor %}
        {{ sign }}1 as session_count
    from {{ records }}
    where {{ "copy_number > 1" if sign else "rejection_reason is null" }}
    {{ "union all" if not sign }}
    {% endfor %}
)

select * from signed_sessions
