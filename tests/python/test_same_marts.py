"""The same records make the same marts, however they are written."""

from __future__ import annotations

import csv
import gzip
import random
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from conftest import SAMPLE, Project

Rows = list[list[str]]


def read(path: Path) -> tuple[list[str], Rows]:
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    return header, rows


def write(path: Path, header: list[str], rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *rows])


def as_gzip(folder: Path) -> Path:
    path = folder / "month.csv.gz"
    path.write_bytes(gzip.compress(SAMPLE.read_bytes()))
    return path


def as_shuffled(folder: Path) -> Path:
    header, rows = read(SAMPLE)
    random.Random(7).shuffle(rows)
    write(folder / "month.csv", header, rows)
    return folder / "month.csv"


def as_parquet(folder: Path) -> Path:
    """Write whole lines only: Parquet knows no malformed ones."""
    header, rows = read(SAMPLE)
    write(folder / "whole.csv", header, [r for r in rows if len(r) == len(header)])
    path = folder / "month.parquet"
    duckdb.sql(
        f"copy (from read_csv('{folder / 'whole.csv'}', header = true,"
        f" all_varchar = true)) to '{path}' (format parquet)"
    )
    return path


def as_days(folder: Path) -> Path:
    """Write one file a day, each with a footer; what has no day goes to the last."""
    header, rows = read(SAMPLE)
    days: dict[str, Rows] = defaultdict(list)
    end = header.index("End")
    for row in rows:
        day = row[end].split(" ")[0] if len(row) == len(header) else ""
        days[day.replace("/", "-") or "9"].append(row)
    for day, part in days.items():
        write(folder / f"xdr_{day}.csv", header, [*part, rows[-1]])
    return folder


def _rewritten(folder: Path, change: dict[str, object]) -> Path:
    header, rows = read(SAMPLE)
    for row in rows:
        for name, function in change.items():
            if len(row) == len(header) and row[header.index(name)]:
                i = header.index(name)
                row[i] = function(row[i])
    write(folder / "month.csv", header, rows)
    return folder / "month.csv"


def as_floats(folder: Path) -> Path:
    return _rewritten(folder, {"MSISDN/Number": lambda s: f"{s}.0"})


def as_iso(folder: Path) -> Path:
    def iso(text: str) -> str:
        try:
            return datetime.strptime(text, "%m/%d/%Y %H:%M").isoformat()
        except ValueError:  # one of the sample's faults
            return text

    return _rewritten(folder, {"Start": iso, "End": iso})


VARIANTS = (as_gzip, as_shuffled, as_parquet, as_days, as_floats, as_iso)


@pytest.fixture(scope="module")
def reference(sample: Project) -> dict[str, list[tuple]]:
    return sample.marts()


def test_sample_has_every_reason_but_an_implausible_time(sample: Project) -> None:
    ((records, accepted, rejected),) = sample.query(
        "select record_count, accepted_count, rejected_count from marts.load_report"
    )
    assert records == accepted + rejected
    reasons = sample.reasons()
    assert sum(reasons.values()) == rejected
    assert len(reasons) == 8
    assert "implausible_time" not in reasons


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda f: f.__name__)
def test_marts_are_the_same(
    project: Project, reference: dict[str, list[tuple]], tmp_path: Path, variant
) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    result = project.build(variant(folder))

    assert not result.failed, result.text
    marts = project.marts()
    assert marts.keys() == reference.keys()
    for mart in marts.keys() - {"rejected_records", "load_report"}:
        assert marts[mart] == reference[mart], mart


def test_two_builds_are_the_same_to_the_byte(
    project: Project, reference: dict[str, list[tuple]]
) -> None:
    assert not project.build(SAMPLE, ENGAGEMENT_THREADS="1").failed

    assert project.marts() == reference


def test_another_export_is_a_matter_of_vars(project: Project, tmp_path: Path) -> None:
    export = tmp_path / "other.csv"
    export.write_text(
        "subscriber,from,until,secs,down,up,chat down,chat up\n"
        "99900000001,2024-02-28T23:00:00+01:00,2024-02-29 01:30:00,12600000,30,3,20,2\n"
        "99900000001,29.02.2024 10:00:00,29.02.2024 10:01:00,60000,5,5,0,1\n"
    )
    settings = {
        "xdr_columns": {
            "user_id": "subscriber",
            "started_at": "from",
            "ended_at": "until",
            "duration": "secs",
            "dl_bytes": "down",
            "ul_bytes": "up",
        },
        "xdr_duration_unit": "ms",
        "xdr_timestamp_formats": ["%d.%m.%Y %H:%M:%S"],
        "applications": [{"name": "chat", "dl": "chat down", "ul": "chat up"}],
    }

    result = project.build(export, settings=settings)

    assert not result.failed, result.text
    marts = project.marts()
    assert [row[:6] for row in marts["user_engagement"]] == [
        ("99900000001", 2, 12_660_000, 35, 8, 43)
    ]
    assert marts["user_application_traffic"] == [("99900000001", "chat", 20, 3, 23)]
    assert [r[:3] for r in marts["cluster_summary"]] == [
        (1, "all", "duration_ms"),
        (1, "all", "session_count"),
        (1, "all", "total_bytes"),
    ]


def test_settings_are_refused_by_name_before_anything_runs(project: Project) -> None:
    """Each fault in a sentence; test_settings has all of them."""
    result = project.build(SAMPLE, settings={"top_n": "ten", "cluster_count": 1})

    assert result.failed
    text = " ".join(result.text.split())
    assert "vars: top_n must be a whole number from 1 to 1000000, not 'ten'" in text
    assert "vars: cluster_count must be a whole number from 2 to 10, not '1'" in text
    assert "Traceback" not in result.text
    assert "START" not in result.text
