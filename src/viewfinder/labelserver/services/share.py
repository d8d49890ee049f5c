"""The share: a folder of the server whose media tasks may use without uploading them."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Sequence
from pathlib import Path

from viewfinder.labelserver.errors import InvalidFieldError
from viewfinder.labelserver.services.video import is_video_name

__all__ = ["files_of", "kind_of", "resolved"]


def resolved(share_dir: Path | None, path: str) -> Path:
    """A place in the share.

    Args:
        share_dir: the share; None where this server has none
        path: below it, as the client says it

    Raises:
        InvalidFieldError: when there is no share or no such place in it
    """
    if share_dir is None:
        raise InvalidFieldError(
            "server_files", "This server has no share; start it with --share and a folder."
        )
    root = share_dir.resolve()
    inside = path.replace("\\", "/").lstrip("/")
    place = None if "\0" in path else (root / inside).resolve()
    # A link or ".." that leads out of the share is as good as not there.
    if place is None or not place.is_relative_to(root) or not place.exists():
        raise InvalidFieldError("server_files", f"{path!r} is not in the share.")
    return place


def kind_of(path: Path) -> str:
    """CVAT's word for what a file or a folder is: DIR, REG, image, video, …"""
    if path.is_dir():
        return "DIR"
    guessed = (mimetypes.guess_type(path.name)[0] or "").partition("/")[0]
    return "video" if is_video_name(path.name) else guessed or "REG"


def files_of(
    share_dir: Path | None, paths: Sequence[str], excluded: Sequence[str]
) -> list[tuple[str, int]]:
    """The media that are meant, those in folders too: (path in the share, bytes).

    Args:
        share_dir: the share
        paths: of files and folders
        excluded: of files and folders in them that are not meant

    Raises:
        InvalidFieldError: for what is not there
    """
    root = share_dir.resolve() if share_dir is not None else Path()
    without = [resolved(share_dir, path) for path in excluded]
    found: dict[str, int] = {}
    for path in paths:
        for file in _files_below(resolved(share_dir, path)):
            if not any(file.is_relative_to(place) for place in without):
                found[file.relative_to(root).as_posix()] = file.stat().st_size
    return list(found.items())


def _files_below(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    for path in sorted(place.rglob("*")):
        if path.is_file() and not path.is_symlink() and kind_of(path) in {"image", "video"}:
            yield path
