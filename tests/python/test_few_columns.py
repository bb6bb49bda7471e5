"""Exports without applications or volumes give marts and a report of what they have."""

from __future__ import annotations

import csv
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from conftest import ENGAGEMENT, SAMPLE, Project
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

NO_APPLICATIONS = {"applications": []}
# The name is also what columns of all traffic are called.
ONE_APPLICATION = {
    "applications": [
        {"name": "total", "dl": "Google DL (Bytes)", "ul": "Google UL (Bytes)"}
    ]
}
OF_APPLICATIONS = (
    "user_application_traffic",
    "application_traffic",
    "top_applications",
    "top_users_per_application",
    "cluster_applications",
)
# Not values; an empty table says "None."
WRONG = re.compile(r"\b(?:nan|inf|None)\b(?!\.)")


def report_of(project: Project) -> list[str]:
    """Write the report, and read all texts of its page, figures included."""
    written = project.run(ENGAGEMENT, "report")
    assert not written.failed, written.text
    page = (project.output / "report" / "index.html").read_text(encoding="utf-8")
    page = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.S)
    texts = [unescape(text).strip() for text in re.findall(r">([^<]+)<", page)]
    assert [text for text in texts if WRONG.search(text)] == []
    return texts


def without_volumes(path: Path) -> Path:
    """Copy the sample with 0 in place of every volume."""
    with SAMPLE.open(encoding="utf-8", newline="") as stream:
        header, *lines = csv.reader(stream)
    volumes = [i for i, name in enumerate(header) if name.endswith("(Bytes)")]
    for line in lines:
        for i in volumes:
            if i < len(line):
                line[i] = "0"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *lines])
    return path


def test_an_export_may_name_no_applications(project: Project, sample: Project) -> None:
    # again from the start: models that no longer read others would get in their way
    for arguments in ((), ("--full-refresh",)):
        result = project.build(SAMPLE, *arguments, settings=NO_APPLICATIONS)
        assert not result.failed, result.text

    for mart in OF_APPLICATIONS:
        columns = f"from (describe marts.{mart}) select column_name, column_type"
        assert project.query(f"from marts.{mart}") == []
        assert project.query(columns) == sample.query(columns)
    totals = (
        "select measure, value from marts.engagement_changes"
        " where application is null order by measure"
    )
    assert project.query(totals) == sample.query(totals)
    assert project.query(
        "select count(*) from marts.engagement_changes where application is not null"
    ) == [(0,)]
    users = "select * exclude (dominant_application, dominant_application_share)"
    assert project.query(f"{users} from marts.user_engagement") == sample.query(
        f"{users} from marts.user_engagement"
    )
    assert project.query(
        "select distinct dominant_application from marts.user_engagement"
    ) == [(None,)]
    texts = report_of(project)
    sentence = "The export names no applications: the var applications lists none."
    assert texts.count(sentence) == 1
    assert not any("of all application traffic" in text for text in texts)


def test_a_single_application_has_all_the_traffic(project: Project) -> None:
    result = project.build(SAMPLE, settings=ONE_APPLICATION)
    assert not result.failed, result.text

    assert project.query(
        "select application, traffic_share, application_rank"
        " from marts.application_traffic"
    ) == [("total", 1.0, 1)]
    assert project.query(
        "select distinct traffic_share, traffic_index from marts.cluster_applications"
    ) == [(1.0, 100.0)]
    assert "total carries all application traffic" in report_of(project)


def test_clusters_are_of_the_metrics_that_vary(project: Project, tmp_path: Path):
    export = without_volumes(tmp_path / "xdr.csv")
    result = project.build(export, settings=NO_APPLICATIONS | {"max_rejected_share": 1})
    assert not result.failed, result.text

    users = project.query(
        "select session_count, duration_ms, cluster_id from marts.user_clusters"
    )
    values = np.array(users, float)
    points = StandardScaler().fit_transform(values[:, :2])
    with threadpool_limits(limits=1):
        model = KMeans(3, n_init=50, random_state=1, tol=0).fit(points)
    order = np.argsort(model.cluster_centers_.sum(axis=1))
    fitted = project.query("select inertia, fitted_metrics from marts.cluster_model")
    assert fitted == [
        (pytest.approx(model.inertia_, rel=1e-6), "session_count, duration_ms")
    ]
    np.testing.assert_array_equal(np.argsort(order)[model.labels_] + 1, values[:, 2])

    texts = report_of(project)
    assert "Clusters are fitted by sessions and duration: all users had the same" in (
        " ".join(texts)
    )
    assert "Traffic per hour: No hour has traffic." in texts
    assert "Duration (hours) per user" in texts
    assert {"Most sessions", "Longest duration"} < set(texts)
    assert not {"Most traffic", "Traffic", "0 B", "0 B (0%)"} & set(texts)
    assert not any(re.search(r"\b0 B\b", text) for text in texts)
