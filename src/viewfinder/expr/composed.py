"""Aggregations that are asked as several plain ones, whose answers are put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from viewfinder.errors import ExpressionError
from viewfinder.expr import nodes as n
from viewfinder.expr.aggregations import Aggregation, Count, Values
from viewfinder.expr.types import Holds, Scope, ValueType, type_of
from viewfinder.schema import (
    ArrayField,
    BooleanField,
    DatasetSchema,
    DateField,
    DateTimeField,
    EmbeddedDocumentField,
    Field,
    FloatField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)
from viewfinder.schema.infer import declared_attributes, infer_field

__all__ = ["ComposedAggregation", "FacetAggregations", "ListSchema", "Schema", "in_parts"]


@dataclass(frozen=True)
class ComposedAggregation(Aggregation):
    """Any aggregation that engines need not know."""

    def parts(self, schema: DatasetSchema) -> list[Aggregation]:
        """What is asked in its place."""
        raise ExpressionError(f"{type(self).__name__} can't be asked; use one of its kinds.")

    def answer(self, answers: Sequence[Any], schema: DatasetSchema) -> Any:
        """The answers to the parts as one."""
        return list(answers)


def in_parts(
    asked: Sequence[Aggregation],
    schema: DatasetSchema,
    answer: Callable[[Sequence[Aggregation]], list[Any]],
) -> list[Any]:
    """The answers to aggregations of all kinds by way of `answer`, which knows the plain ones."""
    plain: list[Aggregation] = []
    bounds: list[tuple[int, int]] = []
    for aggregation in asked:
        start = len(plain)
        if isinstance(aggregation, ComposedAggregation):
            plain += aggregation.parts(schema)
        else:
            plain.append(aggregation)
        bounds.append((start, len(plain)))
    if any(isinstance(aggregation, ComposedAggregation) for aggregation in plain):
        found = in_parts(plain, schema, answer)
    else:
        found = answer(plain)
    return [
        aggregation.answer(found[start:stop], schema)
        if isinstance(aggregation, ComposedAggregation)
        else found[start]
        for aggregation, (start, stop) in zip(asked, bounds, strict=True)
    ]


@dataclass(frozen=True, init=False)
class FacetAggregations(ComposedAggregation):
    """Several aggregations of what is at one path; a list of answers, or a dict of them.

    ::

        FacetAggregations("predictions.detections", {"n": Count(), "labels": Distinct("label")})

    Args:
        field_name: a path; expressions of the aggregations are seen from its values
        aggregations: a list or a dict of aggregations with paths inside of that
    """

    aggregations: Any = ()

    def __init__(self, field_name: str, aggregations: Any) -> None:
        if not isinstance(field_name, str):
            raise ExpressionError(f"A facet needs the name of a field, not {field_name!r}.")
        if isinstance(aggregations, Mapping):
            aggregations = tuple((str(key), part) for key, part in aggregations.items())
        object.__setattr__(self, "field_or_expr", field_name)
        object.__setattr__(self, "expr", None)
        object.__setattr__(self, "safe", False)
        object.__setattr__(self, "aggregations", tuple(aggregations))
        for part in self._inner():
            if not isinstance(part, Aggregation):
                raise ExpressionError(f"A facet is made of aggregations, not of {part!r}.")

    @classmethod
    def from_parts(cls, field_or_expr: str, aggregations: Any, **_: Any) -> FacetAggregations:
        """The aggregation of its parts by name, for its JSON form."""
        return cls(field_or_expr, aggregations)

    def _inner(self) -> list[Any]:
        return [part[1] if isinstance(part, tuple) else part for part in self.aggregations]

    def parts(self, schema: DatasetSchema) -> list[Aggregation]:
        return [self._rooted(part) for part in self._inner()]

    def _rooted(self, part: Aggregation) -> Aggregation:
        inner = part.field_or_expr
        if isinstance(inner, n.Node):
            return replace(part, field_or_expr=self.field_or_expr, expr=inner)
        path = f"{self.field_or_expr}.{inner}" if inner else self.field_or_expr
        return replace(part, field_or_expr=path)

    def answer(self, answers: Sequence[Any], schema: DatasetSchema) -> Any:
        if any(isinstance(part, tuple) for part in self.aggregations):
            names = [name for name, _ in self.aggregations]
            return dict(zip(names, answers, strict=True))
        return list(answers)


@dataclass(frozen=True)
class Schema(ComposedAggregation):
    """The names and fields of what documents or dicts have in them, where there is a value.

    A dict of :class:`~viewfinder.schema.Field` by name; where dicts hold values of several types
    under one name, a list of fields. With ``dynamic_only=True`` without what the class declares.
    """

    dynamic_only: bool = False

    def _document(self, schema: DatasetSchema) -> tuple[n.Node, ValueType]:
        node = self.node(Scope(schema))
        found = type_of(node, Scope(schema))
        while found.holds is Holds.LIST and found.element is not None:
            found = found.element
        if found.holds not in (Holds.DOCUMENT, Holds.ANY):
            raise ExpressionError(f"Schema needs documents or dicts; {node} holds {found}.")
        return node, found

    def _names(self, found: ValueType) -> list[str]:
        declared: Mapping[str, Field] = {}
        if self.dynamic_only and found.document is not None:
            declared = declared_attributes(found.document)
        return [name for name, _ in found.attributes if name not in declared]

    def parts(self, schema: DatasetSchema) -> list[Aggregation]:
        node, found = self._document(schema)
        if found.holds is Holds.ANY:
            return [Values(node, unwind=True)]
        whole = type_of(node, Scope(schema))
        return [Count(_inside(node, whole, name)) for name in self._names(found)]

    def answer(self, answers: Sequence[Any], schema: DatasetSchema) -> Any:
        _, found = self._document(schema)
        if found.holds is Holds.ANY:
            return _keys(answers[0])
        types = dict(found.attributes)
        names = self._names(found)
        return {
            name: _as_field(types[name])
            for name, count in zip(names, answers, strict=True)
            if count
        }


@dataclass(frozen=True)
class ListSchema(ComposedAggregation):
    """The field of a list's elements; a list of fields where several are needed, None if empty."""

    def parts(self, schema: DatasetSchema) -> list[Aggregation]:
        node = self.node(Scope(schema))
        found = type_of(node, Scope(schema))
        if found.holds is Holds.ANY:
            return [Values(node, unwind=True)]
        if found.holds is not Holds.LIST:
            raise ExpressionError(f"ListSchema needs lists; {node} holds {found}.")
        return [Count(node)]

    def answer(self, answers: Sequence[Any], schema: DatasetSchema) -> Any:
        found = type_of(self.node(Scope(schema)), Scope(schema))
        if found.holds is Holds.ANY:
            return _one(_fields(answers[0]))
        while found.holds is Holds.LIST and found.element is not None:
            found = found.element
        return _as_field(found) if answers[0] else None


def _inside(node: n.Node, whole: ValueType, name: str) -> n.Node:
    """Something for each of the documents, in lists or not, that has a value under a name."""
    part: n.Node = n.IfElse(n.IsNull(n.Field(name)), n.Literal(None), n.Literal(1))
    while whole.holds is Holds.LIST and whole.element is not None:
        whole = whole.element
        if whole.holds is Holds.LIST:
            part = n.Map(n.Field(""), part)
        else:
            return n.Map(node, part)
    return n.Apply(node, part)


def _keys(values: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for value in values:
        if isinstance(value, dict):
            for name, inner in value.items():
                found.setdefault(name, []).append(inner)
    fields = {name: _one(_fields(inner)) for name, inner in sorted(found.items())}
    return {name: field for name, field in fields.items() if field is not None}


def _fields(values: Sequence[Any]) -> list[Field]:
    found: list[Field] = []
    for value in values:
        field = infer_field(value, "a value")
        if field is not None and field not in found:
            found.append(field)
    return sorted(found, key=repr)


def _one(fields: list[Field]) -> Any:
    return fields if len(fields) > 1 else fields[0] if fields else None


_FIELDS: dict[Holds, Callable[[], Field]] = {
    Holds.BOOL: BooleanField,
    Holds.INT: IntField,
    Holds.FLOAT: FloatField,
    Holds.STRING: StringField,
    Holds.DATE: DateField,
    Holds.DATETIME: DateTimeField,
    Holds.ID: ObjectIdField,
    Holds.ARRAY: ArrayField,
}


def _as_field(found: ValueType) -> Field:
    """The field that holds values of a type."""
    if found.holds is Holds.LIST and found.element is not None:
        return ListField(_as_field(found.element))
    if found.holds is Holds.DOCUMENT and found.document is not None:
        attributes = {name: _as_field(part) for name, part in found.attributes}
        return EmbeddedDocumentField(found.document, attributes)
    return _FIELDS.get(found.holds, Field)()
