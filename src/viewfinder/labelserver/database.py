"""One door to the database: a reading session, or a writing one that commits or leaves nothing.

SQLite runs in WAL mode with full synchronisation: an answered write survives a crash. A writing
session takes the write lock when it begins, so that what it read is still so when it writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from viewfinder.labelserver.errors import ServerDataError
from viewfinder.labelserver.models import Counter

__all__ = ["Database", "next_id", "take_ids"]

_WRITES = "labelserver_writes"
_BUSY_TIMEOUT_SECS = 30


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


class Database:
    """The label server's database.

    Args:
        url: an SQLAlchemy URL
    """

    def __init__(self, url: str) -> None:
        is_sqlite = url.startswith("sqlite")
        self._engine: Engine = create_engine(
            url,
            json_serializer=_to_json,
            json_deserializer=msgspec.json.decode,
            connect_args={"timeout": _BUSY_TIMEOUT_SECS} if is_sqlite else {},
            pool_size=20,
            pool_pre_ping=not is_sqlite,
        )
        self._writer = self._engine.execution_options(**{_WRITES: True})
        if is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)

    def migrate(self) -> None:
        """Bring the tables to this version.

        Raises:
            ServerDataError: when the database can't be opened or belongs to a later version
        """
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        try:
            with self._writer.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except (DatabaseError, CommandError) as error:
            reason = error.orig if isinstance(error, DatabaseError) else error
            raise ServerDataError(
                f"The label server's database can't be opened or brought up to date: {reason}. "
                "Check the folder or the database's address, install the version of Viewfinder "
                "that wrote it, or restore a backup."
            ) from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment and changes nothing."""
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are committed together when the block ends well."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @property
    def engine(self) -> Engine:
        """The engine, for tests of the schema."""
        return self._engine

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def take_ids(session: Session, name: str, count: int) -> int:
    """The first of `count` fresh consecutive ids of a kind of rows."""
    counter = session.scalar(select(Counter).where(Counter.name == name).with_for_update())
    if counter is None:
        counter = Counter(name=name, next_id=1)
        session.add(counter)
    first = counter.next_id
    counter.next_id = first + count
    session.flush()
    return first


def next_id(session: Session, name: str) -> int:
    """The id that a kind of rows will be given next: every smaller one was given once."""
    found = session.scalar(select(Counter.next_id).where(Counter.name == name))
    return found or 1


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver shall not open transactions by itself: `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-64000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
