"""The frames of a video: records by frame number, read when asked for and saved with the sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.errors import FieldNotFoundError, SampleNotFoundError, SchemaError
from viewfinder.samples.frame_handle import FrameHandle, frames_of_handle
from viewfinder.samples.frame_merging import merged_value
from viewfinder.samples.frame_writing import EditedFrames
from viewfinder.samples.frozen import copy_value
from viewfinder.samples.handle import point_rows
from viewfinder.samples.record import FieldChoice, Record, RecordView, from_plain
from viewfinder.samples.rows import RowBatch
from viewfinder.samples.saving import FrameChanges
from viewfinder.schema import FRAME_FIELDS, VIDEO_OF_FRAME

if TYPE_CHECKING:
    from viewfinder.samples.sample import Sample

__all__ = ["Frame", "FrameView", "Frames"]

_SHOWN_FIELDS = {name: field for name, field in FRAME_FIELDS.items() if name != VIDEO_OF_FRAME}


class Frame(Record):
    """One frame of a video, with labels and other fields.

    ::

        sample = Sample(filepath="/videos/street.mp4")
        sample.frames[1] = Frame(detections=Detections(detections=[...]))
        sample.frames[2]["weather"] = "rain"
    """

    __slots__ = ()
    _KIND = "Frame"
    _FIXED = _SHOWN_FIELDS
    _NEEDED = ("id", "frame_number")

    def __init__(self, **fields: Any) -> None:
        """
        Args:
            **fields: labels and other values by field name. The number of the frame follows from
                the place that it is given in ``sample.frames``

        Raises:
            InvalidFieldNameError: when a field can't have that name
        """
        self._begin({"frame_number": None}, fields)

    @property
    def sample_id(self) -> str | None:
        """The id of its video; None while the frame is in no dataset."""
        if self._rows is None or not isinstance(self._handle, FrameHandle):
            return None
        video = self._rows.column(VIDEO_OF_FRAME)[self._index]
        return self._handle.whole.ids_of(np.array([video], np.int64))[0]

    @property
    def field_names(self) -> tuple[str, ...]:
        """The names of all fields, those of the dataset's frames included, ``id`` first."""
        return tuple(name for name in super().field_names if name != VIDEO_OF_FRAME)

    def copy(
        self, fields: FieldChoice = None, omit_fields: str | Iterable[str] | None = None
    ) -> Frame:
        """A deep copy that is in no dataset; its labels keep their ids.

        Args:
            fields: the fields to copy, or a dict from names to new names; all otherwise
            omit_fields: fields that are left out

        Raises:
            FieldNotFoundError: when one of `fields` is not there
        """
        return Frame(**self.copied_values(fields, omit_fields))

    def __copy__(self) -> Frame:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Frame:
        return self.copy()

    def to_dict(self, include_private: bool = False) -> dict[str, Any]:
        """Every field by name; labels and documents as dicts that name their class in ``_cls``.

        Args:
            include_private: accepted; there are no private fields
        """
        del include_private
        return self.as_plain_dict()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Frame:
        """The frame that ``to_dict`` wrote, in no dataset."""
        return Frame(
            **{
                name: from_plain(value)
                for name, value in data.items()
                if name not in ("id", VIDEO_OF_FRAME) and value is not None
            }
        )

    def number(self, frame_number: int) -> None:
        """Gives a frame that is in no dataset its number."""
        self._values["frame_number"] = frame_number

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "frame_number" and self._handle is not None:
            raise SchemaError("The number of a frame can't be changed; set a copy() elsewhere.")
        super().__setitem__(name, value)


class FrameView(RecordView, Frame):
    """A frame as a view shows it: labels that the view hides stay when it is saved."""

    __slots__ = ()
    _KIND = "FrameView"


class Frames:
    """The frames of one video by number, which begins with 1: a dict that is read lazily.

    ::

        for number, frame in sample.frames.items():
            print(number, len(frame.detections.detections))

    Asking for a frame that does not exist makes an empty one. What is changed is written by
    ``sample.save()`` or :meth:`save`: only the frames and fields that changed.
    """

    def __init__(self, sample: Sample) -> None:
        """Made by ``sample.frames``."""
        self._sample = sample
        self._rows: RowBatch | None = None
        self._stored: dict[int, int] = {}
        self._held: dict[int, Frame] = {}
        self._gone: set[int] = set()
        self._is_view = False

    # As a dict

    def __len__(self) -> int:
        return len(self._numbers())

    def __bool__(self) -> bool:
        return len(self) > 0

    def __contains__(self, frame_number: object) -> bool:
        return frame_number in self._held or frame_number in self._there()

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers())

    def __getitem__(self, frame_number: int) -> Frame:
        """The frame of a number; a new, empty one where there is none.

        Raises:
            SchemaError: when the number is none, or below 1
        """
        number = _checked(frame_number)
        frame = self._held.get(number)
        if frame is None:
            row = self._there().get(number)
            frame = self._new(number) if row is None else self._at(row)
            self._held[number] = frame
        return frame

    def __setitem__(self, frame_number: int, frame: Frame) -> None:
        self.add_frame(frame_number, frame)

    def __delitem__(self, frame_number: int) -> None:
        self.delete_frame(frame_number)

    def keys(self) -> Iterator[int]:
        """The numbers of the frames, ascending."""
        return iter(self._numbers())

    def values(self) -> Iterator[Frame]:
        """The frames by ascending number."""
        return (self[number] for number in self._numbers())

    def items(self) -> Iterator[tuple[int, Frame]]:
        """Numbers and frames, ascending."""
        return ((number, self[number]) for number in self._numbers())

    def get(self, frame_number: int, default: Frame | None = None) -> Frame | None:
        """The frame of a number, or `default`; nothing is made."""
        return self[frame_number] if frame_number in self._numbers() else default

    @property
    def field_names(self) -> tuple[str, ...]:
        """The names of the frames' fields."""
        names = dict.fromkeys(_SHOWN_FIELDS)
        handle = self._sample.handle
        if handle is not None:
            names.update(dict.fromkeys(frames_of_handle(handle.target).schema()))
        for frame in self._held.values():
            names.update(dict.fromkeys(frame.raw_values))
        return tuple(name for name in names if name != VIDEO_OF_FRAME)

    def first(self) -> Frame:
        """The frame with the lowest number.

        Raises:
            SampleNotFoundError: when there are none
        """
        return self._one_of(self.head(1), "first")

    def last(self) -> Frame:
        """The frame with the highest number.

        Raises:
            SampleNotFoundError: when there are none
        """
        return self._one_of(self.tail(1), "last")

    def head(self, num_frames: int = 3) -> list[Frame]:
        """The first frames, at most `num_frames`."""
        return [*islice(self.values(), max(0, num_frames))]

    def tail(self, num_frames: int = 3) -> list[Frame]:
        """The last frames, at most `num_frames`, ascending."""
        return [self[number] for number in self._numbers()[-num_frames:]] if num_frames > 0 else []

    # Changing it

    def add_frame(
        self,
        frame_number: int,
        frame: Frame | Mapping[str, Any],
        expand_schema: bool = True,
        validate: bool = True,
        dynamic: bool = False,
    ) -> None:
        """Puts a frame in the place of a number; one that is in a dataset already is copied.

        Args:
            frame_number: from 1
            frame: the frame, or its fields as a dict
            expand_schema: whether it may have fields that the dataset's frames have not
            validate: accepted; values are always checked
            dynamic: accepted; attributes of labels are always kept

        Raises:
            SchemaError: when the number is none, or what is given is no frame
            FieldNotFoundError: when a field is new and may not be added
        """
        del validate, dynamic
        number = _checked(frame_number)
        if isinstance(frame, Mapping):
            frame = Frame(**frame)
        if not isinstance(frame, Frame):
            raise SchemaError(
                f"Only frames can be put into a video, not a {type(frame).__name__}. Make one with "
                "Frame(field=value)."
            )
        if not expand_schema:
            known = self.field_names
            for name in frame.raw_values:
                if name not in known:
                    raise FieldNotFoundError(name, "The frames", known)
        row = self._there().get(number)
        if row is not None:
            self._gone.add(number)
        new = frame.copy() if frame.in_dataset else frame
        new.number(number)
        self._held[number] = new

    def add_frames(self, frames: Mapping[int, Frame | Mapping[str, Any]]) -> None:
        """Puts several frames in place, by number."""
        self.update(frames)

    def delete_frame(self, frame_number: int) -> None:
        """Removes a frame.

        Raises:
            SampleNotFoundError: when there is none of that number
        """
        number = _checked(frame_number)
        if number not in self:
            raise SampleNotFoundError(f"frame {number}", f"video {self._sample.id}")
        self._held.pop(number, None)
        if number in self._there():
            self._gone.add(number)

    def clear(self) -> None:
        """Removes all frames."""
        self._held.clear()
        self._gone.update(self._there())

    def update(
        self,
        frames: Frames | Mapping[int, Frame | Mapping[str, Any]],
        overwrite: bool = True,
        expand_schema: bool = True,
        validate: bool = True,
        dynamic: bool = False,
    ) -> None:
        """Puts in all frames of another video, or of a dict by number.

        Args:
            frames: the frames
            overwrite: whether frames that there are already are replaced
            expand_schema: whether there may be new fields
            validate: accepted; values are always checked
            dynamic: accepted; attributes of labels are always kept
        """
        del validate, dynamic
        for number, frame in frames.items():
            if overwrite or number not in self:
                self.add_frame(number, frame, expand_schema=expand_schema)

    def merge(
        self,
        frames: Frames | Mapping[int, Frame],
        fields: str | Iterable[str] | Mapping[str, str] | None = None,
        omit_fields: str | Iterable[str] | None = None,
        merge_lists: bool = True,
        merge_embedded_docs: bool = False,
        overwrite: bool = True,
        expand_schema: bool = True,
        validate: bool = True,
        dynamic: bool = False,
    ) -> None:
        """Merges the fields of other frames into those of the same numbers.

        Args:
            frames: the other frames
            fields: only these fields, or a dict from their names to names here
            omit_fields: not these fields
            merge_lists: whether labels and other elements of lists are put together, labels of the
                same id once; otherwise lists are replaced
            merge_embedded_docs: whether values of documents are put together
            overwrite: whether a value there is replaced by a new one
            expand_schema: whether there may be new fields
            validate: accepted; values are always checked
            dynamic: accepted; attributes of labels are always kept
        """
        del validate, dynamic
        names = _renamed(fields)
        omitted = {omit_fields} if isinstance(omit_fields, str) else set(omit_fields or ())
        known = set(self.field_names)
        for number, other in frames.items():
            mine = self[number]
            for name in other.field_names:
                target = name if names is None else names.get(name)
                if name in ("id", "frame_number") or name in omitted or target is None:
                    continue
                if other[name] is None:
                    continue
                if not expand_schema and target not in known:
                    raise FieldNotFoundError(target, "The frames", known)
                held = mine[target] if mine.has_field(target) else None
                mine[target] = merged_value(
                    held,
                    copy_value(other[name]),
                    merge_lists=merge_lists,
                    merge_documents=merge_embedded_docs,
                    overwrite=overwrite,
                )

    def save(self) -> None:
        """Writes what changed, with the changed fields of the sample itself.

        Raises:
            DatasetError: when the sample is in no dataset
        """
        self._sample.save()

    def reload(self, hard: bool = False) -> None:
        """Forgets what was changed and not saved.

        Args:
            hard: accepted; every field is read anew when next asked
        """
        del hard
        self._rows = None
        self._held.clear()
        self._gone.clear()

    # For the sample

    @property
    def added(self) -> Mapping[int, Frame]:
        """The frames that are in no dataset yet, by number."""
        return {number: frame for number, frame in self._held.items() if not frame.in_dataset}

    def changes(self) -> FrameChanges | None:
        """What is to be written; None where nothing changed."""
        handle = self._sample.handle
        if handle is None:
            return None
        added = self.added
        edited = []
        for frame in self._held.values():
            edit = frame.edit() if frame.in_dataset else None
            if edit is not None:
                edited.append((frame, edit))
        if not added and not edited and not self._gone:
            return None
        stored = self._all_stored()
        deleted = [stored[number] for number in self._gone if number in stored]
        written = EditedFrames(handle.target, self._sample.video_seq, added, edited, deleted)
        return _Settling(written, self)

    def refresh(self) -> None:
        """Reads anew what was not changed here."""
        self._rows = None
        self._held = {
            number: frame
            for number, frame in self._held.items()
            if not frame.in_dataset or frame.edit() is not None
        }

    def note_saved(self) -> None:
        """All changes were written."""
        self._rows = None
        self._gone.clear()

    # Behind it

    def _numbers(self) -> list[int]:
        return sorted({*self._there(), *self._held})

    def _there(self) -> dict[int, int]:
        """The row of each stored frame that was not removed, by number."""
        if self._rows is None:
            self._rows = self._read()
            numbers = [] if self._rows is None else self._rows.column("frame_number")
            self._stored = {number: row for row, number in enumerate(numbers)}
        if not self._gone:
            return self._stored
        return {n: row for n, row in self._stored.items() if n not in self._gone}

    def _all_stored(self) -> dict[int, int]:
        """The number in the store of each stored frame, by frame number."""
        self._there()
        seqs = [] if self._rows is None else self._rows.seqs.tolist()
        return {number: seqs[row] for number, row in self._stored.items()}

    def _read(self) -> RowBatch | None:
        handle = self._sample.handle
        if handle is None:
            return None
        shown = self._sample.shown_frames()
        self._is_view = shown is not None
        if shown is not None:
            return shown
        snapshot = handle.target.snapshot()
        seqs, _ = snapshot.frames_of(np.array([self._sample.video_seq], np.int64))
        return point_rows(frames_of_handle(handle.target), snapshot.frames, seqs)

    def _at(self, row: int) -> Frame:
        handle, rows = self._sample.handle, self._rows
        assert handle is not None
        assert rows is not None
        frames = frames_of_handle(handle.target)
        seq = int(rows.seqs[row])
        if self._is_view:
            return FrameView.of_row(frames, rows, row, seq)
        frame = frames.live.get(seq)
        if frame is None:
            frame = Frame.of_row(frames, rows, row, seq)
            frames.live[seq] = frame
        assert isinstance(frame, Frame)
        return frame

    @staticmethod
    def _new(number: int) -> Frame:
        frame = Frame()
        frame.number(number)
        return frame

    def _one_of(self, frames: list[Frame], which: str) -> Frame:
        if not frames:
            raise SampleNotFoundError(f"{which} frame", f"video {self._sample.id}")
        return frames[0]

    def __repr__(self) -> str:
        return f"<Frames: {len(self)}>"


class _Settling:
    """Changes that, once written, are told to the frames they came from."""

    def __init__(self, written: EditedFrames, frames: Frames) -> None:
        self.write = written.write
        self._written = written
        self._frames = frames

    def settle(self) -> None:
        """Takes note that all is committed."""
        self._written.settle()
        self._frames.note_saved()


def _checked(frame_number: Any) -> int:
    if isinstance(frame_number, bool) or not isinstance(frame_number, (int, np.integer)):
        raise SchemaError(f"{frame_number!r} is no frame number; frames are counted from 1.")
    if frame_number < 1:
        raise SchemaError(f"There is no frame {frame_number}: frames are counted from 1.")
    return int(frame_number)


def _renamed(
    fields: str | Iterable[str] | Mapping[str, str] | None,
) -> Mapping[str, str] | None:
    if fields is None or isinstance(fields, Mapping):
        return fields
    return {name: name for name in ([fields] if isinstance(fields, str) else fields)}
