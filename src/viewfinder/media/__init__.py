"""Media: what a file is, without decoding it."""

from __future__ import annotations

from viewfinder.media.kinds import IMAGE_EXTENSIONS, VIDEO_EXTENSIONS, media_type_of, mime_type_of
from viewfinder.media.masks import read_mask
from viewfinder.media.probe import ImageInfo, probe_image

__all__ = [
    "IMAGE_EXTENSIONS",
    "VIDEO_EXTENSIONS",
    "ImageInfo",
    "media_type_of",
    "mime_type_of",
    "probe_image",
    "read_mask",
]
