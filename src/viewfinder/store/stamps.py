"""Stamps: when each sample was added, and when it was changed last.

They are columns like any other, written with the transaction that they speak of: as edits beside
the edits of a few samples, as a column where many have changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from viewfinder.schema import CREATED_AT, LAST_MODIFIED_AT, DatasetSchema
from viewfinder.schema.codecs import codec_of
from viewfinder.store import bulk
from viewfinder.store.edits import Edit, pack
from viewfinder.store.layout import SAMPLES
from viewfinder.store.writer import Writer

__all__ = ["Stamps"]

Int64s = npt.NDArray[np.int64]

FEW = 2000
"""Up to so many changed samples get their stamps as edits."""
_TYPE = pa.timestamp("us", "UTC")


class Stamps:
    """Which samples a transaction touches, and when."""

    def __init__(self, moment: datetime | None = None) -> None:
        self.moment = datetime.now(UTC) if moment is None else moment
        self._touched: list[Int64s] = []
        self._all = False

    def next(self) -> Stamps:
        """Those of the next step of the same transaction: of the same moment."""
        return Stamps(self.moment)

    def touch(self, seqs: Iterable[int]) -> None:
        """Notes that these samples are changed."""
        self._touched.append(np.fromiter(seqs, dtype=np.int64))

    def touch_all(self) -> None:
        """Notes that every sample is changed."""
        self._all = True

    def stamped(self, schema: DatasetSchema, samples: pa.Table) -> pa.Table:
        """Samples that are about to be added, with the time."""
        kept = [name for name in samples.column_names if name not in (CREATED_AT, LAST_MODIFIED_AT)]
        samples = samples.select(kept)
        for name in (CREATED_AT, LAST_MODIFIED_AT):
            if name in schema:
                now = pa.repeat(pa.scalar(self.moment, _TYPE), samples.num_rows)
                samples = samples.append_column(pa.field(name, _TYPE), now)
        return samples

    def write(self, writer: Writer, schema: DatasetSchema, but: Int64s) -> None:
        """Stamps what was touched.

        Args:
            writer: of the transaction
            schema: the fields as they are now
            but: samples that the transaction has removed
        """
        if LAST_MODIFIED_AT not in schema or not (self._all or self._touched):
            return
        snapshot = writer.snapshot
        if self._all:
            seqs = snapshot.seqs
        else:
            touched = np.unique(np.concatenate(self._touched))
            seqs = touched[snapshot.contains(touched)]
        if len(but):
            seqs = seqs[~np.isin(seqs, but)]
        counted = writer.num_edits
        if len(seqs) <= FEW:
            primitive = codec_of(schema[LAST_MODIFIED_AT]).pack(self.moment, LAST_MODIFIED_AT)
            edit = Edit(None, pack(primitive))
            writer.put_edits({LAST_MODIFIED_AT: dict.fromkeys(seqs.tolist(), edit)})
        else:
            mine = pa.array(np.isin(snapshot.seqs, seqs))
            column = pc.if_else(mine, pa.scalar(self.moment, _TYPE), self._held(writer))
            bulk.set_plain_column(writer, schema, LAST_MODIFIED_AT, column)
            if len(but):
                writer.delete(but.tolist())
        # A stamp is no edit of its own: what makes folding due is what users change.
        writer.num_edits = counted

    def _held(self, writer: Writer) -> pa.Array:
        snapshot = writer.snapshot
        if LAST_MODIFIED_AT not in snapshot.schema:
            return pa.nulls(snapshot.count, _TYPE)
        column = snapshot.table(SAMPLES).take(snapshot.seqs).table.column(LAST_MODIFIED_AT)
        return column.combine_chunks()
