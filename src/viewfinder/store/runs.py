"""Runs: what was done to a dataset, under a key: annotation, evaluation, brain methods.

A run is a config (JSON), results (bytes) and any number of named parts (bytes), so that work that
takes long can put on record each piece as it is done.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

__all__ = ["Run", "RunReader", "RunWriter"]

Reading = Callable[[], AbstractContextManager[sqlite3.Connection]]


@dataclass(frozen=True, slots=True)
class Run:
    """One run, without its parts."""

    kind: str
    key: str
    config: dict[str, Any]
    results: bytes | None
    time: float
    """When it was first registered, in seconds since 1970."""


class RunReader:
    """The runs of a dataset as they are now."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def get_run(self, kind: str, key: str) -> Run | None:
        """The run, or None where there is none."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT kind, key, config, results, time FROM runs WHERE kind = ? AND key = ?",
                (kind, key),
            ).fetchone()
        return None if row is None else Run(row[0], row[1], json.loads(row[2]), row[3], row[4])

    def list_runs(self, kind: str) -> list[str]:
        """The keys of all runs of a kind, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT key FROM runs WHERE kind = ? ORDER BY time, rowid", (kind,)
            ).fetchall()
        return [key for (key,) in rows]

    def run_parts(self, kind: str, key: str) -> dict[str, bytes]:
        """The parts of a run by name, in order of putting."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT part, data FROM run_parts WHERE kind = ? AND key = ? ORDER BY rowid",
                (kind, key),
            ).fetchall()
        return dict(rows)

    def run_part_names(self, kind: str, key: str) -> list[str]:
        """The names of the parts of a run, in order of putting."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT part FROM run_parts WHERE kind = ? AND key = ? ORDER BY rowid", (kind, key)
            ).fetchall()
        return [name for (name,) in rows]

    def run_part(self, kind: str, key: str, part: str) -> bytes | None:
        """One part of a run; None where there is none of that name."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT data FROM run_parts WHERE kind = ? AND key = ? AND part = ?",
                (kind, key, part),
            ).fetchone()
        return None if row is None else bytes(row[0])


class RunWriter(RunReader):
    """The runs of a dataset inside of a transaction."""

    def __init__(self, reading: Reading, changed: Callable[[], None]) -> None:
        """
        Args:
            reading: gives the connection of the transaction
            changed: called before each change
        """
        super().__init__(reading)
        self._changed = changed

    def put_run(
        self, kind: str, key: str, config: dict[str, Any], *, results: bytes | None = None
    ) -> None:
        """Registers a run, or replaces its config; its results too where some are given."""
        self._execute(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET "
            "config = excluded.config, results = coalesce(excluded.results, results)",
            (kind, key, json.dumps(config), results, time.time()),
        )

    def put_run_part(self, kind: str, key: str, part: str, data: bytes) -> None:
        """Puts a part on record, in the place of an older one of that name."""
        self._execute(
            "INSERT INTO run_parts VALUES (?, ?, ?, ?) ON CONFLICT (kind, key, part) DO UPDATE SET "
            "data = excluded.data",
            (kind, key, part, data),
        )

    def delete_run(self, kind: str, key: str) -> bool:
        """Forgets a run and its parts; False where there was none."""
        self._execute("DELETE FROM run_parts WHERE kind = ? AND key = ?", (kind, key))
        return self._execute("DELETE FROM runs WHERE kind = ? AND key = ?", (kind, key)) > 0

    def delete_run_part(self, kind: str, key: str, part: str) -> bool:
        """Forgets a part of a run; False where there was none."""
        where = "WHERE kind = ? AND key = ? AND part = ?"
        return self._execute(f"DELETE FROM run_parts {where}", (kind, key, part)) > 0

    def rename_run(self, kind: str, key: str, new_key: str) -> bool:
        """Gives a run another key, which must be free; False where there is no such run."""
        where = "SET key = ? WHERE kind = ? AND key = ?"
        self._execute(f"UPDATE run_parts {where}", (new_key, kind, key))
        return self._execute(f"UPDATE runs {where}", (new_key, kind, key)) > 0

    def _execute(self, statement: str, values: tuple[Any, ...]) -> int:
        self._changed()
        with self._reading() as connection:
            return connection.execute(statement, values).rowcount
