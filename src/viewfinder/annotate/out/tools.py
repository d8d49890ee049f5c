"""Attributes as they are asked for, checked and turned into the tools that annotators get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from viewfinder.cvat.tools import LABEL_ID, AttributeTool, Holds, ToolType, text_of
from viewfinder.errors import LabelSchemaError, suggestion
from viewfinder.schema import Field
from viewfinder.schema.fields import (
    BooleanField,
    DictField,
    FloatField,
    IntField,
    ListField,
    StringField,
)

__all__ = ["parse_attributes", "recommended_tool"]

_LONGEST_NAME = 64
_TYPES: tuple[str, ...] = get_args(ToolType)
_SPEC_KEYS = {"type", "values", "default", "mutable", "read_only"}
_NEVER = {"id", "tags", "label", "bounding_box", "mask", "mask_path", "points", "logits"}
_HOLDS: dict[type[Field], Holds] = {
    BooleanField: "bool",
    IntField: "int",
    FloatField: "float",
    StringField: "str",
    ListField: "list",
    DictField: "dict",
}


def recommended_tool(name: str, part: Field | None) -> AttributeTool:
    """The tool for an attribute of which only the field's type is known."""
    holds = _HOLDS.get(type(part)) if part is not None else None
    type_: ToolType = "text"
    if holds == "bool":
        type_ = "occluded" if name == "occluded" else "checkbox"
    elif holds == "int" and name in {"group_id", "z_order"}:
        type_ = cast("ToolType", name)
    return AttributeTool(name, type_, holds=holds)


def parse_attributes(field: str, given: Any, held: Mapping[str, Field]) -> list[AttributeTool]:
    """The tools of attributes that were asked for.

    Args:
        field: the label field, for messages
        given: a name, a list of names, or a dict of name to spec; None or False for none
        held: the attributes that the dataset's field has

    Raises:
        LabelSchemaError: a spec that means nothing
    """
    if not given or given is True:
        return []
    if isinstance(given, str):
        given = [given]
    specs = given if isinstance(given, Mapping) else {name: {} for name in given}
    return [_tool(field, name, spec or {}, held.get(name)) for name, spec in specs.items()]


def _tool(field: str, name: Any, spec: Any, part: Field | None) -> AttributeTool:
    where = f"Field '{field}', attribute {name!r}"
    if not isinstance(name, str) or not name or len(name) > _LONGEST_NAME:
        raise LabelSchemaError(f"{where}: use a name of 1 to {_LONGEST_NAME} characters.")
    if name == LABEL_ID or name in _NEVER:
        raise LabelSchemaError(
            f"{where}: this name is taken for a part of every label; leave it out or rename it."
        )
    if not isinstance(spec, Mapping):
        raise LabelSchemaError(f"{where}: give a dict like {{'type': 'text'}}.")
    if "default_value" in spec:
        # The older spelling.
        spec = {key: spec[key] for key in spec if key != "default_value"} | {
            "default": spec.get("default", spec["default_value"])
        }
    for key in spec:
        if key not in _SPEC_KEYS:
            raise LabelSchemaError(
                f"{where} has no '{key}'. {suggestion(str(key), _SPEC_KEYS, 'Known')}"
            )
    recommended = recommended_tool(name, part)
    if not spec:
        return recommended
    type_ = spec.get("type")
    if type_ not in _TYPES:
        problem = "say its type" if type_ is None else f"there is no type {type_!r}"
        raise LabelSchemaError(f"{where}: {problem}; one of {', '.join(_TYPES)}.")
    values = tuple(spec.get("values") or ())
    if type_ in {"select", "radio"} and not values:
        raise LabelSchemaError(f"{where}: give the values to choose from, like ['a', 'b'].")
    default = spec.get("default")
    if default is not None and values and text_of(default) not in map(text_of, values):
        raise LabelSchemaError(f"{where}: the default {default!r} is not one of its values.")
    return AttributeTool(
        name,
        cast("ToolType", type_),
        values=values if type_ in {"select", "radio"} else (),
        default=default,
        mutable=bool(spec.get("mutable", True)),
        read_only=bool(spec.get("read_only", False)),
        holds=recommended.holds,
    )
