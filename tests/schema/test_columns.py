"""Values as columns and as primitives: what goes in comes out, and what does not fit is named."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from viewfinder.errors import FieldTypeError, StoreError
from viewfinder.labels.base import same_value
from viewfinder.schema import (
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    Field,
    FloatField,
    ImageMetadata,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
    VectorField,
    infer_field,
)
from viewfinder.schema.arrays import array_from_bytes, array_to_bytes
from viewfinder.schema.codecs import codec_of
from viewfinder.schema.columns import (
    arrow_field,
    arrow_type,
    convert_column,
    decode_column,
    encode_column,
    null_array,
)
from viewfinder.schema.infer import document_field

ID = "0123456789abcdef01234567"
KEPT: list[tuple[Field, list[Any]]] = [
    (ObjectIdField(), [ID, None, "f" * 24]),
    (StringField(), ["", None, "Zürich", "🐈‍⬛", "a\x00b"]),
    (IntField(), [0, None, -(1 << 63), (1 << 63) - 1]),
    (FloatField(), [0.1, None, -0.0, 5e-324, math.inf, math.nan]),
    (BooleanField(), [True, None, False]),
    (DateField(), [date(1, 1, 1), None, date(9999, 12, 31)]),
    (DateTimeField(), [datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), None]),
    (DictField(), [{}, None, {"a": [1, {"b": None}], "ä": math.nan}]),
    (Field(), [1, "one", None, [1, "a"], {"x": 1.5}, True]),
    (ListField(StringField()), [[], None, ["a", None, ""]]),
    (ListField(ListField(IntField())), [[[1], [], None], None, []]),
    (ListField(), [[], None, [1, "a", None]]),
    (VectorField(), [np.array([0.1, -0.0, np.nan]), None, np.array([], dtype=np.float16)]),
    (
        document_field(ImageMetadata),
        [ImageMetadata(width=3), None, ImageMetadata(size_bytes=1, mime_type="", width=0)],
    ),
]


@pytest.mark.parametrize(("field", "values"), KEPT, ids=lambda value: str(value)[:30])
def test_a_column_keeps_its_values(field: Field, values: list[Any]) -> None:
    column = encode_column(field, values, "field")
    assert column.type == arrow_type(field)
    assert same_value(decode_column(field, column), values)
    assert same_value(decode_column(field, column.slice(1)), values[1:])
    assert same_value(decode_column(field, pa.chunked_array([column, column])), values + values)
    assert decode_column(field, null_array(arrow_type(field), 2)) == [None, None]


@pytest.mark.parametrize(("field", "values"), KEPT, ids=lambda value: str(value)[:30])
def test_a_primitive_keeps_its_value(field: Field, values: list[Any]) -> None:
    codec = codec_of(field)
    primitives = [None if value is None else codec.pack(value, "field") for value in values]
    through = [msgpack.decode(msgpack.encode(primitive)) for primitive in primitives]
    back = [None if primitive is None else codec.unpack(primitive) for primitive in through]
    assert same_value(back, values)
    column = pa.array(through, codec.type)
    assert same_value(decode_column(field, column), values)


REFUSED: list[tuple[Field, Any, str]] = [
    (ObjectIdField(), "12", "ids of 24"),
    (ObjectIdField(), ID.upper(), "lower-case"),
    (StringField(), 5, "strings"),
    (StringField(), b"bytes", "strings"),
    (StringField(), "\ud800", "strings"),
    (IntField(), 1.0, "integers"),
    (IntField(), True, "integers"),
    (IntField(), 1 << 63, "integers"),
    (FloatField(), "0.5", "floats"),
    (FloatField(), True, "floats"),
    (FloatField(), (1 << 53) + 1, "floats"),
    (BooleanField(), 1, "booleans"),
    (DateField(), datetime(2020, 1, 1, tzinfo=UTC), "dates"),
    (DateTimeField(), date(2020, 1, 1), "datetimes"),
    (DictField(), [1], "dicts"),
    (DictField(), {1: "a"}, "dicts"),
    (ListField(IntField()), "ab", "lists of integers"),
    (ListField(IntField()), [1, "a"], "integers"),
    (VectorField(), [0.5], "vectors"),
    (VectorField(), np.array([None]), "vectors"),
    (document_field(ImageMetadata), {"width": 3}, "ImageMetadata"),
]


@pytest.mark.parametrize(("field", "value", "words"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_does_not_fit_is_named(field: Field, value: Any, words: str) -> None:
    with pytest.raises(FieldTypeError, match=words) as caught:
        encode_column(field, [None, value], "mine")
    assert "mine" in str(caught.value)
    with pytest.raises(FieldTypeError, match="mine"):
        codec_of(field).pack(value, "mine")


def test_an_error_names_the_position() -> None:
    with pytest.raises(FieldTypeError, match=r"mine\[2\].*'x' of type str"):
        encode_column(IntField(), [1, None, "x"], "mine")


def test_samples_without_tags_have_none_of_them() -> None:
    field = ListField(StringField())
    assert decode_column(field, encode_column(field, [None, ["a"]], "tags")) == [[], ["a"]]


def test_numpy_scalars_are_plain_values() -> None:
    assert decode_column(IntField(), encode_column(IntField(), [np.int8(3)], "n")) == [3]
    column = encode_column(FloatField(), [np.float32(0.5), 2], "x")
    assert decode_column(FloatField(), column) == [0.5, 2.0]
    flags = encode_column(BooleanField(), [np.True_], "b")
    assert decode_column(BooleanField(), flags) == [True]


def test_times_are_kept_in_utc() -> None:
    zoned = datetime(2020, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    naive = datetime(2020, 1, 1, 12)  # noqa: DTZ001  (what users have)
    column = encode_column(DateTimeField(), [zoned, naive], "t")
    assert decode_column(DateTimeField(), column) == [
        datetime(2020, 1, 1, 10, tzinfo=UTC),
        datetime(2020, 1, 1, 12, tzinfo=UTC),
    ]


def test_mixed_values_keep_what_json_has_no_word_for() -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    values = [moment, date(2020, 1, 1), b"\x00", np.eye(2, dtype=np.int8), {"$date": 3}]
    assert same_value(decode_column(Field(), encode_column(Field(), values, "any")), values)


dtypes = st.sampled_from([">i2", "<u8", "f2", "<f8", ">f4", "?", "c16", "<U3", "<M8[us]"])


@given(dtypes, st.lists(st.integers(0, 4), max_size=4), st.integers(0, 1 << 32))
def test_arrays_keep_every_bit(dtype: str, shape: list[int], seed: int) -> None:
    count = math.prod(shape)
    numbers = np.random.default_rng(seed).integers(0, 100, count)
    array = numbers.astype("i8").astype(dtype).reshape(shape)
    back = array_from_bytes(array_to_bytes(array, "mask"))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()
    assert back.flags.writeable


def test_masks_shrink() -> None:
    mask = np.zeros((400, 400), dtype=bool)
    mask[100:200, 50:300] = True
    assert len(array_to_bytes(mask, "mask")) < mask.nbytes / 50


def test_fortran_order_and_views_are_arrays_too() -> None:
    array = np.asfortranarray(np.arange(12).reshape(3, 4))[:, ::2]
    assert same_value(array_from_bytes(array_to_bytes(array, "mask")), array)


@pytest.mark.parametrize("data", [b"", b"V9xxxx", array_to_bytes(np.zeros(500), "")[:-3]])
def test_bytes_that_are_no_array_are_refused(data: bytes) -> None:
    with pytest.raises(StoreError, match="can't be read"):
        array_from_bytes(data)


WIDENED: list[tuple[Field, list[Any], Field, list[Any]]] = [
    (IntField(), [1, None], FloatField(), [1.0, None]),
    (IntField(), [1, None], Field(), [1, None]),
    (StringField(), ["5", None, "x"], Field(), ["5", None, "x"]),
    (ListField(), [[], None], ListField(IntField()), [[], None]),
    (ListField(IntField()), [[1], None], ListField(FloatField()), [[1.0], None]),
    (DictField(), [{"a": 1}], Field(), [{"a": 1}]),
]


@pytest.mark.parametrize(("old", "values", "new", "expected"), WIDENED)
def test_a_column_of_a_narrower_field_is_converted(
    old: Field, values: list[Any], new: Field, expected: list[Any]
) -> None:
    wanted = arrow_field("x", new, arrow_type(new))
    found = convert_column(encode_column(old, values, "x"), old, wanted)
    assert found.type == wanted.type
    assert same_value(decode_column(new, found), expected)


def test_every_inferred_field_has_a_column() -> None:
    values: list[Any] = [1, 1.5, "a", True, {}, [], [1], [[1.5]], [{"a": 1}], [None]]
    for value in (*values, date(2020, 1, 1)):
        field = infer_field(value, "x")
        assert field is not None
        assert decode_column(field, encode_column(field, [value, None], "x")) == [value, None]
