"""The frames of clips: those of the view behind them, once for each clip that shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from viewfinder.expr import Scan, plan_schema
from viewfinder.samples.frame_handle import frames_of_handle
from viewfinder.samples.frame_plans import frame_plan
from viewfinder.samples.row_tables import RowSnapshot, ViewRows, repeated, spread
from viewfinder.samples.rows import RowBatch
from viewfinder.schema import VIDEO_OF_FRAME, DatasetSchema
from viewfinder.schema.columns import samples_column

if TYPE_CHECKING:
    from viewfinder.expr import Plan
    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.row_handle import RowHandle
    from viewfinder.store import Snapshot

__all__ = ["Objects", "clip_frames", "clip_source"]

Seqs = npt.NDArray[np.int64]
_NUMBERS = 1 << 32
"""More than any frame number."""


@dataclass(frozen=True)
class Objects:
    """The one object that each clip follows; its frames show no other labels of that field."""

    field: str
    """As seen from the frame."""
    labels: pa.Array
    indices: pa.Array


def clip_frames(
    source: SampleCollection[Any],
    snapshot: Snapshot,
    videos: Seqs,
    supports: Seqs,
    objects: Objects | None = None,
) -> Callable[[], RowSnapshot]:
    """Makes, when it is first asked for, what the clips of a view show of frames.

    Args:
        source: the view that the clips are parts of
        snapshot: the view's, as the clips were made from it
        videos: the number of the sample behind each clip, in that snapshot
        supports: the first and last frame of each, of shape (clips, 2)
        objects: the object that each clip follows, where each follows one
    """
    plan = source.plan(snapshot.schema)
    below, engine = frames_of_handle(source.handle), source.handle.engine

    def made() -> RowSnapshot:
        inside = snapshot.frames
        of_frames = frame_plan(plan, engine, snapshot)
        schema = plan_schema(of_frames, inside.schema)
        rows = ViewRows.of(below.engine, of_frames, inside, schema)
        places, clips = _inside(rows, videos, supports)
        return _repeated_frames(rows, places, clips, objects)

    return made


def _inside(rows: ViewRows, videos: Seqs, supports: Seqs) -> tuple[Seqs, Seqs]:
    """The frames of clip after clip, by number, and the clip of each."""

    def key(of_videos: Seqs, numbers: Seqs) -> Seqs:
        found: Seqs = of_videos * _NUMBERS + np.clip(numbers, 0, _NUMBERS - 1)
        return found

    keys = key(
        rows.samples[VIDEO_OF_FRAME].to_numpy().astype(np.int64),
        rows.samples["frame_number"].to_numpy().astype(np.int64),
    )
    order = np.argsort(keys, kind="stable")
    starts = keys[order].searchsorted(key(videos, supports[:, 0]), "left")
    stops = keys[order].searchsorted(key(videos, supports[:, 1]), "right")
    places, offsets = spread(starts, np.maximum(starts, stops))
    return order[places], np.repeat(np.arange(len(videos), dtype=np.int64), np.diff(offsets))


def _repeated_frames(
    rows: ViewRows, places: Seqs, clips: Seqs, objects: Objects | None
) -> RowSnapshot:
    here = np.arange(len(places), dtype=np.int64)
    columns, parts = [pa.array(here)], [pa.field("seq", pa.int64())]
    makers: dict[str, Callable[[], pa.Table]] = {}
    for name, field in rows.schema.fields.items():
        part = samples_column(name, field)
        column = repeated(rows.samples[name], places)
        if name == VIDEO_OF_FRAME:
            column = pa.array(clips, part.type)
        elif name in rows.schema.label_fields:
            makers[name] = partial(rows.labels_at, name, places)
            if objects is not None and name == objects.field:
                table = _of_objects(rows.labels_at(name, places), clips, objects)
                makers[name] = partial(_same, table)
                counts = np.bincount(table["seq"].to_numpy(), minlength=len(here))
                missing = np.asarray(column.is_null())
                if not rows.schema.label_fields[name].is_label_list:
                    missing = counts == 0
                column = pa.array(counts.astype(np.int32), mask=missing)
        columns.append(column)
        parts.append(pa.field(name, column.type, metadata=part.metadata))
    samples = pa.Table.from_arrays(columns, schema=pa.schema(parts))
    schema = DatasetSchema(rows.schema.fields)
    return RowSnapshot(schema, samples, makers, rows.sources()[places], rows.snapshot)


def _of_objects(labels: pa.Table, clips: Seqs, objects: Objects) -> pa.Table:
    """The labels that are the object which their clip follows."""
    clip = pa.array(clips[labels["seq"].to_numpy()])
    same = pc.equal(labels["label"].cast(pa.string()), objects.labels.take(clip))
    both_none = pc.and_(labels["label"].is_null(), objects.labels.take(clip).is_null())
    same = pc.or_(pc.fill_null(same, False), both_none)
    index = pc.equal(labels["index"].cast(pa.int64()), objects.indices.take(clip))
    return labels.filter(pc.and_(same, pc.fill_null(index, False)))


def _same(table: pa.Table) -> pa.Table:
    return table


def clip_source(
    handle: RowHandle, plan: Plan, rows: RowSnapshot
) -> Callable[[int], RowBatch] | None:
    """From a clip's number to the frames that a view of clips shows of it; None without frames.

    Args:
        handle: the clips
        plan: of the view, after the clips were made
        rows: the clips, as the numbers are theirs
    """
    if not rows.schema.frame_fields:
        return None
    frames = frames_of_handle(handle.target)

    def source(seq: int) -> RowBatch:
        now, place = handle.rows(), seq
        if now is not rows:
            place = int(now.seqs_of(rows.ids_of(np.array([seq], np.int64)))[0])
            if place < 0:  # the clip is gone: what it showed is shown
                now, place = rows, seq
        engine: Any = frames_of_handle(handle).engine
        inside: Any = now.frames
        there, _ = now.frames_of(np.array([place], np.int64))
        of_frames = frame_plan(plan, handle.engine, now)  # type: ignore[arg-type]
        if not isinstance(of_frames, Scan):
            there = there[np.isin(there, engine.seqs(of_frames, inside))]
        batch = engine.batch(of_frames, inside, there)

        def labels(name: str) -> tuple[Any, Seqs]:
            found = batch.label_rows(name)
            return found.table, found.offsets

        seqs = inside.sources[batch.seqs]
        return RowBatch(batch.schema, seqs, batch.samples, labels, frames.point_rows)

    return source
