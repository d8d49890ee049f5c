"""COCO's masks: run lengths down the columns, as lists or as compressed text, and its polygons.

The encodings and the rule by which a polygon becomes pixels are those of the COCO API's
``maskApi.c`` (https://github.com/cocodataset/cocoapi), so that areas and overlaps agree with
everyone else's figures to the pixel. Masks are boolean arrays (height, width).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from viewfinder.formats.pixels import PixelBox
from viewfinder.geometry.masks import Mask

__all__ = [
    "Points",
    "checked_polygons",
    "counts_from_text",
    "counts_to_text",
    "mask_from_counts",
    "mask_from_polygons",
    "mask_in_box",
    "mask_to_counts",
    "masks_in_boxes",
    "pasted_counts",
]

_LOW_BITS, _SIGN_BIT, _MORE_BIT = 0x1F, 0x10, 0x20
_FIRST_CHARACTER = 48
_MOST_GROUPS = 12
_UPSAMPLING = 5
_FARTHEST = 1_000_000
"""Pixels; a corner beyond is a mistake, and its border would fill the memory."""
_ONE = np.uint8(1)
Counts = npt.NDArray[np.int64]
Points = npt.NDArray[np.float64]
"""The corners of a polygon: (points, 2) of x, y in pixels."""


def mask_from_counts(counts: Sequence[int] | Counts, size_hw: tuple[int, int]) -> Mask:
    """The mask of run lengths that alternate between unset and set, starting with unset.

    Raises:
        ValueError: when the runs do not add up to the size
    """
    height, width = size_hw
    runs = np.asarray(counts, dtype=np.int64)
    if (runs < 0).any() or int(runs.sum()) != height * width:
        raise ValueError(
            f"the run lengths cover {int(runs.sum())} pixels, but {height} × {width} are "
            f"{height * width}"
        )
    values = np.zeros(len(runs), dtype=np.bool_)
    values[1::2] = True
    return np.repeat(values, runs).reshape(width, height).T


def mask_to_counts(mask: Mask) -> Counts:
    """The run lengths of a mask, down its columns, the first run unset (and maybe empty)."""
    flat = np.asarray(mask, dtype=np.bool_).T.reshape(-1)
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    edges = np.concatenate([[0], changes, [len(flat)]])
    runs = np.diff(edges)
    return np.concatenate([[0], runs]) if len(flat) and flat[0] else runs


def pasted_counts(mask: Mask, left_top: tuple[int, int], size_hw: tuple[int, int]) -> Counts:
    """The run lengths of a whole image in which `mask` lies at `left_top`, without making it.

    Raises:
        ValueError: when a part of the mask would lie outside of the image
    """
    height, width = size_hw
    left, top = left_top
    rows, columns = mask.shape
    if left < 0 or top < 0 or left + columns > width or top + rows > height:
        raise ValueError(
            f"a mask of {columns} × {rows} pixels at ({left}, {top}) does not fit into an image of "
            f"{width} × {height}"
        )
    turned = np.zeros((columns, rows + 2), dtype=np.int8)
    turned[:, 1:-1] = np.asarray(mask, dtype=np.bool_).T
    column, row = np.nonzero(np.diff(turned, axis=1))
    toggles = (column + left) * height + row + top
    # Where a run goes on at the top of the next column, its end and its new start are one place.
    once = np.ones(len(toggles), dtype=np.bool_)
    twins = np.flatnonzero(toggles[1:] == toggles[:-1])
    once[twins] = once[twins + 1] = False
    edges = np.concatenate([[0], toggles[once], [height * width]])
    runs: Counts = np.diff(edges)
    return runs if runs[-1] or len(runs) == 1 else runs[:-1]


def counts_to_text(counts: Sequence[int] | Counts) -> str:
    """COCO's compressed form: differences to the run before the last, in groups of five bits.

    The lowest group comes first; a sixth bit says that more follow, and the sum is a character.
    """
    rest = np.array(counts, dtype=np.int64)
    rest[3:] -= np.array(counts, dtype=np.int64)[1:-2]
    groups: list[npt.NDArray[np.uint8]] = []
    used: list[npt.NDArray[np.bool_]] = []
    active = np.ones(len(rest), dtype=np.bool_)
    while active.any():
        bits = rest & _LOW_BITS
        rest >>= 5
        more = np.where(bits & _SIGN_BIT, rest != -1, rest != 0)
        groups.append((bits + more * _MORE_BIT + _FIRST_CHARACTER).astype(np.uint8))
        used.append(active)
        active = active & more
    if not groups:
        return ""
    return np.stack(groups, axis=1)[np.stack(used, axis=1)].tobytes().decode("ascii")


def counts_from_text(text: str) -> Counts:
    """The run lengths of COCO's compressed form.

    Raises:
        ValueError: when the text is cut short or no such text
    """
    codes = np.frombuffer(text.encode("utf-8"), dtype=np.uint8).astype(np.int64) - _FIRST_CHARACTER
    if not len(codes):
        return codes
    if codes.min() < 0 or codes.max() >= 2 * _MORE_BIT:
        raise ValueError(f"{text[:40]!r} has characters that compressed run lengths have not")
    last = (codes & _MORE_BIT) == 0
    if not last[-1]:
        raise ValueError("the compressed run lengths are cut short")
    ends = np.flatnonzero(last)
    starts = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - starts + 1
    if sizes.max() > _MOST_GROUPS:
        raise ValueError("the compressed run lengths hold a number that is too large")
    shift = 5 * (np.arange(len(codes)) - np.repeat(starts, sizes))
    counts: Counts = np.add.reduceat((codes & _LOW_BITS) << shift, starts)
    counts -= np.where(codes[ends] & _SIGN_BIT, 1, 0) << (5 * sizes)
    counts[1::2] = np.cumsum(counts[1::2])
    counts[2::2] = np.cumsum(counts[2::2])
    return counts


def mask_from_polygons(polygons: Sequence[Sequence[float]], size_hw: tuple[int, int]) -> Mask:
    """The union of polygons, each ``[x1, y1, x2, y2, …]`` in pixels.

    Raises:
        ValueError: when a polygon has fewer than three points, or half a point
    """
    return mask_in_box(polygons, size_hw, (0, 0, size_hw[1], size_hw[0]))


def mask_in_box(
    polygons: Sequence[Sequence[float]], size_hw: tuple[int, int], box: PixelBox
) -> Mask:
    """As :func:`mask_from_polygons`, only the part of it that is in a box of pixels.

    Args:
        polygons: each ``[x1, y1, x2, y2, …]`` in pixels
        size_hw: the image's
        box: left, top, right, bottom

    Returns:
        booleans (bottom - top, right - left)
    """
    return masks_in_boxes([checked_polygons(polygons)], size_hw, [box])[0]


def checked_polygons(polygons: Sequence[Sequence[float]]) -> list[Points]:
    """Polygons, each ``[x1, y1, x2, y2, …]`` in pixels, as arrays (points, 2).

    Raises:
        ValueError: when a polygon has fewer than three points, half a point, or one that lies
            beyond all images
    """
    found = []
    for polygon in polygons:
        flat = np.asarray(polygon, dtype=np.float64)
        if flat.ndim != 1 or len(flat) % 2 or len(flat) < 6:
            raise ValueError(f"a polygon needs three or more x, y pairs, not {len(flat)} numbers")
        if not np.abs(flat).max() <= _FARTHEST:
            raise ValueError(f"a polygon has a corner at {flat[np.abs(flat).argmax()]:g}")
        found.append(flat.reshape(-1, 2))
    return found


def masks_in_boxes(
    shapes: Sequence[Sequence[Points]], size_hw: tuple[int, int], boxes: Sequence[PixelBox]
) -> list[Mask]:
    """The masks of several shapes of one image, each cut to a box of its own.

    All borders are followed at once: numpy is slow to begin with and quick to go on.

    Args:
        shapes: the polygons of each, as of :func:`checked_polygons`
        size_hw: the image's
        boxes: left, top, right, bottom of each

    Returns:
        of each, booleans (bottom - top, right - left)
    """
    polygons = [polygon for shape in shapes for polygon in shape]
    columns, rows, ends = _column_crossings(polygons, *size_hw)
    places = iter(zip([0, *ends[:-1]], ends, strict=True))
    masks = []
    for shape, (left, top, right, bottom) in zip(shapes, boxes, strict=True):
        width, height = right - left, bottom - top
        out = None
        for start, stop in (next(places) for _ in shape):
            # Every column is crossed an even number of times, so each can be filled by itself.
            x, y = columns[start:stop] - left, rows[start:stop]
            inside = (x >= 0) & (x < width)
            at = np.minimum(np.maximum(y, top), bottom) - top
            at *= width
            at += x
            turned = np.zeros((height + 1) * width, dtype=np.uint8)
            np.bitwise_xor.at(turned, at[inside], _ONE)
            # Row by row over all columns at once, which is how the pixels lie in memory.
            grid = turned.reshape(height + 1, width)[:-1]
            filled = np.add.accumulate(grid, axis=0, dtype=np.uint8)
            filled &= 1
            out = filled if out is None else np.bitwise_or(out, filled, out=out)
        empty = np.zeros((height, width), dtype=np.uint8)
        masks.append((empty if out is None else out).view(np.bool_))
    return masks


def _column_crossings(
    polygons: Sequence[Points], height: int, width: int
) -> tuple[Counts, Counts, list[int]]:
    """Columns and rows of the pixels at which, going down a column, the borders are crossed.

    The border goes from grid point to grid point, five to a pixel. It crosses the middle of the
    column of pixels k where it steps between the grid's columns 5 k + 2 and 5 k + 3, at the upper
    one of the two grid points; within an edge each such step comes once.

    Returns:
        the crossings of one polygon after the other, and where those of each end
    """
    if not polygons:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, []
    sizes = np.array([len(polygon) for polygon in polygons])
    after = np.cumsum(sizes)
    starts = (_UPSAMPLING * np.concatenate(polygons) + 0.5).astype(np.int64)
    ends = np.empty_like(starts)
    ends[:-1] = starts[1:]
    ends[after - 1] = starts[after - sizes]
    lows, highs = np.minimum(starts[:, 0], ends[:, 0]), np.maximum(starts[:, 0], ends[:, 0])
    first = np.maximum(-((2 - lows) // _UPSAMPLING), 0)
    last = np.minimum((highs - 3) // _UPSAMPLING, width - 1)
    counts = np.maximum(last - first + 1, 0)
    through = np.cumsum(counts)
    edge = np.repeat(np.arange(len(counts)), counts)
    columns = np.arange(len(edge)) - np.repeat(through - counts - first, counts)
    upper = _upper_points(starts, ends, edge, _UPSAMPLING * columns + _UPSAMPLING // 2)
    y = (upper + 0.5) / _UPSAMPLING - 0.5
    rows = np.ceil(np.minimum(np.maximum(y, 0), height)).astype(np.int64)
    return columns, rows, through[after - 1].tolist()


def _upper_points(starts: Counts, ends: Counts, edge: Counts, column: Counts) -> Counts:
    """The upper grid point of each step that an edge makes from a column of the grid to the next.

    Along its longer side an edge takes every grid point, from its lower end to its higher; across
    it is rounded.
    """
    across = np.abs(ends - starts)
    flat = across[:, 0] >= across[:, 1]
    along = np.where(flat, 0, 1)
    edges = np.arange(len(starts))
    flip = starts[edges, along] > ends[edges, along]
    low, high = np.where(flip[:, None], ends, starts), np.where(flip[:, None], starts, ends)
    slope = (high - low)[edges, 1 - along] / np.maximum(across[edges, along], 1)
    base, rise = low[edges, 1 - along][edge], slope[edge]
    is_flat, origin = flat[edge], low[edges, along][edge]
    # On a flat edge the step is known, and its two points are compared.
    step = column - origin
    here = (base + rise * step + 0.5).astype(np.int64)
    there = (base + rise * (step + 1) + 0.5).astype(np.int64)
    # On a steep edge it is looked for: the first point past the step, near where the line crosses.
    goal = np.where(rise > 0, column + 1, column)
    with np.errstate(divide="ignore", invalid="ignore"):
        guess = np.where(is_flat, 0, np.ceil((column + 0.5 - base) / rise))
    past = np.maximum(guess.astype(np.int64) - 1, 1)
    for _ in range(2):
        reached = (base + rise * past + 0.5).astype(np.int64)
        past += np.where(rise > 0, reached < goal, reached > goal)
    return np.where(is_flat, np.minimum(here, there), origin + past - 1)
