"""Plain values of samples (numbers, texts, booleans) as tags of their images; pure.

There are two ways. A field without classes is one class of its own name, with one attribute called
``value``; a field with classes has a class for each value. A sample without a value has no tag.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from viewfinder.cvat import wire
from viewfinder.cvat.tools import (
    AttributeTool,
    Holds,
    ServerClass,
    new_attribute,
    text_of,
    value_of,
)
from viewfinder.errors import LabelError

__all__ = ["VALUE", "Scalar", "ScalarReading", "new_scalar_classes", "scalar_reading", "scalar_tag"]

VALUE = "value"
"""The attribute that holds the value of a field without classes."""

_TYPES: dict[Holds, tuple[type[Any], ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "str": (str,),
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """How one field of plain values is annotated."""

    server_name: str
    """Name of its class on the server, where it has no classes of its own."""
    tool: AttributeTool
    """How the value is set, and what the field holds."""
    classes: tuple[Any, ...] = ()
    """The values that can be chosen, each a class on the server."""
    server_names: Mapping[str, str] | None = None
    """Names of these classes on the server by the text of the value, where they differ."""

    def class_name(self, value: Any) -> str:
        """The name on the server of the class that a value is, or is written into."""
        if not self.classes:
            return self.server_name
        text = text_of(value)
        return (self.server_names or {}).get(text, text)


def new_scalar_classes(scalar: Scalar) -> list[wire.NewLabel]:
    """The classes of a field, to be made on the server."""
    if scalar.classes:
        return [wire.NewLabel(name=scalar.class_name(value)) for value in scalar.classes]
    attribute = new_attribute(scalar.tool)
    attribute.name = VALUE
    return [wire.NewLabel(name=scalar.server_name, attributes=[attribute])]


def scalar_tag(
    value: Any, frame: int, scalar: Scalar, classes: Mapping[str, ServerClass]
) -> wire.Tag | None:
    """A value as a tag; None for no value, and for one that is none of the field's classes.

    Args:
        value: the sample's value
        frame: number of the frame in the task
        scalar: how the field is annotated
        classes: the server's classes by name
    """
    found = None if value is None else classes.get(scalar.class_name(value))
    if found is None:
        return None
    if scalar.classes:
        return wire.Tag(frame=frame, label_id=found.id)
    if VALUE not in found.spec_ids:
        return None
    written = wire.AttributeValue(spec_id=found.spec_ids[VALUE], value=text_of(value))
    return wire.Tag(frame=frame, label_id=found.id, attributes=[written])


@dataclass(frozen=True, slots=True)
class ScalarReading:
    """What annotators made of a value."""

    value: Any
    """None where they took it away."""
    tag: wire.Tag | None
    """The tag that holds it now."""
    note: str | None = None
    """A sentence for a person, where several tags claim to be the value."""


def scalar_reading(
    previous: Any,
    sent: wire.Tag | None,
    came: Sequence[wire.Tag],
    scalar: Scalar,
    classes: Mapping[int, ServerClass],
) -> ScalarReading | None:
    """What became of a value; None where nothing did.

    Args:
        previous: the value as it was sent
        sent: its tag, as the server first had it; None where there was none
        came: the tags of the field's classes that the frame has now
        scalar: how the field is annotated
        classes: the server's classes by number

    Raises:
        LabelError: what came is no value that the field can hold
    """
    texts = [(tag, _text(tag, scalar, classes)) for tag in came]
    there = [(tag, text) for tag, text in texts if text is not None]
    before = None if sent is None else _text(sent, scalar, classes)
    if not there:
        return None if before is None else ScalarReading(None, None)
    # A new tag beside the one that was sent is what the annotator means.
    changed = [(tag, text) for tag, text in there if text != before] or there
    tag, text = max(changed, key=lambda item: item[0].id or 0)
    note = None
    if len({text for _, text in changed}) > 1:
        note = f"Several tags give frame {tag.frame} a value; the newest counts: {text!r}."
    if text == before and (sent is None or sent.id == tag.id):
        return None
    if text == before:
        return ScalarReading(previous, tag)
    return ScalarReading(_value(str(text), previous, scalar), tag, note)


def _text(tag: wire.Tag, scalar: Scalar, classes: Mapping[int, ServerClass]) -> str | None:
    """The value of a tag as text; None where it holds none."""
    found = classes.get(tag.label_id)
    if found is None:
        return None
    if scalar.classes:
        names = {scalar.class_name(value): text_of(value) for value in scalar.classes}
        return names.get(found.name)
    spec = found.spec_ids.get(VALUE)
    texts = [text_of(item.value) for item in tag.attributes if item.spec_id == spec]
    return next((text for text in texts if text), None)


def _value(text: str, previous: Any, scalar: Scalar) -> Any:
    for value in scalar.classes:
        if text_of(value) == text:
            return value
    value = value_of(text, scalar.tool, previous)
    wanted = _TYPES.get(scalar.tool.holds) if scalar.tool.holds is not None else None
    fits = wanted is None or (
        isinstance(value, wanted) and (isinstance(value, bool) == (bool in wanted))
    )
    if not fits:
        raise LabelError(f"{text!r} can't be kept in a field of {scalar.tool.holds}")
    return value
