"""Leases: each open store says on a file of its own which layouts it still reads.

A file of the dataset that died with transaction `v` is removed once no lease speaks of a layout
older than `v`. A lease holds a lock, so that one whose process has gone is known by that.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from uuid import uuid4

from viewfinder.store.layout import Layout
from viewfinder.store.locks import FileLock

__all__ = ["Lease"]


class Lease:
    """The lease of one open store."""

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: where the leases of the dataset lie; made where it does not exist
        """
        folder.mkdir(exist_ok=True)
        self._folder = folder
        # Locked before it has its name: others take a lease without a lock for one left behind.
        name = uuid4().hex
        self._lock = FileLock(folder / f".{name}")
        self._lock.acquire()
        self._lock.rename(folder / name)
        # Until it is said what is read, everything may be: an empty file counts as version 0.
        self._said = 0
        self._layouts: weakref.WeakSet[Layout] = weakref.WeakSet()

    def reads(self, layout: Layout) -> None:
        """A snapshot with this layout was handed out."""
        self._layouts.add(layout)
        oldest = min(each.version for each in list(self._layouts))
        if oldest != self._said:
            self._lock.write(oldest)
            self._said = oldest

    def oldest(self) -> int:
        """The oldest layout that any open store still reads; forgets leases of gone processes."""
        versions = [self._said]
        for path in self._folder.iterdir():
            if path == self._lock.path or path.name.startswith("."):
                continue
            other = FileLock(path)
            try:
                if other.acquire():
                    other.release(remove=True)
                else:
                    versions.append(other.read())
            except FileNotFoundError:
                continue
        return min(versions)

    def release(self) -> None:
        """The store is closed."""
        self._lock.release(remove=True)
