"""A COCO dataset of small images for the benchmarks, seeded; boxes with polygons of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from data import CLASSES, blocks

WIDTH, HEIGHT = 640, 480
IMAGE = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000280000001e00100000000")
"""The head of a PNG of 640 × 480: nothing here looks further."""


def write(folder: Path, num_samples: int) -> None:
    """Writes ``data/`` and ``labels.json``."""
    (folder / "data").mkdir(parents=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], 1) / 2 + 0.5
    for block in blocks(num_samples):
        offsets, rows = block.ground_truth.offsets.tolist(), block.ground_truth.rows()
        for at in range(len(block)):
            number = len(images) + 1
            name = f"{number:06d}.png"
            (folder / "data" / name).write_bytes(IMAGE)
            images.append({"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT})
            for label, (x, y, w, h), _ in rows[offsets[at] : offsets[at + 1]]:
                box = [x * WIDTH, y * HEIGHT, w * WIDTH, h * HEIGHT]
                points = circle * box[2:] + box[:2]
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": number,
                        "category_id": CLASSES.index(label) + 1,
                        "bbox": [round(value, 2) for value in box],
                        "area": round(box[2] * box[3], 2),
                        "segmentation": [np.round(points, 2).ravel().tolist()],
                        "iscrowd": 0,
                    }
                )
    categories = [{"id": at + 1, "name": name} for at, name in enumerate(CLASSES)]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "labels.json").write_text(json.dumps(document))
