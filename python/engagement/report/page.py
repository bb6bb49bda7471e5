"""Read the marts and write the report: a page, and each figure as a PNG file."""

from __future__ import annotations

import base64
import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from engagement.progress import Tell, silently
from engagement.report.charts import reason_of
from engagement.report.contents import (
    FACTS,
    FIGURES,
    LISTS,
    MOST_LISTED,
    TABLES,
    ListEntry,
)
from engagement.report.drawing import save_png, svg_of
from engagement.report.findings import findings_of, fixed_sentence
from engagement.report.formats import (
    counted,
    format_change,
    format_period,
)
from engagement.report.frames import Frame
from engagement.report.reading import read_frames, read_query
from engagement.report.sentences import (
    NO_CHANGE,
    applications_sentence,
    files_sentence,
    mangled_sentence,
    metrics_sentence,
    places_sentence,
    reach_sentence,
    records_sentence,
    withheld_sentence,
)
from engagement.report.tables import Part, cell_of, parts_of
from engagement.report.width import for_a_phone
from engagement.serve.warehouse import writing

HERE = Path(__file__).parent
PSEUDONYM = re.compile("[0-9a-f]{24}")


@dataclass(frozen=True)
class ShownFigure:
    """A figure as the page has it."""

    title: str
    caption: str
    svg: Markup
    narrow_svg: Markup  # for a phone
    reason: str = ""  # why there is nothing to see, in a sentence


@dataclass(frozen=True)
class ShownTable:
    """A table as the page has it."""

    caption: str
    parts: list[Part]


@dataclass(frozen=True)
class ShownList:
    """A list as the page offers it.

    Attributes
    ----------
    sentence : str
        What is listed, and how long the list is.
    is_of_users : bool
    sql : str
        The query that gives it.
    reason : str
        Why the page does not hold it, if so.
    data : Markup
        The list as JSON, if the page holds it.
    """

    sentence: str
    is_of_users: bool
    sql: str
    reason: str
    data: Markup


def write_report(warehouse: Path, folder: Path, tell: Tell = silently) -> list[Path]:
    """Write the report: ``index.html``, which needs no other file, and PNG files.

    Parameters
    ----------
    warehouse : Path
        The DuckDB file that dbt built; it is only read.
    folder : Path
        Created if it is missing. Its files are replaced once the whole report is
        made, and not before.
    tell : callable
        Takes the share that is done, from 0 to 1.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    WarehouseError
        If the warehouse or a mart cannot be read, or the folder cannot be written.
    """
    queries = [FACTS, *(each.query for each in (*FIGURES, *TABLES, *LISTS))]
    most = {each.query: MOST_LISTED for each in LISTS}
    frames = read_frames(warehouse, queries, lambda read: tell(read / 2), most)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".drawing-") as drawing:
            drawn = {}
            for number, each in enumerate(FIGURES):
                tell((1 + number / len(FIGURES)) / 2)
                figure = each.draw(frames[each.query])
                save_png(figure, Path(drawing) / f"{each.name}.png")
                figure.set_layout_engine("none")  # the layout is made by now
                with for_a_phone():
                    narrow = each.draw(frames[each.query])
                drawn[each.name] = ShownFigure(
                    each.title,
                    each.caption,
                    Markup(svg_of(figure, each.name, each.caption)),
                    Markup(svg_of(narrow, f"{each.name}_phone", each.caption)),
                    reason_of(figure),
                )
            page = Path(drawing) / "index.html"
            page.write_text(render(frames, drawn), encoding="utf-8")
            made = sorted(Path(drawing).iterdir())
            return [path.replace(folder / path.name) for path in made]


def render(frames: Mapping[str, Frame], figures: Mapping[str, ShownFigure]) -> str:
    """Write the page.

    Parameters
    ----------
    frames : mapping of str to Frame
        Of the tables and the facts, by the names of their queries.
    figures : mapping of str to ShownFigure
        By their names.

    Returns
    -------
    str
        HTML.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("page.html.j2")
    source = (HERE / template.name).read_text(encoding="utf-8")
    script = (HERE / "page.js").read_text(encoding="utf-8")
    facts = {name: column[0] for name, column in frames[FACTS].items()}
    is_pseudonymised = shows_pseudonyms(frames.values())
    return template.render(
        changes={
            name: f"{format_change(value)} since the period before"
            if value is not None
            else ""
            for name, value in facts.items()
            if name.endswith("_change_share")
        },
        findings=findings_of(facts, frames["figure_week_hours"]),
        fixed_sentence=fixed_sentence(facts),
        no_change=NO_CHANGE,
        lists={
            each.name: list_of(each, frames[each.query], facts, is_pseudonymised)
            for each in LISTS
        },
        facts={name: cell_of(name, value) for name, value in facts.items()},
        period=period_of(facts),
        files=counted(facts["file_count"], "file"),
        records_sentence=records_sentence(facts),
        files_sentence=files_sentence(facts),
        mangled_sentence=mangled_sentence(facts),
        places_sentence=places_sentence(facts),
        reach_sentence=reach_sentence(facts),
        withheld_sentence=withheld_sentence(facts),
        applications_sentence=applications_sentence(facts),
        metrics_sentence=metrics_sentence(facts),
        has_traffic=bool(facts["total_bytes"]),
        has_applications=bool(facts["applications_bytes"]),
        figures=figures,
        tables={
            table.name: ShownTable(table.caption, parts_of(frames[table.query]))
            for table in TABLES
        },
        sections=re.findall(r'<h2 id="(\w+)">([^<]+)</h2>', source),
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(sha256(script.encode()).digest()).decode(),
        written_at=f"{datetime.now(UTC):%F %H:%M}",
        is_pseudonymised=is_pseudonymised,
    )


def list_of(
    entry: ListEntry, frame: Frame, facts: Mapping[str, Any], is_pseudonymised: bool
) -> ShownList:
    """Make a list for the page, or say why the page does not hold it.

    Parameters
    ----------
    entry : ListEntry
    frame : Frame
        Its rows, which may be cut.
    facts : mapping
        Its length among them.
    is_pseudonymised : bool
        Whether users are under pseudonyms.
    """
    count = facts[entry.count] or 0
    sentence = f"{counted(count, entry.one)}{entry.note}."
    reason, data = "", Markup("")
    if not count:
        reason = "The list is empty."
    elif entry.is_of_users and not is_pseudonymised:
        reason = "This page holds no list of subscribers' numbers."
    elif count > MOST_LISTED:
        reason = f"This page holds lists of at most {MOST_LISTED:,} rows."
    else:
        rows = list(zip(*frame.values(), strict=True))
        text = json.dumps([list(frame), *rows], default=str, separators=(",", ":"))
        data = Markup(text.replace("<", r"\u003c"))  # a name may end the script
    sql = read_query(entry.query)
    return ShownList(sentence, entry.is_of_users, sql, reason, data)


def period_of(facts: Mapping[str, Any]) -> str:
    """Write the days that the report is of, or nothing if there are none."""
    first, last = facts["first_date"], facts["last_date"]
    return "" if first is None else format_period(first, last)


def shows_pseudonyms(frames: Iterable[Frame]) -> bool:
    """Tell whether there are users in frames, and all under pseudonyms.

    The ids themselves tell: a number has fewer digits. Whether a key is set, or
    there is a table of identities, may be true of another build only.
    """
    ids = [user for frame in frames for user in frame.get("user_id", ())]
    return bool(ids) and all(PSEUDONYM.fullmatch(user) for user in ids)
