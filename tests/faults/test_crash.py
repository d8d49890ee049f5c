"""Writers that are killed at random moments: nothing that they reported is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "50"))


@pytest.mark.slow
@pytest.mark.timeout(600 + 5 * ROUNDS)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_killed_writer_loses_nothing_that_it_reported() -> None:
    ended = subprocess.run(
        [sys.executable, "benchmarks/crash.py", "--rounds", str(ROUNDS)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    rows = [line.split("|")[1:4] for line in ended.stdout.splitlines() if line.startswith("| ")]
    kills = {name.strip(): int(number.replace(",", "")) for name, number, _ in rows[1:]}
    works = {"ingest", "save", "fold", "bulk-set", "merge", "schema", "delete", "restore"}
    assert set(kills) == works
    assert sum(kills.values()) == ROUNDS
    # The kills came while there was work, not before it.
    assert all(int(steps.replace(",", "")) for _, _, steps in rows[1:])
