"""Whatever happens to a warehouse, its marts are what plain Python computes.

Each history is drawn from its seed: files are delivered, corrected, delivered again
under another name, late or withdrawn, settings and the key change, builds are killed,
and marts are published.
"""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import recomputed as again
import test_recomputed
from conftest import ENGAGEMENT, Project, write_export
from test_incremental import kill_build
from test_recomputed import Built, session

from engagement.export.pseudonyms import VARIABLE, pseudonym_of

HISTORIES = int(os.environ.get("HISTORIES", "1"))
FIRST = int(os.environ.get("FIRST_HISTORY", "0"))
STEPS = 4
BEGIN = datetime(2024, 2, 26, 12)
KEY = "a key that is long enough for a test"
SETTINGS: dict[str, list[Any]] = {
    "engagement_days": [28, 2, 5, None],
    "top_n": [10, 2],
    "min_group_size": [5, 1, 3],
    "cluster_scaler": ["log_standard", "standard", "minmax"],
    "allocation_by": ["highly_engaged_users", "poor_minutes"],
}


@dataclass
class History:
    """An operator's folder of exports, and all that is done with it."""

    place: Path
    project: Project
    chance: random.Random
    monkeypatch: pytest.MonkeyPatch
    settings: dict[str, Any] = field(default_factory=lambda: {"max_rejected_share": 1})
    is_keyed: bool = False
    clock: int = 1_700_000_000
    # of each file that a build has loaded, its latest content
    loaded: dict[Path, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder = self.place / "exports"
        self.kept = self.place / "kept"
        self.folder.mkdir()
        self.kept.mkdir()

    def records(self, days: range) -> list[dict[str, object]]:
        """Make records of few users, some of them with a fault."""
        chance = self.chance
        made = []
        for _ in range(chance.randint(1, 25)):
            end = BEGIN + timedelta(
                days=chance.choice(days), minutes=chance.randint(0, 1439)
            )
            fault = chance.choice(
                [{}] * 12
                + [
                    {"MSISDN/Number": " "}, {"End": "never"}, {"Google DL (Bytes)": -1},
                    {"Last Location Name": ""}, {"Gaming UL (Bytes)": ""},
                ]
            )  # fmt: skip
            made.append(
                session(
                    chance.randint(1, 9), end, chance.choice([5, 60, 1500]),
                    chance.randint(100, 90_000), **fault,
                )
            )  # fmt: skip
        return made + made[: chance.choice([0, 0, 1, 3])]

    def write(self, path: Path, records: list[dict[str, object]]) -> None:
        self.clock += 1  # which decides whose copy is the first
        os.utime(write_export(path, records), (self.clock,) * 2)

    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())

    # What can happen

    def deliver(self) -> None:
        """Deliver a day or more, perhaps late."""
        day = self.chance.randint(0, 9)
        name = f"{len(list(self.kept.iterdir()))}-{self.clock}.csv"
        days = range(day, day + self.chance.randint(1, 3))
        self.write(self.folder / name, self.records(days))

    def correct(self) -> None:
        """Deliver a file anew, with other records."""
        if files := self.files():
            self.write(self.chance.choice(files), self.records(range(0, 10)))

    def copy(self) -> None:
        """Deliver a file again under another name."""
        if files := self.files():
            self.clock += 1
            copied = self.folder / f"copy-{self.clock}.csv"
            shutil.copy(self.chance.choice(files), copied)
            os.utime(copied, (self.clock,) * 2)

    def withdraw(self) -> None:
        """Clear a delivered file away; what was loaded of it stays."""
        if len(files := self.files()) > 1:
            self.chance.choice(files).unlink()

    def set(self) -> None:
        name = self.chance.choice(list(SETTINGS))
        self.settings[name] = self.chance.choice(SETTINGS[name])

    def key(self) -> None:
        """Set or remove the key, for which all files have to be there."""
        for path, kept in self.loaded.items():
            if not path.exists():
                shutil.copy2(kept, path)
        self.is_keyed = not self.is_keyed
        if self.is_keyed:
            self.monkeypatch.setenv(VARIABLE, KEY)
        else:
            self.monkeypatch.delenv(VARIABLE)

    def kill(self) -> None:
        """Kill a build somewhere; what it loaded, it may have loaded for good."""
        for path in self.files():
            self.keep(path)
        kill_build(self, self.chance.random(), self.settings)  # type: ignore[arg-type]

    def publish(self) -> None:
        """Publish, unless the last build was killed."""
        self.project.run(ENGAGEMENT, "publish")

    def keep(self, path: Path) -> None:
        self.loaded[path] = shutil.copy2(path, self.kept / path.name)

    # What has to be right after it

    def build(self) -> None:
        result = self.project.build(self.folder, settings=self.settings)
        assert not result.failed, result.text
        for path in self.files():
            self.keep(path)

    def built(self) -> Built:
        """Read all that was loaded, as the warehouse should have it."""
        hidden = [path for path in self.loaded if not path.exists()]
        for path in hidden:
            shutil.copy2(self.loaded[path], path)
        load = again.read_export(self.loaded)
        for path in hidden:
            path.unlink()
        if self.is_keyed:
            names: dict[str, str] = {}

            def named(one: again.Session) -> again.Session:
                hidden_id = names.setdefault(
                    one.user_id, pseudonym_of(one.user_id, KEY.encode())
                )
                return replace(one, user_id=hidden_id)

            load.sessions[:] = map(named, load.sessions)
            for sessions in load.loaded.values():
                sessions[:] = map(named, sessions)
        case = test_recomputed.Case(list, self.settings)
        return test_recomputed.built_of(case, self.project, load)


ACTIONS = [
    *(History.deliver, History.deliver, History.deliver, History.correct),
    *(History.copy, History.withdraw, History.set, History.set, History.key),
    *(History.kill, History.publish),
]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FIRST, FIRST + HISTORIES))
def test_a_history_ends_in_the_marts_that_python_computes(
    project: Project, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(tmp_path, project, random.Random(seed), monkeypatch)
    history.deliver()
    told = ["deliver"]
    for _ in range(STEPS):
        for action in history.chance.choices(ACTIONS, k=history.chance.randint(1, 3)):
            action(history)
            told.append(action.__name__)
        history.build()
        told.append("build")
        built = history.built()
        for check in (
            test_recomputed.test_marts, test_recomputed.test_location_hours,
            test_recomputed.test_hourly_traffic,
        ):  # fmt: skip
            try:
                check(built)
            except AssertionError as error:
                raise AssertionError(f"{told}, {history.settings}: {error}") from error
    assert project.run(ENGAGEMENT, "publish").failed is False
    with duckdb.connect(project.output / "engagement.duckdb", read_only=True) as copy:
        held = copy.sql("from marts.user_engagement order by all").fetchall()
    assert held == project.query("from marts.user_engagement order by all")
    assert list(project.output.glob(".*.new")) == []
