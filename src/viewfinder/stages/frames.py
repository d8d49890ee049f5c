"""Stages that choose among the frames of videos; the samples stay where any of theirs are left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewfinder.errors import ExpressionError
from viewfinder.expr import Plan
from viewfinder.expr import nodes as n
from viewfinder.expr.plan import FilterLabels as FilterPlan
from viewfinder.expr.plan import Where
from viewfinder.expr.types import Scope, frames_type, type_of
from viewfinder.schema import FRAMES, DatasetSchema
from viewfinder.stages.base import ViewStage, condition, literals, names, register, set_value

__all__ = ["ExcludeFrames", "MatchFrames", "SelectFrames"]


class _OfFrames(ViewStage):
    """What the stages that choose frames have in common."""

    omit_empty: Any

    def wanted(self) -> n.Node:
        """The condition that a frame meets."""
        raise NotImplementedError

    def validate(self, schema: DatasetSchema) -> None:
        need_frames(schema, type(self).__name__)
        frame = frames_type(schema).element
        assert frame is not None
        type_of(self.wanted(), Scope(schema).inside(frame))

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        filtered = FilterPlan(plan, FRAMES, self.wanted())
        if not self.omit_empty:
            return filtered
        return Where(filtered, n.Greater(n.Length(n.Field(FRAMES)), n.Literal(0)))


@register
@dataclass(frozen=True)
class MatchFrames(_OfFrames):
    """The frames for which an expression is true; samples without such go, or stay without."""

    filter: Any
    omit_empty: Any = True

    def __post_init__(self) -> None:
        set_value(self, "filter", condition(self.filter, "match_frames()"))

    def wanted(self) -> n.Node:
        """The condition that a frame meets."""
        found: n.Node = self.filter
        return found


@register
@dataclass(frozen=True)
class SelectFrames(_OfFrames):
    """The frames of some ids."""

    frame_ids: Any
    omit_empty: Any = True

    def __post_init__(self) -> None:
        set_value(self, "frame_ids", frame_ids(self.frame_ids))

    def wanted(self) -> n.Node:
        """The condition that a frame meets."""
        return n.IsIn(n.Field("id"), literals(self.frame_ids))


@register
@dataclass(frozen=True)
class ExcludeFrames(_OfFrames):
    """All frames but those of some ids."""

    frame_ids: Any
    omit_empty: Any = True

    def __post_init__(self) -> None:
        set_value(self, "frame_ids", frame_ids(self.frame_ids))

    def wanted(self) -> n.Node:
        """The condition that a frame meets."""
        return n.Not(n.IsIn(n.Field("id"), literals(self.frame_ids)))


def frame_ids(value: Any) -> tuple[str, ...]:
    """Ids from an id, a frame, or several of them, such as a view of frames."""
    if isinstance(value, str) or hasattr(value, "frame_number"):
        value = [value]
    found: list[Any] = [item if isinstance(item, str) else item.id for item in value]
    return names(found)


def need_frames(schema: DatasetSchema, stage: str) -> None:
    """Raises ExpressionError where there are no frames."""
    if not schema.frame_fields:
        raise ExpressionError(
            f"{stage} needs videos with frames, and there are none here. Add samples whose files "
            "are videos."
        )
