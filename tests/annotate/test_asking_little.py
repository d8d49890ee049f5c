"""What a load asks a server for: job by job, and never much at a time."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.annotate.helpers import make_dataset
from viewfinder.cvat.transport import Call, Transport
from viewfinder.labels import Detection, Detections

There = dict[str, Any]
AT_A_TIME = 4
"""Two tasks, and two jobs of each."""


class Counting:
    """Counts what goes through all transports, and slows it so that threads meet."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        real = Transport.answer

        def answer(transport: Transport, call: Call, **options: Any) -> httpx.Response:
            with self._lock:
                self.calls.append(f"{call.method} {call.path}")
                self._now += 1
                self.most = max(self.most, self._now)
            try:
                time.sleep(0.01)
                return real(transport, call, **options)
            finally:
                with self._lock:
                    self._now -= 1

        monkeypatch.setattr(Transport, "answer", answer)

    def asked(self, owner: str) -> list[str]:
        """The annotations that were asked for, of jobs or of tasks."""
        path = rf"GET /?(api/)?{owner}/\d+/annotations/?"
        return [call for call in self.calls if re.fullmatch(path, call)]


def boxes() -> Detections:
    return Detections([Detection("cat", [0.1, 0.1, 0.2, 0.2])])


@pytest.mark.parametrize(("task_size", "jobs"), [(8, 8), (2, 8)])
def test_tasks_are_read_job_by_job_and_few_at_a_time(
    tmp_path: Path,
    there: There,
    monkeypatch: pytest.MonkeyPatch,
    task_size: int,
    jobs: int,
) -> None:
    dataset = make_dataset(tmp_path, *[{"gt": boxes()}] * 8, name=f"little{task_size}")
    options = {**there, "task_size": task_size, "segment_size": 1}
    results = dataset.annotate("k", label_field="gt", **options)
    assert len(results.task_ids) == 8 // task_size
    with monkeypatch.context() as patch:
        counting = Counting(patch)
        assert dataset.load_annotations("k", **there).unchanged == 8
    assert len(set(counting.asked("jobs"))) == len(counting.asked("jobs")) == jobs
    assert counting.asked("tasks") == []
    assert 1 < counting.most <= AT_A_TIME
    # What has not changed since is not asked for again.
    with monkeypatch.context() as patch:
        counting = Counting(patch)
        assert dataset.load_annotations("k", **there).unchanged == 8
    assert counting.asked("jobs") == counting.asked("tasks") == []
    assert counting.most <= AT_A_TIME
    results.cleanup()
