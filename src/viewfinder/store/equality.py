"""Which places of two columns hold the same value, for any type that columns of ours have."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["equal_places"]

Bools = npt.NDArray[np.bool_]


def equal_places(one: pa.Array, other: pa.Array) -> Bools:
    """For each place whether both columns of one type hold the same there.

    Null equals null, and a number that is none equals itself.
    """
    if pa.types.is_dictionary(one.type):
        return equal_places(one.dictionary_decode(), other.dictionary_decode())
    if isinstance(one.type, pa.ExtensionType):
        return equal_places(one.storage, other.storage)
    absent, other_absent = _nulls(one), _nulls(other)
    same: Bools = absent == other_absent
    there = np.flatnonzero(same & ~absent)
    if len(there):
        whole = len(there) == len(one)
        at = None if whole else pa.array(there)
        same[there] = _equal_values(
            one if at is None else one.take(at), other if at is None else other.take(at)
        )
    return same


def _equal_values(one: pa.Array, other: pa.Array) -> Bools:
    """The same for columns without nulls."""
    kind = one.type
    if pa.types.is_null(kind):
        return np.ones(len(one), np.bool_)
    if pa.types.is_struct(kind):
        parts = [equal_places(a, b) for a, b in zip(one.flatten(), other.flatten(), strict=True)]
        return np.logical_and.reduce(parts) if parts else np.ones(len(one), np.bool_)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _equal_lists(one, other)
    if pa.types.is_floating(kind):
        first, second = one.to_numpy(), other.to_numpy()
        both_nan = np.isnan(first) & np.isnan(second)
        return np.asarray((first == second) | both_nan, dtype=np.bool_)
    return np.asarray(pc.equal(one, other), dtype=np.bool_)


def _equal_lists(one: pa.Array, other: pa.Array) -> Bools:
    lengths = pc.list_value_length(one).to_numpy(zero_copy_only=False).astype(np.int64)
    same = lengths == pc.list_value_length(other).to_numpy(zero_copy_only=False)
    chosen = np.flatnonzero(same & (lengths > 0))
    if not len(chosen):
        return np.asarray(same, dtype=np.bool_)
    at = pa.array(chosen)
    elements = equal_places(one.take(at).flatten(), other.take(at).flatten())
    counts = lengths[chosen]
    same[chosen] = np.logical_and.reduceat(elements, np.cumsum(counts) - counts)
    return np.asarray(same, dtype=np.bool_)


def _nulls(column: pa.Array) -> Bools:
    nulls: Bools = column.is_null().to_numpy(zero_copy_only=False)
    return nulls
