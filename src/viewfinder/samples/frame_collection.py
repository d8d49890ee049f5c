"""The frames of a collection's videos as a collection of their own, whose samples are frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.errors import ExpressionError
from viewfinder.expr import plan_schema
from viewfinder.expr.plan import Pick
from viewfinder.samples.collection import SampleCollection
from viewfinder.samples.frame_handle import frames_of_handle
from viewfinder.samples.frame_plans import frame_plan
from viewfinder.samples.frames import Frame, FrameView
from viewfinder.samples.row_tables import ViewRows
from viewfinder.samples.rows import RowBatch
from viewfinder.schema import VIDEO_OF_FRAME

if TYPE_CHECKING:
    import numpy.typing as npt

    from viewfinder.expr import Plan
    from viewfinder.schema import DatasetSchema
    from viewfinder.store import Snapshot

__all__ = ["FrameCollection"]


class FrameCollection(SampleCollection[Any]):
    """The frames that a collection shows, in the order of its videos and of their numbers."""

    def __init__(self, source: SampleCollection[Any]) -> None:
        """
        Args:
            source: a dataset of videos, or a view of one
        """
        super().__init__(frames_of_handle(source.handle))
        self._source = source
        self._made: tuple[Snapshot, Plan, npt.NDArray[np.int64]] | None = None

    @property
    def root(self) -> SampleCollection[Any]:
        """These frames."""
        return self

    @property
    def label(self) -> str:
        """The frames in the words of an error message."""
        return f"the frames of {self._source.label}"

    def with_stages(self, stages: Any) -> Any:
        """Refused: choose among the samples instead.

        Raises:
            ExpressionError: always
        """
        raise ExpressionError(f"{stages} can't be added to frames alone; use to_frames().")

    def snapshot(self) -> Snapshot:
        """The frames as they are now."""
        return self._source.snapshot().frames

    def plan(self, schema: DatasetSchema) -> Plan:
        """The plan over the frames of the dataset that gives these."""
        del schema
        return self._choice()[1]

    def visible_schema(self) -> DatasetSchema:
        """The fields of the frames that are to be seen."""
        return plan_schema(self._shown(), self.snapshot().schema)

    def seqs(self) -> npt.NDArray[np.int64]:
        """The numbers of the frames in the store."""
        return self._choice()[2]

    def offsets(self) -> npt.NDArray[np.int64]:
        """Which frames are those of video `i`: ``offsets[i]`` up to ``offsets[i + 1]``."""
        videos = self._source.seqs()
        of_frames = self._videos()
        starts = np.zeros(len(videos) + 1, np.int64)
        # The frames are in the order of the videos: each begins where its number first occurs.
        found, numbers = np.unique(of_frames, return_counts=True)
        counts = dict(zip(found.tolist(), numbers.tolist(), strict=True))
        np.cumsum([counts.get(int(video), 0) for video in videos], out=starts[1:])
        return starts

    def __len__(self) -> int:
        return len(self.seqs())

    def row_batches(self, batch_size: int = 1000) -> Iterator[RowBatch]:
        """The frames, some at a time, as of one moment."""
        plan, snapshot, seqs = self._shown(), self.snapshot(), self.seqs()
        engine: Any = self._handle.engine
        for first in range(0, len(seqs), batch_size):
            batch = engine.batch(plan, snapshot, seqs[first : first + batch_size])

            def labels(name: str, batch: Any = batch) -> tuple[Any, npt.NDArray[np.int64]]:
                rows = batch.label_rows(name)
                return rows.table, rows.offsets

            yield RowBatch(batch.schema, batch.seqs, batch.samples, labels, self.rows_again)

    def view_rows(self) -> ViewRows:
        """All of the frames at once, as rows to make others of."""
        engine: Any = self._handle.engine
        snapshot = self.snapshot()
        batch = engine.batch(self._shown(), snapshot, self.seqs())
        return ViewRows(batch.schema, snapshot, batch.seqs, batch.samples, batch.label_rows)

    def rows_again(self, seq: int) -> RowBatch:
        """One frame as it is now."""
        return self._handle.point_rows(seq)

    def sample_at(self, rows: RowBatch, index: int, seq: int) -> Any:
        """A frame."""
        kind: type[Frame] = FrameView
        return kind.of_row(self._handle, rows, index, seq)

    def _shown(self) -> Plan:
        snapshot = self._source.snapshot()
        plan = self._source.plan(snapshot.schema)
        return frame_plan(plan, self._source.handle.engine, snapshot)

    def _videos(self) -> npt.NDArray[np.int64]:
        rows = self.snapshot().table("samples").take(self.seqs())
        found: npt.NDArray[np.int64] = np.asarray(rows.table.column(VIDEO_OF_FRAME), np.int64)
        return found

    def _choice(self) -> tuple[Snapshot, Plan, npt.NDArray[np.int64]]:
        whole = self._source.snapshot()
        snapshot = whole.frames
        if self._made is not None and self._made[0] is snapshot and self._source.shows_all:
            return self._made
        plan = self._shown()
        wanted, _ = whole.frames_of(self._source.seqs())
        left = self._handle.engine.seqs(plan, snapshot)
        if len(left) < snapshot.count:
            wanted = wanted[np.isin(wanted, left)]
        if not np.array_equal(wanted, left):
            ids = self._handle.ids_of(wanted)
            plan = Pick(plan, tuple(ids), ordered=True)
        self._made = (snapshot, plan, wanted)
        return self._made
