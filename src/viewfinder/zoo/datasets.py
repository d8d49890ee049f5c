"""Loading is making a dataset under no name and naming it when it is whole."""

from __future__ import annotations

import random

from viewfinder.errors import DatasetError, DatasetExistsError, DatasetNotFoundError
from viewfinder.facade import Dataset, dataset_exists, delete_dataset, load_dataset
from viewfinder.progress import ProgressOption
from viewfinder.samples import Sample
from viewfinder.zoo.entry import ZooDataset
from viewfinder.zoo.quickstart import QUICKSTART
from viewfinder.zoo.quickstart_video import QUICKSTART_VIDEO

__all__ = ["list_zoo_datasets", "load_zoo_dataset", "load_zoo_dataset_info"]

_DATASETS = {dataset.name: dataset for dataset in (QUICKSTART, QUICKSTART_VIDEO)}


def list_zoo_datasets() -> list[str]:
    """The names of all datasets of the zoo, in order."""
    return sorted(_DATASETS)


def load_zoo_dataset_info(name: str) -> ZooDataset:
    """What the zoo knows of a dataset: description, licence, provenance.

    Raises:
        DatasetNotFoundError: when the zoo has no dataset of that name; near names are suggested
    """
    if name not in _DATASETS:
        raise DatasetNotFoundError(name, _DATASETS)
    return _DATASETS[name]


def load_zoo_dataset(
    name: str,
    *,
    dataset_name: str | None = None,
    max_samples: int | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    drop_existing_dataset: bool = False,
    persistent: bool = True,
    progress: ProgressOption = None,
) -> Dataset:
    """A dataset of the zoo as a dataset of yours.

    ::

        dataset = vf.zoo.load_zoo_dataset("quickstart")

    Where there is a dataset of that name already it is loaded as it is, with whatever was changed
    in it since. The media stay where they are in the installed package; the dataset refers to them.

    Args:
        name: one of :func:`list_zoo_datasets`
        dataset_name: a name of your own; otherwise the zoo's, with ``max_samples`` behind it where
            that is given, such as ``"quickstart-10"``
        max_samples: how many samples to load at most
        shuffle: whether to shuffle the samples before the first are taken
        seed: for the same shuffle every time
        drop_existing_dataset: whether to put a fresh dataset in the place of one of that name
        persistent: whether to keep a newly made dataset when this process ends
        progress: True or False to force a progress bar, or a function ``(done, total) -> None``

    Raises:
        DatasetNotFoundError: when the zoo has no dataset of that name
        DatasetError: when `max_samples` is not positive
        InvalidDatasetNameError: when `dataset_name` can't be a name
    """
    entry = load_zoo_dataset_info(name)
    if max_samples is not None and max_samples < 1:
        raise DatasetError(f"max_samples={max_samples} leaves no sample; give 1 or more, or None.")
    if dataset_name is None:
        dataset_name = name if max_samples is None else f"{name}-{max_samples}"
    if dataset_exists(dataset_name) and not drop_existing_dataset:
        return load_dataset(dataset_name)
    samples = entry.read()
    if shuffle:
        random.Random(seed).shuffle(samples)
    dataset = _unnamed_dataset(samples[:max_samples], progress)
    if drop_existing_dataset and dataset_exists(dataset_name):
        delete_dataset(dataset_name)
    try:
        dataset.name = dataset_name
    except DatasetExistsError:
        # Another process was quicker with the same dataset.
        dataset.delete()
        return load_dataset(dataset_name)
    except DatasetError:
        dataset.delete()
        raise
    dataset.persistent = persistent
    return dataset


def _unnamed_dataset(samples: list[Sample], progress: ProgressOption) -> Dataset:
    # Until it is whole the dataset has no name that anybody would load it by, and is swept when
    # this process dies: so a zoo dataset that is there is whole, and one that is to be replaced
    # stays until its successor is ready.
    dataset = Dataset(persistent=False)
    try:
        dataset.add_samples(samples, progress=progress)
    except BaseException:
        dataset.delete()
        raise
    return dataset
