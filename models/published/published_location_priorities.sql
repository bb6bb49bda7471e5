{{ config(alias="location_priorities") }}

{% set counts =
    ["measured_count", "busy_measured_count", "quiet_measured_count"] %}

select
    priorities.location,
    priorities.priority_rank,
    priorities.verdict,
    places.user_count,
    places.highly_engaged_user_count,
    priorities.total_bytes,
    priorities.busy_hour_of_week,
    hours.mean_mbit_per_second as busy_mbit_per_second,
    hours.highly_engaged_bytes as busy_highly_engaged_bytes,
    priorities.top_user_share,
    {% for count in counts %}
    {{ rounded_down(count) }} as {{ count }},
    {% endfor %}
    priorities.poor_share,
    priorities.poor_share_low,
    priorities.poor_share_high,
    priorities.busy_poor_share,
    priorities.quiet_poor_share,
    priorities.expected_poor_share,
    priorities.evidence,
    priorities.evidence_in_all,
    priorities.evidence_needed,
    places.is_withheld
    or coalesce(hours.is_withheld, false)
    or {{ is_few(counts) }} as is_withheld
from {{ ref("location_priorities") }} as priorities
inner join {{ ref("published_location_traffic") }} as places
    on priorities.location = places.location
left join {{ ref("published_location_hours") }} as hours
    on
        priorities.location = hours.location
        and priorities.busy_hour_of_week = hours.hour_of_week
order by priorities.priority_rank asc nulls last
