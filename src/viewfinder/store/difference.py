"""What differs between two versions of a dataset, found by comparing columns.

Only what may differ is read: where both versions name the same files, and no edit lies above them,
the values are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from viewfinder.schema import STAMPS, Field
from viewfinder.schema.columns import convert_column, field_of_arrow, null_array
from viewfinder.store.equality import equal_places
from viewfinder.store.layout import SAMPLES
from viewfinder.store.segments import SegmentFile
from viewfinder.store.snapshot import Snapshot
from viewfinder.store.tables import among

__all__ = ["Difference", "LabelDifference", "difference"]

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PLACES = ("seq", "pos")


@dataclass(frozen=True, slots=True)
class LabelDifference:
    """The labels of one field that differ in samples of both versions: (sample id, label id)."""

    added: tuple[tuple[str, str], ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    changed: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class Difference:
    """What was done to a dataset between two versions; false where nothing was, and printable.

    The times at which samples were changed last are left out.
    """

    before: int
    """The version that is compared with."""
    after: int
    """The version that is told of."""
    added: tuple[str, ...] = ()
    """The ids of samples that only the later version has; nothing else is said of them."""
    removed: tuple[str, ...] = ()
    """The ids of samples that only the former version has."""
    fields_added: Mapping[str, Field] = field(default_factory=dict)
    fields_removed: Mapping[str, Field] = field(default_factory=dict)
    fields_changed: Mapping[str, tuple[Field, Field]] = field(default_factory=dict)
    """Fields of other types, attributes or descriptions: as they were, and as they are."""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By field the ids of samples whose value differs. Of label fields these are samples with the
    same labels in another order, and those where None became an empty list."""
    labels: Mapping[str, LabelDifference] = field(default_factory=dict)
    """By label field which labels differ."""
    info: tuple[str, ...] = ()
    """What differs of what is kept beside the samples: ``info``, ``classes`` and their kin."""
    frames: Difference | None = None
    """The same of the frames of videos, whose ids stand in the place of those of samples."""

    def __bool__(self) -> bool:
        return any((
            self.added, self.removed, self.fields_added, self.fields_removed, self.fields_changed,
            self.values, self.labels, self.info, self.frames,
        ))  # fmt: skip

    def __str__(self) -> str:
        lines = [f"Version {self.before} → {self.after}", *self._lines("samples", "")]
        if self.info:
            lines.append(f"    info: {', '.join(self.info)}")
        if self.frames:
            lines += self.frames._lines("frames", "frames.")
        if len(lines) == 1:
            lines.append("    nothing differs")
        return "\n".join(lines)

    def _lines(self, rows: str, prefix: str) -> Iterator[str]:
        if self.added or self.removed:
            yield f"    {rows}: {len(self.added):,} added, {len(self.removed):,} removed"
        for name, part in self.fields_added.items():
            yield f"    field {prefix}{name}: added ({part})"
        for name, part in self.fields_removed.items():
            yield f"    field {prefix}{name}: removed ({part})"
        for name, (was, now) in self.fields_changed.items():
            yield f"    field {prefix}{name}: {was} became {now}"
        for name, ids in self.values.items():
            yield f"    {prefix}{name}: differs in {len(ids):,} {rows}"
        for name, labels in self.labels.items():
            yield (
                f"    {prefix}{name}: {len(labels.added):,} labels added, "
                f"{len(labels.removed):,} removed, {len(labels.changed):,} changed"
            )


def difference(before: Snapshot, after: Snapshot) -> Difference:
    """What was done from one version to the other."""
    found = _Comparison(before, after).result()
    info = {*before.info, *after.info}
    changed = sorted(key for key in info if before.info.get(key) != after.info.get(key))
    frames = None
    if before.schema.frame_fields or after.schema.frame_fields:
        frames = _Comparison(before.frames, after.frames).result() or None
    return Difference(
        **{name: getattr(found, name) for name in Difference.__slots__ if name not in _OUTSIDE},
        info=tuple(changed),
        frames=frames,
    )


_OUTSIDE = ("info", "frames")


class _Comparison:
    """Two versions of the samples, or of the frames, of one dataset."""

    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self._before = before
        self._after = after
        self._both = (before, after)
        self._common: Int64s = np.intersect1d(before.seqs, after.seqs, assume_unique=True)

    def result(self) -> Difference:
        before, after = self._before.schema.fields, self._after.schema.fields
        values: dict[str, tuple[str, ...]] = {}
        labels: dict[str, LabelDifference] = {}
        for name in {**before, **after}:
            if name in STAMPS:
                continue
            seqs, by_label = self._field(name)
            if len(seqs):
                values[name] = tuple(self._ids(seqs))
            if by_label:
                labels[name] = by_label
        both = [name for name in before if name in after]
        return Difference(
            self._before.version,
            self._after.version,
            tuple(_ids_of(self._after, _without(self._after.seqs, self._common))),
            tuple(_ids_of(self._before, _without(self._before.seqs, self._common))),
            {name: part for name, part in after.items() if name not in before},
            {name: part for name, part in before.items() if name not in after},
            {name: (before[name], after[name]) for name in both if before[name] != after[name]},
            values,
            labels,
        )

    def _ids(self, seqs: Int64s) -> list[str]:
        return _ids_of(self._after, seqs)

    def _field(self, name: str) -> tuple[Int64s, LabelDifference]:
        """The samples in which a field differs as such, and its labels that do."""
        seqs = self._suspects(SAMPLES, name)
        columns = [_column(snapshot, name, seqs) for snapshot in self._both]
        differs = seqs[~_equal(*columns)]
        if not any(name in snapshot.schema.label_fields for snapshot in self._both):
            return differs, LabelDifference()
        # Of labels that column holds how many there are; more is told by the labels themselves.
        told, moved, labels = self._labels(name, np.union1d(self._suspects(name, None), seqs))
        return np.setdiff1d(np.union1d(differs, moved), told), labels

    def _suspects(self, table: str, column: str | None) -> Int64s:
        """The common samples for which a column of a table, or any column, may differ."""
        found = []
        spans = [_providers(snapshot, table, column) for snapshot in self._both]
        name = table if column is None else column
        for snapshot, mine, theirs in zip(self._both, spans, reversed(spans), strict=True):
            for key in mine.keys() - theirs.keys():
                segment = snapshot.table(table).segments.segment_of(mine[key])
                assert segment is not None
                found.append(segment.seqs)
            edited = [seq for seq, fields in snapshot.edits.items() if name in fields]
            found.append(np.array(edited, np.int64))
        suspects = np.unique(np.concatenate(found))
        return suspects[among(self._common, suspects)]

    def _labels(self, name: str, seqs: Int64s) -> tuple[Int64s, Int64s, LabelDifference]:
        """The samples of which labels are told, those with others in another order; the labels."""
        before, after = (_label_rows(snapshot, name, seqs) for snapshot in self._both)
        first, second = _numbered(before, after)
        _, left, right = np.intersect1d(first, second, assume_unique=True, return_indices=True)
        order = np.argsort(right, kind="stable")
        left, right = left[order], right[order]
        changed = np.zeros(len(left), np.bool_)
        columns = dict.fromkeys([*before.column_names, *after.column_names])
        for column in [column for column in columns if column not in (*PLACES, "id")]:
            changed |= ~_equal(_taken(before, column, left), _taken(after, column, right))
        parts = [
            (after, np.setdiff1d(np.arange(len(second)), right)),
            (before, np.setdiff1d(np.arange(len(first)), left)),
            (after, right[changed]),
        ]
        told = np.concatenate([np.asarray(table["seq"])[at] for table, at in parts])
        moved = np.asarray(before["pos"])[left] != np.asarray(after["pos"])[right]
        labels = LabelDifference(*(tuple(self._addresses(table, at)) for table, at in parts))
        return told, np.asarray(after["seq"])[right[moved]], labels

    def _addresses(self, table: pa.Table, at: Int64s) -> Iterator[tuple[str, str]]:
        rows = table.select(["seq", "id"]).take(pa.array(at))
        seqs, places = np.unique(np.asarray(rows["seq"]), return_inverse=True)
        samples = self._ids(seqs.astype(np.int64))
        for place, label in zip(places.tolist(), rows["id"].to_pylist(), strict=True):
            yield samples[place], label.hex()


def _providers(snapshot: Snapshot, table: str, column: str | None) -> dict[tuple[str, ...], int]:
    """Which files say what each segment holds in a column, or in all, and where it begins."""
    found: dict[tuple[str, ...], int] = {}
    if table != SAMPLES and table not in snapshot.schema.label_fields:
        return found
    for files in snapshot.layout.segments(table):
        told = [files[0].file]
        if column is None:
            told += [part for file in files for part in (file.file, *file.columns, *file.sources)]
        else:
            told += _provider(files, column)
        found[tuple(told)] = files[0].seq_low
    return found


def _provider(files: Iterable[SegmentFile], column: str) -> list[str]:
    told: list[str] = []
    for file in files:
        if column in file.columns:
            told = [file.file, file.sources[file.columns.index(column)]]
    return told


def _column(snapshot: Snapshot, name: str, seqs: Int64s) -> pa.Table | None:
    if name not in snapshot.schema or not len(seqs):
        return None
    return snapshot.table(SAMPLES).take(seqs).table.select([name])


def _label_rows(snapshot: Snapshot, name: str, seqs: Int64s) -> pa.Table:
    if name in snapshot.schema.label_fields:
        found = snapshot.table(name).take(seqs).table
        # A field that never held a label may be declared without any attribute.
        if "id" in found.column_names:
            return found
    types = {"seq": pa.int64(), "pos": pa.int32(), "id": pa.binary(12)}
    return pa.schema(types.items()).empty_table()


def _numbered(before: pa.Table, after: pa.Table) -> tuple[Int64s, Int64s]:
    """A number for each label of both versions: the same one for the same label.

    Labels are told apart by sample, by id and, where a sample has one twice, by which it is.
    """
    ids = [table["id"].cast(pa.binary()).combine_chunks() for table in (before, after)]
    codes = np.asarray(pa.concat_arrays(ids).dictionary_encode().indices).astype(np.int64)
    seqs = np.concatenate([np.asarray(table["seq"]) for table in (before, after)])
    places = np.unique(seqs, return_inverse=True)[1].astype(np.int64)
    numbers = places * (int(codes.max(initial=0)) + 1) + codes
    parts = numbers[: len(before)], numbers[len(before) :]
    ranks = [_ranks(part) for part in parts]
    most = max(int(rank.max(initial=0)) for rank in ranks) + 1
    first, second = (part * most + rank for part, rank in zip(parts, ranks, strict=True))
    return first, second


def _ranks(numbers: Int64s) -> Int64s:
    """For each place how many places before it have the same number."""
    order = np.argsort(numbers, kind="stable")
    first = np.diff(numbers[order], prepend=-1) != 0
    starts = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order)) - starts
    return ranks


def _taken(table: pa.Table, column: str, at: Int64s) -> pa.Table | None:
    return table.select([column]).take(pa.array(at)) if column in table.column_names else None


def _equal(before: pa.Table | None, after: pa.Table | None) -> Bools:
    """The places where two columns, either of which may not exist, hold the same."""
    if before is None and after is None:
        return np.ones(0, np.bool_)
    if before is None or after is None:
        there = after if before is None else before
        assert there is not None
        return np.asarray(there[there.column_names[0]].is_null(), dtype=np.bool_)
    old, new = before.schema.field(0), after.schema.field(0)
    first, second = (_whole(table.column(0)) for table in (before, after))
    if first.type != second.type:
        try:
            first = convert_column(first, field_of_arrow(old), new)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
            nothing = null_array(second.type, len(second))
            return equal_places(second, nothing) & np.asarray(first.is_null(), dtype=np.bool_)
    return equal_places(first, second)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return (
        column.unify_dictionaries().combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    )


def _ids_of(snapshot: Snapshot, seqs: Int64s) -> list[str]:
    column = snapshot.table(SAMPLES).take(seqs).table.column("id")
    return [identifier.hex() for identifier in column.to_pylist()]


def _without(seqs: Int64s, common: Int64s) -> Int64s:
    return np.setdiff1d(seqs, common, assume_unique=True)
