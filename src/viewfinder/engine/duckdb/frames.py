"""What a SELECT is built from: samples or labels as its base, and what is joined to it by `seq`.

A question about the labels of a sample (how many, is there one that …) becomes one flat aggregate
over the table of labels, grouped by `seq` and joined to the base.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from viewfinder.engine.duckdb.sql import Names, Sql, quote
from viewfinder.engine.duckdb.tables import table_name
from viewfinder.engine.duckdb.videos import FRAME_KEY, inside_frames, is_of_frames
from viewfinder.expr.types import ValueType
from viewfinder.schema import FRAMES, DatasetSchema

__all__ = ["Frame", "LabelState", "LabelTable", "Labels", "labels_frame"]


@dataclass(frozen=True, slots=True)
class LabelTable:
    """The labels of a field that are left at some step of a plan."""

    source: str
    """The table or subquery that they are read from."""
    where: tuple[str, ...] = ()
    """Conditions that they meet, on the alias ``l``."""
    filtered: bool = False
    """Whether there may be fewer than the dataset has."""

    def select(self, columns: str, joins: str = "", *conditions: str, end: str = "") -> str:
        """A query of them."""
        where = " AND ".join([*self.where, *conditions])
        return (
            f"SELECT {columns} FROM {self.source} l{joins}{' WHERE ' + where if where else ''}{end}"
        )


@dataclass(frozen=True, slots=True)
class LabelState:
    """The label tables by field at some step of a plan."""

    schema: DatasetSchema
    """All fields of the dataset."""
    kind: str = "table"
    """Which set of registered tables is read: all of the dataset, or those of one batch."""
    tables: dict[str, LabelTable] = field(default_factory=dict)
    changed_samples: str | None = None
    """The subquery of the samples, where a step changed values of them."""

    def table(self, name: str) -> LabelTable:
        """The labels of a field."""
        return self.tables.get(name) or LabelTable(self.stored(name))

    def stored(self, name: str) -> str:
        """The table as it is stored; frames are looked up by their video, so all may be there."""
        return table_name(name, "table" if name == FRAMES or is_of_frames(name) else self.kind)

    @property
    def samples(self) -> str:
        """The table of samples."""
        return self.changed_samples or table_name("samples", self.kind)

    def with_table(self, name: str, table: LabelTable) -> LabelState:
        """The state after a step that changed the labels of a field."""
        changed = replace(table, filtered=True)
        return replace(self, tables={**self.tables, name: changed})


class Frame:
    """The FROM part of one SELECT, which grows as expressions ask for what they need.

    Args:
        state: which labels there are
        names: fresh names
        base: the text that follows FROM
        seq: the column of the base that names the sample
        samples: the alias of the samples' table where that is the base
        frame: the column of the base that names the frame of a video; where it is `seq` the base
            has no column that names the sample
    """

    def __init__(
        self,
        state: LabelState,
        names: Names,
        base: str,
        seq: str,
        samples: str | None = None,
        *,
        frame: str | None = None,
    ) -> None:
        self.state = state
        self.names = names
        self._seq = seq
        self._frame = frame
        self._base = base
        self._samples = samples
        self._joins: list[str] = []
        self._labels: dict[LabelTable, str] = {}
        self._aggregates: dict[tuple[LabelTable, str, tuple[str, ...]], _Aggregates] = {}

    @property
    def sql(self) -> str:
        """The whole text after FROM."""
        return self._base + self.joins

    @property
    def seq(self) -> str:
        """The text that names the sample."""
        if self._frame is not None and self._frame == self._seq:
            alias = self.names.fresh("f")
            frames = self.state.stored(FRAMES)
            self._joins.append(f' JOIN {frames} {alias} ON {alias}."frame " = {self._frame}')
            self._seq = f"{alias}.seq"
        return self._seq

    def key(self, field: str) -> str:
        """The text that names whose labels of a field are meant: the sample, or the frame."""
        if is_of_frames(field) and self._frame is not None:
            return self._frame
        return self.seq

    @property
    def joins(self) -> str:
        """What is joined to the base."""
        aggregates = [
            f" LEFT JOIN ({parts.select()}) {parts.alias} ON {parts.alias}.seq = {parts.key}"
            for parts in self._aggregates.values()
        ]
        return "".join([*self._joins, *aggregates])

    def sample_column(self, name: str) -> str:
        """The text of a column of the samples; of frames where the field is one of theirs."""
        if name == FRAMES:
            return "1"  # every video has a list of frames, if an empty one
        if is_of_frames(name):
            return f"l.{quote(inside_frames(name))}"
        if self._samples is None:
            self._samples = self.names.fresh("s")
            self._joins.append(
                f" JOIN {self.state.samples} {self._samples} ON {self._samples}.seq = {self.seq}"
            )
        return f"{self._samples}.{quote(name)}"

    def single_label(self, name: str) -> str:
        """The alias of a field's one label, joined; its columns are null where there is none."""
        table = self.state.table(name)
        if table not in self._labels:
            alias = self._labels[table] = self.names.fresh("g")
            source = table.source if not table.where else f"({table.select('l.*')})"
            self._joins.append(f" LEFT JOIN {source} {alias} ON {alias}.seq = {self.key(name)}")
        return self._labels[table]

    def aggregate(self, labels: Labels, text: str) -> str:
        """The text of an aggregate over the labels of each sample; null where it has none."""
        key = (labels.frame.state.table(labels.field), labels.frame.joins, labels.where)
        parts = self._aggregates.get(key)
        if parts is None:
            parts = self._aggregates[key] = _Aggregates(
                self.names.fresh("a"), self.key(labels.field), *key
            )
        if text not in parts.columns:
            parts.columns[text] = self.names.fresh("v")
        return f"{parts.alias}.{parts.columns[text]}"


def labels_frame(state: LabelState, names: Names, field: str) -> Frame:
    """The FROM part of a SELECT whose base is the labels of a field, or the frames of videos."""
    if field == FRAMES:
        return Frame(state, names, "", "l.seq", frame=FRAME_KEY)
    return Frame(state, names, "", "l.seq", frame="l.seq" if is_of_frames(field) else None)


@dataclass(slots=True)
class _Aggregates:
    """Aggregates over the same labels: one subquery."""

    alias: str
    key: str
    """What names whose labels they are, in the base."""
    table: LabelTable
    joins: str
    where: tuple[str, ...]
    columns: dict[str, str] = field(default_factory=dict)

    def select(self) -> str:
        columns = ", ".join(f"{text} AS {name}" for text, name in self.columns.items())
        return self.table.select(
            f"l.seq AS seq, {columns}", self.joins, *self.where, end=" GROUP BY l.seq"
        )


@dataclass(frozen=True, slots=True)
class Labels:
    """A list of labels of each sample, or of one value of each, that was not computed yet."""

    field: str
    type: ValueType
    frame: Frame
    """The frame with the labels as base."""
    where: tuple[str, ...] = ()
    """Conditions that they meet."""
    value: Sql | None = None
    """What is taken of each; None for the label itself."""
