"""Media of tasks fetched into files: images as they are, videos put together out of chunks.

A server gives no video back as the file that it was. Its frames come in chunks, each an archive of
pictures or a short video, of which no more than one is in memory; they are written as one H.264
video that looks the same to the eye.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from viewfinder.annotate.parallel import in_order
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.errors import ServerFailedError

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["fetch_images", "fetch_video"]

_RATE = 30
"""Frames a second where the server tells nothing about it."""
_QUALITY = "12"
"""H.264's constant rate factor: from 0 for lossless to 51; below 17 the eye sees no difference."""


def fetch_images(
    client: CvatClient, task_id: int, targets: Mapping[int, Path], *, workers: int
) -> Iterator[tuple[int, str]]:
    """Fetches frames of a task of images into files, some at a time; files that are there stay.

    Args:
        client: the server
        task_id: the task
        targets: where each frame goes, by its number
        workers: how many are fetched at a time

    Yields:
        each frame's number and path
    """

    def fetch(number: int) -> tuple[int, str]:
        target = targets[number]
        if not target.exists():
            partial = _partial(target, f"{task_id}-{number}")
            partial.write_bytes(client.frame(task_id, number))
            partial.replace(target)
        return number, str(target)

    return in_order(targets, fetch, limit=workers)


def fetch_video(client: CvatClient, task_id: int, meta: wire.DataMeta, target: Path) -> None:
    """Writes all frames that a task shows, deleted ones included, as a video.

    Frame `n` of the task is frame number ``n + 1`` of the video.

    Raises:
        ServerFailedError: the server sends something that is no picture and no video
    """
    partial = _partial(target, str(task_id))
    try:
        _write(partial, _pictures(client, task_id, meta))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _partial(target: Path, mark: str) -> Path:
    """Where a file is written before it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f".{target.stem}.{mark}.part{target.suffix}")


def _pictures(
    client: CvatClient, task_id: int, meta: wire.DataMeta
) -> Iterator[tuple[Fraction | None, list[VideoFrame]]]:
    """The frames of each chunk, with the rate at which they are to be shown, where it tells one."""
    for numbers, data in client.chunks(task_id, meta):
        rate, found = _unpacked(data)
        if len(found) != len(numbers):
            # A chunk that holds other frames than it should is no help.
            found = [_picture(client, client.frame(task_id, number)) for number in numbers]
        yield rate, found


def _unpacked(data: bytes) -> tuple[Fraction | None, list[VideoFrame]]:
    """The frames of one chunk; none where it can't be read."""
    # Imported here: FFmpeg's libraries are large, and only videos need them.
    import av

    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [archive.read(name) for name in sorted(archive.namelist())]
        return None, [_frame_of(file) for file in files]
    try:
        with av.open(io.BytesIO(data), "r") as container:
            stream = container.streams.video[0]
            return stream.average_rate, list(container.decode(stream))
    except (av.error.FFmpegError, IndexError):
        return None, []


def _picture(client: CvatClient, data: bytes) -> VideoFrame:
    try:
        return _frame_of(data)
    except UnidentifiedImageError as error:
        words = "what it sends is no picture"
        raise ServerFailedError("send a frame", client.url, words) from error


def _frame_of(data: bytes) -> VideoFrame:
    import av

    with Image.open(io.BytesIO(data)) as image:
        pixels = np.asarray(image.convert("RGB"))
    return av.VideoFrame.from_ndarray(pixels, format="rgb24")


def _write(path: Path, chunks: Iterable[tuple[Fraction | None, list[VideoFrame]]]) -> None:
    """Encodes frames, chunk after chunk."""
    import av

    with av.open(str(path), "w", format="mp4") as container:
        stream: Any = None
        for rate, frames in chunks:
            for frame in frames:
                if stream is None:
                    options = {"crf": _QUALITY, "preset": "veryfast"}
                    stream = container.add_stream("libx264", rate=rate or _RATE, options=options)
                    stream.width, stream.height = frame.width, frame.height
                    # Colour at half the resolution, which every player knows, needs even sides.
                    even = frame.width % 2 == 0 and frame.height % 2 == 0
                    stream.pix_fmt = "yuv420p" if even else "yuv444p"
                # Frames are shown one after the other, whenever they were in their chunk.
                frame.pts = None
                container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))
