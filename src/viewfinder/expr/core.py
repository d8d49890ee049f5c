"""What every expression is made of: one frozen node, and constants as nodes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.errors import ExpressionError
from viewfinder.expr import functions as fn
from viewfinder.expr import nodes as n
from viewfinder.ids import plain_id

if TYPE_CHECKING:
    from viewfinder.expr.field import ViewExpression

__all__ = ["ExpressionCore", "as_node", "constant", "constants", "list_node", "text_node"]


class ExpressionCore(ABC):
    """An expression: what the groups of methods have in common."""

    __slots__ = ("_node",)

    def __init__(self, node: n.Node) -> None:
        self._node = node

    @property
    def node(self) -> n.Node:
        """The expression as a frozen value."""
        return self._node

    @abstractmethod
    def _made(self, node: n.Node) -> ViewExpression:
        """A node as an expression."""

    def _unary(self, node: type[n.Node]) -> ViewExpression:
        return self._made(node(self._node))  # type: ignore[call-arg]

    def _call(self, name: str, *arguments: Any) -> ViewExpression:
        return self._made(fn.Call(name, (self._node, *map(as_node, arguments))))


def as_node(value: Any) -> n.Node:
    """The node of an expression, or of a constant; lists may have expressions in them.

    Raises:
        ExpressionError: when it is neither
    """
    if isinstance(value, n.Node):
        return value
    if isinstance(value, ExpressionCore):
        return value.node
    if isinstance(value, (list, tuple)) and any(map(_is_computed, value)):
        return fn.Call("list_of", tuple(map(as_node, value)))
    return n.Literal(constant(value))


def _is_computed(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_is_computed, value))
    return isinstance(value, (n.Node, ExpressionCore))


def list_node(values: Any, method: str) -> n.Node:
    """A list, or an expression that gives one, as a node."""
    if isinstance(values, (ExpressionCore, n.Node)):
        return as_node(values)
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise ExpressionError(f"{method}() takes lists and expressions of lists, not {values!r}.")
    is_set = isinstance(values, (set, frozenset))
    return as_node(sorted(values, key=repr) if is_set else list(values))


def text_node(value: Any, method: str) -> n.Node:
    """A text, or an expression that gives one, as a node."""
    if isinstance(value, (str, ExpressionCore, n.Node)):
        return as_node(value)
    raise ExpressionError(f"{method}() takes texts and expressions of text, not {value!r}.")


def constants(values: Any, method: str) -> tuple[Any, ...]:
    """Several constants."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise ExpressionError(f"{method}() takes a list of values, not {values!r}.")
    items = sorted(values, key=repr) if isinstance(values, (set, frozenset)) else values
    return tuple(constant(item) for item in items)


def constant(value: Any) -> Any:
    """`value` as the plain, immutable constant that nodes hold; a time span in milliseconds."""
    if isinstance(value, np.generic):
        return constant(value.item())
    if value is None or isinstance(value, (bool, str, date, datetime)):
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ExpressionError(f"{value} does not fit into 64 bits.")
        return value
    if isinstance(value, float):
        return math.nan if math.isnan(value) else value
    if isinstance(value, timedelta):
        return value / timedelta(milliseconds=1)
    if isinstance(value, np.ndarray):
        return constant(value.tolist())
    if isinstance(value, (list, tuple)):
        return tuple(constant(item) for item in value)
    identifier = plain_id(value)
    if isinstance(identifier, str):
        return identifier
    raise ExpressionError(
        f"A {type(value).__name__} can't be part of an expression: {value!r}. Numbers, text, "
        "booleans, dates, time spans, None and lists of them can."
    )
