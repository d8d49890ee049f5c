"""Truth, equality and order of plain Python values, as `viewfinder.expr.nodes` says they are."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from typing import Any

__all__ = ["equal", "family", "is_number", "order_of", "truth", "unique"]


def truth(value: Any) -> bool:
    """Whether a value counts as true in a condition."""
    return not (value is None or value is False or (is_number(value) and value == 0))


def order_of(value: Any) -> tuple[int, Any]:
    """A key for values of one type: null first, then NaN, then the rest."""
    if value is None:
        return (0, 0)
    if isinstance(value, float) and math.isnan(value):
        return (1, 0)
    return (2, _comparable(value))


def _comparable(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def is_number(value: Any) -> bool:
    """Whether it is a number; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def family(value: Any) -> str:
    """The family in which values compare: numbers with numbers, dates with datetimes."""
    if is_number(value):
        return "number"
    return "time" if isinstance(value, date) else type(value).__name__


def equal(one: Any, other: Any) -> bool:
    """Whether two values are the same."""
    if one is None or other is None:
        return one is other
    if family(one) != family(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return order_of(one) == order_of(other)


def unique(values: Any) -> Any:
    """The values of a list without None, each once, in order."""
    if values is None:
        return None
    found: list[Any] = []
    for value in sorted((value for value in values if value is not None), key=order_of):
        if not found or not equal(found[-1], value):
            found.append(value)
    return found
