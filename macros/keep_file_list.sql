{#
    Post-hook: note which files are loaded, in the transaction that loads them.
    stg_xdr__files says what should be, and may be ahead of a load that was refused.
#}
{% macro keep_file_list() -%}
    {% if execute %}
    {{ replace_table(
        this.incorporate(path={"identifier": "files_loaded"}),
        "select * from " ~ ref("stg_xdr__files")
    ) }}
    {% endif %}
{%- endmacro %}
