"""FiftyOne's side, run by the Python of its own environment, with a MongoDB that already runs.

It must not see anything of Viewfinder; `peer_setup.py` makes the environment and starts the server.
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fiftyone as fo
import measures
from bson import ObjectId
from data import Block, blocks
from fiftyone.core.odm import get_db_conn
from meter import Meter

NAME = "bench"
LARGE = "bench-large"
POINTS = 200
RUNS = 5


def objects(meter: Meter, num_samples: int) -> None:
    """All that goes through Python objects, with fewer samples: they are slow here."""
    dataset = measures.ingest(meter, fo, NAME, num_samples)
    meter.answers |= measures.facts(fo, dataset)
    measures.iterate(meter, dataset, num_samples)
    measures.look_up(meter, dataset, POINTS)
    measures.save(meter, fo, dataset, POINTS)


def fill(meter: Meter, num_samples: int) -> None:
    """A large dataset, its documents written past the objects in the form that they make."""
    dataset = fo.Dataset(LARGE, persistent=True)
    dataset.add_samples(next(blocks(1)).objects(fo), progress=False)
    database = get_db_conn()
    collection = database[database.datasets.find_one({"name": LARGE})["sample_collection_name"]]
    (model,) = collection.find()
    start = time.perf_counter()
    collection.delete_many({})
    for block in blocks(num_samples):
        collection.insert_many(_documents(model, block))
    meter.note("fill", time.perf_counter() - start, 0.0, num_samples)


def read(meter: Meter) -> None:
    """Questions to the large dataset."""
    dataset = fo.load_dataset(LARGE)
    measures.query(meter, fo, dataset, RUNS)
    meter.answers |= measures.facts(fo, dataset)


def _documents(model: dict[str, Any], block: Block) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    columns = {"ground_truth": block.ground_truth, "predictions": block.predictions}
    # Whatever else a stored label or sample holds is the same in all.
    labels = {name: model[name]["detections"][0] for name in columns}
    rows = {name: boxes.rows() for name, boxes in columns.items()}
    edges = {name: boxes.offsets.tolist() for name, boxes in columns.items()}
    documents = []
    for at, path in enumerate(block.filepaths):
        document = {
            **model,
            "_id": ObjectId(),
            "filepath": path,
            "created_at": now,
            "last_modified_at": now,
        }
        for name, like in labels.items():
            inside = []
            for label, box, confidence in rows[name][edges[name][at] : edges[name][at + 1]]:
                one = {**like, "_id": ObjectId(), "label": label, "bounding_box": box}
                if confidence is not None:
                    one["confidence"] = confidence
                inside.append(one)
            document[name] = {**model[name], "detections": inside}
        documents.append(document)
    return documents


def main() -> None:
    """Runs one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("objects", "fill", "read"))
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    meter = Meter()
    match options.part:
        case "objects":
            objects(meter, options.samples)
        case "fill":
            fill(meter, options.samples)
        case "read":
            read(meter)
    meter.write(options.out)


if __name__ == "__main__":
    main()
