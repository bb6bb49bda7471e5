"""Which files ``XDR_PATH`` names, and which of them a build has to load."""

from __future__ import annotations

import glob
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import NamedTuple

SUFFIXES = (".csv", ".csv.gz", ".parquet")


class Kind(NamedTuple):
    """How a file is read, by its name."""

    content: str  # csv, json or parquet
    compression: str  # none, gzip or zstd


def kind_of(file: str) -> Kind:
    """Tell by its name how a file is read; an unknown suffix is read as CSV."""
    name = file.lower()
    compression = "none"
    for suffix, packed in {".gz": "gzip", ".zst": "zstd"}.items():
        if name.endswith(suffix):
            name, compression = name.removesuffix(suffix), packed
    if name.endswith((".json", ".jsonl", ".ndjson")):
        return Kind("json", compression)
    return Kind("parquet" if name.endswith(".parquet") else "csv", compression)


class ExportError(ValueError):
    """An export that cannot be read; the message is one sentence that names it."""


def find_exports(path: str) -> list[dict]:
    """List the files that ``XDR_PATH`` names, sorted by name.

    Parameters
    ----------
    path : str
        A file, a folder (its CSV, CSV.gz and Parquet files) or a glob.

    Returns
    -------
    list of dict
        ``file``, ``bytes`` and ``modified_at`` (ISO 8601, UTC, microseconds).

    Raises
    ------
    ExportError
        If there is no such file, or the folder cannot be listed.
    """
    try:
        return [_listing(file) for file in _names_of_files(path)]
    except OSError as error:
        raise ExportError(
            f"XDR_PATH: '{path}' cannot be read: {error.strerror}."
        ) from error


def _names_of_files(path: str) -> list[str]:
    place = Path(path)
    if place.is_dir():
        found = [p for p in place.iterdir() if p.name.lower().endswith(SUFFIXES)]
        missing = f"holds no file ending in {', '.join(SUFFIXES)}"
    elif place.exists():
        found, missing = [place], ""
    else:
        found = [Path(p) for p in glob.glob(path, recursive=True)]
        missing = "does not exist"
    files = sorted({p.as_posix() for p in found if p.is_file()})
    if not files:
        raise ExportError(
            f"XDR_PATH: '{path}' {missing}; set XDR_PATH to an export, a folder "
            "of exports or a glob."
        )
    return files


def _listing(file: str) -> dict:
    stat = Path(file).stat()
    modified = datetime.fromtimestamp(stat.st_mtime_ns // 1000 / 1e6, UTC)
    return {
        "file": file,
        "bytes": stat.st_size,
        "modified_at": modified.strftime("%Y-%m-%d %H:%M:%S.%f"),
    }


def plan_load(path: str, loaded: dict[str, str], settings: str) -> dict:
    """Compare what ``XDR_PATH`` names with what is loaded.

    A loaded file stays loaded if it has not changed, or if it no longer exists but
    ``XDR_PATH`` would still name it. Otherwise, a file that ``XDR_PATH`` no longer
    names leaves with its records.

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
        whose records are to be removed; ``count``: how many files there are.

    Raises
    ------
    ExportError
        If there is no export, or if records would be lost: a file that has to be
        read again, or that leaves, no longer exists.
    """
    exports = find_exports(path)
    for export in exports:
        export["version"] = f"{export['modified_at']} {export['bytes']} {settings}"
    there = {export["file"] for export in exports}
    gone = {file: version for file, version in loaded.items() if file not in there}
    leaving = [file for file in gone if not _is_named_by(file, path)]
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
    }


def _is_named_by(file: str, path: str) -> bool:
    """Tell whether ``XDR_PATH`` would name a file, even if the file does not exist."""
    place, there = Path(path), PurePath(file)
    if place.is_dir():
        return there.parent == place and file.lower().endswith(SUFFIXES)
    return there == place or _matches(there.parts, place.parts)


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
