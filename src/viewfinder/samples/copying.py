"""Copying carries samples from one dataset into another as columns; no object is made for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from viewfinder.ids import new_ids
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples.frame_collection import FrameCollection
from viewfinder.samples.group_notes import GroupNotes
from viewfinder.schema import VIDEO_OF_FRAME
from viewfinder.schema.columns import encode_column

if TYPE_CHECKING:
    import numpy.typing as npt

    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.samples.rows import RowBatch
    from viewfinder.store import Transaction

__all__ = ["SHARED_FACTS", "copy_samples", "merge_facts"]

BATCH_SAMPLES = 10_000
_PLACES = ("seq", "pos")

SHARED_FACTS = (
    "info",
    "classes",
    "default_classes",
    "mask_targets",
    "default_mask_targets",
    "skeletons",
    "default_skeleton",
)
"""What a dataset keeps beside its samples and merges with what another one keeps."""


def copy_samples(
    source: SampleCollection,
    target: DatasetHandle,
    *,
    new_sample_ids: bool = False,
    reason: str = "add_collection",
    facts: Callable[[Transaction], None] | None = None,
    progress: ProgressOption = None,
) -> list[str]:
    """Adds what a collection shows to a dataset, in one transaction; returns the ids of what came.

    Args:
        source: any collection, also one of the same dataset
        target: the dataset to add to
        new_sample_ids: whether every sample gets a new id; otherwise it keeps its own, and samples
            whose id is there already are passed over
        reason: what the dataset's history shows
        facts: called in the transaction, for what is taken over besides the samples
        progress: whether to show a bar

    Raises:
        FieldTypeError: when a field of that name holds something else there
    """
    added: list[str] = []
    groups = (source.group_field, source.group_media_types, source.default_group_slice)
    source = source.whole_groups()
    total = None if progress is False else len(source)
    # Read before writing begins: the source may be the target.
    frames = FrameCollection(source).row_batches(BATCH_SAMPLES)
    copied: dict[int, int] = {}
    schema = source.visible_schema()
    fields = dict(schema.fields)
    batches = source.row_batches(BATCH_SAMPLES)
    with (
        meter(total, "Copying samples", progress=progress) as done,
        target.store.transaction(reason) as transaction,
    ):
        if schema.frame_fields:
            # Before the fields: an empty dataset becomes one of videos, with their metadata.
            transaction.has_frames()
            transaction.frames.grow_schema(schema.frame_fields)
        transaction.grow_schema(fields)
        media_type = source.media_type
        if transaction.snapshot.info.get("media_type") is None and media_type is not None:
            transaction.set_info("media_type", media_type)
        GroupNotes(transaction, target.name).merge(*groups)
        for rows in batches:
            ids, kept = _ids(rows, transaction, fresh=new_sample_ids)
            if len(kept):
                samples, labels = _columns(rows, kept, ids, transaction)
                seqs = transaction.append(samples, labels)
                copied.update(zip(rows.seqs[kept].tolist(), seqs.tolist(), strict=True))
                added += ids
            done.advance(len(rows))
        if schema.frame_fields and copied:
            # Clips that overlap show the same frames.
            fresh = new_sample_ids or source.handle is not source.handle.target
            _copy_frames(frames, copied, transaction, fresh=fresh)
        if facts is not None:
            facts(transaction)
    return added


def merge_facts(
    source: Mapping[str, Any], transaction: Transaction, *, overwrite: bool = False
) -> None:
    """Takes over what another dataset keeps beside its samples, entry by entry.

    Args:
        source: the info of the other dataset's snapshot
        transaction: of the dataset that takes it over
        overwrite: whether entries that it has already are replaced
    """
    held = transaction.snapshot.info
    for key in SHARED_FACTS:
        theirs, ours = source.get(key), held.get(key)
        if not theirs:
            continue
        if isinstance(theirs, Mapping) and isinstance(ours, Mapping):
            merged: Any = {**ours, **theirs} if overwrite else {**theirs, **ours}
        else:
            merged = theirs if overwrite or not ours else ours
        if merged != ours:
            transaction.set_info(key, merged)


def _ids(
    rows: RowBatch, transaction: Transaction, *, fresh: bool
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The ids under which samples of the batch are added, and which samples these are."""
    if fresh:
        return new_ids(len(rows)), np.arange(len(rows))
    ids = rows.column("id")
    kept = np.flatnonzero(transaction.snapshot.seqs_of(ids) < 0)
    return [ids[index] for index in kept.tolist()], kept


def _columns(
    rows: RowBatch, kept: npt.NDArray[np.int64], ids: list[str], transaction: Transaction
) -> tuple[pa.Table, dict[str, tuple[pa.Table, npt.NDArray[np.int64]]]]:
    whole = len(kept) == len(rows)
    samples, labels = rows.samples, {}
    for name in rows.schema.label_fields:
        table, offsets = rows.labels(name)
        if not whole:
            counts = np.diff(offsets)[kept]
            table = table.take(pa.array(_ranges(offsets[kept], counts)))
            offsets = _offsets(counts)
        labels[name] = (_without_places(table), offsets)
    if not whole:
        samples = samples.take(pa.array(kept))
    samples = samples.select([name for name in samples.column_names if name in rows.schema])
    column = encode_column(transaction.schema["id"], ids, "id")
    return samples.set_column(samples.column_names.index("id"), "id", column), labels


def _copy_frames(
    frames: Iterable[RowBatch], copied: Mapping[int, int], transaction: Transaction, *, fresh: bool
) -> None:
    """Copies what is shown of the frames of videos, from the numbers of those to new ones."""
    old = np.array(sorted(copied), np.int64)
    new = np.array([copied[seq] for seq in old.tolist()], np.int64)
    for rows in frames:
        videos = np.asarray(rows.samples[VIDEO_OF_FRAME], np.int64)
        kept = np.flatnonzero(np.isin(videos, old))
        if not len(kept):
            continue
        all_ids: list[str] = rows.column("id")
        ids = new_ids(len(kept)) if fresh else [all_ids[at] for at in kept.tolist()]
        table, labels = _columns(rows, kept, ids, transaction.frames)
        of_video = pa.array(new[np.searchsorted(old, videos[kept])])
        at = table.column_names.index(VIDEO_OF_FRAME)
        transaction.frames.append(table.set_column(at, VIDEO_OF_FRAME, of_video), labels)


def _without_places(table: pa.Table) -> pa.Table:
    return table.drop_columns([name for name in _PLACES if name in table.column_names])


def _offsets(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def _ranges(starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The numbers of all ranges, one after the other."""
    offsets = _offsets(counts)
    places: npt.NDArray[np.int64] = np.arange(offsets[-1]) + np.repeat(
        starts - offsets[:-1], counts
    )
    return places
