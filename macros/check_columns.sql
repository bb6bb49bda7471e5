{#
    End the build if an export lacks a mapped column, or has ids in one that cannot
    hold them. Without a header, what the message lists is a record: with the key
    set, it shows no number.
#}
{% macro check_columns(file) -%}
    {% set columns = ask("read_header", [file]) %}
    {% set names = columns | map(attribute="name") | list %}
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
    {% set ids = var("xdr_columns").user_id %}
    {% if {"name": ids, "type": "FLOAT"} in columns %}
        {% do exceptions.raise_compiler_error(
            file ~ " has column '" ~ ids ~ "', which var xdr_columns.user_id names, as "
            ~ "fractions of 32 bits: these keep seven digits, so that subscribers "
            ~ "become one; export it as text or whole numbers."
        ) %}
    {% endif %}
{%- endmacro %}
