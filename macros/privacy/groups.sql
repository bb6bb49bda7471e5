{#
    If a small group is left out, so are the next larger ones until one of them has
    enough users: otherwise totals would reveal the small group. The counts of small
    groups do not add up, as the same users may be in all of them.
#}
{% macro of_enough_users(
    group, within=none, count="user_count", least=none
) -%}
    {% set least = least or var("min_group_size") -%}
    {% set all = "partition by " ~ within if within else "" -%}
    min({{ count }}) over ({{ all }}) >= {{ least }}
    or max({{ count }}) over (
        {{ all }}
        order by {{ count }} asc nulls last, {{ group }} asc nulls last
        rows between unbounded preceding and 1 preceding
    ) >= {{ least }}
{%- endmacro %}

{% macro is_few(counts) -%}
    {% set least = var("min_group_size") -%}
    (
        {%- for count in ([counts] if counts is string else counts) -%}
        ({{ count }} > 0 and {{ count }} < {{ least }}) is true
        {{- " or " if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}

{# The part of a group that is shown must not be few, nor the rest of it. #}
{% macro leaves_few(part, whole) -%}
    {{ is_few([part, whole ~ " - " ~ part]) }}
{%- endmacro %}

{# Two published counts differ by nobody or by a whole group, today or since the
   last publish. #}
{% macro rounded_down(count) -%}
    {% set least = var("min_group_size") -%}
    case
        when not {{ is_few(count) }}
            then {{ count }} - {{ count }} % {{ least }}
    end
{%- endmacro %}

{% macro published_experience(group, published) -%}
with counted as (
    select
        experience.*,
        {{ rounded_down("experience.session_count") }} as published_session_count,
        {{ rounded_down("experience.measured_count") }} as published_measured_count
    from {{ ref(group ~ "_experience") }} as experience
    inner join {{ ref("published_" ~ published) }} as published
        on experience.{{ group }} = published.{{ group }}
)

select
    {{ group }},
    published_session_count as session_count,
    published_measured_count as measured_count,
    cast(published_measured_count as double) / published_session_count
        as measured_share,
    rtt_ms,
    throughput_kbps,
    retransmission_share,
    poor_share,
    poor_share_low,
    poor_share_high,
    {{ is_few("measured_count") }} as is_withheld
from counted
order by {{ group }} asc nulls last
{%- endmacro %}
