"""The frames of a task, read in the server's own chunks: one request for many frames."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Literal

from viewfinder.cvat import wire
from viewfinder.cvat.transport import Call, Transport

__all__ = ["Quality", "chunk", "chunks", "frame", "frames"]

Quality = Literal["original", "compressed"]


def frame(transport: Transport, task_id: int, number: int, quality: Quality = "original") -> bytes:
    """The file of one frame."""
    params = {"type": "frame", "quality": quality, "number": number}
    call = Call("send a frame", "GET", f"/api/tasks/{task_id}/data", params=params)
    return transport.send(call).content


def chunk(transport: Transport, task_id: int, number: int, quality: Quality = "original") -> bytes:
    """The file of one chunk: an archive of frames, or a piece of a video."""
    params = {"type": "chunk", "quality": quality, "number": number}
    call = Call("send a chunk of frames", "GET", f"/api/tasks/{task_id}/data", params=params)
    return transport.send(call).content


def chunks(
    transport: Transport, task_id: int, meta: wire.DataMeta, quality: Quality = "original"
) -> Iterator[tuple[range, bytes]]:
    """Each chunk as it is, with the numbers of its frames; deleted frames are in it, too.

    From a server that tells no size of chunks, each frame comes as one of its own.
    """
    size = meta.chunk_size or 1
    for start in range(0, meta.size, size):
        inside = range(start, min(start + size, meta.size))
        if meta.chunk_size is None:
            yield inside, frame(transport, task_id, start, quality)
        else:
            yield inside, chunk(transport, task_id, start // size, quality)


def frames(
    transport: Transport, task_id: int, meta: wire.DataMeta, quality: Quality = "original"
) -> Iterator[tuple[int, bytes]]:
    """Number and file of each frame that was not deleted; no more than a chunk is in memory.

    Where chunks are no archives (pieces of a video), or hold other frames than they should, frames
    are read one by one.
    """
    size = meta.chunk_size or 1
    deleted = set(meta.deleted_frames)
    for start in range(0, meta.size, size):
        inside = range(start, min(start + size, meta.size))
        wanted = [number for number in inside if number not in deleted]
        if not wanted:
            continue
        found = None
        if meta.chunk_size is not None:
            found = _unpacked(chunk(transport, task_id, start // size, quality))
        if found is None or len(found) != len(inside):
            for number in wanted:
                yield number, frame(transport, task_id, number, quality)
        else:
            yield from ((number, found[number - start]) for number in wanted)


def _unpacked(data: bytes) -> list[bytes] | None:
    """The files of an archive in the order of their names; None for what is none."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return [archive.read(name) for name in sorted(archive.namelist())]
    except zipfile.BadZipFile:
        return None
