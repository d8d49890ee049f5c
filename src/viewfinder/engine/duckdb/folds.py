"""Functions by name, folds, sorts, changed documents and chance as rules of the compiler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from viewfinder.engine.duckdb.comparisons import is_null
from viewfinder.engine.duckdb.conversions import typed
from viewfinder.engine.duckdb.functions import call_text, list_as, sort_text
from viewfinder.engine.duckdb.sql import Document, Sql, as_list, opened, quote, strict
from viewfinder.errors import ExpressionError
from viewfinder.expr import functions as fn
from viewfinder.expr import nodes as n
from viewfinder.expr.types import FLOAT, NULL, Holds, ValueType, type_of
from viewfinder.labels import Label

if TYPE_CHECKING:
    from viewfinder.engine.duckdb.compiler import Compiler, Place

__all__ = ["FOLDS"]


def _call(compiler: Compiler, node: fn.Call, place: Place) -> Any:
    found = type_of(node, place.scope)
    parts = [compiler.scalar(part, place) for part in node.arguments]
    return compiler.column(call_text(compiler, node, parts, found), found)


def _accumulated(_: Compiler, node: fn.Accumulated, place: Place) -> Any:
    if place.accumulated is None:
        raise ExpressionError(f"{node} stands for what came before in reduce(), and only there.")
    return place.accumulated


def _in_type(value: Sql, found: ValueType) -> str:
    text = as_list(strict(value)).text
    return list_as(text, found) if found.holds is Holds.LIST else typed(text, found.holds)


def _reduce(compiler: Compiler, node: fn.Reduce, place: Place) -> Any:
    found = type_of(node, place.scope)
    held = opened(compiler.scalar(node.value, place))
    item, before = compiler.names.fresh("e"), compiler.names.fresh("e")
    element = compiler.column(item, held.type.element or NULL)
    inside = replace(place, this=element, accumulated=compiler.column(before, found))
    result = _in_type(compiler.scalar(node.result, inside), found)
    initial = _in_type(compiler.scalar(node.initial, place), found)
    text = "NULL::BIGINT[]" if held.is_null_literal else held.text
    return compiler.column(
        f"list_reduce({text}, lambda {before}, {item}: {result}, {initial})", found
    )


def _sort(compiler: Compiler, node: fn.SortList, place: Place) -> Any:
    found = type_of(node, place.scope)
    held = opened(compiler.scalar(node.value, place))
    if found.element is None:
        return held
    item = compiler.names.fresh("e")
    inside = replace(place, this=compiler.column(item, found.element))
    key = compiler.scalar(n.Field("") if node.key is None else node.key, inside)
    return Sql(sort_text(compiler, held, item, key, reverse=node.reverse), found)


def _set_attribute(compiler: Compiler, node: fn.SetAttribute, place: Place) -> Document | Sql:
    found = type_of(node, place.scope)
    value = compiler.value(node.value, place)
    if isinstance(value, Sql) and value.type.holds is Holds.ANY:
        return _in_dict(compiler, node, value, place)
    if isinstance(value, Sql):
        value = compiler.column(value.text, value.type)
    assert isinstance(value, Document)
    old = value
    parts = dict(found.attributes)
    result = compiler.value(node.result, replace(place, this=old))
    if isinstance(result, Sql) and result.is_null_literal:
        result = Sql(typed("NULL", parts[node.name].holds), parts[node.name])

    def get(name: str) -> Any:
        return result if name == node.name else old.get(name)

    def whole() -> Sql:
        values = []
        for name in parts:
            text = as_list(strict(compiler.whole(get(name), place))).text
            values.append(f"{quote(name)} := {text}")
        packed = f"struct_pack({', '.join(values)})"
        if node.made:
            return Sql(packed, found)
        return Sql(f"(CASE WHEN NOT {old.is_null} THEN {packed} END)", found)

    return Document(found, "false" if node.made else old.is_null, get, whole)


def _in_dict(compiler: Compiler, node: fn.SetAttribute, value: Sql, place: Place) -> Sql:
    """A dict with another value: what was under the name goes."""
    result = strict(as_list(compiler.scalar(node.result, replace(place, this=value))))
    new = f"{result.text}::JSON" if result.type.holds is Holds.ANY else f"to_json({result.text})"
    old = f"(CASE WHEN json_type({value.text}) = 'OBJECT' THEN {value.text} ELSE '{{}}' END)"
    name = compiler.names.bind(node.name)
    added = f"MAP([{name}], [coalesce({new}, 'null'::JSON)])"
    text = f"to_json(map_concat({old}::JSON::MAP(VARCHAR, JSON), {added}))::VARCHAR"
    if not node.made:
        text = f"CASE WHEN NOT {is_null(value)} THEN {text} END"
    return Sql(f"({text})", value.type)


def _lookup(compiler: Compiler, node: fn.Lookup, place: Place) -> Any:
    found = type_of(node, place.scope)
    key = compiler.scalar(node.value, place).text
    keys = compiler.names.literal(node.keys).text
    values = list_as(compiler.names.literal(node.values).text, ValueType(Holds.LIST, found))
    return compiler.column(f"({values}[list_position({keys}, {key})])", found)


def _random(compiler: Compiler, node: fn.Random, place: Place) -> Sql:
    this = place.this
    own = None
    if isinstance(this, Document) and this.type.document and issubclass(this.type.document, Label):
        own = compiler.compare.text(this.get("id"))
    if own is not None and isinstance(this, Document) and this.is_null == "false":
        text = own.text
    else:
        text = f"lower(hex({place.frame.sample_column('id')}))"
        if own is not None:
            text = f"(CASE WHEN {is_null(own)} THEN {text} ELSE {own.text} END)"
    digits = f"left(sha256({text} || ':{node.seed}'), 13)"
    return Sql(f"(('0x' || {digits})::BIGINT / 4503599627370496e0)", FLOAT, nullable=False)


FOLDS: dict[type[n.Node], Callable[[Any, Any, Any], Any]] = {
    fn.Call: _call,
    fn.Accumulated: _accumulated,
    fn.Reduce: _reduce,
    fn.SortList: _sort,
    fn.SetAttribute: _set_attribute,
    fn.Lookup: _lookup,
    fn.Random: _random,
}
"""What the compiler does for each of these nodes."""
