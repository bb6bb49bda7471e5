"""Frames: what the queries give and the figures are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# Columns of equal length by name, with values as they stand in the marts.
Frame = Mapping[str, Sequence[Any]]
Row = dict[str, Any]


def rows_of(frame: Frame) -> list[Row]:
    """Turn columns into rows, each a dict of column to value."""
    columns = [frame[name] for name in frame]
    return [dict(zip(frame, row, strict=True)) for row in zip(*columns, strict=True)]


def grouped(rows: list[Row], column: str) -> dict[Any, list[Row]]:
    """Group rows by a column's values, in the order in which these first appear."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups
