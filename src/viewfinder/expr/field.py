"""`F("path")` and what can be done with it; every method gives an expression and changes none."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import numpy as np

from viewfinder.errors import ExpressionError
from viewfinder.expr import functions as fn
from viewfinder.expr import nodes as n
from viewfinder.expr.core import ExpressionCore, as_node, constant, constants
from viewfinder.expr.list_methods import ListMethods
from viewfinder.expr.number_methods import NumberMethods
from viewfinder.expr.text_methods import TextMethods
from viewfinder.expr.time_methods import TimeMethods

__all__ = ["VALUE", "F", "ViewExpression", "ViewField", "as_node"]


class ViewExpression(NumberMethods, TextMethods, TimeMethods, ListMethods):
    """Something to be computed from a sample, a label or an element of a list.

    Comparisons, ``&``, ``|``, ``~`` and arithmetic on expressions give expressions. How nulls,
    NaN and values of different types behave stands in :mod:`viewfinder.expr.nodes`.
    """

    __slots__ = ()
    __array_ufunc__ = None  # numpy numbers on the left leave the work to us

    def __hash__(self) -> int:
        # Equal hashes would make dicts compare keys, and == gives an expression. Nodes of several
        # classes may have the same hash.
        return hash(repr(self._node))

    def __str__(self) -> str:
        return str(self._node)

    def __repr__(self) -> str:
        return str(self._node)

    def __bool__(self) -> NoReturn:
        raise ExpressionError(
            f"The expression {self} has no truth value before a view is computed. Combine "
            "expressions with & | ~ (and parentheses) in the place of and, or, not; "
            "use is_in() in the place of in."
        )

    def __iter__(self) -> NoReturn:
        raise ExpressionError(
            f"The expression {self} can't be iterated over. Use filter(), map() or length() on it."
        )

    @property
    def is_frozen(self) -> bool:
        """Whether this is a field that is looked up from the sample: ``F("$metadata.width")``."""
        return isinstance(self._node, (n.RootField, fn.Accumulated))

    def __contains__(self, item: object) -> NoReturn:
        raise ExpressionError(
            f"'in' does not work on the expression {self}. Use is_in() or contains()."
        )

    # Comparison

    def __eq__(self, other: object) -> ViewExpression:  # type: ignore[override]
        return self._with(n.Equal, other)

    def __ne__(self, other: object) -> ViewExpression:  # type: ignore[override]
        return self._with(n.NotEqual, other)

    def __gt__(self, other: Any) -> ViewExpression:
        return self._with(n.Greater, other)

    def __ge__(self, other: Any) -> ViewExpression:
        return self._with(n.GreaterEqual, other)

    def __lt__(self, other: Any) -> ViewExpression:
        return self._with(n.Less, other)

    def __le__(self, other: Any) -> ViewExpression:
        return self._with(n.LessEqual, other)

    # Logic

    def __and__(self, other: Any) -> ViewExpression:
        return self._with(n.And, other)

    def __rand__(self, other: Any) -> ViewExpression:
        return self._after(n.And, other)

    def __or__(self, other: Any) -> ViewExpression:
        return self._with(n.Or, other)

    def __ror__(self, other: Any) -> ViewExpression:
        return self._after(n.Or, other)

    def __invert__(self) -> ViewExpression:
        return ViewExpression(n.Not(self._node))

    # Arithmetic

    def __add__(self, other: Any) -> ViewExpression:
        return self._with(n.Add, other)

    def __radd__(self, other: Any) -> ViewExpression:
        return self._after(n.Add, other)

    def __sub__(self, other: Any) -> ViewExpression:
        return self._with(n.Subtract, other)

    def __rsub__(self, other: Any) -> ViewExpression:
        return self._after(n.Subtract, other)

    def __mul__(self, other: Any) -> ViewExpression:
        return self._with(n.Multiply, other)

    def __rmul__(self, other: Any) -> ViewExpression:
        return self._after(n.Multiply, other)

    def __truediv__(self, other: Any) -> ViewExpression:
        return self._with(n.Divide, other)

    def __rtruediv__(self, other: Any) -> ViewExpression:
        return self._after(n.Divide, other)

    def __mod__(self, other: Any) -> ViewExpression:
        return self._with(n.Modulo, other)

    def __rmod__(self, other: Any) -> ViewExpression:
        return self._after(n.Modulo, other)

    def __pow__(self, other: Any) -> ViewExpression:
        return self._with(n.Power, other)

    def __rpow__(self, other: Any) -> ViewExpression:
        return self._after(n.Power, other)

    def __neg__(self) -> ViewExpression:
        return self._after(n.Subtract, 0)

    def __abs__(self) -> ViewExpression:
        return self.abs()

    def __floor__(self) -> ViewExpression:
        return self.floor()

    def __ceil__(self) -> ViewExpression:
        return self.ceil()

    def abs(self) -> ViewExpression:
        """The number without its sign."""
        return self._unary(n.Absolute)

    def floor(self) -> ViewExpression:
        """The next whole number downwards."""
        return self._unary(n.Floor)

    def ceil(self) -> ViewExpression:
        """The next whole number upwards."""
        return self._unary(n.Ceil)

    def sqrt(self) -> ViewExpression:
        """The square root; null of a negative number."""
        return self._unary(n.SquareRoot)

    def exp(self) -> ViewExpression:
        """Euler's number to the power of this."""
        return self._unary(n.Exponential)

    def ln(self) -> ViewExpression:
        """The natural logarithm; null of zero and of negative numbers."""
        return self._unary(n.Logarithm)

    def pow(self, power: Any) -> ViewExpression:
        """This number to a power."""
        return ViewExpression(n.Power(self._node, as_node(power)))

    # Nulls and choices

    def is_null(self) -> ViewExpression:
        """Whether this is None or missing."""
        return self._unary(n.IsNull)

    def is_missing(self) -> ViewExpression:
        """Whether this is missing, which is the same as None here."""
        return self._unary(n.IsNull)

    def exists(self, bool: Any = True) -> ViewExpression:
        """Whether there is a value that is not None; with ``bool=False``, whether there is not."""
        return ~self._unary(n.IsNull) if bool else self._unary(n.IsNull)

    def if_null(self, false_expr: Any) -> ViewExpression:
        """This, or another value where this is None."""
        return ViewExpression(n.IfNull(self._node, as_node(false_expr)))

    def if_else(self, true_expr: Any, false_expr: Any) -> ViewExpression:
        """One value where this is true, another where it is not."""
        return ViewExpression(n.IfElse(self._node, as_node(true_expr), as_node(false_expr)))

    def map_values(self, mapping: Mapping[Any, Any]) -> ViewExpression:
        """The value that `mapping` gives for this; this where it gives none."""
        pairs = tuple(
            (n.Literal(constant(key)), n.Literal(constant(value))) for key, value in mapping.items()
        )
        return ViewExpression(n.MapValues(self._node, pairs))

    def cases(self, mapping: Mapping[Any, Any], default: Any = None) -> ViewExpression:
        """What `mapping` gives for this value: ``F("label").cases({"cat": 1, F("other"): 2}, 0)``.

        Args:
            mapping: values or expressions that this may equal, with what to give then
            default: what to give where this equals none of them
        """
        result = as_node(default)
        for key, value in reversed(list(mapping.items())):
            result = n.IfElse(n.Equal(self._node, as_node(key)), as_node(value), result)
        return ViewExpression(result)

    def switch(self, mapping: Mapping[Any, Any], default: Any = None) -> ViewExpression:
        """What belongs to the first condition that is true; all see this value as ``F()``.

        ::

            F("confidence").switch({(F() > 0.9): "sure", (F() > 0.5): "maybe"}, default="no")
        """
        result = as_node(default)
        for key, value in reversed(list(mapping.items())):
            result = n.IfElse(as_node(key), as_node(value), result)
        return ViewExpression(n.Apply(self._node, result))

    def is_in(self, values: Any) -> ViewExpression:
        """Whether this equals one of `values`: constants, or an expression that gives a list."""
        if isinstance(values, ExpressionCore):
            return ViewExpression(n.Contains(values.node, (self._node,)))
        options = tuple(n.Literal(value) for value in constants(values, "is_in"))
        return ViewExpression(n.IsIn(self._node, options))

    def apply(self, expr: Any) -> ViewExpression:
        """`expr` seen from this value: ``F("bounding_box").apply(F()[2] * F()[3])``.

        Of a path that ends in ``[]`` it is seen from each element, as with :meth:`map`.
        """
        node, result = self._node, as_node(expr)
        if isinstance(node, (n.Field, n.RootField)) and node.path.endswith("[]"):
            return ViewExpression(n.Map(node, result))
        return ViewExpression(n.Apply(node, result))

    def let_in(self, expr: Any) -> ViewExpression:
        """The same as :meth:`apply`: this value is computed once and used in `expr` as ``F()``."""
        return self.apply(expr)

    # Text

    def contains_str(
        self, str_or_strs: str | Iterable[str], case_sensitive: Any = True
    ) -> ViewExpression:
        """Whether this text has one of the given texts in it."""
        return self._text(n.ContainsString, str_or_strs, case_sensitive)

    def starts_with(
        self, str_or_strs: str | Iterable[str], case_sensitive: Any = True
    ) -> ViewExpression:
        """Whether this text begins with one of the given texts."""
        return self._text(n.StartsWith, str_or_strs, case_sensitive)

    def ends_with(
        self, str_or_strs: str | Iterable[str], case_sensitive: Any = True
    ) -> ViewExpression:
        """Whether this text ends with one of the given texts."""
        return self._text(n.EndsWith, str_or_strs, case_sensitive)

    def matches_str(
        self, str_or_strs: str | Iterable[str], case_sensitive: Any = True
    ) -> ViewExpression:
        """Whether this text is one of the given texts."""
        return self._text(n.MatchesString, str_or_strs, case_sensitive)

    def re_match(self, regex: str, options: str | None = None) -> ViewExpression:
        """Whether a regular expression is found in this text.

        Args:
            regex: written for the RE2 engine: no look-around and no back-references
            options: of the letters i (ignore case), m (lines) and s (. takes line ends)
        """
        if set(options or "") - set("ims"):
            raise ExpressionError(
                f"re_match() knows the options i, m and s, but was given {options!r}."
            )
        return ViewExpression(n.MatchesRegex(self._node, regex, options or ""))

    def lower(self) -> ViewExpression:
        """The text in small letters."""
        return self._unary(n.Lower)

    def upper(self) -> ViewExpression:
        """The text in capital letters."""
        return self._unary(n.Upper)

    def strlen(self) -> ViewExpression:
        """The number of characters of the text."""
        return self._unary(n.StringLength)

    # Lists

    def length(self) -> ViewExpression:
        """The number of elements of this list; 0 where it is None."""
        return self._unary(n.Length)

    def filter(self, expr: Any) -> ViewExpression:
        """The elements for which `expr`, seen from the element, is true."""
        return ViewExpression(n.Filter(self._node, as_node(expr)))

    def map(self, expr: Any) -> ViewExpression:
        """A list of `expr`, seen from each element."""
        return ViewExpression(n.Map(self._node, as_node(expr)))

    def contains(self, values: Any, all: Any = False) -> ViewExpression:
        """Whether this list holds one of `values`, or with ``all=True`` every one of them.

        Args:
            values: a value or expression, or several of them. On a field of text they are parts
                to find in it
            all: whether every one is needed
        """
        several = isinstance(values, (list, tuple, set, frozenset))
        options = values if several else [values]
        if isinstance(options, (set, frozenset)):
            options = sorted(options, key=repr)
        return ViewExpression(
            n.Contains(self._node, tuple(as_node(option) for option in options), bool(all))
        )

    def __getitem__(self, index: Any) -> ViewExpression:
        if isinstance(index, ExpressionCore):
            return self._call("element_at", index)
        if isinstance(index, slice):
            if index.step is not None:
                raise ExpressionError("A slice of an expression takes no step. Leave it out.")
            if any(isinstance(bound, ExpressionCore) for bound in (index.start, index.stop)):
                return self._call("slice", index.start, index.stop)
            return ViewExpression(n.SliceList(self._node, index.start, index.stop))
        if isinstance(index, bool) or not isinstance(index, (int, np.integer)):
            raise ExpressionError(
                f"{self}[{index!r}] means nothing: an index is a whole number or a slice. For a "
                f"value inside of a document write a path, as in F('metadata.width')."
            )
        return ViewExpression(n.ElementAt(self._node, int(index)))

    def min(self, value: Any = None) -> ViewExpression:
        """The smallest element of this list; with `value`, the smaller of this and the value."""
        if value is None:
            return self._unary(n.ListMin)
        smaller = ViewExpression(n.Less(self._node, as_node(value))) & self.exists()
        return smaller.if_else(self, value)

    def max(self, value: Any = None) -> ViewExpression:
        """The largest element of this list; with `value`, the larger of this and the value."""
        if value is None:
            return self._unary(n.ListMax)
        return ViewExpression(n.Greater(self._node, as_node(value))).if_else(self, value)

    def sum(self) -> ViewExpression:
        """The sum of this list's numbers."""
        return self._unary(n.ListSum)

    def mean(self) -> ViewExpression:
        """The mean of this list's numbers; None where there are none."""
        return self._unary(n.ListMean)

    def reverse(self) -> ViewExpression:
        """This list from its end to its beginning."""
        return self._unary(n.Reverse)

    def unique(self) -> ViewExpression:
        """The values of this list without None, each once, in order."""
        return self._unary(n.Unique)

    def any(self: ViewExpression | Iterable[Any]) -> ViewExpression:
        """``F.any([e1, e2])``: whether one holds; ``F("flags").any()``: whether an element does."""
        if isinstance(self, ViewExpression):
            return self._unary(n.AnyOf)
        return _chain(n.Or, self, empty=False)

    def all(self: ViewExpression | Iterable[Any]) -> ViewExpression:
        """``F.all([e1, e2])``: whether all hold; ``F("flags").all()``: whether all elements do."""
        if isinstance(self, ViewExpression):
            return self._unary(n.AllOf)
        return _chain(n.And, self, empty=True)

    @staticmethod
    def range(start: Any, stop: Any = None) -> ViewExpression:
        """The whole numbers from `start` to before `stop`; of one number from 0 to before it."""
        bounds = (0, start) if stop is None else (start, stop)
        return ViewExpression(fn.Call("range", tuple(map(as_node, bounds))))

    @staticmethod
    def enumerate(array: Any, start: Any = 0) -> ViewExpression:
        """A list of ``[number, element]``: ``F.enumerate(F("tags")).map(F()[0])``."""
        return ViewExpression(fn.Call("enumerate", (as_node(array), as_node(start))))

    @staticmethod
    def zip(*args: Any, use_longest: Any = False, defaults: Any = None) -> ViewExpression:
        """A list of ``[element of the first list, of the second, …]``.

        Args:
            args: two or more lists, or expressions of lists
            use_longest: whether to go on to the end of the longest list
            defaults: with `use_longest`, a list of what stands for missing elements
        """
        nodes = tuple(map(as_node, args))
        if len(nodes) < 2:
            raise ExpressionError("F.zip() needs two or more lists.")
        if not use_longest:
            return ViewExpression(fn.Call("zip", nodes))
        missing = [None] * len(nodes) if defaults is None else list(defaults)
        if len(missing) != len(nodes):
            raise ExpressionError(
                f"F.zip() was given {len(nodes)} lists but {len(missing)} defaults."
            )
        return ViewExpression(fn.Call("zip_longest", (*nodes, *map(as_node, missing))))

    @staticmethod
    def rand() -> ViewExpression:
        """A random number in [0, 1) for each sample, or for each label in an expression on labels.

        The numbers are drawn when the expression is made: a view stays the same while it is used.
        """
        return ViewExpression(fn.Random(random.randrange(2**32)))

    @staticmethod
    def randn() -> ViewExpression:
        """A random number, normally distributed around 0 with a deviation of 1, as `rand`."""
        radius = ((1 - ViewExpression.rand()).ln() * -2).sqrt()
        return radius * (ViewExpression.rand() * (2 * math.pi)).cos()

    @staticmethod
    def literal(value: Any) -> ViewExpression:
        """A constant as an expression."""
        return ViewExpression(n.Literal(constant(value)))

    def _with(self, node: type[n.Node], other: Any) -> ViewExpression:
        return ViewExpression(node(self._node, as_node(other)))  # type: ignore[call-arg]

    def _after(self, node: type[n.Node], other: Any) -> ViewExpression:
        return ViewExpression(node(as_node(other), self._node))  # type: ignore[call-arg]

    def _made(self, node: n.Node) -> ViewExpression:
        return ViewExpression(node)

    def _text(
        self, node: type[n.Node], values: str | Iterable[str], case_sensitive: Any
    ) -> ViewExpression:
        options = (values,) if isinstance(values, str) else tuple(values)
        for option in options:
            if not isinstance(option, str):
                raise ExpressionError(f"A text to compare with is needed, not {option!r}.")
        return ViewExpression(node(self._node, options, bool(case_sensitive)))  # type: ignore[call-arg]


class ViewField(ViewExpression):
    """The value of a field: ``F("uniqueness")``, ``F("ground_truth.detections")``.

    ``F()`` is the very thing that the expression looks at; ``F("$metadata.width")`` begins at the
    sample wherever the expression stands, as in a filter of labels.

    Args:
        name: the field's name or path
    """

    __slots__ = ()

    def __init__(self, name: str | None = None) -> None:
        if name is not None and not isinstance(name, str):
            raise ExpressionError(f"F() takes the name of a field, not {name!r}.")
        path = name or ""
        super().__init__(n.RootField(path[1:]) if path.startswith("$") else n.Field(path))


F = ViewField

VALUE = ViewExpression(fn.Accumulated())
"""In :meth:`ViewExpression.reduce`: what the elements before this one came to."""


def _chain(node: type[n.And | n.Or], exprs: Iterable[Any], *, empty: bool) -> ViewExpression:
    result: n.Node | None = None
    for expr in exprs:
        part = as_node(expr)
        result = part if result is None else node(result, part)
    return ViewExpression(n.Literal(empty) if result is None else result)
