"""Adding turns a stream of samples into columns, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from viewfinder.errors import FieldTypeError, SchemaError
from viewfinder.ids import new_ids
from viewfinder.labels import Label, LabelList
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples.growth import needed_field, refuse_new_fields
from viewfinder.samples.rows import RowBatch
from viewfinder.samples.sample import Sample
from viewfinder.schema import DatasetSchema, EmbeddedDocumentField, Field
from viewfinder.schema.columns import encode_column, encode_labels
from viewfinder.schema.infer import document_field

if TYPE_CHECKING:
    import numpy.typing as npt

    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.store import Snapshot

__all__ = ["add_samples", "encode_label_column", "import_samples"]

BATCH_SAMPLES = 10_000
BATCH_LABELS = 300_000
BATCH_BYTES = 128 << 20
"""A batch is written when it holds this many samples, labels, or bytes of masks."""


def add_samples(
    handle: DatasetHandle,
    samples: Iterable[Sample],
    *,
    expand_schema: bool = True,
    total: int | None = None,
    progress: ProgressOption = None,
) -> list[str]:
    """Adds the samples in order and returns their ids.

    They are taken from the iterable and written in batches, so a generator of any length needs
    little memory. When one batch is refused, those before it stay.

    Args:
        handle: the dataset
        samples: samples in any iterable; those that are in a dataset already are copied
        progress: whether to show a bar
        expand_schema: whether fields that the dataset has not yet may be added
        total: how many there will be, for the progress bar

    Raises:
        FieldTypeError: when a value does not fit its field
        FieldNotFoundError: when a field is new and `expand_schema` is False
        LabelError: when a label can't be stored
    """
    ids: list[str] = []
    if total is None and isinstance(samples, Sequence):
        total = len(samples)
    with meter(total, "Adding samples", progress=progress) as done:
        for batch in _batches(samples):
            ids += _add_batch(handle, batch, expand_schema=expand_schema)
            done.advance(len(batch))
    return ids


def import_samples(
    handle: DatasetHandle,
    samples: Iterable[Sample],
    *,
    reason: str,
    new_fields: Mapping[str, Field] | None = None,
    new_info: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    expand_schema: bool = True,
    total: int | None = None,
    progress: ProgressOption = None,
) -> list[str]:
    """Adds all of the samples or none, in one transaction, and returns their ids.

    They are taken from the iterable in batches, so memory stays small; other writers wait until the
    last one is in. Unlike :func:`add_samples` it lets go of the objects, which stay in no dataset.

    Args:
        handle: the dataset
        samples: samples that are in no dataset yet and have no ids of their own
        reason: what the dataset's history shows
        new_fields: fields that the dataset has afterwards even if no sample has a value
        new_info: from what the dataset keeps beside its samples to what it keeps from now on
        expand_schema: whether fields that the dataset has not yet may be added
        total: how many there will be, for the progress bar
        progress: whether to show a bar

    Raises:
        FieldTypeError: when a value does not fit its field
        FieldNotFoundError: when a field is new and `expand_schema` is False
        LabelError: when a label can't be stored
    """
    owner = f"Dataset '{handle.name}' (expand_schema=False)"
    ids: list[str] = []
    with (
        meter(total, "Importing", progress=progress) as done,
        handle.store.transaction(reason) as transaction,
    ):
        if not expand_schema:
            refuse_new_fields(transaction.schema, new_fields or {}, owner)
        transaction.grow_schema(new_fields or {})
        media_type = transaction.snapshot.info.get("media_type")
        for batch in _batches(samples):
            new = new_ids(len(batch))
            columns = _encode(transaction.schema, batch, new)
            if not expand_schema:
                refuse_new_fields(transaction.schema, columns.grown, owner)
            if media_type is None:
                media_type = batch[0].media_type
                transaction.set_info("media_type", media_type)
            transaction.grow_schema(columns.grown)
            transaction.append(columns.samples, columns.labels)
            ids += new
            done.advance(len(batch))
        for key, value in (new_info(transaction.snapshot.info) if new_info else {}).items():
            transaction.set_info(key, value)
    return ids


def _batches(samples: Iterable[Sample]) -> Iterator[list[Sample]]:
    batch: list[Sample] = []
    labels, size_bytes = 0, 0
    for sample in samples:
        if not isinstance(sample, Sample):
            raise SchemaError(
                f"Only samples can be added, not a {type(sample).__name__}. Make one with "
                "Sample(filepath=…, field=value)."
            )
        batch.append(sample.copy() if sample.in_dataset else sample)
        more_labels, more_bytes = _weight(batch[-1])
        labels, size_bytes = labels + more_labels, size_bytes + more_bytes
        if len(batch) >= BATCH_SAMPLES or labels >= BATCH_LABELS or size_bytes >= BATCH_BYTES:
            yield batch
            batch, labels, size_bytes = [], 0, 0
    if batch:
        yield batch


def _weight(sample: Sample) -> tuple[int, int]:
    """Number of labels, and about how many bytes their masks have."""
    labels, size_bytes = 0, 0
    for value in sample.raw_values.values():
        if isinstance(value, LabelList):
            inside = value.labels
            if inside:
                labels += len(inside)
                mask = inside[0].values.get("mask") if isinstance(inside[0], Label) else None
                size_bytes += 0 if mask is None else getattr(mask, "nbytes", 0) * len(inside)
        else:
            size_bytes += getattr(value, "nbytes", 0)
    return labels, size_bytes


@dataclass(slots=True)
class _Columns:
    """A batch as the store takes it."""

    samples: pa.Table
    labels: dict[str, tuple[pa.Table, npt.NDArray[np.int64]]]
    grown: dict[str, Field]


def _add_batch(handle: DatasetHandle, batch: list[Sample], *, expand_schema: bool) -> list[str]:
    snapshot = handle.snapshot()
    ids = _ids_for(handle, snapshot, batch)
    columns = _encode(snapshot.schema, batch, ids)
    if not expand_schema:
        refuse_new_fields(
            snapshot.schema, columns.grown, f"Dataset '{handle.name}' (expand_schema=False)"
        )
    media_type = batch[0].media_type
    with handle.store.transaction("add_samples") as transaction:
        if columns.grown:
            transaction.grow_schema(columns.grown)
        seqs = transaction.append(columns.samples, columns.labels)
        if transaction.snapshot.info.get("media_type") is None:
            transaction.set_info("media_type", media_type)
    rows = RowBatch(
        snapshot.schema.merged(columns.grown),
        seqs,
        columns.samples,
        columns.labels.__getitem__,
        handle.point_rows,
    )
    live = handle.live
    for index, (sample, seq) in enumerate(zip(batch, seqs.tolist(), strict=True)):
        sample.bind(handle, rows, index, seq)
        live[seq] = sample
    return ids


def _ids_for(handle: DatasetHandle, snapshot: Snapshot, batch: list[Sample]) -> list[str]:
    given = [sample.raw_values.get("id") for sample in batch]
    if not any(given):
        return new_ids(len(batch))
    chosen = [identifier for identifier in given if identifier is not None]
    taken = [
        identifier
        for identifier, seq in zip(chosen, snapshot.seqs_of(chosen).tolist(), strict=True)
        if seq >= 0
    ]
    twice = [identifier for identifier, times in Counter(chosen).items() if times > 1]
    if taken or twice:
        raise SchemaError(
            f"Dataset '{handle.name}' can't have two samples with the id "
            f"{(taken or twice)[0]!r}. Leave the id out and a new one is made."
        )
    fresh = iter(new_ids(len(batch) - len(chosen)))
    return [identifier or next(fresh) for identifier in given]


def _encode(schema: DatasetSchema, batch: list[Sample], ids: list[str]) -> _Columns:
    raw = [sample.raw_values for sample in batch]
    names = dict.fromkeys(name for values in raw for name in values)
    names.pop("id", None)
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
    return _Columns(pa.table(arrays), labels, grown)


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
