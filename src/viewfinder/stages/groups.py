"""Stages about groups: those that samples form with their slices, and those that values make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from viewfinder.errors import ExpressionError
from viewfinder.expr import Plan, Scan, as_node
from viewfinder.expr import nodes as n
from viewfinder.expr.group_keys import check_key, type_of_group_value
from viewfinder.expr.plan import (
    GroupSlice,
    Hide,
    OfGroups,
    Permute,
    Project,
    Representatives,
    Sort,
    SortGroups,
    SortKey,
    Step,
    Where,
    WhereGroups,
    steps,
)
from viewfinder.expr.types import Scope
from viewfinder.schema import DatasetSchema, Group, group_field_of
from viewfinder.stages.base import (
    ViewStage,
    literals,
    names,
    register,
    set_value,
    stage_from_json,
)
from viewfinder.stages.distances import GeoNear, SortBySimilarity
from viewfinder.stages.rows import RowStage
from viewfinder.stages.samples import (
    Limit,
    Select,
    SelectBy,
    Shuffle,
    Skip,
    SortBy,
    Take,
    check_order,
)

__all__ = [
    "ExcludeGroupSlices",
    "ExcludeGroups",
    "Flatten",
    "GroupBy",
    "SelectGroupSlices",
    "SelectGroups",
    "one_slice",
]


def one_slice(field: str, name: str) -> Plan:
    """The plan that a view of a grouped dataset begins with: the samples of its active slice."""
    return Where(Scan(), n.Equal(n.Field(f"{field}.name"), n.Literal(name)))


def _is_one_slice(plan: Plan, field: str) -> bool:
    match plan:
        case Where(Scan(), n.Equal(n.Field(path), n.Literal())):
            return path == f"{field}.name"
    return isinstance(plan, Scan)


@register
@dataclass(frozen=True)
class SelectGroupSlices(ViewStage):
    """The samples of some slices of the groups; with ``flat=False`` groups of these slices only.

    After other stages these are the samples that belong to the groups of the samples that are
    left, and they come as the dataset has them.
    """

    HIDDEN: ClassVar = ("always_by_group",)

    slices: Any = None
    media_type: str | None = None
    flat: bool = True
    always_by_group: bool = False
    """Whether only groups that have the active slice count, also where no stage came before."""

    def __post_init__(self) -> None:
        if self.slices is not None:
            set_value(self, "slices", names(self.slices))

    def validate(self, schema: DatasetSchema) -> None:
        _needed_field(schema)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        field = _needed_field(schema)
        if self.flat and (self.always_by_group or not _is_one_slice(plan, field)):
            whole: Plan = OfGroups(Scan(), (n.Field(f"{field}.id"),), plan)
            plan = _with_fields_of(whole, steps(plan))
        elif self.flat:
            plan = Scan()
        if self.slices is None:
            return plan
        return Where(plan, n.IsIn(n.Field(f"{field}.name"), literals(self.slices)))


@register
@dataclass(frozen=True)
class ExcludeGroupSlices(ViewStage):
    """Groups without some of their slices."""

    slices: Any = None
    media_type: str | None = None

    def __post_init__(self) -> None:
        if self.slices is not None:
            set_value(self, "slices", names(self.slices))

    def validate(self, schema: DatasetSchema) -> None:
        _needed_field(schema)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        found = n.IsIn(n.Field(f"{_needed_field(schema)}.name"), literals(self.slices or ()))
        return Where(plan, n.Not(found))


@dataclass(frozen=True)
class _ByGroups(ViewStage):
    group_ids: Any

    def __post_init__(self) -> None:
        set_value(self, "group_ids", _group_ids(self.group_ids))

    def validate(self, schema: DatasetSchema) -> None:
        _needed_field(schema)


@register
@dataclass(frozen=True)
class SelectGroups(_ByGroups):
    """The samples of some groups, with ``ordered=True`` in the order of their ids."""

    ordered: bool = False

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        field = n.Field(f"{_needed_field(schema)}.id")
        chosen = Where(plan, n.IsIn(field, literals(self.group_ids)))
        if not self.ordered:
            return chosen
        keys = tuple(SortKey(n.Equal(field, n.Literal(i)), reverse=True) for i in self.group_ids)
        return Sort(chosen, keys)


@register
@dataclass(frozen=True)
class ExcludeGroups(_ByGroups):
    """The samples that are in none of some groups."""

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        field = n.Field(f"{_needed_field(schema)}.id")
        return Where(plan, n.Not(n.IsIn(field, literals(self.group_ids))))


@register
@dataclass(frozen=True)
class GroupBy(ViewStage):
    """The samples grouped by a value, or several: the first sample of each group stands for it.

    With ``flat=True`` all samples, group by group.
    """

    field_or_expr: Any
    order_by: Any = None
    reverse: bool = False
    flat: bool = False
    match_expr: Any = None
    sort_expr: Any = None
    create_index: bool = False
    order_by_key: Any = None

    def __post_init__(self) -> None:
        given = self.field_or_expr
        several = isinstance(given, (list, tuple))
        keys = tuple(given) if several else (given,)
        if not keys:
            raise ExpressionError("group_by() needs at least one field or expression.")
        frozen = tuple(key if isinstance(key, str) else as_node(key) for key in keys)
        set_value(self, "field_or_expr", frozen if several else frozen[0])
        if self.order_by is not None:
            set_value(self, "order_by", SortBy(self.order_by).field_or_expr)
        for name in ("match_expr", "sort_expr"):
            value = getattr(self, name)
            set_value(self, name, None if value is None else as_node(value))
        set_value(self, "reverse", bool(self.reverse))

    @property
    def keys(self) -> tuple[n.Node, ...]:
        """What samples of one group have in common."""
        given = self.field_or_expr
        several = given if isinstance(given, tuple) else (given,)
        return tuple(n.Field(key) if isinstance(key, str) else key for key in several)

    @property
    def order(self) -> SortBy | None:
        """The stage that puts the samples of each group in order."""
        return None if self.order_by is None else SortBy(self.order_by, self.reverse)

    def validate(self, schema: DatasetSchema) -> None:
        for key in self.keys:
            check_key(key, Scope(schema))
        if self.order is not None:
            self.order.validate(schema)
        if self.match_expr is not None:
            type_of_group_value(self.match_expr, schema)
        if self.sort_expr is not None:
            check_order(self.sort_expr, type_of_group_value(self.sort_expr, schema), "Groups")
        if self.order_by_key is not None and self.order is None:
            raise ExpressionError("order_by_key is a value of order_by; give order_by, too.")

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        order = self.order
        if order is not None:
            plan = order.lower(plan, schema)
        if self.flat:
            if self.match_expr is not None:
                plan = WhereGroups(plan, self.keys, self.match_expr)
            if self.sort_expr is None:
                return GroupSlice(plan, self.keys)
            return SortGroups(plan, self.keys, SortKey(self.sort_expr, self.reverse))
        only = None
        if self.order_by_key is not None and order is not None:
            only = n.Equal(order.keys[0].value, n.Literal(self.order_by_key))
        return Representatives(plan, self.keys, only)


@register
@dataclass(frozen=True)
class Flatten(ViewStage):
    """All samples of the groups that :class:`GroupBy` made, group by group.

    Stages may be given that are applied to the samples of each group.
    """

    stages: Any = None

    def __post_init__(self) -> None:
        given = self.stages
        if given is not None:
            several = (given,) if isinstance(given, ViewStage) else tuple(given)
            set_value(self, "stages", several)

    def validate(self, schema: DatasetSchema) -> None:
        for stage in self.stages or ():
            if isinstance(stage, _NOT_IN_GROUPS) or getattr(stage, "k", None) is not None:
                raise ExpressionError(
                    f"{stage} can't be applied to each group by flatten(). Add it to the view."
                )
            stage.validate(schema)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        todo = steps(plan)
        made = [at for at, step in enumerate(todo) if isinstance(step, Representatives)]
        if not made:
            raise ExpressionError("There are no groups to flatten. Use group_by() first.")
        group = todo[made[-1]]
        assert isinstance(group, Representatives)
        whole: Plan = OfGroups(group.source, group.keys, plan)
        whole = _with_fields_of(whole, todo[made[-1] + 1 :])
        for stage in self.stages or ():
            whole = _in_each_group(stage, whole, group.keys, plan, schema)
        return whole

    def to_json(self) -> dict[str, Any]:
        inside = None if self.stages is None else [stage.to_json() for stage in self.stages]
        return {"stage": "Flatten", "stages": inside}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        inside = data["stages"]
        return cls(None if inside is None else tuple(map(stage_from_json, inside)))

    def __str__(self) -> str:
        return f"Flatten({', '.join(map(str, self.stages or ()))})"


_NOT_IN_GROUPS = (
    RowStage, SelectGroupSlices, ExcludeGroupSlices, SelectGroups, ExcludeGroups, GroupBy, Flatten,
)  # fmt: skip
_REORDERING = (SortBy, Shuffle, Select, SelectBy, SortBySimilarity, GeoNear)


def _in_each_group(
    stage: ViewStage, plan: Plan, keys: tuple[n.Node, ...], chosen: Plan, schema: DatasetSchema
) -> Plan:
    """A stage applied to the samples of each group, which stay together."""
    if isinstance(stage, Limit):
        return GroupSlice(plan, keys, 0, max(stage.limit, 0))
    if isinstance(stage, Skip):
        return GroupSlice(plan, keys, max(stage.skip, 0))
    if isinstance(stage, Take):
        assert stage.drawn is not None
        mixed = OfGroups(Permute(plan, stage.drawn), keys, chosen)
        return GroupSlice(mixed, keys, 0, max(stage.size, 0))
    plan = stage.lower(plan, schema)
    return OfGroups(plan, keys, chosen) if isinstance(stage, _REORDERING) else plan


def _with_fields_of(plan: Plan, todo: Sequence[Step]) -> Plan:
    """The plan with only those fields that the steps leave."""
    for step in todo:
        if isinstance(step, (Project, Hide)):
            plan = replace(step, source=plan)
    return plan


def _needed_field(schema: DatasetSchema) -> str:
    field = group_field_of(schema.fields)
    if field is None:
        raise ExpressionError(
            "There are no groups here. Add samples with a field that holds Group().element(name), "
            "or call add_group_field()."
        )
    return field


def _group_ids(groups: Any) -> tuple[str, ...]:
    """Ids of groups from ids, groups, samples, dicts of samples by slice; one or several."""
    if isinstance(groups, (str, Group, Mapping)) or hasattr(groups, "filepath"):
        groups = [groups]
    return tuple(_group_id(item) for item in groups)


def _group_id(item: Any) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, Mapping):
        item = next(iter(item.values()), None)
    if isinstance(item, Group):
        return item.id
    if hasattr(item, "iter_fields"):
        for _, value in item.iter_fields():
            if isinstance(value, Group):
                return value.id
    raise ExpressionError(
        f"{item!r} names no group. Groups are chosen by their ids, as Group objects, or by samples "
        "that are in a group."
    )
