"""Tables of what was measured: Markdown that is readable as it stands, and JSON."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import distributions
from itertools import pairwise
from pathlib import Path
from time import time
from typing import Any

from contenders import FIT, FULL, Group
from measure import ROOT, Measured, Row

PACKAGES = (
    "dbt-core", "dbt-duckdb", "dbt-spark", "duckdb", "pandas", "polars", "pyspark",
    "scikit-learn",
)  # fmt: skip
HEADING = """
# Benchmark

Every contender is a process, or several, in a folder of its own. Seconds are of the
clock; the peak is the largest resident set of a process, in 10^9 bytes; both are
medians. A number after ÷ is in proportion to the row that says 1.00. dbt has parsed
nothing in a new folder ("cold") and keeps what it parsed for later builds in the same
folder ("warm"), as it does for its users; nothing is parsed beforehand. "Net" is less
dbt's start, which is `dbt run` of one small model that only looks at the files, or less
what the group says.
"""


@dataclass
class Results:
    """What was measured so far.

    Attributes
    ----------
    out : Path
        Folder of results.md and results.json.
    settings : dict
        What was asked for.
    """

    out: Path
    settings: dict[str, Any]
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])
    started: float = field(default_factory=time)
    found: list[tuple[Group, str, Measured]] = field(default_factory=list)

    def add(self, group: Group, on: str, measured: Measured) -> None:
        """Add a group, and write what there is: a long run may be stopped."""
        self.found.append((group, on, measured))
        self.write()

    def write(self) -> str:
        """Write both files and give the Markdown."""
        about = describe_machine() | {
            "load before": f"{self.load_before:.2f}",
            **{name: str(value) for name, value in self.settings.items()},
        }
        measured = [
            {"group": group.name, "on": on, **asdict(measured)}
            for group, on, measured in self.found
        ]
        text = json.dumps({"about": about, "measured": measured}, indent=2)
        (self.out / "results.json").write_text(f"{text}\n", encoding="utf-8")
        parts = [HEADING, "\n".join(f"* {name}: {about[name]}" for name in about)]
        if has_changed(self.started):
            parts.append("**The project's files changed while it was measured.**")
        for group in dict.fromkeys(group for group, *_ in self.found):
            parts += [f"## {group.title}", group.note]
            for found, on, measured in self.found:
                if found is group:
                    parts += [f"### {on}", table(group, measured.rows)]
                    parts += findings(group, measured.answers)
            parts += self._growth(group)
        text = "\n".join(f"{part.strip()}\n" for part in parts)
        (self.out / "results.md").write_text(text, encoding="utf-8")
        return text

    def _growth(self, group: Group) -> list[str]:
        """Compare the full build of neighbouring sizes."""
        fulls = [
            (on, measured.rows[FULL].median_seconds)
            for found, on, measured in self.found
            if found is group and FULL in measured.rows and on.endswith("dense")
        ]
        return [
            f"From {small} to {large}: the full build takes {ratio(more, less)} times "
            "as long."
            for (small, less), (large, more) in pairwise(fulls)
        ]


def describe_machine() -> dict[str, str]:
    """Tell what the numbers depend on."""
    git = ("git", "describe", "--always", "--dirty")
    commit = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{len(os.sched_getaffinity(0))} cores, {memory:.1f} GB",
        "project": commit.stdout.strip(),
        # Spark is there only if Java is
        **{d.name: d.version for d in distributions() if d.name in PACKAGES},
    }


def has_changed(since: float) -> bool:
    """Tell whether a file that dbt or Python reads is newer."""
    return any(
        path.stat().st_mtime > since
        for folder in ("models", "macros", "seeds", "python")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in {".sql", ".yml", ".py", ".csv"}
    )


def table(group: Group, rows: dict[str, Row]) -> str:
    """Make the table of a group."""
    seconds = {name: row.median_seconds for name, row in rows.items()}
    peaks = {name: row.median_peak_gb for name, row in rows.items()}
    net = {
        name: minus(seconds[name], seconds.get(group.starts.get(name, "")))
        for name in rows
        if name not in group.starts.values()
    }
    header = ["", "runs", "seconds", "÷"]
    header += ["net seconds", "÷"] if group.starts else []
    lines = [[*header, "peak GB", "÷"]]
    for name, row in rows.items():
        columns = [seconds, net, peaks] if group.starts else [seconds, peaks]
        cells = [
            cell
            for column in columns
            for cell in (
                number(column.get(name)),
                ratio(column.get(name), column.get(group.rival)),
            )
        ]
        runs = "failed" if row.failure else str(len(row.seconds))
        lines.append([name, runs, *cells])
    failures = [
        f"{name} failed, at {max(row.peak_gb):.2f} GB by then: `{row.failure}`"
        for name, row in rows.items()
        if row.failure
    ]
    return "\n\n".join([aligned(lines), *failures])


def findings(group: Group, answers: dict[str, Any]) -> list[str]:
    """Say whether the contenders agree."""
    if len(answers) < 2:
        return []
    if group is FIT:
        return [inertias(*answers.values())]
    names, (first, *others) = list(answers), answers.values()
    odd = [
        f"{part} of {name}"
        for name, answer in zip(names[1:], others, strict=True)
        for part in first
        if answer[part] != first[part]
    ]
    if odd:
        return [f"**Not the same as from {names[0]}: {', '.join(odd)}.**"]
    return [f"The same from {', '.join(names)}: {group.equal}."]


def inertias(ours: Sequence[float], loops: Sequence[float]) -> str:
    """Make the table of what both fits end with."""
    lines = [["k", "inertia", "of the loop", "÷"]]
    for k, (our, loop) in enumerate(zip(ours, loops, strict=True), 1):
        lines.append([str(k), f"{our:,.0f}", f"{loop:,.0f}", f"{our / loop:.5f}"])
    return aligned(lines)


def minus(value: float | None, start: float | None) -> float | None:
    return None if value is None else value - (start or 0)


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


def ratio(value: float | None, rival: float | None) -> str:
    return "-" if value is None or not rival else f"{value / rival:.2f}"


def aligned(lines: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table whose columns stand below each other."""
    lines = [list(line) for line in lines]
    widths = [max(2, *map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])])
    return "\n".join(
        "| "
        + " | ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in lines
    )
