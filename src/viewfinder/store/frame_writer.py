"""The hand that writes frames: a writer whose tables and fields have their outer names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pyarrow as pa

from viewfinder.store.edits import Edit, pack
from viewfinder.store.segments import SegmentFile
from viewfinder.store.spaces import FRAMES_SPACE, space_of
from viewfinder.store.writer import Writer

__all__ = ["FrameWriter"]

_OF_FRAMES = f"(field = '{FRAMES_SPACE.main}' OR field GLOB '{FRAMES_SPACE.prefix}*')"
_GONE = Edit(None, pack(None))


class FrameWriter(Writer):
    """Writes to the frames of the dataset, in the transaction of another writer."""

    def __init__(self, whole: Writer) -> None:
        """
        Args:
            whole: the writer of the transaction
        """
        super().__init__(
            whole.connection, whole.folder, whole.snapshot.frames, internal=whole.internal
        )
        self._whole = whole
        self.version = whole.version

    def changes(self) -> None:
        """Notes that there is something to commit."""
        self._whole.changes()

    def put_state(self, key: str, value: object) -> None:
        """Writes an entry of the table ``state``: the schema is that of frames."""
        self._whole.put_state(FRAMES_SPACE.schema_key if key == "schema" else key, value)

    def put_edits(self, edits: Mapping[str, Mapping[int, Edit]]) -> None:
        """Writes edits by field and frame."""
        self._whole.put_edits({FRAMES_SPACE.prefix + name: rows for name, rows in edits.items()})

    def read_edits(self, field: str) -> dict[int, Edit]:
        """The edits of a field as this transaction sees them, by frame."""
        return super().read_edits(FRAMES_SPACE.prefix + field)

    def read_files(self) -> list[SegmentFile]:
        """The living files of frames as this transaction sees them, by their inner names."""
        files = [file for file in super().read_files() if space_of(file.table) is FRAMES_SPACE]
        return [replace(file, table=FRAMES_SPACE.inner(file.table)) for file in files]

    def drop_edits(self, field: str, seqs: Iterable[int] | None = None) -> None:
        """Removes the edits of a field: those of `seqs`, or all."""
        super().drop_edits(FRAMES_SPACE.prefix + field, seqs)

    def rename_table(self, files: Iterable[SegmentFile], new_name: str) -> None:
        """Gives the files to another table of frames."""
        super().rename_table(files, FRAMES_SPACE.outer(new_name))

    def alias_table(self, files: Iterable[SegmentFile], new_name: str) -> None:
        """Lets another table of frames share the files."""
        super().alias_table(files, FRAMES_SPACE.outer(new_name))

    def rename_edits(self, field: str, new_name: str) -> None:
        """Gives the edits of a field to another field."""
        super().rename_edits(FRAMES_SPACE.prefix + field, FRAMES_SPACE.prefix + new_name)

    def copy_edits(self, field: str, new_name: str) -> None:
        """Gives another field the same edits."""
        super().copy_edits(FRAMES_SPACE.prefix + field, FRAMES_SPACE.prefix + new_name)

    def drop_range(self, low: int, high: int) -> None:
        """Removes all edits and marks of deletion of frames from `low` to `high`."""
        self.new_epoch()
        self.connection.execute(
            f"DELETE FROM delta WHERE seq BETWEEN ? AND ? AND {_OF_FRAMES}", (low, high)
        )

    def delete(self, seqs: Iterable[int]) -> None:
        """Marks frames as deleted and removes their edits."""
        gone = list(seqs)
        self.connection.executemany("DELETE FROM delta WHERE seq = ?", [(seq,) for seq in gone])
        self._whole.put_edits({FRAMES_SPACE.main: dict.fromkeys(gone, _GONE)})

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
        return self._whole.add_file(
            FRAMES_SPACE.outer(table),
            content,
            group=group,
            seq_low=seq_low,
            seq_high=seq_high,
            base=base,
        )
