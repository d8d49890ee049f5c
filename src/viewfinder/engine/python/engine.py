"""The oracle: it runs plans step by step over plain dicts, and other engines must agree with it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from viewfinder.engine.base import BATCH_SIZE, Batch, Seqs, Snapshot
from viewfinder.engine.groups import GROUP_STEPS
from viewfinder.engine.python.changes import changed_columns, with_value
from viewfinder.engine.python.comparisons import is_number, order_of, truth
from viewfinder.engine.python.documents import PLACE, read_documents
from viewfinder.engine.python.evaluate import Place, evaluate
from viewfinder.engine.python.groups import after_group_step
from viewfinder.engine.seqs import pick_seqs
from viewfinder.engine.values import (
    as_object,
    histogram,
    quantiles,
    shaped,
    sorted_counts,
    sorted_values,
)
from viewfinder.errors import ExpressionError
from viewfinder.expr import Aggregation, aggregations, in_parts
from viewfinder.expr.changes import schema_after
from viewfinder.expr.functions import Entry
from viewfinder.expr.group_keys import check_key, type_of_group_value
from viewfinder.expr.plan import (
    Drop,
    FilterLabels,
    LimitLabels,
    Near,
    OfGroups,
    Permute,
    Pick,
    Plan,
    Query,
    Scan,
    SetValue,
    Similar,
    Slice,
    Sort,
    SortGroups,
    Step,
    Where,
    WhereGroups,
    Within,
    plan_schema,
    steps,
)
from viewfinder.expr.types import Holds, Scope, ValueType, type_of
from viewfinder.labels import LabelList
from viewfinder.schema import FRAMES, FRAMES_PREFIX, DatasetSchema, EmbeddedDocumentField

__all__ = ["PythonEngine"]

Document = dict[str, Any]


class PythonEngine:
    """Runs plans in plain Python. Slow: it reads the whole dataset for every question."""

    def seqs(self, plan: Plan, snapshot: Snapshot) -> Seqs:
        """The samples of a view, in its order."""
        return np.array(list(self._run(plan, snapshot)), dtype=np.int64)

    def count(self, plan: Plan, snapshot: Snapshot) -> int:
        """The number of samples of a view."""
        return len(self._run(plan, snapshot))

    def aggregate(
        self, plan: Plan, aggregations: Sequence[Aggregation], snapshot: Snapshot
    ) -> list[Any]:
        """The answers to some aggregations over a view."""
        documents = list(self._run(plan, snapshot).values())
        schema = plan_schema(plan, snapshot.schema)
        return in_parts(
            aggregations,
            schema,
            lambda asked: [_answer(aggregation, documents, schema) for aggregation in asked],
        )

    def batches(
        self, plan: Plan, snapshot: Snapshot, *, batch_size: int = BATCH_SIZE
    ) -> Iterator[Batch]:
        """The samples of a view in its order, some at a time."""
        documents = self._run(plan, snapshot)
        filtered = frozenset(
            step.field for step in steps(plan) if isinstance(step, (FilterLabels, LimitLabels))
        )

        def survivors(batch: Batch, field: str) -> npt.NDArray[np.int64]:
            starts = batch.whole_label_rows(field).offsets.tolist()
            found = [
                starts[at] + label[PLACE]
                for at, seq in enumerate(batch.seqs.tolist())
                for label in _labels_of(documents[seq], field, snapshot.schema)
            ]
            return np.array(found, dtype=np.int64)

        changes = [step for step in steps(plan) if isinstance(step, SetValue)]
        grown = snapshot.schema
        for step in changes:
            grown = schema_after(grown, step)

        def columns(batch: Batch, table: str) -> dict[str, Any]:
            return changed_columns(changes, documents, batch, table, grown)

        schema = plan_schema(plan, snapshot.schema)
        seqs = np.array(list(documents), dtype=np.int64)
        for start in range(0, len(seqs), batch_size):
            part = seqs[start : start + batch_size]
            yield Batch(part, snapshot, schema, filtered, survivors, columns)

    def _run(self, plan: Plan, snapshot: Snapshot) -> dict[int, Document]:
        """The samples of a view by number, in its order, with the labels that are left."""
        documents = read_documents(snapshot)
        schema = snapshot.schema
        for step in steps(plan):
            _check(step, schema)
            if isinstance(step, SetValue):
                schema = schema_after(schema, step)
            if isinstance(step, OfGroups):
                # What is chosen need not be in the source, but has the values that it has there.
                whole = self._run(_changes_alone(step.source), snapshot)
                chosen = [whole[seq] for seq in self._run(step.chosen, snapshot)]
                documents = after_group_step(step, documents, chosen)
            else:
                documents = _after(step, documents, snapshot, schema)
        return documents


def _changes_alone(plan: Plan) -> Plan:
    """The plan with only those steps that change values or labels."""
    if isinstance(plan, Scan):
        return plan
    source = _changes_alone(plan.source)
    changes = isinstance(plan, (FilterLabels, LimitLabels, SetValue))
    return replace(plan, source=source) if changes else source


def _check(step: Step, schema: DatasetSchema) -> None:
    """Raises what means nothing, also where there is no sample to show it."""
    if isinstance(step, Where):
        type_of(step.condition, Scope(schema))
    elif isinstance(step, Sort):
        for key in step.keys:
            type_of(key.value, Scope(schema))
    elif isinstance(step, GROUP_STEPS):
        for node in step.keys:
            check_key(node, Scope(schema))
        if isinstance(step, WhereGroups):
            type_of_group_value(step.condition, schema)
        elif isinstance(step, SortGroups):
            type_of_group_value(step.key.value, schema)


def _after(
    step: Step, documents: dict[int, Document], snapshot: Snapshot, schema: DatasetSchema
) -> dict[int, Document]:
    items = list(documents.items())
    if isinstance(step, Where):
        return {k: doc for k, doc in items if truth(evaluate(step.condition, Place(doc, doc)))}
    if isinstance(step, FilterLabels):
        return {k: _filtered(doc, step, schema) for k, doc in items}
    if isinstance(step, LimitLabels):
        return {k: _limited(doc, step, schema) for k, doc in items}
    if isinstance(step, Sort):
        for key in reversed(step.keys):
            value = key.value
            items.sort(
                key=lambda item: order_of(evaluate(value, Place(item[1], item[1]))),
                reverse=key.reverse,
            )
        return dict(items)
    if isinstance(step, SetValue):
        return {k: with_value(doc, step, schema) for k, doc in items}
    if isinstance(step, GROUP_STEPS):
        return after_group_step(step, documents)
    if isinstance(step, Query):
        raise ExpressionError("Queries in SQL are run by the DuckDB engine only.")
    if isinstance(step, (Similar, Near, Within)):
        # Distances are computed on arrays by all engines alike.
        left = pick_seqs(np.array(list(documents), dtype=np.int64), step, snapshot)
        return {seq: documents[seq] for seq in left.tolist()}
    return dict(_by_place(step, items))


def _by_place(step: Step, items: list[tuple[int, Document]]) -> list[tuple[int, Document]]:
    """Steps that look at no value but the id."""
    if isinstance(step, Slice):
        return items[step.skip :][: step.limit]
    if isinstance(step, Permute):
        order = np.random.default_rng(step.seed).permutation(len(items)).tolist()
        return [items[at] for at in order[: step.size]]
    if isinstance(step, Drop):
        return [item for item in items if item[1]["id"] not in step.ids]
    if isinstance(step, Pick):
        chosen = [item for item in items if item[1]["id"] in step.ids]
        if step.ordered:
            chosen.sort(key=lambda item: step.ids.index(item[1]["id"]))
        return chosen
    return items


def _list_name(field: EmbeddedDocumentField) -> str:
    name: str = getattr(field.document_type, "LIST_NAME")  # noqa: B009
    return name


def _labels_of(document: Document, name: str, schema: DatasetSchema) -> list[Document]:
    field, value = schema.label_fields[name], document[name]
    if value is None:
        return []
    labels: list[Document] = value[_list_name(field)] if field.is_label_list else [value]
    return labels


def _with_labels(
    document: Document, name: str, labels: list[Document], schema: DatasetSchema
) -> Document:
    field = schema.label_fields[name]
    if document[name] is None:
        return document
    if field.is_label_list:
        return {**document, name: {_list_name(field): labels}}
    return {**document, name: labels[0] if labels else None}


def _filtered(
    document: Document, step: FilterLabels, schema: DatasetSchema, sample: Document | None = None
) -> Document:
    sample = sample or document
    if step.field == FRAMES:
        left = [
            frame
            for frame in document[FRAMES]
            if truth(evaluate(step.condition, Place(sample, frame)))
        ]
        return {**document, FRAMES: left}
    if step.field.startswith(FRAMES_PREFIX):
        inside = replace(step, field=step.field.removeprefix(FRAMES_PREFIX))
        frames = [_filtered(frame, inside, schema.frames, sample) for frame in document[FRAMES]]
        return {**document, FRAMES: frames}
    left = [
        label
        for label in _labels_of(document, step.field, schema)
        if truth(evaluate(step.condition, Place(sample, label)))
    ]
    return _with_labels(document, step.field, left, schema)


def _limited(document: Document, step: LimitLabels, schema: DatasetSchema) -> Document:
    if step.field.startswith(FRAMES_PREFIX):
        inside = replace(step, field=step.field.removeprefix(FRAMES_PREFIX))
        frames = [_limited(frame, inside, schema.frames) for frame in document[FRAMES]]
        return {**document, FRAMES: frames}
    labels = _labels_of(document, step.field, schema)
    return _with_labels(document, step.field, labels[: step.limit], schema)


def _answer(aggregation: Aggregation, documents: list[Document], schema: DatasetSchema) -> Any:
    if aggregation.field_or_expr is None:
        return len(documents)
    node = aggregation.node(Scope(schema))
    found = type_of(node, Scope(schema))
    values = [evaluate(node, Place(document, document)) for document in documents]
    if isinstance(aggregation, aggregations.Values):
        return shaped(aggregation, [_public(value, found) for value in values], schema)
    while found.holds is Holds.LIST:
        values = [item for value in values if value is not None for item in value]
        assert found.element is not None
        found = found.element
    if found.holds is Holds.ANY and aggregation.OF_ANY_NUMBERS:
        values = [float(value) if is_number(value) else None for value in values]
    if aggregation.safe:
        values = [None if _is_not_finite(value) else value for value in values]
    return _REDUCTIONS[type(aggregation)](aggregation, values)


def _is_not_finite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _public(value: Any, found: ValueType) -> Any:
    """A value as users see it: documents as objects."""
    if value is None:
        return None
    if found.holds is Holds.LIST and found.element is not None:
        return [_public(item, found.element) for item in value]
    if found.holds is not Holds.DOCUMENT:
        return value
    if found.document is Entry:
        return [
            _public(item, part) for item, (_, part) in zip(value, found.attributes, strict=True)
        ]
    if found.document is not None and issubclass(found.document, LabelList):
        ((name, labels),) = found.attributes
        return found.document(_public(value[name], labels))
    names = [name for name, _ in found.attributes]
    return as_object({k: value[k] for k in names if value.get(k) is not None}, found)


def _present(values: list[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _bounds(_: Aggregation, values: list[Any]) -> tuple[Any, Any]:
    """Smallest and largest; NaN comes before all numbers, so it is the largest only alone."""
    found = sorted(_present(values), key=order_of)
    return (found[0], found[-1]) if found else (None, None)


def _mean(_: Aggregation, values: list[Any]) -> Any:
    found = [float(value) for value in _present(values)]
    return sum(found) / len(found) if found else 0


def _std(aggregation: aggregations.Std, values: list[Any]) -> Any:
    found = [float(value) for value in _present(values)]
    if any(not math.isfinite(value) for value in found):
        return math.nan
    degrees = len(found) - 1 if aggregation.sample else len(found)
    if degrees <= 0:
        return 0
    mean = sum(found) / len(found)
    try:
        return math.sqrt(sum((value - mean) ** 2 for value in found) / degrees)
    except OverflowError as error:
        raise ExpressionError("The squares of these numbers are too large to compute.") from error


def _floats(values: list[Any]) -> npt.NDArray[np.float64]:
    return np.array([float(value) for value in _present(values)], dtype=np.float64)


def _sum(_: Aggregation, values: list[Any]) -> Any:
    found = sum(_present(values))
    if isinstance(found, int) and not -(2**63) <= found < 2**63:
        raise ExpressionError(f"The expression can't be computed: {found} exceeds 64 bits.")
    return found


_REDUCTIONS: dict[type[Aggregation], Any] = {
    aggregations.Count: lambda _, values: len(_present(values)),
    aggregations.CountValues: lambda _, values: sorted_counts((v, 1) for v in values),
    aggregations.Distinct: lambda _, values: sorted_values(_present(values)),
    aggregations.Bounds: _bounds,
    aggregations.Min: lambda aggregation, values: _bounds(aggregation, values)[0],
    aggregations.Max: lambda aggregation, values: _bounds(aggregation, values)[1],
    aggregations.Sum: _sum,
    aggregations.Mean: _mean,
    aggregations.Std: _std,
    aggregations.HistogramValues: lambda aggregation, values: histogram(
        aggregation, _floats(values), len(values) - len(_present(values))
    ),
    aggregations.Quantiles: lambda aggregation, values: quantiles(aggregation, _floats(values)),
}
