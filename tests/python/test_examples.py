"""The examples run on a published copy, and say what the marts say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import matplotlib
import matplotlib.pyplot as plt
import pytest
import yaml
from conftest import ROOT, Project

from engagement.cli import main
from engagement.serve.publish import publish

EXAMPLES = ROOT / "docs" / "examples"
NOTEBOOK = EXAMPLES / "seed_analysis.ipynb"
SUPERSET = EXAMPLES / "superset"
METRICS = {"session_count", "duration_ms", "total_bytes"}


@pytest.fixture(scope="module")
def notebook() -> dict[str, Any]:
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def names(
    notebook: dict[str, Any],
    sample: Project,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """Run the cells in order, as a kernel does, and keep what they define."""
    copy = tmp_path_factory.mktemp("examples")
    publish(sample.output / "warehouse.duckdb", copy / "engagement.duckdb")
    backend = matplotlib.get_backend()
    names: dict[str, Any] = {"__name__": "__main__", "shown": []}

    def show() -> None:
        names["shown"].append([axes.get_title() for axes in plt.gcf().axes])
        plt.close("all")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENGAGEMENT_OUTPUT", str(copy))
        patch.chdir(EXAMPLES)  # where Jupyter starts the kernel
        plt.switch_backend("Agg")
        patch.setattr(plt, "show", show)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                source = "".join(cell["source"])
                exec(compile(source, f"cell {cell['id']}", "exec"), names)
        plt.switch_backend(backend)
    return names


# The notebook


def test_the_notebook_holds_no_results(notebook: dict[str, Any]) -> None:
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]

    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    assert [c["id"] for c in code if c["outputs"] or c["execution_count"]] == []


def test_the_notebook_names_marts_that_are_there(
    notebook: dict[str, Any], sample: Project
) -> None:
    text = "".join(line for cell in notebook["cells"] for line in cell["source"])
    read = set(re.findall(r"marts\.(\w+)", text))

    assert len(read) > 5
    assert read <= set(sample.marts())


def test_clusters_of_the_notebook_are_those_of_the_marts(
    names: dict[str, Any], sample: Project
) -> None:
    own = names["users"].set_index("user_id")["own_cluster"].to_dict()
    mart = dict(sample.query("select user_id, cluster_id from marts.user_clusters"))
    sizes = sample.query(
        "select cluster_id, any_value(user_count) from marts.cluster_summary"
        " group by cluster_id order by cluster_id"
    )

    assert len(sizes) == 3
    assert sorted(names["users"]["own_cluster"].value_counts().items()) == sizes
    assert own == mart
    assert names["moved"] == 0


def test_the_elbow_of_the_notebook_is_that_of_the_mart(
    names: dict[str, Any], sample: Project
) -> None:
    curve = sample.query("select k, inertia from marts.elbow_curve order by k")
    elbow = sample.query("select k from marts.elbow_curve where is_elbow")

    assert [(names["own_elbow"],)] == elbow
    own = names["curve"][["k", "own_inertia"]].itertuples(index=False)
    for (k, inertia), (own_k, own_inertia) in zip(curve, own, strict=True):
        assert own_k == k
        assert own_inertia == pytest.approx(inertia, rel=0.02), k


def test_the_notebook_shows_figures_and_ten_users(names: dict[str, Any]) -> None:
    assert len(names["shown"]) == 4
    assert all(title for titles in names["shown"] for title in titles)
    assert set(names["tops"]) == METRICS
    assert {len(top) for top in names["tops"].values()} == {10}


def test_the_notebook_notices_other_clusters(
    notebook: dict[str, Any], names: dict[str, Any]
) -> None:
    """Else its check would pass whatever it found."""
    (check,) = (cell for cell in notebook["cells"] if cell["id"] == "check-users")
    source = "".join(check["source"])
    users = names["users"].assign(own_cluster=1)

    copy = names["published"] / "engagement.duckdb"
    with duckdb.connect(copy, read_only=True) as db:
        exec(source, names | {"db": db})
        with pytest.raises(AssertionError):
            exec(source, names | {"db": db, "users": users})


# The dashboard


def exported(kind: str) -> list[dict[str, Any]]:
    """Read the files of a kind, as Superset exports them."""
    paths = sorted((SUPERSET / kind).glob("*.yaml"))
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]


def columns_of(chart: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Say which columns a chart reads, and which columns or metrics it shows."""
    params = chart["params"]
    read = {*params.get("all_columns", []), *params.get("groupby", [])}
    read |= {json.loads(order)[0] for order in params.get("order_by_cols", [])}
    read |= {rule["subject"] for rule in params["adhoc_filters"]}
    read |= {params.get("x_axis")} - {None}
    shown = {*params.get("metrics", []), *params.get("column_config", {})}
    shown |= {params.get("x_axis_sort")} - {None}
    return read, shown


@pytest.fixture(scope="module")
def published(
    sample: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """What partners get: the dashboard shows no mart of users."""
    copy = tmp_path_factory.mktemp("superset") / "aggregates.duckdb"
    publish(sample.output / "warehouse.duckdb", copy, aggregates_only=True)
    with duckdb.connect(copy, read_only=True) as db:
        yield db


def test_the_dashboard_is_whole() -> None:
    """Each file names others by their ids, and no file of a machine."""
    (database,) = exported("databases")
    (dashboard,) = exported("dashboards")
    datasets, charts = exported("datasets"), exported("charts")
    places = [
        place["meta"]
        for place in dashboard["position"].values()
        if isinstance(place, dict) and place["type"] == "CHART"
    ]

    assert database["sqlalchemy_uri"] == "duckdb:////path/to/engagement.duckdb"
    assert database["extra"]["engine_params"]["connect_args"] == {"read_only": True}
    assert {dataset["database_uuid"] for dataset in datasets} == {database["uuid"]}
    assert {c["dataset_uuid"] for c in charts} == {d["uuid"] for d in datasets}
    assert sorted((place["uuid"], place["sliceName"]) for place in places) == sorted(
        (chart["uuid"], chart["slice_name"]) for chart in charts
    )
    assert len({place["chartId"] for place in places}) == len(charts) == 9


def test_the_dashboard_reads_columns_that_are_published(
    published: duckdb.DuckDBPyConnection,
) -> None:
    charts = exported("charts")
    for dataset in exported("datasets"):
        mart = f"{dataset['schema']}.{dataset['table_name']}"
        columns = {column["column_name"] for column in dataset["columns"]}
        there = set(published.sql(f"from {mart}").columns)
        metrics = {m["metric_name"]: m["expression"] for m in dataset["metrics"]}

        assert dataset["schema"] == "marts"
        assert columns <= there, mart
        assert {dataset.get("main_dttm_col")} - {None} <= columns, mart
        for expression in metrics.values():
            published.sql(f"select {expression} from {mart}").fetchall()
        for chart in charts:
            if chart["dataset_uuid"] == dataset["uuid"]:
                read, shown = columns_of(chart)
                assert read | shown, chart["slice_name"]
                assert read <= columns, chart["slice_name"]
                assert shown <= columns | set(metrics), chart["slice_name"]


# All examples


def test_the_index_lists_every_example() -> None:
    """And every link leads to a file that is there."""
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http)([^)#]+)", text)
    examples = {path.name for path in EXAMPLES.iterdir() if path.is_file()}

    assert [link for link in links if not (EXAMPLES / link).is_file()] == []
    assert set(links) >= examples - {"README.md"}


def test_the_graph_ends_in_commands_that_are_there() -> None:
    definition = (EXAMPLES / "dagster_definition.py").read_text(encoding="utf-8")
    called = re.findall(r'\brun\("(\w+)"\)', definition)

    assert called == ["publish", "report"]
    assert set(called) <= set(main.commands)
