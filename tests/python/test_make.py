"""What make would do, whatever the shell has set and the command says."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from conftest import ROOT


def commands(target: str, *settings: str, **env: str) -> str:
    """List what make would run."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    told = subprocess.run(
        ["make", "--dry-run", target, *settings],
        cwd=ROOT,
        env=inherited | env,
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout


@pytest.mark.parametrize("target", ["test", "audit"])
@pytest.mark.parametrize("settings", [[], ["ENGAGEMENT_OUTPUT=/data/out"]])
def test_only_what_make_made_is_removed(target: str, settings: list[str]) -> None:
    told = commands(target, *settings).splitlines()
    removed = [line for line in told if line.startswith("rm ")]
    assert removed == [f"rm -rf target/{target}"]


@pytest.mark.parametrize(
    ("folder", "place"), [("", "output"), ("/data/my out", "/data/my out")]
)
def test_documentation_lies_beside_what_else_is_made(folder: str, place: str) -> None:
    for told in (
        commands("docs", f"ENGAGEMENT_OUTPUT={folder}"),
        commands("docs", ENGAGEMENT_OUTPUT=folder),
    ):
        assert f'cp target/static_index.html "{place}/docs/index.html"' in told


def test_a_run_says_what_it_does_and_how_long_it_takes() -> None:
    steps = commands("run", "VENV=target/missing").splitlines()

    for step in ("-m venv", "/dbt build", "/engagement publish"):
        at = next(place for place, line in enumerate(steps) if step in line)
        assert steps[at - 1].startswith("echo ")
        assert re.search("seconds|minute", steps[at - 1])
