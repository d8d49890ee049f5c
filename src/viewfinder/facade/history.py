"""The history of a dataset: signature, docstring, one call."""

from __future__ import annotations

from viewfinder.facade.view import DatasetView
from viewfinder.samples import (
    Difference,
    Retention,
    SampleCollection,
    Version,
    compare_versions,
    restore_version,
)

__all__ = ["HistoryFeatures"]


class HistoryFeatures(SampleCollection[DatasetView]):
    """The methods that look and go back."""

    def history(self) -> list[Version]:
        """The versions of the dataset that are kept, oldest first: number, reason, time.

        Each transaction makes one: a save, a batch of samples, a merge, a new field.
        """
        return self.handle.store.history()

    def diff(self, before: int, after: int | None = None) -> Difference:
        """What was done between two versions: samples, fields, values, labels, frames.

        ::

            before = dataset.history()[-1].number
            dataset.load_annotations("fix")
            print(dataset.diff(before))

        Args:
            before: the number of a version
            after: the number of another; the dataset as it is now otherwise

        Raises:
            VersionNotFoundError: when one of them is not kept
        """
        return compare_versions(self.handle, before, after)

    def restore(self, version: int) -> int:
        """Makes the dataset as it was in a version, and returns the number of the new one.

        Samples, frames, labels, fields, ``info`` and its kin and saved views go back. Media files
        are not touched, and the records of runs stay. It is a transaction like any other: to undo
        it, restore the version before it. What was changed in samples and not saved is forgotten.

        ::

            dataset.restore(dataset.history()[-2].number)  # undoes what was done last

        Raises:
            VersionNotFoundError: when that version is not kept; nothing is changed then
        """
        restored = restore_version(self.handle, version)
        self.reload()
        return restored

    @property
    def retention(self) -> Retention:
        """How much of the history is kept; set it to keep more or less.

        ::

            dataset.retention = vf.Retention(versions=1000, days=7, num_bytes=10 << 30)

        Each limit may be None, for none; the past may then be as large as the dataset, and at least
        1 GiB. What is beyond a limit is forgotten at once; ``Retention(versions=1)`` keeps the
        present alone.
        """
        return self.handle.store.retention

    @retention.setter
    def retention(self, limits: Retention) -> None:
        self.handle.store.retain(limits)

    def reload(self) -> None:
        """Reads ``info`` and its kin anew."""
        raise NotImplementedError
