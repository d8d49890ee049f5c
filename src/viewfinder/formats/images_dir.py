"""A folder of images and nothing else: the files are the samples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from viewfinder.formats.records import DatasetType
from viewfinder.media import media_type_of

__all__ = ["ImageDirectory", "image_names"]


class ImageDirectory(DatasetType):
    """A folder of images, without labels, and its folders.

    ::

        folder/
            one.jpg
            more/two.png
    """

    DATA_PATH: ClassVar = ""


def image_names(names: Iterable[str]) -> list[str]:
    """The names of images among the names of files, by their extensions, in order.

    Hidden files, and files in hidden folders, are no images: operating systems leave such behind.

    Args:
        names: relative paths, with ``/`` between folders
    """
    return sorted(
        name
        for name in names
        if media_type_of(name) == "image"
        and not any(part.startswith(".") for part in name.split("/"))
    )
