"""Which slices new samples bring: a dataset knows the slices of its groups by media type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from viewfinder.errors import SchemaError
from viewfinder.samples.group_state import DEFAULT_SLICE, GROUP_FIELD, MEDIA_TYPES
from viewfinder.schema import Field, Group, group_field_of

if TYPE_CHECKING:
    from viewfinder.samples.sample import Sample
    from viewfinder.store import Transaction

__all__ = ["GroupNotes"]


class GroupNotes:
    """Takes note of the slices of samples that are added in one transaction.

    Args:
        transaction: the transaction
        name: the dataset's name, for messages
    """

    def __init__(self, transaction: Transaction, name: str) -> None:
        self._transaction = transaction
        self._name = name
        info = transaction.snapshot.info
        self._field: str | None = info.get(GROUP_FIELD)
        self._media_types: dict[str, str] = dict(info.get(MEDIA_TYPES) or {})
        self._is_empty = not transaction.snapshot.count

    def take(self, batch: Sequence[Sample], new_fields: Mapping[str, Field]) -> None:
        """Notes the slices of samples that are about to be added.

        The first samples with groups make an empty dataset a grouped one.

        Raises:
            SchemaError: when they don't fit: without a group where there are groups, with groups
                where there are none, or with another media type than their slice has
        """
        new = group_field_of(new_fields)
        if new is not None and new != self._field:
            self._declare(new)
        self._is_empty = False
        if self._field is None:
            return
        known = len(self._media_types)
        for sample in batch:
            self._note(sample.raw_values.get(self._field), sample)
        if len(self._media_types) > known:
            self._transaction.set_info(MEDIA_TYPES, self._media_types)

    def merge(
        self, field: str | None, media_types: Mapping[str, str] | None, default: str | None
    ) -> None:
        """Notes the slices of another collection whose samples are about to be added.

        Raises:
            SchemaError: when only one of the two has groups, or a slice has two media types
        """
        if field is None:
            if self._field is not None:
                raise SchemaError(
                    f"Dataset '{self._name}' has groups in '{self._field}', and the samples to add "
                    "have none. Add them to another dataset."
                )
            return
        if field != self._field:
            self._declare(field)
            self._transaction.set_info(DEFAULT_SLICE, default)
        for name, media_type in (media_types or {}).items():
            self._note_slice(name, media_type)
        self._transaction.set_info(MEDIA_TYPES, self._media_types)

    def _declare(self, field: str) -> None:
        if self._field is not None:
            raise SchemaError(
                f"Dataset '{self._name}' has groups in '{self._field}' already, and can't have "
                f"others in '{field}'."
            )
        if not self._is_empty:
            raise SchemaError(
                f"Dataset '{self._name}' has samples without groups, so none with groups (in "
                f"'{field}') can be added. Add them to an empty dataset, or call "
                f"add_group_field('{field}') first."
            )
        self._field = field
        self._transaction.set_info(GROUP_FIELD, field)
        self._transaction.set_info("media_type", "group")

    def _note(self, group: Any, sample: Sample) -> None:
        if not isinstance(group, Group) or not isinstance(group.name, str):
            raise SchemaError(
                f"The sample {sample.filepath} has no group in '{self._field}', as all samples of "
                f"dataset '{self._name}' need. Give it one: "
                f"Sample(filepath=…, {self._field}=group.element('left'))."
            )
        self._note_slice(group.name, sample.media_type)

    def _note_slice(self, name: str, media_type: str) -> None:
        known = self._media_types.setdefault(name, media_type)
        if known != media_type:
            raise SchemaError(
                f"The group slice '{name}' of dataset '{self._name}' holds media of type {known}, "
                f"and can't hold {media_type}s. Use a slice of another name."
            )
