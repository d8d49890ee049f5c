"""The public Dataset: samples that are kept in a folder under a name."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, cast
from weakref import WeakValueDictionary

from viewfinder.errors import ExpressionError
from viewfinder.facade.dataset_facts import DatasetFacts
from viewfinder.facade.dicts import FromDictFeatures
from viewfinder.facade.features import CollectionFeatures
from viewfinder.facade.group_changes import GroupChangeFeatures
from viewfinder.facade.history import HistoryFeatures
from viewfinder.facade.media_adding import MediaFeatures
from viewfinder.facade.saved import SavedFeatures
from viewfinder.facade.summaries import SummaryFeatures
from viewfinder.facade.view import DatasetView, view_through
from viewfinder.progress import ProgressOption
from viewfinder.samples import (
    DatasetHandle,
    FrameChanges,
    KeypointSkeleton,
    Sample,
    SampleCollection,
    ViewStage,
    add_in_batches,
    add_samples,
    chosen_labels,
    copy_facts,
    copy_samples,
    create_handle,
    delete_samples_by_id,
    delete_visible_labels,
    open_catalog,
    open_handle,
    read_info,
    write_info,
)

__all__ = ["Dataset", "dataset_of_name", "forget_dataset"]

_lock = threading.RLock()
_open: WeakValueDictionary[str, Dataset] = WeakValueDictionary()
"""The datasets that somebody in this process holds, by id: one object a dataset."""


class Dataset(
    CollectionFeatures[DatasetView],
    FromDictFeatures[DatasetView],
    MediaFeatures[DatasetView],
    DatasetFacts,
    HistoryFeatures,
    SummaryFeatures,
    SavedFeatures,
    GroupChangeFeatures[DatasetView],
    FrameChanges[DatasetView],
):
    """Samples with their labels, kept in a folder under the Viewfinder home.

    ::

        dataset = vf.Dataset("pets")
        dataset.add_samples([vf.Sample(filepath=path) for path in paths])
        print(dataset)

    In one process there is one Dataset object for each dataset. Several processes may read and
    write the same dataset at the same time.
    """

    SHARES_SAMPLES = True
    NAMED_ARE_KEPT: ClassVar[bool] = True
    """Whether a dataset that is given a name is persistent where nothing else is said."""

    def __init__(
        self,
        name: str | None = None,
        persistent: bool | None = None,
        overwrite: bool = False,
    ) -> None:
        """
        Args:
            name: a name to find the dataset by; one is made up where it is not given
            persistent: whether to keep the dataset when this process ends; otherwise named ones
                are kept and unnamed ones not
            overwrite: whether a dataset of that name is deleted first

        Raises:
            DatasetExistsError: when there is a dataset of that name
            InvalidDatasetNameError: when it can't be a name
        """
        keep = name is not None and self.NAMED_ARE_KEPT if persistent is None else persistent
        with _lock:
            if overwrite and name is not None:
                forget_dataset(name)
            handle = create_handle(name, persistent=keep, overwrite=overwrite)
            self._open(handle)

    @classmethod
    def over(cls, handle: DatasetHandle) -> Dataset:
        """The Dataset over an open handle."""
        dataset = cls.__new__(cls)
        dataset._open(handle)
        return dataset

    def _open(self, handle: DatasetHandle) -> None:
        SampleCollection.__init__(self, handle)
        self._settings: dict[str, Any] = {}
        handle.owned_by(self, Dataset.over)
        _open[handle.entry.id] = self

    # What it is

    @property
    def root(self) -> Self:
        """This dataset."""
        return self

    @property
    def name(self) -> str:
        """The name; setting it renames the dataset."""
        return self._handle.name

    @name.setter
    def name(self, name: str) -> None:
        self._handle.rename(name)

    @property
    def persistent(self) -> bool:
        """Whether the dataset is kept when this process ends."""
        return self._handle.entry.persistent

    @persistent.setter
    def persistent(self, persistent: bool) -> None:
        self._handle.set_persistent(persistent=persistent)

    @property
    def deleted(self) -> bool:
        """Whether the dataset was deleted."""
        return self._handle.deleted

    @property
    def created_at(self) -> datetime:
        """When the dataset was made, in UTC."""
        return datetime.fromtimestamp(self._handle.entry.created_at, UTC)

    @property
    def dataset_name(self) -> str:
        """The name."""
        return self.name

    def with_stages(self, stages: tuple[ViewStage, ...]) -> DatasetView:
        """The view of this dataset through these stages."""
        return view_through(self, stages)

    def facts(self) -> list[tuple[str, object]]:
        """What :meth:`summary` says before it lists the fields."""
        media_type = self.media_type
        facts: list[tuple[str, object]] = [
            ("Name", self.name),
            ("Media type", media_type),
            ("Num groups" if media_type == "group" else "Num samples", len(self)),
            ("Persistent", self.persistent),
            ("Tags", self.tags),
        ]
        if self.group_slice is not None:
            facts.insert(2, ("Group slice", self.group_slice))
        return facts

    # Samples

    def add_sample(
        self,
        sample: Sample,
        expand_schema: bool = True,
        dynamic: bool = False,
        validate: bool = True,
    ) -> str:
        """Adds one sample and returns its id.

        The sample is in the dataset from then on: it has an id, and ``sample.save()`` works. A
        sample that is in a dataset already is copied. For many samples use :meth:`add_samples`.

        Args:
            sample: the sample
            expand_schema: whether fields that the dataset has not yet may be added
            dynamic: has no effect: attributes of labels are always declared
            validate: has no effect: values are always validated

        Raises:
            FieldTypeError: when a value does not fit its field
            FieldNotFoundError: when a field is new and `expand_schema` is False
        """
        del dynamic, validate
        return add_samples(self._handle, [sample], expand_schema=expand_schema, progress=False)[0]

    def add_samples(
        self,
        samples: Iterable[Sample],
        expand_schema: bool = True,
        dynamic: bool = False,
        validate: bool = True,
        batcher: Any = None,
        generator: bool = False,
        progress: ProgressOption = None,
        num_samples: int | None = None,
    ) -> Any:
        """Adds samples in order and returns their ids.

        They are written in batches, each in one transaction, so a generator of any length needs
        little memory. When a batch is refused nothing of it is written; those before it stay.

        Args:
            samples: samples in any iterable, such as a list, a generator or a view
            expand_schema: whether fields that the dataset has not yet may be added
            dynamic: has no effect: attributes of labels are always declared
            validate: has no effect: values are always validated
            batcher: has no effect: the size of a batch follows from its labels
            generator: whether to return a generator, which adds a batch and yields its ids each
                time that it is asked, rather than a list of all ids
            progress: whether to show a bar; None shows one in a terminal
            num_samples: how many there will be, for the bar

        Raises:
            FieldTypeError: when a value does not fit its field
            FieldNotFoundError: when a field is new and `expand_schema` is False
            LabelError: when a label can't be stored
        """
        del dynamic, validate, batcher
        add: Any = add_in_batches if generator else add_samples
        return add(
            self._handle,
            samples,
            expand_schema=expand_schema,
            total=num_samples,
            progress=progress,
        )

    def delete_samples(self, samples_or_ids: Any) -> None:
        """Deletes samples; the media files are not touched.

        Args:
            samples_or_ids: an id, a sample, several of them, or a view

        Raises:
            SampleNotFoundError: when one is not in the dataset; nothing is deleted then
        """
        delete_samples_by_id(self._handle, self.ids_in(samples_or_ids), reason="delete_samples")

    def delete_labels(
        self,
        labels: Any = None,
        ids: str | Iterable[str] | None = None,
        instance_ids: str | Iterable[str] | None = None,
        tags: str | Iterable[str] | None = None,
        view: SampleCollection | None = None,
        fields: str | Iterable[str] | None = None,
    ) -> None:
        """Deletes labels, the samples stay.

        ::

            dataset.delete_labels(tags="wrong", fields="predictions")
            dataset.delete_labels(view=dataset.filter_labels("predictions", F("confidence") < 0.1))

        Args:
            labels: labels as dicts with "field" and "label_id"
            ids: ids of labels
            instance_ids: ids of objects, such as ``detection.instance.id``
            tags: tags of labels
            view: a view whose labels are deleted, all that it shows
            fields: the label fields to look into; all of them otherwise

        Raises:
            ExpressionError: when nothing says which labels
        """
        named = [fields] if isinstance(fields, str) else fields
        if view is not None:
            delete_visible_labels(view, named)
        if any(each is not None for each in (labels, ids, instance_ids, tags)):
            delete_visible_labels(chosen_labels(self, labels, ids, instance_ids, tags, named))
        elif view is None:
            raise ExpressionError("Say which labels to delete: labels, ids, tags or a view.")

    def clear(self) -> None:
        """Deletes all samples; the fields stay."""
        with self._handle.store.transaction("clear") as transaction:
            transaction.delete(transaction.snapshot.seqs)

    def clone(
        self,
        name: str | None = None,
        persistent: bool | None = None,
        include_indexes: bool = True,
    ) -> Dataset:
        """A copy of this dataset under another name, with its views and runs.

        It takes no longer for a large dataset: the files that hold its samples are shared, and each
        of both datasets changes for itself from then on.

        Args:
            name: its name; one is made up where it is not given
            persistent: whether to keep it when this process ends; otherwise where it has a name
            include_indexes: accepted; columns need no index
        """
        del include_indexes
        keep = name is not None if persistent is None else persistent
        with _lock:
            return type(self).over(create_handle(name, persistent=keep, clone_of=self._handle))

    @classmethod
    def clone_of(
        cls,
        samples: SampleCollection,
        name: str | None = None,
        persistent: bool | None = None,
    ) -> Dataset:
        """A new dataset of what a view shows: its samples, fields and labels, with their ids."""
        clone = cls(name, persistent)
        copy_facts(samples, clone.handle)
        copy_samples(samples, clone.handle, reason="clone", progress=False)
        return clone

    # Facts about the dataset

    @property
    def info(self) -> dict[str, Any]:
        """Anything to keep with the dataset, as JSON. After changing it call :meth:`save`."""
        return cast("dict[str, Any]", self._setting("info", {}))

    @info.setter
    def info(self, info: Mapping[str, Any]) -> None:
        self._set("info", dict(info))

    @property
    def description(self) -> str | None:
        """A sentence for people."""
        return cast("str | None", self._setting("description", None))

    @description.setter
    def description(self, description: str | None) -> None:
        self._set("description", description)

    @property
    def tags(self) -> list[str]:
        """Words for the dataset as a whole. After changing the list call :meth:`save`."""
        return cast("list[str]", self._setting("tags", []))

    @tags.setter
    def tags(self, tags: Sequence[str]) -> None:
        self._set("tags", list(tags))

    @property
    def classes(self) -> dict[str, list[str]]:
        """Class names by label field. After changing it call :meth:`save`."""
        return cast("dict[str, list[str]]", self._setting("classes", {}))

    @classes.setter
    def classes(self, classes: Mapping[str, Sequence[str]]) -> None:
        self._set("classes", {field: list(names) for field, names in classes.items()})

    @property
    def default_classes(self) -> list[str]:
        """Class names for fields that `classes` does not name."""
        return cast("list[str]", self._setting("default_classes", []))

    @default_classes.setter
    def default_classes(self, classes: Sequence[str]) -> None:
        self._set("default_classes", list(classes))

    @property
    def mask_targets(self) -> dict[str, dict[int | str, str]]:
        """By field, the class of each pixel value of masks. After changing it call :meth:`save`."""
        return cast("dict[str, dict[int | str, str]]", self._setting("mask_targets", {}))

    @mask_targets.setter
    def mask_targets(self, targets: Mapping[str, Mapping[int | str, str]]) -> None:
        self._set("mask_targets", {field: dict(part) for field, part in targets.items()})

    @property
    def default_mask_targets(self) -> dict[int | str, str]:
        """The class of each pixel value for fields that `mask_targets` does not name."""
        return cast("dict[int | str, str]", self._setting("default_mask_targets", {}))

    @default_mask_targets.setter
    def default_mask_targets(self, targets: Mapping[int | str, str]) -> None:
        self._set("default_mask_targets", dict(targets))

    @property
    def skeletons(self) -> dict[str, KeypointSkeleton]:
        """The skeletons of keypoints by label field. After changing it call :meth:`save`."""
        return cast("dict[str, KeypointSkeleton]", self._setting("skeletons", {}))

    @skeletons.setter
    def skeletons(self, skeletons: Mapping[str, KeypointSkeleton]) -> None:
        self._set("skeletons", dict(skeletons))

    @property
    def default_skeleton(self) -> KeypointSkeleton | None:
        """The skeleton of keypoints for fields that `skeletons` does not name."""
        return cast("KeypointSkeleton | None", self._setting("default_skeleton", None))

    @default_skeleton.setter
    def default_skeleton(self, skeleton: KeypointSkeleton | None) -> None:
        self._set("default_skeleton", skeleton)

    def save(self) -> None:
        """Writes what was changed inside of ``info``, ``classes``, ``tags`` and their kin."""
        write_info(self._handle, self._settings)

    def reload(self) -> None:
        """Reads ``info`` and its kin anew; what was changed and not saved is forgotten."""
        self._settings.clear()

    def delete(self) -> None:
        """Deletes the dataset; the media files are not touched."""
        with _lock:
            self._handle.delete()
            _open.pop(self._handle.entry.id, None)

    def _setting(self, key: str, empty: Any) -> Any:
        if key not in self._settings:
            self._settings[key] = read_info(self._handle, key, empty)
        return self._settings[key]

    def _set(self, key: str, value: Any) -> None:
        write_info(self._handle, {key: value})
        self._settings.pop(key, None)


def dataset_of_name(name: str) -> Dataset:
    """The Dataset of that name: the one that is open in this process, or a new object.

    Raises:
        DatasetNotFoundError: when there is none
    """
    with _lock:
        entry = open_catalog().get(name)
        dataset = _open.get(entry.id)
        return Dataset.over(open_handle(entry)) if dataset is None else dataset


def forget_dataset(name: str) -> None:
    """Deletes the dataset of that name through its open object, so that the object knows."""
    with _lock:
        if name in open_catalog().names():
            dataset = _open.get(open_catalog().get(name).id)
            if dataset is not None:
                dataset.delete()
