"""Numbers and text in SQL: a table for plain operators, a short function for each odd one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from viewfinder.engine.duckdb.comparisons import Comparer
from viewfinder.engine.duckdb.sql import Sql
from viewfinder.expr import nodes as n
from viewfinder.expr.types import BOOL, INT, Holds, ValueType

__all__ = ["SCALARS"]

Scalar: TypeAlias = Callable[[Comparer, Any, Sequence[Sql], ValueType], Sql]


def _arithmetic(template: str) -> Scalar:
    def compiled(compare: Comparer, _: n.Node, parts: Sequence[Sql], found: ValueType) -> Sql:
        one, other = (compare.number(part) for part in parts)
        nullable = one.nullable or other.nullable or "nullif" in template
        return Sql(template.format(a=_typed(one), b=_typed(other)), found, nullable=nullable)

    return compiled


_TIMES = (Holds.DATE, Holds.DATETIME)
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The years 1 to 9999 in microseconds since 1970: what a Python datetime can hold."""


def _with_times(sign: str, plain: Scalar) -> Scalar:
    """Sums and differences, of which one side, or both, may be dates."""

    def compiled(compare: Comparer, node: n.Node, parts: Sequence[Sql], found: ValueType) -> Sql:
        one, other = parts
        if one.type.holds in _TIMES and other.type.holds in _TIMES:
            spans = (f"epoch_ms({part.text}::TIMESTAMP)" for part in parts)
            return Sql(f"({' - '.join(spans)})", found)
        if found.holds is not Holds.DATETIME:
            return plain(compare, node, parts, found)
        moment, span = (one, other) if one.type.holds in _TIMES else (other, one)
        milliseconds = f"({_typed(compare.number(span))}::DOUBLE)"
        micros = (
            f"(epoch_us({moment.text}::TIMESTAMP) {sign} TRY_CAST(round({milliseconds}) AS BIGINT)"
            f"::HUGEINT * 1000)"
        )
        name = compare.names.fresh("e")
        inside = f"CASE WHEN {name} BETWEEN {_FIRST} AND {_LAST} THEN {name}::BIGINT END"
        text = f"make_timestamp(list_transform([{micros}], lambda {name}: {inside})[1])"
        return Sql(text, found)

    return compiled


def _divide(compare: Comparer, _: n.Node, parts: Sequence[Sql], found: ValueType) -> Sql:
    one, other = (f"({_typed(compare.number(part))}::DOUBLE)" for part in parts)
    return Sql(f"({one} / nullif({other}, 0))", found)


def _power(compare: Comparer, _: n.Node, parts: Sequence[Sql], found: ValueType) -> Sql:
    one, other = (f"({_typed(compare.number(part))}::DOUBLE)" for part in parts)
    no_real = f"({one} < 0 AND {other} <> floor({other})) OR ({one} = 0 AND {other} < 0)"
    return Sql(f"(CASE WHEN {no_real} THEN NULL ELSE pow({one}, {other}) END)", found)


def _number(template: str) -> Scalar:
    def compiled(compare: Comparer, _: n.Node, parts: Sequence[Sql], found: ValueType) -> Sql:
        value = _typed(compare.number(parts[0]))
        if found.holds is Holds.FLOAT:
            value = f"({value}::DOUBLE)"
        nullable = parts[0].nullable or "CASE" in template
        return Sql(template.format(a=value), found, nullable=nullable)

    return compiled


def _typed(value: Sql) -> str:
    return "NULL::DOUBLE" if value.is_null_literal else value.text


def _text(template: str, holds: ValueType | None = None) -> Scalar:
    def compiled(compare: Comparer, _: n.Node, parts: Sequence[Sql], found: ValueType) -> Sql:
        text = compare.text(parts[0])
        value = "NULL::VARCHAR" if text.is_null_literal else text.text
        return Sql(template.format(a=value), holds or found, nullable=text.nullable)

    return compiled


def _text_test(template: str) -> Scalar:
    def compiled(compare: Comparer, node: Any, parts: Sequence[Sql], _: ValueType) -> Sql:
        value = _text("{a}")(compare, node, parts, BOOL)
        options = [compare.names.bind(option) for option in node.options]
        text = value.text
        if not node.case_sensitive:
            text, options = f"lower({text})", [f"lower({option})" for option in options]
        tests = [template.format(a=text, b=option) for option in options]
        joined = f"({' OR '.join(tests)})" if tests else "false"
        return Sql(joined, BOOL, nullable=value.nullable, loose=True)

    return compiled


def _regex(compare: Comparer, node: n.MatchesRegex, parts: Sequence[Sql], _: ValueType) -> Sql:
    value = _text("{a}")(compare, node, parts, BOOL)
    pattern = compare.names.bind(f"(?{node.options}){node.regex}" if node.options else node.regex)
    text = f"regexp_matches({value.text}, {pattern})"
    return Sql(text, BOOL, nullable=value.nullable, loose=True)


SCALARS: dict[type[n.Node], Scalar] = {
    n.Add: _with_times("+", _arithmetic("({a} + {b})")),
    n.Subtract: _with_times("-", _arithmetic("({a} - {b})")),
    n.Multiply: _arithmetic("({a} * {b})"),
    n.Modulo: _arithmetic("({a} % nullif({b}, 0))"),
    n.Divide: _divide,
    n.Power: _power,
    n.Absolute: _number("abs({a})"),
    n.Floor: _number("floor({a})"),
    n.Ceil: _number("ceil({a})"),
    n.Exponential: _number("exp({a})"),
    n.SquareRoot: _number("(CASE WHEN {a} >= 0 THEN sqrt({a}) END)"),
    n.Logarithm: _number("(CASE WHEN {a} > 0 THEN ln({a}) END)"),
    n.Lower: _text("lower({a})"),
    n.Upper: _text("upper({a})"),
    n.StringLength: _text("length({a})::BIGINT", INT),
    n.ContainsString: _text_test("contains({a}, {b})"),
    n.StartsWith: _text_test("starts_with({a}, {b})"),
    n.EndsWith: _text_test("ends_with({a}, {b})"),
    n.MatchesString: _text_test("{a} = {b}"),
    n.MatchesRegex: _regex,
}
"""Expressions that are made of nothing but the values of their parts."""
