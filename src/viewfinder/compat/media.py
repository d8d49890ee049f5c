"""Media types as constants."""

from __future__ import annotations

from viewfinder.media import media_type_of as get_media_type

__all__ = ["GROUP", "IMAGE", "MEDIA_TYPES", "MIXED", "UNKNOWN", "VIDEO", "get_media_type"]

IMAGE, VIDEO, GROUP, MIXED, UNKNOWN = "image", "video", "group", "mixed", "unknown"
MEDIA_TYPES = {IMAGE, VIDEO, GROUP, MIXED, UNKNOWN}
