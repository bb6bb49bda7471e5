"""Order places so that each adds as much as possible to those before it.

SQL calls `order_places`, on Spark too, where workers may lack this package: the module
is sent to them and uses nothing that Python does not bring.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heapreplace
from itertools import accumulate, pairwise, product
from operator import ge


def order_places(places: str, what: str) -> str:
    """Order places as the mart allocation_curve does.

    Parameters
    ----------
    places : str
        A JSON list of objects, one per place: ``location``; ``users``, its highly
        engaged users, each once; ``total_bytes``, their traffic there; ``poor_ms``, how
        long the poor sessions of all users lasted there. ``users`` may be missing or
        null.
    what : str
        The var allocation_by: highly_engaged_users or poor_minutes.

    Returns
    -------
    str
        A JSON list of objects with the columns of allocation_curve, one per place.
    """
    rows = json.loads(places)
    users = {row["location"]: set(row["users"]) for row in rows if row.get("users")}
    traffic = {row["location"]: row["total_bytes"] for row in rows}
    if what == "highly_engaged_users":
        ordered = order_by_new_users(users, traffic)
        reached = [0, *covered(users, ordered)]
        gains = [b - a for a, b in pairwise(reached)]
    else:
        minutes = {row["location"]: row["poor_ms"] / 60_000 for row in rows}
        ordered = sorted(
            (place for place in minutes if minutes[place] > 0),
            key=lambda place: (-minutes[place], -traffic[place], place),
        )
        gains = [minutes[place] for place in ordered]
    reached = covered(users, ordered)
    summed = accumulate(traffic[place] for place in ordered)
    return json.dumps(
        [
            {
                "location_rank": rank,
                "location": place,
                "gain": gain,
                "covered_users": count,
                "covered_bytes": total_bytes,
            }
            for rank, (place, gain, count, total_bytes) in enumerate(
                zip(ordered, gains, reached, summed, strict=True), 1
            )
        ]
    )


def order_by_new_users(
    users: Mapping[str, set[str]], traffic: Mapping[str, int]
) -> list[str]:
    """Order places by how many users they add whom no place before them has.

    This is the greedy solution of the maximum coverage problem (Nemhauser, Wolsey and
    Fisher 1978), whose first n places have at least 1 - 1/e of the users that any n
    places can have. In rare cases the n busiest places, by users or by traffic, have
    more; then the order begins with as few of the busiest as it takes to have, for
    every n, no fewer than they.

    Parameters
    ----------
    users : mapping of str to set of str
        The users of each place.
    traffic : mapping of str to int
        Their traffic there, bytes.

    Returns
    -------
    list of str
        Of equal gains, the place with more users comes first, then the one with more
        traffic, then the alphabetically first. Places that add nobody are left out.
    """
    orders = [
        sorted(users, key=lambda place: (-len(users[place]), -traffic[place], place)),
        sorted(users, key=lambda place: (-len(users[place]), place)),
        sorted(users, key=lambda place: (-traffic[place], place)),
    ]
    curves = [covered(users, order) for order in orders]
    # if no order is as good as all three, one is as good as the first
    for least in (list(map(max, zip(*curves, strict=True))), curves[0]):
        for begin, busiest in product(range(1, len(users) + 1), orders):
            ordered = _extend(users, traffic, busiest[:begin])
            # once nobody is left to add, the places that follow add nobody either
            if all(map(ge, covered(users, ordered), least)):
                return ordered
    return []


def _extend(
    users: Mapping[str, set[str]], traffic: Mapping[str, int], begin: Sequence[str]
) -> list[str]:
    """Add places greedily. Gains only shrink: look again only at the head (Minoux)."""
    seen: set[str] = set()
    ordered = []
    for place in begin:
        if not users[place] <= seen:
            ordered.append(place)
            seen |= users[place]
    heap = [
        (-len(held), -len(held), -traffic[place], place)
        for place, held in users.items()
        if place not in begin
    ]
    heapify(heap)
    while heap:
        held, *ties, place = heap[0]
        gain = len(users[place] - seen)
        if 0 < gain < -held:
            heapreplace(heap, (-gain, *ties, place))
            continue
        heappop(heap)
        if gain:
            ordered.append(place)
            seen |= users[place]
    return ordered


def covered(users: Mapping[str, set[str]], ordered: Sequence[str]) -> list[int]:
    """Count the users whom the first n places have together, for each n."""
    seen: set[str] = set()
    counts = []
    for place in ordered:
        seen |= users.get(place, set())
        counts.append(len(seen))
    return counts
