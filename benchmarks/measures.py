"""What both sides are asked, in the same words: their classes and methods have the same names."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from data import blocks
from meter import Meter, peak_mebibytes

GROUND_TRUTH = "ground_truth.detections.label"
CONFIDENCE = "predictions.detections.confidence"
THRESHOLD = 0.85


def ingest(meter: Meter, kit: Any, name: str, num_samples: int) -> Any:
    """Objects made block by block go into a new dataset, which is returned and kept."""
    building = {"wall": 0.0, "cpu": 0.0}

    def samples() -> Iterator[Any]:
        for block in blocks(num_samples):
            cpu, start = time.process_time(), time.perf_counter()
            made = block.objects(kit)
            building["wall"] += time.perf_counter() - start
            building["cpu"] += time.process_time() - cpu
            yield from made

    dataset = kit.Dataset(name, persistent=True)
    cpu, start = time.process_time(), time.perf_counter()
    dataset.add_samples(samples(), progress=False, num_samples=num_samples)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    meter.note("ingest", wall - building["wall"], cpu - building["cpu"], num_samples)
    meter.note("build_and_ingest", wall, cpu, num_samples)
    meter.note_value("ingest_peak_mib", peak_mebibytes())
    return dataset


def confident(kit: Any, dataset: Any, threshold: float = THRESHOLD) -> Any:
    """The view of the confident predictions, the samples with most of them first."""
    labels = kit.ViewField("predictions.detections")
    view = dataset.filter_labels("predictions", kit.ViewField("confidence") > threshold)
    return view.sort_by(labels.length(), reverse=True)


def first_lengths(view: Any) -> list[int]:
    """Takes the first 20 samples, and counts the labels that are left in each."""
    return [len(sample.predictions.detections) for sample in view.head(20)]


def query(meter: Meter, kit: Any, dataset: Any, runs: int) -> None:
    """Questions to the whole dataset."""
    # A toolkit may remember a view that was just asked for, so each run asks for another one.
    steps = itertools.count(1)

    def next_view() -> Any:
        return confident(kit, dataset, THRESHOLD + next(steps) * 1e-9)

    first_lengths(confident(kit, dataset))
    meter.time("filter_sort_first_20", lambda: first_lengths(next_view()), runs=runs)
    meter.time("filter_sort_count", lambda: len(next_view()), runs=runs)
    meter.time("count_values", lambda: dataset.count_values(GROUND_TRUTH), runs=runs)
    meter.time("distinct", lambda: dataset.distinct(GROUND_TRUTH), runs=runs)
    meter.time("bounds", lambda: dataset.bounds(CONFIDENCE), runs=runs)
    meter.time("mean", lambda: dataset.mean(CONFIDENCE), runs=runs)
    meter.time(
        "histogram",
        lambda: dataset.histogram_values(CONFIDENCE, bins=50, range=(0, 1)),
        runs=runs,
    )
    meter.time("values", lambda: dataset.values(CONFIDENCE), runs=min(runs, 3))


def iterate(meter: Meter, dataset: Any, num_samples: int) -> None:
    """Goes over all samples and touches every label of theirs."""

    def walk() -> int:
        return sum(
            len(label.label)
            for sample in dataset
            for label in itertools.chain(
                sample.ground_truth.detections, sample.predictions.detections
            )
        )

    meter.answers["letters"] = meter.time("iterate", walk, count=num_samples)


def look_up(meter: Meter, dataset: Any, points: int) -> None:
    """Samples by id, one by one, each with its labels."""
    ids = dataset.values("id")
    chosen = np.random.default_rng(7).choice(len(ids), min(points, len(ids)), replace=False)
    walls, cpus, found = [], [], 0
    for index in chosen.tolist():
        cpu, start = time.process_time(), time.perf_counter()
        sample = dataset[ids[index]]
        found += len(sample.predictions.detections)
        walls.append(time.perf_counter() - start)
        cpus.append(time.process_time() - cpu)
    meter.note("lookup", statistics.median(walls), statistics.median(cpus), runs=len(walls))
    meter.answers["lookup"] = found


def save(meter: Meter, kit: Any, dataset: Any, points: int) -> None:
    """Committed saves one by one: of a scalar field, and of a changed label."""
    ids = dataset.values("id")
    chosen = ids[:: max(1, len(ids) // points)][:points]
    dataset.add_sample_field("score", kit.FloatField)
    for name in ("scalar", "label"):
        walls, cpus = [], []
        for number, identifier in enumerate(chosen):
            sample = dataset[identifier]
            if name == "scalar":
                sample["score"] = float(number)
            else:
                sample.ground_truth.detections[0].label = "changed"
            cpu, start = time.process_time(), time.perf_counter()
            sample.save()
            walls.append(time.perf_counter() - start)
            cpus.append(time.process_time() - cpu)
        meter.note(
            f"save_{name}", statistics.median(walls), statistics.median(cpus), runs=len(walls)
        )
    counts = dataset.count_values(GROUND_TRUTH)
    meter.answers["saved"] = [counts["changed"], dataset.sum("score")]


def facts(kit: Any, dataset: Any) -> dict[str, Any]:
    """Answers that both sides must agree about."""
    counts, edges, other = dataset.histogram_values(CONFIDENCE, bins=50, range=(0, 1))
    return {
        "samples": len(dataset),
        "count_values": dict(sorted(dataset.count_values(GROUND_TRUTH).items())),
        "distinct": list(dataset.distinct(GROUND_TRUTH)),
        "bounds": list(dataset.bounds(CONFIDENCE)),
        "mean": dataset.mean(CONFIDENCE),
        "histogram": [list(counts), [float(edge) for edge in edges], other],
        "confident": confident(kit, dataset).count("predictions.detections"),
        "lengths": first_lengths(confident(kit, dataset)),
    }
