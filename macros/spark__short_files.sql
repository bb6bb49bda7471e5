{# SQL of the files of which this build has loaded fewer records than they hold. #}
{% macro spark__short_files() -%}
    with loaded as (
        select
            source_file,
            file_version,
            count(*) as record_count
        from {{ this }}
        group by source_file, file_version
    )

    select files.source_file
    from {{ ref("stg_xdr__files") }} as files
    left join loaded
        on
            files.source_file = loaded.source_file
            and files.file_version = loaded.file_version
    where files.record_count > coalesce(loaded.record_count, 0)
{%- endmacro %}
