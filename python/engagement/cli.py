"""The command line: sample, inspect, land, fit, pseudonymise, publish and report."""

from __future__ import annotations

import platform
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click

from engagement.progress import progress
from engagement.serve.warehouse import (
    WarehouseError,
    output,
    warehouse_file,
    writing,
)

NO_VARS = "{}"
IN_OUTPUT = "in $ENGAGEMENT_OUTPUT, or else in output/"


@contextmanager
def plain_errors() -> Iterator[None]:
    """Show an error as one sentence without a traceback."""
    try:
        yield
    except WarehouseError as error:
        raise click.ClickException(str(error)) from error
    except BrokenPipeError:  # `| head` has read enough, which click knows
        raise
    except OSError as error:
        place = error.filename or "A file"
        raise click.ClickException(
            f"{place} cannot be used: {error.strerror}."
        ) from error


@contextmanager
def noted_interrupts() -> Iterator[list[int]]:
    """List what Ctrl-C sends, unless this process ignores or handles it otherwise.

    Libraries turn the KeyboardInterrupt into errors of their own.
    """
    noted: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        noted.append(number)
        signal.default_int_handler(number, frame)

    is_ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_ours:
        signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        if is_ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def show_versions(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Show what a report of a fault should name, and exit."""
    if asked and not context.resilient_parsing:
        from importlib.metadata import version

        with_these = ", ".join(
            f"{name} {version(name)}" for name in ("dbt-core", "dbt-duckdb", "duckdb")
        )
        click.echo(
            f"engagement {version('engagement')}, with {with_these} and "
            f"Python {platform.python_version()}"
        )
        context.exit()


class Command(click.Command):
    """A command that has --version, and whose short help is a whole sentence."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        click.option(
            "--version",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=show_versions,
            help="Show the versions and exit.",
        )(self)

    def get_short_help_str(self, limit: int = 0) -> str:
        """Return the first sentence, however long it is: click wraps it."""
        return super().get_short_help_str(limit=1_000)


class Commands(Command, click.Group):
    """Commands that Ctrl-C ends with one line and the exit code that shells expect."""

    command_class = Command

    def invoke(self, context: click.Context) -> Any:
        """Run a command, whatever DuckDB and dbt make of Ctrl-C meanwhile."""
        with noted_interrupts() as interrupts:
            try:
                return super().invoke(context)
            except (Exception, KeyboardInterrupt) as error:
                if not interrupts and not isinstance(error, KeyboardInterrupt):
                    raise
                click.echo("Interrupted.", err=True)
                context.exit(128 + signal.SIGINT)


@click.group(
    cls=Commands,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "show_default": True,
    },
)
def main() -> None:
    """Analyse the engagement of mobile subscribers.

    `dbt build` makes the marts; these commands publish them and report on them.
    """


vars_option = click.option(
    "--vars",
    "variables",
    default=NO_VARS,
    show_default="those of dbt_project.yml",
    help="Vars as YAML, the same as for dbt.",
)


def warehouse_option(default: str) -> Callable:
    """Add the option for the warehouse, with what it is if it is not given."""
    return click.option(
        "--warehouse",
        type=click.Path(path_type=Path),
        show_default=default,
        help="DuckDB file that dbt built; it is only read.",
    )


@main.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--sessions",
    type=click.IntRange(1, 1_000_000_000),
    default=2_000,
    help="Records, not counting the footer.",
)
@click.option(
    "--users",
    type=click.IntRange(1, 100_000_000),
    show_default="2 for every 5 sessions",
    help="Subscribers; each has at least one record without a fault.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3_650),
    default=7,
    help="Days on which sessions end.",
)
@click.option("--seed", type=int, default=1, help="The same seed gives the same file.")
@click.option(
    "--rejects",
    type=click.FloatRange(0, 0.5),
    default=0.02,
    help="Share of records with a fault; all kinds of faults are equally frequent.",
)
@click.option(
    "--places",
    type=click.IntRange(1, 1_000_000),
    show_default="1 for 4 users, from 10 to 40,000; with --truth 1 for 100 sessions",
    help="Locations that sessions are at.",
)
@click.option(
    "--truth",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Plant bad places and devices, and write to this CSV file which they are.",
)
@click.option(
    "--planted",
    type=click.IntRange(0, 10_000),
    default=8,
    help="With --truth: places of each kind.",
)
@click.option(
    "--strength",
    type=click.FloatRange(0, 1),
    default=0.6,
    help="With --truth: share of sessions that a bad place or device makes poor.",
)
def sample(
    path: Path,
    sessions: int,
    users: int | None,
    days: int,
    seed: int,
    rejects: float,
    places: int | None,
    truth: Path | None,
    planted: int,
    strength: float,
) -> None:
    """Write a synthetic export to PATH.

    The export has the format of the reference export. PATH must end in .csv, .csv.gz
    or .parquet. An existing file is replaced.

    With --truth, some places are congested (poor when most sessions end), badly
    covered (poor at all hours), full of one bad device, or used mostly by one router.
    """
    from engagement.sample import FORMATS, Plan, Sample, format_of, write_sample

    if format_of(path) is None:
        raise click.BadParameter(
            f"'{path}' must end in one of {', '.join(FORMATS)}.", param_hint="PATH"
        )
    if not path.parent.is_dir():
        raise click.BadParameter(f"'{path.parent}' is not a folder.", param_hint="PATH")
    try:
        wanted = Sample(
            *(sessions, users or max(1, sessions * 2 // 5), days, seed, rejects),
            *(places, Plan(planted, strength) if truth else None),
        )
        with plain_errors(), writing(path), progress("Writing") as tell:
            write_sample(path, wanted, tell=tell, truth=truth)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    click.echo(
        f"{path}: {wanted.sessions:,} records of {wanted.users:,} users and a footer, "
        f"{path.stat().st_size / 1e6:,.1f} MB"
    )


@main.command()
@click.argument("path", type=click.Path())
@vars_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="YAML file for the proposed vars; it is replaced.",
)
def inspect(path: str, variables: str, out: Path | None) -> None:
    """Look at an export, and propose the vars that load it.

    PATH is what XDR_PATH would be: a file, a folder or a glob. The first records are
    read; their columns are listed with masked values. Then the load is tried on them,
    with the vars as they are and with the proposed ones. Nothing is loaded.

    The exit code is 0 if the proposed vars, or those that are set, load the records.
    """
    from engagement.export.listing import ExportError
    from engagement.inspect import inspection, page

    with plain_errors():
        try:
            inspected = inspection.inspect(path, variables)
        except (ExportError, inspection.InspectionError) as error:
            raise click.ClickException(str(error)) from error
        for line in page.lines_of(inspected, path):
            click.echo(line)
        if out and not inspected.proposal.lack:
            with writing(out):
                out.write_text(page.yaml_of(inspected.changed), encoding="utf-8")
    if not inspected.is_loaded:
        raise click.ClickException(page.failure_of(inspected, path))


def target_option(purpose: str) -> Callable:
    """Add the option for the engine that built the marts."""
    return click.option(
        "--target",
        type=click.Choice(["duckdb", "spark"]),
        default="duckdb",
        help=f"Engine that built the marts. {purpose}",
    )


def built_warehouse(warehouse: Path | None, target: str) -> Path:
    """Return the DuckDB file that holds the marts, for Spark a copy of them."""
    copied = output() / "spark" / "warehouse.duckdb"
    return warehouse or (copied if target == "spark" else warehouse_file())


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

    with plain_errors():
        for line in landing.land(variables, full_refresh):
            click.echo(line)


@main.command()
@click.option(
    "--target",
    type=click.Choice(["spark"]),
    required=True,
    help="Engine that built the marts. On DuckDB, `dbt build` fits the clusters.",
)
@vars_option
@click.option(
    "--most-users",
    type=click.IntRange(1_000),
    default=10_000_000,
    help="Above this many users, a fixed sample of about this size is used.",
)
def fit(target: str, variables: str, most_users: int) -> None:
    """Fit the elbow curve and the clusters on Spark.

    Run it between these two builds:

    \b
        dbt build --target spark --exclude tag:fit+
        dbt build --target spark --select tag:fit+

    An existing fit is kept unless cluster_scaler or cluster_count has changed, or
    --vars 'refit: true' is given.
    """
    from engagement.spark import fit as fitting

    with plain_errors():
        for line in fitting.fit(variables, most_users):
            click.echo(line)


@main.command()
@click.argument("numbers", type=click.File(encoding="utf-8-sig"), default="-")
@click.option(
    "--as-written",
    is_flag=True,
    help="Take ids as they stand, for another user_id_pattern than the default.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    show_default="standard output",
    help="CSV file to write; it is replaced, and only you may read it.",
)
def pseudonymise(numbers: Any, as_written: bool, out: Path | None) -> None:
    """Turn a list of numbers into the ids that the marts have.

    NUMBERS is a file with one number per line, or - for standard input. The result is
    a CSV with the columns msisdn and user_id, under the key in
    DBT_ENV_SECRET_PSEUDONYM_KEY. Numbers are read as the load reads them: without
    blanks, a + or 00 before, or .0 after.
    """
    from engagement.export.pseudonyms import KeyTooShortError, pseudonyms_csv

    try:
        listed = pseudonyms_csv(numbers, as_written)
    except KeyTooShortError as error:
        raise click.ClickException(str(error)) from error
    except UnicodeDecodeError as error:
        raise click.ClickException(
            f"{numbers.name} cannot be read: it is not UTF-8 text."
        ) from error
    if out is None:
        click.echo(listed, nl=False)
        return
    with plain_errors(), writing(out):
        out.touch(mode=0o600)
        out.chmod(0o600)
        out.write_text(listed, encoding="utf-8", newline="")


@main.command()
@target_option("Those on Spark are copied to a DuckDB file first.")
@click.option(
    "--vars",
    "variables",
    default=NO_VARS,
    show_default="those of dbt_project.yml",
    help="Vars as YAML, the same as for dbt; with --target spark only.",
)
@warehouse_option(f"warehouse.duckdb {IN_OUTPUT}")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    show_default=f"engagement.duckdb, or aggregates.duckdb, {IN_OUTPUT}",
    help="DuckDB file to publish; it is replaced as a whole.",
)
@click.option(
    "--parquet",
    is_flag=True,
    help="Also write each mart as a Parquet file, to the folder parquet/ (or "
    "aggregates/) beside it.",
)
@click.option(
    "--aggregates-only",
    is_flag=True,
    help="For partners: no mart with rows about single users, and counts of users "
    "rounded down to multiples of min_group_size.",
)
def publish(
    target: str,
    variables: str,
    warehouse: Path | None,
    out: Path | None,
    parquet: bool,
    aggregates_only: bool,
) -> None:
    """Copy the marts to a file for BI tools.

    Nothing is copied unless all models and tests of the last build passed. Clients
    that have the old copy open keep reading it.
    """
    from engagement.serve import publish as publishing

    if target == "spark" and warehouse:
        raise click.UsageError(
            "--warehouse cannot be combined with --target spark, which copies the "
            "marts to a file of its own: leave one of them out."
        )
    if target != "spark" and variables != NO_VARS:
        raise click.UsageError(
            "--vars cannot be used without --target spark, since the marts on DuckDB "
            "have the vars that `dbt build` was run with: leave it out."
        )
    file_name = "aggregates.duckdb" if aggregates_only else "engagement.duckdb"
    folder = "aggregates" if aggregates_only else "parquet"
    place = out or output() / file_name
    source = built_warehouse(warehouse, target)
    with plain_errors():
        if target == "spark":
            from engagement.spark import marts as on_spark

            on_spark.bring_marts(source, variables)
        with progress("Publishing") as tell:
            marts = publishing.publish(
                source,
                place,
                place.parent / folder if parquet else None,
                tell,
                aggregates_only,
            )
    click.echo(f"{place}: {len(marts)} marts, {place.stat().st_size / 1e6:,.1f} MB")


@main.command()
@target_option("For spark, run `engagement publish --target spark` first.")
@warehouse_option(f"warehouse.duckdb, or that of spark/, {IN_OUTPUT}")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    show_default=f"report/ {IN_OUTPUT}",
    help="Folder for the page and the figures.",
)
def report(target: str, warehouse: Path | None, out: Path | None) -> None:
    """Write the report: a page, index.html, and its figures as PNG files."""
    from engagement.report.page import write_report

    source = built_warehouse(warehouse, target)
    with plain_errors():
        if target == "spark" and not source.exists():
            raise WarehouseError(
                f"{source} does not exist: run `engagement publish --target spark` "
                "first, which copies the marts to it."
            )
        with progress("Drawing") as tell:
            written = write_report(source, out or output() / "report", tell)
    page = next(path for path in written if path.suffix == ".html")
    click.echo(f"{page}, and {len(written) - 1} figures as PNG files beside it")


if __name__ == "__main__":
    main()
