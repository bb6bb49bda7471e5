"""Run contenders in turn, each as whole processes with a folder of its own.

The kernel counts to a process's peak what the parent held when it was started, so
the parent has to stay small: whatever loads data is a process of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from threading import Event, Thread, Timer
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Step:
    """A process.

    Attributes
    ----------
    row : str or None
        Where it counts; steps of one row add up. None for what is not measured.
    command : sequence of str
    files : int, optional
        How many of the deliveries are in the folder of exports by then.
    """

    row: str | None
    command: Sequence[str | Path]
    files: int | None = None


@dataclass(frozen=True)
class Contender:
    """Steps that follow each other; the answer is what the last prints in JSON."""

    name: str
    steps: Sequence[Step]


@dataclass(frozen=True)
class Usage:
    """What a process took.

    Attributes
    ----------
    seconds : float
        Of the clock.
    peak_gb : float
        Largest resident set, 10^9 bytes.
    failure : str or None
        Why it did not end well.
    """

    seconds: float
    peak_gb: float
    failure: str | None


@dataclass
class Row:
    """What was measured, one entry per repeat, and the last failure."""

    seconds: list[float] = field(default_factory=list)
    peak_gb: list[float] = field(default_factory=list)
    failure: str | None = None

    def add(self, usages: Sequence[Usage]) -> None:
        """Add a repeat: the processes that ran one after the other."""
        self.seconds.append(sum(usage.seconds for usage in usages))
        self.peak_gb.append(max(usage.peak_gb for usage in usages))
        self.failure = usages[-1].failure

    @property
    def median_seconds(self) -> float | None:
        return None if self.failure else median(self.seconds)

    @property
    def median_peak_gb(self) -> float | None:
        return None if self.failure else median(self.peak_gb)


@dataclass
class Measured:
    """Rows and answers of a group of contenders, by name."""

    rows: dict[str, Row] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bench:
    """Where and how to measure."""

    runs: Path
    logs: Path
    memory: str
    timeout: float

    def take_turns(
        self,
        title: str,
        contenders: Iterable[Contender],
        files: Sequence[Path],
        repeats: int,
    ) -> Measured:
        """Run A, B, C, then A, B, C again, so that drift of the machine hits all."""
        measured = Measured()
        standing = list(contenders)
        for repeat in range(repeats):
            for contender in tuple(standing):
                turn = f"{title}, {repeat + 1} of {repeats}"
                print(f"{turn}: {contender.name}", flush=True)
                log = self.logs / f"{title}, {contender.name}.log"
                if not self._run(contender, files, log, measured):
                    standing.remove(contender)
        return measured

    def _run(
        self, contender: Contender, files: Sequence[Path], log: Path, into: Measured
    ) -> bool:
        """Run a contender's steps until one fails; tell whether none did."""
        folder = self.runs / "contender"
        shutil.rmtree(folder, ignore_errors=True)
        exports = folder / "exports"
        exports.mkdir(parents=True)
        rows: dict[str, list[Usage]] = {}
        for step in contender.steps:
            for file in files[: step.files]:
                if not (exports / file.name).exists():
                    (exports / file.name).symlink_to(file)
            usage = self._measure(step, folder, log)
            if step.row or usage.failure:
                rows.setdefault(step.row or contender.name, []).append(usage)
            if usage.failure:
                break
        else:
            with suppress(json.JSONDecodeError):
                into.answers[contender.name] = json.loads(last_line(log))
        for name, usages in rows.items():
            into.rows.setdefault(name, Row()).add(usages)
        shutil.rmtree(folder)
        return not any(usage.failure for usages in rows.values() for usage in usages)

    def _measure(self, step: Step, folder: Path, log: Path) -> Usage:
        """Run a process in the folder, and stop it when its time is up."""
        # of this shell's own settings nothing may reach one contender alone
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DBT_", "ENGAGEMENT_", "SPARK_"))
        } | {
            "XDR_PATH": str(folder / "exports"),
            "ENGAGEMENT_OUTPUT": str(folder / "output"),
            "ENGAGEMENT_MEMORY": self.memory,
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }
        with log.open("w", encoding="utf-8") as output:
            started = perf_counter()
            process = subprocess.Popen(
                step.command,
                cwd=ROOT,
                env=env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            timer = Timer(self.timeout, os.killpg, (process.pid, signal.SIGKILL))
            timer.start()
            peaks = Peaks(process.pid)
            peaks.start()
            try:
                _, status, resources = os.wait4(process.pid, 0)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
            finally:
                timer.cancel()
                peaks.done.set()
            seconds = perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        failure = None
        if process.returncode and seconds >= self.timeout:
            failure = f"stopped after {seconds:,.0f} s"
        elif process.returncode < 0:
            failure = f"killed by {signal.Signals(-process.returncode).name}"
        elif process.returncode:
            failure = last_line(log) or f"exit status {process.returncode}"
        peak_kb = max(resources.ru_maxrss, peaks.largest_kb)
        return Usage(seconds, peak_kb * 1024 / 1e9, failure)


class Peaks(Thread):
    """Watches all processes of a session.

    The kernel tells of those alone that are waited for, and Spark's Java is not.
    """

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.session = session
        self.largest_kb = 0
        self.done = Event()

    def run(self) -> None:
        while not self.done.wait(0.5):
            for process in Path("/proc").glob("[0-9]*"):
                with suppress(OSError, ValueError):
                    if os.getsid(int(process.name)) == self.session:
                        found = re.search(
                            r"VmHWM:\s+(\d+)", (process / "status").read_text()
                        )
                        if found:
                            self.largest_kb = max(self.largest_kb, int(found[1]))


def last_line(log: Path) -> str:
    """Read what a process said last."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
