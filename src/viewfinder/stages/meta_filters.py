"""Which fields a filter on what is said of fields means: their names, types, descriptions, info."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from viewfinder.errors import ExpressionError
from viewfinder.schema import DatasetSchema, EmbeddedDocumentField, Field, ListField
from viewfinder.schema.nested import flattened

__all__ = ["MetaFilter", "as_meta_filter", "fields_that_match"]

MetaFilter = tuple[tuple[str, Any], ...] | None
"""What is asked for, by where it is looked for."""

_PLACES = ("any", "name", "type", "description", "info")
_NESTED = "include_nested_fields"


def as_meta_filter(value: Any) -> MetaFilter:
    """A filter from text, which may be found anywhere, or from a dict of places and values.

    Raises:
        ExpressionError: when it names a place that there is not
    """
    if value is None:
        return None
    items = {"any": value} if isinstance(value, str) else dict(value)
    for place in items:
        if place not in (*_PLACES, _NESTED) and not place.startswith("info."):
            raise ExpressionError(
                f"A meta filter looks into {', '.join(_PLACES)} or 'info.<key>', and not into "
                f"{place!r}."
            )
    return tuple(items.items())


def fields_that_match(schema: DatasetSchema, wanted: MetaFilter) -> tuple[str, ...]:
    """The fields for which all of a filter is true; upper and lower case are the same."""
    asked = dict(wanted or ())
    nested = asked.pop(_NESTED, False)
    fields: Mapping[str, Field] = flattened(schema) if nested else schema.fields
    return tuple(
        path
        for path, field in fields.items()
        if all(_is_said(place, value, path, field) for place, value in asked.items())
    )


def _is_said(place: str, value: Any, path: str, field: Field) -> bool:
    inner = field.field if isinstance(field, ListField) and field.field is not None else field
    types = [type(field).__name__]
    if isinstance(inner, EmbeddedDocumentField):
        types.append(inner.document_type.__name__)
    name, info = path.rpartition(".")[2], field.info or {}
    match place:
        case "any":
            return _holds([name, *types, field.description, *map(str, info.items())], value)
        case "name":
            return _holds([name], value)
        case "type":
            return str(value).lower() in (each.lower() for each in types)
        case "description":
            return _holds([field.description], value)
        case "info":
            return _holds(map(str, info.items()), value)
        case _:
            return str(info.get(place.removeprefix("info."))) == str(value)


def _holds(texts: Any, value: Any) -> bool:
    return any(str(value).lower() in text.lower() for text in texts if text is not None)
