"""A var that cannot be used is a sentence that names it, before anything runs."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from conftest import ROOT

from engagement.fit.scaling import SCALERS
from engagement.settings import Settings, SettingsError, check_vars

DEFAULTS = yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))["vars"]
COLUMNS = DEFAULTS["xdr_columns"]
CHAT = {"name": "chat", "dl": "chat down", "ul": "chat up"}
BY_VALUE = {"xdr_columns": COLUMNS | {"application": "app"}}


def refusals(**changed: Any) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        check_vars(DEFAULTS | changed)
    return str(refused.value).splitlines()


def test_every_var_is_a_setting_and_its_default_can_be_used() -> None:
    assert set(DEFAULTS) == set(Settings.model_fields)
    assert check_vars(DEFAULTS).cluster_count == 3


def test_optional_fields_may_be_left_out_or_null() -> None:
    optional = ("started_ms", "ended_ms", "location")
    columns = {k: v for k, v in COLUMNS.items() if k not in optional}

    for more in ({}, dict.fromkeys(optional)):
        found = check_vars(DEFAULTS | {"xdr_columns": columns | more})
        assert found.xdr_columns.location is None


def test_what_is_left_out_of_xdr_csv_keeps_its_default() -> None:
    found = check_vars(DEFAULTS | {"xdr_csv": {"delimiter": ";", "columns": []}})

    assert found.xdr_csv.model_dump() == DEFAULTS["xdr_csv"] | {"delimiter": ";"}


def test_applications_have_three_forms() -> None:
    rest = [{"name": "video", "values": ["Netflix"]}, {"name": "other"}]
    for changed in (
        {"applications": []},
        {"applications": [CHAT]},
        BY_VALUE | {"applications": rest},
        BY_VALUE | {"applications": []},
    ):
        assert len(check_vars(DEFAULTS | changed).applications) == len(
            changed["applications"]
        )


def test_the_scalers_are_those_of_the_fit() -> None:
    for scaler in SCALERS:
        assert check_vars(DEFAULTS | {"cluster_scaler": scaler})
    (told,) = refusals(cluster_scaler="zscore")
    assert f"must be one of {', '.join(SCALERS)}, not 'zscore'" in told


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"top_n": "ten"}, "top_n must be a whole number from 1 to 1000000, not 'ten'"),
        ({"top_n": 0}, "top_n must be a whole number from 1 to 1000000, not '0'"),
        ({"top_n": True}, "top_n must be a whole number from 1 to 1000000, not 'True'"),
        ({"top_n": 2.5}, "top_n must be a whole number from 1 to 1000000, not '2.5'"),
        ({"top_n": None}, "top_n must be a whole number from 1 to 1000000, not 'None'"),
        (
            {"top_application_count": 1001},
            "top_application_count must be a whole number from 1 to 1000, not '1001'",
        ),
        (
            {"cluster_count": 1},
            "cluster_count must be a whole number from 2 to 10, not '1'",
        ),
        (
            {"report_url": None},
            "report_url must be a URL or a path, such as "
            "'https://bi.example.com/engagement', not ''",
        ),
        (
            {"min_group_size": -5},
            "min_group_size must be a whole number from 1 to 1000000, not '-5'",
        ),
        ({"refit": "yes"}, "refit must be one of true, false, not 'yes'"),
        ({"refit": 1}, "refit must be one of true, false, not '1'"),
        (
            {"max_rejected_share": 5},
            "max_rejected_share must be a number from 0 to 1, not '5'",
        ),
        (
            {"max_rejected_share": float("nan")},
            "max_rejected_share must be a number from 0 to 1, not 'nan'",
        ),
        (
            {"xdr_duration_unit": "min"},
            "xdr_duration_unit must be one of s, ms, us, not 'min'",
        ),
        (
            {"xdr_timestamp_formats": "%d"},
            "xdr_timestamp_formats must be a list of strptime formats, such as",
        ),
        (
            {"xdr_timestamp_formats": ["%d {x} %Q"]},
            "xdr_timestamp_formats has '%d {x} %Q' with %Q, which DuckDB cannot read",
        ),
        (
            {"xdr_timestamp_formats": ["%d.%m.%Y %-z"]},
            "xdr_timestamp_formats has '%d.%m.%Y %-z' with %-z, which DuckDB",
        ),
        ({"xdr_timestamp_formats": ["%%%"]}, "has '%%%' with %, which DuckDB cannot"),
        (
            {"applications": [CHAT | {"dl": "Source_File"}]},
            "applications.chat.dl must not name a column source_file",
        ),
        (
            {"applications": None},
            "applications must be a list of applications, or [] for none",
        ),
        (
            {"applications": [{"name": "A B"}]},
            "applications.A B must have a name of lower-case letters, digits and _",
        ),
        (
            {"applications": [{"name": "1st"}]},
            "beginning with a letter, not '1st'",
        ),
        (
            {"applications": [CHAT | {"ul": None}]},
            "applications: chat must have dl and ul, the columns of its bytes",
        ),
        (
            {"applications": [{"name": "chat", "dl": "x"}]},
            "applications: chat must have dl and ul, the columns of its bytes",
        ),
        ({"applications": [CHAT, CHAT]}, "applications must list 'chat' only once"),
        (
            {"applications": [CHAT | {"up": "x"}]},
            "applications.chat.up is not a setting; valid ones are name, dl, ul",
        ),
        (
            {"xdr_columns": "MSISDN"},
            "xdr_columns must map fields to columns of the export, not 'MSISDN'",
        ),
        (
            {"xdr_columns": COLUMNS | {"user_id": None}},
            "xdr_columns.user_id must name the column of the export that holds it",
        ),
        (
            {"xdr_columns": COLUMNS | {"location": "$.cells[*].id"}},
            "xdr_columns must not map location to '$.cells[*].id': [*] adds up a list",
        ),
        (
            {"xdr_columns": COLUMNS | {"cell": "x"}},
            "xdr_columns.cell is not a setting; valid ones are user_id, session_id, "
            "started_at",
        ),
        (
            {"xdr_columns": COLUMNS | {"location": "Source_File"}},
            "xdr_columns.location must not name a column source_file",
        ),
        (
            {"clustr_count": 4},
            "clustr_count is not a setting; valid ones are xdr_csv, xdr_columns,",
        ),
        (
            {"xdr_csv": {"delimiter": ""}},
            "xdr_csv.delimiter must be one to four characters, such as ';', not ''",
        ),
        (
            {"xdr_csv": {"delimiter": "||||:"}},
            "xdr_csv.delimiter must be one to four characters",
        ),
        (
            {"xdr_csv": {"delimiter": '"'}},
            "xdr_csv.delimiter must not hold a quote or a line end",
        ),
        (
            {"xdr_csv": {"comment": "//"}},
            "xdr_csv.comment must be one character, such as '#', or ~, not '//'",
        ),
        (
            {"xdr_csv": {"nulls": "NULL"}},
            "xdr_csv.nulls must be a list of quoted texts, such as ['NULL', '-'], not",
        ),
        (
            {"xdr_csv": {"nulls": ["NULL", 0]}},
            "xdr_csv.nulls must be a list of quoted texts",
        ),
        (
            {"xdr_csv": {"encoding": "cp1252"}},
            "xdr_csv.encoding must be one of utf-8, utf-16, latin-1, not 'cp1252'",
        ),
        ({"xdr_csv": {"decimal": ";"}}, "xdr_csv.decimal must be one of ., ,, not ';'"),
        (
            {"xdr_csv": {"columns": ["a", "b", "A"]}},
            "xdr_csv.columns must name 'a' only once",
        ),
        (
            {"xdr_csv": {"columns": ["a", " "]}},
            "xdr_csv.columns must not name a column with an empty text",
        ),
        (
            {"xdr_csv": {"sep": ";"}},
            "xdr_csv.sep is not a setting; valid ones are delimiter, columns, comment",
        ),
        (
            {"xdr_csv": ";"},
            "xdr_csv must map delimiter, columns, comment, nulls, encoding, decimal, "
            "not ';'",
        ),
        (
            {"xdr_columns": {"user_id": "x", "started_at": "y"}},
            "xdr_columns must map two of started_at, ended_at, duration: the third",
        ),
        (
            {"xdr_columns": COLUMNS | {"started_at": None}},
            "xdr_columns must not map started_ms without started_at",
        ),
        (
            {"xdr_columns": COLUMNS | {"user_id": {"sql": " "}}},
            "xdr_columns.user_id must be the name of a column, a path such as '$.a.b'",
        ),
        (
            {"xdr_columns": COLUMNS | {"location": {"sql": "x", "else": "y"}}},
            "xdr_columns.location must be the name of a column, a path such as",
        ),
        (
            {"xdr_timestamp_formats": ["epoch_ns"]},
            "xdr_timestamp_formats has 'epoch_ns', which is neither a strptime format",
        ),
        (
            {"xdr_volume_unit": "kb"},
            "xdr_volume_unit must be one of B, kB, MB, GB, KiB, MiB, GiB, not 'kb'",
        ),
        (
            {"user_id_pattern": "[0-9"},
            "user_id_pattern is '[0-9', which is not a regular expression: missing ]",
        ),
        (
            {"user_id_pattern": ""},
            "user_id_pattern must be a regular expression, such as '[0-9]{5,15}'",
        ),
        (
            {"max_session_days": 0},
            "max_session_days must be a whole number from 1 to 10000, not '0'",
        ),
        (
            {"applications": [{"name": "chat", "values": ["Chat"]}]},
            "applications: chat must have dl and ul, the columns of its bytes; values "
            "need xdr_columns.application",
        ),
        (
            BY_VALUE | {"applications": [CHAT]},
            "applications: chat must have values, not dl and ul, because "
            "xdr_columns.application names the application of a record",
        ),
        (
            BY_VALUE | {"applications": [{"name": "a"}, {"name": "b", "values": None}]},
            "applications: only one may be without values, which takes the rest, not "
            "a and b",
        ),
        (
            BY_VALUE
            | {
                "applications": [
                    {"name": "a", "values": ["X", "Y"]},
                    {"name": "b", "values": ["Y"]},
                ]
            },
            "applications must list the value 'Y' only once",
        ),
        (
            BY_VALUE | {"applications": [{"name": "a", "values": []}]},
            "applications.a.values must list at least one value, or be ~ to take the",
        ),
        (
            BY_VALUE | {"applications": [{"name": "a", "values": [" X"]}]},
            "applications.a.values has ' X', which no record can have",
        ),
        (
            BY_VALUE | {"applications": [{"name": "a", "values": [""]}]},
            "applications.a.values has '', which no record can have",
        ),
        (
            BY_VALUE | {"applications": [{"name": "a", "values": ["17.0"]}]},
            "applications.a.values has '17.0', which no record can have",
        ),
        (
            BY_VALUE | {"applications": [{"name": "a", "values": [1]}]},
            "applications.a.values must be a list of quoted texts",
        ),
    ],
)
def test_what_cannot_be_used_is_named(changed: dict, sentence: str) -> None:
    (told,) = refusals(**changed)

    assert told.startswith("vars: ")
    assert sentence in told
    assert told.endswith("; see vars in dbt_project.yml.")


def test_each_fault_is_a_sentence_of_its_own() -> None:
    told = refusals(top_n="ten", cluster_count=1, xdr_columns={"user_id": "x"})

    assert len(told) == 3
    assert "xdr_columns must map two of started_at, ended_at, duration" in told[0]
    assert "cluster_count" in told[-1]
