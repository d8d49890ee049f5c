"""What can be done with lists and documents beyond filter() and map()."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from viewfinder.errors import ExpressionError
from viewfinder.expr import functions as fn
from viewfinder.expr import nodes as n
from viewfinder.expr.core import ExpressionCore, as_node, list_node, text_node

if TYPE_CHECKING:
    from viewfinder.expr.field import ViewExpression

__all__ = ["ListMethods"]


class ListMethods(ExpressionCore):
    """Longer lists, sets, folds and sorts; of None all but the tests give None."""

    __slots__ = ()

    def append(self, value: Any) -> ViewExpression:
        """This list with a value behind it: ``F("tags").append("new")``."""
        return self._call("extend", fn.Call("list_of", (as_node(value),)))

    def prepend(self, value: Any) -> ViewExpression:
        """This list with a value before it."""
        value_list = fn.Call("list_of", (as_node(value),))
        return self._made(fn.Call("extend", (value_list, self._node)))

    def insert(self, index: int, value: Any) -> ViewExpression:
        """This list with a value put in before the element at `index`, as in Python."""
        if isinstance(index, bool) or not isinstance(index, int):
            raise ExpressionError(f"insert() takes a whole number as index, not {index!r}.")
        parts = (
            n.SliceList(self._node, None, index),
            fn.Call("list_of", (as_node(value),)),
            n.SliceList(self._node, index, None),
        )
        return self._made(fn.Call("extend", parts))

    def extend(self, *args: Any) -> ViewExpression:
        """This list with other lists behind it."""
        return self._call("extend", *(list_node(arg, "extend") for arg in args))

    def union(self, *args: Any) -> ViewExpression:
        """What is in this list or another, each value once, in order."""
        return self._call("union", *(list_node(arg, "union") for arg in args))

    def intersection(self, *args: Any) -> ViewExpression:
        """What is in this list and in all others, each value once, in order."""
        return self._call("intersection", *(list_node(arg, "intersection") for arg in args))

    def difference(self, values: Any) -> ViewExpression:
        """What is in this list and not in the other, each value once, in order."""
        return self._call("difference", list_node(values, "difference"))

    def set_equals(self, *args: Any) -> ViewExpression:
        """Whether all lists have the same values, whatever their order and number."""
        return self._call("set_equals", *(list_node(arg, "set_equals") for arg in args))

    def is_subset(self, values: Any) -> ViewExpression:
        """Whether every value of this list is in the other."""
        return self._call("is_subset", list_node(values, "is_subset"))

    def sort(self, key: Any = None, numeric: Any = False, reverse: Any = False) -> ViewExpression:
        """This list in order: ``F("detections").sort(key="confidence", reverse=True)``.

        Args:
            key: what to go by, a path or an expression seen from each element
            numeric: accepted for FiftyOne's sake; numbers are always in the order of numbers
            reverse: whether the last comes first
        """
        by = n.Field(key) if isinstance(key, str) else None if key is None else as_node(key)
        return self._made(fn.SortList(self._node, by, bool(reverse)))

    def reduce(self, expr: Any, init_val: Any = 0) -> ViewExpression:
        """The list folded into one value.

        `expr` sees each element as ``F()``, and as ``VALUE`` what came before, `init_val` first::

            F("tags").reduce(VALUE.concat(", ", F()), init_val="tags")
        """
        return self._made(fn.Reduce(self._node, as_node(expr), as_node(init_val)))

    def join(self, delimiter: Any) -> ViewExpression:
        """The texts of this list as one text; None among them is left out."""
        return self._call("join", text_node(delimiter, "join"))

    def std(self, sample: Any = False) -> ViewExpression:
        """The standard deviation of this list's numbers; with `sample`, as of a sample of more."""
        return self._call("std_sample" if sample else "std")

    def set_field(self, field: str, value_or_expr: Any, relative: Any = True) -> ViewExpression:
        """This document with another value under a name.

        ::

            F("detections").map(F().set_field("confidence", F("confidence") / 2))

        Args:
            field: a name, or a path of names
            value_or_expr: a value, or an expression
            relative: whether the expression is seen from this document
        """
        name, _, rest = field.partition(".")
        result = as_node(value_or_expr)
        if not relative and not isinstance(result, n.Literal):
            raise ExpressionError(
                "set_field(…, relative=False) is not needed: begin paths of the sample with $."
            )
        if rest:
            # The inner document is changed, and put in the place of the old one.
            if not isinstance(result, n.Literal):
                raise ExpressionError(
                    f"set_field() takes constants for a path such as {field!r}; set '{name}' to "
                    f"F('{name}').set_field('{rest}', …)."
                )
            inner = fn.SetAttribute(n.Field(name), rest, result, made=True)
            return self._made(fn.SetAttribute(self._node, name, inner, made=True))
        return self._made(fn.SetAttribute(self._node, name, result, made=True))
