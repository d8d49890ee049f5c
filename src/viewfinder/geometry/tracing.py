"""The outlines of masks: along the pixels' edges and exact, or simplified to a tolerance.

Polygons are arrays (points, 2) of x, y in pixels, where pixel (0, 0) covers [0, 1) × [0, 1).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewfinder.geometry.masks import Mask
from viewfinder.geometry.polygons import Polygon

__all__ = ["mask_to_polygons", "mask_to_shapes", "simplify_polygon"]


def mask_to_shapes(mask: Mask, *, tolerance: float = 0.0) -> list[Polygon]:
    """One polygon for each connected part of a mask, its holes joined to its border.

    A hole is reached over an edge that is walked there and back, which cancels out when the polygon
    is filled by the even-odd rule: with no tolerance, filling each polygon and uniting them gives
    the mask back.

    Args:
        mask: booleans (height, width)
        tolerance: how far in pixels the outline may be from the pixels' edges; 0 for exact
    """
    polygons = mask_to_polygons(mask)
    outer = [polygon for polygon in polygons if _signed_area(polygon) > 0]
    holes: list[list[Polygon]] = [[] for _ in outer]
    for hole in polygons:
        if _signed_area(hole) <= 0:
            holes[_around(outer, _pixel_beside(hole))].append(hole)
    shapes = []
    for border, inside in zip(outer, holes, strict=True):
        parts = [simplify_polygon(part, tolerance) for part in (border, *inside)]
        kept = [parts[0], *(part for part in parts[1:] if len(part) > 2)]
        if len(kept[0]) > 2:
            shapes.append(_joined(kept))
    return shapes


def simplify_polygon(polygon: Polygon, tolerance: float) -> Polygon:
    """A closed polygon with fewer points, none of the left-out ones further away than `tolerance`.

    The method is that of Ramer, Douglas and Peucker, from the two points that are furthest apart of
    the first one.
    """
    if tolerance <= 0 or len(polygon) < 4:
        return polygon
    far = int(((polygon - polygon[0]) ** 2).sum(axis=1).argmax())
    closed = np.concatenate([polygon, polygon[:1]])
    keep = np.zeros(len(closed), dtype=np.bool_)
    keep[[0, far, len(polygon)]] = True
    spans = [(0, far), (far, len(polygon))]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        distances = _distances(closed[first + 1 : last], closed[first], closed[last])
        worst = int(distances.argmax())
        if distances[worst] > tolerance:
            middle = first + 1 + worst
            keep[middle] = True
            spans += [(first, middle), (middle, last)]
    kept: Polygon = polygon[keep[:-1]]
    return kept


def _distances(points: Polygon, start: Polygon, end: Polygon) -> npt.NDArray[np.float64]:
    """How far points are from the line between two others."""
    along = end - start
    length = float(np.hypot(*along))
    offsets = points - start
    if not length:
        far: npt.NDArray[np.float64] = np.hypot(offsets[:, 0], offsets[:, 1])
        return far
    across: npt.NDArray[np.float64] = np.abs(along[0] * offsets[:, 1] - along[1] * offsets[:, 0])
    return across / length


def _joined(parts: list[Polygon]) -> Polygon:
    border, *holes = parts
    pieces = [border]
    for hole in holes:
        pieces += [border[:1], hole, hole[:1]]
    if holes:
        pieces.append(border[:1])
    return np.concatenate(pieces)


def _signed_area(polygon: Polygon) -> float:
    x, y = polygon.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _pixel_beside(hole: Polygon) -> Polygon:
    """The centre of the set pixel to the right of a hole's first edge."""
    step = np.sign(hole[1] - hole[0])
    centre: Polygon = hole[0] + 0.5 * step + 0.5 * np.array([-step[1], step[0]])
    return centre


def _around(outer: list[Polygon], point: Polygon) -> int:
    """The smallest of the polygons that hold a point."""
    holding = [at for at, polygon in enumerate(outer) if _holds(polygon, point)]
    return min(holding, key=lambda at: _signed_area(outer[at]))


def _holds(polygon: Polygon, point: Polygon) -> bool:
    start, end = polygon, np.roll(polygon, -1, axis=0)
    crossing = (start[:, 1] <= point[1]) != (end[:, 1] <= point[1])
    return bool((start[crossing, 0] < point[0]).sum() % 2)


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
