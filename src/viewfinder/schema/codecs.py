"""A codec for each kind of field: Python values to what a column holds, and back.

Each codec has two forms. `pack`/`unpack` turn one value into a primitive (number, text, bytes, list
or dict of these) and back; `encode`/`decode` do the same for a whole column. The column forms are
written for speed and fall back on the others, which find the value that does not fit and name it.
None is a null everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any, ClassVar, NoReturn

import numpy as np
import pyarrow as pa

from viewfinder.errors import FieldNotFoundError, FieldTypeError
from viewfinder.ids import ID_BYTES, id_from_bytes, is_id, plain_id
from viewfinder.schema.arrays import array_from_bytes, array_to_bytes
from viewfinder.schema.arrow_types import ID_TYPE, arrow_type, is_json
from viewfinder.schema.fields import (
    ArrayField,
    BooleanField,
    DateField,
    DateTimeField,
    EmbeddedDocumentField,
    Field,
    FloatField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
    VectorField,
)
from viewfinder.schema.infer import same_class
from viewfinder.schema.jsontext import from_json_text, to_json_text

__all__ = ["Codec", "chunks_of", "codec_of", "refuse"]

_NONE: frozenset[type] = frozenset({type(None)})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_INT64 = 1 << 63


class Codec:
    """One kind of value; subclasses fill in the forms."""

    EXACT: ClassVar[frozenset[type]] = frozenset()
    """Python types whose values Arrow takes as they are."""

    def __init__(self, data_type: pa.DataType, holds: str) -> None:
        self.type = data_type
        self.holds = holds

    def pack(self, value: Any, path: str) -> Any:
        """One value, not None, as a primitive.

        Raises:
            FieldTypeError: when it does not fit
        """
        raise NotImplementedError

    def unpack(self, primitive: Any) -> Any:
        """The value of a primitive, not None."""
        return primitive

    def encode(self, values: Sequence[Any], path: str) -> pa.Array:
        """A column of `values`.

        Raises:
            FieldTypeError: when one does not fit; its position is named
        """
        if self.EXACT.issuperset(set(map(type, values)) - _NONE):
            try:
                return pa.array(values, self.type)
            except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
                pass  # the walk below finds out which value it is
        return pa.array(self.pack_all(values, path), self.type)

    def pack_all(self, values: Iterable[Any], path: str) -> list[Any]:
        """`values` as primitives; an error names the position."""
        packed = []
        for position, value in enumerate(values):
            try:
                packed.append(None if value is None else self.pack(value, path))
            except FieldTypeError as error:
                raise FieldTypeError(
                    f"{path}[{position}]", self.holds, _described(value)
                ) from error
        return packed

    def decode(self, column: pa.Array | pa.ChunkedArray) -> list[Any]:
        """The values of a column."""
        if isinstance(column, pa.ChunkedArray):
            return list(chain.from_iterable(map(self.decode, column.chunks)))
        nulls = column.null_count
        if not nulls:
            return self.decode_full(column)
        values: list[Any] = [None] * len(column)
        if nulls < len(column):
            filled = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False)).tolist()
            for position, value in zip(filled, self.decode_full(column.drop_null()), strict=True):
                values[position] = value
        return values

    def decode_full(self, array: pa.Array) -> list[Any]:
        """The values of an array without nulls."""
        unpack = self.unpack
        return [unpack(value) for value in array.to_pylist()]


def refuse(path: str, holds: str, value: Any) -> NoReturn:
    """Raises the FieldTypeError that says what does not fit."""
    raise FieldTypeError(path, holds, _described(value))


def chunks_of(column: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    """The arrays that a column consists of."""
    return list(column.chunks) if isinstance(column, pa.ChunkedArray) else [column]


class TextCodec(Codec):
    """Strings; as a dictionary in tables of labels."""

    EXACT = frozenset({str})

    def pack(self, value: Any, path: str) -> Any:
        if not isinstance(value, str):
            refuse(path, self.holds, value)
        try:
            value.encode()
        except UnicodeEncodeError:
            refuse(path, "text in Unicode", value)
        return str.__str__(value)

    def encode(self, values: Sequence[Any], path: str) -> pa.Array:
        if not pa.types.is_dictionary(self.type):
            return super().encode(values, path)
        plain = TextCodec(pa.string(), self.holds).encode(values, path)
        return plain.dictionary_encode()

    def decode_full(self, array: pa.Array) -> list[Any]:
        if isinstance(array, pa.DictionaryArray):
            words = np.array([*array.dictionary.to_pylist(), None], dtype=object)
            found: list[Any] = words[array.indices.to_numpy()].tolist()
            return found
        words_list: list[Any] = array.to_pylist()
        return words_list


class IntCodec(Codec):
    """64-bit integers."""

    EXACT = frozenset({int})

    def pack(self, value: Any, path: str) -> Any:
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
            refuse(path, self.holds, value)
        number = int(value)
        if not -_INT64 <= number < _INT64:
            refuse(path, "integers of 64 bits", value)
        return number

    def decode_full(self, array: pa.Array) -> list[Any]:
        numbers: list[Any] = array.to_numpy().tolist()
        return numbers


class FloatCodec(Codec):
    """64-bit floats; integers are taken where a float can hold them exactly."""

    EXACT = frozenset({float, int, np.float64, np.float32})

    def pack(self, value: Any, path: str) -> Any:
        if isinstance(value, (bool, np.bool_)):
            refuse(path, self.holds, value)
        if not isinstance(value, (float, int, np.floating, np.integer)):
            refuse(path, self.holds, value)
        try:
            number = float(value)
        except OverflowError:
            refuse(path, "numbers that a 64-bit float can hold", value)
        if isinstance(value, (int, np.integer)) and int(number) != int(value):
            refuse(path, "numbers that a 64-bit float can hold exactly", value)
        return number

    def decode_full(self, array: pa.Array) -> list[Any]:
        numbers: list[Any] = array.to_numpy().tolist()
        return numbers


class BoolCodec(Codec):
    """True and False."""

    EXACT = frozenset({bool, np.bool_})

    def pack(self, value: Any, path: str) -> Any:
        if not isinstance(value, (bool, np.bool_)):
            refuse(path, self.holds, value)
        return bool(value)

    def decode_full(self, array: pa.Array) -> list[Any]:
        flags: list[Any] = array.to_numpy(zero_copy_only=False).tolist()
        return flags


class IdCodec(Codec):
    """Ids: 24 hexadecimal digits, kept as 12 bytes."""

    def pack(self, value: Any, path: str) -> Any:
        text = plain_id(value)
        if not is_id(text):
            refuse(path, self.holds, value)
        return bytes.fromhex(text)

    def unpack(self, primitive: Any) -> Any:
        return id_from_bytes(primitive)

    def encode(self, values: Sequence[Any], path: str) -> pa.Array:
        if set(map(type, values)) == {str} and set(map(len, values)) == {2 * ID_BYTES}:
            joined = "".join(values)
            try:
                data = bytes.fromhex(joined)
            except ValueError:
                data = b""
            # Blanks and capitals are hexadecimal to Python, but not the same text when read back.
            if len(data) == ID_BYTES * len(values) and joined == joined.lower():
                return pa.Array.from_buffers(ID_TYPE, len(values), [None, pa.py_buffer(data)])
        return super().encode(values, path)

    def decode_full(self, array: pa.Array) -> list[Any]:
        start = array.offset * ID_BYTES
        text = memoryview(array.buffers()[1])[start : start + len(array) * ID_BYTES].hex()
        step = 2 * ID_BYTES
        return [text[at : at + step] for at in range(0, len(text), step)]


class DateCodec(Codec):
    """Dates; the primitive is days since 1970."""

    def pack(self, value: Any, path: str) -> Any:
        if isinstance(value, datetime) or not isinstance(value, date):
            refuse(path, self.holds, value)
        return value.toordinal() - _EPOCH_DAY

    def unpack(self, primitive: Any) -> Any:
        return date.fromordinal(primitive + _EPOCH_DAY)

    def decode_full(self, array: pa.Array) -> list[Any]:
        return [self.unpack(days) for days in array.cast(pa.int32()).to_numpy().tolist()]


class DateTimeCodec(Codec):
    """Moments in UTC, to the microsecond; one without a zone is taken to be in UTC."""

    def pack(self, value: Any, path: str) -> Any:
        if not isinstance(value, datetime):
            refuse(path, self.holds, value)
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value
        return (moment - _EPOCH) // _MICROSECOND

    def unpack(self, primitive: Any) -> Any:
        return _EPOCH + timedelta(microseconds=primitive)

    def decode_full(self, array: pa.Array) -> list[Any]:
        return [self.unpack(number) for number in array.cast(pa.int64()).to_numpy().tolist()]


class JsonCodec(Codec):
    """Anything that JSON can write, as text."""

    def __init__(self, data_type: pa.DataType, holds: str, types: tuple[type, ...] = ()) -> None:
        super().__init__(data_type, holds)
        self._types = types

    def pack(self, value: Any, path: str) -> Any:
        if self._types and not isinstance(value, self._types):
            refuse(path, self.holds, value)
        return to_json_text(value, path)

    def unpack(self, primitive: Any) -> Any:
        return from_json_text(primitive)


class ArrayCodec(Codec):
    """Numpy arrays, bit for bit."""

    def pack(self, value: Any, path: str) -> Any:
        if not isinstance(value, np.ndarray):
            refuse(path, self.holds, value)
        return array_to_bytes(value, path)

    def unpack(self, primitive: Any) -> Any:
        return array_from_bytes(primitive)


class ListCodec(Codec):
    """Lists of one kind of element."""

    def __init__(self, data_type: pa.DataType, holds: str, element: Codec) -> None:
        super().__init__(data_type, holds)
        self.element = element

    def pack(self, value: Any, path: str) -> Any:
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if not isinstance(value, (list, tuple, set, frozenset)):
            refuse(path, self.holds, value)
        pack = self.element.pack
        return [None if part is None else pack(part, path) for part in value]

    def unpack(self, primitive: Any) -> Any:
        unpack = self.element.unpack
        return [None if part is None else unpack(part) for part in primitive]

    def encode(self, values: Sequence[Any], path: str) -> pa.Array:
        if set(map(type, values)) <= {list, tuple}:
            counts = np.fromiter(map(len, values), np.int32, len(values))
            offsets = np.zeros(len(values) + 1, dtype=np.int32)
            np.cumsum(counts, out=offsets[1:])
            parts = self.element.encode(list(chain.from_iterable(values)), path)
            return pa.ListArray.from_arrays(pa.array(offsets), parts).cast(self.type)
        return super().encode(values, path)

    def decode_full(self, array: pa.Array) -> list[Any]:
        offsets = array.offsets.to_numpy()
        first = int(offsets[0])
        parts = self.element.decode(array.values.slice(first, int(offsets[-1]) - first))
        bounds = (offsets - first).tolist()
        return [parts[start:stop] for start, stop in pairwise(bounds)]


class DocumentCodec(Codec):
    """Embedded documents such as metadata; the primitive is a dict."""

    def __init__(self, field: EmbeddedDocumentField) -> None:
        super().__init__(arrow_type(field), field.document_type.__name__)
        self._document_type: Any = field.document_type
        self._parts = {name: codec_of(part) for name, part in field.attributes.items()}

    def pack(self, value: Any, path: str) -> Any:
        if not same_class(type(value), self._document_type):
            refuse(path, self.holds, value)
        values = dict(value.iter_fields())
        packed = {}
        for name, codec in self._parts.items():
            part = values.pop(name, None)
            packed[name] = None if part is None else codec.pack(part, f"{path}.{name}")
        for name, part in values.items():
            if part is not None:
                raise FieldNotFoundError(f"{path}.{name}", "The schema", self._parts)
        return packed

    def unpack(self, primitive: Any) -> Any:
        values = {
            name: None if primitive.get(name) is None else codec.unpack(primitive[name])
            for name, codec in self._parts.items()
        }
        return self._made(values)

    def decode_full(self, array: pa.Array) -> list[Any]:
        held = dict(zip([part.name for part in array.type], array.flatten(), strict=True))
        # A view may show less of a document than its column holds.
        columns = [codec.decode(held[name]) for name, codec in self._parts.items()]
        names, make = tuple(self._parts), self._made
        rows = zip(*columns, strict=True) if columns else [()] * len(array)
        return [make(dict(zip(names, row, strict=True))) for row in rows]

    def _made(self, values: dict[str, Any]) -> Any:
        """The document; values that its class does not declare only where they are given."""
        declared = self._document_type.FIELDS
        return self._document_type(
            **{name: part for name, part in values.items() if part is not None or name in declared}
        )


_SIMPLE: dict[type[Field], type[Codec]] = {
    ObjectIdField: IdCodec,
    StringField: TextCodec,
    IntField: IntCodec,
    FloatField: FloatCodec,
    BooleanField: BoolCodec,
    DateField: DateCodec,
    DateTimeField: DateTimeCodec,
    VectorField: ArrayCodec,
    ArrayField: ArrayCodec,
}


@lru_cache(maxsize=512)
def codec_of(field: Field) -> Codec:
    """The codec of a field that holds no labels."""
    data_type = arrow_type(field)
    if is_json(field):
        types: tuple[type, ...] = ()
        if isinstance(field, ListField):
            types = (list, tuple, set, frozenset, np.ndarray)
        elif type(field) is not Field:
            types = (dict,)
        return JsonCodec(data_type, field.HOLDS, types)
    if isinstance(field, ListField) and field.field is not None:
        element = codec_of(field.field)
        return ListCodec(data_type, f"lists of {element.holds}", element)
    if isinstance(field, EmbeddedDocumentField):
        return DocumentCodec(field)
    made = next(_SIMPLE[cls] for cls in type(field).__mro__ if cls in _SIMPLE)
    return made(data_type, field.HOLDS)


def _described(value: Any) -> str:
    text = repr(value)
    shown = text if len(text) <= 60 else text[:57] + "…"
    return f"{shown} of type {type(value).__name__}"
