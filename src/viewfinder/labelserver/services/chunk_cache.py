"""Chunks of frames that were made once are kept on disk, the ones used last, up to a size."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

__all__ = ["ChunkCache"]

_LOCKS = 16


class ChunkCache:
    """Files that can be made again.

    Args:
        folder: for a folder a task
        max_bytes: when there is more, the files that were not used for longest go
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._locks = [threading.Lock() for _ in range(_LOCKS)]
        self._sweep_lock = threading.Lock()
        self._added_bytes = max_bytes

    def path_of(self, task_id: int, name: str, make: Callable[[], bytes]) -> Path:
        """The file of that name, made now if it is not there.

        Two requests for the same file make it once.
        """
        path = self._folder / str(int(task_id)) / name
        with self._locks[hash((task_id, name)) % _LOCKS]:
            try:
                os.utime(path)
            except FileNotFoundError:
                self._write(path, make())
        return path

    def forget(self, task_id: int) -> None:
        """Remove the files of a task."""
        shutil.rmtree(self._folder / str(int(task_id)), ignore_errors=True)

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{uuid.uuid4()}")
        fresh.write_bytes(content)
        fresh.replace(path)
        with self._sweep_lock:
            self._added_bytes += len(content)
            if self._added_bytes > self._max_bytes // 10:
                self._added_bytes = 0
                self._sweep(keep=path)

    def _sweep(self, keep: Path) -> None:
        files = []
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                files.append((stat.st_mtime_ns, stat.st_size, path))
        files.sort(key=lambda file: file[0])
        surplus = sum(size for _, size, _ in files) - self._max_bytes
        for _, size, path in files:
            if surplus <= 0:
                return
            if path != keep:
                path.unlink(missing_ok=True)
                surplus -= size
