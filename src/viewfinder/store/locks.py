"""Locks on files: held by a process, gone with it, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from uuid import uuid4

from viewfinder.errors import UnsupportedStoreError
from viewfinder.store.disk import is_disk_error

__all__ = ["FileLock", "check_locks_work"]

if sys.platform == "win32":
    import msvcrt

    def try_lock(descriptor: int) -> bool:
        """Takes the lock on an open file; False where another holds it."""
        # Far beyond what we write, since Windows guards the locked bytes themselves.
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Takes the lock on an open file; False where another holds it."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class FileLock:
    """A lock on one file, which is made where it does not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Takes the lock; False where another holds it.

        Raises:
            OSError: when the file system has no locks
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        try:
            taken = try_lock(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        if taken:
            self._descriptor = descriptor
        else:
            os.close(descriptor)
        return taken

    def rename(self, path: Path) -> None:
        """Gives the locked file another name."""
        self.path = self.path.rename(path)

    def write(self, number: int) -> None:
        """Writes a number into the file, for others to :meth:`read`."""
        assert self._descriptor is not None
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, number.to_bytes(8, "big"))

    def read(self) -> int:
        """The number in the file; 0 where there is none yet."""
        return int.from_bytes(self.path.read_bytes()[:8], "big")

    def release(self, *, remove: bool = False) -> None:
        """Gives the lock back."""
        if self._descriptor is None:
            return
        if remove:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None


def check_locks_work(folder: Path) -> None:
    """Makes sure that the file system of `folder` keeps two holders of one lock apart.

    Raises:
        UnsupportedStoreError: when it does not
        OSError: when the disk is full or fails
    """
    path = folder / f".lock-probe-{uuid4().hex}"
    first, second = FileLock(path), FileLock(path)
    try:
        works = first.acquire() and not second.acquire()
        reason = "it gives the same lock twice"
    except OSError as error:
        if is_disk_error(error):
            raise  # a disk that is full says nothing of its locks
        works, reason = False, str(error)
    finally:
        second.release()
        first.release()
        path.unlink(missing_ok=True)
    if not works:
        raise UnsupportedStoreError(
            f"The file system of {folder} has no locks that work ({reason}), so two processes "
            "would ruin each other's writes. Keep datasets on a local disk: set VIEWFINDER_HOME to "
            "a folder there."
        )
