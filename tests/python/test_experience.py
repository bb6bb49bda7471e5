"""What is planted is found, and what is not measured changes no verdict."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from conftest import Project, record, write_export

from engagement.sample import Plan, Sample, write_sample

SEEDS = int(os.environ.get("SEEDS", "1"))
# Tenths of the measurements that are deleted.
DELETED = [int(one) for one in os.environ.get("DELETED", "5").split(",")]
VERDICTS = {
    "congested": "capacity",
    "badly_covered": "radio",
    "device_fleet": "device",
    "single_router": "single_user",
}
PRIORITIES = (
    "select location, verdict, measured_count from marts.location_priorities"
    " order by priority_rank"
)


def judged(
    project: Project, folder: Path, seed: int, plan: Plan
) -> tuple[list[tuple], dict[str, str]]:
    """Build an export with something planted; give the verdicts, and the truth."""
    export, truth = folder / f"{seed}.parquet", folder / f"{seed}.csv"
    write_sample(export, Sample(100_000, 40_000, 28, seed, planted=plan), truth=truth)
    built = project.dbt(
        *("build", "--full-refresh", "--exclude-resource-type", "unit_test", "test"),
        *("--select", "+location_priorities"),
        xdr=export,
    )
    assert not built.failed, built.text
    with truth.open(encoding="utf-8") as stream:
        planted = {row["name"]: row["kind"] for row in csv.DictReader(stream)}
    return project.query(PRIORITIES), planted


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_what_is_planted_is_found(project: Project, tmp_path: Path, seed: int) -> None:
    rows, truth = judged(project, tmp_path, seed, Plan())
    named = [r for r in rows[:20] if r[1] in ("capacity", "radio", "device")]
    right = [r for r in named if VERDICTS.get(truth.get(r[0])) == r[1]]
    found, planted = Counter(), Counter()
    for place, verdict, measured in rows:
        if place in truth and measured >= 30:
            planted[truth[place]] += 1
            found[truth[place]] += VERDICTS[truth[place]] == verdict

    assert len(right) >= 0.9 * len(named) > 0
    assert planted.keys() == VERDICTS.keys()
    assert all(found[kind] >= 0.8 * planted[kind] - 1 for kind in planted), found


@pytest.mark.parametrize("seed", range(101, 101 + SEEDS))
def test_where_nothing_is_planted_nothing_is_found(
    project: Project, tmp_path: Path, seed: int
) -> None:
    rows, truth = judged(project, tmp_path, seed, Plan(places=0))

    assert truth == {}
    assert {verdict for _, verdict, _ in rows} <= {"none", "too_few", "single_user"}


def test_a_file_may_lack_what_was_measured(project: Project, tmp_path: Path) -> None:
    export = write_export(tmp_path / "a.csv", [record(user="33600000001")])
    built = project.build(export)

    assert not built.failed, built.text
    lacking = "device, device_maker, rtt_dl_ms, rtt_ul_ms, throughput_dl_kbps,"
    ((missing,),) = project.query("select missing_fields from marts.load_report")
    assert missing.startswith(lacking)
    assert "lacks the columns of device ('Handset Type')" in built.text
    assert project.query(
        "select device, device_class, experience_class, measured_share"
        " from marts.user_engagement inner join marts.user_experience using (user_id)"
    ) == [("(missing)", "unknown", "unmeasured", 0.0)]


@pytest.mark.parametrize("tenths", DELETED)
def test_deleted_measurements_change_no_estimate_beyond_its_interval(
    project: Project, tmp_path: Path, tenths: int
) -> None:
    """Filled with 0 or the mean, as others do, they would, if 40 % are missing."""
    export = tmp_path / "x.parquet"
    write_sample(export, Sample(60_000, 20_000, 28, 3, planted=Plan(strength=0.4)))
    project.build(export)
    told = "select location, poor_share from marts.location_experience"
    whole = dict(project.query(told))
    columns = {
        "user_id": "MSISDN/Number", "started_at": "Start", "ended_at": "End",
        "started_ms": "Start ms", "ended_ms": "End ms", "duration": "Dur. (ms)",
        "location": "Last Location Name", "dl_bytes": "Total DL (Bytes)",
        "ul_bytes": "Total UL (Bytes)",
    }  # fmt: skip
    speed = '"Avg Bearer TP DL (kbps)"'
    deleted = f'hash("Start ms", "End ms", "Dur. (ms)") % 10 < {tenths}'
    ((mean,),) = duckdb.sql(f"select avg({speed}) from '{export}'").fetchall()
    filled = {"null": "null", "0": "0", "the mean": f"{mean}"}
    inside = {}
    for name, value in filled.items():
        sql = f"case when {deleted} then {value} else {speed} end"
        told = columns | {"throughput_dl_kbps": {"sql": sql}}
        settings = {"xdr_columns": told}
        assert not (built := project.build(export, settings=settings)).failed, (
            built.text
        )
        hits = [
            low <= whole[place] <= high
            for place, low, high in project.query(
                "select location, poor_share_low, poor_share_high"
                " from marts.location_experience where poor_share is not null"
            )
        ]
        assert len(hits) > 300
        inside[name] = sum(hits) / len(hits)
    assert inside["null"] >= 0.93
    if tenths >= 4:
        assert max(inside["0"], inside["the mean"]) < 0.93
