"""Stages that order or choose samples by distance, or by a query in SQL."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from viewfinder.errors import ExpressionError
from viewfinder.expr import Plan
from viewfinder.expr.plan import Near, Query, Similar, Within
from viewfinder.labels import GeoLocation, GeoLocations
from viewfinder.schema import (
    ArrayField,
    DatasetSchema,
    EmbeddedDocumentField,
    FloatField,
    IntField,
    ListField,
    VectorField,
    resolve,
)
from viewfinder.stages.base import ViewStage, names, register, set_value

__all__ = ["GeoNear", "GeoWithin", "SortBySimilarity", "Sql"]


@register
@dataclass(frozen=True)
class SortBySimilarity(ViewStage):
    """The samples whose field has a vector, those most like the query first.

    The query is an id, several ids, or a vector; `brain_key` is the field of the vectors.
    """

    query: Any
    k: int | None = None
    reverse: bool = False
    dist_field: str | None = None
    """Where the method kept the distances; the order does not depend on it."""
    brain_key: str | None = None

    def __post_init__(self) -> None:
        query = self.query.tolist() if hasattr(self.query, "tolist") else self.query
        if isinstance(query, str) or (isinstance(query, Sequence) and _all_of(query, str)):
            set_value(self, "query", names(query))
        elif isinstance(query, Sequence) and query and _all_of(query, (int, float)):
            set_value(self, "query", tuple(float(number) for number in query))
        else:
            raise ExpressionError(
                "The query of sort_by_similarity() is the id of a sample, several ids, or a vector."
            )

    def validate(self, schema: DatasetSchema) -> None:
        self.field(schema)

    def field(self, schema: DatasetSchema) -> str:
        """The field of the vectors.

        Raises:
            ExpressionError: when it is not clear, or holds no vectors
        """
        if self.brain_key is None:
            found = [name for name, part in schema.fields.items() if isinstance(part, VectorField)]
            if len(found) != 1:
                listed = ", ".join(found) or "none"
                raise ExpressionError(
                    "Name the field of the vectors to compare, as in "
                    f"sort_by_similarity(query, brain_key='embeddings'). There are: {listed}."
                )
            return found[0]
        part = resolve(schema, self.brain_key).field
        numbers = isinstance(part, ListField) and isinstance(part.field, (FloatField, IntField))
        if not numbers and not isinstance(part, (VectorField, ArrayField)):
            raise ExpressionError(f"Field '{self.brain_key}' holds {part}, and no vectors.")
        return self.brain_key

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        field = self.field(schema)
        if isinstance(self.query[0], str):
            return Similar(plan, field, (), self.query, self.k, self.reverse)
        return Similar(plan, field, (self.query,), (), self.k, self.reverse)


def _all_of(values: Sequence[Any], kinds: Any) -> bool:
    return len(values) > 0 and all(isinstance(value, kinds) for value in values)


@dataclass(frozen=True)
class _OfPlaces(ViewStage):
    def place_field(self, schema: DatasetSchema, name: str | None) -> tuple[str, str]:
        """The field of places, and the attribute that holds a point.

        Raises:
            ExpressionError: when there is none, or it is not clear which
        """
        places = {
            key: "point"
            for key, part in schema.label_fields.items()
            if issubclass(part.document_type, GeoLocation)
        }
        if name is not None:
            root = name.removesuffix(".point")
            part = schema[root]
            if isinstance(part, EmbeddedDocumentField) and part.document_type is GeoLocations:
                raise ExpressionError(f"'{name}' holds many places; one point a sample is needed.")
            if root not in places:
                raise ExpressionError(f"Field '{name}' holds no places, but {part}.")
            return root, places[root]
        if len(places) != 1:
            raise ExpressionError(
                "Name the field of the places with location_field. There are: "
                f"{', '.join(places) or 'none'}."
            )
        return next(iter(places.items()))


@register
@dataclass(frozen=True)
class GeoNear(_OfPlaces):
    """The samples with a place, the nearest to a point first, within some meters of it."""

    point: Any
    location_field: str | None = None
    min_distance: float | None = None
    max_distance: float | None = None

    def __post_init__(self) -> None:
        set_value(self, "point", _position(_geometry(self.point, "Point", "point")))

    def validate(self, schema: DatasetSchema) -> None:
        self.place_field(schema, self.location_field)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        field, attribute = self.place_field(schema, self.location_field)
        return Near(plan, field, attribute, self.point, self.min_distance, self.max_distance)


@register
@dataclass(frozen=True)
class GeoWithin(_OfPlaces):
    """The samples whose place lies in a polygon."""

    boundary: Any
    location_field: str | None = None
    strict: bool = True

    def __post_init__(self) -> None:
        rings = _geometry(self.boundary, "Polygon", "polygon")
        found = tuple(tuple(_position(point) for point in ring) for ring in rings)
        if not found or any(len(ring) < 3 for ring in found):
            raise ExpressionError("A boundary is a list of rings of three points or more.")
        set_value(self, "boundary", found)

    def validate(self, schema: DatasetSchema) -> None:
        self.place_field(schema, self.location_field)

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        field, attribute = self.place_field(schema, self.location_field)
        return Within(plan, field, attribute, self.boundary)


def _geometry(value: Any, kind: str, attribute: str) -> Any:
    """The coordinates of a geometry: given as such, as GeoJSON, or as a label."""
    if isinstance(value, GeoLocation):
        value = value.values.get(attribute)
    if isinstance(value, Mapping):
        if value.get("type") != kind:
            raise ExpressionError(f"A GeoJSON {kind} is needed, not {value.get('type')!r}.")
        value = value["coordinates"]
    if value is None:
        raise ExpressionError(f"The location that was given has no {attribute}.")
    return value


def _position(point: Any) -> tuple[float, float]:
    try:
        lon, lat = (float(number) for number in point)
    except (TypeError, ValueError):
        raise ExpressionError(f"A place is [longitude, latitude], not {point!r}.") from None
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise ExpressionError(f"A place is [longitude, latitude], not {point!r}.")
    return lon, lat


@register
@dataclass(frozen=True)
class Sql(ViewStage):
    """The samples that a query names, in its order.

    The query is one SELECT; it sees ``samples`` and each label field as a table, as this view
    shows them, and names samples by a column ``id``, ``sample_id`` or ``seq``.
    """

    query: str

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        return Query(plan, self.query)
