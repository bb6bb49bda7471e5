"""A load that cannot be right as a whole is refused; what may be right is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from conftest import Project, record, write_export

from engagement.export.days import check_days
from engagement.export.guards import check_load, describe_load
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
    "is_new": True, "reason": None,
    "record_count": 100, "source_file": "a.csv", "detail": None,
    "spoiled_count": 0, "long_count": 0, "short_count": 0, "compared_count": 100,
    "rated_count": 100, "dl_bytes": 9e8, "ul_bytes": 1e8, "rated_seconds": 1e5,
}  # fmt: skip


def refusal(*figures: dict, **settings: object) -> str:
    with pytest.raises(ExportError) as refused:
        check_load(
            [FIGURES | changed for changed in figures], MAPPING, SETTINGS | settings
        )
    return str(refused.value)


def warnings(*figures: dict, **settings: object) -> str:
    told = check_load(
        [FIGURES | changed for changed in figures], MAPPING, SETTINGS | settings
    )
    return " ".join(told)


def test_usual_volumes_are_accepted() -> None:
    for rate in (50, 10_000, 500_000):
        assert warnings({"dl_bytes": rate * 1e5, "ul_bytes": 0}) == ""


@pytest.mark.parametrize(("rate", "unit"), [(8, "larger"), (125_000_000, "smaller")])
def test_unusual_volumes_are_told(rate: float, unit: str) -> None:
    told = warnings({"dl_bytes": rate * 1e5, "ul_bytes": 0})

    assert "than usual, with down and up * 8 read as 'B': set var xdr_v" in told
    assert f"to a {unit} unit" in told
    assert "unless both are right" in told


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        (7.9, "less than any use of data, with down and up * 8 read as 'B'"),
        (125_000_100, "more than a gigabit, with down and up * 8 read as 'B'"),
    ],
)
def test_volumes_of_another_unit_are_refused(rate: float, sentence: str) -> None:
    told = refusal({"dl_bytes": rate * 1e5, "ul_bytes": 0})

    assert sentence in told
    assert "set var xdr_volume_unit to a" in told
    assert "in a.csv have" in told


def test_a_file_of_another_unit_among_others_is_refused() -> None:
    other = {"source_file": "b.csv", "dl_bytes": 1e2, "ul_bytes": 0}

    assert "in b.csv have 0.001 bytes" in refusal({}, other)
    assert "records of b.csv have 10 bytes per second and those of others 1e+04" in (
        warnings({}, other | {"dl_bytes": 1e6, "ul_bytes": 0})
    )


def test_a_load_of_a_few_idle_records_is_told() -> None:
    few = {"dl_bytes": 1.0, "ul_bytes": 0, "rated_count": 29}

    assert "less than any use of data" in warnings(few)
    assert "less than any use of data" in refusal(few | {"rated_count": 30})
    assert warnings({"rated_count": 0, "rated_seconds": 0}) == ""


def test_a_unit_that_differs_from_the_load_before_is_told() -> None:
    before = {
        "is_new": False,
        "source_file": "b.csv",
        "dl_bytes": 1.1e11,
        "ul_bytes": 0,
    }

    assert "of a.csv have 1e+04 bytes per second and those of others 1.1e+06" in (
        warnings({}, before)
    )
    assert warnings({}, before | {"dl_bytes": 1e8, "ul_bytes": 0}) == ""


@pytest.mark.parametrize(
    ("name", "unit", "is_told"),
    [
        ("Total DL (Bytes)", "B", False),
        ("Total DL (Bytes)", "kB", True),
        ("acct_octets", "MB", True),
        ("down_kb", "B", True),
        ("down_kb", "KiB", False),
        ("Down [MiB]", "MB", False),
        ("megabytes", "GB", True),
        ("downlink", "kB", False),
        ("kbps", "MB", False),
    ],
)
def test_a_name_that_contradicts_the_unit_is_told(
    name: str, unit: str, is_told: bool
) -> None:
    mapping = [{"field": "dl_bytes", "source": name, "setting": "xdr_columns.dl_bytes"}]

    told = check_load([FIGURES], mapping, SETTINGS | {"xdr_volume_unit": unit})

    assert [line.startswith(f"Column '{name}' is read in") for line in told] == (
        [True] if is_told else []
    )


def test_directions_that_may_be_exchanged_are_told() -> None:
    assert "have 9e+09 bytes up and only 9e+08 down, with down and up * 8 read" in (
        warnings({"ul_bytes": 9e9})
    )
    assert warnings({"ul_bytes": 1.8e9}) == ""


def test_a_file_of_which_nothing_is_accepted_is_told() -> None:
    lost = {
        "source_file": "b.csv", "reason": "unreadable_value", "record_count": 4,
        "detail": "end: 2026-05-04 01:00:00 IST",
    }  # fmt: skip

    told = warnings({}, lost)

    assert told.startswith("None of the 4 records of b.csv is accepted; most are")
    assert "end: 2026-05-04 01:00:00 IST; abbreviations of time zones mean" in told
    assert warnings({}, lost | {"source_file": "a.csv"}) == ""


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


def days_of(
    new: list[str], written: str, before: list[str] | None = None
) -> dict[str, list]:
    """Describe days as the macro load_days does."""
    return {
        "new": [
            {
                "day": day, "file": "a.csv", "column": "End",
                "text": date.fromisoformat(day).strftime(written),
            }
            for day in new
        ],
        "before": before,
    }  # fmt: skip


US = "%m/%d/%Y %H:%M"
MONTHS = [f"2019-{month:02}-04" for month in range(1, 13)]
APRIL = [f"2019-04-{day:02}" for day in range(13, 31)]


@pytest.mark.parametrize(
    ("days", "written", "formats"),
    [
        (MONTHS, US, [US]),
        (["2019-01-04", "2019-02-04", "2019-04-04"], "%d.%m.%y", ["%d.%m.%y"]),
        (["2019-01-12", "2019-02-12", "2019-03-12"], US, ["epoch_s", US]),
        (MONTHS, "%d. %m. %Y", ["%d. %m. %Y"]),
        (MONTHS, "%Y/%d/%m", ["%Y/%d/%m"]),
        # three months, of which each day is read as a month
        ([f"2019-{m:02}-{d:02}" for m in range(1, 13) for d in (4, 5, 6)], US, [US]),
    ],
)
def test_days_that_are_months_are_refused(
    days: list[str], written: str, formats: list[str]
) -> None:
    for before in (None, [f"2018-11-{day}" for day in range(13, 31)]):
        with pytest.raises(ExportError, match="var xdr_timestamp_formats") as refused:
            check_days(days_of(days, written, before), formats)

        assert f"{days[0]} to {days[-1]}" in str(refused.value)
        assert "in column 'End' of a.csv" in str(refused.value)


def test_days_are_looked_at_together_with_those_before() -> None:
    read = ["2019-01-05", "2019-02-05", "2019-03-05"]  # the first days of May
    (first,) = check_days(days_of(read[:1], US, APRIL), [US])
    (second,) = check_days(days_of(read[1:2], US, [*APRIL, read[0]]), [US])

    assert "of 2019-01-05. If they are of 2019-05-01," in first
    assert "of 2019-05-01 and 2019-05-02" in second
    with pytest.raises(ExportError, match="load with --full-refresh"):
        check_days(days_of(read[2:], US, [*APRIL, *read[:2]]), [US])


@pytest.mark.parametrize(
    ("days", "written", "before"),
    [
        ([], US, None),
        ([f"2019-04-{day:02}" for day in range(1, 13)], US, None),
        ([f"2019-{month:02}-13" for month in range(1, 13)], US, None),
        (MONTHS, "%Y-%m-%d %H:%M", None),
        (MONTHS, "%d %b %Y", None),
        (MONTHS, "%Y-%m-%dT%H:%M:%SZ", None),  # ISO 8601, which no format reads
        (["2019-01-04", "2019-05-04", "2019-09-04"], US, None),  # once a quarter
        (["2019-04-04"], US, None),  # the same day however it is read
        (["2019-04-13"], US, None),
        (["2019-05-01"], US, APRIL),  # the next day
        (["2019-06-02"], US, APRIL),  # after a gap, and near to nothing if swapped
        (["2019-05-01", "2019-05-02"], US, None),
    ],
)
def test_other_days_are_as_they_are(
    days: list[str], written: str, before: list[str] | None
) -> None:
    formats = [US, "%d %b %Y", "%Y-%m-%d %H:%M"]

    assert check_days(days_of(days, written, before), formats) == []


def test_one_or_two_days_that_may_be_swapped_are_told() -> None:
    (one,) = check_days(days_of(["2019-04-05"], US), [US])
    (two,) = check_days(days_of(["2019-04-05", "2019-05-05"], US), [US])

    assert one.startswith("Times are of 2019-04-05. If they are of 2019-05-04,")
    assert "'04/05/2019 00:00' in column 'End' of a.csv" in one
    assert "of 2019-05-04 and 2019-05-05" in two


def test_days_of_a_wrong_clock_are_told() -> None:
    (told,) = check_days(days_of(["2000-01-01", *APRIL], "%Y-%m-%d"), [US])

    assert told.startswith("Records are of 2000-01-01, more than a year from those of")
    assert "2019-04-13 to 2019-04-30" in told
    assert check_days(days_of(APRIL[:1], US, ["2000-01-01", *APRIL[1:]]), [US]) == []


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
    assert "2 new records have the location 'nan' (var xdr_columns.location)" in told
    assert "2 new records have the location 'NULL'" in told
    assert "location 'D1A'" not in told
    assert (
        "No record has the application 'Video', which var applications: video" in told
    )
    assert "application 'video'" not in told
