"""Work on several things at a time, in their order, and never on more than a few."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_order"]

T = TypeVar("T")
R = TypeVar("R")


def in_order(items: Iterable[T], work: Callable[[T], R], *, limit: int) -> Iterator[R]:
    """The results of `work` for each of some items, in their order.

    Args:
        items: taken one after the other in the caller's thread, as there is room for them
        work: runs in other threads
        limit: how many items are worked on, or wait to be taken, at a time

    Raises:
        whatever `work` raises; what has not begun by then is not done
    """
    with ThreadPoolExecutor(limit, thread_name_prefix="viewfinder") as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= limit:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
