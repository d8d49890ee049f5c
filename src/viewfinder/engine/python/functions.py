"""What each function by name means, on plain Python values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

from viewfinder.engine.python.comparisons import equal, is_number, unique

__all__ = ["CALLS", "milliseconds_between", "moved"]


def _number(compute: Callable[[float], float | None]) -> Callable[[Any], Any]:
    def called(value: Any) -> Any:
        return compute(float(value)) if is_number(value) else None

    return called


def _numpy(compute: Callable[[float], Any], low: float = -math.inf, high: float = math.inf) -> Any:
    """A function of numpy's, which knows infinities and NaN; None outside of [low, high]."""

    def called(value: float) -> float | None:
        if value < low or value > high:
            return None
        with np.errstate(all="ignore"):
            return float(compute(value))

    return _number(called)


def _log(value: Any, base: Any) -> Any:
    if not (is_number(value) and is_number(base)):
        return None
    if value <= 0 or base <= 0 or base == 1:
        return None
    with np.errstate(all="ignore"):
        return float(np.log(np.float64(value)) / np.log(np.float64(base)))


def _rounded(compute: Callable[[Any], Any]) -> Callable[[Any, int], Any]:
    def called(value: Any, place: int) -> Any:
        if not is_number(value):
            return None
        value, scale = float(value), 10.0 ** abs(place)
        with np.errstate(all="ignore"):
            if place <= 0:
                return float(compute(np.float64(value / scale)) * scale)
            scaled = np.float64(value) * scale
            return float(compute(scaled) / scale) if abs(scaled) < 2**52 else value

    return called


def _texts(compute: Callable[..., Any]) -> Callable[..., Any]:
    """A function of texts that is None where one of them is."""

    def called(*values: Any) -> Any:
        if not all(isinstance(value, str) for value in values):
            return None
        return compute(*values)

    return called


def _split(text: Any, delimiter: Any, most: int | None) -> Any:
    if not (isinstance(text, str) and delimiter):
        return None
    return text.split(delimiter, -1 if most is None else most)


def _rsplit(text: Any, delimiter: Any, most: int | None) -> Any:
    if not (isinstance(text, str) and delimiter):
        return None
    # Where delimiters overlap they are found from the left, as without a limit.
    parts = text.split(delimiter)
    if most is None or len(parts) <= most + 1:
        return parts
    first = len(parts) - most
    return [delimiter.join(parts[:first]), *parts[first:]]


def _substr(text: Any, start: Any, stop: Any) -> Any:
    return text[start:stop] if isinstance(text, str) else None


def _join(values: Any, delimiter: Any) -> Any:
    if values is None or delimiter is None:
        return None
    return delimiter.join(value for value in values if value is not None)


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, time(), UTC)


def _time(compute: Callable[[datetime], int]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else compute(_moment(value))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _milliseconds(value: date) -> int:
    return (_moment(value) - _EPOCH) // timedelta(milliseconds=1)


def milliseconds_between(one: date, other: date) -> int:
    """How many milliseconds `one` comes after `other`."""
    return _milliseconds(one) - _milliseconds(other)


def moved(value: date, milliseconds: float) -> datetime | None:
    """The moment so many milliseconds later, halves rounded away from zero; None beyond time."""
    if not math.isfinite(milliseconds):
        return None
    whole = int(Decimal(milliseconds).to_integral_value(ROUND_HALF_UP))
    try:
        return _moment(value) + timedelta(milliseconds=whole)
    except OverflowError:
        return None


def _to_bool(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    return value != 0 if is_number(value) else None if isinstance(value, (list, dict)) else True


def _to_int(value: Any) -> Any:
    if isinstance(value, str):
        return int(value) if re.fullmatch("[+-]?[0-9]{1,18}", value) else None
    if isinstance(value, float):
        return int(value) if abs(value) < 9.2e18 else None
    if isinstance(value, date):
        return _milliseconds(value)
    return int(value) if isinstance(value, int) else None


_DECIMAL = r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?"


def _to_double(value: Any) -> Any:
    if isinstance(value, str):
        return float(value) if re.fullmatch(_DECIMAL, value) else None
    if isinstance(value, date):
        return float(_milliseconds(value))
    return float(value) if isinstance(value, (int, float)) else None


def _to_string(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        moment = _moment(value)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    if isinstance(value, float):
        return repr(value + 0.0)  # -0.0 is written as 0.0
    return str(value) if isinstance(value, int) else None


_MOMENT = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{3}(\d{3})?)?)?Z?)?"


def _to_date(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(_MOMENT, value, re.ASCII):
            return None
        try:
            return _moment(datetime.fromisoformat(value))
        except ValueError:
            return None
    if is_number(value):
        return _EPOCH + timedelta(milliseconds=math.floor(value)) if abs(value) < 2e14 else None
    return _moment(value) if isinstance(value, date) else None


_NAMES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "bool"),
    (int, "int"),
    (float, "double"),
    (str, "string"),
    (date, "date"),
    (list, "array"),
    (np.ndarray, "binData"),
)


def _type(value: Any) -> str:
    if value is None:
        return "null"
    return next((name for types, name in _NAMES if isinstance(value, types)), "object")


def _holds(values: list[Any], wanted: Any) -> bool:
    return any(equal(value, wanted) for value in values)


def _lists(compute: Callable[..., Any], otherwise: Any = None) -> Callable[..., Any]:
    """A function of lists that has another value where one of them is none."""

    def called(*values: Any) -> Any:
        lists = all(isinstance(value, list) for value in values)
        return compute(*values) if lists else otherwise

    return called


def _set_equals(first: list[Any], *others: list[Any]) -> bool:
    return all(equal(unique(first), unique(other)) for other in others)


def _range(start: Any, stop: Any) -> Any:
    return None if start is None or stop is None else list(range(start, stop))


def _element_at(values: Any, at: Any) -> Any:
    if not isinstance(values, list) or at is None or not -len(values) <= at < len(values):
        return None
    return values[at]


def _slice(values: Any, start: Any, stop: Any) -> Any:
    return values[start:stop] if isinstance(values, list) else None


def _deviation(ddof: int) -> Callable[[Any], Any]:
    def called(values: Any) -> Any:
        found = [float(value) for value in values or [] if value is not None]
        if any(not math.isfinite(value) for value in found):
            return math.nan
        if len(found) <= ddof:
            return None
        mean = sum(found) / len(found)
        return math.sqrt(sum((value - mean) ** 2 for value in found) / (len(found) - ddof))

    return called


def _zip_longest(*values: Any) -> Any:
    lists, defaults = values[: len(values) // 2], values[len(values) // 2 :]
    if not all(isinstance(found, list) for found in lists):
        return None
    pairs = list(zip(lists, defaults, strict=True))
    return [
        [found[at] if at < len(found) else missing for found, missing in pairs]
        for at in range(max(map(len, lists)))
    ]


def _enumerate(values: Any, start: Any) -> Any:
    if not isinstance(values, list) or start is None:
        return None
    return [[at, value] for at, value in enumerate(values, start)]


CALLS: dict[str, Callable[..., Any]] = {
    "sin": _numpy(np.sin),
    "cos": _numpy(np.cos),
    "tan": _numpy(np.tan),
    "arcsin": _numpy(np.arcsin, -1, 1),
    "arccos": _numpy(np.arccos, -1, 1),
    "arctan": _numpy(np.arctan),
    "sinh": _numpy(np.sinh),
    "cosh": _numpy(np.cosh),
    "tanh": _numpy(np.tanh),
    "arcsinh": _numpy(np.arcsinh),
    "arccosh": _numpy(np.arccosh, 1),
    "arctanh": _numpy(np.arctanh, -1, 1),
    "log": _log,
    "log10": _number(lambda value: None if value <= 0 else float(np.log10(value))),
    "round": _rounded(np.rint),
    "trunc": _rounded(np.trunc),
    "concat": _texts(lambda *texts: "".join(texts)),
    "strip": _texts(str.strip),
    "lstrip": _texts(str.lstrip),
    "rstrip": _texts(str.rstrip),
    "replace": _texts(lambda text, old, new: text.replace(old, new) if old else text),
    "split": _split,
    "rsplit": _rsplit,
    "substr": _substr,
    "join": _join,
    "year": _time(lambda moment: moment.year),
    "month": _time(lambda moment: moment.month),
    "week": _time(lambda moment: int(moment.strftime("%U"))),
    "day_of_year": _time(lambda moment: moment.timetuple().tm_yday),
    "day_of_month": _time(lambda moment: moment.day),
    "day_of_week": _time(lambda moment: moment.isoweekday() % 7 + 1),
    "hour": _time(lambda moment: moment.hour),
    "minute": _time(lambda moment: moment.minute),
    "second": _time(lambda moment: moment.second),
    "millisecond": _time(lambda moment: moment.microsecond // 1000),
    "to_bool": _to_bool,
    "to_int": _to_int,
    "to_double": _to_double,
    "to_string": _to_string,
    "to_date": _to_date,
    "type": _type,
    "is_number": is_number,
    "is_string": lambda value: isinstance(value, str),
    "is_array": lambda value: isinstance(value, list),
    "list_of": lambda *values: list(values),
    "extend": _lists(lambda *lists: [item for found in lists for item in found]),
    "union": _lists(lambda *lists: unique([item for found in lists for item in found])),
    "intersection": _lists(
        lambda *lists: unique(
            [item for item in lists[0] if all(_holds(found, item) for found in lists)]
        )
    ),
    "difference": _lists(
        lambda one, other: unique([item for item in one if not _holds(other, item)])
    ),
    "set_equals": _lists(_set_equals, otherwise=False),
    "is_subset": _lists(
        lambda one, other: all(_holds(other, item) for item in one if item is not None),
        otherwise=False,
    ),
    "element_at": _element_at,
    "slice": _slice,
    "std": _deviation(0),
    "std_sample": _deviation(1),
    "range": _range,
    "zip": _lists(lambda *lists: [list(entry) for entry in zip(*lists, strict=False)]),
    "zip_longest": _zip_longest,
    "enumerate": _enumerate,
}
"""Functions by name."""
