"""The type of a value, and the one rule by which two types under one name become one.

Widening: int → float → any (JSON). Nothing is ever dropped or converted in silence: an attribute
that holds an int here and a string there becomes one that may hold anything.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np

from viewfinder.errors import FieldTypeError, LabelError
from viewfinder.labels import Label, LabelList
from viewfinder.labels.attributes import AttributeSpec
from viewfinder.labels.base import COMMON_ATTRIBUTES
from viewfinder.schema.documents import EmbeddedDocument
from viewfinder.schema.fields import (
    FIELD_OF_KIND,
    ArrayField,
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    EmbeddedDocumentField,
    Field,
    FloatField,
    IntField,
    ListField,
    StringField,
    VectorField,
)

__all__ = ["declared_attributes", "document_field", "infer_field", "widen"]

_SCALARS: tuple[tuple[type | tuple[type, ...], Field], ...] = (
    ((bool, np.bool_), BooleanField()),  # before int: bool is an int to Python
    ((int, np.integer), IntField()),
    ((float, np.floating), FloatField()),
    (str, StringField()),
    (datetime, DateTimeField()),  # before date: datetime is a date to Python
    (date, DateField()),
    (dict, DictField()),
)


def infer_field(value: Any, path: str) -> Field | None:
    """The field that can hold `value`; None where the value says nothing (None).

    Raises:
        FieldTypeError: when no field can hold it
    """
    if value is None:
        return None
    for types, field in _SCALARS:
        if isinstance(value, types):
            return field
    if isinstance(value, np.ndarray):
        return VectorField() if value.ndim == 1 and value.dtype.kind == "f" else ArrayField()
    if isinstance(value, (Label, LabelList, EmbeddedDocument)):
        return document_field(type(value))
    if isinstance(value, (list, tuple, set, frozenset)):
        return _infer_list(list(value), path)
    raise FieldTypeError(path, "what JSON, numpy or a label can hold", f"a {type(value).__name__}")


def document_field(
    document_type: type[Label | LabelList | EmbeddedDocument],
) -> EmbeddedDocumentField:
    """The field for documents of that class, with their declared attributes."""
    return EmbeddedDocumentField(document_type, declared_attributes(document_type))


def declared_attributes(
    document_type: type[Label | LabelList | EmbeddedDocument],
) -> dict[str, Field]:
    """What a document class declares, as fields by name."""
    if issubclass(document_type, EmbeddedDocument):
        return {name: FIELD_OF_KIND[kind] for name, kind in document_type.KINDS.items()}
    element = document_type.ELEMENT if issubclass(document_type, LabelList) else document_type
    specs: tuple[AttributeSpec, ...] = (*COMMON_ATTRIBUTES, *element.SPECS)
    return {spec.name: FIELD_OF_KIND[spec.kind] for spec in specs}


def widen(one: Field, other: Field) -> Field:
    """The narrowest field that holds whatever either holds; `one`'s description is kept."""
    a, b = one.bare(), other.bare()
    if a == b:
        return one
    common: dict[str, Any] = {
        "description": one.description,
        "info": one.info,
        "read_only": one.read_only,
    }
    if isinstance(a, EmbeddedDocumentField) and isinstance(b, EmbeddedDocumentField):
        if a.document_type is b.document_type:
            attributes = dict(a.attributes)
            for name, field in b.attributes.items():
                mine = attributes.get(name)
                attributes[name] = field if mine is None else widen(mine, field)
            return EmbeddedDocumentField(a.document_type, attributes, **common)
        raise LabelError(
            f"One field can't hold both {a.document_type.__name__} and {b.document_type.__name__}"
        )
    if {type(a), type(b)} == {IntField, FloatField}:
        return FloatField(**common)
    if isinstance(a, ListField) and isinstance(b, ListField):
        if a.field is None or b.field is None:
            return ListField(a.field or b.field, **common)
        return ListField(widen(a.field, b.field), **common)
    return Field(**common)


def _infer_list(values: list[Any], path: str) -> ListField:
    found: Field | None = None
    for value in values:
        field = infer_field(value, path)
        if isinstance(field, EmbeddedDocumentField):
            raise FieldTypeError(
                path,
                "lists of plain values",
                f"a list of {field.document_type.__name__}: wrap labels in their list class, as in "
                "Detections(detections=[…])",
            )
        if field is not None:
            found = field if found is None else widen(found, field)
    return ListField(found)
