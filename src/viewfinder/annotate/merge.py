"""The three-way merge: what was sent, what the dataset holds now, and what annotators made of it.

Pure: no server, no dataset, no clock. A label that came back as sent is not touched. What only one
side changed is taken; what both changed differently is a conflict and reported, and stays as the
policy says. Nothing is deleted on doubt: only a label that a reached frame no longer has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from viewfinder.annotate.reading import Added, Edited, Stray, TaskReading
from viewfinder.annotate.record import SentLabel, SentTask
from viewfinder.annotate.report import Change, Outcome
from viewfinder.annotate.schema import GEOMETRY, FieldPlan, LabelSchema
from viewfinder.labels import (
    Classifications,
    Detections,
    Keypoints,
    Label,
    LabelList,
    Polylines,
    Segmentation,
)
from viewfinder.labels.base import same_value
from viewfinder.samples.edits import LabelEdit

__all__ = ["Changes", "ConflictPolicy", "Local", "Unexpected", "merge", "tracked_values"]

ConflictPolicy = Literal["ours", "theirs", "error"]
Unexpected = Literal["keep", "ignore", "return"]
Local = Mapping[str, Mapping[str, Sequence[Label]]]
"""Labels by sample id and field as the dataset holds them now; a deleted sample is absent."""

_HOMES: dict[str, tuple[str, type[Label | LabelList]]] = {
    "Classification": ("classifications", Classifications),
    "Detection": ("detections", Detections),
    "Polyline": ("polylines", Polylines),
    "Keypoint": ("keypoints", Keypoints),
    "Segmentation": ("segmentation", Segmentation),
}
"""Where labels go that nobody expected, by their class."""


@dataclass(slots=True)
class Changes:
    """What a merge came to."""

    edits: list[LabelEdit] = field(default_factory=list)
    """What is to be written, in one transaction."""
    rows: list[Change] = field(default_factory=list)
    """What is to be told."""
    new_fields: dict[str, type[Label | LabelList]] = field(default_factory=dict)
    """Fields to be made first, with what they hold."""
    returned: dict[str, dict[str, list[Label]]] = field(default_factory=dict)
    """Unexpected labels by type and sample, with ``unexpected="return"``."""
    records: dict[int, SentTask] = field(default_factory=dict)
    """The tasks whose record changes with the edits, by number."""
    unchanged: int = 0
    """Labels that came back exactly as they were sent."""


def merge(
    schema: LabelSchema,
    tasks: Sequence[tuple[SentTask, TaskReading]],
    local: Local,
    *,
    field_documents: Mapping[str, str] | None = None,
    unexpected: Unexpected = "keep",
    conflicts: ConflictPolicy = "ours",
) -> Changes:
    """What to write and what to tell.

    Args:
        schema: how the run's fields are annotated
        tasks: what was sent in each task, and what annotators did with it
        local: the dataset as it is now
        field_documents: the class that each field of the dataset holds, by the field's name
        unexpected: what becomes of drawings that their field has no room for
        conflicts: what becomes of values that both sides changed: the dataset's stays ("ours"; for
            "error" too, where the caller does not go on), or the annotators' is taken ("theirs")
    """
    work = _Merge(schema, local, field_documents or {}, unexpected, conflicts)
    for sent, reading in tasks:
        work.task(sent, reading)
    return work.changes


def tracked_values(label: Label, plan: FieldPlan | None) -> dict[str, Any]:
    """The attributes of a label that annotators can change, as far as they hold a value."""
    if plan is None:
        names = [name for name in label.values if name not in {"id", "tags"}]
    else:
        tools = plan.tools_of(label.get("label") or "")
        names = ["label", *GEOMETRY[plan.kind], *(tool.name for tool in tools)]
    values = {name: label.get(name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


class _Merge:
    """The state of one merge: the dataset as it will be, and what was decided."""

    def __init__(
        self,
        schema: LabelSchema,
        local: Local,
        field_documents: Mapping[str, str],
        unexpected: Unexpected,
        conflicts: ConflictPolicy,
    ) -> None:
        self.schema = schema
        self.unexpected = unexpected
        self.conflicts = conflicts
        self.documents = dict(field_documents)
        self.now: dict[str, dict[str, dict[str, Label]]] = {
            sample_id: {
                name: {label.id: label for label in labels} for name, labels in fields.items()
            }
            for sample_id, fields in local.items()
        }
        self.changes = Changes()

    def task(self, sent: SentTask, reading: TaskReading) -> None:
        """Merges one task."""
        labels = {_key(label): label for label in sent.labels}
        touched = {_key(edited.sent) for edited in reading.edited if edited.changes}
        touched |= {_key(label) for label in reading.removed}
        self.changes.unchanged += sum(
            key not in touched and label.sample_id not in reading.unreached
            for key, label in labels.items()
        )
        for removed in reading.removed:
            if self._removed(removed):
                del labels[_key(removed)]
        for edited in reading.edited:
            labels[_key(edited.sent)] = self._edited(edited)
        settled = [self._added(added) for added in reading.added]
        settled += [self._stray(stray) for stray in reading.strays]
        labels.update({_key(label): label for label in settled if label is not None})
        after = list(labels.values())
        if len(after) != len(sent.labels) or any(
            one is not other for one, other in zip(after, sent.labels, strict=True)
        ):
            self.changes.records[sent.task_id] = _with_labels(sent, after)

    def _removed(self, sent: SentLabel) -> bool:
        """Deletes a label; False where it stays on record."""
        plan = self.schema.plan(sent.field)
        label = self._find(sent)
        if label is None:
            return True
        if plan is not None and not plan.allow_deletions:
            self._row("refused", sent, before=label.get("label"), reason="deletions not allowed")
            return False
        local = [name for name, value in _both(label, sent, plan) if value]
        if local and self.conflicts != "theirs":
            why = f"deleted there, but {', '.join(local)} edited here: kept"
            self._row("conflict", sent, before=label.get("label"), reason=why)
            return False
        del self.now[sent.sample_id][sent.field][sent.label_id]
        self._edit(sent, "delete", None)
        self._row("deleted", sent, before=label.get("label"))
        return True

    def _edited(self, edited: Edited) -> SentLabel:
        """Edits a label; returns what is on record of it from now on."""
        sent = edited.sent
        base = sent.label()
        changes = {
            name: value
            for name, value in edited.changes.items()
            if not same_value(value, base.get(name))
        }
        if not changes:
            return _settled(sent, edited, {})
        label = self._find(sent)
        if label is None:
            gone = "sample" if sent.sample_id not in self.now else "label"
            why = f"edited there, but the {gone} is deleted here"
            self._row("conflict", sent, after=", ".join(changes), reason=why)
            return sent
        refused = self._refused(sent, changes)
        clashing = {} if self.conflicts == "theirs" else self._clashing(sent, label, base, changes)
        taken: dict[str, Any] = {}
        for name, value in changes.items():
            before = label.get(name)
            if same_value(before, value):
                taken[name] = value
            elif name in refused:
                self._row("refused", sent, name, before, value, refused[name])
            elif name in clashing:
                self._row("conflict", sent, name, before, value, clashing[name])
            else:
                taken[name] = value
                self._row("edited", sent, name, before, value)
        written = {
            name: value for name, value in taken.items() if not same_value(label.get(name), value)
        }
        if written:
            # Values are replaced, never changed in place, so the label's own dict is copy enough.
            edited_label = type(label).from_values({**label.values, **written})
            self.now[sent.sample_id][sent.field][sent.label_id] = edited_label
            self._edit(sent, "update", edited_label)
        if len(taken) < len(changes):
            # What was not taken stays a difference, to be told again by the next load.
            return _settled(sent, None, taken)
        return _settled(sent, edited, taken)

    def _refused(self, sent: SentLabel, changes: Mapping[str, Any]) -> dict[str, str]:
        """The changes that the run does not allow, each with the reason."""
        plan = self.schema.plan(sent.field)
        if plan is None:
            return {}
        reasons: dict[str, str] = {}
        for name in changes:
            tool = plan.tool(name)
            if name == "label" and not plan.allow_label_edits:
                reasons[name] = "label edits not allowed"
            elif name in GEOMETRY[plan.kind] and not plan.allow_spatial_edits:
                reasons[name] = "spatial edits not allowed"
            elif tool is not None and tool.read_only:
                reasons[name] = "the attribute is read-only"
        return reasons

    def _clashing(
        self, sent: SentLabel, label: Label, base: Label, changes: Mapping[str, Any]
    ) -> dict[str, str]:
        """The changes to what was also changed here; a geometry is one thing, taken or left."""
        clashing = {
            name: "edited here too: kept"
            for name, value in changes.items()
            if not same_value(label.get(name), base.get(name))
            and not same_value(label.get(name), value)
        }
        plan = self.schema.plan(sent.field)
        shape = () if plan is None else GEOMETRY[plan.kind]
        moved_here = any(not same_value(label.get(name), base.get(name)) for name in shape)
        if any(name in shape for name in clashing) or (
            moved_here and any(name in shape for name in changes)
        ):
            clashing.update({name: "moved here too: kept" for name in changes if name in shape})
        return clashing

    def _added(self, added: Added) -> SentLabel | None:
        """Adds a label; returns what is on record of it, None where it was not taken."""
        plan = self.schema.plan(added.field)
        name = added.label.get("label")
        place = _Place(added.sample_id, added.field, None)
        fields = self.now.get(added.sample_id)
        if fields is None:
            self._row("conflict", place, after=name, reason="the sample is deleted here")
            return None
        if plan is not None and not plan.allow_additions:
            self._row("refused", place, after=name, reason="additions not allowed")
            return None
        labels = fields.setdefault(added.field, {})
        if plan is not None and not plan.is_list and labels:
            self._row("conflict", place, after=name, reason="the field holds a label already")
            return None
        return self._add(added, added.field, "added")

    def _stray(self, stray: Stray) -> SentLabel | None:
        """Finds a home for something unexpected; returns what is on record of it."""
        plan = self.schema.plan(stray.field)
        name = None if stray.label is None else stray.label.get("label")
        place = _Place(stray.sample_id, stray.field, None)
        after = f"{stray.what} '{name}'" if name else stray.what
        if stray.sample_id not in self.now:
            self._row("conflict", place, after=after, reason="the sample is deleted here")
            return None
        if plan is not None and not plan.allow_additions:
            self._row("refused", place, after=after, reason="additions not allowed")
            return None
        if stray.label is None or self.unexpected == "ignore":
            self._row(
                "unexpected", place, after=after, reason=f"{stray.reason}: left on the server"
            )
            return None
        home, document = _HOMES[type(stray.label).__name__]
        if self.unexpected == "return":
            samples = self.changes.returned.setdefault(home, {})
            samples.setdefault(stray.sample_id, []).append(stray.label)
            self._row("unexpected", place, after=after, reason=f"{stray.reason}: returned")
            return None
        holds = self.documents.setdefault(home, document.__name__)
        if holds != document.__name__:
            why = f"{stray.reason}, and field '{home}' holds {holds}: left on the server"
            self._row("unexpected", place, after=after, reason=why)
            return None
        self.changes.new_fields[home] = document
        added = Added(home, stray.sample_id, stray.frame, stray.label, stray.pieces)
        return self._add(added, home, "unexpected", f"{stray.reason}: kept in '{home}'")

    def _add(
        self, added: Added, home: str, outcome: Outcome, reason: str | None = None
    ) -> SentLabel:
        label = added.label
        self.now[added.sample_id].setdefault(home, {})[label.id] = label
        sent = SentLabel(
            field=home,
            sample_id=added.sample_id,
            label_id=label.id,
            frame=added.frame,
            type=type(label).__name__,
            values=tracked_values(label, self.schema.plan(home)),
            pieces=added.pieces,
        )
        self._edit(sent, "add", label)
        self._row(outcome, sent, after=label.get("label"), reason=reason)
        return sent

    def _find(self, sent: SentLabel) -> Label | None:
        return self.now.get(sent.sample_id, {}).get(sent.field, {}).get(sent.label_id)

    def _edit(
        self, place: SentLabel, action: Literal["add", "update", "delete"], label: Label | None
    ) -> None:
        self.changes.edits.append(
            LabelEdit(place.sample_id, place.field, place.label_id, action, label)
        )

    def _row(
        self,
        outcome: Outcome,
        place: SentLabel | _Place,
        attribute: str | None = None,
        before: Any = None,
        after: Any = None,
        reason: str | None = None,
    ) -> None:
        self.changes.rows.append(
            Change(
                outcome,
                place.sample_id,
                place.field,
                place.label_id,
                attribute,
                before,
                after,
                reason,
            )
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something happened that has no label of ours."""

    sample_id: str
    field: str
    label_id: str | None


def _key(label: SentLabel) -> tuple[str, str, str]:
    return label.field, label.sample_id, label.label_id


def _both(label: Label, sent: SentLabel, plan: FieldPlan | None) -> list[tuple[str, bool]]:
    """Each tracked attribute, and whether it was changed here since it was sent."""
    base = sent.label()
    names = dict.fromkeys([*tracked_values(label, plan), *sent.values])
    return [(name, not same_value(label.get(name), base.get(name))) for name in names]


def _settled(sent: SentLabel, edited: Edited | None, taken: Mapping[str, Any]) -> SentLabel:
    """The record of a label after what was taken of it."""
    values = {**sent.values, **taken}
    return SentLabel(
        field=sent.field,
        sample_id=sent.sample_id,
        label_id=sent.label_id,
        frame=sent.frame,
        type=sent.type,
        values={name: value for name, value in values.items() if value is not None},
        pieces=sent.pieces if edited is None else edited.pieces,
    )


def _with_labels(task: SentTask, labels: list[SentLabel]) -> SentTask:
    return SentTask(
        task_id=task.task_id,
        name=task.name,
        frames=task.frames,
        complete=task.complete,
        job_ids=task.job_ids,
        classes=task.classes,
        attributes=task.attributes,
        labels=labels,
    )
