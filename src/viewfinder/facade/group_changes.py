"""Changing the groups of a dataset: signature, docstring, one call."""

from __future__ import annotations

from typing import Any, cast

from viewfinder.facade.grouping import GroupFeatures
from viewfinder.samples import (
    EmbeddedDocumentField,
    Group,
    Sample,
    SchemaChanges,
    ViewT,
    delete_samples_by_id,
    read_info,
    write_info,
)

__all__ = ["GroupChangeFeatures"]

_DEFAULT = "default_group_slice"


class GroupChangeFeatures(GroupFeatures[ViewT], SchemaChanges[ViewT]):
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
            default: the slice that stands for a group, see :attr:`default_group_slice`
            description: a sentence for people
            info: anything else to keep with the field, as JSON
            read_only: whether values can't be edited once they are there

        Raises:
            FieldTypeError: when it exists and holds something else
        """
        self.add_sample_field(
            field_name,
            EmbeddedDocumentField,
            embedded_doc_type=Group,
            description=description,
            info=info,
            read_only=read_only,
        )
        if default is not None:
            self.default_group_slice = default

    @property
    def default_group_slice(self) -> str | None:
        """The slice that stands for a group; the first one where none was set, None without any."""
        chosen = cast("str | None", read_info(self.handle, _DEFAULT, None))
        return chosen or next(iter(self.group_slices or ()), None)

    @default_group_slice.setter
    def default_group_slice(self, name: str | None) -> None:
        write_info(self.handle, {_DEFAULT: name})

    def delete_groups(self, groups_or_ids: Any) -> None:
        """Deletes all samples of some groups; the media files are not touched.

        Args:
            groups_or_ids: ids of groups, groups, samples, or dicts of samples by slice as
                :meth:`get_group` gives them; one or several

        Raises:
            DatasetError: when there is no group field
        """
        groups = [groups_or_ids] if isinstance(groups_or_ids, dict) else groups_or_ids
        if not isinstance(groups, (str, Group, Sample)):
            groups = [
                next(iter(group.values())) if isinstance(group, dict) else group for group in groups
            ]
        view: Any = self.select_groups(groups)
        delete_samples_by_id(self.handle, view.values("id"), reason="delete_groups")
