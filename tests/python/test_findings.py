"""What the page says first: the answers, in words with numbers."""

from __future__ import annotations

import pytest

from engagement.report.findings import findings_of, fixed_sentence
from engagement.report.formats import format_change, format_hour, format_rate

FACTS = {
    "user_count": 1000,
    "engaged_user_count": 40,
    "total_bytes": 8_000_000,
    "engaged_bytes": 2_000_000,
    "application_name": "YouTube",
    "application_share": 0.25,
    "application_count": 7,
    "peak_hour": 4 * 24 + 20,
    "peak_mbit_per_second": 1234.0,
    "place_name": "D12A",
    "place_verdict": "radio",
    "place_user_count": 1,
    "judged_place_count": 9,
    "bad_place_count": 2,
    "reaching_place_count": 20,
    "reached_user_count": 10,
    "is_compared": True,
    "user_change_share": 0.125,
    "traffic_change_share": -0.5,
    "up_count": 1,
    "down_count": 2,
    "gone_count": 1,
    "record_count": 100,
    "accepted_count": 98,
    "rejected_count": 2,
    "verdict": "The criteria agree on k = 3.",
    "fixed_user_count": 100,
    "fixed_bytes": 4_000_000,
    "fixed_engaged_count": 30,
}
WEEK = {"hour_of_week": (0, 116), "mbit_per_second": (617.0, 1234.0)}
NONE = {"hour_of_week": (), "mbit_per_second": ()}


def answers(week: dict = WEEK, **facts: object) -> dict[str, str]:
    return {f.question: f.answer for f in findings_of(FACTS | facts, week)}


def test_every_question_is_answered() -> None:
    assert answers() == {
        "Who": "40 of 1,000 users (4%) are highly engaged (30 are routers or "
        "other fixed devices): 25% of the traffic.",
        "What": "YouTube is used most: 25% of the traffic of 7 applications.",
        "When": "Fri 20:00 to 21:00 is the busiest hour of the week, with 1.23 Gbit/s "
        "on average.",
        "Where": "Invest in D12A first: its sessions are poor at all hours, and it has "
        "1 highly engaged user. 20 places reach 25% of the highly engaged users.",
        "What changed": "Users +12.5% and traffic \N{MINUS SIGN}50% since the period "
        "before. 1 user moved up, 2 down, 1 is gone.",
        "How sure": "98 of 100 records are counted; 2 were refused, each for one "
        "reason. The criteria agree on k = 3.",
    }


def test_bars_are_the_shares_that_are_said() -> None:
    found = {f.question: f for f in findings_of(FACTS, WEEK)}

    assert [f.share for f in found.values()] == [0.25, 0.25, None, 0.25, None, 0.98]
    heights = found["When"].heights
    assert len(heights) == 168
    assert (heights[0], heights[1], heights[116]) == (0.5, 0, 1)


def test_nothing_is_said_as_well() -> None:
    nothing = dict.fromkeys(FACTS) | {
        "user_count": 0, "judged_place_count": 0, "bad_place_count": 0,
        "reaching_place_count": 0, "fixed_engaged_count": 0, "is_compared": False,
        "rejected_count": 0,
    }  # fmt: skip
    assert answers(NONE, **nothing) == {
        "Who": "There is no user.",
        "What": "No application has traffic.",
        "When": "No hour has traffic.",
        "Where": "No place has the 30 measured sessions that a verdict takes.",
        "What changed": "There is no change to show yet: too few earlier days are "
        "loaded to compare with.",
        "How sure": "There are no records.",
    }


@pytest.mark.parametrize(
    ("facts", "question", "answer"),
    [
        (
            {"place_user_count": 0, "reaching_place_count": 0},
            "Where",
            "Invest in D12A first: its sessions are poor at all hours.",
        ),
        (
            {"total_bytes": 0, "engaged_bytes": 0, "fixed_engaged_count": 0},
            "Who",
            "40 of 1,000 users (4%) are highly engaged.",
        ),
        (
            {"place_name": None, "bad_place_count": 0, "reaching_place_count": 0},
            "Where",
            "9 places have enough measured sessions for a verdict; none has more poor "
            "sessions than the devices there and chance explain.",
        ),
        (
            {"user_change_share": 0.0, "traffic_change_share": None, "gone_count": 2},
            "What changed",
            "Users unchanged since the period before. 1 user moved up, 2 down, 2 are "
            "gone.",
        ),
    ],
)
def test_what_is_not_there_is_not_said(facts: dict, question: str, answer: str) -> None:
    assert answers(**facts)[question] == answer


def test_fixed_devices_are_told_from_people() -> None:
    assert fixed_sentence(FACTS) == (
        "100 users mainly use a fixed device (router, modem or IoT device): 50% of the "
        "traffic, 4 MB. Without them, 10 of 40 highly engaged "
        "users are left, of 900 users."
    )
    assert fixed_sentence(FACTS | {"fixed_user_count": 0}).endswith("changes nothing.")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.35, "350 kbit/s"),
        (12.4, "12.4 Mbit/s"),
        (999.6, "1.00 Gbit/s"),
        (2e6, "2 Tbit/s"),
    ],
)
def test_rates_have_a_unit_that_fits(value: float, text: str) -> None:
    assert format_rate(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "unchanged"), (0.0001, "+<0.1%"), (1.5, "+150%"), (-1, "\N{MINUS SIGN}100%")],
)
def test_changes_have_a_sign(value: float, text: str) -> None:
    assert format_change(value) == text


def test_hours_of_the_week_begin_on_monday() -> None:
    assert format_hour(0) == "Mon 00:00 to 01:00"
    assert format_hour(167) == "Sun 23:00 to 00:00"
