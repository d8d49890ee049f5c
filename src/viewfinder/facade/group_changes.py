"""Changing the groups of a dataset: signature, docstring, one call."""

from __future__ import annotations

from typing import Any

from viewfinder.errors import DatasetError
from viewfinder.samples import (
    DEFAULT_SLICE,
    GROUP_FIELD,
    MEDIA_TYPES,
    EmbeddedDocumentField,
    Group,
    SampleCollection,
    SchemaChanges,
    SelectGroups,
    ViewT,
    delete_samples_by_id,
    write_info,
)

__all__ = ["GroupChangeFeatures"]


class GroupChangeFeatures(SampleCollection[ViewT], SchemaChanges[ViewT]):
    """The methods that declare and delete groups."""

    def add_group_field(
        self,
        field_name: str,
        default: str | None = None,
        description: str | None = None,
        info: dict[str, Any] | None = None,
        read_only: bool = False,
    ) -> None:
        """Declares the field that holds the group of each sample.

        ::

            dataset.add_group_field("group", default="left")

        Args:
            field_name: its name
            default: the slice that is active at first, see :attr:`default_group_slice`
            description: a sentence for people
            info: anything else to keep with the field, as JSON
            read_only: whether values can't be edited once they are there

        Raises:
            FieldTypeError: when it exists and holds something else
            DatasetError: when the dataset has another group field
        """
        here = self.group_facts().get(GROUP_FIELD)
        if here not in (None, field_name):
            raise DatasetError(
                f"Dataset '{self.name}' has groups in '{here}' already, and a dataset has one "
                "group field at most."
            )
        self.add_sample_field(
            field_name,
            EmbeddedDocumentField,
            embedded_doc_type=Group,
            description=description,
            info=info,
            read_only=read_only,
        )
        if here is None:
            facts: dict[str, Any] = {GROUP_FIELD: field_name, "media_type": "group"}
            write_info(self.handle, {**facts, DEFAULT_SLICE: default} if default else facts)

    @property
    def default_group_slice(self) -> str | None:
        """The slice that is active when the dataset is loaded; at first the one that came first.

        Raises:
            DatasetError: when it is set to a slice that is not there
        """
        return super().default_group_slice

    @default_group_slice.setter
    def default_group_slice(self, name: str) -> None:
        self.need_slices([name])
        # What is being looked at stays; the default is for who loads the dataset.
        self.use_group_slice(self.group_slice)
        write_info(self.handle, {DEFAULT_SLICE: name})

    def add_group_slice(self, name: str, media_type: str) -> None:
        """Declares a slice before it has samples; nothing where it is there already.

        ::

            dataset.add_group_slice("lidar", "image")

        Args:
            name: the name of the slice
            media_type: ``"image"`` or ``"video"``

        Raises:
            DatasetError: when there are no groups, or the slice holds other media
        """
        self.need_slices(None)
        slices = self.group_media_types or {}
        known = slices.setdefault(name, media_type)
        if known != media_type:
            raise DatasetError(
                f"The group slice '{name}' of dataset '{self.name}' holds media of type {known}, "
                f"and can't hold {media_type}s. Use a slice of another name."
            )
        write_info(self.handle, {MEDIA_TYPES: slices})

    def rename_group_slice(self, name: str, new_name: str) -> None:
        """Gives a slice another name, in all groups.

        Where there is a slice of the new name, the samples of both are that slice afterwards.

        Raises:
            DatasetError: when there is no such slice, or the other one holds other media
        """
        field = self.need_slices([name])
        if name == new_name:
            return
        before = self.group_media_types or {}
        default, own = self.default_group_slice, self.own_group_slice
        self.add_group_slice(new_name, before[name])
        # Both names are known while samples are renamed, so that none is ever out of sight.
        samples: Any = self.select_group_slices(name)
        samples.set_values(f"{field}.name", [new_name] * len(samples))
        slices = {key: kind for key, kind in (self.group_media_types or {}).items() if key != name}
        chosen = new_name if default == name else default
        write_info(self.handle, {MEDIA_TYPES: slices, DEFAULT_SLICE: chosen})
        if own == name:
            self.use_group_slice(new_name)

    def delete_group_slice(self, name: str) -> None:
        """Deletes a slice with its samples from all groups; the media files are not touched.

        Raises:
            DatasetError: when there is no such slice
        """
        self.need_slices([name])
        default = self.default_group_slice
        samples: Any = self.select_group_slices(name)
        delete_samples_by_id(self.handle, samples.values("id"), reason="delete_group_slice")
        slices = {key: kind for key, kind in (self.group_media_types or {}).items() if key != name}
        chosen = next(iter(slices), None) if default == name else default
        write_info(self.handle, {MEDIA_TYPES: slices, DEFAULT_SLICE: chosen})

    def delete_groups(self, groups_or_ids: Any) -> None:
        """Deletes all samples of some groups; the media files are not touched.

        Args:
            groups_or_ids: ids of groups, groups, samples, or dicts of samples by slice as
                :meth:`get_group` gives them; one or several

        Raises:
            DatasetError: when there are no groups
        """
        field = self.need_slices(None)
        every: Any = self.whole_groups()
        chosen = every.select_by(f"{field}.id", SelectGroups(groups_or_ids).group_ids)
        delete_samples_by_id(self.handle, chosen.values("id"), reason="delete_groups")
