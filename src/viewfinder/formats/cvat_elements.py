"""Elements of CVAT's XML as labels and labels as elements; the conversion is that of `cvat`.

What an element of CVAT's can't say is in attributes of ours, which CVAT passes over:

- ``closed`` and ``filled``, where they are not what the element says (a polygon is closed and
  filled, a polyline neither);
- ``part``, the place of a polyline's part, where it has several: each is an element;
- ``relative``, our coordinates, where dividing the pixels by the size does not give their last bit.
  They only count where the pixels are still those that were written;
- ``holds`` of an ``<attribute>``, the type of a value whose text looks like another type's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from viewfinder.cvat import wire
from viewfinder.cvat.from_cvat import Reading, new_label
from viewfinder.cvat.skeletons import VISIBILITY
from viewfinder.cvat.to_cvat import Frame, LabelType, pieces_of
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, ServerClass, text_of, value_of
from viewfinder.errors import FormatError, LabelError
from viewfinder.formats.cvat_document import Element
from viewfinder.ids import is_id
from viewfinder.labels import Classification, Detection, Keypoint, Label, Polyline

__all__ = ["KINDS", "Classes", "ElementReader", "element_of", "kind_of", "records_of"]

KINDS: dict[type[Label], str] = {
    Classification: "classifications",
    Detection: "detections",
    Polyline: "polylines",
    Keypoint: "keypoints",
}
"""The kind of labels that each class is read as."""

_CORNERS = tuple(
    f"{axis}{corner}{face}" for face in "12" for corner in ("tl", "bl", "tr", "br") for axis in "xy"
)
_NUMBERED = {
    "box": ("rectangle", ("xtl", "ytl", "xbr", "ybr")),
    "ellipse": ("ellipse", ("cx", "cy", "rx", "ry")),
    "cuboid": ("cuboid", _CORNERS),
}
"""Type of shape, and its numbers, of elements that have a number an attribute."""
_POINTED = ("polygon", "polyline", "points")
_MASK = ("rle", "left", "top", "width", "height")
KNOWN = frozenset(("tag", "mask", "skeleton", *_POINTED, *_NUMBERED))
GEOMETRY = frozenset(("points", *_MASK, *(key for _, keys in _NUMBERED.values() for key in keys)))

NATIVES = (
    AttributeTool("occluded", "occluded"),
    AttributeTool("group_id", "group_id"),
    AttributeTool("z_order", "z_order"),
    AttributeTool("source", "source"),
)
_TAKEN = frozenset(
    (*("id", "seq", "pos", "label", "bounding_box", "mask", "mask_path"),
     *("points", "closed", "filled"))
)  # fmt: skip
"""Names that mean something else here: an attribute of such a name is read as ``cvat_<name>``."""


@dataclass(slots=True)
class Classes:
    """Numbers for names: the conversion knows classes and nodes as a server numbers them."""

    nodes: dict[str, list[str]] = field(default_factory=dict)
    """The names of each skeleton's nodes, in the order of a keypoint's points."""
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    _names: list[tuple[str, str]] = field(default_factory=list)

    def number(self, name: str, node: str = "") -> int:
        """The number of a class, or of a node of it."""
        found = self._numbers.setdefault((name, node), len(self._names))
        if found == len(self._names):
            self._names.append((name, node))
        return found

    def names(self, number: int) -> tuple[str, str]:
        """The class, and the node, of a number."""
        return self._names[number]

    def node_ids(self, name: str, count: int) -> tuple[tuple[int, str], ...]:
        """The first nodes of a class; those that it has not got are called by their numbers."""
        names = self.nodes.setdefault(name, [])
        taken = set(names)
        for place in range(len(names), count):
            free = str(place + 1)
            while free in taken:
                free += "_"
            taken.add(free)
            names.append(free)
        return tuple((self.number(name, node), node) for node in names[:count])


def kind_of(label: Label) -> LabelType:
    """As what a label is converted."""
    if isinstance(label, Classification):
        return "classifications"
    if isinstance(label, Detection):
        return "detections" if label.get("mask") is None else "instances"
    return "polylines" if isinstance(label, Polyline) else "keypoints"


def records_of(
    label: Label, frame: Frame, classes: Classes
) -> list[tuple[int, wire.Shape | wire.Tag]]:
    """The tag or shapes of a label, each with the place of its part."""
    name = label.get("label")
    nodes: tuple[tuple[int, str], ...] = ()
    if isinstance(label, Keypoint):
        points = label.points or ()
        missing = not all(math.isfinite(value) for point in points for value in point)
        if name in classes.nodes or missing or label.get(VISIBILITY) is not None:
            nodes = classes.node_ids(name, len(points))
    server_class = ServerClass(classes.number(name), name, {}, nodes)
    pieces = pieces_of(
        label, kind_of(label), frame, class_of=lambda _name: server_class, tools=NATIVES
    )
    return [(piece.part, piece.record) for piece in pieces]


def element_of(
    record: wire.Shape | wire.Tag, classes: Classes, decimals: int | None = None
) -> Element:
    """The element of a tag or shape, its numbers rounded to so many decimals or not at all."""
    attributes = {"label": classes.names(record.label_id)[0], "source": record.source}
    if record.group:
        attributes["group_id"] = str(record.group)
    if isinstance(record, wire.Tag):
        return Element("tag", attributes)
    attributes["occluded"] = str(int(record.occluded))
    name = "box" if record.type == "rectangle" else record.type
    attributes.update(_numbers_of(name, record.points or [], decimals))
    if record.rotation:
        attributes["rotation"] = repr(float(record.rotation))
    attributes["z_order"] = str(record.z_order)
    element = Element(name, attributes)
    for node in record.elements or ():
        element.children.append(
            Element(
                "points",
                {
                    "label": classes.names(node.label_id)[1],
                    "outside": str(int(node.outside)),
                    "occluded": str(int(node.occluded)),
                    "points": _pairs_text(node.points or [], decimals),
                },
            )
        )
    return element


def _numbers_of(name: str, points: Sequence[float], decimals: int | None) -> dict[str, str]:
    """The attributes that say where an element is, from numbers as servers have them."""
    if name == "skeleton":
        return {}
    if name in _POINTED:
        return {"points": _pairs_text(points, decimals)}
    if name == "mask":
        *runs, left, top, right, bottom = map(int, points)
        box = (left, top, right - left + 1, bottom - top + 1)
        return dict(zip(_MASK, (", ".join(map(str, runs)), *map(str, box)), strict=True))
    if name == "ellipse":
        x, y, end, top_end = points
        points = [x, y, end - x, y - top_end]
    texts = [_number_text(number, decimals) for number in points]
    return dict(zip(_NUMBERED[name][1], texts, strict=True))


@dataclass(slots=True)
class ElementReader:
    """Makes labels of elements."""

    path: object
    """The file's name, for messages."""
    classes: Classes

    def label_of(self, element: Element, image: str, frame: Frame) -> Label:
        """The label of an element; what it can't be made of is refused.

        Raises:
            FormatError: naming line, element and image
        """
        name = element.attributes.get("label")
        if not name:
            self._refuse(element, image, "it has no label; give it a class")
        kind: LabelType = "instances" if element.name == "mask" else "polygons"
        try:
            record = self._record(element, name)
            tools = [tool for tool in NATIVES if _is_set(tool, record)]
            nodes = [node.label_id for node in getattr(record, "elements", None) or ()]
            order = {node: place for place, node in enumerate(self.classes.nodes.get(name, ()))}
            nodes.sort(key=lambda number: order[self.classes.names(number)[1]])
            reading = Reading(
                lambda _number: name, {}, lambda _name: tools, None, {record.label_id: nodes}
            )
            label = new_label(record, kind, frame, name, reading)
            assert label is not None
            self._add_own(label, element, frame)
            self._add_attributes(label, element)
        except (ValueError, OverflowError) as error:
            self._refuse(element, image, str(error).rstrip("."))
        return label

    def _refuse(self, element: Element, image: str, reason: str) -> NoReturn:
        raise FormatError(
            self.path,
            f"line {element.line}: <{element.name}> of image '{image}' can't be read: {reason}. "
            "Correct it there or take it out",
        )

    def _record(self, element: Element, name: str) -> wire.Shape | wire.Tag:
        given = element.attributes
        group = _whole(given, "group_id", 0) or None
        source = given.get("source", "manual")
        number = self.classes.number(name)
        if element.name == "tag":
            return wire.Tag(frame=0, label_id=number, group=group, source=source)
        type_, points = _points(element)
        shape = wire.Shape(
            type=type_,
            frame=0,
            label_id=number,
            points=points,
            group=group,
            source=source,
            occluded=_flag(given, "occluded"),
            rotation=_number(given, "rotation", "0"),
            z_order=_whole(given, "z_order", 0),
        )
        if type_ == "skeleton":
            known = self.classes.nodes.setdefault(name, [])
            shape.elements = []
            for child in element.all("points"):
                node = child.attributes.get("label", "")
                if node not in known:
                    known.append(node)
                shape.elements.append(
                    wire.Shape(
                        type="points",
                        frame=0,
                        label_id=self.classes.number(name, node),
                        points=_points(child)[1],
                        outside=_flag(child.attributes, "outside"),
                        occluded=_flag(child.attributes, "occluded"),
                    )
                )
        return shape

    def _add_own(self, label: Label, element: Element, frame: Frame) -> None:
        """What attributes of ours say."""
        if isinstance(label, Polyline):
            for key in ("closed", "filled"):
                if key in element.attributes:
                    label.set_field(key, _flag(element.attributes, key))
        if "relative" not in element.attributes:
            return
        numbers = [float(text) for text in element.attributes["relative"].split(",")]
        exact = label.copy()
        if isinstance(label, Detection):
            exact.set_field("bounding_box", numbers)
        elif isinstance(label, Keypoint):
            exact.set_field("points", _pairs(numbers))
        elif isinstance(label, Polyline):
            pairs = iter(_pairs(numbers))
            exact.set_field("points", [[next(pairs) for _ in part] for part in label.points or ()])
        again = [element_of(record, self.classes) for _, record in
                 records_of(exact, frame, self.classes)]  # fmt: skip
        # Somebody may have moved it since: then the pixels are what counts.
        if len(again) == 1 and _geometry(again[0]) == _geometry(element):
            key = "bounding_box" if isinstance(label, Detection) else "points"
            label.set_field(key, exact.get(key))

    def _add_attributes(self, label: Label, element: Element) -> None:
        for attribute in element.all("attribute"):
            name = attribute.attributes.get("name", "")
            text = attribute.text
            if name == LABEL_ID:
                if is_id(text.strip()):
                    label.set_field("id", text.strip())
                continue
            value = value_from(text, attribute.attributes.get("holds"))
            if value is not None:
                label.set_field(f"cvat_{name}" if _is_taken(name, value) else name, value)


def value_from(text: str, holds: str | None) -> Any:
    """The value of an attribute's text; ``true`` and ``false`` are flags, numbers are numbers."""
    if holds == "str":
        return text
    if holds is None and text.strip().lower() in ("true", "false"):
        return text.strip().lower() == "true"
    known: Any = holds if holds in ("bool", "int", "float", "list", "dict") else None
    return value_of(text, AttributeTool("", holds=known))


def text_from(value: Any) -> tuple[str, str | None]:
    """The text of a value, and its type where the text alone would be read as another.

    Raises:
        LabelError: when XML can't hold it
    """
    value = getattr(value, "tolist", lambda: value)()
    if not isinstance(value, (bool, int, float, str, list, tuple, dict)):
        raise LabelError(f"a {type(value).__name__}")
    try:
        text = text_of(value)
    except (TypeError, ValueError) as error:
        raise LabelError(f"it ({error})") from error
    plain = value_from(text, None)
    if type(plain) is type(value) and (plain == value):
        return text, None
    return text, "list" if isinstance(value, tuple) else type(value).__name__


def _is_set(tool: AttributeTool, record: wire.Shape | wire.Tag) -> bool:
    if tool.type == "source":
        return record.source != "manual"
    key = "group" if tool.type == "group_id" else tool.type
    return bool(getattr(record, key, None))


def _is_taken(name: str, value: Any) -> bool:
    if name == "tags":
        return not (isinstance(value, list) and all(isinstance(tag, str) for tag in value))
    if name == "index":
        return not isinstance(value, int)
    if name == "confidence":
        return isinstance(value, (bool, str))
    return name in _TAKEN or not name


def _points(element: Element) -> tuple[str, list[float]]:
    """The type of a shape, and its numbers as servers have them."""
    given = element.attributes
    if element.name == "skeleton":
        return "skeleton", []
    if element.name == "mask":
        runs = [float(int(run)) for run in given.get("rle", "").split(",") if run.strip()]
        left, top, width, height = (_whole(given, key) for key in _MASK[1:])
        return "mask", [*runs, *map(float, (left, top, left + width - 1, top + height - 1))]
    if element.name in _POINTED:
        pairs = [pair.split(",") for pair in given.get("points", "").split(";") if pair.strip()]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError("points are pairs of numbers, like 1.5,2;3,4")
        return element.name, [float(number) for pair in pairs for number in pair]
    type_, keys = _NUMBERED[element.name]
    points = [_number(given, key) for key in keys]
    if type_ == "ellipse":
        x, y, across, down = points
        points = [x, y, x + across, y - down]
    return type_, points


def _number(given: dict[str, str], key: str, default: str | None = None) -> float:
    text = given.get(key, default)
    if text is None:
        raise ValueError(f"its {key} is missing")
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"its {key} is {text!r}, which is no number") from None
    if not math.isfinite(number):
        raise ValueError(f"its {key} is {text!r}, which is no number")
    return number


def _whole(given: dict[str, str], key: str, default: int | None = None) -> int:
    number = _number(given, key, None if default is None else str(default))
    if number != int(number):
        raise ValueError(f"its {key} is {given[key]!r}, which is no whole number")
    return int(number)


def _flag(given: dict[str, str], key: str) -> bool:
    return given.get(key, "0").strip().lower() in ("1", "true")


def _geometry(element: Element) -> Any:
    own = {key: text for key, text in element.attributes.items() if key in GEOMETRY}
    nodes = [child for child in element.children if child.name == "points"]
    return own, [(node.attributes.get("label"), node.attributes.get("points")) for node in nodes]


def _number_text(number: float, decimals: int | None) -> str:
    return repr(float(number) if decimals is None else round(float(number), decimals))


def _pairs_text(points: Sequence[float], decimals: int | None) -> str:
    texts = [_number_text(number, decimals) for number in points]
    return ";".join(f"{x},{y}" for x, y in zip(texts[::2], texts[1::2], strict=True))


def _pairs(numbers: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(numbers[::2], numbers[1::2], strict=True))
