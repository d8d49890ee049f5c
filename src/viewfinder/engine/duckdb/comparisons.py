"""Equality and order of values in SQL, as `viewfinder.expr.nodes` says they are.

DuckDB's own rules differ in three points: a comparison with null is null, NaN comes after all
numbers, and types are cast to each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from viewfinder.engine.duckdb.sql import Names, Sql, as_list, is_float, strict
from viewfinder.expr import nodes as n
from viewfinder.expr.types import BOOL, FLOAT, STRING, Holds, ValueType, comparable, family

__all__ = ["COMPARISONS", "Comparer", "is_null"]


class Comparer:
    """Builds comparisons; `names` takes the constants that they need."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def equal(self, one: Sql, other: Sql) -> Sql:
        """Whether both are the same value."""
        if one.constant:
            one, other = other, one
        if other.is_null_literal:
            return _condition(is_null(one), nullable=False)
        if not comparable(one.type, other.type):
            return self._both_null(one, other)
        one, other, found = self._in_family(one, other)
        if found is not None:
            return found
        sign = "IS NOT DISTINCT FROM" if one.nullable and other.nullable else "="
        return _condition(f"({one.text} {sign} {other.text})", nullable=one.nullable)

    def different(self, one: Sql, other: Sql) -> Sql:
        """Whether both are different values."""
        same = strict(self.equal(one, other))
        return _condition(f"(NOT {same.text})", nullable=False)

    def after(self, one: Sql, other: Sql) -> Sql:
        """Whether `one` comes after `other`: null, NaN, numbers."""
        if one.is_null_literal:
            return _condition("false", nullable=False)
        if other.is_null_literal:
            return _condition(f"(NOT {is_null(one)})", nullable=False)
        before_null = f"(NOT {is_null(one)} AND {is_null(other)})" if other.nullable else None
        left, right = self._ordered(one, other)
        text = f"{left.text} > {right.text}"
        if is_float(left):
            text = f"({text} AND NOT isnan({left.text}))"
            if is_float(right):
                text = f"({text} OR (isnan({right.text}) AND NOT isnan({left.text})))"
        elif is_float(right):
            text = f"({text} OR isnan({right.text}))"
        return _either(text, before_null)

    def not_before(self, one: Sql, other: Sql) -> Sql:
        """Whether `one` comes after `other` or equals it."""
        if other.is_null_literal:
            return _condition("true", nullable=False)
        if one.is_null_literal:
            return _condition(is_null(other), nullable=False)
        missing = is_null(other) if other.nullable else None
        left, right = self._ordered(one, other)
        text = f"{left.text} >= {right.text}"
        if is_float(left):
            text = f"({text} AND NOT isnan({left.text}))"
        if is_float(right):
            text = f"({text} OR isnan({right.text}))"
        return _either(text, missing)

    def is_in(self, value: Sql, options: list[Sql]) -> Sql:
        """Whether the value equals one of some constants."""
        same = [o for o in options if o.value is not None and comparable(value.type, o.type)]
        parts = []
        if any(option.is_null_literal for option in options):
            parts.append(is_null(value))
        if value.type.holds is Holds.ID:
            texts = [self.names.id_literal(option.value) for option in same]
            found = [text for text in texts if text is not None]
        elif value.type.holds is Holds.ANY:
            parts += [self.equal(value, option).text for option in same]
            found = []
        else:
            found = [option.text for option in same]
        if found:
            parts.append(f"{value.text} IN ({', '.join(found)})")
        return _condition(f"({' OR '.join(parts)})" if parts else "false", nullable=value.nullable)

    def text(self, value: Sql) -> Sql:
        """The value as text: an id in its 24 digits, a value of any type where it is text."""
        if value.type.holds is Holds.ID:
            return replace(value, text=f"lower(hex({value.text}))", type=STRING)
        if value.type.holds is Holds.ANY:
            return self._as_family(value, Holds.STRING)
        return value

    def number(self, value: Sql) -> Sql:
        """The value as a number, where one of any type is one."""
        return self._as_family(value, Holds.FLOAT) if value.type.holds is Holds.ANY else value

    def _both_null(self, one: Sql, other: Sql) -> Sql:
        if one.nullable and other.nullable:
            return _condition(f"({is_null(one)} AND {is_null(other)})", nullable=False)
        return _condition("false", nullable=False)

    def _in_family(self, one: Sql, other: Sql) -> tuple[Sql, Sql, Sql | None]:
        """Both in a form that SQL compares; the third is the answer where it is known already."""
        if one.type.holds is Holds.ID and other.constant:
            text = self.names.id_literal(other.value)
            if text is None:
                return one, other, _condition("false", nullable=False)
            return one, replace(other, text=text), None
        if one.type.holds is Holds.ID and other.type.holds is Holds.ID:
            return one, other, None
        if one.type.holds is Holds.ANY or other.type.holds is Holds.ANY:
            left, right = self._ordered(one, other)
            text = f"({left.text} = {right.text})"
            if one.nullable and other.nullable:
                text = f"({text} OR ({is_null(one)} AND {is_null(other)}))"
            return one, other, _condition(text)
        return self._plain(one), self._plain(other), None

    def _ordered(self, one: Sql, other: Sql) -> tuple[Sql, Sql]:
        if one.type.holds is Holds.ANY:
            one = self._as_family(one, family(other.type))
        if other.type.holds is Holds.ANY:
            other = self._as_family(other, family(one.type))
        return self._plain(one), self._plain(other)

    def _plain(self, value: Sql) -> Sql:
        return as_list(strict(self.text(value)))

    def _as_family(self, value: Sql, wanted: Holds) -> Sql:
        """A value of any type where it is of that family, null where it is not."""
        if value.is_null_literal or value.type.holds is not Holds.ANY:
            return value
        test, result, holds = _JSON.get(wanted, ("false", "NULL", STRING))
        text = f"(CASE WHEN {test} THEN {result} END)".replace("{x}", value.text)
        return Sql(text, holds)


_JSON: dict[Holds, tuple[str, str, ValueType]] = {
    Holds.FLOAT: (
        "json_type({x}) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')",
        "TRY_CAST({x} AS DOUBLE)",
        FLOAT,
    ),
    Holds.STRING: ("json_type({x}) = 'VARCHAR'", "({x} ->> '$')", STRING),
    Holds.BOOL: ("json_type({x}) = 'BOOLEAN'", "({x} = 'true')", BOOL),
}


def is_null(value: Sql) -> str:
    """The text of a test for null."""
    if not value.nullable:
        return "false"
    if value.type.holds is Holds.ANY:
        return f"({value.text} IS NULL OR {value.text} = 'null')"
    return f"({strict(value).text} IS NULL)"


def _condition(text: str, *, nullable: bool = True) -> Sql:
    return Sql(text, BOOL, nullable=nullable, loose=True)


def _either(text: str, other: str | None) -> Sql:
    return _condition(f"({text} OR {other})" if other else f"({text})")


COMPARISONS: dict[type[n.Node], Callable[[Comparer, Sql, Sql], Sql]] = {
    n.Greater: lambda compare, one, other: compare.after(one, other),
    n.GreaterEqual: lambda compare, one, other: compare.not_before(one, other),
    n.Less: lambda compare, one, other: compare.after(other, one),
    n.LessEqual: lambda compare, one, other: compare.not_before(other, one),
    n.Equal: lambda compare, one, other: compare.equal(one, other),
    n.NotEqual: lambda compare, one, other: compare.different(one, other),
}
"""Comparisons by their node."""
