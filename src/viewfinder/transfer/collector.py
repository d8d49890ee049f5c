"""Python's garbage collector looks for circles; bulk work makes millions of objects without any."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """No search for circles meanwhile: it goes through all objects again and again, which takes
    half of the time of an import. Objects that nobody holds are freed at once all the same.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
