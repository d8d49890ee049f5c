"""Labels as plain values: the messages of :mod:`.annotations` in a form that is quick to read.

A hundred thousand shapes are read in a fraction of a second. What does not fit is read once more,
patiently: numbers in quotes and the like are understood, and mistakes are named as CVAT names them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from viewfinder.labelserver.errors import InvalidFieldError
from viewfinder.labelserver.wire.annotations import LabeledDataIn

__all__ = ["KeyFrame", "Labels", "Shape", "Tag", "Track", "Value", "decode_labels"]

_Type = Literal[
    "rectangle", "polygon", "polyline", "points", "ellipse", "cuboid", "mask", "skeleton"
]
_Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
_Natural = Annotated[int, Meta(ge=0, le=2**53)]
_Degrees = Annotated[float, Meta(ge=0, le=360)]
_Source = Annotated[str, Meta(max_length=16)]


class Value(Struct, gc=False):
    """The value of one attribute."""

    spec_id: _Natural
    value: Annotated[str, Meta(max_length=4096)]


class Tag(Struct, kw_only=True):
    """A class for a whole frame."""

    id: _Natural | None = None
    label_id: _Natural
    frame: _Natural
    group: _Natural | None = None
    source: _Source = "manual"
    attributes: list[Value] = []


class _Drawing(Struct, kw_only=True):
    type: _Type
    occluded: bool = False
    outside: bool = False
    z_order: _Whole = 0
    rotation: _Degrees = 0.0
    points: list[float] = []


class Shape(_Drawing, kw_only=True):
    """One drawn label; a skeleton has elements."""

    id: _Natural | None = None
    label_id: _Natural
    frame: _Natural
    group: _Natural | None = None
    source: _Source = "manual"
    attributes: list[Value] = []
    score: float = 1.0
    elements: list[Shape] = []


class KeyFrame(_Drawing, kw_only=True):
    """What a followed label looks like at one frame."""

    id: _Natural | None = None
    frame: _Natural
    attributes: list[Value] = []


class Track(Struct, kw_only=True):
    """One label that is followed; a skeleton has elements."""

    id: _Natural | None = None
    label_id: _Natural
    frame: _Natural
    group: _Natural | None = None
    source: _Source = "manual"
    attributes: list[Value] = []
    shapes: list[KeyFrame] = []
    elements: list[Track] = []


class Labels(Struct, kw_only=True):
    """All labels of a task, a job or a request."""

    version: _Whole = 0
    tags: list[Tag] = []
    shapes: list[Shape] = []
    tracks: list[Track] = []


class _Sent(Labels, kw_only=True):
    intervals: list[Any] = []


_decoder = msgspec.json.Decoder(_Sent)


def decode_labels(raw: bytes | bytearray) -> Labels:
    """The labels in the body of a request.

    Raises:
        pydantic.ValidationError: when it can't be understood
        InvalidFieldError: when it has what this server can't keep
    """
    try:
        sent = _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        patient = LabeledDataIn.model_validate_json(raw)
        sent = msgspec.convert(patient.model_dump(), _Sent)
    if sent.intervals:
        raise InvalidFieldError("intervals", "This server keeps no intervals; none was saved.")
    return Labels(tags=sent.tags, shapes=sent.shapes, tracks=sent.tracks)
