"""What an engine is: it answers for a plan which samples, how many, what is in them, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from viewfinder.errors import FieldNotFoundError
from viewfinder.expr import Aggregation
from viewfinder.expr.plan import Plan
from viewfinder.schema import DatasetSchema
from viewfinder.schema.columns import arrow_field, arrow_type, attribute_kind

__all__ = [
    "BATCH_SIZE",
    "Batch",
    "Columns",
    "Engine",
    "LabelRows",
    "Seqs",
    "Snapshot",
    "Table",
    "rows_at",
]

Seqs: TypeAlias = npt.NDArray[np.int64]

BATCH_SIZE = 1000


class Rows(Protocol):
    """Rows of a table for some samples: those of sample i lie at ``offsets[i]:offsets[i + 1]``."""

    @property
    def table(self) -> pa.Table:
        """The rows."""

    @property
    def offsets(self) -> Seqs:
        """One more than there are samples."""


class Table(Protocol):
    """One table of a snapshot: columns, with what was replaced since and by what."""

    @property
    def base(self) -> pa.Table:
        """All rows that were written in bulk, those that are void now included."""

    @property
    def replaced(self) -> Seqs:
        """The samples, ascending, whose rows in `base` are void."""

    @property
    def delta(self) -> pa.Table:
        """The rows that stand in the place of void ones; none for deleted samples."""

    def take(self, seqs: Seqs) -> Rows:
        """The valid rows of some samples, in the order given."""


class Snapshot(Protocol):
    """What an engine needs of a dataset at one moment; the store's snapshots are such."""

    @property
    def schema(self) -> DatasetSchema:
        """The fields of the dataset."""

    @property
    def seqs(self) -> Seqs:
        """All samples, ascending."""

    @property
    def count(self) -> int:
        """The number of samples."""

    def table(self, name: str) -> Table:
        """The table of the samples ("samples"), or of the labels of a field."""

    def seqs_of(self, ids: Sequence[str]) -> Seqs:
        """The samples of some ids; -1 for an id that is not there."""

    @property
    def frames(self) -> Snapshot:
        """The frames of videos as samples; only asked for where the schema has frame fields."""


@dataclass(frozen=True, slots=True)
class LabelRows:
    """The labels of some samples: those of sample i lie at ``offsets[i]:offsets[i + 1]``."""

    table: pa.Table
    offsets: Seqs


class Survivors(Protocol):
    """Says which labels of a batch a plan leaves: an array of indices into the rows."""

    def __call__(self, batch: Batch, field: str, /) -> npt.NDArray[np.int64]: ...


class Columns(Protocol):
    """Gives the columns of a batch that a plan changed, by name.

    For "samples" one value a sample, for a label field one a label that is left.
    """

    def __call__(self, batch: Batch, table: str, /) -> Mapping[str, pa.Array]:
        """The columns of one table that were changed; none where nothing was."""


def _no_columns(_: Batch, __: str, /) -> Mapping[str, pa.Array]:
    return {}


class Batch:
    """Some samples of a view in its order; each table is read when it is first asked for."""

    def __init__(
        self,
        seqs: Seqs,
        snapshot: Snapshot,
        schema: DatasetSchema,
        filtered: frozenset[str],
        survivors: Survivors,
        columns: Columns = _no_columns,
    ) -> None:
        """
        Args:
            seqs: the samples
            snapshot: where they are read from
            schema: the fields that the view shows
            filtered: the label fields of which the view may hide labels
            survivors: asked for those fields which labels are left
            columns: asked for the values that the view changed
        """
        self.seqs = seqs
        self.schema = schema
        self._snapshot = snapshot
        self._filtered = filtered
        self._survivors = survivors
        self._columns = columns
        self._changed: dict[str, Mapping[str, pa.Array]] = {}
        self._samples: pa.Table | None = None
        self._labels: dict[str, LabelRows] = {}
        self._whole: dict[str, LabelRows] = {}
        self._found: dict[str, npt.NDArray[np.int64]] = {}

    def __len__(self) -> int:
        return len(self.seqs)

    def part(self, start: int, stop: int) -> Batch:
        """Some of its samples, whose filtered labels are found for the whole batch at once."""

        def survivors(_: Batch, field: str) -> npt.NDArray[np.int64]:
            found = self._surviving(field)
            first, last = self.whole_label_rows(field).offsets[[start, stop]].tolist()
            mine: npt.NDArray[np.int64] = found[(found >= first) & (found < last)] - first
            return mine

        def columns(_: Batch, table: str) -> Mapping[str, pa.Array]:
            first, last = start, stop
            if table != "samples":
                edges = self.whole_label_rows(table).offsets[[start, stop]]
                if table in self._filtered:
                    edges = np.searchsorted(self._surviving(table), edges)
                first, last = edges.tolist()
            found = self._changed_columns(table)
            return {name: values.slice(first, last - first) for name, values in found.items()}

        return Batch(
            self.seqs[start:stop],
            self._snapshot,
            self.schema,
            self._filtered,
            survivors,
            columns,
        )

    def _changed_columns(self, table: str) -> Mapping[str, pa.Array]:
        if table not in self._changed:
            self._changed[table] = self._columns(self, table)
        return self._changed[table]

    def _with_changes(self, rows: pa.Table, table: str) -> pa.Table:
        """The rows with the values that the view changed, in the types of the store."""
        for name, values in self._changed_columns(table).items():
            if name in rows.column_names:
                column = rows.schema.field(name)
                wanted = self._changed_type(table, name) or column.type
                if pa.types.is_dictionary(wanted):
                    wanted = wanted.value_type
                at = rows.column_names.index(name)
                rows = rows.set_column(at, column.with_type(wanted), values.cast(wanted))
            elif (new := self._new_column(table, name)) is not None:
                rows = rows.append_column(new, values.cast(new.type))
        return rows

    def _changed_type(self, table: str, name: str) -> pa.DataType | None:
        """The type of a column of documents, which may have got new values; None of others."""
        owner = self.schema if table == "samples" else self.schema.label_fields.get(table)
        fields = getattr(owner, "fields", None) or getattr(owner, "attributes", {})
        found = arrow_type(fields[name]) if name in fields else None
        inner = found
        while inner is not None and pa.types.is_list(inner):
            inner = inner.value_type
        return found if inner is not None and pa.types.is_struct(inner) else None

    def _new_column(self, table: str, name: str) -> pa.Field | None:
        """The column of an attribute that the dataset has not got; None where it is hidden."""
        owner = self.schema.label_fields.get(table)
        if owner is None or name not in owner.attributes:
            return None
        kind = attribute_kind(owner, name)
        return arrow_field(name, owner.attributes[name], arrow_type(owner.attributes[name], kind))

    def _surviving(self, field: str) -> npt.NDArray[np.int64]:
        if field not in self._found:
            self._found[field] = self._survivors(self, field)
        return self._found[field]

    @property
    def samples(self) -> pa.Table:
        """The visible columns of the samples, one row a sample; label fields as their counts."""
        # No cached_property: in Python 3.11 all batches would share one lock, which deadlocks with
        # that of the engine.
        if self._samples is None:
            self._samples = self._read_samples()
        return self._samples

    def _read_samples(self) -> pa.Table:
        table = self._snapshot.table("samples").take(self.seqs).table
        table = self._with_changes(table, "samples")
        table = table.select([name for name in table.column_names if name in self.schema])
        for field in self._filtered & set(self.schema.label_fields):
            table = table.set_column(
                table.column_names.index(field), field, self._counts(field, table[field])
            )
        return table

    def _counts(self, field: str, before: pa.ChunkedArray) -> pa.Array:
        """The number of labels that are left; a list that was None, a label that is gone: null."""
        counts = np.diff(self.label_rows(field).offsets).astype(np.int32)
        missing = before.is_null().to_numpy()
        if not self.schema.label_fields[field].is_label_list:
            missing = counts == 0
        return pa.array(counts, mask=missing)

    def label_rows(self, field: str) -> LabelRows:
        """The labels of a field that the view shows, with ``seq``, ``pos`` and visible attributes.

        Raises:
            FieldNotFoundError: when the view does not show the field
        """
        if field not in self.schema.label_fields:
            raise FieldNotFoundError(field, "The view", self.schema.label_fields)
        if field not in self._labels:
            rows = self.whole_label_rows(field)
            if field in self._filtered:
                rows = rows_at(rows, self._surviving(field))
            rows = LabelRows(self._with_changes(rows.table, field), rows.offsets)
            names = ["seq", "pos", *self.schema.label_fields[field].attributes]
            known = set(rows.table.column_names)
            table = rows.table.select([name for name in names if name in known])
            self._labels[field] = LabelRows(table, rows.offsets)
        return self._labels[field]

    def whole_label_rows(self, field: str) -> LabelRows:
        """All labels of a field, with all attributes, whatever the view hides."""
        if field not in self._whole:
            rows = self._snapshot.table(field).take(self.seqs)
            self._whole[field] = LabelRows(rows.table, rows.offsets)
        return self._whole[field]

    def whole_samples(self) -> pa.Table:
        """All columns of the samples, whatever the view hides."""
        return self._snapshot.table("samples").take(self.seqs).table


def rows_at(rows: LabelRows, indices: npt.NDArray[np.int64]) -> LabelRows:
    """Some of the rows, given by ascending indices."""
    if len(indices) == rows.table.num_rows:
        return rows
    before = np.searchsorted(indices, rows.offsets)
    return LabelRows(rows.table.take(pa.array(indices)), before.astype(np.int64))


class Engine(Protocol):
    """Runs plans over snapshots. All engines give the same answers."""

    def seqs(self, plan: Plan, snapshot: Snapshot) -> Seqs:
        """The samples of a view, in its order."""

    def count(self, plan: Plan, snapshot: Snapshot) -> int:
        """The number of samples of a view."""

    def aggregate(
        self, plan: Plan, aggregations: Sequence[Aggregation], snapshot: Snapshot
    ) -> list[Any]:
        """The answers to some aggregations over a view."""

    def batches(
        self, plan: Plan, snapshot: Snapshot, *, batch_size: int = BATCH_SIZE
    ) -> Iterator[Batch]:
        """The samples of a view in its order, some at a time."""
