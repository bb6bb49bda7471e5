{# Every mapped column: a list of {field, column, setting}, optional ones if set. #}
{% macro xdr_mapping() -%}
    {% set mapping = [] %}
    {% for field, column in var("xdr_columns").items() if column %}
        {% do mapping.append(
            {"field": field, "column": column, "setting": "xdr_columns." ~ field}
        ) %}
    {% endfor %}
    {% for application in var("applications") %}
        {% for direction in ["dl", "ul"] %}
            {% do mapping.append({
                "field": application.name ~ "_" ~ direction ~ "_bytes",
                "column": application[direction],
                "setting": "applications: " ~ application.name ~ ": " ~ direction,
            }) %}
        {% endfor %}
    {% endfor %}
    {{ return(mapping) }}
{%- endmacro %}
