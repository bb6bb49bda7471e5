"""`engagement inspect` finds out how an export is written, and proposes the vars."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from conftest import ENGAGEMENT, ROOT, SAMPLE, Project, Result, record, write_export
from dbt.cli.main import dbtRunner, dbtRunnerResult
from forms import FORMS

from engagement.cli import plain_errors
from engagement.export.listing import ExportError, find_exports
from engagement.inspect.inspection import InspectionError, inspect
from engagement.inspect.names import direction_of, name_score, slug, unit_of, words_of
from engagement.inspect.page import examples_of, masked, yaml_of
from engagement.inspect.proposal import Proposal, differing, propose, with_nulls
from engagement.inspect.sampling import (
    guess_csv,
    guess_delimiter,
    has_header,
    json_sources,
    take_sample,
)
from engagement.inspect.trial import sentence_of, try_load
from engagement.inspect.values import (
    Column,
    agree_on_days,
    epoch_formats,
    examine,
    formats_of,
    id_pattern,
    text_formats,
)

DEFAULTS = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))[
    "vars"
]
FIRST = datetime(2026, 5, 1)
USERS = [f"336000000{n:02}" for n in range(12)]


class Use:
    """A session as a row of an export may say it."""

    def __init__(self, number: int) -> None:
        chance = random.Random(number)
        self.user = USERS[number % len(USERS)]
        self.start = FIRST + timedelta(minutes=17 * number, seconds=number % 60)
        self.seconds = 60 + chance.randrange(7_000)
        self.end = self.start + timedelta(seconds=self.seconds)
        self.dl = 10**6 + chance.randrange(10**8)
        self.ul = 10**5 + chance.randrange(10**6)
        self.cell = f"Cell {number % 5}"


USES = [Use(number) for number in range(300)]


def write(path: Path, row: Callable[[Use], dict[str, Any]], mark: str = ",") -> Path:
    """Write the sessions as a CSV file."""
    rows = [row(use) for use in USES]
    lines = [mark.join(rows[0]), *(mark.join(map(str, r.values())) for r in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def proposal_of(export: Path, folder: Path) -> Proposal:
    sample = take_sample(find_exports(str(export)).exports, folder / "sample")
    return propose(sample, DEFAULTS)


def run(project: Project, export: Path | str, *arguments: str) -> Result:
    return project.run(ENGAGEMENT, "inspect", str(export), *arguments)


# what values are


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("25/04/2019 14:35", "%d/%m/%Y %H:%M"),
        ("4/25/2019 2:35:01 PM", "%m/%d/%Y %I:%M:%S %p"),
        ("04.05.26 00:02:45", "%d.%m.%y %H:%M:%S"),
        ("20260504000245", "%Y%m%d%H%M%S"),
        ("260504000245+0530", "%y%m%d%H%M%S%z"),
        ("04-May-2026 14.35.01", "%d-%b-%Y %H.%M.%S"),
        ("04/May/2026:00:02:45 +0530", "%d/%b/%Y:%H:%M:%S %z"),
        ("May 4 2026 00:02:45 UTC", "%b %d %Y %H:%M:%S %Z"),
        ("Mon May  4 00:02:45 2026", "%a %b %d %H:%M:%S %Y"),
        ("Mon, 04 May 2026 00:02:45 +0000", "%a, %d %b %Y %H:%M:%S %z"),
        ("05/04/2026 00:02:45:250", "%m/%d/%Y %H:%M:%S:%g"),
    ],
)
def test_a_time_has_a_format(value: str, form: str) -> None:
    assert form in formats_of(value)
    assert form in (text_formats([value]) or ([],))[0] + text_formats([value])[1]


@pytest.mark.parametrize(
    "value", ["Cell 7", "33600000001", "10.0.0.7", "02:00:5e:00:53:01", "1:23:45", ""]
)
def test_other_texts_are_no_times(value: str) -> None:
    assert formats_of(value) == []


def test_a_day_above_twelve_decides_which_is_the_month() -> None:
    days = ["04/03/2026 10:00", "04/13/2026 10:00"]
    assert text_formats(days) == (["%m/%d/%Y %H:%M"], [])


def test_days_that_are_close_together_decide_otherwise() -> None:
    days = [f"{day:02}/04/2026 10:00" for day in range(1, 9)]
    assert text_formats(days) == (["%d/%m/%Y %H:%M"], ["%m/%d/%Y %H:%M"])


def test_times_of_one_export_have_day_and_month_in_the_same_order() -> None:
    start = examine("start", ["04/10/2026 10:00"] * 3)
    end = examine("end", [f"04/{day}/2026 11:00" for day in ("10", "11", "12")])
    agree_on_days([start, end], [])
    assert start.formats == end.formats == ["%m/%d/%Y %H:%M"]


def test_of_equally_close_days_the_present_format_decides() -> None:
    for form in ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"):
        column = examine("start", ["04/10/2026 10:00", "04/10/2026 11:00"])
        agree_on_days([column], [form])
        assert column.formats == [form]


@pytest.mark.parametrize(
    ("value", "formats"),
    [
        ("1777852965", ["epoch_s"]),
        ("1777852965.25", ["epoch_s"]),
        ("1777852965250", ["epoch_ms"]),
        ("1777852965250000", ["epoch_us"]),
        ("33600000001", []),
        ("999002171979", []),
    ],
)
def test_an_epoch_is_of_this_century(value: str, formats: list[str]) -> None:
    assert epoch_formats([value]) == formats


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["2026-05-04 00:02:45", "2026-05-04T00:02:45+05:30"], "time"),
        (["20260504T000245Z"], "time"),
        (["1:23:45", "1.02:03:04", "1h23m45s", "PT90S"], "duration"),
        (["7", "-3", "+2", "4.0"], "integer"),
        (["7.5", "1e3"], "decimal"),
        (["7,5", "1,25"], "decimal"),
        (["1,234,567", "12"], "integer"),
        (["Cell 7", "12"], "text"),
        ([None, " "], "empty"),
    ],
)
def test_values_have_a_kind(values: list[str | None], kind: str) -> None:
    assert examine("x", values).kind == kind


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (["33600000001", "+33600000002", "0033600000003", "33600000004.0"], None),
        (["02:00:5e:00:53:01"], "(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"),
        (["10.0.0.1", "10.0.0.2"], r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"),
        (
            ["10.0.0.1", "2001:db8::1"],
            r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
        ),
        (["user01@isp.example"], "[^@ ]+@[^@ ]+"),
        (["user01@isp.example", "guest"], ".+"),
    ],
)
def test_ids_have_a_pattern(values: list[str], pattern: str | None) -> None:
    assert id_pattern(Column("id", values)) == pattern


# what names say


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("acctstarttime", "acct start time"),
        ("radius-calling-station-id", "radius calling station id"),
        ("flowStartMilliseconds", "flow start milliseconds"),
        ("$.tx_bytes.\"$numberLong\"", "tx bytes number long"),
        ("servedMSISDN", "served msisdn"),
        ("sTime", "start time"),
        ("Sent (kB)", "sent kb"),
        ("Début", "debut"),
    ],
)  # fmt: skip
def test_a_name_is_split_into_words(name: str, words: str) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("field", "name", "other"),
    [
        ("user_id", "MSISDN/Number", "IMEI"),
        ("user_id", "callingstationid", "calledstationid"),
        ("user_id", "username", "framedipaddress"),
        ("started_at", "acctstarttime", "acctupdatetime"),
        ("ended_at", "LAST_SWITCHED", "FIRST_SWITCHED"),
        ("location", "cell_id", "access point name"),
        ("application", "application", "protocol"),
        ("duration", "acctsessiontime", "Activity Duration DL (ms)"),
    ],
)
def test_one_name_says_more_than_another(field: str, name: str, other: str) -> None:
    assert name_score(field, name) > name_score(field, other)


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("acctinputoctets", "ul"),
        ("acctoutputoctets", "dl"),
        ("orig_bytes", "ul"),
        ("resp_bytes", "dl"),
        ("bytes_toclient", "dl"),
        ("ip-bytes-downlink", "dl"),
        ("Total UL (Bytes)", "ul"),
        ("total_bytes", ""),
    ],
)
def test_a_name_says_a_direction(name: str, direction: str) -> None:
    assert direction_of(name)[0] == direction


def test_a_name_says_a_unit() -> None:
    names = ("Sent (kB)", "volume_mb", "dl_KiB", "Reçu (Mo)", "bytes")
    assert [unit_of(name) for name in names] == ["kB", "MB", "KiB", "MB", None]


def test_applications_have_valid_names() -> None:
    names = [slug(text) for text in ("TLS.YouTube", "3g mail", "Élan", "***")]
    assert names == ["tls_youtube", "app_3g_mail", "elan", "unnamed"]


# how files are written


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["a,b,c", '1,"x,y",2'], ","),
        (["a;b;c", "1,5;2,5;3,5"], ";"),
        (["a|b", "1|2"], "|"),
        (["a||b||c", "1||2||3"], "||"),
        (["a\tb c", "1\t2 3"], "\t"),
        (["a"], ","),
    ],
)
def test_lines_have_a_delimiter(lines: list[str], delimiter: str) -> None:
    assert guess_delimiter(lines) == delimiter


def test_names_stand_above_values() -> None:
    assert has_header([["msisdn", "cell"], ["33600000001", "C1"]])
    assert not has_header([["33600000001", "C1"], ["33600000002", "C2"]])
    assert not has_header([["a@isp.example", "C1"], ["a@isp.example", "C1"]])


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a;b\n1;2\n", {"delimiter": ";", "comment": None}),
        ("#a|b\n1|2\n3|4\n", {"delimiter": "|", "comment": None}),
        ("# by us\na,b\n1,2\n# end\n", {"delimiter": ",", "comment": "#"}),
        ("a,b\n1,2\n# end\n", {"delimiter": ",", "comment": "#"}),
        (
            "#path\tconn\n#fields\tts\tuid\n#types\ttime\tstring\n1\tx\n2\ty\n",
            {"delimiter": "\t", "comment": "#", "columns": ["ts", "uid"]},
        ),
        ("1,x\n2,y\n", {"delimiter": ",", "columns": ["column_1", "column_2"]}),
    ],
)
def test_a_file_is_written_somehow(text: str, options: dict) -> None:
    guess = guess_csv(text.encode())
    assert {key: guess.get(key) for key in options} == options


def test_a_file_has_an_encoding() -> None:
    for encoding in ("utf-8", "utf-16", "latin-1"):
        assert guess_csv("cité,b\n1,2\n".encode(encoding))["encoding"] == encoding


def test_json_has_names_paths_and_sums() -> None:
    one = {
        "id": "x",
        "flow": {"bytes in": 1, "at": "2026-05-04"},
        "used": [{"volume": 3, "kind": "a"}, {"volume": 4, "kind": "b"}],
    }
    assert json_sources([one, {"late": 1}]) == [
        "id", '$.flow."bytes in"', "$.flow.at", "$.used[*].volume", "$.used[0].kind",
        "late",
    ]  # fmt: skip


# which column is which


def test_names_in_another_language_are_known(tmp_path: Path) -> None:
    export = write(
        tmp_path / "spanish.csv",
        lambda u: {
            "Número": u.user,
            "Inicio": f"{u.start:%d-%m-%Y %H:%M:%S}",
            "Fin": f"{u.end:%d-%m-%Y %H:%M:%S}",
            "Bajada": u.dl,
            "Subida": u.ul,
        },
    )
    found = proposal_of(export, tmp_path)
    assert found.variables["xdr_columns"] == {
        "user_id": "Número", "started_at": "Inicio", "ended_at": "Fin",
        "dl_bytes": "Bajada", "ul_bytes": "Subida",
    }  # fmt: skip
    assert found.variables["xdr_timestamp_formats"] == ["%d-%m-%Y %H:%M:%S"]
    assert any("no offset" in doubt for doubt in found.doubts)


def test_values_decide_where_there_are_no_names(tmp_path: Path) -> None:
    export = tmp_path / "dpi.psv"
    rows = [
        (u.user, f"{u.start:%Y%m%d%H%M%S}", f"{u.end:%Y%m%d%H%M%S}", u.seconds, u.dl,
         u.ul, u.cell, u.dl // 2, u.ul // 2, u.dl - u.dl // 2, u.ul - u.ul // 2)
        for u in USES
    ]  # fmt: skip
    export.write_text("".join("|".join(map(str, row)) + "\n" for row in rows))
    found = proposal_of(export, tmp_path)
    assert found.variables["xdr_columns"] == {
        "user_id": "column_1", "started_at": "column_2", "ended_at": "column_3",
        "duration": "column_4", "location": "column_7", "dl_bytes": "column_5",
        "ul_bytes": "column_6",
    }  # fmt: skip
    assert found.variables["applications"] == [
        {"name": "application_1", "dl": "column_8", "ul": "column_9"},
        {"name": "application_2", "dl": "column_10", "ul": "column_11"},
    ]


def test_a_few_mangled_numbers_do_not_make_the_card_the_user(tmp_path: Path) -> None:
    """In the sample a few numbers of subscribers are malformed, and no card is."""
    found = proposal_of(ROOT / "seeds" / "xdr_sample.csv", tmp_path)

    assert found.found.used["user_id"].source == "MSISDN/Number"


@pytest.mark.parametrize(
    ("unit", "factor"), [("s", 1), ("ms", 1_000), ("us", 1_000_000)]
)
def test_start_and_end_tell_the_unit_of_durations(
    unit: str, factor: int, tmp_path: Path
) -> None:
    export = write(
        tmp_path / "x.csv",
        lambda u: {
            "msisdn": u.user,
            "start": u.start,
            "end": u.end,
            "length": u.seconds * factor,
        },
    )
    variables = proposal_of(export, tmp_path).variables
    assert variables["xdr_duration_unit"] == unit
    assert variables["xdr_columns"]["duration"] == "length"


def test_minutes_become_an_expression(tmp_path: Path) -> None:
    export = write(
        tmp_path / "x.csv",
        lambda u: {"msisdn": u.user, "start": u.start, "minutes": u.seconds // 60 + 1},
    )
    assert proposal_of(export, tmp_path).variables["xdr_columns"]["duration"] == {
        "sql": 'try_cast("minutes" as double) * 60'
    }


def test_the_larger_of_two_unsure_directions_is_downlink(tmp_path: Path) -> None:
    export = write(
        tmp_path / "x.csv",
        lambda u: {
            "mac": f"02:00:5e:00:53:{u.user[-2:]}",
            "start": u.start,
            "end": u.end,
            "rx_bytes": u.ul,
            "tx_bytes": u.dl,
        },
    )
    found = proposal_of(export, tmp_path)
    assert found.variables["xdr_columns"]["dl_bytes"] == "tx_bytes"
    assert any("'tx' and 'rx'" in doubt for doubt in found.doubts)


def test_gigawords_are_added_to_octets(tmp_path: Path) -> None:
    export = write(
        tmp_path / "x.csv",
        lambda u: {
            "callingstationid": u.user,
            "acctstarttime": u.start,
            "acctsessiontime": u.seconds,
            "acctinputoctets": u.ul,
            "acctoutputoctets": u.dl,
            "acctoutputgigawords": u.dl % 2,
        },
    )
    columns = proposal_of(export, tmp_path).variables["xdr_columns"]
    assert columns["ul_bytes"] == "acctinputoctets"
    assert "4294967296" in columns["dl_bytes"]["sql"]


@pytest.mark.parametrize(("records", "is_shared"), [(3, True), (1, False)])
def test_records_of_one_session_share_its_id(
    records: int, is_shared: bool, tmp_path: Path
) -> None:
    export = write(
        tmp_path / "x.csv",
        lambda u: {
            "msisdn": USERS[0],
            "session_id": f"S{USES.index(u) // records}",
            "start": u.start,
            "end": u.end,
        },
    )
    columns = proposal_of(export, tmp_path).variables["xdr_columns"]
    assert ("session_id" in columns) == is_shared


@pytest.mark.parametrize(
    ("row", "lack"),
    [
        (lambda u: {"start": u.start, "end": u.end, "dl": u.dl}, "a user"),
        (lambda u: {"msisdn": u.user, "dl": u.dl, "ul": u.ul}, "and none is"),
        (lambda u: {"msisdn": u.user, "start": u.start, "dl": u.dl}, "only 'start'"),
    ],
)
def test_what_lacks_is_named(
    row: Callable[[Use], dict], lack: str, tmp_path: Path
) -> None:
    assert lack in proposal_of(write(tmp_path / "x.csv", row), tmp_path).lack


# Forms whose vars cannot follow from the file, with what nobody can see in it.
UNSEEN = {
    "silk-rwcut": "that the subscriber is on either side of a flow",
    "sandvine": "that volumes without names are in KiB",
    "app-events-in-json": "which number of a list is downlink",
    "expressions": "that a number lacks its country, and that up is of both ways",
}


def test_most_documented_forms_are_proposed() -> None:
    assert set(UNSEEN) <= set(FORMS)
    assert len(FORMS) - len(UNSEEN) >= 30


@pytest.mark.parametrize("name", [name for name in FORMS if name not in UNSEEN])
def test_a_documented_form_is_loaded_with_the_proposed_vars(
    name: str, load: Callable[[Path, dict], Project], tmp_path: Path
) -> None:
    export = FORMS[name].create(tmp_path)
    found = proposal_of(export, tmp_path)
    project = load(export, differing(found.variables, DEFAULTS))
    sums = project.query(
        "select count(*), count(distinct user_id), sum(duration_ms), sum(dl_bytes),"
        " sum(ul_bytes) from staging.stg_xdr__records where rejection_reason is null"
    )
    users = FORMS[name].users()
    records = [one for own in users.values() for one in own]
    assert sums == [
        (
            len(records),
            len(users),
            sum(one.seconds for one in records) * 1000,
            sum(one.dl for one in records),
            sum(one.ul for one in records),
        )
    ]


def test_users_and_times_suffice(
    load: Callable[[Path, dict], Project], tmp_path: Path
) -> None:
    export = write(
        tmp_path / "x.csv",
        lambda u: {"msisdn": u.user, "start": u.start, "end": u.end},
    )
    found = proposal_of(export, tmp_path)
    assert any("0 bytes" in doubt for doubt in found.doubts)
    project = load(export, differing(found.variables, DEFAULTS))
    assert project.query(
        "select count(*), sum(duration_ms), sum(dl_bytes) from staging.stg_xdr__records"
        " where rejection_reason is null"
    ) == [(300, sum(use.seconds for use in USES) * 1000, 0)]


# which vars differ


def test_only_vars_that_differ_are_proposed() -> None:
    proposed = {
        "xdr_csv": {"delimiter": ";", "columns": None, "comment": None, "nulls": [],
                    "encoding": "utf-8", "decimal": "."},
        "xdr_columns": DEFAULTS["xdr_columns"] | {"location": None},
        "xdr_timestamp_formats": [],
        "xdr_duration_unit": "s",
        "xdr_volume_unit": "kB",
    }  # fmt: skip
    columns = {k: v for k, v in DEFAULTS["xdr_columns"].items() if k != "location"}
    assert differing(proposed | {"xdr_columns": columns}, DEFAULTS) == {
        "xdr_csv": {"delimiter": ";"},
        "xdr_columns": columns,
        "xdr_volume_unit": "kB",
    }
    now = {"xdr_csv": {"delimiter": ";"}}
    assert differing({"xdr_csv": proposed["xdr_csv"]}, now) == {}
    assert set(differing(proposed, {"xdr_csv": 7, "xdr_columns": 7})) == {
        "xdr_csv", "xdr_columns", "xdr_duration_unit", "xdr_volume_unit",
    }  # fmt: skip
    assert with_nulls(
        {"xdr_csv": {"nulls": ["-"]}}, {"xdr_csv": {"nulls": ["NA"], "delimiter": ";"}}
    ) == {"xdr_csv": {"delimiter": ";", "nulls": ["-", "NA"]}}
    assert (
        with_nulls({"xdr_csv": {"nulls": ["-"]}}, {"xdr_csv": {"nulls": ["-"]}}) == {}
    )


# what is printed


def test_no_id_is_printed() -> None:
    ids = Column("a", [use.user for use in USES], "integer")
    words = Column("b", ["quic", "http"] * 150)
    numbers = Column("c", ["33600000001", "33600000002"] * 150)
    assert examples_of(ids, ["user_id"]) == ["99999999999"] * 2
    assert examples_of(words, []) == ["quic", "http"]
    assert examples_of(words, ["user_id"]) == ["xxxx", "xxxx"]
    for name, values in {
        "customer name": ["Ann", "Bob"],
        "note": ["ann@isp.example", "bob@isp.example"],
        "address": ["10.0.0.1", "10.0.0.2"],
    }.items():
        shown = examples_of(Column(name, values * 150), [])
        assert shown == [masked(value) for value in values]
    assert examples_of(numbers, []) == ["99999999999"] * 2
    assert masked("Jo.Né@x1") == "xx.xx@x9"


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("vars: xdr_csv is wrong.", "vars: xdr_csv is wrong."),
        (
            "Compilation Error in model stg_xdr__records (models/x.sql)\n  It is so.\n"
            "  \n  > in macro ask (macros/ask.sql)",
            "It is so.",
        ),
        ("", "The load failed."),
    ],
)
def test_a_sentence_is_taken_out_of_an_error(message: str, sentence: str) -> None:
    assert sentence_of(message) == sentence


# the command


def test_a_proposal_is_tried_and_can_be_saved(project: Project, tmp_path: Path) -> None:
    export = write(
        tmp_path / "export.csv",
        lambda u: {
            "Phone": u.user,
            "Begin": f"{u.start:%d.%m.%Y %H:%M:%S}",
            "End": f"{u.end:%d.%m.%Y %H:%M:%S}",
            "Volume down MB": f"{u.dl / 1e6:.3f}".replace(".", ","),
            "Volume up MB": f"{u.ul / 1e6:.3f}".replace(".", ","),
            "Cell": u.cell,
        },
        ";",
    )
    result = run(project, export, "--out", str(tmp_path / "vars.yml"))
    assert not result.failed, result.text
    text = " ".join(result.text.split())
    assert f"{export} is separated by semicolons" in text
    assert "The load would accept 300 of 300 records. They are of 12 users" in text
    assert "up, before a build removes copies." in text
    assert not any(user in result.text for user in USERS)
    settings = yaml.safe_load((tmp_path / "vars.yml").read_text(encoding="utf-8"))
    assert settings["xdr_csv"] == {"delimiter": ";", "decimal": ","}
    assert settings["xdr_volume_unit"] == "MB"
    # nothing is loaded, and no output is touched
    assert not project.output.exists()
    built = project.dbt(
        *("run", "--select", "stg_xdr__records"),
        *("--vars", json.dumps(settings)),
        xdr=export,
    )
    assert not built.failed, built.text
    assert project.query(
        "select count(*), count(distinct user_id), sum(dl_bytes)"
        " from staging.stg_xdr__records where rejection_reason is null"
    ) == [(300, 12, sum(round(u.dl / 1e6, 3) * 1e6 for u in USES))]


def test_vars_that_load_an_export_are_kept(project: Project, tmp_path: Path) -> None:
    records = [
        record(
            **{
                "MSISDN/Number": USERS[n % 9],
                "Start ms": n,
                "Total DL (Bytes)": 10**6,
                "Total UL (Bytes)": 10**5,
            }
        )
        for n in range(40)
    ]
    records.append(record(**{"MSISDN/Number": "someone"}))
    export = write_export(tmp_path / "xdr.csv", records)
    (tmp_path / "notes.md").write_text("by hand")
    result = run(project, tmp_path)
    assert not result.failed, result.text
    assert "None: the present vars load the export." in result.text
    assert "The load would accept 40 of 41 records." in result.text
    assert "1 would be rejected as malformed_user_id" in result.text
    assert "someone" not in result.text
    assert f"{export}\n" in result.text
    assert "notes.md is passed over because its name ends in none of" in result.text


@pytest.mark.parametrize("kind", ["jsonl.gz", "parquet"])
def test_paths_and_structs_are_proposed(kind: str, tmp_path: Path) -> None:
    rows = [
        {
            "subscriber": {"imsi": f"0010100000000{u.user[-2:]}"},
            "start": int(u.start.timestamp()) * 1000,
            "end": int(u.end.timestamp()) * 1000,
            "bytes": {"down": u.dl, "up": u.ul},
            "service": ["youtube", "mail"][u.dl % 2],
        }
        for u in USES
    ]
    text = "\n".join(map(json.dumps, rows))
    export = tmp_path / f"events.{kind}"
    if kind == "parquet":
        (tmp_path / "rows.jsonl").write_text(text)
        duckdb.sql(f"copy (from read_json('{tmp_path / 'rows.jsonl'}')) to '{export}'")
    else:
        export.write_bytes(gzip.compress(text.encode()))
    variables = proposal_of(export, tmp_path).variables
    path = "" if kind == "parquet" else "$."
    assert variables["xdr_columns"] == {
        "user_id": f"{path}subscriber.imsi", "started_at": "start", "ended_at": "end",
        "application": "service", "dl_bytes": f"{path}bytes.down",
        "ul_bytes": f"{path}bytes.up",
    }  # fmt: skip
    assert variables["xdr_timestamp_formats"] == ["epoch_ms"]
    applications = variables["applications"]
    assert {one["name"] for one in applications} == {"youtube", "mail", "other"}
    assert "values" not in applications[-1]


def test_nothing_proposed_is_a_failure(project: Project, tmp_path: Path) -> None:
    export = write(tmp_path / "x.csv", lambda u: {"start": u.start, "end": u.end})
    result = run(project, export)
    assert result.failed
    last = result.text.splitlines()[-1]
    assert last.startswith(f"Error: '{export}': no vars can be proposed, since no col")


def test_a_record_in_place_of_names_is_not_shown(
    project: Project, tmp_path: Path
) -> None:
    export = tmp_path / "x.csv"
    lines = [f"ann{u.user[-2:]}@isp.example,{u.start},{u.end},{u.dl}" for u in USES]
    export.write_text("\n".join(lines) + "\n")
    result = run(project, export)
    assert not result.failed, result.text
    assert "it has xxx99@xxx.xxxxxxx, " in result.text
    assert "ann" not in result.text


def files(folder: Path) -> Iterable[tuple[Path, str]]:
    """Write files that cannot be inspected, with what is said of each."""
    contents = {
        "empty.csv": (b"", "has no file that holds a record"),
        "header.csv": (b"msisdn,start,end\n", "has no file that holds a record"),
        "json.csv": (b'{"a": 1}\n', "holds JSON; rename it so that its name ends in"),
        "gzip.csv": (gzip.compress(b"a,b\n1,2\n"), "is gzip; rename it so that"),
        "cut.csv.gz": (gzip.compress(bytes(10**4))[:20], "is damaged or incomplete"),
        "text.parquet": (b"a,b\n1,2\n", "is not Parquet, though its name says so"),
        "broken.json": (b"[{]", "is not JSON"),
        "ends.csv": (b"a,b\n1,2\r3,4\n5,6\n", "ends.csv ends its lines with LF"),
        "book.xlsx": (b"PK\x03\x04 xl/workbook.xml", "sheet"),
    }
    for name, (content, said) in contents.items():
        (folder / name).write_bytes(content)
        yield folder / name, said
    yield folder / "none.csv", "does not exist"


def test_what_cannot_be_read_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for file, said in files(tmp_path):
        with pytest.raises((ExportError, InspectionError)) as error:
            inspect(str(file), "{}")
        assert file.name in str(error.value)
        assert said in str(error.value)
        assert "engagement-inspect-" not in str(error.value)


@pytest.mark.parametrize(
    ("variables", "said"),
    [("[1]", "--vars must map names"), ("{a: ", "--vars is not YAML")],
)
def test_wrong_vars_are_refused(
    variables: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(InspectionError, match=said):
        inspect("x.csv", variables)


def test_the_command_is_for_the_folder_of_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InspectionError, match=r"dbt_project.yml cannot be read"):
        inspect("x.csv", "{}")


def test_proposals_are_yaml() -> None:
    variables = {"xdr_csv": {"delimiter": "\t"}, "user_id_pattern": r"[0-9]+\.x"}
    assert yaml.safe_load(yaml_of(variables)) == variables
    assert yaml.safe_load(yaml_of({})) == {}


def test_a_reader_that_has_read_enough_is_no_error() -> None:
    """As in ``engagement inspect EXPORT | head``; click ends without a word."""
    with pytest.raises(BrokenPipeError), plain_errors():
        raise BrokenPipeError(32, "Broken pipe")


def test_a_trial_that_is_interrupted_is_no_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt returns what ended it, and a second trial would follow."""
    ended = dbtRunnerResult(success=False, exception=KeyboardInterrupt())
    monkeypatch.setattr(dbtRunner, "invoke", lambda *_: ended)
    sample = take_sample(find_exports(str(SAMPLE)).exports, tmp_path / "export")

    with pytest.raises(KeyboardInterrupt):
        try_load(sample, {}, tmp_path / "scratch")
