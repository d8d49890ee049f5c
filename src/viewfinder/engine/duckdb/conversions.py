"""Conversions from one type to another, questions about types, and parts of dates, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from viewfinder.engine.duckdb.comparisons import Comparer, is_null
from viewfinder.engine.duckdb.sql import Sql
from viewfinder.expr.types import STRING, Holds

__all__ = ["CONVERSIONS", "TIMES", "typed"]

Conversion: TypeAlias = Callable[[Comparer, Sql], str]

_TYPES = {
    Holds.BOOL: "BOOLEAN",
    Holds.INT: "BIGINT",
    Holds.FLOAT: "DOUBLE",
    Holds.STRING: "VARCHAR",
    Holds.DATE: "DATE",
    Holds.DATETIME: "TIMESTAMP",
    Holds.ID: "BLOB",
    Holds.ANY: "VARCHAR",
}


def typed(text: str, holds: Holds) -> str:
    """A value that is of a type already, or is null without one."""
    return f"({text}::{_TYPES[holds]})" if holds in _TYPES else text


_WHOLE = "[+-]?[0-9]{1,18}"
_DECIMAL = "[+-]?([0-9]{1,30}([.][0-9]{0,30})?|[.][0-9]{1,30})([eE][+-]?[0-9]{1,2})?"
_MOMENT = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{3}([0-9]{3})?)?)?Z?)?"
)


def _where(test: str, result: str) -> str:
    return f"(CASE WHEN {test} THEN {result} END)"


def _text_as(pattern: str, kind: str, text: str) -> str:
    return _where(f"regexp_full_match({text}, '{pattern}')", f"TRY_CAST({text} AS {kind})")


def _of_any(compare: Comparer, value: Sql, convert: Conversion) -> str:
    """The conversion of whichever of the plain types a value of any type turns out to be."""
    text = value.text
    number, boolean = compare.number(value), Sql(f"({text} = 'true')", _BOOL)
    return (
        f"(CASE WHEN json_type({text}) = 'VARCHAR' THEN {convert(compare, compare.text(value))} "
        f"WHEN json_type({text}) = 'BOOLEAN' THEN {convert(compare, boolean)} "
        f"ELSE {convert(compare, number)} END)"
    )


_BOOL = replace(STRING, holds=Holds.BOOL)


def _to_bool(compare: Comparer, value: Sql) -> str:
    if value.type.holds is Holds.ANY:
        return _of_any(compare, value, _to_bool)
    if value.type.holds is Holds.BOOL:
        return value.text
    if value.type.is_number:
        return f"({value.text} <> 0)"
    return f"(CASE WHEN {value.text} IS NOT NULL THEN true END)"


def _milliseconds(value: Sql) -> str:
    return f"epoch_ms({value.text}::TIMESTAMP)"


def _to_int(compare: Comparer, value: Sql) -> str:
    holds = value.type.holds
    if holds is Holds.ANY:
        return _of_any(compare, value, _to_int)
    if holds in (Holds.DATE, Holds.DATETIME):
        return _milliseconds(value)
    if holds is Holds.FLOAT:
        return _where(f"abs({value.text}) < 9.2e18", f"trunc({value.text})::BIGINT")
    if holds in (Holds.STRING, Holds.ID):
        return _text_as(_WHOLE, "BIGINT", compare.text(value).text)
    return f"({value.text}::BIGINT)"


def _to_double(compare: Comparer, value: Sql) -> str:
    holds = value.type.holds
    if holds is Holds.ANY:
        return _of_any(compare, value, _to_double)
    if holds in (Holds.DATE, Holds.DATETIME):
        return f"({_milliseconds(value)}::DOUBLE)"
    if holds in (Holds.STRING, Holds.ID):
        return _text_as(_DECIMAL, "DOUBLE", compare.text(value).text)
    return f"({value.text}::DOUBLE)"


def _to_string(compare: Comparer, value: Sql) -> str:
    holds = value.type.holds
    if holds is Holds.ANY:
        whole = f"json_type({value.text}) IN ('BIGINT', 'UBIGINT', 'HUGEINT')"
        return _where(whole, value.text).replace(
            " END)", f" ELSE {_of_any(compare, value, _to_string)} END)"
        )
    if holds in (Holds.DATE, Holds.DATETIME):
        return f"strftime({value.text}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%gZ')"
    if holds is Holds.FLOAT:
        return f"(({value.text} + 0e0)::VARCHAR)"  # -0.0 is written as 0.0
    return f"({compare.text(value).text}::VARCHAR)"


def _to_date(compare: Comparer, value: Sql) -> str:
    holds = value.type.holds
    if holds is Holds.ANY:
        text = _to_date(compare, compare.text(value))
        return f"coalesce({text}, {_to_date(compare, compare.number(value))})"
    if holds in (Holds.STRING, Holds.ID):
        return _text_as(_MOMENT, "TIMESTAMP", compare.text(value).text)
    if value.type.is_number:
        moment = f"make_timestamp((floor({value.text}::DOUBLE) * 1000)::BIGINT)"
        return _where(f"abs({value.text}) < 2e14", moment)
    return f"({value.text}::TIMESTAMP)"


_NAMES = {
    Holds.BOOL: "bool",
    Holds.INT: "int",
    Holds.FLOAT: "double",
    Holds.STRING: "string",
    Holds.ID: "string",
    Holds.DATE: "date",
    Holds.DATETIME: "date",
    Holds.LIST: "array",
    Holds.ARRAY: "binData",
    Holds.DOCUMENT: "object",
    Holds.NULL: "null",
}
_JSON_NAMES = {
    "VARCHAR": "string",
    "BOOLEAN": "bool",
    "ARRAY": "array",
    "OBJECT": "object",
    "DOUBLE": "double",
}


def _type(_: Comparer, value: Sql) -> str:
    if value.type.holds is not Holds.ANY:
        return f"(CASE WHEN {is_null(value)} THEN 'null' ELSE '{_NAMES[value.type.holds]}' END)"
    names = "".join(f"WHEN '{kind}' THEN '{name}' " for kind, name in _JSON_NAMES.items())
    known = f"CASE json_type({value.text}) {names}ELSE 'int' END"
    return f"(CASE WHEN {is_null(value)} THEN 'null' ELSE {known} END)"


def _is_of(*holds: str) -> Conversion:
    names = ", ".join(f"'{name}'" for name in holds)
    return lambda compare, value: f"({_type(compare, value)} IN ({names}))"


CONVERSIONS: dict[str, Conversion] = {
    "to_bool": _to_bool,
    "to_int": _to_int,
    "to_double": _to_double,
    "to_string": _to_string,
    "to_date": _to_date,
    "type": _type,
    "is_number": _is_of("int", "double"),
    "is_string": _is_of("string"),
    "is_array": _is_of("array"),
}
"""Functions of a value of any type."""

TIMES: dict[str, str] = {
    "year": "year({t})",
    "month": "month({t})",
    "week": "((dayofyear({t}) + 6 - dayofweek({t})) // 7)",
    "day_of_year": "dayofyear({t})",
    "day_of_month": "day({t})",
    "day_of_week": "(dayofweek({t}) + 1)",
    "hour": "hour({t})",
    "minute": "minute({t})",
    "second": "second({t})",
    "millisecond": "(millisecond({t}) % 1000)",
}
"""Functions of a moment."""


def moment(name: str, parts: Sequence[Sql]) -> str:
    """A part of a date."""
    return f"({TIMES[name].format(t=f'({parts[0].text}::TIMESTAMP)')}::BIGINT)"
