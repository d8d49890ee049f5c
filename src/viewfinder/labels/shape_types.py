"""Shapes that have no label type of their own, and how labels hold them.

- An *ellipse* is a :class:`~viewfinder.labels.Detection` with ``shape_type="ellipse"``: the box
  around the ellipse before it is turned, and ``rotation`` in degrees where it is.
- A *cuboid* drawn on a picture is a :class:`~viewfinder.labels.Polyline` with
  ``shape_type="cuboid"`` and two closed parts of four points each: the face in front and the one
  behind, both clockwise on the screen from the upper left corner.

Whoever does not know of ``shape_type`` sees a box and two faces.
"""

from __future__ import annotations

import math

from viewfinder.labels.base import Label
from viewfinder.labels.types import Detection, Polyline

__all__ = ["CUBOID", "ELLIPSE", "SHAPE_TYPE", "is_cuboid", "is_ellipse"]

SHAPE_TYPE = "shape_type"
"""The attribute that says what a label's shape is, where its class does not say it."""

ELLIPSE = "ellipse"
CUBOID = "cuboid"

_FACES = 2
_CORNERS = 4


def is_ellipse(label: Label) -> bool:
    """Whether a label is an ellipse."""
    return isinstance(label, Detection) and label.get(SHAPE_TYPE) == ELLIPSE


def is_cuboid(label: Label) -> bool:
    """Whether a label is a cuboid, with all of its corners."""
    if not isinstance(label, Polyline) or label.get(SHAPE_TYPE) != CUBOID:
        return False
    faces = label.points or ()
    return (
        len(faces) == _FACES
        and all(len(face) == _CORNERS for face in faces)
        and all(math.isfinite(value) for face in faces for point in face for value in point)
    )
