"""The samples of views over frames and clips; saving them changes the frames of the videos."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NoReturn, cast

from viewfinder.errors import ExpressionError
from viewfinder.samples.handle import point_rows
from viewfinder.samples.row_collection import RowSample
from viewfinder.samples.row_handle import RowHandle
from viewfinder.samples.saving import SampleEdit
from viewfinder.schema import VIDEO_OF_FRAME

__all__ = ["ClipView", "FrameSample"]

_OF_VIDEO = ("filepath", "metadata", "sample_id", "frame_number", "support", VIDEO_OF_FRAME)


class FrameSample(RowSample):
    """One frame of a video, seen as a sample of its own; saving it changes the frame."""

    __slots__ = ()
    _KIND = "FrameView"

    @property
    def media_type(self) -> Literal["image"]:
        """``"image"``."""
        return "image"

    def edit(self) -> SampleEdit | None:
        """What :meth:`save` would write to the frame; what belongs to the video can't be changed.

        Raises:
            ExpressionError: when a field of the video was changed, or a tag of it taken away
        """
        made = super().edit()
        _refuse(made, "frame")
        if made is None or "tags" not in made.values:
            return made
        return replace(made, values={**made.values, "tags": self._own(made.values["tags"])})

    def _own(self, tags: list[str]) -> list[str]:
        """The tags that are not those of the video."""
        handle = cast("RowHandle", self._handle)
        videos = handle.source.handle.target
        snapshot = videos.snapshot()
        video = point_rows(videos, snapshot, snapshot.seqs_of([str(self["sample_id"])]))
        of_video: list[str] = video.column("tags")[0] or []
        if not set(of_video) <= set(tags):
            _refuse_field("tags", "frame")
        return [tag for tag in tags if tag not in of_video]

    def settle(self, edit: SampleEdit) -> None:
        """Takes note that `edit` was written, and lets whoever holds the frame read it anew."""
        super().settle(edit)
        frame = cast("RowHandle", self._handle).target.live.get(edit.seq)
        if frame is not None:
            frame.forget(edit.values)


class ClipView(RowSample):
    """A part of a video, seen as a sample of its own; its frames are those of the video."""

    __slots__ = ()
    _KIND = "ClipView"

    @property
    def video_seq(self) -> int:
        """The number of the sample whose frames these are."""
        snapshot = cast("RowHandle", self._handle).target.snapshot()
        return int(snapshot.seqs_of([self.source_id()])[0])

    def source_id(self) -> str:
        """The id of the video."""
        return str(self["sample_id"])

    def edit(self) -> SampleEdit | None:
        """What :meth:`save` would write."""
        changed = {name for name in self._values if self._is_changed(name)}
        of_clip = changed - set(cast("RowHandle", self._handle).target.schema())
        if of_clip:
            raise ExpressionError(
                f"'{min(of_clip)}' belongs to the clip, which is kept nowhere. Change the video, "
                "its labels, or its frames."
            )
        made = super().edit()
        _refuse(made, "clip")
        return made if made is None else replace(made, frames=self.frames.changes())


def _refuse(edit: SampleEdit | None, kind: str) -> None:
    changed = {} if edit is None else edit.values
    of_video = _OF_VIDEO if kind == "frame" else (*_OF_VIDEO, "tags")
    for name in of_video:
        if name in changed:
            _refuse_field(name, kind)


def _refuse_field(name: str, kind: str) -> NoReturn:
    raise ExpressionError(
        f"'{name}' of a {kind} is that of its video: change it on the video's sample."
    )
