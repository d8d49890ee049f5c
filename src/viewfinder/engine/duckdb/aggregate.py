"""Aggregations in SQL: those over the same rows share one query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from viewfinder.engine.base import Seqs, Snapshot
from viewfinder.engine.duckdb.comparisons import is_null
from viewfinder.engine.duckdb.compiler import Compiler, Place, Value
from viewfinder.engine.duckdb.frames import Frame, Labels
from viewfinder.engine.duckdb.lists import smallest_of
from viewfinder.engine.duckdb.sql import Document, Names, Sql, as_list, quote, strict
from viewfinder.engine.seqs import BY_PLACE, CHOOSING
from viewfinder.engine.values import (
    decode,
    histogram,
    quantiles,
    shaped,
    sorted_counts,
    sorted_values,
)
from viewfinder.errors import ExpressionError
from viewfinder.expr import Aggregation, aggregations
from viewfinder.expr.plan import Plan, steps
from viewfinder.expr.types import INT, Holds, Scope, ValueType
from viewfinder.labels import Label, LabelList
from viewfinder.schema import DatasetSchema, EmbeddedDocumentField
from viewfinder.schema.columns import decode_labels

if TYPE_CHECKING:
    from viewfinder.engine.duckdb.engine import DuckDBEngine

__all__ = ["Aggregator"]

_VIEW = "view samples"
_LABEL_BATCH = 10_000


@dataclass(slots=True)
class _Source:
    """Rows with one value each; `query` makes a SELECT of some columns over them."""

    query: Callable[[str], str]
    value: Sql


@dataclass(slots=True)
class _Shared:
    """Columns of several aggregations that one query answers."""

    query: Callable[[str], str]
    columns: list[str] = field(default_factory=list)
    takers: list[tuple[int, int, Callable[[list[Any]], Any], ValueType]] = field(
        default_factory=list
    )


class Aggregator:
    """Answers aggregations over one view of one snapshot."""

    def __init__(
        self, engine: DuckDBEngine, plan: Plan, snapshot: Snapshot, schema: DatasetSchema
    ) -> None:
        self._engine = engine
        self._plan = plan
        self._snapshot = snapshot
        self._schema = schema
        self._names = Names()
        self._compiler = Compiler(self._names)
        state = engine.label_state(plan, snapshot, self._names)
        self._chooses = any(isinstance(step, (*CHOOSING, *BY_PLACE)) for step in steps(plan))
        base = f"{state.samples} s"
        if self._chooses:
            base = f"{quote(_VIEW)} c JOIN {base} ON s.seq = c.seq"
        self._frame = Frame(state, self._names, base, "s.seq", "s")
        self._registered = False

    def answers(self, asked: Sequence[Aggregation]) -> list[Any]:
        """One answer for each aggregation."""
        results: list[Any] = [None] * len(asked)
        shared: dict[str, _Shared] = {}
        try:
            for at, aggregation in enumerate(asked):
                if aggregation.field_or_expr is None:
                    results[at] = self._engine.count(self._plan, self._snapshot)
                elif type(aggregation) in _SCALARS:
                    self._share(shared, at, aggregation)
                elif type(aggregation) in _OWN:
                    results[at] = _OWN[type(aggregation)](self, aggregation)
                else:
                    raise ExpressionError(
                        f"The DuckDB engine does not know {type(aggregation).__name__}."
                    )
            for group in shared.values():
                self._answer_shared(group, results)
        finally:
            if self._registered:
                self._engine.unregister(_VIEW)
        return results

    def seqs(self) -> Seqs:
        """The samples of the view in its order."""
        return self._engine.seqs(self._plan, self._snapshot)

    def _share(self, shared: dict[str, _Shared], at: int, aggregation: Aggregation) -> None:
        source = self._source(aggregation)
        columns, finish = _SCALARS[type(aggregation)](aggregation, source.value)
        # The query is made late: other aggregations may add joins to the frame that they share.
        key = source.query("")
        if source.query == self._samples_query:
            key = "samples"
        group = shared.setdefault(key, _Shared(source.query))
        group.takers.append((at, len(group.columns), finish, source.value.type))
        group.columns.extend(columns)

    def _answer_shared(self, group: _Shared, results: list[Any]) -> None:
        self._use_view(group.query(""))
        named = ", ".join(f"{text} AS c{at}" for at, text in enumerate(group.columns))
        table = self._engine.query(group.query(named), self._names)
        for at, start, finish, found in group.takers:
            stop = min([t[1] for t in group.takers if t[1] > start], default=len(group.columns))
            values = []
            for column in table.columns[start:stop]:
                as_found = _arrow_is(column, found)
                values.append((decode(column, found) if as_found else column.to_pylist())[0])
            results[at] = finish(values)

    def _use_view(self, sql: str) -> None:
        if quote(_VIEW) in sql and not self._registered:
            self._engine.register_seqs(_VIEW, self.seqs())
            self._registered = True

    def rows(self, sql: str) -> pa.Table:
        """The answer to a query over the view."""
        self._use_view(sql)
        return self._engine.query(sql, self._names)

    def _samples_query(self, columns: str) -> str:
        return f"SELECT {columns} FROM {self._frame.sql}"

    def _value(self, aggregation: Aggregation) -> Value:
        node = aggregation.node(Scope(self._schema))
        return self._compiler.value(node, Place(self._frame))

    def _source(self, aggregation: Aggregation) -> _Source:
        """The rows over which an aggregation goes, out of all lists."""
        found = self._value(aggregation)
        if isinstance(found, Labels):
            value = found.value or Sql("1", INT, nullable=False)
            source = _Source(self._labels_query(found), value)
        elif isinstance(found, Document):
            present = Sql(f"(CASE WHEN NOT {found.is_null} THEN 1 END)", INT)
            source = _Source(self._samples_query, present)
        else:
            source = _Source(self._samples_query, found)
        while source.value.type.holds is Holds.LIST:
            source = self._unnested(source)
        value = strict(source.value)
        if value.type.holds is Holds.ANY:
            value = self._of_any(value, aggregation)
        if aggregation.safe and value.type.holds is Holds.FLOAT:
            value = replace(value, text=f"(CASE WHEN isfinite({value.text}) THEN {value.text} END)")
        return _Source(source.query, value)

    def _of_any(self, value: Sql, aggregation: Aggregation) -> Sql:
        """Values of any type: only the numbers where these are asked for."""
        if aggregation.OF_ANY_NUMBERS:
            return self._compiler.compare.number(value)
        if not aggregation.safe:
            return value
        odd = f"{value.text} IN ('NaN', 'Infinity', '-Infinity')"
        return replace(value, text=f"(CASE WHEN {odd} THEN NULL ELSE {value.text} END)")

    def _labels_query(self, labels: Labels) -> Callable[[str], str]:
        conditions = list(labels.where)
        if self._engine.restriction(self._plan, labels.field, self._snapshot.schema):
            conditions.append(f"l.seq IN (SELECT seq FROM {quote(_VIEW)})")
        table = labels.frame.state.table(labels.field)
        joins = labels.frame.joins
        return lambda columns: table.select(columns, joins, *conditions)

    def _unnested(self, source: _Source) -> _Source:
        element = source.value.type.element
        assert element is not None
        inner = source.query(f"unnest({as_list(source.value).text}) AS v")
        if element.holds is Holds.DOCUMENT:
            element = INT
            return _Source(
                lambda columns: f"SELECT {columns} FROM ({inner})",
                Sql("(CASE WHEN v IS NOT NULL THEN 1 END)", element),
            )
        return _Source(lambda columns: f"SELECT {columns} FROM ({inner})", Sql("v", element))

    def _column(self, source: _Source) -> pa.ChunkedArray:
        return self.rows(source.query(f"{source.value.text} AS v"))["v"]

    # Aggregations with a query of their own

    def count_values(self, aggregation: Aggregation) -> dict[Any, int]:
        """How often each value occurs."""
        source = self._source(aggregation)
        columns = f"{source.value.text} AS v, count(*) AS n"
        table = self.rows(f"{source.query(columns)} GROUP BY ALL")
        values = decode(table["v"], source.value.type)
        return sorted_counts(zip(values, table["n"].to_pylist(), strict=True))

    def distinct(self, aggregation: Aggregation) -> list[Any]:
        """The different values."""
        source = self._source(aggregation)
        table = self.rows(source.query(f"DISTINCT {source.value.text} AS v"))
        values = decode(table["v"], source.value.type)
        return sorted_values(value for value in values if value is not None)

    def numbers(self, aggregation: Aggregation) -> tuple[Any, int]:
        """All numbers, and how many values are None."""
        source = self._source(aggregation)
        column = self._column(source)
        missing = column.null_count
        present = column.drop_null().cast(pa.float64())
        return present.to_numpy(), missing

    def histogram(self, aggregation: aggregations.HistogramValues) -> Any:
        """Counts in bins."""
        return histogram(aggregation, *self.numbers(aggregation))

    def quantiles(self, aggregation: aggregations.Quantiles) -> Any:
        """Quantiles."""
        return quantiles(aggregation, self.numbers(aggregation)[0])

    def values(self, aggregation: aggregations.Values) -> list[Any]:
        """The values of all samples."""
        found = self._value(aggregation)
        if isinstance(found, Document):
            values = self._documents(found)
        elif isinstance(found, Labels):
            if found.value is None and not found.where:
                values = self._label_objects(found.field, as_lists=True)
            else:
                values = self._label_values(found)
        else:
            values = self._sample_values(found)
        return shaped(aggregation, values, self._schema)

    def _documents(self, found: Document) -> list[Any]:
        field_name = found.type.label_field
        if field_name is not None:
            return self._label_objects(field_name, as_lists=False)
        return self._sample_values(found.whole())

    def _sample_values(self, value: Sql) -> list[Any]:
        text = strict(value).text
        table = self.rows(self._samples_query(f"s.seq AS seq, {text} AS v"))
        order = _places(table["seq"].to_numpy(), self.seqs())
        column = table["v"] if order is None else table["v"].take(pa.array(order))
        return decode(column, value.type)

    def _label_values(self, labels: Labels) -> list[Any]:
        """One list a sample; None where it has no list."""
        value = labels.value or self._compiler.whole_label(labels)
        text = strict(value).text
        query = self._labels_query(labels)
        table = self.rows(query(f"l.seq AS seq, l.pos AS pos, {text} AS v"))
        seq, pos = table["seq"].to_numpy(), table["pos"].to_numpy()
        column = table["v"]
        if np.any((np.diff(seq) < 0) | ((np.diff(seq) == 0) & (np.diff(pos) < 0))):
            order = np.lexsort((pos, seq))
            seq, column = seq[order], column.take(pa.array(order))
        values = decode(column, value.type)
        wanted = self.seqs()
        starts, stops = np.searchsorted(seq, wanted), np.searchsorted(seq, wanted, "right")
        held = self._sample_values(Sql(self._frame.sample_column(labels.field), INT))
        return [
            None if count is None else values[start:stop]
            for count, start, stop in zip(held, starts.tolist(), stops.tolist(), strict=True)
        ]

    def _label_objects(self, name: str, *, as_lists: bool) -> list[Any]:
        part = self._schema[name]
        assert isinstance(part, EmbeddedDocumentField)
        element = part.element_type
        assert element is not None
        found: list[Any] = []
        for batch in self._engine.batches(self._plan, self._snapshot, batch_size=_LABEL_BATCH):
            rows = batch.label_rows(name)
            labels = decode_labels(element, rows.table)
            bounds = rows.offsets.tolist()
            held = batch.samples[name].to_pylist()
            for at, count in enumerate(held):
                mine = labels[bounds[at] : bounds[at + 1]]
                found.append(None if count is None else _as_field(part, mine, as_list=as_lists))
        return found


def _as_field(part: EmbeddedDocumentField, labels: list[Label], *, as_list: bool) -> Any:
    if not part.is_label_list:
        return labels[0]
    if as_list:
        return labels
    make = part.document_type
    assert issubclass(make, LabelList)
    return make(labels)


def _places(found: Seqs, wanted: Seqs) -> Any:
    """Where each wanted sample is among the found ones; None where they are the same."""
    if len(found) == len(wanted) and np.array_equal(found, wanted):
        return None
    order = np.argsort(found, kind="stable")
    return order[np.searchsorted(found, wanted, sorter=order)]


def _arrow_is(column: pa.ChunkedArray, found: ValueType) -> bool:
    """Whether a column of answers holds values of the aggregated type rather than counts."""
    return found.holds in (Holds.ID, Holds.DATETIME) and not pa.types.is_integer(column.type)


_Columns = tuple[list[str], Callable[[list[Any]], Any]]


def _count(_: Any, value: Sql) -> _Columns:
    return [f"count(*) FILTER (WHERE NOT {is_null(value)})"], lambda found: found[0]


def _bounds(aggregation: Any, value: Sql) -> _Columns:
    smallest, largest = smallest_of(value), smallest_of(value, largest=True)
    if isinstance(aggregation, aggregations.Min):
        return [smallest], lambda found: found[0]
    if isinstance(aggregation, aggregations.Max):
        return [largest], lambda found: found[0]
    return [smallest, largest], tuple


def _as_number(value: Sql) -> str:
    if value.is_null_literal or value.type.holds is Holds.NULL:
        return "NULL::DOUBLE"
    return value.text if value.type.is_number else f"({value.text}::BIGINT)"


def _sum(_: Any, value: Sql) -> _Columns:
    kind = "DOUBLE" if value.type.holds is Holds.FLOAT else "BIGINT"
    return [f"sum({_as_number(value)})::{kind}"], lambda found: found[0] or 0


def _mean(_: Any, value: Sql) -> _Columns:
    return [f"avg({_as_number(value)}::DOUBLE)"], lambda found: found[0] or 0


def _std(aggregation: aggregations.Std, value: Sql) -> _Columns:
    text = f"({_as_number(value)}::DOUBLE)"
    name = "stddev_samp" if aggregation.sample else "stddev_pop"
    finite = f"{name}({text}) FILTER (WHERE isfinite({text}))"
    odd = f"bool_or(NOT isfinite({text}))"
    return [f"CASE WHEN {odd} THEN 'nan'::DOUBLE ELSE {finite} END"], lambda found: found[0] or 0


_SCALARS: dict[type[Aggregation], Callable[[Any, Sql], _Columns]] = {
    aggregations.Count: _count,
    aggregations.Bounds: _bounds,
    aggregations.Min: _bounds,
    aggregations.Max: _bounds,
    aggregations.Sum: _sum,
    aggregations.Mean: _mean,
    aggregations.Std: _std,
}
"""Aggregations that are columns of one row."""

_OWN: dict[type[Aggregation], Callable[[Aggregator, Any], Any]] = {
    aggregations.CountValues: Aggregator.count_values,
    aggregations.Distinct: Aggregator.distinct,
    aggregations.HistogramValues: Aggregator.histogram,
    aggregations.Quantiles: Aggregator.quantiles,
    aggregations.Values: Aggregator.values,
}
"""Aggregations that need a query of their own."""
