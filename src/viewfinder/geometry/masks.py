"""Masks: boolean arrays (height, width), one value a pixel.

Boxes of pixels are (left, top, right, bottom).
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Mask", "bounds_of_mask", "paste_mask", "resize_mask"]

Mask = npt.NDArray[np.bool_]
Pixel = TypeVar("Pixel", bound=np.generic)


def bounds_of_mask(mask: Mask) -> tuple[int, int, int, int] | None:
    """The smallest box of set pixels, right and bottom exclusive; None for an empty mask."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def paste_mask(mask: Mask, left_top: tuple[int, int], size_wh: tuple[int, int]) -> Mask:
    """A mask of the whole image with `mask` laid at `left_top`; what lies outside is cut off."""
    width, height = size_wh
    out = np.zeros((height, width), dtype=np.bool_)
    left, top = left_top
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + mask.shape[1], width), min(top + mask.shape[0], height)
    if x1 > x0 and y1 > y0:
        out[y0:y1, x0:x1] = mask[y0 - top : y1 - top, x0 - left : x1 - left]
    return out


def resize_mask(mask: npt.NDArray[Pixel], size_wh: tuple[int, int]) -> npt.NDArray[Pixel]:
    """The mask at another size: each new pixel takes the old pixel under its centre.

    Pixels may be of any type, and of several channels (height, width, channels).
    """
    width, height = size_wh
    if mask.shape[:2] == (height, width):
        return mask
    rows = ((np.arange(height) + 0.5) * (mask.shape[0] / height)).astype(np.intp)
    columns = ((np.arange(width) + 0.5) * (mask.shape[1] / width)).astype(np.intp)
    rows = np.minimum(rows, mask.shape[0] - 1)
    columns = np.minimum(columns, mask.shape[1] - 1)
    resized: npt.NDArray[Pixel] = mask[np.ix_(rows, columns)]
    return resized
