"""Size and form of an image, read from its header."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from viewfinder.errors import MediaNotFoundError, MediaUnreadableError
from viewfinder.media.kinds import mime_type_of

__all__ = ["ImageInfo", "probe_image"]

_BROKEN = (OSError, ValueError, SyntaxError, RuntimeError, EOFError, struct.error, Warning)
"""What Pillow and its decoders raise for files that are no good."""
_EXIF_ORIENTATION = 0x0112
_QUARTER_TURNS = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What an image's header says, in pixels as the image is shown (its orientation applied)."""

    size_bytes: int
    mime_type: str | None
    width: int
    height: int
    num_channels: int


def probe_image(filepath: str | Path) -> ImageInfo:
    """Reads the header of an image file; the pixels are not decoded.

    Raises:
        MediaNotFoundError: when there is no such file
        MediaUnreadableError: when it is no image that Pillow knows
    """
    path = Path(filepath)
    try:
        size_bytes = path.stat().st_size
        # Several threads probe at once, so Pillow's warnings can't be silenced here: that is a
        # setting of the whole process. Where the user makes them errors they are ours, too.
        with Image.open(path) as image:
            width, height = image.size
            if image.getexif().get(_EXIF_ORIENTATION) in _QUARTER_TURNS:
                width, height = height, width
            mime_type = Image.MIME.get(image.format or "") or mime_type_of(path)
            return ImageInfo(size_bytes, mime_type, width, height, len(image.getbands()))
    except FileNotFoundError:
        raise MediaNotFoundError(filepath) from None
    except UnidentifiedImageError:
        reason = "the file is empty" if not path.stat().st_size else "it is no image file"
        raise MediaUnreadableError(filepath, reason) from None
    except Image.DecompressionBombError:
        raise MediaUnreadableError(
            filepath,
            "it has more pixels than Pillow opens without being told; raise "
            "PIL.Image.MAX_IMAGE_PIXELS",
        ) from None
    except _BROKEN as error:
        raise MediaUnreadableError(filepath, str(error)) from error
