"""A rejected record is shown with its line, its values as written, and the reason."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import ROOT, Project, lines_of, record, write_export

from engagement.export import integrity
from engagement.export.header import Header
from engagement.export.integrity import check_bytes
from engagement.export.pseudonyms import VARIABLE
from engagement.settings import XdrCsv

SECRET = {VARIABLE: "of the tests, and long enough"}
COLUMNS = lines_of([record()])[0]
HEADER = ",".join(COLUMNS)
HEADER_LINE, OPTIONS = Header("csv", [], 1), XdrCsv().model_dump()
RULE = "does not match var user_id_pattern ([0-9]{5,15})"
LF, CR, CRLF = b"\n", b"\r", b"\r\n"
WRITTEN = ("MSISDN/Number", "Start", "End", "Last Location Name")


def build(project: Project, xdr: Path, settings: Any = None, **env: str) -> None:
    """Build the mart, and what it reads."""
    told = json.dumps({"max_rejected_share": 1} | (settings or {}))
    selected = ("--select", "+rejected_records", "--vars", told)
    result = project.dbt("run", *selected, xdr=xdr, **env)
    assert not result.failed, result.text


def rejected(project: Project, columns: str) -> list[tuple]:
    return project.query(f"select {columns} from marts.rejected_records")


def text(user: int = 1, **fields: object) -> str:
    """Write a record as a line; those of a user are equal, if nothing else is said."""
    # with as many bytes as records that a load does not doubt
    usual = {"MSISDN/Number": f"9990000{user:04}", "Total DL (Bytes)": 60_000}
    made = record(**usual | fields)
    return ",".join(lines_of([made])[1])


def write(path: Path, lines: list[str], end: bytes = LF) -> Path:
    content = end.join(line.encode("utf-8", "surrogateescape") for line in lines)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


class Spoiler:
    """Write files with every fault, and note where each of them stands."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.draw = random.Random(seed)
        self.clock = 1_700_000_000
        self.first: dict[int, str] = {}
        self.faults: list[tuple[str, int, str, str]] = []

    def write(self, name: str, end: bytes, count: int) -> Path:
        """Write a file that is delivered after those before it."""
        path = self.folder / name
        lines = [HEADER]
        self.spoiled = 0
        while len(lines) <= count:
            lines.append("" if self.draw.random() < 0.2 else self._line(path, lines))
        write(path, lines + [""] * self.draw.randrange(4), end)
        self.clock += 1
        os.utime(path, (self.clock, self.clock))
        return path

    def _line(self, path: Path, lines: list[str]) -> str:
        number, user = len(lines) + 1, self.draw.randrange(40)
        place = {"Last Location Name": f"D{self.draw.random()}"}
        kinds = {
            text(user) + ",1": ("malformed_line", "too many columns"),
            text(user)[:20]: ("malformed_line", "missing columns"),
            "   ": ("malformed_line", "missing columns"),
            text(user, **{"Last Location Name": "D\udcff"}): (
                "malformed_line",
                "invalid encoding, see var xdr_csv.encoding",
            ),
            text(user, **place, End="n/a"): ("unreadable_value", "End: n/a"),
            text(0, **place | {"MSISDN/Number": "x"}): (
                "malformed_user_id",
                f"MSISDN/Number: x {RULE}",
            ),
            text(user, **place, Start="4/25/2019 12:01"): (
                "ends_before_start",
                "Start: 4/25/2019 12:01, End: 4/25/2019 11:00, Dur. (ms): 3600",
            ),
            text(user, **place): None,
            text(user): (
                ("duplicate_record", f"first in {self.first[user]}")
                if user in self.first
                else None
            ),
        }
        # a load in which ten lines are not UTF-8 is refused
        kinds = {
            line: kind
            for line, kind in kinds.items()
            if line.isprintable() or self.spoiled < 3
        }
        written = self.draw.choice(list(kinds))
        self.spoiled += not written.isprintable()
        if written == text(user):
            self.first.setdefault(user, f"{path}, line {number}")
        if kinds[written]:
            self.faults.append((str(path), number, *kinds[written]))
        return written


def lines_in(path: Path) -> list[str]:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    return content.decode("utf-8", "replace").splitlines()


# The line


@pytest.mark.parametrize("seed", range(2))
def test_each_fault_is_shown_on_its_line_as_written(
    project: Project, tmp_path: Path, seed: int
) -> None:
    """In files that are loaded together, later, again, or that have gone."""
    spoiler = Spoiler(tmp_path / "exports", seed)
    spoiler.folder.mkdir()
    old = spoiler.write("old.csv", LF, 60)
    spoiler.write("crlf.csv", CRLF, 60)
    spoiler.write("packed.csv.gz", LF, 60)
    build(project, spoiler.folder)
    before = {path: lines_in(path) for path in spoiler.folder.iterdir()}
    old.unlink()
    spoiler.write("new.csv", CR, 60)
    spoiler.write("a.csv.gz", CRLF, 60)
    build(project, spoiler.folder, ENGAGEMENT_THREADS="2")

    shown = rejected(
        project, "source_file, line_number, rejection_reason, rejection_detail"
    )
    # DuckDB names the line too, where it splits it by itself
    assert [
        (*place, reason, detail.removeprefix(f"line {place[1]}: "))
        for *place, reason, detail in shown
    ] == sorted(spoiler.faults)
    lines = before | {path: lines_in(path) for path in spoiler.folder.iterdir()}
    columns = "raw_user_id, raw_started_at, raw_ended_at, location"
    for (file, number, reason, _), values in zip(
        shown, rejected(project, columns), strict=True
    ):
        row = next(csv.reader([lines[Path(file)][number - 1]]))
        is_split = reason != "malformed_line"
        written = [row[COLUMNS.index(name)] if is_split else None for name in WRITTEN]
        assert list(values) == written


def test_a_line_break_in_quotes_ends_a_line(project: Project, tmp_path: Path) -> None:
    """A file with one is split line by line, so that it costs only its record."""
    broken = text(1, **{"Last Location Name": '"D\n1A"'})
    export = write(
        tmp_path / "x.csv", [HEADER, broken, text(2, End=""), text(3), text(3)]
    )

    build(project, export)

    assert rejected(project, "line_number, rejection_reason") == [
        (2, "malformed_line"),
        (3, "malformed_line"),
        (4, "missing_value"),
        (6, "duplicate_record"),
    ]


def test_lines_are_right_in_a_file_that_is_read_in_parts(
    project: Project, tmp_path: Path
) -> None:
    """By two threads, with little memory, after a file that leaves the table."""
    exports = tmp_path / "exports"
    exports.mkdir()
    write(exports / "a.csv", [HEADER, *(text(n) for n in range(500))])
    write(exports / "b.csv", [HEADER, text(600, End="n/a")])
    build(project, exports)
    draw = random.Random(0)
    first, other = text(1), text(2, **{"Last Location Name": "D%"})
    lines, faults = [HEADER, first], []
    while len(lines) < 100_000:
        number, share = len(lines) + 1, draw.random()
        if share < 0.001:
            lines.append("")
        elif share < 0.002:
            faults.append((number, "malformed_line"))
            lines.append(first + ",1")
        elif share < 0.003:
            faults.append((number, "unreadable_value"))
            lines.append(other.replace("4/25/2019 11:00", f"{number}"))
        elif share < 0.004:
            faults.append((number, "duplicate_record"))
            lines.append(first)
        else:
            lines.append(other.replace("%", f"{number:0150}"))
    export = write(exports / "a.csv", lines)
    assert export.stat().st_size > 3 * 8_388_608  # what one thread reads at a time
    limits = {"ENGAGEMENT_THREADS": "2", "ENGAGEMENT_MEMORY": "500MB"}
    build(project, exports, **limits)

    columns = "line_number, rejection_reason"
    assert rejected(project, columns) == [*faults, (2, "unreadable_value")]


def test_a_file_without_lines_has_no_line_numbers(
    project: Project, tmp_path: Path
) -> None:
    export = write_export(tmp_path / "a.csv", [record(), record(), record(End="n/a")])
    rows = duckdb.read_csv(str(export), all_varchar=True)
    rows.write_parquet(str(tmp_path / "b.parquet"))
    export.unlink()

    build(project, tmp_path)

    assert rejected(project, "line_number, rejection_detail") == [
        (None, f"first in {tmp_path}/b.parquet"),
        (None, "End: n/a"),
    ]


@pytest.mark.parametrize("end", [LF, CR, CRLF])
@pytest.mark.parametrize("size", range(1, 8))
def test_blank_lines_are_found_wherever_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: bytes, size: int
) -> None:
    monkeypatch.setattr(integrity, "CHUNK_BYTES", size)
    path = tmp_path / "a.csv"
    cases = {"a,b||1,2|3,4|||5|": [2, 5, 6], "a|": [], "a|||": [2, 3], "a| |b": []}
    for content, blank in cases.items():
        path.write_bytes(content.encode().replace(b"|", end))

        assert check_bytes(str(path), HEADER_LINE, OPTIONS) == [1, *blank]


# The values


def test_a_duplicate_is_shown_as_written(project: Project, tmp_path: Path) -> None:
    """Copies may be written in other ways; the first line counts."""
    other = {"Start": "2019-04-25T10:00", "End": "2019-04-25 11:00:00"}
    write(
        tmp_path / "x.csv",
        [HEADER, text(1), text(1, **{"MSISDN/Number": "+99900000001.0"} | other)],
    )
    rows = (
        "line_number, rejection_detail, raw_user_id, raw_started_at, raw_ended_at,"
        " location"
    )
    first = f"first in {tmp_path}/x.csv, line 2"
    times = tuple(other.values())

    build(project, tmp_path)
    assert rejected(project, rows) == [(3, first, "+99900000001.0", *times, "D1A")]

    build(project, tmp_path, **SECRET)
    ((user,),) = project.query("select distinct user_id from staging.stg_xdr__records")
    assert rejected(project, rows) == [(3, first, user, *times, "D1A")]


def test_details_name_column_and_value(project: Project, tmp_path: Path) -> None:
    """With the key, with digits as 9 and letters as x, but for readable times."""
    faults: list[dict[str, object]] = [
        {"MSISDN/Number": ""},
        {"MSISDN/Number": "tel:123"},
        {"Start": "soon 7"},
        {"Total UL (Bytes)": ""},
        {"Gaming DL (Bytes)": "-12", "Other UL (Bytes)": "-3"},
        {"Dur. (ms)": "-0.5"},
        {"Start": "4/26/2019 10:00"},
    ]
    write(
        tmp_path / "x.csv",
        [HEADER, *(text(n, **fault) for n, fault in enumerate(faults))],
    )
    details = [
        "MSISDN/Number",
        f"MSISDN/Number: tel:123 {RULE}",
        "Start: soon 7",
        "Total UL (Bytes)",
        "Gaming DL (Bytes): -12",
        "Dur. (ms): -0.5",
        "Start: 4/26/2019 10:00, End: 4/25/2019 11:00, Dur. (ms): 3600",
    ]

    build(project, tmp_path)
    assert rejected(project, "line_number, rejection_detail") == [
        *enumerate(details, 2)
    ]

    build(project, tmp_path, **SECRET)
    details[1] = f"MSISDN/Number: xxx:999 {RULE}"
    details[2] = "Start: xxxx 9"
    details[4] = "Gaming DL (Bytes): -99"
    details[5] = "Dur. (ms): -9.9"
    details[6] = details[6].replace("3600", "9999")
    assert rejected(project, "line_number, rejection_detail") == [
        *enumerate(details, 2)
    ]


def test_the_reasons_are_described_in_the_order_in_which_they_are_checked() -> None:
    """As the first one that holds is given."""
    macros = (ROOT / "macros" / "columns.sql").read_text(encoding="utf-8")
    listed = macros.split("macro rejection_reasons()")[1].split("]")[0]
    docs = (ROOT / "models" / "_columns.md").read_text(encoding="utf-8")
    described = docs.split("docs rejection_reason %}")[1].split("{% enddocs")[0]

    reasons = [part for part in listed.split('"') if part.islower() and "_" in part]
    assert len(reasons) == 9
    assert ", ".join(reasons) in " ".join(described.split())


# Milliseconds


MOMENTS = {
    "minutes": ("4/25/2019 10:00", "4/25/2019 10:00"),
    "seconds": ("4/25/2019 10:00:07", "4/25/2019 10:00:07"),
    "full minutes": ("4/25/2019 10:00:00", "4/25/2019 10:00:00"),
    "ISO": ("2019-04-25 10:00:07", "2019-04-25T10:00:07"),
    "ISO minutes": ("2019-04-25 10:00", "2019-04-25 10:00"),
    "compact": ("20190425100007", "20190425100007"),
    "mixed": ("4/25/2019 10:00", "4/25/2019 10:00:00"),
}
WITH_SECONDS = {"seconds", "full minutes", "ISO", "compact"}
FORMATS = ["%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%Y%m%d%H%M%S"]


def test_milliseconds_decide_where_times_carry_seconds(
    project: Project, tmp_path: Path
) -> None:
    lines, refused = [HEADER], {}
    for user, (kind, (start, end)) in enumerate(MOMENTS.items()):
        for first, last in ((600, 100), (100, 600), (100, 100), (600, "")):
            times = {"Start": start, "Start ms": first, "End": end, "End ms": last}
            lines.append(text(user, **times, **{"Dur. (ms)": 0}))
            if kind in WITH_SECONDS and (first, last) == (600, 100):
                refused[len(lines)] = (
                    f"Start: {start}, End: {end}, Start ms: 600, End ms: 100"
                )
    write(tmp_path / "x.csv", lines)

    build(project, tmp_path, {"xdr_timestamp_formats": FORMATS})

    assert dict(rejected(project, "line_number, rejection_detail")) == refused
    assert set(rejected(project, "rejection_reason")) == {("ends_before_start",)}


@pytest.mark.parametrize(("kind", "is_refused"), [("timestamp", True), ("date", False)])
def test_a_typed_timestamp_carries_seconds(
    project: Project, tmp_path: Path, kind: str, is_refused: bool
) -> None:
    times = {"Start": "2019-04-25", "End": "2019-04-25", "Start ms": 900}
    export = write_export(tmp_path / "x.csv", [record(**times)])
    duckdb.sql(
        f'copy (select * replace ("Start"::{kind} as "Start", "End"::{kind} as "End")'
        f" from read_csv('{export}', all_varchar = true))"
        f" to '{tmp_path}/x.parquet'"
    )
    export.unlink()

    build(project, tmp_path)

    assert rejected(project, "rejection_reason") == (
        [("ends_before_start",)] if is_refused else []
    )
