"""Records as CVAT's XML for images: the pixel numbers of the file that labels came from, again.

Each label is made an element and read again at once. What does not come back the same, to the last
bit, is written into attributes of ours besides (see :mod:`viewfinder.formats.cvat_elements`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from viewfinder.cvat.skeletons import Skeleton, svg_of
from viewfinder.cvat.to_cvat import Frame
from viewfinder.cvat.tools import LABEL_ID
from viewfinder.errors import LabelError
from viewfinder.formats.cvat_document import Element, node_names
from viewfinder.formats.cvat_elements import (
    Classes,
    ElementReader,
    element_of,
    records_of,
    text_from,
)
from viewfinder.formats.records import Record
from viewfinder.labels import Detection, Keypoint, Label, Polyline
from viewfinder.labels.base import same_value
from viewfinder.labels.shape_types import is_cuboid

__all__ = ["CvatWriter", "CvatWriting"]

_DECIMALS = 6
"""Numbers of a file have few: rounding finds them again."""
_GEOMETRY = frozenset(("bounding_box", "points", "mask", "mask_path", "closed", "filled"))
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    | {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


@dataclass(frozen=True, slots=True)
class CvatWriting:
    """How to write a file of CVAT for images."""

    extra_attrs: bool | str | Collection[str] = True
    """Which attributes of the labels' own are written: all, none or those named."""


class CvatWriter:
    """Encodes records; see :class:`~viewfinder.formats.records.Writer`."""

    def __init__(self, info: Mapping[str, Any], options: CvatWriting) -> None:
        """
        Args:
            info: what the dataset knows about itself: ``task_labels`` are classes as CVAT has them
            options: how to write
        """
        wanted = options.extra_attrs
        self._wanted = (wanted,) if isinstance(wanted, str) else wanted
        self._info = info
        self._labels: list[dict[str, Any]] = deepcopy(list(info.get("task_labels") or []))
        names = [label["name"] for label in self._labels if "parent" not in label]
        nodes = {name: node_names(self._labels, name) for name in names}
        self._classes = Classes({name: found for name, found in nodes.items() if found})
        self._reader = ElementReader("the file to be written", self._classes)
        self._attributes: dict[str, dict[str, None]] = {name: {} for name in names}
        self._num_images = 0

    def encode(self, batch: Sequence[Record]) -> bytes:
        """The images of these records, as XML.

        Raises:
            LabelError: when a label has no class, nothing that can be drawn, or an attribute that
                XML can't hold; it is named with its image
        """
        return b"".join(_encoded(self._image(record)) for record in batch)

    def head(self) -> bytes:
        """The file up to its images: its version and its classes."""
        dates = [
            Element(name, {}, text=str(self._info[name]))
            for name in ("created", "updated")
            if self._info.get(name)
        ]
        labels = Element("labels", {}, children=[_label(each) for each in self._all_labels()])
        size = Element("size", {}, text=str(self._num_images))
        task = Element("task", {}, children=[size, *dates, labels])
        meta = Element("meta", {}, children=[task])
        if self._info.get("dumped"):
            meta.children.append(Element("dumped", {}, text=str(self._info["dumped"])))
        version = Element("version", {}, text="1.1")
        start = b'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n'
        return start + _encoded(version) + _encoded(meta)

    def tail(self) -> bytes:
        """The end of the file."""
        return b"</annotations>\n"

    def _image(self, record: Record) -> Element:
        if record.width is None or record.height is None:
            raise LabelError(
                f"The size of {record.filename} is not known. Call compute_metadata() first."
            )
        given = {
            "id": str(self._num_images),
            "name": record.filename,
            "width": str(record.width),
            "height": str(record.height),
        }
        frame = Frame(self._num_images, (record.width, record.height))
        self._num_images += 1
        image = Element("image", given)
        for labels in record.labels.values():
            for label in () if labels is None else labels.labels:
                image.children += self._elements(label, record.filename, frame)
        return image

    def _elements(self, label: Label, image: str, frame: Frame) -> list[Element]:
        who = f"{type(label).__name__} {label.id} of {image}"
        name = label.get("label")
        if not isinstance(name, str) or not name:
            raise LabelError(
                f"{who} has no class, but an element of CVAT's needs one. Set its label or leave "
                "it out with filter_labels()."
            )
        records = records_of(label, frame, self._classes)
        expected = 1
        if isinstance(label, Polyline) and not is_cuboid(label):
            expected = len(label.points or ())
        if not records or len(records) < expected:
            raise LabelError(
                f"{who} can't be drawn whole: it has no box or no points, a part with a single "
                "point, or a number that is none. Correct it or leave it out with filter_labels()."
            )
        self._attributes.setdefault(name, {})
        elements = []
        for part, record in records:
            one = label
            if expected > 1:
                one = type(label).from_values({**label.values, "points": [label["points"][part]]})
            element = element_of(record, self._classes, _DECIMALS)
            back = self._reader.label_of(element, image, frame)
            if not _same_place(one, back):
                element = element_of(record, self._classes)
                back = self._reader.label_of(element, image, frame)
                if not _same_place(one, back):
                    element.attributes["relative"] = _relative(one)
            if isinstance(one, Polyline):
                for key in ("closed", "filled"):
                    if bool(one.get(key)) != bool(back.get(key)):
                        element.attributes[key] = str(int(bool(one.get(key))))
            if expected > 1:
                element.attributes["part"] = str(part)
            element.children += self._own(label, back, who)
            elements.append(element)
        return elements

    def _own(self, label: Label, back: Label, who: str) -> list[Element]:
        """The attributes that the element does not bring back by itself, and the id."""
        elements = [Element("attribute", {"name": LABEL_ID}, text=label.id)]
        for name, value in label.values.items():
            if name in _GEOMETRY or name in ("id", "label") or value is None:
                continue
            if name == "tags" and not value:
                continue
            if name in back.values and same_value(back.values[name], value):
                continue
            if self._wanted is not True and (self._wanted is False or name not in self._wanted):
                continue
            try:
                text, holds = text_from(value)
            except LabelError as error:
                raise LabelError(
                    f"Attribute '{name}' of {who} can't be written: XML can't hold {error}. Name "
                    "the attributes to write with extra_attrs."
                ) from error
            given = {"name": name} if holds is None else {"name": name, "holds": holds}
            elements.append(Element("attribute", given, text=text))
        self._attributes[label["label"]].update(
            dict.fromkeys(each.attributes["name"] for each in elements)
        )
        return elements

    def _all_labels(self) -> list[dict[str, Any]]:
        """The classes that were given, and what was met besides."""
        labels = deepcopy(self._labels)
        known = {label["name"]: label for label in labels if "parent" not in label}
        for name, attributes in self._attributes.items():
            label = known.get(name)
            nodes = self._classes.nodes.get(name) or []
            if label is None:
                label = {"name": name, "type": "any", "attributes": []}
                labels.append(label)
            have = {each["name"] for each in label.setdefault("attributes", [])}
            label["attributes"] += [
                {"name": each, "mutable": False, "input_type": "text"}
                for each in attributes
                if each not in have
            ]
            drawn = node_names(labels, name)
            if set(drawn) != set(nodes):
                label["svg"] = _drawing(nodes)
                new = [node for node in nodes if node not in drawn]
                labels += [{"name": node, "type": "points", "parent": name} for node in new]
        return labels


def _drawing(nodes: Sequence[str]) -> str:
    return svg_of(Skeleton(tuple(nodes)))


def _same_place(label: Label, back: Label) -> bool:
    """Whether box and points came back to the last bit."""
    if isinstance(label, Detection):
        return same_value(list(label.bounding_box or ()), list(back.get("bounding_box") or ()))
    if isinstance(label, (Polyline, Keypoint)):
        return same_value(_plain(label.points), _plain(back.get("points")))
    return True


def _plain(points: Any) -> Any:
    """Points as lists of floats, whatever they were kept in."""
    if hasattr(points, "tolist"):
        points = points.tolist()
    if isinstance(points, (list, tuple)):
        return [_plain(each) for each in points]
    return None if points is None else float(points)


def _relative(label: Label) -> str:
    def flat(value: Any) -> list[float]:
        return [n for each in value for n in flat(each)] if isinstance(value, list) else [value]

    place = label.bounding_box if isinstance(label, Detection) else label["points"]
    return ",".join(map(repr, flat(_plain(place))))


def _label(label: Mapping[str, Any]) -> Element:
    def leaf(name: str, value: Any) -> Element:
        return Element(name, {}, text=str(value))

    out = Element("label", {}, children=[leaf("name", label["name"])])
    out.children += [leaf(key, label[key]) for key in ("color", "type") if label.get(key)]
    attributes = Element("attributes", {})
    for each in label.get("attributes") or ():
        attributes.children.append(
            Element(
                "attribute",
                {},
                children=[
                    leaf("name", each["name"]),
                    leaf("mutable", bool(each.get("mutable"))),
                    leaf("input_type", each.get("input_type") or "text"),
                    leaf("default_value", each.get("default_value") or ""),
                    leaf("values", "\n".join(map(str, each.get("values") or ()))),
                ],
            )
        )
    out.children.append(attributes)
    out.children += [leaf(key, label[key]) for key in ("svg", "parent") if label.get(key)]
    return out


def _encoded(element: Element, depth: int = 1) -> bytes:
    """An element as lines of XML."""
    return "".join(_lines(element, depth)).encode()


def _lines(element: Element, depth: int) -> list[str]:
    indent = "  " * depth
    given = "".join(f' {name}="{_escaped(text)}"' for name, text in element.attributes.items())
    start = f"{indent}<{element.name}{given}>"
    if not element.children:
        return [f"{start}{_escaped(element.text)}</{element.name}>\n"]
    inside = [line for child in element.children for line in _lines(child, depth + 1)]
    return [f"{start}\n", *inside, f"{indent}</{element.name}>\n"]


def _escaped(text: str) -> str:
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        raise LabelError(
            f"XML can't hold the character {forbidden.group()!r} of {text[:60]!r}. Take it out, or "
            "name the attributes to write with extra_attrs."
        )
    return text.translate(_ESCAPES)
