"""Writing what a view shows of labels: tags on them, labels taken away, whole fields replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from viewfinder.expr import plan_schema
from viewfinder.samples.bulk_methods import FEW, write_column
from viewfinder.samples.frame_handle import frames_of_handle
from viewfinder.samples.frame_plans import frame_plan
from viewfinder.samples.row_tables import ViewRows, spread, view_rows
from viewfinder.samples.saving import current_labels
from viewfinder.schema import FRAMES_PREFIX, EmbeddedDocumentField
from viewfinder.schema.columns import decode_column, decode_labels

if TYPE_CHECKING:
    from viewfinder.engine.base import Batch
    from viewfinder.expr import Plan
    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.store import Transaction

__all__ = [
    "delete_labels",
    "edit_label_tags",
    "forget_fields",
    "hidden_frame_labels",
    "visible_label_ids",
    "write_view",
]

Seqs = npt.NDArray[np.int64]
FEW_SAMPLES = 200
"""The tags of labels of up to so many samples are written as edits, not as a column."""


def visible_label_ids(collection: SampleCollection, name: str) -> pa.Array | None:
    """The ids of the labels that a collection shows of a field; None for all of the dataset."""
    if name.startswith(FRAMES_PREFIX):
        inside = name.removeprefix(FRAMES_PREFIX)
        return _frames_shown(collection).label_rows(inside).table["id"].combine_chunks()
    if collection.shows_all:
        return None
    return view_rows(collection).label_rows(name).table["id"].combine_chunks()


def hidden_frame_labels(collection: SampleCollection, name: str) -> pa.Array:
    """The ids of labels of ``frames.…`` that a collection hides in the frames that it shows."""
    batch, inside = _frames_shown(collection), name.removeprefix(FRAMES_PREFIX)
    whole = batch.whole_label_rows(inside).table["id"].combine_chunks()
    shown = batch.label_rows(inside).table["id"]
    return whole.filter(pa.array(~_among(whole, shown)))


def _frames_shown(collection: SampleCollection) -> Batch:
    """The frames that a collection shows."""
    snapshot = collection.snapshot()
    plan = frame_plan(collection.plan(snapshot.schema), collection.handle.engine, snapshot)
    engine: Any = frames_of_handle(collection.handle).engine
    frames, _ = snapshot.frames_of(collection.seqs())
    left = frames[np.isin(frames, engine.seqs(plan, snapshot.frames))]
    found: Batch = engine.batch(plan, snapshot.frames, left)
    return found


def edit_label_tags(
    handle: DatasetHandle,
    name: str,
    ids: pa.Array | None,
    edit: Callable[[list[str]], list[str]],
    reason: str,
) -> None:
    """Changes the tags of some labels of a field, or of all, in one transaction."""
    handle, name = _own_place(handle, name)
    with handle.store.transaction(reason) as transaction:
        snapshot = transaction.snapshot
        held = snapshot.table(name).take(snapshot.seqs).table
        chosen = _among(held["id"], ids)
        column = held["tags"].combine_chunks()
        source, options = _edited_tags(column, chosen, edit)
        changed = source != np.arange(len(source))
        if not changed.any():
            return
        tags = pa.concat_arrays([column, options]).take(pa.array(source))
        seqs = np.asarray(held["seq"], dtype=np.int64)
        touched = np.unique(seqs[changed])
        if len(touched) <= FEW_SAMPLES < len(snapshot.seqs):
            _put_tags(transaction, name, touched, held["id"], tags, changed)
        else:
            transaction.set_column(name, "tags", tags)
    forget_fields(handle, touched, name)


def _own_place(handle: DatasetHandle, name: str) -> tuple[DatasetHandle, str]:
    """For a field of frames the handle of the frames, and its name there."""
    if name.startswith(FRAMES_PREFIX):
        return frames_of_handle(handle), name.removeprefix(FRAMES_PREFIX)
    return handle, name


def _edited_tags(
    column: pa.Array, chosen: npt.NDArray[np.bool_], edit: Callable[[list[str]], list[str]]
) -> tuple[Seqs, pa.Array]:
    """New tags as places: in the column where they stay, and after its end in the second answer.

    Most labels have the same few lists of tags, so each different list is edited once.
    """
    source = np.arange(len(chosen), dtype=np.int64)
    codes, firsts = _same_lists(column)
    fresh: list[list[str]] = []
    for code, first in enumerate(firsts.tolist()):
        old = column[first].as_py() or []
        new = edit(old)
        if new != old:
            source[chosen & (codes == code)] = len(chosen) + len(fresh)
            fresh.append(new)
    return source, pa.array(fresh, column.type)


def _same_lists(column: pa.Array) -> tuple[Seqs, Seqs]:
    """A number for each list of tags, the same for equal ones, and the first place of each."""
    mark = "\x1f"
    if pc.any(pc.match_substring(column.flatten(), mark)).as_py():
        mark = max(str(tag) for tag in column.flatten().to_pylist()) + mark
    lengths = pc.fill_null(pc.list_value_length(column), 0).cast(pa.string())
    joined = pc.binary_join_element_wise(
        lengths, pc.fill_null(pc.binary_join(column, mark), ""), mark
    )
    encoded = joined.dictionary_encode()
    codes = np.asarray(encoded.indices, dtype=np.int64)
    _, firsts = np.unique(codes, return_index=True)
    return codes, firsts.astype(np.int64)


def _among(column: Any, ids: Any) -> npt.NDArray[np.bool_]:
    """Which of a column's ids are among some ids; all of them where none are given."""
    if ids is None:
        return np.ones(len(column), np.bool_)
    found = pc.is_in(column.cast(pa.binary()), value_set=ids.cast(pa.binary()))
    return np.asarray(found, dtype=np.bool_)


def _put_tags(
    transaction: Transaction,
    name: str,
    seqs: Seqs,
    ids: pa.ChunkedArray,
    tags: pa.Array,
    changed: npt.NDArray[np.bool_],
) -> None:
    """The changed tags as edits of the labels of a few samples."""
    places = np.flatnonzero(changed)
    chosen = pa.array(places)
    new = dict(
        zip(
            (i.hex() for i in ids.take(chosen).to_pylist()),
            tags.take(chosen).to_pylist(),
            strict=True,
        )
    )
    field = transaction.snapshot.schema.label_fields[name]
    values = {}
    for seq, labels in zip(
        seqs.tolist(), current_labels(transaction.snapshot, name, field, seqs.tolist()), strict=True
    ):
        for label in labels:
            if label.id in new:
                label.tags = new[label.id]
        values[seq] = labels
    transaction.put(name, values)


def delete_labels(handle: DatasetHandle, name: str, ids: pa.Array, reason: str) -> int:
    """Takes labels of a field away by their ids, and returns how many there were."""
    handle, name = _own_place(handle, name)
    with handle.store.transaction(reason) as transaction:
        snapshot = transaction.snapshot
        held = snapshot.table(name).take(snapshot.seqs)
        gone = _among(held.table["id"], ids)
        seqs = np.asarray(held.table["seq"], dtype=np.int64)
        touched = np.unique(seqs[gone])
        if len(touched):
            rows = snapshot.table(name).take(touched)
            kept = np.flatnonzero(~_among(rows.table["id"], ids))
            offsets = np.searchsorted(kept, rows.offsets).astype(np.int64)
            write_label_rows(transaction, name, touched, rows.table.take(pa.array(kept)), offsets)
    forget_fields(handle, touched, name)
    return int(gone.sum())


def write_label_rows(
    transaction: Transaction,
    name: str,
    seqs: Seqs,
    table: pa.Table,
    offsets: Seqs,
    missing: npt.NDArray[np.bool_] | None = None,
) -> None:
    """Replaces the labels of samples, ascending, by rows: few as edits, many as new columns."""
    field = transaction.schema.label_fields[name]
    if missing is None:
        empty = np.diff(offsets) == 0
        missing = np.zeros(len(seqs), np.bool_) if field.is_label_list else empty
    if len(seqs) > FEW:
        columns = [part for part in table.column_names if part not in ("seq", "pos")]
        transaction.set_labels(name, seqs, (table.select(columns), offsets), missing=missing)
        return
    element = field.element_type
    assert element is not None
    labels = decode_labels(element, table)
    edges = offsets.tolist()
    transaction.put(
        name,
        {
            seq: None if missing[at] else labels[edges[at] : edges[at + 1]]
            for at, seq in enumerate(seqs.tolist())
        },
    )


def write_view(
    transaction: Transaction, handle: DatasetHandle, plan: Plan, names: list[str]
) -> Seqs:
    """Makes samples, or frames, hold what a plan shows of some fields; returns which they are.

    Args:
        transaction: of the samples, or of the frames
        handle: of the same
        plan: what is written
        names: the fields to write
    """
    schema = plan_schema(plan, transaction.snapshot.schema)
    rows = ViewRows.of(handle.engine, plan, transaction.snapshot, schema)
    transaction.grow_schema({name: schema[name] for name in names})
    order = np.argsort(rows.seqs, kind="stable")
    seqs = rows.seqs[order]
    for name in names:
        field = schema[name]
        if isinstance(field, EmbeddedDocumentField) and field.element_type is not None:
            found = rows.label_rows(name)
            at, offsets = spread(found.offsets[order], found.offsets[order + 1])
            missing = np.asarray(rows.samples[name].is_null())[order]
            table = found.table.take(pa.array(at))
            write_label_rows(transaction, name, seqs, table, offsets, missing)
        else:
            values = decode_column(field, rows.samples[name])
            write_column(transaction, name, dict(zip(rows.seqs.tolist(), values, strict=True)))
    return seqs


def forget_fields(handle: DatasetHandle, seqs: Seqs, name: str) -> None:
    """Samples that somebody holds read the field anew."""
    if handle.live:
        touched = set(seqs.tolist())
        for seq, sample in list(handle.live.items()):
            if seq in touched:
                sample.forget({name: None})
