"""Functions of ``fiftyone.utils.cvat`` that take the collection first."""

from __future__ import annotations

from typing import Any

from viewfinder.annotate.back.report import Report
from viewfinder.annotate.intake.importing import import_annotations as bring_in
from viewfinder.samples import SampleCollection

__all__ = ["import_annotations"]

_NAMES = (
    "project_name",
    "project_id",
    "task_ids",
    "data_path",
    "label_types",
    "insert_new",
    "download_media",
    "num_workers",
    "occluded_attr",
    "group_id_attr",
    "backend",
)


def import_annotations(
    sample_collection: SampleCollection, *arguments: Any, **options: Any
) -> Report:
    """As the method of collections."""
    return bring_in(sample_collection, **dict(zip(_NAMES, arguments, strict=False)), **options)
