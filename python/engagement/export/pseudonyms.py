"""The secret key that turns subscribers' numbers into pseudonyms.

A pseudonym is the truncated HMAC-SHA256 of a number. DuckDB only has SHA-256, so SQL
gets the two blocks that RFC 2104 derives from the key, and hashes twice.
"""

from __future__ import annotations

import csv
import hmac
import io
import os
import re
from collections.abc import Iterable
from hashlib import sha256

VARIABLE = "DBT_ENV_SECRET_PSEUDONYM_KEY"
BLOCK_BYTES = 64  # the block size of SHA-256
SHORTEST_KEY = 16
# As the macro plain_digits.
NUMBER = re.compile(r"[+]?(?:00)?([0-9]+)(?:[.]0+)?")


class KeyTooShortError(ValueError):
    """A key that could be guessed; the message does not show it."""


def read_key() -> bytes | None:
    """Read the key from the environment.

    Returns
    -------
    bytes or None
        None if it is not set or empty, so that ids stay as they are.

    Raises
    ------
    KeyTooShortError
        If it has fewer than 16 characters, not counting blanks around it.
    """
    key = os.environ.get(VARIABLE, "")
    if not key:
        return None
    if len(key.strip()) < SHORTEST_KEY:
        raise KeyTooShortError(
            f"{VARIABLE} has fewer than {SHORTEST_KEY} characters and could be "
            "guessed; set it to a long random text, or unset it to keep ids plain."
        )
    return os.fsencode(key)


def key_blocks(key: bytes) -> tuple[bytes, bytes]:
    """Make the inner and the outer block of HMAC-SHA256 (RFC 2104).

    Parameters
    ----------
    key : bytes
        A key of any length; a key that is longer than a block is hashed first.

    Returns
    -------
    tuple of bytes
        64 bytes each. The HMAC of a text is ``sha256(outer + sha256(inner + text))``.
    """
    if len(key) > BLOCK_BYTES:
        key = sha256(key).digest()
    padded = key.ljust(BLOCK_BYTES, b"\0")
    return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)


def key_fingerprint() -> str:
    """Identify the key without revealing it; the text is empty without a key."""
    key = read_key()
    if key is None:
        return ""
    return hmac.new(key, b"fingerprint", sha256).hexdigest()[:16]


def pseudonym_of(number: str, key: bytes) -> str:
    """Turn a number into the id that SQL makes of it: 24 hex digits."""
    return hmac.new(key, number.encode(), sha256).hexdigest()[:24]


def pseudonyms_csv(numbers: Iterable[str], as_written: bool = False) -> str:
    """Write the id of each number as CSV, with the columns msisdn and user_id.

    Parameters
    ----------
    numbers : iterable of str
        Lines; empty ones are left out.
    as_written : bool
        Whether to keep what is written around the digits of a number.

    Raises
    ------
    KeyTooShortError
        If there is no key, or it could be guessed.
    """
    key = read_key()
    if key is None:
        raise KeyTooShortError(
            f"{VARIABLE} is not set: without a key, ids are the numbers themselves."
        )
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(["msisdn", "user_id"])
    for line in numbers:
        number = line.strip()
        if not as_written and (digits := NUMBER.fullmatch(number)):
            number = digits[1]
        if number:
            rows.writerow([number, pseudonym_of(number, key)])
    return written.getvalue()
