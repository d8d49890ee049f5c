"""Steps of a plan that only look at places: done on arrays of samples, without any query."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from viewfinder.engine.base import Seqs, Snapshot
from viewfinder.engine.distances import near_seqs, similar_seqs, within_seqs
from viewfinder.engine.groups import GROUP_STEPS
from viewfinder.errors import ExpressionError
from viewfinder.expr.plan import (
    Drop,
    Hide,
    Near,
    Permute,
    Pick,
    Project,
    Query,
    Similar,
    Slice,
    Step,
    Where,
    Within,
)

__all__ = ["BY_PLACE", "CHOOSING", "count_without_values", "permuted", "pick_seqs"]


def pick_seqs(seqs: Seqs, step: Step, snapshot: Snapshot) -> Seqs:
    """The samples that are left, in their order, after a step that looks at no values."""
    if isinstance(step, (Project, Hide)):
        return seqs
    if isinstance(step, Slice):
        stop = None if step.limit is None else step.skip + step.limit
        return seqs[step.skip : stop]
    if isinstance(step, Permute):
        return permuted(seqs, step)
    if isinstance(step, (Pick, Drop)):
        wanted = snapshot.seqs_of(step.ids)
        wanted = wanted[wanted >= 0]
        if isinstance(step, Drop):
            return seqs[~np.isin(seqs, wanted)]
        if not step.ordered:
            return seqs[np.isin(seqs, wanted)]
        _, first = np.unique(wanted, return_index=True)
        wanted = wanted[np.sort(first)]
        return wanted[np.isin(wanted, seqs)]
    if isinstance(step, Similar):
        return similar_seqs(seqs, step, snapshot)
    if isinstance(step, Near):
        return near_seqs(seqs, step, snapshot)
    if isinstance(step, Within):
        return within_seqs(seqs, step, snapshot)
    raise ExpressionError(f"The DuckDB engine does not know plans with {type(step).__name__}.")


BY_PLACE = (Pick, Drop, Slice, Permute, Similar, Near, Within)
"""Steps that choose or order samples without a query."""

CHOOSING = (Where, Query, *GROUP_STEPS)
"""Steps that choose samples by what is in them."""


def permuted(seqs: Seqs, step: Permute) -> Seqs:
    """The samples in the order that follows from the seed."""
    order = np.random.default_rng(step.seed).permutation(len(seqs))
    return seqs[order if step.size is None else order[: step.size]]


def count_without_values(todo: Sequence[Step], snapshot: Snapshot) -> int:
    """The number of samples after steps that choose by place alone."""
    seqs: Seqs | None = None
    for step in todo:
        if isinstance(step, BY_PLACE):
            seqs = pick_seqs(snapshot.seqs if seqs is None else seqs, step, snapshot)
    return snapshot.count if seqs is None else len(seqs)
