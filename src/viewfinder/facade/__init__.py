"""The public Dataset and View: what people call, in their words; the work is done below."""

from __future__ import annotations

from viewfinder.annotate.settings import annotation_config
from viewfinder.facade import types
from viewfinder.facade.dataset import Dataset
from viewfinder.facade.datasets import (
    dataset_exists,
    delete_dataset,
    delete_datasets,
    delete_non_persistent_datasets,
    list_datasets,
    load_dataset,
)
from viewfinder.facade.naming import get_default_dataset_name, make_unique_dataset_name
from viewfinder.facade.view import DatasetView

__all__ = [
    "Dataset",
    "DatasetView",
    "annotation_config",
    "dataset_exists",
    "delete_dataset",
    "delete_datasets",
    "delete_non_persistent_datasets",
    "get_default_dataset_name",
    "list_datasets",
    "load_dataset",
    "make_unique_dataset_name",
    "types",
]
