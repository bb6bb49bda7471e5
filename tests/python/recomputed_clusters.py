"""The marts about clusters once more, from the descriptions of their columns.

The clusters themselves are fitted here with many random starts. What follows from a
fit (who is where, how the criteria judge it) is computed from the project's own
centroids and scores.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
from kneed import KneeLocator
from recomputed import APPLICATIONS, METRICS, Row, ratio, share
from sklearn.cluster import KMeans
from sklearn.metrics import (
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)
from sklearn.preprocessing import (
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from threadpoolctl import threadpool_limits

SCALERS = {
    "standard": StandardScaler,
    "minmax": MinMaxScaler,
    "robust": RobustScaler,
    "log_standard": StandardScaler,
}
REFERENCES = 12
SCORES = {
    "silhouette": silhouette_score,
    "calinski_harabasz": calinski_harabasz_score,
    "davies_bouldin": davies_bouldin_score,
}


# The fit


def metrics_of(users: list[Row], scaler: str) -> np.ndarray:
    """Give users x metrics, as they go into the scaler."""
    values = np.array([[user[name] for name in METRICS] for user in users], float)
    return np.log1p(values) if scaler == "log_standard" else values


def scaling(users: list[Row], scaler: str) -> Row:
    """Fit the scaler: offset and scale of each metric, and whether users differ."""
    fitted = SCALERS[scaler]().fit(metrics_of(users, scaler))
    offsets = {
        "minmax": lambda: fitted.data_min_,
        "robust": lambda: fitted.center_,
    }.get(scaler, lambda: fitted.mean_)()
    scales = 1 / fitted.scale_ if scaler == "minmax" else fitted.scale_
    varies = {
        f"{name}_varies": len({user[name] for user in users}) > 1 for name in METRICS
    }
    return varies | {
        f"{name}_{kind}": float(values[i])
        for i, name in enumerate(METRICS)
        for kind, values in (("offset", offsets), ("scale", scales))
    }


def scaled(users: list[Row], scaler: str, row: Row) -> np.ndarray:
    """Scale users with a row of cluster_centroids; what did not vary counts for 0."""
    varies = [row[f"{name}_varies"] for name in METRICS]
    offsets = np.array([row[f"{name}_offset"] for name in METRICS])
    scales = np.array([row[f"{name}_scale"] for name in METRICS])
    return np.where(varies, (metrics_of(users, scaler) - offsets) / scales, 0)


def distinct(points: np.ndarray) -> int:
    return len(np.unique(points, axis=0))


def fits(points: np.ndarray, k: int, starts: int) -> list[tuple[float, np.ndarray]]:
    """Fit k clusters from many starts: inertia and clusters of each end."""
    ends = []
    with threadpool_limits(1):  # several threads only wait for each other here
        for seed in range(starts):
            model = KMeans(k, n_init=1, random_state=seed, tol=0).fit(points)
            ends.append((float(model.inertia_), model.labels_))
    return ends


def distances(points: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Measure users x clusters, Euclidean."""
    return np.linalg.norm(points[:, None, :] - centroids[None, :, :], axis=2)


def centroids_of(rows: list[Row]) -> np.ndarray:
    return np.array([[row[f"{name}_centroid"] for name in METRICS] for row in rows])


def cluster_names(count: int) -> list[str]:
    return {1: ["all"], 2: ["low", "high"], 3: ["low", "medium", "high"]}.get(
        count, [f"level_{i}" for i in range(1, count + 1)]
    )


# elbow_curve


def elbow(curve: list[Row]) -> int | None:
    if len(curve) < 3:
        return None
    k = [row["k"] for row in curve]
    inertia = [row["inertia"] for row in curve]
    found = KneeLocator(k, inertia, curve="convex", direction="decreasing").elbow
    return None if found in (None, k[0], k[-1]) else int(found)


def separation(
    points: np.ndarray, ends: list[tuple[float, np.ndarray]]
) -> dict[str, tuple[float | None, float | None]]:
    """Judge the ends of fits by three criteria: smallest and largest score of each."""
    scores: dict[str, list[float]] = {name: [] for name in SCORES}
    for labels in {tuple(labels): labels for _, labels in ends}.values():
        parts = [points[labels == label] for label in np.unique(labels)]
        if len(parts) == 1 or all(distinct(part) == 1 for part in parts):
            return dict.fromkeys(SCORES, (None, None))
        for name, score in SCORES.items():
            scores[name].append(float(score(points, labels)))
    return {name: (min(values), max(values)) for name, values in scores.items()}


def reference_inertias(points: np.ndarray, k: int) -> np.ndarray:
    """Fit references without clusters: inertia of each."""
    centre = points.mean(axis=0)
    axes = np.linalg.svd(points - centre)[2]
    turned = (points - centre) @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    chance = np.random.default_rng(1)
    inertias = []
    for _ in range(REFERENCES):
        reference = chance.uniform(low, high, points.shape) @ axes
        inertias.append(min(end for end, _ in fits(reference, k, 2)))
    return np.array(inertias)


def best(curve: list[Row], criterion: str, sign: int) -> int | None:
    """Find the k of the largest (or smallest) value, unless it is the last of them."""
    with_value = [row for row in curve if row[criterion] is not None]
    if not with_value:
        return None
    k = max(with_value, key=lambda row: (sign * row[criterion], -row["k"]))["k"]
    return None if k == with_value[-1]["k"] else k


def gap_k(curve: list[Row]) -> int | None:
    for row, after in pairwise(curve):
        if row["gap"] is None or after["gap"] is None:
            return None
        if row["gap"] >= after["gap"] - after["gap_deviation"]:
            return row["k"]
    return None


def suggestions(curve: list[Row]) -> dict[str, int | None]:
    """Say which k each criterion suggests, from the scores."""
    return {
        "elbow": elbow(curve),
        "silhouette": best(curve, "silhouette", 1),
        "calinski_harabasz": best(curve, "calinski_harabasz", 1),
        "davies_bouldin": best(curve, "davies_bouldin", -1),
        "gap": gap_k(curve),
    }


# cluster_model


def shift(fitted: list[int], now: list[int]) -> float:
    """Compute the population stability index of two lists of cluster sizes."""
    total = 0.0
    for old, new in zip(fitted, now, strict=True):
        p, q = max(old / sum(fitted), 0.0001), max(new / sum(now), 0.0001)
        total += (q - p) * math.log(q / p)
    return total


def verdict(curve: list[Row], suggested: dict[str, int | None]) -> Row:
    """Sum up the criteria."""
    given = [k for k in suggested.values() if k is not None]
    silhouettes = [r["silhouette"] for r in curve if r["silhouette"] is not None]
    enough = suggested["gap"] == 1
    votes = {k: given.count(k) for k in given if k > 1 and given.count(k) >= 3}
    listed = ", ".join(
        f"{name.replace('_', '-')} {'none' if k is None else k}"
        for name, k in suggested.items()
    )
    if enough and silhouettes and max(silhouettes) <= 0.5:
        votes = {}
        text = (
            "The criteria show no cluster structure: one cluster is enough by the"
            " gap statistic, and no silhouette is above 0.5."
        )
    elif votes:
        ((k, count),) = votes.items()
        text = f"{count} of 5 criteria suggest k = {k}"
        text += ", but one is enough by the gap statistic." if enough else "."
    elif not given:
        text = "No criterion suggests a k"
        text += "." if silhouettes else ": too few users differ."
    elif len(set(given)) > 1:
        text = f"The criteria disagree on k: {listed}."
    else:
        text = f"Most criteria suggest no k: {listed}."
    ((majority_k, vote_count),) = votes.items() or [(None, None)]
    return {"majority_k": majority_k, "vote_count": vote_count, "verdict": text}


def cluster_model(
    centroids: list[Row], curve: list[Row], clusters: dict[str, int], k: int
) -> Row:
    """Compute what follows from the fit, the scores and who is where."""
    fitted = [row["user_count"] for row in centroids]
    sizes = [list(clusters.values()).count(row["cluster_id"]) for row in centroids]
    suggested = suggestions(curve)
    index = shift(fitted, sizes)
    one = curve[0]["inertia"]
    same = ("fitted_at", "fitted_days", "fitted_share", "scaler", "inertia")
    made_by = ("seed", "scikit_learn_version")
    return {
        **{name: centroids[0][name] for name in same + made_by},
        "user_count": sum(fitted),
        "fitted_metrics": ", ".join(
            name for name in METRICS if centroids[0][f"{name}_varies"]
        ),
        "cluster_count": min(k, len(centroids)),
        "population_stability_index": index,
        "needs_refit": index > 0.25,
        "explained_variance": 1 - centroids[0]["inertia"] / one if one else None,
        **{f"{name}_k": value for name, value in suggested.items()},
        **verdict(curve, suggested),
    }


# Users and their clusters


def nearest(users: list[Row], centroids: list[Row]) -> list[tuple[int, float]]:
    """Give each user's cluster_id, and the distance to the first centroid."""
    if not users:
        return []
    points = scaled(users, centroids[0]["scaler"], centroids[0])
    measured = distances(points, centroids_of(centroids))
    ids = [row["cluster_id"] for row in centroids]
    return [
        (ids[int(i)], float(first))
        for i, first in zip(measured.argmin(axis=1), measured[:, 0], strict=True)
    ]


def user_clusters(users: list[Row], centroids: list[Row]) -> list[Row]:
    names = {row["cluster_id"]: row["cluster_name"] for row in centroids}
    return [
        {
            "user_id": user["user_id"],
            "cluster_id": cluster_id,
            "cluster_name": names[cluster_id],
            "engagement_score": user["engagement_score"],
            "distance_to_least_engaged": first,
            **{name: user[name] for name in METRICS},
        }
        for user, (cluster_id, first) in zip(
            users, nearest(users, centroids), strict=True
        )
    ]


def cluster_summary(members: list[Row]) -> list[Row]:
    """Sum up user_clusters."""
    clusters: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in members:
        clusters[row["cluster_id"], row["cluster_name"]].append(row)
    rows = []
    for (cluster_id, cluster_name), users in clusters.items():
        for metric in METRICS:
            values = [user[metric] for user in users]
            rows.append(
                {
                    "cluster_id": cluster_id,
                    "cluster_name": cluster_name,
                    "metric": metric,
                    "user_count": len(users),
                    "min_value": min(values),
                    "max_value": max(values),
                    "mean_value": sum(values) / len(values),
                    "total_value": sum(values),
                }
            )
    return rows


def cluster_applications(
    members: list[Row], user_applications: list[Row], applications: list[Row]
) -> list[Row]:
    """Compare what clusters use, from user_application_traffic."""
    names = {row["cluster_id"]: row["cluster_name"] for row in members}
    cluster_of = {row["user_id"]: row["cluster_id"] for row in members}
    overall = {row["application"]: row["traffic_share"] for row in applications}
    rows = []
    for cluster_id, cluster_name in names.items():
        traffic = [
            row for row in user_applications if cluster_of[row["user_id"]] == cluster_id
        ]
        users = list(cluster_of.values()).count(cluster_id)
        all_bytes = sum(row["total_bytes"] for row in traffic)
        for name in APPLICATIONS:
            used = [row for row in traffic if row["application"] == name]
            sums: dict[str, Any] = {
                column: sum(row[column] for row in used)
                for column in ("dl_bytes", "ul_bytes", "total_bytes")
            }
            traffic_share = share(sums["total_bytes"], all_bytes)
            rows.append(
                {
                    "cluster_id": cluster_id,
                    "cluster_name": cluster_name,
                    "application": name,
                    "user_count": sum(row["total_bytes"] > 0 for row in used),
                    **sums,
                    "bytes_per_user": sums["total_bytes"] / users,
                    "traffic_share": traffic_share,
                    "traffic_index": ratio(100 * traffic_share, overall[name]),
                    "dl_ul_ratio": ratio(sums["dl_bytes"], sums["ul_bytes"]),
                }
            )
    return rows


def cluster_migration(
    now: list[Row], before: list[Row], centroids: list[Row], period: Row
) -> list[Row]:
    """Compare the clusters of users with totals in either period."""
    if not period["is_compared"]:
        return []
    names = {row["cluster_id"]: row["cluster_name"] for row in centroids}
    sides = [
        {
            user["user_id"]: (cluster_id, user)
            for user, (cluster_id, _) in zip(
                users, nearest(users, centroids), strict=True
            )
        }
        for users in (before, now)
    ]
    nobody: tuple[None, Row] = (None, dict.fromkeys(METRICS, 0))
    rows = []
    for user_id in sides[0].keys() | sides[1].keys():
        (old, was), (new, is_) = (side.get(user_id, nobody) for side in sides)
        if old == new:
            continue
        if old is None:
            movement = "new"
        elif new is None:
            movement = "gone"
        else:
            movement = "up" if new > old else "down"
        row = {
            "user_id": user_id,
            "from_cluster_id": old,
            "from_cluster_name": names.get(old),
            "to_cluster_id": new,
            "to_cluster_name": names.get(new),
            "movement": movement,
        }
        for name in METRICS:
            row[name] = is_[name]
            row[f"previous_{name}"] = was[name]
            row[f"change_{name}"] = is_[name] - was[name]
        rows.append(row)
    return rows
