"""Show on a terminal how far a command is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import accumulate, pairwise
from threading import Event, Thread
from time import monotonic

import click
import duckdb

# What a long task calls with the share that is done, from 0 to 1.
Tell = Callable[[float], object]
PATIENCE = 1.0  # seconds until a bar is drawn
STEPS = 1000  # of a bar


def silently(_: float) -> None:
    """Show nothing."""


@contextmanager
def progress(label: str) -> Iterator[Tell]:
    """Draw a bar on stderr if that is a terminal and the task takes over a second.

    Parameters
    ----------
    label : str
        What is done, such as "Publishing".

    Yields
    ------
    callable
        Takes the share that is done, which never decreases.
    """
    started = monotonic()
    with ExitStack() as stack:
        bar = None

        def tell(share: float) -> None:
            nonlocal bar
            if bar is None:
                if not sys.stderr.isatty() or monotonic() - started < PATIENCE:
                    return
                bar = stack.enter_context(
                    click.progressbar(length=STEPS, label=label, file=sys.stderr)
                )
            bar.update(round(share * STEPS) - bar.pos)

        yield tell
        if bar:
            tell(1)


def spans(sizes: Mapping[str, int]) -> dict[str, tuple[float, float]]:
    """Divide a task into parts: the shares of it at which each begins and ends."""
    total = sum(sizes.values()) or 1
    ends = [end / total for end in accumulate(sizes.values(), initial=0)]
    return dict(zip(sizes, pairwise(ends), strict=True))


@contextmanager
def watched(
    connection: duckdb.DuckDBPyConnection,
    tell: Tell,
    first: float = 0,
    last: float = 1,
) -> Iterator[None]:
    """Tell how far the query is that a connection runs meanwhile.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Its bar on stdout must be off: DuckDB knows no other place for it.
    tell : callable
        Takes the share that is done.
    first, last : float
        The shares of the whole task at which the query begins and ends.
    """
    connection.execute("set enable_progress_bar = true")
    connection.execute("set enable_progress_bar_print = false")
    is_over = Event()

    def look() -> None:
        while not is_over.wait(0.2):
            percent = max(0.0, connection.query_progress())  # -1 if DuckDB cannot tell
            tell(first + (last - first) * percent / 100)

    looking = Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        is_over.set()
        looking.join()
    tell(last)
