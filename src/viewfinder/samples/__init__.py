"""A sample is a lazy row and a collection is a dataset and stages; both write in transactions."""

from __future__ import annotations

from viewfinder.samples.access import SaveContext
from viewfinder.samples.adding import add_samples, import_samples
from viewfinder.samples.collection import SampleCollection
from viewfinder.samples.core import ViewT
from viewfinder.samples.edits import LabelEdit, ValueEdit, apply_edits, apply_label_edits
from viewfinder.samples.field_methods import SchemaChanges
from viewfinder.samples.handle import (
    DatasetHandle,
    create_handle,
    open_catalog,
    open_handle,
)
from viewfinder.samples.sample import Sample, SampleView
from viewfinder.samples.whole import (
    copy_facts,
    delete_samples_by_id,
    read_info,
    write_info,
)
from viewfinder.stages import ViewStage
from viewfinder.store import Version

__all__ = [
    "DatasetHandle",
    "LabelEdit",
    "Sample",
    "SampleCollection",
    "SampleView",
    "SaveContext",
    "SchemaChanges",
    "ValueEdit",
    "Version",
    "ViewStage",
    "ViewT",
    "add_samples",
    "apply_edits",
    "apply_label_edits",
    "copy_facts",
    "create_handle",
    "delete_samples_by_id",
    "import_samples",
    "open_catalog",
    "open_handle",
    "read_info",
    "write_info",
]
