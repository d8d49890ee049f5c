"""Stages that choose what is seen of each sample: its fields, and the labels in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from viewfinder.errors import ExpressionError
from viewfinder.expr import VALUE, F, Plan, ViewExpression
from viewfinder.expr import nodes as n
from viewfinder.expr.plan import FilterLabels as FilterPlan
from viewfinder.expr.plan import Hide, Project, Where
from viewfinder.expr.plan import LimitLabels as LimitPlan
from viewfinder.schema import (
    DEFAULT_FIELDS,
    FRAMES,
    FRAMES_PREFIX,
    DatasetSchema,
    EmbeddedDocumentField,
    resolve,
)
from viewfinder.stages.base import (
    ViewStage,
    check_condition,
    condition,
    label_field,
    label_list_path,
    literals,
    names,
    register,
    set_value,
)
from viewfinder.stages.meta_filters import MetaFilter, as_meta_filter, fields_that_match

__all__ = [
    "ExcludeFields",
    "ExcludeLabels",
    "FilterLabels",
    "LimitLabels",
    "MatchLabels",
    "SelectFields",
    "SelectLabels",
]


@register
@dataclass(frozen=True)
class FilterLabels(ViewStage):
    """The labels of a field for which an expression is true, and the samples that have such.

    With ``only_matches=False`` the samples without such labels stay. With ``trajectories`` a label
    of a video's frame stays where that is true of any label with its ``index`` in the video.
    """

    field: str
    filter: Any
    only_matches: Any = True
    trajectories: bool = False

    def __post_init__(self) -> None:
        set_value(self, "filter", condition(self.filter, "filter_labels()"))

    def validate(self, schema: DatasetSchema) -> None:
        check_condition(self.filter, schema, self.field)
        if self.trajectories:
            field = label_field(schema, self.field)
            inner = field.removeprefix(FRAMES_PREFIX)
            if field == inner or label_list_path(schema.frames, inner) == inner:
                raise ExpressionError(
                    "trajectories=True needs a field of frames that holds lists of labels, such as "
                    f"'frames.detections'; '{self.field}' is none."
                )

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        field = label_field(schema, self.field)
        chosen = self._in_trajectories(schema, field) if self.trajectories else self.filter
        filtered = FilterPlan(plan, field, chosen)
        return Where(filtered, has_labels(schema, field)) if self.only_matches else filtered

    def _in_trajectories(self, schema: DatasetSchema, field: str) -> Any:
        """Whether a label has the index of one in its video for which the filter is true."""
        labels = F(label_list_path(schema.frames, field.removeprefix(FRAMES_PREFIX)))
        found = labels.filter(ViewExpression(self.filter)).map(F("index"))
        there = F("$frames").filter(labels.exists())
        indices = there.map(found).reduce(VALUE.extend(F()), init_val=[])
        return condition(F("index").is_in(indices), "filter_labels()")


@register
@dataclass(frozen=True)
class LimitLabels(ViewStage):
    """At most the first `limit` labels of a field in each sample."""

    field: str
    limit: int

    def validate(self, schema: DatasetSchema) -> None:
        if label_list_path(schema, label_field(schema, self.field)) in schema:
            raise ExpressionError(f"Field '{self.field}' holds one label, there is no list.")

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        return LimitPlan(plan, label_field(schema, self.field), max(self.limit, 0))


class _OfFields(ViewStage):
    """What the stages that name fields have in common."""

    if TYPE_CHECKING:

        @property
        def field_names(self) -> tuple[str, ...]: ...
        @property
        def meta_filter(self) -> MetaFilter: ...

    def __post_init__(self) -> None:
        set_value(self, "field_names", names(self.field_names))
        set_value(self, "meta_filter", as_meta_filter(self.meta_filter))

    def chosen(self, schema: DatasetSchema) -> tuple[str, ...]:
        """The fields that are named, and those that the filter finds."""
        if self.meta_filter is None:
            return self.field_names
        found = fields_that_match(schema, self.meta_filter)
        return tuple(dict.fromkeys((*self.field_names, *found)))


@register
@dataclass(frozen=True)
class SelectFields(_OfFields):
    """The samples with only some fields, besides those that every sample has."""

    field_names: Any = None
    meta_filter: Any = None

    def validate(self, schema: DatasetSchema) -> None:
        for name in self.field_names:
            resolve(schema, name)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        return Project(plan, self.chosen(schema))


@register
@dataclass(frozen=True)
class ExcludeFields(_OfFields):
    """The samples without some fields."""

    field_names: Any = None
    meta_filter: Any = None

    def validate(self, schema: DatasetSchema) -> None:
        for name in self.field_names:
            resolve(schema, name)
            if name in DEFAULT_FIELDS:
                raise ExpressionError(f"Every sample has '{name}': it can't be excluded.")

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        found = tuple(name for name in self.chosen(schema) if name not in DEFAULT_FIELDS)
        return Hide(plan, found)


class _OfLabels(ViewStage):
    """What the stages that name labels one by one have in common."""

    if TYPE_CHECKING:
        # Declared by each stage, in the order of its arguments.
        @property
        def labels(self) -> Any: ...
        @property
        def ids(self) -> Any: ...
        @property
        def instance_ids(self) -> Any: ...
        @property
        def tags(self) -> Any: ...
        @property
        def fields(self) -> Any: ...

    def __post_init__(self) -> None:
        for name in ("ids", "instance_ids", "tags"):
            if getattr(self, name) is not None:
                set_value(self, name, names(getattr(self, name)))
        if self.fields is not None:
            set_value(self, "fields", names(self.fields))
        if self.labels is not None:
            set_value(self, "labels", _label_refs(self.labels))

    def validate(self, schema: DatasetSchema) -> None:
        for name in self.fields or ():
            label_field(schema, name)
        for field, _ in self.labels or ():
            label_field(schema, field)

    def chosen_fields(self, schema: DatasetSchema) -> list[str]:
        """The label fields that are looked into."""
        if self.fields is not None:
            return [label_field(schema, name) for name in self.fields]
        if self.labels is not None:
            return list(dict.fromkeys(label_field(schema, field) for field, _ in self.labels))
        return list(schema.all_label_fields)

    def chosen(self, schema: DatasetSchema, field: str) -> n.Node | None:
        """The condition that the labels meant here meet; None where nothing but fields is said."""
        parts: list[n.Node] = []
        if self.labels is not None:
            wanted = tuple(i for name, i in self.labels if label_field(schema, name) == field)
            parts.append(n.IsIn(n.Field("id"), literals(wanted)))
        if self.ids is not None:
            parts.append(n.IsIn(n.Field("id"), literals(self.ids)))
        if self.instance_ids is not None:
            parts.append(_of_instances(schema, field, self.instance_ids))
        if self.tags is not None:
            options = tuple(n.Literal(tag) for tag in self.tags)
            parts.append(n.Contains(n.Field("tags"), options))
        result: n.Node | None = None
        for part in parts:
            result = part if result is None else n.And(result, part)
        return result


@register
@dataclass(frozen=True)
class SelectLabels(_OfLabels):
    """Some labels by reference, id or tag; of the samples those that keep one.

    `labels` are dicts with "label_id" and "field". Where `labels` or `fields` are given, other
    label fields are hidden. With ``omit_empty=False`` samples without such labels stay.
    """

    labels: Any = None
    ids: Any = None
    instance_ids: Any = None
    tags: Any = None
    fields: Any = None
    omit_empty: Any = True

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        fields = self.chosen_fields(schema)
        for field in fields:
            wanted = self.chosen(schema, field)
            if wanted is not None:
                plan = FilterPlan(plan, field, wanted)
        if self.omit_empty:
            plan = Where(plan, _any(has_labels(schema, field) for field in fields))
        others = tuple(name for name in schema.all_label_fields if name not in fields)
        return Hide(plan, others) if others else plan


@register
@dataclass(frozen=True)
class ExcludeLabels(_OfLabels):
    """All labels but some by reference, id or tag; samples without labels in any field go.

    With ``omit_empty=False`` they stay. Where only `fields` are given, all their labels go.
    """

    labels: Any = None
    ids: Any = None
    instance_ids: Any = None
    tags: Any = None
    fields: Any = None
    omit_empty: Any = True

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        fields = self.chosen_fields(schema)
        for field in fields:
            unwanted = self.chosen(schema, field)
            keep = n.Literal(value=False) if unwanted is None else n.Not(unwanted)
            plan = FilterPlan(plan, field, keep)
        if self.omit_empty:
            holders = schema.all_label_fields
            plan = Where(plan, _any(has_labels(schema, field) for field in holders))
        return plan


@register
@dataclass(frozen=True)
class MatchLabels(_OfLabels):
    """The samples with a label of some reference, id, tag or filter; ``bool=False``: others."""

    labels: Any = None
    ids: Any = None
    instance_ids: Any = None
    tags: Any = None
    filter: Any = None
    fields: Any = None
    bool: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.filter is not None:
            set_value(self, "filter", condition(self.filter, "match_labels()"))

    def validate(self, schema: DatasetSchema) -> None:
        super().validate(schema)
        if self.filter is not None:
            for field in self.chosen_fields(schema):
                check_condition(self.filter, schema, field)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        found = _any(self._matches(schema, field) for field in self.chosen_fields(schema))
        return Where(plan, n.Not(found) if self.bool is False else found)

    def _matches(self, schema: DatasetSchema, field: str) -> n.Node:
        wanted = self.chosen(schema, field)
        if self.filter is not None:
            wanted = self.filter if wanted is None else n.And(wanted, self.filter)
        if wanted is None:
            return has_labels(schema, field)
        return _has_such(schema, field, wanted)


def _of_instances(schema: DatasetSchema, field: str, ids: tuple[str, ...]) -> n.Node:
    """Whether a label shows one of these objects; no label does where none has an instance."""
    held = schema.holder(field)
    assert isinstance(held, EmbeddedDocumentField)
    if "instance" not in held.attributes:
        return n.Literal(value=False)
    return n.IsIn(n.Field("instance.id"), literals(ids))


def _has_such(schema: DatasetSchema, field: str, wanted: n.Node) -> n.Node:
    """Whether a sample has a label in a field for which a condition is true."""
    if field.startswith(FRAMES_PREFIX):
        inside = _has_such(schema.frames, field.removeprefix(FRAMES_PREFIX), wanted)
        return n.Greater(n.Length(n.Filter(n.Field(FRAMES), inside)), n.Literal(0))
    path = n.Field(label_list_path(schema, field))
    if path.path == field:
        return n.And(n.Not(n.IsNull(path)), n.Apply(path, wanted))
    return n.Greater(n.Length(n.Filter(path, wanted)), n.Literal(0))


def has_labels(schema: DatasetSchema, field: str) -> n.Node:
    """Whether a sample has at least one label in a field."""
    if field.startswith(FRAMES_PREFIX):
        inside = has_labels(schema.frames, field.removeprefix(FRAMES_PREFIX))
        return n.Greater(n.Length(n.Filter(n.Field(FRAMES), inside)), n.Literal(0))
    path = label_list_path(schema, field)
    if path == field:
        return n.Not(n.IsNull(n.Field(field)))
    return n.Greater(n.Length(n.Field(path)), n.Literal(0))


def _any(conditions: Iterable[n.Node]) -> n.Node:
    result: n.Node = n.Literal(value=False)
    for index, part in enumerate(conditions):
        result = part if index == 0 else n.Or(result, part)
    return result


def _label_refs(labels: Any) -> tuple[tuple[str, str], ...]:
    refs = []
    for item in [labels] if isinstance(labels, dict) else labels:
        if isinstance(item, tuple):
            refs.append((str(item[0]), str(item[1])))
            continue
        try:
            refs.append((str(item["field"]), str(item["label_id"])))
        except (KeyError, TypeError):
            raise ExpressionError(
                f"A label is named by a dict with 'field' and 'label_id', not by {item!r}."
            ) from None
    return tuple(refs)
