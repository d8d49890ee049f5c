"""What becomes of a field's value when another video has one for the same frame, too."""

from __future__ import annotations

from typing import Any

from viewfinder.labels import LabelList
from viewfinder.schema import EmbeddedDocument

__all__ = ["merged_value"]


def merged_value(
    held: Any, new: Any, *, merge_lists: bool, merge_documents: bool, overwrite: bool
) -> Any:
    """The value of two, of which neither is changed.

    Args:
        held: the value there; None for none
        new: the value to merge in
        merge_lists: whether lists are put together: elements of `new` that `held` has not, and of
            labels with the same id the one that `overwrite` says
        merge_documents: whether the values inside of documents are put together
        overwrite: whether `new` wins where only one can be
    """
    if held is None:
        return new
    if merge_lists and isinstance(held, LabelList) and type(new) is type(held):
        return _merged_labels(held, new, overwrite=overwrite)
    if merge_lists and isinstance(held, list) and isinstance(new, list):
        return [*held, *(item for item in new if item not in held)]
    if merge_documents and isinstance(held, EmbeddedDocument) and type(new) is type(held):
        first, second = (held, new) if overwrite else (new, held)
        values = {name: part for name, part in vars(first).items() if part is not None}
        values.update((name, part) for name, part in vars(second).items() if part is not None)
        return type(held)(**values)
    return new if overwrite else held


def _merged_labels(held: LabelList, new: LabelList, *, overwrite: bool) -> LabelList:
    arrived = {label.id: label for label in new.labels}
    merged = [(arrived.pop(label.id, label) if overwrite else label) for label in held.labels]
    there = {label.id for label in merged}
    merged += [label for key, label in arrived.items() if key not in there]
    make: Any = type(held)
    found: LabelList = make(merged)
    return found
