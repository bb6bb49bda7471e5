"""The report's page in a browser: it says what the marts say, to everyone."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import APPLICATIONS, Project, record, write_export
from playwright.sync_api import Browser, Page, sync_playwright
from test_report import HASHED, build

from engagement.report.contents import FIGURES, TABLES
from engagement.report.page import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium to look")
NASTY = [
    "<script>window.harmed = 1</script>",
    "\"><img src=x onerror='window.harmed = 2'>",
    "'; drop table marts.users; --",
    "{{ 7 * 7 }} $x^2$ </svg></style>",
    "\u202eright to left \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "\N{SATELLITE ANTENNA}\N{FAMILY}",
    "long " * 2000,
]
LEAST_SIZE = 6  # pixels of the smallest letters of a figure
MOST_OUTSIDE = 3  # pixels of a text beyond its figure, since fonts differ


@dataclass
class Opened:
    """A page, and what it did that it should not."""

    page: Page
    faults: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # as root, as in a container, chromium has no sandbox of its own
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


def opened(
    browser: Browser, path: Path, width: int = 1280, scheme: str = "light"
) -> Opened:
    """Open a page from disk and note complaints, and what it asks the network for."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    found = Opened(context.new_page())
    page, faults = found.page, found.faults
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    address = path.absolute().as_uri()
    page.on("request", lambda r: None if r.url == address else faults.append(r.url))
    page.goto(address)
    return found


@pytest.fixture(scope="module")
def path(sample: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    write_report(sample.output / "warehouse.duckdb", folder)
    # nothing beside it is needed
    return (folder / "index.html").rename(
        tmp_path_factory.mktemp("elsewhere") / "it's a report.html"
    )


@pytest.fixture
def page(browser: Browser, path: Path) -> Iterator[Page]:
    found = opened(browser, path)
    yield found.page
    found.page.context.close()
    assert found.faults == []


def column(page: Page, table: str, heading: str) -> list[str]:
    """Read the cells of a column of the first table shown, top down."""
    return page.evaluate(
        """([table, heading]) => {
            const shown = [...document.querySelectorAll(`#table-${table} table`)]
                .find((t) => t.offsetParent !== null);
            const at = [...shown.tHead.rows[0].cells]
                .findIndex((cell) => cell.textContent === heading);
            return [...shown.tBodies[0].rows].map((row) => row.cells[at].textContent);
        }""",
        [table, heading],
    )


def test_every_figure_and_table_is_there(page: Page) -> None:
    moved = page.locator("#figure-cluster_migration").inner_text()
    assert moved.startswith("Who moved: No user moved, or too few earlier days")
    for summary in page.locator("summary").all():
        summary.click()
    for entry in FIGURES:
        if entry.name == "cluster_migration":
            continue
        figure = page.locator(f"#figure-{entry.name} .wide svg")
        assert figure.get_attribute("aria-label") == entry.caption
        assert figure.bounding_box()["height"] > 100
        narrow = page.locator(f"#figure-{entry.name} .narrow svg")
        assert narrow.get_attribute("aria-label") == entry.caption
        assert not narrow.is_visible()
        assert entry.caption in page.locator(f"#figure-{entry.name}").inner_text()
    # the sample has no earlier days to compare with
    assert page.locator("#table-changes").count() == 0
    assert "no change to show yet" in page.locator("main").inner_text()
    for table in TABLES:
        if table.name == "changes":
            continue
        assert page.locator(f"#table-{table.name} tbody tr").count() > 0, table.name
        assert page.locator(f"#table-{table.name} table").first.is_visible()
    targets = page.locator("nav a").evaluate_all(
        "links => links.map((a) => document.querySelector(a.getAttribute('href')))"
        ".filter((target) => target && target.tagName === 'H2').length"
    )
    assert targets == page.locator("nav a").count() == page.locator("h2").count()


def test_numbers_are_those_of_the_marts(page: Page, sample: Project) -> None:
    users, sessions = sample.query(
        "select count(*), sum(session_count) from marts.user_engagement"
    )[0]
    facts = page.locator(".facts").inner_text().split("\n")
    assert facts[facts.index("Users") + 1] == f"{users:,}"
    assert facts[facts.index("Sessions") + 1] == f"{sessions:,}"
    ((verdict,),) = sample.query("select verdict from marts.cluster_model")
    assert page.get_by_text(verdict, exact=True).count() >= 1

    top = sample.query(
        "select user_id, value from marts.top_users"
        " where metric = 'session_count' order by user_rank"
    )
    assert column(page, "top_users", "User") == [user for user, _ in top]
    assert column(page, "top_users", "Sessions") == [str(value) for _, value in top]
    figure = page.locator("#figure-top_users .wide svg").text_content()
    assert all(user in figure for user, _ in top)

    exact = page.locator("#table-applications td[title$=' bytes']").evaluate_all(
        "cells => cells.map((cell) => [cell.title, cell.dataset.order])"
    )
    shown = [int(order) for _, order in exact]
    built = sample.query(
        "select dl_bytes, ul_bytes, total_bytes from marts.application_traffic"
        " order by application_rank"
    )
    assert shown == [value for row in built for value in row]
    assert [title for title, _ in exact] == [f"{value:,} bytes" for value in shown]

    refused = dict(
        zip(
            column(page, "rejections", "Reason"),
            map(int, column(page, "rejections", "Records")),
            strict=True,
        )
    )
    assert refused == sample.reasons()
    ((inertia,),) = sample.query("select inertia from marts.elbow_curve where k = 3")
    figure = page.locator("#figure-elbow_curve").text_content()
    assert f"{inertia:,.0f}" in figure


def test_tables_sort_by_exact_values_with_mouse_and_keys(
    page: Page, sample: Project
) -> None:
    by_traffic = [
        name
        for (name,) in sample.query(
            "select application from marts.application_traffic order by ul_bytes"
        )
    ]
    plain = [name.lower().replace(" ", "_") for name in APPLICATIONS]
    assert sorted(by_traffic) == sorted(plain)

    def names() -> list[str]:
        shown = column(page, "applications", "Application")
        return [name.lower().replace(" ", "_") for name in shown]

    uplink = page.locator("#table-applications th", has_text="Uplink")
    uplink.get_by_role("button").click()
    assert uplink.get_attribute("aria-sort") == "descending"
    assert names() == by_traffic[::-1]
    uplink.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert uplink.get_attribute("aria-sort") == "ascending"
    assert names() == by_traffic
    text = page.locator("#table-applications th", has_text="Application")
    text.get_by_role("button").click()
    assert names() == sorted(by_traffic)
    assert uplink.get_attribute("aria-sort") is None


def saved(page: Page, name: str) -> list[list[str]]:
    """Save a list of the page and read it back, without its first line."""
    with page.expect_download() as saving:
        page.locator(f"#list-{name} button").click()
    assert saving.value.suggested_filename == f"{name}.csv"
    text = Path(saving.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.reader(text.splitlines()))[1:]


def test_places_are_saved_as_they_are_in_the_mart(page: Page, sample: Project) -> None:
    rows = saved(page, "places")

    places = sample.query(
        "select priority_rank, location, verdict, user_count, total_bytes, poor_share"
        " from marts.location_priorities order by priority_rank"
    )
    found = [(int(r[0]), r[1], r[2], int(r[3]), int(r[5]), r[9]) for r in rows]
    expected = [(*p[:5], "" if p[5] is None else p[5]) for p in places]
    assert [row[:5] for row in found] == [row[:5] for row in expected]
    assert [r[5] and float(r[5]) for r in found] == [e[5] for e in expected]
    assert page.locator("#list-highly_engaged button").count() == 0


def test_users_are_saved_under_pseudonyms(browser: Browser, tmp_path: Path) -> None:
    """A name that a spreadsheet would run is saved as a text."""
    name = '=1+1,"</script>'
    path = build(
        tmp_path,
        f"{HASHED} update marts.user_engagement set device = '{name}'",
    )
    write_report(path, tmp_path / "report")
    found = opened(browser, tmp_path / "report" / "index.html")
    (row,) = saved(found.page, "highly_engaged")
    with duckdb.connect(path) as connection:
        ((user,),) = connection.sql(
            "select user_id from marts.user_clusters where cluster_id = 2"
        ).fetchall()

    assert (row[0], row[4]) == (user, f"'{name}")
    text = found.page.locator("#list-highly_engaged").inner_text()
    assert "pseudonymous personal data, for use inside" in text
    found.page.context.close()
    assert found.faults == []


def test_the_answers_are_on_the_first_screen(browser: Browser, path: Path) -> None:
    found = opened(browser, path, width=1400)
    answers = found.page.locator(".findings li")
    assert answers.count() == 6
    box = found.page.locator(".findings").bounding_box()
    assert box["y"] + box["height"] <= 900
    for link in found.page.locator(".findings a").all():
        target = link.get_attribute("href")
        assert found.page.locator(f"h2{target}").count() == 1, target
    found.page.context.close()


def test_top_users_are_chosen_with_and_without_fixed_devices(page: Page) -> None:
    chosen = page.get_by_label("Metric", exact=True)
    names = chosen.locator("option").all_inner_texts()
    metrics = ["Most sessions", "Longest duration", "Most traffic"]
    assert names == [*metrics, *(f"{m}, without fixed devices" for m in metrics)]
    chosen.select_option("Most traffic, without fixed devices")
    assert page.locator("#table-top_users table:visible").count() == 1


def test_an_application_is_chosen_in_the_page(page: Page, sample: Project) -> None:
    for name in ("Netflix", "Email"):
        page.get_by_label("Application", exact=True).select_option(name)
        users = sample.query(
            "select user_id from marts.top_users_per_application"
            f" where application = '{name.lower()}' order by user_rank"
        )
        assert column(page, "top_users_per_application", "User") == [
            user for (user,) in users
        ]
        shown = page.locator("#table-top_users_per_application table:visible")
        assert shown.count() == 1


def test_the_theme_follows_the_system_and_the_button(
    browser: Browser, path: Path
) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    white, dark = "rgb(255, 255, 255)", "rgb(21, 25, 29)"
    for scheme, first, second in (("light", white, dark), ("dark", dark, white)):
        found = opened(browser, path, scheme=scheme)
        drawn = found.page.locator("#figure-elbow_curve .wide svg path").first
        assert found.page.evaluate(paper) == first
        assert drawn.evaluate("path => getComputedStyle(path).fill") == first
        found.page.get_by_role("button", name="theme").click()
        assert found.page.evaluate(paper) == second
        assert drawn.evaluate("path => getComputedStyle(path).fill") == second
        found.page.reload()
        assert found.page.evaluate(paper) == second, "the choice is forgotten"
        found.page.context.close()
        assert found.faults == []


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        *((390, "light"), (390, "dark"), (768, "light")),
        *((1400, "light"), (1400, "dark"), (1920, "light")),
    ],
)
def test_it_is_accessible_and_never_scrolls_sideways(
    browser: Browser, path: Path, width: int, scheme: str
) -> None:
    found = opened(browser, path, width, scheme)
    for summary in found.page.locator("summary").all():
        summary.click()
    violations = Axe().run(found.page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
    assert found.page.evaluate("document.documentElement.scrollWidth") == width
    found.page.context.close()
    assert found.faults == []


@pytest.mark.parametrize("width", [390, 768, 1400, 1920])
def test_every_figure_is_read_without_scrolling(
    browser: Browser, path: Path, width: int
) -> None:
    found = opened(browser, path, width)
    for summary in found.page.locator("summary").all():
        summary.click()
    drawn = found.page.evaluate(
        """() => [...document.querySelectorAll("figure")].map((figure) => {
            const svg = [...figure.querySelectorAll("svg")]
                .find((one) => one.getBoundingClientRect().width > 0);
            const box = svg.getBoundingClientRect();
            const scale = box.width / svg.viewBox.baseVal.width;
            const texts = [...svg.querySelectorAll("text")].map((text) => {
                const own = text.getBoundingClientRect();
                const size = scale * parseFloat(getComputedStyle(text).fontSize);
                const out = Math.max(
                    box.left - own.left, own.right - box.right,
                    box.top - own.top, own.bottom - box.bottom);
                return [text.textContent, size, out];
            });
            return [figure.id, figure.scrollWidth - figure.clientWidth, texts];
        })"""
    )
    assert len(drawn) == len(FIGURES) - 1
    for figure, hidden, texts in drawn:
        assert hidden <= 0, figure
        assert [t for t in texts if t[1] < LEAST_SIZE] == [], figure
        assert [t for t in texts if t[2] > MOST_OUTSIDE] == [], figure
    found.page.context.close()
    assert found.faults == []


def test_keys_reach_all_there_is_to_do(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"BUTTON", "A", "DIV"} <= reached


def test_printed_it_is_black_on_white_and_whole(browser: Browser, path: Path) -> None:
    found = opened(browser, path, scheme="dark")
    found.page.emulate_media(media="print", color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert found.page.evaluate(paper) == "rgb(255, 255, 255)"
    shown = found.page.locator("#table-top_users_per_application table:visible")
    assert shown.count() == len(APPLICATIONS)
    assert not found.page.locator("nav").is_visible()
    found.page.context.close()


def test_without_scripts_all_is_shown(browser: Browser, path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    tables = page.locator("#table-top_users_per_application table:visible")
    assert tables.count() == len(APPLICATIONS)
    assert not page.get_by_label("Application", exact=True).is_visible()
    context.close()


def test_a_hostile_export_is_shown_as_it_is(
    browser: Browser, project: Project, tmp_path: Path
) -> None:
    """Names cannot run, break out of where they stand, or widen the page."""
    columns = [
        {
            "name": f"app_{i}",
            "dl": f"{text} DL",
            "ul": f"{text} UL",
        }
        for i, text in enumerate(
            ["<b>x</b>", "'; drop table x; --", '"quoted" & {{ 1 }}']
        )
    ]
    fields = {c[end]: 5 * i + 7 for i, c in enumerate(columns) for end in ("dl", "ul")}
    records = [
        record(
            **{"MSISDN/Number": f"9990000{i:04}", "Last Location Name": location},
            **fields,
        )
        for i, location in enumerate(NASTY * 2)
    ]
    bad = record(**{"Total DL (Bytes)": "<script>window.harmed = 3</script>"}, **fields)
    export = write_export(
        tmp_path / "<img src=x onerror=alert(1)>.csv", [*records, bad]
    )
    settings = {"applications": columns, "max_rejected_share": 1}

    result = project.build(export, settings=settings)
    assert not result.failed, result.text
    write_report(project.output / "warehouse.duckdb", tmp_path / "report")
    found = opened(browser, tmp_path / "report" / "index.html", width=390)

    page = found.page
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("window.harmed") is None
    assert page.locator("img, main script:not([type]), main b, iframe").count() == 0
    for data in page.locator("main script").all():
        assert json.loads(data.text_content())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    shown = column(page, "locations", "Location")
    whole = [re.sub(r"\s+", " ", name.strip()) for name in NASTY]
    assert len(shown) == len(whole)
    for name in whole[:4]:
        assert name in shown
    assert max(map(len, shown)) <= 80
    page.context.close()
    assert found.faults == []
