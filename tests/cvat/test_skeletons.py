"""Keypoints as the skeletons of a class and back: names, order, missing and hidden points."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.cvat import wire
from viewfinder.cvat.from_cvat import Reading, edits_of, new_label, same_record
from viewfinder.cvat.skeletons import VISIBILITY, Skeleton, nodes_in_order, svg_of
from viewfinder.cvat.to_cvat import Frame, Piece, pieces_of
from viewfinder.cvat.tools import AttributeTool, ServerClass, ServerClasses, new_class
from viewfinder.errors import LabelError
from viewfinder.labels import Keypoint
from viewfinder.labels.base import same_value

FRAME = Frame(2, (200, 100))
NAN = (math.nan, math.nan)
POSE = ServerClass(9, "person", {}, ((12, "nose"), (11, "neck"), (13, "hip")))
READING = Reading(
    class_name=lambda number: "person" if number == 9 else None,
    attribute_names={},
    tools=lambda _: (AttributeTool("hidden", "occluded"),),
    node_ids={9: POSE.node_ids},
)
RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "recorded" / "skeletons.json").read_text()
)


def pose(*points: tuple[float, float], **values: Any) -> Keypoint:
    return Keypoint("person", list(points), **values)


def drawn(label: Keypoint) -> wire.Shape:
    (piece,) = pieces_of(
        label,
        "keypoints",
        FRAME,
        class_of=lambda name: POSE if name == "person" else None,
        tools=READING.tools("person"),
    )
    assert isinstance(piece.record, wire.Shape)
    return piece.record


def nodes(shape: wire.Shape) -> list[tuple[int, list[float] | None, bool, bool]]:
    return [(n.label_id, n.points, n.outside, n.occluded) for n in shape.elements or ()]


def edits(label: Keypoint, *changes: tuple[int, dict[str, Any] | None]) -> dict[str, Any]:
    """What is read when the nodes of these places come back changed; None: deleted."""
    sent = drawn(label)
    came = msgspec.json.decode(wire.encode(sent), type=wire.Shape)
    elements: list[wire.Shape | None] = list(came.elements or ())
    for place, change in changes:
        node = elements[place]
        assert node is not None
        elements[place] = None if change is None else msgspec.structs.replace(node, **change)
    # A server may tell nodes in another order.
    came.elements = [node for node in elements[::-1] if node is not None]
    return edits_of(label, "keypoints", FRAME, [Piece(0, sent)], {0: came}, READING)


def test_points_are_nodes_in_their_order() -> None:
    shape = drawn(pose((0.1, 0.1), (0.5, 0.5), (1.1, -0.2), hidden=True))
    assert (shape.type, shape.label_id, shape.points, shape.occluded) == ("skeleton", 9, [], True)
    assert nodes(shape) == [
        (12, [20, 10], False, False),
        (11, [100, 50], False, False),
        (13, [1.1 * 200, -0.2 * 100], False, False),
    ]


def test_missing_points_are_outside_and_hidden_ones_occluded() -> None:
    shape = drawn(pose((0.1, 0.1), NAN, (0.3, 0.3), visibility=[1, 2, 0]))
    assert nodes(shape) == [
        (12, [20, 10], False, True),
        (11, [40, 20], True, False),
        (13, [60, 30], True, False),
    ]


@pytest.mark.parametrize("given_", [None, [1], "hidden", [7, 7, 7]])
def test_a_visibility_that_says_nothing(given_: Any) -> None:
    shape = drawn(pose((0.1, 0.1), NAN, (0.3, 0.3), visibility=given_))
    assert [(n[2], n[3]) for n in nodes(shape)] == [(False, False), (True, False), (False, False)]


def test_a_keypoint_of_which_nothing_is_seen_is_not_sent() -> None:
    hidden = pose((0.1, 0.1), (0.2, 0.2), (0.3, 0.3), visibility=[0, 0, 0])
    beyond = pose(NAN, NAN, NAN, (0.9, 0.9))
    for label in (pose(NAN, NAN), Keypoint("person"), hidden, beyond):
        found = pieces_of(label, "keypoints", FRAME, class_of=lambda _: POSE)
        assert found == []


def test_nothing_changed_is_no_edit() -> None:
    assert edits(pose((0.1, 0.1), NAN, (1 / 3, 0.3), visibility=[1, 0, 2])) == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ((0, {"points": [50.0, 10.0]}), {"points": [(0.25, 0.1), NAN, (1 / 3, 0.3)]}),
        ((0, {"outside": True}), {"points": [NAN, NAN, (1 / 3, 0.3)]}),
        ((0, None), {"points": [NAN, NAN, (1 / 3, 0.3)]}),
        (
            (1, {"outside": False, "points": [20.0, 20.0]}),
            {"points": [(0.1, 0.1), (0.1, 0.2), (1 / 3, 0.3)]},
        ),
        # Where a missing node lies is nobody's business.
        ((1, {"points": [1.0, 1.0]}), {}),
        ((2, {"occluded": True}), {VISIBILITY: [2, 0, 1]}),
        (
            (2, {"occluded": True, "points": [20.0, 20.0]}),
            {"points": [(0.1, 0.1), NAN, (0.1, 0.2)], VISIBILITY: [2, 0, 1]},
        ),
    ],
)
def test_only_the_node_that_differs_is_edited(
    change: tuple[int, dict[str, Any] | None], expected: dict[str, Any]
) -> None:
    found = edits(pose((0.1, 0.1), NAN, (1 / 3, 0.3)), change)
    assert sorted(found) == sorted(expected)
    assert all(same_value(found[name], value) for name, value in expected.items())


def test_visibility_follows_where_the_label_has_it() -> None:
    found = edits(pose((0.1, 0.1), NAN, (0.3, 0.3), visibility=[1, 0, 2]), (0, {"outside": True}))
    assert found[VISIBILITY] == [0, 0, 2]


def test_what_is_said_of_points_that_are_missing_stays_as_it_is() -> None:
    contrary = pose((0.1, 0.1), NAN, (0.3, 0.3), visibility=[1, 2, 2])
    assert VISIBILITY not in edits(contrary, (0, {"points": [50.0, 10.0]}))
    assert edits(contrary, (2, {"occluded": True}))[VISIBILITY] == [1, 2, 1]


def test_points_beyond_the_skeleton_stay_and_missing_ones_are_filled_in() -> None:
    longer = pose((0.1, 0.1), (0.2, 0.2), (0.3, 0.3), (0.9, 0.9))
    assert edits(longer, (0, {"points": [50.0, 10.0]}))["points"][1:] == [
        (0.2, 0.2), (0.3, 0.3), (0.9, 0.9)
    ]  # fmt: skip
    found = edits(pose((0.1, 0.1)), (2, {"outside": False, "points": [20.0, 20.0]}))["points"]
    assert same_value(found, [(0.1, 0.1), NAN, (0.1, 0.2)])


def test_a_new_skeleton_is_a_keypoint() -> None:
    shape = drawn(pose((0.1, 0.1), NAN, (0.3, 0.5), visibility=[1, 0, 2]))
    made = new_label(shape, "keypoints", FRAME, "person", READING)
    assert isinstance(made, Keypoint)
    assert same_value(list(made.points or ()), [(0.1, 0.1), NAN, (0.3, 0.5)])
    assert made.get(VISIBILITY) == [1, 0, 2]
    shape.elements = (shape.elements or [])[2:]
    made = new_label(shape, "keypoints", FRAME, "person", READING)
    assert isinstance(made, Keypoint)
    assert same_value(list(made.points or ()), [NAN, NAN, (0.3, 0.5)])
    assert made.get(VISIBILITY) is None


@pytest.mark.parametrize("elements", [None, [], [wire.Shape(type="points", frame=2, label_id=77)]])
def test_a_skeleton_without_its_nodes_is_an_error(elements: list[wire.Shape] | None) -> None:
    shape = wire.Shape(type="skeleton", frame=2, label_id=9, elements=elements)
    with pytest.raises(LabelError, match="none of the nodes"):
        new_label(shape, "keypoints", FRAME, "person", READING)


def test_nodes_as_a_server_tells_them() -> None:
    """CVAT 2.15 was given a class with an svg that names its nodes."""
    (label,) = msgspec.convert(RECORDED["labels"], list[wire.Label])
    assert nodes_in_order(label) == ((490, "nose"), (491, "neck"))
    classes = ServerClasses([label])
    assert classes.node_ids == {489: (490, 491)}
    (shape,) = msgspec.convert(RECORDED["there"], wire.LabeledData).shapes
    reading = Reading(lambda _: "person", {}, lambda _: (), node_ids=classes.node_ids)
    made = new_label(shape, "keypoints", Frame(0, (10, 10)), "person", reading)
    assert isinstance(made, Keypoint)
    assert list(made.points or ()) == [(0.3, 0.4), (0.4, 0.5)]


def test_the_drawing_gives_the_order_and_undrawn_nodes_come_last() -> None:
    svg = (
        "<circle data-node-id='2' data-label-id='5' r='1'/>"
        '<circle r="1" data-label-id="7" data-type="element node" data-node-id="1"></circle>'
        '<circle data-node-id="3" data-label-id="99"></circle><circle data-node-id="x"></circle>'
    )
    there = [wire.Label(id=number, name=f"n{number}") for number in (4, 5, 6, 7)]
    label = wire.Label(id=1, name="a", sublabels=there, svg=svg)
    assert [number for number, _ in nodes_in_order(label)] == [7, 5, 4, 6]
    assert nodes_in_order(wire.Label(id=1, name="a")) == ()


def test_nodes_follow_the_names_of_the_field() -> None:
    assert POSE.with_points_named(["neck", "hip", "nose"]).node_ids == (11, 13, 12)
    assert POSE.with_points_named(["neck", "hip"]) is POSE
    assert POSE.with_points_named(["neck", "hip", "tail"]) is POSE


def test_a_class_is_made_with_its_skeleton() -> None:
    skeleton = Skeleton(('left "ear"', "né", "<x>"), ((0, 1, 2),))
    made = new_class("cat", (), skeleton=skeleton)
    body = json.loads(wire.encode(made))
    assert body["type"] == "skeleton"
    assert [(node["name"], node["type"]) for node in body["sublabels"]] == [
        ('left "ear"', "points"), ("né", "points"), ("<x>", "points")
    ]  # fmt: skip
    assert body["svg"].count("<circle") == 3
    assert body["svg"].count("<line") == 2
    assert 'data-label-name="left &quot;ear&quot;"' in body["svg"]
    assert 'data-label-name="&lt;x&gt;"' in body["svg"]
    assert "sublabels" not in json.loads(wire.encode(new_class("cat", ())))
    with pytest.raises(LabelError, match="no two alike"):
        Skeleton(("a", "a"))


@given(st.integers(1, 20), st.integers(1, 1000))
def test_the_order_of_our_own_drawing_is_that_of_the_names(count: int, first: int) -> None:
    names = tuple(f"point {n}" for n in range(count))
    svg = svg_of(Skeleton(names, ((0, count - 1),)))
    there = [wire.Label(id=first + n, name=name) for n, name in enumerate(names)]
    for node in there:
        svg = svg.replace(f'data-label-name="{node.name}"', f'data-label-id="{node.id}"')
    label = wire.Label(id=1, name="a", sublabels=there[::-1], svg=svg)
    assert [name for _, name in nodes_in_order(label)] == list(names)


PLACE = st.floats(-0.5, 1.5)
POINTS = st.lists(st.tuples(PLACE, PLACE) | st.just(NAN), max_size=5)


@given(POINTS, st.none() | st.lists(st.integers(0, 2), max_size=5))
def test_every_keypoint_comes_back_as_it_went(
    points: list[tuple[float, float]], visibility: list[int] | None
) -> None:
    label = pose(*points, visibility=visibility)
    pieces = pieces_of(label, "keypoints", FRAME, class_of=lambda _: POSE)
    for piece in pieces:
        came = msgspec.json.decode(wire.encode(piece.record), type=wire.Shape)
        assert same_record(piece.record, came)
        assert edits_of(label, "keypoints", FRAME, pieces, {0: came}, READING) == {}
