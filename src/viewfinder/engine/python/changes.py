"""Changed values in plain Python: in the documents of samples, and as columns of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from viewfinder.engine.base import Batch
from viewfinder.engine.python.evaluate import Place, evaluate
from viewfinder.expr.plan import SetValue
from viewfinder.schema import (
    FRAMES,
    FRAMES_PREFIX,
    DatasetSchema,
    EmbeddedDocumentField,
    Field,
    FloatField,
    ListField,
)
from viewfinder.schema.columns import encode_attribute, encode_column

__all__ = ["changed_columns", "with_value"]

Document = dict[str, Any]


def with_value(document: Document, step: SetValue, schema: DatasetSchema) -> Document:
    """A sample after a step that changes values; the schema is that after the step."""
    return _changed(document, step, schema, document)


def _changed(
    document: Document, step: SetValue, schema: DatasetSchema, sample: Document
) -> Document:
    if step.attribute is None:
        value = evaluate(step.value, Place(sample, document))
        return {**document, step.field: _as(schema[step.field], value)}
    name = step.attribute
    if step.field == FRAMES:
        kind = schema.frame_fields[name]
        frames = [
            {**frame, name: _as(kind, evaluate(step.value, Place(sample, frame)))}
            for frame in document[FRAMES]
        ]
        return {**document, FRAMES: frames}
    if step.field.startswith(FRAMES_PREFIX):
        inside = replace(step, field=step.field.removeprefix(FRAMES_PREFIX))
        frames = [_changed(frame, inside, schema.frames, sample) for frame in document[FRAMES]]
        return {**document, FRAMES: frames}
    field = schema.label_fields[step.field]
    kind = field.attributes[name]
    held = document[step.field]
    if held is None:
        return document

    def changed(label: Document) -> Document:
        return {**label, name: _as(kind, evaluate(step.value, Place(sample, label)))}

    if not field.is_label_list:
        return {**document, step.field: changed(held)}
    ((list_name, labels),) = held.items()
    return {**document, step.field: {list_name: [changed(label) for label in labels]}}


def _as(field: Field, value: Any) -> Any:
    """The value as a field holds it."""
    if isinstance(value, list) and isinstance(field, ListField) and field.field is not None:
        return [_as(field.field, item) for item in value]
    if isinstance(value, dict) and isinstance(field, EmbeddedDocumentField):
        return {name: _as(part, value.get(name)) for name, part in field.attributes.items()}
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if whole and isinstance(field, FloatField) else value


def _object(field: Field, value: Any) -> Any:
    """The value with documents, as the store takes them."""
    if isinstance(value, list) and isinstance(field, ListField) and field.field is not None:
        return [_object(field.field, item) for item in value]
    if isinstance(value, dict) and isinstance(field, EmbeddedDocumentField):
        kind: Any = field.document_type
        parts = {name: _object(part, value[name]) for name, part in field.attributes.items()}
        return kind(**parts)
    return value


def changed_columns(
    changes: Sequence[SetValue],
    documents: Mapping[int, Document],
    batch: Batch,
    table: str,
    schema: DatasetSchema,
) -> dict[str, pa.Array]:
    """The changed columns of a batch, from the documents of its samples."""
    found = [documents[seq] for seq in np.asarray(batch.seqs).tolist()]
    columns = {}
    for step in changes:
        if table == "samples" and step.attribute is None:
            kind = schema[step.field]
            values = [_object(kind, document[step.field]) for document in found]
            columns[step.field] = encode_column(kind, values, step.field)
        elif step.field == table and step.attribute is not None:
            field = schema.label_fields[table]
            kind = field.attributes[step.attribute]
            values = [
                _object(kind, label[step.attribute])
                for document in found
                for label in _labels(document, field, table)
            ]
            columns[step.attribute] = encode_attribute(field, step.attribute, values, table)
    return columns


def _labels(document: Document, field: EmbeddedDocumentField, name: str) -> list[Document]:
    held = document[name]
    if held is None:
        return []
    if not field.is_label_list:
        return [held]
    (labels,) = held.values()
    return list(labels)
