"""What a schema must learn before it can hold a value: mostly nothing, and that is quick to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from viewfinder.errors import FieldNotFoundError, FieldTypeError
from viewfinder.labels import Label, LabelList
from viewfinder.schema import (
    BooleanField,
    DatasetSchema,
    EmbeddedDocument,
    EmbeddedDocumentField,
    Field,
    FloatField,
    IntField,
    StringField,
    infer_field,
    widen,
)
from viewfinder.schema.infer import declared_attributes, document_field

__all__ = ["field_for_documents", "needed_field", "refuse_new_fields"]

_QUICK: dict[type[Field], tuple[type, ...]] = {
    StringField: (str,),
    IntField: (int,),
    FloatField: (float, int),
    BooleanField: (bool,),
}
"""Python types that need no closer look."""


def needed_field(schema: DatasetSchema, name: str, value: Any) -> Field | None:
    """The field to merge into `schema` so that it can hold `value`; None where it can already.

    Raises:
        FieldTypeError: when the field holds something else, or no field can hold the value
    """
    if value is None:
        return None
    old = schema.fields.get(name)
    if old is not None and type(value) in _QUICK.get(type(old), ()):
        return None
    if isinstance(value, (Label, LabelList)):
        labels = value.labels if isinstance(value, LabelList) else [value]
        return field_for_documents(schema, name, type(value), labels)
    if isinstance(value, EmbeddedDocument) and isinstance(old, EmbeddedDocumentField):
        if old.document_type is not type(value):
            raise FieldTypeError(name, old.document_type.__name__, type(value).__name__)
        return None
    new = infer_field(value, name)
    return None if new is None or _holds(schema, name, new) else new


def field_for_documents(
    schema: DatasetSchema,
    name: str,
    document_type: type[Label | LabelList],
    labels: Iterable[Label],
) -> Field | None:
    """As :func:`needed_field`, for labels of one document type.

    Raises:
        FieldTypeError: when the field holds something else, or a label is of the wrong class
    """
    old = schema.fields.get(name)
    if isinstance(old, EmbeddedDocumentField) and old.document_type is document_type:
        known: Mapping[str, Field] = old.attributes
    elif old is not None:
        raise FieldTypeError(name, _words(old), document_type.__name__)
    else:
        known = {}
    element = document_type.ELEMENT if issubclass(document_type, LabelList) else document_type
    declared = declared_attributes(document_type)
    grown: dict[str, Field] = {}
    for label in labels:
        if type(label) is not element:
            raise FieldTypeError(name, f"{element.__name__} labels", type(label).__name__)
        for attribute, value in label.values.items():
            if attribute in declared or value is None:
                continue
            field = grown.get(attribute) or known.get(attribute)
            if field is not None and type(value) in _QUICK.get(type(field), ()):
                continue
            new = infer_field(value, f"{name}.{attribute}")
            if new is None:
                continue
            wide = new if field is None else widen(field, new)
            if field is None or wide.bare() != field.bare():
                grown[attribute] = wide
    if old is not None and not grown:
        return None
    base = document_field(document_type)
    return EmbeddedDocumentField(document_type, {**base.attributes, **grown})


def refuse_new_fields(schema: DatasetSchema, grown: Mapping[str, Field], owner: str) -> None:
    """Raises FieldNotFoundError where `grown` holds a field that the dataset has not."""
    for name in grown:
        if name not in schema:
            raise FieldNotFoundError(name, owner, schema)


def _holds(schema: DatasetSchema, name: str, new: Field) -> bool:
    return name in schema and schema.merged({name: new}) is schema


def _words(field: Field) -> str:
    if isinstance(field, EmbeddedDocumentField):
        return field.document_type.__name__
    return field.HOLDS
