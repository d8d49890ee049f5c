"""Stages that show other values than those that are stored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from viewfinder.errors import ExpressionError
from viewfinder.expr import Plan, as_node
from viewfinder.expr import nodes as n
from viewfinder.expr.functions import Call, SetAttribute
from viewfinder.expr.plan import Where
from viewfinder.schema import DEFAULT_FIELDS, DatasetSchema, FieldPath, Place, resolve
from viewfinder.stages.base import (
    ViewStage,
    condition,
    label_field,
    label_list_path,
    names,
    register,
    set_value,
)
from viewfinder.stages.fields import FilterLabels, LimitLabels, has_labels
from viewfinder.stages.targets import changed, check_value, own_value, present, target

__all__ = ["FilterField", "FilterKeypoints", "MapLabels", "MapValues", "SetField"]


@register
@dataclass(frozen=True)
class SetField(ViewStage):
    """The values of a field, or of an attribute of labels, are those of an expression.

    The expression sees the sample; for an attribute it sees the label, for a field of frames the
    frame, and for a value of a document the document. A path may end in a name that labels or
    documents have not got yet.
    """

    field: str
    expr: Any

    def __post_init__(self) -> None:
        set_value(self, "expr", as_node(self.expr))

    def validate(self, schema: DatasetSchema) -> None:
        for step in self._steps(schema):
            if isinstance(step, ViewStage):
                step.validate(schema)
            else:
                check_value(step[1], schema, step[0])

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        for step in self._steps(schema):
            if isinstance(step, ViewStage):
                plan = step.lower(plan, schema)
            else:
                plan = changed(plan, schema, *step)
        return plan

    def _steps(self, schema: DatasetSchema) -> list[ViewStage | tuple[str, n.Node]]:
        """What is set: values; or of a list of labels that is set to itself, changed, the parts."""
        found = target(schema, self.field)
        if found.place is not Place.LABELS:
            return [(self.field, self.expr)]
        steps = _on_labels(self.expr, found)
        if steps is None:
            raise ExpressionError(
                f"The labels of '{self.field}' can be filtered, cut to the first ones and changed "
                "with map(F().set_field(…)) in a view, and not be replaced by others."
            )
        return steps


def _on_labels(node: n.Node, found: FieldPath) -> list[ViewStage | tuple[str, n.Node]] | None:
    """The steps that do to a list of labels what an expression of this very list says."""
    if isinstance(node, n.Field):
        return [] if node.path in (found.text, found.text.rpartition(".")[2]) else None
    inner = getattr(node, "value", None)
    before = _on_labels(inner, found) if isinstance(inner, n.Node) else None
    if before is None:
        return None
    if isinstance(node, n.Filter):
        return [*before, FilterLabels(found.text, node.condition, only_matches=False)]
    if isinstance(node, n.SliceList) and not node.start and (node.stop or 0) >= 0:
        limit = [] if node.stop is None else [LimitLabels(found.text, node.stop)]
        return [*before, *limit]
    if isinstance(node, n.Map):
        changes: list[tuple[str, n.Node]] = []
        result = node.result
        while isinstance(result, SetAttribute):
            changes.insert(0, (f"{found.text}.{result.name}", result.result))
            result = result.value
        if result == n.Field(""):
            return [*before, *changes]
    return None


def pairs(values: Any) -> tuple[tuple[Any, Any], ...]:
    """The keys and values of a dict, frozen."""
    items = values.items() if isinstance(values, Mapping) else values
    return tuple((key, value) for key, value in items)


@dataclass(frozen=True)
class _Mapped(ViewStage):
    field: str
    map: Any

    def __post_init__(self) -> None:
        set_value(self, "map", pairs(self.map))

    def _path(self, schema: DatasetSchema) -> str:
        return self.field

    def validate(self, schema: DatasetSchema) -> None:
        check_value(self._value(schema), schema, self._path(schema))

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        return changed(plan, schema, self._path(schema), self._value(schema))

    def _value(self, schema: DatasetSchema) -> n.Node:
        own = own_value(resolve(schema, self._path(schema)))
        return n.MapValues(own, tuple((n.Literal(k), n.Literal(v)) for k, v in self.map))


@register
@dataclass(frozen=True)
class MapValues(_Mapped):
    """The values of a field that are keys of a map are replaced by what it gives for them."""


@register
@dataclass(frozen=True)
class MapLabels(_Mapped):
    """The classes of a field's labels that are keys of a map are replaced."""

    def _path(self, schema: DatasetSchema) -> str:
        return f"{label_list_path(schema, label_field(schema, self.field))}.label"


@register
@dataclass(frozen=True)
class FilterField(ViewStage):
    """The values of a field for which an expression, seen from the value, is true; others are None.

    Samples without such a value go, unless ``only_matches=False``.
    """

    field: str
    filter: Any
    only_matches: Any = True

    def __post_init__(self) -> None:
        set_value(self, "filter", condition(self.filter, "filter_field()"))

    def validate(self, schema: DatasetSchema) -> None:
        if resolve(schema, self.field).place is Place.LABELS:
            self._labels().validate(schema)
            return
        if self.field in DEFAULT_FIELDS:
            raise ExpressionError(f"Every sample has '{self.field}': its values can't be filtered.")
        check_value(self._value(schema), schema, self.field)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        found = resolve(schema, self.field)
        if found.place is Place.LABELS:
            return self._labels().lower(plan, schema)
        plan = changed(plan, schema, self.field, self._value(schema))
        if not self.only_matches:
            return plan
        return Where(plan, present(schema, self.field))

    def _labels(self) -> FilterLabels:
        return FilterLabels(self.field, self.filter, only_matches=self.only_matches)

    def _value(self, schema: DatasetSchema) -> n.Node:
        own = own_value(resolve(schema, self.field))
        return n.IfElse(n.Apply(own, self.filter), own, n.Literal(None))


@register
@dataclass(frozen=True)
class FilterKeypoints(ViewStage):
    """The points of keypoints for which an expression is true; others become (NaN, NaN).

    The expression names one list attribute with a value for each point, such as ``confidence``:
    ``F("confidence") > 0.5``. With `labels`, only points that the skeleton gives such names stay.
    Labels and samples without any point left go, unless ``only_matches=False``.
    """

    field: str
    filter: Any = None
    labels: Any = None
    only_matches: Any = True
    skeleton: Any = None
    """The names of the points in their order, where `labels` are given."""

    def __post_init__(self) -> None:
        if self.filter is not None:
            set_value(self, "filter", condition(self.filter, "filter_keypoints()"))
        for name in ("labels", "skeleton"):
            if getattr(self, name) is not None:
                set_value(self, name, names(getattr(self, name)))
        if self.filter is None and self.labels is None:
            raise ExpressionError("filter_keypoints() needs a filter, or labels of points.")
        if self.labels is not None and self.skeleton is None:
            raise ExpressionError(
                "Points are chosen by their labels where there is a skeleton that names them: set "
                "dataset.default_skeleton, or dataset.skeletons of the field."
            )

    def validate(self, schema: DatasetSchema) -> None:
        check_value(self._points(), schema, self._path(schema))

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        field = label_field(schema, self.field)
        plan = changed(plan, schema, self._path(schema), self._points())
        if not self.only_matches:
            return plan
        x = n.ElementAt(n.Field(""), 0)
        # NaN comes before all numbers, and before each of them.
        there = n.GreaterEqual(x, n.Literal(-math.inf))
        some = n.Greater(n.Length(n.Filter(n.Field("points"), there)), n.Literal(0))
        plan = FilterLabels(field, some, only_matches=False).lower(plan, schema)
        return Where(plan, has_labels(schema, field))

    def _path(self, schema: DatasetSchema) -> str:
        return f"{label_list_path(schema, label_field(schema, self.field))}.points"

    def _points(self) -> n.Node:
        points: n.Node = n.Field("points")
        if self.labels is not None:
            # A point's name is where it stands in the skeleton.
            kept = tuple(n.Literal(name in self.labels) for name in self.skeleton)
            points = _kept(points, Call("list_of", kept), n.Field(""))
        if self.filter is not None:
            names_of_lists = sorted(set(_fields_of(self.filter)))
            if len(names_of_lists) != 1:
                raise ExpressionError(
                    "The filter of filter_keypoints() looks at one attribute with a value for each "
                    f"point; {self.filter} looks at {', '.join(names_of_lists) or 'none'}."
                )
            held = n.Field(names_of_lists[0])
            points = _kept(points, held, _seen_from_value(self.filter))
        return points


def _kept(points: n.Node, values: n.Node, test: n.Node) -> n.Node:
    """The points whose value in another list passes a test; NaN in the place of others."""
    nowhere = n.Literal((math.nan, math.nan))
    point, value = n.ElementAt(n.Field(""), 0), n.ElementAt(n.Field(""), 1)
    return n.Map(Call("zip", (points, values)), n.IfElse(n.Apply(value, test), point, nowhere))


def _fields_of(node: n.Node) -> list[str]:
    found = [node.path] if isinstance(node, n.Field) else []
    for child in n.children(node):
        found += _fields_of(child)
    return found


def _seen_from_value(node: n.Node) -> n.Node:
    """The condition with the value itself in the place of the attribute."""
    if isinstance(node, n.Field):
        return n.Field("")
    parts = {part.name: getattr(node, part.name) for part in fields(node)}
    nodes = {k: _seen_from_value(v) for k, v in parts.items() if isinstance(v, n.Node)}
    return replace(node, **nodes)
