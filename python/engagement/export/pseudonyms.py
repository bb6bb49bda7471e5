"""The secret that turns subscribers' numbers into pseudonyms, and what SQL gets of it.

A pseudonym is the HMAC-SHA256 of a number. DuckDB has SHA-256 only, so it is
given the two blocks that the key becomes in RFC 2104, and hashes twice.
"""

from __future__ import annotations

import hmac
import os
from hashlib import sha256

VARIABLE = "DBT_ENV_SECRET_PSEUDONYM_KEY"
BLOCK_BYTES = 64  # of SHA-256
SHORTEST_KEY = 16


class KeyTooShortError(ValueError):
    """A key that could be guessed; the message does not show it."""


def read_key() -> bytes | None:
    """Read the key from the environment.

    Returns
    -------
    bytes or None
        None if it is not set or empty: ids stay as they are.

    Raises
    ------
    KeyTooShortError
        If it has less than 16 characters, blanks around it not counted.
    """
    key = os.environ.get(VARIABLE, "")
    if not key:
        return None
    if len(key.strip()) < SHORTEST_KEY:
        raise KeyTooShortError(
            f"{VARIABLE} has less than {SHORTEST_KEY} characters and could be "
            "guessed; set it to a long random text, or unset it to keep ids plain."
        )
    return os.fsencode(key)


def key_blocks(key: bytes) -> tuple[bytes, bytes]:
    """Make the inner and the outer block of HMAC-SHA256 (RFC 2104).

    Parameters
    ----------
    key : bytes
        Of any length; what is longer than a block is hashed first.

    Returns
    -------
    tuple of bytes
        64 bytes each. With them the HMAC of a text is
        ``sha256(outer + sha256(inner + text))``.
    """
    if len(key) > BLOCK_BYTES:
        key = sha256(key).digest()
    padded = key.ljust(BLOCK_BYTES, b"\0")
    return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)


def key_fingerprint() -> str:
    """Tell keys apart without telling what they are; empty without a key."""
    key = read_key()
    if key is None:
        return ""
    return hmac.new(key, b"fingerprint", sha256).hexdigest()[:16]
