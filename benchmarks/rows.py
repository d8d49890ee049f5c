"""The works of the table of all rows, in the words that both toolkits share.

    python benchmarks/rows.py --kit viewfinder --samples 5000 --media FOLDER --out FILE

One process does all works of one toolkit; `whole.py` starts both.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import measures
from data import blocks
from meter import Meter

GROUND_TRUTH = "ground_truth.detections"
PREDICTIONS = "predictions.detections"
SAVES = 1000
RUNS = 5


def ingest(meter: Meter, kit: Any, num_samples: int) -> Any:
    """Builds samples as objects and adds them."""
    dataset = kit.Dataset("rows", persistent=True)

    def build() -> None:
        made = itertools.chain.from_iterable(b.objects(kit) for b in blocks(num_samples))
        dataset.add_samples(made, progress=False, num_samples=num_samples)

    meter.time("build_and_add", build, count=num_samples)
    return dataset


def query(meter: Meter, kit: Any, dataset: Any) -> None:
    """Questions that change nothing."""
    measures.iterate(meter, dataset, len(dataset))
    measures.look_up(meter, dataset, SAVES)
    steps = itertools.count(1)

    def view() -> Any:
        return measures.confident(kit, dataset, measures.THRESHOLD + next(steps) * 1e-9)

    def page() -> list[int]:
        # All labels are read; which of equally long samples come first is left open.
        lengths = []
        for sample in view().head(25):
            found = sample.predictions.detections
            assert all(label.label for label in (*sample.ground_truth.detections, *found))
            lengths.append(len(found))
        return lengths

    meter.answers["page"] = meter.time("view_first_25", page, runs=RUNS)
    meter.answers["count"] = meter.time("view_count", lambda: len(view()), runs=RUNS)
    label, score = f"{GROUND_TRUTH}.label", measures.CONFIDENCE
    for name, ask in {
        "count_values": lambda: dataset.count_values(label),
        "distinct": lambda: dataset.distinct(label),
        "bounds": lambda: dataset.bounds(score),
        "histogram": lambda: dataset.histogram_values(score, bins=50, range=(0, 1)),
    }.items():
        meter.time(name, ask, runs=RUNS)
    boxes = meter.time(
        "values_boxes", lambda: dataset.values(f"{PREDICTIONS}.bounding_box"), runs=3
    )
    meter.answers["boxes"] = sum(map(len, boxes))
    del boxes
    found = meter.time("values_labels", lambda: dataset.values(GROUND_TRUTH), runs=2)
    meter.answers["labels"] = sum(map(len, found))
    for field in ("ground_truth", "predictions"):
        patches = meter.time(f"patches_{field}", lambda f=field: len(dataset.to_patches(f)), runs=2)
        meter.answers[f"patches_{field}"] = patches


def change(meter: Meter, kit: Any, dataset: Any) -> None:
    """Values set, tags, and saves one by one."""
    lengths = dataset.values(kit.ViewField(PREDICTIONS).length())
    ranks = [[float(at) for at in range(length)] for length in lengths]
    dataset.add_sample_field(f"{PREDICTIONS}.rank", kit.FloatField)
    meter.time("set_values", lambda: dataset.set_values(f"{PREDICTIONS}.rank", ranks))
    meter.answers["ranks"] = dataset.sum(f"{PREDICTIONS}.rank")
    meter.time("tag_samples", lambda: dataset.tag_samples("seen"))
    meter.time("tag_labels", lambda: dataset.tag_labels("seen", label_fields="ground_truth"))
    meter.answers["tags"] = [dataset.count_sample_tags(), dataset.count_label_tags()]
    dataset.add_sample_field("score", kit.FloatField)
    samples = list(dataset.limit(SAVES).values("id"))

    def save(number: int, sample: Any, *, labels: bool) -> float:
        if labels:
            for detection in itertools.chain(
                sample.ground_truth.detections, sample.predictions.detections
            ):
                detection.label = "changed"
        else:
            sample["score"] = float(number)
        start = time.perf_counter()
        sample.save()
        return time.perf_counter() - start

    for name, labels in (("save_scalar", False), ("save_labels", True)):
        cpu = time.process_time()
        walls = [save(n, dataset[i], labels=labels) for n, i in enumerate(samples)]
        meter.note(name, sum(walls), time.process_time() - cpu, len(walls))
        meter.note(f"{name}_median", statistics.median(walls))
    meter.answers["saved"] = dataset.sum("score")
    meter.time("clone", lambda: dataset.clone("rows-clone"), runs=1)


def files(meter: Meter, kit: Any, dataset: Any, media: Path) -> None:
    """COCO files in and out."""
    coco = kit.types.COCODetectionDataset
    num_images = len(json.loads((media / "labels.json").read_text())["images"])
    for name in ("detections", "segmentations"):
        read = meter.time(
            f"import_{name}",
            lambda kind=name: kit.Dataset.from_dir(
                dataset_dir=str(media), dataset_type=coco, label_types=kind, progress=False
            ),
            count=num_images,
        )
        meter.answers[f"imported_{name}"] = read.count(GROUND_TRUTH)
    media_of = kit.Dataset.from_dir(
        dataset_dir=str(media), dataset_type=coco, label_types="detections", progress=False
    )
    out = media / f"out-{kit.__name__}.json"
    meter.time(
        "export",
        lambda: media_of.export(
            dataset_type=coco, labels_path=str(out), label_field="ground_truth", progress=False
        ),
        count=num_images,
    )
    meter.answers["exported"] = len(json.loads(out.read_text())["annotations"])
    del dataset


def main() -> None:
    """Does all works of one toolkit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kit", choices=("viewfinder", "fiftyone"), required=True)
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    kit, meter = import_module(options.kit), Meter()
    if options.kit == "fiftyone":
        import_module("fiftyone.types")
    dataset = ingest(meter, kit, options.samples)
    query(meter, kit, dataset)
    files(meter, kit, dataset, options.media)
    change(meter, kit, dataset)
    meter.write(options.out)


if __name__ == "__main__":
    main()
