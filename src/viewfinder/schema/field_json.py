"""Fields from the JSON in which the catalog keeps them."""

from __future__ import annotations

from typing import Any

from viewfinder.errors import LabelError, StoreError
from viewfinder.schema.documents import document_class
from viewfinder.schema.fields import (
    NOTES,
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
    ObjectIdField,
    StringField,
    VectorField,
)
from viewfinder.schema.special_fields import SPECIAL_FIELDS

__all__ = ["field_from_json"]

_SIMPLE: dict[str, type[Field]] = {
    cls.__name__: cls
    for cls in (
        Field,
        ObjectIdField,
        StringField,
        IntField,
        FloatField,
        BooleanField,
        DateField,
        DateTimeField,
        DictField,
        VectorField,
        ArrayField,
    )
} | SPECIAL_FIELDS


def field_from_json(data: dict[str, Any]) -> Field:
    """The field that :meth:`Field.to_json` wrote.

    Raises:
        StoreError: when the catalog holds a type that this version does not know
    """
    common = {name: data[name] for name in NOTES if name in data}
    name = data["type"]
    if name == "ListField":
        inner = data.get("field")
        return ListField(field_from_json(inner) if inner is not None else None, **common)
    if name == "EmbeddedDocumentField":
        attributes = {key: field_from_json(part) for key, part in data["attributes"].items()}
        try:
            made = document_class(data["document_type"])
        except LabelError:
            raise _unknown(data["document_type"]) from None
        return EmbeddedDocumentField(made, attributes, **common)
    if name not in _SIMPLE:
        raise _unknown(name)
    return _SIMPLE[name](**common)


def _unknown(name: str) -> StoreError:
    return StoreError(
        f"This dataset has a field of type '{name}', which this version of Viewfinder does not "
        "know. Open it with the version that wrote it, or a newer one."
    )
