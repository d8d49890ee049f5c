"""Saving a view: what it shows of its samples and their frames becomes what the dataset holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from viewfinder.expr.plan import (
    FilterLabels,
    Hide,
    LimitLabels,
    Project,
    Scan,
    SetValue,
    plan_schema,
    steps,
)
from viewfinder.samples.frame_collection import FrameCollection
from viewfinder.samples.label_writing import write_view
from viewfinder.schema import FRAMES, FRAMES_PREFIX, resolve

if TYPE_CHECKING:
    from viewfinder.expr import Plan
    from viewfinder.samples.collection import SampleCollection

__all__ = ["changed_fields", "save_view"]


def changed_fields(plan: Plan) -> list[str]:
    """The fields that look different after a plan, in the order in which it changes them.

    Fields of frames are ``frames.…``; frames that are chosen by a condition are as they were.
    """
    changing = (FilterLabels, LimitLabels, SetValue)
    found = []
    for step in steps(plan):
        if isinstance(step, SetValue) and step.field == FRAMES:
            found.append(f"{FRAMES_PREFIX}{step.attribute}")
        elif isinstance(step, changing) and step.field != FRAMES:
            found.append(step.field)
    return list(dict.fromkeys(found))


def save_view(view: SampleCollection, fields: str | Iterable[str] | None) -> None:
    """Writes what a view shows of its samples to the dataset: filtered labels, changed values.

    Samples and fields that the view leaves out stay, and so do frames.
    """
    snapshot = view.snapshot()
    plan = view.plan(snapshot.schema)
    names = changed_fields(plan)
    if fields is not None:
        wanted = [fields] if isinstance(fields, str) else list(fields)
        schema = plan_schema(plan, snapshot.schema)
        roots = {resolve(schema, name).root for name in wanted}
        names = [name for name in names if name in roots or (FRAMES in roots and _of_frames(name))]
    plain = [name for name in names if not _of_frames(name)]
    if plain:
        write_view(view.handle, _whole(plan), snapshot, plain, "save")
    of_frames = [name.removeprefix(FRAMES_PREFIX) for name in names if _of_frames(name)]
    if of_frames:
        frames = FrameCollection(view)
        inside = frames.snapshot()
        write_view(frames.handle, _whole(frames.plan(inside.schema)), inside, of_frames, "save")


def _of_frames(name: str) -> bool:
    return name.startswith(FRAMES_PREFIX)


def _whole(plan: Plan) -> Plan:
    """The plan without the steps that hide fields, so that hidden attributes are not lost."""
    if isinstance(plan, (Project, Hide)):
        return _whole(plan.source)
    if isinstance(plan, Scan):
        return plan
    return replace(plan, source=_whole(plan.source))
