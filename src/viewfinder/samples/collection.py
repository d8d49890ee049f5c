"""A collection is samples in some order: the base of datasets and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from viewfinder.samples.core import ViewT
from viewfinder.samples.field_methods import FieldMethods
from viewfinder.samples.group_methods import GROUP_STAGES, GroupMethods
from viewfinder.samples.mapping import MapMethods
from viewfinder.samples.printing import summary_of
from viewfinder.samples.stage_methods import StageMethods
from viewfinder.samples.statistics import statistics
from viewfinder.samples.value_methods import ValueMethods
from viewfinder.samples.video_methods import VIDEO_STAGES, VideoMethods
from viewfinder.samples.write_back_methods import LabelTagMethods

if TYPE_CHECKING:
    from viewfinder.schema import KeypointSkeleton
    from viewfinder.stages import ViewStage

__all__ = ["SampleCollection"]


class SampleCollection(
    StageMethods[ViewT],
    ValueMethods[ViewT],
    LabelTagMethods[ViewT],
    MapMethods[ViewT],
    FieldMethods[ViewT],
    VideoMethods[ViewT],
    GroupMethods[ViewT],
):
    """What a dataset and a view of it can both do.

    A collection is live: it holds no samples, and each question about it is answered as the
    dataset is at that moment.
    """

    @classmethod
    def list_view_stages(cls) -> list[str]:
        """The names of all methods that add a stage."""
        return sorted([*super().list_view_stages(), *VIDEO_STAGES, *GROUP_STAGES])

    @property
    def root(self) -> SampleCollection[ViewT]:
        """The whole dataset."""
        raise NotImplementedError

    @property
    def name(self) -> str | None:
        """The name, where it has one."""
        raise NotImplementedError

    def with_stages(self, stages: tuple[ViewStage, ...]) -> ViewT:
        """The view of the dataset through these stages."""
        raise NotImplementedError

    def view(self) -> ViewT:
        """A view of all samples of this collection."""
        return self.with_stages(self._stages)

    @property
    def info(self) -> dict[str, Any]:
        """Anything that is kept with the dataset."""
        raise NotImplementedError

    @property
    def tags(self) -> list[str]:
        """Words for the dataset as a whole."""
        raise NotImplementedError

    @property
    def classes(self) -> dict[str, list[str]]:
        """Class names by label field."""
        raise NotImplementedError

    @property
    def default_classes(self) -> list[str]:
        """Class names for fields that `classes` does not name."""
        raise NotImplementedError

    @property
    def mask_targets(self) -> dict[str, dict[int | str, str]]:
        """By field, the class of each pixel value of masks."""
        raise NotImplementedError

    @property
    def default_mask_targets(self) -> dict[int | str, str]:
        """The class of each pixel value for fields that `mask_targets` does not name."""
        raise NotImplementedError

    def has_classes(self, field: str) -> bool:
        """Whether `classes` names this field."""
        return field in self.classes

    def get_classes(self, field: str) -> list[str] | None:
        """The class names for a field: its own, or the default ones; None where there are none."""
        return self.classes.get(field) or self.default_classes or None

    def has_mask_targets(self, field: str) -> bool:
        """Whether `mask_targets` names this field."""
        return field in self.mask_targets

    def get_mask_targets(self, field: str) -> dict[int | str, str] | None:
        """The classes of pixel values for a field: its own, or the default ones; None if none."""
        return self.mask_targets.get(field) or self.default_mask_targets or None

    @property
    def skeletons(self) -> dict[str, KeypointSkeleton]:
        """The skeletons of keypoints by label field."""
        raise NotImplementedError

    @property
    def default_skeleton(self) -> KeypointSkeleton | None:
        """The skeleton of keypoints for fields that `skeletons` does not name."""
        raise NotImplementedError

    def has_skeleton(self, field: str) -> bool:
        """Whether `skeletons` names this field."""
        return field in self.skeletons

    def get_skeleton(self, field: str) -> KeypointSkeleton | None:
        """The skeleton of keypoints for a field: its own, or the default one; None if none."""
        return self.skeletons.get(field, self.default_skeleton)

    def clear(self) -> None:
        """Deletes the samples of this collection from the dataset."""
        raise NotImplementedError

    def clone(
        self,
        name: str | None = None,
        persistent: bool | None = None,
        include_indexes: bool = False,
    ) -> SampleCollection:
        """A new dataset of what this collection shows."""
        raise NotImplementedError

    def facts(self) -> list[tuple[str, object]]:
        """What :meth:`summary` says before it lists the fields."""
        raise NotImplementedError

    def summary(self) -> str:
        """Name, media type, number of samples, fields with types, and the stages of a view."""
        return summary_of(self, self.facts())

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()

    def stats(
        self, include_media: bool = False, include_indexes: bool = False, compressed: bool = False
    ) -> dict[str, Any]:
        """Numbers of samples, frames and labels, and sizes in bytes and in words.

        Of a view what it shows is counted; the bytes of samples and frames are those of the whole
        dataset, its kept history included.

        Args:
            include_media: whether to add the size of the media files
            include_indexes: whether to add that of indexes, of which there are none
            compressed: accepted; nothing is compressed
        """
        del compressed
        return statistics(self, include_media=include_media, include_indexes=include_indexes)
