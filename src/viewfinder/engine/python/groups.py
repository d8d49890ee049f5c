"""Steps about groups, sample by sample."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

from viewfinder.engine.groups import GroupStep
from viewfinder.engine.python.comparisons import order_of, truth
from viewfinder.engine.python.evaluate import Place, evaluate
from viewfinder.expr.nodes import Node
from viewfinder.expr.plan import OfGroups, Representatives, SortGroups, WhereGroups

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
    elif isinstance(step, WhereGroups):
        kept = {
            g for g, members in groups.items() if truth(_value(step.condition, members, documents))
        }
        left = [seq for seq in documents if _group_of(documents[seq], step.keys) in kept]
    elif isinstance(step, SortGroups):
        key = step.key
        ordered = sorted(
            groups.values(),
            key=lambda members: order_of(_value(key.value, members, documents)),
            reverse=key.reverse,
        )
        left = [seq for members in ordered for seq in members]
    elif isinstance(step, Representatives):
        left = sorted(members[0] for members in groups.values())
    else:
        stop = None if step.limit is None else step.skip + step.limit
        left = [seq for members in groups.values() for seq in members[step.skip : stop]]
    return {seq: documents[seq] for seq in left}


def _value(node: Node, members: Sequence[int], documents: dict[int, Document]) -> Any:
    """What an expression computes from a group."""
    samples = [documents[seq] for seq in members]
    return evaluate(node, Place({}, samples))


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
