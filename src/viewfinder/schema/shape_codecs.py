"""Codecs of the attributes that label classes declare: boxes, points and shapes, as flat floats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from viewfinder.errors import LabelError
from viewfinder.labels import Kind
from viewfinder.schema.arrow_types import DICTIONARY_TYPE, arrow_type
from viewfinder.schema.codecs import Codec, TextCodec, codec_of
from viewfinder.schema.fields import FIELD_OF_KIND, Field, StringField

__all__ = ["attribute_codec"]

_NUMBERS = frozenset({float, int, np.float64, np.float32})
_CONTAINERS = (list, tuple, np.ndarray)


class _GeometryCodec(Codec):
    """What boxes, points and shapes have in common: errors of their own, numbers checked."""

    def pack_all(self, values: Iterable[Any], path: str) -> list[Any]:
        packed = []
        for position, value in enumerate(values):
            packed.append(None if value is None else self.pack(value, f"{path}[{position}]"))
        return packed

    def numbers(self, parts: Any, path: str, whole: Any) -> list[float]:
        """`parts` as floats; anything else is refused in the name of `whole`."""
        if _NUMBERS.issuperset(map(type, parts)):
            return list(map(float, parts))
        out = []
        for part in parts:
            if isinstance(part, (bool, np.bool_)) or not isinstance(
                part, (float, int, np.floating, np.integer)
            ):
                self.refuse(path, whole)
            out.append(float(part))
        return out

    def refuse(self, path: str, value: Any) -> None:
        text = repr(value)
        shown = text if len(text) <= 80 else text[:77] + "…"
        raise LabelError(f"{path} must be {self.holds}, but is {shown}. Correct the label.")


class _BoxCodec(_GeometryCodec):
    def pack(self, value: Any, path: str) -> Any:
        if not isinstance(value, _CONTAINERS) or len(value) != 4:
            self.refuse(path, value)
        return self.numbers(value, path, value)

    def encode(self, values: Sequence[Any], path: str) -> pa.Array:
        if set(map(type, values)) <= {list, tuple} and set(map(len, values)) == {4}:
            flat = list(chain.from_iterable(values))
            if set(map(type, flat)) <= _NUMBERS:
                numbers = pa.array(np.array(flat, dtype=np.float64))
                return pa.FixedSizeListArray.from_arrays(numbers, type=self.type)
        return super().encode(values, path)

    def decode_full(self, array: pa.Array) -> list[Any]:
        numbers = array.flatten().to_numpy()
        boxes: list[Any] = numbers.reshape(-1, 4).tolist()
        return boxes


class _PointsCodec(_GeometryCodec):
    def pack(self, value: Any, path: str) -> Any:
        if not isinstance(value, _CONTAINERS):
            self.refuse(path, value)
        flat: list[Any] = []
        for point in value:
            if not isinstance(point, _CONTAINERS) or len(point) != 2:
                self.refuse(path, value)
            flat.extend(point)
        return self.numbers(flat, path, value)

    def unpack(self, primitive: Any) -> Any:
        return list(zip(primitive[0::2], primitive[1::2], strict=True))

    def decode_full(self, array: pa.Array) -> list[Any]:
        offsets = array.offsets.to_numpy()
        first = int(offsets[0])
        flat = array.values.slice(first, int(offsets[-1]) - first).to_numpy()
        pairs = list(map(tuple, flat.reshape(-1, 2).tolist()))
        bounds = ((offsets - first) // 2).tolist()
        return [pairs[start:stop] for start, stop in pairwise(bounds)]


class _ShapesCodec(_GeometryCodec):
    def __init__(self, data_type: pa.DataType, holds: str, points: Codec) -> None:
        super().__init__(data_type, holds)
        self._points = points

    def pack(self, value: Any, path: str) -> Any:
        if not isinstance(value, _CONTAINERS):
            self.refuse(path, value)
        return [self._points.pack(shape, path) for shape in value]

    def unpack(self, primitive: Any) -> Any:
        return [self._points.unpack(shape) for shape in primitive]

    def decode_full(self, array: pa.Array) -> list[Any]:
        offsets = array.offsets.to_numpy()
        first = int(offsets[0])
        shapes = self._points.decode(array.values.slice(first, int(offsets[-1]) - first))
        bounds = (offsets - first).tolist()
        return [shapes[start:stop] for start, stop in pairwise(bounds)]


_POINTS_HOLDS = "a list of points, each two numbers (x, y)"


@lru_cache(maxsize=512)
def attribute_codec(field: Field, kind: Kind | None) -> Codec:
    """The codec of a label's attribute in a table of labels.

    Args:
        field: the attribute's field
        kind: its declared kind; None for an attribute of the user's own
    """
    if kind is Kind.BOX:
        return _BoxCodec(arrow_type(field, kind), "four numbers [x, y, width, height]")
    if kind is Kind.POINTS:
        return _PointsCodec(arrow_type(field, kind), _POINTS_HOLDS)
    if kind is Kind.SHAPES:
        points = attribute_codec(FIELD_OF_KIND[Kind.POINTS], Kind.POINTS)
        return _ShapesCodec(
            arrow_type(field, kind), "a list of shapes, each a list of points (x, y)", points
        )
    if isinstance(field, StringField):
        return TextCodec(DICTIONARY_TYPE, field.HOLDS)
    return codec_of(field)
