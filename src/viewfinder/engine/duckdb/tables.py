"""The tables of a snapshot as DuckDB sees them: columns as they lie in memory, edits laid over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from viewfinder.engine.base import Snapshot, Table
from viewfinder.engine.duckdb.adapter import Connection
from viewfinder.engine.duckdb.sql import quote
from viewfinder.engine.duckdb.videos import FRAME_ROWS, frames_view, inside_frames, is_of_frames
from viewfinder.schema import FRAMES_PREFIX

__all__ = ["SnapshotTables", "plain_times", "table_name"]


def table_name(table: str, kind: str = "table") -> str:
    """The quoted name under which a table of the snapshot, or of a batch, is queried."""
    return quote(f"{kind} {table}")


def _of_frames(field: str) -> str:
    return FRAMES_PREFIX + field


def _table(snapshot: Snapshot, name: str) -> Table:
    if name == FRAME_ROWS:
        return snapshot.frames.table("samples")
    if is_of_frames(name):
        return snapshot.frames.table(inside_frames(name))
    return snapshot.table(name)


@dataclass(slots=True)
class _Registered:
    """What DuckDB was given for one table; kept, so that `is` tells what changed."""

    base: pa.Table
    replaced: Any
    """A new object whenever the edits changed."""


class SnapshotTables:
    """Keeps DuckDB's tables in step with a snapshot; only what changed is given to it again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._registered: dict[str, _Registered] = {}

    def sync(self, snapshot: Snapshot) -> None:
        """Makes the tables those of `snapshot`."""
        names = {"samples", *snapshot.schema.label_fields}
        has_frames = bool(snapshot.schema.frame_fields)
        if has_frames:
            names |= {FRAME_ROWS, *map(_of_frames, snapshot.frames.schema.label_fields)}
        for name in self._registered.keys() - names:
            self._forget(name)
        for name in sorted(names):
            self._sync_table(name, _table(snapshot, name))
        if has_frames:
            self._connection.define(frames_view())

    def _forget(self, name: str) -> None:
        self._connection.define(f"DROP VIEW IF EXISTS {table_name(name)}")
        del self._registered[name]

    def _sync_table(self, name: str, table: Table) -> None:
        now = _Registered(table.base, table.replaced)
        old = self._registered.get(name)
        if old is not None and old.base is now.base and old.replaced is now.replaced:
            return
        base, delta = quote(f"base {name}"), quote(f"delta {name}")
        self._connection.register(f"base {name}", _with_live(now.base, now.replaced))
        sql = f"SELECT * FROM {base}"
        if len(now.replaced):
            sql = f'SELECT * EXCLUDE ("live ") FROM {base} WHERE "live "'
        edits = table.delta if len(now.replaced) else None
        if edits is not None and edits.num_rows:
            self._connection.register(f"delta {name}", plain_times(edits))
            sql += f" UNION ALL BY NAME SELECT * FROM {delta}"
        self._connection.define(f"CREATE OR REPLACE TEMP VIEW {table_name(name)} AS {sql}")
        self._registered[name] = now


def _with_live(base: pa.Table, replaced: Any) -> pa.Table:
    """The base with a column that is false where a row was replaced."""
    table = plain_times(base)
    if not len(replaced):
        return table
    parts = []
    for chunk in table["seq"].chunks:
        seq = chunk.to_numpy()
        live = np.ones(len(seq), dtype=bool)
        starts, stops = np.searchsorted(seq, replaced), np.searchsorted(seq, replaced, "right")
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            live[start:stop] = False
        parts.append(pa.array(live))
    return table.append_column("live ", pa.chunked_array(parts, pa.bool_()))


def plain_times(table: pa.Table) -> pa.Table:
    """The table with datetimes, which are kept in UTC, without the name of the zone."""
    for at, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type) and column.type.tz is not None:
            plain = table.column(at).cast(pa.timestamp(column.type.unit))
            table = table.set_column(at, column.name, plain)
    return table
