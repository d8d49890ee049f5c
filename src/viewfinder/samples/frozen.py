"""What a field held when it was read or written last, kept apart from what people do to it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from viewfinder.labels import Label, LabelList
from viewfinder.labels.base import same_value
from viewfinder.schema import EmbeddedDocument

__all__ = [
    "FrozenLabels",
    "copy_value",
    "freeze",
    "is_frozen_as",
    "labels_in",
    "same_field_value",
    "same_values",
]

_IMMUTABLE = (str, int, float, bool, bytes, type(None))
_SCALARS = frozenset(_IMMUTABLE)


@dataclass(frozen=True, slots=True)
class FrozenLabels:
    """The labels of one field of one sample as they were."""

    document_type: type[Label | LabelList]
    labels: tuple[dict[str, Any], ...]
    """Each label's attributes by name; not to be changed."""


def labels_in(value: Label | LabelList) -> list[Label]:
    """The label itself, or the labels of a list."""
    return value.labels if isinstance(value, LabelList) else [value]


def freeze(value: Any) -> Any:
    """A form of a field's value that later changes of the value don't reach."""
    if isinstance(value, _IMMUTABLE):
        return value
    if isinstance(value, (Label, LabelList)):
        labels = tuple(
            {
                name: part if type(part) in _SCALARS else _copied(part)
                for name, part in label.values.items()
            }
            for label in labels_in(value)
        )
        return FrozenLabels(type(value), labels)
    return copy.deepcopy(value)


def copy_value(value: Any) -> Any:
    """A deep copy of a field's value; labels keep their ids, and get one if they have none."""
    if isinstance(value, LabelList):
        return type(value)([copy_value(label) for label in value.labels])
    if isinstance(value, Label):
        identifier = value.id
        values = {name: _copied(part) for name, part in value.values.items()}
        return type(value).from_values({"id": identifier, **values})
    return _copied(value)


def is_frozen_as(value: Any, frozen: Any) -> bool:
    """Whether a value is still what :func:`freeze` made of it."""
    if not isinstance(frozen, FrozenLabels):
        return same_field_value(value, frozen)
    if type(value) is not frozen.document_type:
        return False
    labels = labels_in(value)
    return len(labels) == len(frozen.labels) and all(
        same_values(label.values, was) for label, was in zip(labels, frozen.labels, strict=True)
    )


def same_field_value(one: Any, other: Any) -> bool:
    """Whether two values of a field are the same, to the last bit of every label."""
    if type(one) is not type(other):
        return isinstance(one, (int, float)) and same_value(one, other)
    if isinstance(one, (Label, LabelList)):
        mine, its = labels_in(one), labels_in(other)
        return len(mine) == len(its) and all(
            same_values(label.values, was.values) for label, was in zip(mine, its, strict=True)
        )
    if isinstance(one, EmbeddedDocument):
        return bool(one == other)
    return same_value(one, other)


def same_values(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two labels hold the same, ids included; an absent value is None, or empty."""
    try:
        if one == other:
            return True
    except ValueError:
        # Arrays have no single truth value; they are compared below, element by element.
        pass
    return all(
        same_value(one.get(name) or None, other.get(name) or None)
        if name in ("tags", "attributes")
        else same_value(one.get(name), other.get(name))
        for name in {**one, **other}
    )


def _copied(value: Any) -> Any:
    if isinstance(value, _IMMUTABLE):
        return value
    if isinstance(value, list):
        # Boxes are copied for every label that is saved: four floats need no closer look.
        if _SCALARS.issuperset(map(type, value)):
            return value[:]
        return [_copied(part) for part in value]
    if isinstance(value, tuple):
        return tuple(map(_copied, value))
    if isinstance(value, np.ndarray):
        return value.copy()
    return copy.deepcopy(value)
