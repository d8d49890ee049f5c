"""One batch of a view as tables of its own, over which the plan's steps are run again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from viewfinder.engine.base import Batch
from viewfinder.engine.duckdb.tables import plain_times
from viewfinder.expr import functions as fn
from viewfinder.expr import nodes as n
from viewfinder.expr.plan import FilterLabels, SetValue
from viewfinder.schema import FRAMES, FRAMES_PREFIX, DatasetSchema

if TYPE_CHECKING:
    from viewfinder.engine.duckdb.relations import LabelStep

__all__ = ["batch_table", "copied", "one_array", "tables_needed"]


def tables_needed(changes: Sequence[LabelStep], table: str, schema: DatasetSchema) -> list[str]:
    """The tables that decide which labels of a field are left, or what values there are."""
    needed = {table}
    todo = [table]
    while todo:
        name = todo.pop()
        for step in changes:
            if not _touches(step, name):
                continue
            for root in _roots(step):
                if root == FRAMES:
                    # All that a step does to frames may matter; frames themselves are not copied.
                    of_frames = {each.field for each in changes if _of_frames(each.field)} - needed
                    needed |= of_frames
                    todo += of_frames
                more = {"samples", root} if root in schema.label_fields else {"samples"}
                todo += more - needed
                needed |= more
    return sorted(needed)


def _of_frames(name: str) -> bool:
    return name == FRAMES or name.startswith(FRAMES_PREFIX)


def copied(tables: Sequence[str]) -> list[str]:
    """Those of the tables that are registered for a batch: frames are read where they are."""
    return [name for name in tables if not _of_frames(name)]


def _touches(step: LabelStep, table: str) -> bool:
    """Whether a step changes a table."""
    if isinstance(step, SetValue) and step.attribute is None:
        return table == "samples"
    return step.field == table


def _roots(step: LabelStep) -> list[str]:
    """The sample fields that a step looks at."""
    if isinstance(step, FilterLabels):
        return _roots_of(step.condition, of_sample=False)
    if isinstance(step, SetValue):
        return _roots_of(step.value, of_sample=step.attribute is None)
    return []


def _roots_of(node: n.Node, *, of_sample: bool) -> list[str]:
    found = []
    if isinstance(node, n.RootField) or (of_sample and isinstance(node, n.Field)):
        found.append(node.path.partition(".")[0])
    if isinstance(node, fn.Random):
        found.append("id")
    for child in n.children(node):
        found += _roots_of(child, of_sample=of_sample)
    return found


def batch_table(batch: Batch, name: str) -> pa.Table:
    """A table of a batch, with the places of its rows as ``"row "``."""
    rows = batch.whole_samples() if name == "samples" else batch.whole_label_rows(name).table
    return plain_times(rows.append_column("row ", pa.array(np.arange(rows.num_rows))))


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    found = column.combine_chunks()
    if isinstance(found, pa.ChunkedArray):
        return found.chunk(0) if found.num_chunks else pa.array([], found.type)
    return found
