"""Compute the records of a synthetic export, and write them to a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from engagement.progress import Tell, silently, watched
from engagement.sample.contents import Sample
from engagement.sample.planted import Planted, plant, write_truth
from engagement.serve.warehouse import quoted

QUERIES = Path(__file__).with_name("queries")
# each reads the one before it
STEPS = ("records", "sessions", "identified", "measured", "export")
SHARE_OF_MEANS = 0.12  # of the time that writing takes
OWN_COLUMNS = ("number", "fault", "is_variant")  # beside those of the export
FORMATS = {  # ending of the file's name: options of DuckDB's COPY
    ".csv": "format csv, header true, quote '', delimiter '\t'",
    ".csv.gz": "format csv, header true, quote '', delimiter '\t', compression gzip",
    ".parquet": "format parquet, compression zstd, row_group_size 122880",
}


def format_of(path: Path) -> str | None:
    """Return the ending of `FORMATS` that a file's name has, or None."""
    fitting = [ending for ending in FORMATS if path.name.lower().endswith(ending)]
    return fitting[0] if fitting else None


def write_sample(
    path: Path,
    sample: Sample,
    threads: int | None = None,
    tell: Tell = silently,
    truth: Path | None = None,
) -> None:
    """Write a synthetic export: the records and a footer of means.

    An existing file is replaced once the new one is complete. Parquet holds the same
    records with two differences: columns of numbers hold integers, so the footer's
    means are rounded, and there are no lines, so no line is malformed.

    Parameters
    ----------
    path : Path
        A file whose name ends in .csv, .csv.gz or .parquet.
    sample : Sample
        What to write.
    threads : int, optional
        Threads to use; all cores by default.
    tell : callable
        Takes the share that is written, from 0 to 1.
    truth : Path, optional
        A CSV file for what is planted.

    Raises
    ------
    OSError, duckdb.Error
        If a file cannot be written.
    ValueError
        If more is planted than there are places for.
    """
    # with this limit DuckDB waits for the disk instead of buffering row groups
    config = {"memory_limit": "1GB", "temp_directory": ""}
    if threads:
        config["threads"] = str(threads)
    ending = format_of(path)
    with _new_file(path) as part, duckdb.connect(config=config) as connection:
        _set(connection, sample.variables())
        connection.execute(_query("macros"))
        planted = Planted()
        if sample.planted:
            planted = plant(connection, sample.planted, sample.seed)
        _set(connection, planted.variables())
        _number_records(connection, sample.sessions + 1)
        steps = ", ".join(f"{step} as ({_query(step)})" for step in STEPS)
        connection.execute(f"create view export as with {steps} from export")
        select = _typed_rows if ending == ".parquet" else _lines
        with watched(connection, tell, last=SHARE_OF_MEANS):
            means = _means(connection)
        rows, footer = select(_types(connection), means)
        connection.execute(f"set variable footer = {footer}")
        with watched(connection, tell, first=SHARE_OF_MEANS):
            connection.execute(f"copy ({rows}) to {quoted(part)} ({FORMATS[ending]})")
        if truth:
            write_truth(connection, planted, truth)


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """Yield a hidden file to write to, which replaces path once it is complete."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.touch()
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _set(connection: duckdb.DuckDBPyConnection, variables: dict) -> None:
    for name, value in variables.items():
        connection.execute(f"set variable {name} = {value!r}")


def _query(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def _number_records(connection: duckdb.DuckDBPyConnection, records: int) -> None:
    """Store the numbers of the records and the footer; range() has one thread."""
    connection.execute(
        "attach ':memory:' as compressed (compress, row_group_size 20480)"
    )
    connection.execute("create table compressed.numbers (number bigint)")
    for first in range(0, records, 10_000_000):
        last = min(first + 10_000_000, records)
        connection.execute(
            f"insert into compressed.numbers select * from range({first}, {last})"
        )
        connection.execute("checkpoint compressed")


def _types(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Look up the types of the columns in the view export, in their order."""
    return dict(connection.execute(_query("types")).fetchall())


def _means(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Compute the values of the footer, by column."""
    result = connection.execute(_query("means"))
    names = [name for name, *_ in result.description]
    return dict(zip(names, result.fetchone(), strict=True))


def _typed_rows(types: dict[str, str], means: dict[str, float]) -> tuple[str, str]:
    """Select typed columns; the footer is a struct of the same types."""
    fields = (
        f"'{name}': {round(means[name]) if name in means else 'null'}::{kind}"
        for name, kind in types.items()
    )
    return _query("rows"), f"{{{', '.join(fields)}}}"


def _lines(types: dict[str, str], means: dict[str, float]) -> tuple[str, str]:
    """Select lines as one column: no table has a header twice, or a line cut short."""
    names = [name for name in types if name not in OWN_COLUMNS]
    header = ",".join(name.removesuffix("_1") for name in names)
    footer = ",".join(f"{means[name]:.9f}" if name in means else "" for name in names)
    return f'select record_line as "{header}" from ({_query("lines")})', f"'{footer}'"
