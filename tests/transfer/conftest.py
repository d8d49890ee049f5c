"""A small COCO dataset on disk, with real images."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

# Three images of 40 × 20 pixels: a cat and a dog, a cat, nothing.
CATEGORIES = [
    {"id": 2, "name": "cat", "supercategory": "animal"},
    {"id": 5, "name": "dog", "supercategory": "animal"},
]
NAMES = ["one.jpg", "zwei ü.png", "deep/three.jpg"]
ANNOTATIONS: list[dict[str, Any]] = [
    {
        "id": 1,
        "image_id": 101,
        "category_id": 2,
        "bbox": [4, 2, 10, 5],
        "segmentation": [[4, 2, 14, 2, 14, 7, 4, 7]],
        "iscrowd": 0,
        "attributes": {"mood": "calm"},
    },
    {"id": 2, "image_id": 101, "category_id": 5, "bbox": [20, 10, 10.5, 5.25], "iscrowd": 0},
    {"id": 3, "image_id": 102, "category_id": 2, "bbox": [0, 0, 40, 20], "iscrowd": 1},
]


@dataclass(frozen=True)
class CocoFolder:
    """A dataset's folder: ``data`` with images, and ``labels.json``."""

    path: Path

    @property
    def labels_path(self) -> Path:
        return self.path / "labels.json"

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.labels_path.read_text(encoding="utf-8"))
        return document

    def write(self, document: Any) -> None:
        self.labels_path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


@pytest.fixture
def coco(tmp_path: Path) -> CocoFolder:
    folder = CocoFolder(tmp_path / "coco")
    for name in NAMES:
        path = folder.path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 20), "teal").save(path)
    folder.write(
        {
            "info": {"year": 2026, "description": "Three"},
            "licenses": [],
            "categories": CATEGORIES,
            "images": [
                {"id": 101 + n, "file_name": name, "width": 40, "height": 20}
                for n, name in enumerate(NAMES)
            ],
            "annotations": ANNOTATIONS,
        }
    )
    return folder
