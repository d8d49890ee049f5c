"""What a dataset tells of itself: its slug, its times, the version that keeps it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version

from viewfinder.facade.view import DatasetView
from viewfinder.samples import SampleCollection, slug_of

__all__ = ["DatasetFacts"]


class DatasetFacts(SampleCollection[DatasetView]):
    """Facts about a dataset that nobody sets."""

    @property
    def slug(self) -> str:
        """The name in the letters of an address: ``"My dataset!"`` is ``"my-dataset"``."""
        return slug_of(self.handle.name)

    @property
    def version(self) -> str:
        """The version of Viewfinder, every one of which keeps datasets in its own form up to date.

        The versions of the dataset itself are listed by ``history()``.
        """
        return version("viewfinder")

    @property
    def last_modified_at(self) -> datetime:
        """When anything of the dataset was changed last, in UTC: samples, fields or facts."""
        return datetime.fromtimestamp(self.handle.store.newest().time, UTC)

    @property
    def last_deletion_at(self) -> datetime | None:
        """When samples were deleted last, in UTC; None where none ever were."""
        time = self.handle.snapshot().last_deletion_time
        return None if time is None else datetime.fromtimestamp(time, UTC)

    @property
    def last_loaded_at(self) -> datetime | None:
        """When the dataset was loaded last, in UTC, by any process."""
        time = self.handle.loaded_at
        return None if time is None else datetime.fromtimestamp(time, UTC)

    def sync_last_modified_at(self, include_frames: bool = True) -> None:
        """Accepted: :attr:`last_modified_at` is never behind the samples and frames.

        Args:
            include_frames: accepted
        """
        del include_frames

    def clear_cache(self) -> None:
        """Lets go of what is kept in memory to answer faster; nothing is lost by it."""
        self.handle.forget_caches()
