"""The metrics of the semantic layer are valid, and say what the marts say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import Project
from dbt_semantic_interfaces.implementations.semantic_manifest import (
    PydanticSemanticManifest,
)
from dbt_semantic_interfaces.validations.semantic_manifest_validator import (
    SemanticManifestValidator,
)

AGGREGATES = {"sum": "sum({})", "count_distinct": "count(distinct {})"}
UNITS = ("ms", "bytes")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> PydanticSemanticManifest:
    """What dbt hands to a semantic layer; no warning or deprecation on the way."""
    folder = tmp_path_factory.mktemp("semantic")
    project = Project(folder, folder / "target")
    result = project.dbt(
        *("--warn-error", "--show-all-deprecations", "--no-partial-parse", "parse")
    )
    assert not result.failed, result.text
    written = project.target / "semantic_manifest.json"
    return PydanticSemanticManifest.parse_raw(written.read_text(encoding="utf-8"))


@dataclass
class Layer:
    """A semantic layer as simple as can be, on the sample."""

    manifest: PydanticSemanticManifest
    sample: Project

    def expression(self, metric: str) -> tuple[Any, str]:
        """Find the semantic model that a metric reads, and its SQL on it."""
        found = named(self.manifest.metrics, metric)
        assert found.filter is None
        parameters = found.type_params
        if found.type.value == "ratio":
            (model, above), (other, below) = (
                self.expression(part.name)
                for part in (parameters.numerator, parameters.denominator)
            )
            assert model is other
            return model, f"{above} / {below}"
        assert found.type.value == "simple"
        for model in self.manifest.semantic_models:
            for measure in model.measures:
                if measure.name == parameters.measure.name:
                    return model, AGGREGATES[measure.agg.value].format(sql_of(measure))
        raise AssertionError(metric)

    def query(self, metrics: list[str], by: str | None = None) -> list[tuple]:
        """Ask for metrics of one semantic model, by a dimension of it or of users."""
        (facts, *others), expressions = zip(
            *(self.expression(metric) for metric in metrics), strict=True
        )
        assert all(other is facts for other in others)
        source = f"{facts.node_relation.relation_name} as facts"
        columns = [f"({expression})" for expression in expressions]
        if by is not None:
            (model,) = (
                model
                for model in self.manifest.semantic_models
                if any(dimension.name == by for dimension in model.dimensions)
            )
            columns.insert(0, sql_of(named(model.dimensions, by)))
            if model is not facts:
                relation, user = model.node_relation, named(model.entities, "user")
                source += (
                    f" left join (select {sql_of(user)} as user_key, {columns[0]}"
                    f" from {relation.relation_name}) as users"
                    f" on facts.{sql_of(named(facts.entities, 'user'))} = user_key"
                )
        return self.sample.query(
            f"select {', '.join(columns)} from {source} group by all order by all"
        )


@pytest.fixture(scope="module")
def layer(manifest: PydanticSemanticManifest, sample: Project) -> Layer:
    return Layer(manifest, sample)


def named(things: list[Any], name: str) -> Any:
    (found,) = (thing for thing in things if thing.name == name)
    return found


def sql_of(thing: Any) -> str:
    return thing.expr or thing.name


def test_the_manifest_is_valid(manifest: PydanticSemanticManifest) -> None:
    validator = SemanticManifestValidator[PydanticSemanticManifest]()
    issues = validator.validate_semantic_manifest(manifest).all_issues

    assert manifest.metrics
    assert [issue.message for issue in issues] == []


def test_every_entry_is_described(manifest: PydanticSemanticManifest) -> None:
    entries = [*manifest.semantic_models, *manifest.metrics]
    for model in manifest.semantic_models:
        entries += [*model.entities, *model.dimensions, *model.measures]

    assert len(entries) > 20
    assert [e.name for e in entries if not (e.description or "").strip()] == []


def test_labels_of_metrics_tell_the_unit(manifest: PydanticSemanticManifest) -> None:
    told = {m.name: re.findall(r"\((\w+)\)$", m.label) for m in manifest.metrics}

    assert told == {n: [u for u in UNITS if u in n.split("_")] for n in told}


def test_metrics_are_those_of_all_users(layer: Layer) -> None:
    metrics = [
        *("session_count", "duration_ms", "total_bytes", "active_users"),
        *("mean_session_ms", "bytes_per_active_user"),
    ]
    users = layer.sample.query(
        """
        select
            sum(session_count),
            sum(duration_ms),
            sum(total_bytes),
            count(*),
            sum(duration_ms) / sum(session_count),
            avg(total_bytes)
        from marts.user_engagement
        """
    )

    (of_layer,), (of_marts,) = layer.query(metrics), users
    assert of_layer == pytest.approx(of_marts, rel=1e-12)


def test_metrics_by_day_are_those_of_days(layer: Layer) -> None:
    metrics = ["session_count", "duration_ms", "total_bytes", "active_users"]
    days = layer.sample.query(
        f"select session_date, {', '.join(metrics)} from marts.daily_engagement"
        " where active_users > 0 order by session_date"
    )

    assert len(days) > 1
    assert layer.query(metrics, by="session_date") == days


def test_metrics_by_cluster_are_those_of_clusters(layer: Layer) -> None:
    metrics = ["session_count", "duration_ms", "total_bytes"]
    for metric in metrics:
        clusters = layer.sample.query(
            "select cluster_name, total_value, user_count from marts.cluster_summary"
            f" where metric = '{metric}' order by cluster_name"
        )
        assert len(clusters) == 3
        assert layer.query([metric, "active_users"], by="cluster_name") == clusters


def test_a_mean_session_of_a_cluster_is_of_its_sessions(layer: Layer) -> None:
    clusters = layer.sample.query(
        """
        select cluster_id, sum(duration_ms) / sum(session_count)
        from marts.user_clusters
        group by cluster_id
        order by cluster_id
        """
    )

    assert layer.query(["mean_session_ms"], by="cluster_id") == clusters


def test_traffic_by_dominant_application_is_of_its_users(layer: Layer) -> None:
    users = layer.sample.query(
        """
        select dominant_application, sum(total_bytes), count(*)
        from marts.user_engagement
        group by dominant_application
        order by dominant_application
        """
    )

    found = layer.query(["total_bytes", "active_users"], by="dominant_application")
    assert len(users) > 1
    assert found == users


def test_traffic_by_application_is_that_of_applications(layer: Layer) -> None:
    applications = layer.sample.query(
        "select application, total_bytes from marts.application_traffic"
        " order by application"
    )

    assert len(applications) == 7
    assert layer.query(["application_bytes"], by="application") == applications
    # and of no day, so that a filter on days finds none of it
    ((date, _),) = layer.query(["application_bytes"], by="no_date")
    assert date is None


def test_the_time_spine_has_every_day_once(layer: Layer) -> None:
    (spine,) = layer.manifest.project_configuration.time_spines
    day = spine.primary_column
    ((days, rows, first, last),) = layer.sample.query(
        f"select count(distinct {day.name}), count(*), min({day.name}), max({day.name})"
        f" from {spine.node_relation.relation_name}"
    )
    sessions = layer.query(["session_count"], by="session_date")

    assert day.time_granularity.value == "day"
    assert days == rows == (last - first).days + 1
    assert (first, last) == (sessions[0][0], sessions[-1][0])


def test_a_user_is_once_where_users_are_looked_up(layer: Layer) -> None:
    """Else a join would count sessions twice."""
    lookups = [
        (model.node_relation.relation_name, sql_of(entity))
        for model in layer.manifest.semantic_models
        for entity in model.entities
        if entity.name == "user" and entity.type.value == "primary"
    ]

    assert len(lookups) == 2
    for relation, user in lookups:
        ((users, rows),) = layer.sample.query(
            f"select count(distinct {user}), count(*) from {relation}"
        )
        assert users == rows > 0
