"""Polygons become masks by one rule: a pixel is inside when its centre is.

A polygon is an array (points, 2) of x, y in pixels, where pixel (0, 0) covers [0, 1) × [0, 1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from viewfinder.geometry.masks import Mask

__all__ = ["Polygon", "rasterize_polygons"]

Polygon = npt.NDArray[np.float64]


def rasterize_polygons(polygons: Sequence[Polygon], size_wh: tuple[int, int]) -> Mask:
    """The pixels whose centre lies in any of the polygons; each is filled by the even-odd rule.

    Points outside of the image are allowed.
    """
    width, height = size_wh
    out = np.zeros((height, width), dtype=np.bool_)
    for polygon in polygons:
        _fill(np.asarray(polygon, dtype=np.float64), out)
    return out


def _fill(polygon: Polygon, out: Mask) -> None:
    """Sets the pixels of one polygon: parity of the edges crossed left of each pixel's centre."""
    height, width = out.shape
    start, end = polygon, np.roll(polygon, -1, axis=0)
    (x0, y0), (x1, y1) = start.T, end.T
    top = max(int(np.floor(polygon[:, 1].min())), 0)
    bottom = min(int(np.ceil(polygon[:, 1].max())) + 1, height)
    centres = np.arange(width) + 0.5
    for row in range(top, bottom):
        y = row + 0.5
        crossing = (y0 <= y) != (y1 <= y)
        if not crossing.any():
            continue
        t = (y - y0[crossing]) / (y1[crossing] - y0[crossing])
        xs = np.sort(x0[crossing] + t * (x1[crossing] - x0[crossing]))
        inside = np.searchsorted(xs, centres, side="right") % 2 == 1
        out[row] |= inside
