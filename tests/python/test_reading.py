"""An export is read as its settings say, in whatever form it is written."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard
from staging import Staging

from engagement.export.listing import ExportError

COLUMNS = {
    "user_id": "user",
    "started_at": "start",
    "ended_at": "end",
    "location": "place",
    "dl_bytes": "down",
    "ul_bytes": "up",
}
VARS = {"xdr_columns": COLUMNS, "applications": [], "user_id_pattern": "[a-z0-9]+"}
HEADER = "user,start,end,place,down,up"
UNCLOSED = "a quote is not closed in the same line, or is not doubled"


def row(user: object, place: str = "", down: object = 5) -> str:
    return f"{user},2026-05-04 01:00:00,2026-05-04 02:00:00,{place},{down},1"


def write(folder: Path, content: str | bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def csv(*lines: str, end: str = "\n") -> str:
    return "".join(line + end for line in lines)


def places(path: Path, **settings: Any) -> list[str | None]:
    """Read places, or why a line has none; check that all records are counted."""
    staging = Staging(**VARS | settings)
    rows = staging.fields(path, of=["coalesce(location, malformed)"])
    assert staging.counts[0]["record_count"] == len(rows)
    return [place for (place,) in rows]


def refusal(path: Path, **settings: Any) -> str:
    with pytest.raises(ExportError) as refused:
        Staging(**VARS | settings).read(path)
    told = str(refused.value)
    assert told.startswith(str(path))
    assert "\n" not in told
    return told.removeprefix(f"{path} ")


# CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", " ", "\x01", "||"])
def test_any_delimiter_separates(tmp_path: Path, delimiter: str) -> None:
    text = csv(HEADER, row("a", "x"), row("b", '"y"'), row("c", '"z'))
    text = text.replace(" ", "T").replace(",", delimiter)

    read = places(write(tmp_path, text), xdr_csv={"delimiter": delimiter})

    # of several characters, a delimiter cannot stand in quotes
    assert read == (["x", '"y"', '"z'] if len(delimiter) > 1 else ["x", "y", UNCLOSED])


@pytest.mark.parametrize(
    ("delimiter", "what"), [(";", "semicolons"), ("\t", "tabs"), ("|", "pipes")]
)
def test_another_delimiter_is_named(tmp_path: Path, delimiter: str, what: str) -> None:
    path = write(tmp_path, csv(HEADER, row("a")).replace(",", delimiter))

    assert refusal(path) == (
        f"is separated by {what}; set var xdr_csv.delimiter to {json.dumps(delimiter)}."
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quotes_are_read_line_by_line(tmp_path: Path, end: str) -> None:
    written = {
        "x": "x",
        '"a, b"': "a, b",
        '"a ""b"", c"': 'a "b", c',
        '5" cell': '5" cell',
        'a"b"c': 'a"b"c',
        "": None,
        "' x '": "' x '",
    }
    lines = [HEADER, *(row("a", place) for place in written)]
    plain = write(tmp_path, csv(*lines, "", end=end))
    faults = [r'"a \"b\" c"', '"a"b', '"y', '"a" ', '"']
    lines[2:2] = [row("a", fault) for fault in faults]
    ugly = write(tmp_path, csv(*lines, end=end), "b.csv")

    assert places(plain) == list(written.values())
    assert places(ugly) == [
        "x",
        *[UNCLOSED] * len(faults),
        *list(written.values())[1:],
    ]


def test_a_quoted_line_break_costs_its_record_only(tmp_path: Path) -> None:
    lines = [HEADER, row("a", "x"), row("b", '"y\nz"'), row("c", '"v, w"')]

    assert places(write(tmp_path, csv(*lines))) == [
        "x",
        UNCLOSED,
        "missing columns",
        "v, w",
    ]


def test_a_stray_quote_in_the_last_line(tmp_path: Path) -> None:
    text = csv(HEADER, row("a", '"x"'), row("b", '"y')).rstrip("\n")

    assert places(write(tmp_path, text)) == ["x", UNCLOSED]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        *(("latin-1", "latin-1"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16")),
        ("utf-8-sig", "utf-8"),
    ],
)
def test_another_encoding_is_read_as_well(
    tmp_path: Path, encoding: str, name: str
) -> None:
    lines = ["#é", HEADER, row("a", "Zürich"), "#ü", row("b", '"é, à"')]
    options = {"encoding": name, "comment": "#"}
    plain = write(tmp_path, csv(*lines, end="\r\n").encode(encoding))
    ugly = write(tmp_path, csv(*lines, row("c", '"ö')).encode(encoding), "b.csv")

    assert places(plain, xdr_csv=options) == ["Zürich", "é, à"]
    assert places(ugly, xdr_csv=options) == ["Zürich", "é, à", UNCLOSED]

    bare = write(tmp_path, csv(*lines[:1], *lines[2:]).encode(encoding), "c.csv")
    options |= {"columns": HEADER.split(",")}
    assert places(bare, xdr_csv=options) == ["Zürich", "é, à"]


@pytest.mark.parametrize(
    ("written", "encoding", "told"),
    [
        ("utf-8", "latin-1", "is UTF-8 text; set var xdr_csv.encoding to utf-8."),
        ("utf-8", "utf-16", "is not UTF-16; set var xdr_csv.encoding to utf-8."),
        (
            "utf-16",
            "utf-8",
            "is UTF-16 or not text; set var xdr_csv.encoding to utf-16.",
        ),
        (
            "utf-16",
            "latin-1",
            "is UTF-16 or not text; set var xdr_csv.encoding to utf-16.",
        ),
    ],
)
def test_the_wrong_encoding_is_named(
    tmp_path: Path, written: str, encoding: str, told: str
) -> None:
    path = write(tmp_path, csv(HEADER, row("a", "Zürich")).encode(written))

    assert refusal(path, xdr_csv={"encoding": encoding}) == told


def test_utf16_that_duckdb_cannot_read_is_refused(tmp_path: Path) -> None:
    lines = csv(HEADER, row("a", "🗼"))
    utf16 = {"encoding": "utf-16"}
    tower = write(tmp_path, lines.encode("utf-16"))
    swapped = write(tmp_path, b"\xfe\xff" + lines.encode("utf-16-be"), "b.csv")
    cut = write(tmp_path, csv(HEADER, row("a")).encode("utf-16") + b"x", "c.csv")

    assert refusal(tower, xdr_csv=utf16) == (
        "holds '🗼', which DuckDB cannot read in UTF-16; save the file as UTF-8, and "
        "set var xdr_csv.encoding to utf-8."
    )
    assert refusal(swapped, xdr_csv=utf16) == "is big-endian UTF-16; save it as UTF-8."
    assert refusal(cut, xdr_csv=utf16) == "is damaged UTF-16: truncated data."


def test_the_end_of_latin1_does_not_make_it_utf8(tmp_path: Path) -> None:
    """Its last byte may begin a letter of UTF-8 that never ends."""
    text = csv(HEADER, row("a"), "b,2026-05-04,2026-05-04,é,5,1") + "c,,,,,é"

    assert places(
        write(tmp_path, text.encode("latin-1")), xdr_csv={"encoding": "latin-1"}
    ) == [None, "é", None]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("blanks", [0, 2])
def test_comments_hold_no_records(tmp_path: Path, end: str, blanks: int) -> None:
    """Wherever they are; a comment character within a line is none."""
    before = ["#made by x", '#"', *[""] * blanks, "#, and y", HEADER, row("a", "x")]
    plain = write(tmp_path, csv(*before, "# 2 more", row("b", "y"), "#", end=end))
    ugly = write(
        tmp_path,
        csv(*before, "#", row("b", '"#, y"'), row("c", "#z"), end=end),
        "b.csv",
    )

    assert places(plain, xdr_csv={"comment": "#"}) == ["x", "y"]
    assert places(ugly, xdr_csv={"comment": "#"}) == ["x", "#, y", "#z"]


def test_lines_without_records_are_counted_for_line_numbers(tmp_path: Path) -> None:
    text = csv("#", "", HEADER, row("a"), "#", "", row("b"), "#")
    staging = Staging(**VARS, xdr_csv={"comment": "#"})

    staging.read(write(tmp_path, text))

    (count,) = staging.counts
    assert (count["record_count"], count["passed_lines"]) == (2, [1, 2, 3, 5, 6, 8])


@pytest.mark.parametrize("stray", ["", '"'])
def test_a_delimiter_may_end_a_line(tmp_path: Path, stray: str) -> None:
    """With a stray quote in the file or without, each line is read alike."""
    lines = [row("a", "x"), row("b", f"y{stray}"), row("c", "z")]
    path = write(tmp_path, csv(HEADER, *(f"{line}," for line in lines)))

    assert places(path) == ["x", f"y{stray}", "z"]


def test_with_the_key_a_record_in_place_of_the_header_is_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login is as much an id as a number is."""
    monkeypatch.setenv("DBT_ENV_SECRET_PSEUDONYM_KEY", "of the tests, and long enough")
    path = write(tmp_path, csv(row("anna.b@x.example", "x"), row("b@x.example", "y")))

    told = refusal(path)

    assert "xxxx.x@x.xxxxxxx, 9999-99-99" in told
    assert "anna" not in told


@pytest.mark.parametrize("last", ["#down", 'do"wn', '"down'])
def test_the_header_never_takes_the_first_record_with_it(
    tmp_path: Path, last: str
) -> None:
    """DuckDB would go on to the next line after a comment or an open quote."""
    head = f"user,start,end,place,up,{last}"
    path = write(tmp_path, csv(head, row("a", "x"), row("b", "y")))
    columns = COLUMNS | {"dl_bytes": last.removeprefix('"')}

    read = places(path, xdr_columns=columns, xdr_csv={"comment": "#"})

    assert read == ["x", "y"]


@pytest.mark.parametrize("mark", ["\f", "\v", "\x1c", "\x85", "\u2028"])
def test_only_line_ends_end_a_line_before_the_header(tmp_path: Path, mark: str) -> None:
    path = write(tmp_path, csv(f"#a{mark}#b", HEADER, row("a", "x"), row("b", "y")))

    assert places(path, xdr_csv={"comment": "#"}) == ["x", "y"]


def test_a_comment_begins_a_line_with_any_delimiter(tmp_path: Path) -> None:
    text = csv(HEADER, row("a", "#x"), "#c", row("b", "y#")).replace(",", "||")

    read = places(write(tmp_path, text), xdr_csv={"delimiter": "||", "comment": "#"})

    assert read == ["#x", "y#"]


def test_windows_1252_is_named(tmp_path: Path) -> None:
    """DuckDB reads no byte from 0x80 to 0x9f in latin-1."""
    path = write(tmp_path, csv(HEADER, row("a", "l\x92Hay\xe9")).encode("latin-1"))

    assert refusal(path, xdr_csv={"encoding": "latin-1"}) == (
        "holds byte 0x92, which DuckDB cannot read in latin-1; if it is Windows-1252 "
        "('\u2019'), save the file as UTF-8, and set var xdr_csv.encoding to utf-8."
    )


@pytest.mark.parametrize("before", [[], ["#Fields"], ["#a", "", "#b"]])
def test_columns_are_named_for_a_file_without_a_header(
    tmp_path: Path, before: list[str]
) -> None:
    columns = HEADER.split(",")
    path = write(tmp_path, csv(*before, row("a", "x"), row("b", '"y, z"')))
    csv_settings = {"columns": columns, "comment": "#"}

    assert places(path, xdr_csv=csv_settings) == ["x", "y, z"]
    assert refusal(path, xdr_csv=csv_settings | {"columns": columns[1:]}) == (
        "has 6 fields in its first line, but var xdr_csv.columns has 5 names: set it "
        "to one name for each field, or to ~ if the first line holds the names."
    )


def test_a_record_in_place_of_the_header_is_named(tmp_path: Path) -> None:
    told = refusal(write(tmp_path, csv("", row("a", "x"), row("b"))))

    assert "none of the mapped columns is there, so check that line 2 holds" in told
    assert "or set var xdr_csv.columns to them if it is a record" in told


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.csv.gz", gzip.compress),
        ("a.tsv.gz", gzip.compress),
        ("a.csv.zst", zstandard.compress),
        ("A.LOG.ZST", zstandard.compress),
    ],
)
def test_packed_files_are_read(tmp_path: Path, name: str, pack: Any) -> None:
    first, second = csv(HEADER, row("a", "x")), csv(row("b", "y"))
    path = write(tmp_path, pack(first.encode()) + pack(second.encode()), name)

    assert places(path) == ["x", "y"]


def test_null_texts_are_missing(tmp_path: Path) -> None:
    nulls = {"nulls": ["NULL", "-", "\\N"]}
    texts = ["NULL", " - ", "\\N", '"NULL"', "null", "N"]
    path = write(tmp_path, csv(HEADER, *(row("a", text) for text in texts)))

    assert places(path, xdr_csv=nulls) == [None] * 4 + ["null", "N"]
    record = write(tmp_path, csv(HEADER, row("-", "x", "\\N")))
    assert Staging(**VARS, xdr_csv=nulls).records(
        record, columns="rejection_reason"
    ) == [("missing_user_id",)]


def test_a_decimal_comma_is_no_point(tmp_path: Path) -> None:
    """A point separates thousands, which are not read as fractions."""
    downs = ["1", "1,5", "1.234,5", "27.861", ",5", "1,2,3", "-2,5"]
    text = csv(HEADER.replace(",", ";"))
    for down in downs:
        text += f"a;1777856400,25;1777860000;1,5;{down};0\n"
    settings = VARS | {
        "xdr_csv": {"delimiter": ";", "decimal": ","},
        "xdr_volume_unit": "kB",
        "xdr_timestamp_formats": ["epoch_s"],
    }

    records = Staging(**settings).records(
        write(tmp_path, text), columns="location, started_at, dl_bytes"
    )

    start = datetime(2026, 5, 4, 1, 0, 0, 250_000)
    assert records == [
        ("1,5", start, volume)
        for volume in (1_000, 1_500, None, None, 500, None, -2_500)
    ]


def test_decimals_without_the_setting_are_unreadable(tmp_path: Path) -> None:
    path = write(tmp_path, csv(HEADER, row("a", "x", '"1,5"')))

    assert Staging(**VARS, xdr_volume_unit="kB").records(
        path, columns="rejection_reason, rejection_detail"
    ) == [("unreadable_value", "down: 1,5")]


# JSON


NAMES = {name: column for name, column in COLUMNS.items() if name != "location"}
JSON = VARS | {"xdr_columns": NAMES}


def thing(user: object, **more: object) -> dict[str, object]:
    return {
        "user": user,
        "start": "2026-05-04T01:00:00Z",
        "end": "2026-05-04T02:00:00Z",
        "down": 5,
        "up": 1,
    } | more


def json_lines(*things: object) -> str:
    return csv(*map(json.dumps, things))


def downs(path: Path, source: Any = "down", **settings: Any) -> list[str | None]:
    """Read the field of a source as text, or why a record has none."""
    columns = NAMES | {"dl_bytes": source}
    staging = Staging(**JSON | settings | {"xdr_columns": columns})
    rows = staging.fields(path, of=["coalesce(malformed, dl_bytes)"])
    assert staging.counts[0]["record_count"] == len(rows)
    return [down for (down,) in rows]


BOTH = [thing("a", down=1), thing("b", down=2)]


@pytest.mark.parametrize(
    "text",
    [
        json_lines(*BOTH),
        json_lines(*BOTH).replace("\n", "\r\n\r\n"),
        "\ufeff" + json_lines(*BOTH),
        json.dumps(BOTH),
        json.dumps(BOTH, indent=2),
        "[\n" + ",\n".join(map(json.dumps, BOTH)) + "\n]\n",
        "".join(json.dumps(one, indent=2) for one in BOTH),
        "".join(map(json.dumps, BOTH)),
        "\n".join(json.dumps(one | {"of": [{"x": 1}]}, indent=1) for one in BOTH)
        .replace("{\n   ", "{")
        .replace("\n  }", "}"),
    ],
    ids=[
        *("lines", "blank lines", "mark", "array", "pretty array", "array of lines"),
        *("pretty objects", "one after another", "objects in lines of objects"),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl.gz", "a.ndjson.zst"])
def test_objects_are_read_in_any_layout(tmp_path: Path, text: str, name: str) -> None:
    content = text.encode()
    if name.endswith(".gz"):
        content = gzip.compress(content)
    if name.endswith(".zst"):
        content = zstandard.compress(content)

    assert downs(write(tmp_path, content, name)) == ["1", "2"]


def test_a_malformed_line_of_json_costs_its_record_only(tmp_path: Path) -> None:
    good, fault = json.dumps(thing("a")), "not a JSON object"
    bad = ['{"user": 3, "start"', "hello", "[1]", "5", '"x"', good[:-1]]

    after = write(tmp_path, csv(good, *bad, "", good), "a.jsonl")
    assert downs(after) == ["5", *[fault] * len(bad), "5"]
    before = write(tmp_path, csv(*bad, good), "b.jsonl")
    assert downs(before) == [*[fault] * len(bad), "5"]
    array = write(tmp_path, json.dumps([thing("a"), 3]), "c.json")
    assert downs(array) == ["5", fault]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.json", json.dumps(BOTH)[:-9].encode(), "is not JSON: "),
        ("a.json", ("[\n" + json_lines(*BOTH)).encode(), "is not JSON: "),
        (
            "a.json.gz",
            gzip.compress(json.dumps(BOTH).encode(), mtime=0)[:-5],
            "is damaged or incomplete",
        ),
        (
            "a.json.zst",
            zstandard.compress(json.dumps(BOTH, indent=1).encode())[:-5],
            "is damaged or incomplete",
        ),
        ("a.json", b"user,start\na,b\n", "is not JSON: "),
        (
            "a.jsonl",
            json_lines(*BOTH).encode("utf-16"),
            "is UTF-16 or not text; save it as UTF-8.",
        ),
        (
            "a.json",
            json.dumps({"records": BOTH}).encode(),
            "has no column 'user', which var xdr_columns.user_id names; set var "
            "xdr_columns.user_id to one of records.",
        ),
        (
            "a.json",
            (json.dumps(BOTH, indent=1) * 2_000)[:-9].encode(),
            "is not JSON",
        ),
    ],
)
def test_json_that_cannot_be_read_is_refused(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    assert refusal(write(tmp_path, content, name), **JSON).startswith(told)


@pytest.mark.parametrize("before", ["", " \n"])
def test_an_array_may_begin_with_the_mark_of_an_encoding(
    tmp_path: Path, before: str
) -> None:
    path = write(tmp_path, f"\ufeff{before}{json.dumps(BOTH)}", "a.json")

    assert downs(path) == ["1", "2"]


@pytest.mark.parametrize("text", ['[["a", 1], ["b", 2]]', "[1, 2]", '["a"]'])
def test_an_array_without_objects_is_refused(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text, "a.json")

    assert refusal(path, **JSON) == (
        "holds no JSON objects, but values of another kind: each record must be an "
        "object, with the names of its fields."
    )


def test_a_path_that_no_object_has_is_refused(tmp_path: Path) -> None:
    text = json_lines(thing("a"), thing("b", net={"down": 7}))
    path = write(tmp_path, text, "a.jsonl")
    columns = NAMES | {"location": "$.net.dwon"}

    assert refusal(path, **JSON | {"xdr_columns": columns}).startswith(
        "has no column '$.net.dwon', which var xdr_columns.location names"
    )


def test_paths_lead_into_objects(tmp_path: Path) -> None:
    things = [
        thing("a", net={"down": 7, "per cell": [{"x": 1}, {"x": 2.5}, {"y": 9}]}),
        thing("b", net={"down": None, "per cell": []}),
        thing("c", net={"per cell": [{"x": "7"}, {"x": "many"}]}),
        thing("d", net={"per cell": [{"x": None}]}),
        thing("e"),
    ]
    path = write(tmp_path, json_lines(*things), "a.jsonl")
    pretty = write(tmp_path, json.dumps(things, indent=1), "b.json")

    for place in (path, pretty):
        for source in ("$.net.down", "net.down"):
            assert downs(place, source) == ["7", None, None, None, None]
        assert downs(place, '$.net."per cell"[0].x') == ["1", None, "7", None, None]
        total, *others = downs(place, '$.net."per cell"[*].x')
        assert float(total or 0) == 3.5
        assert others == [None, "[7, many]", None, None]


def test_a_name_with_dots_wins_over_a_path(tmp_path: Path) -> None:
    names = {"id.down": 1, "id": {"down": 2}, "$.id.down": 3}
    path = write(tmp_path, json_lines(thing("a", **names)), "a.jsonl")

    assert downs(path, "id.down") == ["1"]
    assert downs(path, "$.id.down") == ["3"]
    del names["$.id.down"]
    path = write(tmp_path, json_lines(thing("a", **names)), "b.jsonl")
    assert downs(path, "$.id.down") == ["2"]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("late", "source"), [(9, "late"), ({"x": [{"y": 9}]}, "$.late.x[*].y")]
)
def test_a_name_may_be_absent_from_the_first_objects(
    tmp_path: Path, late: object, source: str, indent: int | None
) -> None:
    things = [thing(f"u{i}") for i in range(3_000)]
    write_all = (
        json_lines if indent is None else lambda *all_: json.dumps(all_, indent=1)
    )
    found = write(tmp_path, write_all(*things, thing("z", late=late)), "a.json")
    absent = write(tmp_path, write_all(*things), "b.json")

    *none, last = downs(found, source)
    assert set(none) == {None}
    assert float(last or 0) == 9
    told = refusal(absent, **JSON | {"xdr_columns": NAMES | {"dl_bytes": source}})
    assert told.startswith(f"has no column '{source}', which var xdr_columns.dl_bytes")


def test_a_wrong_path_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, json_lines(thing("a")), "a.jsonl")

    told = refusal(path, **JSON | {"xdr_columns": NAMES | {"dl_bytes": "$.down[["}})

    assert told.startswith("cannot be read with var xdr_columns.dl_bytes, $.down[[: ")


def test_values_of_json_are_read_as_they_are_written(tmp_path: Path) -> None:
    written = [5, 5.0, 1e9, "7", 123_456_789_012_345, None, "", True, {"a": 1}, 1.5]
    path = write(
        tmp_path, json_lines(*(thing("a", down=down) for down in written)), "a.jsonl"
    )

    records = Staging(**JSON).records(path, columns="dl_bytes, rejection_detail")

    assert records == [
        *((volume, None) for volume in (5, 5, 10**9, 7, 123_456_789_012_345)),
        *[(None, "down")] * 2,
        *((None, f"down: {text}") for text in ("true", '{"a":1}', "1.5")),
    ]


# Parquet


RECORD = (
    "'a' as user, timestamp '2026-05-04 01:00:00' as start,"
    " timestamp '2026-05-04 02:00:00' as \"end\", 5 as down, 1 as up"
)


def parquet(folder: Path, more: str = "", record: str = RECORD) -> Path:
    path = folder / "a.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.sql(f"copy (select {record} {more}) to '{path}' (format parquet)")
    return path


def parquet_field(path: Path, field: str, source: Any, **settings: Any) -> list[Any]:
    """Read a field of Parquet, and why its record is refused."""
    columns = NAMES | {field: source}
    (found,) = Staging(**JSON | settings | {"xdr_columns": columns}).records(
        path, columns=f"{field}, rejection_reason, rejection_detail"
    )
    return list(found)


@pytest.mark.parametrize(
    ("sql", "field", "source", "value"),
    [
        ("{'a': {'b': 7}} as net", "dl_bytes", "net.a.b", 7),
        ("{'a': 7} as net, 9 as \"net.a\"", "dl_bytes", "net.a", 9),
        ("[7, 8] as net", "dl_bytes", {"sql": "list_sum(net)"}, 15),
        ("encode('Zürich') as p", "location", "p", "Zürich"),
        ("'\\xff'::blob as p", "location", "p", None),
        ("'x'::enum('x', 'y') as p", "location", "p", "x"),
        ("17.0 as p", "location", "p", "17"),
        ("17::double as p", "location", "p", "17"),
        ("'3f333df6-90a4-4fda-8dd3-9485d27cee36'::uuid as p", "location", "p",
         "3f333df6-90a4-4fda-8dd3-9485d27cee36"),
        ("5::ubigint as net", "dl_bytes", "net", 5),
        ("5::hugeint as net", "dl_bytes", "net", 5),
        ("5::double as net", "dl_bytes", "net", 5),
        ("date '2026-05-03' as t", "started_at", "t", datetime(2026, 5, 3)),
        ("timestamp_ns '2026-05-03 01:02:03' as t", "started_at", "t",
         datetime(2026, 5, 3, 1, 2, 3)),
        ("to_timestamp(1777763045) as t", "started_at", "t",
         datetime(2026, 5, 2, 23, 4, 5)),
    ],
)  # fmt: skip
def test_types_of_parquet_are_read(
    tmp_path: Path, sql: str, field: str, source: Any, value: object
) -> None:
    path = parquet(tmp_path, f", {sql}")

    assert parquet_field(path, field, source) == [value, None, None]


@pytest.mark.parametrize(
    ("sql", "milliseconds"),
    [
        ("interval '1 hour 2 seconds'", 3_602_000),
        ("interval '3 days 2.5 seconds'", 259_202_500),
        ("interval '3 days'", 259_200_000),
        ("time '01:00:02.5'", 3_602_500),
        ("2.5::double", 2_500),
    ],
)
def test_durations_of_parquet_are_read(
    tmp_path: Path, sql: str, milliseconds: int
) -> None:
    path = parquet(tmp_path, f", {sql} as lasted")
    columns = NAMES | {"ended_at": None, "duration": "lasted"}

    assert Staging(**JSON | {"xdr_columns": columns}).records(
        path, columns="duration_ms, epoch_ms(ended_at - started_at)"
    ) == [(milliseconds, milliseconds)]


@pytest.mark.parametrize(
    ("sql", "field"),
    [
        ("timestamp 'infinity'", "started_at"),
        ("timestamptz '-infinity'", "started_at"),
        ("date 'infinity'", "started_at"),
        ("' Infinity'", "started_at"),
        ("true", "dl_bytes"),
        ("12345678901234567890::double", "session_id"),
        ("'1.2345679e+19'", "session_id"),
    ],
)
def test_other_values_of_parquet_are_unreadable(
    tmp_path: Path, sql: str, field: str
) -> None:
    """No session begins at infinity, and no flag is a volume."""
    path = parquet(tmp_path, f", {sql} as found")
    settings = JSON | {
        "xdr_columns": NAMES | {field: "found"},
        "xdr_timestamp_formats": ["epoch_s"],
        "xdr_volume_unit": "kB",
    }

    assert Staging(**settings).records(path, columns="rejection_reason") == [
        ("unreadable_value",)
    ]


@pytest.mark.parametrize("kind", ["double", "float"])
def test_nan_is_missing(tmp_path: Path, kind: str) -> None:
    path = parquet(tmp_path, f", 'nan'::{kind} as net, 'inf'::{kind} as much")

    assert parquet_field(path, "location", "net") == [None, None, None]
    assert parquet_field(path, "dl_bytes", "net") == [None, "missing_value", "net"]
    assert parquet_field(path, "dl_bytes", "much") == [
        None,
        "unreadable_value",
        "much: inf",
    ]


def test_a_part_that_a_struct_lacks_is_named(tmp_path: Path) -> None:
    path = parquet(tmp_path, ", {'a': 7} as net")

    told = refusal(path, **JSON | {"xdr_columns": NAMES | {"dl_bytes": "net.b"}})

    assert told.startswith("has no column 'net.b', which var xdr_columns.dl_bytes")


# Folders and expressions


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_folders_give_the_columns_that_a_file_lacks(tmp_path: Path, kind: str) -> None:
    def read(folder: str, source: str, more: str = "") -> Any:
        if kind == "parquet":
            path = parquet(tmp_path / folder, more and f", '{more}' as place")
        else:
            lines = "a,2026-05-04 01:00:00,2026-05-04 02:00:00,5,1"
            names = "user,start,end,down,up"
            if more:
                lines, names = f"{lines},{more}", f"{names},place"
            path = write(tmp_path / folder, csv(names, lines))
        return parquet_field(path, "location", source)

    assert read("day=2026-05-04/place=D%201A", "place") == ["D 1A", None, None]
    assert read("day=2026-05-04/place=x", "day") == ["2026-05-04", None, None]
    assert read("place=__HIVE_DEFAULT_PARTITION__", "place") == [None, None, None]
    assert read("place=x", "place", "own") == ["own", None, None]
    with pytest.raises(ExportError, match="has no column 'place', which var"):
        read("aplace=x", "place")


def test_files_of_several_folders_are_read_together(tmp_path: Path) -> None:
    for day in (3, 4):
        for name in ("a.csv", "b.csv"):
            lines = "a,2026-05-04 01:00:00,2026-05-04 02:00:00,5,1"
            write(tmp_path / f"day={day}", csv("user,start,end,down,up", lines), name)
    settings = VARS | {"xdr_columns": NAMES | {"location": "day"}}
    staging = Staging(**settings)

    found = staging.fields(f"{tmp_path}/**/*", of=["location"])

    assert sorted(found) == [("3",), ("3",), ("4",), ("4",)]
    assert len(staging.layouts) == 1


def test_an_expression_is_read_as_a_column(tmp_path: Path) -> None:
    sql = {"sql": "concat(\"user\", '@', parse_filename(source_file))"}
    text = csv("user,start,end,down,up", "a,2026-05-04,2026-05-04,5,1")
    for path in (
        write(tmp_path, text, "a.csv"),
        write(tmp_path, json_lines(thing("a")), "a.jsonl"),
        parquet(tmp_path, ", 'own' as Source_File"),
    ):
        assert parquet_field(path, "location", sql)[0] == f"a@{path.name}"


@pytest.mark.parametrize(
    "sql",
    [
        *("nobody || 'x'", "concat(", "1); drop table x; --", "1) as x, (2"),
        *("max(up)", "unnest([1, 2])", "row_number() over ()"),  # of several records
    ],
)
def test_a_wrong_expression_is_refused(tmp_path: Path, sql: str) -> None:
    text = csv("user,start,end,down,up", "a,2026-05-04,2026-05-04,5,1")
    columns = NAMES | {"location": {"sql": sql}}

    told = refusal(write(tmp_path, text), **JSON | {"xdr_columns": columns})

    assert told.startswith(f"cannot be read with var xdr_columns.location, {sql}: ")
