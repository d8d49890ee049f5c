"""Small programs in the manner of FiftyOne's user guide, run unchanged.

What each has to print stands beside it, as FiftyOne 1.22 printed it. Where
``VIEWFINDER_PEER_PYTHON`` names a Python that has FiftyOne, it is asked again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.peer_setup import running_peer

GUIDE = sorted((Path(__file__).parent / "guide").glob("*.script"))
PEER = os.environ.get("VIEWFINDER_PEER_PYTHON")


def printed(command: list[str], variables: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("program", GUIDE, ids=lambda path: path.stem)
def test_a_program_prints_what_it_prints_in_fiftyone(program: Path) -> None:
    ours = printed([sys.executable, "-m", "viewfinder.compat", str(program)], {})
    assert ours == program.with_suffix(".printed").read_text()


def test_there_are_programs_enough() -> None:
    assert len(GUIDE) >= 15


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(PEER is None, reason="VIEWFINDER_PEER_PYTHON names no Python with FiftyOne")
def test_fiftyone_prints_what_is_written_down() -> None:
    assert PEER is not None
    with running_peer(Path(PEER)) as variables:
        for program in GUIDE:
            theirs = printed([PEER, str(program)], variables)
            assert theirs == program.with_suffix(".printed").read_text(), program.stem
