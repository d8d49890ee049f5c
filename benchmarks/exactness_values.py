"""Random labels of every type, with every kind of attribute, for `exactness.py`; seeded."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from viewfinder.labels import (
    Classification,
    Classifications,
    Detection,
    Detections,
    Keypoint,
    Keypoints,
    Label,
    LabelList,
    Polyline,
    Polylines,
    Segmentation,
)

__all__ = ["KINDS", "NODES", "SIZES", "Attribute", "Author", "random_attributes"]

SIZES = ((61, 47), (40, 30), (33, 64))
"""Of the images, in pixels."""
NODES = ("wrist", "daumen ñ", "tip")
KINDS = (
    "classification",
    "classifications",
    "detections",
    "instances",
    "polygons",
    "polylines",
    "keypoints",
    "skeletons",
    "segmentation",
    "colours",
)
"""Ways of annotating; "skeletons" are keypoints with names, "colours" segmentations in RGB."""
CLASSES = ("cat", "dög 犬", "x" * 50, " spaced ", 'quo"te', "None", "007", "a,b;c", "Ω" * 40, "#1")
TEXTS = ("007", "1_000", "nan", "None", "true", " x ", "\n", "", "é 犬 🐈", "0", "1e5", '{"a": 1}')
SOURCES = ("manual", "auto", "semi-auto", "file", "mine")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a field: how it is asked for, and what values it takes."""

    spec: dict[str, Any]
    make: Callable[[Random], Any]

    @property
    def type(self) -> str:
        """The type of its tool."""
        return str(self.spec["type"])


def _text(rng: Random) -> str:
    if rng.random() < 0.5:
        return rng.choice(TEXTS)
    return "".join(chr(rng.choice((rng.randrange(32, 127), rng.randrange(0x4E00, 0x4F00))))
                   for _ in range(rng.randrange(12)))  # fmt: skip


def _float(rng: Random) -> float:
    return rng.choice((rng.uniform(-1, 1), rng.gauss(0, 1e12), 0.1, -0.0, 1e-300, 2.0**60, 3.0))


def _chosen(*values: Any) -> Callable[[Random], Any]:
    return lambda rng: rng.choice(values)


_POOL: dict[str, Callable[[], Attribute]] = {
    "note": lambda: Attribute({"type": "text"}, _text),
    "größe": lambda: Attribute({"type": "text"}, _float),
    "n" * 64: lambda: Attribute({"type": "text"}, lambda rng: rng.randrange(-(2**53), 2**53)),
    "flag": lambda: Attribute({"type": "text"}, _chosen(True, False)),
    "parts": lambda: Attribute(
        {"type": "text"}, lambda rng: [_text(rng) for _ in range(rng.randrange(3))]
    ),
    "mood": lambda: Attribute(
        {"type": "select", "values": ["calm", "wild", "犬"]}, _chosen("calm", "wild", "犬")
    ),
    "side": lambda: Attribute({"type": "radio", "values": [1, 2]}, _chosen(1, 2)),
    "ok": lambda: Attribute({"type": "checkbox"}, _chosen(True, False)),
    "occluded": lambda: Attribute({"type": "occluded"}, _chosen(True, False)),
    "group_id": lambda: Attribute({"type": "group_id"}, lambda rng: rng.randrange(2**31)),
    "z_order": lambda: Attribute({"type": "z_order"}, lambda rng: rng.randrange(-9, 10)),
    "source": lambda: Attribute({"type": "source"}, _chosen(*SOURCES)),
}


def random_attributes(rng: Random) -> dict[str, Attribute]:
    """Some attributes for a field, of which some are immutable, read-only or have a default."""
    chosen = {}
    for name in rng.sample(list(_POOL), rng.randrange(len(_POOL) + 1)):
        attribute = _POOL[name]()
        if attribute.type in {"text", "select", "radio", "checkbox"}:
            if rng.random() < 0.25:
                attribute.spec["mutable"] = False
            if attribute.type != "text" and rng.random() < 0.25:
                attribute.spec["default"] = attribute.make(rng)
        if rng.random() < 0.2:
            attribute.spec["read_only"] = True
        chosen[name] = attribute
    return chosen


@dataclass
class Author:
    """Writes the labels of one field.

    Args:
        rng: where chance comes from
        kind: as what the field is annotated
        folder: where masks that are files go
        classes: what its labels are called
        attributes: what they carry
    """

    rng: Random
    kind: str
    folder: Path
    classes: Sequence[str]
    attributes: dict[str, Attribute] = field(default_factory=dict)
    targets: dict[Any, str] = field(default_factory=dict)
    """Class by pixel value, or by colour, of a segmentation."""

    def value(self) -> Label | LabelList | None:
        """What the field holds in one image; possibly nothing, or too much."""
        build = getattr(self, f"_{self.kind}")
        if self.kind in {"classification", "segmentation", "colours"}:
            made: Label = build()
            return None if self.rng.random() < 0.2 else made
        labels = [build() for _ in range(self.rng.choice((0, 1, 1, 2, 3, 4)))]
        return None if not labels and self.rng.random() < 0.5 else self.list_of(labels)

    def list_of(self, labels: list[Any]) -> LabelList:
        """Labels as the field holds them."""
        return _LISTS[self.kind](labels)

    @property
    def label_type(self) -> str:
        """What the field is annotated as, as `annotate()` calls it."""
        return {"skeletons": "keypoints", "colours": "segmentation"}.get(self.kind, self.kind)

    def one(self) -> Label:
        """A single label."""
        made: Label = getattr(self, f"_{self.kind}")()
        return made

    def own(self) -> dict[str, Any]:
        """Class, attributes that are sent, and some that are not."""
        rng = self.rng
        values: dict[str, Any] = {
            name: attribute.make(rng)
            for name, attribute in self.attributes.items()
            if rng.random() < 0.7
        }
        values["unsent"] = rng.choice((math.nan, math.inf, rng.random(), -0.0))
        if rng.random() < 0.3 and self.kind not in {"keypoints", "skeletons"}:
            values["confidence"] = rng.random()
        if rng.random() < 0.3:
            values["tags"] = [_text(rng) or "t" for _ in range(2)]
        if rng.random() < 0.3:
            values["index"] = rng.randrange(100)
        return {"label": rng.choice(self.classes), **values}

    def place(self) -> float:
        """A relative coordinate: anywhere, on the edge, between pixels, or far outside."""
        rng = self.rng
        width = rng.choice(SIZES)[rng.randrange(2)]
        return rng.choice((
            rng.random(),
            rng.random(),
            rng.uniform(-0.5, 1.5),
            rng.randrange(width + 1) / width,
            rng.choice((0.0, 1.0, -0.0, math.nextafter(1, 0), 1e-17, 1 / 3, 7.5)),
        ))  # fmt: skip

    def box(self) -> list[float]:
        """A relative box."""
        extent = self.rng.choice((self.rng.random(), 1e-9, 0.0, 1.0, 1 / 3, 0.25, 2.5))
        return [self.place(), self.place(), extent, self.rng.uniform(0, 1.2)]

    def points(self, fewest: int, most: int) -> list[tuple[float, float]]:
        """Relative points."""
        return [(self.place(), self.place()) for _ in range(self.rng.randrange(fewest, most + 1))]

    def pixels(self, height: int, width: int) -> npt.NDArray[Any]:
        """A mask with holes, several parts, and pixels at its edges; of any number type."""
        dense = self.rng.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        noise = np.frombuffer(self.rng.randbytes(height * width), np.uint8)
        mask = (noise < 256 * dense).reshape(height, width)
        if self.rng.random() < 0.3:
            # A frame with an island in it.
            mask[1:-1, 1:-1] = False
            mask[height // 2, width // 2] = True
        dtype, top = self.rng.choice(
            ((np.bool_, 1), (np.uint8, 1), (np.uint8, 255), (np.float32, 1), (np.int64, 7))
        )
        return (mask * top).astype(dtype)

    def _classification(self) -> Classification:
        return Classification(**self.own())

    _classifications = _classification

    def _detections(self) -> Detection:
        rng, values = self.rng, self.own()
        if rng.random() < 0.4:
            values["rotation"] = rng.choice((rng.uniform(-400, 400), 0.0, 1e-7, 90.0, 359.9999))
        if rng.random() < 0.2:
            values["shape_type"] = "ellipse"
        return Detection(bounding_box=self.box(), **values)

    def _instances(self) -> Detection:
        rng = self.rng
        mask = self.pixels(rng.randrange(1, 20), rng.randrange(1, 20))
        box = self.box()
        if rng.random() < 0.4:
            # As a model would make it: on the pixel grid of the image, a pixel a pixel.
            (width, height), (rows, columns) = rng.choice(SIZES), mask.shape
            box = [
                rng.randrange(width) / width,
                rng.randrange(height) / height,
                columns / width,
                rows / height,
            ]
        if rng.random() < 0.2:
            return Detection(bounding_box=box, mask_path=self._file(mask != 0), **self.own())
        return Detection(bounding_box=box, mask=mask, **self.own())

    def _polygons(self) -> Polyline:
        parts = [self.points(0, 6) for _ in range(self.rng.choice((0, 1, 1, 1, 2, 3)))]
        closed = self.rng.random() < 0.7
        return Polyline(points=parts, filled=True, closed=closed, **self.own())

    def _polylines(self) -> Polyline:
        if self.rng.random() < 0.2:
            faces = [self.points(4, 4), self.points(4, 4)]
            return Polyline(points=faces, shape_type="cuboid", **self.own())
        parts = [self.points(0, 6) for _ in range(self.rng.choice((0, 1, 1, 1, 2, 3)))]
        return Polyline(points=parts, closed=self.rng.random() < 0.5, **self.own())

    def _keypoints(self) -> Keypoint:
        points = self.points(0, 6)
        for place in range(len(points)):
            if self.rng.random() < 0.2:
                points[place] = (math.nan, math.nan)
        return Keypoint(points=points, **self.own())

    def _skeletons(self) -> Keypoint:
        points = self.points(len(NODES), len(NODES))
        if self.rng.random() < 0.4:
            points[self.rng.randrange(len(points))] = (math.nan, math.nan)
        values = self.own()
        if self.rng.random() < 0.7:
            values["visibility"] = [self.rng.randrange(3) for _ in NODES]
        return Keypoint(points=points, **values)

    def _segmentation(self) -> Segmentation:
        mask = self._noise(*self._side(), np.array([0, 0, 1, 2, 99], np.uint8))
        if self.rng.random() < 0.2:
            return Segmentation(mask_path=self._file(mask))
        return Segmentation(mask=mask)

    def _colours(self) -> Segmentation:
        table = np.array([[0, 0, 0], [255, 128, 0], [0, 0, 1], [9, 9, 9]], np.uint8)
        return Segmentation(mask=table[self._noise(*self._side(), np.arange(4))])

    def _side(self) -> tuple[int, int]:
        if self.rng.random() < 0.5:
            width, height = self.rng.choice(SIZES)
            return height, width
        return self.rng.randrange(1, 90), self.rng.randrange(1, 90)

    def _noise(self, height: int, width: int, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Values in blocks, and single pixels of them."""
        block = self.rng.choice((1, 5, 17))
        rows, columns = -(-height // block), -(-width // block)
        noise = np.frombuffer(self.rng.randbytes(rows * columns), np.uint8) % len(values)
        large = noise.reshape(rows, columns).repeat(block, axis=0).repeat(block, axis=1)
        return values[large[:height, :width]]

    def _file(self, mask: npt.NDArray[Any]) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"mask {self.rng.getrandbits(64)}.png"
        grey = mask.astype(np.uint8) * 255 if mask.dtype == np.bool_ else mask
        Image.fromarray(grey).save(path)
        return str(path)


_LISTS: dict[str, type[LabelList]] = {
    "classifications": Classifications,
    "detections": Detections,
    "instances": Detections,
    "polygons": Polylines,
    "polylines": Polylines,
    "keypoints": Keypoints,
    "skeletons": Keypoints,
}
