"""Check whether a CSV file is complete, which takes a look at every byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engagement.export.header import unpacked
from engagement.export.listing import ExportError

CHUNK_BYTES = 1_048_576
LINE_ENDS = {b"\r\n": "CR LF", b"\r": "CR", b"\n": "LF"}
LINE_END = re.compile(b"|".join(LINE_ENDS))


def check_bytes(file: str) -> list[int]:
    """Check that a CSV file is complete and has one kind of line end.

    DuckDB does not notice that a gzipped file is truncated: it reads what it can
    decompress. It reads one kind of line end, or several only if it may also drop
    surplus fields.

    Parameters
    ----------
    file : str
        A CSV or gzipped CSV file.

    Returns
    -------
    list of int
        The numbers of the blank lines, which hold no record; the first line is 1.

    Raises
    ------
    ExportError
        If the file is gzipped and damaged or truncated, or if a line ends differently
        from the first one.
    """
    usual, count, blank, rest = b"", 0, [], b""
    with unpacked(file) as stream:
        for chunk in _chunks(stream):
            if not usual and (first := LINE_END.search(chunk)):
                usual = first[0]
            found = chunk.count(usual) if usual else 0
            if found * len(usual) != chunk.count(b"\r") + chunk.count(b"\n"):
                _refuse_line_end(file, chunk, usual, count)
            if found and (usual * 2 in chunk or chunk.startswith(usual)):
                lines = (rest + chunk).split(usual)[:-1]
                blank += [n for n, line in enumerate(lines, count + 1) if not line]
            count += found
            # of the line that goes on in the next chunk, its last byte is enough
            rest = b"" if usual and chunk.endswith(usual) else chunk[-1:]
    return blank


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Read a stream in pieces, none of which ends in the middle of a line end."""
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
