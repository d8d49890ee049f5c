"""Pictures: whether a file can be read to its last pixel, its size as shown, smaller copies."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from viewfinder.labelserver.errors import LabelServerError

__all__ = [
    "Picture",
    "UnreadablePictureError",
    "as_jpeg",
    "compressed",
    "inspect",
    "preview",
    "small_jpeg",
    "zipped",
]

_EXIF_ORIENTATION = 0x0112
_PREVIEW_SIZE_WH = (256, 256)
# What browsers show; everything else is kept, and sent as it is when the original is asked for.
_ENDINGS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif",
    "image/bmp": ".bmp", "image/tiff": ".tiff",
}  # fmt: skip


class UnreadablePictureError(LabelServerError):
    """A file that is no picture, or a damaged one."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} can't be read as an image ({reason}). Replace or leave out the file and make "
            "the task again; nothing of this upload was kept."
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of a readable picture."""

    size_wh: tuple[int, int]
    """Pixels, with the camera's orientation applied."""
    media_type: str
    ending: str
    """Of the file's name on disk, by its content."""
    digest: str
    """SHA-256 of the file."""


def inspect(path: Path, name: str) -> Picture:
    """Read a picture to its last pixel.

    Args:
        path: the file
        name: what people call it, for the error

    Raises:
        UnreadablePictureError: when that fails
    """
    try:
        with Image.open(path) as image:
            media_type = Image.MIME.get(image.format or "", "application/octet-stream")
            width, height = image.size
            if image.getexif().get(_EXIF_ORIENTATION, 1) in {5, 6, 7, 8}:
                width, height = height, width
            # A JPEG is read to its last byte also where only an eighth of its pixels is made.
            image.draft("L", (1, 1))
            image.load()
    except UnidentifiedImageError as error:
        raise UnreadablePictureError(name, "it is none of the known formats") from error
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise UnreadablePictureError(name, str(error) or type(error).__name__) from error
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Picture((width, height), media_type, _ENDINGS.get(media_type, ".img"), digest)


def compressed(path: Path, quality: int) -> bytes:
    """The picture as JPEG of its full size, upright.

    Args:
        path: the file
        quality: 0 to 100
    """
    with Image.open(path) as image:
        return as_jpeg(ImageOps.exif_transpose(image), quality)


def preview(path: Path) -> bytes:
    """The picture as a small JPEG."""
    with Image.open(path) as image:
        image.draft("RGB", _PREVIEW_SIZE_WH)
        return small_jpeg(ImageOps.exif_transpose(image))


def small_jpeg(image: Image.Image) -> bytes:
    """An image as a small JPEG."""
    small = image.copy()
    small.thumbnail(_PREVIEW_SIZE_WH)
    return as_jpeg(small, 80)


def as_jpeg(image: Image.Image, quality: int) -> bytes:
    """An image as JPEG.

    Args:
        image: of any mode
        quality: 0 to 100
    """
    buffer = io.BytesIO()
    _as_rgb(image).save(buffer, "JPEG", quality=max(1, min(quality, 95)))
    return buffer.getvalue()


def _as_rgb(image: Image.Image) -> Image.Image:
    """Eight bits a channel, no transparency; greys of more bits are stretched to what they use."""
    if image.mode.startswith("I") or image.mode == "F":
        low, high = image.getextrema()
        assert isinstance(low, int | float)
        assert isinstance(high, int | float)
        scale = 255.0 / (high - low) if high > low else 0.0
        image = image.convert("F").point(lambda value: value * scale - low * scale)
    return image.convert("L" if image.mode == "F" else "RGB").convert("RGB")


def zipped(pictures: Iterable[tuple[str, bytes]]) -> bytes:
    """Pictures as one archive, not compressed again.

    Args:
        pictures: (name in the archive, bytes)
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in pictures:
            archive.writestr(name, content)
    return buffer.getvalue()
