"""A folder of images and nothing else: the files are the samples."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from viewfinder.formats.records import DatasetType, Record, Source
from viewfinder.media import media_type_of

__all__ = ["ImageDirectory", "ImageDirectoryReading"]


@dataclass(frozen=True, slots=True)
class ImageDirectoryReading:
    """What to read of a folder of images."""

    recursive: bool = True
    """Whether to look into the folders inside."""
    max_samples: int | None = None
    """At most so many images."""
    shuffle: bool = False
    """Whether to take the images in an order by chance rather than by name."""
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

    @classmethod
    def of_names(cls, names: Sequence[str], options: Mapping[str, Any]) -> Source:
        """The images among the files, by their extensions."""
        wanted = ImageDirectoryReading(**options)
        found = sorted(name for name in names if _is_image(name, recursive=wanted.recursive))
        if wanted.shuffle:
            random.Random(wanted.seed).shuffle(found)
        if wanted.max_samples is not None:
            found = found[: wanted.max_samples]
        return Source(map(Record, found), found)


def _is_image(name: str, *, recursive: bool) -> bool:
    parts = name.split("/")
    return (
        media_type_of(name) == "image"
        and (recursive or len(parts) == 1)
        and not any(part.startswith(".") for part in parts)
    )
