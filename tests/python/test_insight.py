"""The marts that take a short cut agree with the long way round."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from conftest import Project, record, write_export

from engagement.sample import Sample, write_sample

METRICS = ("session_count", "duration_ms", "total_bytes")
SESSIONS = """
    (
        select sessions.*
        from intermediate.int_sessions as sessions
        inner join marts.engagement_period
            on session_date between starts_on and ends_on
    )
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, target) -> Project:
    """Build 10,000 sessions of 40 days."""
    folder = tmp_path_factory.mktemp("insight")
    write_sample(folder / "xdr.parquet", Sample(10_000, 1_500, days=40, seed=3))
    project = Project(folder / "output", target)
    result = project.build(folder / "xdr.parquet")
    assert not result.failed, result.text
    return project


def test_hours_are_those_of_sessions_cut_into_hours(built: Project) -> None:
    hours = built.query("select hour_started_at, cluster_id from marts.hourly_traffic")
    exploded = built.query(
        f"""
        with cut as (
            select
                users.cluster_id,
                unnest(generate_series(
                    date_trunc('hour', started_at), ended_at, interval 1 hour
                )) as hour_started_at,
                started_at,
                ended_at,
                dl_bytes + ul_bytes as bytes
            from {SESSIONS}
            inner join marts.user_clusters as users using (user_id)
        ),
        parts as (
            select
                *,
                epoch_ms(least(ended_at, hour_started_at + interval 1 hour))
                - epoch_ms(greatest(started_at, hour_started_at)) as ms,
                epoch_ms(ended_at) - epoch_ms(started_at) as all_ms
            from cut
        ),
        sums as (
            select
                hour_started_at,
                cluster_id,
                sum(if(all_ms = 0, bytes, bytes * ms / all_ms)) as total_bytes,
                sum(ms) / 3600000 as concurrent_sessions
            from parts
            group by all
        )
        select
            found.total_bytes, coalesce(sums.total_bytes, 0),
            found.concurrent_sessions, coalesce(sums.concurrent_sessions, 0)
        from marts.hourly_traffic as found
        full outer join sums using (hour_started_at, cluster_id)
        """
    )

    assert len(hours) == len(exploded) > 1_000
    found = np.array(exploded, dtype=float)
    assert found[:, 0] == pytest.approx(found[:, 1], rel=1e-9, abs=1e-6)
    assert found[:, 2] == pytest.approx(found[:, 3], rel=1e-9, abs=1e-12)


def test_days_are_those_of_distinct_users(built: Project) -> None:
    expected = built.query(
        """
        with days as (
            select unnest(generate_series(
                min(session_date), max(session_date), interval 1 day
            ))::date as day
            from intermediate.int_sessions
        ),
        first_days as (
            select user_id, min(session_date) as first_day
            from intermediate.int_sessions
            group by all
        )
        select
            day,
            count(distinct user_id) filter (session_date = day),
            count(distinct user_id) filter (session_date = day and first_day = day),
            count(*) filter (session_date = day),
            coalesce(sum(dl_bytes + ul_bytes) filter (session_date = day), 0)::bigint,
            if(row_number() over (order by day) >= 7, count(distinct user_id)
                filter (session_date > day - 7), null),
            if(row_number() over (order by day) >= 30, count(distinct user_id), null)
        from days
        left join intermediate.int_sessions
            on session_date between day - 29 and day
        left join first_days using (user_id)
        group by day
        order by day
        """
    )

    assert len(expected) == 40
    assert [row[6] is None for row in expected] == [True] * 29 + [False] * 11
    assert expected == built.query(
        """
        select session_date, active_users, new_users, session_count, total_bytes,
            active_users_7d, active_users_30d
        from marts.daily_engagement
        """
    )


def test_cohorts_are_those_of_distinct_users(built: Project) -> None:
    expected = built.query(
        """
        with weeks as (
            select distinct user_id, date_trunc('week', session_date)::date as week
            from intermediate.int_sessions
        ),
        cohorts as (
            select *, min(week) over (partition by user_id) as cohort_week
            from weeks
        )
        select cohort_week, date_diff('week', cohort_week, week), count(*)
        from cohorts
        group by all
        order by all
        """
    )

    assert len(expected) > 15
    assert expected == built.query(
        "select cohort_week, weeks_later, active_users from marts.weekly_retention"
        " where active_users > 0"
    )
    assert built.query(
        "select count(*) from marts.weekly_retention"
        " where weeks_later > date_diff('week', cohort_week,"
        " (select max(session_date) from intermediate.int_sessions))"
    ) == [(0,)]


@pytest.mark.parametrize("metric", METRICS)
def test_concentration_is_that_of_sorted_users(built: Project, metric: str) -> None:
    values = np.sort(
        [v for (v,) in built.query(f"select {metric} from marts.user_engagement")]
    ).astype(float)
    n = len(values)
    lorenz = np.interp(
        np.linspace(0, 1, 101),
        np.arange(n + 1) / n,
        np.concatenate([[0], values.cumsum()]) / values.sum(),
    )
    differences = np.abs(values[:, None] - values[None, :]).mean()

    curve = built.query(
        f"select value_share from marts.lorenz_curve where metric = '{metric}'"
    )
    ((gini, *tops),) = built.query(
        "select gini_coefficient, top_1_percent_share, top_5_percent_share,"
        " top_10_percent_share, top_20_percent_share, top_50_percent_share"
        f" from marts.engagement_concentration where metric = '{metric}'"
    )

    assert [share for (share,) in curve] == pytest.approx(lorenz, abs=1e-12)
    assert gini == pytest.approx(differences / (2 * values.mean()), abs=1e-9)
    assert tops == pytest.approx(1 - lorenz[[99, 95, 90, 80, 50]], abs=1e-12)


def test_locations_are_those_of_sessions(built: Project) -> None:
    expected = built.query(
        f"""
        select
            coalesce(location, '(missing)') as place,
            count(distinct user_id),
            count(distinct user_id) filter (cluster_name = 'high'),
            count(*),
            sum(dl_bytes + ul_bytes)::bigint as bytes
        from {SESSIONS}
        inner join marts.user_clusters using (user_id)
        group by place
        order by bytes desc, place
        """
    )

    assert "(missing)" in {row[0] for row in expected}
    assert expected == built.query(
        """
        select location, user_count, highly_engaged_user_count, session_count,
            total_bytes
        from marts.location_traffic
        order by location_rank
        """
    )


def test_applications_of_clusters_are_those_of_their_users(built: Project) -> None:
    expected = built.query(
        """
        with traffic as (
            select * from marts.user_application_traffic
            inner join marts.user_clusters using (user_id)
        ),
        sums as (
            select
                cluster_id,
                application,
                count(*) filter (traffic.total_bytes > 0) as users,
                sum(dl_bytes)::bigint as dl_bytes,
                sum(traffic.total_bytes)::bigint as bytes
            from traffic
            group by all
        )
        select
            *,
            bytes / sum(bytes) over (partition by cluster_id),
            100 * bytes * sum(bytes) over () / (
                sum(bytes) over (partition by cluster_id)
                * sum(bytes) over (partition by application)
            )
        from sums
        order by cluster_id, application
        """
    )
    found = built.query(
        """
        select cluster_id, application, user_count, dl_bytes, total_bytes,
            traffic_share, traffic_index
        from marts.cluster_applications
        """
    )

    assert len(expected) == 3 * 7
    assert [row[:5] for row in found] == [row[:5] for row in expected]
    assert [x for row in found for x in row[5:]] == pytest.approx(
        [x for row in expected for x in row[5:]]
    )


@pytest.mark.parametrize(
    ("quintile", "value"),
    [
        ("recency_quintile", "-days_since_last_session"),
        ("frequency_quintile", "session_count"),
        ("duration_quintile", "duration_ms"),
        ("volume_quintile", "total_bytes"),
    ],
)
def test_quintiles_are_fifths_of_sorted_users(
    built: Project, quintile: str, value: str
) -> None:
    users = built.query(
        f"select {quintile}, {value} from marts.user_engagement order by {value}"
    )
    values = np.array([value for _, value in users])
    below = np.searchsorted(values, values, side="left")
    up_to = np.searchsorted(values, values, side="right")

    # the fifth of the middle of those who are equal
    fifths = np.ceil(5 * (below + up_to) / (2 * len(values)))
    assert [found for found, _ in users] == fifths.tolist()


def test_who_has_at_least_as_much_of_everything_scores_at_least_as_much(
    built: Project,
) -> None:
    users = built.query(
        f"select engagement_score, {', '.join(METRICS)} from marts.user_engagement"
    )
    scores, *metrics = np.array(users, dtype=float).T
    ranks = [np.searchsorted(np.sort(m), m, "left") for m in metrics]
    ranks += [np.searchsorted(np.sort(m), m, "right") for m in metrics]
    as_much = np.all([m[:, None] >= m[None, :] for m in metrics], axis=0)
    more = as_much & ~as_much.T

    assert scores == pytest.approx(100 * np.mean(ranks, axis=0) / len(users))
    assert more.sum() > 100_000
    assert (scores[:, None] > scores[None, :])[more].all()


def test_depth_is_that_of_the_users_own_sessions(built: Project) -> None:
    ((wrong, users),) = built.query(
        f"""
        with sessions as (
            select
                user_id,
                count(*) as sessions,
                avg(duration_ms) as mean_ms,
                count(distinct session_date) as days,
                sum(dl_bytes) / sum(dl_bytes + ul_bytes) as dl_share,
                max(ended_at)::date as last_day
            from {SESSIONS}
            group by user_id
        ),
        favourites as (
            select
                user_id,
                arg_max(application, total_bytes order by application) as favourite,
                max(total_bytes) / sum(total_bytes) as favourite_share
            from marts.user_application_traffic
            group by user_id
        )
        select count(*) filter (
            abs(mean_session_ms - mean_ms) > 1e-6 * mean_ms
            or abs(sessions_per_active_day - sessions / days) > 1e-9
            or abs(users.dl_share - sessions.dl_share) > 1e-9
            or dominant_application <> favourite
            or abs(dominant_application_share - favourite_share) > 1e-9
            or days_since_last_session
                <> (select max(last_day) from sessions) - last_day
        ), count(*)
        from marts.user_engagement as users
        inner join sessions using (user_id)
        inner join favourites using (user_id)
        """
    )
    assert wrong == 0
    assert built.query("select count(*) from marts.user_engagement") == [(users,)]
    assert users > 1_000


def test_clusters_differ_in_what_they_use(built: Project) -> None:
    indices = built.query(
        "select application, traffic_index from marts.cluster_applications"
        " order by application, cluster_id"
    )
    for _, group in itertools.groupby(indices, key=lambda row: row[0]):
        shares = [index for _, index in group]
        assert min(shares) <= 100 <= max(shares)


def test_an_application_may_have_any_name(project: Project, tmp_path: Path) -> None:
    """Even the name of one of the project's columns: none is mistaken for another."""
    names = ["all", "cluster", "raw", "total", "users", "value"]
    settings = {
        "applications": [
            {"name": name, "dl": "Google DL (Bytes)", "ul": "Google UL (Bytes)"}
            for name in names
        ]
    }
    records = [record(), record(**{"MSISDN/Number": "99900000002"})]
    result = project.build(write_export(tmp_path / "x.csv", records), settings=settings)

    assert not result.failed, result.text
    assert project.query(
        "select distinct application, total_bytes / user_count, bytes_per_user"
        " from marts.cluster_applications order by all"
    ) == [(name, 11, 11) for name in names]
