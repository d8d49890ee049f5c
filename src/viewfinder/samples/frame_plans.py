"""What a view does to frames: a plan over the frames, and the frames that it shows of a video."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.errors import ExpressionError
from viewfinder.expr import Scan, Values
from viewfinder.expr import nodes as n
from viewfinder.expr.core import constant
from viewfinder.expr.functions import Lookup
from viewfinder.expr.plan import (
    FilterLabels,
    Hide,
    LimitLabels,
    Project,
    SetValue,
    Where,
    plan_schema,
    steps,
)
from viewfinder.expr.types import Holds, Scope, ValueType, type_of
from viewfinder.samples.frame_handle import frames_of_handle
from viewfinder.samples.rows import RowBatch
from viewfinder.schema import FRAMES, FRAMES_PREFIX, VIDEO_OF_FRAME

if TYPE_CHECKING:
    import numpy.typing as npt

    from viewfinder.engine.base import Engine
    from viewfinder.expr import Plan
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.store import Snapshot

__all__ = ["frame_plan", "frame_source"]


def frame_plan(plan: Plan, engine: Engine, snapshot: Snapshot) -> Plan:
    """What a plan over samples does to frames, as a plan over the frames.

    What it looks up from the video, as with ``F("$score")``, is computed here, and part of the plan
    as a table by videos.
    """
    found: Plan = Scan()
    for step in steps(plan):
        if isinstance(step, (FilterLabels, LimitLabels, SetValue)):
            if step.field == FRAMES or step.field.startswith(FRAMES_PREFIX):
                found = _on_frames(step, found, engine, snapshot)
        elif isinstance(step, Project) and FRAMES not in step.paths:
            found = Project(found, _of_frames(step.paths))
        elif isinstance(step, Hide) and _of_frames(step.paths):
            found = Hide(found, _of_frames(step.paths))
    return found


def _on_frames(
    step: FilterLabels | LimitLabels | SetValue, before: Plan, engine: Engine, snapshot: Snapshot
) -> Plan:
    """One step on frames, or on their labels, after others."""

    def inside(node: n.Node) -> n.Node:
        return _looked_up(node, step.source, engine, snapshot)

    field = step.field.removeprefix(FRAMES_PREFIX)
    if isinstance(step, LimitLabels):
        return LimitLabels(before, field, step.limit)
    if isinstance(step, FilterLabels):
        condition = inside(step.condition)
        if step.field == FRAMES:
            return Where(before, condition)
        return FilterLabels(before, field, condition)
    value = inside(step.value)
    if step.field == FRAMES:
        return SetValue(before, str(step.attribute), None, value)
    return SetValue(before, field, step.attribute, value)


def _looked_up(node: n.Node, plan: Plan, engine: Engine, snapshot: Snapshot) -> n.Node:
    """An expression with values of videos in the place of what it looks up from the sample."""
    if isinstance(node, n.RootField):
        # The example, which stands beside no video, says of which type the values are.
        example = _example(node, type_of(node, Scope(plan_schema(plan, snapshot.schema))))
        values = engine.aggregate(plan, [Values(node)], snapshot)[0]
        seqs = engine.seqs(plan, snapshot)
        order = np.argsort(seqs, kind="stable").tolist()
        table = tuple(constant(values[at]) for at in order)
        keys = tuple(int(seqs[at]) for at in order)
        return Lookup(n.RootField(VIDEO_OF_FRAME), (-1, *keys), (example, *table))
    changed: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, n.Node):
            changed[part.name] = _looked_up(value, plan, engine, snapshot)
        elif isinstance(value, tuple) and any(isinstance(item, n.Node) for item in value):
            changed[part.name] = tuple(_looked_up(item, plan, engine, snapshot) for item in value)
    return replace(node, **changed) if changed else node


_EXAMPLES: dict[Holds, Any] = {
    Holds.BOOL: False,
    Holds.INT: 0,
    Holds.FLOAT: 0.0,
    Holds.STRING: "",
    Holds.ID: "",
    Holds.DATE: date(1970, 1, 1),
    Holds.DATETIME: datetime(1970, 1, 1, tzinfo=UTC),
}


def _example(node: n.Node, found: ValueType) -> Any:
    """A value of a type.

    Raises:
        ExpressionError: when such values can't be part of an expression
    """
    if found.holds is Holds.LIST and found.element is not None:
        return (_example(node, found.element),)
    if found.holds not in _EXAMPLES:
        raise ExpressionError(
            f"{node} gives {found}, which frames can't look up from their video: name a plain "
            "value in it."
        )
    return _EXAMPLES[found.holds]


def _of_frames(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(p.removeprefix(FRAMES_PREFIX) for p in paths if p.startswith(FRAMES_PREFIX))


def frame_source(
    handle: DatasetHandle, plan: Plan, snapshot: Snapshot
) -> Callable[[int], RowBatch] | None:
    """From a video's number to the frames that a view shows of it; None where that is all.

    Args:
        handle: the dataset
        plan: of the view
        snapshot: the dataset's, as the view saw it
    """
    if not snapshot.schema.frame_fields:
        return None
    of_frames = frame_plan(plan, handle.engine, snapshot)
    if isinstance(of_frames, Scan):
        return None
    frames = frames_of_handle(handle)

    def source(seq: int) -> RowBatch:
        engine: Any = frames.engine
        there, _ = snapshot.frames_of(np.array([seq], np.int64))
        left = engine.seqs(of_frames, snapshot.frames)
        batch = engine.batch(of_frames, snapshot.frames, there[np.isin(there, left)])

        def labels(name: str) -> tuple[Any, npt.NDArray[np.int64]]:
            rows = batch.label_rows(name)
            return rows.table, rows.offsets

        return RowBatch(batch.schema, batch.seqs, batch.samples, labels, frames.point_rows)

    return source
