"""Every record is accepted or refused for one reason; none is lost or repaired."""

from __future__ import annotations

import gzip
import random
from glob import escape
from pathlib import Path

import duckdb
import pytest
from conftest import Project, lines_of, record, write_export

from engagement.export.header import read_header
from engagement.settings import XdrCsv

LENIENT = {"max_rejected_share": 1}
GAMING = "Gaming DL (Bytes)"


def write_lines(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def text_lines(records: list[dict[str, object]]) -> list[str]:
    return [",".join(fields) for fields in lines_of(records)]


def test_each_fault_has_its_reason(project: Project, tmp_path: Path) -> None:
    unreadable = [
        {GAMING: "many"},
        {GAMING: "NaN"},
        {GAMING: "inf"},
        {GAMING: "1" * 30},
        {GAMING: "1.5"},
        {GAMING: "1.2E+9"},
        {GAMING: f"{10**15 + 1}"},
        {"Total DL (Bytes)": f"{2**63 - 1}"},
        {"Dur. (ms)": "NaN"},
        {"Dur. (ms)": "-inf"},
        {"Dur. (ms)": "9" * 30},
        {"Dur. (ms)": "9" * 17},
        {"Total DL (Bytes)": "0x10"},
        {"Start": "soon"},
        {"End": "4/31/2019 10:00"},
        {"Start": "1/1/1970 00:00"},
        {"End": "12/31/9999 23:59"},
        {"End": "infinity"},
        {"End": "20190-04-25 11:00"},
        {"Start ms": "x"},
        {"Start ms": "-1"},
        {"End ms": "99900000001"},
        {"End ms": "9223372036854775807"},
    ]
    negative = [{GAMING: -1}, {"Dur. (ms)": -3600}, {"Total UL (Bytes)": "-7"}]
    absent = [{"Start": ""}, {"End": ""}, {"Dur. (ms)": ""}, {"Total DL (Bytes)": " "}]
    strange_users = ["unknown", "1234", "1" * 16, "3.3E+10", "-33664962239", "00000"]
    accepted = [
        {},
        {"MSISDN/Number": " +99900000002 "},
        {"MSISDN/Number": "99900000003.0"},
        {"MSISDN/Number": "882397108489451"},
        {"MSISDN/Number": "99900000004", "Bearer Id": ""},
        {"MSISDN/Number": "99900000005", GAMING: "", "Last Location Name": ""},
        {"MSISDN/Number": "99900000006", "Total DL (Bytes)": "9" * 15 + ".0"},
        {"MSISDN/Number": "99900000007", "Dur. (ms)": "0.5"},
        {"MSISDN/Number": "99900000008", "End": "4/25/2019 10:00", "End ms": "0"},
    ]
    good = text_lines([record()])[1]
    export = write_lines(
        tmp_path / "month.csv",
        [
            *text_lines(
                [record(**fields) for fields in accepted]
                + [record(**fields) for fields in unreadable + negative + absent]
                + [
                    record(**{"MSISDN/Number": user})
                    for user in [*strange_users, "", " "]
                ]
                + [record(Start="4/25/2019 12:00")]
            ),
            good + ",1",
            good.rsplit(",", 3)[0],
            "",
            good,
        ],
    )

    result = project.build(export, settings=LENIENT)

    assert not result.failed, result.text
    assert project.reasons() == {
        "unreadable_value": len(unreadable),
        "negative_value": len(negative),
        "missing_value": len(absent),
        "malformed_user_id": len(strange_users),
        "missing_user_id": 2,
        "ends_before_start": 1,
        "malformed_line": 2,
        "duplicate_record": 1,
    }
    users = project.query("select user_id from marts.user_engagement order by all")
    assert [user for (user,) in users] == [
        "882397108489451",
        *(f"9990000000{i}" for i in range(1, 9)),
    ]
    assert project.query(
        "select duration_ms, dl_bytes from marts.user_engagement"
        " where user_id in ('99900000006', '99900000007') order by user_id"
    ) == [(3_600_000, 10**15 - 1), (500, 60)]
    details = project.query("select rejection_detail from marts.rejected_records")
    texts = {detail for (detail,) in details}
    assert {
        f"{GAMING}: many",
        f"{GAMING}: -1",
        "Dur. (ms): -3600",
        "Total DL (Bytes)",
        "End: 4/31/2019 10:00",
        "MSISDN/Number",
        "MSISDN/Number: unknown does not match var user_id_pattern ([0-9]{5,15})",
        "Start: 4/25/2019 12:00, End: 4/25/2019 11:00, Dur. (ms): 3600",
        f"first in {export}, line 2",
    } <= texts


def test_record_that_does_not_start_is_refused_before_it_is_late(
    project: Project, tmp_path: Path
) -> None:
    good = text_lines([record(**{"MSISDN/Number": f"9990000{i:04}"}) for i in range(9)])
    export = write_lines(
        tmp_path / "x.csv", [*good, "the last line was cut: " + good[1][:20]]
    )

    assert not project.build(export, settings=LENIENT).failed

    assert project.reasons() == {"malformed_line": 1}
    (detail,) = project.query("select rejection_detail from marts.rejected_records")
    assert detail[0].startswith("line 11: ")


def test_lines_that_are_no_text_are_counted(project: Project, tmp_path: Path) -> None:
    lines = text_lines(
        [record(**{"MSISDN/Number": f"9990000{i:04}"}) for i in range(4)]
    )
    lines[2] = lines[2].replace("D1A", "D\udcff\udcfeA")
    lines[4:4] = ["", "   "]
    export = tmp_path / "x.csv"
    export.write_bytes("\r\n".join(lines).encode(errors="surrogateescape"))

    result = project.build(export, settings=LENIENT)

    assert not result.failed, result.text
    assert project.reasons() == {"malformed_line": 2}
    assert project.query("select count(*) from marts.user_engagement") == [(3,)]


def test_a_file_without_a_line_of_text_is_counted(
    project: Project, tmp_path: Path
) -> None:
    write_export(tmp_path / "a.csv", [record()])
    export = write_export(tmp_path / "b.csv", [record(), record()])
    export.write_bytes(export.read_bytes().replace(b"D1A", b"\xff"))

    result = project.build(tmp_path, settings=LENIENT)

    assert not result.failed, result.text
    assert project.query(
        "select record_count, accepted_count, rejected_count from marts.load_report"
        " where passed_over_because is null order by source_file"
    ) == [(1, 1, 0), (2, 0, 2)]


def test_a_quote_that_is_not_closed_costs_its_record_only(
    project: Project, tmp_path: Path
) -> None:
    lines = text_lines(
        [record(**{"MSISDN/Number": f"9990000{i:04}"}) for i in range(9)]
    )
    lines[4] = lines[4].replace("D1A", '"D1A')
    export = write_lines(tmp_path / "x.csv", lines)

    assert not project.build(export, settings=LENIENT).failed

    assert project.query("select sum(session_count) from marts.user_engagement") == [
        (8,)
    ]
    assert project.query(
        "select rejection_reason, rejection_detail, line_number"
        " from marts.rejected_records"
    ) == [
        (
            "malformed_line",
            "a quote is not closed in the same line, or is not doubled",
            5,
        )
    ]


def test_quoted_fields_and_quotes_in_the_path(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / """it's a "month" $x {{ 1 }}"""
    folder.mkdir()
    names = ['D1A, "old"', "D1A\u202e", "'; drop table x; --", "🗼"]
    export = write_export(
        folder / "o'clock.csv",
        [record(**{"Last Location Name": name}) for name in names],
    )

    result = project.build(export)

    assert not result.failed, result.text
    found = project.query("select location from intermediate.int_sessions order by all")
    assert [name for (name,) in found] == sorted(names)
    assert project.query("select source_file from marts.load_report") == [
        (export.as_posix(),)
    ]


def test_names_are_no_patterns(project: Project, tmp_path: Path) -> None:
    """A file whose name would stand for its neighbours is read, and not they."""
    for folder in ("d", "[d]"):
        (tmp_path / folder).mkdir()
        for i, name in enumerate(["x*", "x?", "x[1]", "x1", "xa", "x[", "x]"]):
            place = f"{folder}/{name}"
            fields = {"Last Location Name": place, GAMING: i}
            export = write_export(tmp_path / f"{place}.csv", [record(**fields)])
            rows = duckdb.read_csv(escape(str(export)), all_varchar=True)
            rows.write_parquet(str(export.with_suffix(".parquet")))

    result = project.build(f"{tmp_path}/*d*/*")

    assert not result.failed, result.text
    assert project.query(
        "select record_count, accepted_count + rejected_count, count(*)"
        " from marts.load_report group by all"
    ) == [(1, 1, 28)]
    assert project.query(
        "select distinct regexp_extract(source_file, '[^/]+/[^/]+$') like location"
        " || '.%' from staging.stg_xdr__records"
    ) == [(True,)]


def test_names_of_folders_are_no_columns(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "Last Location Name=Z9" / "line=1"
    folder.mkdir(parents=True)
    export = write_export(folder / "a.csv", [record()])
    typed = folder / "b.parquet"
    duckdb.read_csv(str(export), hive_partitioning=False).write_parquet(str(typed))

    result = project.build(folder, settings=LENIENT)

    assert not result.failed, result.text
    names = read_header(str(typed), XdrCsv().model_dump()).names
    assert set(names) == set(record())
    assert project.query(
        "select location, count(*) from staging.stg_xdr__records group by all"
    ) == [("D1A", 2)]


def test_suffixes_in_capitals_mean_the_same(project: Project, tmp_path: Path) -> None:
    export = write_export(tmp_path / "A.CSV", [record(**{GAMING: 1})])
    packed = write_export(tmp_path / "x", [record(**{GAMING: 2})]).read_bytes()
    (tmp_path / "B.CSV.GZ").write_bytes(gzip.compress(packed))
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(packed.replace(b"D1A", b"\xff")))
    rows = duckdb.read_csv(str(export), all_varchar=True)
    rows.write_parquet(str(tmp_path / "D.PARQUET"))

    result = project.build(tmp_path, settings=LENIENT)

    assert not result.failed, result.text
    assert project.query(
        "select record_count, accepted_count, duplicate_record_count"
        " from marts.load_report where passed_over_because is null"
        " order by source_file"
    ) == [(1, 1, 0), (1, 1, 0), (1, 0, 1), (1, 0, 0)]


def test_an_export_may_have_the_columns_of_the_project(
    project: Project, tmp_path: Path
) -> None:
    own = {"Source_File": "x", "source_file_": "y", "filename": "z", "block": 1}
    export = write_export(tmp_path / "a.csv", [record() | own])
    rows = duckdb.read_csv(str(export), all_varchar=True)
    rows.write_parquet(str(tmp_path / "b.parquet"))

    result = project.build(tmp_path, settings=LENIENT)

    assert not result.failed, result.text
    assert project.query(
        "select source_file, record_count from marts.load_report"
        " where passed_over_because is null order by all"
    ) == [(export.as_posix(), 1), ((tmp_path / "b.parquet").as_posix(), 1)]


def test_offsets_in_a_format_are_turned_to_utc(
    project: Project, tmp_path: Path
) -> None:
    times = {"Start": "25.04.2019 12:00 +0200", "End": "25.04.2019 06:30 -04:30"}
    export = write_export(tmp_path / "x.csv", [record(**times), record()])

    result = project.build(
        export,
        settings={"xdr_timestamp_formats": ["%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M %z"]},
    )

    assert not result.failed, result.text
    assert project.reasons() == {"duplicate_record": 1}
    assert project.query(
        "select started_at::varchar, ended_at::varchar from intermediate.int_sessions"
    ) == [("2019-04-25 10:00:00.1", "2019-04-25 11:00:00.6")]


def test_what_notebooks_get_wrong(project: Project, tmp_path: Path) -> None:
    """Bearer ids count nothing, nobody is imputed, nobody is an outlier."""
    heavy = {"MSISDN/Number": "99900000002", "Total DL (Bytes)": 10**14}
    export = write_export(
        tmp_path / "month.csv",
        [record(**{"End": f"4/25/2019 {hour}:00"}) for hour in (11, 12, 13)]
        + [record(**heavy, **{"Dur. (ms)": 10**7, "Start": "1/1/2019 0:00"})]
        + [record(**{"MSISDN/Number": "", "Last Location Name": i}) for i in range(4)],
    )

    settings = LENIENT | {"max_session_days": 115}
    assert not project.build(export, settings=settings).failed

    assert project.query(
        "select user_id, session_count, duration_ms, total_bytes, active_days"
        " from marts.user_engagement order by user_id"
    ) == [
        ("99900000001", 3, 3 * 3_600_000, 3 * 67, 1),
        ("99900000002", 1, 10**10, 10**14 + 7, 1),
    ]
    totals = project.query(
        "select cluster_id, total_value from marts.cluster_summary"
        " where metric = 'total_bytes' order by all"
    )
    assert totals == [(1, 3 * 67), (2, 10**14 + 7)]


def test_whole_durations_of_parquet_that_no_bigint_holds_are_unreadable(
    project: Project, tmp_path: Path
) -> None:
    users = [f"9990000{i:04}" for i in range(4)]
    durations = [3_600, -(2**63), 2**63 // 1000 + 1, 2**63 - 1]
    export = write_export(
        tmp_path / "month.csv",
        [
            record(**{"MSISDN/Number": user, "Dur. (ms)": duration})
            for user, duration in zip(users, durations, strict=True)
        ],
    )
    typed = tmp_path / "month.parquet"
    duckdb.sql(f"copy (from read_csv('{export}')) to '{typed}'")

    result = project.build(typed, settings=LENIENT)

    assert not result.failed, result.text
    assert project.reasons() == {"unreadable_value": 3}
    assert project.query("select duration_ms from marts.user_engagement") == [
        (3_600_000,)
    ]


@pytest.mark.parametrize(
    ("unit", "duration", "correct"), [("s", 3_600_000, "ms"), ("ms", 3_600, "s")]
)
def test_wrong_unit_ends_the_build_by_name(
    project: Project, tmp_path: Path, unit: str, duration: int, correct: str
) -> None:
    users = [f"9990000{i:04}" for i in range(40)]
    export = write_export(
        tmp_path / "month.csv",
        [record(**{"MSISDN/Number": u, "Dur. (ms)": duration}) for u in users],
    )

    result = project.build(export, settings={"xdr_duration_unit": unit})

    assert result.failed
    text = " ".join(result.text.split())
    assert f"set var xdr_duration_unit to '{correct}'" in text
    assert "column 'Dur. (ms)' read as" in text
    assert "Traceback" not in text


def test_too_many_rejected_records_end_the_build(
    project: Project, tmp_path: Path
) -> None:
    users = [f"9990000{i:04}" for i in range(18)] + ["x", "y"]
    export = write_export(
        tmp_path / "month.csv", [record(**{"MSISDN/Number": u}) for u in users]
    )

    result = project.build(export)

    text = " ".join(result.text.split())
    assert result.failed
    assert "2 of 20 new records are rejected, more than var max_rejected_share" in text
    assert f"most are malformed_user_id, for example in {export}" in text
    assert not project.build(export, settings={"max_rejected_share": 0.1}).failed
    assert project.reasons() == {"malformed_user_id": 2}


def test_no_accepted_record_makes_empty_marts(project: Project, tmp_path: Path) -> None:
    export = write_export(tmp_path / "x.csv", [record(**{"MSISDN/Number": ""})])

    result = project.build(export, settings=LENIENT)

    assert not result.failed, result.text
    marts = project.marts()
    assert len(marts["rejected_records"]) == 1
    assert marts["engagement_period"] == [
        (None, None, 28, 0, None, None, 0, False, "UTC")
    ]
    assert all(row[2] in (0, None) for row in marts["engagement_changes"])
    assert {name for name, rows in marts.items() if rows} == {
        "engagement_changes",
        "engagement_metrics",
        "engagement_period",
        "load_report",
        "rejected_records",
    }


@pytest.mark.parametrize("seed", range(3))
def test_random_text_is_never_a_traceback(
    project: Project, tmp_path: Path, seed: int
) -> None:
    """Spoil one field of every second record with anything at all."""
    draw = random.Random(seed)
    tricks = ["", "NaN", "null", "-", "1e400", "٣", "\u00a0", "1_000", "12:60", "\x00"]
    records = []
    for i in range(60):
        # with as many bytes as records that a load does not doubt
        user = {"MSISDN/Number": f"9990000{i:04}", "Total DL (Bytes)": 60_000}
        fields = record(**user)
        if i % 2:
            fields[draw.choice(list(fields))] = draw.choice(tricks)
        records.append(fields)
    export = write_export(tmp_path / "x.csv", records)

    result = project.build(export, settings=LENIENT)

    assert not result.failed, result.text
    assert project.query(
        "select record_count, accepted_count + rejected_count from marts.load_report"
    ) == [(60, 60)]
    assert project.query("select count(*) >= 30 from marts.user_engagement") == [
        (True,)
    ]
