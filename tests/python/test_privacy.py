"""With the secret set, nobody's number is anywhere, unless identities are kept."""

from __future__ import annotations

import csv
import hmac
import html
import itertools
import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from conftest import DBT, ROOT, SAMPLE, Project, record, write_export
from test_incremental import Deliveries, day, made_by

from engagement.cli import main
from engagement.export.pseudonyms import VARIABLE, key_blocks, key_fingerprint
from engagement.report.page import write_report

LENIENT = {"max_rejected_share": 1}
KEEP = {"keep_user_identities": True}
KEY = "of the tests, and long enough"
SECRET = {VARIABLE: KEY}
OTHER = {VARIABLE: "another one, and long enough too"}
NUMBER_COLUMNS = ("IMSI", "MSISDN/Number", "IMEI")
IDENTITIES = "select user_id, msisdn from private.user_identities"
USERS = "select user_id from marts.user_engagement"


def pseudonym(number: str, key: str = KEY) -> str:
    return hmac.new(key.encode(), number.encode(), sha256).hexdigest()[:24]


def numbers_of(export: Path) -> set[str]:
    """Find every number of a subscriber, a SIM card or a handset in an export."""
    with export.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    places = [header.index(name) for name in NUMBER_COLUMNS if name in header]
    return {
        run
        for row in rows
        for place in places
        if place < len(row)
        for run in re.findall(r"[0-9]{10,}", row[place])
    }


def leaks(text: bytes | str, numbers: set[str]) -> set[str]:
    """Find numbers in a text, among other digits too."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    lengths = {len(number) for number in numbers}
    return {
        run[start : start + length]
        for run in re.findall(r"[0-9]{10,}", text)
        for length in lengths
        for start in range(len(run) - length + 1)
        if run[start : start + length] in numbers
    }


def leaking_files(folders: Iterable[Path], numbers: set[str]) -> dict[Path, set[str]]:
    """Search all files but the warehouse, which holds private.user_identities."""
    files = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("warehouse.duckdb")
    ]
    assert files
    found = {path: leaks(path.read_bytes(), numbers) for path in files}
    return {path: held for path, held in found.items() if held}


def leaking_columns(project: Project, numbers: set[str]) -> dict[str, set[str]]:
    """Search all that the warehouse shows outside the schema private."""
    found = {}
    with duckdb.connect(project.output / "warehouse.duckdb", read_only=True) as db:
        columns = db.sql(
            "select table_schema, table_name, column_name"
            " from information_schema.columns where table_schema <> 'private'"
        ).fetchall()
        assert {schema for schema, _, _ in columns} >= {
            "intermediate", "marts", "staging",
        }  # fmt: skip
        for schema, table, column in columns:
            values = db.execute(
                f'select distinct "{column}"::varchar from {schema}.{table}'
            ).fetchall()
            text = "\n".join(str(value) for (value,) in values)
            if held := leaks(text, numbers):
                found[f"{schema}.{table}.{column}"] = held
        definitions = db.sql("select sql from duckdb_views()").fetchall()
        assert leaks(str(definitions), numbers) == set()
    return found


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Build the sample under the key, publish it and write its report."""
    place = tmp_path_factory.mktemp("keyed")
    built = Project(place / "output", place / "target")
    result = built.build(SAMPLE, settings=KEEP, DBT_LOG_LEVEL_FILE="debug", **SECRET)
    assert not result.failed, result.text
    for command in (["publish", "--parquet"], ["report"]):
        subprocess.run(
            [DBT.with_name("engagement"), *command],
            cwd=ROOT,
            env=built.environment(SAMPLE) | SECRET,
            check=True,
            capture_output=True,
        )
    return built


# The pseudonym


@pytest.mark.parametrize("length", [16, 63, 64, 65, 200])
def test_blocks_make_an_hmac_of_a_key_of_any_length(length: int) -> None:
    key = bytes(i % 255 + 1 for i in range(length))
    inner, outer = key_blocks(key)

    digest = sha256(outer + sha256(inner + b"99900000001").digest()).hexdigest()

    assert digest == hmac.new(key, b"99900000001", sha256).hexdigest()


def test_a_fingerprint_tells_keys_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    prints = set()
    for key in ("", KEY, OTHER[VARIABLE], "k" * 100, "ключ" * 8):
        monkeypatch.setenv(VARIABLE, key)
        prints.add(key_fingerprint())
        assert key_fingerprint() == key_fingerprint()
    monkeypatch.delenv(VARIABLE)

    assert len(prints) == 5
    assert key_fingerprint() == ""
    assert {len(text) for text in prints} == {0, 16}


def test_users_are_hmacs_of_their_numbers(keyed: Project, sample: Project) -> None:
    plain = {number for (number,) in sample.query(USERS)}

    assert dict(keyed.query(IDENTITIES)) == {pseudonym(n): n for n in plain}
    assert {user for (user,) in keyed.query(USERS)} == {pseudonym(n) for n in plain}
    assert sample.query(IDENTITIES) == []


@pytest.mark.parametrize("key", ["k" * 100, "ключ, и притом длинный"])
def test_any_key_makes_its_own_ids(project: Project, tmp_path: Path, key: str) -> None:
    export = write_export(tmp_path / "month.csv", [record()])

    result = project.build(export, settings=LENIENT, **{VARIABLE: key})

    assert not result.failed, result.text
    assert project.query(USERS) == [(pseudonym("99900000001", key),)]


def test_a_list_of_numbers_gets_the_ids_of_the_marts(
    keyed: Project, sample: Project, tmp_path: Path
) -> None:
    numbers = sorted(number for (number,) in sample.query(USERS))
    written = [f" +{numbers[0]} ", f"00{numbers[1]}", f"{numbers[2]}.0", *numbers[3:]]
    listed = tmp_path / "numbers.txt"
    listed.write_text("\ufeff" + "\r\n".join([*written, "", " "]), encoding="utf-8")
    place = tmp_path / "ids.csv"
    command = ["pseudonymise", str(listed), "--out", str(place)]

    result = CliRunner(env=SECRET).invoke(main, command)

    assert result.exit_code == 0, result.output
    with place.open(encoding="utf-8", newline="") as stream:
        found = {row["msisdn"]: row["user_id"] for row in csv.DictReader(stream)}
    assert found == {number: user for user, number in keyed.query(IDENTITIES)}
    assert place.stat().st_mode & 0o077 == 0


def test_ids_of_another_pattern_are_taken_as_written() -> None:
    result = CliRunner(env=SECRET).invoke(
        main, ["pseudonymise", "--as-written"], input="+0049.0\nab c\n"
    )
    assert result.output.splitlines() == [
        "msisdn,user_id",
        f"+0049.0,{pseudonym('+0049.0')}",
        f"ab c,{pseudonym('ab c')}",
    ]


@pytest.mark.parametrize("key", ["", "hunter2?"])
def test_without_a_good_key_no_number_gets_an_id(key: str) -> None:
    result = CliRunner(env={VARIABLE: key}).invoke(main, ["pseudonymise"], input="1\n")

    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {VARIABLE} ")
    assert result.output.count("\n") == 1


def test_a_list_that_cannot_be_made_leaves_the_last_one(tmp_path: Path) -> None:
    place = tmp_path / "ids.csv"
    place.write_text("of last month")
    place.chmod(0o644)
    listed = tmp_path / "numbers.txt"
    listed.write_bytes(b"99900000001\n\xff\n")
    command = ["pseudonymise", str(listed), "--out", str(place)]

    for key, problem in ((KEY, f"{listed} cannot be read: it is"), ("", VARIABLE)):
        result = CliRunner(env={VARIABLE: key}).invoke(main, command)
        assert result.exit_code == 1
        assert result.output.startswith(f"Error: {problem} ")
        assert result.output.count("\n") == 1
        assert place.read_text() == "of last month"
    listed.write_text("99900000001\n")
    assert CliRunner(env=SECRET).invoke(main, command).exit_code == 0
    assert place.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("key", ["hunter2?", "                    "])
def test_a_short_key_is_refused_and_not_shown(project: Project, key: str) -> None:
    result = project.build(SAMPLE, **{VARIABLE: key})

    text = " ".join(result.text.split())
    assert result.failed
    assert f"{VARIABLE} has fewer than 16 characters and could be guessed" in text
    assert "hunter2" not in text
    assert "Traceback" not in text
    assert " OK created " not in text


def test_without_the_key_a_pseudonym_is_an_error_and_not_null(keyed: Project) -> None:
    """With null, all users would become one."""
    (path,) = keyed.target.rglob(
        "compiled/engagement/models/staging/stg_xdr__records.sql"
    )
    select = path.read_text(encoding="utf-8").replace('"warehouse".', "")
    # the build that wrote it has loaded all files that were due
    select = select.replace("where is_due", "where not is_due or is_due")

    with pytest.raises(duckdb.Error, match=f"{VARIABLE} is not set"):
        keyed.query(select)


# The marts


def rounded(value: object) -> object:
    return float(f"{value:.9g}") if isinstance(value, float) else value


def test_marts_are_the_same_but_for_ids_and_ties(
    keyed: Project, sample: Project
) -> None:
    numbers = dict(keyed.query(IDENTITIES))
    marts, plain = keyed.marts(), sample.marts()

    assert marts.keys() == plain.keys()
    for name in marts.keys() - {"rejected_records"}:
        found, expected = (
            Counter(
                tuple(rounded(numbers.get(value, value)) for value in row)
                for row in rows
            )
            for rows in (marts[name], plain[name])
        )
        if name.startswith("top_users"):  # where values are equal, ids decide
            users = set(numbers.values())
            found, expected = (
                Counter(tuple(v for v in row if v not in users) for row in counted)
                for counted in (found, expected)
            )
        assert found == expected, name


def test_refused_records_are_the_same_but_for_digits_and_letters(
    keyed: Project, sample: Project
) -> None:
    """The shape of an unreadable value remains, to show what is wrong with it."""
    records = (
        "select rejection_reason, rejection_detail, raw_user_id, raw_started_at,"
        " raw_ended_at, location from marts.rejected_records"
    )
    columns = ("Start", "End", "MSISDN/Number")
    times = re.compile(r"\d+/\d+/\d{4} \d+:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")

    def masked(text: str) -> str:
        return re.sub("[A-Za-z]", "x", re.sub("[0-9]", "9", text))

    def hidden(row: tuple) -> tuple:
        reason, detail, user, started, ended, location = row
        if user and re.fullmatch(r"[0-9]{5,15}(\.0)?", user):
            user = pseudonym(user.removesuffix(".0"))
        elif user:
            user = masked(user)
        if reason in ("unreadable_value", "malformed_user_id", "negative_value"):
            column, value = detail.split(": ", 1)
            value, rule, pattern = value.partition(" does not match")
            detail = f"{column}: {masked(value)}{rule}{pattern}"
            assert column in columns or ")" in column
        if reason == "ends_before_start":
            detail, duration, value = detail.partition(", Dur. (ms): ")
            detail += duration + masked(value)
        started, ended = (
            text if not text or times.fullmatch(text) else masked(text)
            for text in (started, ended)
        )
        return reason, detail, user, started, ended, location

    assert Counter(keyed.query(records)) == Counter(map(hidden, sample.query(records)))


# Where no number is


def test_no_number_is_in_target_logs_or_output(keyed: Project) -> None:
    numbers = numbers_of(SAMPLE)
    folders = [keyed.target, keyed.output]

    assert len(numbers) > 1000
    assert list(keyed.target.rglob("dbt.log"))
    assert list((keyed.output / "report").iterdir())
    assert leaking_files(folders, numbers) == {}


def test_the_report_says_whether_users_have_pseudonyms(
    keyed: Project, sample: Project, tmp_path: Path
) -> None:
    page = (keyed.output / "report" / "index.html").read_text("utf-8")
    assert "Users are shown under pseudonyms" in page
    write_report(sample.output / "warehouse.duckdb", tmp_path)
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "This report shows subscribers' numbers as they are" in " ".join(
        html.unescape(page).split()
    )


def test_identities_are_not_published(keyed: Project) -> None:
    with duckdb.connect(keyed.output / "engagement.duckdb", read_only=True) as db:
        schemas = db.sql(
            "select distinct table_schema from information_schema.tables"
        ).fetchall()
    assert schemas == [("marts",)]
    assert not (keyed.output / "parquet" / "user_identities.parquet").exists()


def test_no_number_is_in_a_table(keyed: Project) -> None:
    assert leaking_columns(keyed, numbers_of(SAMPLE)) == {}


def test_the_search_finds_what_is_there(sample: Project) -> None:
    """Otherwise, the tests above prove nothing."""
    numbers = numbers_of(SAMPLE)

    found = leaking_columns(sample, numbers)

    assert "marts.user_engagement.user_id" in found
    assert "marts.rejected_records.raw_user_id" in found
    assert leaks(b"\0 1" + min(numbers).encode() + b"000\xff", numbers) == {
        min(numbers)
    }


def test_the_key_is_nowhere(keyed: Project) -> None:
    inner, outer = key_blocks(KEY.encode())
    traces = [KEY.encode(), inner, outer, inner.hex().encode(), outer.hex().encode()]
    files = [
        path
        for folder in (keyed.target, keyed.output)
        for path in folder.rglob("*")
        if path.is_file()
    ]

    assert any(path.name == "warehouse.duckdb" for path in files)
    for path in files:
        content = path.read_bytes()
        assert [trace for trace in traces if trace in content] == [], path


def test_cards_and_handsets_are_never_read(keyed: Project) -> None:
    texts = {
        path: path.read_text(encoding="utf-8") for path in keyed.target.rglob("*.sql")
    }

    assert any("read_csv" in text for text in texts.values())
    assert [p for p, text in texts.items() if re.search("IMSI|IMEI", text)] == []
    with duckdb.connect(keyed.output / "warehouse.duckdb", read_only=True) as db:
        views = db.sql("select sql from duckdb_views()").fetchall()
    assert re.search("IMSI|IMEI", str(views)) is None


# Exports that hide numbers where none belongs


class Numbers:
    """Records of the reference shape, each of a subscriber of its own."""

    def __init__(self) -> None:
        self.count = 0

    def record(self, **fields: object) -> dict[str, object]:
        self.count += 1
        made = record()
        ids = {
            "IMSI": f"99999{self.count:010}",
            "MSISDN/Number": f"999{self.count:08}",
            "IMEI": f"99988{self.count:09}",
        }
        order = [
            *list(made)[: list(made).index("MSISDN/Number")],
            *ids,
            *list(made)[list(made).index("MSISDN/Number") + 1 :],
        ]
        made |= ids | fields
        return {name: made[name] for name in order}

    def shifted(self) -> list[dict[str, object]]:
        """Shift all columns by every distance, and swap the columns of numbers."""
        names = list(self.record())
        rows = []
        for distance in range(1, len(names)):
            values = list(self.record().values())
            values = values[distance:] + values[:distance]
            rows.append(dict(zip(names, values, strict=True)))
        mixed = [*NUMBER_COLUMNS, "Last Location Name"]
        for order in itertools.permutations(mixed):
            fields = self.record()
            swapped = {
                name: fields[other] for name, other in zip(mixed, order, strict=True)
            }
            rows.append(fields | swapped)
        return rows

    def refused(self) -> list[dict[str, object]]:
        """Make a number that is part of each fault, and one beside each."""
        number = f"999{10**7 + self.count:08}"
        faults = [
            {"MSISDN/Number": f"{number}x"},
            {"MSISDN/Number": f"++{number}"},
            {"MSISDN/Number": f"{number}.5"},
            {"MSISDN/Number": f"{number}99999999"},
            {"MSISDN/Number": f"tel:{number}"},
            {"MSISDN/Number": ""},
            *(
                {name: f"{number}?"}
                for name in ("Start", "End", "Start ms", "Dur. (ms)")
            ),
            *({name: number} for name in ("Start", "End")),
            {"Gaming DL (Bytes)": f"{number}.25"},
            {"Total UL (Bytes)": f"-{number}"},
            {"Total DL (Bytes)": "", "Email UL (Bytes)": number},
            {"Start": "4/25/2019 12:00", "Google DL (Bytes)": number},
            {"Last Location Name": f"{number}.0"},
            {"Last Location Name": f" +{number} "},
        ]
        return [self.record(**fault) for fault in faults]


@pytest.fixture
def ugly(tmp_path: Path) -> tuple[Path, set[str]]:
    """Write an export with every fault and every shift; tell its numbers."""
    make = Numbers()
    refused = make.refused()
    rows = [make.record() for _ in range(4)] + refused + make.shifted()
    copy = make.record()
    export = write_export(tmp_path / "month.csv", [*rows, copy, copy])
    lines = export.read_text(encoding="utf-8").splitlines()
    line = ",".join(str(value) for value in make.record().values())
    lines[1:1] = [f"{line},1", line.rsplit(",", 3)[0], f'"{line}']
    export.write_text("\n".join(lines) + "\n", encoding="utf-8")
    numbers = set(re.findall(r"99[89][0-9]{8,12}", "\n".join(lines)))
    numbers |= {f"999{10**7:08}"}
    return export, {number for number in numbers if len(number) <= 15}


def test_no_fault_and_no_shift_shows_a_number(
    tmp_path: Path, ugly: tuple[Path, set[str]]
) -> None:
    export, numbers = ugly
    project = Project(tmp_path / "output", tmp_path / "target")

    refused = project.build(export, **SECRET)
    built = project.build(export, settings=LENIENT, **SECRET)

    assert refused.failed
    assert "new records are rejected" in " ".join(refused.text.split())
    assert not built.failed, built.text
    assert set(project.reasons()) == {
        "malformed_line", "missing_user_id", "malformed_user_id", "unreadable_value",
        "missing_value", "negative_value", "ends_before_start", "duplicate_record",
    }  # fmt: skip
    assert leaks(refused.text + built.text, numbers) == set()
    assert leaking_files([project.target, project.output], numbers) == {}
    assert leaking_columns(project, numbers) == {}
    texts = {
        text
        for row in project.query(
            "select rejection_detail, raw_user_id from marts.rejected_records"
        )
        for text in row
    }
    assert {
        "99999999999x",
        "Start: 99999999999",
        "Gaming DL (Bytes): 99999999999.99",
        "Total UL (Bytes): -99999999999",
        "MSISDN/Number: xxx:99999999999 does not match var user_id_pattern"
        " ([0-9]{5,15})",
        "Start: 4/25/2019 12:00, End: 4/25/2019 11:00, Dur. (ms): 9999",
    } <= texts


def test_a_place_that_is_a_number_is_hidden_however_written(
    project: Project, tmp_path: Path
) -> None:
    numbers = ["99900000001", "9.9900000001E+10", "999 00 000 001", "+(999)000-00001"]
    places = ["4.5E+10", "9.16456699548519E+15", "Cell 99900000001", "999000001"]
    export = write_export(
        tmp_path / "x.csv",
        [record(**{"Last Location Name": place}) for place in numbers + places],
    )

    assert not project.build(export, **SECRET).failed
    shown = {
        row[0] for row in project.query("select location from marts.location_traffic")
    }
    assert len(shown) == len(numbers + places)
    assert shown & {*numbers, *places} == set(places)


def test_typed_parquet_shows_no_number(
    tmp_path: Path,
) -> None:
    numbers = {f"999{i:08}" for i in range(1, 5)}
    columns = [
        {"MSISDN/Number": number, "Last Location Name": place}
        for number, place in itertools.permutations(numbers, 2)
    ]
    export = write_export(tmp_path / "typed.csv", [record(**c) for c in columns])
    typed = tmp_path / "month.parquet"
    duckdb.sql(
        f'copy (select * replace ("MSISDN/Number"::double as "MSISDN/Number")'
        f" from read_csv('{export}')) to '{typed}'"
    )
    project = Project(tmp_path / "output", tmp_path / "target")

    result = project.build(typed, settings=KEEP, **SECRET)

    assert not result.failed, result.text
    assert {n for _, n in project.query(IDENTITIES)} == numbers
    assert leaking_columns(project, numbers) == {}
    assert leaking_files([project.target, project.output], numbers) == {}


def test_a_file_without_header_shows_no_number(
    project: Project, tmp_path: Path
) -> None:
    export = write_export(tmp_path / "month.csv", [record(), record()])
    lines = export.read_text(encoding="utf-8").splitlines()
    export.write_text("\n".join(lines[1:]) + "\n", encoding="utf-8")
    names = ("user_id", "started_at", "ended_at", "duration", "dl_bytes", "ul_bytes")
    # one name is there, so that the message lists all
    columns = dict.fromkeys(names, "nowhere") | {"location": "D1A"}

    plain = project.build(export, settings={"xdr_columns": columns})
    hidden = project.build(export, settings={"xdr_columns": columns}, **SECRET)

    assert plain.failed
    assert hidden.failed
    assert "99900000001" in plain.text
    assert "99900000001" not in hidden.text
    text = " ".join(hidden.text.split())
    assert "set var xdr_columns.user_id to one of" in text
    assert "4/25/2019 10:00, 100," in text


# Builds that follow


def test_a_key_that_comes_changes_or_goes_reads_all_anew(
    tmp_path: Path, target: Path, sample: Project
) -> None:
    project = Project(tmp_path / "output", tmp_path / "target")
    numbers = {number for (number,) in sample.query(USERS)}

    def users() -> set[str]:
        return {user for (user,) in project.query(USERS)}

    assert not project.build(SAMPLE).failed
    assert users() == numbers
    result = project.build(SAMPLE, **SECRET)
    assert not result.failed, result.text
    assert project.query(IDENTITIES) == [], "nobody has asked for them"
    assert users() == {pseudonym(n) for n in numbers}
    result = project.build(SAMPLE, settings=KEEP, **SECRET)
    assert not result.failed, result.text
    assert dict(project.query(IDENTITIES)) == {pseudonym(n): n for n in numbers}
    assert users() == {pseudonym(n) for n in numbers}
    assert leaking_columns(project, numbers_of(SAMPLE)) == {}
    assert project.query("select * from marts.cluster_migration") == []

    assert not project.build(SAMPLE, settings=KEEP, **OTHER).failed
    assert users() == {pseudonym(n, OTHER[VARIABLE]) for n in numbers}
    assert {user for user, _ in project.query(IDENTITIES)} == users()

    assert not project.build(SAMPLE).failed
    assert users() == numbers
    assert project.query(IDENTITIES) == []


@pytest.fixture
def deliveries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deliveries:
    monkeypatch.setenv(VARIABLE, KEY)
    made = Deliveries(tmp_path, tmp_path / "target")
    made.deliver(
        "a.csv", [day(n, user) for user in (1, 2, 3) for n in range(1, 1 + user)]
    )
    return made


def identified(deliveries: Deliveries) -> dict[str, str]:
    """Return the identities, and make sure that every user has one."""
    identities = deliveries.project.query(IDENTITIES)
    users = [user for (user,) in deliveries.project.query(USERS)]
    assert sorted(user for user, _ in identities) == sorted(users)
    assert all(pseudonym(number) == user for user, number in identities)
    return dict(identities)


def test_identities_come_and_go_with_their_records(deliveries: Deliveries) -> None:
    deliveries.build(**KEEP)
    assert len(identified(deliveries)) == 3

    deliveries.deliver("b.csv", [day(2, 3), day(2, 4), day(2, 5, End="n/a")])
    deliveries.build(**KEEP)
    assert set(identified(deliveries).values()) == {
        f"9990000000{i}" for i in range(1, 5)
    }

    deliveries.deliver("a.csv", [day(1, 1)])
    deliveries.build(**KEEP)
    assert set(identified(deliveries).values()) == {f"9990000000{i}" for i in (1, 3, 4)}

    result = deliveries.project.build(deliveries.folder, settings=LENIENT | KEEP)
    assert not result.failed, result.text
    assert made_by(result) == []
    assert len(identified(deliveries)) == 3

    result = deliveries.project.build(
        deliveries.folder, "--full-refresh", settings=LENIENT | KEEP
    )
    assert not result.failed, result.text
    assert len(identified(deliveries)) == 3
