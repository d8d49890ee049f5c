"""What a view shows can be written to its dataset: tags on labels, changed values, deletions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from viewfinder.expr.plan import FilterLabels, Hide, LimitLabels, Project, Scan, SetValue, steps
from viewfinder.samples.core import CollectionCore, ViewT
from viewfinder.samples.label_writing import (
    delete_labels,
    edit_label_tags,
    visible_label_ids,
    write_view,
)
from viewfinder.schema import resolve
from viewfinder.stages import SelectLabels

if TYPE_CHECKING:
    from viewfinder.expr import Plan
    from viewfinder.samples.collection import SampleCollection

__all__ = [
    "LabelTagMethods",
    "changed_fields",
    "chosen_labels",
    "delete_visible_labels",
    "save_view",
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
        for name in schema.label_fields if names is None else names:
            root = resolve(schema, name).root
            ids = visible_label_ids(collection, root)
            edit_label_tags(self._handle.target, root, ids, edit, reason)


def delete_visible_labels(
    view: SampleCollection, fields: Iterable[str] | None = None, *, reason: str = "delete_labels"
) -> None:
    """Deletes from the dataset the labels that a view shows, of some fields or of all."""
    schema = view.visible_schema()
    for name in schema.label_fields if fields is None else fields:
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
    tags: Any,
    fields: Any,
) -> SampleCollection:
    """The view of the labels of a dataset that are named one by one, or by tags."""
    items = (
        list(labels) if isinstance(labels, Iterable) and not isinstance(labels, dict) else labels
    )
    stage = SelectLabels(labels=items, ids=ids, tags=tags, fields=fields)
    view: SampleCollection = dataset.add_stage(stage)
    return view


def changed_fields(plan: Plan) -> list[str]:
    """The fields that look different after a plan, in the order in which it changes them."""
    changing = (FilterLabels, LimitLabels, SetValue)
    return list(dict.fromkeys(step.field for step in steps(plan) if isinstance(step, changing)))


def save_view(view: SampleCollection, fields: str | Iterable[str] | None) -> None:
    """Writes what a view shows of its samples to the dataset: filtered labels, changed values.

    Samples and fields that the view leaves out stay.
    """
    snapshot = view.snapshot()
    plan = view.plan(snapshot.schema)
    names = changed_fields(plan)
    if fields is not None:
        wanted = [fields] if isinstance(fields, str) else list(fields)
        roots = {resolve(snapshot.schema, name).root for name in wanted}
        names = [name for name in names if name in roots]
    if names:
        write_view(view.handle, _whole(plan), snapshot, names, "save")


def _whole(plan: Plan) -> Plan:
    """The plan without the steps that hide fields, so that hidden attributes are not lost."""
    if isinstance(plan, (Project, Hide)):
        return _whole(plan.source)
    if isinstance(plan, Scan):
        return plan
    return replace(plan, source=_whole(plan.source))
