{{ config(materialized="view") }}

-- a short top-n sort per application; ranking first would sort all users
with top_of_applications as (
    {% for application in var("applications") %}
    (
        select
            application,
            user_id,
            total_bytes
        from {{ ref("user_application_traffic") }}
        where application = '{{ application.name }}' and total_bytes > 0
        order by total_bytes desc nulls last, user_id asc nulls last
        limit {{ var("top_n") }}
    )
    {{ "union all" if not loop.last }}
    {% else %}
    {{ no_rows(ref("user_application_traffic"), {
        "application": "string",
        "user_id": "string",
        "total_bytes": "bigint",
    }) }}
    {% endfor %}
),

ranked as (
    select
        application,
        cast(row_number() over (
            partition by application
            order by total_bytes desc nulls last, user_id asc nulls last
        ) as bigint) as user_rank,
        user_id,
        total_bytes
    from top_of_applications
)

select * from ranked
order by application asc nulls last, user_rank asc nulls last
