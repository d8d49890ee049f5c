"""Frames that a load made, and that hold nothing any more once it is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from viewfinder.annotate.back.merge import Local
from viewfinder.samples import LabelEdit, Place, SampleCollection
from viewfinder.samples.places import find_frames, find_samples
from viewfinder.schema import FRAME_FIELDS, FRAMES_PREFIX

__all__ = ["frames_left_empty"]

_OWN = frozenset({"sample_id", *FRAME_FIELDS})
"""What every frame has."""


def frames_left_empty(
    collection: SampleCollection, made: Local, edits: Sequence[LabelEdit]
) -> list[int]:
    """The store's numbers of the frames that hold nothing but labels which are deleted now.

    Args:
        collection: the dataset, or any view of it
        made: the labels of the frames that a load made, by field
        edits: what is done to them
    """
    deleted = {
        (Place(edit.sample_id, edit.frame_number), edit.field, edit.label_id)
        for edit in edits
        if edit.action == "delete"
    }
    cleared = [
        place
        for place, fields in made.items()
        if all(
            (place, name, label.id) in deleted
            for name, labels in fields.items()
            for label in labels or ()
        )
    ]
    if not cleared:
        return []
    root = collection.root
    numbers: dict[str, list[int]] = {}
    for place in cleared:
        if place.frame_number is not None:
            numbers.setdefault(place.sample_id, []).append(place.frame_number)
    empty: list[Place] = []
    for sample in root.select(list(numbers)):
        sample_id = str(sample.id)
        for number in numbers[sample_id]:
            place = Place(sample_id, number)
            if _holds_nothing_else(sample.frames[number], made[place]):
                empty.append(place)
    snapshot = root.snapshot()
    found = find_frames(snapshot, empty, find_samples(snapshot, numbers))
    return list(found.values())


def _holds_nothing_else(frame: Any, fields: Mapping[str, Any]) -> bool:
    known = {name.removeprefix(FRAMES_PREFIX) for name in fields}
    values = {name: frame[name] for name in frame.field_names if name not in known | _OWN}
    return all(value is None for value in values.values())
