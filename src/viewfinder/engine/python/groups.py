"""Steps about groups, sample by sample."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

from viewfinder.engine.groups import GroupStep
from viewfinder.engine.python.comparisons import truth
from viewfinder.engine.python.evaluate import Place, evaluate
from viewfinder.expr.nodes import Node
from viewfinder.expr.plan import OfGroups, Representatives

__all__ = ["after_group_step"]

Document = dict[str, Any]


def after_group_step(
    step: GroupStep, documents: dict[int, Document], chosen: Sequence[Document] = ()
) -> dict[int, Document]:
    """The samples that are left, in their order; `chosen` are those that name groups."""
    if isinstance(step, Representatives) and step.only is not None:
        only = step.only
        documents = {k: d for k, d in documents.items() if truth(evaluate(only, Place(d, d)))}
    groups: dict[Hashable, list[int]] = {}
    for seq, document in documents.items():
        groups.setdefault(_group_of(document, step.keys), []).append(seq)
    if isinstance(step, OfGroups):
        wanted = dict.fromkeys(_group_of(document, step.keys) for document in chosen)
        left = [seq for group in wanted for seq in groups.get(group, [])]
    elif isinstance(step, Representatives):
        left = sorted(members[0] for members in groups.values())
    else:
        stop = None if step.limit is None else step.skip + step.limit
        left = [seq for members in groups.values() for seq in members[step.skip : stop]]
    return {seq: documents[seq] for seq in left}


def _group_of(document: Document, keys: Sequence[Node]) -> Hashable:
    return tuple(_hashable(evaluate(key, Place(document, document))) for key in keys)


def _hashable(value: Any) -> Hashable:
    """The value as a key of a dict; all NaN are one."""
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    if isinstance(value, float) and math.isnan(value):
        return "NaN", None
    kept: Hashable = value
    return kept
