"""Which frame of a task is which frame of its video; pure.

A task shows the frames ``start, start + step, …`` up to ``stop`` of a video, counted from 0, and
numbers what it shows from 0 without gaps; annotations carry those numbers. Datasets number the
frames of a video from 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from viewfinder.cvat import wire
from viewfinder.errors import AnnotationError

__all__ = ["FrameMap"]

_STEP = re.compile(r"step\s*=\s*([0-9]+)")


@dataclass(frozen=True, slots=True)
class FrameMap:
    """The frames that a task shows of one video."""

    start: int
    """The first one, counted from 0."""
    stop: int
    """The last one that may be shown, counted from 0."""
    step: int = 1

    def __post_init__(self) -> None:
        if self.step < 1 or self.start < 0 or self.stop < self.start:
            raise AnnotationError(
                f"Frames from {self.start} to {self.stop} in steps of {self.step} can't be shown: "
                "the first frame is 0, the last one is not before it, and a step is 1 or more."
            )

    @classmethod
    def of_video(
        cls,
        total_frames: int,
        *,
        start: int | None = None,
        stop: int | None = None,
        step: int | None = None,
    ) -> Self:
        """The frames of a video that ``frame_start``, ``frame_stop`` and ``frame_step`` choose.

        Args:
            total_frames: frames of the video
            start: the first one, counted from 0; the video's first by default
            stop: the last one, inclusive; the video's last by default and at most
            step: every which one; every one by default

        Raises:
            AnnotationError: nothing is left
        """
        last = total_frames - 1
        return cls(start or 0, last if stop is None else min(stop, last), step or 1)

    @classmethod
    def of_clip(cls, first: int, last: int, *, step: int | None = None) -> Self:
        """The frames of a clip, whose first and last frame number (from 1) belong to it."""
        return cls(first - 1, last - 1, step or 1)

    @classmethod
    def of_meta(cls, meta: wire.DataMeta) -> Self:
        """The frames that a server says that a task shows."""
        found = _STEP.search(meta.frame_filter)
        step = int(found[1]) if found else 1
        stop = max(meta.stop_frame, meta.start_frame + (meta.size - 1) * step, meta.start_frame)
        return cls(meta.start_frame, stop, step)

    def __len__(self) -> int:
        """How many frames the task shows."""
        return (self.stop - self.start) // self.step + 1

    @property
    def frame_filter(self) -> str:
        """What the server has to be told to take steps; empty for every frame."""
        return "" if self.step == 1 else f"step={self.step}"

    @property
    def numbers(self) -> range:
        """The frame numbers (from 1) of all frames that the task shows, in order."""
        return range(self.start + 1, self.start + 1 + len(self) * self.step, self.step)

    def number_of(self, frame: int) -> int:
        """The frame number (from 1) of a frame of the task (from 0).

        Raises:
            AnnotationError: the task has no such frame
        """
        if not 0 <= frame < len(self):
            raise AnnotationError(f"The task shows {len(self)} frames; there is no frame {frame}.")
        return self.start + frame * self.step + 1

    def frame_of(self, number: int) -> int | None:
        """The frame of the task (from 0) that shows a frame number (from 1); None: not shown."""
        away = number - 1 - self.start
        if away % self.step or not 0 <= away // self.step < len(self):
            return None
        return away // self.step
