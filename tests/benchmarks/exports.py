"""Synthetic exports, and their division into deliveries."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engagement.sample import FIRST_DAY_MS

SESSIONS_PER_USER = {"dense": 20, "sparse": 2}
DELIVERIES = ("first_days.parquet", "last_day.parquet")
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Export:
    """An export of so many million sessions, e.g. dense20 or sparse0.2.

    Where the folder of data holds ``<name>.parquet`` it is used as it is; where
    it holds the folder ``<name>`` with the deliveries, so are they.
    """

    shape: str
    millions: float
    days: int = 28

    @property
    def name(self) -> str:
        return f"{self.shape}{self.millions:g}" + f"_{self.days}d" * (self.days != 28)

    @property
    def title(self) -> str:
        of_days = f" of {self.days} days" * (self.days != 28)
        return f"{self.millions:g} million sessions{of_days}, {self.shape}"

    @property
    def sessions(self) -> int:
        return round(self.millions * 1_000_000)

    @property
    def users(self) -> int:
        return self.sessions // SESSIONS_PER_USER[self.shape]

    def whole(self, work: Path) -> Path:
        """Give the export as one file."""
        path = work / f"{self.name}.parquet"
        if not path.exists():
            sizes = (
                *("--sessions", str(self.sessions), "--users", str(self.users)),
                *("--days", str(self.days)),
            )
            engagement = Path(sys.executable).with_name("engagement")
            subprocess.run([engagement, "sample", path, *sizes], check=True)
        return path

    def deliveries(self, work: Path) -> list[Path]:
        """Give the export as two files: all days but the last, and the last."""
        folder = work / self.name
        if not folder.exists():
            part = work / f".{self.name}.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            # in a process of its own, see measure.py
            subprocess.run(
                [sys.executable, __file__, self.whole(work), part, str(self.days)],
                check=True,
            )
            part.rename(folder)
        return [folder / name for name in DELIVERIES]


def split(whole: Path, folder: Path, days: int) -> None:
    """Divide by the text of the end; records without one go with the first days."""
    import duckdb

    last = datetime.fromtimestamp(FIRST_DAY_MS / 1000, UTC) + timedelta(days - 1)
    is_last = f"""starts_with("End", '{last.month}/{last.day}/{last.year} ')"""
    conditions = (f"{is_last} is not true", is_last)
    config = {"memory_limit": "2GB", "temp_directory": str(folder)}
    with duckdb.connect(config=config) as connection:
        for name, condition in zip(DELIVERIES, conditions, strict=True):
            connection.execute(
                f"copy (select * from read_parquet('{whole}') where {condition})"
                f" to '{folder / name}'"
                " (format parquet, compression zstd, row_group_size 122880)"
            )


if __name__ == "__main__":
    split(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
