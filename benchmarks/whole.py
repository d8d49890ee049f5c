"""Every row of the engine's table in one run, beside FiftyOne with MongoDB where it is wanted.

    python benchmarks/whole.py                     # our side
    python benchmarks/whole.py --peer --json FILE  # beside FiftyOne, which is installed first
    python benchmarks/whole.py --samples 300 --large 1000 --million 5000  # only to see it run

Both sides do the same works on the same seeded data, in the same words, one after the other; what
they answer is compared, and a difference ends the run. Ratios are given of wall time and of the CPU
time of the process that asks; on FiftyOne's side the database's own time is not in the latter.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import coco_files
from meter import machine
from peer_setup import install, running_peer
from run import Side, refuse_differences


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a work, and how many times faster than the peer's it is to be."""

    key: str
    title: str
    target: float | None = None
    limit_ms: float | None = None
    """For works that the peer does not do: the most milliseconds."""


SMALL = (
    Row("build_and_add", "build + `add_samples`, Python objects", 40),
    Row("iterate", "iterate all samples reading their labels", 20),
    Row("lookup", "`dataset[id]`, one by one", 20),
    Row("view_count", "`filter_labels` → `sort_by(length)`: count", 8),
    Row("view_first_25", "the same: first 25 samples", 20),
    Row("count_values", "`count_values` of a label attribute", 8),
    Row("distinct", "`distinct`", 8),
    Row("histogram", "`histogram_values`, 50 bins", 8),
    Row("bounds", "`bounds`", 8),
    Row("values_boxes", "`values(predictions.detections.bounding_box)`", 10),
    Row("values_labels", "`values` of label objects", 10),
    Row("set_values", "`set_values` of one attribute on every label", 100),
    Row("save_scalar", "1,000 × `sample.save()`, a scalar", 15),
    Row("save_labels", "1,000 × `sample.save()`, all labels changed", 15),
    Row("tag_samples", "`tag_samples`", 5),
    Row("tag_labels", "`tag_labels`", 5),
    Row("patches_ground_truth", "`to_patches(ground_truth)` → count", 30),
    Row("patches_predictions", "`to_patches(predictions)` → count", 30),
    Row("import_detections", "COCO import of boxes", 30),
    Row("import_segmentations", "COCO import of segmentations", 20),
    Row("export", "COCO export, labels only", 30),
    Row("clone", "`clone`", 5),
)
LARGE = (
    Row("filter_sort_first_20", "`filter_labels` → `sort_by(length)`: first 20 samples", 25),
    Row("filter_sort_count", "the same: count", 25),
    Row("count_values", "`count_values` of a label attribute", 50),
    Row("distinct", "`distinct`", 50),
    Row("histogram", "`histogram_values`, 50 bins", 50),
    Row("bounds", "`bounds`", 50),
)
MILLION = (
    Row("million_count_values", "`count_values`, p95", limit_ms=150),
    Row("million_distinct", "`distinct`, p95", limit_ms=150),
    Row("million_histogram", "`histogram_values`, p95", limit_ms=150),
    Row("million_bounds", "`bounds`, p95", limit_ms=150),
    Row("million_filter_count", "filter by class and confidence → count, p95", limit_ms=150),
    Row("million_page", "25 samples with their labels at any offset, p95", limit_ms=50),
    Row("million_reopen", "reopening and the first count", limit_ms=500),
)

Figures = Mapping[str, Mapping[str, Any]]


def compared(rows: tuple[Row, ...], ours: Figures, peers: Figures) -> list[str]:
    """Lines of Markdown: the work, both sides' times, ratios of wall and CPU time, the target."""
    lines = []
    for row in rows:
        mine, its = ours[row.key], peers.get(row.key)
        cells = [row.title, _as_ms(mine["wall_secs"])]
        if its is None:
            cells += ["", "", "", f"≥ {row.target:g}×", ""]
        else:
            wall = its["wall_secs"] / mine["wall_secs"]
            cpu = its["cpu_secs"] / mine["cpu_secs"] if mine["cpu_secs"] else 0.0
            met = "met" if max(wall, cpu) >= (row.target or 0) else "MISSED"
            cells += [_as_ms(its["wall_secs"]), f"{wall:,.3g}×", f"{cpu:,.3g}×"]
            cells += [f"≥ {row.target:g}×", met]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def limited(rows: tuple[Row, ...], ours: Figures) -> list[str]:
    """Lines of Markdown: the work, our time, the limit."""
    lines = []
    for row in rows:
        spent = ours[row.key]["wall_secs"] * 1e3
        met = "met" if spent <= (row.limit_ms or 0) else "MISSED"
        lines.append(f"| {row.title} | {_as_ms(spent / 1e3)} | ≤ {row.limit_ms:g} ms | {met} |")
    return lines


def _as_ms(seconds: float) -> str:
    spent = seconds * 1e3
    return f"{spent:,.{0 if spent >= 100 else 1 if spent >= 10 else 2}f} ms"


def measure(options: argparse.Namespace, folder: Path) -> dict[str, dict[str, Figures]]:
    """The figures of both sides, by part and side."""
    media = folder / "media"
    coco_files.write(media, options.samples)
    found: dict[str, dict[str, Figures]] = {"small": {}, "large": {}, "million": {}}
    python = install() if options.peer else None
    with running_peer(python) if python is not None else nullcontext({}) as variables:
        sides = {"viewfinder": (sys.executable, {"VIEWFINDER_HOME": str(folder / "home")})}
        if python is not None:
            sides["fiftyone"] = (str(python), dict(variables))
        answers = {}
        for kit, (executable, environment) in sides.items():
            side = Side(executable, environment, folder)
            extra = ("--kit", kit, "--media", str(media))
            answers[kit] = side.run("rows.py", None, options.samples, *extra)
            found["small"][kit] = side.figures
            side = Side(executable, environment, folder)
            for part in ("ingest", "read") if kit == "viewfinder" else ("fill", "read"):
                script = "ours.py" if kit == "viewfinder" else "peer.py"
                answers[f"large {kit}"] = side.run(script, part, options.large)
            found["large"][kit] = side.figures
    if python is not None:
        refuse_differences("both sides", answers["viewfinder"], answers["fiftyone"])
        refuse_differences("both", answers["large viewfinder"], answers["large fiftyone"])
    side = Side(sys.executable, {"VIEWFINDER_HOME": str(folder / "home")}, folder)
    side.run("million.py", None, options.million)
    found["million"]["viewfinder"] = side.figures
    return found


def show(options: argparse.Namespace, found: dict[str, dict[str, Figures]]) -> str:
    """The tables, as Markdown."""
    head = "| work | Viewfinder | FiftyOne | ratio | of CPU time | target | |\n|---|" + "---:|" * 5
    lines: list[str] = []
    for part, rows, size in (("small", SMALL, options.samples), ("large", LARGE, options.large)):
        peers = found[part].get("fiftyone", {})
        lines += ["", f"{size:,} samples of 27 labels:", "", f"{head}---|"]
        lines += compared(rows, found[part]["viewfinder"], peers)
    lines += ["", f"{options.million:,} samples of 10 labels:", ""]
    lines += ["| work | Viewfinder | target | |", "|---|---:|---:|---|"]
    lines += limited(MILLION, found["million"]["viewfinder"])
    return "\n".join(lines)


def main() -> None:
    """Runs all parts and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--samples", type=int, default=5_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--million", type=int, default=1_000_000)
    parser.add_argument("--peer", action="store_true", help="measure FiftyOne too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    options = parser.parse_args()
    host = {**machine(), "date": datetime.now(UTC).date().isoformat()}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        found = measure(options, Path(name))
    host["load_average_after"] = machine()["load_average"]
    print(", ".join(f"{key} {value}" for key, value in host.items()))
    print(show(options, found))
    if options.json is not None:
        options.json.write_text(json.dumps({"machine": host, **found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
