"""Summary fields of a dataset: signature, docstring, one call."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from viewfinder.errors import DatasetError
from viewfinder.facade.view import DatasetView
from viewfinder.samples import (
    SampleCollection,
    default_name,
    is_stale,
    make_summary,
    read_summary,
    write_summary,
)

__all__ = ["SummaryFeatures"]


class SummaryFeatures(SampleCollection[DatasetView]):
    """The methods that keep what deeper fields hold as fields of the samples."""

    def create_summary_field(
        self,
        path: str,
        field_name: str | None = None,
        sidebar_group: str | None = None,
        include_counts: bool = False,
        group_by: str | None = None,
        read_only: bool = True,
        create_index: bool = True,
    ) -> str:
        """Makes a field that tells what another one holds in each sample, and returns its name.

        Of classes it is the list of those that appear; of numbers and times the smallest and the
        largest, as ``min`` and ``max``. Samples without any get None.

        ::

            dataset.create_summary_field("frames.detections.detections.label")
            dataset.create_summary_field("predictions.detections.confidence", group_by="label")

        Args:
            path: a field of labels, of frames or of the samples
            field_name: the name of the new field; otherwise the path with ``_``
            sidebar_group: accepted; the fields of a dataset stand in no groups
            include_counts: whether there is a count for each class
            group_by: an attribute beside a number, for each value of which there are ``min`` and
                ``max``
            read_only: whether the new field can't be edited
            create_index: accepted; columns need no index

        Raises:
            FieldNotFoundError: when there is no such field
            FieldTypeError: when the field holds neither classes nor numbers
            DatasetError: when there is another field of the name already
        """
        del sidebar_group, create_index
        summary = make_summary(self, path, include_counts=include_counts, group_by=group_by)
        name = default_name(self, path) if field_name is None else field_name
        if name in self.get_field_schema():
            raise DatasetError(
                f"There is a field '{name}' already. Choose another field_name, or update "
                f"it with update_summary_field('{name}')."
            )
        write_summary(self, name, summary, read_only=read_only)
        return name

    def update_summary_field(self, field_name: str) -> None:
        """Makes a summary field tell what its field holds now.

        Raises:
            DatasetError: when it is no summary field
        """
        field = self.get_field(field_name)
        summary = read_summary(field)
        if summary is None or field is None:
            raise self._no_summary(field_name)
        write_summary(self, field_name, summary, read_only=field.read_only)

    def list_summary_fields(self) -> list[str]:
        """The names of the summary fields, sorted."""
        schema = self.get_field_schema()
        return sorted(name for name, field in schema.items() if read_summary(field) is not None)

    def check_summary_fields(self) -> list[str]:
        """The names of summary fields whose own field may have changed since they were written."""
        found = []
        for name in self.list_summary_fields():
            summary = read_summary(self.get_field(name))
            if summary is not None and is_stale(self, summary):
                found.append(name)
        return found

    def delete_summary_field(self, field_name: str, error_level: int = 0) -> None:
        """Deletes a summary field; ``error_level`` is as in :meth:`delete_summary_fields`."""
        self.delete_summary_fields(field_name, error_level=error_level)

    def delete_summary_fields(self, field_names: str | Iterable[str], error_level: int = 0) -> None:
        """Deletes summary fields.

        Args:
            field_names: a name, or several
            error_level: what happens with a name that is no summary field: 0 raises an error before
                anything is deleted, 1 warns, 2 passes it over

        Raises:
            DatasetError: when one is no summary field and `error_level` is 0
        """
        names = [field_names] if isinstance(field_names, str) else list(field_names)
        known = self.list_summary_fields()
        for name in names:
            if name not in known and error_level == 0:
                raise self._no_summary(name)
            if name not in known and error_level == 1:
                warnings.warn(str(self._no_summary(name)), stacklevel=2)
        for name in names:
            if name in known:
                self._drop_summary(name)

    def _drop_summary(self, name: str) -> None:
        with self.handle.store.transaction(f"delete_summary_field('{name}')") as transaction:
            transaction.drop_field(name)
        for sample in list(self.handle.live.values()):
            sample.drop([name])

    def _no_summary(self, name: str) -> DatasetError:
        known = ", ".join(self.list_summary_fields()) or "none"
        return DatasetError(f"'{name}' is no summary field of this dataset. There are: {known}.")
