{# No two rows agree in all these columns, which are the grain of the model. #}
{% test is_unique(model, columns) %}

select
    {{ columns | join(", ") }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1

{% endtest %}
