"""The command line: engagement sample, engagement publish, engagement report."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


def output() -> Path:
    """Name the folder of all that is made."""
    return Path(os.environ.get("ENGAGEMENT_OUTPUT", "output"))


@contextmanager
def told_errors() -> Iterator[None]:
    """Show what went wrong as one sentence."""
    from engagement.warehouse import WarehouseError

    try:
        yield
    except WarehouseError as error:
        raise click.ClickException(str(error)) from error


@click.group(context_settings={"show_default": True})
def main() -> None:
    """Engagement of mobile subscribers; the marts themselves are `dbt build`."""


@main.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--sessions",
    type=click.IntRange(1, 1_000_000_000),
    default=2_000,
    help="Records, the footer not counted.",
)
@click.option(
    "--users",
    type=click.IntRange(1, 100_000_000),
    show_default="2 for every 5 sessions",
    help="Subscribers; each has a record that is not refused.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3_650),
    default=7,
    help="Days on which the sessions end.",
)
@click.option("--seed", type=int, default=1, help="The same seed, the same file.")
@click.option(
    "--rejects",
    type=click.FloatRange(0, 0.5),
    default=0.02,
    help="Share of records with a fault, all kinds in turn.",
)
def sample(
    path: Path, sessions: int, users: int | None, days: int, seed: int, rejects: float
) -> None:
    """Write a synthetic export in the reference shape to PATH.

    PATH ends in .csv, .csv.gz or .parquet. A file of that name is replaced.
    """
    import duckdb

    from engagement.sample import FORMATS, Sample, format_of, write_sample

    if format_of(path) is None:
        raise click.BadParameter(
            f"'{path}' ends in none of {', '.join(FORMATS)}.", param_hint="PATH"
        )
    if not path.parent.is_dir():
        raise click.BadParameter(f"'{path.parent}' is no folder.", param_hint="PATH")
    try:
        wanted = Sample(
            sessions, users or max(1, sessions * 2 // 5), days, seed, rejects
        )
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    try:
        write_sample(path, wanted, show_progress=sys.stdout.isatty())
    except (OSError, duckdb.Error) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise click.ClickException(f"{path} cannot be written: {reason}.") from error
    except RuntimeError as interrupt:  # what DuckDB makes of Ctrl-C
        raise click.Abort from interrupt
    click.echo(
        f"{path}: {wanted.sessions:,} records of {wanted.users:,} users and a footer, "
        f"{path.stat().st_size / 1e6:,.1f} MB"
    )


warehouse_option = click.option(
    "--warehouse",
    type=click.Path(path_type=Path),
    show_default="$ENGAGEMENT_OUTPUT/warehouse.duckdb",
    help="DuckDB file that dbt built; only read.",
)


@main.command()
@warehouse_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    show_default="$ENGAGEMENT_OUTPUT/engagement.duckdb",
    help="DuckDB file to publish; replaced as a whole.",
)
@click.option(
    "--parquet",
    is_flag=True,
    help="Write a Parquet file of each mart too, into parquet/ beside it.",
)
def publish(warehouse: Path | None, out: Path | None, parquet: bool) -> None:
    """Copy the marts to a file that BI tools read.

    Only if all models and tests of the last build passed. Readers of the old copy
    are not disturbed.
    """
    from engagement import publish as publishing

    target = out or output() / "engagement.duckdb"
    with told_errors():
        marts = publishing.publish(
            warehouse or output() / "warehouse.duckdb",
            target,
            target.parent / "parquet" if parquet else None,
        )
    click.echo(f"{target}: {len(marts)} marts, {target.stat().st_size / 1e6:,.1f} MB")


@main.command()
@warehouse_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    show_default="$ENGAGEMENT_OUTPUT/report",
    help="Folder of the page and the figures.",
)
def report(warehouse: Path | None, out: Path | None) -> None:
    """Write the marts as a page, index.html, and its figures as PNG files."""
    from engagement.report import write_report

    with told_errors():
        written = write_report(
            warehouse or output() / "warehouse.duckdb", out or output() / "report"
        )
    page = next(path for path in written if path.suffix == ".html")
    click.echo(f"{page}, and {len(written) - 1} figures as PNG files beside it")


if __name__ == "__main__":
    main()
