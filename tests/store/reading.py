"""Writes samples given as dicts, and reads a snapshot back as dicts in two independent ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from viewfinder.ids import new_id
from viewfinder.labels import Label, LabelList
from viewfinder.schema import DatasetSchema, Field, infer_field
from viewfinder.schema.columns import decode_column, decode_labels, encode_column, encode_labels
from viewfinder.store import DatasetStore, Rows, Snapshot, TableVersion, Transaction

Sample = Mapping[str, Any]


def fields_of(samples: Iterable[Sample]) -> dict[str, Field]:
    """The fields that the values of the samples need."""
    schema = DatasetSchema()
    for sample in samples:
        for name, value in sample.items():
            field = infer_field(value, name)
            if field is not None:
                schema = schema.merged({name: field})
    return dict(schema.fields)


def append(transaction: Transaction, samples: Sequence[Sample]) -> list[int]:
    """Adds samples, whose values are labels, lists of labels or plain."""
    schema = transaction.grow_schema(fields_of(samples))
    columns: dict[str, pa.Array] = {}
    labels: dict[str, tuple[pa.Table, Any]] = {}
    for name in dict.fromkeys(key for sample in samples for key in sample):
        values = [sample.get(name) for sample in samples]
        if name not in schema:
            continue
        if name in schema.label_fields:
            lists = [labels_in(value) for value in values]
            element = schema.label_fields[name].element_type
            assert element is not None
            flat = [each for many in lists for each in many or ()]
            table, found = encode_labels(element, flat, name)
            document = schema.label_fields[name].document_type
            schema = transaction.grow_schema(
                {name: type(schema.label_fields[name])(document, found)}
            )
            counts = [None if many is None else len(many) for many in lists]
            columns[name] = pa.array(counts, pa.int32())
            labels[name] = (table, np.cumsum([0, *(len(many or ()) for many in lists)]))
        else:
            columns[name] = encode_column(schema[name], values, name)
    ids = [sample.get("id") or new_id() for sample in samples]
    columns["id"] = encode_column(schema["id"], ids, "id")
    seqs: list[int] = transaction.append(pa.table(columns), labels).tolist()
    return seqs


def labels_in(value: Any) -> list[Label] | None:
    """The labels of a field's value."""
    if value is None:
        return None
    return list(value.labels) if isinstance(value, LabelList) else [value]


def add(store: DatasetStore, *samples: Sample) -> list[int]:
    """Adds samples in a transaction of their own."""
    with store.transaction("add_samples") as transaction:
        return append(transaction, samples)


def read(snapshot: Snapshot) -> dict[int, dict[str, Any]]:
    """Everything in a snapshot by sample; labels as lists. Both ways of reading must agree."""
    by_take = _read(snapshot, lambda table: table.take(snapshot.seqs))
    by_overlay = _read(snapshot, lambda table: _overlay(table, snapshot.seqs))
    assert by_take == by_overlay
    return by_take


def _read(snapshot: Snapshot, rows_of: Any) -> dict[int, dict[str, Any]]:
    schema = snapshot.schema
    rows: Rows = rows_of(snapshot.table("samples"))
    assert np.diff(rows.offsets).tolist() == [1] * snapshot.count
    found: dict[int, dict[str, Any]] = {seq: {} for seq in snapshot.seqs.tolist()}
    for name, field in schema.plain_fields.items():
        for seq, value in zip(found, decode_column(field, rows.table[name]), strict=True):
            found[seq][name] = value
    for name, field in schema.label_fields.items():
        assert field.element_type is not None
        labels: Rows = rows_of(snapshot.table(name))
        objects = decode_labels(field.element_type, labels.table)
        counts = rows.table[name].to_pylist()
        positions = labels.table["pos"].to_pylist()
        bounds = labels.offsets.tolist()
        for at, seq in enumerate(found):
            mine = objects[bounds[at] : bounds[at + 1]]
            assert (counts[at] or 0) == len(mine)
            assert positions[bounds[at] : bounds[at + 1]] == list(range(len(mine)))
            found[seq][name] = None if counts[at] is None else mine
    return found


def _overlay(table: TableVersion, seqs: Any) -> Rows:
    """What a query engine does: base rows that are not replaced, and the delta."""
    base = table.base.filter(pa.array(~np.isin(table.base["seq"].to_numpy(), table.replaced)))
    both = pa.concat_tables([base, table.delta]).unify_dictionaries().combine_chunks()
    both = both.take(pa.array(np.argsort(both["seq"].to_numpy(), kind="stable")))
    column = both["seq"].to_numpy()
    assert set(column.tolist()) <= set(seqs.tolist())
    counts = np.searchsorted(column, seqs, "right") - np.searchsorted(column, seqs, "left")
    return Rows(both, np.cumsum([0, *counts.tolist()]))
