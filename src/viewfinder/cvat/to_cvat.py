"""A label as the tag or shapes that a CVAT server takes; pure, and nothing is rounded.

A pixel coordinate is the relative one times the size. One label may need several shapes (a polygon
of several parts, a segmentation of several classes): its pieces, each with the part it stands for.
What CVAT can't hold (a missing keypoint, a part with too few points) stays behind and is put back
by :mod:`viewfinder.cvat.from_cvat`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from viewfinder.cvat import wire
from viewfinder.cvat.rle import PlacedMask, encode_mask, tight
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, ServerClass, text_of
from viewfinder.geometry import resize_mask
from viewfinder.labels import Classification, Detection, Keypoint, Label, Polyline, Segmentation

__all__ = ["Frame", "LabelType", "Piece", "class_masks", "pieces_of", "pixel_box", "pixel_mask"]

LabelType = Literal[
    "classifications",
    "detections",
    "instances",
    "polygons",
    "polylines",
    "keypoints",
    "segmentation",
]
ClassOf = Callable[[str], ServerClass | None]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Frame:
    """One image of a task."""

    number: int
    size_wh: Size
    """In pixels."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One tag or shape of a label."""

    part: int
    """Which part of the label: index of the polyline's part, number in the list of classes of a
    segmentation, otherwise 0."""
    record: wire.Shape | wire.Tag


def pieces_of(
    label: Label,
    kind: LabelType,
    frame: Frame,
    *,
    class_of: ClassOf,
    tools: Sequence[AttributeTool] = (),
    mask_targets: Mapping[int, str] | None = None,
) -> list[Piece]:
    """The tags or shapes of a label.

    Args:
        label: the label
        kind: as what it is annotated
        frame: where it lies
        class_of: the server's class for a label's class; None for one that is not annotated
        tools: the attributes that go along
        mask_targets: pixel value to class, for segmentations

    Returns:
        the pieces in the order of their parts; none where nothing of the label can be drawn, or its
        class is not annotated
    """
    if kind == "segmentation":
        assert isinstance(label, Segmentation)
        return _segmentation(label, frame, class_of, mask_targets or {})
    name = label.get("label")
    server_class = None if name is None else class_of(name)
    if server_class is None:
        return []
    common = _common(label, frame, server_class, tools)
    if kind == "classifications":
        assert isinstance(label, Classification)
        tag = {key: common[key] for key in ("frame", "label_id", "group", "attributes")}
        return [Piece(0, wire.Tag(**tag))]
    return [Piece(part, wire.Shape(**common, **shape)) for part, shape in _DRAW[kind](label, frame)]


def _common(
    label: Label, frame: Frame, server_class: ServerClass, tools: Sequence[AttributeTool]
) -> dict[str, Any]:
    values = {LABEL_ID: label.id}
    occluded, group = False, None
    for tool in tools:
        value = label.get(tool.name)
        if tool.type == "occluded":
            occluded = value is True or (isinstance(value, str) and value.lower() == "true")
        elif tool.type == "group_id":
            group = value if isinstance(value, int) and not isinstance(value, bool) else None
        elif value is not None:
            values[tool.name] = text_of(value)
    return {
        "frame": frame.number,
        "label_id": server_class.id,
        "occluded": occluded,
        "group": group,
        "attributes": [
            wire.AttributeValue(spec_id=server_class.spec_ids[name], value=text)
            for name, text in values.items()
            if name in server_class.spec_ids
        ],
    }


Drawn = list[tuple[int, dict[str, Any]]]


def _rectangle(label: Label, frame: Frame) -> Drawn:
    assert isinstance(label, Detection)
    box = pixel_box(label.bounding_box, frame.size_wh)
    if box is None:
        return []
    rotation = label.get("rotation")
    turned = isinstance(rotation, int | float) and math.isfinite(rotation)
    # Servers take degrees from 0 to 360 only.
    degrees = float(rotation) % 360.0 if turned else 0.0
    return [(0, {"type": "rectangle", "points": box, "rotation": degrees})]


def _mask(label: Label, frame: Frame) -> Drawn:
    assert isinstance(label, Detection)
    placed = pixel_mask(label, frame.size_wh)
    if placed is None:
        return []
    points = encode_mask(placed.mask, left=placed.left, top=placed.top)
    return [(0, {"type": "mask", "points": points})]


def _polygon(label: Label, frame: Frame) -> Drawn:
    return _line(label, frame, "polygon", 3)


def _polyline(label: Label, frame: Frame) -> Drawn:
    return _line(label, frame, "polyline", 2)


def _line(label: Label, frame: Frame, type_: str, fewest_points: int) -> Drawn:
    assert isinstance(label, Polyline)
    drawn: Drawn = []
    for part, points in enumerate(label.points or ()):
        pixels = _pixels(points, frame.size_wh)
        if len(points) >= fewest_points and all(map(math.isfinite, pixels)):
            drawn.append((part, {"type": type_, "points": pixels}))
    return drawn


def _points(label: Label, frame: Frame) -> Drawn:
    assert isinstance(label, Keypoint)
    there = [point for point in label.points or () if all(map(math.isfinite, point))]
    pixels = _pixels(there, frame.size_wh)
    return [(0, {"type": "points", "points": pixels})] if pixels else []


_DRAW: dict[str, Callable[[Label, Frame], Drawn]] = {
    "detections": _rectangle,
    "instances": _mask,
    "polygons": _polygon,
    "polylines": _polyline,
    "keypoints": _points,
}


def _segmentation(
    label: Segmentation, frame: Frame, class_of: ClassOf, mask_targets: Mapping[int, str]
) -> list[Piece]:
    pieces = []
    for part, (name, mask) in enumerate(class_masks(label, frame.size_wh, mask_targets)):
        server_class = class_of(name)
        placed = tight(PlacedMask(mask, 0, 0))
        if server_class is None or placed is None:
            continue
        shape = wire.Shape(
            type="mask",
            points=encode_mask(placed.mask, left=placed.left, top=placed.top),
            **_common(label, frame, server_class, ()),
        )
        pieces.append(Piece(part, shape))
    return pieces


def class_masks(
    label: Segmentation, size_wh: Size, mask_targets: Mapping[int, str]
) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    """Each class of a segmentation with its pixels at the image's size, 0 (background) left out."""
    mask = label.mask
    if mask is None or mask.ndim != 2:
        return []
    classes = [(value, name) for value, name in mask_targets.items() if value != 0]
    return [(name, resize_mask(mask == value, size_wh)) for value, name in classes]


def pixel_box(box: Sequence[float] | None, size_wh: Size) -> list[float] | None:
    """``[left, top, right, bottom]`` in pixels; None where the box is missing or not finite."""
    if box is None:
        return None
    x, y, width, height = (float(value) for value in box)
    image_width, image_height = size_wh
    pixels = [
        x * image_width,
        y * image_height,
        (x + width) * image_width,
        (y + height) * image_height,
    ]
    return pixels if all(map(math.isfinite, pixels)) else None


def pixel_mask(label: Detection, size_wh: Size) -> PlacedMask | None:
    """The instance mask on the pixel grid of the image; None where there is none.

    A mask that was stored at another resolution takes the size that its box has in pixels.
    """
    box = pixel_box(label.bounding_box, size_wh)
    mask = label.mask
    if box is None or mask is None or mask.ndim != 2 or mask.size == 0:
        return None
    left, top, right, bottom = box
    width, height = max(1, round(right - left)), max(1, round(bottom - top))
    # The object as drawn by CVAT: no wider than its box, with its upper left corner nearest to it.
    return PlacedMask(resize_mask(mask != 0, (width, height)), round(left), round(top))


def _pixels(points: Sequence[Sequence[float]], size_wh: Size) -> list[float]:
    width, height = size_wh
    return [
        float(value) * size
        for point in points
        for value, size in zip(point, (width, height), strict=True)
    ]
