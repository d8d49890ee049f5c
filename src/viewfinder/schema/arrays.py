"""Numpy arrays as bytes: a short header (type, shape) and the numbers, bit for bit.

Layout: ``V1`` · flags (bit 0: zstd, bit 1: booleans as bits, bit 2: LZ4) · length of the type's
name · its name (numpy's ``dtype.str``, which carries the byte order) · number of dimensions · each
dimension as 8 bytes, little end first · the numbers in C order. Masks are bits under LZ4, which is
three times as quick as zstd there; where packing gains nothing, arrays are kept as they are.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from viewfinder.errors import FieldTypeError, StoreError

__all__ = ["array_from_bytes", "array_to_bytes"]

_MAGIC = b"V1"
_ZSTD, _BITS, _LZ4 = 1, 2, 4
_CODECS = {_ZSTD: "zstd", _LZ4: "lz4_raw"}
_WORTH_TRYING_BYTES = 128


def array_to_bytes(array: npt.NDArray[Any], path: str) -> bytes:
    """The bytes that :func:`array_from_bytes` reads.

    Args:
        array: of any shape, of numbers, booleans, text or times
        path: the field that an error names

    Raises:
        FieldTypeError: when the array holds Python objects or records
    """
    dtype = array.dtype
    if dtype.hasobject or dtype.names is not None:
        raise FieldTypeError(path, "arrays of numbers", f"an array of dtype {dtype}")
    name = dtype.str.encode("ascii")
    flags, way = 0, _ZSTD
    if dtype.kind == "b":
        flags, way, body = _BITS, _LZ4, np.packbits(array).tobytes()
    else:
        body = np.ascontiguousarray(array).tobytes()
    if len(body) >= _WORTH_TRYING_BYTES:
        packed: bytes = pa.compress(body, codec=_CODECS[way], asbytes=True)
        if len(packed) < len(body):
            flags, body = flags | way, packed
    head = struct.pack(f"<2sBB{len(name)}sB{array.ndim}Q", _MAGIC, flags, len(name), name,
                       array.ndim, *array.shape)  # fmt: skip
    return head + body


def array_from_bytes(data: bytes) -> npt.NDArray[Any]:
    """The array, writable, that :func:`array_to_bytes` wrote.

    Raises:
        StoreError: when the bytes are no such array
    """
    try:
        magic, flags, name_length = struct.unpack_from("<2sBB", data)
        if magic != _MAGIC:
            raise StoreError(_not_ours(data))
        at = 4 + name_length
        dtype = np.dtype(data[4:at].decode("ascii"))
        (dimensions,) = struct.unpack_from("<B", data, at)
        shape = struct.unpack_from(f"<{dimensions}Q", data, at + 1)
        body: Any = memoryview(data)[at + 1 + 8 * dimensions :]
        count = int(np.prod(shape, dtype=np.int64))
        way = flags & (_ZSTD | _LZ4)
        if way:
            size = (count + 7) // 8 if flags & _BITS else dtype.itemsize * count
            body = pa.decompress(pa.py_buffer(body), decompressed_size=size, codec=_CODECS[way])
        if flags & _BITS:
            bits = np.unpackbits(np.frombuffer(body, dtype=np.uint8), count=count)
            return bits.view(np.bool_).reshape(shape)
        return np.frombuffer(body, dtype=dtype).reshape(shape).copy()
    except (struct.error, ValueError, TypeError, KeyError, OSError) as error:
        raise StoreError(_not_ours(data)) from error


def _not_ours(data: bytes) -> str:
    return (
        f"A stored array can't be read (it starts with {data[:4]!r}). It was written by a newer "
        "version of Viewfinder, or the file is damaged: restore it from a copy."
    )
