"""CVAT's mask code: run lengths over the rows of a box, then the box; exact in both directions.

``[zeros, ones, zeros, …, left, top, right, bottom]``: the first run counts background and may be 0,
the rows of the box follow each other without a break, and ``right`` and ``bottom`` are the last
column and row *inside* of the box. The runs add up to the area of the box.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from viewfinder.errors import LabelError

__all__ = ["PlacedMask", "decode_mask", "encode_mask", "tight"]

BoolMask = npt.NDArray[np.bool_]

_BOX_NUMBERS = 4


class PlacedMask(NamedTuple):
    """A mask and where its upper left pixel lies in the image."""

    mask: BoolMask
    """Shape ``(height, width)``."""

    left: int
    """Column of the image, in pixels."""

    top: int
    """Row of the image, in pixels."""


def encode_mask(mask: npt.NDArray[np.generic], *, left: int = 0, top: int = 0) -> list[float]:
    """The run lengths of a mask.

    Args:
        mask: shape ``(height, width)``; what is not zero is foreground
        left: column of the image at which the mask begins, in pixels
        top: row of the image at which the mask begins, in pixels

    Raises:
        LabelError: when the mask has no pixels or is not two-dimensional
    """
    if mask.ndim != 2 or mask.size == 0:
        raise LabelError(
            f"A mask of shape {mask.shape} can't be sent; it needs two dimensions and at least "
            "one pixel."
        )
    height, width = mask.shape
    flat = (mask != 0).reshape(-1)
    borders = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff(borders, prepend=0, append=flat.size)
    lengths: list[float] = [float(run) for run in runs.tolist()]
    if flat[0]:
        lengths.insert(0, 0.0)
    return [*lengths, float(left), float(top), float(left + width - 1), float(top + height - 1)]


def decode_mask(points: Sequence[float]) -> PlacedMask:
    """The mask and its place, from run lengths.

    Raises:
        LabelError: when the numbers are no mask (broken counts, an empty box)
    """
    numbers = np.asarray(points, dtype=np.float64)
    if numbers.size <= _BOX_NUMBERS or not np.all(np.isfinite(numbers)):
        raise LabelError(f"{numbers.size} numbers are no mask: runs and a box are needed.")
    whole = np.rint(numbers).astype(np.int64)
    runs = whole[:-_BOX_NUMBERS]
    left, top, right, bottom = (int(value) for value in whole[-_BOX_NUMBERS:])
    width, height = right - left + 1, bottom - top + 1
    if width < 1 or height < 1 or bool(np.any(runs < 0)) or int(runs.sum()) != width * height:
        raise LabelError(
            f"The runs of a mask add up to {int(runs.sum())} pixels, its box holds "
            f"{max(width, 0)} x {max(height, 0)}. The mask is damaged on the server; draw it again."
        )
    values = np.zeros(runs.size, dtype=np.bool_)
    values[1::2] = True
    return PlacedMask(np.repeat(values, runs).reshape(height, width), left, top)


def tight(placed: PlacedMask) -> PlacedMask | None:
    """The same mask without empty rows and columns around it; None where nothing is set."""
    rows = np.flatnonzero(placed.mask.any(axis=1))
    columns = np.flatnonzero(placed.mask.any(axis=0))
    if rows.size == 0:
        return None
    top, bottom = int(rows[0]), int(rows[-1])
    left, right = int(columns[0]), int(columns[-1])
    cut = placed.mask[top : bottom + 1, left : right + 1]
    return PlacedMask(cut, placed.left + left, placed.top + top)
