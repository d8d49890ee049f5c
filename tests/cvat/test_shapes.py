"""Every shape that CVAT can draw, as labels hold it and back: by hand, and for any numbers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

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
from viewfinder.cvat.rle import decode_mask
from viewfinder.cvat.to_cvat import Frame, LabelType, MaskTargets, Piece, pieces_of
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
from viewfinder.labels.base import same_value

FRAME = Frame(0, (200, 100))
TOOLS = (
    AttributeTool("note"),
    AttributeTool("kind", "select", values=("a", 1, True)),
    AttributeTool("ok", "checkbox"),
    AttributeTool("hidden", "occluded"),
    AttributeTool("family", "group_id"),
    AttributeTool("layer", "z_order"),
    AttributeTool("origin", "source"),
)
SPECS = [
    wire.AttributeSpec(id=10 * n, name=name)
    for n, name in enumerate(["note", "kind", "ok", LABEL_ID], start=1)
]
CLASSES = ServerClasses([
    wire.Label(id=1, name="cat", attributes=SPECS), wire.Label(id=2, name="dog", attributes=SPECS)
])  # fmt: skip
COLOURS = {"#ff0000": "cat", "#0000ff": "dog"}


def reading(targets: MaskTargets | None = None) -> Reading:
    return Reading(
        class_name=lambda number: CLASSES.by_id[number].name if number in CLASSES.by_id else None,
        attribute_names=CLASSES.attribute_names,
        tools=lambda _: TOOLS,
        mask_targets=targets,
    )


def sent(label: Label, kind: LabelType, targets: MaskTargets | None = None) -> list[Piece]:
    return pieces_of(
        label, kind, FRAME, class_of=CLASSES.by_name.get, tools=TOOLS, mask_targets=targets
    )


def one(label: Label, kind: LabelType) -> wire.Shape:
    (piece,) = sent(label, kind)
    assert isinstance(piece.record, wire.Shape)
    return piece.record


def over_the_wire(record: Record) -> Any:
    return msgspec.json.decode(wire.encode(record), type=type(record))


def edits(label: Label, kind: LabelType, **change: Any) -> dict[str, Any]:
    (piece,) = pieces = sent(label, kind)
    came = msgspec.structs.replace(over_the_wire(piece.record), **change)
    return edits_of(label, kind, FRAME, pieces, {piece.part: came}, reading())


def made(record: wire.Shape, kind: LabelType) -> Label:
    label = new_label(record, kind, FRAME, "cat", reading())
    assert label is not None
    return label


# Turned boxes


@pytest.mark.parametrize(("turn", "degrees"), [(-1e-17, 0.0), (720.0, 0.0), (-90, 270.0)])
def test_a_turn_is_from_0_to_below_360(turn: float, degrees: float) -> None:
    assert one(Detection("cat", [0, 0, 1, 1], rotation=turn), "detections").rotation == degrees


@given(st.floats(-720, 720), st.floats(0, 359.999999))
def test_a_turn_comes_back_to_the_last_bit(turn: float, edited: float) -> None:
    label = Detection("cat", [0.1, 0.1, 0.3, 0.4], rotation=turn)
    assert edits(label, "detections") == {}
    found = edits(label, "detections", rotation=edited)
    assert found == ({} if edited == turn % 360 else {"rotation": edited})


# Ellipses


ELLIPSE = Detection("cat", [0.3, 0.4, 0.4, 0.2], shape_type="ellipse", rotation=30.0)


def test_an_ellipse_is_its_centre_its_right_end_and_its_top() -> None:
    shape = one(ELLIPSE, "detections")
    assert (shape.type, shape.points, shape.rotation) == ("ellipse", [100, 50, 140, 40], 30)


@pytest.mark.parametrize(
    ("points", "box"),
    [
        ([110.0, 50.0, 150.0, 40.0], [0.35, 0.4, 0.4, 0.2]),
        ([100.0, 50.0, 150.0, 40.0], [0.25, 0.4, 0.5, 0.2]),
        ([100.0, 50.0, 140.0, 30.0], [0.3, 0.3, 0.4, 0.4]),
    ],
)
def test_an_edited_ellipse(points: list[float], box: list[float]) -> None:
    (found,) = edits(ELLIPSE, "detections", points=points).items()
    assert found == ("bounding_box", pytest.approx(box))


def test_a_new_ellipse_says_what_it_is() -> None:
    label = made(one(ELLIPSE, "detections"), "detections")
    assert isinstance(label, Detection)
    assert label.bounding_box == pytest.approx(ELLIPSE.bounding_box)
    assert (label.get("shape_type"), label.get("rotation")) == ("ellipse", 30)


def test_an_ellipse_that_was_drawn_anew_as_a_box() -> None:
    found = edits(ELLIPSE, "detections", type="rectangle", points=[0.0, 0.0, 20.0, 20.0])
    assert found == {"bounding_box": [0, 0, 0.1, 0.2], "shape_type": None}


def test_a_box_that_came_back_as_something_else_is_an_error() -> None:
    with pytest.raises(LabelError, match="came back as a polygon"):
        edits(ELLIPSE, "detections", type="polygon", points=[0.0, 0.0, 20.0, 20.0, 1.0, 1.0])
    with pytest.raises(LabelError, match="came back as a points"):
        edits(LINE, "polylines", type="points", points=[0.0, 0.0, 20.0, 20.0])


# Cuboids


FRONT = [(0.1, 0.4), (0.4, 0.4), (0.4, 0.8), (0.1, 0.8)]
BEHIND = [(0.2, 0.3), (0.5, 0.3), (0.5, 0.7), (0.2, 0.7)]
CUBOID = Polyline("cat", [FRONT, BEHIND], closed=True, shape_type="cuboid")
# As CVAT has them: upper then lower corner of the front's left and right edge, and behind the
# right and the left one.
CORNERS = [20, 40, 20, 80, 80, 40, 80, 80, 100, 30, 100, 70, 40, 30, 40, 70]


def test_a_cuboid_has_eight_corners() -> None:
    shape = one(CUBOID, "polylines")
    assert shape.type == "cuboid"
    assert shape.points == pytest.approx(CORNERS)


def test_a_moved_corner_of_a_cuboid_moves_alone() -> None:
    points = list(one(CUBOID, "polylines").points or [])
    points[8:10] = [104.0, 20.0]
    found = edits(CUBOID, "polylines", points=points)
    assert found == {"points": [FRONT, [BEHIND[0], (0.52, 0.2), *BEHIND[2:]]]}


@pytest.mark.parametrize("kind", ["polylines", "polygons", "detections"])
def test_a_new_cuboid_is_two_faces(kind: LabelType) -> None:
    shape = wire.Shape(type="cuboid", frame=0, label_id=1, points=[float(v) for v in CORNERS])
    label = made(shape, kind)
    assert isinstance(label, Polyline)
    assert label.points == [FRONT, BEHIND]
    assert (label.closed, label.filled, label.get("shape_type")) == (True, False, "cuboid")


@pytest.mark.parametrize("faces", [[FRONT], [FRONT, BEHIND[:3]], [FRONT, BEHIND, FRONT], []])
def test_faces_that_are_no_cuboid_are_drawn_as_lines(faces: list[Any]) -> None:
    label = Polyline("cat", faces, closed=True, shape_type="cuboid")
    assert {piece.record.type for piece in sent(label, "polylines")} <= {"polygon"}  # type: ignore[union-attr]


# Lines


LINE = Polyline("cat", [[(0.1, 0.1), (0.2, 0.1), (0.2, 0.3)]])


def test_closed_lines_are_drawn_closed_and_stay_closed() -> None:
    label = Polyline("cat", [*(LINE.points or []), [(0, 0), (1, 1)]], closed=True)
    pieces = sent(label, "polylines")
    assert [(piece.part, piece.record.type) for piece in pieces] == [  # type: ignore[union-attr]
        (0, "polygon"), (1, "polyline")
    ]  # fmt: skip
    assert one(LINE, "polylines").type == "polyline"
    came = {piece.part: over_the_wire(piece.record) for piece in pieces}
    came[0].points = [0.0, 0.0, 40.0, 10.0, 40.0, 30.0]
    found = edits_of(label, "polylines", FRAME, pieces, came, reading())
    assert found == {"points": [[(0, 0), (0.2, 0.1), (0.2, 0.3)], [(0.0, 0.0), (1.0, 1.0)]]}


def test_a_new_polygon_in_a_field_of_lines_is_a_closed_line() -> None:
    label = made(
        wire.Shape(type="polygon", frame=0, label_id=1, points=[0, 0, 20, 0, 20, 10]), "polylines"
    )
    assert isinstance(label, Polyline)
    assert (label.closed, label.filled) == (True, False)


# Masks


def test_a_mask_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    pixels = np.zeros((4, 6), dtype=np.uint8)
    pixels[1:, 2:] = 255
    pixels[2, 3] = 0
    Image.fromarray(pixels).save(path)
    label = Detection("cat", [0.1, 0.1, 0.03, 0.04], mask_path=str(path))
    placed = decode_mask(one(label, "instances").points or [])
    assert (placed.left, placed.top) == (20, 10)
    assert np.array_equal(placed.mask, pixels != 0)
    assert edits(label, "instances") == {}
    found = edits(label, "instances", points=[0.0, 2.0, 5.0, 5.0, 6.0, 5.0])
    assert found["bounding_box"] == [5 / 200, 5 / 100, 2 / 200, 1 / 100]
    assert found["mask"].dtype == np.uint8
    assert found["mask"].tolist() == [[255, 255]]


def test_a_mask_in_a_file_of_colours(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    pixels = np.zeros((2, 2, 3), dtype=np.uint8)
    pixels[0, 0] = [0, 9, 0]
    Image.fromarray(pixels).save(path)
    label = Detection("cat", [0, 0, 0.01, 0.02], mask_path=str(path))
    placed = decode_mask(one(label, "instances").points or [])
    assert placed.mask.tolist() == [[True, False], [False, False]]


def test_a_segmentation_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    pixels = np.zeros((100, 200), dtype=np.uint8)
    pixels[:10, :10] = 3
    pixels[50:, 50:] = 9
    Image.fromarray(pixels).save(path)
    label, targets = Segmentation(mask_path=str(path)), {3: "cat"}
    (piece,) = sent(label, "segmentation", targets)
    assert piece.record.points == [0, 100, 0, 0, 9, 9]  # type: ignore[union-attr]
    came = msgspec.structs.replace(piece.record, points=[0.0, 2.0, 0.0, 0.0, 1.0, 0.0])
    mask = segmentation_edit(label, FRAME, [piece.record], [came], [], reading(targets))  # type: ignore[list-item]
    assert mask is not None
    pixels[:10, :10] = 0
    pixels[0, :2] = 3
    assert np.array_equal(mask, pixels)


def test_a_segmentation_in_colours() -> None:
    pixels = np.zeros((100, 200, 3), dtype=np.uint8)
    pixels[:10, :10] = [255, 0, 0]
    pixels[20:30, 20:40] = [0, 0, 255]
    pixels[90:, 90:] = [1, 2, 3]
    label = Segmentation(mask=pixels)
    pieces = sent(label, "segmentation", COLOURS)
    assert [(p.part, p.record.label_id) for p in pieces] == [(0, 1), (1, 2)]
    records = [piece.record for piece in pieces]
    assert segmentation_edit(label, FRAME, records, records, [], reading(COLOURS)) is None  # type: ignore[arg-type]
    grown = wire.Shape(type="mask", frame=0, label_id=2, points=[0, 4, 0, 0, 1, 1])
    mask = segmentation_edit(
        label, FRAME, records, [None, records[1]], [grown], reading(COLOURS)  # type: ignore[arg-type, list-item]
    )  # fmt: skip
    expected = pixels.copy()
    expected[:10, :10] = 0
    expected[:2, :2] = [0, 0, 255]
    assert mask is not None
    assert np.array_equal(mask, expected)
    made = new_segmentation([grown], FRAME, reading(COLOURS))
    assert made is not None
    assert made.mask is not None
    assert made.mask.shape == (100, 200, 3)
    assert made.mask[0, 0].tolist() == [0, 0, 255]


def test_colours_do_not_meet_masks_of_numbers() -> None:
    plain, coloured = np.ones((100, 200), np.uint8), np.ones((100, 200, 3), np.uint8)
    assert sent(Segmentation(mask=plain), "segmentation", COLOURS) == []
    assert sent(Segmentation(mask=coloured), "segmentation", {1: "cat"}) == []


# CVAT's own properties


def test_flags_group_order_and_source_go_along_and_come_back() -> None:
    label = Detection(
        "cat", [0, 0, 1, 1], hidden="True", family=7, layer=-2, origin="semi-auto", note=None
    )
    shape = one(label, "detections")
    assert (shape.occluded, shape.group, shape.z_order, shape.source) == (True, 7, -2, "semi-auto")
    assert edits(label, "detections") == {}
    changed = edits(label, "detections", occluded=False, group=0, z_order=3, source="manual")
    assert changed == {"hidden": False, "family": None, "layer": 3, "origin": "manual"}
    fresh = made(shape, "detections")
    assert [fresh.get(tool.name) for tool in TOOLS[3:]] == [True, 7, -2, "semi-auto"]


@pytest.mark.parametrize("origin", [None, "", "camera", 5])
def test_a_source_that_the_server_does_not_know_is_said_to_be_manual(origin: Any) -> None:
    label = Detection("cat", [0, 0, 1, 1], origin=origin, layer="x", family=True)
    shape = one(label, "detections")
    assert (shape.source, shape.z_order, shape.group) == ("manual", 0, None)
    assert edits(label, "detections") == {}


@pytest.mark.parametrize(
    "text", ["007", "1_000", "nan", "None", "é 犬", "x" * 64, " ", "1e3", "-0"]
)
def test_texts_stay_texts(text: str) -> None:
    label = Classification("cat", note=text)
    assert edits(label, "classifications") == {}
    values = [wire.AttributeValue(spec_id=10, value=text)]
    for before in (None, "other"):
        other = Classification("cat", note=before)
        assert edits(other, "classifications", attributes=values) == {"note": text}


# Whatever there is comes back as it went


NUMBER = st.floats(-0.5, 1.5)
POINT = st.tuples(NUMBER, NUMBER)
PART = st.lists(POINT, max_size=6)
EXTENT = st.floats(1e-9, 1.2)
BOX = st.tuples(NUMBER, NUMBER, EXTENT, EXTENT).map(list)
MASK = arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9)))
OWN = st.fixed_dictionaries(
    {"label": st.sampled_from(["cat", "dog"])},
    optional={
        "note": st.sampled_from(["007", "1_000", "nan", "None", "", "é"]) | st.integers(),
        "kind": st.sampled_from(["a", 1, True]),
        "ok": st.booleans(),
        "hidden": st.booleans(),
        "family": st.integers(0, 2**31 - 1),
        "layer": st.integers(-5, 5),
        "origin": st.sampled_from(["manual", "auto", "semi-auto", "file", "other"]),
        "index": st.integers(0, 9),
    },
)
LABELS: dict[LabelType, st.SearchStrategy[Label]] = {
    "classifications": st.builds(lambda own: Classification(confidence=0.3, **own), OWN),
    "detections": st.builds(
        lambda own, box, turn, kind: Detection(
            bounding_box=box, rotation=turn, shape_type=kind, confidence=0.3, **own
        ),
        OWN, BOX, st.floats(-360, 360), st.sampled_from([None, "ellipse"]),
    ),
    "instances": st.builds(
        lambda own, box, mask: Detection(bounding_box=box, mask=mask, **own), OWN, BOX, MASK
    ),
    "polygons": st.builds(
        lambda own, parts, closed: Polyline(points=parts, closed=closed, filled=True, **own),
        OWN, st.lists(PART, max_size=3), st.booleans(),
    ),
    "polylines": st.builds(
        lambda own, parts, closed, kind: Polyline(
            points=parts, closed=closed, shape_type=kind, **own
        ),
        OWN,
        st.lists(PART, max_size=3)
        | st.lists(st.lists(POINT, min_size=4, max_size=4), min_size=2, max_size=2),
        st.booleans(), st.sampled_from([None, "cuboid"]),
    ),
    "keypoints": st.builds(
        lambda own, points: Keypoint(points=points, **own),
        OWN, st.lists(POINT | st.just((math.nan, math.nan)), max_size=5),
    ),
}  # fmt: skip


@given(st.data())
def test_left_alone_everything_stays(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(LABELS)))
    label = data.draw(LABELS[kind])
    before = label.copy()
    pieces = sent(label, kind)
    came = {piece.part: over_the_wire(piece.record) for piece in pieces}
    assert all(same_record(piece.record, came[piece.part]) for piece in pieces)
    assert edits_of(label, kind, FRAME, pieces, came, reading()) == {}
    assert label == before


@given(st.data())
def test_drawn_anew_everything_is_the_same_but_for_the_last_bits(data: st.DataObject) -> None:
    kinds: list[LabelType] = ["detections", "polylines", "polygons"]
    kind = data.draw(st.sampled_from(kinds))
    label = data.draw(LABELS[kind])
    if kind != "detections":
        label.set_field("points", label["points"][:1])
    for piece in sent(label, kind):
        fresh = made(over_the_wire(piece.record), kind)
        again = one(fresh, kind)
        assert again.type == one(label, kind).type
        assert again.points == pytest.approx(one(label, kind).points, abs=1e-9, rel=1e-9)
        assert abs(again.rotation - one(label, kind).rotation) <= 1e-6
        assert same_value(fresh.get("hidden"), bool(label.get("hidden")))
