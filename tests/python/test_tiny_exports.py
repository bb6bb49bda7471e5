"""The report of an export with next to nothing in it claims next to nothing."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from conftest import APPLICATIONS, Project, record, write_export
from matplotlib.text import Text

from engagement.report.contents import FACTS, FIGURES, LISTS, TABLES
from engagement.report.page import ShownFigure, render
from engagement.report.reading import read_frames

# "1 users" and "1 active users", but not "0 to 1 days" or "2.1 users"; and values
# that are none.
WRONG = re.compile(
    r"(?<![\d.,])(?<!to )1 (?:[a-z]+ )?"
    r"(?:users|sessions|days|hours|files|records|locations|applications)\b"
    r"|average 0\b|\bNone\b(?!\.)|\bnan\b"
)
NO_TRAFFIC = {
    f"{name} {direction} (Bytes)": 0
    for name in (*APPLICATIONS, "Total")
    for direction in ("DL", "UL")
}
# What is in the export, and what no title may say of it.
EXPORTS = {
    "one user": ([{}], "most|top|leads?|first|apart|equal"),
    "equal users": ([{}] * 12, "leads|top|most|more|less|apart"),
    "no traffic": ([NO_TRAFFIC] * 3, "leads|busy|top|of traffic|of the traffic"),
}


@pytest.mark.parametrize("export", EXPORTS)
def test_titles_claim_nothing_that_so_few_cannot_show(
    export: str, project: Project, tmp_path: Path
) -> None:
    fields, too_much = EXPORTS[export]
    records = [
        record(**{"MSISDN/Number": f"9990000{i:04}"} | own)
        for i, own in enumerate(fields)
    ]
    result = project.build(write_export(tmp_path / "xdr.csv", records))
    assert not result.failed, result.text

    warehouse = project.output / "warehouse.duckdb"
    queries = [FACTS, *(entry.query for entry in (*FIGURES, *TABLES, *LISTS))]
    frames = read_frames(warehouse, queries)
    figures = {entry.name: entry.draw(frames[entry.query]) for entry in FIGURES}
    claims = {
        name: figure.get_suptitle()
        for name, figure in figures.items()
        if re.search(rf"\b(?:{too_much})\b", figure.get_suptitle())
    }
    assert claims == {}

    page = render(
        frames,
        {
            entry.name: ShownFigure(entry.title, entry.caption, "", "")
            for entry in FIGURES
        },
    )
    texts = [unescape(text) for text in re.findall(r">([^<]*)<", page)]
    for figure in figures.values():
        texts += [text.get_text() for text in figure.findobj(Text)]
    assert [text for text in texts if WRONG.search(text)] == []
