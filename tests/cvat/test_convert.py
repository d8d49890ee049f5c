from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from viewfinder.cvat import wire
from viewfinder.cvat.from_cvat import (
    Reading,
    Record,
    edits_of,
    new_label,
    new_segmentation,
    same_record,
    segmentation_edit,
)
from viewfinder.cvat.to_cvat import Frame, LabelType, Piece, pieces_of
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, ServerClasses
from viewfinder.errors import LabelError
from viewfinder.labels import (
    Classification,
    Detection,
    Keypoint,
    Label,
    Polyline,
    Segmentation,
)

FRAME = Frame(3, (200, 100))
ID = "0123456789abcdef01234567"
TOOLS = (
    AttributeTool("note"),
    AttributeTool("mood", "select", values=("calm", "wild")),
    AttributeTool("ok", "checkbox"),
    AttributeTool("hidden", "occluded"),
    AttributeTool("family", "group_id"),
)
ATTRIBUTES = [
    wire.AttributeSpec(id=10 * n, name=name)
    for n, name in enumerate(["note", "mood", "ok", LABEL_ID], start=1)
]
CLASSES = ServerClasses([
    wire.Label(id=1, name="cat", attributes=ATTRIBUTES),
    wire.Label(id=2, name="dog", attributes=[]),
])  # fmt: skip
TARGETS = {0: "background", 1: "cat", 7: "dog"}
NAN = math.nan


def read(targets: dict[int, str] | None = None) -> Reading:
    return Reading(
        class_name=lambda number: CLASSES.by_id[number].name if number in CLASSES.by_id else None,
        attribute_names=CLASSES.attribute_names,
        tools=lambda name: TOOLS if name == "cat" else (),
        mask_targets=targets or TARGETS,
    )


def sent(label: Label, kind: LabelType) -> list[Piece]:
    return pieces_of(
        label, kind, FRAME, class_of=CLASSES.by_name.get, tools=TOOLS, mask_targets=TARGETS
    )


def shapes(pieces: Sequence[Piece]) -> list[wire.Shape]:
    found = [piece.record for piece in pieces]
    assert all(isinstance(record, wire.Shape) for record in found)
    return found  # type: ignore[return-value]


def edits(label: Label, kind: LabelType, *changes: dict[str, Any] | None) -> dict[str, Any]:
    """What is read when each piece comes back with these properties changed; None: deleted."""
    pieces = sent(label, kind)
    came: dict[int, Record] = {}
    for piece, change in zip(pieces, changes, strict=True):
        if change is not None:
            data = wire.encode(piece.record)
            record = msgspec.json.decode(data, type=type(piece.record))
            came[piece.part] = msgspec.structs.replace(record, **change)
    return edits_of(label, kind, FRAME, pieces, came, read())


def test_a_box_in_pixels_is_not_rounded() -> None:
    box = Detection("cat", [0.1, 0.2, 1 / 3, 0.4], id=ID, rotation=33.5)
    (shape,) = shapes(sent(box, "detections"))
    assert (shape.type, shape.frame, shape.label_id, shape.rotation) == ("rectangle", 3, 1, 33.5)
    assert shape.points == [0.1 * 200, 0.2 * 100, (0.1 + 1 / 3) * 200, (0.2 + 0.4) * 100]
    assert [(a.spec_id, a.value) for a in shape.attributes] == [(40, ID)]


@pytest.mark.parametrize(("turn", "sent_as"), [(-90.0, 270.0), (450, 90.0), (NAN, 0.0), ("x", 0.0)])
def test_a_turn_is_sent_in_degrees_from_0_to_360(turn: Any, sent_as: float) -> None:
    (shape,) = shapes(sent(Detection("cat", [0, 0, 1, 1], rotation=turn), "detections"))
    assert shape.rotation == sent_as


def test_attributes_flags_and_groups_go_along() -> None:
    box = Detection(
        "cat", [0, 0, 1, 1], note=5, mood="wild", ok=True, hidden=True, family=4, other=1
    )
    (shape,) = shapes(sent(box, "detections"))
    assert (shape.occluded, shape.group) == (True, 4)
    texts = {item.spec_id: item.value for item in shape.attributes}
    assert texts == {10: "5", 20: "wild", 30: "true", 40: box.id}


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        (Detection("bird", [0, 0, 1, 1]), "detections"),
        (Detection(None, [0, 0, 1, 1]), "detections"),
        (Detection("cat"), "detections"),
        (Detection("cat", [0, NAN, 1, 1]), "detections"),
        (Detection("cat", [0, 0, 1, 1]), "instances"),
        (Polyline("cat", [[(0, 0), (1, 1)]]), "polygons"),
        (Polyline("cat", [[(0, 0)]]), "polylines"),
        (Polyline("cat", [[(0, 0), (NAN, 1)]]), "polylines"),
        (Polyline("cat"), "polylines"),
        (Keypoint("cat", [(NAN, NAN)]), "keypoints"),
        (Segmentation(), "segmentation"),
        (Segmentation(mask=np.zeros((4, 4), dtype=np.uint8)), "segmentation"),
    ],
)
def test_what_can_not_be_drawn_is_not_sent(label: Label, kind: LabelType) -> None:
    assert sent(label, kind) == []


def test_a_class_for_the_image_is_a_tag() -> None:
    (piece,) = sent(Classification("cat", id=ID, note="n"), "classifications")
    assert piece.record == wire.Tag(
        frame=3,
        label_id=1,
        attributes=[
            wire.AttributeValue(spec_id=40, value=ID),
            wire.AttributeValue(spec_id=10, value="n"),
        ],
    )


def test_an_instance_is_a_mask_on_the_pixel_grid() -> None:
    mask = np.array([[1, 0], [1, 1]], dtype=np.uint8)
    (shape,) = shapes(sent(Detection("cat", [0.05, 0.1, 0.01, 0.02], mask=mask), "instances"))
    assert (shape.type, shape.points) == ("mask", [0, 1, 1, 2, 10, 10, 11, 11])


def test_an_instance_stored_at_another_resolution_takes_the_size_of_its_box() -> None:
    mask = np.ones((2, 2), dtype=np.bool_)
    (shape,) = shapes(sent(Detection("cat", [0.05, 0.1, 0.02, 0.04], mask=mask), "instances"))
    assert shape.points == [0, 16, 10, 10, 13, 13]


def test_each_part_of_a_polygon_is_a_shape_and_keeps_its_number() -> None:
    parts: list[list[tuple[float, float]]] = [
        [(0, 0), (1, 0)],
        [(0.5, 0), (1, 0), (1, 1)],
        [(0, 0), (0, 1), (0.25, 1)],
    ]
    pieces = sent(Polyline("cat", parts, closed=True, filled=True), "polygons")
    assert [(piece.part, piece.record.points) for piece in pieces] == [  # type: ignore[union-attr]
        (1, [100, 0, 200, 0, 200, 100]),
        (2, [0, 0, 0, 100, 50, 100]),
    ]


def test_missing_keypoints_are_left_out() -> None:
    (shape,) = shapes(sent(Keypoint("cat", [(0.1, 0.1), (NAN, NAN), (0.5, 0.5)]), "keypoints"))
    assert shape.points == [20, 10, 100, 50]


def test_a_segmentation_is_a_mask_for_each_class() -> None:
    mask = np.zeros((100, 200), dtype=np.uint8)
    mask[10:12, 20:23] = 1
    mask[50:60, 50:60] = 7
    mask[90, 90] = 99
    pieces = sent(Segmentation(mask=mask, id=ID), "segmentation")
    assert [(p.part, p.record.label_id, p.record.points) for p in pieces] == [  # type: ignore[union-attr]
        (0, 1, [0, 6, 20, 10, 22, 11]),
        (1, 2, [0, 100, 50, 50, 59, 59]),
    ]


SQUARE = [(0.1, 0.1), (0.2, 0.1), (0.2, 0.3)]
BOX = Detection("cat", [0.1, 0.2, 1 / 3, 0.4], id=ID, note=5)


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        (Classification("cat"), "classifications"),
        (BOX, "detections"),
        (Detection("cat", [0.11, 0.13, 0.3, 0.3], mask=np.eye(7)), "instances"),
        (Polyline("cat", [SQUARE, SQUARE[::-1]], closed=True), "polygons"),
        (Polyline("cat", [SQUARE]), "polylines"),
        (Keypoint("cat", [*SQUARE, (NAN, NAN)]), "keypoints"),
    ],
)
def test_what_comes_back_as_sent_is_no_edit(label: Label, kind: LabelType) -> None:
    pieces = sent(label, kind)
    assert edits(label, kind, *[{} for _ in pieces]) == {}
    assert all(same_record(piece.record, piece.record) for piece in pieces)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"label_id": 2}, {"label": "dog"}),
        ({"rotation": 12.5}, {"rotation": 12.5}),
        ({"occluded": True}, {"hidden": True}),
        ({"group": 6}, {"family": 6}),
        ({"group": 0}, {}),
        ({"z_order": 9, "source": "auto", "outside": True, "id": 88}, {}),
        # The right edge moved: x, y and height keep their bits.
        (
            {"points": [20.0, 20.0, 100.0, 60.00000000000001]},
            {"bounding_box": [0.1, 0.2, 0.4, 0.4]},
        ),
        ({"points": [10.0, 20.0, 100.0, 70.0]}, {"bounding_box": [0.05, 0.2, 0.45, 0.5]}),
        ({"attributes": [wire.AttributeValue(spec_id=10, value="6")]}, {"note": 6}),
        ({"attributes": [wire.AttributeValue(spec_id=10, value="")]}, {"note": None}),
        ({"attributes": [wire.AttributeValue(spec_id=40, value="x")]}, {}),
    ],
)
def test_an_edit_of_a_box_is_read_as_exactly_that(
    change: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert sent(BOX, "detections")[0].record.points[3] == 60.00000000000001  # type: ignore[union-attr, index]
    assert edits(BOX, "detections", change) == expected


def test_a_new_mask_keeps_the_kind_of_numbers() -> None:
    label = Detection("cat", [0, 0, 0.02, 0.02], mask=np.full((2, 4), 255, dtype=np.uint8))
    read = edits(label, "instances", {"points": [1, 2, 10, 10, 12, 10]})
    assert read["bounding_box"] == [0.05, 0.1, 3 / 200, 1 / 100]
    assert read["mask"].dtype == np.uint8
    assert read["mask"].tolist() == [[0, 255, 255]]


def test_one_part_of_a_polygon_is_moved_another_deleted_and_a_short_one_kept() -> None:
    label = Polyline("cat", [SQUARE, [(0, 0)], SQUARE, SQUARE], filled=True)
    moved = [20.0, 10.0, 50.0, 10.0, 40.0, 30.0]
    read = edits(label, "polygons", {}, {"points": moved}, None)
    assert read == {"points": [SQUARE, [(0, 0)], [(0.1, 0.1), (0.25, 0.1), (0.2, 0.3)]]}


def test_points_that_are_the_same_to_the_server_keep_their_own_floats() -> None:
    label = Polyline("cat", [SQUARE, [(0.0, 0.5), (-0.0, 0.5), (0.5, -0.0)]])
    moved = [20.0, 10.0, 50.0, 10.0, 40.0, 30.0]
    (_, kept) = edits(label, "polylines", {"points": moved}, {})["points"]
    assert str(kept) == "[(0.0, 0.5), (-0.0, 0.5), (0.5, -0.0)]"


@pytest.mark.parametrize(
    ("old", "came", "new"),
    [
        # Moved: the missing one stays where it is.
        ([(0.1, 0.1), (NAN, NAN), (0.5, 0.5)], [30, 10, 100, 50], [(0.15, 0.1), None, (0.5, 0.5)]),
        # Deleted, places matter: it becomes missing.
        ([(0.1, 0.1), (NAN, NAN), (0.5, 0.5)], [100, 50], [None, None, (0.5, 0.5)]),
        # Added, places matter: to the end.
        (
            [(0.1, 0.1), (NAN, NAN)],
            [20, 10, 40, 40],
            [(0.1, 0.1), None, (0.2, 0.4)],
        ),
        # Nothing was missing: the points are as they come.
        ([(0.1, 0.1), (0.5, 0.5)], [100, 50], [(0.5, 0.5)]),
        ([(0.1, 0.1)], [100, 50, 20, 10], [(0.5, 0.5), (0.1, 0.1)]),
    ],
)
def test_keypoints_keep_their_places(
    old: list[tuple[float, float]], came: list[float], new: list[tuple[float, float] | None]
) -> None:
    read = edits(Keypoint("cat", old), "keypoints", {"points": [float(v) for v in came]})
    shown = [None if math.isnan(point[0]) else point for point in read["points"]]
    assert shown == new


def segmentation() -> Segmentation:
    mask = np.zeros((100, 200), dtype=np.uint8)
    mask[0:2, 0:2] = 1
    mask[5, 5] = 7
    mask[9, 9] = 99
    return Segmentation(mask=mask)


def test_a_segmentation_changes_only_where_its_pieces_did() -> None:
    label = segmentation()
    cat, dog = shapes(sent(label, "segmentation"))
    assert segmentation_edit(label, FRAME, [cat, dog], [cat, dog], [], read()) is None
    grown = wire.Shape(type="mask", frame=3, label_id=2, points=[0, 2, 5, 5, 6, 5])
    drawn = wire.Shape(type="polygon", frame=3, label_id=1, points=[20, 20, 22, 20, 22, 22, 20, 22])
    out = segmentation_edit(label, FRAME, [cat, dog], [None, grown], [drawn], read())
    assert out is not None
    assert out.dtype == np.uint8
    assert np.argwhere(out == 7).tolist() == [[5, 5], [5, 6]]
    assert np.argwhere(out == 1).tolist() == [[20, 20], [20, 21], [21, 20], [21, 21]]
    assert np.argwhere(out == 99).tolist() == [[9, 9]]
    assert label.mask is not None
    assert label.mask[0, 0] == 1


def test_a_class_value_that_needs_more_bits_gets_them() -> None:
    wide = wire.Shape(type="mask", frame=3, label_id=2, points=[0, 1, 5, 5, 5, 5])
    out = segmentation_edit(segmentation(), FRAME, [], [], [wide], read({300: "dog"}))
    assert out is not None
    assert out[5, 5] == 300


def test_a_new_segmentation_is_painted_in_order() -> None:
    one = wire.Shape(type="mask", frame=3, label_id=1, points=[0, 4, 0, 0, 1, 1])
    two = wire.Shape(type="mask", frame=3, label_id=2, points=[0, 1, 1, 1, 1, 1])
    label = new_segmentation([one, two], FRAME, read())
    assert label is not None
    assert label.mask is not None
    assert label.mask.shape == (100, 200)
    assert label.mask[:2, :2].tolist() == [[1, 1], [1, 7]]
    assert new_segmentation([], FRAME, read()) is None


def shape(type_: str, points: list[float], **more: Any) -> wire.Shape:
    return wire.Shape(type=type_, frame=3, label_id=1, points=points, **more)


@pytest.mark.parametrize(
    ("record", "kind", "label"),
    [
        (
            shape("rectangle", [20, 20, 60, 60]),
            "detections",
            Detection("cat", [0.1, 0.2, 0.2, 0.4]),
        ),
        (
            shape("rectangle", [20, 20, 60, 60], rotation=5.0),
            "polygons",
            Detection("cat", [0.1, 0.2, 0.2, 0.4], rotation=5.0),
        ),
        (
            shape("mask", [0, 1, 1, 2, 20, 20, 21, 21]),
            "detections",
            Detection("cat", [0.1, 0.2, 0.01, 0.02], mask=np.array([[True, False], [True, True]])),
        ),
        (
            shape("polygon", [20, 20, 22, 20, 22, 22, 20, 22]),
            "instances",
            Detection("cat", [0.1, 0.2, 0.01, 0.02], mask=np.ones((2, 2), dtype=np.bool_)),
        ),
        (
            shape("mask", [0, 4, 20, 20, 21, 21]),
            "polygons",
            Polyline(
                "cat",
                [[(0.1, 0.2), (0.11, 0.2), (0.11, 0.22), (0.1, 0.22)]],
                filled=True,
                closed=True,
            ),
        ),
        (
            shape("polygon", [20, 20, 22, 20, 22, 22]),
            "polylines",
            Polyline("cat", [[(0.1, 0.2), (0.11, 0.2), (0.11, 0.22)]], closed=True),
        ),
        (
            shape("polyline", [20, 20, 22, 20]),
            "detections",
            Polyline("cat", [[(0.1, 0.2), (0.11, 0.2)]]),
        ),
        (shape("points", [20, 20]), "keypoints", Keypoint("cat", [(0.1, 0.2)])),
        (wire.Tag(frame=3, label_id=1), "detections", Classification("cat")),
    ],
)
def test_new_labels(record: Record, kind: LabelType, label: Label) -> None:
    made = new_label(record, kind, FRAME, "cat", read())
    assert made is not None
    label.id = made.id
    made.values.pop("hidden", None)  # type: ignore[attr-defined]
    assert made == label


def test_a_new_label_with_attributes() -> None:
    values = [(10, "5"), (20, "wild"), (30, "false"), (40, ID)]
    attributes = [wire.AttributeValue(spec_id=spec, value=text) for spec, text in values]
    record = shape("rectangle", [0, 0, 1, 1], attributes=attributes, occluded=True, group=3)
    made = new_label(record, "detections", FRAME, "cat", read())
    assert made is not None
    assert dict(made.iter_attributes()) == {
        "note": 5, "mood": "wild", "ok": False, "hidden": True, "family": 3
    }  # fmt: skip
    assert made.id != ID
    assert read().label_id(record) == ID


def test_shapes_that_no_label_can_hold() -> None:
    assert new_label(shape("hyperbola", [1, 2, 3, 4]), "detections", FRAME, "cat", read()) is None


@pytest.mark.parametrize(
    ("type_", "numbers"),
    [
        ("rectangle", [1, 2, 3]),
        ("rectangle", [1, 2, 3, 4, 5]),
        ("rectangle", [1, 2, 3, NAN]),
        ("ellipse", []),
        ("cuboid", [1, 2, 3, 4]),
        ("polygon", [1, 2, 3, 4]),
        ("polygon", [1, 2, 3, 4, 5, 6, 7]),
        ("polyline", [1, 2]),
        ("points", [1, 2, 3]),
        ("points", []),
        ("skeleton", []),
        ("mask", [1, 2, 3]),
    ],
)
def test_a_damaged_shape_is_an_error(type_: str, numbers: list[float]) -> None:
    with pytest.raises(LabelError):
        new_label(shape(type_, numbers), "detections", FRAME, "cat", read())
    if type_ != "mask":
        label = {"polygon": Polyline, "polyline": Polyline, "points": Keypoint}.get(
            type_, Detection
        )("cat")
        sent = shape(type_, [9.0] * 4)
        with pytest.raises(LabelError):
            edits_of(
                label, "detections", FRAME, [Piece(0, sent)], {0: shape(type_, numbers)}, read()
            )


def test_a_shape_of_an_unknown_class_is_an_error() -> None:
    with pytest.raises(LabelError, match="class is unknown"):
        new_label(shape("rectangle", [1, 2, 3, 4]), "detections", FRAME, "", read())


def test_a_damaged_mask_is_an_error() -> None:
    with pytest.raises(LabelError):
        new_label(shape("mask", [0, 5, 0, 0, 1, 1]), "instances", FRAME, "cat", read())


def test_the_defaults_of_a_new_class_are_no_edits() -> None:
    label = Detection("cat", [0.1, 0.2, 0.3, 0.4], note="n", ok=True)
    pieces = pieces_of(label, "detections", FRAME, class_of=CLASSES.by_name.get, tools=TOOLS)
    everywhere = Reading(
        class_name=lambda number: CLASSES.by_id[number].name,
        attribute_names={**CLASSES.attribute_names, 50: "note", 60: "ok"},
        tools=lambda _: TOOLS,
    )
    values = [
        wire.AttributeValue(spec_id=50, value=""),
        wire.AttributeValue(spec_id=60, value="false"),
    ]
    (piece,) = pieces
    came = msgspec.structs.replace(piece.record, label_id=2, attributes=values)
    assert edits_of(label, "detections", FRAME, pieces, {0: came}, everywhere) == {"label": "dog"}
