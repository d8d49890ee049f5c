"""Events in a video: a class for a span of frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from viewfinder.errors import LabelError
from viewfinder.labels.attributes import AttributeSpec, Kind
from viewfinder.labels.base import Label, LabelList

__all__ = ["TemporalDetection", "TemporalDetections"]


class TemporalDetection(Label):
    """An event with a first and a last frame."""

    SPECS: ClassVar = (
        AttributeSpec("label", Kind.STRING),
        AttributeSpec("support", Kind.INTS),
        AttributeSpec("confidence", Kind.FLOAT),
    )
    if TYPE_CHECKING:
        label: str | None
        support: Sequence[int] | None
        confidence: float | None

    def __init__(
        self,
        label: str | None = None,
        support: Sequence[int] | None = None,
        confidence: float | None = None,
        **attributes: Any,
    ) -> None:
        """
        Args:
            label: the class
            support: ``[first, last]``, 1-based numbers of frames, both included
            confidence: in [0, 1]
            **attributes: attributes of your own
        """
        values = self.__dict__
        if label is not None:
            values["label"] = label
        if support is not None:
            values["support"] = support
        if confidence is not None:
            values["confidence"] = confidence
        if attributes:
            values.update(attributes)

    @classmethod
    def from_timestamps(
        cls,
        timestamps: Sequence[float],
        *,
        frame_rate: float,
        total_frame_count: int,
        **attributes: Any,
    ) -> Self:
        """The event between two times.

        Args:
            timestamps: ``[start, stop]`` in seconds
            frame_rate: frames a second
            total_frame_count: the video's number of frames; later ones are cut off
            **attributes: `label`, `confidence` and attributes of your own

        Raises:
            LabelError: when the times are not in order
        """
        start, stop = timestamps
        if stop < start:
            raise LabelError(f"The event stops at {stop} s, before it starts at {start} s.")
        first, last = (
            min(max(round(moment * frame_rate) + 1, 1), total_frame_count)
            for moment in (start, stop)
        )
        return cls(support=[first, last], **attributes)

    def to_timestamps(self, frame_rate: float) -> list[float]:
        """``[start, stop]`` in seconds, at so many frames a second.

        Raises:
            LabelError: when there is no support
        """
        if self.support is None:
            raise LabelError("A temporal detection without a support has no times; give it one.")
        return [(frame - 1) / frame_rate for frame in self.support]


class TemporalDetections(LabelList):
    """Several events in a video."""

    ELEMENT = TemporalDetection
    LIST_NAME = "detections"
    if TYPE_CHECKING:
        detections: list[TemporalDetection]

    def __init__(self, detections: list[TemporalDetection] | None = None) -> None:
        super().__init__(detections)
