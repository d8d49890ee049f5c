"""The public Dataset and View: what people call, in their words; the work is done below."""

from __future__ import annotations

from viewfinder.annotate.account.settings import annotation_config
from viewfinder.facade import types
from viewfinder.facade.console import (
    disable_progress_bars,
    get_logging_level,
    pformat,
    pprint,
    set_logging_level,
)
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
    "disable_progress_bars",
    "get_default_dataset_name",
    "get_logging_level",
    "list_datasets",
    "load_dataset",
    "make_unique_dataset_name",
    "pformat",
    "pprint",
    "set_logging_level",
    "types",
]
