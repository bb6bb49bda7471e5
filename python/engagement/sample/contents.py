"""What a synthetic export holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from math import gcd

from engagement.sample.planted import Plan

FAULTS = (  # rejection reasons; faulty records take them in rotation
    "missing_user_id", "malformed_user_id", "unreadable_value", "missing_value",
    "negative_value", "ends_before_start", "duplicate_record", "malformed_line",
)  # fmt: skip
FIRST_DAY_MS = int(datetime(2019, 4, 24, tzinfo=UTC).timestamp()) * 1000
SESSIONS_PER_HOUR = (  # how many of a hundred sessions end in each hour of the day
    3, 2, 1, 1, 1, 1, 2, 3, 4, 4, 4, 5, 5, 5, 5, 5, 5, 6, 6, 7, 8, 7, 6, 4,
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """What a synthetic export holds.

    Attributes
    ----------
    sessions : int
        Records, not counting the footer.
    users : int
        Subscribers; each has at least one record without a fault.
    days : int
        Days on which sessions end.
    seed : int
        The same seed gives the same file.
    places : int, optional
        Places that sessions are at; by default a quarter of the users, from 10 to
        40,000, or one for 100 sessions if something is planted.
    planted : Plan, optional
        What to plant; nothing by default.
    rejects : float
        Share of records with a fault, 0 to 0.5: no two of them follow each other,
        as a duplicate repeats the sound record before it.

    Raises
    ------
    ValueError
        If there are more users than records without a fault, or the share of
        faults is out of range.
    """

    sessions: int = 2_000
    users: int = 800
    days: int = 7
    seed: int = 1
    rejects: float = 0.02
    places: int | None = None
    planted: Plan | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.rejects <= 0.5:
            raise ValueError(
                f"the share of faults must be between 0 and 0.5, not {self.rejects}"
            )
        if self.users > self.sound:
            raise ValueError(
                f"{self.users:,} users need one session without a fault each, but "
                f"only {self.sound:,} of {self.sessions:,} sessions have none: ask for "
                "fewer users or more sessions"
            )

    @property
    def faults_per_million(self) -> int:
        """Share of faults as a whole number, for exact arithmetic."""
        return round(self.rejects * 1_000_000)

    @property
    def sound(self) -> int:
        """Number of records without a fault."""
        return self.sessions - self.sessions * self.faults_per_million // 1_000_000

    @property
    def stride(self) -> int:
        """Step from slot to slot: visits every slot, leaves neighbours far apart."""
        return next(
            n for n in count(round(0.618 * self.sound)) if gcd(n, self.sound) == 1
        )

    @property
    def place_count(self) -> int:
        """Number of places."""
        if self.planted:
            return self.places or max(self.sessions // 100, 10)
        return self.places or min(max(self.users // 4, 10), 40_000)

    def variables(self) -> dict[str, int | str | list]:
        """Return what the queries read with getvariable()."""
        hours = [h for h, share in enumerate(SESSIONS_PER_HOUR) for _ in range(share)]
        return {
            "sessions": self.sessions,
            "users": self.users,
            "places": self.place_count,
            "days": self.days,
            "seed": str(self.seed),
            "faults_per_million": self.faults_per_million,
            "sound": self.sound,
            "stride": self.stride,
            "faults": list(FAULTS),
            "first_day_ms": FIRST_DAY_MS,
            "hours": hours,
        }
