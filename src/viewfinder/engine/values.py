"""Answers as Python values, in the same order and shape from every engine."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import chain, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from viewfinder.expr import HistogramValues, Quantiles, Values
from viewfinder.expr.functions import Entry
from viewfinder.expr.types import Holds, Scope, ValueType
from viewfinder.ids import id_from_bytes
from viewfinder.labels import Label
from viewfinder.schema import DatasetSchema
from viewfinder.schema.arrays import array_from_bytes
from viewfinder.schema.jsontext import from_json_text

__all__ = [
    "as_object",
    "decode",
    "flattened",
    "histogram",
    "order_key",
    "quantiles",
    "shaped",
    "sorted_counts",
    "sorted_values",
]

_RANKS: tuple[tuple[type | tuple[type, ...], int], ...] = (
    (bool, 3),
    ((int, float), 1),
    (str, 2),
    (datetime, 4),
    (date, 5),
)


def order_key(value: Any) -> tuple[int, int, Any]:
    """A key that sorts values: None, NaN, numbers, text, booleans, times, the rest as text."""
    if value is None:
        return (0, 0, 0)
    for types, rank in _RANKS:
        if isinstance(value, types):
            if isinstance(value, float) and math.isnan(value):
                return (rank, 0, 0)
            return (rank, 1, value)
    return (6, 0, repr(value))


def sorted_values(values: Iterable[Any]) -> list[Any]:
    """Different values in order; those that can't be hashed are found too."""
    return sorted({_hashable(value): value for value in values}.values(), key=order_key)


def sorted_counts(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    """Values with how often they occur, the most frequent first, equals in order."""
    found: dict[Any, tuple[Any, int]] = {}
    for value, count in pairs:
        key = _hashable(value)
        found[key] = (
            key if isinstance(value, (list, dict)) else value,
            count + found.get(key, (0, 0))[1],
        )
    ordered = sorted(found.values(), key=lambda pair: (-pair[1], order_key(pair[0])))
    return dict(ordered)


def _hashable(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return math.nan
    if isinstance(value, (list, dict)):
        return repr(value)
    return (type(value), value) if isinstance(value, bool) else value


def histogram(
    aggregation: HistogramValues, values: npt.NDArray[np.float64], missing: int
) -> tuple[list[int], list[float], int]:
    """Counts in bins, their edges, and the number of values in none."""
    finite = values[np.isfinite(values)]
    other = missing + len(values) - len(finite)
    if isinstance(aggregation.bins, tuple):
        edges = np.array(aggregation.bins)
    else:
        if aggregation.range is not None:
            lower, upper = aggregation.range
        elif len(finite):
            lower = float(finite.min())
            upper = float(np.nextafter(finite.max(), np.inf))
        else:
            return [], [], other
        bins: Any = 10 if aggregation.bins is None else aggregation.bins
        if aggregation.auto:
            inside = finite[(finite >= lower) & (finite < upper)]
            bins = max(len(np.histogram_bin_edges(inside, "auto")) - 1, 1)
        edges = np.linspace(lower, upper, int(bins) + 1)
    # How many values lie below each edge: sorting once is cheaper than a search for each value.
    below = np.searchsorted(np.sort(finite), edges, side="left")
    counts = np.diff(below)
    return counts.tolist(), edges.tolist(), other + len(finite) - int(counts.sum())


def quantiles(aggregation: Quantiles, values: npt.NDArray[np.float64]) -> Any:
    """The smallest value that is not below each share of all values."""
    one = not isinstance(aggregation.quantiles, tuple)
    shares = (aggregation.quantiles,) if one else aggregation.quantiles
    # NaN comes before all numbers.
    ordered = np.concatenate([values[np.isnan(values)], np.sort(values[~np.isnan(values)])])
    found = [
        float(ordered[max(math.ceil(share * len(ordered)) - 1, 0)]) if len(ordered) else None
        for share in shares
    ]
    return found[0] if one else found


def shaped(aggregation: Values, values: list[Any], schema: DatasetSchema) -> list[Any]:
    """The values as the aggregation asks for them: nested or flat, None replaced."""
    for level in aggregation.unwound(Scope(schema)):
        values = _without_level(values, level)
    if aggregation.unwind == 1:
        values = list(flattened(values, keep_none=False))
    elif aggregation.unwind:
        values = [
            list(flattened(value, keep_none=True)) if isinstance(value, list) else value
            for value in values
        ]
    if aggregation.missing_value is None:
        return values
    return [_filled(value, aggregation.missing_value) for value in values]


def _without_level(values: list[Any], level: int) -> list[Any]:
    """The values with the lists of one level taken apart; those of samples are of level 1."""
    if level > 1:
        return [_without_level(v, level - 1) if isinstance(v, list) else v for v in values]
    lists = (value for value in values if value is not None)
    return list(chain.from_iterable(v if isinstance(v, list) else [v] for v in lists))


def _filled(value: Any, missing: Any) -> Any:
    if isinstance(value, list):
        return [_filled(item, missing) for item in value]
    return missing if value is None else value


def flattened(values: Iterable[Any], *, keep_none: bool) -> Iterable[Any]:
    """What is in lists of lists; None that stands in the place of a list only where asked for."""
    found = list(values)
    nested = any(isinstance(value, list) for value in found)
    for value in found:
        if isinstance(value, list):
            yield from flattened(value, keep_none=True)
        elif value is not None or keep_none or not nested:
            yield value


def decode(column: pa.ChunkedArray, found: ValueType) -> list[Any]:
    """The values of an answer's column."""
    values: list[Any] = []
    with _collector_paused():
        for chunk in column.chunks:
            values.extend(_decoded(chunk, found))
    return values


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Making a million lists sets the garbage collector off again and again, for nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _decoded(array: pa.Array, found: ValueType) -> list[Any]:
    """The values of an array; lists by way of their flat values, which is many times faster."""
    if pa.types.is_list(array.type) and found.element is not None:
        offsets = array.offsets.to_numpy()
        first, last = int(offsets[0]), int(offsets[-1])
        flat = _decoded(array.values.slice(first, last - first), found.element)
        bounds = (offsets - first).tolist()
        lists: list[Any] = [flat[start:stop] for start, stop in pairwise(bounds)]
        for at in np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False)).tolist():
            lists[at] = None
        return lists
    if pa.types.is_fixed_size_list(array.type) and not array.null_count:
        numbers = array.flatten()
        if not numbers.null_count and pa.types.is_floating(numbers.type):
            rows: list[Any] = numbers.to_numpy().reshape(-1, array.type.list_size).tolist()
            return rows
    if pa.types.is_floating(array.type) or pa.types.is_integer(array.type):
        return _numbers(array)
    make = _decoder(found)
    plain: list[Any] = array.to_pylist()
    return plain if make is None else [None if value is None else make(value) for value in plain]


def _numbers(array: pa.Array) -> list[Any]:
    if not array.null_count:
        numbers: list[Any] = array.to_numpy().tolist()
        return numbers
    missing = array.is_null().to_numpy(zero_copy_only=False)
    numbers = array.fill_null(0).to_numpy().tolist()
    for at in np.flatnonzero(missing).tolist():
        numbers[at] = None
    return numbers


def _decoder(found: ValueType) -> Callable[[Any], Any] | None:
    """What makes the Python value of the Arrow one; None where that is the same."""
    if found.holds is Holds.LIST and found.element is not None:
        inner = _decoder(found.element)
        if inner is None:
            return None
        return lambda items: [None if item is None else inner(item) for item in items]
    if found.holds is Holds.DOCUMENT:
        return _document_decoder(found)
    return _DECODERS.get(found.holds)


def _document_decoder(found: ValueType) -> Callable[[Any], Any]:
    parts = {name: _decoder(part) for name, part in found.attributes}
    if found.document is Entry:
        return lambda entry: [
            part(entry[name]) if part is not None and entry[name] is not None else entry[name]
            for name, part in parts.items()
        ]

    def values(document: dict[str, Any]) -> dict[str, Any]:
        return {
            name: part(document[name]) if part is not None else document[name]
            for name, part in parts.items()
            if document.get(name) is not None
        }

    return lambda document: as_object(values(document), found)


def as_object(values: dict[str, Any], found: ValueType) -> Any:
    """A document as users know it: a label, or metadata and its kin."""
    make = found.document
    if make is not None and issubclass(make, Label):
        # A label without tags holds no list of them, as when it is read from the store.
        return make.from_values({k: v for k, v in values.items() if k != "tags" or v})
    return values if make is None else make(**values)


_DECODERS: dict[Holds, Callable[[Any], Any]] = {
    Holds.ID: id_from_bytes,
    Holds.ANY: from_json_text,
    Holds.ARRAY: array_from_bytes,
    Holds.DATETIME: lambda moment: moment.replace(tzinfo=UTC),
}
