"""What goes wrong with stored datasets elsewhere; a test each, by its number."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import viewfinder as vf
from viewfinder import ViewField as F

COUNT = 30_000


def test_peer_06_a_named_dataset_is_there_in_the_next_process(tmp_path: Path) -> None:
    dataset = vf.Dataset("kept")
    dataset.add_sample(vf.Sample(filepath="a.png", note="é"))
    del dataset
    program = "import viewfinder as vf; print(vf.load_dataset('kept').first().note == 'é')"
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"


def test_peer_07_labels_of_one_sample_have_no_limit(tmp_path: Path) -> None:
    # Some 20 MB in one document; elsewhere 16 MB are the end.
    boxes = [
        vf.Detection(label=f"c{n % 3}", bounding_box=[n / COUNT, 0.1, 0.2, 0.3], note="x" * 600)
        for n in range(COUNT)
    ]
    dataset = vf.Dataset("large")
    dataset.add_sample(vf.Sample(filepath="a.png", gt=vf.Detections(detections=boxes)))
    assert dataset.count("gt.detections") == COUNT
    few = dataset.filter_labels("gt", F("label") == "c1")
    assert (len(few), few.count("gt.detections")) == (1, COUNT // 3)
    assert dataset.count_values("gt.detections.label") == dict.fromkeys(
        ("c0", "c1", "c2"), COUNT // 3
    )
    sample = dataset.first()
    sample.gt.detections[-1].label = "last"
    sample.save()
    assert dataset.distinct("gt.detections.label") == ["c0", "c1", "c2", "last"]
