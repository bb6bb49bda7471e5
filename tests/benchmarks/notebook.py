"""What a notebook does: sums, top tens, k-means, the elbow loop and two plots.

It reads only the columns it needs, and validates nothing.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
from common import APPLICATION_COLUMNS, METRICS, OUTPUT
from kmeans_loop import fit
from pandas_sums import sum_users, top_tens
from sklearn.preprocessing import StandardScaler

plt.switch_backend("Agg")
users = sum_users()
for ranking in top_tens(users).values():
    print(ranking)

metrics = list(METRICS)
points = StandardScaler().fit_transform(users[metrics])
users["cluster"] = fit(points, 3).labels_
print(users.groupby("cluster")[metrics].agg(["min", "max", "mean", "sum"]))
inertias = [fit(points, k).inertia_ for k in range(1, 11)]

OUTPUT.mkdir()
plt.plot(range(1, 11), inertias, marker="o")
plt.savefig(OUTPUT / "elbow.png")
plt.figure()
users[list(APPLICATION_COLUMNS)].sum().nlargest(3).plot.bar()
plt.savefig(OUTPUT / "top_applications.png")
