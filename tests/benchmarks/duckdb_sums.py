"""Bare aggregates in DuckDB: sums per user, top tens, no validation."""

from __future__ import annotations

import json

import duckdb
from common import (
    APPLICATION_COLUMNS,
    DURATION,
    FILES,
    MEMORY,
    OUTPUT,
    RANKED,
    TOTAL_DL,
    TOTAL_UL,
    USER,
)

applications = ", ".join(
    f'sum("{dl}" + "{ul}") as {name}' for name, (dl, ul) in APPLICATION_COLUMNS.items()
)
config = {"memory_limit": MEMORY, "temp_directory": str(OUTPUT)}
with duckdb.connect(config=config) as connection:
    connection.execute(
        f"""
        create table users as
        select
            "{USER}" as user_id,
            count(*) as session_count,
            sum("{DURATION}") as duration_ms,
            sum("{TOTAL_DL}" + "{TOTAL_UL}") as total_bytes,
            {applications}
        from read_parquet('{FILES}/*.parquet')
        where "{USER}" is not null
        group by user_id
        """
    )
    tops = {
        column: connection.execute(
            f"select user_id, {column} from users"
            f" order by {column} desc nulls last limit 10"
        ).fetchall()
        for column in RANKED
    }
print(json.dumps({k: sum(int(value) for _, value in top) for k, top in tops.items()}))
