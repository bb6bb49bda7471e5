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
            "xdr_duration_unit must be one of s, ms, not 'min'",
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
        ({"applications": None}, "applications must be a list, which is [] if"),
        (
            {"applications": [{"name": "A B"}]},
            "applications.A B must have a name of lower-case letters, digits and _",
        ),
        (
            {"applications": [{"name": "1st"}]},
            "beginning with a letter, not '1st'",
        ),
        ({"applications": [CHAT | {"ul": None}]}, "applications.chat.ul must name"),
        (
            {"applications": [{"name": "chat", "dl": "x"}]},
            "applications.chat.ul must be set",
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
            {"xdr_columns": COLUMNS | {"cell": "x"}},
            "xdr_columns.cell is not a setting; valid ones are user_id, started_at",
        ),
        (
            {"xdr_columns": COLUMNS | {"location": "Source_File"}},
            "xdr_columns.location must not name a column source_file",
        ),
        (
            {"clustr_count": 4},
            "clustr_count is not a setting; valid ones are xdr_columns,",
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

    assert len(told) == 7
    assert "xdr_columns.started_at must be set" in told[0]
    assert "cluster_count" in told[-1]
