"""Every form that docs/formats.md lists is loaded with the vars that stand there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Project, Result
from forms import FORMS

from engagement.export.foreign import (
    KINDS,
    describe_address,
    describe_file,
    describe_table,
)

DOCUMENT = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
DEFAULTS = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))[
    "vars"
]


def anchor(heading: str) -> str:
    """Name the anchor that Markdown gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def documented() -> dict[str, dict]:
    """Read the vars of each form; those of a way of writing add to plain-csv."""
    blocks = {}
    for part in DOCUMENT.split("\n### ")[1:]:
        heading, _, rest = part.partition("\n")
        block = re.search("```yaml\n(.*?)```", rest, re.S)[1]
        blocks[anchor(heading)] = yaml.safe_load(block)
    ways = list(blocks)
    ways = ways[ways.index("plain-csv") :]
    return {
        name: blocks["plain-csv"] | block if name in ways else block
        for name, block in blocks.items()
    }


VARS = documented()


def settings_of(name: str) -> dict:
    """Say with which vars a form is loaded, those that have their default included."""
    return DEFAULTS | VARS[name]


def test_the_document_lists_every_form() -> None:
    headings = re.findall("^#+ (.*)", DOCUMENT, re.M)
    links = re.findall(r"\[[^]]*\]\(#([^)]*)\)", DOCUMENT)
    assert set(VARS) == set(FORMS)
    assert len(FORMS) >= 40
    assert set(links) <= {anchor(heading) for heading in headings}
    assert set(FORMS) <= set(links)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_loaded_with_its_vars(
    name: str, load: Callable[[Path, dict], Project], tmp_path: Path
) -> None:
    project = load(FORMS[name].create(tmp_path), VARS[name])

    loaded = "from staging.stg_xdr__records where rejection_reason"
    assert FORMS[name].refused == dict(
        project.query(
            f"select rejection_reason, count(*) {loaded} is not null group by all"
        )
    )
    applications = [one["name"] for one in settings_of(name)["applications"]]
    sums = "".join(f", sum({n}_dl_bytes), sum({n}_ul_bytes)" for n in applications)
    found = project.query(
        "select user_id, count(*), sum(duration_ms), sum(dl_bytes), sum(ul_bytes),"
        # of minutes, since TellCo's times have no seconds
        f" sum(epoch(date_trunc('minute', ended_at))){sums}"
        f" {loaded} is null group by user_id"
    )
    assert {user: tuple(figures) for user, *figures in found} == {
        user: (
            len(records),
            sum(one.seconds for one in records) * 1000,
            sum(one.dl for one in records),
            sum(one.ul for one in records),
            sum(one.ended_at.timestamp() // 60 * 60 for one in records),
            *(
                sum(one.traffic.get(application, (0, 0))[way] for one in records)
                for application in applications
                for way in (0, 1)
            ),
        )
        for user, records in FORMS[name].users().items()
    }


@pytest.mark.parametrize("name", ["interim-records", "app-events-in-parquet"])
def test_marts_are_built_from_a_form(
    name: str, project: Project, tmp_path: Path
) -> None:
    result = project.build(FORMS[name].create(tmp_path), settings=VARS[name])
    assert not result.failed, result.text

    has_sessions = "session_id" in VARS[name]["xdr_columns"]
    expected = {}
    for user, records in FORMS[name].users().items():
        sessions: dict[int, int] = {}
        for place, one in enumerate(records):
            key = one.number if has_sessions else place
            sessions[key] = max(one.seconds, sessions.get(key, 0))
        volume = sum(one.dl + one.ul for one in records)
        expected[user] = len(sessions), sum(sessions.values()) * 1000, volume
    found = project.query(
        "select user_id, session_count, duration_ms, total_bytes"
        " from marts.user_engagement"
    )
    assert {user: tuple(figures) for user, *figures in found} == expected
    records = sum(map(len, FORMS[name].users().values()))
    assert project.query(
        "select accepted_count, rejected_count from marts.load_report"
    ) == [(records, 0)]


@pytest.mark.parametrize(
    ("name", "mistake", "sentence"),
    [
        (
            "allot",
            {"xdr_csv": {"encoding": "latin-1"}},
            'is separated by semicolons; set var xdr_csv.delimiter to ";"',
        ),
        (
            "allot",
            {"xdr_csv": {"delimiter": ";", "decimal": ","}},
            "is not UTF-8 text; set var xdr_csv.encoding to latin-1",
        ),
        (
            "allot",
            {"xdr_csv": {"delimiter": ";", "encoding": "latin-1"}},
            "vars xdr_volume_unit and xdr_csv.decimal say how volumes are written",
        ),
        (
            "sandvine",
            {"xdr_csv": {"delimiter": "|"}},
            "set var xdr_csv.columns to them",
        ),
        (
            "pgw-cdr-as-json",
            {
                "xdr_columns": VARS["pgw-cdr-as-json"]["xdr_columns"]
                | {"location": "$.pGWRecord.cell"}
            },
            "has no column '$.pGWRecord.cell', which var xdr_columns.location names",
        ),
        (
            "pgw-cdr-as-json",
            {
                "applications": [
                    {
                        "name": "all",
                        "dl": "$.pGWRecord.listOfServiceData[*].downlink",
                        "ul": "$.pGWRecord.listOfServiceData[*].datavolumeFBCUplink",
                    }
                ]
            },
            "has no column '$.pGWRecord.listOfServiceData[*].downlink', which var"
            " applications: all: dl names",
        ),
        (
            "cisco-wlc",
            {"user_id_pattern": "[0-9]{5,15}"},
            "does not match var user_id_pattern ([0-9]{5,15})",
        ),
        (
            "unifi",
            {"xdr_timestamp_formats": ["epoch_ms"]},
            "var xdr_timestamp_formats says how times are written",
        ),
        (
            "day-first",
            {"xdr_timestamp_formats": ["%m/%d/%Y %H:%M:%S"]},
            "var xdr_timestamp_formats says how times are written",
        ),
        (
            "tellco",
            {"xdr_duration_unit": "ms"},
            "set var xdr_duration_unit to 's'",
        ),
        (
            "procera",
            {"xdr_volume_unit": "B"},
            "vars xdr_volume_unit and xdr_csv.decimal say how volumes are written",
        ),
        (
            "meraki",
            {"xdr_volume_unit": "GB"},
            "set var xdr_volume_unit to a smaller unit",
        ),
    ],
)
def test_a_wrong_setting_is_refused_by_name(
    name: str,
    mistake: dict,
    sentence: str,
    try_load: Callable[[Path, dict], tuple[Project, Result]],
    tmp_path: Path,
) -> None:
    _, result = try_load(FORMS[name].create(tmp_path), VARS[name] | mistake)
    assert result.failed
    assert sentence in result.text


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (
            {
                "xdr_columns": VARS["plain-csv"]["xdr_columns"]
                | {
                    "dl_bytes": VARS["plain-csv"]["xdr_columns"]["ul_bytes"],
                    "ul_bytes": VARS["plain-csv"]["xdr_columns"]["dl_bytes"],
                }
            },
            "check that vars xdr_columns.dl_bytes and xdr_columns.ul_bytes are not",
        ),
        ({"xdr_volume_unit": "kB"}, "set var xdr_volume_unit to a smaller unit"),
    ],
)
def test_a_wrong_setting_that_may_be_right_is_told(
    mistake: dict,
    sentence: str,
    try_load: Callable[[Path, dict], tuple[Project, Result]],
    tmp_path: Path,
) -> None:
    form, settings = FORMS["plain-csv"], VARS["plain-csv"]
    _, result = try_load(form.create(tmp_path), settings | mistake)
    assert not result.failed
    assert sentence in " ".join(result.text.split())


def test_the_document_says_what_is_no_file_as_a_load_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for marker in ("delta/_delta_log", "iceberg/metadata", "hudi/.hoodie"):
        Path(marker).mkdir(parents=True)
    Path("iceberg/metadata/v1.metadata.json").touch()
    table = DOCUMENT.partition("## What is no file")[2]
    rows = re.findall(r"^\| `(.*?)`, (.*?) \| (`.*`) \|$", table, re.M)
    for path, what, command in rows:
        said = (
            describe_address(path)
            or describe_table(Path(path))
            or describe_file(Path(path), is_known=True)
        )
        assert said.startswith(what)
        assert f": {command} " in said
    documented = [command.split("TABLE")[0] for _, _, command in rows]
    assert len(set(documented)) == len(rows) == len(KINDS)
