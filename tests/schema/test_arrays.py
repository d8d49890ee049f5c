"""Arrays as bytes: what goes in comes out, whatever wrote the bytes."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from viewfinder.errors import StoreError
from viewfinder.schema.arrays import array_from_bytes, array_to_bytes

BLOB = np.zeros((122, 163), dtype=np.bool_)
BLOB[20:90, 30:120] = True


@pytest.mark.parametrize(
    "array",
    [
        BLOB,
        BLOB[:, ::2],
        np.asfortranarray(BLOB),
        np.zeros((0, 4), dtype=np.bool_),
        np.array(True),
        np.array([True, False, True]),
        np.arange(7, dtype=np.float32),
        np.zeros((200, 3), dtype="<i8"),
        np.array(["a", "犬"]),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_an_array_comes_back_as_it_was(array: Any) -> None:
    found = array_from_bytes(array_to_bytes(array, "mask"))
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert np.array_equal(found, array)
    assert found.flags.writeable


def test_a_mask_is_small() -> None:
    assert len(array_to_bytes(BLOB, "mask")) < BLOB.size / 20


def test_masks_of_the_first_layout_are_read() -> None:
    name = b"|b1"
    head = struct.pack(f"<2sBB{len(name)}sB2Q", b"V1", 1, len(name), name, 2, *BLOB.shape)
    packed = pa.compress(BLOB.tobytes(), codec="zstd", asbytes=True)
    assert np.array_equal(array_from_bytes(head + packed), BLOB)


def test_bytes_that_are_no_array_are_told() -> None:
    with pytest.raises(StoreError, match="can't be read"):
        array_from_bytes(array_to_bytes(BLOB, "mask")[:40])
