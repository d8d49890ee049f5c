"""What can be done with numbers beyond plain arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from viewfinder.errors import ExpressionError
from viewfinder.expr.core import ExpressionCore

if TYPE_CHECKING:
    from viewfinder.expr.field import ViewExpression

__all__ = ["NumberMethods"]


class NumberMethods(ExpressionCore):
    """Rounding, logarithms and trigonometry; angles are in radians."""

    __slots__ = ()

    def round(self, place: int = 0) -> ViewExpression:
        """The nearest number with `place` decimals, of two the even one: ``F("score").round(2)``.

        With a negative `place` to tens, hundreds and so on.
        """
        return self._call("round", _place(place))

    def trunc(self, place: int = 0) -> ViewExpression:
        """The number without what comes after `place` decimals."""
        return self._call("trunc", _place(place))

    def __round__(self, place: int = 0) -> ViewExpression:
        return self.round(place)

    def __trunc__(self) -> ViewExpression:
        return self.trunc()

    def log(self, base: Any) -> ViewExpression:
        """The logarithm to a base; None of zero, of negative numbers and for impossible bases."""
        return self._call("log", base)

    def log10(self) -> ViewExpression:
        """The logarithm to the base 10; None of zero and of negative numbers."""
        return self._call("log10")

    def sin(self) -> ViewExpression:
        """The sine of an angle."""
        return self._call("sin")

    def cos(self) -> ViewExpression:
        """The cosine of an angle."""
        return self._call("cos")

    def tan(self) -> ViewExpression:
        """The tangent of an angle."""
        return self._call("tan")

    def arcsin(self) -> ViewExpression:
        """The angle of a sine; None outside of [-1, 1]."""
        return self._call("arcsin")

    def arccos(self) -> ViewExpression:
        """The angle of a cosine; None outside of [-1, 1]."""
        return self._call("arccos")

    def arctan(self) -> ViewExpression:
        """The angle of a tangent."""
        return self._call("arctan")

    def sinh(self) -> ViewExpression:
        """The hyperbolic sine."""
        return self._call("sinh")

    def cosh(self) -> ViewExpression:
        """The hyperbolic cosine."""
        return self._call("cosh")

    def tanh(self) -> ViewExpression:
        """The hyperbolic tangent."""
        return self._call("tanh")

    def arcsinh(self) -> ViewExpression:
        """The inverse hyperbolic sine."""
        return self._call("arcsinh")

    def arccosh(self) -> ViewExpression:
        """The inverse hyperbolic cosine; None below 1."""
        return self._call("arccosh")

    def arctanh(self) -> ViewExpression:
        """The inverse hyperbolic tangent; None outside of [-1, 1]."""
        return self._call("arctanh")


def _place(place: Any) -> int:
    if isinstance(place, bool) or not isinstance(place, int) or not -20 <= place <= 100:
        raise ExpressionError(f"A number of decimals in [-20, 100] is needed, not {place!r}.")
    return place
