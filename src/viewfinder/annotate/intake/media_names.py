"""Which file here is which frame on a server: by whole parts of the path, from the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from viewfinder.errors import AnnotationError

__all__ = ["Names", "paths_at"]


class Names:
    """Files by the ends of their paths.

    ``a/0.jpg`` on the server is ``/data/a/0.jpg`` here, and never ``/data/b/0.jpg``. Where several
    files end alike, none of them is meant.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[str]] = {}
        for path in dict.fromkeys(paths):
            self._by_name.setdefault(_parts(path)[-1], []).append(path)

    def find(self, name: str) -> list[str]:
        """The files that a name on the server can mean; exactly one where it is sure.

        Where no file ends with the whole name, the longest end of it that some file has counts,
        as long as that is at least the file's own name.
        """
        wanted = _parts(name)
        found = [
            (path, _shared(wanted, _parts(path))) for path in self._by_name.get(wanted[-1], ())
        ]
        most = max((shared for _, shared in found), default=0)
        return [path for path, shared in found if shared == most]


def paths_at(data_path: str | Path | Mapping[str, str]) -> dict[str, str]:
    """The files that ``data_path`` speaks of: absolute path by name.

    Args:
        data_path: a folder with files at any depth, a JSON file with a dict of names to paths, or
            such a dict

    Raises:
        AnnotationError: a JSON file that holds something else
    """
    if isinstance(data_path, Mapping):
        return {name: str(Path(path).expanduser().absolute()) for name, path in data_path.items()}
    place = Path(data_path).expanduser().absolute()
    if place.is_file():
        found = _read_manifest(place)
        return {name: str((place.parent / path).absolute()) for name, path in found.items()}
    files = (path for path in sorted(place.rglob("*")) if path.is_file())
    return {path.relative_to(place).as_posix(): str(path) for path in files}


def _read_manifest(place: Path) -> dict[str, str]:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(path, str) for path in found.values()):
        raise AnnotationError(
            f"data_path: {place} is no JSON file with a dict of names to paths. Give such a file, "
            "a folder, or a dict."
        )
    return found


def _parts(path: str) -> tuple[str, ...]:
    return PurePosixPath(path.replace("\\", "/")).parts


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many parts two paths share, from the end."""
    count = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        count += 1
    return count
