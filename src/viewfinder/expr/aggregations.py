"""An aggregation is a frozen question about all samples of a view: how many, which, how big.

Values in lists are taken one by one: ``Count("predictions.detections")`` counts labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from viewfinder.errors import ExpressionError
from viewfinder.expr import nodes as n
from viewfinder.expr.field import ViewExpression, as_node
from viewfinder.expr.types import Holds, Scope, type_of

__all__ = [
    "Aggregation",
    "Bounds",
    "Count",
    "CountValues",
    "Distinct",
    "HistogramValues",
    "Max",
    "Mean",
    "Min",
    "Quantiles",
    "Std",
    "Sum",
    "Values",
]


@dataclass(frozen=True)
class Aggregation:
    """Any aggregation.

    Args:
        field_or_expr: a path, or an expression seen from the sample
        expr: an expression that is applied to each value at the path, which it sees as ``F()``;
            for a path that names a list it sees the list, or with ``[]`` at the end (or where it
            could mean nothing for the list) each element
        safe: whether to leave out NaN and infinite numbers
    """

    field_or_expr: Any
    expr: Any = None
    safe: bool = False

    OF_ANY_NUMBERS: ClassVar[bool] = False
    """Whether of values of any type only the numbers are taken."""

    def __post_init__(self) -> None:
        target = self.field_or_expr
        if isinstance(target, ViewExpression):
            object.__setattr__(self, "field_or_expr", target.node)
        elif not (isinstance(target, (str, n.Node)) or (target is None and self.may_lack_field())):
            raise ExpressionError(
                f"{type(self).__name__}() takes a field's name or an expression, not {target!r}."
            )
        if self.expr is not None:
            if not isinstance(self.field_or_expr, str):
                raise ExpressionError(
                    f"{type(self).__name__}(…, expr=…) needs the name of a field first."
                )
            object.__setattr__(self, "expr", as_node(self.expr))

    @classmethod
    def may_lack_field(cls) -> bool:
        """Whether it can be asked of the samples themselves."""
        return False

    def node(self, scope: Scope) -> n.Node:
        """What is aggregated, seen from the sample.

        Raises:
            FieldNotFoundError: when it names a field that is not there
            ExpressionError: when it can't mean anything
        """
        target = self.field_or_expr
        if not isinstance(target, str):
            found: n.Node = target
        elif self.expr is None:
            found = n.Field(target.replace("[]", ""))
        else:
            found = _applied(target, self.expr, scope)
        self.check(found, scope)
        return found

    def check(self, node: n.Node, scope: Scope) -> None:
        """Raises ExpressionError where the values can't be aggregated this way."""
        type_of(node, scope)


def _marked_levels(path: str, scope: Scope) -> list[int]:
    """Of which levels of lists the parts of a path are that end in ``[]``, the deepest first."""
    parts = path.split(".")
    marked = [at for at, part in enumerate(parts, 1) if part.endswith("[]")]
    depths = [_depth(".".join(parts[:at]).replace("[]", ""), scope) for at in marked]
    # Lists in dicts are of no declared type: marks in turn name them.
    return sorted((depth or at for at, depth in enumerate(depths, 1)), reverse=True)


def _applied(path: str, expr: n.Node, scope: Scope) -> n.Node:
    """`expr` applied to each value at a path; into a list at its very end only where asked to."""
    clean = path.replace("[]", "")
    depth = _depth(clean, scope)
    if not path.endswith("[]"):
        depth = _depth(clean.rpartition(".")[0], scope)
    if depth == 0:
        whole = n.Apply(n.Field(clean), expr)
        if _means_nothing(whole, scope) and _depth(clean, scope) == 1:
            # What can't be said of a list of labels is meant of each label.
            return n.Map(n.Field(clean), expr)
        return whole
    for _ in range(depth - 1):
        expr = n.Map(n.Field(""), expr)
    return n.Map(n.Field(clean), expr)


def _means_nothing(node: n.Node, scope: Scope) -> bool:
    try:
        type_of(node, scope)
    except ExpressionError:
        return True
    return False


def _depth(path: str, scope: Scope) -> int:
    """In how many lists the values at a path lie."""
    value = scope.lookup(path) if path else None
    depth = 0
    while value is not None and value.holds is Holds.LIST:
        value = value.element
        depth += 1
    return depth


def scalar_type(node: n.Node, scope: Scope) -> Any:
    """The type of the values of an expression, out of all lists."""
    value = type_of(node, scope)
    while value.holds is Holds.LIST:
        value = value.element  # type: ignore[assignment]  # a list has an element type
    return value


class _OfNumbers(Aggregation):
    OF_ANY_NUMBERS: ClassVar[bool] = True

    def check(self, node: n.Node, scope: Scope) -> None:
        value = scalar_type(node, scope)
        if not (value.is_number or value.holds in (Holds.NULL, Holds.BOOL, Holds.ANY)):
            raise ExpressionError(f"{type(self).__name__} needs numbers; {node} holds {value}.")


class _OfOrdered(Aggregation):
    OF_ANY_NUMBERS: ClassVar[bool] = True

    def check(self, node: n.Node, scope: Scope) -> None:
        value = scalar_type(node, scope)
        if value.holds in (Holds.DOCUMENT, Holds.ARRAY):
            raise ExpressionError(
                f"{type(self).__name__} needs values with an order; {node} holds {value}."
            )


class _OfPlain(Aggregation):
    def check(self, node: n.Node, scope: Scope) -> None:
        value = scalar_type(node, scope)
        if value.holds in (Holds.DOCUMENT, Holds.ARRAY):
            raise ExpressionError(
                f"{type(self).__name__} needs plain values; {node} holds {value}."
            )


@dataclass(frozen=True)
class Count(Aggregation):
    """The number of values that are not None; without a field, the number of samples."""

    field_or_expr: Any = None

    @classmethod
    def may_lack_field(cls) -> bool:
        return True


class CountValues(_OfPlain):
    """How often each value occurs: a dict, the most frequent first; None counts as a value."""


class Distinct(_OfPlain):
    """The different values that are not None, in order."""


class Bounds(_OfOrdered):
    """The smallest and the largest value as a tuple; ``(None, None)`` where there are none."""


class Min(_OfOrdered):
    """The smallest value; None where there is none."""


class Max(_OfOrdered):
    """The largest value; None where there is none."""


class Sum(_OfNumbers):
    """The sum; 0 where there are no values."""


class Mean(_OfNumbers):
    """The mean; 0 where there are no values."""


@dataclass(frozen=True)
class Std(_OfNumbers):
    """The standard deviation, of the population or of a sample of it; 0 where there is none."""

    sample: bool = False


@dataclass(frozen=True, init=False)
class Quantiles(_OfNumbers):
    """The smallest value that is not below a share of all values, for each share in [0, 1].

    A list as long as `quantiles`, or one number where a number was given; None where there are no
    values.
    """

    quantiles: Any = ()

    def __init__(
        self,
        field_or_expr: Any,
        quantiles: Any,
        expr: Any = None,
        safe: bool = False,
    ) -> None:
        one = isinstance(quantiles, (int, float))
        shares = (quantiles,) if one else tuple(quantiles)
        if not all(isinstance(share, (int, float)) and 0 <= share <= 1 for share in shares):
            raise ExpressionError(f"Quantiles are numbers in [0, 1], not {quantiles!r}.")
        object.__setattr__(self, "field_or_expr", field_or_expr)
        object.__setattr__(self, "expr", expr)
        object.__setattr__(self, "safe", safe)
        object.__setattr__(self, "quantiles", quantiles if one else shares)
        self.__post_init__()


@dataclass(frozen=True)
class HistogramValues(_OfNumbers):
    """Counts in bins: ``(counts, edges, other)``, `other` being None, NaN and out of range.

    A bin holds its lower edge and not its upper one; the last bin reaches just beyond the largest
    value.
    """

    bins: Any = None
    """The number of bins (10 if not given), or their edges."""
    range: Any = None
    """``(lower, upper)``; the bounds of the values if not given."""
    auto: bool = False
    """Whether to choose the number of bins from the data, as ``numpy.histogram`` does."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.bins, (list, tuple)):
            if len(self.bins) < 2 or list(self.bins) != sorted(self.bins):
                raise ExpressionError("The edges of bins must be two or more, in ascending order.")
            object.__setattr__(self, "bins", tuple(map(float, self.bins)))
        elif self.bins is not None and self.bins < 1:
            raise ExpressionError(f"A histogram needs at least one bin, not {self.bins!r}.")
        if self.range is not None:
            lower, upper = self.range
            object.__setattr__(self, "range", (float(lower), float(upper)))


@dataclass(frozen=True)
class Values(Aggregation):
    """The values of all samples as a list, nested like the data; None where there is none."""

    missing_value: Any = None
    """What stands in the place of None."""
    unwind: bool | int = False
    """Whether to give one flat list, without samples that have none; -1: one flat list a sample."""

    def unwound(self, scope: Scope) -> list[int]:
        """The levels of lists that a path with ``[]`` takes apart, the deepest first."""
        target = self.field_or_expr
        if isinstance(target, n.Map):
            target = target.value
        path = target.path if isinstance(target, n.Field) else target
        return _marked_levels(path, scope) if isinstance(path, str) else []
