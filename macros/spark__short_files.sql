{#
    SQL of the files of which this build has loaded fewer records than they hold.

    files: names of the files it has read.
#}
{% macro spark__short_files(files) -%}
    with loaded as (
        select
            source_file,
            file_version,
            count(*) as record_count
        from {{ this }}
        where source_file in {{ quote_tuple(files) }}
        group by source_file, file_version
    )

    select files.source_file
    from {{ ref("stg_xdr__files") }} as files
    left join loaded
        on
            files.source_file = loaded.source_file
            and files.file_version = loaded.file_version
    where
        files.source_file in {{ quote_tuple(files) }}
        and files.record_count > coalesce(loaded.record_count, 0)
{%- endmacro %}
