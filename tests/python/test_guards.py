"""A load that cannot be right as a whole is refused; what may be right is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Project, record, write_export

from engagement.export.guards import check_days, check_load, describe_load
from engagement.export.listing import ExportError

MAPPING = [
    {"field": "user_id", "source": "msisdn", "setting": "xdr_columns.user_id"},
    {"field": "ended_at", "source": "end", "setting": "xdr_columns.ended_at"},
    {"field": "duration", "source": "seconds", "setting": "xdr_columns.duration"},
    {"field": "dl_bytes", "source": "down", "setting": "xdr_columns.dl_bytes"},
    {
        "field": "ul_bytes",
        "source": {"sql": "up * 8"},
        "setting": "xdr_columns.ul_bytes",
    },
]
SETTINGS = {
    "max_rejected_share": 0.05,
    "xdr_duration_unit": "s",
    "xdr_volume_unit": "B",
}
FIGURES = {
    "reason": None, "record_count": 100, "source_file": "a.csv", "detail": None,
    "spoiled_count": 0, "long_count": 0, "short_count": 0, "compared_count": 100,
    "rated_count": 100, "rated_bytes": 1e9, "rated_seconds": 1e5,
}  # fmt: skip
US_FORMAT = ["%m/%d/%Y %H:%M"]


def refusal(*figures: dict, **settings: object) -> str:
    with pytest.raises(ExportError) as refused:
        check_load(
            [FIGURES | changed for changed in figures], MAPPING, SETTINGS | settings
        )
    return str(refused.value)


@pytest.mark.parametrize("bytes_per_second", [8, 10_000, 125_000_000])
def test_usual_volumes_are_accepted(bytes_per_second: float) -> None:
    check_load([FIGURES | {"rated_bytes": bytes_per_second * 1e5}], MAPPING, SETTINGS)


@pytest.mark.parametrize(
    ("bytes_per_second", "sentence"),
    [
        (7.9, "less than any use of data, with volumes read as 'B'"),
        (125_000_100, "more than a gigabit, with volumes read as 'B'"),
    ],
)
def test_volumes_of_another_unit_are_refused(
    bytes_per_second: float, sentence: str
) -> None:
    told = refusal({"rated_bytes": bytes_per_second * 1e5})

    assert sentence in told
    assert "set var xdr_volume_unit to a" in told


def test_a_few_idle_sessions_are_no_wrong_unit() -> None:
    few = {"rated_bytes": 1.0, "rated_count": 29, "record_count": 29}

    check_load([FIGURES | few], MAPPING, SETTINGS)
    check_load([FIGURES | {"rated_count": 0, "rated_seconds": 0}], MAPPING, SETTINGS)


@pytest.mark.parametrize(
    ("unit", "counted", "sentence"),
    [
        ("s", "long_count", "set var xdr_duration_unit to 'ms', or var"),
        ("ms", "long_count", "set var xdr_duration_unit to 'us', or var"),
        ("us", "long_count", "set var xdr_columns.duration to another column"),
        ("us", "short_count", "set var xdr_duration_unit to 'ms', or var"),
        ("s", "short_count", "set var xdr_columns.duration to another column"),
    ],
)
def test_durations_of_another_unit_are_refused(
    unit: str, counted: str, sentence: str
) -> None:
    told = refusal({counted: 51}, xdr_duration_unit=unit)

    assert "In 51 of 100 new records, the duration is more than 30 times" in told
    assert f"with column 'seconds' read as '{unit}'" in told
    assert sentence in told


@pytest.mark.parametrize(
    ("reason", "detail", "setting"),
    [
        ("unreadable_value", "end: 4.5.26", "var xdr_timestamp_formats"),
        ("unreadable_value", "down: 1,5", "vars xdr_volume_unit and xdr_csv.decimal"),
        (
            "unreadable_value",
            "seconds: x",
            "vars xdr_duration_unit and xdr_csv.decimal",
        ),
        ("missing_value", "down", "var xdr_columns.dl_bytes names that column"),
        ("missing_value", "up * 8", "var xdr_columns.ul_bytes names that column"),
        ("missing_user_id", "msisdn", "var xdr_columns.user_id names that column"),
        ("malformed_line", "missing columns", "var xdr_csv says how files are written"),
        ("implausible_time", "end: 2068", "var xdr_timestamp_formats"),
    ],
)
def test_the_setting_that_may_be_wrong_is_named(
    reason: str, detail: str, setting: str
) -> None:
    """With the detail of a record that was refused for the same reason."""
    other = {"reason": "negative_value", "record_count": 1, "detail": "down: -1"}
    most = {"reason": reason, "record_count": 9, "detail": detail}

    told = refusal({}, other, most)

    assert "10 of 110 new records are rejected" in told
    assert f"most are {reason}, for example in a.csv ({detail}); " in told
    assert setting in told


def test_lines_of_another_encoding_are_refused_before_all_else() -> None:
    spoiled = {"reason": "malformed_line", "record_count": 10, "spoiled_count": 10}

    told = refusal({"record_count": 10_000}, spoiled)

    assert told.startswith("10 lines are not UTF-8, for example in a.csv: set var xdr")


@pytest.mark.parametrize(
    ("days", "formats"),
    [
        ([f"2019-{month:02}-04" for month in range(1, 13)], US_FORMAT),
        (["2019-01-04", "2019-02-04", "2019-04-04"], ["%d.%m.%y %H:%M"]),
        (["2019-01-12", "2019-02-12", "2019-03-12"], ["epoch_s", *US_FORMAT]),
    ],
)
def test_days_that_are_months_are_refused(days: list[str], formats: list[str]) -> None:
    with pytest.raises(ExportError, match="var xdr_timestamp_formats") as refused:
        check_days(days, formats)

    assert f"{days[0]} to {days[-1]}" in str(refused.value)


@pytest.mark.parametrize(
    ("days", "formats"),
    [
        ([], US_FORMAT),
        ([f"2019-04-{day:02}" for day in range(1, 13)], US_FORMAT),
        ([f"2019-{month:02}-13" for month in range(1, 13)], US_FORMAT),
        ([f"2019-{month:02}-04" for month in range(1, 13)], ["%Y-%m-%d %H:%M"]),
        ([f"2019-{month:02}-04" for month in range(1, 13)], ["%d %b %Y", "epoch_s"]),
        (["2019-01-04", "2019-05-04", "2019-09-04"], US_FORMAT),  # once a quarter
        (["2019-04-04"], US_FORMAT),  # the same day however it is read
        (["2019-04-13"], US_FORMAT),
    ],
)
def test_other_days_are_as_they_are(days: list[str], formats: list[str]) -> None:
    assert check_days(days, formats) == []


def test_one_or_two_days_that_may_be_swapped_are_told() -> None:
    (one,) = check_days(["2019-04-05"], US_FORMAT)
    (two,) = check_days(["2019-04-05", "2019-05-05"], US_FORMAT)

    assert one.startswith("All records are of 2019-04-05. If they are of 2019-05-04,")
    assert "of 2019-05-04 and 2019-05-05" in two


def test_a_load_is_described() -> None:
    counts = {
        "files": 1, "records": 1000, "accepted": 900, "duplicates": 60, "sessions": 450,
    }  # fmt: skip
    settings = {"max_rejected_share": 0.05, "has_session_ids": False}

    told = describe_load(counts, settings)

    assert told["lines"] == [
        "Loaded 1,000 records from 1 file: 900 accepted, 100 rejected, 60 of them as "
        "duplicates (6.0%)."
    ]
    duplicates, parts = told["warnings"]
    assert duplicates.startswith("60 of 1,000 new records are duplicates of others")
    assert parts.startswith("A session has 2.0 accepted records on average")
    usual = counts | {"duplicates": 50, "sessions": 700}
    assert describe_load(usual, settings)["warnings"] == []
    nothing = dict.fromkeys(counts, 0)
    assert describe_load(nothing, settings) == {"lines": [], "warnings": []}


def test_texts_that_may_be_missing_values_are_told(
    project: Project, tmp_path: Path
) -> None:
    export = write_export(
        tmp_path / "x.csv",
        [
            record(**{"Last Location Name": place, "Bearer Id": name})
            for place in ("nan", "NULL", "D1A")
            for name in ("video", "web")
        ],
    )
    columns = {
        "user_id": "MSISDN/Number", "started_at": "Start", "ended_at": "End",
        "location": "Last Location Name", "application": "Bearer Id",
        "dl_bytes": "Total DL (Bytes)", "ul_bytes": "Total UL (Bytes)",
    }  # fmt: skip
    settings = {
        "xdr_columns": columns,
        "applications": [
            {"name": "video", "values": ["Video", "video"]}, {"name": "other"},
        ],
    }  # fmt: skip

    result = project.build(export, "--select", "stg_xdr__records", settings=settings)

    told = " ".join(result.text.split())
    assert not result.failed, told
    assert "2 new records have the location 'nan': if it stands for a missing" in told
    assert "2 new records have the location 'NULL'" in told
    assert "location 'D1A'" not in told
    assert (
        "No record has the application 'Video', which var applications: video" in told
    )
    assert "application 'video'" not in told
