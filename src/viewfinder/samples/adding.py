"""Adding turns a stream of samples into columns, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, ref

import numpy as np

from viewfinder.errors import SchemaError
from viewfinder.ids import new_ids
from viewfinder.labels import Label, LabelList
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples.encoding import encode_records
from viewfinder.samples.frame_writing import AddedFrames
from viewfinder.samples.group_notes import GroupNotes
from viewfinder.samples.growth import refuse_new_fields
from viewfinder.samples.rows import RowBatch
from viewfinder.samples.sample import Sample
from viewfinder.schema import Field

if TYPE_CHECKING:
    import numpy.typing as npt

    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.store import Snapshot, Transaction

__all__ = ["AddedSamples", "add_in_batches", "add_samples", "import_samples"]

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
    """Adds the samples in order and returns their ids; see :func:`add_in_batches`."""
    batches = add_in_batches(
        handle, samples, expand_schema=expand_schema, total=total, progress=progress
    )
    return [identifier for ids in batches for identifier in ids]


def add_in_batches(
    handle: DatasetHandle,
    samples: Iterable[Sample],
    *,
    expand_schema: bool = True,
    total: int | None = None,
    progress: ProgressOption = None,
) -> Iterator[list[str]]:
    """Adds the samples in order, and yields the ids of each batch when it is written.

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
    if total is None and isinstance(samples, Sequence):
        total = len(samples)
    with meter(total, "Adding samples", progress=progress) as done:
        for batch in _batches(samples):
            added = AddedSamples(handle, handle.snapshot(), batch, expand_schema=expand_schema)
            with handle.store.transaction("add_samples") as transaction:
                added.write(transaction)
            added.settle()
            done.advance(len(batch))
            yield added.ids


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
        groups = GroupNotes(transaction, handle.name)
        for batch in _batches(samples):
            if batch[0].media_type == "video":
                transaction.has_frames()
            new = new_ids(len(batch))
            columns = encode_records(transaction.schema, _values_of(batch), new)
            if not expand_schema:
                refuse_new_fields(transaction.schema, columns.grown, owner)
            if media_type is None:
                media_type = batch[0].media_type
                transaction.set_info("media_type", media_type)
            groups.take(batch, columns.grown)
            transaction.grow_schema(columns.grown)
            seqs = transaction.append(columns.samples, columns.labels)
            _add_frames(transaction, handle, batch, seqs, expand_schema=expand_schema)
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
    labels, size_bytes = _weight_of(sample.raw_values)
    for frame in sample.new_frames.values():
        more_labels, more_bytes = _weight_of(frame.raw_values)
        labels, size_bytes = labels + 1 + more_labels, size_bytes + more_bytes
    return labels, size_bytes


def _weight_of(fields: Mapping[str, Any]) -> tuple[int, int]:
    labels, size_bytes = 0, 0
    for value in fields.values():
        if isinstance(value, LabelList):
            inside = value.labels
            if inside:
                labels += len(inside)
                mask = inside[0].values.get("mask") if isinstance(inside[0], Label) else None
                size_bytes += 0 if mask is None else getattr(mask, "nbytes", 0) * len(inside)
        else:
            size_bytes += getattr(value, "nbytes", 0)
    return labels, size_bytes


class AddedSamples:
    """A batch of samples on its way into a dataset."""

    def __init__(
        self,
        handle: DatasetHandle,
        snapshot: Snapshot,
        batch: Sequence[Sample],
        *,
        expand_schema: bool = True,
    ) -> None:
        """
        Args:
            handle: the dataset
            snapshot: the dataset as it is
            batch: samples that are in no dataset, at least one
            expand_schema: whether fields that the dataset has not yet may be added

        Raises:
            FieldTypeError: when a value does not fit its field
            FieldNotFoundError: when a field is new and `expand_schema` is False
            LabelError: when a label can't be stored
        """
        schema = snapshot.schema
        if _are_first_videos(snapshot, batch):
            schema = schema.of_videos()
        self.ids = _ids_for(handle, snapshot, batch)
        self._handle = handle
        self._expand_schema = expand_schema
        self._schema = schema
        self._columns = encode_records(schema, _values_of(batch), self.ids)
        if not expand_schema:
            owner = f"Dataset '{handle.name}' (expand_schema=False)"
            refuse_new_fields(schema, self._columns.grown, owner)
        self._batch = batch
        self._held: list[ReferenceType[Sample]] = []
        self._rows: RowBatch | None = None
        self._frames: list[AddedFrames] = []

    def write(self, transaction: Transaction) -> npt.NDArray[np.int64]:
        """Adds the samples, and the frames of videos; returns their numbers."""
        columns, batch = self._columns, self._batch
        if self._schema.frame_fields:
            transaction.has_frames()
        if transaction.snapshot.info.get("media_type") is None:
            transaction.set_info("media_type", batch[0].media_type)
        GroupNotes(transaction, self._handle.name).take(batch, columns.grown)
        if columns.grown:
            transaction.grow_schema(columns.grown)
        columns.samples = transaction.stamped(columns.samples)
        seqs = transaction.append(columns.samples, columns.labels)
        self._frames = _add_frames(
            transaction, self._handle, batch, seqs, expand_schema=self._expand_schema
        )
        self._rows = RowBatch(
            self._schema.merged(columns.grown),
            seqs,
            columns.samples,
            columns.labels.__getitem__,
            self._handle.point_rows,
        )
        # Samples that nobody else holds until the end need not be told.
        self._held, self._batch = list(map(ref, batch)), ()
        return seqs

    @property
    def is_held(self) -> bool:
        """Whether anybody holds a sample that is to be told that it was added."""
        return any(sample() is not None for sample in self._held)

    def settle(self) -> None:
        """Takes note that all is committed: the samples are in the dataset now."""
        rows = self._rows
        if rows is None:
            return
        live = self._handle.live
        for index, (held, seq) in enumerate(zip(self._held, rows.seqs.tolist(), strict=True)):
            sample = held()
            if sample is None:
                continue
            sample.bind(self._handle, rows, index, seq)
            live[seq] = sample
        for frames in self._frames:
            frames.settle()


def _are_first_videos(snapshot: Snapshot, batch: Sequence[Sample]) -> bool:
    """Whether the samples make an empty dataset one of videos."""
    return not snapshot.count and batch[0].media_type == "video"


def _values_of(batch: Sequence[Sample]) -> list[Mapping[str, Any]]:
    return [sample.raw_values for sample in batch]


def _add_frames(
    transaction: Transaction,
    handle: DatasetHandle,
    batch: Sequence[Sample],
    seqs: npt.NDArray[np.int64],
    *,
    expand_schema: bool,
) -> list[AddedFrames]:
    """Writes the frames of new videos; what is to be told when all is committed."""
    if any(sample.media_type == "video" for sample in batch):
        transaction.has_frames()
    of_samples = [
        (seq, sample.new_frames)
        for sample, seq in zip(batch, seqs.tolist(), strict=True)
        if sample.new_frames
    ]
    if not of_samples:
        return []
    added = AddedFrames(handle, of_samples, expand_schema=expand_schema)
    added.write(transaction)
    return [added]


def _ids_for(handle: DatasetHandle, snapshot: Snapshot, batch: Sequence[Sample]) -> list[str]:
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
