"""Which files are read, and what is said of those that are not."""

from __future__ import annotations

import io
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from conftest import Project, Result, record, write_export
from pyarrow import feather, orc, parquet

from engagement.export.foreign import KINDS
from engagement.export.listing import (
    SUFFIXES,
    ExportError,
    find_exports,
    kind_of,
    plan_load,
)

BINARY = b"\x00\x01\x02\x03" * 100


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a,b\n1,2\n")


def exports(path: Path | str, root: Path) -> list[str]:
    return [Path(f["file"]).relative_to(root).as_posix() for f in find(path)[0]]


def reasons(path: Path | str) -> dict[str, str]:
    return {Path(f["file"]).name: f["because"] for f in find(path)[1]}


def find(path: Path | str) -> tuple[list[dict], list[dict]]:
    return find_exports(str(path))


@pytest.mark.parametrize(
    ("name", "content", "compression"),
    [
        *((f"a{suffix}", "csv", "none") for suffix in (".csv", ".tsv", ".psv")),
        *((f"a{suffix}", "csv", "none") for suffix in (".txt", ".log", ".dat")),
        *((f"a{suffix}", "json", "none") for suffix in (".json", ".jsonl", ".ndjson")),
        ("a.csv.gz", "csv", "gzip"),
        ("a.dat.zst", "csv", "zstd"),
        ("a.ndjson.gz", "json", "gzip"),
        ("a.json.zst", "json", "zstd"),
        ("a.parquet", "parquet", "none"),
        ("/x.json/A.2026.CSV.GZ", "csv", "gzip"),
        ("A.PARQUET", "parquet", "none"),
        # only a file that is named by itself may have another suffix
        ("cdr.20260504", "csv", "none"),
        ("cdr", "csv", "none"),
        ("cdr.gz", "csv", "gzip"),
        ("cdr.zst", "csv", "zstd"),
    ],
)
def test_a_name_tells_how_a_file_is_read(
    name: str, content: str, compression: str
) -> None:
    assert kind_of(name) == (content, compression)
    assert kind_of(name).content == content


def test_a_folder_gives_its_files_with_a_known_suffix(tmp_path: Path) -> None:
    names = sorted(f"a{suffix}" for suffix in SUFFIXES)
    touch(tmp_path, *names, "A.CSV.GZ")

    assert len(names) == 28
    assert exports(tmp_path, tmp_path) == ["A.CSV.GZ", *names]
    assert exports(f"{tmp_path}/*", tmp_path) == ["A.CSV.GZ", *names]
    assert reasons(tmp_path) == {}


def test_a_single_file_is_read_whatever_its_suffix_is(tmp_path: Path) -> None:
    touch(tmp_path, "cdr.20260504", ".hidden")

    assert exports(tmp_path / "cdr.20260504", tmp_path) == ["cdr.20260504"]
    assert exports(tmp_path / ".hidden", tmp_path) == [".hidden"]


@pytest.mark.parametrize("pattern", ["**/*.csv", "**/*", "**", "*/**/*.csv"])
def test_a_glob_may_be_nested(tmp_path: Path, pattern: str) -> None:
    touch(tmp_path, "d/a.csv", "d/day=1/b.csv", "d/day=1/x/c.csv")
    (tmp_path / "d" / "empty").mkdir()

    found = ["d/a.csv", "d/day=1/b.csv", "d/day=1/x/c.csv"]
    assert exports(f"{tmp_path}/{pattern}", tmp_path) == found
    assert reasons(f"{tmp_path}/{pattern}") == {}


def test_hidden_files_and_folders_are_passed_over_silently(tmp_path: Path) -> None:
    root = tmp_path / ".cache"  # a hidden folder that is named is as any other
    touch(root, "a.csv", "._a.csv", ".b.csv", ".c/d.csv", ".e.xlsx", "f/g.csv")

    assert exports(root, root) == exports(f"{root}/*", root) == ["a.csv"]
    assert list(reasons(root)) == list(reasons(f"{root}/*")) == ["f"]
    assert exports(f"{root}/**/*", root) == ["a.csv", "f/g.csv"]
    assert reasons(f"{root}/**/*") == {}
    for pattern in (".*", "**/.*"):
        with pytest.raises(ExportError, match="matches no export; set XDR_PATH to an"):
            find(root / pattern)


def test_what_is_still_being_written_is_passed_over(tmp_path: Path) -> None:
    root = tmp_path / "_exports"  # a folder that is named is as any other
    touch(root, "a.csv", "_b.csv", "_temporary/0/c.csv", "_day=1/d.csv")

    assert exports(root, root) == ["a.csv"]
    assert exports(f"{root}/**/*", root) == ["_day=1/d.csv", "a.csv"]
    assert exports(f"{root}/_temporary/0/*", root) == ["_temporary/0/c.csv"]
    assert exports(root / "_b.csv", root) == ["_b.csv"]
    found = reasons(f"{root}/**/*")
    assert list(found) == ["_b.csv", "c.csv"]
    assert found["c.csv"].startswith("_temporary begins with _, which marks")


def test_other_files_and_subfolders_are_named_with_a_reason(tmp_path: Path) -> None:
    touch(tmp_path, "a.csv", "notes.md", "_SUCCESS", "2026/b.csv", "b.csv.bak")
    (tmp_path / "lost.csv").symlink_to(tmp_path / "nothing")

    found = reasons(tmp_path)

    assert exports(tmp_path, tmp_path) == ["a.csv"]
    assert list(found) == ["2026", "_SUCCESS", "b.csv.bak", "lost.csv", "notes.md"]
    assert found["notes.md"] == (
        "its name ends in none of .csv, .tsv, .psv, .txt, .log, .dat, .json, .jsonl, "
        ".ndjson (each also with .gz or .zst) or .parquet"
    )
    assert found["2026"] == (
        f"it is a subfolder; set XDR_PATH to a glob such as {tmp_path}/**/* to read it"
    )
    assert found["lost.csv"] == "it is not a regular file"
    assert reasons(f"{tmp_path}/*") == found
    entry = find(tmp_path)[1][-1]
    assert entry["bytes"] == 8
    assert entry["modified_at"] > "2026"
    assert find(tmp_path)[1][0]["bytes"] == 0


def test_a_path_that_names_no_export_says_why_of_the_first(tmp_path: Path) -> None:
    touch(tmp_path, "2026/a.csv")

    with pytest.raises(ExportError) as refusal:
        find(tmp_path)

    assert str(refusal.value) == (
        f"XDR_PATH: '{tmp_path}' holds no file ending in .csv, .tsv, .psv, .txt, .log, "
        ".dat, .json, .jsonl, .ndjson (each also with .gz or .zst) or .parquet; 2026 "
        "is passed over because it is a subfolder; set XDR_PATH to a glob such as "
        f"{tmp_path}/**/* to read it."
    )


def test_what_is_neither_file_nor_folder_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")

    with pytest.raises(ExportError, match=r"pipe\.csv is not a regular file\.$"):
        find(tmp_path / "pipe.csv")


# What is no file


@pytest.mark.parametrize(
    ("path", "what", "command"),
    [
        ("postgresql://me:secret@db/x?p=secret", "PostgreSQL", 'psql "$XDR_PATH" -c'),
        ("postgres://db/x", "PostgreSQL", "\\copy TABLE to 'TABLE.csv' csv header"),
        ("mysql://me:secret@db/x", "MySQL", "mysql -h HOST"),
        ("jdbc:oracle:thin:me/secret@//db:1521/x", "a database", "beeline -u"),
        ("s3://bucket/d/a.csv", "in S3", "aws s3 cp s3://bucket/d/a.csv ."),
        ("s3://bucket/d", "in S3", "aws s3 sync s3://bucket/d ."),
        ("S3A://key:secret@bucket/d/*.csv", "in S3", "aws s3 sync s3://bucket/d/ ."),
        ("gs://bucket/d e", "Google", "gsutil cp -r gs://'bucket/d e' ."),
        ("az://box/d/*.csv", "Azure", "--source box --pattern 'd/*.csv'"),
        ("az://box/d/", "Azure", "--source box --pattern 'd/*'"),
        ("az://box", "Azure", "--source box --pattern '*'"),
        (
            "abfss://box@account.dfs.core.windows.net/d",
            "Azure",
            "azcopy copy https://account.dfs.core.windows.net/box/d . --recursive",
        ),
        ("hdfs://name:8020/d", "HDFS", "hdfs dfs -get hdfs://name:8020/d ."),
        ("http://me:secret@web/a.csv", "a web address", 'curl -fLO "$XDR_PATH"'),
        ("https://web/a.csv?sig=secret", "a web address", 'curl -fLO "$XDR_PATH"'),
        ("file:///data/a b.csv", "a URL", "export XDR_PATH='/data/a b.csv'"),
        ("mongodb://me:secret@db/x", "an address", "export what it names as a CSV"),
    ],
)
def test_an_address_is_refused_with_the_command_that_copies_it(
    path: str, what: str, command: str
) -> None:
    with pytest.raises(ExportError) as refusal:
        find(path)

    sentence = str(refusal.value)
    assert sentence.startswith(f"XDR_PATH={path.partition(':')[0]}:... is a")
    assert f"{what}" in sentence
    assert "not a file: " in sentence
    assert command in sentence
    assert "secret" not in sentence
    assert "\n" not in sentence


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "application/vnd.oasis.opendocument.spreadsheet")
    return stream.getvalue()


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"))
    return stream.getvalue()


WORKBOOK = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
BY_CONTENT = {
    b"SQLite format 3\x00" + BINARY: "a SQLite database: `sqlite3 -header -csv",
    b"checksumDUCK" + BINARY: "a DuckDB database: `duckdb",
    b"\x00\x01\x00\x00Standard Jet DB\x00": "an Access database: `mdb-export",
    zipped(*WORKBOOK): "an Excel workbook: `soffice --headless --convert-to csv",
    zipped("docProps/app.xml", "xl/theme/theme1.xml"): "an Excel workbook: `soffice",
    zipped("mimetype", "content.xml"): "an Excel workbook: `soffice",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + BINARY: "an Excel workbook: `soffice",
    zipped("a.csv"): "a zip archive: `unzip",
    b"7z\xbc\xaf\x27\x1c\x00": "a 7z archive: `7z x",
    b"Rar!\x1a\x07\x00": "a RAR archive: `unrar x",
    tarred(): "a tar archive: `tar -xf",
    b"BZh91AY&SY" + BINARY: "compressed with bzip2: `bunzip2",
    b"\xfd7zXZ\x00": "compressed with xz: `unxz",
    b"\x04\x22\x4d\x18": "compressed with lz4: `lz4 -d",
    b"Obj\x01" + BINARY: "an Avro file: `duckdb -c",
    b"ORC" + BINARY: "an ORC file: `python -c",
    b"ARROW1\x00\x00": "an Arrow or Feather file: `python -c",
    b"FEA1" + BINARY: "an Arrow or Feather file: `python -c",
}


def test_each_kind_with_a_magic_number_is_tried() -> None:
    tried = {text.partition(":")[0] for text in BY_CONTENT.values()}
    assert tried == {kind.what for kind in KINDS if kind.head}


@pytest.mark.parametrize("content", BY_CONTENT, ids=BY_CONTENT.get)
@pytest.mark.parametrize("name", ["month.csv", "month.bin"])
def test_a_file_of_another_kind_is_known_by_its_content(
    tmp_path: Path, content: bytes, name: str
) -> None:
    touch(tmp_path, "a.csv")
    (tmp_path / name).write_bytes(content)

    assert exports(tmp_path, tmp_path) == ["a.csv"]
    assert reasons(tmp_path)[name].startswith(f"it is {BY_CONTENT[content]}")
    assert reasons(f"{tmp_path}/*") == reasons(tmp_path)
    with pytest.raises(ExportError) as refusal:
        find(tmp_path / name)
    assert str(refusal.value).startswith(f"{tmp_path}/{name} is {BY_CONTENT[content]}")
    assert str(refusal.value).count(str(tmp_path / "month")) >= 2


@pytest.mark.parametrize(
    ("suffix", "what"),
    [(suffix, kind.what) for kind in KINDS for suffix in kind.suffixes],
)
def test_a_file_of_another_kind_is_known_by_its_suffix(
    tmp_path: Path, suffix: str, what: str
) -> None:
    touch(tmp_path, "a.csv", f"b{suffix.upper()}")

    assert reasons(tmp_path)[f"b{suffix.upper()}"].startswith(f"it is {what}: `")


def test_compressed_parquet_has_to_be_unpacked(tmp_path: Path) -> None:
    touch(tmp_path, "a.csv", "a.parquet.gz")

    with pytest.raises(ExportError, match=r"unpack it first: `gunzip \S+a\.parquet"):
        find(tmp_path / "a.parquet.gz")
    assert "unpack it first: `gunzip" in reasons(tmp_path)["a.parquet.gz"]


@pytest.mark.parametrize(
    "header", ["ORCID,Start", "12345678DUCK,x", "FEA1,x", "ARROW1", "BZh91AY&SY"]
)
def test_text_may_begin_like_a_file_of_another_kind(
    tmp_path: Path, header: str
) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\n1,2\n")

    assert exports(tmp_path, tmp_path) == ["a.csv"]


TABLES = {
    "_delta_log/00000000000000000000.json": "a Delta table",
    "metadata/v1.metadata.json": "an Iceberg table",
    "metadata/00000-c0ffee.metadata.json": "an Iceberg table",
    ".hoodie/hoodie.properties": "a Hudi table",
}


@pytest.mark.parametrize("marker", TABLES)
@pytest.mark.parametrize(
    "named",
    [
        *("lake/t", "lake", "lake/*", "lake/**/*", "lake/t/*.parquet", "lake/t/day=1"),
        *("lake/t/day=1/x/*", "lake/t/day=1/x/b.parquet", "lake/*/d*/**/*.parquet"),
    ],
)
def test_a_table_with_files_of_before_is_always_refused(
    tmp_path: Path, marker: str, named: str
) -> None:
    root = tmp_path / "it's"
    touch(root / "lake", "a.csv", "t/a.parquet", "t/day=1/x/b.parquet", f"t/{marker}")

    with pytest.raises(ExportError) as refusal:
        find(root / named)

    sentence = str(refusal.value)
    assert sentence.startswith(f"{root}/lake/t is {TABLES[marker]}, whose folder also")
    assert sentence.endswith("writes its current version as a Parquet file.")
    assert f"{root}/lake/a.csv" in {f["file"] for f in find(root / "lake/a.csv")[0]}


def test_a_relative_path_in_a_table_is_refused_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "_delta_log/0.json", "day=1/a.parquet")
    monkeypatch.chdir(tmp_path / "day=1")

    with pytest.raises(ExportError, match="is a Delta table"):
        find("a.parquet")


def run(sentence: str, folder: Path, **words: str) -> None:
    """Run the command that a sentence gives."""
    command = sentence.split("`")[1]
    for word, value in words.items():
        command = command.replace(word, value)
    python = shlex.quote(sys.executable)
    command = command.replace("python -c", f"{python} -c")
    subprocess.run(command, shell=True, check=True, cwd=folder)


def test_the_command_makes_an_export(tmp_path: Path) -> None:
    """Of those kinds whose tool is at hand."""
    folder = tmp_path / "it's here"
    folder.mkdir()
    rows = pa.table({"a": [1, 2]})
    with sqlite3.connect(folder / "lite.db") as db:
        db.execute("create table t as select 1 as a union select 2")
    db.close()
    orc.write_table(rows, folder / "o.orc")
    feather.write_feather(rows, str(folder / "f.arrow"))
    (folder / "z.zip").write_bytes(zipped("z.csv"))

    for name in ("lite.db", "o.orc", "f.arrow", "z.zip"):
        with pytest.raises(ExportError) as refusal:
            find(folder / name)
        run(str(refusal.value), folder, TABLE="t")

    assert (folder / "t.csv").read_text().split() == ["a", "1", "2"]
    assert parquet.read_table(folder / "o.parquet") == rows
    assert parquet.read_table(folder / "f.parquet") == rows
    assert exports(folder, folder) == ["f.parquet", "o.parquet", "t.csv", "z.csv"]


def test_the_sql_of_a_command_copies_a_table(tmp_path: Path) -> None:
    place = tmp_path / "it's.duckdb"
    with duckdb.connect(place) as db:
        db.execute("create table t as select 1 as a")
    with pytest.raises(ExportError) as refusal:
        find(place)

    command = shlex.split(str(refusal.value).split("`")[1])

    assert command[:3] == ["duckdb", str(place), "-c"]
    target = f"{tmp_path}/t.parquet".replace("'", "''")
    with duckdb.connect(place) as db:
        db.execute(command[3].replace("TABLE.parquet", target).replace("TABLE", "t"))
    assert parquet.read_table(tmp_path / "t.parquet").to_pydict() == {"a": [1]}


# What a load does with them


def test_a_loaded_file_is_not_opened_again(tmp_path: Path) -> None:
    """What it holds was seen when it was loaded."""
    touch(tmp_path, "a.csv", "b.csv")
    plan = plan_load(str(tmp_path), {}, "v1")
    loaded = {file["file"]: file["version"] for file in plan["new"]}
    stat = (tmp_path / "b.csv").stat()
    (tmp_path / "b.csv").write_bytes(b"PK\x03\x04\x00\x00\x00\x00")
    os.utime(tmp_path / "b.csv", ns=(stat.st_atime_ns, stat.st_mtime_ns))

    plan = plan_load(str(tmp_path), loaded, "v1")

    assert plan == {"new": [], "leaving": [], "count": 2, "passed_over": []}


def test_a_loaded_file_that_turns_into_another_kind_leaves(tmp_path: Path) -> None:
    touch(tmp_path, "a.csv", "b.csv")
    plan = plan_load(str(tmp_path), {}, "v1")
    loaded = {file["file"]: file["version"] for file in plan["new"]}
    (tmp_path / "b.csv").write_bytes(zipped(*WORKBOOK))

    plan = plan_load(str(tmp_path), loaded, "v1")

    assert plan["leaving"] == [f"{tmp_path}/b.csv"]
    assert [f["file"] for f in plan["passed_over"]] == [f"{tmp_path}/b.csv"]
    assert plan["new"] == []


def test_many_files_that_are_passed_over_are_not_all_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    touch(tmp_path, "a.csv", *(f"{number:02}.md" for number in range(12)))

    with caplog.at_level("INFO", logger="engagement"):
        plan_load(str(tmp_path), {}, "v1")

    assert len(caplog.messages) == 11
    assert caplog.messages[0].startswith(f"{tmp_path}/00.md is passed over because its")
    assert caplog.messages[-1] == "2 more are passed over; mart load_report names all."


REPORT = """
    select
        parse_filename(source_file), file_bytes, record_count,
        accepted_count + rejected_count, loaded_at is null, passed_over_because
    from marts.load_report
    order by source_file
"""


def kept(result: Result) -> set[str]:
    """Name the tables that a build kept as they were."""
    assert not result.failed, result.text
    return set(re.findall(r"OK created .*\.(\w+) \.+ \[KEPT", result.text))


def test_the_load_report_names_what_was_passed_over(
    project: Project, tmp_path: Path
) -> None:
    """As long as it is there, and without another load."""
    folder = tmp_path / "exports"
    folder.mkdir()
    write_export(folder / "a.csv", [record()])
    (folder / "book.xlsx").write_bytes(zipped(*WORKBOOK))
    touch(folder, "notes.md", "._a.csv")
    command = ("run", "--select", "+load_report")

    result = project.dbt(*command, xdr=folder)

    assert not result.failed, result.text
    text = " ".join(result.text.split())
    assert f"{folder}/book.xlsx is passed over because it is an Excel workbook" in text
    assert "._a.csv" not in text
    size = (folder / "book.xlsx").stat().st_size
    loaded, book, notes = project.query(REPORT)
    assert loaded[0] == "a.csv"
    assert loaded[2:] == (1, 1, False, None)
    assert book[:5] == ("book.xlsx", size, 0, 0, True)
    assert book[5].startswith("it is an Excel workbook: `soffice --headless")
    assert notes[0] == "notes.md"

    assert {"load_report", "stg_xdr__records"} <= kept(
        project.dbt(*command, xdr=folder)
    )

    (folder / "notes.md").unlink()
    held = kept(project.dbt(*command, xdr=folder))
    assert "load_report" not in held
    assert {"stg_xdr__records", "int_file_days"} <= held
    assert project.query(REPORT) == [loaded, book]
    assert project.query("select count(*) from staging.stg_xdr__files") == [(1,)]

    (folder / "book.xlsx").unlink()
    result = project.dbt(*command, xdr=folder)
    assert not result.failed, result.text
    assert project.query(REPORT) == [loaded]


def test_a_workbook_is_refused_by_dbt_in_one_sentence(
    project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "month.csv"
    path.write_bytes(zipped(*WORKBOOK))

    result = project.dbt("run", "--select", "+load_report", xdr=path)

    assert result.failed
    text = " ".join(result.text.split())
    assert f"{path} is an Excel workbook: `soffice --headless --convert-to csv" in text
    assert "Traceback" not in result.text
