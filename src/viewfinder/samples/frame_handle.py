"""The frames of a dataset as a dataset of their own: a handle whose samples are frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from viewfinder.samples.handle import DatasetHandle

if TYPE_CHECKING:
    from viewfinder.store import DatasetStore, Snapshot, Transaction

__all__ = ["FrameHandle", "frames_of_handle"]


class FrameStore:
    """The part of a store that holds frames: its snapshots and transactions are those of frames."""

    def __init__(self, whole: DatasetHandle) -> None:
        self._whole = whole

    def snapshot(self) -> Snapshot:
        """The frames as they are now."""
        return self._whole.snapshot().frames

    @contextmanager
    def transaction(self, reason: str, *, internal: bool = False) -> Iterator[Transaction]:
        """A transaction of the whole store, seen from its frames."""
        with self._whole.store.transaction(reason, internal=internal) as transaction:
            transaction.has_frames()
            yield transaction.frames


class FrameHandle(DatasetHandle):
    """What frames of one dataset share. All that works on a dataset's samples works on frames."""

    def __init__(self, whole: DatasetHandle) -> None:
        """
        Args:
            whole: the dataset
        """
        store = cast("DatasetStore", FrameStore(whole))
        super().__init__(whole.catalog, whole.entry, store)
        self.whole = whole

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.whole.name

    @property
    def dataset(self) -> Any:
        """The public Dataset."""
        return self.whole.dataset


def frames_of_handle(handle: DatasetHandle) -> FrameHandle:
    """The frames of a dataset: always the same object for the same handle."""
    if isinstance(handle, FrameHandle):
        return handle
    found = handle.frames
    if not isinstance(found, FrameHandle):
        found = handle.frames = FrameHandle(handle)
    return found
