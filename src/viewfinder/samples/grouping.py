"""Reading groups: the samples of the same group together, and the views of groups of values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import groupby
from typing import TYPE_CHECKING, Any

from viewfinder.errors import DatasetError, ExpressionError
from viewfinder.expr import ViewExpression, as_node
from viewfinder.expr import nodes as n
from viewfinder.stages import GroupBy, Match, SelectGroupSlices, ViewStage

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection
    from viewfinder.samples.sample import Sample

__all__ = ["dynamic_group", "dynamic_group_keys", "samples_by_group"]

_AT_ONCE = 1000


def samples_by_group(
    chosen: SampleCollection, collection: SampleCollection, slices: str | Iterable[str] | None
) -> Iterator[list[Sample]]:
    """The samples of each group of some samples, in their order, as a collection has them.

    Args:
        chosen: samples of the active slice
        collection: what the samples come from: those of a dataset are shared, those of views not
        slices: only these slices
    """
    field = chosen.group_field
    assert field is not None
    stage = SelectGroupSlices(slices, always_by_group=True)
    whole: SampleCollection = chosen.with_stages((*chosen.stages, stage))

    def samples() -> Iterator[Sample]:
        if not collection.SHARES_SAMPLES:
            yield from whole.iter_samples(batch_size=_AT_ONCE)
            return
        seqs = whole.seqs()
        for start in range(0, len(seqs), _AT_ONCE):
            yield from collection.samples_of(seqs[start : start + _AT_ONCE])

    for _, members in groupby(samples(), key=lambda sample: sample[field].id):
        yield list(members)


def dynamic_group(collection: SampleCollection, value: Any) -> Any:
    """The view of the samples that have a value in what a collection was grouped by."""
    before, stage = _grouping(collection)
    keys = stage.keys
    values = list(value) if isinstance(stage.field_or_expr, tuple) else [value]
    if len(values) != len(keys):
        raise ExpressionError(
            f"The samples are grouped by {len(keys)} values, and {len(values)} were given. Give a "
            "list with one for each."
        )
    pairs = zip(keys, values, strict=True)
    tests: list[n.Node] = [n.Equal(key, as_node(wanted)) for key, wanted in pairs]
    condition = reduce(n.And, tests)
    order = stage.order
    stages: tuple[ViewStage, ...] = (*before, *(() if order is None else (order,)))
    return collection.with_stages((*stages, Match(ViewExpression(condition))))


def dynamic_group_keys(collection: SampleCollection) -> list[Any]:
    """The values of the groups that a collection shows, in its order."""
    before, stage = _grouping(collection)
    ids = collection.values("id")
    whole: Any = collection.with_stages(before)
    chosen = whole.select(ids, ordered=True)
    columns = [chosen.values(ViewExpression(key)) for key in stage.keys]
    if isinstance(stage.field_or_expr, tuple):
        return [list(values) for values in zip(*columns, strict=True)]
    found: list[Any] = columns[0]
    return found


def _grouping(collection: SampleCollection) -> tuple[tuple[ViewStage, ...], GroupBy]:
    """The stage that groups the samples, and the stages before it."""
    if collection.is_dynamic_groups:
        stages = collection.stages
        for at in range(len(stages) - 1, -1, -1):
            stage = stages[at]
            if isinstance(stage, GroupBy):
                return stages[:at], stage
    raise DatasetError(
        f"{collection.label[0].upper()}{collection.label[1:]} is not grouped by values. Use "
        "group_by() first."
    )
