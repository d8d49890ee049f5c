"""What a view shows can be written to its dataset: tags on labels, changed values, deletions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from viewfinder.samples.core import CollectionCore, ViewT
from viewfinder.samples.label_writing import (
    delete_labels,
    edit_label_tags,
    visible_label_ids,
)
from viewfinder.schema import resolve
from viewfinder.stages import SelectLabels

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection

__all__ = [
    "LabelTagMethods",
    "chosen_labels",
    "delete_visible_labels",
]


class LabelTagMethods(CollectionCore[ViewT]):
    """The methods that tag labels."""

    def tag_labels(
        self, tags: str | Iterable[str], label_fields: str | Iterable[str] | None = None
    ) -> None:
        """Adds tags to every label to be seen in this collection that has not got them yet.

        ::

            dataset.filter_labels("predictions", F("confidence") < 0.3).tag_labels("doubtful")

        Args:
            tags: one or several
            label_fields: the fields to look into; all of them otherwise
        """
        new = [tags] if isinstance(tags, str) else list(tags)

        def edit(old: list[str]) -> list[str]:
            return [*old, *(tag for tag in dict.fromkeys(new) if tag not in old)]

        self._edit_label_tags(edit, label_fields, f"tag_labels({new})")

    def untag_labels(
        self, tags: str | Iterable[str], label_fields: str | Iterable[str] | None = None
    ) -> None:
        """Takes tags away from every label to be seen in this collection that has them."""
        gone = {tags} if isinstance(tags, str) else set(tags)

        def edit(old: list[str]) -> list[str]:
            return [tag for tag in old if tag not in gone]

        self._edit_label_tags(edit, label_fields, f"untag_labels({sorted(gone)})")

    def _edit_label_tags(self, edit: Any, label_fields: Any, reason: str) -> None:
        collection: Any = self
        names = [label_fields] if isinstance(label_fields, str) else label_fields
        schema = self.visible_schema()
        for name in schema.all_label_fields if names is None else names:
            root = resolve(schema, name).root
            ids = visible_label_ids(collection, root)
            edit_label_tags(self._handle.target, root, ids, edit, reason)


def delete_visible_labels(
    view: SampleCollection, fields: Iterable[str] | None = None, *, reason: str = "delete_labels"
) -> None:
    """Deletes from the dataset the labels that a view shows, of some fields or of all."""
    schema = view.visible_schema()
    for name in schema.all_label_fields if fields is None else fields:
        root = resolve(schema, name).root
        ids = visible_label_ids(view, root)
        if ids is None:
            snapshot = view.snapshot()
            ids = snapshot.table(root).take(snapshot.seqs).table["id"].combine_chunks()
        if len(ids):
            delete_labels(view.handle.target, root, pa.array(ids), reason)


def chosen_labels(
    dataset: SampleCollection,
    labels: Any,
    ids: Any,
    instance_ids: Any,
    tags: Any,
    fields: Any,
) -> SampleCollection:
    """The view of the labels of a dataset that are named one by one, or by tags."""
    items = (
        list(labels) if isinstance(labels, Iterable) and not isinstance(labels, dict) else labels
    )
    stage = SelectLabels(items, ids, instance_ids, tags, fields)
    view: SampleCollection = dataset.add_stage(stage)
    return view
