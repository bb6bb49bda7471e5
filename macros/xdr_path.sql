{# What to load: XDR_PATH, or the sample that comes with the project. #}
{% macro xdr_path() -%}
    {{ return(env_var("XDR_PATH", "") or "seeds/xdr_sample.csv") }}
{%- endmacro %}
