"""List queries as CVAT understands them: equal fields, `search`, `sort` and JSON Logic `filter`.

A list names its fields once as a table from the public name to a column; everything else follows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from typing import cast as typed

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    and_,
    cast,
    false,
    not_,
    or_,
    true,
)
from starlette.requests import Request

from viewfinder.labelserver.errors import InvalidFieldError, InvalidRequestError

__all__ = ["ListFields", "narrowed"]

_Column = SQLColumnExpression[Any]
_Row = TypeVar("_Row")
_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class ListFields:
    """What a list can be asked by."""

    columns: Mapping[str, _Column]
    """Public name → column, for equality, `filter` and `sort`."""
    search: Sequence[str]
    """Names among `columns` in which `search` looks."""
    default_sort: str = "-id"
    """The order when the client does not ask for one."""


def narrowed(statement: Select[_Row], fields: ListFields, request: Request) -> Select[_Row]:
    """The statement with the conditions and the order that a request asks for.

    Raises:
        InvalidRequestError: for a filter that can't be understood
        InvalidFieldError: for a value that no such field can have
    """
    query = request.query_params
    for name, column in fields.columns.items():
        if name in query:
            statement = statement.where(_equals(name, column, query[name]))
    for term in query.get("search", "").replace(",", " ").split():
        statement = statement.where(
            or_(*[_contains(fields.columns[name], term) for name in fields.search])
        )
    if query.get("filter"):
        try:
            logic = json.loads(query["filter"])
        except (ValueError, RecursionError) as error:
            raise InvalidRequestError("filter: Json syntax should be used") from error
        statement = statement.where(_condition(logic, fields, 0))
    return _sorted(statement, fields, query.get("sort") or fields.default_sort)


def _sorted(statement: Select[_Row], fields: ListFields, order: str) -> Select[_Row]:
    names = [name.strip() for name in order.split(",") if name.strip()]
    for name in [*names, "-id"]:
        column = fields.columns.get(name.removeprefix("-"))
        if column is not None:
            statement = statement.order_by(column.desc() if name.startswith("-") else column.asc())
    return statement


def _contains(column: _Column, term: str) -> ColumnElement[bool]:
    return cast(column, String).icontains(term, autoescape=True)


def _value(name: str, column: _Column, value: object) -> object:
    """A value in the type of its column."""
    try:
        # Both kinds of columns have a type; their common base does not say so.
        kind = typed("ColumnElement[Any]", column).type.python_type
    except NotImplementedError:
        kind = str
    if value is None or isinstance(value, bool):
        return value
    try:
        if kind is int:
            return int(str(value))
        if kind is bool:
            return {"true": True, "1": True, "false": False, "0": False}[str(value).lower()]
    except (ValueError, KeyError) as error:
        raise InvalidFieldError(name, "Enter a valid value.") from error
    return value if isinstance(value, int | float) else str(value)


def _equals(name: str, column: _Column, value: object) -> ColumnElement[bool]:
    return column == _value(name, column, value)


def _condition(logic: object, fields: ListFields, depth: int) -> ColumnElement[bool]:
    """One JSON Logic node as a condition."""
    if not isinstance(logic, dict) or len(logic) != 1 or depth > _MAX_DEPTH:
        raise InvalidRequestError("filter: Json syntax should be used")
    operator, operands = next(iter(logic.items()))
    if operator == "var":
        return _column({"var": operands}, fields)[1].is_not(None)
    if not isinstance(operands, list):
        operands = [operands]
    if operator in {"and", "or", "!", "not"}:
        parts = [_condition(part, fields, depth + 1) for part in operands]
        if operator in {"!", "not"}:
            return not_(and_(true(), *parts))
        return and_(true(), *parts) if operator == "and" else or_(false(), *parts)
    if operator == "in" and len(operands) == 2:
        return _in(operands[0], operands[1], fields)
    compare = _COMPARISONS.get(operator)
    if (
        compare is None
        or len(operands) not in {2, 3}
        or (len(operands) == 3 and operator not in _SWAPPED)
    ):
        raise InvalidRequestError(f"filter: {operator!r} is not a known operator")
    if len(operands) == 3:
        low, variable, high = operands
        name, column = _column(variable, fields)
        first, last = _value(name, column, low), _value(name, column, high)
        return and_(_SWAPPED[operator](column, first), compare(column, last))
    name, column = _column(operands[0], fields)
    return compare(column, _value(name, column, operands[1]))


def _in(first: object, second: object, fields: ListFields) -> ColumnElement[bool]:
    if isinstance(second, list):
        name, column = _column(first, fields)
        return column.in_([_value(name, column, value) for value in second])
    return _contains(_column(second, fields)[1], str(first))


def _column(node: object, fields: ListFields) -> tuple[str, _Column]:
    name = node.get("var") if isinstance(node, dict) else None
    if not isinstance(name, str) or name not in fields.columns:
        raise InvalidRequestError(
            f"filter: {name!r} is not one of the fields {', '.join(sorted(fields.columns))}"
        )
    return name, fields.columns[name]


_COMPARISONS: dict[str, Callable[[_Column, Any], ColumnElement[bool]]] = {
    "==": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
}
_SWAPPED: dict[str, Callable[[_Column, Any], ColumnElement[bool]]] = {
    "<": lambda column, value: column > value,
    "<=": lambda column, value: column >= value,
    ">": lambda column, value: column < value,
    ">=": lambda column, value: column <= value,
}
