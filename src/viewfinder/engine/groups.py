"""Steps of a plan about groups, on arrays: which group a sample is in is known by a number."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from viewfinder.engine.base import Seqs
from viewfinder.expr.plan import (
    GroupSlice,
    OfGroups,
    Representatives,
    SortGroups,
    WhereGroups,
)

__all__ = ["GROUP_STEPS", "GroupStep", "Groups", "in_groups", "of_groups"]

GroupStep: TypeAlias = Representatives | GroupSlice | WhereGroups | SortGroups | OfGroups
GROUP_STEPS = (Representatives, GroupSlice, WhereGroups, SortGroups, OfGroups)

Groups: TypeAlias = npt.NDArray[np.int64]
"""For each sample the number of its group; equal numbers, same group."""


def in_groups(step: Representatives | GroupSlice, seqs: Seqs, groups: Groups) -> Seqs:
    """The samples after a step that looks at one set of samples alone."""
    if not len(seqs):
        return seqs
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    if isinstance(step, Representatives):
        return np.sort(seqs[first])
    order = np.argsort(first[inverse], kind="stable")
    found = seqs[order]
    if not step.skip and step.limit is None:
        return found
    sizes = np.bincount(inverse)[np.argsort(first)]
    place = np.arange(len(seqs)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = place >= step.skip
    if step.limit is not None:
        kept &= place < step.skip + step.limit
    return found[kept]


def of_groups(seqs: Seqs, groups: Groups, chosen: Groups) -> Seqs:
    """The samples of the chosen groups, in the order in which those are named first."""
    if not len(seqs) or not len(chosen):
        return seqs[:0]
    names, first = np.unique(chosen, return_index=True)
    at = np.minimum(np.searchsorted(names, groups), len(names) - 1)
    inside = names[at] == groups
    order = np.argsort(first[at[inside]], kind="stable")
    found: Seqs = seqs[inside][order]
    return found
