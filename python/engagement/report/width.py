"""How wide figures are: a page or, if they are for a phone, a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

WIDEST = 13  # inches, which a page 68rem wide shows whole
PHONE = 4.8  # inches, so that a point is a pixel of a phone
MOST_LETTERS = 48  # side by side on a phone

_widest = ContextVar[float]("widest", default=WIDEST)


@contextmanager
def for_a_phone() -> Iterator[None]:
    """Draw figures no wider than a phone, their panels below each other."""
    token = _widest.set(PHONE)
    try:
        yield
    finally:
        _widest.reset(token)


def is_for_a_phone() -> bool:
    """Tell whether figures have no room for what stands side by side."""
    return _widest.get() == PHONE


def widest() -> float:
    """Say how wide a figure may be, in inches."""
    return _widest.get()
