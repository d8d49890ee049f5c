"""The JSON form of expressions, plans and aggregations, of which saved views are made."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from viewfinder.errors import ExpressionError
from viewfinder.expr import aggregations, composed, functions, nodes, plan
from viewfinder.expr.core import ExpressionCore

__all__ = ["from_json", "to_json"]


def _classes(module: Any) -> dict[str, type]:
    found = {name: getattr(module, name) for name in module.__all__}
    return {name: cls for name, cls in found.items() if isinstance(cls, type) and is_dataclass(cls)}


_KINDS: dict[str, type] = {
    **_classes(nodes),
    **_classes(functions),
    **{f"plan.{name}": cls for name, cls in _classes(plan).items()},
    **{
        f"aggregation.{name}": cls
        for name, cls in {**_classes(aggregations), **_classes(composed)}.items()
    },
}
_NAMES = {cls: name for name, cls in _KINDS.items()}


def to_json(value: Any) -> Any:
    """An expression, plan, aggregation or constant, or a tuple of them, as what JSON can write.

    Raises:
        ExpressionError: when it is none of these
    """
    if isinstance(value, ExpressionCore):
        value = value.node
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    name = _NAMES.get(type(value))
    if name is None:
        raise ExpressionError(f"A {type(value).__name__} has no JSON form: {value!r}.")
    return {"op": name, **{part.name: to_json(getattr(value, part.name)) for part in fields(value)}}


def from_json(data: Any) -> Any:
    """The value that :func:`to_json` wrote; lists come back as tuples.

    Raises:
        ExpressionError: when it is not understood
    """
    if isinstance(data, list):
        return tuple(from_json(item) for item in data)
    if not isinstance(data, dict):
        return data
    try:
        if "$float" in data:
            return float(data["$float"])
        if "$datetime" in data:
            return datetime.fromisoformat(data["$datetime"])
        if "$date" in data:
            return date.fromisoformat(data["$date"])
        parts = {name: from_json(part) for name, part in data.items() if name != "op"}
        kind = _KINDS[data["op"]]
        return getattr(kind, "from_parts", kind)(**parts)
    except (KeyError, TypeError, ValueError) as error:
        raise ExpressionError(
            f"This is not the JSON form of an expression: {str(data)[:200]} ({error}). It may "
            "have been written by a newer version."
        ) from error
