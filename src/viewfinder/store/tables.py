"""One version of one table: immutable segments below, and what was edited since above them.

Edits are kept as they came until somebody asks for them as a table; then only those that are new
since the last time are parsed. A table's rows are sorted by (seq, pos) in the segments; edited rows
stand together by sample, in no order of samples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from viewfinder.store.segments import OpenSegment, SegmentFile

__all__ = ["GONE", "BaseTable", "Rows", "TableVersion", "among", "different", "ranges", "union"]

Int64s = npt.NDArray[np.int64]
Builder = Callable[["BaseTable", Sequence[int], Sequence[Any]], pa.Table]
"""Makes the rows of edited samples from the base, their seqs (ascending) and what is pending."""

GONE: Final = object()
"""What is pending of a deleted sample."""

_NO_SEQS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of several samples: those of sample `i` are ``table[offsets[i] : offsets[i + 1]]``."""

    table: pa.Table
    offsets: Int64s


class BaseTable:
    """The segments of one table, in order of samples, with the columns of one schema."""

    def __init__(
        self,
        folder: Path,
        schema: pa.Schema,
        segments: Sequence[tuple[SegmentFile, ...]],
        previous: BaseTable | None = None,
    ) -> None:
        """
        Args:
            folder: where the files are
            schema: the columns to show
            segments: the files of each segment
            previous: an older form of the same table, whose open segments are taken over
        """
        self.schema: pa.Schema = schema
        known: dict[tuple[SegmentFile, ...], OpenSegment] = {}
        if previous is not None and previous.schema.equals(schema, check_metadata=True):
            known = {segment.files: segment for segment in previous.segments}
        self.segments: tuple[OpenSegment, ...] = tuple(
            known.get(files) or OpenSegment(folder, files, schema) for files in segments
        )
        self._lows = np.array([segment.seq_low for segment in self.segments], dtype=np.int64)
        self._table: pa.Table | None = None
        self._seqs: Int64s | None = None

    @property
    def table(self) -> pa.Table:
        """All rows of all segments, over the mapped files."""
        if self._table is None:
            batches = [segment.batch for segment in self.segments]
            self._table = pa.Table.from_batches(batches, schema=self.schema)
        return self._table

    @property
    def seqs(self) -> Int64s:
        """The sample of each row, ascending."""
        if self._seqs is None:
            parts = [segment.seqs for segment in self.segments]
            self._seqs = np.concatenate(parts) if parts else _NO_SEQS
        return self._seqs

    def owners(self, seqs: Int64s) -> Int64s:
        """For each sample the segment that may hold it; -1 for none."""
        if not self.segments:
            return np.full(len(seqs), -1, dtype=np.int64)
        return np.searchsorted(self._lows, seqs, side="right").astype(np.int64) - 1

    def segment_of(self, seq: int) -> OpenSegment | None:
        """The segment that may hold a sample."""
        at = int(self._lows.searchsorted(seq, side="right")) - 1
        if at < 0 or seq > self.segments[at].seq_high:
            return None
        return self.segments[at]


@dataclass(frozen=True, slots=True)
class _Settled:
    """Edits as a table, with an index."""

    batch: pa.RecordBatch
    seqs: Int64s
    """Samples that have rows here, ascending."""
    starts: Int64s
    counts: Int64s
    replaced: Int64s
    """Samples whose rows in the segments don't count, ascending."""

    def holds(self, seqs: Int64s) -> npt.NDArray[np.bool_]:
        """Which of the samples are replaced here."""
        return among(self.replaced, seqs)

    def spans(self, seqs: Int64s) -> tuple[Int64s, Int64s]:
        """First row and number of rows of each sample."""
        if not len(self.seqs):
            zeros = np.zeros(len(seqs), dtype=np.int64)
            return zeros, zeros
        at = np.minimum(self.seqs.searchsorted(seqs), len(self.seqs) - 1)
        known = self.seqs[at] == seqs
        return np.where(known, self.starts[at], 0), np.where(known, self.counts[at], 0)


class TableVersion:
    """A table as one snapshot sees it."""

    def __init__(
        self,
        base: BaseTable,
        build: Builder,
        pending: Mapping[int, Any],
        settled: _Settled | None = None,
    ) -> None:
        self._base = base
        self._build = build
        self._state = (settled or _nothing(base.schema), pending)

    @property
    def schema(self) -> pa.Schema:
        """The columns: ``seq``, for labels ``pos``, then the fields."""
        return self._base.schema

    @property
    def segments(self) -> BaseTable:
        """What lies below the edits."""
        return self._base

    @property
    def base(self) -> pa.Table:
        """The rows of all segments, also those that edits have replaced; never copied.

        Raises:
            StoreDamagedError: when a segment can't be read
        """
        return self._base.table

    @property
    def replaced(self) -> Int64s:
        """Samples whose rows in `base` don't count: edited or deleted ones, ascending."""
        return self._settle().replaced

    @property
    def delta(self) -> pa.Table:
        """The rows of edited samples. Those of one sample stand together, in order of `pos`."""
        return pa.Table.from_batches([self._settle().batch])

    def with_changes(
        self, base: BaseTable, build: Builder, changes: Mapping[int, Any]
    ) -> TableVersion:
        """The next version: `changes` on top, over a base with the same columns."""
        settled, pending = self._state
        return TableVersion(base, build, {**pending, **changes} if changes else pending, settled)

    def counts(self, seqs: Int64s) -> Int64s:
        """How many rows each sample has."""
        settled = self._settle()
        dirty = settled.holds(seqs)
        counts = np.zeros(len(seqs), dtype=np.int64)
        owners = self._base.owners(seqs)
        for owner in different(owners[~dirty]).tolist():
            if owner >= 0:
                mine = (owners == owner) & ~dirty
                left, right = _bounds(self._base.segments[owner].seqs, seqs[mine])
                counts[mine] = right - left
        counts[dirty] = settled.spans(seqs[dirty])[1]
        return counts

    def take(self, seqs: Int64s | Sequence[int]) -> Rows:
        """The rows of these samples, in this order; none for a sample that does not exist.

        Raises:
            StoreDamagedError: when a segment that holds some of them can't be read
        """
        wanted = np.asarray(seqs, dtype=np.int64)
        if len(wanted) == 1:
            return self._take_one(int(wanted[0]))
        settled, pending = self._state
        if pending:
            settled = self._settle()
        sources = self._base.owners(wanted)
        if len(settled.replaced):
            sources[settled.holds(wanted)] = len(self._base.segments)
        runs = _runs(sources)
        if len(runs) <= len(different(sources)):
            parts, counts = self._gather(settled, wanted, sources, runs)
            table = pa.Table.from_batches(parts, schema=self.schema)
            return Rows(table, _offsets(counts))
        order = np.argsort(sources, kind="stable")
        parts, sorted_counts = self._gather(
            settled, wanted[order], sources[order], _runs(sources[order])
        )
        starts = _offsets(sorted_counts)[:-1]
        back = np.argsort(order, kind="stable")
        counts = sorted_counts[back]
        table = pa.Table.from_batches(parts, schema=self.schema).unify_dictionaries()
        table = table.combine_chunks().take(pa.array(ranges(starts[back], counts)))
        return Rows(table, _offsets(counts))

    def _take_one(self, seq: int) -> Rows:
        settled, pending = self._state
        if seq in pending:
            change = pending[seq]
            if change is GONE:
                batch = settled.batch.slice(0, 0)
            else:
                table = self._build(self._base, [seq], [change])
                return Rows(table, np.array([0, table.num_rows], dtype=np.int64))
        elif len(settled.replaced) and settled.holds(np.array([seq]))[0]:
            starts, counts = settled.spans(np.array([seq]))
            batch = settled.batch.slice(int(starts[0]), int(counts[0]))
        else:
            segment = self._base.segment_of(seq)
            if segment is None:
                batch = settled.batch.slice(0, 0)
            else:
                left, right = segment.seqs.searchsorted((seq, seq + 1)).tolist()
                batch = segment.batch.slice(left, right - left)
        table = pa.Table.from_batches([batch])
        return Rows(table, np.array([0, batch.num_rows], dtype=np.int64))

    def _gather(
        self, settled: _Settled, seqs: Int64s, sources: Int64s, runs: list[tuple[int, int]]
    ) -> tuple[list[pa.RecordBatch], Int64s]:
        parts, counts = [], np.zeros(len(seqs), dtype=np.int64)
        for start, stop in runs:
            source, mine = int(sources[start]), seqs[start:stop]
            if source < 0:
                continue
            if source == len(self._base.segments):
                batch = settled.batch
                left, count = settled.spans(mine)
            else:
                batch = self._base.segments[source].batch
                left, right = _bounds(self._base.segments[source].seqs, mine)
                count = right - left
            counts[start:stop] = count
            parts.append(_rows_of(batch, left, count))
        return parts, counts

    def _settle(self) -> _Settled:
        settled, pending = self._state
        if not pending:
            return settled
        live = sorted(seq for seq, change in pending.items() if change is not GONE)
        fresh = self._build(self._base, live, [pending[seq] for seq in live])
        changed = np.fromiter(pending, dtype=np.int64, count=len(pending))
        changed.sort()
        kept = settled.batch
        if kept.num_rows:
            stays = ~among(changed, kept.column("seq").to_numpy())
            kept = kept.filter(pa.array(stays))
        table = pa.concat_tables([pa.Table.from_batches([kept]), fresh])
        settled = _index(_one_batch(table), union(settled.replaced, changed))
        # Two threads may come here at once; both then write the same.
        self._state = (settled, {})
        return settled


def ranges(starts: Int64s, counts: Int64s) -> Int64s:
    """``start, start + 1, …`` of each range, one after the other."""
    total = int(counts.sum())
    if not total:
        return _NO_SEQS
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(total)


def among(known: Int64s, seqs: Int64s) -> npt.NDArray[np.bool_]:
    """Which of `seqs` are in the ascending array `known`."""
    if not len(known):
        return np.zeros(len(seqs), dtype=np.bool_)
    at = np.minimum(known.searchsorted(seqs), len(known) - 1)
    found: npt.NDArray[np.bool_] = known[at] == seqs
    return found


def union(known: Int64s, seqs: Int64s) -> Int64s:
    """All that is in either of two ascending arrays, ascending, in a new array.

    ``np.union1d`` hashes and sorts everything again, which costs more than most questions.
    """
    new = seqs[~among(known, seqs)]
    return np.sort(np.concatenate([known, new]), kind="stable") if len(new) else known.copy()


def _nothing(schema: pa.Schema) -> _Settled:
    return _Settled(_one_batch(schema.empty_table()), _NO_SEQS, _NO_SEQS, _NO_SEQS, _NO_SEQS)


def _index(batch: pa.RecordBatch, replaced: Int64s) -> _Settled:
    column = batch.column("seq").to_numpy()
    starts = np.flatnonzero(np.diff(column, prepend=column[:1] - 1))
    counts = np.diff(starts, append=len(column))
    order = np.argsort(column[starts], kind="stable")
    return _Settled(batch, column[starts][order], starts[order], counts[order], replaced)


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    batches = table.unify_dictionaries().combine_chunks().to_batches()
    if batches:
        return batches[0]
    arrays = [pa.array([], column.type) for column in table.schema]
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)


def _rows_of(batch: pa.RecordBatch, starts: Int64s, counts: Int64s) -> pa.RecordBatch:
    if not len(starts):
        return batch.slice(0, 0)
    if (starts[1:] == starts[:-1] + counts[:-1]).all():
        return batch.slice(int(starts[0]), int(counts.sum()))
    return batch.take(pa.array(ranges(starts, counts)))


def _bounds(column: Int64s, seqs: Int64s) -> tuple[Int64s, Int64s]:
    return column.searchsorted(seqs, side="left"), column.searchsorted(seqs, side="right")


def different(sources: Int64s) -> Int64s:
    """The different numbers of segments, ascending; -1 and up."""
    return np.flatnonzero(np.bincount(sources + 1)) - 1


def _runs(sources: Int64s) -> list[tuple[int, int]]:
    if not len(sources):
        return []
    cuts = (np.flatnonzero(np.diff(sources)) + 1).tolist()
    return list(zip([0, *cuts], [*cuts, len(sources)], strict=True))


def _offsets(counts: Int64s) -> Int64s:
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets
