"""The answers that the page opens with: who, what, when, where, what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engagement.report.formats import (
    agree,
    capitalise,
    counted,
    format_bytes,
    format_change,
    format_count,
    format_hour,
    format_name,
    format_rate,
    format_share,
    join_names,
)
from engagement.report.frames import Frame
from engagement.report.sentences import (
    NO_CHANGE,
    places_sentence,
    reach_sentence,
    records_sentence,
)

REASONS = {
    "capacity": "its sessions are poor when it is busy",
    "radio": "its sessions are poor at all hours",
}


@dataclass(frozen=True)
class Finding:
    """An answer of one or two sentences.

    Attributes
    ----------
    question : str
    answer : str
    section : str
        Id of the section that says more.
    share : float, optional
        From 0 to 1, drawn as a bar below the answer.
    heights : tuple of float
        Of small bars below the answer, from 0 to 1.
    """

    question: str
    answer: str
    section: str
    share: float | None = None
    heights: tuple[float, ...] = ()


def findings_of(facts: Mapping[str, Any], week: Frame) -> list[Finding]:
    """Answer the questions.

    Parameters
    ----------
    facts : mapping
        The columns of the query facts.
    week : Frame
        ``hour_of_week`` and ``mbit_per_second``.
    """
    return [
        who(facts),
        what(facts),
        when(facts, week),
        where(facts),
        change(facts),
        how_sure(facts),
    ]


def who(facts: Mapping[str, Any]) -> Finding:
    """Say how many users are highly engaged, and what they account for."""
    users, engaged = facts["user_count"], facts["engaged_user_count"]
    if not engaged:
        return Finding("Who", "There is no user.", "users")
    are = agree(format_count(engaged), "is", "are")
    answer = (
        f"{format_count(engaged)} of {counted(users, 'user')} "
        f"({format_share(engaged / users)}) {are} highly engaged"
    )
    total, fixed = facts["total_bytes"], facts["fixed_engaged_count"]
    if fixed:
        are = agree(format_count(fixed), "is a router", "are routers")
        answer += f" ({format_count(fixed)} {are} or other fixed devices)"
    if not total:
        return Finding("Who", f"{answer}.", "users")
    share = facts["engaged_bytes"] / total
    return Finding(
        "Who", f"{answer}: {format_share(share)} of the traffic.", "users", share
    )


def what(facts: Mapping[str, Any]) -> Finding:
    """Name the application with the most traffic."""
    name, share = facts["application_name"], facts["application_share"]
    if name is None:
        return Finding("What", "No application has traffic.", "applications")
    answer = (
        f"{format_name(name)} is used most: {format_share(share)} of the traffic of "
        f"{counted(facts['application_count'], 'application')}."
    )
    return Finding("What", answer, "applications", share)


def when(facts: Mapping[str, Any], week: Frame) -> Finding:
    """Name the busiest hour of the week, and draw all its hours."""
    if facts["peak_hour"] is None:
        return Finding("When", "No hour has traffic.", "hours")
    answer = (
        f"{format_hour(facts['peak_hour'])} is the busiest hour of the week, with "
        f"{format_rate(facts['peak_mbit_per_second'])} on average."
    )
    rates = dict(zip(week["hour_of_week"], week["mbit_per_second"], strict=True))
    top = facts["peak_mbit_per_second"]
    heights = tuple(rates.get(hour, 0) / top for hour in range(7 * 24))
    return Finding("When", answer, "hours", heights=heights)


def where(facts: Mapping[str, Any]) -> Finding:
    """Name the place to invest in first, or say that there is none."""
    reached = reach_sentence(facts)
    share = (
        facts["reached_user_count"] / facts["engaged_user_count"] if reached else None
    )
    if facts["place_name"] is None:
        answer = places_sentence(facts)
    else:
        users = counted(facts["place_user_count"], "highly engaged user")
        answer = (
            f"Invest in {format_name(facts['place_name'])} first: "
            f"{REASONS[facts['place_verdict']]}"
            + f", and it has {users}" * bool(facts["place_user_count"])
            + "."
        )
    return Finding("Where", f"{answer} {reached}".rstrip(), "priorities", share)


def change(facts: Mapping[str, Any]) -> Finding:
    """Say what grew or fell since the period before, and how many users moved."""
    if not facts["is_compared"]:
        return Finding("What changed", NO_CHANGE, "change")
    parts = [
        f"{name} {format_change(facts[f'{column}_change_share'])}"
        for name, column in (("users", "user"), ("traffic", "traffic"))
        if facts[f"{column}_change_share"] is not None
    ]
    moved = (
        f"{counted(facts['up_count'], 'user')} moved up, "
        f"{format_count(facts['down_count'])} down, "
        f"{format_count(facts['gone_count'])} "
        f"{agree(format_count(facts['gone_count']), 'is', 'are')} gone."
    )
    grown = (
        f"{capitalise(join_names(parts))} since the period before. " if parts else ""
    )
    return Finding("What changed", grown + moved, "change")


def how_sure(facts: Mapping[str, Any]) -> Finding:
    """Say how many records are counted, and whether the number of clusters is clear."""
    count = facts["record_count"] or 0
    answer = f"{records_sentence(facts)} {facts['verdict'] or ''}".rstrip()
    share = (facts["accepted_count"] or 0) / count if count else None
    return Finding("How sure", answer, "quality", share)


def fixed_sentence(facts: Mapping[str, Any]) -> str:
    """Say how many users are on a fixed device, and what they account for.

    Parameters
    ----------
    facts : mapping
        ``fixed_user_count``, ``fixed_bytes`` and ``fixed_engaged_count`` beside
        ``user_count``, ``total_bytes`` and ``engaged_user_count``.
    """
    count = facts["fixed_user_count"]
    if not count:
        return (
            "No user's main device is known to be a router, a modem or an IoT device: "
            "leaving fixed devices out changes nothing."
        )
    use = counted(count, "user mainly uses", "users mainly use")
    total, engaged = facts["total_bytes"], facts["engaged_user_count"]
    others = counted(facts["user_count"] - count, "user")
    traffic = (
        f": {format_share(facts['fixed_bytes'] / total)} of the traffic, "
        f"{format_bytes(facts['fixed_bytes'])}"
        if total
        else ""
    )
    own = facts["fixed_engaged_count"]
    return (
        f"{use} a fixed device (router, modem or IoT device){traffic}. "
        f"Without them, {format_count(engaged - own)} of {format_count(engaged)} "
        f"highly engaged users are left, of {others}."
    )
