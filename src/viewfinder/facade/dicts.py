"""Collections as dicts and JSON text: signature, docstring, one call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from viewfinder.facade.transferring import ImportFeatures
from viewfinder.progress import ProgressOption
from viewfinder.samples import (
    PathLike,
    SampleCollection,
    ViewT,
    add_from_dict,
    collection_to_dict,
    read_json_dict,
)

__all__ = ["DictFeatures", "FromDictFeatures"]


class DictFeatures(SampleCollection[ViewT]):
    """How a collection becomes a dict, or JSON."""

    def to_dict(
        self,
        rel_dir: PathLike | None = None,
        include_private: bool = False,
        include_frames: bool = False,
        frame_labels_dir: PathLike | None = None,
        pretty_print: bool = False,
        progress: ProgressOption = None,
    ) -> dict[str, Any]:
        """Fields, ``info`` and its kin, and all samples as a dict that JSON can write.

        ::

            data = dataset.to_dict(rel_dir="/data")
            again = vf.Dataset.from_dict(data, name="again", rel_dir="/data")

        Arrays and masks are text in base64; NaN stays NaN. Views that are saved and records of
        runs do not come along. All of it is in memory; for large datasets use :meth:`export`.

        Args:
            rel_dir: a folder to take away from the filepaths that are in it
            include_private: whether each sample tells its dataset's id, too
            include_frames: whether the frames of videos come along
            frame_labels_dir: a folder to write the frames of each video to, as a JSON file, in the
                place of having them in the dict
            pretty_print: has no effect on a dict
            progress: whether to show a bar; None shows one in a terminal
        """
        del pretty_print
        return collection_to_dict(
            self,
            str(self.root.name),
            rel_dir=rel_dir,
            include_private=include_private,
            include_frames=include_frames,
            frame_labels_dir=frame_labels_dir,
            progress=progress,
        )

    def to_json(
        self,
        rel_dir: PathLike | None = None,
        include_private: bool = False,
        include_frames: bool = False,
        frame_labels_dir: PathLike | None = None,
        pretty_print: bool = False,
    ) -> str:
        """The dict of :meth:`to_dict` as JSON text; with `pretty_print` in indented lines."""
        data = self.to_dict(rel_dir, include_private, include_frames, frame_labels_dir)
        return json.dumps(data, ensure_ascii=False, indent=4 if pretty_print else None)

    def write_json(
        self,
        json_path: PathLike,
        rel_dir: PathLike | None = None,
        include_private: bool = False,
        include_frames: bool = False,
        frame_labels_dir: PathLike | None = None,
        pretty_print: bool = False,
    ) -> None:
        """Writes the text of :meth:`to_json` to a file; its folder is made where it is missing."""
        text = self.to_json(
            rel_dir, include_private, include_frames, frame_labels_dir, pretty_print
        )
        path = Path(json_path).expanduser()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class FromDictFeatures(ImportFeatures[ViewT]):
    """How a dict, or JSON, becomes a dataset."""

    @classmethod
    def from_dict(
        cls,
        d: Mapping[str, Any],
        name: str | None = None,
        persistent: bool = False,
        overwrite: bool = False,
        rel_dir: PathLike | None = None,
        frame_labels_dir: PathLike | None = None,
        progress: ProgressOption = None,
    ) -> Self:
        """A new dataset of what :meth:`to_dict` gave; samples and labels keep their ids.

        Args:
            d: the dict
            name: the dataset's name; otherwise the one in the dict
            persistent: whether to keep the dataset when this process ends
            overwrite: whether a dataset of that name is deleted when the new one is read
            rel_dir: the folder that relative filepaths are in; the current one otherwise
            frame_labels_dir: the folder of the files of frames, where they were written to one
            progress: whether to show a bar; None shows one in a terminal

        Raises:
            FormatError: when it is no dict of a dataset
            DatasetExistsError: when there is a dataset of that name
        """

        def fill(dataset: FromDictFeatures[ViewT]) -> None:
            add_from_dict(
                dataset.handle,
                d,
                rel_dir=rel_dir,
                frame_labels_dir=frame_labels_dir,
                progress=progress,
            )
            dataset.reload()

        return cls._filled(fill, name or d.get("name"), persistent, overwrite=overwrite)

    @classmethod
    def from_json(
        cls,
        path_or_str: PathLike,
        name: str | None = None,
        persistent: bool = False,
        overwrite: bool = False,
        rel_dir: PathLike | None = None,
        frame_labels_dir: PathLike | None = None,
        progress: ProgressOption = None,
    ) -> Self:
        """A new dataset of a JSON file, or JSON text; see :meth:`from_dict`."""
        return cls.from_dict(
            read_json_dict(path_or_str),
            name,
            persistent,
            overwrite,
            rel_dir,
            frame_labels_dir,
            progress,
        )
