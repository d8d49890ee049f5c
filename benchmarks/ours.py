"""Viewfinder's side: each part runs in a process of its own and writes its figures as JSON.

python benchmarks/ours.py ingest --samples 100000 --out FILE
"""

from __future__ import annotations

import argparse
import itertools
import time
from pathlib import Path
from typing import Any

import measures
import numpy as np
import pyarrow as pa
from data import CLASSES, Block, Boxes, blocks
from meter import Meter, peak_mebibytes

import viewfinder as vf
from viewfinder.schema.infer import document_field

NAME = "bench"
POINTS = 1000
"""Samples that are looked up, or saved, one by one."""
RUNS = 15
ARRAY_RUNS = 3
BLOCKS_AT_ONCE = 50
"""Blocks of 1,000 samples that go into the dataset in one transaction, as arrays."""


def ingest(meter: Meter, num_samples: int) -> None:
    """Objects, and how large the dataset's folder is then."""
    dataset = measures.ingest(meter, vf, NAME, num_samples)
    meter.note_value("disk_mb", dataset.stats()["samples_bytes"] / 1e6)


def ingest_arrays(meter: Meter, num_samples: int) -> None:
    """The same columns go into a dataset as arrays, without any object."""
    columns = list(blocks(num_samples))
    best = (float("inf"), 0.0)
    for run in range(ARRAY_RUNS):
        dataset = vf.Dataset(f"bench-arrays-{run}")
        cpu, start = time.process_time(), time.perf_counter()
        _add_arrays(dataset, columns)
        best = min(best, (time.perf_counter() - start, time.process_time() - cpu))
    meter.note("ingest_arrays", *best, num_samples, runs=ARRAY_RUNS)
    meter.note_value("ingest_arrays_peak_mib", peak_mebibytes())
    meter.answers |= measures.facts(vf, dataset)


def read(meter: Meter, num_samples: int) -> None:
    """Questions, and going over all samples."""
    dataset = vf.load_dataset(NAME)
    measures.query(meter, vf, dataset, RUNS)
    meter.answers |= measures.facts(vf, dataset)
    measures.iterate(meter, dataset, num_samples)
    measures.look_up(meter, dataset, POINTS)


def save(meter: Meter) -> None:
    """Saves one by one, and a question after them."""
    dataset = vf.load_dataset(NAME)
    measures.save(meter, vf, dataset, POINTS)
    meter.time(
        "count_values_after_saves",
        lambda: dataset.count_values(measures.GROUND_TRUTH),
        runs=RUNS,
    )


def _add_arrays(dataset: vf.Dataset, columns: list[Block]) -> None:
    for first in range(0, len(columns), BLOCKS_AT_ONCE):
        part = columns[first : first + BLOCKS_AT_ONCE]
        samples, fields = _samples_table(part)
        labels = {
            "ground_truth": _labels_table(1, [block.ground_truth for block in part], first),
            "predictions": _labels_table(2, [block.predictions for block in part], first),
        }
        with dataset.handle.store.transaction("add_samples") as transaction:
            transaction.grow_schema(fields)
            transaction.append(samples, labels)
            transaction.set_info("media_type", "image")


def _samples_table(part: list[Block]) -> tuple[pa.Table, dict[str, vf.Field]]:
    paths = list(itertools.chain.from_iterable(block.filepaths for block in part))
    table = pa.table({"id": ids(0, part[0].first, len(paths)), "filepath": paths})
    field = document_field(vf.Detections)
    return table, {"ground_truth": field, "predictions": field}


def _labels_table(kind: int, part: list[Boxes], first: int) -> tuple[pa.Table, Any]:
    counts = np.concatenate([np.diff(boxes.offsets) for boxes in part])
    flat = np.concatenate([boxes.boxes_xywh for boxes in part]).reshape(-1)
    indices = pa.array(np.concatenate([boxes.classes for boxes in part]))
    columns: dict[str, pa.Array] = {
        # Far fewer than 65,536 labels are in a block.
        "id": ids(kind, first << 16, len(indices)),
        "label": pa.DictionaryArray.from_arrays(indices, pa.array(CLASSES)),
        "bounding_box": pa.FixedSizeListArray.from_arrays(pa.array(flat), 4),
    }
    scores = [boxes.confidences for boxes in part if boxes.confidences is not None]
    if scores:
        columns["confidence"] = pa.array(np.concatenate(scores))
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return pa.table(columns), offsets


def ids(kind: int, first: int, count: int) -> pa.Array:
    """12 bytes each: the kind of thing, and its number."""
    words = np.empty((count, 3), ">u4")
    words[:, 0], words[:, 1] = 0x66000000 + kind, 0
    words[:, 2] = np.arange(first, first + count)
    return pa.Array.from_buffers(pa.binary(12), count, [None, pa.py_buffer(words.tobytes())])


def main() -> None:
    """Runs one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("ingest", "ingest-arrays", "read", "save"))
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    meter = Meter()
    match options.part:
        case "ingest":
            ingest(meter, options.samples)
        case "ingest-arrays":
            ingest_arrays(meter, options.samples)
        case "read":
            read(meter, options.samples)
        case "save":
            save(meter)
    meter.write(options.out)


if __name__ == "__main__":
    main()
