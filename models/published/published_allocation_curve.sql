{{ config(alias="allocation_curve") }}

{% set of_users = var("allocation_by") == "highly_engaged_users" %}
{% set counts = ["curve.covered_users"] %}
{% if of_users %}{% do counts.append("curve.gain") %}{% endif %}

select
    curve.location_rank,
    curve.location,
    {% if of_users %}
    {{ rounded_down("curve.gain") }} as gain,
    {% else %}
    curve.gain,
    {% endif %}
    {{ rounded_down("curve.covered_users") }} as covered_users,
    curve.covered_bytes,
    {{ is_few(counts) }} as is_withheld
from {{ ref("allocation_curve") }} as curve
inner join {{ ref("published_location_traffic") }} as places
    on curve.location = places.location
order by curve.location_rank asc nulls last
