"""Labels as they cross the wire: tags, shapes and tracks, in pixels, as float64.

What may be left out is filled with CVAT's defaults; what is unknown is ignored, except `intervals`,
which this server can't keep and therefore refuses.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

__all__ = [
    "SHAPE_TYPES",
    "AttributeValue",
    "Element",
    "LabeledData",
    "LabeledDataIn",
    "LabeledShape",
    "LabeledTag",
    "LabeledTrack",
    "ShapeType",
    "TrackElement",
    "TrackedShape",
]

ShapeType = Literal[
    "rectangle", "polygon", "polyline", "points", "ellipse", "cuboid", "mask", "skeleton"
]
SHAPE_TYPES: tuple[str, ...] = (
    "rectangle", "polygon", "polyline", "points", "ellipse", "cuboid", "mask", "skeleton",
)  # fmt: skip

# JavaScript can't count further, and neither can a 64-bit column by much.
_Whole = Annotated[int, Field(ge=-(2**53), le=2**53)]
_Natural = Annotated[int, Field(ge=0, le=2**53)]


class AttributeValue(BaseModel):
    """The value of one attribute of one label; numbers are kept as their text."""

    model_config = ConfigDict(coerce_numbers_to_str=True)
    spec_id: _Natural
    value: Annotated[str, Field(max_length=4096)]


class _Labeled(BaseModel):
    """What every label has."""

    label_id: _Natural
    frame: _Natural
    id: _Natural | None = None
    group: _Natural | None = None
    source: Annotated[str, Field(max_length=16)] = "manual"
    attributes: list[AttributeValue] = []


class _Drawn(BaseModel):
    """What everything that is drawn has."""

    type: ShapeType
    occluded: bool = False
    outside: bool = False
    z_order: _Whole = 0
    rotation: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)] = 0.0
    points: list[FiniteFloat] = []


class LabeledTag(_Labeled):
    """A class for a whole frame."""


class Element(_Labeled, _Drawn):
    """One point of a skeleton."""

    score: FiniteFloat = 1.0


class LabeledShape(_Labeled, _Drawn):
    """One drawn label.

    `points` depends on `type`: rectangle x1, y1, x2, y2; ellipse centre x, y, right x, top y;
    polygon, polyline and points x, y, …; cuboid its eight corners; mask run lengths (starting with
    zeros, row by row inside of the box), then left, top, right, bottom; skeleton none.
    """

    score: FiniteFloat = 1.0
    elements: list[Element] = []


class TrackedShape(_Drawn):
    """A key frame of a track."""

    frame: _Natural
    id: _Natural | None = None
    attributes: list[AttributeValue] = []


class TrackElement(_Labeled):
    """One point of a skeleton that is followed."""

    shapes: list[TrackedShape] = []


class LabeledTrack(_Labeled):
    """One label that is followed over frames."""

    shapes: list[TrackedShape]
    elements: list[TrackElement] = []


class LabeledData(BaseModel):
    """All labels of a task or a job."""

    version: _Whole = 0
    tags: list[LabeledTag] = []
    shapes: list[LabeledShape] = []
    tracks: list[LabeledTrack] = []


class LabeledDataIn(LabeledData):
    """Labels to be written."""

    intervals: list[Any] = []
