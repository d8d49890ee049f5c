"""Measures the engine, and beside it a peer in the same run; prints figures, targets and ratios.

    python benchmarks/run.py                      # 100,000 samples with 27 labels each
    python benchmarks/run.py --peer --json FILE   # beside FiftyOne, which is installed first
    python benchmarks/run.py --samples 200        # only to see that it runs

Each part runs in a new process; the data is seeded, and what both sides answer is compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from figures import TARGET_SAMPLES, compare_answers, table
from meter import machine
from peer_setup import install, running_peer
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
HEADINGS = ("figure", "Viewfinder", "target", "", "FiftyOne", "ratio")


class Side:
    """One toolkit: runs the parts of its script and collects what they measured."""

    def __init__(self, python: Path | str, variables: Mapping[str, str], folder: Path) -> None:
        self.figures: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, Any] = {}
        self._python = str(python)
        self._folder = folder
        # Compiled files are kept, as they are wherever a package is used more than once.
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        self._environment = {**kept, "PYTHONPYCACHEPREFIX": str(folder / "compiled"), **variables}

    def run(self, script: str, part: str | None, num_samples: int, *more: str) -> dict[str, Any]:
        """Runs one part, or a script that has none, and returns its answers."""
        print(f"  {script} {part or ''} …", file=sys.stderr, flush=True)
        parts = [] if part is None else [part]
        found = self._start(script, *parts, "--samples", str(num_samples), *more, "--out")
        self.figures |= found["figures"]
        answers: dict[str, Any] = found["answers"]
        return answers

    def reopen(self, toolkit: str, name: str, num_starts: int) -> dict[str, Any]:
        """Opens the dataset in new processes, after a first one; the figures are the medians."""
        print(f"  reopen {toolkit} …", file=sys.stderr, flush=True)
        starts = [self._start("reopen.py", toolkit, name) for _ in range(num_starts + 1)][1:]
        for key, first in starts[0]["figures"].items():
            walls = [start["figures"][key]["wall_secs"] for start in starts]
            self.figures[key] = {**first, "wall_secs": statistics.median(walls), "runs": num_starts}
        answers: dict[str, Any] = starts[0]["answers"]
        return answers

    def _start(self, script: str, *arguments: str) -> dict[str, Any]:
        out = self._folder / "figures.json"
        subprocess.run(
            [self._python, HERE / script, *arguments, out], env=self._environment, check=True
        )
        found: dict[str, Any] = json.loads(out.read_text())
        return found


def measure_ours(folder: Path, num_samples: int, num_starts: int) -> Side:
    """Our side; the home is in `folder`."""
    side = Side(sys.executable, {"VIEWFINDER_HOME": str(folder / "home")}, folder)
    side.run("ours.py", "ingest", num_samples)
    from_arrays = side.run("ours.py", "ingest-arrays", num_samples)
    reopened = side.reopen("viewfinder", "bench", num_starts)
    side.answers = side.run("ours.py", "read", num_samples)
    side.run("ours.py", "save", num_samples)
    refuse_differences("objects and arrays", side.answers, from_arrays)
    refuse_differences("one process and the next", side.answers, reopened)
    return side


def measure_peer(
    ours: Side, folder: Path, num_samples: int, num_objects: int, num_starts: int
) -> Side:
    """The peer's side; `num_objects` samples where it goes through Python objects."""
    python = install()
    with running_peer(python) as variables:
        side = Side(python, variables, folder)
        few = side.run("peer.py", "objects", num_objects)
        side.run("peer.py", "fill", num_samples)
        reopened = side.reopen("fiftyone", "bench-large", num_starts)
        side.answers = side.run("peer.py", "read", num_samples)
    refuse_differences("FiftyOne's processes", side.answers, reopened)
    refuse_differences("Viewfinder and FiftyOne", ours.answers, side.answers)
    # The same few samples on our side, so that the answers about objects can be compared as well.
    with tempfile.TemporaryDirectory(dir=folder) as home:
        small = Side(sys.executable, {"VIEWFINDER_HOME": home}, folder)
        small.run("ours.py", "ingest", num_objects)
        refuse_differences(
            "Viewfinder and FiftyOne", small.run("ours.py", "read", num_objects), few
        )
    return side


def refuse_differences(who: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Ends the program when the same question got two answers."""
    different = [name for name in compare_answers(one, other) if name not in ("lookup", "saved")]
    if different:
        raise SystemExit(f"Different answers from {who}: {', '.join(different)}.")


def main() -> None:
    """Runs both sides and shows the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument(
        "--peer",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="measure FiftyOne too; it is installed into .cache/bench-peer",
    )
    parser.add_argument(
        "--objects",
        type=int,
        default=5_000,
        metavar="N",
        help="samples for what goes through the peer's objects",
    )
    parser.add_argument(
        "--starts", type=int, default=7, metavar="N", help="new processes that reopen the dataset"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    options = parser.parse_args()

    host = {**machine(), "date": datetime.now(UTC).date().isoformat(), "samples": options.samples}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        ours = measure_ours(folder, options.samples, options.starts)
        peer = None
        if options.peer:
            few = min(options.objects, options.samples)
            peer = measure_peer(ours, folder, options.samples, few, options.starts)
    if peer is not None:
        host["peer_samples_where_starred"] = min(options.objects, options.samples)
    host["load_average_after"] = machine()["load_average"]
    show(host, ours, peer)
    if options.json is not None:
        report = {
            "machine": host,
            "viewfinder": ours.figures,
            "fiftyone": None if peer is None else peer.figures,
        }
        options.json.write_text(json.dumps(report, indent=1) + "\n")


def show(host: Mapping[str, Any], ours: Side, peer: Side | None) -> None:
    """Prints the table, as Markdown where nobody watches."""
    targets = host["samples"] == TARGET_SAMPLES
    rows = table(ours.figures, {} if peer is None else peer.figures, targets=targets)
    columns = len(HEADINGS) if peer is not None else 4
    facts = ", ".join(f"{key} {value}" for key, value in host.items())
    console = Console()
    if not console.is_terminal:
        print(f"{facts}\n\n| {' | '.join(HEADINGS[:columns])} |\n|{'---|' * columns}")
        for row in rows:
            print(f"| {' | '.join(row[:columns])} |")
        return
    shown = Table(*HEADINGS[:columns], caption=facts)
    for row in rows:
        shown.add_row(*row[:columns])
    console.print(shown)


if __name__ == "__main__":
    main()
