"""Check whether a file of lines is complete, which takes a look at every byte."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from engagement.export.header import ENCODINGS, Header, unpacked
from engagement.export.listing import ExportError, kind_of

CHUNK_BYTES = 1_048_576
LINE_ENDS = {b"\r\n": "CR LF", b"\r": "CR", b"\n": "LF"}
LINE_END = re.compile(b"|".join(LINE_ENDS))
NOT_LATIN1 = re.compile(rb"[\x80-\x9f]")  # of Windows-1252: quotes, dashes, the euro
BEYOND_UTF16 = re.compile("[\U00010000-\U0010ffff]")  # two units each


def check_bytes(file: str, header: Header, options: dict) -> list[int]:
    """Check that a file is complete and has one kind of line end.

    DuckDB does not notice that a compressed file is truncated: it reads what it can
    decompress. It reads one kind of line end, or several only if it may also drop
    surplus fields.

    Parameters
    ----------
    file : str
        A file of CSV, or of JSON with an object on each line.
    header : Header
    options : dict
        The var xdr_csv with all its keys.

    Returns
    -------
    list of int
        The numbers of the lines that hold no record: the line with the names of the
        columns, comments and blank lines; the first line of the file is 1.

    Raises
    ------
    ExportError
        If the file is compressed and damaged or truncated, if a line ends differently
        from the first one, or if it is UTF-8 and the settings say latin-1; or if it
        is latin-1 or UTF-16 that DuckDB cannot read.
    """
    comment = options["comment"] if header.content == "csv" else None
    encoding = options["encoding"] if header.content == "csv" else "utf-8"
    begins = comment.encode() if comment else b""
    usual, count, rest = b"", 0, b""
    passed = [header.line] if header.line else []
    with unpacked(file) as stream:
        for chunk in _pieces(file, stream, encoding):
            if not usual and (first := LINE_END.search(chunk)):
                usual = first[0]
            found = chunk.count(usual) if usual else 0
            if found * len(usual) != chunk.count(b"\r") + chunk.count(b"\n"):
                _refuse_line_end(file, chunk, usual, count)
            # only where a line may be blank or a comment
            if found and (
                usual * 2 in chunk
                or chunk.startswith(usual)
                or (begins and begins in rest + chunk)
            ):
                for number, line in enumerate(
                    (rest + chunk).split(usual)[:-1], count + 1
                ):
                    if not line or (begins and line.startswith(begins)):
                        passed.append(number)
            count += found
            # of the line that goes on in the next chunk, its beginning is enough
            last = chunk.rpartition(usual)[2] if found else rest + chunk
            rest = last[:4]
    if begins and rest.startswith(begins):
        passed.append(count + 1)
    return sorted(set(passed))


def check_packed(file: str) -> None:
    """Check that a file without lines is complete, if it is compressed.

    Raises
    ------
    ExportError
        If it is damaged or truncated.
    """
    if kind_of(file).compression != "none":
        with unpacked(file) as stream:
            while stream.read(CHUNK_BYTES):
                pass


def _pieces(file: str, stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Read a file in pieces of UTF-8, none of which ends within a line end."""
    held = b""
    for piece in _decoded(file, stream, encoding):
        whole = held + piece
        held = whole[len(whole.rstrip(b"\r")) :]
        if whole := whole.removesuffix(held):
            yield whole
    if held:
        yield held


def _decoded(file: str, stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Read a file in pieces of UTF-8, or of latin-1 that is not UTF-8."""
    utf16 = codecs.getincrementaldecoder(ENCODINGS["utf-16"])()
    utf8 = codecs.getincrementaldecoder("utf-8")()
    could_be_utf8, is_ascii, unread = encoding == "latin-1", True, None
    mark, piece = codecs.BOM_UTF8, b"..."
    while piece:
        piece = stream.read(CHUNK_BYTES)
        is_ascii = is_ascii and piece.isascii()
        if encoding == "utf-16":
            yield _utf8(file, utf16, piece).removeprefix(mark)
        else:
            try:
                could_be_utf8 and utf8.decode(piece, final=not piece)
            except UnicodeDecodeError:
                could_be_utf8 = False
            if encoding == "latin-1" and not is_ascii:
                unread = unread or NOT_LATIN1.search(piece)
            yield piece.removeprefix(mark)
        mark = b""
    if could_be_utf8 and not is_ascii:
        raise ExportError(f"{file} is UTF-8 text; set var xdr_csv.encoding to utf-8.")
    if unread:
        raise ExportError(
            f"{file} holds byte 0x{unread[0].hex()}, which DuckDB cannot read in "
            f"latin-1; if it is Windows-1252 ('{unread[0].decode('cp1252', 'replace')}'"
            "), save the file as UTF-8, and set var xdr_csv.encoding to utf-8."
        )


def _utf8(file: str, utf16: codecs.IncrementalDecoder, piece: bytes) -> bytes:
    """Turn a piece of UTF-16 into UTF-8; the last piece is empty."""
    try:
        text = utf16.decode(piece, final=not piece)
    except UnicodeDecodeError as error:
        raise ExportError(f"{file} is damaged UTF-16: {error.reason}.") from error
    if found := BEYOND_UTF16.search(text):
        raise ExportError(
            f"{file} holds '{found[0]}', which DuckDB cannot read in UTF-16; save the "
            "file as UTF-8, and set var xdr_csv.encoding to utf-8."
        )
    return text.encode()


def _refuse_line_end(file: str, chunk: bytes, usual: bytes, lines_before: int) -> None:
    for line, end in enumerate(LINE_END.findall(chunk), lines_before + 1):
        if end != usual:
            raise ExportError(
                f"{file} ends its lines with {LINE_ENDS[usual]}, but line {line} with "
                f"{LINE_ENDS[end]}; save it with one kind of line end."
            )
