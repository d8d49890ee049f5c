"""What a view does to frames: a plan over the frames, and the frames that it shows of a video."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.expr import Scan
from viewfinder.expr.plan import FilterLabels, Hide, LimitLabels, Project, Where, steps
from viewfinder.samples.frame_handle import frames_of_handle
from viewfinder.samples.rows import RowBatch
from viewfinder.schema import FRAMES, FRAMES_PREFIX

if TYPE_CHECKING:
    import numpy.typing as npt

    from viewfinder.expr import Plan
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.store import Snapshot

__all__ = ["frame_plan", "frame_source"]


def frame_plan(plan: Plan) -> Plan:
    """What a plan over samples does to frames, as a plan over the frames."""
    found: Plan = Scan()
    for step in steps(plan):
        if isinstance(step, (FilterLabels, LimitLabels)):
            if step.field == FRAMES and isinstance(step, FilterLabels):
                found = Where(found, step.condition)
            elif step.field.startswith(FRAMES_PREFIX):
                field = step.field.removeprefix(FRAMES_PREFIX)
                if isinstance(step, FilterLabels):
                    found = FilterLabels(found, field, step.condition)
                else:
                    found = LimitLabels(found, field, step.limit)
        elif isinstance(step, Project) and FRAMES not in step.paths:
            found = Project(found, _of_frames(step.paths))
        elif isinstance(step, Hide) and _of_frames(step.paths):
            found = Hide(found, _of_frames(step.paths))
    return found


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
    of_frames = frame_plan(plan)
    if isinstance(of_frames, Scan) or not snapshot.schema.frame_fields:
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
