"""The secret key that turns subscribers' numbers into pseudonyms.

A pseudonym is the truncated HMAC-SHA256 of a number. DuckDB only has SHA-256, so SQL
gets the two blocks that RFC 2104 derives from the key, and hashes twice.
"""

from __future__ import annotations

import hmac
import os
from hashlib import sha256

VARIABLE = "DBT_ENV_SECRET_PSEUDONYM_KEY"
BLOCK_BYTES = 64  # the block size of SHA-256
SHORTEST_KEY = 16


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
