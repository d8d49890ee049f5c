"""What every collection stands on: a handle, a list of stages, and the plan that both give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from typing_extensions import TypeVar

from viewfinder.expr import Scan, plan_schema
from viewfinder.samples.frame_plans import frame_source
from viewfinder.samples.handle import point_rows
from viewfinder.samples.rows import RowBatch
from viewfinder.schema import DatasetSchema

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewfinder.expr import Plan
    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.stages import ViewStage
    from viewfinder.store import Snapshot

__all__ = ["CollectionCore", "ViewT"]

ViewT = TypeVar("ViewT", default=Any)
"""The class of views that a collection's stages give."""


class CollectionCore(Generic[ViewT]):
    """A dataset, or a view: the dataset and stages that choose from it and change how it looks."""

    SHARES_SAMPLES: ClassVar[bool] = False
    """Whether a sample that somebody holds is handed out again, rather than a new object."""

    def __init__(self, handle: DatasetHandle, stages: tuple[ViewStage, ...] = ()) -> None:
        self._handle = handle
        self._stages = stages
        self._planned: tuple[DatasetSchema, Plan, tuple[ViewStage, ...], Plan] | None = None

    @property
    def handle(self) -> DatasetHandle:
        """The open dataset that this collection shows."""
        return self._handle

    @property
    def root(self) -> SampleCollection[ViewT]:
        """The whole dataset."""
        raise NotImplementedError

    def with_stages(self, stages: tuple[ViewStage, ...]) -> ViewT:
        """The view of the dataset through these stages."""
        raise NotImplementedError

    @property
    def stages(self) -> tuple[ViewStage, ...]:
        """The stages of the view in order; none for a dataset."""
        return self._stages

    @property
    def label(self) -> str:
        """The collection in the words of an error message."""
        return f"dataset '{self._handle.name}'"

    @property
    def element(self) -> str:
        """What one of the collection's samples is called in its summary."""
        return "sample"

    def snapshot(self) -> Snapshot:
        """The dataset as it is now."""
        return self._handle.snapshot()

    def plan(self, schema: DatasetSchema) -> Plan:
        """The stages lowered to a plan, for a dataset of that schema."""
        base, stages = self.base_plan(), self.planned_stages()
        known = self._planned
        if known is None or known[0] is not schema or known[1:3] != (base, stages):
            plan = base
            for stage in stages:
                plan = stage.lower(plan, plan_schema(plan, schema))
            known = self._planned = (schema, base, stages, plan)
        return known[3]

    def check_stage(self, stage: ViewStage) -> None:
        """Raises where a stage means nothing here, whatever fields there are."""

    def base_plan(self) -> Plan:
        """The plan before the first stage."""
        return Scan()

    def planned_stages(self) -> tuple[ViewStage, ...]:
        """The stages as they are lowered."""
        return self._stages

    @property
    def shows_all(self) -> bool:
        """Whether these are all samples of the dataset, as they are."""
        return not self._stages

    def visible_schema(self) -> DatasetSchema:
        """The fields that are to be seen in this collection."""
        schema = self._handle.schema()
        return plan_schema(self.plan(schema), schema) if self._stages else schema

    def seqs(self) -> npt.NDArray[np.int64]:
        """The numbers of the collection's samples, in its order."""
        snapshot = self.snapshot()
        if self.shows_all:
            return snapshot.seqs
        return self._handle.engine.seqs(self.plan(snapshot.schema), snapshot)

    def row_batches(self, batch_size: int = 1000) -> Iterator[RowBatch]:
        """The collection's samples, some at a time, as of one moment."""
        snapshot = self.snapshot()
        if self.shows_all:
            seqs = snapshot.seqs
            for start in range(0, len(seqs), batch_size):
                yield point_rows(self._handle, snapshot, seqs[start : start + batch_size])
            return
        plan = self.plan(snapshot.schema)
        for batch in self._handle.engine.batches(plan, snapshot, batch_size=batch_size):

            def labels(name: str, batch: Any = batch) -> tuple[Any, npt.NDArray[np.int64]]:
                rows = batch.label_rows(name)
                return rows.table, rows.offsets

            rows = RowBatch(batch.schema, batch.seqs, batch.samples, labels, self.rows_again)
            rows.frame_source = self.frame_source(plan, snapshot)
            yield rows

    def frame_source(self, plan: Plan, snapshot: Snapshot) -> Callable[[int], RowBatch] | None:
        """From a sample's number to the frames that a plan shows of it; None where that is all."""
        return frame_source(self._handle, plan, snapshot)

    def rows_again(self, seq: int) -> RowBatch:
        """One sample as this collection shows it now; an empty batch where it is not in it."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CollectionCore):
            return NotImplemented
        return other.handle.target is self._handle.target and other.stages == self.stages

    def __hash__(self) -> int:
        return hash((id(self._handle.target), self.stages))
