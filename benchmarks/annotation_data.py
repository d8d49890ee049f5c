"""What both sides of the annotation benchmark share: images, labels, and an annotator over HTTP."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CLASSES = [f"class_{number:02d}" for number in range(20)]
BOXES = 10
FIELD = "boxes"


def make_images(folder: Path, count: int, size_wh: tuple[int, int]) -> None:
    """Photographs in size, though not in beauty: smooth noise that JPEG has some work with."""
    folder.mkdir(parents=True)
    width, height = size_wh
    for number in range(count):
        coarse = np.random.default_rng(number).integers(
            0, 256, (max(height // 16, 1), max(width // 16, 1), 3), dtype=np.uint8
        )
        image = Image.fromarray(coarse).resize(size_wh, Image.Resampling.BICUBIC)
        image.save(folder / f"{number:06d}.jpg", quality=90)


def samples(kit: Any, folder: Path, size_wh: tuple[int, int], count: int) -> Iterator[Any]:
    """Samples with ten boxes each, as objects of a toolkit."""
    width, height = size_wh
    for number, path in enumerate(sorted(folder.iterdir())[:count]):
        rng = np.random.default_rng((3, number))
        size = rng.uniform(0.05, 0.4, (BOXES, 2))
        corners = rng.random((BOXES, 2)) * (1 - size)
        boxes = np.concatenate([corners, size], axis=1).tolist()
        names = rng.integers(len(CLASSES), size=BOXES).tolist()
        yield kit.Sample(
            filepath=str(path),
            metadata=kit.ImageMetadata(width=width, height=height),
            boxes=kit.Detections(
                detections=[
                    kit.Detection(label=CLASSES[name], bounding_box=box)
                    for name, box in zip(names, boxes, strict=True)
                ]
            ),
        )


class Annotator:
    """Somebody who moves boxes, through nothing but HTTP."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url = url
        answer = self._ask("POST", "/api/auth/login", {"username": username, "password": password})
        self._token = answer["key"]

    _token = ""

    def task_ids(self) -> list[int]:
        """The numbers of all tasks, the oldest first."""
        found = self._ask("GET", "/api/tasks?page_size=1000")["results"]
        return sorted(task["id"] for task in found)

    def move(self, task_ids: list[int], every: int) -> int:
        """Moves every so manieth box one pixel to the right; returns how many were moved."""
        moved = 0
        for task_id in task_ids:
            path = f"/api/tasks/{task_id}/annotations"
            shapes = self._ask("GET", path)["shapes"][::every]
            for shape in shapes:
                shape["points"][0] += 1.0
                shape["points"][2] += 1.0
            if shapes:
                body = {"version": 0, "tags": [], "tracks": [], "shapes": shapes}
                self._ask("PATCH", path + "?action=update", body)
            moved += len(shapes)
        return moved

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Token {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the label server that we have started
            self._url + path, data=data, headers=headers, method=method
        )
        with urllib.request.urlopen(request, timeout=300) as response:  # noqa: S310
            return json.loads(response.read() or b"null")
