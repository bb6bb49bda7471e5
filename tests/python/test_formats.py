"""Numbers and names read as a reader of the report expects them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from engagement.report.formats import (
    all_of,
    counted,
    format_bytes,
    format_count,
    format_date,
    format_duration,
    format_index,
    format_mean,
    format_name,
    format_period,
    format_share,
    format_traffic,
    join_few,
    join_names,
    measure_of,
)

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (17, "17"),
        (1.0274, "1.03"),
        (4.4, "4.4"),
        (4.4018, "4.40"),
        (99.96, "100"),
        (106_856, "106,856"),
        (999_999.6, "1.00M"),
        (10_712_345, "10.7M"),
        (999_700_000, "1.00B"),
        (2e9, "2B"),
    ],
)
def test_counts(value: float, text: str) -> None:
    assert format_count(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (2_500_000, "2.5 MB"),
        (12_412_345_678_901, "12.4 TB"),
        (4_301_965_161_150, "4.30 TB"),
        (999_700, "1.00 MB"),
        (61e15, "61 PB"),
        (5_000e18, "5,000 EB"),
    ],
)
def test_bytes(value: float, text: str) -> None:
    assert format_bytes(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 s"),
        (250, "0.25 s"),
        (59_990, "1.00 min"),
        (90_000, "1.5 min"),
        (HOUR - 1, "1.00 h"),
        (1_234 * HOUR, "1,234 h"),
        (2_285_386 * HOUR, "2.29M h"),
    ],
)
def test_durations(value: float, text: str) -> None:
    assert format_duration(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0%"),
        (0.0001, "<0.1%"),
        (0.0333, "3.3%"),
        (0.2197, "22.0%"),
        (0.2, "20%"),
        (0.99999, ">99.9%"),
        (1, "100%"),
    ],
)
def test_shares(value: float, text: str) -> None:
    assert format_share(value) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("YouTube", "YouTube"),
        ("a\nb\t c\x00", "a b c"),
        ("12345678901", "123456789…"),
        ("1234567890", "1234567890"),
        (33600092263, "336000922…"),
    ],
)
def test_names(name: object, text: str) -> None:
    assert format_name(name, 10) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.2512, "0.251"),
        (9.949, "9.95"),
        (9.96, "10.0"),
        (98.249, "98.2"),
        (100, "100"),
        (100.04, "100.0"),
        (111.6, "112"),
        (1_240.4, "1,240"),
    ],
)
def test_indices(value: float, text: str) -> None:
    assert format_index(value) == text


def test_days_have_no_zeros_before() -> None:
    assert format_date(date(2019, 4, 5)) == "5 Apr 2019"
    assert format_date(datetime(2019, 12, 31, 23)) == "31 Dec 2019"


def test_a_period_of_one_day_is_that_day() -> None:
    first, last = date(2019, 4, 5), date(2019, 5, 5)
    assert format_period(first, first) == "5 Apr 2019"
    assert format_period(first, last) == "5 Apr 2019 to 5 May 2019"


def test_traffic_has_its_share() -> None:
    assert format_traffic(12_412_345_678_901, 0.4673) == "12.4 TB (46.7%)"


@pytest.mark.parametrize(
    ("metric", "label", "unit", "axis", "value", "text"),
    [
        ("session_count", "sessions", "count", "Sessions (count)", 1234, "1,234"),
        ("duration_ms", "duration", "ms", "Duration (hours)", 90_000, "1.5 min"),
        ("total_bytes", "traffic", "bytes", "Traffic (bytes, DL + UL)", 10**9, "1 GB"),
        ("dl_bytes", "DL traffic", "bytes", "DL traffic (bytes)", 10**9, "1 GB"),
        ("active_days", "active days", "count", "Active days (count)", 28, "28"),
    ],
)
def test_a_metric_is_shown_in_its_unit(
    metric: str, label: str, unit: str, axis: str, value: float, text: str
) -> None:
    measure = measure_of({"metric": metric, "label": label, "unit": unit})
    assert (measure.name, measure.axis) == (label, axis)
    assert measure.unit.write(value) == text


def test_names_are_joined_as_in_a_sentence() -> None:
    assert [join_names(list(names)) for names in ("", "a", "ab", "abc")] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 users"),
        (1, "1 user"),
        (1.0, "1 user"),
        (1.0004, "1.00 users"),
        (0.4, "0.4 users"),
        (2, "2 users"),
        (1_000_000, "1M users"),
    ],
)
def test_a_noun_agrees_with_its_count(value: float, text: str) -> None:
    assert counted(value, "user") == text
    verb = counted(value, "user is", "users are")
    assert verb == (f"{text} is" if text == "1 user" else f"{text} are")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0004, "<0.01"),
        (0.0312, "0.031"),
        (0.3714, "0.37"),
        (0.9999, "1.0"),
        (1, "1"),
        (3.97, "4.0"),
        (9.96, "10"),
        (111.8, "112"),
        (2_345_678, "2.35M"),
    ],
)
def test_a_small_mean_is_not_rounded_to_nothing(value: float, text: str) -> None:
    assert format_mean(value) == text


def test_all_of_a_few_are_said_in_words() -> None:
    assert [all_of(count, "user") for count in (1, 2, 3, 1_000)] == [
        "the only user",
        "both users",
        "all 3 users",
        "all 1,000 users",
    ]


def test_of_many_names_the_number_is_said() -> None:
    assert join_few(["a", "b", "c"], "place", "The top") == "a, b and c"
    assert join_few(["a"] * 4, "place", "The top") == "The top 4 places"
    assert join_few(["a"] * 4, "place") == "4 places"
