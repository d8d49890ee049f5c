"""A sample is one media file of a dataset with its labels and other fields."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from viewfinder.errors import FieldNotFoundError
from viewfinder.media.kinds import media_type_of
from viewfinder.samples.frames import Frame, Frames
from viewfinder.samples.record import FieldChoice, Record, RecordView, from_plain
from viewfinder.samples.saving import SampleEdit
from viewfinder.schema import DEFAULT_FIELDS, STAMPS, EmbeddedDocument

if TYPE_CHECKING:
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.samples.rows import RowBatch

__all__ = ["Sample", "SampleView"]


class Sample(Record):
    """One image of a dataset, with its labels and other fields.

    ::

        sample = Sample(filepath="/photos/cat.jpg", tags=["train"], weather="sunny")
        sample["ground_truth"] = Detections(detections=[...])
        dataset.add_sample(sample)
        sample.ground_truth.detections[0].label = "dog"
        sample.save()

    A sample that was added to a dataset, or came out of one, reads its fields when they are asked
    for. Nothing is written before :meth:`save`, and then only the fields that changed.
    """

    __slots__ = ("_frames",)

    # Seen by the type checker as fields like any other.
    if TYPE_CHECKING:
        filepath: str
        tags: list[str]
        metadata: Any
        created_at: datetime | None
        last_modified_at: datetime | None

    _KIND = "Sample"
    _FIXED = DEFAULT_FIELDS
    _NEEDED = ("id", "filepath")

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        tags: list[str] | None = None,
        metadata: EmbeddedDocument | None = None,
        **fields: Any,
    ) -> None:
        """
        Args:
            filepath: the media file; made absolute
            tags: words for this sample
            metadata: what is known of the file, such as an ``ImageMetadata``
            **fields: labels and other values by field name; ``id`` may give an id of 24 hexadecimal
                digits, otherwise one is made when the sample is added

        Raises:
            InvalidFieldNameError: when a field can't have that name
        """
        values: dict[str, Any] = {
            "filepath": normalize_path(filepath),
            "tags": [] if tags is None else list(tags),
            "metadata": metadata,
        }
        self._begin(values, fields)
        self._frames: Frames | None = None

    @classmethod
    def of_row(cls, handle: DatasetHandle, rows: RowBatch, index: int, seq: int) -> Self:
        """The sample at one row of a batch that was read from a dataset."""
        sample = super().of_row(handle, rows, index, seq)
        sample._frames = None
        return sample

    @property
    def filename(self) -> str:
        """The last part of the file's path."""
        return Path(self["filepath"]).name

    @property
    def media_type(self) -> str:
        """``"image"``, ``"video"`` or ``"unknown"``, by the file's extension."""
        return media_type_of(self["filepath"])

    @property
    def frames(self) -> Frames:
        """The frames of a video by number, from 1: ``sample.frames[1]["detections"] = …``.

        Raises:
            AttributeError: when the sample is no video
        """
        if self.media_type != "video":
            raise AttributeError("frames")
        if self._frames is None:
            self._frames = Frames(self)
        return self._frames

    @property
    def new_frames(self) -> Mapping[int, Frame]:
        """The frames that were given to it and are in no dataset yet, by number."""
        return {} if self._frames is None else self._frames.added

    @property
    def video_seq(self) -> int:
        """The number of the sample whose frames these are."""
        return self._seq

    def shown_frames(self) -> RowBatch | None:
        """The frames that a view shows of it; None where that is all of them, with all labels."""
        return None

    def refresh_frames(self) -> None:
        """Reads its frames anew when next asked, save those that were changed here."""
        if self._frames is not None:
            self._frames.refresh()

    def edit(self) -> SampleEdit | None:
        """What :meth:`save` would write; None where nothing changed."""
        edit = super().edit()
        changes = None if self._frames is None else self._frames.changes()
        if changes is None:
            return edit
        if edit is None:
            edit = SampleEdit(self._seq, str(self.id), {}, None)
        return replace(edit, frames=changes)

    def reload(self, hard: bool = False, include_frames: bool = True) -> None:
        """Forgets what was changed and not saved; every field is read anew when next asked.

        Args:
            hard: accepted; new fields of the dataset are always seen
            include_frames: whether the frames of a video are read anew, too

        Raises:
            SampleNotFoundError: when the sample was deleted
        """
        super().reload(hard)
        if self._frames is not None and include_frames:
            self._frames.reload()

    def copy(
        self, fields: FieldChoice = None, omit_fields: str | Iterable[str] | None = None
    ) -> Sample:
        """A deep copy that is in no dataset; its labels keep their ids.

        Args:
            fields: the fields to copy, or a dict from names to new names; all otherwise. The path
                of the file always comes along. Names that begin with ``frames.`` are of frames
            omit_fields: fields that are left out

        Raises:
            FieldNotFoundError: when one of `fields` is not there
        """
        own, of_frames = _split(fields)
        omitted, omitted_frames = _split(omit_fields)
        values = self.copied_values(own, (omitted or {}).keys())
        sample = Sample(**{"filepath": self["filepath"], **values})
        if self.media_type == "video" and of_frames != {} and len(self.frames):
            left = (omitted_frames or {}).keys()
            sample.frames.update({n: each.copy(of_frames, left) for n, each in self.frames.items()})
        return sample

    def __copy__(self) -> Sample:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Sample:
        return self.copy()

    @classmethod
    def from_frame(cls, frame: Frame, filepath: str | os.PathLike[str] | None = None) -> Sample:
        """A sample, in no dataset, with copies of the fields of a frame.

        Args:
            frame: the frame
            filepath: its image; may be left out where the frame has a field of that name

        Raises:
            FieldNotFoundError: when there is no path for the sample
        """
        values = frame.copied_values()
        values.pop("frame_number", None)
        known = values.pop("filepath", None) if frame.has_field("filepath") else None
        path = known if filepath is None else filepath
        if path is None:
            raise FieldNotFoundError("filepath", "The frame", frame.field_names)
        return Sample(filepath=path, **values)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Sample:
        """The sample that :meth:`to_dict` wrote, in no dataset."""
        values = {
            name: from_plain(value)
            for name, value in data.items()
            if name not in ("id", "frames", *STAMPS) and value is not None
        }
        sample = Sample(**values)
        for number, frame in (data.get("frames") or {}).items():
            sample.frames[int(number)] = Frame.from_dict(frame)
        return sample

    def to_dict(
        self, include_frames: bool = False, include_private: bool = False
    ) -> dict[str, Any]:
        """Every field by name; labels and documents as dicts that name their class in ``_cls``.

        Args:
            include_frames: whether the frames of a video come along, under ``frames`` by number
            include_private: accepted; there are no private fields
        """
        del include_private
        data = self.as_plain_dict()
        if include_frames and self.media_type == "video":
            data["frames"] = {number: frame.to_dict() for number, frame in self.frames.items()}
        return data

    def __getattr__(self, name: str) -> Any:
        if name == "frames":
            raise AttributeError(
                f"Only videos have frames, and {self['filepath']} is of type '{self.media_type}'."
            )
        return super().__getattr__(name)

    def _shown(self) -> list[tuple[str, Any]]:
        shown: list[tuple[str, Any]] = [("media_type", self.media_type)]
        return [*shown, ("frames", self.frames)] if self.media_type == "video" else shown

    def _taken(self, name: str, value: Any) -> Any:
        if name == "filepath":
            return normalize_path(value)
        return ([] if value is None else list(value)) if name == "tags" else value


class SampleView(RecordView, Sample):
    """A sample as a view shows it: perhaps with fewer fields, and fewer labels in them.

    Labels that the view filters out are kept when such a sample is saved; only those that were to
    be seen are changed or removed.
    """

    __slots__ = ()
    _KIND = "SampleView"

    def shown_frames(self) -> RowBatch | None:
        """The frames that a view shows of it; None where that is all of them, with all labels."""
        source = None if self._rows is None else self._rows.frame_source
        return None if source is None else source(self._seq)


def _split(fields: FieldChoice) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """What is said of fields of samples, and of fields of frames; None for all of them."""
    if fields is None:
        return None, None
    named = [fields] if isinstance(fields, str) else fields
    names = dict(named) if isinstance(named, Mapping) else {name: name for name in named}
    prefix = "frames."
    inner = {
        name.removeprefix(prefix): new.removeprefix(prefix)
        for name, new in names.items()
        if name.startswith(prefix)
    }
    return {name: new for name, new in names.items() if not name.startswith(prefix)}, inner


def normalize_path(filepath: str | os.PathLike[str]) -> str:
    """An absolute path, with ``~`` resolved; addresses with ``://`` are kept as they are."""
    path = os.fspath(filepath)
    if "://" in path:
        return path
    if path.startswith("~"):
        path = str(Path(path).expanduser())
    return os.path.abspath(path)  # noqa: PTH100 - Path.absolute() keeps "..", resolve() reads links
