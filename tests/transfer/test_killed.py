"""An import that is killed at any moment is there as a whole or not at all."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from PIL import Image

import viewfinder as vf

if TYPE_CHECKING:
    from pathlib import Path

IMAGES, BOXES, ROUNDS = 3000, 4, 8
IMPORT = """
import json, sys
import viewfinder as vf
dataset = vf.load_dataset("pets")
image = sys.argv[1]
names = {f"{n}.png": image for n in range(int(sys.argv[3]))}
print("ready", flush=True)
dataset.add_dir(
    dataset_type=vf.types.COCODetectionDataset, data_path=names, labels_path=sys.argv[2]
)
print("done", flush=True)
"""


@pytest.mark.slow
def test_an_import_that_is_killed_is_whole_or_absent(tmp_path: Path) -> None:
    image, labels = tmp_path / "one.png", tmp_path / "labels.json"
    Image.new("L", (8, 8)).save(image)
    boxes = [{"category_id": 1, "bbox": [n, n, 2, 2]} for n in range(BOXES)]
    document = {
        "categories": [{"id": 1, "name": "cat"}],
        "images": [
            {"id": n, "file_name": f"{n}.png", "width": 8, "height": 8} for n in range(IMAGES)
        ],
        "annotations": [{"image_id": n, **box} for n in range(IMAGES) for box in boxes],
    }
    labels.write_text(json.dumps(document))
    dataset = vf.Dataset("pets")
    dataset.add_sample(vf.Sample(image, ground_truth=vf.Detections([])))
    rng = random.Random(51)
    imports = 0
    for _ in range(ROUNDS):
        with subprocess.Popen(
            [sys.executable, "-c", IMPORT, image, labels, str(IMAGES)],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(rng.uniform(0, 1.0))
            process.send_signal(signal.SIGKILL)
            finished = "done" in process.stdout.read()
        found = (len(dataset) - 1) // IMAGES
        assert len(dataset) == 1 + found * IMAGES
        assert dataset.count("ground_truth.detections") == found * IMAGES * BOXES
        assert found in (imports, imports + 1)
        assert found == imports + 1 or not finished
        imports = found
