"""Videos: read to the last frame once, then single frames of them, quickly and in any order.

Reading a video writes down when each of its frames is shown and which of them can be decoded alone.
With that, any frame is found by decoding from the nearest such one, and the frame after the last
one costs decoding one frame.
"""

from __future__ import annotations

import hashlib
import io
import mimetypes
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from viewfinder.labelserver.errors import LabelServerError

__all__ = [
    "UnreadableVideoError",
    "Video",
    "VideoIndex",
    "VideoPool",
    "VideoReader",
    "encoded",
    "inspect_video",
    "is_video_name",
]

_ENDINGS = frozenset(
    [".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts",
     ".ogv", ".ts", ".webm", ".wmv"]
)  # fmt: skip
_NO_TIME = np.iinfo(np.int64).min
_QUARTER_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


class UnreadableVideoError(LabelServerError):
    """A file that is no video, or a damaged one."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} can't be read as a video ({reason}). Convert it (for example to MP4 with "
            "H.264) and make the task again; nothing of this upload was kept."
        )


def is_video_name(name: str) -> bool:
    """Whether a file of this name is taken for a video."""
    kind, _ = mimetypes.guess_type(name)
    ending = PurePosixPath(name).suffix.lower()
    return ending in _ENDINGS or (kind or "").startswith("video/")


@dataclass(frozen=True, slots=True)
class VideoIndex:
    """When each frame is shown, and which can be decoded without others."""

    times: npt.NDArray[np.int64]
    """In the stream's own unit, in the order of being shown."""
    alone: npt.NDArray[np.bool_]
    """Whether decoding can begin at the frame."""

    @property
    def is_searchable(self) -> bool:
        """Whether the times tell the frames apart."""
        known = bool((self.times != _NO_TIME).all())
        return known and bool((np.diff(self.times) > 0).all())

    def beginning_for(self, number: int) -> int:
        """The last frame at or before this one where decoding can begin."""
        candidates = np.flatnonzero(self.alone[: number + 1])
        return int(candidates[-1]) if len(candidates) else 0

    def number_at(self, time: int | None) -> int | None:
        """The frame that is shown at a time; None when there is none."""
        if time is None:
            return None
        number = int(np.searchsorted(self.times, time))
        return number if number < len(self.times) and self.times[number] == time else None

    def save(self, path: Path) -> None:
        """Write it to a file."""
        with path.open("wb") as file:
            np.savez(file, times=self.times, alone=self.alone)

    @classmethod
    def load(cls, path: Path) -> VideoIndex:
        """Read it from a file."""
        with np.load(path) as arrays:
            return cls(times=arrays["times"], alone=arrays["alone"])


@dataclass(frozen=True, slots=True)
class Video:
    """What is known of a readable video."""

    size_wh: tuple[int, int]
    """Pixels, as it is shown."""
    media_type: str
    digest: str
    """SHA-256 of the file."""
    index: VideoIndex


def inspect_video(
    path: Path,
    name: str,
    *,
    frame_limit: int | None = None,
    go_on: Callable[[float], bool] = lambda _progress: True,
) -> Video | None:
    """Decode a video to its last frame.

    Args:
        path: the file
        name: what people call it, for the error
        frame_limit: frames after so many are not needed
        go_on: is told the progress from time to time; False stops

    Returns:
        None when it was stopped

    Raises:
        UnreadableVideoError: when the video can't be decoded, or has no frames
    """
    times: list[int] = []
    alone: list[bool] = []
    size_wh: tuple[int, int] | None = None
    try:
        with av.open(str(path)) as container:
            stream = _video_stream(container, name)
            expected = frame_limit or stream.frames or 0
            for frame in container.decode(stream):
                if size_wh is None:
                    size_wh = _shown_size_wh(frame)
                times.append(_NO_TIME if frame.pts is None else frame.pts)
                alone.append(bool(frame.key_frame))
                if len(times) == frame_limit:
                    break
                if len(times) % 100 == 0 and not go_on(
                    min(1.0, len(times) / expected) if expected else 0.0
                ):
                    return None
    except (av.error.FFmpegError, OSError) as error:
        where = f" after {len(times)} frames" if times else ""
        raise UnreadableVideoError(name, f"{error}{where}") from error
    if size_wh is None:
        raise UnreadableVideoError(name, "it has no frames")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    index = VideoIndex(np.array(times, dtype=np.int64), np.array(alone, dtype=np.bool_))
    return Video(size_wh, mimetypes.guess_type(name)[0] or "video/mp4", digest, index)


def _video_stream(container: Any, name: str) -> Any:
    if not container.streams.video:
        raise UnreadableVideoError(name, "it has no video stream")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return stream


def _shown_size_wh(frame: Any) -> tuple[int, int]:
    width, height = frame.width, frame.height
    return (height, width) if round(frame.rotation) % 180 == 90 else (width, height)


def _upright(frame: Any) -> Image.Image:
    """The frame as it is shown: cameras write down how they were held."""
    image: Image.Image = frame.to_image()
    turn = _QUARTER_TURNS.get(round(frame.rotation) % 360)
    return image if turn is None else image.transpose(turn)


class VideoReader:
    """One open video; reading a frame after the one that was read last is the fast way.

    Args:
        path: the file
        index: of this file
    """

    def __init__(self, path: Path, index: VideoIndex) -> None:
        self._path = path
        self._index = index
        self._is_searchable = index.is_searchable
        self._container: Any = None
        self._frames: Iterator[Any] = iter(())
        self._open()

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        stream = self._container.streams.video[0]
        return Fraction(stream.average_rate or stream.guessed_rate or 25)

    def read(self, number: int) -> Image.Image:
        """A frame, upright.

        Raises:
            UnreadableVideoError: when the file has changed since it was indexed
        """
        try:
            frame = self._decoded(number)
        except (av.error.FFmpegError, OSError) as error:
            raise UnreadableVideoError(self._path.name, str(error)) from error
        if frame is None:
            raise UnreadableVideoError(self._path.name, f"frame {number} is not there any more")
        return _upright(frame)

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _open(self) -> None:
        if self._container is not None:
            self._container.close()
        self._container = av.open(str(self._path))
        stream = _video_stream(self._container, self._path.name)
        self._frames = self._container.decode(stream)
        self._next = 0

    def _decoded(self, number: int) -> Any:
        beginning = self._index.beginning_for(number)
        if not beginning <= self._next <= number:
            if self._is_searchable and beginning > 0:
                found = self._search(number, beginning)
                if found is not None:
                    return found
                # Decoding began elsewhere than expected: from now on frames are counted.
                self._is_searchable = False
            if self._next > number:
                self._open()
        for frame in self._frames:
            self._next += 1
            if self._next == number + 1:
                return frame
        return None

    def _search(self, number: int, beginning: int) -> Any:
        """Decode from the beginning on; None when the frame is not met."""
        stream = self._container.streams.video[0]
        self._container.seek(int(self._index.times[beginning]), stream=stream, backward=True)
        self._frames = self._container.decode(stream)
        self._next = number + 1
        for frame in self._frames:
            at = self._index.number_at(frame.pts)
            if at is None or at > number:
                return None
            if at == number:
                return frame
        return None


class VideoPool:
    """Videos that were read lately stay open.

    Args:
        limit: how many
    """

    def __init__(self, limit: int = 8) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._idle: list[tuple[Path, VideoReader]] = []

    @contextmanager
    def reader(self, path: Path, index_path: Path) -> Iterator[VideoReader]:
        """A reader of a video, for one thread at a time."""
        reader = self._taken(path)
        if reader is None:
            reader = VideoReader(path, VideoIndex.load(index_path))
        try:
            yield reader
        except BaseException:
            reader.close()
            raise
        self._give_back(path, reader)

    def forget(self, folder: Path) -> None:
        """Close the videos of a folder, which is about to go."""
        with self._lock:
            gone = [each for each in self._idle if each[0].parent == folder]
            self._idle = [each for each in self._idle if each[0].parent != folder]
        for _, reader in gone:
            reader.close()

    def close(self) -> None:
        """Close all."""
        with self._lock:
            gone, self._idle = self._idle, []
        for _, reader in gone:
            reader.close()

    def _taken(self, path: Path) -> VideoReader | None:
        with self._lock:
            for position in reversed(range(len(self._idle))):
                if self._idle[position][0] == path:
                    return self._idle.pop(position)[1]
        return None

    def _give_back(self, path: Path, reader: VideoReader) -> None:
        with self._lock:
            self._idle.append((path, reader))
            gone = self._idle[: -self._limit]
            self._idle = self._idle[-self._limit :]
        for _, old in gone:
            old.close()


def encoded(images: Iterable[Image.Image], rate: Fraction, quality: int) -> bytes:
    """Pictures of one size as an MP4 video.

    Args:
        images: in their order
        rate: frames a second
        quality: 0 to 100
    """
    buffer = io.BytesIO()
    codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
    crf = str(round(51 * (100 - max(0, min(quality, 100))) / 100))
    options = {"crf": crf, "preset": "ultrafast"} if codec == "libx264" else {}
    with av.open(buffer, "w", format="mp4") as container:
        stream: Any = container.add_stream(
            codec, rate=rate.limit_denominator(1001), options=options
        )
        stream.pix_fmt = "yuv420p"
        size_wh: tuple[int, int] | None = None
        for image in images:
            if size_wh is None:
                # The pixel format needs even numbers.
                width, height = (side + side % 2 for side in image.size)
                stream.width, stream.height = size_wh = (width, height)
            even = image if image.size == size_wh else image.resize(size_wh)
            pixels = np.asarray(even.convert("RGB"))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return buffer.getvalue()
