{#
    SQL that writes rows to a table of materialization_incremental_spark.

    verb: into adds to what is there, overwrite replaces the partitions it writes.
    relation: the table. query: of the rows.
#}
{% macro spark__insert_keyed(verb, relation, query) -%}
    insert {{ verb }} {{ relation }} by name
    select
        {{ "/*+ rebalance(partition_key) */" if config.get("meta").get("gather") }}
        *,
        {{ spark__partition_key() }} as partition_key
    from (
        {{ query }}
    ) as batch
{%- endmacro %}
