{#
    SQL of the files that int_records_loaded does not hold yet: source_file and
    is_well_quoted.
#}
{% macro pending_files() -%}
    {% set built = loaded_files() %}
    select
        source_file,
        is_well_quoted
    from {{ ref("stg_xdr__files") }}
    {% if built %}
    where (source_file, file_version) not in (
        select source_file, file_version from {{ built }}
    )
    {% endif %}
{%- endmacro %}
