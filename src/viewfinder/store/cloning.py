"""Cloning gives a new folder the same immutable files by hard links, and a copy of what can change.

It takes the same time for a million samples as for a thousand: no row is read or written.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from viewfinder.store.database import connect, open_database
from viewfinder.store.dataset_store import DatasetStore
from viewfinder.store.past import FORGET_PAST

__all__ = ["clone_store"]


def clone_store(store: DatasetStore, path: Path, *, reason: str) -> None:
    """Makes the folder `path` a dataset with all that `store` holds now; later changes of either
    don't touch the other. Where the file system has no hard links the files are copied.

    Args:
        store: the dataset to clone
        path: a folder that does not exist
        reason: what the history of the clone shows as its beginning
    """
    (path / "segments").mkdir(parents=True)
    unfinished = path / "dataset.sqlite.new"
    # Under the lock no file dies, so what the copy of the database names is there to be linked.
    with store.transaction("clone", internal=True):
        source = open_database(store.path / "dataset.sqlite")
        target = connect(unfinished)
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode = WAL")
            target.execute("BEGIN IMMEDIATE")
            target.execute("DELETE FROM segments WHERE died IS NOT NULL")
            target.execute("DELETE FROM versions")
            for statement in FORGET_PAST:
                target.execute(statement)
            target.execute(
                "INSERT INTO versions SELECT version, ?, ?, 0 FROM head", (reason, time.time())
            )
            target.execute("COMMIT")
            files = [name for (name,) in target.execute("SELECT file FROM segments")]
        finally:
            target.close()
            source.close()
        for name in files:
            _share(store.path / "segments" / name, path / "segments" / name)
    unfinished.rename(path / "dataset.sqlite")


def _share(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        # Not every file system has links; a copy is as good, only larger.
        shutil.copyfile(source, target)
