"""The command line: engagement sample, engagement report."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.group(context_settings={"show_default": True})
def main() -> None:
    """Engagement of mobile subscribers; the marts themselves are `dbt build`."""


@main.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--sessions", type=click.IntRange(1), default=2_000, help="Records.")
@click.option("--users", type=click.IntRange(1), default=800, help="Population.")
@click.option("--days", type=click.IntRange(1), default=7, help="Days covered.")
@click.option("--seed", type=int, default=1, help="The same seed, the same file.")
@click.option(
    "--rejects", type=click.FloatRange(0, 0.5), default=0.02, help="Share of faults."
)
def sample(
    path: Path, sessions: int, users: int, days: int, seed: int, rejects: float
) -> None:
    """Write a synthetic export to PATH, as CSV, in the reference shape."""
    from engagement.sample import write_sample

    if path.suffix != ".csv":
        raise click.BadParameter(f"{path} does not end in .csv", param_hint="PATH")
    if not path.parent.is_dir():
        raise click.BadParameter(f"{path.parent} is no folder", param_hint="PATH")
    write_sample(path, sessions, users, days, seed, rejects)


@main.command()
@click.option(
    "--warehouse",
    type=click.Path(path_type=Path),
    show_default="$ENGAGEMENT_OUTPUT/warehouse.duckdb",
    help="DuckDB file that dbt built; only read.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    show_default="$ENGAGEMENT_OUTPUT/report",
    help="Folder of the figures.",
)
def report(warehouse: Path | None, out: Path | None) -> None:
    """Draw the marts as PNG files."""
    from engagement.report import ReportError, write_report

    output = Path(os.environ.get("ENGAGEMENT_OUTPUT", "output"))
    try:
        written = write_report(
            warehouse or output / "warehouse.duckdb", out or output / "report"
        )
    except ReportError as error:
        raise click.ClickException(str(error)) from error
    for path in written:
        click.echo(path)


if __name__ == "__main__":
    main()
