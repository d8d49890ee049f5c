"""What a step that changes values makes of a schema: fields and attributes that it adds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from viewfinder.errors import ExpressionError
from viewfinder.expr.types import (
    Holds,
    Scope,
    ValueType,
    element_type,
    field_type,
    frames_type,
    type_of,
)
from viewfinder.schema import (
    FRAMES,
    FRAMES_PREFIX,
    BooleanField,
    DatasetSchema,
    DateField,
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentField,
    Field,
    FloatField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)

if TYPE_CHECKING:
    from viewfinder.expr.nodes import Node
    from viewfinder.expr.plan import SetValue

__all__ = ["changed_field", "schema_after", "scope_of_change"]


def scope_of_change(schema: DatasetSchema, field: str, attribute: str | None) -> Scope:
    """Where the expression of a :class:`SetValue` stands: at the sample, frame or label."""
    scope = Scope(schema)
    if attribute is None:
        return scope
    if field == FRAMES:
        frame = frames_type(schema).element
        assert frame is not None
        return scope.inside(frame)
    owner = schema.holder(field)
    found = field_type(owner, field)
    if isinstance(owner, EmbeddedDocumentField) and owner.is_label_list:
        labels = found.attributes[0][1]
        assert labels.element is not None
        found = labels.element
    return scope.inside(found)


def changed_field(schema: DatasetSchema, field: str, attribute: str | None) -> Field | None:
    """The field, or attribute of frames or labels, that a :class:`SetValue` gives values to."""
    if attribute is None:
        return schema.fields.get(field)
    if field == FRAMES:
        return schema.frame_fields.get(attribute)
    owner = schema.holder(field)
    assert isinstance(owner, EmbeddedDocumentField)
    return owner.attributes.get(attribute)


def schema_after(schema: DatasetSchema, step: SetValue) -> DatasetSchema:
    """The schema with what a step adds: a new attribute of labels, or a new value of documents.

    Raises:
        ExpressionError: when no field can hold what the step's expression gives
    """
    held = changed_field(schema, step.field, step.attribute)
    if held is not None and not _holds_documents(held):
        return schema
    given = type_of(step.value, scope_of_change(schema, step.field, step.attribute))
    new = _field_of(step.value, given) if held is None else _widened(step.value, held, given)
    if new == held:
        return schema
    return _with_field(schema, step.field, step.attribute, new)


def _holds_documents(field: Field) -> bool:
    while isinstance(field, ListField) and field.field is not None:
        field = field.field
    return isinstance(field, EmbeddedDocumentField) and field.element_type is None


def _widened(node: Node, held: Field, given: ValueType) -> Field:
    """The field of documents with the names that an expression gives them besides."""
    if isinstance(held, ListField) and held.field is not None and given.holds is Holds.LIST:
        return replace(held, field=_widened(node, held.field, element_type(given, node)))
    if not isinstance(held, EmbeddedDocumentField) or given.holds is not Holds.DOCUMENT:
        return held
    attributes = dict(held.attributes)
    for name, part in given.attributes:
        known = attributes.get(name)
        attributes[name] = _field_of(node, part) if known is None else _widened(node, known, part)
    return replace(held, attributes=attributes)


def _with_field(
    schema: DatasetSchema, name: str, attribute: str | None, new: Field
) -> DatasetSchema:
    if name == FRAMES:
        return replace(schema, frame_fields={**schema.frame_fields, str(attribute): new})
    if name.startswith(FRAMES_PREFIX):
        inside = _with_field(schema.frames, name.removeprefix(FRAMES_PREFIX), attribute, new)
        return replace(schema, frame_fields=inside.fields)
    return schema.with_field(name, new, attribute)


_FIELDS: dict[Holds, type[Field]] = {
    Holds.BOOL: BooleanField,
    Holds.INT: IntField,
    Holds.FLOAT: FloatField,
    Holds.STRING: StringField,
    Holds.DATE: DateField,
    Holds.DATETIME: DateTimeField,
    Holds.ID: ObjectIdField,
    Holds.ANY: Field,
}


def _field_of(node: Node, given: ValueType) -> Field:
    """The field that holds what an expression gives."""
    if given.holds in _FIELDS:
        return _FIELDS[given.holds]()
    if given.holds is Holds.LIST and given.element is not None:
        return ListField(_field_of(node, given.element))
    document = given.document
    if document is not None and issubclass(document, EmbeddedDocument):
        parts = {name: _field_of(node, part) for name, part in given.attributes}
        return EmbeddedDocumentField(document, parts)
    raise ExpressionError(
        f"It is not known which field could hold what {node} gives, which is {given}. Add the "
        "field first, with add_sample_field() or add_frame_field()."
    )
