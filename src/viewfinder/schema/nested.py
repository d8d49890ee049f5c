"""Every path of a schema: into labels, into documents, and into documents in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from viewfinder.errors import FieldNotFoundError
from viewfinder.labels import LabelList
from viewfinder.schema.dataset import DatasetSchema
from viewfinder.schema.fields import NOTES, EmbeddedDocumentField, Field, ListField

__all__ = ["field_at", "flattened", "noted", "parts_of"]


def field_at(schema: DatasetSchema, path: str) -> Field | None:
    """The field at a dotted path; None where there is none.

    The list of labels inside of a label field is a list of documents:
    ``ground_truth.detections`` is a ``ListField`` of ``EmbeddedDocumentField(Detection)``.
    """
    name, _, rest = path.partition(".")
    if name == "frames" and name not in schema:
        return field_at(schema.frames, rest) if schema.frame_fields else None
    found = schema.fields.get(name)
    for part in rest.split(".") if rest else ():
        found = None if found is None else parts_of(found).get(part)
    return found


def flattened(schema: DatasetSchema, *, unwind: bool = True) -> dict[str, Field]:
    """Every field by its path.

    Args:
        schema: the schema
        unwind: whether to go into what lists hold, too
    """
    flat: dict[str, Field] = {}
    for name, field in schema.fields.items():
        flat[name] = field
        flat.update(_inside(name, field, unwind=unwind))
    return flat


def noted(schema: DatasetSchema, path: str, field: Field) -> DatasetSchema:
    """The schema with the description, info and read-only mark of `field` at a path.

    Raises:
        FieldNotFoundError: when there is nothing at the path
    """
    if field_at(schema, path) is None:
        raise FieldNotFoundError(path, "The dataset", flattened(schema))
    root, *rest = path.split(".")
    return schema.with_field(root, _noted(schema[root], rest, field))


def _noted(owner: Field, path: list[str], field: Field) -> Field:
    if not path:
        return replace(owner, **{name: getattr(field, name) for name in NOTES})
    if isinstance(owner, ListField) and owner.field is not None:
        return replace(owner, field=_noted(owner.field, path, field))
    assert isinstance(owner, EmbeddedDocumentField)
    if issubclass(owner.document_type, LabelList):
        # What is said of the list inside is said of the field.
        path = path[1:]
        if not path:
            return _noted(owner, path, field)
    name, *rest = path
    attributes = {**owner.attributes, name: _noted(owner.attributes[name], rest, field)}
    return replace(owner, attributes=attributes)


def parts_of(field: Field) -> dict[str, Field]:
    """What can be named inside of a field: the values of its documents, or of those in its lists.

    Of a label field with several labels that is its list.
    """
    if isinstance(field, ListField):
        return {} if field.field is None else parts_of(field.field)
    if not isinstance(field, EmbeddedDocumentField):
        return {}
    document = field.document_type
    if issubclass(document, LabelList):
        element = EmbeddedDocumentField(document.ELEMENT, field.attributes)
        return {document.LIST_NAME: ListField(element)}
    return field.attributes


def _inside(prefix: str, field: Field, *, unwind: bool) -> Iterator[tuple[str, Field]]:
    if isinstance(field, ListField) and not unwind:
        return
    for name, part in parts_of(field).items():
        path = f"{prefix}.{name}"
        yield path, part
        yield from _inside(path, part, unwind=unwind)
