"""Frames of a task, whether its media are pictures or a video: single ones, chunks, previews."""

from __future__ import annotations

import io
import mimetypes
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from viewfinder.labelserver.models import Frame, Task, TaskData
from viewfinder.labelserver.services import media
from viewfinder.labelserver.services.chunk_cache import ChunkCache
from viewfinder.labelserver.services.ingest import VIDEO_INDEX, frame_path, step_of
from viewfinder.labelserver.services.video import VideoPool, encoded
from viewfinder.labelserver.settings import Settings

__all__ = ["Content", "FrameStore", "TaskFrames"]

# What CVAT encodes chunks of videos with where the original is asked for.
_ORIGINAL_CHUNK_QUALITY = 67


@dataclass(frozen=True, slots=True)
class Content:
    """Something to be sent: bytes, or a file."""

    media_type: str
    data: bytes | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class FrameStore:
    """Where frames come from; lives as long as the server."""

    settings: Settings
    videos: VideoPool
    chunks: ChunkCache

    def of(self, session: Session, task: Task, data: TaskData) -> TaskFrames:
        """The frames of a task whose media were read."""
        kind = _VideoFrames if data.media_kind == "video" else _PictureFrames
        return kind(self, session, task, data)


class TaskFrames(ABC):
    """The frames of one task, numbered from 0 whatever step and start were asked for."""

    def __init__(self, store: FrameStore, session: Session, task: Task, data: TaskData) -> None:
        self._store = store
        self._session = session
        self._task_id = task.id
        self._data = data

    @abstractmethod
    def rows(self, numbers: Sequence[int]) -> list[Frame]:
        """What is known of these frames; a video has one row for all of them."""

    @abstractmethod
    def etag(self, number: int, quality: int | None) -> str:
        """Names the bytes of :meth:`picture`."""

    @abstractmethod
    def picture(self, number: int, quality: int | None) -> Content:
        """A frame as a JPEG of this quality, or without any loss."""

    @abstractmethod
    def preview(self, number: int) -> bytes:
        """A frame as a small JPEG."""

    @abstractmethod
    def chunk(self, numbers: Sequence[int], quality: int | None) -> Content:
        """Several frames: an archive of pictures, or a video."""

    def _cached(self, name: str, media_type: str, make: Callable[[], bytes]) -> Content:
        path = self._store.chunks.path_of(self._task_id, name, make)
        return Content(media_type, path=path)


class _PictureFrames(TaskFrames):
    def rows(self, numbers: Sequence[int]) -> list[Frame]:
        found = self._session.scalars(
            select(Frame)
            .where(
                Frame.task_id == self._task_id,
                Frame.number.between(min(numbers, default=0), max(numbers, default=-1)),
            )
            .order_by(Frame.number)
        )
        wanted = set(numbers)
        return [frame for frame in found if frame.number in wanted]

    def etag(self, number: int, quality: int | None) -> str:
        kind = "original" if quality is None else f"jpeg{quality}"
        return f'"{self._row(number).digest[:32]}-{kind}"'

    def picture(self, number: int, quality: int | None) -> Content:
        frame = self._row(number)
        path = frame_path(self._store.settings, frame)
        if quality is None:
            return Content(frame.media_type, path=path)
        return Content("image/jpeg", data=media.compressed(path, quality))

    def preview(self, number: int) -> bytes:
        return media.preview(frame_path(self._store.settings, self._row(number)))

    def chunk(self, numbers: Sequence[int], quality: int | None) -> Content:
        settings, rows = self._store.settings, self.rows(numbers)
        if quality is None:
            originals = (
                (f"{frame.number:06d}{_ending(frame)}", frame_path(settings, frame).read_bytes())
                for frame in rows
            )
            return Content("application/zip", data=media.zipped(originals))

        def make() -> bytes:
            return media.zipped(
                (f"{frame.number:06d}.jpeg", media.compressed(frame_path(settings, frame), quality))
                for frame in rows
            )

        return self._cached(_chunk_name(numbers, quality, "zip"), "application/zip", make)

    def _row(self, number: int) -> Frame:
        return self.rows([number])[0]


class _VideoFrames(TaskFrames):
    def rows(self, numbers: Sequence[int]) -> list[Frame]:
        found = self._session.get(Frame, (self._task_id, 0))
        return [found] if found is not None and numbers else []

    def etag(self, number: int, quality: int | None) -> str:
        kind = "png" if quality is None else f"jpeg{quality}"
        return f'"{self.rows([number])[0].digest[:32]}-{self._source(number)}-{kind}"'

    def picture(self, number: int, quality: int | None) -> Content:
        (image,) = self._images([number])
        if quality is not None:
            return Content("image/jpeg", data=media.as_jpeg(image, quality))
        buffer = io.BytesIO()
        image.save(buffer, "PNG", compress_level=1)
        return Content("image/png", data=buffer.getvalue())

    def preview(self, number: int) -> bytes:
        (image,) = self._images([number])
        return media.small_jpeg(image)

    def chunk(self, numbers: Sequence[int], quality: int | None) -> Content:
        if quality is not None and self._data.compressed_chunk_type == "imageset":

            def make_archive() -> bytes:
                return media.zipped(
                    (f"{number:06d}.jpeg", media.as_jpeg(image, quality))
                    for number, image in zip(numbers, self._images(numbers), strict=True)
                )

            name = _chunk_name(numbers, quality, "zip")
            return self._cached(name, "application/zip", make_archive)

        def make_video() -> bytes:
            rate = self._rate() / step_of(self._data.frame_filter)
            used = _ORIGINAL_CHUNK_QUALITY if quality is None else quality
            return encoded(self._images(numbers), rate, used)

        return self._cached(_chunk_name(numbers, quality, "mp4"), "video/mp4", make_video)

    def _source(self, number: int) -> int:
        """The number that a frame of the task has in the video."""
        return self._data.start_frame + number * step_of(self._data.frame_filter)

    def _paths(self) -> tuple[Path, Path]:
        path = frame_path(self._store.settings, self.rows([0])[0])
        return path, path.with_name(VIDEO_INDEX)

    def _rate(self) -> Fraction:
        with self._store.videos.reader(*self._paths()) as reader:
            return reader.rate

    def _images(self, numbers: Sequence[int]) -> Iterator[Image.Image]:
        with self._store.videos.reader(*self._paths()) as reader:
            for number in numbers:
                yield reader.read(self._source(number))


def _chunk_name(numbers: Sequence[int], quality: int | None, ending: str) -> str:
    kind = "original" if quality is None else f"q{quality}"
    return f"{numbers[0]}-{numbers[-1]}-{len(numbers)}-{kind}.{ending}"


def _ending(frame: Frame) -> str:
    guessed = mimetypes.guess_extension(frame.media_type)
    return PurePosixPath(frame.name).suffix or guessed or ".img"
