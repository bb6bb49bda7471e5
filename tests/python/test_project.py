"""The project keeps what it promises a reader and a BI tool.

Further rules of the house are checked by `make lint`: see dbt-bouncer.yml.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Project

LAYERS = ("staging", "intermediate", "marts", "published")
FOLDERS = (".ci", "macros", "models", "python", "seeds", "tests")
# Steps towards marts that are about clusters, which are a mart themselves.
AFTER_CLUSTERS = {
    "int_cluster_verdict", "int_hourly_changes", "int_scored_users",
    "int_session_hours", "int_highly_engaged_users", "int_highly_engaged_visits",
    "int_hours", "int_session_parts", "int_location_hours",
}  # fmt: skip
# Views for readers, of which the drawing has the table.
NOT_IN_THE_FLOW = {
    "engagement_metrics", "int_cluster_verdict", "int_hourly_changes",
    "int_sessions", "stg_xdr__files", "stg_xdr__files_passed_over", "top_applications",
    "top_users_per_application",
}  # fmt: skip
# Where a build's state says what is current.
BY_FILE = {"int_file_days_loaded", "int_records_rejected", "int_shared_sessions"}
# What drivers of BI tools know; sums of integers are HUGEINT unless cast.
TYPES = {"BIGINT", "BOOLEAN", "DATE", "DOUBLE", "TIMESTAMP", "VARCHAR"}
# No data test names these marts, and why that is no gap.
UNTESTED = {
    "top_applications": "the first rows of application_traffic, which is tested",
}
Node = dict[str, Any]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory, target: Path) -> Node:
    """What dbt understands the project to be."""
    project = Project(tmp_path_factory.mktemp("parsed"), target)
    result = project.dbt("parse")
    assert not result.failed, result.text
    return json.loads((target / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models(manifest: Node) -> list[Node]:
    found = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    assert {layer_of(model) for model in found} == set(LAYERS)
    return found


@pytest.fixture(scope="module")
def macros(manifest: Node) -> dict[str, list[Node]]:
    """The project's macros by the file they stand in."""
    files = defaultdict(list)
    for macro in manifest["macros"].values():
        path = macro["original_file_path"]
        if macro["package_name"] == "engagement" and path.startswith("macros/"):
            files[path].append(macro)
    assert files
    return files


def layer_of(model: Node) -> str:
    return model["fqn"][1]


def tracked_files() -> list[Path]:
    """List the project's own files, also where there is no checkout of git."""
    if not (ROOT / ".git").exists():
        folders = (ROOT / name for name in FOLDERS)
        found = [*ROOT.glob("*"), *(p for place in folders for p in place.rglob("*"))]
        return [path for path in found if path.suffix != ".pyc"]
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


# Documentation


def test_every_model_seed_and_exposure_is_described(
    manifest: Node, models: list[Node]
) -> None:
    seeds = [n for n in manifest["nodes"].values() if n["resource_type"] == "seed"]
    nodes = [*models, *seeds, *manifest["exposures"].values()]

    assert seeds
    assert [n["name"] for n in nodes if not n["description"].strip()] == []


def test_every_source_and_its_tables_are_described(manifest: Node) -> None:
    tables = manifest["sources"].values()

    assert tables
    assert all(t["description"] and t["source_description"] for t in tables)


def test_every_column_that_is_listed_is_described(manifest: Node) -> None:
    nodes = [*manifest["nodes"].values(), *manifest["sources"].values()]
    columns = {
        (node["name"], column["name"]): column["description"]
        for node in nodes
        for column in node.get("columns", {}).values()
    }

    assert len(columns) > 100
    assert [key for key, text in columns.items() if not text.strip()] == []


def test_every_model_lists_its_columns(models: list[Node]) -> None:
    assert [model["name"] for model in models if not model["columns"]] == []


def test_a_macro_that_others_call_is_described_once(
    macros: dict[str, list[Node]],
) -> None:
    """In the yml of its folder, with its arguments; a helper stands below it."""
    for path, held in macros.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        others = "\n".join(
            place.read_text(encoding="utf-8")
            for folder in ("macros", "models", "tests")
            for place in (ROOT / folder).rglob("*.*")
            if place.suffix in {".sql", ".yml"} and place != ROOT / path
        ) + (ROOT / "dbt_project.yml").read_text(encoding="utf-8")
        for macro in held:
            name = macro["name"]
            if re.match("(default|duckdb|spark)__|generate_schema_name", name):
                continue  # what dispatch or dbt chooses from
            signature = re.search(rf"macro\s+{name}\((.*?)\)", text, re.S)
            if not signature:  # a materialization
                assert macro["description"], name
                continue
            # called, or named in a dict of macros
            called = re.search(rf'(?<![\w.]){name}\(|": {name}\b', others)
            assert bool(called) == bool(macro["description"]), (path, name)
            arguments = re.findall(r"(\w+)(?:=[^,]*)?", signature[1])
            described = [a["name"] for a in macro["arguments"] if a["description"]]
            assert described == (arguments if called else []), name


def test_what_dispatch_chooses_from_is_described_through_what_dispatches(
    macros: dict[str, list[Node]],
) -> None:
    """In the same file, by its name; what stands in for a macro of dbt's, by itself."""
    found = 0
    for path, held in macros.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        for macro in held:
            engine, _, name = macro["name"].partition("__")
            if engine not in ("duckdb", "spark"):
                continue
            found += 1
            is_dispatched = f'dispatch("{name}")' in text
            assert is_dispatched != bool(macro["description"]), macro["name"]
            arguments = [a["name"] for a in macro["arguments"] if a["description"]]
            signature = re.search(rf"macro {engine}__{name}\((.*?)\)", text)
            told = [] if is_dispatched else re.findall(r"\w+", signature[1])
            assert arguments == told, macro["name"]
    assert found > 20


def test_macros_are_few_and_stand_by_concern(
    macros: dict[str, list[Node]], models: list[Node]
) -> None:
    assert len(macros) <= 50
    assert [path for path in macros if path.count("/") == 1] == ["macros/columns.sql"]
    written = sum(len((ROOT / path).read_text("utf-8").splitlines()) for path in macros)
    read = sum(
        len(model["raw_code"].splitlines())
        for model in models
        if model["language"] == "sql"
    )
    assert written <= 0.6 * read


def test_the_overview_shows_what_there_is(manifest: Node, models: list[Node]) -> None:
    overview = manifest["docs"]["doc.engagement.__overview__"]["block_contents"]

    named = re.findall(r"`((?:macros|models|python|tests)/[\w/.]+)`", overview)
    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).exists()] == []
    flow = overview.split("```")[1]
    shown = {model["name"] for model in models if layer_of(model) != "published"}
    assert {name for name in shown if name not in flow} == NOT_IN_THE_FLOW


def test_engagement_is_few_steps_from_the_export(models: list[Node]) -> None:
    relations = {
        model["unique_id"]: model
        for model in models
        if model["config"]["materialized"] != "ephemeral"
    }

    def steps(identifier: str) -> int:
        if identifier not in relations:
            return 0
        parents = relations[identifier]["depends_on"]["nodes"]
        return 1 + max(map(steps, parents), default=0)

    assert steps("model.engagement.user_engagement") <= 9


# Promises


def test_every_mart_has_a_data_test(manifest: Node, models: list[Node]) -> None:
    tested = {
        node
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test"
        for node in test["depends_on"]["nodes"]
    }
    marts = [model for model in models if layer_of(model) == "marts"]

    assert {m["name"] for m in marts if m["unique_id"] not in tested} == set(UNTESTED)


def test_a_singular_test_opens_with_the_harm() -> None:
    tests = list((ROOT / "tests").glob("*.sql"))

    assert tests
    for path in tests:
        assert path.name.startswith("assert_"), path
        assert path.read_text(encoding="utf-8").startswith("-- Else "), path


def test_documents_lead_somewhere() -> None:
    """Every link is to a file, and to a heading of it, that is there."""
    pages = [
        ROOT / "README.md",
        ROOT / "models" / "overview.md",
        *ROOT.glob("docs/*.md"),
    ]
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    anchors = {
        page: {
            re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.M)
        }
        for page, text in texts.items()
    }

    broken = []
    for page, text in texts.items():
        for link in re.findall(r"\]\((?!http)([^)]+)\)", text):
            place, _, anchor = link.partition("#")
            target = (page.parent / place).resolve() if place else page
            is_there = anchor in anchors[target] if anchor else target.is_file()
            if not is_there:
                broken.append((page.name, link))
    assert broken == []
    assert len(texts[ROOT / "README.md"].splitlines()) <= 150


def names_in_table(path: Path) -> list[str]:
    """The names in the first cells of the tables of a document."""
    cells = re.findall(r"^\| (`[^|]+`) \|", path.read_text(encoding="utf-8"), re.M)
    return [name for cell in cells for name in re.findall(r"`(\w+)[`.]", cell)]


def test_documents_name_every_mart_once(models: list[Node]) -> None:
    marts = {model["name"] for model in models if layer_of(model) == "marts"}

    assert sorted(names_in_table(ROOT / "docs" / "marts.md")) == sorted(marts)
    assert set(names_in_table(ROOT / "README.md")) <= marts


def test_every_var_stands_in_one_document() -> None:
    """Those that say how an export is read in one, all others in the other."""
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    variables = set(project["vars"])
    told = [
        name
        for page in ("formats.md", "settings.md")
        for name in sorted(set(names_in_table(ROOT / "docs" / page)))
        if name in variables
    ]

    assert sorted(told) == sorted(variables)


# Owners


def test_marts_and_what_is_made_of_them_have_an_owner(
    manifest: Node, models: list[Node]
) -> None:
    """The same as each model, which dbt-score checks."""
    owned = [*manifest["groups"].values(), *manifest["exposures"].values()]
    owners = {model["config"]["meta"]["owner"] for model in models}

    assert {each["name"] for each in owned} == {
        "marts", "engagement_report", "published_marts",
    }  # fmt: skip
    assert len(owners) == 1
    assert {each["owner"]["name"] for each in owned} == owners
    assert {m["name"] for m in models if m["group"]} == {
        m["name"] for m in models if layer_of(m) == "marts"
    }


def test_exposures_say_where_they_are(manifest: Node) -> None:
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    urls = {each["name"]: each["url"] for each in manifest["exposures"].values()}

    assert urls == {
        "engagement_report": settings["vars"]["report_url"],
        "published_marts": settings["vars"]["published_url"],
    }


def test_what_is_published_is_exposed(manifest: Node, models: list[Node]) -> None:
    published = manifest["exposures"]["exposure.engagement.published_marts"]

    assert sorted(published["depends_on"]["nodes"]) == sorted(
        m["unique_id"] for m in models if layer_of(m) in ("marts", "published")
    )


# Structure


def test_models_read_from_earlier_layers_only(
    manifest: Node, models: list[Node]
) -> None:
    layers = {m["unique_id"]: LAYERS.index(layer_of(m)) for m in models}
    # the days that every layer after the records measures
    layers["model.engagement.engagement_period"] = LAYERS.index("intermediate")
    for model in models:
        if model["name"] in AFTER_CLUSTERS:
            continue
        layer = layers[model["unique_id"]]
        for parent in model["depends_on"]["nodes"]:
            assert layers.get(parent, 0) <= layer, (model["name"], parent)
            if parent in manifest["sources"] and model["name"] not in BY_FILE:
                assert layer_of(model) == "staging", (model["name"], parent)


def test_no_model_asks_which_engine_runs_it(models: list[Node]) -> None:
    asks = re.compile(r"\btarget\s*(\.\s*type|\[\s*['\"]type|\.get\(\s*['\"]type)")

    assert [m["name"] for m in models if asks.search(m["raw_code"])] == []


def test_no_file_tells_where_it_was_written() -> None:
    """No index of packages, no home directory: others have their own."""
    tells = re.compile(
        r"https?://[^/\s]+(?:/[^/\s]+)*/simple\b"
        r"|(?:index|trusted)[-_](?:url|host)"
        r"|(?<![\w.~])/(?:home|root|Users)/\w"
    )
    files = tracked_files()

    assert ROOT / "dbt_project.yml" in files
    found = [
        (path.name, match[0])
        for path in files
        if path.is_file()
        for match in tells.finditer(path.read_text("utf-8", errors="replace"))
    ]
    assert found == []


def test_without_git_the_same_files_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    written = {tmp_path / folder / "deeper" / "file.sql" for folder in FOLDERS}
    written.add(tmp_path / "README.md")
    for path in written | {tmp_path / "target" / "log.txt"}:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    assert {path for path in tracked_files() if path.is_file()} == written


# What BI tools see


def test_no_mart_has_a_type_that_bi_tools_do_not_know(sample: Project) -> None:
    columns = sample.query(
        "select table_name, column_name, data_type from duckdb_columns()"
        " where schema_name = 'marts'"
    )

    assert columns
    assert [column for column in columns if column[2] not in TYPES] == []


def test_marts_carry_their_descriptions(sample: Project, models: list[Node]) -> None:
    comments = sample.query(
        "select table_name, comment from duckdb_tables() where schema_name = 'marts'"
        " union all"
        " select view_name, comment from duckdb_views() where schema_name = 'marts'"
    )

    marts = [model for model in models if layer_of(model) == "marts"]
    assert dict(comments) == {m["name"]: m["description"] for m in marts}


def test_columns_of_marts_carry_their_descriptions(
    sample: Project, models: list[Node]
) -> None:
    """So every column is listed too, and none is listed that is not there."""
    comments = sample.query(
        "select table_name, column_name, comment from duckdb_columns()"
        " where schema_name = 'marts'"
    )

    described = {
        (model["name"], column["name"], column["description"])
        for model in models
        if layer_of(model) == "marts"
        for column in model["columns"].values()
    }
    assert set(comments) == described


def test_columns_of_other_models_are_all_listed(
    sample: Project, models: list[Node]
) -> None:
    """Where they are made; but for the applications', which are a var."""
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    applications = "|".join(a["name"] for a in settings["vars"]["applications"])
    varying = re.compile(f"({applications})_(dl|ul)_bytes")
    nodes = {model["unique_id"]: model for model in models}

    def columns_up_to(identifier: str) -> set[str]:
        if identifier not in nodes:
            return set()
        parents = nodes[identifier]["depends_on"]["nodes"]
        return set(nodes[identifier]["columns"]).union(*map(columns_up_to, parents))

    listed = {
        (model["schema"], model["alias"]): columns_up_to(model["unique_id"])
        for model in models
        if model["config"]["materialized"] != "ephemeral"
    }
    columns = sample.query(
        "select schema_name, table_name, column_name from duckdb_columns()"
        f" where schema_name in {LAYERS}"
    )

    unlisted = [
        (schema, table, column)
        for schema, table, column in columns
        if (schema, table) in listed
        and column not in listed[schema, table]
        and not varying.fullmatch(column)
    ]
    assert {(schema, table) for schema, table, _ in columns} >= set(listed)
    assert unlisted == []
