"""The sessions that tests write as exports of many forms, and who has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

APPLICATIONS = ("youtube", "social_media", "google", "other")
USERS, SESSIONS = 12, 120
FIRST_DAY = datetime(2025, 10, 24, tzinfo=UTC)  # clocks in Paris go back on the 26th
# So that it has few digits in every unit: 1.024 MB, 1000 KiB, 0.001024 GB.
PIECE = 1_024_000


class Session(NamedTuple):
    """A session, or the part of it that is one record.

    Attributes
    ----------
    number : int
        Records of one session have the same.
    user : int
        1 to USERS.
    started_at : datetime
        In UTC, whole seconds.
    seconds : int
    place : str
    traffic : dict
        Application to its downlink and uplink bytes.
    """

    number: int
    user: int
    started_at: datetime
    seconds: int
    place: str
    traffic: dict[str, tuple[int, int]]

    @property
    def ended_at(self) -> datetime:
        """The end, in UTC."""
        return self.started_at + timedelta(seconds=self.seconds)

    @property
    def dl(self) -> int:
        """Downlink bytes of all applications."""
        return sum(dl for dl, _ in self.traffic.values())

    @property
    def ul(self) -> int:
        """Uplink bytes of all applications."""
        return sum(ul for _, ul in self.traffic.values())

    @property
    def application(self) -> str:
        """The application of a record of one application."""
        (name,) = self.traffic
        return name


def _session(n: int) -> Session:
    day, place = divmod(n * 7, SESSIONS * 7 // 4)
    started_at = FIRST_DAY + timedelta(days=day, seconds=21_600 + place * 303 + n % 60)
    traffic = {
        name: ((n * 13 + i * 29) % 90 * PIECE + PIECE, (n * 5 + i * 3) % 11 * PIECE)
        for i, name in enumerate(APPLICATIONS)
    }
    seconds = 60 + n * n * 37 % 7_000
    if n % 40 == 7:  # more than 32 bits can count, and a night long
        traffic["youtube"] = 4_300 * PIECE, 4_250 * PIECE
        seconds += 30_000
    return Session(n, n * 7 % USERS + 1, started_at, seconds, f"Cell {n % 9}", traffic)


def all_sessions() -> list[Session]:
    """Make the sessions that all forms hold."""
    return [_session(number) for number in range(SESSIONS)]


# How sessions become records.


def per_application(sessions: list[Session]) -> list[Session]:
    """Make a record of each application of a session."""
    return [
        session._replace(traffic={name: volumes})
        for session in sessions
        for name, volumes in session.traffic.items()
    ]


def per_direction(sessions: list[Session]) -> list[Session]:
    """Make a record of the downlink of a session and one of its uplink."""
    return [
        session._replace(traffic={"other": volumes})
        for session in sessions
        for volumes in ((session.dl, 0), (0, session.ul))
    ]


def interim(sessions: list[Session]) -> list[Session]:
    """Make three records, each with its own bytes and the duration until then."""
    return [
        session._replace(
            seconds=session.seconds * (part + 1) // 3,
            traffic={
                name: tuple(v // PIECE * (part + 1) // 3 * PIECE
                            - v // PIECE * part // 3 * PIECE for v in volumes)
                for name, volumes in session.traffic.items()
            },
        )
        for session in sessions
        for part in range(3)
    ]  # fmt: skip


def idle(sessions: list[Session]) -> list[Session]:
    """Leave out all bytes."""
    return [session._replace(traffic={}) for session in sessions]


# Who a user is. None of these belongs to anybody.


def msisdn(s: Session) -> str:
    return f"336000000{s.user:02}"


def imsi(s: Session) -> str:
    return f"0010100000000{s.user:02}"


def mac(s: Session) -> str:
    return f"02:00:5e:00:53:{s.user:02x}"


def login(s: Session) -> str:
    return f"user{s.user:02}@isp.example"


def uuid(s: Session) -> str:
    return f"00000000-0000-4000-8000-0000000000{s.user:02}"


def address(s: Session) -> str:
    return f"10.0.0.{s.user}"
