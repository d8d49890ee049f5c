"""Small videos whose frames carry their numbers as eight black or white squares."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIDE = 16
SIZE_WH = (8 * _SIDE, 48)


def video_bytes(
    count: int,
    *,
    codec: str = "libx264",
    container_format: str = "mp4",
    gop: int = 5,
    bframes: int = 2,
    size_wh: tuple[int, int] = SIZE_WH,
) -> bytes:
    """A video of `count` frames (up to 256), of which every `gop`-th can be decoded alone.

    The squares are at its left top; it is at least as large as they are.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container_format) as container:
        stream: Any = container.add_stream(codec, rate=10)
        stream.width, stream.height = size_wh
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = gop
        stream.codec_context.max_b_frames = bframes
        for number in range(count):
            bits = [(number >> bit) & 1 for bit in range(8)]
            row = np.repeat(np.array(bits, dtype=np.uint8) * 255, _SIDE)
            pixels = np.zeros((size_wh[1], size_wh[0], 3), dtype=np.uint8)
            pixels[: SIZE_WH[1], : SIZE_WH[0]] = row[None, :, None]
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def number_on(image: Image.Image) -> int:
    """The number that a frame carries."""
    grey = np.asarray(image.convert("L"))
    squares = grey[: SIZE_WH[1], : SIZE_WH[0]].reshape(SIZE_WH[1], 8, _SIDE).mean(axis=(0, 2))
    return int(sum(1 << bit for bit in range(8) if squares[bit] > 127))


def numbers_in_archive(names: Iterable[bytes]) -> list[int]:
    """The numbers on pictures."""
    return [number_on(Image.open(io.BytesIO(each))) for each in names]


def numbers_in_video(content: bytes) -> list[int]:
    """The numbers on the frames of a video."""
    with av.open(io.BytesIO(content), "r") as container:
        frames: Any = container.decode(video=0)
        return [number_on(frame.to_image()) for frame in frames]
