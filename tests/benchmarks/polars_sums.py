"""Bare aggregates in Polars, streaming: sums per user, top tens, no validation."""

from __future__ import annotations

import json

import polars as pl
from common import (
    APPLICATION_COLUMNS,
    DURATION,
    FILES,
    RANKED,
    TOTAL_DL,
    TOTAL_UL,
    USER,
)

users = (
    pl.scan_parquet(FILES / "*.parquet")
    .filter(pl.col(USER).is_not_null())
    .group_by(USER)
    .agg(
        pl.len().alias("session_count"),
        pl.col(DURATION).sum().alias("duration_ms"),
        (pl.col(TOTAL_DL) + pl.col(TOTAL_UL)).sum().alias("total_bytes"),
        *(
            (pl.col(dl) + pl.col(ul)).sum().alias(name)
            for name, (dl, ul) in APPLICATION_COLUMNS.items()
        ),
    )
    .collect(engine="streaming")
)
tops = {column: users.select(USER, column).top_k(10, by=column) for column in RANKED}
print(json.dumps({column: int(top[column].sum()) for column, top in tops.items()}))
