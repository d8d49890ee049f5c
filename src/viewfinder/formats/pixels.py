"""Between relative and pixel coordinates, without losing a bit.

A file holds a pixel number p, we hold r = p / size in 64-bit floats. To write the file again, a
number is wanted whose division by the size gives r exactly; there are usually a few, and the one
with the fewest decimals is what the file held.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["PixelBox", "exact_pixels", "pixel_box"]

Floats = npt.NDArray[np.float64]
PixelBox = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels; right and bottom are exclusive."""

_MOST_DECIMALS = 6
_NEIGHBOURS = 3


def exact_pixels(relative: Floats, sizes: Floats) -> Floats:
    """Pixel numbers p with ``p / size == relative``, bit for bit, of few decimals.

    Where no float has that property (a relative number that was never a division), p is the
    product, right to the last bit.

    Args:
        relative: coordinates, any shape
        sizes: the image's width or height for each of them

    Returns:
        an array of the same shape
    """
    shape = np.shape(relative)
    wanted = np.asarray(relative, dtype=np.float64).reshape(-1)
    size = np.asarray(sizes, dtype=np.float64).reshape(-1)
    found = wanted * size
    pending = np.flatnonzero(np.isfinite(found))
    for decimals in range(_MOST_DECIMALS + 1):
        pending = _settle(found, pending, np.round(wanted * size, decimals), wanted, size)
    product = wanted * size
    pending = _settle(found, pending, product, wanted, size)
    above = below = product
    for _ in range(_NEIGHBOURS):
        above, below = np.nextafter(above, np.inf), np.nextafter(below, -np.inf)
        pending = _settle(found, pending, above, wanted, size)
        pending = _settle(found, pending, below, wanted, size)
    return found.reshape(shape)


def _settle(
    found: Floats,
    pending: npt.NDArray[np.intp],
    candidates: Floats,
    wanted: Floats,
    size: Floats,
) -> npt.NDArray[np.intp]:
    """Takes the candidates that divide back exactly; gives the places that are still open."""
    if not len(pending):
        return pending
    chosen = candidates[pending]
    exact = chosen / size[pending] == wanted[pending]
    found[pending[exact]] = chosen[exact]
    still_open: npt.NDArray[np.intp] = pending[~exact]
    return still_open


def pixel_box(bbox: tuple[float, float, float, float], size_wh: tuple[int, int]) -> PixelBox:
    """The whole pixels that a box covers: rounded, inside of the image, never empty.

    Args:
        bbox: x, y, width and height in pixels
        size_wh: the image's
    """
    x, y, width, height = bbox
    left = min(max(round(x), 0), size_wh[0] - 1)
    top = min(max(round(y), 0), size_wh[1] - 1)
    right = max(min(round(x + width), size_wh[0]), left + 1)
    bottom = max(min(round(y + height), size_wh[1]), top + 1)
    return left, top, right, bottom
