"""The images of frames: decoded from their videos, resized, and kept as files beside them."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2s
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from viewfinder.errors import ConfigError, MediaError
from viewfinder.media import read_frames

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["FrameImages", "SizeWh", "as_size", "warn_of_failures"]

SizeWh = tuple[int, int]
"""Width and height; -1 for one that follows from the other, or is free."""


@dataclass(frozen=True)
class FrameImages:
    """Where the images of frames are written, and how large they are."""

    output_dir: str | Path | None = None
    """The folder that takes a folder a video; the folders of the videos otherwise."""
    rel_dir: str | Path | None = None
    """What is taken off the videos' paths, so that the rest of them is kept in `output_dir`."""
    pattern: str = "%06d.jpg"
    size: SizeWh | None = None
    min_size: SizeWh | None = None
    max_size: SizeWh | None = None
    force: bool = False
    """Whether images that are there are written anew."""
    shared: frozenset[Path] = frozenset()
    """Folders that would be those of several videos."""

    def __post_init__(self) -> None:
        for name in ("size", "min_size", "max_size"):
            given = getattr(self, name)
            if given is not None and (len(given) != 2 or any(n < 1 and n != -1 for n in given)):
                raise ConfigError(
                    f"{name} is (width, height) in pixels, -1 for one that is free, not {given!r}."
                )
        if self.size == (-1, -1):
            raise ConfigError("size needs a width or a height.")
        if not _numbered(self.pattern):
            raise ConfigError(
                f"frames_patt {self.pattern!r} names no files by number: write '%06d.jpg', say."
            )

    def among(self, videos: Iterable[str]) -> FrameImages:
        """The same, where each of some videos has a folder of its own."""
        distinct = {Path(video) for video in videos}
        owners = Counter(self._folder_named_for(video) for video in distinct)
        return replace(self, shared=frozenset(each for each, n in owners.items() if n > 1))

    def folder_of(self, video: Path) -> Path:
        """Where the images of a video are."""
        folder = self._folder_named_for(video)
        if folder not in self.shared:
            return folder
        # Known by all of its path, so that it is the same whatever else a view shows.
        known_by = blake2s(str(video.absolute()).encode(), digest_size=4).hexdigest()
        return folder.with_name(f"{folder.name}-{known_by}")

    def _folder_named_for(self, video: Path) -> Path:
        if self.output_dir is None:
            return video.parent / video.stem
        inside = Path()
        if self.rel_dir is not None:
            parent, base = video.parent.absolute(), Path(self.rel_dir).absolute()
            if parent.is_relative_to(base):
                inside = parent.relative_to(base)
        return Path(self.output_dir) / inside / video.stem

    def write(
        self, video: Path, numbers: Iterable[int], *, note: Callable[[int, str], None]
    ) -> None:
        """Writes the images of some frames that are not there yet.

        Args:
            video: the file
            numbers: of the frames
            note: told of the path of each image, by frame number

        Raises:
            MediaError: when the video can't be read
        """
        folder = self.folder_of(video)
        missing = []
        for number in numbers:
            name = folder / (self.pattern % number)
            if not self.force and name.exists():
                note(number, str(name))
            else:
                missing.append(number)
        if not missing:
            return
        folder.mkdir(parents=True, exist_ok=True)
        for number, image in self._images(video, missing):
            name = folder / (self.pattern % number)
            image.save(name, quality=95)
            note(number, str(name))

    def _images(self, video: Path, numbers: Iterable[int]) -> Iterator[tuple[int, Image.Image]]:
        for number, pixels in read_frames(video, numbers):
            yield number, self.resized(pixels)

    def resized(self, pixels: npt.NDArray[np.uint8]) -> Image.Image:
        """A picture of the size that is asked for."""
        image = Image.fromarray(pixels)
        size = self.size_of(image.size)
        return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)

    def size_of(self, size_wh: SizeWh) -> SizeWh:
        """The size that a frame of a size gets."""
        width, height = (float(part) for part in size_wh)
        if self.size is not None:
            wide, high = self.size
            if wide == -1:
                width, height = width * high / height, float(high)
            elif high == -1:
                width, height = float(wide), height * wide / width
            else:
                width, height = float(wide), float(high)
        for bounds, choose, neutral in ((self.min_size, max, 0.0), (self.max_size, min, 1e9)):
            if bounds is not None:
                wide_by, high_by = (
                    neutral if bound == -1 else bound / own
                    for bound, own in zip(bounds, (width, height), strict=True)
                )
                factor = choose(1.0, wide_by, high_by)
                width, height = width * factor, height * factor
        return max(round(width), 1), max(round(height), 1)


def _numbered(pattern: str) -> bool:
    """Whether a pattern gives each number a name of its own."""
    try:
        return pattern % 1 != pattern % 2
    except (TypeError, ValueError):
        return False


def warn_of_failures(failures: list[MediaError], total: int) -> None:
    """Warns that some videos were passed over."""
    if failures:
        shown = "; ".join(str(failure) for failure in failures[:3])
        warnings.warn(
            f"{len(failures)} of {total} videos could not be read and have no new images: {shown}",
            stacklevel=4,
        )


def as_size(value: Any) -> SizeWh | None:
    """A size as it is given by a user."""
    return None if value is None else (int(value[0]), int(value[1]))
