"""From relative coordinates to pixels and back: the arithmetic behind conversions between labels.

A box covers the pixels from ``round(x · width)`` on, as many as ``round(w · width)``; a mask that
comes with it is brought to that size. Boxes that were made from masks lie on pixels exactly, so
that converting there and back changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from viewfinder.errors import LabelError, MediaNotFoundError, MediaUnreadableError
from viewfinder.geometry import (
    bounds_of_mask,
    mask_to_shapes,
    paste_mask,
    rasterize_polygons,
    resize_mask,
)
from viewfinder.geometry.masks import Mask

__all__ = [
    "box_and_mask",
    "box_corners",
    "box_of_points",
    "mask_in_frame",
    "mask_outlines",
    "points_in_frame",
    "read_mask",
]

Array = npt.NDArray[Any]
Points = list[list[tuple[float, float]]]


def read_mask(filepath: str) -> Array:
    """The pixels of a mask image, one or three values each.

    Raises:
        MediaNotFoundError: when there is no such file
        MediaUnreadableError: when it is no image
    """
    try:
        with Image.open(filepath) as image:
            return np.asarray(image.convert("L") if image.mode == "1" else image)
    except FileNotFoundError:
        raise MediaNotFoundError(filepath) from None
    except OSError as error:
        raise MediaUnreadableError(filepath, str(error)) from error


def mask_in_frame(
    box: Sequence[float] | None, mask: Array | None, size_wh: tuple[int, int]
) -> Mask:
    """The pixels of a frame that a box, or the mask inside of it, covers.

    Raises:
        LabelError: when there is no box
    """
    if box is None:
        raise LabelError("A detection without a bounding_box covers no pixels; give it one.")
    width, height = size_wh
    left, top = round(box[0] * width), round(box[1] * height)
    inner = (max(round(box[2] * width), 0), max(round(box[3] * height), 0))
    if 0 in inner:
        return np.zeros((height, width), dtype=np.bool_)
    if mask is None:
        filled = np.ones((inner[1], inner[0]), dtype=np.bool_)
    else:
        filled = resize_mask(np.asarray(mask).astype(np.bool_), inner)
    return paste_mask(filled, (left, top), size_wh)


def box_and_mask(full: Mask) -> tuple[list[float], Mask] | None:
    """The relative box around a frame's set pixels and the mask inside; None where none is set."""
    bounds = bounds_of_mask(full)
    if bounds is None:
        return None
    height, width = full.shape
    left, top, right, bottom = bounds
    box = [left / width, top / height, (right - left) / width, (bottom - top) / height]
    return box, full[top:bottom, left:right].copy()


def mask_outlines(full: Mask, tolerance: float) -> Points:
    """The outlines of a frame's set pixels as relative points, see `geometry.mask_to_shapes`."""
    height, width = full.shape
    return [
        [(x / width, y / height) for x, y in shape.tolist()]
        for shape in mask_to_shapes(full, tolerance=tolerance)
    ]


def points_in_frame(points: Sequence[Sequence[Sequence[float]]], size_wh: tuple[int, int]) -> Mask:
    """The pixels of a frame whose centre is in one of the shapes."""
    scale = np.array(size_wh, dtype=np.float64)
    shapes = [np.asarray(shape, dtype=np.float64).reshape(-1, 2) * scale for shape in points]
    return rasterize_polygons([shape for shape in shapes if len(shape) > 2], size_wh)


def box_corners(box: Sequence[float]) -> Points:
    """The outline of a box, clockwise from the top left corner."""
    x, y, width, height = box
    return [[(x, y), (x + width, y), (x + width, y + height), (x, y + height)]]


def box_of_points(points: Sequence[Sequence[Sequence[float]]]) -> list[float]:
    """The smallest relative box around all points; missing ones (NaN) are passed over.

    Raises:
        LabelError: when there are no points
    """
    flat = np.array([point[:2] for shape in points for point in shape], dtype=np.float64)
    flat = flat.reshape(-1, 2)
    flat = flat[~np.isnan(flat).any(axis=1)]
    if not len(flat):
        raise LabelError("A shape without points has no bounding box.")
    low, high = flat.min(axis=0), flat.max(axis=0)
    return [*map(float, low), *map(float, high - low)]
