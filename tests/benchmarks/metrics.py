"""Save the metrics of an export's users as an array, for the fits."""

from __future__ import annotations

import duckdb
import numpy as np
from common import DURATION, FILES, METRICS, OUTPUT, TOTAL_DL, TOTAL_UL, USER

from engagement.fit import metric_values

with duckdb.connect(config={"temp_directory": str(OUTPUT.parent)}) as connection:
    users = connection.sql(
        f"""
        select
            count(*) as session_count,
            sum("{DURATION}")::bigint as duration_ms,
            sum("{TOTAL_DL}" + "{TOTAL_UL}")::bigint as total_bytes
        from read_parquet('{FILES}')
        where regexp_full_match("{USER}", '[0-9]{{5,15}}')
            and least("{DURATION}", "{TOTAL_DL}", "{TOTAL_UL}") >= 0
            and "{TOTAL_DL}" is not null
        group by "{USER}"
        """
    )
    np.save(OUTPUT, metric_values(users, METRICS))
