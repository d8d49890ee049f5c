"""CVAT's own XML, "CVAT for images 1.1", as a checked document: its images and its classes.

Source of the format: https://docs.cvat.ai/docs/manual/advanced/xml_format/. Here bytes become
elements that know their line; `cvat_elements.py` makes labels of them and goes the other way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, NoReturn
from xml.parsers import expat

from viewfinder.errors import FormatError

__all__ = ["CvatDocument", "Element", "decode", "node_names"]

_OWNERS = ("task", "project", "job")
_DATES = ("created", "updated", "dumped")
_NODE = re.compile(r"<circle\b[^>]*>")
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass(slots=True)
class Element:
    """An XML element."""

    name: str
    attributes: dict[str, str]
    line: int = 0
    """Where it begins in the file."""
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def child(self, name: str) -> Element | None:
        """The first element of that name inside."""
        return next((each for each in self.children if each.name == name), None)

    def all(self, name: str) -> list[Element]:
        """All elements of that name inside."""
        return [each for each in self.children if each.name == name]


@dataclass(frozen=True, slots=True)
class CvatDocument:
    """A file of CVAT for images."""

    images: Sequence[Element]
    """Each with a name and a size, no two alike."""
    labels: Sequence[dict[str, Any]]
    """The classes of its task, project or job: ``name``, ``color``, ``type``, ``attributes``, and
    ``parent`` where it is the node of a skeleton."""
    info: Mapping[str, str]
    """When it was made, as far as it says so."""


def decode(data: bytes, path: object, *, subset_folders: bool = False) -> CvatDocument:
    """Reads and checks a file of CVAT for images.

    Args:
        data: the file's bytes
        path: its name, for messages
        subset_folders: whether an image of a subset is called by its path in a folder of that name

    Raises:
        FormatError: when it is no XML, no file of CVAT's, one of videos, or an image has no name
            or size; the line and the mend are named
    """
    root = _parse(data, path)
    if root.name != "annotations":
        raise FormatError(
            path,
            f"line {root.line}: a file of CVAT's is an element <annotations>, not <{root.name}>. "
            'Export the task from CVAT as "CVAT for images 1.1"',
        )
    track = root.child("track")
    if track is not None:
        raise FormatError(
            path,
            f"line {track.line}: it has tracks, so it is a file of a video. Export the task from "
            'CVAT as "CVAT for images 1.1", or bring it in with import_annotations()',
        )
    images = root.all("image")
    for image in images if subset_folders else ():
        subset, name = image.attributes.get("subset"), image.attributes.get("name")
        if subset and name:
            image.attributes["name"] = f"{subset}/{name}"
    _check_images(images, path)
    meta = root.child("meta")
    owner = None
    for name in _OWNERS:
        owner = owner or (None if meta is None else meta.child(name))
    found = [(name, _text(part, name)) for part in (meta, owner) if part for name in _DATES]
    labels = None if owner is None else owner.child("labels")
    return CvatDocument(
        images,
        [_label(each, path) for each in (labels.all("label") if labels else [])],
        {name: text for name, text in found if text},
    )


def node_names(labels: Sequence[Mapping[str, Any]], of_class: str) -> list[str]:
    """The names of a skeleton's nodes in the order of its drawing; none where it is no skeleton."""
    names = [str(each["name"]) for each in labels if each.get("parent") == of_class]
    drawing = next((str(each.get("svg") or "") for each in labels if each["name"] == of_class), "")
    places: dict[str, int] = {}
    for tag in _NODE.findall(drawing):
        found = {name: one or other for name, one, other in _ATTRIBUTE.findall(tag)}
        if found.get("data-node-id", "").isdigit():
            places[unescape(found.get("data-label-name", ""))] = int(found["data-node-id"])
    # Sorting keeps the order of those that the drawing does not show.
    last = max(places.values(), default=0) + 1
    return sorted(names, key=lambda name: places.get(name, last))


def _parse(data: bytes, path: object) -> Element:
    top = Element("", {})
    stack = [top]
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        element = Element(name, attributes, parser.CurrentLineNumber)
        stack[-1].children.append(element)
        stack.append(element)

    def end(_name: str) -> None:
        stack.pop()

    def text(part: str) -> None:
        stack[-1].text += part

    def refuse(*_parts: object) -> NoReturn:
        raise FormatError(
            path,
            f"line {parser.CurrentLineNumber}: it declares a document type, which files of CVAT's "
            "never do and which can make a small file huge. Remove the <!DOCTYPE …>",
        )

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    if not data.strip():
        raise FormatError(path, "the file is empty")
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, FormatError):
            raise
        whole = data.rstrip().endswith(b"</annotations>")
        cut = "" if whole else " The file seems to be cut short."
        raise FormatError(
            path,
            f"it is not valid XML: line {parser.CurrentLineNumber}, column "
            f"{parser.CurrentColumnNumber + 1}: {_reason(error)}.{cut} Correct it there or "
            "export it anew",
        ) from error
    return top.children[0]


def _reason(error: Exception) -> str:
    return expat.ErrorString(error.code) if isinstance(error, expat.ExpatError) else str(error)


def _check_images(images: Sequence[Element], path: object) -> None:
    seen: dict[str, int] = {}
    for image in images:
        name = image.attributes.get("name")
        if not name:
            raise FormatError(
                path, f"line {image.line}: an <image> has no name; say which file it is"
            )
        for key in ("width", "height"):
            text = image.attributes.get(key, "")
            if not text.isdecimal() or int(text) < 1:
                raise FormatError(
                    path,
                    f"line {image.line}: the {key} of image '{name}' is "
                    f"{repr(text) if text else 'missing'}; give it in pixels",
                )
        if name in seen:
            raise FormatError(
                path,
                f"line {image.line}: image '{name}' was there in line {seen[name]} already. Give "
                "each image a name of its own; where they lie in folders of their subsets, import "
                "them with subset_folders=True",
            )
        seen[name] = image.line


def _label(element: Element, path: object) -> dict[str, Any]:
    name = _text(element, "name")
    if not name:
        raise FormatError(path, f"line {element.line}: a <label> has no <name>; give it one")
    label: dict[str, Any] = {"name": name}
    for key in ("color", "type", "svg", "parent"):
        if value := _text(element, key):
            label[key] = value
    attributes = element.child("attributes")
    label["attributes"] = [
        {
            "name": _text(each, "name"),
            "mutable": _text(each, "mutable").lower() == "true",
            "input_type": _text(each, "input_type") or "text",
            "default_value": _text(each, "default_value"),
            "values": [line for line in _text(each, "values").split("\n") if line],
        }
        for each in (attributes.all("attribute") if attributes else [])
    ]
    return label


def _text(element: Element, name: str) -> str:
    found = element.child(name)
    return "" if found is None else found.text.strip()
