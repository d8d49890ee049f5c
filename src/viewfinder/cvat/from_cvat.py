"""What annotators changed, from the tags and shapes as sent and as they came back; pure.

A piece that came back as it was sent says nothing, so the label keeps every bit. Of a piece that
differs only what differs is converted: an edge that stayed where it was keeps its float.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from viewfinder.cvat import wire
from viewfinder.cvat.rle import PlacedMask, decode_mask, tight
from viewfinder.cvat.skeletons import keypoint_of, node_edits, same_elements
from viewfinder.cvat.to_cvat import (
    CUBOID_ORDER,
    Frame,
    LabelType,
    MaskTargets,
    Piece,
    target_pixels,
)
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, default_text, text_of, value_of
from viewfinder.errors import LabelError
from viewfinder.geometry import mask_to_polygons, paste_mask, rasterize_polygons, resize_mask
from viewfinder.labels import (
    Classification,
    Detection,
    Keypoint,
    Label,
    Polyline,
    Segmentation,
)
from viewfinder.labels.base import same_value
from viewfinder.labels.shape_types import CUBOID, ELLIPSE, SHAPE_TYPE

__all__ = [
    "Reading",
    "Record",
    "check_shape",
    "edits_of",
    "new_label",
    "new_segmentation",
    "same_record",
    "segmentation_edit",
]

Record: TypeAlias = wire.Shape | wire.Tag
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a server's numbers are read: classes and attributes of one field of a task."""

    class_name: Callable[[int], str | None]
    """The dataset's name of a class by the server's number; None for one that is unknown."""
    attribute_names: Mapping[int, str]
    """The name of an attribute by the server's number."""
    tools: Callable[[str], Sequence[AttributeTool]]
    """The attributes of a class by the dataset's name of it."""
    mask_targets: MaskTargets | None = None
    """Pixel value to class, for segmentations."""
    node_ids: Mapping[int, Sequence[int]] = field(default_factory=dict)
    """The numbers of the nodes of each class that is a skeleton, by the class's number."""

    def texts(self, record: Record) -> dict[str, str]:
        """The attributes of a record as text by name, label ids left out."""
        texts = {
            self.attribute_names.get(item.spec_id, ""): text_of(item.value)
            for item in record.attributes
        }
        return {name: text for name, text in texts.items() if name not in ("", LABEL_ID)}

    def label_id(self, record: Record) -> str | None:
        """The label id that a record carries."""
        for item in record.attributes:
            if self.attribute_names.get(item.spec_id) == LABEL_ID:
                return text_of(item.value) or None
        return None


def same_record(sent: Record, came: Record) -> bool:
    """Whether a record came back as it was sent, in all that a label can be made of."""
    if (sent.label_id, sent.frame, sent.group or 0) != (came.label_id, came.frame, came.group or 0):
        return False
    if sent.source != came.source or _texts_by_spec(sent) != _texts_by_spec(came):
        return False
    if isinstance(sent, wire.Tag) or isinstance(came, wire.Tag):
        return isinstance(sent, wire.Tag) and isinstance(came, wire.Tag)
    flags = (sent.occluded, sent.z_order) == (came.occluded, came.z_order)
    return flags and _same_shape(sent, came)


def _same_shape(sent: wire.Shape, came: wire.Shape) -> bool:
    return (
        (sent.type, sent.rotation) == (came.type, came.rotation)
        and (sent.points or []) == (came.points or [])
        and same_elements(sent.elements, came.elements)
    )


def _texts_by_spec(record: Record) -> dict[int, str]:
    return {item.spec_id: text_of(item.value) for item in record.attributes}


def edits_of(
    label: Label,
    kind: LabelType,
    frame: Frame,
    sent: Sequence[Piece],
    came: Mapping[int, Record],
    reading: Reading,
) -> dict[str, Any]:
    """The attributes of a label that annotators changed, with their new values.

    Args:
        label: the label as it was when it was sent
        kind: as what it was sent; not "segmentation", see :func:`segmentation_edit`
        frame: where it lies
        sent: its pieces, as the server first had them
        came: those that came back, by part; a part that is absent was deleted
        reading: the server's numbers

    Raises:
        LabelError: when a shape is damaged, or of another type than the one that was sent
    """
    pairs = [(piece, came[piece.part]) for piece in sent if piece.part in came]
    edits = _class_and_attributes(
        label, [(piece.record, record) for piece, record in pairs], reading
    )
    shapes = [
        (piece.part, piece.record, record)
        for piece, record in pairs
        if isinstance(piece.record, wire.Shape) and isinstance(record, wire.Shape)
    ]
    if len(shapes) == len(sent) and all(_same_shape(before, after) for _, before, after in shapes):
        return edits
    for _, before, after in shapes:
        check_shape(after)
        if before.type != after.type and not isinstance(label, Detection):
            raise LabelError(f"it was sent as a {before.type} and came back as a {after.type}")
    if isinstance(label, Detection) and shapes:
        edits.update(_detection_edit(label, kind, frame, shapes[0][1], shapes[0][2]))
    elif isinstance(label, Polyline) and shapes and shapes[0][2].type == "cuboid":
        edits["points"] = _moved_cuboid(label, frame, shapes[0][1], shapes[0][2])
    elif isinstance(label, Polyline):
        gone = {piece.part for piece in sent} - set(came)
        edits["points"] = _polyline_points(label, frame, shapes, gone)
    elif isinstance(label, Keypoint) and shapes and shapes[0][2].type == "skeleton":
        _, before, after = shapes[0]
        nodes = reading.node_ids.get(after.label_id, ())
        if before.label_id != after.label_id:
            raise LabelError("it is of another class now, whose skeleton has other points")
        edits.update(node_edits(label, before, after, frame.size_wh, nodes))
    elif isinstance(label, Keypoint) and shapes:
        edits["points"] = _keypoint_points(label, frame, shapes[0][1], shapes[0][2])
    return edits


def _class_and_attributes(
    label: Label, pairs: Sequence[tuple[Record, Record]], reading: Reading
) -> dict[str, Any]:
    edits: dict[str, Any] = {}
    for before, after in pairs:
        name = reading.class_name(after.label_id)
        reclassed = before.label_id != after.label_id
        if reclassed and name is not None and name != label.get("label"):
            edits["label"] = name
        tools = reading.tools(name or label.get("label") or "")
        was, now = reading.texts(before), reading.texts(after)
        for tool in tools:
            previous = label.get(tool.name)
            if tool.is_native:
                if _native(tool, before) == _native(tool, after):
                    continue
                value: Any = _native(tool, after)
            elif tool.name not in now or was.get(tool.name, "") == now[tool.name]:
                continue
            elif reclassed and now[tool.name] == default_text(tool):
                # A new class brings its defaults along; nobody has typed them.
                continue
            else:
                value = value_of(now[tool.name], tool, previous)
            if not same_value(value, previous):
                edits[tool.name] = value
    return edits


def _native(tool: AttributeTool, record: Record) -> Any:
    if tool.type == "group_id":
        return record.group or None
    if tool.type == "source":
        return record.source
    if tool.type == "z_order":
        return record.z_order if isinstance(record, wire.Shape) else None
    return isinstance(record, wire.Shape) and record.occluded


def _detection_edit(
    label: Detection, kind: LabelType, frame: Frame, sent: wire.Shape, came: wire.Shape
) -> dict[str, Any]:
    if kind == "instances" or came.type == "mask":
        placed = decode_mask(came.points or [])
        old = label.get_mask()
        dtype = np.dtype(np.bool_) if old is None else old.dtype
        top_value = 1 if old is None or not old.size else old.max() or 1
        mask = np.where(placed.mask, top_value, 0).astype(dtype)
        return {"bounding_box": _box_of(placed, frame), "mask": mask}
    if came.type not in {"rectangle", "ellipse"}:
        raise LabelError(f"it was sent as a {sent.type} and came back as a {came.type}")
    edits: dict[str, Any] = {}
    before, after = sent.points or [], came.points or []
    if sent.type != came.type:
        edits[SHAPE_TYPE] = ELLIPSE if came.type == "ellipse" else None
        edits["bounding_box"] = _box_around(came, frame)
    elif before != after:
        edits["bounding_box"] = _moved_box(label, frame, sent, came)
    if sent.rotation != came.rotation:
        edits["rotation"] = came.rotation
    return edits


def _moved_box(label: Detection, frame: Frame, sent: wire.Shape, came: wire.Shape) -> list[float]:
    """The box after an edit; what stayed where it was keeps its float."""
    old = [float(value) for value in label.bounding_box or (math.nan,) * 4]
    before, after = sent.points or [], came.points or []
    same = [one == other for one, other in zip(before, after, strict=True)]
    new = _box_around(came, frame)
    both_x, both_y = same[0] and same[2], same[1] and same[3]
    if came.type == "ellipse":
        # Its left end lies as far from the centre as its right end, which is what the server has.
        left_same, top_same = both_x, same[3]
    else:
        left_same, top_same = same[0], same[1]
    return [
        old[0] if left_same else new[0],
        old[1] if top_same else new[1],
        old[2] if both_x else new[2],
        old[3] if both_y else new[3],
    ]


def _box_around(shape: wire.Shape, frame: Frame) -> list[float]:
    """The box of a rectangle, or around an ellipse before it is turned."""
    points = shape.points or []
    if shape.type == "rectangle":
        return _box(points, frame)
    centre_x, centre_y, right, top = points
    return _box([2 * centre_x - right, top, right, 2 * centre_y - top], frame)


def _box(points: Sequence[float], frame: Frame) -> list[float]:
    (width, height), (left, top, right, bottom) = frame.size_wh, points
    return [left / width, top / height, (right - left) / width, (bottom - top) / height]


def _box_of(placed: PlacedMask, frame: Frame) -> list[float]:
    height, width = placed.mask.shape
    edges = [placed.left, placed.top, placed.left + width, placed.top + height]
    return _box([float(edge) for edge in edges], frame)


def _polyline_points(
    label: Polyline,
    frame: Frame,
    shapes: Sequence[tuple[int, wire.Shape, wire.Shape]],
    gone: set[int],
) -> list[list[tuple[float, float]]]:
    """All parts: changed ones anew, deleted ones left out, those that were never sent kept."""
    parts = dict(enumerate(label.points or ()))
    for part, before, after in shapes:
        old = [(float(x), float(y)) for x, y in parts[part]]
        parts[part] = _moved_points(old, before.points or [], after.points or [], frame)
    return [[(x, y) for x, y in parts[part]] for part in sorted(parts) if part not in gone]


def _moved_points(
    old: Sequence[tuple[float, float]],
    before: Sequence[float],
    after: Sequence[float],
    frame: Frame,
) -> list[tuple[float, float]]:
    """Relative points; those found among the ones that were sent keep their floats."""
    sent = list(zip(_pairs(before), old, strict=False))
    known = dict(sent)
    out = []
    for place, pair in enumerate(_pairs(after)):
        # Points with different floats (0.0 and -0.0) may be the same to the server.
        stayed = place < len(sent) and sent[place][0] == pair
        out.append(sent[place][1] if stayed else known.get(pair, _relative(pair, frame)))
    return out


def _moved_cuboid(
    label: Polyline, frame: Frame, sent: wire.Shape, came: wire.Shape
) -> list[list[tuple[float, float]]]:
    corners = [(float(x), float(y)) for face in label.points or () for x, y in face]
    old = [corners[corner] for corner in CUBOID_ORDER]
    return _faces(_moved_points(old, sent.points or [], came.points or [], frame))


def _faces(corners: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """The face in front and the one behind, from corners in CVAT's order."""
    there = dict(zip(CUBOID_ORDER, corners, strict=True))
    return [[there[corner] for corner in face] for face in (range(4), range(4, 8))]


def _keypoint_points(
    label: Keypoint, frame: Frame, sent: wire.Shape, came: wire.Shape
) -> list[tuple[float, float]]:
    """All points; missing ones (NaN) stay where they are, so that the others keep their places.

    Where points were added or deleted and places matter (some were missing before), the points
    that came back as sent keep their places, deleted ones become missing, new ones go to the end.
    """
    old = [(float(x), float(y)) for x, y in label.points or ()]
    there = [index for index, point in enumerate(old) if all(map(math.isfinite, point))]
    before, after = _pairs(sent.points or []), _pairs(came.points or [])
    moved = _moved_points(
        [old[index] for index in there], sent.points or [], came.points or [], frame
    )
    if len(there) == len(old) and len(after) != len(before):
        return moved
    out = list(old)
    if len(after) == len(before):
        for index, point in zip(there, moved, strict=True):
            out[index] = point
        return out
    places = dict(zip(before, there, strict=True))
    kept = {places[pair] for pair in after if pair in places}
    for index in set(there) - kept:
        out[index] = (math.nan, math.nan)
    new = [point for pair, point in zip(after, moved, strict=True) if pair not in places]
    return out + new


def _pairs(points: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(points[::2], points[1::2], strict=False))


def _relative(pair: tuple[float, float], frame: Frame) -> tuple[float, float]:
    return pair[0] / frame.size_wh[0], pair[1] / frame.size_wh[1]


def segmentation_edit(
    label: Segmentation,
    frame: Frame,
    sent: Sequence[wire.Shape],
    came: Sequence[wire.Shape | None],
    added: Sequence[wire.Shape],
    reading: Reading,
) -> npt.NDArray[Any] | None:
    """The mask of a segmentation after annotators' changes; None where there are none.

    Pixels that no changed piece covers or covered keep their values, also values without a class.

    Args:
        label: the segmentation as it was sent
        frame: where it lies
        sent: its pieces, as the server first had them
        came: the same pieces now, None where deleted
        added: pieces drawn since
        reading: the server's numbers

    Raises:
        LabelError: when a mask is damaged
    """
    changed = [
        (before, after)
        for before, after in zip(sent, came, strict=True)
        if after is None or not same_record(before, after)
    ]
    mask = label.get_mask()
    if (not changed and not added) or mask is None:
        return None
    out = resize_mask(mask, frame.size_wh).copy()
    for before, _ in changed:
        value = _value(before, reading)
        if value is not None:
            out[_mask_in_image(before, frame) & target_pixels(out, value)] = 0
    for shape in [*(after for _, after in changed if after is not None), *added]:
        out = _painted(out, shape, frame, reading)
    return out


def new_segmentation(
    shapes: Sequence[wire.Shape], frame: Frame, reading: Reading
) -> Segmentation | None:
    """A segmentation out of pieces; None where none of them has a value for its class.

    Raises:
        LabelError: when a mask is damaged
    """
    width, height = frame.size_wh
    colours = any(isinstance(target, str) for target in reading.mask_targets or ())
    shape_of_mask = (height, width, 3) if colours else (height, width)
    out: npt.NDArray[Any] = np.zeros(shape_of_mask, dtype=np.uint8)
    for shape in shapes:
        out = _painted(out, shape, frame, reading)
    return Segmentation(mask=out) if out.any() else None


def _painted(
    out: npt.NDArray[Any], shape: wire.Shape, frame: Frame, reading: Reading
) -> npt.NDArray[Any]:
    value = _value(shape, reading)
    if value is None:
        return out
    if isinstance(value, str):
        if out.ndim == 3:
            out[_mask_in_image(shape, frame)] = list(bytes.fromhex(value.removeprefix("#")))
        return out
    if out.dtype.kind == "b":
        out = out.astype(np.uint8)
    if out.dtype.kind in "iu" and value > np.iinfo(out.dtype).max:
        out = out.astype(np.min_scalar_type(value))
    out[_mask_in_image(shape, frame)] = value
    return out


def _value(shape: wire.Shape, reading: Reading) -> int | str | None:
    """The pixel value of a piece's class."""
    name = reading.class_name(shape.label_id)
    targets = (reading.mask_targets or {}).items()
    return next((value for value, target in targets if target == name), None)


def _mask_in_image(shape: wire.Shape, frame: Frame) -> Mask:
    check_shape(shape)
    if shape.type == "polygon":
        return rasterize_polygons([_polygon(shape)], frame.size_wh)
    placed = decode_mask(shape.points or [])
    return paste_mask(placed.mask, (placed.left, placed.top), frame.size_wh)


def _polygon(shape: wire.Shape) -> npt.NDArray[np.float64]:
    return np.asarray(shape.points or [], dtype=np.float64).reshape(-1, 2)


def new_label(
    record: Record, kind: LabelType, frame: Frame, name: str, reading: Reading
) -> Label | None:
    """A label out of a record that was not sent; it has a fresh id.

    Args:
        record: a tag or shape
        kind: what its field is annotated with, where more than one reading is possible
        frame: where it lies
        name: the dataset's name of its class
        reading: the server's numbers

    Returns:
        the label, of whatever type the record needs; None for a shape that no label type can hold

    Raises:
        LabelError: when a shape is damaged, or its class unknown
    """
    if not name:
        raise LabelError("its class is unknown on the server")
    if isinstance(record, wire.Tag):
        label: Label | None = Classification()
    else:
        check_shape(record)
        label = _drawn(record, kind, frame, reading)
    if label is None:
        return None
    label.set_field("label", name)
    texts = reading.texts(record)
    for tool in reading.tools(name):
        value = _native(tool, record) if tool.is_native else None
        if not tool.is_native and tool.name in texts:
            value = value_of(texts[tool.name], tool)
        if value is not None:
            label.set_field(tool.name, value)
    return label


_NUMBERS: dict[str, tuple[int, int | None]] = {
    "rectangle": (4, 4),
    "ellipse": (4, 4),
    "cuboid": (16, 16),
    "polygon": (6, None),
    "polyline": (4, None),
    "points": (2, None),
}
"""How many numbers a shape has at least and at most."""


def check_shape(shape: wire.Shape) -> None:
    """Makes sure that a shape has the numbers that its type needs; servers keep any.

    Raises:
        LabelError: it has others
    """
    count = len(shape.points or ())
    least, most = _NUMBERS.get(shape.type, (0, None))
    odd = shape.type in _NUMBERS and count % 2
    if count < least or (most is not None and count > most) or odd:
        raise LabelError(f"a {shape.type} of {count} numbers is damaged; draw it again")
    if not all(map(math.isfinite, shape.points or ())):
        raise LabelError(f"a {shape.type} with a number that is none is damaged; draw it again")


def _drawn(shape: wire.Shape, kind: LabelType, frame: Frame, reading: Reading) -> Label | None:
    points = shape.points or []
    if shape.type in {"rectangle", "ellipse"}:
        detection = Detection(bounding_box=_box_around(shape, frame))
        if shape.type == "ellipse":
            detection.set_field(SHAPE_TYPE, ELLIPSE)
        if shape.rotation:
            detection.set_field("rotation", shape.rotation)
        return detection
    if shape.type == "skeleton":
        nodes = reading.node_ids.get(shape.label_id, ())
        return keypoint_of(shape, frame.size_wh, nodes)
    if shape.type == "mask":
        return _from_mask(decode_mask(points), kind, frame)
    if shape.type == "polygon" and kind == "instances":
        placed = tight(PlacedMask(_mask_in_image(shape, frame), 0, 0))
        return None if placed is None else _from_mask(placed, kind, frame)
    relative = [_relative(pair, frame) for pair in _pairs(points)]
    if shape.type == "cuboid":
        faces = _faces(relative)
        cuboid = Polyline(points=faces, closed=True, filled=False)
        cuboid.set_field(SHAPE_TYPE, CUBOID)
        return cuboid
    if shape.type == "polygon":
        return Polyline(points=[relative], closed=True, filled=kind != "polylines")
    if shape.type == "polyline":
        return Polyline(points=[relative], closed=False, filled=False)
    if shape.type == "points":
        return Keypoint(points=relative)
    return None


def _from_mask(placed: PlacedMask, kind: LabelType, frame: Frame) -> Label:
    if kind in ("polygons", "polylines"):
        offset = np.array([placed.left, placed.top], dtype=np.float64)
        parts = [polygon + offset for polygon in mask_to_polygons(placed.mask)]
        points = [[_relative((x, y), frame) for x, y in part.tolist()] for part in parts]
        return Polyline(points=points, closed=True, filled=kind == "polygons")
    return Detection(bounding_box=_box_of(placed, frame), mask=placed.mask)
