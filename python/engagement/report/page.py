"""Read the marts and write the report: a page, and each figure as a PNG file."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from engagement.report.drawing import save_png, svg_of
from engagement.report.pieces import PIECES, Piece
from engagement.report.tables import FACTS, TABLES, Part, Table, cell_of, parts_of
from engagement.serve.warehouse import (
    WarehouseError,
    build_command,
    check_relations,
    first_line,
    open_warehouse,
    writing,
)

Frame = dict[str, tuple[Any, ...]]
HERE = Path(__file__).parent
PSEUDONYM = re.compile("[0-9a-f]{24}")


@dataclass(frozen=True)
class ShownFigure:
    """A figure as the page has it."""

    title: str
    caption: str
    svg: Markup


@dataclass(frozen=True)
class ShownTable:
    """A table as the page has it."""

    caption: str
    parts: list[Part]


def write_report(warehouse: Path, folder: Path) -> list[Path]:
    """Write the report: ``index.html``, which needs no other file, and PNG files.

    Parameters
    ----------
    warehouse : Path
        The DuckDB file that dbt built; it is only read.
    folder : Path
        Made if missing. Its files change only once all of the report is made.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    WarehouseError
        If the warehouse or a mart cannot be read, or the folder not be written.
    """
    frames, is_pseudonymised = read_frames(warehouse)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".drawing-") as drawing:
            shown = {}
            for piece in PIECES:
                figure = piece.draw(frames[piece])
                save_png(figure, Path(drawing) / f"{piece.name}.png")
                figure.set_layout_engine("none")  # it lies as it should
                svg = Markup(svg_of(figure, piece.name, piece.caption))
                shown[piece.name] = ShownFigure(piece.title, piece.caption, svg)
            page = Path(drawing) / "index.html"
            page.write_text(render(frames, shown, is_pseudonymised), encoding="utf-8")
            made = sorted(Path(drawing).iterdir())
            return [path.replace(folder / path.name) for path in made]


def render(
    frames: dict[Piece | Table, Frame],
    figures: dict[str, ShownFigure],
    is_pseudonymised: bool,
) -> str:
    """Write the page.

    Parameters
    ----------
    frames : dict
        Of the tables and the facts; see `read_frames`.
    figures : dict
        By name.
    is_pseudonymised : bool
        Whether the users' ids are no numbers of subscribers.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("report.html.j2")
    source = (HERE / template.name).read_text(encoding="utf-8")
    script = (HERE / "report.js").read_text(encoding="utf-8")
    facts = frames[FACTS]
    return template.render(
        facts={name: cell_of(name, column[0]) for name, column in facts.items()},
        figures=figures,
        tables={t.name: ShownTable(t.caption, parts_of(frames[t])) for t in TABLES},
        sections=re.findall(r'<h2 id="(\w+)">([^<]+)</h2>', source),
        style=Markup((HERE / "report.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(sha256(script.encode()).digest()).decode(),
        written_at=f"{datetime.now(UTC):%F %H:%M}",
        is_pseudonymised=is_pseudonymised,
    )


def read_frames(warehouse: Path) -> tuple[dict[Piece | Table, Frame], bool]:
    """Run the queries of all figures and tables, and see if users are pseudonyms.

    The connection is closed before anything is drawn, since a reader keeps dbt
    from building.

    Raises
    ------
    WarehouseError
        If the warehouse or a mart cannot be read.
    """
    wanted: tuple[Piece | Table, ...] = (*PIECES, FACTS, *TABLES)
    with open_warehouse(warehouse) as connection:
        check_relations(
            connection, warehouse, (name for w in wanted for name in w.relations)
        )
        frames = {}
        for want in wanted:
            try:
                result = connection.execute(want.query)
                names = [column[0] for column in result.description]
                columns = list(zip(*result.fetchall(), strict=True))
            except duckdb.Error as error:
                raise WarehouseError(
                    f"{want.relations[0]} in {warehouse} cannot be read "
                    f"({first_line(error)}): run `{build_command(want.relations)}`."
                ) from error
            frames[want] = dict(zip(names, columns or [()] * len(names), strict=True))
    shown = (frame.get("user_id", ()) for frame in frames.values())
    return frames, _are_pseudonyms(chain.from_iterable(shown))


def _are_pseudonyms(ids: Iterable[str]) -> bool:
    """Tell whether there are ids, and all are too long for numbers.

    A key that is set, or a table of identities, may be of another build.
    """
    ids = list(ids)
    return bool(ids) and all(PSEUDONYM.fullmatch(user) for user in ids)
