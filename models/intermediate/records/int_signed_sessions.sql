{{ config(materialized="view") }}

{% if is_mapped("session_id") %}
select * from {{ ref("int_session_records") }}
{% else %}
-- Copies are subtracted, not removed by a join: after a join, DuckDB does not
-- know that the sums fit in a bigint, and takes twice as long.
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
{% endif %}
