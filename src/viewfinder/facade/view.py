"""The public DatasetView: a dataset seen through stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from viewfinder.errors import AnnotationError
from viewfinder.facade.features import CollectionFeatures
from viewfinder.samples import (
    ClipView,
    Concat,
    FrameRows,
    FrameSample,
    KeypointSkeleton,
    PatchView,
    RowCollection,
    RowHandle,
    RowSample,
    RowStage,
    ToClips,
    ToEvaluationPatches,
    ToFrames,
    ToPatches,
    ToTrajectories,
    ViewFields,
    ViewStage,
    delete_visible_labels,
    save_view,
)

if TYPE_CHECKING:
    from viewfinder.facade.dataset import Dataset

__all__ = ["ConcatView", "DatasetView", "EvaluationPatchesView", "PatchesView", "view_through"]


class DatasetView(CollectionFeatures["DatasetView"], ViewFields["DatasetView"]):
    """Some samples of a dataset in some order, perhaps with fewer fields and labels.

    Views are made by the methods of a dataset or of another view, and hold no samples: they are
    computed when they are asked for, as the dataset is at that moment. Saving a sample of a view
    changes the dataset; labels that the view hides stay.
    """

    _saved_name: str | None = None

    def __init__(self, dataset: Dataset, stages: tuple[ViewStage, ...]) -> None:
        """
        Args:
            dataset: the dataset
            stages: what makes the view, in order
        """
        super().__init__(dataset.handle, stages)
        self._dataset = dataset

    @property
    def root(self) -> Dataset:
        """The whole dataset."""
        return self._dataset

    @property
    def dataset_name(self) -> str:
        """The name of the dataset."""
        return self._dataset.name

    @property
    def name(self) -> str | None:
        """The name under which the view was saved; None where it was not."""
        return self._saved_name

    @property
    def is_saved(self) -> bool:
        """Whether the view was saved under a name, or loaded by one."""
        return self._saved_name is not None

    @property
    def description(self) -> str | None:
        """What was said of the view when it was saved; None where it was not."""
        if self._saved_name is None or not self._dataset.has_saved_view(self._saved_name):
            return None
        description: str | None = self._dataset.get_saved_view_info(self._saved_name)["description"]
        return description

    def reload(self) -> None:
        """Reads the dataset's ``info`` and its kin anew; samples are always as they are now."""
        self._dataset.reload()

    def saved_as(self, name: str) -> None:
        """Takes note of the name under which the view is saved."""
        self._saved_name = name

    @property
    def label(self) -> str:
        """The view in the words of an error message."""
        return f"this view of dataset '{self._dataset.name}'"

    def with_stages(self, stages: tuple[ViewStage, ...]) -> DatasetView:
        """The view of the same dataset through other stages."""
        return view_through(self._dataset, stages, self.own_group_slice)

    @property
    def element(self) -> str:
        """What one of the view's samples is called in its summary."""
        return "group" if self.media_type == "group" else "sample"

    def facts(self) -> list[tuple[str, object]]:
        """What :meth:`summary` says before it lists the fields."""
        many = "patches" if self.element == "patch" else f"{self.element}s"
        facts: list[tuple[str, object]] = [
            ("Dataset", self._dataset.name),
            ("Media type", self.media_type),
            (f"Num {many}", len(self)),
            ("Tags", self._dataset.tags),
        ]
        if self.group_slice is not None:
            facts.insert(2, ("Group slice", self.group_slice))
        return facts

    def clone(
        self,
        name: str | None = None,
        persistent: bool | None = None,
        include_indexes: bool = False,
    ) -> Dataset:
        """A new dataset of what this view shows; arguments as of :meth:`Dataset.clone`."""
        del include_indexes
        return self._dataset.clone_of(self, name, persistent)

    def clear(self) -> None:
        """Deletes the view's samples from the dataset; of groups all slices."""
        self._dataset.delete_samples(self.whole_groups().values("id"))

    def keep(self) -> None:
        """Deletes the dataset's samples that are not in the view."""
        ids = self.whole_groups().values("id")
        self._dataset.delete_samples(self._dataset.whole_groups().exclude(ids))

    def save(self, fields: str | Iterable[str] | None = None) -> None:
        """Writes what the view shows to the dataset: filtered labels are deleted, values set.

        ::

            view = dataset.filter_labels("predictions", F("confidence") > 0.5)
            view.save()  # the others are gone from the samples of the view

        Samples and fields that the view leaves out stay; see :meth:`keep` and :meth:`keep_fields`.

        Args:
            fields: the fields to write; all that the view changes otherwise
        """
        save_view(self, fields)

    def keep_fields(self) -> None:
        """Deletes the dataset's fields that are not to be seen in the view."""
        seen = self.visible_schema()
        hidden = [name for name in self._dataset.visible_schema() if name not in seen]
        if hidden:
            self._dataset.delete_sample_fields(hidden)

    @property
    def info(self) -> dict[str, Any]:
        """What the dataset keeps."""
        return self._dataset.info

    @property
    def tags(self) -> list[str]:
        """The dataset's tags."""
        return self._dataset.tags

    @property
    def classes(self) -> dict[str, list[str]]:
        """The dataset's class names by label field."""
        return self._dataset.classes

    @property
    def default_classes(self) -> list[str]:
        """The dataset's class names for all other fields."""
        return self._dataset.default_classes

    @property
    def mask_targets(self) -> dict[str, dict[int | str, str]]:
        """The dataset's classes of pixel values by field."""
        return self._dataset.mask_targets

    @property
    def default_mask_targets(self) -> dict[int | str, str]:
        """The dataset's classes of pixel values for all other fields."""
        return self._dataset.default_mask_targets

    @property
    def skeletons(self) -> dict[str, KeypointSkeleton]:
        """The dataset's skeletons of keypoints by label field."""
        return self._dataset.skeletons

    @property
    def default_skeleton(self) -> KeypointSkeleton | None:
        """The dataset's skeleton of keypoints for all other fields."""
        return self._dataset.default_skeleton


class RowView(RowCollection[DatasetView], DatasetView):
    """A view whose samples are not those of its dataset, but rows that a stage made of them."""

    def __init__(self, dataset: Dataset, handle: RowHandle, stages: tuple[ViewStage, ...]) -> None:
        """
        Args:
            dataset: the dataset behind the rows
            handle: the rows
            stages: what follows on the stage that made them
        """
        CollectionFeatures.__init__(self, handle, stages)
        self._dataset = dataset

    def with_stages(self, stages: tuple[ViewStage, ...]) -> DatasetView:
        """The view of the same rows through other stages."""
        if any(isinstance(stage, RowStage) for stage in stages):
            handle = self.row_handle
            every = (*handle.source.stages, handle.stage, *stages)
            return view_through(self._dataset, every, self.own_group_slice)
        view = type(self)(self._dataset, self.row_handle, stages)
        view.use_group_slice(self._own_slice)
        return view

    def save(self, fields: str | Iterable[str] | None = None) -> None:
        """Writes values that the view changed to the labels and samples behind its rows."""
        wanted = [fields] if isinstance(fields, str) else fields
        roots = None if wanted is None else {name.partition(".")[0] for name in wanted}
        for path in self.changed_paths():
            if roots is None or path.partition(".")[0] in roots:
                self.set_values(path, self.values(path))
        for name in self.filtered_frame_fields():
            if roots is None or "frames" in roots:
                self.delete_hidden(name)

    def keep_fields(self) -> None:
        """Nothing: the rows' fields are kept nowhere."""

    def clear_sample_fields(self, field_names: str | Iterable[str]) -> None:
        """Sets fields, or parts of them, to None on the labels or samples behind the rows."""
        for path in [field_names] if isinstance(field_names, str) else field_names:
            self.set_values(path, [None] * len(self))

    def clone_sample_fields(self, field_mapping: Mapping[str, str]) -> None:
        """Copies fields of the rows into new ones of the labels or samples behind them."""
        for name, new in field_mapping.items():
            self.set_values(new, self.values(name))

    def to_be_annotated(self) -> DatasetView:
        """Nothing: rows that are no samples of the dataset can't be sent.

        Raises:
            AnnotationError: always
        """
        raise AnnotationError(
            f"A view made by {type(self.row_handle.stage).__name__} can't be annotated; annotate a "
            "view of the dataset's own samples, such as dataset.select(ids)."
        )


class ConcatView(RowView):
    """The samples of several views of a dataset, one view after the other."""

    def clear(self) -> None:
        """Deletes the samples behind the rows from the dataset; of groups all slices."""
        self._dataset.delete_samples(sorted(set(self.whole_groups().values("id"))))

    def keep(self) -> None:
        """Deletes the dataset's samples that are not in the view."""
        ids = set(self.whole_groups().values("id"))
        self._dataset.delete_samples(self._dataset.whole_groups().exclude(ids))


class PatchesView(RowView):
    """A view whose samples are the labels of a field.

    Editing and saving a sample of it changes the label; see :meth:`DatasetView.to_patches`.
    """

    SAMPLE_CLASS: ClassVar[type[RowSample]] = PatchView

    @property
    def element(self) -> str:
        """A patch."""
        return "patch"

    def clear(self) -> None:
        """Deletes the labels that the view shows from the dataset."""
        delete_visible_labels(self, self.patched_fields(), reason="clear patches")

    def keep(self) -> None:
        """Deletes the labels that this view does not show from the view it was made of."""
        shown = {name: self.values(name, unwind=True) for name in self._id_paths()}
        for path, ids in shown.items():
            name = path.partition(".")[0]
            rest = self.row_handle.source.exclude_labels(ids=ids, fields=name)
            delete_visible_labels(rest, [name], reason="keep patches")

    def to_be_annotated(self) -> DatasetView:
        """The samples behind the patches, with only the labels that the patches show."""
        ids = [one for path in self._id_paths() for one in self.values(path, unwind=True)]
        return self._dataset.select_labels(ids=ids, fields=self.patched_fields())

    def _id_paths(self) -> list[str]:
        found = []
        for name in self.patched_fields():
            inner = getattr(self.visible_schema().label_fields[name].document_type, "LIST_NAME", "")
            found.append(f"{name}.{inner}.id" if inner else f"{name}.id")
        return found


class EvaluationPatchesView(PatchesView):
    """A view whose samples are the true and false positives and the false negatives."""


class FramesView(FrameRows["DatasetView"], RowView):
    """A view whose samples are the frames of videos; see :meth:`DatasetView.to_frames`."""

    SAMPLE_CLASS: ClassVar[type[RowSample]] = FrameSample

    @property
    def media_type(self) -> str | None:
        """``"image"``."""
        return "image"

    @property
    def element(self) -> str:
        """A frame."""
        return "frame"

    def to_be_annotated(self) -> DatasetView:
        """The frames, as images; what annotators do goes to the frames of the videos."""
        return self


class ClipsView(RowView):
    """A view whose samples are parts of videos; see :meth:`DatasetView.to_clips`."""

    SAMPLE_CLASS: ClassVar[type[RowSample]] = ClipView

    @property
    def element(self) -> str:
        """A clip."""
        return "clip"

    def to_be_annotated(self) -> DatasetView:
        """The clips, each as a task that shows its frames alone."""
        return self


class TrajectoriesView(ClipsView):
    """A view whose samples are the clips in which single objects are to be seen."""


_VIEWS: dict[type[RowStage], type[RowView]] = {
    Concat: ConcatView,
    ToClips: ClipsView,
    ToFrames: FramesView,
    ToTrajectories: TrajectoriesView,
    ToPatches: PatchesView,
    ToEvaluationPatches: EvaluationPatchesView,
}


def view_through(
    dataset: Dataset, stages: tuple[ViewStage, ...], group_slice: str | None = None
) -> DatasetView:
    """The view of a dataset through some stages; of the class that fits its rows.

    `group_slice` is the active slice where the view has one of its own.
    """
    makers = [at for at, stage in enumerate(stages) if isinstance(stage, RowStage)]
    if not makers:
        view = DatasetView(dataset, stages)
        view.use_group_slice(group_slice)
        return view
    stage = stages[makers[-1]]
    assert isinstance(stage, RowStage)
    source = _part(dataset, stages[: makers[-1]], group_slice)
    others: tuple[Dataset | DatasetView, ...] = ()
    if isinstance(stage, Concat):
        others = (_part(dataset, stage.stages, stage.group_slice),)
    cls = _VIEWS[type(stage)]
    if isinstance(stage, Concat) and isinstance(source, RowView):
        cls = type(source)
    return cls(dataset, RowHandle(source, stage, others), stages[makers[-1] + 1 :])


def _part(
    dataset: Dataset, stages: tuple[ViewStage, ...], group_slice: str | None
) -> Dataset | DatasetView:
    if not stages and group_slice is None:
        return dataset
    return view_through(dataset, stages, group_slice)
