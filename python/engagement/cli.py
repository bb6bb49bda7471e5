"""The command line: engagement sample, fit, publish and report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from engagement.serve.warehouse import WarehouseError, output, writing


@contextmanager
def told_errors() -> Iterator[None]:
    """Show what went wrong as one sentence, and nothing more of Ctrl-C."""
    try:
        yield
    except WarehouseError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        place = error.filename or "A file"
        raise click.ClickException(
            f"{place} cannot be used: {error.strerror}."
        ) from error
    except RuntimeError as error:
        if "interrupted" not in str(error):  # what DuckDB makes of Ctrl-C
            raise
        raise click.Abort from error


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
    with told_errors(), writing(path):
        write_sample(path, wanted, show_progress=sys.stdout.isatty())
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
vars_option = click.option(
    "--vars",
    "variables",
    default="{}",
    help="Vars as YAML, the same as for dbt; only with the target spark.",
)


def target_option(purpose: str) -> Callable:
    """Let a command choose the engine that has built the marts."""
    return click.option(
        "--target",
        type=click.Choice(["duckdb", "spark"]),
        default="duckdb",
        help=f"What has built the marts. {purpose}",
    )


def built_warehouse(warehouse: Path | None, target: str) -> Path:
    """Name the DuckDB file that holds the marts."""
    brought = output() / "spark" / "warehouse.duckdb"
    built = output() / "warehouse.duckdb"
    return warehouse or (brought if target == "spark" else built)


@main.command()
@click.option(
    "--target",
    type=click.Choice(["spark"]),
    required=True,
    help="What the records are for. On DuckDB `dbt build` loads.",
)
@vars_option
@click.option("--full-refresh", is_flag=True, help="Land all files anew.")
def land(target: str, variables: str, full_refresh: bool) -> None:
    """Land the exports that XDR_PATH names, for the models on Spark.

    DuckDB reads, types and judges the records; they go to $SPARK_WAREHOUSE as
    Parquet, which `dbt build --target spark` reads. What is landed is not read
    again.
    """
    from engagement.spark import landing

    with told_errors():
        for line in landing.land(variables, full_refresh):
            click.echo(line)


@main.command()
@click.option(
    "--target",
    type=click.Choice(["spark"]),
    required=True,
    help="Where the marts are. On DuckDB `dbt build` fits.",
)
@vars_option
@click.option(
    "--most-users",
    type=click.IntRange(1_000),
    default=10_000_000,
    help="Of more users a sample is read, the same in every build.",
)
def fit(target: str, variables: str, most_users: int) -> None:
    """Fit the elbow and the clusters of marts on Spark.

    Between `dbt build --target spark --exclude tag:fit tag:fit+` and `dbt build
    --target spark --select tag:fit+ --exclude tag:fit`. What is fitted stays, unless
    it was with another scaler or k, or with --vars 'refit: true'.
    """
    from engagement.spark import fit as fitting

    with told_errors():
        for line in fitting.fit(variables, most_users):
            click.echo(line)


@main.command()
@target_option("From Spark they are brought to a DuckDB file first.")
@vars_option
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
def publish(
    target: str,
    variables: str,
    warehouse: Path | None,
    out: Path | None,
    parquet: bool,
) -> None:
    """Copy the marts to a file that BI tools read.

    Only if all models and tests of the last build passed. Readers of the old copy
    are not disturbed.
    """
    from engagement.serve import publish as publishing

    if target == "spark" and warehouse:
        raise click.UsageError(
            "--warehouse names a file that is only read; with --target spark the "
            "marts are brought to one of their own."
        )
    place = out or output() / "engagement.duckdb"
    source = built_warehouse(warehouse, target)
    with told_errors():
        if target == "spark":
            from engagement.spark import marts as on_spark

            on_spark.bring_marts(source, variables)
        marts = publishing.publish(
            source, place, place.parent / "parquet" if parquet else None
        )
    click.echo(f"{place}: {len(marts)} marts, {place.stat().st_size / 1e6:,.1f} MB")


@main.command()
@target_option("From Spark those that `engagement publish` brought.")
@warehouse_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    show_default="$ENGAGEMENT_OUTPUT/report",
    help="Folder of the page and the figures.",
)
def report(target: str, warehouse: Path | None, out: Path | None) -> None:
    """Write the marts as a page, index.html, and its figures as PNG files."""
    from engagement.report.page import write_report

    source = built_warehouse(warehouse, target)
    with told_errors():
        if target == "spark" and not source.exists():
            raise WarehouseError(
                f"{source} does not exist: run `engagement publish --target spark` "
                "first, which brings the marts there."
            )
        written = write_report(source, out or output() / "report")
    page = next(path for path in written if path.suffix == ".html")
    click.echo(f"{page}, and {len(written) - 1} figures as PNG files beside it")


if __name__ == "__main__":
    main()
