"""The handle of a view whose rows a stage made: it reads those rows, and the dataset is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from viewfinder.errors import DatasetError
from viewfinder.expr import Scan
from viewfinder.samples.clip_frames import clip_source
from viewfinder.samples.concat_rows import concat_keeps_groups
from viewfinder.samples.frame_handle import frames_of_handle
from viewfinder.samples.handle import DatasetHandle, point_rows
from viewfinder.samples.making_rows import make_rows, rows_schema
from viewfinder.stages import Concat, ToFrames, ToPatches

if TYPE_CHECKING:
    import numpy.typing as npt

    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.row_tables import RowSnapshot
    from viewfinder.samples.rows import RowBatch
    from viewfinder.schema import DatasetSchema
    from viewfinder.stages import RowStage
    from viewfinder.store import DatasetStore, Snapshot

__all__ = ["RowHandle"]


class RowHandle(DatasetHandle):
    """What the views over the rows of one stage share.

    Args:
        source: the view that the stage stands on
        stage: the stage
        others: for Concat, the other views
    """

    def __init__(
        self,
        source: SampleCollection,
        stage: RowStage,
        others: tuple[SampleCollection, ...] = (),
    ) -> None:
        base = source.handle.target
        super().__init__(base.catalog, base.entry, base.store)
        self.source = source
        self.stage = stage
        self._others = others
        self._rows: tuple[Any, RowSnapshot] | None = None

    @property
    def target(self) -> DatasetHandle:
        """The dataset's own handle, through which everything is written."""
        below = self.source.handle.target
        return frames_of_handle(below) if isinstance(self.stage, ToFrames) else below

    @property
    def store(self) -> DatasetStore:
        """Refused: rows that a stage made are in no store.

        Raises:
            DatasetError: always
        """
        raise DatasetError(
            f"The rows that {self.stage} makes are kept nowhere, so this can't be done to them. Do "
            "it to the dataset, or to the samples and labels behind the rows."
        )

    @property
    def dataset(self) -> Any:
        """The dataset behind the rows."""
        return self.target.dataset

    @property
    def keeps_groups(self) -> bool:
        """Whether the rows are those of several views whose samples are in groups."""
        parts = (self.source, *self._others)
        return isinstance(self.stage, Concat) and concat_keeps_groups(parts)

    def snapshot(self) -> Snapshot:
        """The rows as they are now; the same ones while nothing behind them changed."""
        # Collections ask of a snapshot what rows in memory can answer, too.
        return cast("Snapshot", self.rows())

    def rows(self) -> RowSnapshot:
        """The rows as they are now."""
        below = self.source.snapshot()
        if self._rows is None or self._rows[0] is not below:
            self._rows = (below, make_rows(self.source, self.stage, self._others))
        return self._rows[1]

    def schema(self) -> DatasetSchema:
        """The fields of the rows."""
        return rows_schema(self.stage, self.source.visible_schema())

    def sources(self, seqs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The numbers of the dataset's samples behind rows."""
        return self.rows().sources[seqs]

    def count(self) -> int:
        """The number of rows, which for patches needs no table of them."""
        made = self._rows is not None and self._rows[0] is self.source.snapshot()
        if made or not isinstance(self.stage, ToPatches):
            return self.rows().count
        name = self.stage.field.partition(".")[0]
        field = self.source.visible_schema().label_fields[name]
        inner = getattr(field.document_type, "LIST_NAME", None)
        return self.source.count(f"{name}.{inner}" if inner else name)

    def point_rows(self, seq: int) -> RowBatch:
        """One row as it is now."""
        return self.rows_at(self.rows(), [seq])

    def rows_at(self, rows: RowSnapshot, seqs: Any) -> RowBatch:
        """Some rows, each of which finds itself again by its id when the dataset has changed."""
        batch = point_rows(self, cast("Snapshot", rows), seqs)

        def again(seq: int) -> RowBatch:
            now = self.rows()
            places = [seq] if now is rows else now.seqs_of(rows.ids_of(np.array([seq], np.int64)))
            return self.rows_at(now, [place for place in places if place >= 0])

        batch.again = again
        batch.frame_source = clip_source(self, Scan(), rows)
        return batch
