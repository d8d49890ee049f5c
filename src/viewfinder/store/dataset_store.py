"""The store of one dataset: hands out snapshots and transactions, and keeps the folder in order."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from viewfinder.errors import StoreDamagedError, StoreError
from viewfinder.store import fold as folding
from viewfinder.store.database import create_database, open_database, sql
from viewfinder.store.frame_writer import FrameWriter
from viewfinder.store.leases import Lease
from viewfinder.store.past import (
    FIRST_VERSION,
    Retention,
    past_snapshot,
    prune,
    read_retention,
    write_retention,
)
from viewfinder.store.reading import newest
from viewfinder.store.runs import RunReader
from viewfinder.store.snapshot import Snapshot
from viewfinder.store.transaction import Transaction
from viewfinder.store.writer import Writer

__all__ = ["DatasetStore", "Version"]

_inherited: list[tuple[sqlite3.Connection, sqlite3.Connection]] = []
_log = logging.getLogger(__name__)

TIDY_EVERY = 256
"""After so many transactions it is seen to that the past stays within its limits."""


@dataclass(frozen=True, slots=True)
class Version:
    """One transaction of the past."""

    number: int
    reason: str
    time: float
    """Seconds since 1970."""


class DatasetStore:
    """One dataset's folder, open in this process. Usable from any thread."""

    def __init__(self, path: Path) -> None:
        """Use :meth:`open` or :meth:`create`."""
        self.path = path
        self._database = path / "dataset.sqlite"
        self._segments = path / "segments"
        self._snapshot = Snapshot(self._segments)
        self._seen: int | None = None
        self._read_lock = threading.RLock()
        self._write_lock = threading.RLock()
        self._pid = 0
        with sql(self._database):
            self._connect()
            self.runs = RunReader(self._reading)
            self._sweep()

    @classmethod
    def create(cls, path: Path | str) -> DatasetStore:
        """Makes an empty dataset in a folder that does not exist, or is empty.

        Raises:
            StoreError: when there is a dataset already
            UnsupportedStoreError: when the file system has no locks that work
        """
        folder = Path(path)
        if (folder / "dataset.sqlite").exists():
            raise StoreError(
                f"There is a dataset in {folder} already. Open it, or delete it first."
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "segments").mkdir(exist_ok=True)
        # Under another name until it is whole, so that a cut leaves no half a database behind.
        unfinished = folder / "dataset.sqlite.new"
        unfinished.unlink(missing_ok=True)
        create_database(unfinished)
        unfinished.rename(folder / "dataset.sqlite")
        return cls(folder)

    @classmethod
    def open(cls, path: Path | str) -> DatasetStore:
        """Opens the dataset in a folder.

        Raises:
            StoreDamagedError: when there is none, or its database can't be read
            UnsupportedStoreError: when another version of Viewfinder wrote it
        """
        return cls(Path(path))

    def snapshot(self) -> Snapshot:
        """The dataset as it is now. Cheap, and the same object as long as nothing has changed."""
        with self._reading() as connection:
            (seen,) = connection.execute("PRAGMA data_version").fetchone()
            if seen != self._seen:
                self._snapshot = newest(connection, self._snapshot)
                self._lease.reads(self._snapshot.layout)
                self._seen = seen
            return self._snapshot

    @contextmanager
    def transaction(self, reason: str, *, internal: bool = False) -> Iterator[Transaction]:
        """One transaction: committed at the end of the ``with`` block, taken back on an error.

        Args:
            reason: what a person reads in the history, as in "add_samples"
            internal: whether it changes nothing that a user sees

        Raises:
            StoreBusyError: when another process writes for too long
        """
        with self._write_lock, sql(self._database):
            self._check_process()
            writer = self._begin(internal=internal)
            try:
                transaction = Transaction(writer)
                yield transaction
                transaction.finish()
                changed = writer.commit(reason)
            except BaseException:
                writer.abandon()
                raise
            spaces = (writer.snapshot, writer.snapshot.frames)
            fold = (
                changed
                and not internal
                and any(folding.due(snapshot, writer.num_edits) for snapshot in spaces)
            )
            number = writer.version
            del spaces, transaction
            del writer  # and with it the old snapshot, whose files may go now
            if fold:
                self._quietly(self.fold)
            elif changed and number % TIDY_EVERY == 0:
                self._quietly(self._collect)

    def history(self) -> list[Version]:
        """The versions that are kept, oldest first, without those that only tidied up."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT number, reason, time FROM versions WHERE NOT internal "
                f"AND number >= {FIRST_VERSION} ORDER BY number"
            ).fetchall()
        return [Version(*row) for row in rows]

    def newest(self) -> Version:
        """The last transaction that changed anything."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT number, reason, time FROM versions WHERE NOT internal "
                "ORDER BY number DESC LIMIT 1"
            ).fetchone()
        return Version(*row)

    def snapshot_at(self, version: int) -> Snapshot:
        """The dataset as it was when a transaction had ended.

        Raises:
            VersionNotFoundError: when that version is not kept
        """
        with self._write_lock, sql(self._database):
            self._check_process()
            # Under the lock, so that no file goes before it is said that it is read.
            outer = self._writer.in_transaction
            if not outer:
                self._writer.execute("BEGIN IMMEDIATE")
            try:
                snapshot = past_snapshot(self._writer, self._segments, version)
                self._lease.reads(snapshot.layout)
            finally:
                if not outer:
                    self._writer.execute("ROLLBACK")
            return snapshot

    def restore(self, version: int, *, reason: str | None = None) -> int:
        """Makes everything as it was in an older version, and returns the number of this one.

        Raises:
            VersionNotFoundError: when that version is not kept
        """
        with self.transaction(reason or f"restore({version})") as transaction:
            transaction.restore(version)
        return self.snapshot().version

    @property
    def retention(self) -> Retention:
        """How much of the past is kept."""
        with self._reading() as connection:
            return read_retention(connection)

    def retain(self, limits: Retention) -> None:
        """Keeps as much of the past as the limits say; what is beyond is forgotten now."""
        with self._write_lock, sql(self._database):
            self._check_process()
            self._refuse_nested()
            write_retention(self._writer, limits)
            self._collect()

    def fold(self, *, force: bool = False) -> None:
        """Moves edits into segments where there are many; with `force` all of them."""
        with self._write_lock, sql(self._database):
            self._check_process()
            writer = self._begin(internal=True)
            try:
                folding.fold(writer, force=force)
                folding.fold(FrameWriter(writer), force=force)
                writer.commit("fold")
            except BaseException:
                writer.abandon()
                raise
            del writer
            self._collect()

    def close(self) -> None:
        """Gives back what the store holds. Snapshots stay usable as far as they were read."""
        with self._write_lock, self._read_lock:
            if self._pid != os.getpid():
                return
            self._pid = 0
            self._reader.close()
            self._writer.close()
            self._lease.release()

    def _begin(self, *, internal: bool) -> Writer:
        self._refuse_nested()
        if not self._database.exists():
            # SQLite would go on writing into a file that has no name any more.
            raise StoreDamagedError(self._database, "the dataset was deleted meanwhile")
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            return Writer(self._writer, self._segments, self.snapshot(), internal=internal)
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise

    def _refuse_nested(self) -> None:
        if self._writer.in_transaction:
            raise StoreError(
                f"A transaction on {self.path} is open already in this thread. Finish it first."
            )

    def _quietly(self, tidy_up: Callable[[], None]) -> None:
        # What was asked for is committed: that tidying up failed must not look like a failed write.
        try:
            tidy_up()
        except (StoreError, OSError, sqlite3.Error) as error:
            _log.warning("%s could not be tidied up: %s", self.path, error)

    def _connect(self) -> None:
        self._reader = open_database(self._database)
        self._writer = open_database(self._database)
        self._lease = Lease(self.path / "leases")
        self._snapshot = Snapshot(self._segments)
        self._seen = None
        self._pid = os.getpid()

    def _check_process(self) -> None:
        """SQLite's connections and our lease don't survive a fork: the child opens its own."""
        if self._pid != os.getpid():
            if self._pid == 0:
                raise StoreError(f"The dataset in {self.path} was closed. Load it again.")
            # Closing the parent's connections here would disturb the parent's locks.
            _inherited.append((self._reader, self._writer))
            self._connect()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._read_lock, sql(self._database):
            self._check_process()
            yield self._reader

    def _sweep(self) -> None:
        """Removes files that a killed writer left, and dead ones that nobody reads any more."""
        with self._reading() as connection:
            known = {name for (name,) in connection.execute("SELECT file FROM segments")}
            (dead,) = connection.execute(
                "SELECT count(*) FROM segments WHERE died <= (SELECT horizon FROM retention)"
            ).fetchone()
        present = {path.name for path in self._segments.iterdir()}
        if not dead and not present - known:
            return
        with self._write_lock:
            # Files are only written under the lock: with it in hand, one that is not on record has
            # no writer. Where another writes just now the sweep can wait for the next opening.
            self._writer.execute("PRAGMA busy_timeout = 0")
            try:
                self._collect()
            except sqlite3.OperationalError as error:
                _log.debug("%s is not swept now: %s", self.path, error)
            finally:
                self._writer.execute("PRAGMA busy_timeout = 60000")

    def _collect(self) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            self.snapshot()
            oldest = min(self._lease.oldest(), prune(self._writer))
            self._writer.execute("DELETE FROM segments WHERE died <= ?", (oldest,))
            rows = self._writer.execute("SELECT file FROM segments").fetchall()
            known = {name for (name,) in rows}
            orphans = [path for path in self._segments.iterdir() if path.name not in known]
            self._writer.execute("COMMIT")
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise
        for path in orphans:
            path.unlink(missing_ok=True)
