"""Compare the reference month with what others have published of it.

The export is not part of the project: `make audit XDR_PATH=month.csv` reads yours.
"""

from __future__ import annotations

import csv
import os
import sys
from math import isclose
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

PUBLISHED = Path(__file__).with_name("published.csv")


def main() -> None:
    """Print each figure as published and as built; exit with 1 if one differs."""
    warehouse = Path(os.environ["ENGAGEMENT_OUTPUT"]) / "warehouse.duckdb"
    table = Table("figure", "published", "built", "difference", title=warehouse.name)
    differs = False
    with (
        duckdb.connect(warehouse, read_only=True) as db,
        PUBLISHED.open(encoding="utf-8", newline="") as stream,
    ):
        for row in csv.DictReader(stream):
            ((built,),) = db.execute(row["query"]).fetchall()
            published, allowed = float(row["published"]), float(row["tolerance"])
            is_close = isclose(float(built), published, rel_tol=allowed, abs_tol=0)
            differs |= not is_close
            table.add_row(
                row["figure"],
                f"{published:,.10g}",
                f"{float(built):,.10g}",
                f"{float(built) - published:+,.3g}" + ("" if is_close else "  differs"),
            )
    Console().print(table)
    if differs:
        sys.exit("The export is another one, or a figure has changed.")


if __name__ == "__main__":
    main()
