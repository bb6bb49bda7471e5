{% macro plan_load() -%}
    {% set loads = [] %}
    {% if is_building() and target.type == "duckdb" %}
        {% do loads.extend(graph.nodes.values()
            | selectattr("config.materialized", "equalto", "load")
            | map(attribute="unique_id") | select("in", selected_resources)) %}
    {% endif %}
    {% for id in loads %}
        {% if has_records() %}
            {% do ask("check_rules", [
                read_record([id]).get(id, {}).formula,
                local_md5(tojson([rules_for_records()]))
            ]) %}
        {% endif %}
        {% set plan = load_plan() %}
        {% set options = tojson(csv_options()) %}
        {% if plan.new | length == plan.count %}
            {% do ask("check_records", [tojson(plan.new), options]) %}
        {% endif %}
        {% set lacking = {} %}
        {% for export in plan.new %}
            {% do lacking.update({export.file: ask("check_columns", [
                export.file, tojson(xdr_mapping()), options
            ])}) %}
        {% endfor %}
        {% for line in ask("describe_missing", [
            tojson(lacking), tojson(xdr_mapping())
        ]) %}{% do log(line, info=True) %}{% endfor %}
        {% set due = ask("count_records", [tojson(plan.new), options]) %}
        {% for file in due %}
            {% set fields = lacking[file.source_file] %}
            {% do file.update({"missing_fields": fields | join(", ") or none}) %}
        {% endfor %}
        {% do run_query(list_files(due, plan.leaving)) %}
        {% do run_query(list_passed_over(plan.passed_over)) %}
    {% endfor %}
{%- endmacro %}

{# What to load and to remove, and what is passed over: plan_load, export/listing.py #}
{% macro load_plan() -%}
    {% set loaded = run_query(
        "select json_group_object(source_file, file_version)::varchar from "
        ~ source("state", "files_loaded")
    )[0][0] if has_records() %}
    {% set sample = ask("sample_of", [invocation_args_dict.project_dir]) %}
    {% set path = env_var("XDR_PATH", "") or sample %}
    {{ return(ask("plan_load", [path, loaded or "{}", settings_version()])) }}
{%- endmacro %}

{# SQL that notes the files that will be loaded when this build is done. #}
{% macro list_files(due, leaving) -%}
    {% set names = due | map(attribute="source_file") | list + leaving %}
    create or replace table {{ source("state", "files_of_build") }} as
    select
        unnest(
            from_json({{ quote_text(tojson(due)) }}, '[{
                "source_file": "VARCHAR", "file_version": "VARCHAR",
                "file_bytes": "BIGINT", "modified_at": "TIMESTAMP",
                "record_count": "BIGINT", "is_plain": "BOOLEAN",
                "passed_lines": ["BIGINT"], "missing_fields": "VARCHAR"
            }]'),
            max_depth := 2
        ),
        {{ load_time() }} as loaded_at,
        true as is_due
    {% if has_records() %}
    union all
    select
        *,
        false as is_due
    from {{ source("state", "files_loaded") }}
    where source_file not in {{ quote_tuple(names) }}
    {% endif %}
{%- endmacro %}

{# SQL that notes what XDR_PATH names besides exports, also if nothing is loaded. #}
{% macro list_passed_over(passed_over) -%}
    create or replace table {{ source("state", "files_passed_over") }} as
    select
        entry.file as source_file,
        entry.bytes as file_bytes,
        entry.modified_at,
        entry.because as passed_over_because
    from (
        select unnest(from_json({{ quote_text(tojson(passed_over)) }}, '[{
            "file": "VARCHAR", "bytes": "BIGINT", "modified_at": "TIMESTAMP",
            "because": "VARCHAR"
        }]')) as entry
    )
{%- endmacro %}

{# Changes when records would be read differently: with other vars or another key. #}
{% macro settings_version() -%}
    {% set parts = [mapping_version()] %}
    {% if is_pseudonymised() %}
        {% do parts.append(
            local_md5(key_fingerprint() ~ keeps_identities())[:8]
        ) %}
    {% endif %}
    {{ return(parts | join("-")) }}
{%- endmacro %}

{% macro mapping_version() -%}
    {{ return(local_md5(tojson([
        xdr_mapping(), record_columns(), csv_options(), var("applications"),
        var("xdr_timestamp_formats"), var("xdr_duration_unit"),
        var("xdr_volume_unit"), var("user_id_pattern"), var("max_session_days"),
        var("xdr_timezone"), report_timezone(),
    ], sort_keys=true))[:8]) }}
{%- endmacro %}

{% macro rules_for_records() -%}
    {{ return(ask("rules_for_records", [invocation_args_dict.project_dir])) }}
{%- endmacro %}

{% macro has_records() -%}
    {{ return(not flags.FULL_REFRESH and adapter.get_relation(
        target.database, "staging", "stg_xdr__records"
    ) is not none) }}
{%- endmacro %}

{% macro is_building() -%}
    {{ return(execute and flags.WHICH in ["build", "run", "retry"]) }}
{%- endmacro %}
