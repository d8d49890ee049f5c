"""Groups one by one: signature, docstring, one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from viewfinder.errors import DatasetError, SampleNotFoundError
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples import (
    Sample,
    SampleCollection,
    ViewT,
    dynamic_group,
    dynamic_group_keys,
    samples_by_group,
)

__all__ = ["GroupFeatures"]


class GroupFeatures(SampleCollection[ViewT]):
    """The methods that read groups."""

    def get_group(
        self, group_id: str, group_slices: str | Iterable[str] | None = None
    ) -> dict[str, Sample]:
        """The samples of one group by slice.

        Args:
            group_id: the id of the group
            group_slices: only these slices

        Raises:
            SampleNotFoundError: when the collection shows no such group
            DatasetError: when there are no groups
        """
        if self.is_dynamic_groups:
            raise DatasetError("These groups are of values: use get_dynamic_group(value).")
        field = self.need_slices(None)
        chosen: Any = self.select_groups(group_id)
        found = next(samples_by_group(chosen, self, group_slices), None)
        if found is None:
            raise SampleNotFoundError(f"of group {group_id}", self.label)
        return {sample[field].name: sample for sample in found}

    def iter_groups(
        self,
        group_slices: str | Iterable[str] | None = None,
        progress: ProgressOption = False,
        autosave: bool = False,
        batch_size: int | None = None,
        batching_strategy: str | None = None,
    ) -> Iterator[dict[str, Sample]]:
        """The groups of the collection in its order, each as a dict of samples by slice.

        ::

            for group in dataset.iter_groups():
                print(group["left"].filepath, group["right"].filepath)

        Args:
            group_slices: only these slices
            progress: whether to show a bar
            autosave: whether to save what is changed
            batch_size: samples that are saved at a time
            batching_strategy: has no effect

        Raises:
            DatasetError: when there are no groups
        """
        if self.is_dynamic_groups:
            raise DatasetError("These groups are of values: use iter_dynamic_groups().")
        field = self.need_slices(None)
        total = None if progress is False else len(self)
        with (
            meter(total, "Reading groups", progress=progress) as done,
            self.save_context(batch_size, batching_strategy) as context,
        ):
            for samples in samples_by_group(self, self, group_slices):
                yield {sample[field].name: sample for sample in samples}
                if autosave:
                    for sample in samples:
                        context.save(sample)
                done.advance()

    def get_dynamic_group(self, group_value: Any) -> ViewT:
        """The view of the samples of one group that :meth:`group_by` made.

        ::

            view = dataset.group_by("scene_id", order_by="timestamp")
            scene = view.get_dynamic_group("scene-7")

        Args:
            group_value: the value that the samples of the group have, or a list of values where
                they were grouped by several

        Raises:
            DatasetError: when the samples are not grouped by values
        """
        group: ViewT = dynamic_group(self, group_value)
        return group

    def iter_dynamic_groups(self, progress: ProgressOption = False) -> Iterator[ViewT]:
        """The groups that :meth:`group_by` made, each as a view of its samples.

        Args:
            progress: whether to show a bar

        Raises:
            DatasetError: when the samples are not grouped by values
        """
        keys = dynamic_group_keys(self)
        with meter(len(keys), "Reading groups", progress=progress) as done:
            for key in keys:
                yield dynamic_group(self, key)
                done.advance()
