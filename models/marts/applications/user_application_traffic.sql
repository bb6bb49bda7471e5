-- each part reads only the two columns of its application, and the rows of an
-- application are stored together
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
{% else %}
{{ no_rows(ref("int_users"), {
    "user_id": "string",
    "application": "string",
    "dl_bytes": "bigint",
    "ul_bytes": "bigint",
    "total_bytes": "bigint",
}) }}
{% endfor %}
