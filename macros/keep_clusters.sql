{#
    Pre-hook of user_clusters: keep the clusters that users were in before new
    data came. With another fit, clusters are others and nobody has moved;
    under another key users are, and who they were may not stay.
#}
{% macro keep_clusters() -%}
    {% if execute %}
    {% set before = source("kept", "clusters_before") %}
    {% set built = built_relation(this.schema, this.identifier) %}
    {% set files = state_version(
        adapter.get_relation(target.database, "staging", "stg_xdr__files")
    ) %}
    {% set fit = state_version(ref("cluster_centroids")) ~ key_fingerprint() %}
    {% set noted = kept_version(before) if built %}
    {% set noted_files, noted_fit = (noted or "- -").split(" ") %}
    {% if fit != noted_fit or not adapter.get_relation(
        before.database, before.schema, before.identifier
    ) %}
        create or replace table {{ before }} (
            user_id {{ dbt.type_string() }},
            cluster_id bigint,
            cluster_name {{ dbt.type_string() }}
        );
    {% elif files != noted_files %}
        create or replace table {{ before }} as
        select
            user_id,
            cluster_id,
            cluster_name
        from {{ built }};
    {% endif %}
    {{ note_version(before, files ~ " " ~ fit) }}
    {% endif %}
{%- endmacro %}
