"""Stages whose rows are parts of videos: frames, clips, and the trajectories of objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewfinder.errors import ExpressionError
from viewfinder.expr import ViewExpression
from viewfinder.expr import nodes as n
from viewfinder.expr.types import Scope, type_of
from viewfinder.schema import FRAMES, FRAMES_PREFIX, DatasetSchema, Place, resolve
from viewfinder.stages.base import condition, label_field, names, register, set_value
from viewfinder.stages.frames import need_frames
from viewfinder.stages.rows import RowStage

__all__ = ["ToClips", "ToFrames", "ToTrajectories"]


@register
@dataclass(frozen=True)
class ToFrames(RowStage):
    """One sample for each frame of videos, or for those that are left at a lower rate."""

    fps: float | None = None
    max_fps: float | None = None

    def __post_init__(self) -> None:
        for name in ("fps", "max_fps"):
            rate = getattr(self, name)
            if rate is not None and not rate > 0:
                raise ExpressionError(f"{name} is in frames a second, above 0, not {rate!r}.")

    def validate(self, schema: DatasetSchema) -> None:
        need_frames(schema, "to_frames()")


@register
@dataclass(frozen=True)
class ToClips(RowStage):
    """One sample for each clip of a video.

    `field_or_expr` is a field of temporal detections or of supports, a field of frame labels, an
    expression on a frame, or for each sample a list of supports ``[first, last]``.
    """

    field_or_expr: Any
    other_fields: Any = None
    tol: int = 0
    min_len: int = 0
    trajectories: bool = False

    def __post_init__(self) -> None:
        value = self.field_or_expr
        if isinstance(value, ViewExpression):
            set_value(self, "field_or_expr", condition(value, "to_clips()"))
        elif not isinstance(value, (str, n.Node)):
            supports = tuple(tuple(tuple(map(int, one)) for one in many) for many in value)
            set_value(self, "field_or_expr", supports)
        if self.other_fields is not None and not isinstance(self.other_fields, bool):
            set_value(self, "other_fields", names(self.other_fields))

    def validate(self, schema: DatasetSchema) -> None:
        if isinstance(self.field_or_expr, str):
            found = resolve(schema, self.field_or_expr)
            if found.place is Place.LABELS and not found.in_frames:
                document = getattr(found.field, "document_type", None)
                if getattr(document, "__name__", "") not in _TEMPORAL:
                    raise ExpressionError(
                        f"Field '{self.field_or_expr}' holds no temporal detections. Clips are "
                        "made of those, of labels of frames, of supports, or of an expression."
                    )
        elif isinstance(self.field_or_expr, n.Node):
            need_frames(schema, "to_clips()")
            type_of(n.Map(n.Field(FRAMES), self.field_or_expr), Scope(schema))
        for name in self.others(schema):
            resolve(schema, name)

    def others(self, schema: DatasetSchema) -> tuple[str, ...]:
        """The names of the fields of the sample that are shown, too."""
        if self.other_fields is True:
            return tuple(schema.fields)
        return self.other_fields or ()


@register
@dataclass(frozen=True)
class ToTrajectories(RowStage):
    """One clip for each object of a field of frame labels that has an `index`."""

    field: str
    other_fields: Any = None
    tol: int = 0
    min_len: int = 0

    def validate(self, schema: DatasetSchema) -> None:
        if not label_field(schema, self.field).startswith(FRAMES_PREFIX):
            raise ExpressionError(
                f"Trajectories are made of labels of frames, as in 'frames.{self.field}'."
            )


_TEMPORAL = ("TemporalDetection", "TemporalDetections")
