"""Whether a CSV file is whole, which only a look at every byte tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engagement.export.header import unpacked
from engagement.export.listing import ExportError

CHUNK_BYTES = 1_048_576
LINE_ENDS = {b"\r\n": "CR LF", b"\r": "CR", b"\n": "LF"}
LINE_END = re.compile(b"|".join(LINE_ENDS))


def check_bytes(file: str) -> None:
    """Check what only a look at every byte of a CSV file tells.

    DuckDB takes what it could unpack of a file that was cut off for all of it. It
    reads one kind of line end, or others too if what a line has too much may go.

    Parameters
    ----------
    file : str
        A CSV or gzipped CSV file.

    Raises
    ------
    ExportError
        If it is gzipped, and damaged or cut off, or if a line ends otherwise than
        the first.
    """
    usual, count = b"", 0
    with unpacked(file) as stream:
        for chunk in _chunks(stream):
            if not usual and (first := LINE_END.search(chunk)):
                usual = first[0]
            found = chunk.count(usual) if usual else 0
            if found * len(usual) != chunk.count(b"\r") + chunk.count(b"\n"):
                _refuse_line_end(file, chunk, usual, count)
            count += found


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Read a stream in pieces, none of which ends within a line end."""
    while chunk := stream.read(CHUNK_BYTES):
        while chunk.endswith(b"\r") and (following := stream.read(1)):
            chunk += following
        yield chunk


def _refuse_line_end(file: str, chunk: bytes, usual: bytes, lines_before: int) -> None:
    for line, end in enumerate(LINE_END.findall(chunk), lines_before + 1):
        if end != usual:
            raise ExportError(
                f"{file} ends its lines with {LINE_ENDS[usual]}, but line {line} with "
                f"{LINE_ENDS[end]}; save it with one kind of line end."
            )
