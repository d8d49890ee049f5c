"""Skeletons: the named nodes of a class on the server, and keypoints as such nodes; pure.

A keypoint's points stand in the order of the nodes. A missing point (NaN) is a node that is
*outside*; ``visibility`` says of each point what COCO says: 0 missing, 1 there but hidden, 2 seen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from viewfinder.cvat import wire
from viewfinder.errors import LabelError
from viewfinder.labels import Keypoint

__all__ = [
    "VISIBILITY",
    "Skeleton",
    "elements_of",
    "keypoint_of",
    "node_edits",
    "nodes_in_order",
    "same_elements",
    "sublabels_of",
    "svg_of",
]

VISIBILITY = "visibility"
"""The attribute of a keypoint that holds 0 (missing), 1 (hidden) or 2 (seen) for each point."""

Size = tuple[int, int]
Point = tuple[float, float]

_MISSING: Point = (math.nan, math.nan)
_NODE = re.compile(r"<circle\b[^>]*>")
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What the points of a class are called, and which are joined by lines."""

    names: tuple[str, ...]
    """A name for each point; no two alike."""
    edges: tuple[tuple[int, ...], ...] = ()
    """Lines, each through two or more points, by their positions from 0."""

    def __post_init__(self) -> None:
        if not self.names or len(set(self.names)) < len(self.names):
            raise LabelError(
                "The points of a skeleton need names, no two alike; set the labels of the field's "
                "skeleton in dataset.skeletons."
            )


def sublabels_of(skeleton: Skeleton) -> list[wire.NewLabel]:
    """The nodes of a skeleton as classes to be made."""
    return [wire.NewLabel(name=name, type="points") for name in skeleton.names]


def svg_of(skeleton: Skeleton) -> str:
    """The drawing by which the server knows a skeleton: its nodes on a circle, and its lines."""
    count = len(skeleton.names)
    places = []
    for node in range(count):
        turn = 2 * math.pi * node / count
        places.append((round(50 + 40 * math.sin(turn), 3), round(50 - 40 * math.cos(turn), 3)))
    lines = [
        f'<line x1="{places[one][0]}" y1="{places[one][1]}" x2="{places[other][0]}" '
        f'y2="{places[other][1]}" data-type="edge" data-node-from="{one + 1}" '
        f'data-node-to="{other + 1}"></line>'
        for edge in skeleton.edges
        for one, other in pairwise(edge)
    ]
    nodes = [
        f'<circle r="0.75" cx="{x}" cy="{y}" data-type="element node" data-element-id="{number}" '
        f'data-node-id="{number}" data-label-name="{escape(name)}"></circle>'
        for number, (name, (x, y)) in enumerate(zip(skeleton.names, places, strict=True), start=1)
    ]
    return "".join([*lines, *nodes])


def nodes_in_order(label: wire.Label) -> tuple[tuple[int, str], ...]:
    """Number and name of each node of a class, in the order of its drawing; none: no skeleton.

    Nodes that the drawing does not show come last.
    """
    there = {node.id: node.name for node in label.sublabels or ()}
    drawn: dict[int, int] = {}
    for tag in _NODE.findall(label.svg or ""):
        found = {name: one or other for name, one, other in _ATTRIBUTE.findall(tag)}
        number, node = found.get("data-label-id", ""), found.get("data-node-id", "")
        if number.isdigit() and node.isdigit() and int(number) in there:
            drawn[int(number)] = int(node)
    # Sorting keeps the order of those that have no place.
    last = max(drawn.values(), default=0) + 1
    return tuple(sorted(there.items(), key=lambda item: drawn.get(item[0], last)))


def elements_of(
    label: Keypoint, frame: int, size_wh: Size, node_ids: Sequence[int]
) -> list[wire.Shape] | None:
    """The nodes of a keypoint; None where none of its points is seen.

    A skeleton without a node that is seen can't be shown, and servers drop it from a track.
    """
    points = list(label.points or ())
    visibility = _visibility(label, len(points))
    there = [place for place, point in enumerate(points) if all(map(math.isfinite, point))]
    if not any(visibility[: len(node_ids)]):
        return None
    # A node that is missing has to lie somewhere; where it lies is never read.
    middle = [
        sum(float(points[place][axis]) for place in there) / len(there) * size_wh[axis]
        for axis in (0, 1)
    ]
    elements = []
    for place, node in enumerate(node_ids):
        pixels = middle
        if place < len(points) and all(map(math.isfinite, points[place])):
            x, y = points[place]
            pixels = [float(x) * size_wh[0], float(y) * size_wh[1]]
        state = visibility[place] if place < len(visibility) else 0
        elements.append(
            wire.Shape(
                type="points",
                frame=frame,
                label_id=node,
                points=pixels,
                outside=state == 0,
                occluded=state == 1,
            )
        )
    return elements


def _visibility(label: Keypoint, count: int) -> list[int]:
    """0, 1 or 2 for each point: as the label says, where it says so."""
    given = label.get(VISIBILITY)
    points = label.points or ()
    seen = [2 if all(map(math.isfinite, point)) else 0 for point in points]
    if isinstance(given, list | tuple) and len(given) == count:
        return [
            int(value) if value in (0, 1, 2) and was else was
            for value, was in zip(given, seen, strict=True)
        ]
    return seen


def same_elements(sent: Sequence[wire.Shape] | None, came: Sequence[wire.Shape] | None) -> bool:
    """Whether all nodes are where they were, and seen as they were."""
    return _states(sent) == _states(came)


def _states(elements: Sequence[wire.Shape] | None) -> dict[int, Any]:
    return {item.label_id: _state(item) for item in elements or ()}


def _state(element: wire.Shape | None) -> tuple[int, list[float]]:
    """What is known of a node: 0, 1 or 2 as of visibility, and its pixels where it is there."""
    if element is None or element.outside or len(element.points or ()) != 2:
        return 0, []
    return (1 if element.occluded else 2), list(element.points or ())


def node_edits(
    label: Keypoint, sent: wire.Shape, came: wire.Shape, size_wh: Size, node_ids: Sequence[int]
) -> dict[str, Any]:
    """The attributes of a keypoint that differ after its nodes were edited.

    A node that came back as it was sent keeps its floats; one that is gone becomes missing.
    """
    points: list[Point] = [(float(x), float(y)) for x, y in label.points or ()]
    before, after = _by_node(sent), _by_node(came)
    given = label.get(VISIBILITY)
    # Also what a label says of points that it has not got stays as it is.
    told = isinstance(given, list | tuple) and len(given) == len(points)
    visibility = list(given) if told else _visibility(label, len(points))
    moved = changed = False
    for place, node in enumerate(node_ids):
        was, now = _state(before.get(node)), _state(after.get(node))
        if was == now:
            continue
        changed = changed or now[0] != was[0]
        points += [_MISSING] * (place + 1 - len(points))
        visibility += [0] * (place + 1 - len(visibility))
        if now[0] != was[0]:
            visibility[place] = now[0]
        if now[0] == 0 or now[1] != was[1]:
            points[place] = _relative(now[1], size_wh) if now[0] else _MISSING
            moved = True
    edits: dict[str, Any] = {}
    if moved:
        edits["points"] = points
    if changed and (label.get(VISIBILITY) is not None or 1 in visibility):
        edits[VISIBILITY] = visibility
    return edits


def keypoint_of(shape: wire.Shape, size_wh: Size, node_ids: Sequence[int]) -> Keypoint:
    """The keypoint that a skeleton is; nodes that are missing or outside are missing points.

    Raises:
        LabelError: when it has no node of its class
    """
    nodes = _by_node(shape)
    states = [_state(nodes.get(node)) for node in node_ids]
    if not any(state for state, _ in states):
        raise LabelError("none of the nodes of its class is there")
    points = [_relative(pixels, size_wh) if state else _MISSING for state, pixels in states]
    keypoint = Keypoint(points=points)
    if any(state == 1 for state, _ in states):
        keypoint.set_field(VISIBILITY, [state for state, _ in states])
    return keypoint


def _by_node(shape: wire.Shape) -> Mapping[int, wire.Shape]:
    return {element.label_id: element for element in shape.elements or ()}


def _relative(pixels: Sequence[float], size_wh: Size) -> Point:
    return pixels[0] / size_wh[0], pixels[1] / size_wh[1]
