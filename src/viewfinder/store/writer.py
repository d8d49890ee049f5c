"""The hand that writes inside of one transaction: rows of the database and files of segments."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from viewfinder.store.edits import Edit
from viewfinder.store.past import resolve_version, restore_rows
from viewfinder.store.reading import next_snapshot
from viewfinder.store.segments import SegmentFile, column_pair, write_segment
from viewfinder.store.snapshot import Snapshot

__all__ = ["Writer"]


class Writer:
    """Writes what a transaction decides. Nothing counts before :meth:`commit`."""

    def __init__(
        self, connection: sqlite3.Connection, folder: Path, snapshot: Snapshot, *, internal: bool
    ) -> None:
        """
        Args:
            connection: holds the write lock
            folder: of the segment files
            snapshot: the dataset as it is
            internal: whether the transaction changes nothing that a user sees
        """
        self.connection = connection
        self.folder = folder
        self.snapshot = snapshot
        self.version = snapshot.version + 1
        self.num_edits = 0
        self.internal = internal
        self._changed = False
        self._stepped = True
        self._written: list[Path] = []

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for others to read through."""
        yield self.connection

    def changes(self) -> None:
        """Notes that there is something to commit."""
        self._changed = True
        self._stepped = False

    def put_state(self, key: str, value: object) -> None:
        """Writes an entry of the table ``state``."""
        self.changes()
        self.connection.execute(
            "INSERT INTO state VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
            "version = excluded.version, value = excluded.value",
            (key, self.version, json.dumps(value, ensure_ascii=False)),
        )

    def take_seqs(self, count: int) -> int:
        """Takes the next `count` places for samples; returns the first."""
        self.changes()
        (first,) = self.connection.execute("SELECT next_seq FROM head").fetchone()
        self.connection.execute("UPDATE head SET next_seq = next_seq + ?", (count,))
        return int(first)

    def put_edits(self, edits: Mapping[str, Mapping[int, Edit]]) -> None:
        """Writes edits by field and sample."""
        self.changes()
        for field, rows in edits.items():
            self.num_edits += len(rows)
            self.connection.executemany(
                "INSERT INTO delta VALUES (?, ?, ?, ?, ?) ON CONFLICT (seq, field) DO UPDATE SET "
                "version = excluded.version, count = excluded.count, value = excluded.value",
                [(field, seq, self.version, e.count, e.value) for seq, e in rows.items()],
            )

    def read_edits(self, field: str) -> dict[int, Edit]:
        """The edits of a field as this transaction sees them, by sample."""
        query = "SELECT seq, count, value FROM delta WHERE field = ?"
        rows = self.connection.execute(query, (field,)).fetchall()
        return {seq: Edit(count, value) for seq, count, value in rows}

    def read_files(self) -> list[SegmentFile]:
        """The living files as this transaction sees them."""
        query = f"SELECT {SegmentFile.COLUMNS} FROM segments WHERE died IS NULL"
        return list(map(SegmentFile.from_row, self.connection.execute(query).fetchall()))

    def drop_edits(self, field: str, seqs: Iterable[int] | None = None) -> None:
        """Removes the edits of a field: those of `seqs`, or all."""
        self.new_epoch()
        if seqs is None:
            self.connection.execute("DELETE FROM delta WHERE field = ?", (field,))
        else:
            self.connection.executemany(
                "DELETE FROM delta WHERE field = ? AND seq = ?", [(field, seq) for seq in seqs]
            )

    def drop_range(self, low: int, high: int) -> None:
        """Removes all edits and marks of deletion from `low` to `high`: they are in segments."""
        self.new_epoch()
        # Frames may lie between samples, and keep theirs.
        self.connection.execute(
            "DELETE FROM delta WHERE seq BETWEEN ? AND ? AND field <> 'frames' "
            "AND field NOT GLOB 'frames.*'",
            (low, high),
        )
        self.connection.execute("DELETE FROM deleted WHERE seq BETWEEN ? AND ?", (low, high))

    def delete(self, seqs: Iterable[int]) -> None:
        """Marks samples as deleted and removes their edits."""
        self.changes()
        found = [(seq,) for seq in seqs]
        self.num_edits += len(found)
        self.connection.executemany("DELETE FROM delta WHERE seq = ?", found)
        self.connection.executemany(
            f"INSERT OR IGNORE INTO deleted VALUES (?, {self.version})", found
        )

    def add_file(
        self,
        table: str,
        content: pa.Table,
        *,
        group: int,
        seq_low: int,
        seq_high: int,
        base: int | None = None,
    ) -> int:
        """Writes a segment, or with `base` a file of columns beside one; returns its id."""
        self.changes()
        name, num_bytes = write_segment(self.folder, content)
        self._written.append(self.folder / name)
        columns = json.dumps(content.schema.names, ensure_ascii=False)
        cursor = self.connection.execute(
            "INSERT INTO segments (grp, tbl, base, seq_low, seq_high, num_rows, file, num_bytes, "
            "columns, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (group, table, base, seq_low, seq_high, content.num_rows, name, num_bytes, columns,
             self.version),
        )  # fmt: skip
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def new_group(self) -> int:
        """A number for a group that has none yet."""
        query = "SELECT coalesce(max(grp), 0) + 1 FROM segments"
        return int(self.connection.execute(query).fetchone()[0])

    def kill_files(self, files: Iterable[SegmentFile]) -> None:
        """Lets files die: later snapshots don't read them."""
        self.changes()
        self.connection.executemany(
            f"UPDATE segments SET changed = {self.version}, died = {self.version} WHERE id = ?",
            [(file.id,) for file in files],
        )

    def hide_column(self, files: Iterable[SegmentFile], column: str) -> None:
        """Lets one column of files count no more; a file without any others dies."""
        self._map_columns(files, lambda name, source: [] if name == column else [(name, source)])

    def rename_column(self, files: Iterable[SegmentFile], column: str, new_name: str) -> None:
        """Gives one column of files another name."""
        self._map_columns(
            files,
            lambda name, source: [(new_name if name == column else name, source)],
        )

    def alias_column(self, files: Iterable[SegmentFile], column: str, new_name: str) -> None:
        """Lets one column of files count under another name, too."""
        self._map_columns(
            files,
            lambda name, source: [(name, source), *([(new_name, source)] * (name == column))],
        )

    def rename_table(self, files: Iterable[SegmentFile], new_name: str) -> None:
        """Gives the files to another table."""
        self.changes()
        self.connection.executemany(
            f"UPDATE segments SET changed = {self.version}, tbl = ? WHERE id = ?",
            [(new_name, file.id) for file in files],
        )

    def alias_table(self, files: Iterable[SegmentFile], new_name: str) -> None:
        """Lets another table share the files."""
        self.changes()
        ids: dict[int, int] = {}
        for file in sorted(files, key=lambda file: file.base is not None):
            cursor = self.connection.execute(
                "INSERT INTO segments (grp, tbl, base, seq_low, seq_high, num_rows, file, "
                "num_bytes, columns, changed) SELECT grp, ?, ?, seq_low, seq_high, num_rows, file, "
                "num_bytes, columns, ? FROM segments WHERE id = ?",
                (new_name, ids.get(file.base or 0), self.version, file.id),
            )
            assert cursor.lastrowid is not None
            ids[file.id] = cursor.lastrowid

    def rename_edits(self, field: str, new_name: str) -> None:
        """Gives the edits of a field to another field."""
        self.new_epoch()
        self.connection.execute(
            "UPDATE delta SET field = ?, version = ? WHERE field = ?",
            (new_name, self.version, field),
        )

    def copy_edits(self, field: str, new_name: str) -> None:
        """Gives another field the same edits."""
        self.new_epoch()
        self.connection.execute(
            "INSERT INTO delta SELECT ?, seq, ?, count, value FROM delta WHERE field = ?",
            (new_name, self.version, field),
        )

    def _map_columns(
        self,
        files: Iterable[SegmentFile],
        change: Callable[[str, str], list[tuple[str, str]]],
    ) -> None:
        for file in files:
            row = self.connection.execute(
                "SELECT columns FROM segments WHERE id = ? AND died IS NULL", (file.id,)
            ).fetchone()
            # Another change of this transaction may have come before.
            pairs = [] if row is None else list(map(column_pair, json.loads(row[0])))
            kept = [new for pair in pairs for new in change(*pair)]
            if kept == pairs:
                continue
            if not kept:
                self.kill_files([file])
                continue
            self.changes()
            entries = [name if name == source else (name, source) for name, source in kept]
            self.connection.execute(
                "UPDATE segments SET changed = ?, columns = ? WHERE id = ?",
                (self.version, json.dumps(entries, ensure_ascii=False), file.id),
            )

    def new_epoch(self) -> None:
        """Tells readers to read all edits anew."""
        self.changes()
        self.connection.execute("UPDATE head SET epoch = ?", (self.version,))

    def restore(self, version: int) -> None:
        """Gives everything the content of an older version; files are only named again."""
        self.new_epoch()
        restore_rows(self.connection, resolve_version(self.connection, version), self.version)

    def step(self) -> None:
        """Lets the snapshot show what was written so far. It takes a number of its own, with which
        no version of the dataset was ever seen.
        """
        if not self._stepped:
            self.connection.execute("UPDATE head SET version = ?", (self.version,))
            self.snapshot = next_snapshot(self.connection, self.snapshot)
            self.version += 1
            self.num_edits = 0
            self._stepped = True

    def commit(self, reason: str) -> bool:
        """Makes everything count at once; False where there was nothing."""
        if not self._changed:
            self.connection.execute("ROLLBACK")
            return False
        if self._stepped:
            self.version -= 1  # nothing came after the last step, so its number is the version's
        self.connection.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?)",
            (self.version, reason, time.time(), int(self.internal)),
        )
        self.connection.execute("UPDATE head SET version = ?", (self.version,))
        self.connection.execute("COMMIT")
        return True

    def abandon(self) -> None:
        """Takes everything back."""
        if not self.connection.in_transaction:
            return  # it was interrupted when all was committed: the files count
        self.connection.execute("ROLLBACK")
        for path in self._written:
            path.unlink(missing_ok=True)
