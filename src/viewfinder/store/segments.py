"""Segments: immutable Arrow files, memory-mapped, each holding the rows of one range of samples.

The rows of a segment are in one file, and columns that came later in files of their own beside it.
A segment is opened when its rows are first needed and then shows exactly the columns that the
schema has now: missing ones as nulls, narrower ones converted.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from viewfinder.errors import StoreDamagedError, StoreDiskError
from viewfinder.schema.columns import convert_column, field_of_arrow, null_array

__all__ = ["OpenSegment", "SegmentFile", "column_pair", "write_segment"]

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """What the database says of one file."""

    COLUMNS: ClassVar = "id, grp, tbl, base, seq_low, seq_high, num_rows, file, num_bytes, columns"

    id: int
    group: int
    table: str
    base: int | None
    seq_low: int
    seq_high: int
    num_rows: int
    file: str
    num_bytes: int
    columns: tuple[str, ...]
    """The columns that count, by the names that they have now."""
    sources: tuple[str, ...]
    """The name of each in the file."""

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> SegmentFile:
        """The file of a row of the table ``segments``, of its :attr:`COLUMNS`."""
        pairs = list(map(column_pair, json.loads(row[9])))
        values = [*row[:9], tuple(name for name, _ in pairs), tuple(source for _, source in pairs)]
        return cls(*values)


def column_pair(entry: str | list[str]) -> tuple[str, str]:
    """A column's name now and its name in the file, from how the database says it."""
    if isinstance(entry, str):
        return entry, entry
    name, source = entry
    return name, source


class OpenSegment:
    """The rows of one segment with the columns of one schema, mapped when first touched."""

    def __init__(self, folder: Path, files: tuple[SegmentFile, ...], schema: pa.Schema) -> None:
        """
        Args:
            folder: where the files are
            files: the file of the rows, then those of added columns, oldest first
            schema: the columns to show
        """
        self._folder = folder
        self.files = files
        self._schema = schema
        self._lock = threading.Lock()
        self._batch: pa.RecordBatch | None = None
        self._seqs: Int64s | None = None
        self._ids: tuple[npt.NDArray[np.bytes_], Int64s] | None = None
        main = files[0]
        self.num_rows = main.num_rows
        self.seq_low, self.seq_high = main.seq_low, main.seq_high

    @property
    def batch(self) -> pa.RecordBatch:
        """All rows, also those that a delta has replaced since.

        Raises:
            StoreDamagedError: when a file is missing, cut short or unreadable
        """
        if self._batch is None:
            with self._lock:
                if self._batch is None:
                    self._batch = self._load()
        return self._batch

    @property
    def seqs(self) -> Int64s:
        """The samples of the rows, ascending."""
        if self._seqs is None:
            self._seqs = self.batch.column("seq").to_numpy()
        return self._seqs

    @property
    def ids(self) -> tuple[npt.NDArray[np.bytes_], Int64s]:
        """Of a segment of samples: its ids in ascending order, and the sample of each."""
        if self._ids is None:
            column = self.batch.column("id")
            data = memoryview(column.buffers()[1])[column.offset * 12 :][: len(column) * 12]
            ids = np.frombuffer(data, dtype="S12")
            order = np.argsort(ids, kind="stable")
            self._ids = ids[order], self.seqs[order]
        return self._ids

    def _load(self) -> pa.RecordBatch:
        held: dict[str, tuple[pa.Array, pa.Field]] = {}
        for file in self.files:
            batch = _map(self._folder / file.file, file)
            for name, source in zip(file.columns, file.sources, strict=True):
                at = batch.schema.get_field_index(source)
                held[name] = (batch.column(at), batch.schema.field(at))
        arrays = []
        for wanted in self._schema:
            found = held.get(wanted.name)
            if found is None:
                arrays.append(null_array(wanted.type, self.num_rows))
            else:
                arrays.append(convert_column(found[0], field_of_arrow(found[1]), wanted))
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)


def write_segment(folder: Path, table: pa.Table) -> tuple[str, int]:
    """Writes a file of these rows and waits until it is on the disk.

    Returns:
        Its name and size in bytes.

    Raises:
        StoreDiskError: when the disk is full or fails; nothing of the file is left
    """
    batches = table.unify_dictionaries().combine_chunks().to_batches()
    path = folder / f"{uuid4().hex}.arrow"
    try:
        with pa.OSFile(str(path), "wb") as sink:
            with pa.ipc.new_file(sink, table.schema) as writer:
                for batch in batches:
                    writer.write_batch(batch)
            size = sink.tell()
        _sync(path)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise StoreDiskError(path, error) from error
    return path.name, size


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _map(path: Path, expected: SegmentFile) -> pa.RecordBatch:
    try:
        size = path.stat().st_size
        if size != expected.num_bytes:
            raise StoreDamagedError(
                path, f"it has {size:,} bytes where {expected.num_bytes:,} were written"
            )
        with pa.memory_map(str(path), "rb") as source:
            table = pa.ipc.open_file(source).read_all()
    except FileNotFoundError as error:
        raise StoreDamagedError(path, "it is missing") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise StoreDamagedError(path, f"Arrow can't read it ('{error}')") from error
    if table.num_rows != expected.num_rows:
        raise StoreDamagedError(
            path, f"it has {table.num_rows:,} rows where {expected.num_rows:,} were written"
        )
    batches = table.combine_chunks().to_batches()
    if len(batches) == 1:
        return batches[0]
    return pa.RecordBatch.from_pylist([], schema=table.schema)
