"""The SQLite file of a dataset: what can change, and which files hold what can't."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from viewfinder.errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreDiskError,
    UnsupportedStoreError,
)
from viewfinder.schema import DatasetSchema
from viewfinder.store.disk import is_disk_error
from viewfinder.store.locks import check_locks_work
from viewfinder.store.past import keep_past

__all__ = ["BUSY_TIMEOUT_SECS", "FORMAT", "connect", "create_database", "open_database", "sql"]

FORMAT = 1
"""Number of the layout of the folder. Raised when older versions could not read it any more."""

BUSY_TIMEOUT_SECS = 60.0
"""How long a writer waits for another; imports and folds hold the lock for a second or two."""

_TABLES = """
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    format INTEGER NOT NULL,
    version INTEGER NOT NULL,   -- number of the last transaction
    next_seq INTEGER NOT NULL,  -- of the next sample
    epoch INTEGER NOT NULL      -- raised when rows leave the tables delta and deleted
);
CREATE TABLE versions (
    number INTEGER PRIMARY KEY, reason TEXT NOT NULL, time REAL NOT NULL, internal INTEGER NOT NULL
);
CREATE TABLE state (
    key TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE segments (
    id INTEGER PRIMARY KEY,
    grp INTEGER NOT NULL,        -- segments of one group hold rows of the same samples
    tbl TEXT NOT NULL,           -- "samples" or a label field
    base INTEGER,                -- of a file of added columns: the segment whose rows it has
    seq_low INTEGER NOT NULL, seq_high INTEGER NOT NULL,
    num_rows INTEGER NOT NULL,
    file TEXT NOT NULL, num_bytes INTEGER NOT NULL,
    columns TEXT NOT NULL,       -- names of the columns that count, as JSON
    changed INTEGER NOT NULL,    -- version that wrote this row
    died INTEGER                 -- version since which nobody reads it
);
CREATE INDEX segments_changed ON segments (changed);
CREATE TABLE delta (
    field TEXT NOT NULL, seq INTEGER NOT NULL,
    version INTEGER NOT NULL,
    count INTEGER,               -- of a label field that is not None: number of labels
    value BLOB NOT NULL,         -- msgpack
    UNIQUE (seq, field)
);
CREATE INDEX delta_version ON delta (version);
CREATE TABLE deleted (seq INTEGER PRIMARY KEY, version INTEGER NOT NULL);
CREATE INDEX deleted_version ON deleted (version);
CREATE TABLE runs (
    kind TEXT NOT NULL, key TEXT NOT NULL, config TEXT NOT NULL, results BLOB, time REAL NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE TABLE run_parts (
    kind TEXT NOT NULL, key TEXT NOT NULL, part TEXT NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (kind, key, part)
);
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that begins transactions only when told; for one thread at a time."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_SECS
    )
    try:
        # NORMAL survives the end of the process at any moment; a power cut may cost the last
        # transactions, but never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def create_database(path: Path) -> None:
    """Makes the file of an empty dataset.

    Raises:
        UnsupportedStoreError: when the file system has no locks that work
    """
    check_locks_work(path.parent)
    connection = connect(path)
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise UnsupportedStoreError(
                f"SQLite can't keep a write-ahead log at {path} (it offers '{mode}'). Keep "
                "datasets on a local disk: set VIEWFINDER_HOME to a folder there."
            )
        connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
        connection.execute("INSERT INTO head VALUES (1, ?, 0, 0, 0)", (FORMAT,))
        connection.execute("INSERT INTO versions VALUES (0, 'create', ?, 0)", (time.time(),))
        schema = json.dumps(DatasetSchema().to_json())
        connection.execute("INSERT INTO state VALUES ('schema', 0, ?)", (schema,))
        keep_past(connection)
    finally:
        connection.close()


def open_database(path: Path) -> sqlite3.Connection:
    """A connection to the file of an existing dataset, whose format is one that we know.

    Raises:
        StoreDamagedError: when it is missing or no such file
        UnsupportedStoreError: when another version of Viewfinder wrote it
    """
    if not path.exists():
        raise StoreDamagedError(path, "it does not exist")
    with sql(path):
        connection = connect(path)
        try:
            row = connection.execute("SELECT format FROM head").fetchone()
        except BaseException:
            connection.close()
            raise
    if row is None or row[0] != FORMAT:
        connection.close()
        found = "none" if row is None else row[0]
        raise UnsupportedStoreError(
            f"The dataset in {path.parent} has format {found}, and this version of Viewfinder "
            f"reads format {FORMAT}. Open it with the version that wrote it"
            + (", or install a newer one." if row is not None and row[0] > FORMAT else ".")
        )
    with sql(path):
        try:
            keep_past(connection)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def sql(path: Path) -> Iterator[None]:
    """Turns the errors of SQLite on `path` into ours, and those of a disk that fails beside it."""
    try:
        yield
    except OSError as error:
        if not is_disk_error(error):
            raise
        raise StoreDiskError(error.filename or path, error) from error
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise StoreBusyError(path, BUSY_TIMEOUT_SECS) from error
        # The low byte is the kind of error, the others say more of it. Errors that come from the
        # module rather than from the library have no code.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        if code & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise StoreDiskError(path, error) from error
        raise StoreDamagedError(path, f"SQLite says '{error}'") from error
    except sqlite3.DatabaseError as error:
        raise StoreDamagedError(path, f"SQLite says '{error}'") from error
