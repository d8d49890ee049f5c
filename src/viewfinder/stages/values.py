"""Stages that show other values than those that are stored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from viewfinder.errors import ExpressionError
from viewfinder.expr import Plan, as_node
from viewfinder.expr import nodes as n
from viewfinder.expr.functions import Call
from viewfinder.expr.plan import SetValue, Where
from viewfinder.expr.types import Holds, Scope, ValueType, field_type, type_of
from viewfinder.schema import DEFAULT_FIELDS, DatasetSchema, FieldPath, Place, resolve
from viewfinder.stages.base import (
    ViewStage,
    condition,
    label_field,
    label_list_path,
    label_type,
    names,
    register,
    set_value,
)
from viewfinder.stages.fields import FilterLabels, has_labels

__all__ = ["FilterField", "FilterKeypoints", "MapLabels", "MapValues", "SetField"]


@register
@dataclass(frozen=True)
class SetField(ViewStage):
    """The values of a field, or of an attribute of labels, are those of an expression.

    The expression sees the sample; for an attribute it sees the label.
    """

    field: str
    expr: Any

    def __post_init__(self) -> None:
        set_value(self, "expr", as_node(self.expr))

    def validate(self, schema: DatasetSchema) -> None:
        filtered = self._filter(schema)
        if filtered is not None:
            filtered.validate(schema)
            return
        check_value(self.expr, schema, self.field)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        filtered = self._filter(schema)
        if filtered is not None:
            return filtered.lower(plan, schema)
        return changed(plan, schema, self.field, self.expr)

    def _filter(self, schema: DatasetSchema) -> FilterLabels | None:
        """Where a list of labels is set to itself, filtered: the stage that does so."""
        found = resolve(schema, self.field)
        if found.place is not Place.LABELS or not isinstance(self.expr, n.Filter):
            return None
        held = self.expr.value
        own = isinstance(held, n.Field) and held.path in (self.field, self.field.rpartition(".")[2])
        return FilterLabels(self.field, self.expr.condition, only_matches=False) if own else None


def changed(plan: Plan, schema: DatasetSchema, path: str, value: n.Node) -> Plan:
    """The plan in which the values at a path are those of an expression."""
    found = resolve(schema, path)
    attribute = found.leaf if found.place is Place.ATTRIBUTE else None
    return SetValue(plan, found.root, attribute, value)


def check_value(value: n.Node, schema: DatasetSchema, path: str) -> None:
    """Raises where a field can't hold what an expression gives."""
    found = resolve(schema, path)
    inside = _place_of(found, schema)
    given, held = type_of(value, inside), field_type(found.field)
    if not _fits(given, held):
        raise ExpressionError(
            f"'{path}' holds {held}, but {value} gives {given}. Add a field of the right type with "
            "add_sample_field() and set that one."
        )


def _place_of(found: FieldPath, schema: DatasetSchema) -> Scope:
    """What an expression sees that gives the values of a path."""
    of_document = found.below is not None or found.place not in (Place.SAMPLE, Place.ATTRIBUTE)
    if found.in_frames or of_document:
        raise ExpressionError(
            f"The values of '{found.text}' can't be replaced in a view: set a plain field of the "
            "samples, or an attribute of labels."
        )
    if found.leaf in ("id", "pos", "seq") or found.text in ("id", "seq"):
        raise ExpressionError(f"'{found.text}' is what tells things apart: it can't be replaced.")
    if found.place is Place.SAMPLE:
        return Scope(schema)
    return Scope(schema).inside(label_type(schema, found.root))


def _fits(given: ValueType, held: ValueType) -> bool:
    if given.holds is Holds.NULL:
        return True
    if given.holds is Holds.LIST and held.holds is Holds.LIST:
        assert given.element is not None
        assert held.element is not None
        return _fits(given.element, held.element)
    return given.holds is held.holds or (given.holds is Holds.INT and held.holds is Holds.FLOAT)


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
        found = resolve(schema, self._path(schema))
        own = n.Field(found.leaf or found.root)
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
        present: n.Node = n.Not(n.IsNull(n.Field(self.field)))
        if found.place is Place.ATTRIBUTE and found.is_list:
            parent, _, leaf = self.field.rpartition(".")
            left = n.Filter(n.Field(parent), n.Not(n.IsNull(n.Field(leaf))))
            present = n.Greater(n.Length(left), n.Literal(0))
        return Where(plan, present)

    def _labels(self) -> FilterLabels:
        return FilterLabels(self.field, self.filter, only_matches=self.only_matches)

    def _value(self, schema: DatasetSchema) -> n.Node:
        found = resolve(schema, self.field)
        own = n.Field(found.leaf or found.root)
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
