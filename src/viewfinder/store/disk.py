"""Which errors of the operating system are those of a disk that is full or fails."""

from __future__ import annotations

import errno

from viewfinder.errors import ViewfinderError

__all__ = ["is_disk_error"]

_CODES = {
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EIO", "EROFS", "EFBIG")
    if hasattr(errno, name)  # not every system has all of them
}


def is_disk_error(error: OSError) -> bool:
    """Whether a disk was full, failed or may not be written.

    Other errors are no fault of the disk: what is read beside a dataset, such as media, may be
    absent.
    """
    return error.errno in _CODES and not isinstance(error, ViewfinderError)
