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
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from viewfinder.cvat import wire
from viewfinder.cvat.rle import PlacedMask, encode_mask, tight
from viewfinder.cvat.skeletons import elements_of
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, ServerClass, text_of
from viewfinder.geometry import resize_mask
from viewfinder.labels import Classification, Detection, Keypoint, Label, Polyline, Segmentation
from viewfinder.labels.shape_types import is_cuboid, is_ellipse

__all__ = [
    "CUBOID_ORDER",
    "Frame",
    "LabelType",
    "MaskTargets",
    "Piece",
    "class_masks",
    "pieces_of",
    "pixel_box",
    "pixel_mask",
    "target_pixels",
]

LabelType = Literal[
    "classifications",
    "detections",
    "instances",
    "polygons",
    "polylines",
    "keypoints",
    "segmentation",
    "scalar",
]
MaskTargets: TypeAlias = Mapping[int, str] | Mapping[str, str] | Mapping[int | str, str]
"""Class by pixel value: a whole number, or "#rrggbb" in masks of three colours."""
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
    mask_targets: MaskTargets | None = None,
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
    if kind in ("classifications", "scalar"):
        assert isinstance(label, Classification)
        tag = {key: value for key, value in common.items() if key not in {"occluded", "z_order"}}
        return [Piece(0, wire.Tag(**tag))]
    if isinstance(label, Keypoint) and server_class.nodes:
        nodes = elements_of(label, frame.number, frame.size_wh, server_class.node_ids)
        if nodes is None:
            return []
        return [Piece(0, wire.Shape(type="skeleton", points=[], elements=nodes, **common))]
    return [Piece(part, wire.Shape(**common, **shape)) for part, shape in _DRAW[kind](label, frame)]


def _common(
    label: Label, frame: Frame, server_class: ServerClass, tools: Sequence[AttributeTool]
) -> dict[str, Any]:
    values = {LABEL_ID: label.id}
    natives: dict[str, Any] = {"occluded": False, "group": None, "z_order": 0, "source": "manual"}
    for tool in tools:
        value = label.get(tool.name)
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        if tool.type == "occluded":
            natives["occluded"] = value is True or str(value).lower() == "true"
        elif tool.type == "group_id":
            natives["group"] = number
        elif tool.type == "z_order":
            natives["z_order"] = number or 0
        elif tool.type == "source":
            natives["source"] = value if str(value) in _SOURCES else "manual"
        elif value is not None:
            values[tool.name] = text_of(value)
    return {
        "frame": frame.number,
        "label_id": server_class.id,
        **natives,
        "attributes": [
            wire.AttributeValue(spec_id=server_class.spec_ids[name], value=text)
            for name, text in values.items()
            if name in server_class.spec_ids
        ],
    }


_SOURCES = {"manual", "auto", "semi-auto", "file", "consensus"}
"""What servers take as the source of a shape."""

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
    # A tiny negative turn is 360 after rounding.
    degrees = 0.0 if degrees == 360.0 else degrees
    if is_ellipse(label):
        return [(0, {"type": "ellipse", "points": _ellipse(label, frame), "rotation": degrees})]
    return [(0, {"type": "rectangle", "points": box, "rotation": degrees})]


def _ellipse(label: Detection, frame: Frame) -> list[float]:
    """Centre, right end and top of an ellipse in pixels, from the box around it."""
    x, y, width, height = (float(value) for value in label.bounding_box or ())
    image_width, image_height = frame.size_wh
    centre_x, centre_y = x + width / 2, y + height / 2
    return [
        centre_x * image_width,
        centre_y * image_height,
        (x + width) * image_width,
        y * image_height,
    ]


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
    """Lines; closed ones as polygons, which is how annotators see that they are closed."""
    assert isinstance(label, Polyline)
    if not label.closed:
        return _line(label, frame, "polyline", 2)
    closed = dict(_line(label, frame, "polygon", 3))
    return [(part, closed.get(part, line)) for part, line in _line(label, frame, "polyline", 2)]


def _line(label: Label, frame: Frame, type_: str, fewest_points: int) -> Drawn:
    assert isinstance(label, Polyline)
    if is_cuboid(label):
        return [(0, {"type": "cuboid", "points": _cuboid(label, frame)})]
    drawn: Drawn = []
    for part, points in enumerate(label.points or ()):
        pixels = _pixels(points, frame.size_wh)
        if len(points) >= fewest_points and all(map(math.isfinite, pixels)):
            drawn.append((part, {"type": type_, "points": pixels}))
    return drawn


CUBOID_ORDER = (0, 3, 1, 2, 5, 6, 4, 7)
"""Corner of a label's two faces (the front's four, then those behind) by the place of CVAT's."""


def _cuboid(label: Polyline, frame: Frame) -> list[float]:
    corners = [point for face in label.points or () for point in face]
    return _pixels([corners[corner] for corner in CUBOID_ORDER], frame.size_wh)


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
    label: Segmentation, frame: Frame, class_of: ClassOf, mask_targets: MaskTargets
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
    label: Segmentation, size_wh: Size, mask_targets: MaskTargets
) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    """Each class of a segmentation with its pixels at the image's size, 0 (background) left out."""
    mask = label.get_mask()
    if mask is None:
        return []
    classes = [(value, name) for value, name in mask_targets.items() if value != 0]
    return [(name, resize_mask(target_pixels(mask, value), size_wh)) for value, name in classes]


def target_pixels(mask: npt.NDArray[Any], target: int | str) -> npt.NDArray[np.bool_]:
    """The pixels (height, width) of a mask that have a value, or a colour like "#ff8000"."""
    found: npt.NDArray[np.bool_]
    if isinstance(target, str):
        colour = list(bytes.fromhex(target.removeprefix("#")))
        if mask.ndim != 3 or mask.shape[2] != len(colour):
            return np.zeros(mask.shape[:2], dtype=np.bool_)
        found = (mask == np.asarray(colour, dtype=mask.dtype)).all(axis=2)
        return found
    if mask.ndim != 2:
        return np.zeros(mask.shape[:2], dtype=np.bool_)
    found = mask == target
    return found


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
    mask = label.get_mask()
    if box is None or mask is None or mask.size == 0:
        return None
    if mask.ndim == 3:
        # A mask that was written as a picture of colours: what is not black is the object.
        mask = np.asarray(mask.any(axis=2))
    if mask.ndim != 2:
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
