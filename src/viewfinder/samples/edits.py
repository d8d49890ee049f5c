"""Edits of single labels and values, of samples and of frames, many at once in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from viewfinder.errors import FieldNotFoundError, FieldTypeError, LabelError, SampleNotFoundError
from viewfinder.ids import new_ids
from viewfinder.labels import Label, LabelList
from viewfinder.samples.core import CollectionCore
from viewfinder.samples.encoding import encode_records
from viewfinder.samples.frame_handle import frames_of_handle
from viewfinder.samples.growth import needed_field
from viewfinder.samples.places import Place, find_frames, find_samples
from viewfinder.samples.saving import current_labels, stored_form
from viewfinder.schema import (
    FRAMES_PREFIX,
    VIDEO_OF_FRAME,
    DatasetSchema,
    EmbeddedDocumentField,
    Field,
)

if TYPE_CHECKING:
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.store import Snapshot, Transaction

__all__ = ["Edit", "LabelEdit", "Orders", "ValueEdit", "apply_edits", "apply_label_edits"]


@dataclass(frozen=True, slots=True)
class LabelEdit:
    """What happens to one label."""

    sample_id: str
    field: str
    """With "frames." in front for a field of frames."""
    label_id: str
    action: Literal["add", "update", "delete"]
    label: Label | None = None
    """The whole new label for "add" and "update"; its id is `label_id`."""
    frame_number: int | None = None
    """Which frame of a video, from 1; None for a field of samples."""


@dataclass(frozen=True, slots=True)
class ValueEdit:
    """A new value of a whole plain field of one sample or frame."""

    sample_id: str
    field: str
    """With "frames." in front for a field of frames."""
    value: Any
    frame_number: int | None = None
    """Which frame of a video, from 1; None for a field of samples."""


Edit = LabelEdit | ValueEdit
Orders = Mapping[tuple[Place, str], Sequence[str] | None]
"""By place and field, ids of labels in the order that they are to have; None for a field that is
to have no value once no label is left in it."""


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
    edits: Sequence[Edit],
    *,
    reason: str,
    new_fields: Mapping[str, Field] | None = None,
    orders: Orders | None = None,
    in_transaction: Callable[[Transaction], None] | None = None,
) -> int:
    """Applies all edits or none, in one transaction, and returns the dataset's new version.

    Labels that no edit names stay as they are, whatever the collection shows of them. A new label
    comes last in its list; in a field of one label it takes the place of the old one. A frame that
    its video has not got yet is made.

    Args:
        collection: any view of the dataset, or the dataset
        edits: in the order in which they are to happen
        reason: what the dataset's history shows, such as ``load_annotations('key')``
        new_fields: fields to add first
        orders: puts the named labels of an edited list into an order; the others follow them
        in_transaction: called before the commit, for what must happen together with the edits

    Raises:
        SampleNotFoundError: when a sample is not in the dataset
        FieldNotFoundError: when a field is neither there nor among `new_fields`
        LabelError: when a label to update is not there any more
        FieldTypeError: when a value does not fit
    """
    handle = collection.handle
    owner = f"Dataset '{handle.name}'"
    of_samples = [edit for edit in edits if not edit.field.startswith(FRAMES_PREFIX)]
    of_frames = [edit for edit in edits if edit.field.startswith(FRAMES_PREFIX)]
    outer, inner = _shared_out(new_fields or {})
    with handle.store.transaction(reason) as transaction:
        videos = find_samples(transaction.snapshot, (edit.sample_id for edit in edits))
        for edit in edits:
            if edit.sample_id not in videos:
                raise SampleNotFoundError(edit.sample_id, f"dataset '{handle.name}'")
        samples = {Place(sample_id): seq for sample_id, seq in videos.items()}
        _Space(transaction, owner, "", orders or {}, None, samples).apply(of_samples, outer)
        frames: dict[Place, int] = {}
        if of_frames or inner:
            transaction.has_frames()
            places = (_place(edit) for edit in of_frames)
            frames = find_frames(transaction.snapshot, places, videos)
            inside = _Space(transaction.frames, owner, FRAMES_PREFIX, orders or {}, videos, frames)
            inside.apply(of_frames, inner)
        if in_transaction is not None:
            in_transaction(transaction)
    _forget(handle, of_samples, samples)
    if of_frames:
        _forget(frames_of_handle(handle), of_frames, frames, FRAMES_PREFIX)
        for edit in of_frames:
            sample: Any = handle.live.get(videos[edit.sample_id])
            if sample is not None:
                sample.refresh_frames()
    return transaction.version


def _shared_out(fields: Mapping[str, Field]) -> tuple[dict[str, Field], dict[str, Field]]:
    """New fields of samples, and those of frames by their inner names."""
    outer = {name: field for name, field in fields.items() if not name.startswith(FRAMES_PREFIX)}
    inner = {name.removeprefix(FRAMES_PREFIX): fields[name] for name in fields if name not in outer}
    return outer, inner


def _place(edit: Edit) -> Place:
    return Place(edit.sample_id, edit.frame_number)


def _forget(
    handle: DatasetHandle, edits: Sequence[Edit], seqs: Mapping[Place, int], prefix: str = ""
) -> None:
    """Samples or frames that somebody holds read the edited fields anew."""
    if not handle.live:
        return
    touched = dict.fromkeys(edit.field.removeprefix(prefix) for edit in edits)
    for seq in seqs.values():
        held = handle.live.get(seq)
        if held is not None:
            held.forget(touched)


@dataclass(slots=True)
class _Space:
    """The samples of a transaction, or its frames: both are edited alike."""

    transaction: Transaction
    owner: str
    prefix: str
    """What stands before the names of its fields in an edit."""
    orders: Orders
    videos: Mapping[str, int] | None
    """For frames: the numbers of their samples."""
    seqs: dict[Place, int]
    """The numbers of the places that exist; those that are made are added."""

    def apply(self, edits: Sequence[Edit], new_fields: Mapping[str, Field]) -> None:
        """Writes all edits of this space."""
        if not edits and not new_fields:
            return
        for edit in edits:
            if (edit.frame_number is None) is (self.videos is not None):
                raise LabelError(
                    f"The edit of '{edit.field}' names {'no' if self.videos else 'a'} frame; "
                    "fields that begin with 'frames.' need one, and no others have one."
                )
        schema = self._grow(edits, new_fields)
        missing: dict[Place, dict[str, Any]] = {}
        for name, of_field in self._by_field(edits).items():
            values = self._values(name, schema[name], of_field)
            for place in [place for place in values if place not in self.seqs]:
                missing.setdefault(place, {})[name] = values.pop(place)
            self.transaction.put(
                name, {self.seqs[place]: stored_form(value) for place, value in values.items()}
            )
        if missing:
            self._make_frames(missing)

    def _grow(self, edits: Sequence[Edit], new_fields: Mapping[str, Field]) -> DatasetSchema:
        schema = self.transaction.schema.merged(new_fields)
        grown: dict[str, Field] = dict(new_fields)
        for edit in edits:
            name = edit.field.removeprefix(self.prefix)
            if name not in schema:
                raise FieldNotFoundError(edit.field, self.owner, schema)
            if isinstance(edit, ValueEdit):
                needed = needed_field(schema, name, edit.value)
                if needed is not None:
                    schema = schema.merged({name: needed})
                    grown[name] = schema[name]
            elif edit.label is not None:
                _check_label(schema, edit.field, name, edit.label)
        return self.transaction.grow_schema(grown) if grown else schema

    def _by_field(self, edits: Sequence[Edit]) -> dict[str, list[Edit]]:
        fields: dict[str, list[Edit]] = defaultdict(list)
        for edit in edits:
            fields[edit.field.removeprefix(self.prefix)].append(edit)
        return fields

    def _values(self, name: str, field: Field, edits: Sequence[Edit]) -> dict[Place, Any]:
        """The value of a field afterwards, by place."""
        if not isinstance(field, EmbeddedDocumentField) or field.element_type is None:
            return {_place(edit): edit.value for edit in edits if isinstance(edit, ValueEdit)}
        by_place: dict[Place, list[Edit]] = defaultdict(list)
        for edit in edits:
            by_place[_place(edit)].append(edit)
        there = [place for place in by_place if place in self.seqs]
        before = dict(zip(there, self._labels(name, there), strict=True))
        outer = self.prefix + name
        return {
            place: _applied(
                outer, field, before.get(place, []), of_place, self.orders.get((place, outer), ())
            )
            for place, of_place in by_place.items()
        }

    def _labels(self, name: str, places: Sequence[Place]) -> list[list[Label]]:
        snapshot: Snapshot = self.transaction.snapshot
        held = snapshot.schema.fields.get(name)
        if not isinstance(held, EmbeddedDocumentField) or not places:
            return [[] for _ in places]
        return current_labels(snapshot, name, held, [self.seqs[place] for place in places])

    def _make_frames(self, missing: Mapping[Place, Mapping[str, Any]]) -> None:
        assert self.videos is not None
        schema = self.transaction.schema
        raw = []
        for place, values in missing.items():
            row = {name: _document(schema[name], value) for name, value in values.items()}
            video = self.videos[place.sample_id]
            raw.append({**row, "frame_number": place.frame_number, VIDEO_OF_FRAME: video})
        columns = encode_records(schema, raw, new_ids(len(raw)))
        self.transaction.grow_schema(columns.grown)
        seqs = self.transaction.append(columns.samples, columns.labels).tolist()
        self.seqs.update(zip(missing, seqs, strict=True))


def _document(field: Field, value: Any) -> Any:
    """Labels as the document that a new frame holds; other values as they are."""
    if not isinstance(field, EmbeddedDocumentField) or field.element_type is None or value is None:
        return value
    document = field.document_type
    if issubclass(document, LabelList):
        return document(value)
    return next(iter(value), None)


def _check_label(schema: DatasetSchema, outer: str, name: str, label: Label) -> None:
    field = schema[name]
    if not isinstance(field, EmbeddedDocumentField) or type(label) is not field.element_type:
        raise FieldTypeError(outer, str(field), f"a {type(label).__name__}")


def _applied(
    name: str,
    field: EmbeddedDocumentField,
    labels: list[Label],
    edits: Sequence[Edit],
    order: Sequence[str] | None,
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
        label = edit.label
        if label.id != edit.label_id:
            label = label.copy()
            label.id = edit.label_id
        by_id[edit.label_id] = label
    if field.is_label or order is None:
        return list(by_id.values()) or None
    return list(_ordered(by_id, order))


def _ordered(labels: Mapping[str, Label], order: Sequence[str]) -> Iterator[Label]:
    named = dict.fromkeys(identifier for identifier in order if identifier in labels)
    yield from (labels[identifier] for identifier in named)
    yield from (label for identifier, label in labels.items() if identifier not in named)
