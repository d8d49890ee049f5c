"""The past: what rows of the database were before they changed, for as long as it is kept.

Segments are immutable, so an older version of a dataset is nothing but older rows of the tables
that say what counts. Triggers put each row on record when it is replaced for the first time in a
transaction: it was valid from the version that wrote it until the one that replaced it. That way
nothing that writes needs to think of the past, and it is complete however a process ends.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from viewfinder.errors import StoreError, VersionNotFoundError
from viewfinder.store.edits import Edit
from viewfinder.store.reading import NewsReader
from viewfinder.store.segments import SegmentFile
from viewfinder.store.snapshot import LAST_DELETION, Snapshot

__all__ = [
    "FIRST_VERSION",
    "FORGET_PAST",
    "Retention",
    "keep_past",
    "past_snapshot",
    "prune",
    "read_retention",
    "resolve_version",
    "restore_rows",
    "write_retention",
]

_NOW = "(SELECT version FROM head)"

_TABLES = (
    """CREATE TABLE retention (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    horizon INTEGER NOT NULL,   -- the oldest version of which everything is there
    versions INTEGER, days REAL, num_bytes INTEGER   -- limits; null: none, or the usual size
)""",
    """CREATE TABLE past_state (
    key TEXT NOT NULL, version INTEGER NOT NULL, until INTEGER NOT NULL, value TEXT NOT NULL
)""",
    """CREATE TABLE past_segments (
    id INTEGER NOT NULL, version INTEGER NOT NULL, until INTEGER NOT NULL,
    tbl TEXT NOT NULL, columns TEXT NOT NULL
)""",
    """CREATE TABLE past_delta (
    field TEXT NOT NULL, seq INTEGER NOT NULL, version INTEGER NOT NULL, until INTEGER NOT NULL,
    count INTEGER, value BLOB NOT NULL, num_bytes INTEGER NOT NULL
)""",
    """CREATE TABLE past_deleted (
    seq INTEGER NOT NULL, version INTEGER NOT NULL, until INTEGER NOT NULL
)""",
    "CREATE INDEX past_state_until ON past_state (until)",
    "CREATE INDEX past_segments_until ON past_segments (until)",
    "CREATE INDEX past_delta_until ON past_delta (until, num_bytes)",
    "CREATE INDEX past_deleted_until ON past_deleted (until)",
    f"""CREATE TRIGGER past_state_kept AFTER UPDATE ON state WHEN OLD.version <= {_NOW} BEGIN
    INSERT INTO past_state VALUES (OLD.key, OLD.version, {_NOW} + 1, OLD.value);
END""",
    f"""CREATE TRIGGER past_segments_kept AFTER UPDATE ON segments
WHEN OLD.died IS NULL AND OLD.changed <= {_NOW} BEGIN
    INSERT INTO past_segments VALUES (OLD.id, OLD.changed, {_NOW} + 1, OLD.tbl, OLD.columns);
END""",
    *(
        f"""CREATE TRIGGER past_delta_kept_{event} AFTER {event} ON delta
WHEN OLD.version <= {_NOW} BEGIN
    INSERT INTO past_delta VALUES (
        OLD.field, OLD.seq, OLD.version, {_NOW} + 1, OLD.count, OLD.value, length(OLD.value) + 64
    );
END"""
        for event in ("UPDATE", "DELETE")
    ),
    f"""CREATE TRIGGER past_deleted_kept AFTER DELETE ON deleted WHEN OLD.version <= {_NOW} BEGIN
    INSERT INTO past_deleted VALUES (OLD.seq, OLD.version, {_NOW} + 1);
END""",
    f"INSERT INTO retention VALUES (1, {_NOW}, 100000, 30, NULL)",
)

FORGET_PAST = (
    "DELETE FROM past_state",
    "DELETE FROM past_segments",
    "DELETE FROM past_delta",
    "DELETE FROM past_deleted",
    f"UPDATE retention SET horizon = {_NOW}",
)
"""What makes the present of a dataset all that there is."""

LEAST_BYTES = 1 << 30
"""Where no limit of bytes is set, the past may be as large as the dataset, and at least this."""
_PAST = "version <= :at AND until > :at"


@dataclass(frozen=True, slots=True)
class Retention:
    """How much of the past is kept. What goes beyond any of the limits is forgotten, oldest first.

    It is tidied up now and then, so a little more may be there.
    """

    versions: int | None = 100_000
    """So many versions, the newest one included; None sets no limit."""
    days: float | None = 30.0
    """Versions that were the newest within so many days; None sets no limit."""
    num_bytes: int | None = None
    """What the past may take on the disk; None: as much as the dataset, and at least 1 GiB."""

    def __post_init__(self) -> None:
        for name, least in (("versions", 1), ("days", 0), ("num_bytes", 0)):
            value = getattr(self, name)
            if value is not None and not value >= least:
                raise StoreError(
                    f"The past can't be limited to {name}={value!r}; the least is {least}."
                )


def keep_past(connection: sqlite3.Connection) -> None:
    """Lets a dataset keep its past from now on, where it does not yet."""
    query = "SELECT 1 FROM sqlite_master WHERE name = 'retention'"
    if connection.execute(query).fetchone():
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have come first.
        if not connection.execute(query).fetchone():
            for statement in _TABLES:
                connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def read_retention(connection: sqlite3.Connection) -> Retention:
    """The limits that are set."""
    row = connection.execute("SELECT versions, days, num_bytes FROM retention").fetchone()
    return Retention(*row)


def write_retention(connection: sqlite3.Connection, limits: Retention) -> None:
    """Sets other limits; :func:`prune` holds the past to them."""
    connection.execute(
        "UPDATE retention SET versions = ?, days = ?, num_bytes = ?",
        (limits.versions, limits.days, limits.num_bytes),
    )


def resolve_version(connection: sqlite3.Connection, version: int) -> int:
    """The number under which a version is read: of the tidying up that came after it, if any.

    Raises:
        VersionNotFoundError: when it is forgotten, or never was
    """
    first, last = connection.execute("SELECT horizon, version FROM retention, head").fetchone()
    if (
        0 <= version <= last
        and connection.execute("SELECT 1 FROM versions WHERE number = ?", (version,)).fetchone()
    ):
        resolved = _tidied(connection, version)
        if resolved >= first:
            return resolved
    (first,) = connection.execute(f"SELECT {FIRST_VERSION}").fetchone()
    raise VersionNotFoundError(version, first, last)


FIRST_VERSION = (
    "(SELECT max(number) FROM versions WHERE NOT internal "
    "AND number <= (SELECT horizon FROM retention))"
)
"""The oldest version that can be read, in SQL."""


def _tidied(connection: sqlite3.Connection, version: int) -> int:
    query = (
        "SELECT max(number) FROM versions WHERE number < coalesce("
        "(SELECT min(number) FROM versions WHERE NOT internal AND number > :at), 1 << 62)"
    )
    return int(connection.execute(query, {"at": version}).fetchone()[0])


def past_snapshot(connection: sqlite3.Connection, folder: Path, version: int) -> Snapshot:
    """A dataset as it was, read in the open transaction of a connection.

    Raises:
        VersionNotFoundError: when that version is not kept
    """
    at = {"at": resolve_version(connection, version)}
    news = NewsReader(version, version)
    for key, value in connection.execute(
        "SELECT key, value FROM state WHERE version <= :at UNION ALL "
        f"SELECT key, value FROM past_state WHERE {_PAST}",
        at,
    ):
        news.add_state(key, value)
    for tbl, columns, *row in connection.execute(_FILES, at):
        row[2], row[9] = tbl, columns
        news.add_file(SegmentFile.from_row(row), died=False)
    for seq, field, count, value in connection.execute(
        "SELECT seq, field, count, value FROM delta WHERE version <= :at UNION ALL "
        f"SELECT seq, field, count, value FROM past_delta WHERE {_PAST}",
        at,
    ):
        news.add_edit(seq, field, Edit(count, value))
    for (seq,) in connection.execute(
        "SELECT seq FROM deleted WHERE version <= :at UNION "
        f"SELECT seq FROM past_deleted WHERE {_PAST}",
        at,
    ):
        news.samples.deleted.append(seq)
    return news.after(Snapshot(folder))


_LIVING = (
    "SELECT id, tbl, columns FROM segments WHERE died IS NULL AND changed <= :at UNION ALL "
    f"SELECT id, tbl, columns FROM past_segments WHERE {_PAST}"
)
_FILES = (
    f"SELECT old.tbl, old.columns, {', '.join(f's.{c}' for c in SegmentFile.COLUMNS.split(', '))}"
    f" FROM ({_LIVING}) AS old JOIN segments AS s ON s.id = old.id"
)


def restore_rows(connection: sqlite3.Connection, version: int, now: int) -> None:
    """Gives all rows the content that they had in a version; what they have now becomes past.

    Args:
        connection: in a transaction
        version: the one to go back to, resolved
        now: the number that the open transaction gets
    """
    at = {"at": version, "now": now}
    # Keys that were not there yet can't be removed: readers know them. They hold nothing.
    connection.execute(
        "UPDATE state SET version = :now, value = coalesce((SELECT p.value FROM past_state AS p "
        "WHERE p.key = state.key AND p.version <= :at AND p.until > :at), 'null') "
        f"WHERE version > :at AND key <> '{LAST_DELETION}'",
        at,
    )
    connection.execute("DELETE FROM delta WHERE version > :at", at)
    connection.execute(
        "INSERT INTO delta SELECT field, seq, :now, count, value FROM past_delta WHERE " + _PAST, at
    )
    connection.execute("DELETE FROM deleted WHERE version > :at", at)
    connection.execute(
        "INSERT OR IGNORE INTO deleted SELECT seq, :now FROM past_deleted WHERE " + _PAST, at
    )
    then = {row[0]: row[1:] for row in connection.execute(_LIVING, {"at": version}).fetchall()}
    rows = connection.execute("SELECT id, tbl, columns FROM segments WHERE died IS NULL")
    held = {row[0]: row[1:] for row in rows.fetchall()}
    connection.executemany(
        f"UPDATE segments SET changed = {now}, died = {now} WHERE id = ?",
        [(at,) for at in held.keys() - then.keys()],
    )
    connection.executemany(
        f"UPDATE segments SET changed = {now}, died = NULL, tbl = ?, columns = ? WHERE id = ?",
        [(*content, at) for at, content in then.items() if held.get(at) != content],
    )


def prune(connection: sqlite3.Connection) -> int:
    """Forgets what is beyond the limits, in the open transaction; returns the oldest version left.

    The files of segments are the caller's: those that died up to there are needed no more.
    """
    horizon, now = connection.execute("SELECT horizon, version FROM retention, head").fetchone()
    beyond = max(horizon, *_beyond(connection, read_retention(connection), horizon))
    # Steps of a transaction have numbers that are no versions.
    query = "SELECT coalesce(min(number), ?) FROM versions WHERE number >= ?"
    (oldest,) = connection.execute(query, (now, beyond)).fetchone()
    if oldest > horizon:
        for table in ("past_state", "past_segments", "past_delta", "past_deleted"):
            connection.execute(f"DELETE FROM {table} WHERE until <= ?", (oldest,))
        connection.execute("UPDATE retention SET horizon = ?", (oldest,))
        connection.execute(f"DELETE FROM versions WHERE number < {FIRST_VERSION}")
    return int(oldest)


def _beyond(connection: sqlite3.Connection, limits: Retention, horizon: int) -> list[int]:
    """For each limit the oldest version within it; the horizon where nothing is beyond."""
    found = [horizon]
    if limits.versions is not None:
        query = (
            "SELECT number FROM versions WHERE NOT internal ORDER BY number DESC LIMIT 1 OFFSET ?"
        )
        row = connection.execute(query, (limits.versions - 1,)).fetchone()
        found += [] if row is None else [_tidied(connection, row[0])]
    if limits.days is not None:
        query = "SELECT max(number) FROM versions WHERE time < ?"
        row = connection.execute(query, (time.time() - limits.days * 86_400,)).fetchone()
        found += [] if row[0] is None else [_tidied(connection, row[0])]
    sizes = (
        "SELECT until, num_bytes FROM past_delta UNION ALL "
        "SELECT died, num_bytes FROM segments WHERE died > :horizon"
    )
    most = limits.num_bytes
    if most is None:
        query = "SELECT coalesce(sum(num_bytes), 0) FROM segments WHERE died IS NULL"
        most = max(LEAST_BYTES, *connection.execute(query).fetchone())
    at = {"horizon": horizon, "most": most}
    (total,) = connection.execute(f"SELECT sum(num_bytes) FROM ({sizes})", at).fetchone()
    if total is not None and total > most:
        query = (
            "SELECT max(until) FROM (SELECT until, sum(sum(num_bytes)) OVER (ORDER BY until DESC) "
            f"AS total FROM ({sizes}) GROUP BY until) WHERE total > :most"
        )
        found += connection.execute(query, at).fetchone()
    return found
