"""Stages that choose samples, or put them in an order."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, ClassVar

from viewfinder.errors import ExpressionError
from viewfinder.expr import Plan, as_node
from viewfinder.expr import nodes as n
from viewfinder.expr.plan import Drop, Permute, Pick, Slice, Sort, SortKey, Where
from viewfinder.expr.types import Holds, Scope, ValueType, type_of
from viewfinder.schema import DatasetSchema, ListField, Place, resolve
from viewfinder.stages.base import (
    ViewStage,
    check_condition,
    condition,
    constants,
    literals,
    names,
    register,
    sample_ids,
    set_value,
)
from viewfinder.stages.targets import present

__all__ = [
    "Exclude",
    "ExcludeBy",
    "Exists",
    "Limit",
    "Match",
    "MatchTags",
    "Select",
    "SelectBy",
    "Shuffle",
    "Skip",
    "SortBy",
    "Take",
    "check_order",
]


@register
@dataclass(frozen=True)
class Match(ViewStage):
    """The samples for which an expression is true."""

    filter: Any

    def __post_init__(self) -> None:
        set_value(self, "filter", condition(self.filter, "match()"))

    def validate(self, schema: DatasetSchema) -> None:
        check_condition(self.filter, schema)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        return Where(plan, self.filter)


@register
@dataclass(frozen=True)
class MatchTags(ViewStage):
    """The samples with one, or with ``all=True`` all, of some tags; ``bool=False``: the others."""

    tags: Any
    bool: Any = None
    all: bool = False

    def __post_init__(self) -> None:
        set_value(self, "tags", names(self.tags))

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        options = tuple(n.Literal(tag) for tag in self.tags)
        found: n.Node = n.Contains(n.Field("tags"), options, self.all)
        return Where(plan, n.Not(found) if self.bool is False else found)


@register
@dataclass(frozen=True)
class Exists(ViewStage):
    """The samples that have a value in a field; ``bool=False``: those that have none."""

    field: str
    bool: Any = None

    def validate(self, schema: DatasetSchema) -> None:
        resolve(schema, self.field)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        node = present(schema, self.field)
        return Where(plan, n.Not(node) if self.bool is False else node)


@register
@dataclass(frozen=True)
class SortBy(ViewStage):
    """The samples by a field or expression; those that are equal stay in their order.

    Several keys are given as a list of ``(field or expression, 1 or -1)``, the first being the
    most important; -1 is for descending order.
    """

    field_or_expr: Any
    reverse: Any = False

    def __post_init__(self) -> None:
        target = self.field_or_expr
        if isinstance(target, (list, tuple)):
            keys = tuple(self._key(item) for item in target)
        else:
            keys = (self._key((target, -1 if self.reverse else 1)),)
        if not keys:
            raise ExpressionError("sort_by() needs at least one field or expression.")
        # As given, but frozen: a field's name stays a name so that the stage prints as written.
        frozen: Any
        if isinstance(target, (list, tuple)):
            frozen = tuple((key.value, -1 if key.reverse else 1) for key in keys)
        else:
            frozen = target if isinstance(target, str) else as_node(target)
        set_value(self, "field_or_expr", frozen)
        set_value(self, "reverse", bool(self.reverse))

    @property
    def keys(self) -> tuple[SortKey, ...]:
        """The keys of the sort, the most important first."""
        if isinstance(self.field_or_expr, tuple):
            return tuple(self._key(item) for item in self.field_or_expr)
        return (self._key((self.field_or_expr, -1 if self.reverse else 1)),)

    @staticmethod
    def _key(item: Any) -> SortKey:
        target, direction = item if isinstance(item, (list, tuple)) else (item, 1)
        if direction not in (1, -1):
            raise ExpressionError(f"The direction of a sort is 1 or -1, not {direction!r}.")
        node = n.Field(target) if isinstance(target, str) else as_node(target)
        return SortKey(node, direction == -1)

    def validate(self, schema: DatasetSchema) -> None:
        for key in self.keys:
            check_order(key.value, type_of(key.value, Scope(schema)), "Samples")

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        return Sort(plan, self.keys)


def check_order(node: n.Node, found: ValueType, what: str) -> None:
    """Raises ExpressionError where values of a type have no order."""
    if found.holds in (Holds.LIST, Holds.DOCUMENT, Holds.ARRAY, Holds.ANY):
        raise ExpressionError(
            f"{what} can't be sorted by {node}, which holds {found}. Sort by one value each, such "
            "as a length(), min() or max()."
        )


@register
@dataclass(frozen=True)
class Select(ViewStage):
    """The samples of some ids, with ``ordered=True`` in the order of the ids."""

    sample_ids: Any
    ordered: bool = False

    def __post_init__(self) -> None:
        set_value(self, "sample_ids", sample_ids(self.sample_ids))

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        return Pick(plan, self.sample_ids, self.ordered)


@register
@dataclass(frozen=True)
class Exclude(ViewStage):
    """The samples without those of some ids."""

    sample_ids: Any

    def __post_init__(self) -> None:
        set_value(self, "sample_ids", sample_ids(self.sample_ids))

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        return Drop(plan, self.sample_ids)


@dataclass(frozen=True)
class _ByValues(ViewStage):
    field: str
    values: Any

    def __post_init__(self) -> None:
        set_value(self, "values", constants(self.values))
        as_node(self.values)

    def validate(self, schema: DatasetSchema) -> None:
        found = resolve(schema, self.field)
        if found.place not in (Place.SAMPLE, Place.DOCUMENT) or isinstance(found.field, ListField):
            raise ExpressionError(
                f"Samples can't be chosen by the values of '{self.field}': one plain value a "
                "sample is needed. Use match() with an expression."
            )


@register
@dataclass(frozen=True)
class SelectBy(_ByValues):
    """The samples with one of some values in a field, with ``ordered=True`` in their order."""

    ordered: bool = False

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        field = n.Field(self.field)
        chosen = Where(plan, n.IsIn(field, literals(self.values)))
        if not self.ordered:
            return chosen
        keys = tuple(SortKey(n.Equal(field, n.Literal(v)), reverse=True) for v in self.values)
        return Sort(chosen, keys)


@register
@dataclass(frozen=True)
class ExcludeBy(_ByValues):
    """The samples without those that have one of some values in a field."""

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        return Where(plan, n.Not(n.IsIn(n.Field(self.field), literals(self.values))))


@register
@dataclass(frozen=True)
class Take(ViewStage):
    """At most `size` samples at random; the same ones for the same `seed`."""

    HIDDEN: ClassVar = ("drawn",)

    size: int
    seed: int | None = None
    drawn: int | None = None

    def __post_init__(self) -> None:
        _draw(self, self.seed, self.drawn)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        assert self.drawn is not None
        return Permute(plan, self.drawn, max(self.size, 0))


@register
@dataclass(frozen=True)
class Shuffle(ViewStage):
    """The samples in a random order, the same one for the same `seed`."""

    HIDDEN: ClassVar = ("drawn",)

    seed: int | None = None
    drawn: int | None = None

    def __post_init__(self) -> None:
        _draw(self, self.seed, self.drawn)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        assert self.drawn is not None
        return Permute(plan, self.drawn)


def _draw(stage: ViewStage, seed: int | None, drawn: int | None) -> None:
    """Settles the seed when the stage is made, so that a view stays the same while it is used."""
    if drawn is None:
        drawn = random.randrange(2**32) if seed is None else abs(int(seed))
    set_value(stage, "drawn", drawn)


@register
@dataclass(frozen=True)
class Limit(ViewStage):
    """The first samples."""

    limit: int

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        return Slice(plan, limit=max(self.limit, 0))


@register
@dataclass(frozen=True)
class Skip(ViewStage):
    """The samples without the first ones."""

    skip: int

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        return Slice(plan, skip=max(self.skip, 0))
