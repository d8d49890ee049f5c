"""Pieces of SQL with the type of what they give: the small values that the compiler works on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from viewfinder.expr.types import Holds, ValueType, constant_type
from viewfinder.ids import is_id

__all__ = ["Document", "Names", "Sql", "as_list", "number", "opened", "quote", "strict"]


def quote(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Sql:
    """A scalar expression of SQL."""

    text: str
    type: ValueType
    nullable: bool = True
    loose: bool = False
    """Whether it is a condition in which null stands for false."""
    fixed: bool = False
    """Whether it is an array of fixed length rather than a list."""
    constant: bool = False
    value: Any = None
    """The value, where `constant`."""

    @property
    def is_null_literal(self) -> bool:
        """Whether it is the constant None."""
        return self.constant and self.value is None


@dataclass(frozen=True, slots=True)
class Document:
    """Something with named values: a label, a list of labels' holder, metadata."""

    type: ValueType
    is_null: str
    get: Callable[[str], Any]
    """From a name to an Sql, Document or list of labels."""
    whole: Callable[[], Sql]
    """The thing as one SQL value."""


class Names:
    """Fresh names for tables and variables, and the values that a query is run with."""

    def __init__(self) -> None:
        self._count = 0
        self.parameters: dict[str, Any] = {}

    def fresh(self, prefix: str) -> str:
        """A name that was not used before."""
        self._count += 1
        return f"{prefix}{self._count}"

    def bind(self, value: Any) -> str:
        """The text that stands for a value."""
        self._count += 1
        self.parameters[f"p{self._count}"] = value
        return f"$p{self._count}"

    def literal(self, value: Any) -> Sql:
        """A constant."""
        return Sql(
            self._literal_text(value),
            constant_type(value),
            nullable=value is None,
            constant=True,
            value=value,
        )

    def _literal_text(self, value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return number(value)
        if isinstance(value, tuple):
            if not value:
                return "[]"
            return f"[{', '.join(self._literal_text(item) for item in value)}]"
        if isinstance(value, datetime):
            moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            return f"{self.bind(moment)}::TIMESTAMP"
        if isinstance(value, date):
            return f"{self.bind(value)}::DATE"
        return self.bind(value)

    def id_literal(self, value: str) -> str | None:
        """The bytes of an id; None where the text is none."""
        return f"{self.bind(bytes.fromhex(value))}::BLOB" if is_id(value) else None


def number(value: float) -> str:
    """A number in SQL, bit for bit."""
    if isinstance(value, int):
        return f"({value}::BIGINT)"
    if not math.isfinite(value):
        return f"('{value}'::DOUBLE)"
    text = repr(value)
    return f"({text if 'e' in text else text + 'e0'})"


def strict(sql: Sql) -> Sql:
    """A condition that is true or false, never null."""
    if not sql.loose:
        return sql
    text = f"coalesce({sql.text}, false)" if sql.nullable else sql.text
    return replace(sql, text=text, nullable=False, loose=False)


def as_list(sql: Sql) -> Sql:
    """A list where the column may be an array of fixed length."""
    if not sql.fixed:
        return sql
    return replace(sql, text=f"{sql.text}::DOUBLE[]", fixed=False)


def opened(sql: Sql) -> Sql:
    """A list to look into: of a value of any type the elements, null where it is no list."""
    if sql.type.holds is not Holds.ANY:
        return as_list(sql)
    items = f"json_extract({sql.text}, '$[*]')::VARCHAR[]"
    text = f"(CASE WHEN json_type({sql.text}) = 'ARRAY' THEN {items} END)"
    return Sql(text, ValueType(Holds.LIST, sql.type))


def is_float(sql: Sql) -> bool:
    """Whether it may be NaN."""
    if sql.type.holds is not Holds.FLOAT:
        return False
    return not (sql.constant and not math.isnan(sql.value))
