"""Reading the database: what has changed since a snapshot makes the next one."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from viewfinder.store.edits import Edit
from viewfinder.store.segments import SegmentFile
from viewfinder.store.snapshot import News, Snapshot
from viewfinder.store.spaces import FRAMES_SPACE, Space, space_of

__all__ = ["NewsReader", "newest", "next_snapshot"]


def newest(connection: sqlite3.Connection, old: Snapshot) -> Snapshot:
    """The snapshot after `old`, read in one go so that its parts belong together."""
    connection.execute("BEGIN")
    try:
        return next_snapshot(connection, old)
    finally:
        connection.execute("COMMIT")


def next_snapshot(connection: sqlite3.Connection, old: Snapshot) -> Snapshot:
    """The snapshot after `old`, as the open transaction of a connection sees it."""
    version, epoch = connection.execute("SELECT version, epoch FROM head").fetchone()
    if version == old.version and epoch == old.epoch:
        return old
    since = old.version
    state = connection.execute(
        "SELECT key, value FROM state WHERE version > ?", (since,)
    ).fetchall()
    files = connection.execute(
        f"SELECT died, {SegmentFile.COLUMNS} FROM segments WHERE changed > ?", (since,)
    ).fetchall()
    from_version = since if epoch == old.epoch else -1
    delta = connection.execute(
        "SELECT seq, field, count, value FROM delta WHERE version > ?", (from_version,)
    ).fetchall()
    deleted = connection.execute(
        "SELECT seq FROM deleted WHERE version > ?", (from_version,)
    ).fetchall()
    news = NewsReader(version, epoch, renewed=bool(files))
    for key, text in state:
        news.add_state(key, text)
    for died, *row in files:
        news.add_file(SegmentFile.from_row(row), died=died is not None)
    for seq, outer, count, value in delta:
        news.add_edit(seq, outer, Edit(count, value))
    news.samples.deleted.extend(seq for (seq,) in deleted)
    return news.after(old)


class NewsReader:
    """What was read, shared out between samples and frames."""

    def __init__(self, version: int, epoch: int, *, renewed: bool = True) -> None:
        """
        Args:
            version: the last transaction that it knows
            epoch: of its edits
            renewed: whether any file is new or dead
        """
        self.samples = News(version, epoch, {}, {}, {}, [], renewed)
        self.frames = News(version, epoch, {}, {}, {}, [], renewed)

    def _of(self, space: Space) -> News:
        return self.frames if space is FRAMES_SPACE else self.samples

    def add_state(self, key: str, text: str) -> None:
        """Takes an entry of the table ``state``."""
        part = self.frames if key == FRAMES_SPACE.schema_key else self.samples
        part.state[key] = text

    def add_file(self, file: SegmentFile, *, died: bool) -> None:
        """Takes a file."""
        space = space_of(file.table)
        inner = replace(file, table=space.inner(file.table))
        self._of(space).files[file.id] = None if died else inner

    def add_edit(self, seq: int, outer: str, edit: Edit) -> None:
        """Takes an edit, by the outer name of its field."""
        space = space_of(outer)
        if outer == FRAMES_SPACE.main:
            self.frames.deleted.append(seq)
            return
        self._of(space).edits.setdefault(seq, {})[space.inner(outer)] = edit

    def after(self, old: Snapshot) -> Snapshot:
        """The snapshot that follows when all is read."""
        return old.next(self.samples, self.frames)
