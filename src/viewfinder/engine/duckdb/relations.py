"""Plans as a few SELECTs: which samples, in which order, and which of their labels are left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from viewfinder.engine.duckdb.changes import after_change
from viewfinder.engine.duckdb.compiler import Compiler, Place, label_document
from viewfinder.engine.duckdb.frames import Frame, LabelState, LabelTable, labels_frame
from viewfinder.engine.duckdb.sql import Names, Sql, as_list, is_float, quote, strict
from viewfinder.errors import ExpressionError
from viewfinder.expr import nodes as n
from viewfinder.expr.plan import (
    FilterLabels,
    LimitLabels,
    Plan,
    SetValue,
    Sort,
    SortKey,
    Step,
    Where,
    steps,
)
from viewfinder.schema import EmbeddedDocumentField

__all__ = [
    "LabelStep",
    "Order",
    "SampleQuery",
    "after_label_step",
    "label_field_of_test",
    "label_steps",
    "order_of",
]


LabelStep: TypeAlias = FilterLabels | LimitLabels | SetValue


def label_steps(plan: Plan) -> list[LabelStep]:
    """The steps of a plan that change which labels there are, or any values."""
    return [step for step in steps(plan) if isinstance(step, (FilterLabels, LimitLabels, SetValue))]


def after_label_step(state: LabelState, step: Step, names: Names) -> LabelState:
    """Which labels there are after a step."""
    if isinstance(step, FilterLabels):
        return state.with_table(step.field, _filtered(state, step, names))
    if isinstance(step, LimitLabels):
        table = state.table(step.field)
        rank = "row_number() OVER (PARTITION BY l.seq ORDER BY l.pos)"
        ranked = table.select(f'l.*, {rank} AS "rank "')
        limited = f'(SELECT * EXCLUDE ("rank ") FROM ({ranked}) WHERE "rank " <= {step.limit})'
        return state.with_table(step.field, LabelTable(limited))
    if isinstance(step, SetValue):
        return after_change(state, step, names)
    return state


def _filtered(state: LabelState, step: FilterLabels, names: Names) -> LabelTable:
    table = state.table(step.field)
    frame = labels_frame(state, names, step.field)
    place = Place(frame, label_document(frame, step.field))
    condition = Compiler(names).condition(step.condition, place)
    if not frame.joins:
        return LabelTable(table.source, (*table.where, condition))
    return LabelTable(f"({table.select('l.*', frame.joins, condition)})")


@dataclass(slots=True)
class Order:
    """One key of ORDER BY."""

    text: str
    reverse: bool

    def __str__(self) -> str:
        return f"{self.text} {'DESC NULLS LAST' if self.reverse else 'ASC NULLS FIRST'}"


class SampleQuery:
    """The samples of a view as one SELECT that grows with each step.

    Args:
        state: which labels there are before the first step
        names: fresh names
        chosen: a table with `seq` and `ord` that the samples come from; all samples where None
    """

    def __init__(self, state: LabelState, names: Names, chosen: str | None = None) -> None:
        self.state = state
        self.names = names
        self._compiler = Compiler(names)
        self._where: list[str] = []
        self._order: list[Order] = []
        self._last = Order("s.seq", reverse=False)
        if chosen is None:
            self.frame = Frame(state, names, f"{state.samples} s", "s.seq", "s")
        else:
            base = f"{quote(chosen)} c JOIN {state.samples} s ON s.seq = c.seq"
            self.frame = Frame(state, names, base, "s.seq", "s")
            self._last = Order("c.ord", reverse=False)

    @property
    def changed(self) -> bool:
        """Whether a step chose or ordered samples."""
        return bool(self._where or self._order)

    def add(self, step: Step) -> None:
        """Takes a step of the plan in."""
        if isinstance(step, Where):
            self._where.append(self._compiler.condition(step.condition, Place(self.frame)))
        elif isinstance(step, Sort):
            self._order = [order for key in step.keys for order in self._keys(key)] + self._order
        elif isinstance(step, (FilterLabels, LimitLabels, SetValue)):
            self.state = after_label_step(self.state, step, self.names)
            self.frame.state = self.state
        else:
            raise ExpressionError(
                f"The DuckDB engine does not know plans with {type(step).__name__}."
            )

    @property
    def place(self) -> str:
        """The text of a sample's place before any step."""
        return self._last.text

    def _keys(self, key: SortKey) -> list[Order]:
        value = strict(as_list(self._compiler.scalar(key.value, Place(self.frame))))
        return order_of(value, reverse=key.reverse)

    def select(self, columns: str = "s.seq AS seq", *, ordered: bool = True, end: str = "") -> str:
        """The query."""
        where = f" WHERE {' AND '.join(self._where)}" if self._where else ""
        order = f" ORDER BY {', '.join(map(str, [*self._order, self._last]))}" if ordered else ""
        return f"SELECT {columns} FROM {self.frame.sql}{where}{order}{end}"


def order_of(value: Sql, *, reverse: bool) -> list[Order]:
    """What to order by for a value as a key of a sort."""
    if not is_float(value):
        return [Order(value.text, reverse)]
    # NaN comes before all numbers.
    nan = f"(CASE WHEN {value.text} IS NOT NULL THEN NOT isnan({value.text}) END)"
    return [Order(nan, reverse), Order(value.text, reverse)]


def label_field_of_test(node: n.Node, state: LabelState) -> str | None:
    """The field of a condition that asks for nothing but at least one label in it."""
    match node:
        case n.Greater(n.Length(n.Field(path)), n.Literal(0)):
            name, _, rest = path.partition(".")
            field = state.schema.label_fields.get(name)
            return name if field is not None and rest == _list_name(field) else None
        case n.Not(n.IsNull(n.Field(path))):
            field = state.schema.label_fields.get(path)
            return path if field is not None and not field.is_label_list else None
    return None


def _list_name(field: EmbeddedDocumentField) -> str | None:
    return getattr(field.document_type, "LIST_NAME", None)
