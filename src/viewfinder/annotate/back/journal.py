"""What a load did to each label, from both sides: enough to take it back later."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from viewfinder.annotate.back.merge import Changes, Touched
from viewfinder.annotate.back.reading import Added, Edited, TaskReading
from viewfinder.annotate.record import SentLabel, SentTask, decode_values, encode_values
from viewfinder.errors import AnnotationError
from viewfinder.labels import Label
from viewfinder.labels.base import same_value
from viewfinder.labels.registry import LABEL_CLASSES
from viewfinder.samples import Place

__all__ = ["Journal", "backwards", "decode_journal", "encode_journal", "journal_of"]


class Step(msgspec.Struct, array_like=True, frozen=True):
    """What happened to one label."""

    sample_id: str
    frame_number: int | None
    field: str
    label_id: str
    type: str
    """Name of the label's class."""
    before: Any
    """All values for a label that was deleted, as a dict or as JSON text; the changed ones for one
    that was edited; None for one that was added."""
    after: Any
    """All values for a label that was added; the changed ones for one that was edited; None for one
    that was deleted."""


class Journal(msgspec.Struct, array_like=True, frozen=True):
    """What one load did."""

    steps: list[Step]
    orders: list[tuple[str, int | None, str, list[str] | None]]
    """Sample, frame and field, and the ids of its labels in the order before the load; None where
    it had no value."""
    documents: dict[str, str]
    """What the edited fields hold, by name."""
    parts: dict[str, bytes | None]
    """The run's own record before the load; None for what was not there."""
    made: list[tuple[str, int | None]] = []
    """Sample and number of the frames that the load made."""

    @property
    def places(self) -> list[Place]:
        """The samples and frames that were changed."""
        return list(dict.fromkeys(Place(s.sample_id, s.frame_number) for s in self.steps))

    @property
    def fields(self) -> list[str]:
        """The fields that were changed."""
        return list(dict.fromkeys(step.field for step in self.steps))

    @property
    def order_of(self) -> dict[tuple[Place, str], Sequence[str] | None]:
        """The orders by place and field."""
        return {(Place(s, number), name): ids for s, number, name, ids in self.orders}


def journal_of(
    changes: Changes, documents: Mapping[str, str], parts: Mapping[str, bytes | None]
) -> Journal:
    """The journal of a load that is about to be written."""
    steps = [_step(touched) for touched in changes.touched]
    fields = {touched.field for touched in changes.touched}
    return Journal(
        steps=steps,
        orders=[(p.sample_id, p.frame_number, name, o) for (p, name), o in changes.orders.items()],
        documents={name: documents[name] for name in sorted(fields) if name in documents},
        parts=dict(parts),
        made=[(place.sample_id, place.frame_number) for place in changes.made],
    )


def encode_journal(journal: Journal) -> bytes:
    """The journal as bytes for the dataset's store."""
    return zlib.compress(encode_values(journal), level=1)


def decode_journal(data: bytes) -> Journal:
    """The journal that :func:`encode_journal` wrote.

    Raises:
        AnnotationError: when the bytes are something else
    """
    try:
        return msgspec.convert(decode_values(zlib.decompress(data)), Journal)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise AnnotationError(
            f"What the last load did can't be read ({error}), so it can't be taken back. The "
            "dataset was written by another version of Viewfinder, or its folder is damaged."
        ) from error


def backwards(journal: Journal) -> tuple[SentTask, TaskReading]:
    """The way back in the terms of a merge: from what the load left to what was there before."""
    reading = TaskReading(0)
    labels = []
    for step in journal.steps:
        sent = SentLabel(
            field=step.field,
            sample_id=step.sample_id,
            label_id=step.label_id,
            frame=0,
            type=step.type,
            values={},
            pieces=[],
            frame_number=step.frame_number,
        )
        if step.after is None:
            label = _revived(step, step.before)
            reading.added.append(Added(step.field, step.sample_id, 0, label, [], step.frame_number))
            continue
        values = {name: v for name, v in _values(step, step.after).items() if v is not None}
        values.pop("id", None)
        sent = msgspec.structs.replace(sent, values=values)
        labels.append(sent)
        if step.before is None:
            reading.removed.append(sent)
        else:
            reading.edited.append(Edited(sent, dict(step.before), []))
    return SentTask(task_id=0, name="", frames=[], labels=labels), reading


def _step(touched: Touched) -> Step:
    before, after = touched.before, touched.after
    label = before if after is None else after
    if before is not None and after is not None:
        names = [
            name
            for name in dict.fromkeys([*before.values, *after.values])
            if not same_value(before.get(name), after.get(name))
        ]
        sides: tuple[Any, Any] = (
            {name: before.get(name) for name in names},
            {name: after.get(name) for name in names},
        )
    else:
        sides = (_whole(before), _whole(after))
    return Step(
        touched.place.sample_id,
        touched.place.frame_number,
        touched.field,
        touched.label_id,
        type(label).__name__,
        *sides,
    )


def _whole(label: Label | None) -> Any:
    """All values of a label: a dict where that can be written as it is, otherwise JSON text."""
    if label is None:
        return None
    if any(_is_odd(value) for value in label.values.values()):
        return label.to_json()
    return dict(label.values)


def _is_odd(value: Any) -> bool:
    """Whether a value would not come back from the plain writing as it is."""
    if isinstance(value, Mapping):
        return any(map(_is_odd, value.values()))
    return isinstance(value, (date, set, frozenset)) or hasattr(value, "to_dict")


def _revived(step: Step, whole: Any) -> Label:
    if isinstance(whole, str):
        return LABEL_CLASSES[step.type].from_json(whole)
    return LABEL_CLASSES[step.type].from_values({**whole, "id": step.label_id})


def _values(step: Step, whole: Any) -> dict[str, Any]:
    return dict(_revived(step, whole).values) if isinstance(whole, str) else dict(whole)
