"""Media: what a file is, without decoding it."""

from __future__ import annotations

from viewfinder.media.kinds import IMAGE_EXTENSIONS, VIDEO_EXTENSIONS, media_type_of, mime_type_of
from viewfinder.media.masks import read_mask
from viewfinder.media.probe import ImageInfo, probe_image
from viewfinder.media.sampling import at_rate
from viewfinder.media.video import VideoInfo, probe_video, read_frames

__all__ = [
    "IMAGE_EXTENSIONS",
    "VIDEO_EXTENSIONS",
    "ImageInfo",
    "VideoInfo",
    "at_rate",
    "media_type_of",
    "mime_type_of",
    "probe_image",
    "probe_video",
    "read_frames",
    "read_mask",
]
