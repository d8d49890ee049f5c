"""Changed values in plain Python: in the documents of samples, and as columns of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from viewfinder.engine.base import Batch
from viewfinder.engine.python.evaluate import Place, evaluate
from viewfinder.expr.plan import SetValue
from viewfinder.schema import DatasetSchema, EmbeddedDocumentField, Field, FloatField
from viewfinder.schema.columns import encode_attribute, encode_column

__all__ = ["changed_columns", "with_value"]

Document = dict[str, Any]


def with_value(document: Document, step: SetValue, schema: DatasetSchema) -> Document:
    """A sample after a step that changes values."""
    if step.attribute is None:
        value = evaluate(step.value, Place(document, document))
        return {**document, step.field: _as(schema[step.field], value)}
    field = schema.label_fields[step.field]
    kind = field.attributes[step.attribute]
    held = document[step.field]
    if held is None:
        return document

    def changed(label: Document) -> Document:
        value = evaluate(step.value, Place(document, label))
        return {**label, str(step.attribute): _as(kind, value)}

    if not field.is_label_list:
        return {**document, step.field: changed(held)}
    ((name, labels),) = held.items()
    return {**document, step.field: {name: [changed(label) for label in labels]}}


def _as(field: Field, value: Any) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if whole and isinstance(field, FloatField) else value


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
            values = [document[step.field] for document in found]
            columns[step.field] = encode_column(schema[step.field], values, step.field)
        elif step.field == table and step.attribute is not None:
            field = schema.label_fields[table]
            values = [
                label[step.attribute]
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
