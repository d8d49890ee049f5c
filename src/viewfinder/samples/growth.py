"""What a schema must learn before it can hold a value: mostly nothing, and that is quick to see."""

from __future__ import annotations

from collections.abc import Mapping
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
    ListField,
    ObjectIdField,
    StringField,
    infer_field,
)
from viewfinder.schema.infer import document_field, same_class

__all__ = ["needed_field", "refuse_new_fields"]

_QUICK: dict[type[Field], tuple[type, ...]] = {
    StringField: (str,),
    IntField: (int,),
    FloatField: (float, int),
    BooleanField: (bool,),
    ObjectIdField: (str,),
}
"""Python types that need no closer look; which text is an id is seen when it is written."""


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
        # The store itself adds attributes of labels that it has not seen yet.
        return _document_field(old, name, type(value))
    if isinstance(value, EmbeddedDocument) and _is_plain(type(value)):
        return _document_field(old, name, type(value))
    new = infer_field(value, name)
    return None if new is None or _holds(schema, name, new) else new


def refuse_new_fields(schema: DatasetSchema, grown: Mapping[str, Field], owner: str) -> None:
    """Raises FieldNotFoundError where `grown` holds a field that the dataset has not."""
    for name in grown:
        if name not in schema:
            raise FieldNotFoundError(name, owner, schema)


def _document_field(
    old: Field | None, name: str, document_type: type[Label | LabelList | EmbeddedDocument]
) -> Field | None:
    if old is None:
        return document_field(document_type)
    if isinstance(old, EmbeddedDocumentField) and same_class(old.document_type, document_type):
        return None
    raise FieldTypeError(name, _words(old), document_type.__name__)


def _is_plain(document_type: type[EmbeddedDocument]) -> bool:
    """Whether all that such documents can hold is declared, to the end."""
    return not document_type.IS_DYNAMIC and not any(
        isinstance(part, (EmbeddedDocumentField, ListField))
        for part in document_type.FIELDS.values()
    )


def _holds(schema: DatasetSchema, name: str, new: Field) -> bool:
    return name in schema and schema.merged({name: new}) is schema


def _words(field: Field) -> str:
    if isinstance(field, EmbeddedDocumentField):
        return field.document_type.__name__
    return field.HOLDS
