"""What a video is, read from its header; and single frames of it, decoded when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewfinder.errors import MediaNotFoundError, MediaUnreadableError
from viewfinder.media.kinds import mime_type_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["VideoInfo", "probe_video", "read_frames"]


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video's header says: frame size in pixels, rate in frames a second, seconds."""

    size_bytes: int
    mime_type: str | None
    frame_width: int
    frame_height: int
    frame_rate: float | None
    total_frame_count: int
    duration: float | None
    encoding_str: str | None


def probe_video(filepath: str | Path) -> VideoInfo:
    """Reads the header of a video file; nothing is decoded.

    Where the header does not say how many frames there are, the packets are counted.

    Raises:
        MediaNotFoundError: when there is no such file
        MediaUnreadableError: when it is no video
    """
    path = Path(filepath)
    if not path.is_file():
        raise MediaNotFoundError(filepath)
    # Imported here: FFmpeg's libraries are large, and only videos need them.
    import av

    try:
        with av.open(str(path)) as container:
            stream = _video_stream(container, filepath)
            rate = stream.average_rate or stream.guessed_rate
            duration = _duration_secs(container, stream)
            tag = stream.codec_context.codec_tag.strip("\0 ")
            return VideoInfo(
                size_bytes=path.stat().st_size,
                mime_type=mime_type_of(path),
                frame_width=stream.width,
                frame_height=stream.height,
                frame_rate=None if rate is None else float(rate),
                total_frame_count=stream.frames or _count_packets(container, stream),
                duration=duration,
                encoding_str=tag if tag.isprintable() and tag else stream.codec_context.name,
            )
    except av.error.FFmpegError as error:
        raise MediaUnreadableError(filepath, str(error)) from error


def read_frames(
    filepath: str | Path, frame_numbers: Iterable[int]
) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
    """Decodes some frames of a video, in one pass up to the last of them.

    Args:
        filepath: the video
        frame_numbers: numbers from 1; those that the video has not are passed over

    Yields:
        Ascending numbers, each with its image: height × width × 3 (RGB).

    Raises:
        MediaNotFoundError: when there is no such file
        MediaUnreadableError: when it can't be decoded
    """
    wanted = set(frame_numbers)
    path = Path(filepath)
    if not path.is_file():
        raise MediaNotFoundError(filepath)
    last = max(wanted, default=0)
    # Imported here: FFmpeg's libraries are large, and only videos need them.
    import av

    try:
        with av.open(str(path)) as container:
            stream = _video_stream(container, filepath)
            for number, frame in enumerate(container.decode(stream), start=1):
                if number in wanted:
                    yield number, frame.to_ndarray(format="rgb24")
                if number >= last:
                    return
    except av.error.FFmpegError as error:
        raise MediaUnreadableError(filepath, str(error)) from error


def _video_stream(container: Any, filepath: str | Path) -> Any:
    if not container.streams.video:
        raise MediaUnreadableError(filepath, "it has no video stream")
    return container.streams.video[0]


def _duration_secs(container: Any, stream: Any) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / 1_000_000


def _count_packets(container: Any, stream: Any) -> int:
    """The number of packets that hold a frame; the file is read, not decoded."""
    return sum(packet.size > 0 for packet in container.demux(stream))
