"""However much is sent, no more than about a chunk of it is in memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from viewfinder.cvat.transport import Options

pytest.importorskip("resource")

CHUNK_MB = Options().chunk_bytes / 1e6
SENT_MB = 90


@pytest.mark.parametrize("what", ["images", "files", "video"])
def test_memory_is_bounded_by_a_chunk(tmp_path: Path, there: dict[str, Any], what: str) -> None:
    script = Path(__file__).with_name("sending_memory.py")
    done = subprocess.run(
        [sys.executable, str(script), what, str(SENT_MB), str(tmp_path), *there.values()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    grown_mb = float(done.stdout)
    assert grown_mb < 3.5 * CHUNK_MB, f"it grew by {grown_mb} MB"
