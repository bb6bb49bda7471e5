"""Times, durations, volumes, ids and texts are read as settings say, or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from staging import Staging

COLUMNS = {
    "user_id": "user",
    "started_at": "start",
    "ended_at": "end",
    "duration": "lasted",
    "dl_bytes": "down",
    "ul_bytes": "up",
}
VARS = {"xdr_columns": COLUMNS, "applications": []}
PLAIN = {
    "user": "33600000001",
    "start": "2026-05-04 01:00:00",
    "end": "2026-05-04 02:00:00",
    "lasted": 3600,
    "down": 5,
    "up": 1,
}


def values(macro: str, texts: list[Any], kind: str = "VARCHAR", **settings: Any) -> Any:
    staging = Staging(**settings)
    return [staging.value(macro, str(text), kind) for text in texts]


def write(folder: Path, *records: dict[str, object]) -> Path:
    path = folder / "a.csv"
    names = list(PLAIN | records[0])
    lines = [names, *([one.get(name, "") for name in names] for one in records)]
    path.write_text("".join(",".join(map(str, line)) + "\n" for line in lines))
    return path


def at(hour: int, minute: int = 0, second: float = 0, day: int = 4) -> datetime:
    return datetime(2026, 5, day, hour, minute) + timedelta(seconds=second)


# Times


@pytest.mark.parametrize(
    ("unit", "digits"), [("epoch_s", 0), ("epoch_ms", 3), ("epoch_us", 6)]
)
def test_epochs_are_read_in_their_unit(unit: str, digits: int) -> None:
    """In another unit, no time of 1990 to 2099 is meant."""
    read = {"xdr_timestamp_formats": [unit]}
    one = 1_777_856_400 * 10**digits
    quarter = str(one + 10**digits // 4) if digits else f"{one}.25"
    texts = [one, f" {one} ", f"{one}.0", quarter]
    others = [1_777_856_400 * 10**other for other in (0, 3, 6) if other != digits]
    unreadable = [*others, 0, -5, f"{one},5", "soon", "", f"{one}x"]

    assert values("point_in_time", texts, **read) == [*[at(1)] * 3, at(1, 0, 0.25)]
    assert values("point_in_time", unreadable, **read) == [None] * len(unreadable)
    assert values("point_in_time", [one], "BIGINT", **read) == [at(1)]
    assert values("point_in_time", [one], "DOUBLE", **read) == [at(1)]


def test_epochs_have_fractions() -> None:
    assert (
        values(
            "point_in_time",
            ["1777856400.250999", "1777856400.2509994"],
            xdr_timestamp_formats=["epoch_s"],
        )
        == [at(1, 0, 0.250999)] * 2
    )
    assert values(
        "point_in_time", ["1777856400250.5"], xdr_timestamp_formats=["epoch_ms"]
    ) == [at(1, 0, 0.2505)]


def test_formats_are_tried_in_their_order() -> None:
    texts = ["5/4/2026 1:00", "1777856400", "1777856400000", "2026-05-04 01:00"]
    formats = ["%m/%d/%Y %H:%M", "epoch_s", "epoch_ms"]

    assert values("point_in_time", texts, xdr_timestamp_formats=formats) == [at(1)] * 4
    both = ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]
    assert values("point_in_time", texts[:1], xdr_timestamp_formats=both) == [
        datetime(2026, 4, 5, 1)
    ]
    assert values("point_in_time", texts[:1], xdr_timestamp_formats=both[::-1]) == [
        at(1)
    ]


ISO = {
    "2026-05-04T01:02:03Z": at(1, 2, 3),
    "2026-05-04T01:02:03z": at(1, 2, 3),
    "2026-05-04 01:02:03+05:30": at(19, 32, 3, 3),
    "2026-05-04 01:02:03-05:30": at(6, 32, 3),
    "2026-05-04 01:02:03+0530": at(19, 32, 3, 3),
    "2026-05-04 01:02:03+05": at(20, 2, 3, 3),
    "2026-05-04 01:02:03 +05": at(20, 2, 3, 3),
    "2026-05-04 01:02:03 +0530": at(19, 32, 3, 3),
    "2026-05-04T01:02:03 -08:00": at(9, 2, 3),
    "2026-05-04T01:02:03.250999+02:00": at(23, 2, 3.250999, 3),
    "2026-05-04T01:02:03,250Z": at(1, 2, 3.25),
    "2026-05-04T01:02:03,250+02:00": at(23, 2, 3.25, 3),
    "2026-05-04 01:02+02": at(23, 2, 0, 3),
    "2026-05-04T01:02+02:00": at(23, 2, 0, 3),
    "2026-05-04T01:02Z": at(1, 2),
    "20260504T010203Z": at(1, 2, 3),
    "20260504T010203+0200": at(23, 2, 3, 3),
    "20260504T010203.5+02": at(23, 2, 3.5, 3),
    "20260504T010203,5Z": at(1, 2, 3.5),
    "20260504T0102Z": at(1, 2),
    "2026-05-04 01:02:03 Europe/Paris": at(23, 2, 3, 3),
    "2026-05-04 01:02:03 UTC": at(1, 2, 3),
    " 2026-05-04T01:02:03+02:00": at(23, 2, 3, 3),
    "2026-05-04T01:02:03+02:00 ": at(23, 2, 3, 3),
    "2026-05-04T01:02:03+0200\t": at(23, 2, 3, 3),
}
WALL = {
    "2026-05-04 01:02:03": at(1, 2, 3),
    "2026-05-04T01:02:03.250": at(1, 2, 3.25),
    "2026-05-04T01:02:03,250": at(1, 2, 3.25),
    "2026-05-04 01:02": at(1, 2),
    "20260504T010203": at(1, 2, 3),
    "20260504T0102": at(1, 2),
    "20260504": at(0),
    "2026-05-04": at(0),
    "2026/05/04 01:02:03": at(1, 2, 3),
    " 2026-05-04 01:02:03 ": at(1, 2, 3),
}


def test_iso_times_with_an_offset_are_instants() -> None:
    assert dict(zip(ISO, values("point_in_time", [*ISO]), strict=True)) == ISO
    paris = {"xdr_timezone": "Europe/Paris"}
    assert values("is_wall_time", [*ISO], **paris) == [False] * len(ISO)


def test_iso_times_without_an_offset_are_wall_time() -> None:
    assert dict(zip(WALL, values("point_in_time", [*WALL]), strict=True)) == WALL
    paris = {"xdr_timezone": "Europe/Paris"}
    assert values("is_wall_time", [*WALL], **paris) == [True] * len(WALL)


def test_formats_with_an_offset_are_instants() -> None:
    settings = {
        "xdr_timezone": "Europe/Paris",
        "xdr_timestamp_formats": ["%d.%m.%Y %H:%M %z", "%d.%m.%Y %H:%M", "epoch_s"],
    }
    texts = ["04.05.2026 03:00 +0200", "04.05.2026 03:00", "1777856400"]

    assert values("point_in_time", texts, **settings) == [at(1), at(3), at(1)]
    assert values("is_wall_time", texts, **settings) == [False, True, False]


@pytest.mark.parametrize(
    "text",
    [
        *("soon", "12:30", "2026-13-04 01:02:03", "2026-02-30 01:02:03Z", "now"),
        *("2026-05-04 01:02:60", "2026-05-04T01", "2026-05-04 01:02:03 CEST"),
        *(f"2026-05-04 01:02:03 {zone}" for zone in ("BST", "IST", "CST", "EST")),
        *("2026-05-04 01:02:03  +02:00", "2026-05-04T01:02:03\u221208:00", ""),
        *("2026-05-04 01:02:03+02:00[Europe/Paris]", "4 May 2026", "2026-05-04 1 AM"),
    ],
)
def test_other_texts_are_no_times(text: str) -> None:
    assert values("point_in_time", [text]) == [None]


def test_names_of_zones_are_those_of_one_zone() -> None:
    """India, Israel and Ireland have IST; DuckDB reads BST as Bangladesh's."""
    named = {"xdr_timestamp_formats": ["%d.%m.%Y %H:%M %Z"]}
    texts = [f"04.05.2026 03:00 {zone}" for zone in ("UTC", "GMT", "Europe/Paris")]
    others = [f"04.05.2026 03:00 {zone}" for zone in ("BST", "IST", "CST", "Z8")]

    assert values("point_in_time", texts, **named) == [at(3), at(3), at(1)]
    assert values("point_in_time", others, **named) == [None] * 4


# Durations

DURATIONS = {
    "1:23:45": 5_025_000,
    "01:23:45.5": 5_025_500,
    "100:00:00": 360_000_000,
    "1.02:03:04": 93_784_000,
    "1 day, 2:03:04": 93_784_000,
    "2 days 02:03:04": 180_184_000,
    "1 02:03:04": 93_784_000,
    "1h23m45s": 5_025_000,
    "1H 23M 45.5S": 5_025_500,
    "PT1H23M45S": 5_025_000,
    "P1DT2H": 93_600_000,
    "23m": 1_380_000,
    "23min": 1_380_000,
    "45s": 45_000,
    "1h": 3_600_000,
    "0:00:00": 0,
    " 1:00:00 ": 3_600_000,
}
NO_DURATIONS = [
    *("1:23", "83:45", "1:60:00", "1:00:60", "-1:00:00", "x", "", " ", "P", "PT", "s"),
    *("h m s", "1h 5", "1:2:3:4", "5,5", "1 week", "1:00:00 h"),
]


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_durations_as_text_are_read_as_they_stand(unit: str) -> None:
    read = {"xdr_duration_unit": unit}

    found = values("duration_in_ms", [*DURATIONS], **read)
    assert dict(zip(DURATIONS, found, strict=True)) == DURATIONS
    assert values("duration_in_ms", NO_DURATIONS, **read) == [None] * len(NO_DURATIONS)


@pytest.mark.parametrize(
    ("unit", "written", "kind", "milliseconds"),
    [
        ("s", "3600.0005", "VARCHAR", 3_600_001),
        ("s", "3600.0004", "VARCHAR", 3_600_000),
        ("s", " 5 ", "VARCHAR", 5_000),
        ("s", "5", "BIGINT", 5_000),
        ("s", "2.5", "DOUBLE", 2_500),
        ("ms", "5", "VARCHAR", 5),
        ("ms", "5.5", "VARCHAR", 6),
        ("ms", "5.4", "DOUBLE", 5),
        ("ms", "5", "INTEGER", 5),
        ("us", "1499", "VARCHAR", 1),
        ("us", "1500", "VARCHAR", 2),
        ("us", "1500", "BIGINT", 2),
        ("us", "2499.9", "DOUBLE", 2),
        ("us", "999999999999999", "VARCHAR", 1_000_000_000_000),
    ],
)
def test_durations_as_numbers_are_in_their_unit(
    unit: str, written: str, kind: str, milliseconds: int
) -> None:
    read = values("duration_in_ms", [written], kind, xdr_duration_unit=unit)

    assert read == [milliseconds]


@pytest.mark.parametrize(
    ("derived", "value"),
    [("start", at(1)), ("end", at(2)), ("lasted", 3_600_000)],
)
def test_of_start_end_and_duration_one_may_follow(
    tmp_path: Path, derived: str, value: object
) -> None:
    field = next(name for name, column in COLUMNS.items() if column == derived)
    staging = Staging(**VARS | {"xdr_columns": COLUMNS | {field: None}})
    record = {name: text for name, text in PLAIN.items() if name != derived}
    other = next(name for name in ("end", "start") if name != derived)
    faults = [record | {other: ""}, record | {other: "soon"}]
    column = "duration_ms" if derived == "lasted" else field

    found = staging.records(
        write(tmp_path, record, *faults),
        columns=f"{column}, rejection_reason, rejection_detail",
    )

    assert found == [
        (value, None, None),
        (None, "missing_value", other),
        (None, "unreadable_value", f"{other}: soon"),
    ]


def test_an_empty_cell_of_a_mapped_column_is_not_derived(tmp_path: Path) -> None:
    faults = [PLAIN | {name: ""} for name in ("start", "end", "lasted")]

    found = Staging(**VARS).records(
        write(tmp_path, *faults), columns="rejection_reason, rejection_detail"
    )

    assert found == [("missing_value", name) for name in ("start", "end", "lasted")]


def test_a_session_that_lasts_too_long_is_implausible(tmp_path: Path) -> None:
    """So is one that ends more than a day after it was loaded, in 2030 here."""
    records = [
        PLAIN | {"end": "2026-06-04 01:00:00"},
        PLAIN | {"end": "2026-06-04 01:00:01"},
        PLAIN | {"start": "2030-01-01 23:00:00", "end": "2030-01-02 00:00:00"},
        PLAIN | {"start": "2030-01-01 23:00:00", "end": "2030-01-02 00:00:01"},
        PLAIN | {"start": "2068-01-01 00:00:00", "end": "2068-01-01 01:00:00"},
        PLAIN | {"start": "2026-06-04 01:00:01", "end": "2026-05-04 01:00:00"},
    ]
    told = "start: {start}, end: {end}, lasted: 3600: "

    found = Staging(**VARS).records(
        write(tmp_path, *records), columns="rejection_reason, rejection_detail"
    )

    long = told + "longer than var max_session_days (31)"
    late = told + "ends after it was loaded"
    assert found == [
        (None, None),
        ("implausible_time", long.format(**records[1])),
        (None, None),
        ("implausible_time", late.format(**records[3])),
        ("implausible_time", late.format(**records[4])),
        ("ends_before_start", told.format(**records[5]).removesuffix(": ")),
    ]
    one_day = Staging(**VARS, max_session_days=1)
    assert one_day.records(
        write(tmp_path, PLAIN, PLAIN | {"end": "2026-05-05 01:00:01"}),
        columns="rejection_reason",
    ) == [(None,), ("implausible_time",)]


# Volumes

UNITS = {
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}


@pytest.mark.parametrize("unit", UNITS)
def test_volumes_are_rounded_half_up_to_whole_bytes(unit: str) -> None:
    factor = UNITS[unit]
    read = {"xdr_volume_unit": unit}
    texts = ["1", "1.5", ".5", "5.", "+5", " 5 ", "-1", "0", "27.861"]
    half, less = f"{0.5 / factor:.12f}"[:11], f"{0.499 / factor:.12f}"[:11]

    assert values("volume_in_bytes", texts, **read) == [
        *(factor, factor * 3 // 2, factor // 2, 5 * factor, 5 * factor, 5 * factor),
        *(-factor, 0, int(27.861 * factor + 0.5)),
    ]
    assert values("volume_in_bytes", ["1.5"], "DOUBLE", **read) == [factor * 3 // 2]
    assert values("volume_in_bytes", ["2"], "BIGINT", **read) == [2 * factor]
    if unit == "kB":
        assert (half, less) == ("0.000500000", "0.000499000")
        assert values("volume_in_bytes", [half, less], **read) == [1, 0]
        assert values("volume_in_bytes", ["-0.0001"], **read) == [-1]
    unreadable = ["1,5", "1e3", "", "x", "1.5.1", "0x10", "1 000", "NaN"]
    assert values("volume_in_bytes", unreadable, **read) == [None] * len(unreadable)


def test_bytes_are_whole() -> None:
    assert values("volume_in_bytes", ["1", "+5", " 5 ", "5.", "5.00", "-1"]) == [
        *(1, 5, 5, 5, 5, -1)
    ]
    faults = ["1.5", ".5", "1,5", "1e3", "", "27.861"]
    assert values("volume_in_bytes", faults) == [None] * len(faults)
    assert values("volume_in_bytes", ["1.5"], "DOUBLE") == [None]


# Ids and texts


def test_what_is_written_around_a_number_is_taken_off(tmp_path: Path) -> None:
    number = "33600000001"
    written = [
        *(number, f"+{number}", f"00{number}", f"+00{number}", f" {number} "),
        *(f"{number}.0", f"{number}.000", f" +{number}.0 "),
    ]
    records = [PLAIN | {"user": user} for user in [*written, f"0{number}"]]

    found = Staging(**VARS).records(write(tmp_path, *records), columns="user_id")

    assert found == [(number,)] * len(written) + [(f"0{number}",)]


@pytest.mark.parametrize(
    "user",
    ["1234", "1" * 16, "00000", "3.36E+10", "-33600000001", "33600000001.5", "+"],
)
def test_what_is_no_number_of_a_subscriber_is_refused(
    tmp_path: Path, user: str
) -> None:
    path = write(tmp_path, PLAIN | {"user": user})

    assert Staging(**VARS).records(path, columns="rejection_detail") == [
        (f"user: {user} does not match var user_id_pattern ([0-9]{{5,15}})",)
    ]


@pytest.mark.parametrize("pattern", [r"\d{5,15}", "^[0-9]{5,15}$", r"^(\d{5,15})$"])
def test_a_pattern_that_means_the_default_is_the_default(
    tmp_path: Path, pattern: str
) -> None:
    records = [PLAIN | {"user": user} for user in ("33600000001", "+33600000001", "00")]

    found = Staging(**VARS, user_id_pattern=pattern).records(
        write(tmp_path, *records), columns="user_id"
    )

    assert found == [("33600000001",), ("33600000001",), (None,)]


@pytest.mark.parametrize("user", ["NULL", "-", "n/a", "Unknown", "3.36E+10"])
def test_no_pattern_makes_a_user_of_what_stands_for_many(
    tmp_path: Path, user: str
) -> None:
    path = write(tmp_path, PLAIN | {"user": user})

    assert Staging(**VARS, user_id_pattern=".+").records(
        path, columns="user_id, rejection_reason, rejection_detail"
    ) == [
        (
            None,
            "malformed_user_id",
            f"user: {user} does not match var user_id_pattern (.+), or stands for no"
            " user",
        )
    ]


def test_another_pattern_matches_the_id_as_it_is_written(tmp_path: Path) -> None:
    users = ["ab:01", " ab:01 ", "+ab:01", "ab:01.0", "00ab:01", "xab:01", ""]
    path = write(tmp_path, *(PLAIN | {"user": user} for user in users))

    found = Staging(**VARS, user_id_pattern="[a-f]{2}:[0-9]{2}").records(
        path, columns="user_id, rejection_reason"
    )

    assert found == [
        *[("ab:01", None)] * 2,
        *[(None, "malformed_user_id")] * 4,
        (None, "missing_user_id"),
    ]


def test_texts_lose_blanks_and_point_zero(tmp_path: Path) -> None:
    staging = Staging(
        **VARS | {"xdr_columns": COLUMNS | {"location": "cell", "session_id": "id"}}
    )
    written = [" D1A ", "17.0", "17.00", "1.7E+16", "", " "]
    path = write(tmp_path, *(PLAIN | {"cell": w, "id": w} for w in written))

    found = staging.records(
        path, columns="location, session_id, is_mangled, rejection_detail"
    )

    assert found == [
        ("D1A", "D1A", False, None),
        ("17", "17", False, None),
        ("17.00", "17.00", False, None),
        ("1.7E+16", None, True, "id: 1.7E+16"),
        (None, None, False, None),
        (None, None, False, None),
    ]


# Applications


@pytest.mark.parametrize("has_rest", [True, False])
def test_an_application_may_be_a_value(tmp_path: Path, has_rest: bool) -> None:
    applications: list[dict] = [
        {"name": "video", "values": ["Netflix", "Youtube"]},
        {"name": "chat", "values": ["IM"]},
    ]
    if has_rest:
        applications.append({"name": "other"})
    staging = Staging(
        **VARS
        | {
            "xdr_columns": COLUMNS | {"application": "app"},
            "applications": applications,
        }
    )
    values_of_app = ["Netflix", " Youtube ", "IM", "netflix", "", "News"]
    path = write(tmp_path, *(PLAIN | {"app": app} for app in values_of_app))

    names = [one["name"] for one in applications]
    columns = [f"{name}_dl_bytes + {name}_ul_bytes" for name in names]
    found = staging.records(path, columns=", ".join(["dl_bytes + ul_bytes", *columns]))

    places = ["video", "video", "chat", "other", "other", "other"]
    assert found == [
        (6, *(6 if name == place else 0 for name in names)) for place in places
    ]


def test_without_applications_totals_remain(tmp_path: Path) -> None:
    columns = COLUMNS | {"application": "app"}
    path = write(tmp_path, PLAIN | {"app": "Netflix"})

    assert Staging(**VARS | {"xdr_columns": columns}).records(
        path, columns="dl_bytes, application"
    ) == [(5, "Netflix")]


def test_volumes_that_are_not_mapped_are_zero(tmp_path: Path) -> None:
    columns = COLUMNS | {"ul_bytes": None}

    assert Staging(**VARS | {"xdr_columns": columns}).records(
        write(tmp_path, PLAIN), columns="dl_bytes, ul_bytes, rejection_reason"
    ) == [(5, 0, None)]


# Time zones


def test_the_hour_that_occurs_twice_is_put_right(tmp_path: Path) -> None:
    """By start and duration: in Paris, clocks went back at 3:00 on 25 October 2026."""
    day = "2026-10-25 "
    records = [
        PLAIN | {"start": f"{day}{start}", "end": f"{day}{end}", "lasted": minutes * 60}
        for start, end, minutes in [
            ("01:30:00", "02:30:00", 60),
            ("01:30:00", "02:30:00", 120),
            ("02:30:00", "02:10:00", 40),
            ("02:30:00", "03:30:00", 120),
            ("02:30:00", "03:30:00", 60),
            ("02:10:00", "02:20:00", 70),
        ]
    ]
    path = write(tmp_path, *records)
    paris = {"xdr_timezone": "Europe/Paris", "report_timezone": "UTC"}

    found = Staging(**VARS, **paris).records(
        path, columns="strftime(started_at, '%H:%M'), strftime(ended_at, '%H:%M')"
    )

    assert found == [
        *(("23:30", "00:30"), ("23:30", "01:30"), ("00:30", "01:10")),
        *(("00:30", "02:30"), ("01:30", "02:30"), ("00:10", "01:20")),
    ]


def test_days_are_those_of_the_report(tmp_path: Path) -> None:
    late = PLAIN | {"start": "2026-05-04 22:00:00", "end": "2026-05-04 23:00:00"}
    path = write(tmp_path, late)
    days = {
        ("UTC", None): "2026-05-04",
        ("UTC", "Europe/Paris"): "2026-05-05",
        ("Europe/Paris", None): "2026-05-04",
        ("Europe/Paris", "America/New_York"): "2026-05-04",
        ("America/New_York", "UTC"): "2026-05-05",
    }

    for (written, shown), day in days.items():
        zones = {"xdr_timezone": written, "report_timezone": shown}
        assert Staging(**VARS, **zones).records(
            path, columns="session_date::varchar"
        ) == [(day,)]
