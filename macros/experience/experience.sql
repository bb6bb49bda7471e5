{% macro experience_limits() -%}
    {% set limits = {
        "poor_throughput_kbps": 250, "poor_rtt_ms": 300,
        "poor_retransmission_share": 0.05,
    } %}
    {% do limits.update(var("experience")) %}
    {{ return(limits) }}
{%- endmacro %}

{# With fewer measurements, a figure says nothing. #}
{% macro least_measurements() -%}
    {{ return(10) }}
{%- endmacro %}

{% macro experience_sums() -%}
        sum(session_count) as session_count,
        count(case when is_measured then 1 end) as measured_count,
        count(case when is_poor then 1 end) as poor_count,
        {% for figure in ["rtt_ms", "throughput_kbps"] %}
        count({{ figure }}) as {{ figure }}_count,
        {{ median(figure) }} as {{ figure }},
        {% endfor %}
        count(retransmitted_bytes) as retransmitted_count,
        sum(retransmitted_bytes) as retransmitted_bytes,
        sum(compared_bytes) as compared_bytes
{%- endmacro %}

{% macro experience_figures() -%}
        cast(session_count as bigint) as session_count,
        measured_count,
        cast(measured_count as double) / session_count as measured_share,
        {% for figure in ["rtt_ms", "throughput_kbps"] %}
        case
            when {{ figure }}_count >= {{ least_measurements() }} then {{ figure }}
        end as {{ figure }},
        {% endfor %}
        case
            when retransmitted_count >= {{ least_measurements() }}
                then cast(retransmitted_bytes as double) / compared_bytes
        end as retransmission_share,
        {{ share_with_interval("poor_count", "measured_count", "poor_share") }}
{%- endmacro %}

{% macro share_with_interval(count, total, name) -%}
    {% set enough = total ~ " >= " ~ least_measurements() %}
    {% set share = "cast(" ~ count ~ " as double) / " ~ total %}
    {% set z2 = 1.96 * 1.96 %}
    case when {{ enough }} then {{ share }} end as {{ name }},
    {#- rounding must not part the end of the interval from a share of 0 or 1 -#}
    {% for side, sign, bounds in [
        ("low", "-", "greatest(0, least("), ("high", "+", "least(1, greatest("),
    ] %}
    case
        when {{ enough }}
            then {{ bounds }}{{ share }}, (
                {{ share }} + {{ z2 }} / (2 * {{ total }})
                {{ sign }} 1.96 * sqrt((
                    {{ share }} * (1 - {{ share }})
                    + {{ z2 }} / (4 * {{ total }})
                ) / {{ total }})
            ) / (1 + {{ z2 }} / {{ total }})))
    end as {{ name }}_{{ side }}{{ "," if not loop.last }}
    {% endfor %}
{%- endmacro %}

{% macro evidence_of(count, total, expected) -%}
    {% set share = "(cast(" ~ count ~ " as double) / " ~ total ~ ")" %}
    {% set chance = "(" ~ expected ~ " / " ~ total ~ ")" %}
    case
        when {{ count }} > {{ expected }} and {{ expected }} > 0
            then {{ count }} * ln({{ share }} / {{ chance }})
                + case
                    when {{ count }} < {{ total }}
                        then ({{ total }} - {{ count }})
                            * ln((1 - {{ share }}) / (1 - {{ chance }}))
                    else 0
                end
        else 0
    end
{%- endmacro %}

{% macro median(column) -%}
    {{ return(adapter.dispatch("median")(column)) }}
{%- endmacro %}

{% macro duckdb__median(column) -%}
    median({{ column }})
{%- endmacro %}

{% macro spark__median(column) -%}
    percentile({{ column }}, 0.5)
{%- endmacro %}

{# Homes and machines, not people. #}
{% macro is_fixed(device_class) -%}
    {{ device_class }} in ('router', 'modem', 'iot')
{%- endmacro %}

{# A short top-n sort per metric; ranking first would sort all users. #}
{% macro top_users_among(condition) -%}
with top_of_metrics as (
    {% for metric in metric_names() %}
    (
        select
            '{{ metric }}' as metric,
            user_id,
            {{ metric }} as value
        from {{ ref("user_engagement") }}
        where {{ condition }}
        order by {{ metric }} desc nulls last, user_id asc nulls last
        limit {{ var("top_n") }}
    )
    {{ "union all" if not loop.last }}
    {% endfor %}
),

ranked as (
    select
        metric,
        cast(row_number() over (
            partition by metric
            order by value desc nulls last, user_id asc nulls last
        ) as bigint) as user_rank,
        user_id,
        value
    from top_of_metrics
)

select * from ranked
order by metric asc nulls last, user_rank asc nulls last
{%- endmacro %}
