"""Media on their way out: names that are unique, and files copied, linked, moved or listed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from viewfinder.errors import MediaError, MediaNotFoundError
from viewfinder.progress import ProgressOption, meter

__all__ = ["ExportMedia", "NameMaker", "place_media", "write_manifest"]

ExportMedia = bool | Literal["symlink", "move", "manifest"] | None


@dataclass(slots=True)
class NameMaker:
    """Gives each file a name of its own: that of the file, or its path below some folder."""

    rel_dir: str | None
    """Keep the path below this folder; otherwise only the last part."""
    absolute_twins: bool
    """Whether a second file of the same name keeps its whole path, because it stays where it is;
    otherwise it gets a number."""
    _taken: dict[str, str] = field(default_factory=dict)

    def name_of(self, filepath: str) -> str:
        """The name, with ``/`` between folders."""
        name = Path(filepath).name
        if self.rel_dir is not None:
            below = os.path.relpath(filepath, self.rel_dir).replace(os.sep, "/")
            name = name if below.startswith("../") else below
        if self._taken.setdefault(name, filepath) == filepath:
            return name
        if self.absolute_twins:
            return filepath
        stem, suffix = os.path.splitext(name)  # noqa: PTH122 - folders stay in the stem
        number = 2
        while self._taken.setdefault(f"{stem}-{number}{suffix}", filepath) != filepath:
            number += 1
        return f"{stem}-{number}{suffix}"


def place_media(
    files: Sequence[tuple[str, str]],
    folder: Path,
    how: Literal[True, "symlink", "move"],
    *,
    progress: ProgressOption = None,
) -> None:
    """Puts files into a folder; what has such a name there already is replaced.

    Args:
        files: pairs of a path and the name in the folder
        folder: made where it is not there yet
        how: True copies
        progress: whether to show a bar

    Raises:
        MediaNotFoundError: when one of the files is not there; nothing is done then
        MediaError: when the folder can't be written to
    """
    for source, _ in files:
        if not Path(source).is_file():
            raise MediaNotFoundError(source)
    label = {True: "Copying media", "symlink": "Linking media", "move": "Moving media"}[how]
    with meter(len(files), label, unit="files", progress=progress) as done:
        for source, name in files:
            target = folder / name
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                _place(Path(source), target, how)
            except OSError as error:
                raise MediaError(
                    f"{source} can't be written to {target} ({error.strerror or error}). Make room "
                    "there or choose another folder; the dataset is as before."
                ) from error
            done.advance()


def _place(source: Path, target: Path, how: Literal[True, "symlink", "move"]) -> None:
    if target.exists() and target.samefile(source):
        return
    if how == "move":
        shutil.move(source, target)
        return
    # First under another name: a file that is half there is never found under its own.
    waiting = target.with_name(f".{target.name}.{os.getpid()}.part")
    if how == "symlink":
        waiting.symlink_to(source)
    else:
        shutil.copy2(source, waiting)
    waiting.replace(target)


def write_manifest(files: Sequence[tuple[str, str]], path: Path) -> None:
    """Writes a JSON object that gives each name its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = {name: source for source, name in files}
    path.write_text(json.dumps(entries, ensure_ascii=False, indent=1), encoding="utf-8")
