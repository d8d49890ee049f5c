"""Edits in memory: the delta rows of the database, and how they become rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from viewfinder.schema import DatasetSchema, EmbeddedDocumentField
from viewfinder.schema.columns import (
    COUNT_TYPE,
    labels_table_schema,
    rows_to_table,
    samples_column,
)
from viewfinder.store.tables import BaseTable, Builder, different

__all__ = ["Edit", "Patches", "labels_builder", "pack", "samples_builder", "table_schema", "unpack"]

SEQ = pa.field("seq", pa.int64())
POS = pa.field("pos", pa.int32())


@dataclass(frozen=True, slots=True)
class Edit:
    """The newest value of one field of one sample."""

    count: int | None
    """Of a label field that is not None: its number of labels."""
    value: bytes
    """The value's primitive as msgpack; of a label field a list of rows, or nil."""


Patches = Mapping[int, Mapping[str, Edit]]
"""The edited fields of each sample that has any."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


def pack(primitive: Any) -> bytes:
    """A primitive as bytes."""
    return _encoder.encode(primitive)


def unpack(data: bytes) -> Any:
    """The primitive that :func:`pack` wrote."""
    return _decoder.decode(data)


def table_schema(schema: DatasetSchema, name: str | None) -> pa.Schema:
    """The columns of the table of labels of field `name`, or of the samples (None)."""
    if name is None:
        return pa.schema([SEQ, *(samples_column(key, schema[key]) for key in schema)])
    field = schema.label_fields[name]
    return pa.schema([SEQ, POS, *labels_table_schema(field)])


def labels_builder(field: EmbeddedDocumentField) -> Builder:
    """Makes the rows of edited labels from what msgpack holds."""

    def build(base: BaseTable, seqs: Sequence[int], values: Sequence[bytes]) -> pa.Table:
        lists = [unpack(value) or [] for value in values]
        counts = np.fromiter(map(len, lists), np.int64, len(lists))
        table = rows_to_table(field, [row for rows in lists for row in rows])
        return with_places(table, np.array(seqs, dtype=np.int64), counts, base.schema)

    return build


def with_places(
    table: pa.Table,
    seqs: np.ndarray[Any, np.dtype[np.int64]],
    counts: np.ndarray[Any, np.dtype[np.int64]],
    schema: pa.Schema | None = None,
) -> pa.Table:
    """A table of labels with the columns ``seq`` and ``pos`` in front.

    Args:
        table: the labels of several samples, one sample after the other
        seqs: the samples
        counts: how many labels each has
        schema: of the result; made from the table's where it is not given
    """
    before = np.cumsum(counts) - counts
    pos = np.arange(table.num_rows, dtype=np.int64) - np.repeat(before, counts)
    places = [pa.array(np.repeat(seqs, counts)), pa.array(pos.astype(np.int32))]
    schema = schema or pa.schema([SEQ, POS, *table.schema])
    return pa.Table.from_arrays([*places, *table.columns], schema=schema)


def samples_builder(schema: DatasetSchema) -> Builder:
    """Makes the rows of edited samples: what the segments hold, with the edits laid over it."""
    label_fields = frozenset(schema.label_fields)

    def build(
        base: BaseTable, seqs: Sequence[int], values: Sequence[Mapping[str, Edit]]
    ) -> pa.Table:
        below, found = _below(base, np.array(seqs, dtype=np.int64))
        touched = {name for edits in values for name in edits}
        columns = [pa.array(seqs, pa.int64())]
        for column in list(base.schema)[1:]:
            name = column.name
            old = below.column(name)
            if name not in touched:
                columns.append(old if found is None else old.take(found))
                continue
            at = [index for index, edits in enumerate(values) if name in edits]
            edits_here = [values[index][name] for index in at]
            new = _edited(edits_here, column.type, counts=name in label_fields)
            source = np.arange(len(seqs)) if found is None else found.fill_null(0).to_numpy()
            mask = np.zeros(len(seqs), bool) if found is None else _nulls(found)
            source, mask = source.copy(), mask.copy()
            source[at] = len(old) + np.arange(len(at))
            mask[at] = False
            both = pa.concat_arrays([_whole(old), new])
            columns.append(both.take(pa.array(source, pa.int64(), mask=mask)))
        return pa.Table.from_arrays(columns, schema=base.schema)

    return build


def _below(
    base: BaseTable, seqs: np.ndarray[Any, np.dtype[np.int64]]
) -> tuple[pa.Table, pa.Array | None]:
    """The rows of the segments, and for each sample its row (null: none); None: all in order."""
    parts, rows, offset = [], np.full(len(seqs), -1, dtype=np.int64), 0
    owners = base.owners(seqs)
    for owner in different(owners[owners >= 0]).tolist():
        mine = np.flatnonzero(owners == owner)
        segment = base.segments[owner]
        at = np.minimum(segment.seqs.searchsorted(seqs[mine]), len(segment.seqs) - 1)
        known = segment.seqs[at] == seqs[mine]
        parts.append(segment.batch.take(pa.array(at[known])))
        rows[mine[known]] = offset + np.arange(int(known.sum()))
        offset += int(known.sum())
    table = pa.Table.from_batches(parts, schema=base.schema)
    if len(table) == len(seqs):
        return table, None
    return table, pa.array(rows, mask=rows < 0)


def _edited(edits: Iterable[Edit], data_type: pa.DataType, *, counts: bool) -> pa.Array:
    if counts:
        return pa.array([edit.count for edit in edits], COUNT_TYPE)
    primitives = [unpack(edit.value) for edit in edits]
    return pa.array(primitives, data_type)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _nulls(array: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    nulls: np.ndarray[Any, np.dtype[np.bool_]] = array.is_null().to_numpy(zero_copy_only=False)
    return nulls
