"""What contenders share: where to read and write, and names of columns."""

from __future__ import annotations

import os
from pathlib import Path

FILES = Path(os.environ["XDR_PATH"])
OUTPUT = Path(os.environ["ENGAGEMENT_OUTPUT"])
MEMORY = os.environ["ENGAGEMENT_MEMORY"]  # what DuckDB may use

USER = "MSISDN/Number"
DURATION = "Dur. (ms)"
TOTAL_DL, TOTAL_UL = "Total DL (Bytes)", "Total UL (Bytes)"
APPLICATIONS = (
    "Social Media", "Google", "Email", "Youtube", "Netflix", "Gaming", "Other",
)  # fmt: skip
APPLICATION_COLUMNS = {  # name in the marts: its columns in the export
    name.lower().replace(" ", "_"): (f"{name} DL (Bytes)", f"{name} UL (Bytes)")
    for name in APPLICATIONS
}
METRICS = ("session_count", "duration_ms", "total_bytes")
RANKED = (*METRICS, *APPLICATION_COLUMNS)  # a top ten of users for each
