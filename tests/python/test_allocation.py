"""The order of places to invest in, against the best of all orders."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from itertools import combinations
from math import e

import pytest

from engagement.allocation import covered, order_by_new_users, order_places

CASES = 1_000


def network(seed: int) -> tuple[dict[str, set[str]], dict[str, int]]:
    """Draw a few places, with some users at each and their traffic there."""
    draw = random.Random(seed)
    users: dict[str, set[str]] = defaultdict(set)
    traffic: dict[str, int] = defaultdict(int)
    share = draw.choice([0.1, 0.2, 0.35, 0.5])
    for place in range(draw.randint(2, 8)):
        for user in range(draw.randint(3, 20)):
            if draw.random() < share:
                users[f"p{place}"].add(f"u{user}")
                traffic[f"p{place}"] += draw.randint(0, 9)
    return users, traffic


def test_no_choice_of_places_is_much_better() -> None:
    """Never below 1 - 1/e of the best, nor below the busiest places first."""
    shares, better = [], 0
    for seed in range(CASES):
        users, traffic = network(seed)
        reached = covered(users, order_by_new_users(users, traffic))
        busiest = sorted(users, key=lambda p: (-len(users[p]), -traffic[p], p))
        plainly = covered(users, busiest)
        for count in range(1, len(users) + 1):
            best = max(
                len(set().union(*c)) for c in combinations(users.values(), count)
            )
            # places that add nobody are left out
            ours = reached[min(count, len(reached)) - 1]
            shares.append(ours / best)
            better += ours > plainly[count - 1]
            assert ours >= plainly[count - 1], (seed, count)
    assert min(shares) >= 1 - 1 / e
    assert sum(shares) / len(shares) >= 0.98
    assert better > 100


def place(location: str, users: str = "", total_bytes: int = 0, poor_ms: int = 0):
    """A place as SQL gives it, with a user for each letter; null without any."""
    return {
        "location": location,
        "users": list(users) or None,
        "total_bytes": total_bytes,
        "poor_ms": poor_ms,
    }


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ([], []),
        ([place("A", "a", 5), place("B", "a", 6)], ["B"]),
        ([place("B", "a", 5), place("A", "b", 5)], ["A", "B"]),
        ([place("A", "a", 1), place("B", "bc", 18), place("C")], ["B", "A"]),
    ],
)
def test_ties_and_places_that_add_nobody(places: list, order: list) -> None:
    found = json.loads(order_places(json.dumps(places), "highly_engaged_users"))

    assert [row["location"] for row in found] == order


def test_minutes_of_poor_sessions_are_added_up() -> None:
    places = [place("A", "a", 5, 60_000), place("B", poor_ms=90_000), place("C")]
    found = json.loads(order_places(json.dumps(places), "poor_minutes"))

    assert [(row["location"], row["gain"]) for row in found] == [("B", 1.5), ("A", 1.0)]
    assert [row["covered_users"] for row in found] == [0, 1]
