"""Older versions of a dataset: comparing two, going back to one.

This is all that other rooms need of the past: :func:`restore_version` is one transaction, in which
more can be written; :func:`compare_versions` tells what is different; ``handle.store.snapshot_at``
reads a version.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from viewfinder.store import Difference, difference

if TYPE_CHECKING:
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.store import Transaction

__all__ = ["compare_versions", "restore_version"]


def compare_versions(handle: DatasetHandle, before: int, after: int | None = None) -> Difference:
    """What was done between two versions; without `after` up to now.

    Raises:
        VersionNotFoundError: when one of them is not kept
    """
    store = handle.store
    now = store.snapshot() if after is None else store.snapshot_at(after)
    return difference(store.snapshot_at(before), now)


def restore_version(
    handle: DatasetHandle,
    version: int,
    *,
    reason: str | None = None,
    in_transaction: Callable[[Transaction], None] | None = None,
) -> int:
    """Makes a dataset as it was in a version, in one transaction; returns the number of that.

    Args:
        handle: the dataset
        version: as ``history()`` lists it
        reason: what the history shows; ``restore(version)`` otherwise
        in_transaction: called before the commit, for what must happen together with it, such as to
            change the record of a run, which a restore leaves alone

    Raises:
        VersionNotFoundError: when that version is not kept; nothing is changed then
    """
    with handle.store.transaction(reason or f"restore({version})") as transaction:
        transaction.restore(version)
        if in_transaction is not None:
            in_transaction(transaction)
    snapshot = handle.snapshot()
    for of_rows, rows in ((handle, snapshot), (handle.frames, snapshot.frames)):
        live = {} if of_rows is None else dict(of_rows.live)
        there = rows.contains(np.array([*live], np.int64))
        for record, is_there in zip(live.values(), there.tolist(), strict=True):
            if is_there:
                record.reload()
    return snapshot.version
