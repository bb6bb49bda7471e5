"""What is measured is what is asked for, whatever the shell has set."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import ROOT

PRINT_SETTINGS = """
import json, os
print(json.dumps([n for n in os.environ if n.startswith(("DBT_", "ENG", "SPARK_"))]))
"""


def test_no_setting_of_the_shell_reaches_a_contender(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "tests" / "benchmarks")
    from measure import Bench, Contender, Step

    for name in ("DBT_TARGET", "ENGAGEMENT_THREADS", "SPARK_MASTER", "SPARK_WAREHOUSE"):
        monkeypatch.setenv(name, "of the shell")
    contender = Contender("it", [Step("all", [sys.executable, "-c", PRINT_SETTINGS])])

    measured = Bench(tmp_path, tmp_path, "1GB", 60).take_turns("x", [contender], [], 1)

    assert set(measured.answers["it"]) == {
        "ENGAGEMENT_OUTPUT", "ENGAGEMENT_MEMORY", "DBT_TARGET_PATH", "DBT_LOG_PATH",
    }  # fmt: skip
