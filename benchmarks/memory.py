"""A million samples of ten labels go through import, reading, export and folding in little memory.

    python benchmarks/memory.py                        # 1,000,000 samples; some minutes
    python benchmarks/memory.py --samples 20000 --limit-mib 700

Each part runs in a new process and reports the most memory that it held; pages of the dataset's
files that the system mapped for it count, too. Ends with an error where a part held more than the
limit.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from data import CLASSES
from meter import machine, peak_mebibytes

import viewfinder as vf

NAME = "memory"
LABELS = 10
BATCH = 10_000
LIMIT_MIB = 2 * 1024
TYPE = vf.types.COCODetectionDataset


def samples(count: int) -> Iterator[vf.Sample]:
    """Samples with ten boxes each, made as they are asked for."""
    for first in range(0, count, BATCH):
        rng = np.random.default_rng((51, first))
        size = rng.uniform(0.01, 0.5, (BATCH, LABELS, 2))
        boxes = np.concatenate([rng.random(size.shape) * (1 - size), size], axis=2).tolist()
        names = rng.integers(len(CLASSES), size=(BATCH, LABELS)).tolist()
        scores = rng.random((BATCH, LABELS)).tolist()
        for at in range(min(BATCH, count - first)):
            labels = [
                vf.Detection(label=CLASSES[name], bounding_box=box, confidence=score)
                for name, box, score in zip(names[at], boxes[at], scores[at], strict=True)
            ]
            yield vf.Sample(
                filepath=f"/nowhere/{first + at:08d}.jpg",
                metadata=vf.ImageMetadata(width=640, height=480),
                found=vf.Detections(detections=labels),
            )


def ingest(count: int) -> int:
    """A generator of samples becomes a dataset."""
    dataset = vf.Dataset(NAME)
    dataset.add_samples(samples(count), num_samples=count)
    return int(dataset.count("found.detections"))


def iterate(count: int) -> int:
    """Every label of every sample as an object."""
    seen = 0
    for sample in vf.load_dataset(NAME).limit(count):
        seen += len(sample["found"].detections)
    return seen


def values(count: int) -> int:
    """The values of all labels, batch by batch."""
    dataset = vf.load_dataset(NAME)
    seen = 0
    for first in range(0, count, BATCH):
        rows = dataset[first : first + BATCH].values("found.detections.confidence")
        seen += sum(map(len, rows))
    return seen


def fold(count: int) -> int:
    """A change that reaches every file, and the files rewritten for it."""
    dataset = vf.load_dataset(NAME)
    dataset.delete_samples(dataset.take(count // 20, seed=51))
    dataset.handle.store.fold(force=True)
    return int(dataset.count("found.detections")) + count // 20 * LABELS


def export(count: int) -> int:
    """One COCO file of all labels."""
    dataset = vf.load_dataset(NAME)
    path = Path(os.environ["VIEWFINDER_HOME"]) / "labels.json"
    dataset.export(labels_path=path, dataset_type=TYPE, export_media=False, progress=False)
    marks = 0
    with path.open("rb") as file:
        for line in file:
            marks += line.count(b'"bbox"')
    path.unlink()
    return marks + count // 20 * LABELS


PARTS: dict[str, Callable[[int], int]] = {
    "ingest": ingest,
    "iterate": iterate,
    "values": values,
    "fold": fold,
    "export": export,
}


def run_part(part: str, count: int) -> None:
    """Runs one part in this process and prints what it took."""
    start = time.perf_counter()
    seen = PARTS[part](count)
    wall = time.perf_counter() - start
    if seen != count * LABELS:
        raise SystemExit(f"{part}: {seen:,} labels where there should be {count * LABELS:,}.")
    print(json.dumps({"part": part, "wall_secs": wall, "peak_mib": peak_mebibytes()}))


def main() -> None:
    """Runs all parts and compares what they held with the limit."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--limit-mib", type=float, default=LIMIT_MIB)
    parser.add_argument("--part", choices=PARTS, help="run one part in this process")
    options = parser.parse_args()
    if options.part is not None:
        run_part(options.part, options.samples)
        return
    facts = {**machine(), "samples": options.samples, "labels": options.samples * LABELS}
    print(", ".join(f"{key} {value}" for key, value in facts.items()))
    print("\n| part | seconds | peak MiB |\n|---|---|---|", flush=True)
    missed = []
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        for part in PARTS:
            ended = subprocess.run(
                [sys.executable, __file__, "--part", part, "--samples", str(options.samples)],
                env={**os.environ, "VIEWFINDER_HOME": home},
                stdout=subprocess.PIPE,
                check=True,
            )
            figure = json.loads(ended.stdout.splitlines()[-1])
            peak = figure["peak_mib"]
            print(f"| {part} | {figure['wall_secs']:.1f} | {peak:,.0f} |", flush=True)
            if peak > options.limit_mib:
                missed.append(f"{part} held {peak:,.0f} MiB")
    if missed:
        raise SystemExit(f"Over the limit of {options.limit_mib:,.0f} MiB: {'; '.join(missed)}.")


if __name__ == "__main__":
    main()
