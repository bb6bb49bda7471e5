"""A synthetic export is what it promises: its shape, its users and its faults."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
from collections import Counter
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from engagement.cli import main
from engagement.sample import FAULTS, Sample, write_sample

COMMITTED = Path(__file__).parents[2] / "seeds" / "xdr_sample.csv"
USER, DURATION, DL, UL = (
    "MSISDN/Number", "Dur. (ms)", "Total DL (Bytes)", "Total UL (Bytes)",
)  # fmt: skip
SMALL = Sample(sessions=400, users=100, rejects=0.1)


def written(path: Path, sample: Sample = SMALL, threads: int | None = None) -> Path:
    write_sample(path, sample, threads)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["sample", *map(str, arguments)])


def records(path: Path) -> list[list[str]]:
    """Fields of the lines of a CSV file, its header first and its footer last."""
    unzip = gzip.decompress if path.suffix == ".gz" else bytes
    return list(csv.reader(io.StringIO(unzip(path.read_bytes()).decode())))


def sessions(path: Path) -> list[dict[str, str]]:
    """Records that have all their fields, by name; the second Dur. (ms) ends in _1."""
    header, *lines, _ = records(path)
    header[header.index(DURATION, header.index(DURATION) + 1)] += "_1"
    return [dict(zip(header, x, strict=True)) for x in lines if len(x) == len(header)]


def time_of(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%m/%d/%Y %H:%M")
    except ValueError:
        return None


def fault_of(record: dict[str, str]) -> str | None:
    """Judge a record by itself, as the project's rejection reasons are meant."""
    user = record[USER].strip()
    start, end = record["Start"], record["End"]
    if not user:
        return "missing_user_id"
    if not (user.isdigit() and 5 <= len(user) <= 15):
        return "malformed_user_id"
    if any(text and not time_of(text) for text in (start, end)):
        return "unreadable_value"
    if not all((start, end, record[DURATION], record[DL], record[UL])):
        return "missing_value"
    if min(int(record[field]) for field in (DURATION, DL, UL)) < 0:
        return "negative_value"
    return "ends_before_start" if time_of(end) < time_of(start) else None


def faults(path: Path) -> Counter:
    """Count the faults of a file, its footer apart."""
    whole = sessions(path)
    count = Counter(fault_of(record) for record in whole)
    count["malformed_line"] = len(records(path)) - 2 - len(whole)
    count["duplicate_record"] = sum(
        record == before for before, record in itertools.pairwise(whole)
    )
    count[None] -= count["duplicate_record"]
    return count


def test_the_committed_sample_is_what_the_command_writes(tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    result = run(path)
    assert result.exit_code == 0, result.output
    assert path.read_bytes() == COMMITTED.read_bytes()
    assert result.output.count("\n") == 1
    assert "2,000 records of 800 users" in result.output


def test_the_committed_sample_is_small() -> None:
    assert COMMITTED.stat().st_size < 700_000


def test_the_seed_makes_the_file(tmp_path: Path) -> None:
    first, again, other = (
        written(tmp_path / f"{i}.csv", Sample(50, 20, seed=seed)).read_bytes()
        for i, seed in enumerate((1, 1, 2))
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_threads_leave_no_trace(tmp_path: Path, ending: str) -> None:
    # more records than one thread takes at a time
    sample = Sample(sessions=130_000, users=50_000)
    alone = written(tmp_path / f"alone.{ending}", sample, threads=1)
    together = written(tmp_path / f"together.{ending}", sample, threads=3)
    assert alone.read_bytes() == together.read_bytes()


def test_columns_are_those_of_the_reference_export() -> None:
    header = records(COMMITTED)[0]
    assert len(header) == 55
    assert [i for i, name in enumerate(header) if name == DURATION] == [5, 28]
    assert len(set(header)) == 54
    assert header[:5] == ["Bearer Id", "Start", "Start ms", "End", "End ms"]
    assert header[-2:] == [UL, DL]


def test_the_footer_holds_means_of_applications_only(tmp_path: Path) -> None:
    path = written(tmp_path / "sample.csv", Sample(30, 10, rejects=0))
    header, *lines, footer = records(path)
    first = header.index("Social Media DL (Bytes)")
    assert set(footer[:first] + footer[-2:]) == {""}
    for place in range(first, len(header) - 2):
        mean = sum(int(line[place]) for line in lines) / len(lines)
        assert float(footer[place]) == pytest.approx(mean, abs=1e-6)


def test_every_fault_occurs_equally_often() -> None:
    count = faults(COMMITTED)
    assert {fault: count[fault] for fault in FAULTS} == dict.fromkeys(FAULTS, 5)
    assert count[None] == 2_000 - 5 * len(FAULTS)


def test_malformed_lines_are_too_short_or_too_long() -> None:
    lengths = Counter(len(line) for line in records(COMMITTED))
    assert min(lengths) < 55
    assert max(lengths) == 56


def test_a_duplicate_repeats_a_record_without_a_fault(tmp_path: Path) -> None:
    lines = written(tmp_path / "sample.csv").read_text().splitlines()
    repeated = [a for a, b in itertools.pairwise(lines) if a == b]
    assert len(repeated) == 5
    assert faults(tmp_path / "sample.csv")["duplicate_record"] == 5
    user = lines[0].split(",").index(USER)
    assert all(line.split(",")[user].isdigit() for line in repeated)


def test_no_rejects_are_no_faults(tmp_path: Path) -> None:
    path = written(tmp_path / "sample.csv", Sample(400, 100, rejects=0))
    assert +faults(path) == Counter({None: 400})


def test_half_of_the_records_may_have_a_fault(tmp_path: Path) -> None:
    path = written(tmp_path / "sample.csv", Sample(160, 80, rejects=0.5))
    assert +faults(path) == Counter({None: 80} | dict.fromkeys(FAULTS, 10))


@pytest.mark.parametrize("users", [1, 7, 250, 360])
def test_each_user_has_a_record_without_a_fault(tmp_path: Path, users: int) -> None:
    path = written(tmp_path / "sample.csv", Sample(400, users, rejects=0.1))
    found = {record[USER] for record in sessions(path) if not fault_of(record)}
    assert len(found) == users


def test_numbers_are_nobodys() -> None:
    whole = sessions(COMMITTED)
    numbers = {r[USER] for r in whole if fault_of(r) != "malformed_user_id"}
    numbers = {number for number in numbers if number.strip()}
    assert {number[:3] for number in numbers} == {"999"}
    assert {len(number) for number in numbers} == {11, 13}
    assert {record["IMSI"][:3] for record in whole} == {"999", ""}
    assert {record["IMEI"][:6] for record in whole} == {"999999", ""}


def test_durations_agree_with_each_other_and_with_the_times() -> None:
    for record in sessions(COMMITTED):
        if not fault_of(record):
            seconds, ms = int(record[DURATION]), int(record[DURATION + "_1"])
            assert ms // 1_000 == seconds
            clock = time_of(record["End"]) - time_of(record["Start"])
            assert abs(clock.total_seconds() - seconds) < 61


def test_totals_are_sums_of_the_applications() -> None:
    for record in sessions(COMMITTED):
        if not fault_of(record):
            apps = [
                (name, int(value))
                for name, value in record.items()
                if name.endswith(("DL (Bytes)", "UL (Bytes)"))
                and not name.startswith(("Total", "HTTP"))
            ]
            ul = sum(value for name, value in apps if "UL" in name)
            dl = sum(
                value for name, value in apps if "DL" in name and "Other" not in name
            )
            assert (ul, dl) == (int(record[UL]), int(record[DL]))


def test_evenings_are_busy_and_nights_are_quiet() -> None:
    ends = (time_of(record["End"]) for record in sessions(COMMITTED))
    hours = Counter(end.hour for end in ends if end)
    evening = sum(hours[hour] for hour in (19, 20, 21, 22))
    night = sum(hours[hour] for hour in (2, 3, 4, 5))
    assert evening > 4 * night


def test_some_fields_are_missing_and_some_in_scientific_notation() -> None:
    whole = sessions(COMMITTED)
    bearers = Counter(record["Bearer Id"] for record in whole)
    assert {bearer[-4:] for bearer in bearers} == {"E+19", ""}
    assert max(bearers.values()) > 5
    kinds = Counter(r["Last Location Name"][-4:] == "E+15" for r in whole)
    assert kinds[False] > kinds[True] > 100
    assert any(record["Last Location Name"] == "" for record in whole)


def test_gzip_has_the_same_bytes_inside(tmp_path: Path) -> None:
    plain = written(tmp_path / "sample.csv").read_bytes()
    assert gzip.decompress(written(tmp_path / "sample.csv.gz").read_bytes()) == plain


def test_parquet_has_the_same_records(tmp_path: Path) -> None:
    lines = records(written(tmp_path / "sample.csv"))
    path = written(tmp_path / "sample.parquet")
    parquet = duckdb.read_parquet(str(path))
    assert parquet.columns[5] + "_1" == parquet.columns[28] == "Dur. (ms)_1"
    assert dict(zip(parquet.columns, parquet.types, strict=True))[DL] == "BIGINT"
    rows = [["" if v is None else str(v) for v in row] for row in parquet.fetchall()]
    assert len(rows) == len(lines[1:]) == 401
    whole = [i for i, line in enumerate(lines[1:-1]) if len(line) == 55]
    assert len(whole) == 395
    assert [rows[i] for i in whole] == [lines[1 + i] for i in whole]
    footer = [value and str(round(float(value))) for value in lines[-1]]
    assert rows[-1] == footer


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample.xlsx"], "'sample.xlsx' must end in one of .csv, .csv.gz, .parquet."),
        (["nowhere/sample.csv"], "'nowhere' is not a folder."),
        (["a.csv", "--users", "1961"], "only 1,960 of 2,000 sessions have none"),
        (["a.csv", "--rejects", "0.6"], "0.6 is not in the range 0<=x<=0.5"),
        (["a.csv", "--rejects", "nan"], "must be between 0 and 0.5, not nan"),
        (["a.csv", "--sessions", "0"], "0 is not in the range"),
        (["a.csv", "--days", "0"], "0 is not in the range"),
        (["x" * 252 + ".csv"], "cannot be written: File name too long."),
    ],
)
def test_nonsense_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit)
    assert message in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sample.csv"
    path.write_text("old")
    failing = ("select 1 / 'a'", "null")
    monkeypatch.setattr("engagement.sample.writing._lines", lambda *_: failing)
    result = run(path)
    assert result.exit_code == 1
    assert "cannot be written" in result.output
    assert [file.name for file in tmp_path.iterdir()] == ["sample.csv"]
    assert path.read_text() == "old"


def test_two_fifths_of_the_sessions_are_users_unless_told(tmp_path: Path) -> None:
    result = run(tmp_path / "sample.csv", "--sessions", 100, "--rejects", 0)
    assert "100 records of 40 users" in result.output
    assert len({record[USER] for record in sessions(tmp_path / "sample.csv")}) == 40
