"""What groups need of a collection: the field that holds them, and samples by values in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from viewfinder.schema import DatasetSchema, EmbeddedDocumentField, Group
from viewfinder.stages import ExcludeBy, SelectBy

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.core import ViewT

__all__ = ["group_field_of", "match_values"]


def group_field_of(schema: DatasetSchema) -> str | None:
    """The first field that holds groups; None where there is none."""
    for name, field in schema.fields.items():
        if isinstance(field, EmbeddedDocumentField) and field.document_type is Group:
            return name
    return None


def match_values(
    collection: SampleCollection[ViewT], path: str, values: Iterable[str], *, exclude: bool = False
) -> ViewT:
    """The samples with one of some values at a path, or with `exclude` those without."""
    stage = ExcludeBy(path, list(values)) if exclude else SelectBy(path, list(values))
    return collection.add_stage(stage)
