"""Timing: wall and CPU seconds of a few runs, and what machine they ran on. For Linux."""

from __future__ import annotations

import gc
import json
import os
import platform
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class Meter:
    """Measures callables by name. A figure is the fastest of its runs.

    What the other runs took longer was spent by whatever else the machine did.
    """

    def __init__(self) -> None:
        self.figures: dict[str, dict[str, float | None]] = {}
        self.answers: dict[str, Any] = {}

    def time(
        self, name: str, work: Callable[[], T], *, runs: int = 1, count: int | None = None
    ) -> T:
        """Times ``work()`` and returns what the first run gave.

        Args:
            name: of the figure
            work: what is timed
            runs: how often
            count: of the things that were handled, for a rate
        """
        answer: list[T] = []
        walls, cpus = [], []
        for _ in range(runs):
            gc.collect()
            cpu, start = time.process_time(), time.perf_counter()
            result = work()
            walls.append(time.perf_counter() - start)
            cpus.append(time.process_time() - cpu)
            if not answer:
                answer.append(result)
            del result
        self.note(name, min(walls), min(cpus), count, runs)
        return answer[0]

    def note(
        self,
        name: str,
        wall: float,
        cpu: float | None = None,
        count: int | None = None,
        runs: int = 1,
    ) -> None:
        """Notes a figure that was measured elsewhere."""
        figure: dict[str, float | None] = {"wall_secs": wall, "cpu_secs": cpu, "runs": runs}
        if count is not None:
            figure |= {"count": count, "per_sec": count / wall}
        self.figures[name] = figure

    def note_value(self, name: str, value: float) -> None:
        """Notes a figure that is not a time."""
        self.figures[name] = {"value": value}

    def write(self, path: Path) -> None:
        """Writes all that was measured and answered, as JSON."""
        path.write_text(json.dumps({"figures": self.figures, "answers": self.answers}))


def peak_mebibytes() -> float:
    """The most memory that this process held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def machine() -> dict[str, Any]:
    """What it ran on, and how busy that was."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
    }
