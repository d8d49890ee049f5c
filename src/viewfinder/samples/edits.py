"""Edits of single labels and values, applied many at once in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from viewfinder.errors import FieldNotFoundError, FieldTypeError, LabelError, SampleNotFoundError
from viewfinder.labels import Label
from viewfinder.samples.core import CollectionCore
from viewfinder.samples.growth import needed_field
from viewfinder.samples.saving import current_labels, stored_form
from viewfinder.schema import DatasetSchema, EmbeddedDocumentField, Field

if TYPE_CHECKING:
    from viewfinder.store import Snapshot, Transaction

__all__ = ["LabelEdit", "ValueEdit", "apply_edits", "apply_label_edits"]


@dataclass(frozen=True, slots=True)
class LabelEdit:
    """What happens to one label."""

    sample_id: str
    field: str
    label_id: str
    action: Literal["add", "update", "delete"]
    label: Label | None = None
    """The whole new label for "add" and "update"; its id is `label_id`."""


@dataclass(frozen=True, slots=True)
class ValueEdit:
    """A new value of a whole plain field of one sample."""

    sample_id: str
    field: str
    value: Any


def apply_label_edits(
    collection: CollectionCore,
    edits: Sequence[LabelEdit],
    *,
    reason: str,
    new_fields: Mapping[str, Field] | None = None,
    in_transaction: Callable[[Transaction], None] | None = None,
) -> int:
    """As :func:`apply_edits`, for labels alone."""
    return apply_edits(
        collection, edits, reason=reason, new_fields=new_fields, in_transaction=in_transaction
    )


def apply_edits(
    collection: CollectionCore,
    edits: Sequence[LabelEdit | ValueEdit],
    *,
    reason: str,
    new_fields: Mapping[str, Field] | None = None,
    in_transaction: Callable[[Transaction], None] | None = None,
) -> int:
    """Applies all edits or none, in one transaction, and returns the dataset's new version.

    Labels that no edit names stay as they are, whatever the collection shows of them. A new label
    comes last in its list; in a field of one label it takes the place of the old one.

    Args:
        collection: any view of the dataset, or the dataset
        edits: in the order in which they are to happen
        reason: what the dataset's history shows, such as ``load_annotations('key')``
        new_fields: fields to add first
        in_transaction: called before the commit, for what must happen together with the edits

    Raises:
        SampleNotFoundError: when a sample is not in the dataset
        FieldNotFoundError: when a field is neither there nor among `new_fields`
        LabelError: when a label to update is not there any more
        FieldTypeError: when a value does not fit
    """
    handle = collection.handle
    with handle.store.transaction(reason) as transaction:
        snapshot = transaction.snapshot
        schema = snapshot.schema.merged(new_fields or {})
        for edit in edits:
            if edit.field not in schema:
                raise FieldNotFoundError(edit.field, f"Dataset '{handle.name}'", schema)
        grown = _grown(schema, edits)
        if grown is not snapshot.schema:
            grown = transaction.grow_schema(
                {name: field for name, field in grown.fields.items() if name in _named(edits)}
                | dict(new_fields or {})
            )
        seqs = _seqs(snapshot, edits, f"dataset '{handle.name}'")
        for name, of_field in _by_field(edits).items():
            field = grown[name]
            if isinstance(field, EmbeddedDocumentField) and field.element_type is not None:
                values = _edited_labels(snapshot, name, field, of_field, seqs)
            else:
                values = {
                    seqs[edit.sample_id]: edit.value
                    for edit in of_field
                    if isinstance(edit, ValueEdit)
                }
            transaction.put(name, {seq: stored_form(value) for seq, value in values.items()})
        if in_transaction is not None:
            in_transaction(transaction)
    touched = dict.fromkeys(_named(edits))
    for seq in seqs.values():
        sample = handle.live.get(seq)
        if sample is not None:
            sample.forget(touched)
    return transaction.version


def _named(edits: Sequence[LabelEdit | ValueEdit]) -> set[str]:
    return {edit.field for edit in edits}


def _by_field(
    edits: Sequence[LabelEdit | ValueEdit],
) -> dict[str, list[LabelEdit | ValueEdit]]:
    fields: dict[str, list[LabelEdit | ValueEdit]] = defaultdict(list)
    for edit in edits:
        fields[edit.field].append(edit)
    return fields


def _grown(schema: DatasetSchema, edits: Sequence[LabelEdit | ValueEdit]) -> DatasetSchema:
    for edit in edits:
        if isinstance(edit, ValueEdit):
            field = needed_field(schema, edit.field, edit.value)
            if field is not None:
                schema = schema.merged({edit.field: field})
        elif edit.label is not None:
            _check_label(schema, edit.field, edit.label)
    return schema


def _check_label(schema: DatasetSchema, name: str, label: Label) -> None:
    field = schema[name]
    if not isinstance(field, EmbeddedDocumentField) or type(label) is not field.element_type:
        raise FieldTypeError(name, str(field), f"a {type(label).__name__}")


def _seqs(snapshot: Snapshot, edits: Sequence[LabelEdit | ValueEdit], owner: str) -> dict[str, int]:
    ids = list(dict.fromkeys(edit.sample_id for edit in edits))
    seqs = dict(zip(ids, snapshot.seqs_of(ids).tolist(), strict=True))
    for identifier, seq in seqs.items():
        if seq < 0:
            raise SampleNotFoundError(identifier, owner)
    return seqs


def _edited_labels(
    snapshot: Snapshot,
    name: str,
    field: EmbeddedDocumentField,
    edits: Sequence[LabelEdit | ValueEdit],
    seqs: Mapping[str, int],
) -> dict[int, Any]:
    """The labels of each edited sample afterwards, by the sample's number."""
    by_seq: dict[int, list[LabelEdit | ValueEdit]] = defaultdict(list)
    for edit in edits:
        by_seq[seqs[edit.sample_id]].append(edit)
    held = snapshot.schema.fields.get(name)
    if isinstance(held, EmbeddedDocumentField):
        before = current_labels(snapshot, name, held, list(by_seq))
    else:
        before = [[] for _ in by_seq]
    edited: dict[int, Any] = {}
    for (seq, of_sample), labels in zip(by_seq.items(), before, strict=True):
        edited[seq] = _applied(name, field, labels, of_sample)
    return edited


def _applied(
    name: str,
    field: EmbeddedDocumentField,
    labels: list[Label],
    edits: Sequence[LabelEdit | ValueEdit],
) -> Any:
    by_id = {label.id: label for label in labels}
    for edit in edits:
        if isinstance(edit, ValueEdit):
            raise FieldTypeError(name, "labels", "a plain value; use a LabelEdit")
        if edit.action == "delete":
            by_id.pop(edit.label_id, None)
            continue
        if edit.label is None:
            raise LabelError(f"To {edit.action} a label of '{name}' the label itself is needed.")
        if edit.action == "update" and edit.label_id not in by_id:
            raise LabelError(
                f"Sample {edit.sample_id} has no label {edit.label_id} in '{name}' any more. It "
                "was removed since the edit was made; look at the sample again."
            )
        if field.is_label:
            by_id.clear()
        label = edit.label.copy()
        label.id = edit.label_id
        by_id[edit.label_id] = label
    if field.is_label:
        return list(by_id.values()) or None
    return list(by_id.values())
