"""What an import does besides defining names, watched from a fresh interpreter's audit hook."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MAX_IMPORT_SECS = 0.3
HEAVY_PACKAGES = frozenset({"fastapi", "matplotlib", "ray", "torch"})

_WATCH = """
import json, logging, os, sys, threading, time
package, home = sys.argv[1], os.environ["VIEWFINDER_HOME"]
watched = ("socket.", "subprocess.Popen", "os.fork", "os.mkdir", "os.posix_spawn",
           "sqlite3.connect", "_thread.start_new_thread")
events = []
def hook(event, args):
    if event.startswith(watched) and not str(args[:1]).count("__pycache__"):
        events.append(event)
    elif event == "open" and isinstance(args[0], str) and args[0].startswith(home):
        events.append("open in the home")
sys.addaudithook(hook)
start = time.perf_counter()
__import__(package)
secs = time.perf_counter() - start
found = sorted(set(events))
if threading.active_count() > 1:
    found.append("a running thread")
if logging.root.handlers:
    found.append("a logging handler")
print(json.dumps({"secs": secs, "events": found, "modules": sorted(sys.modules)}))
"""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The quickest of several imports in seconds, what it started, and what it loaded."""

    secs: float
    events: tuple[str, ...]
    modules: frozenset[str]


def watch_import(package: str, source: Path, *, home: Path, rounds: int = 7) -> ImportReport:
    """Import a package of a source folder in fresh interpreters and report what happened."""
    reports = []
    for _ in range(rounds):
        done = subprocess.run(
            [sys.executable, "-c", _WATCH, package],
            env={"PYTHONPATH": str(source), "VIEWFINDER_HOME": str(home), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise AssertionError(f"'import {package}' failed:\n{done.stderr}")
        reports.append(json.loads(done.stdout))
    return ImportReport(
        secs=min(report["secs"] for report in reports),
        events=tuple(reports[0]["events"]),
        modules=frozenset(reports[0]["modules"]),
    )


def import_effects(report: ImportReport) -> list[str]:
    """Importing is quick, starts nothing, and loads none of the heavy packages."""
    objections = [f"importing does: {event}" for event in report.events]
    objections += [f"importing loads: {name}" for name in sorted(HEAVY_PACKAGES & report.modules)]
    if report.secs > MAX_IMPORT_SECS:
        objections.append(f"importing takes {report.secs:.2f} s, at most {MAX_IMPORT_SECS} s")
    return objections
