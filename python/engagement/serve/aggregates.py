"""Marts for partners: no row about a user, and counts of users rounded down."""

from __future__ import annotations

import re
from collections.abc import Sequence

# user_id, raw_user_id: a mart that has one is about users.
OF_USERS = re.compile(r"(^|_)user_id$")
# user_count, covered_users, active_users_30d.
COUNTS = re.compile(r"(^|_)(user_count|users(_\d+d)?)$")
# What else follows from counts of users, from counts that are rounded.
DERIVED = {
    "user_share": "coalesce({user_count} / nullif(sum({user_count}) over "
    "(partition by cluster_id), 0), 0)",
    "retention_share": "{active_users} / {user_count}",
    "stickiness": "{active_users} / nullif({active_users_30d}, 0)",
    "mean_value": "total_value / {user_count}",
    "bytes_per_user": "total_bytes / (select max({user_count})"
    " from warehouse.marts.cluster_summary as clusters"
    " where clusters.cluster_id = mart.cluster_id)",
}
# Users are a measure among others in engagement_changes.
CHANGES = {
    "value": "{value}",
    "previous_value": "{previous_value}",
    "change": "{value} - {previous_value}",
    "change_share": "({value} - {previous_value}) / nullif({previous_value}, 0)",
}


def is_of_users(columns: Sequence[str]) -> bool:
    """Tell whether a mart has rows about single users."""
    return any(map(OF_USERS.search, columns))


def rounded(mart: str, columns: Sequence[str], size: int) -> str:
    """Write the query of a mart whose counts of users are rounded down.

    Parameters
    ----------
    mart : str
        Schema and name.
    columns : sequence of str
        Of the mart, which `is_of_users` is not true of.
    size : int
        What counts become multiples of; rows of fewer users are left out.

    Returns
    -------
    str
    """
    counts = {name: f"({name} // {size} * {size})" for name in columns}
    replaced = {name: counts[name] for name in columns if COUNTS.search(name)}
    for name, formula in DERIVED.items():
        if {name, *re.findall(r"{(\w+)}", formula)} <= set(columns):
            replaced[name] = formula.format(**counts)
    if {"measure", *CHANGES} <= set(columns):
        for name, formula in CHANGES.items():
            replaced[name] = (
                "case when measure in ('user_count', 'new_users', 'gone_users') "
                f"then {formula.format(**counts)} else {name} end"
            )
    changes = ", ".join(f"{formula} as {name}" for name, formula in replaced.items())
    few = f" where user_count >= {size}" if "user_count" in columns else ""
    return (
        f"select *{f' replace ({changes})' if changes else ''} from {mart} as mart{few}"
    )
