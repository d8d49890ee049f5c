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
from viewfinder.schema.documents import EmbeddedDocument, document_class
from viewfinder.schema.fields import (
    FIELD_OF_KIND,
    NOTES,
    ArrayField,
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    Field,
    FloatField,
    IntField,
    ListField,
    StringField,
    VectorField,
    class_path,
)

__all__ = [
    "completed",
    "declared_attributes",
    "document_field",
    "infer_field",
    "same_class",
    "widen",
]

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
    if isinstance(value, EmbeddedDocument):
        return _infer_document(value, path)
    if isinstance(value, (Label, LabelList)):
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
        return {name: completed(part) for name, part in document_type.FIELDS.items()}
    element = document_type.ELEMENT if issubclass(document_type, LabelList) else document_type
    specs: tuple[AttributeSpec, ...] = (*COMMON_ATTRIBUTES, *element.SPECS)
    return {spec.name: FIELD_OF_KIND[spec.kind] for spec in specs}


def completed(field: Field) -> Field:
    """The field as a schema keeps it: documents with all attributes that their class declares."""
    if isinstance(field, EmbeddedDocumentField):
        declared = declared_attributes(field.document_type)
        if declared.keys() <= field.attributes.keys():
            return field
        attributes = {**declared, **field.attributes}
        return EmbeddedDocumentField(field.document_type, attributes, **_notes(field))
    if isinstance(field, EmbeddedDocumentListField) and field.field is not None:
        return ListField(completed(field.field), **_notes(field))
    if isinstance(field, ListField) and field.field is not None:
        inner = completed(field.field)
        return field if inner is field.field else ListField(inner, **_notes(field))
    return field


def same_class(one: type, other: type) -> bool:
    """Whether two classes of documents are kept under one name: a class may be defined anew."""
    return one is other or class_path(one) == class_path(other)


def widen(one: Field, other: Field) -> Field:
    """The narrowest field that holds whatever either holds; `one`'s description is kept."""
    a, b = one.bare(), other.bare()
    if a == b:
        return one
    common = _notes(one)
    if isinstance(a, EmbeddedDocumentField) and isinstance(b, EmbeddedDocumentField):
        if same_class(a.document_type, b.document_type):
            attributes = dict(a.attributes)
            for name, field in b.attributes.items():
                mine = attributes.get(name)
                attributes[name] = field if mine is None else widen(mine, field)
            newest = document_class(class_path(a.document_type))
            return EmbeddedDocumentField(newest, attributes, **common)
        raise LabelError(
            f"One field can't hold both {a.document_type.__name__} and {b.document_type.__name__}"
        )
    if {_family(a), _family(b)} == {IntField, FloatField}:
        return FloatField(**common)
    if {type(a), type(b)} == {VectorField, ArrayField}:
        return ArrayField(**common)
    if isinstance(a, ListField) and isinstance(b, ListField):
        if b.field is None or a.field == b.field:
            return one
        if a.field is None:
            return ListField(b.field, **common)
        inner = widen(a.field, b.field)
        return one if inner == a.field else ListField(inner, **common)
    if _family(a) is _family(b) is not Field:
        # Such as a FrameNumberField and an IntField: what is declared first stays.
        return one
    return Field(**common)


def _family(field: Field) -> type[Field]:
    """The plain type whose values a field holds."""
    for family in (IntField, FloatField, StringField, DictField):
        if isinstance(field, family):
            return family
    return Field


def _notes(field: Field) -> dict[str, Any]:
    return {name: getattr(field, name) for name in NOTES}


def _infer_document(document: EmbeddedDocument, path: str) -> EmbeddedDocumentField:
    """The field of one document: what its class declares, and what it holds besides."""
    attributes = dict(declared_attributes(type(document)))
    for name, value in document.iter_fields():
        found = infer_field(value, f"{path}.{name}")
        if found is not None:
            known = attributes.get(name)
            if known is None or isinstance(found, (EmbeddedDocumentField, ListField)):
                attributes[name] = found if known is None else widen(known, found)
    return EmbeddedDocumentField(type(document), attributes)


def _infer_list(values: list[Any], path: str) -> ListField:
    found: Field | None = None
    for value in values:
        field = infer_field(value, path)
        if isinstance(value, (Label, LabelList)):
            raise FieldTypeError(
                path,
                "lists of plain values or documents",
                f"a list of {type(value).__name__}: wrap labels in their list class, as in "
                "Detections(detections=[…])",
            )
        if field is not None:
            found = field if found is None else widen(found, field)
    return ListField(found)
