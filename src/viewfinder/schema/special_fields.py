"""Fields for values that mean something: places on earth, frames, colours, points.

Each is a narrower name of a plain field, whose column it shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewfinder.schema.fields import (
    DictField,
    Field,
    FloatField,
    IntField,
    ListField,
    StringField,
)

__all__ = [
    "SPECIAL_FIELDS",
    "ClassesField",
    "ColorField",
    "FrameNumberField",
    "FrameSupportField",
    "GeoLineStringField",
    "GeoMultiLineStringField",
    "GeoMultiPointField",
    "GeoMultiPolygonField",
    "GeoPointField",
    "GeoPolygonField",
    "HeatmapRangeField",
    "KeypointsField",
    "MaskTargetsField",
    "PolylinePointsField",
]


def _lists(depth: int, inner: Field) -> Field:
    for _ in range(depth):
        inner = ListField(inner)
    return inner


class _Lists(ListField):
    """Lists of numbers or text of a fixed depth."""

    INNER: Field = FloatField()
    DEPTH = 1

    def __init__(self, field: Field | None = None, **notes: Any) -> None:
        super().__init__(_lists(self.DEPTH - 1, self.INNER) if field is None else field, **notes)

    def __str__(self) -> str:
        return type(self).__name__


class GeoPointField(_Lists):
    """``[longitude, latitude]``."""


class GeoLineStringField(_Lists):
    """A list of ``[longitude, latitude]``."""

    DEPTH = 2


class GeoPolygonField(_Lists):
    """A list of rings of ``[longitude, latitude]``: the outer one, then holes."""

    DEPTH = 3


class GeoMultiPointField(GeoLineStringField):
    """A list of ``[longitude, latitude]``, each for itself."""


class GeoMultiLineStringField(GeoPolygonField):
    """A list of lines."""


class GeoMultiPolygonField(_Lists):
    """A list of polygons."""

    DEPTH = 4


class KeypointsField(_Lists):
    """A list of ``(x, y)`` relative to the image."""

    DEPTH = 2


class PolylinePointsField(_Lists):
    """A list of lists of ``(x, y)`` relative to the image."""

    DEPTH = 3


class HeatmapRangeField(_Lists):
    """``[lowest, highest]`` value of a heatmap."""


class FrameSupportField(_Lists):
    """``[first, last]`` frame, 1-based, both included."""

    INNER = IntField()


class ClassesField(_Lists):
    """A list of class names."""

    INNER = StringField()


@dataclass(unsafe_hash=True, kw_only=True)
class FrameNumberField(IntField):
    """The 1-based number of a frame."""

    HOLDS = "numbers of frames"


@dataclass(unsafe_hash=True, kw_only=True)
class ColorField(StringField):
    """A colour as text, such as ``"#ff8800"``."""

    HOLDS = "colours as text"


@dataclass(unsafe_hash=True, kw_only=True)
class MaskTargetsField(DictField):
    """The class of each pixel value."""

    HOLDS = "dicts from pixel values to classes"


SPECIAL_FIELDS: dict[str, type[Field]] = {
    cls.__name__: cls
    for cls in (
        ClassesField,
        ColorField,
        FrameNumberField,
        FrameSupportField,
        GeoLineStringField,
        GeoMultiLineStringField,
        GeoMultiPointField,
        GeoMultiPolygonField,
        GeoPointField,
        GeoPolygonField,
        HeatmapRangeField,
        KeypointsField,
        MaskTargetsField,
        PolylinePointsField,
    )
}
