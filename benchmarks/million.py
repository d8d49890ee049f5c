"""A million samples with ten labels each, and how long a question takes then.

    python benchmarks/million.py --samples 1000000 --out FILE

Questions are asked of the dataset twenty times each, none of them twice in the same words; the
figure is the 95th percentile. The dataset is then opened anew in processes of its own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from data import CLASSES
from meter import Meter, peak_mebibytes
from ours import ids

import viewfinder as vf
from viewfinder import ViewField as F
from viewfinder.schema.infer import document_field

NAME = "million"
LABELS = 10
BATCH = 50_000
ASKED = 20
OPEN = f"""
import time
start = time.perf_counter()
import viewfinder as vf
vf.Dataset  # the package loads its parts when they are first asked for
imported = time.perf_counter()
dataset = vf.load_dataset({NAME!r})
count = len(dataset)
print(time.perf_counter() - imported, count)
"""


def fill(meter: Meter, num_samples: int) -> vf.Dataset:
    """The dataset, from arrays."""
    dataset = vf.Dataset(NAME, persistent=True)
    start = time.perf_counter()
    for first in range(0, num_samples, BATCH):
        count = min(BATCH, num_samples - first)
        rng = np.random.default_rng((51, first))
        total = count * LABELS
        corner, size = rng.random((total, 2)) * 0.5, rng.uniform(0.01, 0.5, (total, 2))
        classes = pa.array(rng.integers(0, len(CLASSES), total).astype(np.int32))
        labels = pa.table(
            {
                "id": ids(1, first * LABELS, total),
                "label": pa.DictionaryArray.from_arrays(classes, pa.array(CLASSES)),
                "bounding_box": pa.FixedSizeListArray.from_arrays(
                    pa.array(np.concatenate([corner, size], 1).reshape(-1)), 4
                ),
                "confidence": pa.array(rng.random(total)),
            }
        )
        samples = pa.table(
            {
                "id": ids(0, first, count),
                "filepath": [
                    f"/nowhere/{number:08d}.jpg" for number in range(first, first + count)
                ],
            }
        )
        with dataset.handle.store.transaction("add_samples") as transaction:
            transaction.grow_schema({"predictions": document_field(vf.Detections)})
            transaction.append(
                samples, {"predictions": (labels, np.arange(0, total + 1, LABELS, dtype=np.int64))}
            )
            transaction.set_info("media_type", "image")
    meter.note("million_fill", time.perf_counter() - start, count=num_samples)
    return dataset


def ask(meter: Meter, dataset: vf.Dataset) -> None:
    """The 95th percentile of each question."""
    steps = itertools.count(1)
    label, score = "predictions.detections.label", "predictions.detections.confidence"
    pages = np.random.default_rng(3).integers(0, max(len(dataset) - 25, 1), 100).tolist()

    def filtered() -> Any:
        wanted = (F("label") == CLASSES[next(steps) % 80]) & (F("confidence") > 0.8)
        return dataset.filter_labels("predictions", wanted)

    questions: dict[str, Callable[[], Any]] = {
        "million_count_values": lambda: dataset.count_values(label),
        "million_distinct": lambda: dataset.distinct(label),
        "million_bounds": lambda: dataset.bounds(score),
        "million_histogram": lambda: dataset.histogram_values(
            score, bins=50, range=(0, 1 + next(steps) * 1e-9)
        ),
        "million_filter_count": lambda: filtered().count(),
        "million_page": lambda: [
            len(sample.predictions.detections)
            for sample in dataset.skip(pages[next(steps) % 100]).limit(25)
        ],
    }
    for name, question in questions.items():
        walls, cpus = [], []
        question()
        for _ in range(ASKED):
            cpu, start = time.process_time(), time.perf_counter()
            question()
            walls.append(time.perf_counter() - start)
            cpus.append(time.process_time() - cpu)
        meter.note(
            name, float(np.percentile(walls, 95)), float(np.percentile(cpus, 95)), runs=ASKED
        )
        meter.note(f"{name}_median", float(np.median(walls)), runs=ASKED)


def reopen(meter: Meter) -> None:
    """From the name to the number of samples, in new processes."""
    walls = []
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", OPEN],
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=True,
        )
        walls.append(float(done.stdout.split()[0]))
    meter.note("million_reopen", float(np.median(walls)), runs=len(walls))


def main() -> None:
    """Fills, asks and opens."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    meter = Meter()
    dataset = fill(meter, options.samples)
    ask(meter, dataset)
    reopen(meter)
    meter.note_value("million_peak_mib", peak_mebibytes())
    meter.write(options.out)
    print(json.dumps(meter.figures, indent=1))


if __name__ == "__main__":
    main()
