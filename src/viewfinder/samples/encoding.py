"""Values of many samples, or of many frames, as the columns that the store takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from viewfinder.errors import FieldTypeError
from viewfinder.labels import Label, LabelList
from viewfinder.samples.growth import needed_field
from viewfinder.schema import STAMPS, DatasetSchema, EmbeddedDocumentField, Field
from viewfinder.schema.columns import encode_column, encode_labels
from viewfinder.schema.infer import document_field

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Columns", "encode_label_column", "encode_records"]


@dataclass(slots=True)
class Columns:
    """A batch as the store takes it."""

    samples: pa.Table
    labels: dict[str, tuple[pa.Table, npt.NDArray[np.int64]]]
    grown: dict[str, Field]


def encode_records(
    schema: DatasetSchema, raw: Sequence[Mapping[str, Any]], ids: list[str]
) -> Columns:
    """Samples or frames, given by their values, as columns.

    Raises:
        FieldTypeError: when a value does not fit its field
        LabelError: when a label can't be stored
    """
    names = dict.fromkeys(name for values in raw for name in values)
    for written_elsewhere in ("id", *STAMPS):
        names.pop(written_elsewhere, None)
    grown: dict[str, Field] = {}
    arrays: dict[str, Any] = {"id": encode_column(schema["id"], ids, "id")}
    labels: dict[str, tuple[pa.Table, npt.NDArray[np.int64]]] = {}
    for name in names:
        column = [values.get(name) for values in raw]
        document_type = _document_type(name, column)
        if document_type is not None:
            labels[name], found = encode_label_column(document_type, name, column)
            field: Field | None = found
            arrays[name] = _counts(column)
        else:
            field = _plain_field(schema, name, column)
        if field is not None:
            before = schema
            schema = schema.merged({name: field})
            if schema is not before:
                grown[name] = schema[name]
        if document_type is None and name in schema:
            # A field whose values are all None is no field yet; a label field among them is one.
            is_labels = name in schema.label_fields
            arrays[name] = (
                _counts(column) if is_labels else encode_column(schema[name], column, name)
            )
    return Columns(pa.table(arrays), labels, grown)


def _document_type(name: str, column: list[Any]) -> type[Label | LabelList] | None:
    types = set(map(type, column))
    types.discard(type(None))
    documents = [found for found in types if issubclass(found, (Label, LabelList))]
    if not documents:
        return None
    if len(types) > 1:
        first, second = sorted(found.__name__ for found in types)[:2]
        raise FieldTypeError(name, first, second)
    document: type[Label | LabelList] = documents[0]
    return document


def _plain_field(schema: DatasetSchema, name: str, column: list[Any]) -> Field | None:
    """The field that holds every value of the column; None where there are none."""
    grown = schema
    for value in _one_of_each(column):
        field = needed_field(grown, name, value)
        if field is not None:
            grown = grown.merged({name: field})
    return grown[name] if grown is not schema else None


_SIMPLE = frozenset({str, int, float, bool, dict, type(None)})


def _one_of_each(column: list[Any]) -> list[Any]:
    """As few of the values as tell their types: one of each simple type, otherwise all."""
    types = set(map(type, column))
    if types <= _SIMPLE:
        return list({type(value): value for value in column}.values())
    if types <= {list, type(None)}:
        # Such as tags: one list with an element of each type says as much as all of them.
        inside = {type(value): value for values in column for value in values or ()}
        if inside.keys() <= _SIMPLE:
            return [list(inside.values())]
    return column


def encode_label_column(
    document_type: type[Label | LabelList], name: str, column: list[Any]
) -> tuple[tuple[pa.Table, npt.NDArray[np.int64]], EmbeddedDocumentField]:
    """The labels of a column of label documents: rows, offsets, and the field that holds them.

    Raises:
        LabelError, FieldTypeError: when a label can't be stored
    """
    if issubclass(document_type, LabelList):
        element = document_type.ELEMENT
        lists = [() if value is None else value.labels for value in column]
        labels = [label for inside in lists for label in inside]
        lengths = [len(inside) for inside in lists]
    else:
        element = document_type
        labels = [value for value in column if value is not None]
        lengths = [0 if value is None else 1 for value in column]
    table, attributes = encode_labels(element, labels, name)
    offsets = np.zeros(len(column) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    declared = document_field(document_type).attributes
    return (table, offsets), EmbeddedDocumentField(document_type, {**declared, **attributes})


def _counts(column: list[Any]) -> pa.Array:
    return pa.array(
        [
            None if value is None else len(value.labels) if isinstance(value, LabelList) else 1
            for value in column
        ],
        pa.int32(),
    )
