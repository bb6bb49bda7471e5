{#
    Pre-hook of user_clusters: keep the clusters that users were in before new
    data came. With another fit, clusters are others and nobody has moved;
    under another key users are, and who they were may not stay.
#}
{% macro keep_clusters() -%}
    {% if execute %}
    {% set before = source("kept", "clusters_before") %}
    {% set built = built_relation(this.schema, this.identifier) %}
    {% set kept = built and adapter.get_relation(
        before.database, before.schema, before.identifier
    ) %}
    {% set files = state_version(
        adapter.get_relation(target.database, "staging", "stg_xdr__files")
    ) %}
    {% set fit = state_version(ref("cluster_centroids")) ~ key_fingerprint() %}
    {% set noted = kept_version(before) if kept %}
    {% set noted_files, noted_fit = (noted or "- -").split(" ") %}
    {% set version = files ~ " " ~ fit %}
    {% if fit != noted_fit %}
    {% set nobody -%}
        select
            cast(null as {{ dbt.type_string() }}) as user_id,
            cast(null as bigint) as cluster_id,
            cast(null as {{ dbt.type_string() }}) as cluster_name
        where false
    {%- endset %}
    {{ replace_table(before, nobody, version) }}
    {% elif files != noted_files %}
    {{ replace_table(
        before, "select user_id, cluster_id, cluster_name from " ~ built, version
    ) }}
    {% endif %}
    {% endif %}
{%- endmacro %}
