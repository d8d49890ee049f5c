"""The types of functions: what each may be given, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from viewfinder.errors import ExpressionError, FieldNotFoundError
from viewfinder.expr import functions as fn
from viewfinder.expr import nodes as n
from viewfinder.expr.types import (
    BOOL,
    FLOAT,
    INT,
    NULL,
    ORDERED,
    RULES,
    STRING,
    Holds,
    Scope,
    ValueType,
    as_listed,
    constant_type,
    either,
    element_type,
    need_number,
    need_text,
    type_of,
)

__all__ = ["common_element"]

_Rule = Callable[[fn.Call, Sequence[ValueType]], ValueType]


def _numbers(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    for found in types:
        need_number(node, found)
    return FLOAT


def _texts(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    for found in types:
        need_text(node, found)
    return STRING


def _split(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    _texts(node, types[:2])
    return ValueType(Holds.LIST, STRING)


def _substr(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    return _texts(node, types[:1])


def _join(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    element = element_type(types[0], node)
    if element.holds is Holds.ANY:
        raise ExpressionError(f"{node} needs a list of text, not of {element}.")
    need_text(node, element)
    need_text(node, types[1])
    return STRING


def _time(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    if types[0].holds not in (Holds.DATE, Holds.DATETIME, Holds.NULL):
        raise ExpressionError(f"{node} needs a date, but it is given {types[0]}.")
    return INT


def _converted(result: ValueType) -> _Rule:
    def rule(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
        if types[0].holds in (Holds.DOCUMENT, Holds.LIST, Holds.ARRAY):
            raise ExpressionError(f"{node} needs a plain value, but it is given {types[0]}.")
        return result

    return rule


def _to_date(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    if types[0].holds is Holds.BOOL:
        raise ExpressionError(f"{node}: {types[0]} is no date.")
    return _converted(ValueType(Holds.DATETIME))(node, types)


def _always(result: ValueType) -> _Rule:
    return lambda _, __: result


def _list_of(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    return ValueType(Holds.LIST, _common(node, types))


def _common(node: n.Node, types: Sequence[ValueType]) -> ValueType:
    found = NULL
    for each in types:
        found = either(node, found, each)
    return found


def common_element(node: n.Node, types: Sequence[ValueType]) -> ValueType:
    """The type that the elements of several lists have in common.

    Raises:
        ExpressionError: when there is none
    """
    return _common(node, [element_type(found, node) for found in types])


def _extend(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    return ValueType(Holds.LIST, common_element(node, types))


def _sets(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    found = common_element(node, types)
    if found.holds not in ORDERED | {Holds.NULL}:
        raise ExpressionError(f"{node} needs lists of plain values, not of {found}.")
    return ValueType(Holds.LIST, found)


def _set_test(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    _sets(node, types)
    return BOOL


def _need_whole(node: n.Node, types: Sequence[ValueType]) -> None:
    for found in types:
        if found.holds not in (Holds.INT, Holds.NULL):
            raise ExpressionError(f"{node} needs whole numbers, but it is given {found}.")


def _element_at(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    _need_whole(node, types[1:])
    return element_type(types[0], node)


def _slice(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    _need_whole(node, types[1:])
    element_type(types[0], node)
    return as_listed(types[0])


def _deviation(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    element = element_type(types[0], node)
    if element.holds is Holds.ANY:
        raise ExpressionError(f"{node} needs a list of numbers, not of {element}.")
    need_number(node, element)
    return FLOAT


def _range(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    _need_whole(node, types)
    return ValueType(Holds.LIST, INT)


def _entry(types: Sequence[ValueType]) -> ValueType:
    parts = tuple((str(at), found) for at, found in enumerate(types))
    return ValueType(Holds.DOCUMENT, attributes=parts, document=fn.Entry)


def _zip(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    return ValueType(Holds.LIST, _entry([element_type(found, node) for found in types]))


def _zip_longest(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    lists, defaults = types[: len(types) // 2], types[len(types) // 2 :]
    parts = [
        either(node, element_type(found, node), missing)
        for found, missing in zip(lists, defaults, strict=True)
    ]
    return ValueType(Holds.LIST, _entry(parts))


def _enumerate(node: fn.Call, types: Sequence[ValueType]) -> ValueType:
    _need_whole(node, types[1:])
    return ValueType(Holds.LIST, _entry([INT, element_type(types[0], node)]))


_TRIGONOMETRY = ("sin", "cos", "tan", "arcsin", "arccos", "arctan")
_HYPERBOLIC = ("sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh")
_TIMES = ("year", "month", "week", "day_of_year", "day_of_month", "day_of_week")
_CLOCK = ("hour", "minute", "second", "millisecond")

_CALLS: dict[str, _Rule] = {
    **dict.fromkeys((*_TRIGONOMETRY, *_HYPERBOLIC, "log", "log10", "round", "trunc"), _numbers),
    **dict.fromkeys(("concat", "strip", "lstrip", "rstrip", "replace"), _texts),
    **dict.fromkeys(("split", "rsplit"), _split),
    "substr": _substr,
    "join": _join,
    **dict.fromkeys((*_TIMES, *_CLOCK), _time),
    "to_bool": _converted(BOOL),
    "to_int": _converted(INT),
    "to_double": _converted(FLOAT),
    "to_string": _converted(STRING),
    "to_date": _to_date,
    "type": _always(STRING),
    **dict.fromkeys(("is_number", "is_string", "is_array"), _always(BOOL)),
    "list_of": _list_of,
    "extend": _extend,
    **dict.fromkeys(("union", "intersection", "difference"), _sets),
    **dict.fromkeys(("set_equals", "is_subset"), _set_test),
    "element_at": _element_at,
    "slice": _slice,
    **dict.fromkeys(("std", "std_sample"), _deviation),
    "range": _range,
    "zip": _zip,
    "zip_longest": _zip_longest,
    "enumerate": _enumerate,
}


def _call(node: fn.Call, scope: Scope) -> ValueType:
    rule = _CALLS.get(node.name)
    if rule is None:
        raise ExpressionError(f"There is no function '{node.name}'.")
    return rule(node, [type_of(part, scope) for part in node.arguments])


def _accumulated(_: fn.Accumulated, scope: Scope) -> ValueType:
    if scope.accumulated is None:
        raise ExpressionError("VALUE stands for what came before in reduce(), and only there.")
    return scope.accumulated


def _reduce(node: fn.Reduce, scope: Scope) -> ValueType:
    element = element_type(type_of(node.value, scope), node)
    found = type_of(node.initial, scope)
    while True:
        inside = replace(scope, this=element, accumulated=found)
        wider = either(node, found, type_of(node.result, inside))
        if wider == found:
            return found
        found = wider


def _sort(node: fn.SortList, scope: Scope) -> ValueType:
    value = type_of(node.value, scope)
    element = element_type(value, node)
    key = element if node.key is None else type_of(node.key, scope.inside(element))
    if key.holds not in ORDERED | {Holds.NULL}:
        raise ExpressionError(f"{node}: {key} have no order among each other. Give a key.")
    return as_listed(value)


_IN_DICTS = (Holds.NULL, Holds.BOOL, Holds.INT, Holds.FLOAT, Holds.STRING, Holds.ANY)


def _in_dict(node: fn.SetAttribute, whole: ValueType, result: ValueType) -> ValueType:
    """A dict with another value, which has to be one that JSON knows."""
    inner = result
    while inner.holds is Holds.LIST and inner.element is not None:
        inner = inner.element
    if inner.holds not in _IN_DICTS:
        raise ExpressionError(f"{node}: a dict can't hold {result} in a view.")
    return whole


def _set_attribute(node: fn.SetAttribute, scope: Scope) -> ValueType:
    value = type_of(node.value, scope)
    if value.holds is Holds.ANY:
        return _in_dict(node, value, type_of(node.result, scope.inside(value)))
    if value.holds is not Holds.DOCUMENT or value.document is fn.Entry:
        raise ExpressionError(f"{node} needs a document, but it is given {value}.")
    result = type_of(node.result, scope.inside(value))
    attributes = dict(value.attributes)
    if result.holds is Holds.NULL:
        if node.name not in attributes:
            raise FieldNotFoundError(node.name, f"What {node} changes", attributes)
        result = attributes[node.name]
    return replace(value, attributes=tuple({**attributes, node.name: result}.items()))


def _entry_at(node: n.ElementAt, scope: Scope) -> ValueType:
    value = type_of(node.value, scope)
    if value.document is not fn.Entry:
        return element_type(value, node)
    if not -len(value.attributes) <= node.index < len(value.attributes):
        raise ExpressionError(f"{node}: there are only {len(value.attributes)} values.")
    return value.attributes[node.index][1]


def _lookup(node: fn.Lookup, scope: Scope) -> ValueType:
    _need_whole(node, [type_of(node.value, scope)])
    # The first is there for its type: an empty list, say, does not tell what it would hold.
    return element_type(constant_type(node.values[:1]), node)


RULES.update(
    {
        fn.Call: _call,
        fn.Accumulated: _accumulated,
        fn.Reduce: _reduce,
        fn.SortList: _sort,
        fn.SetAttribute: _set_attribute,
        fn.Lookup: _lookup,
        fn.Random: lambda _, __: FLOAT,
        n.ElementAt: _entry_at,
    }
)
