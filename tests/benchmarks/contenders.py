"""Who is compared with whom: groups of contenders."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import Contender, Step

BIN = Path(sys.executable).parent
DBT = (BIN / "dbt", "--no-use-colors")
ENGAGEMENT = BIN / "engagement"
PUBLISH, REPORT = (ENGAGEMENT, "publish"), (ENGAGEMENT, "report")
BUILD = (*DBT, "build", "--exclude-resource-type", "unit_test")
ON_SPARK = ("--target", "spark")
# one small model that looks at the files: what dbt costs whatever they hold
START = (*DBT, "run", "--select", "engagement_metrics")
# the models behind the top tens: all but the clusters and the reports of the load
RUN = (
    *(*DBT, "run", "--select", "+int_sessions"),
    *("+top_users", "+top_users_per_application", "+top_applications"),
)


def script(name: str, *arguments: str) -> tuple[str | Path, ...]:
    return (sys.executable, Path(__file__).with_name(f"{name}.py"), *arguments)


def one(name: str, command: Sequence[str | Path], digests: bool = False) -> Contender:
    """Make a contender of one process, and perhaps a digest of what it built."""
    digest = [Step(None, script("digest"))] if digests else []
    return Contender(name, [Step(name, command), *digest])


@dataclass(frozen=True, eq=False)
class Group:
    """Contenders that are compared.

    Attributes
    ----------
    name : str
        What --only calls it.
    title : str
    note : str
    rival : str
        Row to which the others are in proportion.
    contenders : sequence of Contender
    starts : dict
        A row, and the row of dbt's start that is part of it.
    equal : str
        What has to be the same if all answers are; empty if they need not be.
    days : int
        Days that the sessions are of.
    """

    name: str
    title: str
    note: str
    rival: str
    contenders: Sequence[Contender]
    starts: dict[str, str]
    equal: str = ""
    days: int = 28


JOB, ONE_RUN = "dbt build + publish + report", "dbt run"
TEN_STARTS, FEW_STARTS = "notebook, ten starts", "notebook, default starts"
FULL, FIRST, DAY, NOTHING = "full", "27 days", "one more day", "nothing new"
COLD, WARM = "dbt's start, cold", "dbt's start, warm"
LOAD, PERIOD, HISTORY = "load", "28 of 56 days", "all 56 days"
BEFORE, ONE_MORE = "28 of 55 days", "28 of 56 days, one day more"

GROUPS = (
    Group(
        "job",
        "Whole job",
        "`dbt build` with all data tests, `engagement publish` and `engagement "
        "report`, against a notebook with pandas and scikit-learn: k-means with ten "
        "starts, as most notebooks have it, and with scikit-learn's default of one.",
        TEN_STARTS,
        [
            Contender(JOB, [Step(JOB, step) for step in (BUILD, PUBLISH, REPORT)]),
            one(TEN_STARTS, script("notebook", "10")),
            one(FEW_STARTS, script("notebook", "auto")),
        ],
        {},
    ),
    Group(
        "relations",
        "Same relations",
        "`dbt run` of the models behind the top tens, without tests, against one "
        "DuckDB script for this export that validates the same.",
        "DuckDB script",
        [
            one(COLD, START),
            one(ONE_RUN, RUN, digests=True),
            one("DuckDB script", script("duckdb_script"), digests=True),
        ],
        {ONE_RUN: COLD},
        "every relation, row by row, and the rejected records of each reason",
    ),
    Group(
        "sums",
        "Bare aggregates",
        "Sums per user and application and top tens, nothing checked, nothing kept: "
        "the floor under all the others.",
        "DuckDB",
        [
            one("DuckDB", script("duckdb_sums")),
            one("Polars streaming", script("polars_sums")),
            one("pandas", script("pandas_sums")),
        ],
        {},
        "the sums of all top tens",
    ),
    Group(
        "builds",
        "Builds",
        "`dbt build` with all data tests: all days in a new warehouse; all but the "
        "last; then the last delivered; then again.",
        FULL,
        [
            one(COLD, START),
            one(FULL, BUILD, digests=True),
            Contender(
                DAY,
                [
                    Step(FIRST, BUILD, files=1),
                    Step(DAY, BUILD),
                    Step(NOTHING, BUILD),
                    Step(WARM, START),
                    Step(None, script("digest")),
                ],
            ),
        ],
        {FULL: COLD, FIRST: COLD, DAY: WARM, NOTHING: WARM},
        "every relation, row by row, of the full and of the incremental builds",
    ),
    Group(
        "period",
        "A period of a longer history",
        "`dbt build` with all data tests of 56 days: engagement over the last 28, and "
        "over all (`engagement_days: ~`); and over the last 28 after 55 days, then of "
        "one day more. What only loads is taken off the builds that load everything.",
        HISTORY,
        [
            one(LOAD, (*DBT, "run", "--select", "stg_xdr__records")),
            one(PERIOD, BUILD),
            one(HISTORY, (*BUILD, "--vars", "engagement_days: ~")),
            Contender(
                ONE_MORE,
                [
                    Step(BEFORE, BUILD, files=1),
                    Step(ONE_MORE, BUILD),
                    Step(WARM, START),
                ],
            ),
        ],
        {PERIOD: LOAD, HISTORY: LOAD, BEFORE: LOAD, ONE_MORE: WARM},
        days=56,
    ),
    Group(
        "engines",
        "Engines",
        "`dbt build` with all data tests on DuckDB, and on Spark in its own process "
        "on this machine, where it is land, build, fit and build.",
        "DuckDB",
        [
            one("DuckDB", BUILD),
            Contender(
                "Spark",
                [
                    Step("Spark", (ENGAGEMENT, "land", *ON_SPARK)),
                    Step("Spark", (*BUILD, *ON_SPARK, "--exclude", "tag:fit+")),
                    Step("Spark", (ENGAGEMENT, "fit", *ON_SPARK)),
                    Step("Spark", (*BUILD, *ON_SPARK, "--select", "tag:fit+")),
                ],
            ),
        ],
        {},
    ),
)
FIT = Group(
    "fit",
    "Elbow, k = 1 to 10",
    "`elbow_curve` of `engagement.fit` against `KMeans(k, n_init=10)` for each k.",
    "plain loop",
    [
        one("elbow_curve", script("kmeans_engagement")),
        one("plain loop", script("kmeans_loop", "10")),
    ],
    {},
)
