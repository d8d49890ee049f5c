"""The border between Python values and columns, in one place to import from.

Samples' plain fields and labels' attributes go through codecs, one for each kind of field
(`codecs.py`, `shape_codecs.py`); `arrow_types.py` says which Arrow type each has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from viewfinder.schema.arrow_types import (
    COUNT_TYPE,
    DICTIONARY_TYPE,
    ID_TYPE,
    arrow_field,
    arrow_type,
    attribute_kind,
    field_of_arrow,
    labels_table_schema,
    null_array,
)
from viewfinder.schema.codecs import codec_of
from viewfinder.schema.fields import EmbeddedDocumentField, Field, ListField, StringField
from viewfinder.schema.label_columns import (
    attribute_codecs,
    decode_labels,
    encode_labels,
    infer_attributes,
    label_to_row,
    row_to_label,
    rows_to_table,
    table_to_rows,
)
from viewfinder.schema.shape_codecs import attribute_codec

__all__ = [
    "COUNT_TYPE",
    "DICTIONARY_TYPE",
    "ID_TYPE",
    "arrow_field",
    "arrow_type",
    "attribute_codec",
    "attribute_codecs",
    "attribute_kind",
    "convert_column",
    "decode_attribute",
    "decode_column",
    "decode_labels",
    "encode_attribute",
    "encode_column",
    "encode_labels",
    "field_of_arrow",
    "infer_attributes",
    "label_to_row",
    "labels_table_schema",
    "null_array",
    "row_to_label",
    "rows_to_table",
    "samples_column",
    "table_to_rows",
]

_TAGS = ListField(StringField())


def encode_column(field: Field, values: Sequence[Any], path: str) -> pa.Array:
    """A column of the plain field `field`.

    Raises:
        FieldTypeError: when a value does not fit; the message names `path` and its position
    """
    if path == "tags" and field == _TAGS:
        # A sample without tags has an empty list of them.
        values = [[] if value is None else value for value in values]
    return codec_of(field).encode(values, path)


def decode_column(field: Field, column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The values of a column of the plain field `field`."""
    return codec_of(field).decode(column)


def encode_attribute(
    owner: EmbeddedDocumentField, name: str, values: Sequence[Any], path: str
) -> pa.Array:
    """A column of one attribute of the labels of `owner`, whose schema knows it already."""
    codec = attribute_codec(owner.attributes[name], attribute_kind(owner, name))
    return codec.encode(values, path)


def decode_attribute(
    owner: EmbeddedDocumentField, name: str, column: pa.Array | pa.ChunkedArray
) -> list[Any]:
    """The values of one attribute of the labels of `owner`."""
    return attribute_codec(owner.attributes[name], attribute_kind(owner, name)).decode(column)


def samples_column(name: str, field: Field) -> pa.Field:
    """The column of a field in the table of samples; of a label field its counts."""
    if isinstance(field, EmbeddedDocumentField) and field.element_type is not None:
        # The attributes are the business of the labels' own table.
        field = EmbeddedDocumentField(field.document_type)
    return arrow_field(name, field, arrow_type(field))


def convert_column(column: pa.Array, held: Field | None, wanted: pa.Field) -> pa.Array:
    """A column that was written when its field was narrower, as what the field holds now.

    Args:
        column: the column as it was written
        held: the field that it was written for; None where that is not known
        wanted: the column as it should be

    Raises:
        FieldTypeError: when the values can't be kept
    """
    target = field_of_arrow(wanted)
    if wanted.type == COUNT_TYPE and pa.types.is_integer(column.type):
        return column if column.type == COUNT_TYPE else column.cast(COUNT_TYPE)
    if column.type == wanted.type and (held is None or target is None or held == target):
        return column
    if pa.types.is_integer(column.type) and pa.types.is_floating(wanted.type):
        return column.cast(wanted.type)
    if held is not None and target is not None and held != target:
        kind = None
        values = attribute_codec(held, kind).decode(column)
        found = attribute_codec(target, kind).encode(values, wanted.name)
        return found if found.type == wanted.type else found.cast(wanted.type)
    if pa.types.is_dictionary(wanted.type) and pa.types.is_string(column.type):
        return column.dictionary_encode()
    return column.cast(wanted.type)
