"""Classes and attributes as CVAT's tools know them, and values as the text in which it keeps them.

A value that was sent and comes back as the same text was not edited; only text that differs is read
as a value again, with the help of what was there before, what may be chosen, and what the field
holds. Nothing is guessed that does not write back to the same text: ``007`` stays text.
"""

from __future__ import annotations

import json
import math
import numbers
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from viewfinder.cvat import wire
from viewfinder.cvat.skeletons import Skeleton, nodes_in_order, sublabels_of, svg_of

__all__ = [
    "LABEL_ID",
    "NATIVE_TOOLS",
    "AttributeTool",
    "Holds",
    "ServerClass",
    "ServerClasses",
    "ToolType",
    "default_text",
    "new_attribute",
    "new_class",
    "text_of",
    "value_of",
]

LABEL_ID = "label_id"
"""The text attribute that carries a label's id on the server, beside the server's own number."""

ToolType = Literal[
    "text", "select", "radio", "checkbox", "occluded", "group_id", "z_order", "source"
]
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
Holds = Literal["bool", "int", "float", "str", "list", "dict"]
NATIVE_TOOLS = frozenset({"occluded", "group_id", "z_order", "source"})
"""The tools that stand for one of CVAT's own properties of a shape."""


@dataclass(frozen=True, slots=True)
class AttributeTool:
    """How annotators see and set one attribute of a label."""

    name: str
    type: ToolType = "text"
    """"occluded", "group_id", "z_order" and "source" stand for CVAT's own properties of a shape."""
    values: tuple[Any, ...] = ()
    """What may be chosen; for select and radio."""
    default: Any = None
    mutable: bool = True
    """Whether it may change along a track."""
    read_only: bool = False
    """Whether annotators' changes are left out on the way back."""
    holds: Holds | None = None
    """What the dataset's field holds under this name, if that is known."""

    @property
    def is_native(self) -> bool:
        """Whether it is one of CVAT's own properties rather than an attribute there."""
        return self.type in NATIVE_TOOLS


@dataclass(frozen=True, slots=True)
class ServerClass:
    """A class as the server numbers it."""

    id: int
    name: str
    spec_ids: Mapping[str, int] = field(default_factory=dict)
    """The number of each attribute by its name."""
    nodes: tuple[tuple[int, str], ...] = ()
    """Number and name of each node of a skeleton, in the order of a keypoint's points."""

    @property
    def node_ids(self) -> tuple[int, ...]:
        """The numbers of a skeleton's nodes; none where the class is no skeleton."""
        return tuple(number for number, _ in self.nodes)

    def with_points_named(self, names: Sequence[str]) -> ServerClass:
        """The class with its nodes in the order of these names, where they are its names."""
        by_name = {name: number for number, name in self.nodes}
        if set(by_name) != set(names) or len(names) != len(self.nodes):
            return self
        return replace(self, nodes=tuple((by_name[name], name) for name in names))


class ServerClasses:
    """The classes of a task, by name and by number.

    Args:
        labels: as the server tells them
        point_names: the order of a keypoint's points by class, where it is known here
    """

    def __init__(
        self,
        labels: Sequence[wire.Label],
        point_names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        found = [
            ServerClass(
                label.id,
                label.name,
                {spec.name: spec.id for spec in label.attributes},
                nodes_in_order(label),
            )
            for label in labels
        ]
        names = point_names or {}
        self._classes = [item.with_points_named(names.get(item.name, ())) for item in found]
        self.by_name = {item.name: item for item in self._classes}
        self.by_id = {item.id: item for item in self._classes}
        self.attribute_names = {
            number: name for item in self._classes for name, number in item.spec_ids.items()
        }
        """The name of each attribute by its number."""
        self.node_ids = {item.id: item.node_ids for item in self._classes if item.nodes}
        """The numbers of the nodes of each class that is a skeleton, by the class's number."""


def new_class(
    name: str, tools: Sequence[AttributeTool], *, skeleton: Skeleton | None = None
) -> wire.NewLabel:
    """A class to be made on the server, with its attributes and the one that carries label ids.

    Args:
        name: its name
        tools: its attributes
        skeleton: the points of its keypoints, where they have names
    """
    attributes = [new_attribute(tool) for tool in tools if not tool.is_native]
    label = wire.NewLabel(name=name, attributes=[*attributes, wire.NewAttribute(name=LABEL_ID)])
    if skeleton is not None:
        label.type = "skeleton"
        label.sublabels = sublabels_of(skeleton)
        label.svg = svg_of(skeleton)
    return label


def new_attribute(tool: AttributeTool) -> wire.NewAttribute:
    """An attribute to be made on the server."""
    values = ["true", "false"] if tool.type == "checkbox" else [text_of(v) for v in tool.values]
    return wire.NewAttribute(
        name=tool.name,
        input_type=tool.type,
        mutable=tool.mutable,
        values=values,
        default_value=default_text(tool),
    )


def default_text(tool: AttributeTool) -> str:
    """What an attribute is until somebody sets it."""
    default = text_of(tool.default)
    return "false" if tool.type == "checkbox" and not default else default


def text_of(value: Any) -> str:
    """A value as the text that is sent; lists and dicts as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def value_of(text: str, tool: AttributeTool, previous: Any = None) -> Any:
    """The value of an edited text.

    Args:
        text: what came back; empty text means no value
        tool: how it was set
        previous: the value before the edit, whose type is kept where the text allows it
    """
    if text == "":
        return None
    for value in tool.values:
        if text_of(value) == text:
            return value
    if tool.type == "checkbox":
        return text.strip().lower() == "true"
    wanted = tool.holds if previous is None else _holds(previous)
    if wanted == "bool":
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if wanted == "str":
        return text
    if wanted in {"list", "dict"}:
        return _from_json(text, list if wanted == "list" else dict)
    if wanted == "float":
        number = _float(text)
        return text if number is None else number
    return _number_or_text(text)


def _holds(value: Any) -> Holds | None:
    kinds: tuple[tuple[Any, Holds], ...] = (
        (bool, "bool"),
        (numbers.Integral, "int"),
        (numbers.Real, "float"),
        (str, "str"),
        ((list, tuple), "list"),
        (dict, "dict"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), None)


def _number_or_text(text: str) -> Any:
    """A number where exactly this text is how the number is written, otherwise the text."""
    if _INTEGER.fullmatch(text):
        return int(text)
    number = _float(text)
    if number is not None and math.isfinite(number) and repr(number) == text:
        return number
    return text


def _float(text: str) -> float | None:
    if "_" in text:  # float("1_000") is 1000.0, which nobody has typed
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _from_json(text: str, wanted: type[list[Any] | dict[str, Any]]) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, wanted) else text
