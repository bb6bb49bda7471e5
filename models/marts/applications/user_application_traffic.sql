-- each application reads its own two columns of the users, and lies together
{% for application in var("applications") %}
select
    user_id,
    '{{ application.name }}' as application,
    {{ application.name }}_dl_bytes as dl_bytes,
    {{ application.name }}_ul_bytes as ul_bytes,
    {{ application.name }}_dl_bytes + {{ application.name }}_ul_bytes
        as total_bytes
from {{ ref("int_users") }}
{{ "union all" if not loop.last }}
{% endfor %}
