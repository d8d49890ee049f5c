"""Small helpers that programs take from ``fiftyone.core.utils``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from viewfinder.progress import ProgressBar

__all__ = ["ProgressBar", "iter_batches"]


def iter_batches(iterable: Iterable[Any], batch_size: int) -> Iterator[tuple[Any, ...]]:
    """The items in tuples of `batch_size`, the last one maybe shorter."""
    items = iter(iterable)
    while batch := tuple(islice(items, batch_size)):
        yield batch
