"""Labels as columns and as rows: the one place that takes label objects apart and builds them.

Columns are for bulk (hundreds of thousands of labels at once), rows for single edits. A row is a
dict of primitives that msgpack can write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

import pyarrow as pa

from viewfinder.errors import FieldNotFoundError, LabelError
from viewfinder.ids import new_ids, plain_id
from viewfinder.labels import Kind, Label
from viewfinder.labels.base import COMMON_ATTRIBUTES
from viewfinder.schema.arrow_types import (
    arrow_field,
    attribute_kind,
    field_of_arrow,
    labels_table_schema,
)
from viewfinder.schema.codecs import Codec
from viewfinder.schema.fields import FIELD_OF_KIND, EmbeddedDocumentField, Field, StringField
from viewfinder.schema.infer import infer_field, widen
from viewfinder.schema.shape_codecs import attribute_codec

__all__ = [
    "attribute_codecs",
    "decode_labels",
    "encode_labels",
    "infer_attributes",
    "label_to_row",
    "row_to_label",
    "rows_to_table",
    "table_to_rows",
]

_RESERVED = frozenset({"seq", "pos"})
_SAME_FIELD = frozenset({str, int, float, bool, type(None)})
"""Types whose values all have the same field."""
_DOCUMENTS = "attributes"
"""The dict of documents that each label has; one that is empty is kept nowhere."""
_KINDS: dict[type[Label], dict[str, Kind]] = {}
"""The declared kinds of each class of labels, which are asked for with every label."""
_ID_FIELD = FIELD_OF_KIND[Kind.ID]


def encode_labels(
    element: type[Label], labels: Sequence[Label], path: str | None = None
) -> tuple[pa.Table, dict[str, Field]]:
    """The columns of many labels of one class.

    Labels without an id get one. Columns that would hold nothing but nulls are left out.

    Args:
        element: the class of the labels
        labels: the labels, in the order of rows
        path: the field that an error names; the class's name where it is not given

    Returns:
        The table, and every attribute that was found with its field, for the schema to grow.

    Raises:
        LabelError: when a label is of another class, or a box, point or shape is none
        FieldTypeError: when a declared attribute holds a value of another type
    """
    path = path or element.__name__
    values = _values_of(element, labels, path)
    _fill_ids(values)
    names = dict.fromkeys(chain.from_iterable(values))
    kinds = _declared_kinds(element)
    fields: dict[str, Field] = {}
    columns: list[pa.Array] = []
    schema: list[pa.Field] = []
    declared = (name for name in kinds if name in names)
    for name in (*declared, *(name for name in names if name not in kinds)):
        column = _column(values, name)
        kind = kinds.get(name)
        field = FIELD_OF_KIND[kind] if kind is not None else _infer_column(column, name, path)
        if field is None:
            continue
        codec = attribute_codec(field, kind)
        array = codec.encode(column, f"{path}.{name}")
        if array.null_count == len(array) and len(array):
            continue
        fields[name] = field
        columns.append(array)
        schema.append(arrow_field(name, field, codec.type))
    return pa.Table.from_arrays(columns, schema=pa.schema(schema)), fields


def decode_labels(element: type[Label], table: pa.Table | pa.RecordBatch) -> list[Label]:
    """Label objects from the rows of a table; what is null is left out of the object.

    Columns ``seq`` and ``pos`` are passed over.
    """
    kinds = _declared_kinds(element)
    full: dict[str, list[Any]] = {}
    sparse: dict[str, list[Any]] = {}
    for column, values in zip(table.schema, table.columns, strict=True):
        name = column.name
        if name in _RESERVED or values.null_count == len(values):
            continue
        codec = attribute_codec(_field_of_column(column, kinds), kinds.get(name))
        (sparse if values.null_count else full)[name] = codec.decode(values)
    names = tuple(full)
    if names:
        rows = [dict(zip(names, row, strict=False)) for row in zip(*full.values(), strict=True)]
    else:
        rows = [{} for _ in range(table.num_rows)]
    for name, found in sparse.items():
        for row, value in zip(rows, found, strict=True):
            if value is not None:
                row[name] = value
    make = element.from_values
    return [make(row) for row in rows]


def infer_attributes(labels: Iterable[Label], path: str) -> dict[str, Field]:
    """Every attribute that the labels hold a value of, with the field that fits them all."""
    found: dict[str, Field] = {}
    seen: set[tuple[str, type]] = set()
    for label in labels:
        kinds = _declared_kinds(type(label))
        for name, value in label.values.items():
            # Most labels have what the one before had, and need no closer look.
            look = (name, type(value))
            if look in seen:
                continue
            kind = kinds.get(name)
            if kind is not None:
                found[name] = FIELD_OF_KIND[kind]
                seen.add(look)
                continue
            if type(value) in _SAME_FIELD:
                seen.add(look)
            if not value and name == _DOCUMENTS:
                continue
            _check_name(name, path)
            field = infer_field(value, f"{path}.{name}")
            if field is not None:
                found[name] = widen(found[name], field) if name in found else field
    return found


def label_to_row(label: Label, field: EmbeddedDocumentField, path: str) -> dict[str, Any]:
    """A label as a dict of primitives, of the types that `field` has in the schema.

    The label gets an id if it has none.

    Raises:
        FieldNotFoundError: when it has an attribute that `field` does not know yet
        LabelError, FieldTypeError: when a value does not fit
    """
    if type(label) is not field.element_type:
        raise LabelError(
            f"{path} holds {field.document_type.__name__}, but was given a "
            f"{type(label).__name__}. Store it in a field of its own type."
        )
    codecs = attribute_codecs(field)
    row = {"id": bytes.fromhex(plain_id(label.id))}
    for name, value in label.values.items():
        if value is None or name == "id" or (name == _DOCUMENTS and not value):
            continue
        codec = codecs.get(name)
        if codec is None:
            raise FieldNotFoundError(f"{path}.{name}", "The schema", field.attributes)
        row[name] = codec.pack(value, f"{path}.{name}")
    return row


def row_to_label(field: EmbeddedDocumentField, row: Mapping[str, Any]) -> Label:
    """The label that :func:`label_to_row` took apart."""
    element = field.element_type
    assert element is not None
    codecs = attribute_codecs(field)
    values = {name: codecs[name].unpack(part) for name, part in row.items() if part is not None}
    return element.from_values(values)


def rows_to_table(field: EmbeddedDocumentField, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The columns of rows, with all columns that the schema knows."""
    columns = []
    schema = labels_table_schema(field)
    for column in schema:
        name = column.name
        values = [row.get(name) for row in rows]
        if pa.types.is_dictionary(column.type):
            columns.append(pa.array(values, pa.string()).dictionary_encode())
        else:
            columns.append(pa.array(values, column.type))
    return pa.Table.from_arrays(columns, schema=schema)


def table_to_rows(field: EmbeddedDocumentField, table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table of labels, as :func:`label_to_row` makes them."""
    codecs = attribute_codecs(field)
    kinds = _declared_kinds(_element_of(field))
    rows: list[dict[str, Any]] = [{} for _ in range(table.num_rows)]
    for column, values in zip(table.schema, table.columns, strict=True):
        if column.name in _RESERVED:
            continue
        codec = attribute_codec(_field_of_column(column, kinds), kinds.get(column.name))
        wanted = codecs[column.name]
        for row, value in zip(rows, codec.decode(values), strict=True):
            if value is not None:
                row[column.name] = wanted.pack(value, column.name)
    return rows


@lru_cache(maxsize=256)
def attribute_codecs(field: EmbeddedDocumentField) -> Mapping[str, Codec]:
    """The codec of each attribute of a label field."""
    return {
        name: attribute_codec(part, attribute_kind(field, name))
        for name, part in field.attributes.items()
    }


def _declared_kinds(element: type[Label]) -> Mapping[str, Kind]:
    kinds = _KINDS.get(element)
    if kinds is None:
        specs = (*COMMON_ATTRIBUTES, *element.SPECS)
        kinds = _KINDS[element] = {spec.name: spec.kind for spec in specs}
    return kinds


def _element_of(field: EmbeddedDocumentField) -> type[Label]:
    element = field.element_type
    assert element is not None
    return element


def _values_of(element: type[Label], labels: Sequence[Label], path: str) -> list[dict[str, Any]]:
    if set(map(type, labels)) - {element}:
        position, other = next(
            (at, label) for at, label in enumerate(labels) if type(label) is not element
        )
        raise LabelError(
            f"{path}[{position}] must be a {element.__name__}, but is a {type(other).__name__}. "
            "A field holds labels of one class: store others in a field of their own."
        )
    return list(map(vars, labels))


def _column(values: list[dict[str, Any]], name: str) -> list[Any]:
    if name == _DOCUMENTS:
        return [each.get(name) or None for each in values]
    try:
        # Mostly every label has what one has, and then no question need be asked of each.
        return list(map(itemgetter(name), values))
    except KeyError:
        return [each.get(name) for each in values]


def _fill_ids(values: list[dict[str, Any]]) -> None:
    without = [each for each in values if "id" not in each]
    for each, identifier in zip(without, new_ids(len(without)), strict=True):
        each["id"] = identifier


def _infer_column(values: list[Any], name: str, path: str) -> Field | None:
    _check_name(name, path)
    found: Field | None = None
    simple: set[type] = set()
    for value in values:
        cls = type(value)
        if cls in simple:
            continue
        if cls in (str, int, float, bool, type(None)):
            simple.add(cls)
        field = infer_field(value, f"{path}.{name}")
        if field is not None:
            found = field if found is None else widen(found, field)
    return found


def _check_name(name: str, path: str) -> None:
    if name in _RESERVED or not name:
        raise LabelError(
            f"{path} has a label with an attribute named '{name}', which is a name kept for us. "
            "Give the attribute another name."
        )


def _field_of_column(column: pa.Field, kinds: Mapping[str, Kind]) -> Field:
    if column.name in kinds:
        return FIELD_OF_KIND[kinds[column.name]]
    said = field_of_arrow(column)
    if said is not None:
        return said
    return _ID_FIELD if column.name == "id" else StringField()
