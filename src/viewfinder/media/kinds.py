"""What kind of media a path names, judged by its extension alone."""

from __future__ import annotations

import os
from mimetypes import guess_type
from pathlib import PurePath
from typing import Literal

__all__ = ["IMAGE_EXTENSIONS", "VIDEO_EXTENSIONS", "media_type_of", "mime_type_of"]

IMAGE_EXTENSIONS = frozenset(
    (
        *(".avif", ".bmp", ".gif", ".heic", ".heif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm"),
        *(".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
    )
)
VIDEO_EXTENSIONS = frozenset(
    (
        *(".3gp", ".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts"),
        *(".ogv", ".ts", ".webm", ".wmv"),
    )
)

_MIME_TYPES = {".avif": "image/avif", ".heic": "image/heic", ".webp": "image/webp"}


def media_type_of(filepath: str | PurePath) -> Literal["image", "video", "unknown"]:
    """The media type by the file's extension."""
    # Asked of every sample that is added: a path object for each would cost more than its rows.
    extension = os.path.splitext(filepath)[1].lower()  # noqa: PTH122
    if extension in IMAGE_EXTENSIONS:
        return "image"
    return "video" if extension in VIDEO_EXTENSIONS else "unknown"


def mime_type_of(filepath: str | PurePath) -> str | None:
    """The MIME type by the file's extension; None where it is not known."""
    extension = PurePath(filepath).suffix.lower()
    return _MIME_TYPES.get(extension) or guess_type(f"x{extension}")[0]
