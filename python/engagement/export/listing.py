"""Which files ``XDR_PATH`` names, and which of them a build has to load."""

from __future__ import annotations

import glob
import logging
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path, PurePath
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple

from engagement.export.foreign import describe_address, describe_file, describe_table

CONTENTS = {
    **dict.fromkeys((".csv", ".tsv", ".psv", ".txt", ".log", ".dat"), "csv"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "json"),
    ".parquet": "parquet",
}
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
SUFFIXES = (
    *CONTENTS,
    *(s + packed for s in CONTENTS if s != ".parquet" for packed in COMPRESSIONS),
)
SUFFIXES_IN_WORDS = (
    f"{', '.join(s for s in CONTENTS if s != '.parquet')} (each also with "
    f"{' or '.join(COMPRESSIONS)}) or .parquet"
)
MOST_LOGGED = 10
log = logging.getLogger(__name__)


class ExportError(ValueError):
    """An export that cannot be read; the message is one sentence that names it."""


class Kind(NamedTuple):
    """How a file is read: its ``content`` and its ``compression``."""

    content: str
    compression: str


class Listing(NamedTuple):
    """The files that ``XDR_PATH`` names, sorted by name.

    Attributes
    ----------
    exports : list of dict
        ``file``, ``bytes`` and ``modified_at`` (ISO 8601, UTC, microseconds).
    passed_over : list of dict
        The same of each file and subfolder that is not read, and ``because``: what
        follows "because". A folder has 0 bytes.
    """

    exports: list[dict]
    passed_over: list[dict]


def kind_of(file: str) -> Kind:
    """Tell by its name how a file is read.

    Parameters
    ----------
    file : str

    Returns
    -------
    Kind
        ``content`` is csv, json or parquet, and csv for an unknown suffix;
        ``compression`` is none, gzip or zstd.
    """
    name = PurePath(file.lower())
    compression = COMPRESSIONS.get(name.suffix, "none")
    if compression != "none":
        name = name.with_suffix("")
    return Kind(CONTENTS.get(name.suffix, "csv"), compression)


def find_exports(path: str, loaded: Mapping[str, str] | None = None) -> Listing:
    """List the files that ``XDR_PATH`` names.

    Hidden files and folders are left out without a word. A single file is read
    whatever its suffix is.

    Parameters
    ----------
    path : str
        A file, a folder (its files with a suffix of an export) or a glob.
    loaded : mapping, optional
        The loaded files: file to version, see `plan_load`. They are not opened again
        if they have not changed.

    Raises
    ------
    ExportError
        If there is no such file, if ``XDR_PATH`` names something else than files or
        files of a Delta, Iceberg or Hudi table, or if a folder cannot be listed.
    """
    if address := describe_address(path):
        scheme = path.partition(":")[0]
        raise ExportError(f"XDR_PATH={scheme}:... is {address}.")
    try:
        found = _find(path)
        _refuse_tables(path, found)
        return _sort_out(path, found, loaded or {})
    except OSError as error:
        raise ExportError(
            f"XDR_PATH: '{error.filename or path}' cannot be read: {error.strerror}."
        ) from error


def _find(path: str) -> dict[Path, os.stat_result]:
    """Look at the files and folders that a path names, but for hidden ones."""
    place = Path(path)
    if place.exists() and not place.is_dir():
        return {place: place.stat()}
    if place.is_dir():
        paths = [p.as_posix() for p in place.iterdir()]
    else:
        paths = glob.glob(path, recursive=True)
    found = {p: _look(p) for p in map(Path, sorted(paths)) if p.name[:1] != "."}
    if "**" in place.parts:  # what it finds in a folder, it names by itself
        return {p: stat for p, stat in found.items() if not S_ISDIR(stat.st_mode)}
    return found


def _look(place: Path) -> os.stat_result:
    try:
        return place.stat()
    except FileNotFoundError:  # a link that leads nowhere
        return place.lstat()


def _refuse_tables(path: str, found: Mapping[Path, os.stat_result]) -> None:
    """Refuse all if a file belongs to a table that also has files of before."""
    named = {p if S_ISDIR(stat.st_mode) else p.parent for p, stat in found.items()}
    named.add(Path(path))
    above = {parent for folder in named for parent in folder.absolute().parents}
    for folder in sorted(named | above):
        if table := describe_table(folder):
            raise ExportError(f"{folder.as_posix()} is {table}.")


def _sort_out(
    path: str, found: Mapping[Path, os.stat_result], loaded: Mapping[str, str]
) -> Listing:
    is_single = list(found) == [Path(path)]
    listing = Listing([], [])
    for place, stat in found.items():
        entry = _entry(place, stat)
        version = loaded.get(entry["file"], "")
        is_known = version.startswith(_delivery(entry))
        below = place.parts[len(_fixed(path).parts) :]
        because = _why_not(place, below, stat.st_mode, is_known, is_single)
        if not because:
            listing.exports.append(entry)
        elif is_single:
            raise ExportError(f"{entry['file']} {because.removeprefix('it ')}.")
        else:
            listing.passed_over.append(entry | {"because": because})
    if not listing.exports:
        raise ExportError(_nothing_found(path, listing.passed_over))
    return listing


def _fixed(path: str) -> Path:
    """Name the folder, or the single file, that a path names without any pattern."""
    return Path(*takewhile(lambda part: not glob.has_magic(part), Path(path).parts))


def _why_not(
    place: Path, below: Iterable[str], mode: int, is_known: bool, is_single: bool
) -> str:
    """Say why a file is not read; what follows "because", or nothing."""
    # _temporary of Spark and Hadoop; _day=4 is a column of partitioned folders
    if unfinished := next((p for p in below if p[0] == "_" and "=" not in p), None):
        return f"{unfinished} begins with _, which marks what is not for readers"
    if S_ISDIR(mode):
        return (
            "it is a subfolder; set XDR_PATH to a glob such as "
            f"{place.parent.as_posix()}/**/* to read it"
        )
    if not S_ISREG(mode):
        return "it is not a regular file"
    if kind := describe_file(place, is_known):
        return f"it is {kind}"
    if not is_single and not place.name.lower().endswith(SUFFIXES):
        return f"its name ends in none of {SUFFIXES_IN_WORDS}"
    return ""


def _nothing_found(path: str, passed_over: list[dict]) -> str:
    place = Path(path)
    if place.is_dir():
        lack = f"holds no file ending in {SUFFIXES_IN_WORDS}"
    else:
        lack = "matches no export" if glob.has_magic(path) else "does not exist"
    if passed_over:
        first = passed_over[0]
        what = f"{PurePath(first['file']).name} is passed over because"
        return f"XDR_PATH: '{path}' {lack}; {what} {first['because']}."
    return (
        f"XDR_PATH: '{path}' {lack}; set XDR_PATH to an export, a folder of exports "
        "or a glob."
    )


def _entry(place: Path, stat: os.stat_result) -> dict:
    modified = datetime.fromtimestamp(stat.st_mtime_ns // 1000 / 1e6, UTC)
    return {
        "file": place.as_posix(),
        "bytes": 0 if S_ISDIR(stat.st_mode) else stat.st_size,
        "modified_at": modified.strftime("%Y-%m-%d %H:%M:%S.%f"),
    }


def _delivery(entry: dict) -> str:
    """Begin the version of a file, which sorts by time of delivery."""
    return f"{entry['modified_at']} {entry['bytes']} "


def plan_load(path: str, loaded: dict[str, str], settings: str) -> dict:
    """Compare what ``XDR_PATH`` names with what is loaded.

    A loaded file stays loaded if it has not changed, or if it no longer exists but
    ``XDR_PATH`` would still name it. Otherwise, a file that ``XDR_PATH`` no longer
    names leaves with its records, and so does one that is now passed over.

    Parameters
    ----------
    path : str
        ``XDR_PATH``, see `find_exports`.
    loaded : dict
        The loaded files: file to version.
    settings : str
        A hash of the vars and the key that determine how records are read; versions
        of files end with it.

    Returns
    -------
    dict
        ``new``: the files to load, as `find_exports` lists them, with their
        ``version``, which sorts by time of delivery; ``leaving``: names of files
        whose records are to be removed; ``count``: how many files hold records;
        ``passed_over``: as `find_exports` lists them.

    Raises
    ------
    ExportError
        If there is no export, or if records would be lost: a file that has to be
        read again, or that leaves, no longer exists.
    """
    exports, passed_over = find_exports(path, loaded)
    _log(passed_over)
    for export in exports:
        export["version"] = f"{_delivery(export)}{settings}"
    there = {export["file"] for export in exports}
    spoilt = {entry["file"] for entry in passed_over}
    gone = {file: version for file, version in loaded.items() if file not in there}
    leaving = [f for f in gone if f in spoilt or not _is_named_by(f, path)]
    changed = [file for file in gone if not gone[file].endswith(settings)]
    for file in leaving + changed:
        if not Path(file).exists():
            named = "XDR_PATH no longer names it"
            why = named if file in leaving else "vars or the key have changed"
            raise ExportError(
                f"{file} is loaded but no longer exists, and {why}: restore the file, "
                "or drop its records with --full-refresh."
            )
    return {
        "new": [e for e in exports if loaded.get(e["file"]) != e["version"]],
        "leaving": leaving,
        "count": len(exports),
        "passed_over": passed_over,
    }


def _log(passed_over: list[dict]) -> None:
    for entry in passed_over[:MOST_LOGGED]:
        log.info("%s is passed over because %s.", entry["file"], entry["because"])
    if len(passed_over) > MOST_LOGGED:
        more = len(passed_over) - MOST_LOGGED
        log.info("%d more are passed over; mart load_report names all.", more)


def _is_named_by(file: str, path: str) -> bool:
    """Tell whether ``XDR_PATH`` would name a file, even if the file does not exist."""
    place, there = Path(path), PurePath(file)
    if there == place:
        return True
    if there.name.startswith(".") or not file.lower().endswith(SUFFIXES):
        return False
    if place.is_dir():
        return there.parent == place
    return _matches(there.parts, place.parts)


def _matches(parts: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    """Match the parts of a path folder by folder, as `glob.glob` does."""
    if not patterns:
        return not parts
    first, *rest = patterns
    if first == "**" and _matches(parts, tuple(rest)):
        return True
    if not parts or (parts[0].startswith(".") and not first.startswith(".")):
        return False
    return fnmatchcase(parts[0], first) and _matches(
        parts[1:], patterns if first == "**" else tuple(rest)
    )
