"""multipart/form-data of any size: files go to disk piece by piece as they arrive.

Starlette's own reader keeps every file of a request open until its end; a request here may carry
thousands of pictures.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from viewfinder.labelserver.errors import RefusalError

__all__ = ["Form", "FormFile", "receive_form"]

_MAX_FIELD_BYTES = 2**20
_MAX_FIELDS = 10_000


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file of a form, as it lies on disk."""

    field: str
    client_path: str
    key: str
    path: Path
    length: int


@dataclass(slots=True)
class Form:
    """What a form brought; several values of one field keep their order."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[FormFile] = field(default_factory=list)

    def discard(self) -> None:
        """Remove the files."""
        for file in self.files:
            file.path.unlink(missing_ok=True)


class _Reader:
    """The parser's callbacks: one part after the other."""

    def __init__(self, new_path: Callable[[], tuple[str, Path]], max_bytes: int) -> None:
        self.form = Form()
        self.ended = False
        self._new_path = new_path
        self._max_bytes = max_bytes
        self._headers: dict[bytes, bytes] = {}
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._name = ""
        self._value = bytearray()
        self._file: BinaryIO | None = None
        self._current: tuple[str, str, Path] | None = None
        self._length = 0

    def on_part_begin(self) -> None:
        self._headers = {}
        self._value = bytearray()
        self._length = 0
        self._current = None

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def on_header_end(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"name" not in options:
            raise RefusalError(400, {"detail": "Multipart form parse error - a part has no name"})
        self._name = options[b"name"].decode(errors="replace")
        if b"filename" in options:
            key, path = self._new_path()
            self._current = (options[b"filename"].decode(errors="replace"), key, path)
            self._file = path.open("xb")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._length += end - start
        limit = _MAX_FIELD_BYTES if self._file is None else self._max_bytes
        if self._length > limit:
            raise RefusalError(413, {"detail": f"{self._name} is larger than {limit} bytes."})
        if self._file is None:
            self._value.extend(data[start:end])
        else:
            self._file.write(memoryview(data)[start:end])

    def on_part_end(self) -> None:
        if self._file is not None and self._current is not None:
            self._file.close()
            self._file = None
            client_path, key, path = self._current
            self.form.files.append(FormFile(self._name, client_path, key, path, self._length))
            return
        if sum(map(len, self.form.fields.values())) >= _MAX_FIELDS:
            raise RefusalError(400, {"detail": f"More than {_MAX_FIELDS} fields in one form."})
        value = self._value.decode(errors="replace")
        self.form.fields.setdefault(self._name, []).append(value)

    def on_end(self) -> None:
        self.ended = True

    def close(self) -> None:
        """Remove everything that a broken request has brought."""
        if self._file is not None and self._current is not None:
            self._file.close()
            self._current[2].unlink(missing_ok=True)
        self.form.discard()


async def receive_form(
    content_type: str,
    stream: AsyncIterator[bytes],
    new_path: Callable[[], tuple[str, Path]],
    *,
    max_file_bytes: int,
) -> Form:
    """Read a form to its end.

    Args:
        content_type: the request's header, with the boundary
        stream: the request's body
        new_path: makes a key and a path for the next file
        max_file_bytes: refuse larger files

    Raises:
        RefusalError: 400 for a form that is no form or is cut short, 413 for too large a file; no
            file stays behind
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise RefusalError(400, {"detail": "Multipart form parse error - Invalid boundary"})
    reader = _Reader(new_path, max_file_bytes)
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": reader.on_part_begin,
            "on_header_field": reader.on_header_field,
            "on_header_value": reader.on_header_value,
            "on_header_end": reader.on_header_end,
            "on_headers_finished": reader.on_headers_finished,
            "on_part_data": reader.on_part_data,
            "on_part_end": reader.on_part_end,
            "on_end": reader.on_end,
        },
    )
    whole = False
    try:
        async for chunk in stream:
            await run_in_threadpool(parser.write, chunk)
        if not reader.ended:
            raise RefusalError(
                400, {"detail": "Multipart form parse error - the request ends too early"}
            )
        whole = True
    except MultipartParseError as error:
        raise RefusalError(400, {"detail": f"Multipart form parse error - {error}"}) from error
    finally:
        if not whole:
            reader.close()
    return reader.form
