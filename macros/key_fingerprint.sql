{#
    A text that another key has not, and none without a key; it tells nothing of
    the key. Asked of the plugin, since a secret that SQL reads ends in target/.
#}
{% macro key_fingerprint() -%}
    {{ return(ask("key_fingerprint", []) if execute else "") }}
{%- endmacro %}
