"""Which files ``XDR_PATH`` names, and which of them a build has to load."""

from __future__ import annotations

import glob
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

SUFFIXES = (".csv", ".csv.gz", ".parquet")


class ExportError(ValueError):
    """An export that cannot be read; the message is one sentence naming it."""


def find_exports(path: str) -> list[dict]:
    """List the files that ``XDR_PATH`` names, in order of their names.

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
        If nothing is there, or it cannot be listed.
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

    A loaded file stays as it is when it is unchanged, or when it has left the
    folder that still names it. It leaves when ``XDR_PATH`` names it no more.

    Parameters
    ----------
    path : str
        ``XDR_PATH``, see `find_exports`.
    loaded : dict
        File to version, of what is loaded.
    settings : str
        Changes when the mapping does; versions end with it.

    Returns
    -------
    dict
        ``new``: files as `find_exports` lists them plus their ``version``, which
        sorts by time of delivery; ``leaving``: names of files.

    Raises
    ------
    ExportError
        If nothing is there, or if records would be lost: they have to be read
        again or to leave, and their file is gone.
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
            named = "XDR_PATH names it no more"
            why = named if file in leaving else "vars or the key changed"
            raise ExportError(
                f"{file} is loaded but gone, and {why}: bring it back, or give up "
                "its records with --full-refresh."
            )
    return {
        "new": [e for e in exports if loaded.get(e["file"]) != e["version"]],
        "leaving": leaving,
    }


def _is_named_by(file: str, path: str) -> bool:
    """Tell whether ``XDR_PATH`` would name a file that may have gone since."""
    place, there = Path(path), PurePath(file)
    if place.is_dir():
        return there.parent == place and file.lower().endswith(SUFFIXES)
    return there == place or _matches(there.parts, place.parts)


def _matches(parts: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    """Match the parts of a name as `glob.glob` does, folder by folder."""
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
