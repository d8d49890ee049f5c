"""The names around indexes: signature, docstring, one call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from viewfinder.samples import (
    SampleCollection,
    ViewT,
    add_index,
    index_information,
    remove_index,
)

__all__ = ["IndexFeatures"]


class IndexFeatures(SampleCollection[ViewT]):
    """The methods that programs call to make their database faster; columns need none of it."""

    def create_index(
        self,
        field_or_spec: str | Iterable[tuple[str, Any]],
        unique: bool = False,
        force: bool = False,
        wait: bool = True,
        **kwargs: Any,
    ) -> str:
        """Remembers that an index was asked for, and returns its name.

        Every field is a column that is searched whole in milliseconds, so there is nothing to build
        and nothing gets faster by it.

        Args:
            field_or_spec: a field, or a list of (field, direction) with 1, -1 or a name
            unique: refused for all fields but ``id``: nothing keeps the values of others unique
            force: accepted; there is nothing to build anew
            wait: accepted; there is nothing to wait for
            **kwargs: accepted; they tell a database how to build

        Raises:
            FieldNotFoundError: when there is no such field
            SchemaError: when values are to be unique
        """
        del force, wait, kwargs
        return add_index(self, field_or_spec, unique=unique)

    def drop_index(self, field_or_name: str) -> None:
        """Forgets an index that was asked for.

        Raises:
            SchemaError: when there is none of that name, or every dataset has it
        """
        remove_index(self, field_or_name)

    def list_indexes(self) -> list[str]:
        """The names of the indexes: those of every dataset, and those that were asked for."""
        return list(index_information(self))

    def get_index_information(self, include_stats: bool = False) -> dict[str, dict[str, Any]]:
        """The fields of each index, by its name.

        Args:
            include_stats: whether to add sizes, which are 0
        """
        return index_information(self, include_stats=include_stats)
