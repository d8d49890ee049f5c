"""Saving a view: what it shows of its samples and their frames becomes what the dataset holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

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
from viewfinder.samples.label_writing import forget_fields, write_view
from viewfinder.schema import FRAMES, FRAMES_PREFIX, resolve

if TYPE_CHECKING:
    from viewfinder.expr import Plan
    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.handle import DatasetHandle

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

    Samples and fields that the view leaves out stay, and so do frames. What is written to samples
    and to frames is one transaction.
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
    of_frames = [name.removeprefix(FRAMES_PREFIX) for name in names if _of_frames(name)]
    if not names:
        return
    # What is written to samples does not change what is written to their frames.
    frames = FrameCollection(view) if of_frames else None
    inner = None if frames is None else frames.plan(snapshot.schema)
    written: list[tuple[DatasetHandle, Any, list[str]]] = []
    with view.handle.store.transaction("save") as transaction:
        if plain:
            seqs = write_view(transaction, view.handle, _whole(plan), plain)
            written.append((view.handle, seqs, plain))
        if frames is not None and inner is not None:
            transaction.has_frames()
            seqs = write_view(transaction.frames, frames.handle, _whole(inner), of_frames)
            written.append((frames.handle, seqs, of_frames))
    for handle, seqs, fields_written in written:
        for name in fields_written:
            forget_fields(handle, seqs, name)


def _of_frames(name: str) -> bool:
    return name.startswith(FRAMES_PREFIX)


def _whole(plan: Plan) -> Plan:
    """The plan without the steps that hide fields, so that hidden attributes are not lost."""
    if isinstance(plan, (Project, Hide)):
        return _whole(plan.source)
    if isinstance(plan, Scan):
        return plan
    return replace(plan, source=_whole(plan.source))
