"""Tables of rows that no dataset keeps: made from the rows of a view, column by column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from viewfinder.engine.base import Batch, LabelRows
from viewfinder.errors import FieldNotFoundError
from viewfinder.schema import DatasetSchema
from viewfinder.schema.columns import decode_column
from viewfinder.store import FrameIndex

if TYPE_CHECKING:
    from viewfinder.engine.base import Engine, Snapshot
    from viewfinder.expr import Plan
    from viewfinder.samples.collection import SampleCollection

__all__ = ["RowSnapshot", "RowTable", "ViewRows", "repeated", "spread", "view_rows", "with_column"]

Seqs: TypeAlias = npt.NDArray[np.int64]


class RowTable:
    """A table in memory whose rows are sorted by ``seq``; nothing in it is ever replaced."""

    def __init__(self, base: pa.Table) -> None:
        self.base = base.combine_chunks()
        self.replaced: Seqs = np.zeros(0, np.int64)

    @property
    def delta(self) -> pa.Table:
        """No rows."""
        return self.base.slice(0, 0)

    @cached_property
    def _seqs(self) -> Seqs:
        return np.asarray(self.base.column("seq"), dtype=np.int64)

    def take(self, seqs: Seqs) -> LabelRows:
        """The rows of some samples, in the order given."""
        starts = np.searchsorted(self._seqs, seqs)
        stops = np.searchsorted(self._seqs, seqs, "right")
        indices, offsets = spread(starts, stops)
        whole = len(indices) == len(self._seqs) and bool(np.all(indices[1:] > indices[:-1]))
        table = self.base if whole else self.base.take(pa.array(indices))
        return LabelRows(table, offsets)


class RowSnapshot:
    """What a snapshot of a dataset is, for rows that a stage made: it can be seen and not edited.

    Args:
        schema: the fields of the rows
        samples: the plain columns and the counts of labels; ``seq`` counts the rows
        labels: makes the table of a label field when it is first asked for
        sources: the number of the dataset's sample behind each row
        of: the snapshot that the rows were made from
        frames: makes the rows of frames of clips when they are first asked for
    """

    def __init__(
        self,
        schema: DatasetSchema,
        samples: pa.Table,
        labels: Mapping[str, Callable[[], pa.Table]],
        sources: Seqs,
        of: Any,
        frames: Callable[[], RowSnapshot] | None = None,
    ) -> None:
        self.schema = schema
        self.sources = sources
        self.info = of.info
        self.version = of.version
        self._makers = labels
        self._make_frames = frames
        self._frames: RowSnapshot | None = None
        self._frame_index: FrameIndex | None = None
        self._tables = {"samples": RowTable(samples)}
        self.seqs: Seqs = np.arange(samples.num_rows, dtype=np.int64)

    @property
    def frames(self) -> RowSnapshot:
        """The frames of clips; the sample behind each is its frame in the dataset.

        Raises:
            FieldNotFoundError: for other rows, whose schema has no frame fields
        """
        if self._make_frames is None:
            raise FieldNotFoundError("frames", "A view of labels or frames", self.schema)
        if self._frames is None:
            self._frames = self._make_frames()
        return self._frames

    @property
    def frame_index(self) -> FrameIndex:
        """Which frames each clip has."""
        if self._frame_index is None:
            self._frame_index = FrameIndex(self.frames.table("samples").base)
        return self._frame_index

    def frames_of(self, seqs: Seqs) -> tuple[Seqs, Seqs]:
        """The frames of some clips, clip after clip by number, and their n+1 offsets."""
        return self.frame_index.frames_of(seqs)

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.seqs)

    def table(self, name: str) -> RowTable:
        """The rows, or the labels of a field."""
        if name not in self._tables:
            self._tables[name] = RowTable(self._makers[name]())
        return self._tables[name]

    def contains(self, seqs: Seqs) -> npt.NDArray[np.bool_]:
        """Which of the numbers are those of rows."""
        return (seqs >= 0) & (seqs < self.count)

    def seqs_of(self, ids: Sequence[str]) -> Seqs:
        """The rows of some ids; -1 for an id that is not there."""
        return np.array([self._places.get(identifier, -1) for identifier in ids], np.int64)

    def ids_of(self, seqs: Seqs) -> list[str]:
        """The ids of some rows."""
        return decode_column(self.schema["id"], self.table("samples").take(seqs).table["id"])

    @cached_property
    def _places(self) -> dict[str, int]:
        return {identifier: place for place, identifier in enumerate(self.ids_of(self.seqs))}


@dataclass(frozen=True)
class ViewRows:
    """The rows of a view at one moment: what stages that make rows of their own begin with."""

    schema: DatasetSchema
    snapshot: Any
    seqs: Seqs
    samples: pa.Table
    label_rows: Callable[[str], LabelRows]

    @classmethod
    def of(cls, engine: Engine, plan: Plan, snapshot: Snapshot, schema: DatasetSchema) -> ViewRows:
        """The rows that a plan leaves; labels are read when they are asked for."""
        batches = list(engine.batches(plan, snapshot, batch_size=_BATCH))
        if not batches:
            none = np.zeros(0, np.int64)
            batches = [Batch(none, snapshot, schema, frozenset(), lambda _, __: none)]
        samples = pa.concat_tables(
            [batch.samples for batch in batches], promote_options="permissive"
        )

        def label_rows(name: str) -> LabelRows:
            parts = [batch.label_rows(name) for batch in batches]
            if len(parts) == 1:
                return parts[0]
            table = pa.concat_tables([part.table for part in parts], promote_options="permissive")
            lengths = np.concatenate([np.diff(part.offsets) for part in parts])
            return LabelRows(table, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

        seqs = np.concatenate([batch.seqs for batch in batches])
        return cls(schema, snapshot, seqs, samples, label_rows)

    def sources(self) -> Seqs:
        """The numbers of the dataset's samples behind the rows."""
        behind = getattr(self.snapshot, "sources", None)
        return self.seqs if behind is None else behind[self.seqs]

    def at(self, places: Seqs) -> ViewRows:
        """Some of the rows, in their order."""

        def label_rows(name: str) -> LabelRows:
            rows = self.label_rows(name)
            indices, offsets = spread(rows.offsets[places], rows.offsets[places + 1])
            return LabelRows(rows.table.take(pa.array(indices)), offsets)

        samples = self.samples.take(pa.array(places))
        return ViewRows(self.schema, self.snapshot, self.seqs[places], samples, label_rows)

    def labels_at(self, name: str, parents: Seqs) -> pa.Table:
        """The labels of a field for new rows, each of which shows the labels of one old row."""
        rows = self.label_rows(name)
        indices, offsets = spread(rows.offsets[parents], rows.offsets[parents + 1])
        table = rows.table.take(pa.array(indices))
        seqs = np.repeat(np.arange(len(parents), dtype=np.int64), np.diff(offsets))
        return with_column(table, "seq", pa.array(seqs))


def view_rows(collection: SampleCollection) -> ViewRows:
    """The rows of a collection as they are now."""
    snapshot = collection.snapshot()
    plan = collection.plan(snapshot.schema)
    return ViewRows.of(collection.handle.engine, plan, snapshot, collection.visible_schema())


_BATCH = 1 << 30
"""One batch: the rows are needed together."""


def spread(starts: Seqs, stops: Seqs) -> tuple[Seqs, Seqs]:
    """The indices start…stop of every pair, one after the other, and where each pair begins."""
    lengths = stops - starts
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    indices = np.arange(offsets[-1], dtype=np.int64)
    return indices + np.repeat(starts - offsets[:-1], lengths), offsets


def repeated(column: pa.ChunkedArray, parents: Seqs) -> pa.Array:
    """A column's values at some rows; long text is pointed at rather than copied."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_string(array.type):
        # No value is to be a place without a value, so that it counts as null.
        missing = np.asarray(array.is_null())[parents] if array.null_count else None
        places = pa.array(parents.astype(np.int32), mask=missing)
        return pa.DictionaryArray.from_arrays(places, array)
    return array.take(pa.array(parents))


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    """The table with other values in one column."""
    return table.set_column(table.column_names.index(name), name, values)
