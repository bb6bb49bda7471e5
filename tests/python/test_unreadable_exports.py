"""An export that cannot be read is one clear sentence, not a wrong number."""

from __future__ import annotations

import gzip
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import zstandard
from conftest import Project, record, write_export

from engagement.export import integrity
from engagement.export.header import Header, read_header
from engagement.export.integrity import check_bytes
from engagement.export.listing import ExportError, find_exports, plan_load
from engagement.export.reader import check_records
from engagement.settings import XdrCsv

OPTIONS = XdrCsv().model_dump()
HEADER = Header("csv", [], 1)


def _text(path: Path) -> str:
    return write_export(path, [record()]).read_text()


def missing(path: Path) -> None:
    path.unlink(missing_ok=True)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def header_only(path: Path) -> None:
    path.write_text(_text(path).splitlines()[0] + "\n")


def no_header(path: Path) -> None:
    path.write_text(_text(path).splitlines()[1] + "\n" + "x,y\n")


def semicolons(path: Path) -> None:
    path.write_text(_text(path).replace(",", ";"))


def lacks_column(path: Path) -> None:
    path.write_text(_text(path).replace("MSISDN/Number", "Subscriber"))


def utf16(path: Path) -> None:
    path.write_text(_text(path), encoding="utf-16")


def utf16_without_mark(path: Path) -> None:
    path.write_text(_text(path), encoding="utf-16-le")


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


def workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")


def zipped_under_plain_name(path: Path) -> None:
    path.write_bytes(gzip.compress(_text(path).encode()))


CASES: dict[Callable[[Path], None], str] = {
    missing: "does not exist",
    empty: "is empty",
    header_only: "holds a header but no records",
    no_header: "check that line 1 holds the names of the columns",
    semicolons: 'is separated by semicolons; set var xdr_csv.delimiter to ";"',
    lacks_column: "no column 'MSISDN/Number', which var xdr_columns.user_id names",
    utf16: "is UTF-16 or not text; set var xdr_csv.encoding to utf-16",
    utf16_without_mark: "is UTF-16",
    garbage: "is not text",
    workbook: "is an Excel workbook",
    zipped_under_plain_name: "rename it so that its name ends in .gz",
}


@pytest.fixture(scope="module")
def one_place(tmp_path_factory: pytest.TempPathFactory, target: Path) -> Project:
    """Share an output: these builds end before they make anything."""
    return Project(tmp_path_factory.mktemp("output"), target)


@pytest.mark.parametrize("spoil", CASES, ids=lambda f: f.__name__)
def test_build_ends_with_one_sentence(
    one_place: Project, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "month.csv"
    spoil(path)

    result = one_place.build(path)

    assert result.failed
    assert CASES[spoil] in " ".join(result.text.split())
    assert str(path) in result.text
    assert "Traceback" not in result.text
    assert " OK created " not in result.text, "a model ran before the check"


def test_missing_column_suggests_the_var(one_place: Project, tmp_path: Path) -> None:
    path = write_export(tmp_path / "month.csv", [record()])
    lacks_column(path)

    text = " ".join(one_place.build(path).text.split())

    assert "set var xdr_columns.user_id to one of Bearer Id, Start," in text


def test_ids_that_have_lost_digits_are_refused(
    one_place: Project, tmp_path: Path
) -> None:
    """As 32-bit fractions, ten subscribers in a row are one."""
    ids = '"MSISDN/Number"'
    path = write_export(tmp_path / "month.csv", [record()])
    duckdb.execute(
        f"copy (select * replace ({ids}::float as {ids}) from '{path}')"
        f" to '{path.with_suffix('.parquet')}'"
    )

    result = one_place.build(path.with_suffix(".parquet"))

    assert result.failed
    text = " ".join(result.text.split())
    assert "month.parquet has column 'MSISDN/Number'" in text
    assert "as 32-bit fractions: these keep seven digits" in text


def test_application_column_is_checked(one_place: Project, tmp_path: Path) -> None:
    path = write_export(tmp_path / "month.csv", [record()])
    path.write_text(path.read_text().replace("Gaming UL", "Games UL"))

    text = " ".join(one_place.build(path).text.split())

    assert "'Gaming UL (Bytes)', which var applications: gaming: ul names" in text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv.gz", b"\x1f\x8b\x08\x00damaged", "is damaged"),
        ("a.csv.gz", b"a,b\n1,2\n", "is not gzip"),
        ("a.parquet", b"PAR1damaged", "is damaged Parquet"),
        ("a.parquet", b"a,b\n1,2\n", "is not Parquet"),
        (
            "a.pq",
            b"PAR1whole",
            "is Parquet; rename it so that its name ends in .parquet",
        ),
        ("a.csv", b"a\tb\n1\t2\n", 'by tabs; set var xdr_csv.delimiter to "\\\\t"'),
        ("a.csv", b"a|b\n1|2\n", "is separated by pipes"),
        (
            "a.csv",
            b"a,\xff\xff\n1,2\n",
            "is not UTF-8 text; set var xdr_csv.encoding to",
        ),
        ("a.csv", b"a" * 131_073 + b"\n1\n", "a first line of more than 131,072"),
        ("a.csv", b"a,b " * 99_999, "a first line of more"),
        ("a.csv", b"a,b\0\n1,2\n" + b"1,2\n" * 99, "is not text"),
    ],
)
def test_header_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(ExportError, match=message) as error:
        read_header(str(path), OPTIONS)

    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "lack"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\n\n", "is empty"),
        ("a.csv", b"\xef\xbb\xbf", "is empty"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "is empty"),
        ("a.csv", b"\na,b\n\n", "holds a header but no records"),
        ("a.jsonl", b"\n", "is empty"),
        ("a.json", b"[]", "holds no JSON objects"),
        ("a.parquet", b"", "is empty"),
    ],
)
def test_a_file_without_records_has_none_unless_it_is_alone(
    tmp_path: Path, name: str, content: bytes, lack: str
) -> None:
    path, other = tmp_path / name, tmp_path / "b.csv"
    path.write_bytes(content)
    other.write_bytes(b"a,b\n1,2\n")
    good, bad = find_exports(str(other)).exports, find_exports(str(path)).exports

    check_records(good + bad, OPTIONS)
    with pytest.raises(ExportError) as error:
        check_records(bad + bad, OPTIONS)

    assert str(error.value) == f"{path} {lack}, and 1 more without records."


PACKED = gzip.compress(
    b"a,b\n" + random.Random(0).randbytes(400_000).hex().encode(), mtime=0
)


@pytest.mark.parametrize(
    "content",
    [
        PACKED[:-1],
        PACKED[: len(PACKED) * 9 // 10],
        PACKED[:-8] + bytes(4) + PACKED[-4:],
        PACKED + b"garbage",
        PACKED + PACKED[:-1],
    ],
    ids=["last byte", "end", "checksum", "more after it", "second member"],
)
def test_damage_is_found_wherever_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.CSV.gz"
    path.write_bytes(content)

    with pytest.raises(ExportError, match="is damaged or incomplete") as error:
        check_bytes(str(path), HEADER, OPTIONS)

    assert str(path) in str(error.value)


LF, CR, CRLF = "\n", "\r", "\r\n"


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        ([CRLF, LF, LF, LF], "with CR LF, but line 2 with LF"),
        ([LF, CRLF, CRLF, CRLF], "with LF, but line 2 with CR LF"),
        ([LF, LF, LF, CRLF], "with LF, but line 4 with CR LF"),
        ([CRLF, CRLF, CRLF, LF], "with CR LF, but line 4 with LF"),
        ([LF, LF, CR, LF], "with LF, but line 3 with CR"),
        ([CRLF, CRLF, CR, CRLF], "with CR LF, but line 3 with CR"),
        ([CRLF, CR + CRLF, CRLF, CRLF], "with CR LF, but line 2 with CR"),
        ([CR, CR, LF, CR], "with CR, but line 3 with LF"),
    ],
)
@pytest.mark.parametrize("size", range(1, 8))
def test_line_ends_that_differ_are_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ends: list[str],
    sentence: str,
    size: int,
) -> None:
    monkeypatch.setattr(integrity, "CHUNK_BYTES", size)
    path = tmp_path / "a.csv"
    path.write_bytes("".join(f"a,{i}{end}" for i, end in enumerate(ends)).encode())

    with pytest.raises(ExportError, match=sentence) as error:
        check_bytes(str(path), HEADER, OPTIONS)

    assert str(error.value).startswith(f"{path} ends its lines with ")


@pytest.mark.parametrize("end", [LF, CR, CRLF])
@pytest.mark.parametrize("size", range(1, 8))
def test_one_kind_of_line_end_is_as_good_as_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, size: int
) -> None:
    monkeypatch.setattr(integrity, "CHUNK_BYTES", size)
    path = tmp_path / "a.csv"
    path.write_bytes(end.join(["a,b", "1,2", "", "", "3,4"]).encode())

    check_bytes(str(path), HEADER, OPTIONS)


def test_zstd_is_checked_as_gzip_is(tmp_path: Path) -> None:
    """One frame may follow another, and none of them may be cut off."""
    path = tmp_path / "a.csv.zst"
    frame = zstandard.compress(random.Random(0).randbytes(400_000).hex().encode())
    path.write_bytes(frame + zstandard.compress(b"") + frame)
    check_bytes(str(path), HEADER, OPTIONS)

    for content in (
        frame[:-1],
        frame[: len(frame) // 2],
        frame[:3],
        frame + frame[:-1],
        frame + b"garbage",
    ):
        path.write_bytes(content)
        with pytest.raises(ExportError, match="is damaged or incomplete") as error:
            check_bytes(str(path), HEADER, OPTIONS)
        assert str(path) in str(error.value)


def test_members_may_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(PACKED + gzip.compress(b"") + PACKED)

    check_bytes(str(path), HEADER, OPTIONS)


def test_a_file_that_was_cut_off_is_not_loaded(
    project: Project, tmp_path: Path
) -> None:
    draw = random.Random(0)
    records = [record(**{"Bearer Id": draw.random()}) for _ in range(4_000)]
    plain = write_export(tmp_path / "month.txt", records)
    export = tmp_path / "month.csv.gz"
    packed = gzip.compress(plain.read_bytes())
    export.write_bytes(packed[: len(packed) * 9 // 10])
    header = read_header(str(export), OPTIONS)
    assert not header.lack, "its first bytes are as they should be"

    result = project.build(export)

    assert result.failed
    assert f"{export} is damaged or incomplete" in " ".join(result.text.split())
    assert "Traceback" not in result.text


def test_line_ends_that_differ_end_the_build(project: Project, tmp_path: Path) -> None:
    export = write_export(tmp_path / "month.csv", [record() for _ in range(9)])
    export.write_bytes(export.read_bytes().replace(b"D1A", b"D1\rA", 1))

    result = project.build(export)

    assert result.failed
    text = " ".join(result.text.split())
    assert f"{export} ends its lines with LF, but line 2 with CR; save it" in text
    assert "state machine" not in text


def test_repeated_names_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfa, a,A,b,a_1\n1,2,3,4,5\n")

    names = read_header(str(path), OPTIONS).names

    assert names == ["a", "a_1", "A_2", "b", "a_1_1"]


def test_folder_without_exports_says_what_it_looks_for(tmp_path: Path) -> None:
    with pytest.raises(
        ExportError, match=r"holds no file ending in \.csv, .*; set XDR"
    ):
        find_exports(str(tmp_path))


def test_a_path_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(ExportError, match=r"^XDR_PATH: '/x+' cannot be read: File n"):
        find_exports("/" + "x" * 256)


def test_glob_and_folder_find_the_same_files(tmp_path: Path) -> None:
    for name in ("b.csv", "a.parquet", "c.csv.gz", "notes.md"):
        (tmp_path / name).write_text("x")

    names = [Path(found["file"]).name for found in find_exports(str(tmp_path)).exports]

    assert names == ["a.parquet", "b.csv", "c.csv.gz"]
    assert [f["file"] for f in find_exports(f"{tmp_path}/*.csv").exports] == [
        (tmp_path / "b.csv").as_posix()
    ]


def test_a_file_is_found_once_however_often_it_is_named(tmp_path: Path) -> None:
    export = tmp_path / "a" / "b" / "x.csv"
    export.parent.mkdir(parents=True)
    export.write_text("x")

    found = find_exports(f"{tmp_path}/**/**/*.csv")

    assert [f["file"] for f in found.exports] == [export.as_posix()]


@pytest.mark.parametrize(
    "pattern",
    [
        *("*.csv", "./d/*.csv", "d//*.csv", "d/**/*.csv", "d/**/**/*.csv", "**"),
        *("d/*/x*.csv", "d/[e]/x[[1]*.csv", "*/*", "d/.*/*", "d", "./d/"),
    ],
)
def test_a_file_that_has_gone_stays_where_it_would_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    """And leaves where it would not be."""
    monkeypatch.chdir(tmp_path)
    names = [
        *("a.csv", "b.csv", "d/x.csv", "d/y.csv", "d/x.md", "d/.x.csv", "d/.y.csv"),
        *("d/e/x1.csv", "d/e/x[1].csv", "d/e/X.CSV", "d/e/f/x.csv", "d/.e/x.csv"),
        "d/.e/y.csv",
    ]
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("x")
    named = {found["file"] for found in find_exports(pattern).exports}

    for name in names:
        if name in named:
            Path(name).unlink()
        leaving = plan_load(pattern, {name: ""}, "")["leaving"]
        assert leaving == ([] if name in named else [name])
        Path(name).write_text("x")
