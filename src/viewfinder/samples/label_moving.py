"""Labels move from a field to another: first they are written there, then they are taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from viewfinder.errors import FieldNotFoundError, FieldTypeError
from viewfinder.labels import LabelList
from viewfinder.samples.merge_values import MergeRules
from viewfinder.samples.sample_merging import merge_samples
from viewfinder.samples.write_back_methods import delete_visible_labels
from viewfinder.schema import DatasetSchema, EmbeddedDocumentField
from viewfinder.stages import SelectLabels

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection

__all__ = ["move_labels"]


def move_labels(collection: SampleCollection, in_field: str, out_field: str) -> None:
    """Moves the labels that a collection shows; of a whole dataset they are only copied.

    Between both transactions of a view its labels are in both fields: nothing is lost by a cut.

    Raises:
        FieldNotFoundError: when there is no `in_field`
        FieldTypeError: when a field does not hold labels of that type
    """
    root: Any = collection.root
    shown = _label_field(collection.visible_schema(), in_field)
    if in_field == out_field:
        raise FieldTypeError(out_field, "labels of another field", "the field to move from")
    schema = root.visible_schema()
    field = _label_field(schema, in_field)
    if out_field in schema:
        there = _label_field(schema, out_field)
        if there.document_type is not field.document_type:
            raise FieldTypeError(
                out_field, there.document_type.__name__, field.document_type.__name__
            )
    chosen = root
    if collection is not root:
        # By their ids, so that attributes that the view hides come along.
        chosen = root.whole_groups().add_stage(
            SelectLabels(ids=_shown_ids(collection, in_field, shown), fields=in_field)
        )
    if out_field not in schema:
        root.add_sample_field(out_field, schema[in_field])
    merge_samples(
        root,
        chosen,
        MergeRules.of({in_field: out_field}),
        key_field="id",
        insert_new=False,
        progress=False,
    )
    if collection is not root:
        delete_visible_labels(chosen, [in_field], reason=f"merge_labels('{in_field}')")


def _label_field(schema: DatasetSchema, name: str) -> EmbeddedDocumentField:
    if name not in schema:
        raise FieldNotFoundError(name, "The collection", schema.label_fields)
    field = schema.label_fields.get(name)
    if field is None:
        raise FieldTypeError(name, str(schema[name]), "labels of samples")
    return field


def _shown_ids(collection: SampleCollection, name: str, field: EmbeddedDocumentField) -> list[str]:
    listed = field.document_type
    path = f"{name}.{listed.LIST_NAME}.id" if issubclass(listed, LabelList) else f"{name}.id"
    ids = collection.values(path, unwind=True)
    return list(dict.fromkeys(str(found) for found in ids if found is not None))
