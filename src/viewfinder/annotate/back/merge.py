"""The three-way merge: what was sent, what the dataset holds now, and what annotators made of it.

Pure: no server, no dataset, no clock. A label that came back as sent is not touched. What only one
side changed is taken; what both changed differently is a conflict and reported, and stays as the
policy says. Nothing is deleted on doubt: only a label that a reached frame no longer has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from viewfinder.annotate.back.policies import Conflicts, Unexpected
from viewfinder.annotate.back.reading import Added, Edited, Stray, TaskReading
from viewfinder.annotate.back.report import Change, Outcome
from viewfinder.annotate.record import SentLabel, SentTask
from viewfinder.annotate.schema import GEOMETRY, FieldPlan, LabelSchema
from viewfinder.labels import Label, LabelList
from viewfinder.labels.base import same_value
from viewfinder.labels.registry import LABEL_LIST_CLASSES
from viewfinder.samples import LabelEdit, Place
from viewfinder.schema import FRAMES_PREFIX

__all__ = ["Changes", "Local", "Merge", "Touched", "merge", "tracked_values"]

Local = Mapping[Place, Mapping[str, Sequence[Label] | None]]
"""Labels by place and field as the dataset holds them now, None where a field has no value. A
deleted sample is absent, and so is a frame that its video has not got."""

Key = tuple[Place, str, str]
"""Place, field and id of a label."""


@dataclass(frozen=True, slots=True)
class Touched:
    """One label that a merge changes, whole, on both sides of the merge."""

    place: Place
    field: str
    label_id: str
    before: Label | None
    """None where it was not there."""
    after: Label | None
    """None where it is not there any more."""


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
    touched: list[Touched] = field(default_factory=list)
    """The labels that the edits change."""
    made: list[Place] = field(default_factory=list)
    """Frames that their videos had not got before."""
    orders: dict[tuple[Place, str], list[str] | None] = field(default_factory=dict)
    """The ids of the labels of each field that is edited, in the order before; None where it had
    no value."""


def merge(
    schema: LabelSchema,
    tasks: Sequence[tuple[SentTask, TaskReading]],
    local: Local,
    *,
    field_documents: Mapping[str, str] | None = None,
    unexpected: Unexpected | None = None,
    conflicts: Conflicts | None = None,
) -> Changes:
    """What to write and what to tell, of several tasks at once; see :class:`Merge`."""
    work = Merge(
        schema, field_documents=field_documents, unexpected=unexpected, conflicts=conflicts
    )
    work.know(local)
    for sent, reading in tasks:
        work.task(sent, reading)
    return work.finish()


def tracked_values(label: Label, plan: FieldPlan | None) -> dict[str, Any]:
    """The attributes of a label that annotators can change, as far as they hold a value."""
    if plan is None:
        names = [name for name in label.values if name not in {"id", "tags"}]
    else:
        tools = plan.tools_of(label.get("label") or "")
        names = ["label", *GEOMETRY[plan.kind], *(tool.name for tool in tools)]
        if plan.field.startswith(FRAMES_PREFIX):
            names += ["index", "keyframe"]
    held = label.values
    return {name: held[name] for name in names if held.get(name) is not None}


class Merge:
    """One merge, task by task: the dataset as it will be, and what was decided.

    Args:
        schema: how the run's fields are annotated
        field_documents: the class that each field of the dataset holds, by the field's name
        unexpected: what becomes of drawings that their field has no room for
        conflicts: what becomes of values that both sides changed: the dataset's stays ("ours"; for
            "error" too, where the caller does not go on), or the annotators' is taken ("theirs")
    """

    def __init__(
        self,
        schema: LabelSchema,
        *,
        field_documents: Mapping[str, str] | None = None,
        unexpected: Unexpected | None = None,
        conflicts: Conflicts | None = None,
    ) -> None:
        self._schema = schema
        self._unexpected = unexpected or Unexpected()
        self._conflicts = conflicts or Conflicts()
        self._documents = dict(field_documents or {})
        self._before: dict[Place, dict[str, dict[str, Label]]] = {}
        self._empty: set[tuple[Place, str]] = set()
        self._now: dict[Place, dict[str, dict[str, Label]]] = {}
        self._changed: dict[Key, None] = {}
        self._changes = Changes()
        self._pending: set[Place] = set()

    @property
    def changes(self) -> Changes:
        """What it came to so far; whole after :meth:`finish`."""
        return self._changes

    def know(self, local: Local) -> None:
        """Takes note of places as the dataset holds them; those known already stay as they are."""
        for place, fields in local.items():
            if place not in self._now:
                held = {
                    name: {label.id: label for label in labels or ()}
                    for name, labels in fields.items()
                }
                self._empty |= {(place, name) for name in fields if fields[name] is None}
                self._before[place] = held
                self._now[place] = {name: dict(labels) for name, labels in held.items()}

    def task(
        self, sent: SentTask, reading: TaskReading, *, seeds: Mapping[str, str] | None = None
    ) -> set[Place]:
        """Merges one task.

        Args:
            sent: what is on record of it
            reading: what annotators did with it
            seeds: for fields that labels are copied into first, the field that each is copied from

        Returns:
            where something is left that the next load has to tell again
        """
        self._pending = set()
        labels = {_key(label): label for label in sent.labels}
        removed = {_key(label) for label in reading.removed}
        lost = {_key(label) for label in reading.lost}
        touched = (
            removed | lost | {_key(edited.sent) for edited in reading.edited if edited.changes}
        )
        unreached = reading.unreached
        self._changes.unchanged += sum(
            key not in touched and not (unreached and key[0] in unreached) for key in labels
        )
        if seeds:
            self._seed((label for key, label in labels.items() if key not in removed), seeds)
        for key in lost:
            del labels[key]
        for gone in reading.removed:
            if self._removed(gone):
                del labels[_key(gone)]
        for edited in reading.edited:
            labels[_key(edited.sent)] = self._edited(edited)
        settled = [self._added(added) for added in reading.added]
        settled += [self._stray(stray) for stray in reading.strays]
        labels.update({_key(label): label for label in settled if label is not None})
        after = list(labels.values())
        differs = len(after) != len(sent.labels) or any(
            one is not other for one, other in zip(after, sent.labels, strict=True)
        )
        if differs or reading.objects_renumbered:
            self._changes.records[sent.task_id] = msgspec.structs.replace(
                sent,
                labels=after,
                objects=reading.objects or sent.objects,
                top_index=_top_index(sent, reading.lost),
            )
        return self._pending

    def finish(self) -> Changes:
        """What it all came to."""
        changes = self._changes
        places = dict.fromkeys(place for place, *_ in self._changed)
        changes.made += [
            place
            for place in places
            if place.frame_number is not None and place not in self._before
        ]
        for place, name, label_id in self._changed:
            before = self._before.get(place, {}).get(name, {})
            after = self._now[place].get(name, {}).get(label_id)
            changes.touched.append(Touched(place, name, label_id, before.get(label_id), after))
            if (place, name) not in changes.orders:
                missing = (place, name) in self._empty or name not in self._before.get(place, {})
                changes.orders[place, name] = None if missing else list(before)
        return changes

    def _seed(self, labels: Iterator[SentLabel], seeds: Mapping[str, str]) -> None:
        """Copies labels into the fields that they are loaded into."""
        for sent in labels:
            source = seeds.get(sent.field)
            there = self._now.get(sent.place)
            if source is None or there is None or sent.label_id in there.get(sent.field, {}):
                continue
            held = there.get(source, {}).get(sent.label_id)
            self._write(sent, "add", sent.label() if held is None else held.copy())
            self._row("added", sent, after=sent.values.get("label"), reason=f"from '{source}'")

    def _removed(self, sent: SentLabel) -> bool:
        """Deletes a label; False where it stays on record."""
        plan = self._schema.plan(sent.field)
        label = self._find(sent)
        if label is None:
            return True
        if plan is not None and not plan.allow_deletions:
            self._row("refused", sent, before=label.get("label"), reason="deletions not allowed")
            return False
        local = [name for name, value in _both(label, sent, plan) if value]
        if local:
            why = f"deleted there, but {', '.join(local)} edited here: kept"
            conflict = _change("conflict", sent, before=label.get("label"), reason=why)
            if self._conflicts.side(conflict) != "theirs":
                self._tell(conflict)
                return False
        del self._now[sent.place][sent.field][sent.label_id]
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
            return self._edited_but_gone(edited, changes)
        refused = self._refused(sent, changes)
        clashing = self._clashing(sent, label, base, changes)
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
            self._write(sent, "update", edited_label)
        if len(taken) < len(changes):
            # What was not taken stays a difference, to be told again by the next load.
            return _settled(sent, None, taken)
        return _settled(sent, edited, taken)

    def _edited_but_gone(self, edited: Edited, changes: Mapping[str, Any]) -> SentLabel:
        """A label that was edited there and is deleted here; returns what is on record of it."""
        sent = edited.sent
        gone = "label" if Place(sent.sample_id) in self._now else "sample"
        why = f"edited there, but the {gone} is deleted here"
        conflict = _change("conflict", sent, after=", ".join(changes), reason=why)
        if gone == "sample" or self._conflicts.side(conflict) != "theirs":
            self._tell(conflict)
            return sent
        back = _settled(sent, edited, changes)
        self._write(back, "add", back.label())
        why = "deleted here, edited there: brought back as it was sent"
        self._row("added", back, after=back.values.get("label"), reason=why)
        return back

    def _refused(self, sent: SentLabel, changes: Mapping[str, Any]) -> dict[str, str]:
        """The changes that the run does not allow, each with the reason."""
        plan = self._schema.plan(sent.field)
        if plan is None:
            return {}
        reasons: dict[str, str] = {}
        for name in changes:
            tool = plan.tool(name)
            if name == "label" and not plan.allow_label_edits:
                reasons[name] = "label edits not allowed"
            elif name == "index" and not plan.allow_index_edits:
                reasons[name] = "index edits not allowed"
            elif name in GEOMETRY[plan.kind] and not plan.allow_spatial_edits:
                reasons[name] = "spatial edits not allowed"
            elif tool is not None and tool.read_only:
                reasons[name] = "the attribute is read-only"
        return reasons

    def _clashing(
        self, sent: SentLabel, label: Label, base: Label, changes: Mapping[str, Any]
    ) -> dict[str, str]:
        """The changes that stay out because the same was changed here too.

        A geometry is one thing, taken or left.
        """
        plan = self._schema.plan(sent.field)
        shape = () if plan is None else GEOMETRY[plan.kind]
        ours, sent_values = label.values, base.values
        here = {
            name
            for name in dict.fromkeys((*changes, *shape))
            if not same_value(ours.get(name), sent_values.get(name))
        }
        if not here:
            return {}
        clashing = {
            name: "edited here too: kept"
            for name, value in changes.items()
            if name in here and not same_value(label.get(name), value)
        }
        moved_here = not here.isdisjoint(shape)
        if any(name in shape for name in clashing) or (
            moved_here and any(name in shape for name in changes)
        ):
            clashing.update({name: "moved here too: kept" for name in changes if name in shape})
        kept = {
            name: self._conflicts.side(
                _change("conflict", sent, name, label.get(name), changes[name], why)
            )
            != "theirs"
            for name, why in clashing.items()
        }
        moved = any(kept[name] for name in clashing if name in shape)
        return {
            name: why for name, why in clashing.items() if (moved if name in shape else kept[name])
        }

    def _added(self, added: Added) -> SentLabel | None:
        """Adds a label; returns what is on record of it, None where it was not taken."""
        plan = self._schema.plan(added.field)
        name = added.label.get("label")
        if Place(added.sample_id) not in self._now:
            self._row("conflict", added, after=name, reason="the sample is deleted here")
            return None
        if plan is not None and not plan.allow_additions:
            self._row("refused", added, after=name, reason="additions not allowed")
            return None
        labels = self._now.get(added.place, {}).get(added.field, {})
        if labels and not self._is_list(added.field):
            self._row("conflict", added, after=name, reason="the field holds a label already")
            return None
        if added.label.id in labels:
            self._row("conflict", added, after=name, reason="the label is there already")
            return None
        return self._add(added, added.field, "added")

    def _stray(self, stray: Stray) -> SentLabel | None:
        """Finds a home for something unexpected; returns what is on record of it."""
        plan = self._schema.plan(stray.field)
        name = None if stray.label is None else stray.label.get("label")
        after = f"{stray.what} '{name}'" if name else stray.what
        if Place(stray.sample_id) not in self._now:
            self._row("conflict", stray, after=after, reason="the sample is deleted here")
            return None
        if plan is not None and not plan.allow_additions:
            self._row("refused", stray, after=after, reason="additions not allowed")
            return None
        left = f"{stray.reason}: left on the server"
        if stray.label is None:
            self._row("unexpected", stray, after=after, reason=left)
            return None
        home = self._unexpected.home(stray.label, in_frames=stray.frame_number is not None)
        if home.action == "ignore":
            self._row("unexpected", stray, after=after, reason=left)
            return None
        if home.action == "return":
            samples = self._changes.returned.setdefault(home.kind, {})
            samples.setdefault(stray.sample_id, []).append(stray.label)
            self._row("unexpected", stray, after=after, reason=f"{stray.reason}: returned")
            return None
        holds = self._documents.setdefault(home.field, home.document.__name__)
        if not _fits(holds, stray.label):
            why = f"{stray.reason}, and field '{home.field}' holds {holds}: left on the server"
            self._row("unexpected", stray, after=after, reason=why)
            return None
        if holds == home.document.__name__:
            self._changes.new_fields[home.field] = home.document
        added = Added(
            home.field,
            stray.sample_id,
            stray.frame,
            stray.label,
            stray.pieces,
            stray.frame_number,
        )
        return self._add(added, home.field, "unexpected", f"{stray.reason}: kept in '{home.field}'")

    def _add(
        self, added: Added, home: str, outcome: Outcome, reason: str | None = None
    ) -> SentLabel:
        label = added.label
        sent = SentLabel(
            field=home,
            sample_id=added.sample_id,
            label_id=label.id,
            frame=added.frame,
            type=type(label).__name__,
            values=tracked_values(label, self._schema.plan(home)),
            pieces=added.pieces,
            frame_number=added.frame_number,
        )
        self._write(sent, "add", label)
        self._row(outcome, sent, after=label.get("label"), reason=reason)
        return sent

    def _is_list(self, name: str) -> bool:
        plan = self._schema.plan(name)
        document = self._documents.get(name) if plan is None else plan.document
        return document is None or document in LABEL_LIST_CLASSES

    def _find(self, sent: SentLabel) -> Label | None:
        return self._now.get(sent.place, {}).get(sent.field, {}).get(sent.label_id)

    def _write(self, sent: SentLabel, action: Literal["add", "update"], label: Label) -> None:
        fields = self._now.setdefault(sent.place, {})
        fields.setdefault(sent.field, {})[sent.label_id] = label
        self._edit(sent, action, label)

    def _edit(
        self, sent: SentLabel, action: Literal["add", "update", "delete"], label: Label | None
    ) -> None:
        self._changed[_key(sent)] = None
        edit = LabelEdit(
            sent.sample_id, sent.field, sent.label_id, action, label, sent.frame_number
        )
        self._changes.edits.append(edit)

    def _row(
        self,
        outcome: Outcome,
        of: SentLabel | Added | Stray,
        attribute: str | None = None,
        before: Any = None,
        after: Any = None,
        reason: str | None = None,
    ) -> None:
        self._tell(_change(outcome, of, attribute, before, after, reason))

    def _tell(self, row: Change) -> None:
        self._changes.rows.append(row)
        if row.outcome in ("refused", "conflict") or (
            row.outcome == "unexpected" and row.label_id is None
        ):
            self._pending.add(row.place)


def _change(
    outcome: Outcome,
    of: SentLabel | Added | Stray,
    attribute: str | None = None,
    before: Any = None,
    after: Any = None,
    reason: str | None = None,
) -> Change:
    label_id = of.label_id if isinstance(of, SentLabel) else None
    return Change(
        outcome,
        of.sample_id,
        of.field,
        label_id,
        attribute,
        before,
        after,
        reason,
        of.frame_number,
    )


def _key(label: SentLabel) -> Key:
    return label.place, label.field, label.label_id


def _top_index(sent: SentTask, lost: Sequence[SentLabel]) -> dict[str, int]:
    """The highest ``index`` of each field, so that what leaves the record keeps its own alone."""
    tops = dict(sent.top_index)
    for label in lost:
        index = label.values.get("index")
        if isinstance(index, int):
            tops[label.field] = max(index, tops.get(label.field, 0))
    return tops


def _fits(document: str, label: Label) -> bool:
    """Whether a field that holds `document` has room for such a label."""
    if document in LABEL_LIST_CLASSES:
        return LABEL_LIST_CLASSES[document].ELEMENT is type(label)
    return document == type(label).__name__


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
        frame_number=sent.frame_number,
    )
