{# No row lacks a value in any of these columns. #}
{% test is_filled(model, columns) %}

select *
from {{ model }}
where
    {{ columns | join(" is null or ") }} is null

{% endtest %}
