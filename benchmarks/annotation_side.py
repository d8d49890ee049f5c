"""One side of the annotation benchmark, by the Python of its environment.

python benchmarks/annotation_side.py KIT PART CONFIG OUT

KIT is "viewfinder" or "fiftyone", which have the same calls; CONFIG a JSON file: folder, size_wh,
count, url, username, password, task_size, runs, pairs. Writes figures and answers to OUT.
"""

from __future__ import annotations

import importlib
import itertools
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from annotation_data import FIELD, Annotator, samples
from meter import Meter, peak_mebibytes

NAME = "annotation"


class Side:
    """A toolkit, a label server, and an annotator."""

    def __init__(self, kit: str, config: dict[str, Any]) -> None:
        self.kit: Any = importlib.import_module(kit)
        self.is_ours = kit == "viewfinder"
        self.config = config
        names = ("url", "username", "password")
        self.account = {name: config[name] for name in names}
        self.meter = Meter()

    def annotate(self) -> None:
        """Makes the dataset and sends it, under a key for each run."""
        config = self.config
        dataset = self.kit.Dataset(NAME, persistent=True)
        found = samples(self.kit, Path(config["folder"]), config["size_wh"], config["count"])
        dataset.add_samples(list(found), progress=False)
        numbers = iter(range(config["runs"]))
        results = self.meter.time(
            "annotate", lambda: self._send(dataset, next(numbers)), runs=config["runs"]
        )
        self.meter.answers["tasks"] = len(results.task_ids)

    def bare(self) -> None:
        """The same requests again without a toolkit, in turn with calls of the toolkit.

        The machine may be busier at one time than at another, so calls and requests are compared
        pair by pair; the figure is the median of the ratios.
        """
        from bare_exchange import listening, replay

        dataset = self.kit.load_dataset(NAME)
        numbers = itertools.count(self.config["runs"])
        with listening() as heard:
            self._send(dataset, next(numbers))
        calls, bare = [], []
        for _ in range(self.config["pairs"]):
            start = time.perf_counter()
            self._send(dataset, next(numbers))
            calls.append(time.perf_counter() - start)
            bare.append(replay(heard))
        ratios = [one / other for one, other in zip(calls, bare, strict=True)]
        self.meter.note("call", statistics.median(calls), runs=len(calls))
        self.meter.note("bare", statistics.median(bare), runs=len(bare))
        self.meter.note_value("ratio", statistics.median(ratios))
        self.meter.answers["requests"] = len(heard)
        self.meter.answers["ratios"] = ratios

    def load(self) -> None:
        """Loads what an annotator moved: some boxes, none, all."""
        dataset = self.kit.load_dataset(NAME)
        tasks = list(dataset.load_annotation_results("run_0", **self.account).task_ids)
        annotator = Annotator(**self.account)
        self.meter.time("load_unmoved", lambda: self._load(dataset))
        annotator.move(tasks, every=100)
        self.meter.time("load_some", lambda: self._load(dataset))
        runs = self.config["runs"]
        self.meter.time("load_again", lambda: self._load(dataset), runs=runs)
        annotator.move(tasks, every=1)
        self.meter.time("load_all", lambda: self._load(dataset))
        boxes = dataset.values(f"{FIELD}.detections.bounding_box")
        self.meter.answers["sum"] = sum(box[0] for of_sample in boxes for box in of_sample)

    def peak(self) -> None:
        """Loads once what was moved, and notes the memory."""
        dataset = self.kit.load_dataset(NAME)
        before = peak_mebibytes()
        annotator = Annotator(**self.account)
        annotator.move(annotator.task_ids(), every=100)
        self.meter.time("load_once", lambda: self._load(dataset))
        self.meter.note_value("peak_before_mib", before)
        self.meter.note_value("peak_mib", peak_mebibytes())

    def _send(self, dataset: Any, number: int) -> Any:
        return dataset.annotate(
            f"run_{number}",
            backend="cvat",
            label_field=FIELD,
            task_size=self.config["task_size"],
            **self.account,
        )

    def _load(self, dataset: Any) -> None:
        dataset.load_annotations("run_0", **self.account)


def main() -> None:
    """Runs one part."""
    kit, part, config, out = sys.argv[1:]
    side = Side(kit, json.loads(Path(config).read_text()))
    parts: dict[str, Callable[[], None]] = {
        "annotate": side.annotate,
        "bare": side.bare,
        "load": side.load,
        "peak": side.peak,
    }
    parts[part]()
    side.meter.write(Path(out))


if __name__ == "__main__":
    main()
