"""The datasets of this Viewfinder home by name: find, list, delete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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


def load_dataset(name: str, create_if_necessary: bool = False, reload: bool = False) -> Dataset:
    """The dataset of that name: always the same object while somebody holds it.

    Args:
        name: its name
        create_if_necessary: whether a new dataset is made where there is none
        reload: whether ``info`` and its kin are read anew, and what was not saved is forgotten

    Raises:
        DatasetNotFoundError: when there is none; near names are suggested
    """
    if create_if_necessary and not dataset_exists(name):
        return Dataset(name)
    dataset = dataset_of_name(name)
    if reload:
        dataset.reload()
    return dataset


def list_datasets(
    glob_patt: str | None = None,
    tags: str | Iterable[str] | None = None,
    info: bool = False,
) -> list[Any]:
    """The names of all datasets in order.

    Args:
        glob_patt: only those that match a pattern such as ``"cats-*"``
        tags: only those that have one of these tags
        info: whether to give a dict of facts in the place of each name
    """
    names = sorted(open_catalog().names(glob_patt))
    if tags is not None:
        wanted = {tags} if isinstance(tags, str) else set(tags)
        names = [name for name in names if wanted & set(dataset_of_name(name).tags)]
    return [_facts(dataset_of_name(name)) for name in names] if info else list(names)


def _facts(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "created_at": dataset.created_at,
        "persistent": dataset.persistent,
        "media_type": dataset.media_type,
        "tags": dataset.tags,
        "num_samples": len(dataset),
    }


def dataset_exists(name: str) -> bool:
    """Whether there is a dataset of that name."""
    return name in open_catalog().names()


def delete_dataset(name: str, verbose: bool = False) -> None:
    """Deletes a dataset; the media files are not touched.

    Args:
        name: its name
        verbose: whether to print that it was deleted

    Raises:
        DatasetNotFoundError: when there is none
    """
    if not dataset_exists(name):
        raise DatasetNotFoundError(name, list_datasets())
    forget_dataset(name)
    if dataset_exists(name):
        open_catalog().delete(name)
    if verbose:
        print(f"Dataset '{name}' deleted")  # noqa: T201 - asked for


def delete_datasets(glob_patt: str, verbose: bool = False) -> list[str]:
    """Deletes all datasets whose names match a pattern; returns their names."""
    names = list_datasets(glob_patt)
    for name in names:
        delete_dataset(name, verbose)
    return names


def delete_non_persistent_datasets(verbose: bool = False) -> list[str]:
    """Deletes all datasets that are not persistent; returns their names."""
    catalog = open_catalog()
    names = [name for name in list_datasets() if not catalog.get(name).persistent]
    for name in names:
        delete_dataset(name, verbose)
    return names
