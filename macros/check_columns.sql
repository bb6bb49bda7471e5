{#
    End the build if an export lacks a mapped column. Without a header, what the
    message lists is a record: with the key set, it shows no number.
#}
{% macro check_columns(file) -%}
    {% set names = ask("read_header", [file]) | map(attribute="name") | list %}
    {% set missing = [] %}
    {% for entry in xdr_mapping() if entry.column not in names %}
        {% do missing.append(entry) %}
    {% endfor %}
    {% if missing %}
        {% set listed = names | join(", ") %}
        {% if is_pseudonymised() %}
            {% set listed = modules.re.sub("[0-9]{5,}", "99999", listed) %}
        {% endif %}
        {% set hint -%}
            {% if missing | length == xdr_mapping() | length -%}
                none of the mapped columns is there, so does its first line hold
                the names of the columns, separated by commas
            {%- else -%}
                set var {{ missing[0].setting }} to one of {{ listed }}
            {%- endif %}
        {%- endset %}
        {% do exceptions.raise_compiler_error(
            file ~ " has no column '" ~ missing[0].column ~ "', which var "
            ~ missing[0].setting ~ " names; " ~ hint | replace("\n", " ") ~ "."
        ) %}
    {% endif %}
{%- endmacro %}
