{#
    A strptime format as a pattern of Spark's, which does not know strptime.

    format: one of the var xdr_timestamp_formats.
#}
{% macro spark__time_pattern(format) -%}
    {% set directives = {
        "%Y": "yyyy", "%m": "M", "%d": "d", "%j": "D", "%b": "MMM", "%B": "MMMM",
        "%H": "H", "%I": "h", "%p": "a", "%M": "m", "%S": "s", "%f": "SSSSSS",
        "%g": "SSS", "%n": "SSSSSSSSS", "%z": "[XXX][XX][X]", "%%": "%",
        "%-m": "M", "%-d": "d", "%-j": "D", "%-H": "H", "%-I": "h", "%-M": "m",
        "%-S": "s", "%T": "H:m:s",
    } %}
    {% set pattern = [] %}
    {% for part in modules.re.findall("%-?.|[A-Za-z]+|'|.", format) %}
        {% if part.startswith("%") %}
            {% do check_that(
                part in directives, "xdr_timestamp_formats",
                "is read on Spark without " ~ part ~ ", not '" ~ format ~ "'"
            ) %}
            {% do pattern.append(directives[part]) %}
        {% elif part == "'" %}
            {% do pattern.append("''") %}
        {% elif modules.re.fullmatch("[A-Za-z]+|[][{}#]", part) %}
            {% do pattern.append("'" ~ part ~ "'") %}
        {% else %}
            {% do pattern.append(part) %}
        {% endif %}
    {% endfor %}
    {{ return(pattern | join) }}
{%- endmacro %}
