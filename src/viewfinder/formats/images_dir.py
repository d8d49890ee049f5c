"""A folder of images, or of videos, and nothing else: the files are the samples."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from viewfinder.formats.records import DatasetType, Record, Source
from viewfinder.media import media_type_of

__all__ = ["DirectoryReading", "ImageDirectory", "VideoDirectory"]


@dataclass(frozen=True, slots=True)
class DirectoryReading:
    """What to read of a folder of images or videos."""

    recursive: bool = True
    """Whether to look into the folders inside."""
    max_samples: int | None = None
    """At most so many files."""
    shuffle: bool = False
    """Whether to take the files in an order by chance rather than by name."""
    seed: int | None = None
    """Makes the same order each time."""


class ImageDirectory(DatasetType):
    """A folder of images, without labels, and its folders.

    ::

        folder/
            one.jpg
            more/two.png

    Hidden files, and files in hidden folders, are no images: operating systems leave such behind.
    """

    DATA_PATH: ClassVar = ""
    MEDIA_TYPE: ClassVar[str] = "image"
    """What the files are that become samples."""

    @classmethod
    def of_names(cls, names: Sequence[str], options: Mapping[str, Any]) -> Source:
        """The files of the media type, by their extensions."""
        wanted = DirectoryReading(**options)
        found = sorted(name for name in names if cls._is_sample(name, wanted))
        if wanted.shuffle:
            random.Random(wanted.seed).shuffle(found)
        if wanted.max_samples is not None:
            found = found[: wanted.max_samples]
        return Source(map(Record, found), found)

    @classmethod
    def _is_sample(cls, name: str, wanted: DirectoryReading) -> bool:
        parts = name.split("/")
        return (
            media_type_of(name) == cls.MEDIA_TYPE
            and (wanted.recursive or len(parts) == 1)
            and not any(part.startswith(".") for part in parts)
        )


class VideoDirectory(ImageDirectory):
    """A folder of videos, without labels, and its folders; as :class:`ImageDirectory`."""

    MEDIA_TYPE: ClassVar = "video"
