"""Functions by name in SQL: numbers, text and lists; each is given SQL that may be null."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from viewfinder.engine.duckdb import lists
from viewfinder.engine.duckdb.comparisons import is_null
from viewfinder.engine.duckdb.conversions import CONVERSIONS, TIMES, moment, typed
from viewfinder.engine.duckdb.sql import Sql, as_list, number, opened, quote, strict
from viewfinder.errors import ExpressionError
from viewfinder.expr import common_element
from viewfinder.expr import functions as fn
from viewfinder.expr.types import Holds, ValueType

if TYPE_CHECKING:
    from viewfinder.engine.duckdb.compiler import Compiler

__all__ = ["CALLS", "call_text", "list_as", "sort_text"]


@dataclass(frozen=True, slots=True)
class Call:
    """What a function is compiled from."""

    compiler: Compiler
    node: fn.Call
    parts: Sequence[Sql]
    found: ValueType

    def number(self, at: int) -> str:
        """An argument as a float."""
        return f"({self.compiler.compare.number(self.parts[at]).text}::DOUBLE)"

    def text(self, at: int) -> str:
        """An argument as text."""
        return f"({self.compiler.compare.text(self.parts[at]).text}::VARCHAR)"

    def held(self, at: int) -> str:
        """An argument as a list."""
        part = opened(self.parts[at])
        return f"({'NULL::BIGINT[]' if part.type.holds is Holds.NULL else part.text})"

    def lists(self) -> tuple[list[str], ValueType]:
        """All arguments as lists of the type that their elements have in common."""
        element = common_element(self.node, [part.type for part in self.parts])
        wanted = ValueType(Holds.LIST, element)
        return [list_as(self.held(at), wanted) for at in range(len(self.parts))], element

    def let(self, text: str, make: Callable[[str], str]) -> str:
        """What `make` makes of a value that it uses several times and SQL computes once."""
        name = self.compiler.names.fresh("e")
        return f"(list_transform([{text}], lambda {name}: {make(name)})[1])"

    def variable(self) -> str:
        """A fresh name."""
        return self.compiler.names.fresh("e")


def list_as(text: str, wanted: ValueType) -> str:
    """A list in the type that it has among others; documents are of one type already."""
    kind, depth = wanted, 0
    while kind.holds is Holds.LIST and kind.element is not None:
        kind, depth = kind.element, depth + 1
    if kind.holds is Holds.NULL:
        return f"({text}::BIGINT{'[]' * depth})"
    plain = typed("", kind.holds)
    return f"({text}{plain[1:-1]}{'[]' * depth})" if plain else text


def call_text(compiler: Compiler, node: fn.Call, parts: Sequence[Sql], found: ValueType) -> str:
    """A call in SQL."""
    plain = [as_list(strict(part)) for part in parts]
    if node.name in CONVERSIONS:
        if plain[0].is_null_literal and node.name.startswith("to_"):
            return typed("NULL", found.holds)
        return CONVERSIONS[node.name](compiler.compare, plain[0])
    if node.name in TIMES:
        return moment(node.name, plain)
    make = CALLS.get(node.name)
    if make is None:
        raise ExpressionError(f"The DuckDB engine does not know the function {node.name}: {node}.")
    return make(Call(compiler, node, plain, found))


# Numbers


def _math(template: str) -> Callable[[Call], str]:
    return lambda call: template.format(a=call.number(0))


def _log(call: Call) -> str:
    value, base = call.number(0), call.number(1)
    test = f"({value} > 0 AND {base} > 0 AND {base} <> 1)"
    return f"(CASE WHEN {test} THEN ln({value}) / ln({base}) END)"


def _rounded(function: str) -> Callable[[Call], str]:
    def compiled(call: Call) -> str:
        place = call.parts[1].value
        scale = number(10.0 ** abs(place))

        def made(value: str) -> str:
            if place == 0:
                return function.format(a=value)
            if place < 0:
                return f"({function.format(a=f'({value} / {scale})')} * {scale})"
            scaled = f"({value} * {scale})"
            # Greater numbers have no decimals to round.
            small = f"abs({scaled}) < 4503599627370496e0"
            rounded = f"{function.format(a=scaled)} / {scale}"
            return f"CASE WHEN {small} THEN {rounded} ELSE {value} END"

        return call.let(call.number(0), made)

    return compiled


# Text


def _concat(call: Call) -> str:
    return f"({' || '.join(call.text(at) for at in range(len(call.parts)))})"


def _texts(template: str) -> Callable[[Call], str]:
    return lambda call: template.format(*(call.text(at) for at in range(len(call.parts))))


def _split(call: Call) -> str:
    delimiter = call.text(1)
    whole = f"string_split({call.text(0)}, nullif({delimiter}, ''))"
    most = call.parts[2].value
    # Without a delimiter there is no list, though DuckDB gives one with the text in it.
    present = f"{call.text(0)} IS NOT NULL AND nullif({delimiter}, '') IS NOT NULL"
    if most is None:
        return f"(CASE WHEN {present} THEN {whole} END)"

    def made(parts: str) -> str:
        if call.node.name == "split":
            tail = f"array_to_string(list_slice({parts}, {most + 1}, len({parts})), {delimiter})"
            some = f"list_concat(list_slice({parts}, 1, {most}), [{tail}])"
        else:
            first = f"len({parts}) - {most}"
            head = f"array_to_string(list_slice({parts}, 1, {first}), {delimiter})"
            some = f"list_concat([{head}], list_slice({parts}, {first} + 1, len({parts})))"
        return f"CASE WHEN len({parts}) <= {most + 1} THEN {parts} ELSE {some} END"

    return f"(CASE WHEN {present} THEN {call.let(whole, made)} END)"


def _bounds(length: str, start: str, stop: str) -> tuple[str, str]:
    """The places, from 1, of the first and the last of a slice."""
    first = (
        f"(CASE WHEN {start} IS NULL THEN 1 WHEN {start} >= 0 THEN {start} + 1 "
        f"ELSE greatest({length} + {start}, 0) + 1 END)"
    )
    last = (
        f"(CASE WHEN {stop} IS NULL THEN {length} WHEN {stop} >= 0 THEN least({stop}, {length}) "
        f"ELSE greatest({length} + {stop}, 0) END)"
    )
    return first, last


def _substr(call: Call) -> str:
    def made(text: str) -> str:
        length = f"length({text})"
        first, last = _bounds(length, call.parts[1].text, call.parts[2].text)
        return f"substring({text}, {first}, greatest({last} - {first} + 1, 0))"

    return call.let(call.text(0), made)


def _join(call: Call) -> str:
    element = Sql(call.variable(), call.parts[0].type.element or call.parts[0].type)
    held = call.held(0)
    if element.type.holds is Holds.ID:
        text = call.compiler.compare.text(element).text
        held = f"list_transform({held}, lambda {element.text}: {text})"
    held = list_as(held, _TEXTS)
    # Of a list of nulls alone DuckDB makes null.
    joined = f"coalesce(array_to_string({held}, {call.text(1)}), '')"
    return f"(CASE WHEN {held} IS NOT NULL AND {call.text(1)} IS NOT NULL THEN {joined} END)"


_TEXTS = ValueType(Holds.LIST, ValueType(Holds.STRING))


# Lists


def _list_of(call: Call) -> str:
    return list_as(f"[{', '.join(part.text for part in call.parts)}]", call.found)


def _any_null(texts: Sequence[str]) -> str:
    return " OR ".join(f"{text} IS NULL" for text in texts)


def _extend(call: Call) -> str:
    texts, _ = call.lists()
    joined = texts[0]
    for text in texts[1:]:
        joined = f"list_concat({joined}, {text})"
    return f"(CASE WHEN NOT ({_any_null(texts)}) THEN {joined} END)"


def _union(call: Call) -> str:
    return lists.unique_text(call.compiler.names, _extend(call), call.lists()[1])


def _intersection(call: Call) -> str:
    texts, element = call.lists()
    item = call.variable()
    tests = " AND ".join([f"{item} IS NOT NULL", *(f"list_contains({t}, {item})" for t in texts)])
    kept = f"list_filter({texts[0]}, lambda {item}: {tests})"
    kept = f"(CASE WHEN NOT ({_any_null(texts)}) THEN {kept} END)"
    return lists.unique_text(call.compiler.names, kept, element)


def _without(call: Call, texts: Sequence[str]) -> str:
    item = call.variable()
    test = f"{item} IS NOT NULL AND NOT list_contains({texts[1]}, {item})"
    kept = f"list_filter({texts[0]}, lambda {item}: {test})"
    return f"(CASE WHEN NOT ({_any_null(texts)}) THEN {kept} END)"


def _difference(call: Call) -> str:
    texts, element = call.lists()
    return lists.unique_text(call.compiler.names, _without(call, texts), element)


def _is_subset(call: Call) -> str:
    texts, _ = call.lists()
    return f"coalesce(len({_without(call, texts)}) = 0, false)"


def _set_equals(call: Call) -> str:
    texts, element = call.lists()
    first, *others = (lists.unique_text(call.compiler.names, text, element) for text in texts)
    tests = [f"coalesce({first} = {other}, false)" for other in others]
    return f"({' AND '.join(tests)})" if tests else f"({texts[0]} IS NOT NULL)"


def _element_at(call: Call) -> str:
    at = call.parts[1].text
    return f"{call.held(0)}[CASE WHEN {at} >= 0 THEN {at} + 1 ELSE {at} END]"


def _slice(call: Call) -> str:
    def made(text: str) -> str:
        first, last = _bounds(f"len({text})", call.parts[1].text, call.parts[2].text)
        return f"list_slice({text}, {first}, {last})"

    return call.let(call.held(0), made)


def _deviation(name: str) -> Callable[[Call], str]:
    def compiled(call: Call) -> str:
        item = call.variable()

        def made(text: str) -> str:
            odd = f"len(list_filter({text}, lambda {item}: NOT isfinite({item})))"
            found = f"list_aggregate({text}, '{name}')"
            return f"CASE WHEN {odd} > 0 THEN 'nan'::DOUBLE ELSE {found} END"

        return call.let(f"{call.held(0)}::DOUBLE[]", made)

    return compiled


def _range(call: Call) -> str:
    start, stop = (f"({part.text}::BIGINT)" for part in call.parts)
    return f"range({start}, {stop})"


def _entry(texts: Sequence[str]) -> str:
    parts = ", ".join(f"{quote(str(at))} := {text}" for at, text in enumerate(texts))
    return f"struct_pack({parts})"


def _zip(call: Call) -> str:
    texts = [call.held(at) for at in range(len(call.parts))]
    at = call.variable()
    several = f"least({', '.join(f'len({text})' for text in texts)})"
    entry = _entry([f"{text}[{at} + 1]" for text in texts])
    rows = f"list_transform(range(0, {several}), lambda {at}: {entry})"
    return f"(CASE WHEN NOT ({_any_null(texts)}) THEN {rows} END)"


def _zip_longest(call: Call) -> str:
    half = len(call.parts) // 2
    texts = [call.held(at) for at in range(half)]
    element = call.found.element
    assert element is not None
    at = call.variable()
    several = f"greatest({', '.join(f'len({text})' for text in texts)})"
    values = []
    for text, missing, (_, found) in zip(texts, call.parts[half:], element.attributes, strict=True):
        default = typed(missing.text, found.holds)
        chosen = f"CASE WHEN {at} < len({text}) THEN {text}[{at} + 1] ELSE {default} END"
        values.append(f"({chosen})")
    rows = f"list_transform(range(0, {several}), lambda {at}: {_entry(values)})"
    return f"(CASE WHEN NOT ({_any_null(texts)}) THEN {rows} END)"


def _enumerate(call: Call) -> str:
    item, at = call.variable(), call.variable()
    start = f"({call.parts[1].text}::BIGINT)"
    entry = _entry([f"({at} - 1 + {start})", item])
    rows = f"list_transform({call.held(0)}, lambda {item}, {at}: {entry})"
    return f"(CASE WHEN {start} IS NOT NULL THEN {rows} END)"


def sort_text(compiler: Compiler, held: Sql, item: str, key: Sql, *, reverse: bool) -> str:
    """A list by a key, which is SQL over the variable `item`: null, NaN, numbers."""
    at, row = compiler.names.fresh("e"), compiler.names.fresh("e")
    plain = strict(as_list(compiler.compare.text(key)))
    nan = f"WHEN isnan({plain.text}) THEN 1 " if plain.type.holds is Holds.FLOAT else ""
    rank = f"(CASE WHEN {is_null(replace(plain, nullable=True))} THEN 0 {nan}ELSE 2 END)"
    place = f"-{at}" if reverse else at
    entry = f"struct_pack(r := {rank}, k := {plain.text}, i := {place}, v := {item})"
    rows = f"list_sort(list_transform({held.text}, lambda {item}, {at}: {entry}))"
    if reverse:
        rows = f"list_reverse({rows})"
    return f"list_transform({rows}, lambda {row}: {row}.v)"


_INSIDE = "(CASE WHEN abs({{a}}) <= 1 THEN {}({{a}}) WHEN isnan({{a}}) THEN {{a}} END)"

CALLS: dict[str, Callable[[Call], str]] = {
    **{name: _math(f"{name}({{a}})") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arcsin": _math(_INSIDE.format("asin")),
    "arccos": _math(_INSIDE.format("acos")),
    "arctan": _math("atan({a})"),
    "arcsinh": _math("asinh({a})"),
    "arccosh": _math("(CASE WHEN {a} >= 1 THEN acosh({a}) END)"),
    "arctanh": _math(_INSIDE.format("atanh")),
    "log": _log,
    "log10": _math("(CASE WHEN {a} > 0 THEN log10({a}) END)"),
    "round": _rounded("round_even({a}, 0)"),
    "trunc": _rounded("trunc({a})"),
    "concat": _concat,
    "strip": _texts("trim({}, {})"),
    "lstrip": _texts("ltrim({}, {})"),
    "rstrip": _texts("rtrim({}, {})"),
    "replace": _texts("replace({}, {}, {})"),
    "split": _split,
    "rsplit": _split,
    "substr": _substr,
    "join": _join,
    "list_of": _list_of,
    "extend": _extend,
    "union": _union,
    "intersection": _intersection,
    "difference": _difference,
    "set_equals": _set_equals,
    "is_subset": _is_subset,
    "element_at": _element_at,
    "slice": _slice,
    "std": _deviation("stddev_pop"),
    "std_sample": _deviation("stddev_samp"),
    "range": _range,
    "zip": _zip,
    "zip_longest": _zip_longest,
    "enumerate": _enumerate,
}
"""Functions by name."""
