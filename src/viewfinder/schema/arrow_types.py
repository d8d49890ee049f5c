"""Fields as Arrow types: which column holds what, and how a column says which field it is.

Each column carries its field as JSON in the Arrow field's metadata, so that a file explains itself
and a reader whose schema has widened since knows what to convert from.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from viewfinder.ids import ID_BYTES
from viewfinder.labels import Kind
from viewfinder.labels.base import COMMON_ATTRIBUTES
from viewfinder.schema.field_json import field_from_json
from viewfinder.schema.fields import (
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

__all__ = [
    "COUNT_TYPE",
    "DICTIONARY_TYPE",
    "ID_TYPE",
    "arrow_field",
    "arrow_type",
    "attribute_kind",
    "field_of_arrow",
    "is_json",
    "labels_table_schema",
    "null_array",
]

ID_TYPE = pa.binary(ID_BYTES)
COUNT_TYPE = pa.int32()
"""How many labels a sample's label field holds: a column of the samples table."""
DICTIONARY_TYPE = pa.dictionary(pa.int32(), pa.string())
"""Strings of labels: few different ones, many times."""

_PAIRS = pa.list_(pa.float64())
_TYPES: dict[type[Field], pa.DataType] = {
    ObjectIdField: ID_TYPE,
    StringField: pa.string(),
    IntField: pa.int64(),
    FloatField: pa.float64(),
    BooleanField: pa.bool_(),
    DateField: pa.date32(),
    DateTimeField: pa.timestamp("us", "UTC"),
    VectorField: pa.binary(),
    ArrayField: pa.binary(),
}
_SHAPE_TYPES: dict[Kind, pa.DataType] = {
    Kind.BOX: pa.list_(pa.float64(), 4),
    Kind.POINTS: _PAIRS,
    Kind.SHAPES: pa.list_(_PAIRS),
}
_META_KEY = b"viewfinder.field"


def is_json(field: Field) -> bool:
    """Whether the values of `field` are kept as JSON text."""
    if isinstance(field, ListField):
        return field.field is None or is_json(field.field)
    return type(field) is Field or isinstance(field, DictField)


def arrow_type(field: Field, kind: Kind | None = None) -> pa.DataType:
    """The type of the column of `field`.

    Args:
        field: the field; one of labels gives the type of its column of counts
        kind: of a declared attribute of a label: boxes and points have types of their own
    """
    if kind in _SHAPE_TYPES:
        return _SHAPE_TYPES[kind]
    if is_json(field):
        return pa.string()
    if isinstance(field, ListField) and field.field is not None:
        return pa.list_(arrow_type(field.field))
    if isinstance(field, EmbeddedDocumentField):
        if field.element_type is not None:
            return COUNT_TYPE
        return pa.struct([(name, arrow_type(part)) for name, part in field.attributes.items()])
    return next(_TYPES[cls] for cls in type(field).__mro__ if cls in _TYPES)


def attribute_kind(field: EmbeddedDocumentField, name: str) -> Kind | None:
    """The declared kind of a label attribute; None for an attribute of the user's own."""
    element = field.element_type
    if element is None:
        return None
    for spec in (*COMMON_ATTRIBUTES, *element.SPECS):
        if spec.name == name:
            return spec.kind
    return None


def arrow_field(name: str, field: Field, data_type: pa.DataType) -> pa.Field:
    """A column that says which field it holds."""
    return pa.field(name, data_type, metadata={_META_KEY: _field_text(field)})


def field_of_arrow(column: pa.Field) -> Field | None:
    """The field that a column says it holds; None where it says nothing."""
    text = (column.metadata or {}).get(_META_KEY)
    return None if text is None else _field_from_text(text)


def labels_table_schema(field: EmbeddedDocumentField) -> pa.Schema:
    """The columns of the labels of `field`, without ``seq`` and ``pos``."""
    columns = []
    for name, part in field.attributes.items():
        kind = attribute_kind(field, name)
        data_type = arrow_type(part, kind)
        if isinstance(part, StringField):
            data_type = DICTIONARY_TYPE
        columns.append(arrow_field(name, part, data_type))
    return pa.schema(columns)


def null_array(data_type: pa.DataType, length: int) -> pa.Array:
    """`length` nulls, over zeros that take no memory until written to, which nobody does."""
    if pa.types.is_dictionary(data_type):
        indices = null_array(data_type.index_type, length)
        return pa.DictionaryArray.from_arrays(indices, pa.array([], data_type.value_type))
    if pa.types.is_struct(data_type):
        parts = [null_array(part.type, length) for part in data_type]
        return pa.Array.from_buffers(data_type, length, [_zeros(length)], length, children=parts)
    if pa.types.is_fixed_size_list(data_type):
        inner = null_array(data_type.value_type, length * data_type.list_size)
        return pa.Array.from_buffers(data_type, length, [_zeros(length)], length, children=[inner])
    if pa.types.is_list(data_type):
        buffers = [_zeros(length), _zeros(4 * (length + 1))]
        inner = null_array(data_type.value_type, 0)
        return pa.Array.from_buffers(data_type, length, buffers, length, children=[inner])
    if pa.types.is_string(data_type) or pa.types.is_binary(data_type):
        buffers = [_zeros(length), _zeros(4 * (length + 1)), _zeros(0)]
        return pa.Array.from_buffers(data_type, length, buffers, length)
    bytes_each = max(1, data_type.bit_width // 8)
    return pa.Array.from_buffers(
        data_type, length, [_zeros(length), _zeros(bytes_each * length)], length
    )


def _zeros(size: int) -> pa.Buffer:
    # numpy asks the system for zeroed pages, which cost nothing as long as they are only read.
    return pa.py_buffer(np.zeros(size + 64, dtype=np.uint8))


@lru_cache(maxsize=1024)
def _field_text(field: Field) -> bytes:
    return json.dumps(field.bare().to_json()).encode()


@lru_cache(maxsize=1024)
def _field_from_text(text: bytes) -> Field:
    data: Any = json.loads(text)
    return field_from_json(data)
