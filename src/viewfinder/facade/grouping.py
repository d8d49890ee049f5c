"""Groups of samples: signature, docstring, one call.

Every slice of a group is a sample of the dataset like any other, and a view shows all slices until
`select_group_slices` chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from viewfinder.errors import DatasetError, SampleNotFoundError
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples import Group, Sample, SampleCollection, ViewT, group_field_of, match_values

__all__ = ["GroupFeatures"]


class GroupFeatures(SampleCollection[ViewT]):
    """The methods that choose and go through groups."""

    @property
    def group_field(self) -> str | None:
        """The field that holds the group of each sample; None where there is none."""
        return group_field_of(self.visible_schema())

    @property
    def group_slices(self) -> list[str] | None:
        """The names of all slices; None where there is no group field."""
        field = self.group_field
        return None if field is None else list(self.root.distinct(f"{field}.name"))

    @property
    def group_media_types(self) -> dict[str, str] | None:
        """The media type of each slice, by that of its first sample."""
        if self.group_field is None:
            return None
        return {
            name: self._slices(self.root, [name]).first().media_type
            for name in self.group_slices or ()
        }

    def select_groups(self, group_ids: Any) -> ViewT:
        """The samples of some groups.

        Args:
            group_ids: ids of groups, groups, or samples; one or several

        Raises:
            DatasetError: when there is no group field
        """
        return self._matching("id", _group_ids(group_ids, self._needed_field()))

    def exclude_groups(self, group_ids: Any) -> ViewT:
        """The samples that are in none of some groups; arguments as of :meth:`select_groups`."""
        return self._matching("id", _group_ids(group_ids, self._needed_field()), exclude=True)

    def select_group_slices(self, slices: str | Iterable[str] | None = None) -> ViewT:
        """The samples that are one of some slices; all slices otherwise.

        ::

            dataset.select_group_slices("left")

        Raises:
            DatasetError: when there is no group field, or no such slice
        """
        return self._matching("name", self._known_slices(slices))

    def exclude_group_slices(self, slices: str | Iterable[str]) -> ViewT:
        """The samples that are none of some slices; errors as of :meth:`select_group_slices`."""
        return self._matching("name", self._known_slices(slices), exclude=True)

    def get_group(
        self, group_id: str, group_slices: str | Iterable[str] | None = None
    ) -> dict[str, Sample]:
        """The samples of one group by slice.

        Raises:
            SampleNotFoundError: when the collection shows no sample of the group
        """
        field = self._needed_field()
        wanted = None if group_slices is None else self._known_slices(group_slices)
        view: Any = self._matching("id", [group_id])
        found = {sample[field].name: sample for sample in view}
        if not found:
            raise SampleNotFoundError(f"of group {group_id}", self.label)
        return {name: sample for name, sample in found.items() if wanted is None or name in wanted}

    def iter_groups(
        self,
        group_slices: str | Iterable[str] | None = None,
        progress: ProgressOption = False,
        autosave: bool = False,
        batch_size: int | None = None,
        batching_strategy: str | None = None,
    ) -> Iterator[dict[str, Sample]]:
        """The groups in the order of their first samples, each as a dict of samples by slice.

        ::

            for group in dataset.iter_groups():
                print(group["left"].filepath, group["right"].filepath)

        Args:
            group_slices: only these slices
            progress: whether to show a bar
            autosave: whether to save what is changed
            batch_size: samples that are saved at a time
            batching_strategy: has no effect
        """
        field = self._needed_field()
        chosen: Any = self
        if group_slices is not None:
            chosen = self._matching("name", self._known_slices(group_slices))
        # Only ids are kept, so that groups may lie far apart in any number of samples.
        of_group: dict[str, list[str]] = {}
        ids, groups = chosen.values("id"), chosen.values(f"{field}.id")
        for identifier, group in zip(ids, groups, strict=True):
            if group is not None:
                of_group.setdefault(group, []).append(identifier)
        with (
            meter(len(of_group), "Reading groups", progress=progress) as done,
            self.save_context(batch_size, batching_strategy) as context,
        ):
            for members in of_group.values():
                samples = [chosen[identifier] for identifier in members]
                yield {sample[field].name: sample for sample in samples}
                if autosave:
                    for sample in samples:
                        context.save(sample)
                done.advance()

    def _matching(self, part: str, values: Iterable[str], *, exclude: bool = False) -> ViewT:
        return match_values(self, f"{self._needed_field()}.{part}", values, exclude=exclude)

    def _slices(self, collection: SampleCollection, names: Iterable[str]) -> SampleCollection:
        path = f"{self._needed_field()}.name"
        view: SampleCollection = match_values(collection, path, names)
        return view

    def _known_slices(self, slices: str | Iterable[str] | None) -> list[str]:
        self._needed_field()
        known = self.group_slices or []
        if slices is None:
            return known
        wanted = [slices] if isinstance(slices, str) else list(slices)
        for name in wanted:
            if name not in known:
                raise DatasetError(
                    f"There is no group slice '{name}' in {self.root.label}. "
                    f"Its slices are: {', '.join(known) or 'none'}."
                )
        return wanted

    def _needed_field(self) -> str:
        field = self.group_field
        if field is None:
            raise DatasetError(
                f"{self.label[0].upper()}{self.label[1:]} has no groups. Add samples with a field "
                "that holds Group().element(name), or call add_group_field()."
            )
        return field


def _group_ids(groups: Any, field: str) -> list[str]:
    several = [groups] if isinstance(groups, (str, Group, Sample)) else list(groups)
    return [
        item.id if isinstance(item, Group) else item[field].id if isinstance(item, Sample) else item
        for item in several
    ]
