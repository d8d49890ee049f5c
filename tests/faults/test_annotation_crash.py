"""Clients and label servers that are killed at random moments of a run: it goes on, once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
ROUNDS = int(os.environ.get("ANNOTATION_CRASH_ROUNDS", "10"))


@pytest.mark.slow
@pytest.mark.timeout(600 + 40 * ROUNDS)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_run_goes_on_whoever_was_killed() -> None:
    ended = subprocess.run(
        [sys.executable, "benchmarks/annotation_crash.py", "--rounds", str(ROUNDS)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert set(told) == {"images", "project", "large", "videos", "clips"}
    assert sum(trial["rounds"] for trial in told.values()) == ROUNDS
    kills = {whom: sum(trial.get(whom, 0) for trial in told.values()) for whom in
             ("client", "server", "both", "cut")}  # fmt: skip
    assert all(kills.values()), kills
