"""The zoo: datasets with a name that anybody can load and get the same samples and ids."""

from __future__ import annotations

from viewfinder.zoo.datasets import (
    list_zoo_datasets,
    load_zoo_dataset,
    load_zoo_dataset_info,
)
from viewfinder.zoo.entry import ZooDataset

__all__ = ["ZooDataset", "list_zoo_datasets", "load_zoo_dataset", "load_zoo_dataset_info"]
