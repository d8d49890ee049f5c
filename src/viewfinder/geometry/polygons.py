"""Polygons and masks into each other, by one rule: a pixel is inside when its centre is.

A polygon is an array (points, 2) of x, y in pixels, where pixel (0, 0) covers [0, 1) × [0, 1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from viewfinder.geometry.masks import Mask

__all__ = ["Polygon", "mask_to_polygons", "rasterize_polygons"]

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


def mask_to_polygons(mask: Mask) -> list[Polygon]:
    """The borders of the set pixels as closed polygons along pixel edges, exact: filling them all
    by the even-odd rule gives the mask back, holes included.

    Outer borders run clockwise on the screen, holes counter-clockwise; corners only, no points in
    the middle of straight edges.
    """
    padded = np.pad(np.asarray(mask, dtype=np.bool_), 1)
    following = _directed_edges(padded)
    polygons: list[Polygon] = []
    while following:
        start = next(iter(following))
        points = [start]
        direction: tuple[int, int] | None = None
        here = start
        while True:
            options = following[here]
            step = _turn_right_first(options, direction)
            options.remove(step)
            if not options:
                del following[here]
            here = (here[0] + step[0], here[1] + step[1])
            direction = step
            if here == start:
                break
            points.append(here)
        polygons.append(_corners(np.array(points, dtype=np.float64)))
    return polygons


def _directed_edges(padded: Mask) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Unit steps along pixel borders with the set pixel on the right, by their starting point."""
    steps: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def add(ys: npt.NDArray[np.intp], xs: npt.NDArray[np.intp], step: tuple[int, int]) -> None:
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
            steps.setdefault((x, y), []).append(step)

    inner = padded[1:-1, 1:-1]
    ys, xs = np.nonzero(inner & ~padded[:-2, 1:-1])
    add(ys, xs, (1, 0))
    ys, xs = np.nonzero(inner & ~padded[1:-1, 2:])
    add(ys, xs + 1, (0, 1))
    ys, xs = np.nonzero(inner & ~padded[2:, 1:-1])
    add(ys + 1, xs + 1, (-1, 0))
    ys, xs = np.nonzero(inner & ~padded[1:-1, :-2])
    add(ys + 1, xs, (0, -1))
    return steps


def _turn_right_first(
    options: list[tuple[int, int]], direction: tuple[int, int] | None
) -> tuple[int, int]:
    """Where two borders touch at a corner, turn right: so that diagonal pixels stay apart."""
    if direction is None or len(options) == 1:
        return options[0]
    right = (-direction[1], direction[0])
    return right if right in options else options[0]


def _corners(points: Polygon) -> Polygon:
    before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
    one, two = points - before, after - points
    turns: Mask = one[:, 0] * two[:, 1] != one[:, 1] * two[:, 0]
    kept: Polygon = points[turns]
    return kept
