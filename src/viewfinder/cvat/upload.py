"""Image files on their way to a task: streamed from disk, a chunk at a time, resumed where cut.

CVAT's own protocol around TUS: a request that opens the upload, small files several in a request,
each large file in chunks whose offset the server keeps, a request that closes the upload and gives
the order of the frames. A server that knows no such protocol gets one multipart request, streamed.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from viewfinder.cvat import wire
from viewfinder.cvat.transport import Call, Transport
from viewfinder.errors import (
    MediaNotFoundError,
    MediaUnreadableError,
    ServerFailedError,
    ServerUnreachableError,
)

if TYPE_CHECKING:
    import httpx

__all__ = ["ARRIVED", "FINISHED", "SENDING", "DataOptions", "ImageFile", "Places", "upload_images"]

_ACTION = "take the images"
_BYTES = "application/octet-stream"
_READ_BYTES = 2**18
_TUS = {"Tus-Resumable": "1.0.0"}

Places: TypeAlias = MutableMapping[str, str]
"""Where each file of an upload is on the server, by name: :data:`ARRIVED`, :data:`SENDING`, or the
place to which the rest of it goes. One that keeps itself may be given: each change is one call of
``update``, made before what depends on it is sent."""

ARRIVED = "arrived"
SENDING = "sending"
"""The place of a small file whose request was begun: only the server knows whether it is there."""
FINISHED = ""
"""The place of the upload as a whole: the server's background job, when all files are there."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One file to send."""

    path: Path
    name: str
    """Name of the frame on the server; no two images of a task may share it."""


@dataclass(frozen=True, slots=True)
class DataOptions:
    """What the server makes of the images."""

    image_quality: int = 75
    """JPEG quality (0 to 100) of the copies that browsers get; originals are kept as they are."""
    use_cache: bool = True
    """Whether the server makes chunks of frames when they are asked for, not all at once."""
    use_zip_chunks: bool = True
    """Whether chunks are archives of images rather than videos."""
    chunk_frames: int | None = None
    """Frames a chunk; None leaves it to the server."""
    start_frame: int | None = None
    """The first frame of a video to show, counted from 0."""
    stop_frame: int | None = None
    """The last frame of a video to show, inclusive."""
    frame_step: int = 1
    """Every which frame of a video to show."""

    def fields(self) -> dict[str, Any]:
        """The fields of the request."""
        fields: dict[str, Any] = {
            "image_quality": self.image_quality,
            "use_cache": self.use_cache,
            "use_zip_chunks": self.use_zip_chunks,
            "sorting_method": "predefined",
        }
        optional = {
            "chunk_size": self.chunk_frames,
            "start_frame": self.start_frame,
            "stop_frame": self.stop_frame,
            "frame_filter": None if self.frame_step == 1 else f"step={self.frame_step}",
        }
        return {**fields, **{name: v for name, v in optional.items() if v is not None}}


def upload_images(
    transport: Transport,
    task_id: int,
    images: Sequence[ImageFile],
    *,
    options: DataOptions,
    advance: Callable[[int], None],
    places: Places,
) -> str | None:
    """Sends images to a task that has none, in this order.

    An upload that was cut goes on when it is called again with the same `places`: files that are
    there are not sent again, and of a large one only what the server says that it lacks.

    Args:
        transport: the way to the server
        task_id: the task
        images: the files; the order is the order of frames
        options: what the server makes of them
        advance: is called with the number of images that are through
        places: where each file is on the server; changed as files are sent

    Returns:
        the id of the server's background job, or None from servers that give none

    Raises:
        MediaNotFoundError: a file is missing; nothing was sent
        MediaUnreadableError: a file can't be read, or got shorter while it was sent
        ServerRefusedError: the server does not want them
    """
    if FINISHED in places:
        return places[FINISHED] or None
    sizes = [_size_bytes(image.path) for image in images]
    path = f"/api/tasks/{task_id}/data/"
    # To open an upload a second time may throw away what has arrived.
    if not places:
        start = Call(_ACTION, "POST", path, headers={"Upload-Start": ""}, repeatable=True)
        opened = transport.answer(start)
        if opened.status_code in {400, 404, 405, 415, 501} and _knows_task(transport, task_id):
            return _send_in_one(transport, path, images, options, advance)
        if opened.status_code >= 400:
            raise transport.error(start, opened)
    files = list(zip(images, sizes, strict=True))
    _send_missing(transport, path, files, options, advance, places)
    fields = {**options.fields(), "upload_file_order": [image.name for image in images]}
    finish = Call(_ACTION, "POST", path, json=wire.encode(fields), headers={"Upload-Finish": ""})
    ticket = _ticket(transport, finish, transport.send(finish))
    places.update({FINISHED: ticket or ""})
    return ticket


def _send_missing(
    transport: Transport,
    path: str,
    images: Sequence[tuple[ImageFile, int]],
    options: DataOptions,
    advance: Callable[[int], None],
    places: Places,
) -> None:
    """Sends those files, each with its size in bytes, that have not arrived."""
    small: list[tuple[ImageFile, int]] = []
    small_bytes = 0
    limit = transport.options.chunk_bytes

    def send_small() -> None:
        if small:
            _send_several(transport, path, small, options, places)
            advance(len(small))

    for image, size in images:
        place = places.get(image.name)
        if place == ARRIVED:
            advance(1)
        elif place is not None or size > limit // 2:
            _send_by_tus(transport, path, image, size, places)
            advance(1)
        else:
            if small_bytes + size > limit:
                send_small()
                small, small_bytes = [], 0
            small.append((image, size))
            small_bytes += size
    send_small()


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        raise MediaNotFoundError(path) from None
    except OSError as error:
        raise MediaUnreadableError(path, error.strerror or str(error)) from error


def _knows_task(transport: Transport, task_id: int) -> bool:
    """Whether the refusal of an upload was about the protocol, not about the task."""
    task = transport.read(Call("show the task", "GET", f"/api/tasks/{task_id}"), wire.Task)
    return not task.size


def _send_several(
    transport: Transport,
    path: str,
    images: Sequence[tuple[ImageFile, int]],
    options: DataOptions,
    places: Places,
) -> None:
    """Sends small files in one request; one by one where only the server knows what it did."""
    call = Call(_ACTION, "POST", path, headers={"Upload-Multiple": ""})
    fields = {"image_quality": str(options.image_quality)}
    files = [image for image, _ in images]
    places.update(dict.fromkeys((image.name for image in files), SENDING))
    try:
        _send_multipart(transport, call, files, fields)
    except (ServerUnreachableError, ServerFailedError):
        # Some or all of them may have arrived, and servers refuse a file that they have in such a
        # request. If the server is really gone, the next question fails too.
        for image, size in images:
            _send_by_tus(transport, path, image, size, places)
    else:
        places.update(dict.fromkeys((image.name for image in files), ARRIVED))


def _send_in_one(
    transport: Transport,
    path: str,
    images: Sequence[ImageFile],
    options: DataOptions,
    advance: Callable[[int], None],
) -> str | None:
    call = Call(_ACTION, "POST", path)
    fields = {name: str(value) for name, value in options.fields().items()}
    response = _send_multipart(transport, call, images, fields)
    advance(len(images))
    return _ticket(transport, call, response)


def _send_multipart(
    transport: Transport, call: Call, images: Sequence[ImageFile], fields: dict[str, str]
) -> httpx.Response:
    """One multipart request; httpx reads the files piece by piece while it sends them."""

    def parts() -> list[Any]:
        files = [
            (f"client_files[{index}]", (image.name, _LateFile(image.path), _BYTES))
            for index, image in enumerate(images)
        ]
        return [*((name, (None, value)) for name, value in fields.items()), *files]

    return transport.send(call, files=parts)


class _LateFile:
    """A file that is open only while it is read: a request may hold more files than can be open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: BinaryIO | None = None
        self._position = 0

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = _size_bytes(self._path) if whence == os.SEEK_END else 0
        self._position = base + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        if self._stream is None:
            self._stream = _open(self._path)
            self._stream.seek(self._position)
        data = self._stream.read(size)
        self._position += len(data)
        if not data:
            self._stream.close()
            self._stream = None
        return data


def _send_by_tus(
    transport: Transport, path: str, image: ImageFile, size: int, places: Places
) -> None:
    """Sends a file in pieces; what of it has arrived before is not sent again."""
    target = places.get(image.name, SENDING)
    offset = None if target == SENDING else _offset_of_begun(transport, target, size)
    if offset is None:
        begun = _begin(transport, path, image, size)
        if begun is None:
            places.update({image.name: ARRIVED})
            return
        target, offset = begun, 0
        places.update({image.name: target})
    failures = 0
    while offset < size:
        length = min(transport.options.chunk_bytes, size - offset)
        reached = _send_chunk(transport, target, image.path, offset, length)
        failures = 0 if reached > offset else failures + 1
        if failures >= transport.options.attempts:
            words = f"it keeps losing the part at byte {offset} of {image.name}"
            raise ServerFailedError(_ACTION, transport.url, words)
        if failures:
            transport.pause(failures)
        offset = reached
    places.update({image.name: ARRIVED})


def _begin(transport: Transport, path: str, image: ImageFile, size: int) -> str | None:
    """Where a file is to be sent; None where the server has it in whole."""
    name = b64encode(image.name.encode()).decode()
    headers = {**_TUS, "Upload-Length": str(size), "Upload-Metadata": f"filename {name}"}
    call = Call(_ACTION, "POST", path, headers=headers)
    created = transport.answer(call)
    if created.status_code == 409:
        # Names are unique in a task: it was cut between the file's last byte and our note of it.
        return None
    if created.status_code >= 400:
        raise transport.error(call, created)
    location = created.headers.get("Location")
    if location is None:
        words = "it gave no place to send the file to"
        raise ServerFailedError(_ACTION, transport.url, words)
    return transport.path_of(location)


def _offset_of_begun(transport: Transport, target: str, size: int) -> int | None:
    """How much of a file has arrived in an earlier attempt; None where the server has no part."""
    response = transport.answer(Call(_ACTION, "HEAD", target, headers=_TUS))
    length = response.headers.get("Upload-Length", str(size))
    offset = response.headers.get("Upload-Offset", "")
    if response.status_code >= 400 or length != str(size) or not offset.isdigit():
        return None
    return int(offset)


def _send_chunk(transport: Transport, target: str, path: Path, offset: int, length: int) -> int:
    """Sends a part of a file; returns up to which byte the server holds the file now."""

    def pieces() -> Iterator[bytes]:
        left = length
        with _open(path) as stream:
            stream.seek(offset)
            while left:
                data = stream.read(min(left, _READ_BYTES))
                if not data:
                    raise MediaUnreadableError(path, "it got shorter while it was sent")
                left -= len(data)
                yield data

    headers = {
        **_TUS,
        "Upload-Offset": str(offset),
        "Content-Length": str(length),
        "Content-Type": "application/offset+octet-stream",
    }
    call = Call(_ACTION, "PATCH", target, headers=headers, content=pieces, repeatable=False)
    try:
        response = transport.answer(call)
    except ServerUnreachableError:
        # Part of the chunk may have arrived; the server knows how much. If it is really gone, this
        # question fails too, after its own attempts.
        return _offset_on_server(transport, target)
    if response.status_code < 300 and "Upload-Offset" in response.headers:
        return int(response.headers["Upload-Offset"])
    if response.status_code >= 500 or response.status_code in {409, 423, 429}:
        return _offset_on_server(transport, target)
    if response.status_code >= 400:
        raise transport.error(call, response)
    return _offset_on_server(transport, target)


def _offset_on_server(transport: Transport, target: str) -> int:
    call = Call(_ACTION, "HEAD", target, headers=_TUS)
    response = transport.send(call)
    try:
        return int(response.headers["Upload-Offset"])
    except (KeyError, ValueError) as error:
        words = "it does not say how much of the file has arrived"
        raise ServerFailedError(_ACTION, transport.url, words) from error


def _ticket(transport: Transport, call: Call, response: httpx.Response) -> str | None:
    if not response.content:
        return None
    return transport.decode(call, response, wire.RequestTicket).rq_id


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise MediaNotFoundError(path) from None
    except OSError as error:
        raise MediaUnreadableError(path, error.strerror or str(error)) from error
