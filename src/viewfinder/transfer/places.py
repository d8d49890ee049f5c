"""Where the parts of a dataset on disk are: its folder, its media and its labels file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from viewfinder.errors import ConfigError, FormatError, MediaError
from viewfinder.formats.records import DatasetType

__all__ = ["MANIFEST", "Media", "PathLike", "layout_of", "media_at", "read_labels", "resolved"]

PathLike = str | os.PathLike[str]
MANIFEST = "data.json"
"""A JSON object that gives each file name its path, in place of a folder of media."""


@dataclass(frozen=True, slots=True)
class Media:
    """From the names in a labels file to paths of files."""

    folder: str
    """The folder that relative names start from."""
    manifest: Mapping[str, str] | None = None
    """Paths by name; a name that is not among them is looked for in the folder."""

    def path_of(self, name: str) -> str:
        """The absolute path of the file of that name."""
        if self.manifest is not None:
            name = self.manifest.get(name, name)
        return os.path.join(self.folder, name)  # noqa: PTH118 - once for every image of an import

    def names(self) -> list[str]:
        """All files of the folder, relative to it, with ``/`` between folders.

        Raises:
            MediaError: when there is no such folder
        """
        if self.manifest is not None:
            return list(self.manifest)
        if not Path(self.folder).is_dir():
            raise MediaError(
                f"There is no folder {self.folder}. Check the path; nothing was imported."
            )
        found = []
        for folder, _, files in os.walk(self.folder):
            inside = os.path.relpath(folder, self.folder).replace(os.sep, "/")
            found += [name if inside == "." else f"{inside}/{name}" for name in files]
        return found


def layout_of(dataset_type: object) -> type[DatasetType]:
    """The layout that was given as its class or as an instance of it.

    Raises:
        ConfigError: when it is no layout
    """
    layout = dataset_type if isinstance(dataset_type, type) else type(dataset_type)
    if dataset_type is None or not issubclass(layout, DatasetType):
        raise ConfigError(
            f"dataset_type can't be {dataset_type!r}: give a layout of viewfinder.types, such as "
            "viewfinder.types.COCODetectionDataset."
        )
    return layout


def resolved(folder: PathLike | None, path: PathLike) -> Path:
    """A path as given where it is absolute, otherwise inside of the dataset's folder.

    Where there is no such folder it is relative to the working directory.
    """
    path = Path(path).expanduser()
    if folder is not None:
        path = Path(folder).expanduser() / path
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links


def media_at(
    layout: type[DatasetType],
    dataset_dir: PathLike | None,
    data_path: PathLike | Mapping[str, PathLike] | None,
    labels_path: Path | None,
) -> Media:
    """Where an import finds the media.

    Args:
        layout: says what the folder is called
        dataset_dir: the dataset's folder
        data_path: a folder, a manifest (a JSON file), or a dict of paths by name
        labels_path: the labels file; its folder is the last resort

    Raises:
        FormatError: when the manifest can't be read
    """
    if isinstance(data_path, Mapping):
        base = str(resolved(dataset_dir, "."))
        return Media(base, {name: os.fspath(path) for name, path in data_path.items()})
    if data_path is None:
        if dataset_dir is None:
            return Media(str(labels_path.parent if labels_path else Path.cwd()))
        manifest = resolved(dataset_dir, MANIFEST)
        data_path = resolved(dataset_dir, layout.DATA_PATH)
        if not data_path.is_dir() and manifest.is_file():
            data_path = manifest
    path = resolved(dataset_dir, data_path)
    if path.suffix == ".json":
        return Media(str(path.parent), _read_manifest(path))
    return Media(str(path))


def read_labels(path: Path) -> bytes:
    """The bytes of a labels file.

    Raises:
        FormatError: when it is not there or may not be read
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FormatError(
            path, "there is no such labels file. Say where it is with labels_path"
        ) from None
    except OSError as error:
        raise FormatError(path, f"the labels file can't be read ({error.strerror})") from error


def _read_manifest(path: Path) -> dict[str, str]:
    try:
        manifest = json.loads(read_labels(path))
    except ValueError as error:
        raise FormatError(path, f"the manifest is not valid JSON ({error})") from error
    if not isinstance(manifest, dict) or not all(
        isinstance(target, str) for target in manifest.values()
    ):
        raise FormatError(path, "a manifest is a JSON object that gives each file name its path")
    return manifest
