"""The quickstart: real photographs, objects drawn by eye, and what a real detector made of them.

``quickstart_data/labels.json`` holds one record a photograph. Its coordinates are relative to the
photograph, its ids the same for everybody, and ``about`` in it explains the rest.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from viewfinder.errors import MediaNotFoundError
from viewfinder.labels import Classification, Detection, Detections, Polyline, Polylines
from viewfinder.samples import Sample
from viewfinder.zoo.entry import ZooDataset

__all__ = ["QUICKSTART"]

_FOLDER = Path(__file__).parent / "quickstart_data"


def _read() -> list[Sample]:
    path = _FOLDER / "labels.json"
    if not path.is_file():
        raise MediaNotFoundError(path)
    images = json.loads(path.read_text(encoding="utf-8"))["images"]
    return [_sample(image) for image in images]


def _sample(image: dict[str, Any]) -> Sample:
    outlines = [_outline(item) for item in image["outlines"]]
    instances = [_instance(item) for item in image["instances"]]
    return Sample(
        filepath=_FOLDER / "data" / image["filename"],
        tags=["validation"],
        id=image["id"],
        scene=Classification(**image["scene"]),
        ground_truth=Detections(detections=[_object(item) for item in image["ground_truth"]]),
        predictions=Detections(detections=[Detection(**item) for item in image["predictions"]]),
        outlines=Polylines(polylines=outlines) if outlines else None,
        instances=Detections(detections=instances) if instances else None,
    )


def _object(item: dict[str, Any]) -> Detection:
    return Detection(
        id=item["id"],
        label=item["label"],
        bounding_box=item["bounding_box"],
        **item["attributes"],
    )


def _outline(item: dict[str, Any]) -> Polyline:
    return Polyline(
        id=item["id"], label=item["label"], points=[item["points"]], closed=True, filled=True
    )


def _instance(item: dict[str, Any]) -> Detection:
    import numpy as np
    from PIL import Image

    with Image.open(_FOLDER / item["mask"]) as image:
        mask = np.asarray(image, dtype=np.bool_)
    return Detection(
        id=item["id"], label=item["label"], bounding_box=item["bounding_box"], mask=mask
    )


QUICKSTART = ZooDataset(
    name="quickstart",
    description=(
        "55 photographs with the objects of COCO's classes drawn by eye, what a small detector "
        "made of them, scenes, and some outlines and masks"
    ),
    license="public domain, CC0-1.0 or CC-BY-2.0, told for each photograph in its provenance",
    tags=("image", "classification", "detection", "instances", "polylines"),
    provenance_path=_FOLDER / "PROVENANCE.md",
    read=_read,
)
"""The quickstart as the zoo lists it."""
