"""What an attribute of a label may hold: a small vocabulary of kinds that all floors share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["AttributeSpec", "Kind"]


class Kind(StrEnum):
    """The kind of value that an attribute holds."""

    STRING = "string"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    ID = "id"
    """24 hexadecimal digits."""
    BOX = "box"
    """``[x, y, width, height]``, floats relative to the image, top left corner first."""
    POINTS = "points"
    """A list of ``(x, y)``, floats relative to the image; NaN marks a missing point."""
    SHAPES = "shapes"
    """A list of lists of ``(x, y)``."""
    FLOATS = "floats"
    """A list of floats."""
    INTS = "ints"
    """A list of integers."""
    STRINGS = "strings"
    """A list of strings."""
    ARRAY = "array"
    """A numpy array of any shape and type."""
    JSON = "json"
    """Anything else that JSON can write, or a mixture of types under one name."""


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    """A declared attribute of a label class."""

    name: str
    kind: Kind
