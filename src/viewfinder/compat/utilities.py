"""Small helpers that programs take from ``fiftyone.core.utils``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from itertools import islice
from typing import Any, Self, TypeVar

from viewfinder.progress import ProgressOption, track

__all__ = ["ProgressBar", "iter_batches"]

T = TypeVar("T")


class ProgressBar:
    """``with ProgressBar() as pb: for item in pb(items): …``."""

    def __init__(self, total: int | None = None, progress: ProgressOption = None) -> None:
        self._total, self._progress = total, progress

    def __enter__(self) -> Self:
        """The bar itself."""
        return self

    def __exit__(self, *details: object) -> None:
        """Nothing is left to close: the bar ends with the loop."""

    def __call__(self, items: Iterable[T]) -> Iterator[T]:
        """The items, with a bar that follows them."""
        total = self._total
        if total is None and isinstance(items, Sized):
            total = len(items)
        return track(items, total, "", progress=self._progress)


def iter_batches(iterable: Iterable[Any], batch_size: int) -> Iterator[tuple[Any, ...]]:
    """The items in tuples of `batch_size`, the last one maybe shorter."""
    items = iter(iterable)
    while batch := tuple(islice(items, batch_size)):
        yield batch
