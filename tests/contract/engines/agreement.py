"""Runs one program in two engines and says where they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from viewfinder.engine.base import Engine, Snapshot
from viewfinder.errors import ExpressionError, FieldNotFoundError
from viewfinder.expr import Aggregation, Scan, plan_schema
from viewfinder.expr.plan import Plan
from viewfinder.labels import Label, LabelList
from viewfinder.schema import EmbeddedDocument
from viewfinder.stages import ViewStage


def plan_of(stages: Sequence[ViewStage], snapshot: Snapshot) -> Plan:
    plan: Plan = Scan()
    for stage in stages:
        schema = plan_schema(plan, snapshot.schema)
        stage.validate(schema)
        plan = stage.lower(plan, schema)
    return plan


def answers(
    engine: Engine,
    stages: Sequence[ViewStage],
    asked: Sequence[Aggregation],
    snapshot: Snapshot,
) -> list[Any]:
    """Everything that an engine says about a view; for an error its class."""
    try:
        plan = plan_of(stages, snapshot)
    except (ExpressionError, FieldNotFoundError) as error:
        return [type(error).__name__]
    found: list[Any] = []
    try:
        found.append(engine.seqs(plan, snapshot).tolist())
        found.append(engine.count(plan, snapshot))
        for batch in engine.batches(plan, snapshot, batch_size=3):
            found.append(batch.samples.to_pydict())
            found += [
                batch.label_rows(name).table["id"].to_pylist() for name in batch.schema.label_fields
            ]
            found += [
                batch.label_rows(name).table["label"].to_pylist()
                for name in batch.schema.label_fields
                if "label" in batch.label_rows(name).table.column_names
            ]
            found += [batch.label_rows(name).offsets.tolist() for name in batch.schema.label_fields]
    except ExpressionError:
        return ["ExpressionError"]
    for aggregation in asked:
        try:
            found += engine.aggregate(plan, [aggregation], snapshot)
        except (ExpressionError, FieldNotFoundError) as error:
            found.append(type(error).__name__)
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two answers are the same, but for the last digits of sums."""
    if isinstance(one, dict) and isinstance(other, dict):
        return len(one) == len(other) and same(list(one.items()), list(other.items()))
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        both_nan = math.isnan(one) and math.isnan(other)
        return both_nan or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or one == other
    if isinstance(one, Label):
        return type(one) is type(other) and same(_values(one), _values(other))
    if isinstance(one, LabelList):
        return type(one) is type(other) and same(one.labels, other.labels)
    if isinstance(one, EmbeddedDocument):
        return type(one) is type(other) and same(one.to_dict(), other.to_dict())
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and same(one.tolist(), other.tolist())
    return bool(one == other)


def _values(label: Label) -> list[Any]:
    return sorted((name, value) for name, value in label.values.items() if value is not None)
