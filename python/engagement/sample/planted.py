"""What a synthetic export may hold on purpose, so that a verdict can be checked.

Some places are congested (poor in the busy hours), badly covered (poor at all hours),
dominated by one router, or full of one device; and some devices are poor wherever they
are. Which, is drawn from the seed.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from random import Random

import duckdb

BUSY_HOURS = (17, 18, 19, 20, 21, 22)  # in which most sessions end
HANDSETS = (  # maker and name; each user has one of them
    ("Apple", "iPhone 8"), ("Apple", "iPhone Xr"), ("Samsung", "Galaxy S9"),
    ("Huawei", "P20 Lite"), ("undefined", "undefined"),
)  # fmt: skip
MORE_HANDSETS = (
    *HANDSETS,
    ("Apple", "iPhone 7"), ("Apple", "iPad"), ("Samsung", "Galaxy A5"),
    ("Samsung", "Galaxy S8"), ("Samsung", "Galaxy J5"), ("Huawei", "Mate 10"),
    ("Huawei", "Y6"), ("Sony", "Xperia Xz1"), ("Nokia", "Nokia 8"), ("LG", "LG G6"),
    ("Motorola", "Moto G5"), ("Xiaomi", "Redmi 5"), ("HTC", "HTC U11"),
    ("OnePlus", "OnePlus 5"), ("Alcatel", "Alcatel 3"),
)  # fmt: skip
ROUTER = ("Huawei", "B528S-23A")


@dataclass(frozen=True)
class Plan:
    """How much to plant.

    Attributes
    ----------
    places : int
        Places of each kind, and a fifth as many bad devices, at least one if there is
        any place.
    strength : float
        Share of the sessions that a bad place or device makes poor, 0 to 1.
    """

    places: int = 8
    strength: float = 0.6


@dataclass(frozen=True)
class Planted:
    """What is planted: cells by number, users by number, devices by name."""

    strength: float = 0.0
    congested: tuple[int, ...] = ()
    covered_badly: tuple[int, ...] = ()
    fleets: tuple[int, ...] = ()
    routers: tuple[int, ...] = ()
    router_cells: tuple[int, ...] = ()
    devices: tuple[tuple[str, str], ...] = ()
    handsets: tuple[tuple[str, str], ...] = HANDSETS

    def variables(self) -> dict[str, float | list]:
        """Return what the queries read with getvariable()."""
        return {
            "strength": self.strength,
            "busy_hours": list(BUSY_HOURS),
            "congested": list(self.congested),
            "covered_badly": list(self.covered_badly),
            "fleets": list(self.fleets),
            "routers": list(self.routers),
            "router": {"maker": ROUTER[0], "model": ROUTER[1]},
            "bad_devices": [model for _, model in self.devices],
            "fleet": dict(
                zip(("maker", "model"), (*self.devices, ROUTER)[0], strict=True)
            ),
            "makers": [maker for maker, _ in self.handsets],
            "models": [model for _, model in self.handsets],
        }


def plant(connection: duckdb.DuckDBPyConnection, plan: Plan, seed: int) -> Planted:
    """Draw what to plant; the macros and variables of the sample must be set.

    Raises
    ------
    ValueError
        If there are not enough places or users for it.
    """
    draw = Random(seed)
    homes = connection.execute(
        "select person, below(getvariable('places'), u(person, 'cell'))"
        " from range(getvariable('users') // 20) as heavy (person) order by person"
    ).fetchall()
    (places,) = connection.execute("select getvariable('places')").fetchone()
    if 4 * plan.places > places or plan.places > len(homes):
        raise ValueError(
            f"{plan.places} places of each of four kinds need as many places and "
            f"frequent users, but there are {places:,} and {len(homes):,}: ask for "
            "fewer, or for more sessions and users"
        )
    routers, router_cells = [], []
    for person, cell in draw.sample(homes, len(homes)):
        if cell not in router_cells and len(routers) < plan.places:
            routers.append(person)
            router_cells.append(cell)
    free = [cell for cell in range(places) if cell not in router_cells]
    cells = draw.sample(free, 3 * plan.places)
    bad = draw.sample(MORE_HANDSETS[5:], -(-plan.places // 5))
    kinds = (tuple(cells[i::3]) for i in range(3))
    congested, covered_badly, fleets = kinds
    return Planted(
        plan.strength, congested, covered_badly, fleets, tuple(routers),
        tuple(router_cells), tuple(bad), MORE_HANDSETS,
    )  # fmt: skip


def write_truth(
    connection: duckdb.DuckDBPyConnection, planted: Planted, path: Path
) -> None:
    """Write what is planted as CSV: kind, name of the place or device, strength."""
    kinds = {
        "congested": planted.congested,
        "badly_covered": planted.covered_badly,
        "device_fleet": planted.fleets,
        "single_router": planted.router_cells,
    }
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(["kind", "name", "strength"])
        for kind, cells in kinds.items():
            for cell in cells:
                (name,) = connection.execute(
                    "select location_name(?)", [cell]
                ).fetchone()
                lines.writerow([kind, name, planted.strength])
        for _, model in planted.devices:
            lines.writerow(["bad_device", model, planted.strength])
