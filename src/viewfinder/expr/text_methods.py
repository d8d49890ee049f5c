"""What can be done with text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from viewfinder.errors import ExpressionError
from viewfinder.expr.core import ExpressionCore, text_node
from viewfinder.expr.functions import WHITESPACE

if TYPE_CHECKING:
    from viewfinder.expr.field import ViewExpression

__all__ = ["TextMethods"]


class TextMethods(ExpressionCore):
    """Putting texts together and taking them apart; of None all of these give None."""

    __slots__ = ()

    def concat(self, *args: Any) -> ViewExpression:
        """This text with others behind it: ``F("label").concat("-", F("mood"))``."""
        return self._call("concat", *(text_node(arg, "concat") for arg in args))

    def strip(self, chars: Any = None) -> ViewExpression:
        """The text without the given characters, or white space, at its two ends."""
        return self._stripped("strip", chars)

    def lstrip(self, chars: Any = None) -> ViewExpression:
        """The text without the given characters, or white space, at its beginning."""
        return self._stripped("lstrip", chars)

    def rstrip(self, chars: Any = None) -> ViewExpression:
        """The text without the given characters, or white space, at its end."""
        return self._stripped("rstrip", chars)

    def _stripped(self, name: str, chars: Any) -> ViewExpression:
        return self._call(name, WHITESPACE if chars is None else text_node(chars, name))

    def replace(self, old: Any, new: Any) -> ViewExpression:
        """The text with `new` wherever it has `old`."""
        return self._call("replace", text_node(old, "replace"), text_node(new, "replace"))

    def split(self, delimiter: Any, maxsplit: int | None = None) -> ViewExpression:
        """The list of texts between the delimiters: ``F("filepath").split("/")[-1]``.

        Args:
            delimiter: a text, not empty
            maxsplit: at how many delimiters, from the left, it is split at most
        """
        return self._split("split", delimiter, maxsplit)

    def rsplit(self, delimiter: Any, maxsplit: int | None = None) -> ViewExpression:
        """The list of texts between the delimiters; `maxsplit` of them count from the right."""
        return self._split("rsplit", delimiter, maxsplit)

    def _split(self, name: str, delimiter: Any, maxsplit: int | None) -> ViewExpression:
        if isinstance(delimiter, str) and not delimiter:
            raise ExpressionError(f"{name}() needs a delimiter that is not empty.")
        _need_whole(name, maxsplit)
        most = None if maxsplit is not None and maxsplit < 0 else maxsplit
        return self._call(name, text_node(delimiter, name), most)

    def substr(
        self, start: int | None = None, end: int | None = None, count: int | None = None
    ) -> ViewExpression:
        """A part of the text, like a slice in Python: ``F("label").substr(0, count=3)``.

        Args:
            start: where it begins, from the end of the text where negative
            end: the place before which it ends, from the end of the text where negative
            count: the number of characters, in the place of `end`
        """
        _need_whole("substr", start, end, count)
        first = start or 0
        if count is not None:
            end = first + count
            if first < 0 <= end:
                end = None
            if count < 0:
                raise ExpressionError(f"substr() can't take {count} characters.")
        return self._call("substr", first, end)


def _need_whole(method: str, *values: Any) -> None:
    for value in values:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise ExpressionError(f"{method}() takes whole numbers, not {value!r}.")
