"""Sentences of the page agree with their numbers."""

from __future__ import annotations

import pytest

from engagement.report.sentences import (
    applications_sentence,
    files_sentence,
    mangled_sentence,
    metrics_sentence,
    places_sentence,
    reach_sentence,
    records_sentence,
    withheld_sentence,
)


@pytest.mark.parametrize(
    ("count", "refused", "sentence"),
    [
        (None, None, "There are no records."),
        (1, 0, "1 of 1 record is counted; none was refused."),
        (2, 0, "2 of 2 records are counted; none was refused."),
        (2, 1, "1 of 2 records is counted; 1 was refused, for one reason."),
        (20, 3, "17 of 20 records are counted; 3 were refused, each for one reason."),
        (1, 1, "0 of 1 record are counted; 1 was refused, for one reason."),
    ],
)
def test_records_are_counted(
    count: int | None, refused: int | None, sentence: str
) -> None:
    accepted = None if count is None else count - refused
    facts = {
        "record_count": count,
        "accepted_count": accepted,
        "rejected_count": refused,
    }
    assert records_sentence(facts) == sentence


def test_files_that_were_passed_over_are_counted() -> None:
    assert files_sentence({"passed_over_count": 0}) == ""
    assert files_sentence({"passed_over_count": 1}) == (
        "1 file or folder was passed over; the table of source files says why."
    )
    assert "2 files or folders were passed over;" in (
        files_sentence({"passed_over_count": 2})
    )


def test_texts_that_have_lost_digits_are_said() -> None:
    assert mangled_sentence({"mangled_text_count": None}) == ""
    assert mangled_sentence({"mangled_text_count": 0}) == ""
    assert mangled_sentence({"mangled_text_count": 1}).startswith("1 record has a")
    assert mangled_sentence({"mangled_text_count": 12}).startswith("12 records have a")


def test_traffic_that_does_not_add_up_is_said_with_both_numbers() -> None:
    facts = {
        "applications_bytes": 137_000_000_000_000,
        "total_bytes": 73_800_000_000_000,
        "application_count": 7,
    }
    assert applications_sentence(facts) == (
        "The traffic of all applications adds up to 137 TB, 63.2 TB more than the "
        "total traffic of 73.8 TB: the totals of an export need not cover the same "
        "traffic as its applications."
    )
    swapped = facts | {
        "applications_bytes": facts["total_bytes"],
        "total_bytes": facts["applications_bytes"],
    }
    assert "73.8 TB, 63.2 TB less than the total traffic of 137 TB" in (
        applications_sentence(swapped)
    )
    facts["applications_bytes"] = facts["total_bytes"] + 1
    assert "73.8 TB, 1 B more than the total" in applications_sentence(facts)


@pytest.mark.parametrize(
    ("count", "applications", "total", "sentence"),
    [
        (2, 5, 5, ""),
        (2, 0, 5, "No application has traffic."),
        (2, 0, 0, "No application has traffic."),
        # without users, no application has a row
        (0, None, None, "No application has traffic."),
        (0, None, 5, "The export names no applications: the var applications lists "),
        (0, None, 0, "The export names no applications: the var applications lists "),
    ],
)
def test_applications_are_mentioned_where_they_lack_something(
    count: int, applications: int | None, total: int | None, sentence: str
) -> None:
    facts = {
        "application_count": count,
        "applications_bytes": applications,
        "total_bytes": total,
    }
    found = applications_sentence(facts)
    assert found.startswith(sentence)
    assert bool(found) is bool(sentence)


@pytest.mark.parametrize(
    ("fitted", "left_out", "sentence"),
    [
        ("sessions,duration,traffic", None, ""),
        (None, "sessions,duration,traffic", ""),
        (None, None, ""),
        (
            "sessions,duration",
            "traffic",
            "Clusters are fitted by sessions and duration: all users had the same "
            "traffic.",
        ),
        (
            "duration",
            "sessions,traffic",
            "Clusters are fitted by duration: all users had the same sessions and "
            "traffic.",
        ),
    ],
)
def test_metrics_that_clusters_leave_out_are_named(
    fitted: str | None, left_out: str | None, sentence: str
) -> None:
    facts = {"fitted_labels": fitted, "left_out_labels": left_out}
    assert metrics_sentence(facts) == sentence


@pytest.mark.parametrize(
    ("judged", "bad", "sentence"),
    [
        (0, 0, "No place has the 30 measured sessions that a verdict takes."),
        (1, 0, "1 place has enough measured sessions for a verdict; none has more"),
        (9, 1, "9 places have enough measured sessions for a verdict; 1 place has"),
        (9, 2, "9 places have enough measured sessions for a verdict; 2 places have"),
    ],
)
def test_places_with_a_verdict_are_counted(
    judged: int, bad: int, sentence: str
) -> None:
    facts = {"judged_place_count": judged, "bad_place_count": bad}
    assert places_sentence(facts).startswith(sentence)


def test_what_a_few_places_reach_is_a_share_of_the_highly_engaged() -> None:
    facts = {"reaching_place_count": 20, "reached_user_count": 31}
    assert reach_sentence(facts | {"engaged_user_count": 100}) == (
        "20 places reach 31% of the highly engaged users."
    )
    one = {"reaching_place_count": 1, "reached_user_count": 1, "engaged_user_count": 1}
    assert reach_sentence(one) == "One place reaches 100% of the highly engaged users."
    none = {"reaching_place_count": 0, "reached_user_count": None}
    assert reach_sentence(none | {"engaged_user_count": 5}) == ""


@pytest.mark.parametrize(
    ("published", "sentence"),
    [
        (12, ""),
        (
            11,
            "Of 12 places, 1 is not in the published copy: those with fewer than 5 "
            "users, and the next larger one.",
        ),
        (
            0,
            "Of 12 places, 12 are not in the published copy: those with fewer than 5 "
            "users, and the next larger one.",
        ),
    ],
)
def test_places_that_are_not_published_are_counted(
    published: int, sentence: str
) -> None:
    facts = {
        "location_count": 12,
        "published_location_count": published,
        "min_group_size": 5,
    }
    assert withheld_sentence(facts) == sentence
