"""Lists in SQL: as aggregates over flat tables of labels, or as functions of a list in a column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from viewfinder.engine.duckdb.comparisons import is_null
from viewfinder.engine.duckdb.conversions import typed
from viewfinder.engine.duckdb.sql import Names, Sql, as_list, is_float, quote, strict
from viewfinder.expr import nodes as n
from viewfinder.expr.types import ANY, BOOL, INT, NULL, Holds, ValueType

if TYPE_CHECKING:
    from viewfinder.engine.duckdb.compiler import Compiler, Place
    from viewfinder.engine.duckdb.frames import Labels

__all__ = [
    "AGGREGATES",
    "FUNCTIONS",
    "as_type",
    "contains",
    "filtered",
    "label_aggregate",
    "labels_contain",
    "list_aggregate",
    "pairs",
    "smallest_of",
    "transform",
    "unique_text",
]


def pairs(text: str, names: Names) -> str:
    """A flat list of coordinates as a list of pairs."""
    at = names.fresh("e")
    pair = f"[{text}[2 * {at} + 1], {text}[2 * {at} + 2]]"
    return f"list_transform(range(0, len({text}) // 2), lambda {at}: {pair})"


def as_type(value: Sql, found: ValueType) -> str:
    """The text of a value, in the type that an expression of several branches has."""
    text = as_list(strict(value)).text
    if value.is_null_literal:
        return typed(text, found.holds)
    if found.holds is Holds.FLOAT and value.type.holds is not Holds.FLOAT:
        return f"({text}::DOUBLE)"
    if value.type.holds is Holds.STRING and found.holds is Holds.STRING and value.constant:
        return f"({text}::VARCHAR)"
    return text


def transform(compiler: Compiler, held: Sql, result: n.Node, place: Place) -> Sql:
    """A list with an expression in the place of each element."""
    element = _element(compiler, held)
    found = strict(as_list(compiler.scalar(result, replace(place, this=element))))
    text = f"list_transform({held.text}, lambda {_variable(element)}: {found.text})"
    return Sql(text, ValueType(Holds.LIST, found.type), nullable=held.nullable)


def filtered(compiler: Compiler, held: Sql, condition: n.Node, place: Place) -> Sql:
    """The elements of a list that meet a condition."""
    element = _element(compiler, held)
    test = compiler.condition(condition, replace(place, this=element))
    text = f"list_filter({held.text}, lambda {_variable(element)}: coalesce({test}, false))"
    return replace(held, text=text)


def _element(compiler: Compiler, held: Sql) -> Any:
    return compiler.column(compiler.names.fresh("e"), held.type.element or NULL)


def _variable(element: Any) -> str:
    found: str = element.whole().text if hasattr(element, "whole") else element.text
    return found


def smallest_of(values: Sql, *, largest: bool = False, over: str = "") -> str:
    """The aggregate of the smallest, or largest, of some values; NaN comes before all numbers."""
    text = values.text
    if not is_float(values):
        return f"{'max' if largest else 'min'}({text}){over}"
    numbers = f"FILTER (WHERE NOT isnan({text}))"
    if largest:
        return f"coalesce(max({text}) {numbers}, max({text}))"
    return f"coalesce(max({text}) FILTER (WHERE isnan({text})), min({text}))"


# Labels: aggregates of flat rows


def label_aggregate(
    compiler: Compiler, node: Any, labels: Labels, place: Place, found: ValueType
) -> Sql:
    """One value of a sample's labels."""
    make = AGGREGATES[type(node)][0]
    value = None if labels.value is None else strict(as_list(labels.value))
    if value is not None and isinstance(node, (n.AnyOf, n.AllOf)):
        value = strict(compiler.truth(value))
    text, default = make(value or Sql("1", INT))
    result = place.frame.aggregate(labels, text)
    if isinstance(node, n.AllOf):
        held = place.frame.sample_column(labels.field)
        return Sql(f"(coalesce({result}, true) AND {held} IS NOT NULL)", BOOL, nullable=False)
    if default is None:
        return Sql(result, found)
    return Sql(f"coalesce({result}, {default})", found, nullable=False)


def labels_contain(
    compiler: Compiler, node: n.Contains, labels: Labels, options: Sequence[Sql], place: Place
) -> Sql:
    """Whether one of a sample's labels has some values."""
    assert labels.value is not None
    tests = []
    for option in options:
        test = strict(compiler.compare.equal(labels.value, option)).text
        found = place.frame.aggregate(labels, f"bool_or({test})")
        tests.append(f"coalesce({found}, false)")
    return _combined(node, tests, f"({place.frame.sample_column(labels.field)} IS NULL)")


def _combined(node: n.Contains, tests: Sequence[str], missing: str) -> Sql:
    text = (" AND " if node.all else " OR ").join(tests)
    if not tests:
        text = "true" if node.all else "false"
    return Sql(f"(({text}) AND NOT {missing})", BOOL, nullable=False)


# Lists in a column


def contains(compiler: Compiler, node: n.Contains, held: Sql, options: Sequence[Sql]) -> Sql:
    """Whether a list holds some values, or a text some parts."""
    if held.type.holds in (Holds.STRING, Holds.ID):
        text = compiler.compare.text(held).text
        tests = [
            f"coalesce(contains({text}, {compiler.compare.text(option).text}), false)"
            for option in options
            if not option.is_null_literal
        ]
        return _combined(node, tests, is_null(held))
    tests = []
    for option in options:
        element = Sql(compiler.names.fresh("e"), held.type.element or NULL)
        test = strict(compiler.compare.equal(element, option)).text
        found = f"len(list_filter({held.text}, lambda {element.text}: {test})) > 0"
        tests.append(f"coalesce({found}, false)")
    return _combined(node, tests, is_null(held))


def list_aggregate(compiler: Compiler, node: Any, held: Sql, found: ValueType) -> Sql:
    """One value of a list in a column."""
    if held.is_null_literal:
        held = Sql("NULL::BIGINT[]", held.type)
    if isinstance(node, (n.ListSum, n.ListMean)) and held.type.element == ANY:
        item = compiler.names.fresh("e")
        number = compiler.compare.number(Sql(item, ANY)).text
        held = Sql(f"list_transform({held.text}, lambda {item}: {number})", held.type)
    return AGGREGATES[type(node)][1](compiler, held, found)


def _length(_: Compiler, held: Sql, __: ValueType) -> Sql:
    return Sql(f"coalesce(len({held.text}), 0)", INT, nullable=False)


def _extreme(*, largest: bool) -> Callable[[Compiler, Sql, ValueType], Sql]:
    name = "list_max" if largest else "list_min"

    def compiled(compiler: Compiler, held: Sql, found: ValueType) -> Sql:
        whole = f"{name}({held.text})"
        if found.holds is not Holds.FLOAT:
            return Sql(whole, found)
        var = compiler.names.fresh("e")
        keep = f"NOT isnan({var})" if largest else f"isnan({var})"
        chosen = f"{name}(list_filter({held.text}, lambda {var}: {keep}))"
        return Sql(f"coalesce({chosen}, {whole})", found)

    return compiled


def _sum(_: Compiler, held: Sql, found: ValueType) -> Sql:
    kind = "BIGINT" if found.holds is Holds.INT else "DOUBLE"
    return Sql(f"coalesce(list_sum({held.text})::{kind}, 0)", found, nullable=False)


def _mean(_: Compiler, held: Sql, found: ValueType) -> Sql:
    return Sql(f"list_avg({held.text}::DOUBLE[])", found)


def _any(compiler: Compiler, held: Sql, _: ValueType) -> Sql:
    element = _element(compiler, held)
    test = strict(compiler.truth(_scalar(element))).text
    found = f"list_filter({held.text}, lambda {_variable(element)}: {test})"
    return Sql(f"(coalesce(len({found}), 0) > 0)", BOOL, nullable=False)


def _all(compiler: Compiler, held: Sql, _: ValueType) -> Sql:
    element = _element(compiler, held)
    test = strict(compiler.truth(_scalar(element))).text
    found = f"list_filter({held.text}, lambda {_variable(element)}: NOT {test})"
    return Sql(f"coalesce(len({found}) = 0, false)", BOOL, nullable=False)


def _scalar(element: Any) -> Sql:
    found: Sql = element.whole() if hasattr(element, "whole") else element
    return found


def _flat_sum(value: Sql) -> tuple[str, str | None]:
    kind = "BIGINT" if value.type.holds is Holds.INT else "DOUBLE"
    return f"sum({value.text})::{kind}", "0"


AGGREGATES: dict[
    type[n.Node],
    tuple[
        Callable[[Sql], tuple[str, str | None]],
        Callable[[Any, Sql, ValueType], Sql],
    ],
] = {
    n.Length: (lambda _: ("count(*)", "0"), _length),
    n.ListMin: (lambda value: (smallest_of(value), None), _extreme(largest=False)),
    n.ListMax: (lambda value: (smallest_of(value, largest=True), None), _extreme(largest=True)),
    n.ListSum: (_flat_sum, _sum),
    n.ListMean: (lambda value: (f"avg({value.text}::DOUBLE)", None), _mean),
    n.AnyOf: (lambda value: (f"bool_or({value.text})", "false"), _any),
    n.AllOf: (lambda value: (f"bool_and({value.text})", "true"), _all),
}
"""For each reduction of a list: the aggregate over rows with its default, and over a list."""


# Functions from a list to a list or an element


def _element_at(_: Compiler, node: n.ElementAt, held: Sql, found: ValueType) -> Sql:
    if held.type.holds is Holds.DOCUMENT:
        return Sql(f"{held.text}.{quote(held.type.attributes[node.index][0])}", found)
    at = node.index + 1 if node.index >= 0 else node.index
    if held.fixed and node.index < 0:
        at = node.index + 5 if node.index >= -4 else 5
    return Sql(f"{held.text}[{at}]", found)


def _slice(_: Compiler, node: n.SliceList, held: Sql, found: ValueType) -> Sql:
    text = as_list(held).text
    start, stop = node.start or 0, node.stop
    first = str(start + 1) if start >= 0 else f"greatest(len({text}) + {start}, 0) + 1"
    last = f"len({text})" if stop is None else str(stop)
    if stop is not None and stop < 0:
        last = f"greatest(len({text}) + {stop}, 0)"
    return Sql(f"list_slice({text}, {first}, {last})", found)


def _reverse(_: Compiler, __: n.Reverse, held: Sql, found: ValueType) -> Sql:
    return Sql(f"list_reverse({as_list(held).text})", found)


def _unique(compiler: Compiler, _: n.Unique, held: Sql, found: ValueType) -> Sql:
    return Sql(unique_text(compiler.names, as_list(held).text, found.element), found)


def unique_text(names: Names, text: str, element: ValueType | None) -> str:
    """The values of a list without null, each once, in order."""
    text = f"list_distinct({text})"
    if element is None or element.holds is not Holds.FLOAT:
        return f"list_sort({text})"
    var = names.fresh("e")
    nans = f"list_filter({text}, lambda {var}: isnan({var}))"
    numbers = f"list_sort(list_filter({text}, lambda {var}: NOT isnan({var})))"
    # list_concat takes null for an empty list.
    return f"(CASE WHEN {text} IS NOT NULL THEN list_concat({nans}, {numbers}) END)"


FUNCTIONS: dict[type[n.Node], Callable[[Any, Any, Sql, ValueType], Sql]] = {
    n.ElementAt: _element_at,
    n.SliceList: _slice,
    n.Reverse: _reverse,
    n.Unique: _unique,
}
