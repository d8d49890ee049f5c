"""One server a folder: a lock that lives as long as its process, and a file that says where it is.

The operating system gives a lock up when its process ends, however it ends; so a server file whose
lock is free is a leftover, and no process id has to be believed.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import msgspec

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = [
    "FileLock",
    "ServerFile",
    "labelserver_dir",
    "read_server_file",
    "remove_server_file",
    "write_private",
    "write_server_file",
]


def labelserver_dir(home: Path) -> Path:
    """The label server's folder in a Viewfinder home."""
    return home / "labelserver"


class ServerFile(msgspec.Struct, frozen=True):
    """What a running server says of itself; readable by its owner only."""

    pid: int
    url: str
    username: str
    password: str
    instance_id: str

    def __repr__(self) -> str:
        return f"ServerFile(pid={self.pid}, url={self.url!r})"


class FileLock:
    """A lock on a file between processes.

    Args:
        path: the file; it stays, its content means nothing
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if nobody has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def acquire(self, timeout_secs: float) -> bool:
        """Take the lock, waiting for it; False when the time is over."""
        deadline = time.monotonic() + timeout_secs
        while not self.try_acquire():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def is_free(self) -> bool:
        """Whether nobody has the lock at this moment."""
        if not self._path.exists():
            return True
        free = self.try_acquire()
        self.release()
        return free


def _server_path(folder: Path) -> Path:
    return folder / "server.json"


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; readers see the old content or the new."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def write_server_file(folder: Path, content: ServerFile) -> None:
    """Say where the server of this folder is."""
    write_private(_server_path(folder), msgspec.json.encode(content))


def read_server_file(folder: Path) -> ServerFile | None:
    """Where the server of this folder is or was; None where there is none or a damaged file."""
    try:
        content = _server_path(folder).read_bytes()
        return msgspec.json.decode(content, type=ServerFile)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def remove_server_file(folder: Path) -> None:
    """The server of this folder is gone."""
    _server_path(folder).unlink(missing_ok=True)
