"""Measure the project beside what else would do its work; see --help."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
from contenders import FIT, GROUPS, script
from exports import Export
from measure import ROOT, Bench
from results import Results

LARGE_EXPORT, LARGE_FIT = 20, 1_000_000  # million sessions, users: measured once

HELP = """Build exports of several sizes, run all contenders on each, compare them.

Results go to $ENGAGEMENT_OUTPUT/bench/results.md and results.json.
"""


def read_sizes(context: click.Context, option: click.Parameter, text: str) -> list:
    """Read 0.2,2,20 as numbers in order."""
    try:
        sizes = sorted({float(size) for size in text.split(",")})
    except ValueError as error:
        raise click.BadParameter("not numbers with commas between them") from error
    if not all(0.002 <= size <= 1_000 for size in sizes):
        raise click.BadParameter("not between 0.002 and 1000")
    return sizes


@click.command(help=HELP, context_settings={"show_default": True})
@click.option(
    "--sizes",
    default="0.2,2,20",
    callback=read_sizes,
    help="Million sessions, dense (20 a user); the largest sparse (2 a user) too.",
)
@click.option(
    "--repeats",
    type=click.IntRange(1),
    show_default="3, or 1 where a single run takes minutes",
    help="Times that each contender runs.",
)
@click.option(
    "--only",
    type=click.Choice([group.name for group in (*GROUPS, FIT)]),
    multiple=True,
    show_default="all",
    help="Group of contenders; may be repeated.",
)
@click.option("--memory", default="4GB", help="What DuckDB may use; pandas is free.")
@click.option(
    "--fit-users",
    type=click.IntRange(1_000),
    default=2_000_000,
    help="Users whose clusters are fitted.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=3_600,
    help="Seconds after which a process is stopped.",
)
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="$ENGAGEMENT_OUTPUT/bench/data",
    help="Folder of exports; those that are there (dense20.parquet) are used.",
)
def main(
    sizes: list[float],
    repeats: int | None,
    only: tuple[str, ...],
    memory: str,
    fit_users: int,
    timeout: float,
    work: Path | None,
) -> None:
    # as Ctrl-C does, so that the process which is measured does not live on
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Terminated"))
    out = (ROOT / os.environ.get("ENGAGEMENT_OUTPUT", "output") / "bench").resolve()
    work = (work or out / "data").resolve()
    for folder in (work, out / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(out / "run", out / "logs", memory, timeout)
    results = Results(out, {"memory": memory, "timeout": timeout, "sizes": sizes})

    exports = [Export("dense", size) for size in sizes] + [Export("sparse", sizes[-1])]
    for export in exports:
        for group in GROUPS:
            if only and group.name not in only:
                continue
            times = repeats or (1 if export.millions >= LARGE_EXPORT else 3)
            delivered = replace(export, days=group.days)
            title = f"{delivered.name}, {group.name}"
            measured = bench.take_turns(
                title, group.contenders, delivered.deliveries(work), times
            )
            results.add(group, delivered.title, measured)
    if not only or FIT.name in only:
        users = f"{fit_users:,} users"
        metrics = [save_metrics(fit_users, work, memory)]
        times = repeats or (1 if fit_users >= LARGE_FIT else 3)
        measured = bench.take_turns(users, FIT.contenders, metrics, times)
        results.add(FIT, users, measured)
    click.echo(results.write())


def save_metrics(users: int, work: Path, memory: str) -> Path:
    """Save what the fits read."""
    path = work / f"users{users}" / "metrics.npy"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        part = path.with_name("part.npy")
        env = {
            "XDR_PATH": str(Export("sparse", users * 2 / 1_000_000).whole(work)),
            "ENGAGEMENT_OUTPUT": str(part),
            "ENGAGEMENT_MEMORY": memory,
        }
        subprocess.run(script("metrics"), env=os.environ | env, check=True)
        part.rename(path)
    return path


if __name__ == "__main__":
    main()
