"""The datasets of this Viewfinder home by name: find, list, delete."""

from __future__ import annotations

from viewfinder.errors import DatasetNotFoundError
from viewfinder.facade.dataset import Dataset, dataset_of_name, forget_dataset
from viewfinder.samples import open_catalog

__all__ = [
    "dataset_exists",
    "delete_dataset",
    "delete_datasets",
    "delete_non_persistent_datasets",
    "list_datasets",
    "load_dataset",
]


def load_dataset(name: str) -> Dataset:
    """The dataset of that name: always the same object while somebody holds it.

    Raises:
        DatasetNotFoundError: when there is none; near names are suggested
    """
    return dataset_of_name(name)


def list_datasets(glob_patt: str | None = None) -> list[str]:
    """The names of all datasets in order, or of those that match a pattern such as ``"cats-*"``."""
    return sorted(open_catalog().names(glob_patt))


def dataset_exists(name: str) -> bool:
    """Whether there is a dataset of that name."""
    return name in open_catalog().names()


def delete_dataset(name: str) -> None:
    """Deletes a dataset; the media files are not touched.

    Raises:
        DatasetNotFoundError: when there is none
    """
    if not dataset_exists(name):
        raise DatasetNotFoundError(name, list_datasets())
    forget_dataset(name)
    if dataset_exists(name):
        open_catalog().delete(name)


def delete_datasets(glob_patt: str) -> list[str]:
    """Deletes all datasets whose names match a pattern; returns their names."""
    names = list_datasets(glob_patt)
    for name in names:
        delete_dataset(name)
    return names


def delete_non_persistent_datasets() -> list[str]:
    """Deletes all datasets that are not persistent; returns their names."""
    catalog = open_catalog()
    names = [name for name in list_datasets() if not catalog.get(name).persistent]
    for name in names:
        delete_dataset(name)
    return names
