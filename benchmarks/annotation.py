"""Measures the annotation loop against the label server; beside FiftyOne's client in the same run.

    python benchmarks/annotation.py                      # 1,000 images with 10 boxes each
    python benchmarks/annotation.py --peer --json FILE   # beside FiftyOne, which is installed first
    python benchmarks/annotation.py --images 20 --large 40 --tasks 1 2   # only to see that it runs

Every side and part runs in a process of its own. Both sides talk to label servers of their own,
made alike, over loopback.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annotation_data import BOXES, make_images
from meter import machine
from peer_setup import install, running_peer

from viewfinder.labelserver import embedded

HERE = Path(__file__).resolve().parent
SIZE_WH = (640, 480)
SMALL_WH = (64, 48)
PARTS = ("annotate", "bare", "load")
SECONDS = {
    "annotate": "annotate",
    "load_unmoved": "first load, nothing was moved",
    "load_some": "load, 1 box in 100 was moved",
    "load_all": "load, every box was moved",
    "load_again": "load again, nothing has changed since",
}
TARGETS = {"load_some": 4.0, "load_all": 4.0, "load_again": 10.0}
"""How many times faster than the peer."""
BARE_TARGET = 1.25
LARGE_TARGET_SECS = 5.0


class Bench:
    """Runs parts against a label server that is started in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def server(self) -> Iterator[embedded.Endpoint]:
        """A label server without anything in it."""
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="server-") as name:
            home = Path(name)
            try:
                yield embedded.ensure_running(home, timeout_secs=60)
            finally:
                embedded.stop(home)

    def run(
        self,
        kit: str,
        parts: tuple[str, ...],
        config: Mapping[str, Any],
        *,
        python: Path | str = sys.executable,
        variables: Mapping[str, str] | None = None,
    ) -> dict[str, dict[str, Any]]:
        """Figures and answers of parts of one side, by part."""
        found = {}
        with tempfile.TemporaryDirectory(dir=self._folder) as home, self.server() as endpoint:
            account = {"url": endpoint.url, "username": endpoint.username}
            given = self._folder / "config.json"
            given.write_text(json.dumps({**config, **account, "password": endpoint.password}))
            environment = {**os.environ, "VIEWFINDER_HOME": home, **(variables or {})}
            environment["PYTHONPYCACHEPREFIX"] = str(self._folder / "compiled")
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
            for part in parts:
                print(f"  {kit} {part} …", file=sys.stderr, flush=True)
                out = self._folder / "figures.json"
                subprocess.run(
                    [python, HERE / "annotation_side.py", kit, part, given, out],
                    env=environment,
                    check=True,
                )
                found[part] = json.loads(out.read_text())
            given.unlink()
        return found

    def images(self, count: int, size_wh: tuple[int, int]) -> dict[str, Any]:
        """A folder of images, as a config names it."""
        folder = self._folder / f"images-{size_wh[0]}"
        if not folder.exists():
            make_images(folder, count, size_wh)
        return {"folder": str(folder), "size_wh": size_wh, "count": count}


def measure(bench: Bench, options: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    config = {
        **bench.images(options.images, SIZE_WH),
        "task_size": None,
        "runs": options.runs,
        "pairs": options.pairs,
    }
    report: dict[str, Any] = {"viewfinder": bench.run("viewfinder", PARTS, config)}
    if options.peer:
        python = install()
        with running_peer(python) as variables:
            report["fiftyone"] = bench.run(
                "fiftyone",
                ("annotate", "load"),
                {**config, "runs": 2},
                python=python,
                variables=variables,
            )
        ours, theirs = (report[kit]["load"]["answers"]["sum"] for kit in ("viewfinder", "fiftyone"))
        # Their way through pixels rounds.
        if abs(ours - theirs) > 1e-6 * options.images * BOXES:
            raise SystemExit(f"Different boxes came back: {ours} and {theirs}.")
    count = max(options.large, max(options.tasks) * options.task_size)
    small = {**bench.images(count, SMALL_WH), "task_size": options.task_size, "runs": 1}
    report["memory"] = measure_memory(bench, small, options.tasks)
    large = {**small, "count": options.large}
    report["large"] = bench.run("viewfinder", ("annotate", "load"), large)["load"]["figures"]
    return report


def measure_memory(
    bench: Bench, config: Mapping[str, Any], tasks: Sequence[int]
) -> dict[str, dict[str, Any]]:
    """Peak memory of a process that loads so many tasks, by their number."""
    found = {}
    for number in tasks:
        part = {**config, "count": number * config["task_size"]}
        found[str(number)] = bench.run("viewfinder", ("annotate", "peak"), part)["peak"]["figures"]
    return found


def rows(report: Mapping[str, Any], num_shapes: int) -> Iterator[tuple[str, str, str, str]]:
    """The table: figure, ours, the other, and the ratio with its target."""
    ours = _figures(report["viewfinder"])
    theirs = _figures(report.get("fiftyone", {}))
    pairs = report["viewfinder"]["bare"]["figures"]
    yield (
        "annotate, beside its bare requests",
        f"{pairs['call']['wall_secs']:.2f} s",
        f"{pairs['bare']['wall_secs']:.2f} s",
        f"{pairs['ratio']['value']:.2f}× as long (target ≤ {BARE_TARGET})",
    )
    for name, words in SECONDS.items():
        other = theirs.get(name)
        ratio = "" if other is None else f"{other / ours[name]:.1f}× faster"
        if other is not None and name in TARGETS:
            ratio += f" (target ≥ {TARGETS[name]:.0f})"
        shown = "" if other is None else _shown(report["fiftyone"], name)
        yield f"{words}, beside FiftyOne", _shown(report["viewfinder"], name), shown, ratio
    for tasks, figures in report["memory"].items():
        peak, before = figures["peak_mib"]["value"], figures["peak_before_mib"]["value"]
        words = f"{peak:.0f} MiB ({peak - before:+.0f})"
        yield f"peak memory of a load of {tasks} tasks", words, "", ""
    for name in ("load_some", "load_all", "load_again"):
        target = f"target ≤ {LARGE_TARGET_SECS:.0f} s" if name != "load_again" else ""
        shown = _secs(report["large"][name])
        yield f"{num_shapes:,} boxes: {SECONDS[name]}", shown, "", target


def _shown(side: Mapping[str, Any], name: str) -> str:
    """Seconds of one figure of a side."""
    part = "annotate" if name == "annotate" else "load"
    return _secs(side[part]["figures"][name])


def _secs(figure: Mapping[str, float]) -> str:
    """Seconds, and how many of them the client's own process was at work."""
    return f"{figure['wall_secs']:.2f} s ({figure['cpu_secs']:.2f} s CPU)"


def _figures(side: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: figure["wall_secs"]
        for part in ("annotate", "load")
        for name, figure in side.get(part, {}).get("figures", {}).items()
    }


def main() -> None:
    """Runs all parts and prints the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=10_000, help="images for the large load")
    parser.add_argument("--tasks", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--task-size", type=int, default=500, help="images a task of those")
    parser.add_argument("--runs", type=int, default=3, help="of which the fastest counts")
    parser.add_argument("--pairs", type=int, default=5, help="calls beside bare requests")
    parser.add_argument(
        "--peer",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="measure FiftyOne too; it is installed into .cache/bench-peer",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    options = parser.parse_args()
    host = {**machine(), "date": datetime.now(UTC).date().isoformat()}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        report = measure(Bench(Path(name)), options)
    host["load_average_after"] = machine()["load_average"]
    if options.json is not None:
        options.json.write_text(json.dumps({"machine": host, **report}, indent=1) + "\n")
    print(", ".join(f"{key} {value}" for key, value in host.items()) + "\n")
    print("| figure | Viewfinder | beside it | ratio |\n|---|---:|---:|---|")
    for row in rows(report, options.large * BOXES):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
