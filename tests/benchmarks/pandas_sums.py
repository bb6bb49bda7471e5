"""Bare aggregates in pandas: sums per user, top tens, no validation."""

from __future__ import annotations

import json

import pandas as pd
from common import (
    APPLICATION_COLUMNS,
    DURATION,
    FILES,
    METRICS,
    RANKED,
    TOTAL_DL,
    TOTAL_UL,
    USER,
)

READ = [
    *(USER, DURATION, TOTAL_DL, TOTAL_UL),
    *(column for both in APPLICATION_COLUMNS.values() for column in both),
]


def sum_users() -> pd.DataFrame:
    """Sum sessions, duration, traffic and each application per user."""
    sessions = pd.read_parquet(FILES, columns=READ).dropna(subset=[USER])
    sessions["total_bytes"] = sessions[TOTAL_DL] + sessions[TOTAL_UL]
    for name, (dl, ul) in APPLICATION_COLUMNS.items():
        sessions[name] = sessions[dl] + sessions[ul]
    by_user = sessions.groupby(USER)
    users = by_user[["total_bytes", *APPLICATION_COLUMNS]].sum()
    users["session_count"] = by_user.size()
    users["duration_ms"] = by_user[DURATION].sum()
    return users[[*METRICS, *APPLICATION_COLUMNS]]


def top_tens(users: pd.DataFrame) -> dict[str, pd.Series]:
    """Rank the users by each metric and application."""
    return {column: users[column].nlargest(10) for column in RANKED}


if __name__ == "__main__":
    tops = top_tens(sum_users())
    print(json.dumps({column: int(top.sum()) for column, top in tops.items()}))
