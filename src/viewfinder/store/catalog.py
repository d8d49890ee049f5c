"""The catalog: which datasets there are under a home folder, and where each has its folder.

A folder is named for the dataset's id, so that renaming touches one row. Datasets that are not
persistent belong to the process that made them and are removed when it is gone.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from uuid import uuid4

from viewfinder.errors import (
    DatasetExistsError,
    DatasetNotFoundError,
    InvalidDatasetNameError,
    StoreError,
)
from viewfinder.ids import new_id
from viewfinder.store.cloning import clone_store
from viewfinder.store.database import connect, sql
from viewfinder.store.dataset_store import DatasetStore
from viewfinder.store.locks import FileLock, check_locks_work

__all__ = ["Catalog", "DatasetEntry"]

MAX_NAME_LENGTH = 200
_DYING = ".dying"
"""What the folder of a dataset is called that goes before the catalog could note it."""

_TABLE = """
CREATE TABLE IF NOT EXISTS datasets (
    id TEXT PRIMARY KEY,
    name TEXT UNIQUE,               -- NULL while the folder is being removed
    persistent INTEGER NOT NULL,
    created_at REAL NOT NULL,
    owner TEXT NOT NULL             -- the process that a temporary dataset belongs to
)
"""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """What the catalog knows of a dataset."""

    id: str
    name: str
    path: Path
    """Its folder, for :meth:`DatasetStore.open`."""
    persistent: bool
    created_at: float
    """Seconds since 1970."""


class Catalog:
    """The datasets under one home folder. Usable from any thread."""

    def __init__(self, home: Path) -> None:
        """Opens the catalog, which is made where there is none, and sweeps what is left behind.

        Args:
            home: the folder; made where it does not exist

        Raises:
            UnsupportedStoreError: when the file system has no locks that work
        """
        self.home = home
        self._datasets = home / "datasets"
        self._owners = home / "owners"
        self._path = home / "catalog.sqlite"
        self._lock = threading.RLock()
        self._owner: FileLock | None = None
        with sql(self._path):
            for folder in (home, self._datasets, self._owners):
                folder.mkdir(parents=True, exist_ok=True)
            if not self._path.exists():
                check_locks_work(home)
        with self._connected() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(_TABLE)
        self.sweep()

    def create(
        self, name: str | None, *, persistent: bool, clone_of: DatasetStore | None = None
    ) -> DatasetEntry:
        """Makes an empty dataset, or one with all that another holds.

        Args:
            name: free for any text; None for one made from the time
            persistent: whether it outlives this process
            clone_of: the dataset to clone; its files are shared and not copied

        Raises:
            InvalidDatasetNameError: when the name can't be one
            DatasetExistsError: when it is taken
        """
        if name is not None:
            check_dataset_name(name)
        with self._writing() as connection:
            taken = set(self._names(connection))
            if name is None:
                name = _name_of_now(taken)
            elif name in taken:
                raise DatasetExistsError(name)
            entry = DatasetEntry(new_id(), name, Path(), persistent, time.time())
            path = self._datasets / entry.id
            try:
                if clone_of is None:
                    DatasetStore.create(path).close()
                else:
                    clone_store(clone_of, path, reason="clone")
                connection.execute(
                    "INSERT INTO datasets VALUES (?, ?, ?, ?, ?)",
                    (entry.id, name, int(persistent), entry.created_at, self._owner_name()),
                )
            except BaseException:
                shutil.rmtree(path, ignore_errors=True)
                raise
        return DatasetEntry(entry.id, name, path, persistent, entry.created_at)

    def get(self, name: str) -> DatasetEntry:
        """The dataset of that name.

        Raises:
            DatasetNotFoundError: when there is none
        """
        with self._connected() as connection:
            return self._get(connection, name)

    def get_by_id(self, identifier: str) -> DatasetEntry | None:
        """The dataset of that id, whatever its name is by now; None where it was deleted."""
        with self._connected() as connection:
            row = connection.execute(
                "SELECT id, name, persistent, created_at FROM datasets "
                "WHERE id = ? AND name IS NOT NULL",
                (identifier,),
            ).fetchone()
        return None if row is None else self._entry(row)

    def names(self, glob: str | None = None) -> list[str]:
        """The names of all datasets in alphabetical order, or of those that fit a pattern."""
        with self._connected() as connection:
            names = self._names(connection)
        return sorted(n for n in names if glob is None or fnmatchcase(n, glob))

    def rename(self, old: str, new: str) -> DatasetEntry:
        """Gives a dataset another name.

        Raises:
            DatasetNotFoundError, DatasetExistsError, InvalidDatasetNameError
        """
        check_dataset_name(new)
        with self._writing() as connection:
            entry = self._get(connection, old)
            if new == old:
                return entry
            if new in self._names(connection):
                raise DatasetExistsError(new)
            connection.execute("UPDATE datasets SET name = ? WHERE id = ?", (new, entry.id))
            return self._get(connection, new)

    def set_persistent(self, name: str, persistent: bool) -> DatasetEntry:
        """Lets a dataset outlive this process, or no longer.

        Raises:
            DatasetNotFoundError: when there is none of that name
        """
        with self._writing() as connection:
            entry = self._get(connection, name)
            connection.execute(
                "UPDATE datasets SET persistent = ?, owner = ? WHERE id = ?",
                (int(persistent), self._owner_name(), entry.id),
            )
            return self._get(connection, name)

    def delete(self, name: str) -> None:
        """Deletes a dataset and its folder. Cut short at any point, the next sweep goes on.

        Raises:
            DatasetNotFoundError: when there is none of that name
        """
        with self._writing() as connection:
            entry = self._get(connection, name)
            connection.execute("UPDATE datasets SET name = NULL WHERE id = ?", (entry.id,))
        self._remove([entry.id])

    def delete_files_first(self, identifier: str) -> None:
        """Deletes a dataset where the disk has no room to note that it goes.

        Its folder gets a name that says so, which takes no room; then its files make some. Cut
        short at any point, the next sweep goes on.

        Raises:
            StoreDiskError: when the catalog can't be written even then
        """
        folder, dying = self._datasets / identifier, self._datasets / (identifier + _DYING)
        with sql(folder):
            if folder.exists():
                folder.rename(dying)
        if dying.exists():
            for path in dying.iterdir():
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
        self._remove([identifier])

    def sweep(self) -> None:
        """Removes temporary datasets whose process is gone, and folders on no record."""
        with self._writing() as connection:
            for (owner,) in connection.execute(
                "SELECT DISTINCT owner FROM datasets WHERE NOT persistent"
            ).fetchall():
                if self._is_gone(owner):
                    connection.execute(
                        "UPDATE datasets SET name = NULL WHERE NOT persistent AND owner = ?",
                        (owner,),
                    )
            for path in self._datasets.glob(f"*{_DYING}"):
                identifier = path.name.removesuffix(_DYING)
                connection.execute("UPDATE datasets SET name = NULL WHERE id = ?", (identifier,))
            rows = connection.execute("SELECT id, name FROM datasets").fetchall()
            dying = [identifier for identifier, name in rows if name is None]
            known = {identifier for identifier, _ in rows}
            # Folders are made under the lock that we hold, so one without a row has no maker.
            for path in self._datasets.iterdir():
                if path.name.removesuffix(_DYING) not in known:
                    shutil.rmtree(path, ignore_errors=True)
        self._remove(dying)
        self._forget_owners()

    def close(self) -> None:
        """Gives up this process's hold on its temporary datasets: the next sweep removes them."""
        if self._owner is not None:
            self._owner.release()
            self._owner = None

    def _remove(self, ids: list[str]) -> None:
        for identifier in ids:
            shutil.rmtree(self._datasets / identifier, ignore_errors=True)
            if (self._datasets / identifier).exists():
                continue  # something still holds a file open: a later sweep gets it
            with self._writing() as connection:
                connection.execute("DELETE FROM datasets WHERE id = ?", (identifier,))
            shutil.rmtree(self._datasets / (identifier + _DYING), ignore_errors=True)

    def _get(self, connection: sqlite3.Connection, name: str) -> DatasetEntry:
        row = connection.execute(
            "SELECT id, name, persistent, created_at FROM datasets WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            raise DatasetNotFoundError(name, self._names(connection))
        return self._entry(row)

    def _entry(self, row: tuple[str, str, int, float]) -> DatasetEntry:
        identifier, name, persistent, created_at = row
        return DatasetEntry(
            identifier, name, self._datasets / identifier, bool(persistent), created_at
        )

    def _names(self, connection: sqlite3.Connection) -> list[str]:
        rows = connection.execute("SELECT name FROM datasets WHERE name IS NOT NULL").fetchall()
        return [name for (name,) in rows]

    def _owner_name(self) -> str:
        """The name of the lock that says that this process lives."""
        if self._owner is None:
            name = uuid4().hex
            owner = FileLock(self._owners / f".{name}")
            if not owner.acquire():
                raise StoreError(f"The lock {owner.path} can't be had. Try again.")
            owner.rename(self._owners / name)
            self._owner = owner
        return self._owner.path.name

    def _is_gone(self, owner: str) -> bool:
        if self._owner is not None and owner == self._owner.path.name:
            return False
        lock = FileLock(self._owners / owner)
        if not lock.acquire():
            return False
        lock.release()
        return True

    def _forget_owners(self) -> None:
        for path in self._owners.iterdir():
            if not path.name.startswith(".") and self._is_gone(path.name):
                path.unlink(missing_ok=True)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        # One connection a call: the catalog is asked rarely, and so a fork needs no care.
        with self._lock, sql(self._path):
            connection = connect(self._path)
            try:
                yield connection
            finally:
                connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def check_dataset_name(name: object) -> None:
    """Raises InvalidDatasetNameError where `name` can't be the name of a dataset."""
    if not isinstance(name, str):
        raise InvalidDatasetNameError(name, "a name is text")
    if not name or name != name.strip():
        raise InvalidDatasetNameError(name, "it must not be empty, nor begin or end with blanks")
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidDatasetNameError(name, f"it is longer than {MAX_NAME_LENGTH} characters")
    if _CONTROL.search(name):
        raise InvalidDatasetNameError(name, "it has characters that can't be shown")


def _name_of_now(taken: set[str]) -> str:
    now = datetime.now(tz=UTC).astimezone()
    short = now.strftime("%Y.%m.%d.%H.%M.%S")
    return now.strftime("%Y.%m.%d.%H.%M.%S.%f") if short in taken else short
