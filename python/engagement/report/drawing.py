"""Write figures as PNG files, and as SVG elements of a page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Colours that the page's themes replace, and the variables that replace them.
THEMED = {
    "#000000": "ink",
    "#ffffff": "paper",
    "#595959": "grey",
    "#dddddd": "line",
}


def save_png(figure: Figure, path: Path) -> None:
    """Write a figure as a PNG file. The same figure always gives the same bytes."""
    with _any_letter():
        # savefig would draw the figure twice and use the second drawing only
        FigureCanvasAgg(figure).print_png(
            path, metadata={"Software": None}, pil_kwargs={"compress_level": 2}
        )


def svg_of(figure: Figure, name: str, caption: str) -> str:
    """Write a figure as an SVG element for an HTML page.

    Text stays text. Black, white and greys become colours of the page's theme. All
    ids begin with the figure's name, so that no two figures share one.

    Parameters
    ----------
    figure : Figure
    name : str
        Of letters, digits and _.
    caption : str
        What a screen reader says.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    written = io.StringIO()
    settings = {"svg.fonttype": "none", "svg.hashsalt": name}
    with _any_letter(), matplotlib.rc_context(settings):
        FigureCanvasSVG(figure).print_svg(
            written, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.S)
    svg = re.sub(r"<(metadata|style)\b.*?</\1>\s*", "", svg, flags=re.S)
    # hundredths of a point, which nobody sees, instead of millionths
    svg = re.sub(r' (?:d|x|y|transform)="[^"]*"', _rounded, svg)
    svg = _own_ids(svg, name)
    svg = re.sub(r"style=\"[^\"]*\"", _themed, svg)
    width, height = (72 * inches for inches in figure.get_size_inches())
    # never larger than drawn
    return re.sub(
        r"<svg[^>]*>",
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(caption)}" '
        f'style="max-width: {width * 4 / 3:.0f}px" '
        'xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">',
        svg,
        count=1,
    )


def _rounded(attribute: re.Match) -> str:
    return re.sub(r"\d+\.\d{3,}", lambda n: f"{float(n[0]):.2f}", attribute[0])


def _own_ids(svg: str, name: str) -> str:
    """Keep ids that something refers to, and put the figure's name before them."""
    used = set(re.findall(r'(?:url\(|xlink:href=")#([^)"]+)', svg))

    def keep(match: re.Match) -> str:
        return f' id="{name}-{match[1]}"' if match[1] in used else ""

    svg = re.sub(r'(?<=\w|") id="([^"]*)"', keep, svg)
    return re.sub(r'(url\(|xlink:href=")#', rf"\1#{name}-", svg)


def _themed(style: re.Match) -> str:
    """Leave the themed colours and the font to the page."""
    text = re.sub(
        r"#[0-9a-f]{6}",
        lambda colour: (
            f"var(--{THEMED[colour[0]]})" if colour[0] in THEMED else colour[0]
        ),
        style[0],
    )
    return re.sub(r"font-family: [^;\"]*;? ?", "", text)


@contextmanager
def _any_letter() -> Iterator[None]:
    """Draw a letter that no font has as a box, without a warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font")
        yield
