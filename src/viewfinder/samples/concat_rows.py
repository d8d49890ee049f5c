"""The rows of several views of a dataset, one view after the other, with their frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from viewfinder.samples.clip_frames import clip_frames
from viewfinder.samples.row_tables import RowSnapshot, ViewRows, view_rows, with_column
from viewfinder.schema import VIDEO_OF_FRAME

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection

__all__ = ["concat_keeps_groups", "concat_rows"]


def concat_keeps_groups(collections: Sequence[SampleCollection]) -> bool:
    """Whether the samples of several views are still in groups: where all show the same slice."""
    slices = {each.group_slice for each in collections}
    return len(slices) == 1 and all(
        each.group_field is not None and not each.is_dynamic_groups for each in collections
    )


def concat_rows(collections: Sequence[SampleCollection]) -> RowSnapshot:
    """The samples of some views, one view after the other, with the fields of the first.

    Where groups are kept, the rows are the samples of all slices of the views' groups.
    """
    if concat_keeps_groups(collections):
        collections = [each.whole_groups() for each in collections]
    parts = [view_rows(each) for each in collections]
    schema = parts[0].schema
    tables = []
    for part in parts:
        known = [name for name in schema if name in part.samples.column_names]
        tables.append(part.samples.select(known))
    samples = pa.concat_tables([_plain_text(t) for t in tables], promote_options="permissive")
    samples = samples.select([name for name in schema if name in samples.column_names])
    seqs = pa.array(np.arange(samples.num_rows, dtype=np.int64))
    samples = samples.add_column(0, pa.field("seq", pa.int64()), seqs)
    makers = {name: partial(_concat_labels, parts, name) for name in schema.label_fields}
    sources = np.concatenate([part.sources() for part in parts])
    frames = None
    if schema.frame_fields:
        makers_of_frames = list(map(_frames_of, collections, parts))
        frames = partial(_concat_frames, makers_of_frames)
    return RowSnapshot(schema, samples, makers, sources, parts[0].snapshot, frames)


FrameMaker = Callable[[], RowSnapshot]


def _frames_of(collection: SampleCollection, rows: ViewRows) -> tuple[FrameMaker, int]:
    """Makes the frames that one of the views shows; and its number of samples."""
    whole = np.array([[0, np.iinfo(np.int32).max]], np.int64).repeat(len(rows.seqs), 0)
    return clip_frames(collection, rows.snapshot, rows.seqs, whole), len(rows.seqs)


def _concat_frames(makers: list[tuple[FrameMaker, int]]) -> RowSnapshot:
    """The frames of one view after the other, with the fields of the first."""
    parts = [make() for make, _ in makers]
    firsts = np.cumsum([0, *(count for _, count in makers)]).tolist()
    schema = parts[0].schema
    tables = []
    for part, first in zip(parts, firsts, strict=False):
        table = part.table("samples").base
        videos = pc.add(table[VIDEO_OF_FRAME], first)
        table = with_column(table, VIDEO_OF_FRAME, videos.cast(table[VIDEO_OF_FRAME].type))
        tables.append(table.select([name for name in schema if name in table.column_names]))
    samples = pa.concat_tables([_plain_text(t) for t in tables], promote_options="permissive")
    seqs = pa.array(np.arange(samples.num_rows, dtype=np.int64))
    samples = samples.add_column(0, pa.field("seq", pa.int64()), seqs)

    def labels(name: str) -> pa.Table:
        found, first = [], 0
        for part in parts:
            if name in part.schema:
                rows = part.table(name).base
                moved = pc.add(rows["seq"], first)
                found.append(_plain_text(with_column(rows, "seq", moved)))
            first += part.count
        return pa.concat_tables(found, promote_options="permissive")

    table_makers = {name: partial(labels, name) for name in schema.label_fields}
    sources = np.concatenate([part.sources for part in parts])
    return RowSnapshot(schema, samples, table_makers, sources, parts[0])


def _concat_labels(parts: list[ViewRows], name: str) -> pa.Table:
    tables, first = [], 0
    for part in parts:
        if name in part.schema:
            rows = part.label_rows(name)
            seqs = first + np.repeat(np.arange(len(rows.offsets) - 1), np.diff(rows.offsets))
            tables.append(_plain_text(with_column(rows.table, "seq", pa.array(seqs))))
        first += len(part.seqs)
    return pa.concat_tables(tables, promote_options="permissive")


def _plain_text(table: pa.Table) -> pa.Table:
    """The table without dictionaries, which can't be put one after the other."""
    for at, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            values = table.column(at).cast(column.type.value_type)
            table = table.set_column(at, column.with_type(column.type.value_type), values)
    return table
