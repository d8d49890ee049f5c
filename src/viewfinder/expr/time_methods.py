"""Parts of dates, conversions from one type to another, and questions about types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewfinder.expr.core import ExpressionCore

if TYPE_CHECKING:
    from viewfinder.expr.field import ViewExpression

__all__ = ["TimeMethods"]


class TimeMethods(ExpressionCore):
    """Dates and datetimes, which are in UTC; conversions; types."""

    __slots__ = ()

    def year(self) -> ViewExpression:
        """The year of a date."""
        return self._call("year")

    def month(self) -> ViewExpression:
        """The month of a date, 1 to 12."""
        return self._call("month")

    def week(self) -> ViewExpression:
        """The week of the year, 0 to 53; weeks begin on Sundays, the first Sunday begins week 1."""
        return self._call("week")

    def day_of_year(self) -> ViewExpression:
        """The day of the year, 1 to 366."""
        return self._call("day_of_year")

    def day_of_month(self) -> ViewExpression:
        """The day of the month, 1 to 31."""
        return self._call("day_of_month")

    def day_of_week(self) -> ViewExpression:
        """The day of the week, 1 (Sunday) to 7 (Saturday)."""
        return self._call("day_of_week")

    def hour(self) -> ViewExpression:
        """The hour of a datetime, 0 to 23."""
        return self._call("hour")

    def minute(self) -> ViewExpression:
        """The minute of a datetime, 0 to 59."""
        return self._call("minute")

    def second(self) -> ViewExpression:
        """The second of a datetime, 0 to 59."""
        return self._call("second")

    def millisecond(self) -> ViewExpression:
        """The millisecond of a datetime, 0 to 999."""
        return self._call("millisecond")

    def to_bool(self) -> ViewExpression:
        """True or False: of a number whether it is not 0, of text and dates True."""
        return self._call("to_bool")

    def to_int(self) -> ViewExpression:
        """A whole number: of a number without its decimals, of text where it is written as one.

        A date gives milliseconds since 1970. None where there is no such number.
        """
        return self._call("to_int")

    def to_double(self) -> ViewExpression:
        """A number: of text where one is written, of a date milliseconds since 1970; else None."""
        return self._call("to_double")

    def to_string(self) -> ViewExpression:
        """Text: numbers as Python writes them, "true" and "false", dates as in ISO 8601."""
        return self._call("to_string")

    def to_date(self) -> ViewExpression:
        """A datetime: of a number as milliseconds since 1970, of text in the form of ISO 8601."""
        return self._call("to_date")

    def type(self) -> ViewExpression:
        """The name of the type: "null", "bool", "int", "double", "string", "date", "array", …

        Ids are "string", documents and dicts "object", numpy arrays "binData".
        """
        return self._call("type")

    def is_number(self) -> ViewExpression:
        """Whether this is a number."""
        return self._call("is_number")

    def is_string(self) -> ViewExpression:
        """Whether this is text."""
        return self._call("is_string")

    def is_array(self) -> ViewExpression:
        """Whether this is a list."""
        return self._call("is_array")
