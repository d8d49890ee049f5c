"""Helpers around paths that programs take from ``fiftyone.core.storage``; all of this disk."""

from __future__ import annotations

import json
import os
import shutil
from glob import glob
from pathlib import Path
from typing import Any

__all__ = [
    "abspath",
    "copy_file",
    "ensure_basedir",
    "ensure_dir",
    "exists",
    "get_glob_matches",
    "isdir",
    "isfile",
    "join",
    "list_files",
    "normalize_path",
    "read_json",
    "write_json",
]

abspath, exists, isdir, isfile, join = (
    os.path.abspath,
    os.path.exists,
    os.path.isdir,
    os.path.isfile,
    os.path.join,
)


def normalize_path(path: str) -> str:
    """The absolute path, with ``~`` resolved."""
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 - text in, text out


def ensure_dir(dirpath: str) -> None:
    """Makes a folder, and those above it, where it is not there."""
    Path(dirpath).mkdir(parents=True, exist_ok=True)


def ensure_basedir(path: str) -> None:
    """Makes the folder that a file is to be in."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)


def copy_file(inpath: str, outpath: str) -> None:
    """Copies a file; the folder that it goes to is made."""
    ensure_basedir(outpath)
    shutil.copy(inpath, outpath)


def get_glob_matches(glob_patt: str) -> list[str]:
    """The paths that match a pattern, in order."""
    return sorted(glob(glob_patt, recursive=True))  # noqa: PTH207 - text in, text out


def list_files(
    dirpath: str,
    abs_paths: bool = False,  # noqa: FBT002 - as users know it
    recursive: bool = False,  # noqa: FBT002
    include_hidden_files: bool = False,  # noqa: FBT002
    sort: bool = True,  # noqa: FBT002
) -> list[str]:
    """The files of a folder, relative to it or absolute; none where there is no such folder."""
    folder = Path(dirpath)
    every = folder.rglob("*") if recursive else folder.glob("*")
    found = [
        path
        for path in every
        if path.is_file() and (include_hidden_files or not path.name.startswith("."))
    ]
    names = [str(path.absolute() if abs_paths else path.relative_to(folder)) for path in found]
    return sorted(names) if sort else names


def read_json(path: str) -> Any:
    """What a JSON file holds."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_json(d: Any, path: str, pretty_print: bool = False) -> None:  # noqa: FBT002 - as there
    """Writes a JSON file; the folder that it goes to is made."""
    ensure_basedir(path)
    Path(path).write_text(json.dumps(d, indent=4 if pretty_print else None), encoding="utf-8")
