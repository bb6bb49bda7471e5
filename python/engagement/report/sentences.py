"""Sentences of the page: what its numbers mean where they could be misread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engagement.report.formats import (
    agree,
    counted,
    format_bytes,
    format_count,
    format_share,
    join_names,
)

NO_CHANGE = (
    "There is no change to show yet: too few earlier days are loaded to compare with."
)


def records_sentence(facts: Mapping[str, Any]) -> str:
    """Say how many records are counted.

    Parameters
    ----------
    facts : mapping
        ``record_count``, ``accepted_count`` and ``rejected_count``; None without any
        file.
    """
    count, refused = facts["record_count"] or 0, facts["rejected_count"] or 0
    if not count:
        return "There are no records."
    accepted = facts["accepted_count"] or 0
    are = agree(format_count(accepted), "is", "are")
    counts = f"{format_count(accepted)} of {counted(count, 'record')} {are} counted"
    if not refused:
        return f"{counts}; none was refused."
    were = counted(refused, "was refused,", "were refused, each")
    return f"{counts}; {were} for one reason."


def files_sentence(facts: Mapping[str, Any]) -> str:
    """Say how many files were not read, if any.

    Parameters
    ----------
    facts : mapping
        ``passed_over_count``.
    """
    count = facts["passed_over_count"]
    if not count:
        return ""
    were = counted(count, "file or folder was", "files or folders were")
    return f"{were} passed over; the table of source files says why."


def mangled_sentence(facts: Mapping[str, Any]) -> str:
    """Say how many places and applications have lost digits, if any.

    Parameters
    ----------
    facts : mapping
        ``mangled_text_count``; None without any file.
    """
    count = facts["mangled_text_count"]
    if not count:
        return ""
    have = counted(count, "record has", "records have")
    return (
        f"{have} a location or application such as 9.1E+15, a number that a "
        "spreadsheet has shortened: several may have become one."
    )


def places_sentence(facts: Mapping[str, Any]) -> str:
    """Say at how many places the network is the reason for poor sessions.

    Parameters
    ----------
    facts : mapping
        ``judged_place_count`` and ``bad_place_count``.
    """
    judged, bad = facts["judged_place_count"], facts["bad_place_count"]
    if not judged:
        return "No place has the 30 measured sessions that a verdict takes."
    are = counted(judged, "place has", "places have")
    have = counted(bad, "place has", "places have") if bad else "none has"
    return (
        f"{are} enough measured sessions for a verdict; {have} more poor sessions than "
        "the devices there and chance explain."
    )


def withheld_sentence(facts: Mapping[str, Any]) -> str:
    """Say how many places the published copy lacks, if any.

    Parameters
    ----------
    facts : mapping
        ``location_count``, ``published_location_count`` and ``min_group_size``.
    """
    count = facts["location_count"]
    withheld = count - facts["published_location_count"]
    if not withheld:
        return ""
    are = agree(format_count(withheld), "is", "are")
    return (
        f"Of {counted(count, 'place')}, {format_count(withheld)} {are} not in the "
        f"published copy: those with fewer than {facts['min_group_size']} users, and "
        "the next larger one."
    )


def reach_sentence(facts: Mapping[str, Any]) -> str:
    """Say how many highly engaged users a few places reach, if any.

    Parameters
    ----------
    facts : mapping
        ``reaching_place_count``, ``reached_user_count`` and ``engaged_user_count``.
    """
    count, reached = facts["reaching_place_count"], facts["reached_user_count"]
    if not count or not facts["engaged_user_count"]:
        return ""
    share = format_share(reached / facts["engaged_user_count"])
    place = f"{count} places reach" if count > 1 else "One place reaches"
    return f"{place} {share} of the highly engaged users."


def applications_sentence(facts: Mapping[str, Any]) -> str:
    """Say what the applications lack, or by how much they differ from the total.

    Parameters
    ----------
    facts : mapping
        ``application_count``, ``applications_bytes`` and ``total_bytes``; these are
        None without an application or a user.
    """
    applications, total = facts["applications_bytes"], facts["total_bytes"]
    if total is not None and not facts["application_count"]:
        return "The export names no applications: the var applications lists none."
    if not applications:
        return "No application has traffic."
    if applications == total:
        return ""
    more = "more" if applications > total else "less"
    return (
        f"The traffic of all applications adds up to {format_bytes(applications)}, "
        f"{format_bytes(abs(applications - total))} {more} than the total traffic of "
        f"{format_bytes(total)}: the totals of an export need not cover the same "
        "traffic as its applications."
    )


def metrics_sentence(facts: Mapping[str, Any]) -> str:
    """Say by which metrics the clusters are fitted, unless by all or by none.

    Parameters
    ----------
    facts : mapping
        ``fitted_labels`` and ``left_out_labels``, separated by commas; None if there
        are none.
    """
    fitted, left_out = facts["fitted_labels"], facts["left_out_labels"]
    if not fitted or not left_out:
        return ""
    return (
        f"Clusters are fitted by {join_names(fitted.split(','))}: all users had the "
        f"same {join_names(left_out.split(','))}."
    )
