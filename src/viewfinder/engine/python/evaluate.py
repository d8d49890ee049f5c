"""What each expression means, on plain Python values: slow and obvious, a measure for others.

Samples and labels are dicts that hold every attribute of the schema, None where there is no value.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from viewfinder.engine.python.comparisons import equal, family, is_number, order_of, truth, unique
from viewfinder.engine.python.documents import PLACE
from viewfinder.engine.python.functions import CALLS, milliseconds_between, moved
from viewfinder.errors import ExpressionError
from viewfinder.expr import functions as fn
from viewfinder.expr import nodes as n

__all__ = ["Place", "evaluate"]

_LIMIT = 2**63


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: the sample, and what ``F()`` is."""

    sample: Mapping[str, Any]
    this: Any
    accumulated: Any = None
    """What ``VALUE`` is."""

    def inside(self, this: Any) -> Place:
        """The place of an expression that looks at a value."""
        return replace(self, this=this)


def evaluate(node: n.Node, place: Place) -> Any:
    """The value of an expression.

    Raises:
        ExpressionError: when the expression is not known, or a whole number leaves 64 bits
    """
    rule = _RULES.get(type(node))
    if rule is not None:
        return rule(node, place)
    if isinstance(node, fn.Call) and node.name in CALLS:
        return CALLS[node.name](*[evaluate(child, place) for child in node.arguments])
    plain = _PLAIN.get(type(node))
    if plain is None:
        raise ExpressionError(
            f"The Python engine does not know expressions of {type(node).__name__}: {node}."
        )
    return plain(*[evaluate(child, place) for child in n.children(node)])


def _after(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is not None and other is None
    return family(one) == family(other) and order_of(one) > order_of(other)


def _not_before(one: Any, other: Any) -> bool:
    return _after(one, other) or equal(one, other)


def _walk(value: Any, path: str) -> Any:
    if not path or value is None:
        return value
    if isinstance(value, list):
        return [_walk(item, path) for item in value]
    if not isinstance(value, dict):
        return None
    name, _, rest = path.partition(".")
    return _walk(value.get(name), rest)


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def evaluated(one: Any, other: Any) -> Any:
        if not (is_number(one) and is_number(other)):
            return None
        try:
            found = compute(one, other)
        except OverflowError:
            return math.inf
        if isinstance(found, int) and not -_LIMIT <= found < _LIMIT:
            raise ExpressionError(f"The expression can't be computed: {found} exceeds 64 bits.")
        return found

    return evaluated


_plain_sum = _arithmetic(lambda one, other: one + other)
_plain_difference = _arithmetic(lambda one, other: one - other)


def _add(one: Any, other: Any) -> Any:
    for moment, span in ((one, other), (other, one)):
        if isinstance(moment, date):
            return moved(moment, span) if is_number(span) else None
    return _plain_sum(one, other)


def _subtract(one: Any, other: Any) -> Any:
    if isinstance(one, date) and isinstance(other, date):
        return milliseconds_between(one, other)
    if isinstance(one, date):
        return moved(one, -other) if is_number(other) else None
    return _plain_difference(one, other)


def _divide(one: Any, other: Any) -> Any:
    return None if other == 0 else float(one) / float(other)


def _modulo(one: Any, other: Any) -> Any:
    if other == 0:
        return None
    if isinstance(one, int) and isinstance(other, int):
        return int(math.copysign(abs(one) % abs(other), one)) if one else 0
    return math.nan if math.isinf(one) else math.fmod(one, other)


def _power(one: Any, other: Any) -> Any:
    one, other = float(one), float(other)
    if (one < 0 and not (math.isinf(other) or other == math.floor(other))) or (
        one == 0 and other < 0
    ):
        return None
    return math.pow(one, other)


def _number(compute: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def evaluated(value: Any) -> Any:
        if not is_number(value):
            return None
        try:
            return compute(value)
        except OverflowError:
            return math.inf

    return evaluated


def _whole(compute: Callable[[float], int]) -> Callable[[Any], Any]:
    return lambda value: float(compute(value)) if math.isfinite(value) else float(value)


def _sqrt(value: Any) -> Any:
    return math.nan if math.isnan(value) else None if value < 0 else math.sqrt(value)


def _ln(value: Any) -> Any:
    return math.nan if math.isnan(value) else None if value <= 0 else math.log(value)


def _text(compute: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda value: compute(value) if isinstance(value, str) else None


def _simple_case(change: Callable[[str], str]) -> Callable[[str], str]:
    """Letter by letter, leaving those that would become several."""
    return lambda text: "".join(change(c) if len(change(c)) == 1 else c for c in text)


_lower, _upper = _simple_case(str.lower), _simple_case(str.upper)


def _text_test(test: Callable[[str, str], bool]) -> Callable[[Any, Place], bool]:
    def evaluated(node: Any, place: Place) -> bool:
        value = evaluate(node.value, place)
        if not isinstance(value, str):
            return False
        change = (lambda text: text) if node.case_sensitive else _lower
        return any(test(change(value), change(option)) for option in node.options)

    return evaluated


def _regex(node: n.MatchesRegex, place: Place) -> bool:
    value = evaluate(node.value, place)
    flags = sum(getattr(re, option.upper()) for option in node.options)
    try:
        return isinstance(value, str) and re.search(node.regex, value, flags) is not None
    except re.error as error:
        raise ExpressionError(f"This is no regular expression: {error}.") from error


def _extreme(*, largest: bool) -> Callable[[Any], Any]:
    def evaluated(values: Any) -> Any:
        found = [value for value in values or [] if value is not None]
        return sorted(found, key=order_of)[-1 if largest else 0] if found else None

    return evaluated


def _listed(values: Any) -> list[Any]:
    """The elements of a list; none of what is no list."""
    return values if isinstance(values, list) else []


def _numbers(values: Any) -> list[Any]:
    return [value for value in _listed(values) if is_number(value)]


def _sum(values: Any) -> Any:
    found = sum(_numbers(values))
    if isinstance(found, int) and not -_LIMIT <= found < _LIMIT:
        raise ExpressionError(f"The expression can't be computed: {found} exceeds 64 bits.")
    return found


def _mean(values: Any) -> Any:
    found = _numbers(values)
    return sum(map(float, found)) / len(found) if found else None


def _contains(node: n.Contains, place: Place) -> bool:
    value = evaluate(node.value, place)
    options = [evaluate(option, place) for option in node.options]
    if value is None:
        return False
    if isinstance(value, str):
        tests = [option in value for option in options if option is not None]
    else:
        tests = [any(equal(item, option) for item in value) for option in options]
    return all(tests) if node.all else any(tests)


def _element_at(node: n.ElementAt, place: Place) -> Any:
    value = evaluate(node.value, place)
    if not isinstance(value, list) or not -len(value) <= node.index < len(value):
        return None
    return value[node.index]


def _slice(node: n.SliceList, place: Place) -> Any:
    value = evaluate(node.value, place)
    return value[node.start : node.stop] if isinstance(value, list) else None


def _filter(node: n.Filter, place: Place) -> Any:
    value = evaluate(node.value, place)
    if not isinstance(value, list):
        return None
    return [item for item in value if truth(evaluate(node.condition, place.inside(item)))]


def _map(node: n.Map, place: Place) -> Any:
    value = evaluate(node.value, place)
    if not isinstance(value, list):
        return None
    return [evaluate(node.result, place.inside(item)) for item in value]


def _apply(node: n.Apply, place: Place) -> Any:
    return evaluate(node.result, place.inside(evaluate(node.value, place)))


def _reduce(node: fn.Reduce, place: Place) -> Any:
    values = evaluate(node.value, place)
    if not isinstance(values, list):
        return None
    found = evaluate(node.initial, place)
    for item in values:
        found = evaluate(node.result, replace(place, this=item, accumulated=found))
    return found


def _sort(node: fn.SortList, place: Place) -> Any:
    values = evaluate(node.value, place)
    if not isinstance(values, list):
        return None
    key = n.Field("") if node.key is None else node.key

    def order(item: Any) -> Any:
        return order_of(evaluate(key, place.inside(item)))

    # Equals stay as they are, also from last to first.
    return sorted(values, key=order, reverse=node.reverse)


def _set_attribute(node: fn.SetAttribute, place: Place) -> Any:
    value = evaluate(node.value, place)
    if value is None and not node.made:
        return None
    held = value if isinstance(value, dict) else {}
    return {**held, node.name: evaluate(node.result, place.inside(value))}


def _lookup(node: fn.Lookup, place: Place) -> Any:
    key = evaluate(node.value, place)
    return _as_lists(dict(zip(node.keys, node.values, strict=True)).get(key))


def _random(node: fn.Random, place: Place) -> float:
    is_label = isinstance(place.this, dict) and PLACE in place.this
    owner = place.this if is_label else place.sample
    digits = hashlib.sha256(f"{owner['id']}:{node.seed}".encode()).hexdigest()[:13]
    return int(digits, 16) / 16**13


def _if_else(node: n.IfElse, place: Place) -> Any:
    chosen = node.then if truth(evaluate(node.condition, place)) else node.otherwise
    return evaluate(chosen, place)


def _if_null(node: n.IfNull, place: Place) -> Any:
    value = evaluate(node.value, place)
    return evaluate(node.otherwise, place) if value is None else value


def _map_values(node: n.MapValues, place: Place) -> Any:
    value = evaluate(node.value, place)
    for key, result in node.pairs:
        if equal(value, _constant(key)):
            return _constant(result)
    return value


def _constant(node: n.Literal) -> Any:
    return _as_lists(node.value)


def _as_lists(value: Any) -> Any:
    return [_as_lists(item) for item in value] if isinstance(value, tuple) else value


def _is_in(node: n.IsIn, place: Place) -> bool:
    value = evaluate(node.value, place)
    return any(equal(value, _constant(option)) for option in node.options)


def _all_of(values: Sequence[Any] | None) -> bool:
    return isinstance(values, list) and all(map(truth, values))


_RULES: dict[type[n.Node], Callable[[Any, Place], Any]] = {
    n.Field: lambda node, place: _walk(place.this, node.path.replace("[]", "")),
    n.RootField: lambda node, place: _walk(place.sample, node.path.replace("[]", "")),
    n.Literal: lambda node, _: _constant(node),
    n.IsIn: _is_in,
    n.Contains: _contains,
    n.ContainsString: _text_test(lambda value, option: option in value),
    n.StartsWith: _text_test(str.startswith),
    n.EndsWith: _text_test(str.endswith),
    n.MatchesString: _text_test(str.__eq__),
    n.MatchesRegex: _regex,
    n.ElementAt: _element_at,
    n.SliceList: _slice,
    n.Filter: _filter,
    n.Map: _map,
    n.Apply: _apply,
    n.IfElse: _if_else,
    n.IfNull: _if_null,
    n.MapValues: _map_values,
    fn.Accumulated: lambda _, place: place.accumulated,
    fn.Reduce: _reduce,
    fn.SortList: _sort,
    fn.SetAttribute: _set_attribute,
    fn.Lookup: _lookup,
    fn.Random: _random,
}
"""Expressions that are more than a function of the values of their parts."""

_PLAIN: dict[type[n.Node], Callable[..., Any]] = {
    n.Equal: equal,
    n.NotEqual: lambda one, other: not equal(one, other),
    n.Greater: _after,
    n.GreaterEqual: _not_before,
    n.Less: lambda one, other: _after(other, one),
    n.LessEqual: lambda one, other: _not_before(other, one),
    n.And: lambda one, other: truth(one) and truth(other),
    n.Or: lambda one, other: truth(one) or truth(other),
    n.Not: lambda value: not truth(value),
    n.IsNull: lambda value: value is None,
    n.Add: _add,
    n.Subtract: _subtract,
    n.Multiply: _arithmetic(lambda one, other: one * other),
    n.Divide: _arithmetic(_divide),
    n.Modulo: _arithmetic(_modulo),
    n.Power: _arithmetic(_power),
    n.Absolute: _number(abs),
    n.Floor: _number(_whole(math.floor)),
    n.Ceil: _number(_whole(math.ceil)),
    n.SquareRoot: _number(_sqrt),
    n.Exponential: _number(math.exp),
    n.Logarithm: _number(_ln),
    n.Lower: _text(_lower),
    n.Upper: _text(_upper),
    n.StringLength: _text(len),
    n.Length: lambda values: len(_listed(values)),
    n.ListMin: _extreme(largest=False),
    n.ListMax: _extreme(largest=True),
    n.ListSum: _sum,
    n.ListMean: _mean,
    n.Reverse: lambda values: values[::-1] if isinstance(values, list) else None,
    n.Unique: unique,
    n.AnyOf: lambda values: any(map(truth, _listed(values))),
    n.AllOf: _all_of,
}
"""Functions of the values of an expression's parts."""
