{% macro keep_clusters() -%}
    {% if execute %}
    {% set before = source("state", "clusters_before") %}
    {% set built = built_table() %}
    {% set loaded = source("state", "files_loaded") %}
    {% set files = fingerprint_of(loaded) %}
    {% set fit = fingerprint_of(ref("cluster_centroids")) ~ run_query(
        "select max(split_part(file_version, ' ', 4)) from " ~ loaded
    )[0][0] %}
    {% set noted = run_query(
        "select cluster_name from " ~ before ~ " where user_id is null"
    ).rows if built %}
    {% set noted_files, noted_fit = (noted[0][0] if noted else "- -").split(" ") %}
    {% if fit != noted_fit or files != noted_files %}
    {% set query -%}
        select
            cast(null as {{ dbt.type_string() }}) as user_id,
            cast(null as bigint) as cluster_id,
            '{{ files }} {{ fit }}' as cluster_name
        {% if fit == noted_fit %}
        union all
        select
            user_id,
            cluster_id,
            cluster_name
        from {{ built }}
        {% endif %}
    {%- endset %}
    {{ replace_table(before, query) }}
    {% endif %}
    {% endif %}
{%- endmacro %}
