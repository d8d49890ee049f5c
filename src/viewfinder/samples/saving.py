"""Saving writes what changed, field by field; labels that a view hid stay as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from viewfinder.errors import SampleNotFoundError
from viewfinder.labels import Label, LabelList
from viewfinder.labels.base import same_value
from viewfinder.samples.frozen import FrozenLabels, labels_in, same_values
from viewfinder.samples.growth import needed_field
from viewfinder.schema import DatasetSchema, EmbeddedDocumentField, Field
from viewfinder.schema.columns import decode_labels

if TYPE_CHECKING:
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.store import Snapshot, Transaction

__all__ = [
    "FrameChanges",
    "SampleEdit",
    "current_labels",
    "grown_fields",
    "put_edits",
    "stored_form",
    "write_edits",
]


@dataclass(frozen=True, slots=True)
class SampleEdit:
    """The changed fields of one sample."""

    seq: int
    sample_id: str
    values: Mapping[str, Any]
    """The whole new value of each changed field."""
    visible: Mapping[str, FrozenLabels] | None
    """For a sample of a view: the labels that were visible before the change, by field."""
    frames: FrameChanges | None = None
    """For a video: what was done to its frames."""


class FrameChanges(Protocol):
    """What was done to the frames of a sample."""

    def write(self, transaction: Transaction) -> None:
        """Writes it."""

    def settle(self) -> None:
        """Takes note that it was written."""


def write_edits(handle: DatasetHandle, edits: Sequence[SampleEdit], *, reason: str) -> int:
    """Writes the edits in one transaction and returns its number.

    Raises:
        SampleNotFoundError: when a sample was deleted; nothing is written then
        FieldTypeError, LabelError: when a value does not fit; nothing is written then
    """
    handle = handle.target
    grown = grown_fields(handle.schema(), edits)
    with handle.store.transaction(reason) as transaction:
        refuse_absent(handle, transaction.snapshot, edits)
        put_edits(transaction, edits, grown)
        for edit in edits:
            if edit.frames is not None:
                edit.frames.write(transaction)
    return transaction.version


def grown_fields(schema: DatasetSchema, edits: Sequence[SampleEdit]) -> dict[str, Field]:
    """The fields that are needed to hold what was edited.

    Raises:
        FieldTypeError: when a value does not fit
    """
    grown: dict[str, Field] = {}
    for edit in edits:
        for name, value in edit.values.items():
            field = needed_field(schema, name, value)
            if field is not None:
                schema = schema.merged({name: field})
                grown[name] = schema[name]
    return grown


def put_edits(
    transaction: Transaction, edits: Sequence[SampleEdit], grown: Mapping[str, Field]
) -> None:
    """Writes the edited fields inside of a transaction."""
    schema = transaction.grow_schema(grown) if grown else transaction.schema
    columns: dict[str, dict[int, Any]] = {}
    for edit in edits:
        for name, value in edit.values.items():
            if name in schema:
                column = columns.setdefault(name, {})
                merged = _merged(transaction.snapshot, edit, name, value, column.get(edit.seq))
                column[edit.seq] = stored_form(merged)
    for name, values in columns.items():
        transaction.put(name, values)


def refuse_absent(handle: DatasetHandle, snapshot: Snapshot, edits: Sequence[SampleEdit]) -> None:
    """Raises SampleNotFoundError where an edited sample is not in `snapshot`."""
    there = snapshot.contains(np.array([edit.seq for edit in edits], np.int64))
    if not there.all():
        absent = edits[int(np.flatnonzero(~there)[0])]
        raise SampleNotFoundError(absent.sample_id, f"dataset '{handle.name}'")


def stored_form(value: Any) -> Any:
    """A field's value as the store takes it: a list of labels, or a plain value."""
    return labels_in(value) if isinstance(value, (Label, LabelList)) else value


def current_labels(
    snapshot: Snapshot, name: str, field: EmbeddedDocumentField, seqs: Sequence[int]
) -> list[list[Label]]:
    """The labels of one field that the snapshot holds for each of the samples."""
    element = field.element_type
    assert element is not None
    rows = snapshot.table(name).take(np.asarray(seqs, np.int64))
    labels = decode_labels(element, rows.table)
    edges = rows.offsets.tolist()
    return [labels[start:stop] for start, stop in pairwise(edges)]


def _merged(
    snapshot: Snapshot, edit: SampleEdit, name: str, value: Any, edited: list[Label] | None
) -> Any:
    """The value to write: for labels of a view, those now, with what was done to the visible ones.

    A label that was changed here and removed elsewhere meanwhile comes back: no edit is lost. Where
    another edit, as of another label of the sample, went before, `edited` is what it left.
    """
    field = snapshot.schema.fields.get(name)
    frozen = None if edit.visible is None else edit.visible.get(name)
    if frozen is None or not isinstance(field, EmbeddedDocumentField):
        return value
    after = {} if value is None else {label.id: label for label in labels_in(value)}
    before = {was["id"]: was for was in frozen.labels if "id" in was}
    merged: list[Label] = []
    now = current_labels(snapshot, name, field, [edit.seq])[0] if edited is None else edited
    for label in now:
        if label.id not in before:
            merged.append(label)
        elif label.id in after:
            merged.append(_merged_label(label, before[label.id], after[label.id]))
    there = {label.id for label in merged}
    merged += [
        label
        for key, label in after.items()
        if key not in there and not (key in before and same_values(label.values, before[key]))
    ]
    return None if value is None and not merged else merged


def _merged_label(now: Label, before: Mapping[str, Any], after: Label) -> Label:
    """One label with the attributes that changed; those that a view hides stay."""
    new = after.values
    values = {name: part for name, part in now.values.items() if name not in before or name in new}
    changed = {
        name: part
        for name, part in new.items()
        if name not in before or not same_value(before[name], part)
    }
    return type(after).from_values(values | changed)
