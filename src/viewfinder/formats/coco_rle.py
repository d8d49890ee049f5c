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
    "counts_from_text",
    "counts_to_text",
    "mask_from_counts",
    "mask_from_polygons",
    "mask_in_box",
    "mask_to_counts",
    "pasted_counts",
]

_LOW_BITS, _SIGN_BIT, _MORE_BIT = 0x1F, 0x10, 0x20
_FIRST_CHARACTER = 48
_MOST_GROUPS = 12
_UPSAMPLING = 5
_FARTHEST = 1_000_000
"""Pixels; a corner beyond is a mistake, and its border would fill the memory."""
Counts = npt.NDArray[np.int64]


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
    left, top, right, bottom = box
    out = np.zeros((right - left, bottom - top), dtype=np.bool_)
    for polygon in polygons:
        flat = np.asarray(polygon, dtype=np.float64)
        if flat.ndim != 1 or len(flat) % 2 or len(flat) < 6:
            raise ValueError(f"a polygon needs three or more x, y pairs, not {len(flat)} numbers")
        if not (np.abs(flat) <= _FARTHEST).all():
            raise ValueError(f"a polygon has a corner at {flat[np.abs(flat).argmax()]:g}")
        columns, rows = _column_crossings(flat.reshape(-1, 2), *size_hw)
        # Every column is crossed an even number of times, so each can be filled by itself.
        inside = (columns >= left) & (columns < right)
        rows = np.clip(rows[inside], top, bottom) - top
        places = (columns[inside] - left) * (bottom - top + 1) + rows
        crossings = np.bincount(places, minlength=(right - left) * (bottom - top + 1))
        turned = crossings.reshape(right - left, bottom - top + 1)[:, :-1]
        out |= np.cumsum(turned, axis=1) % 2 == 1
    return out.T


def _column_crossings(
    points: npt.NDArray[np.float64], height: int, width: int
) -> tuple[Counts, Counts]:
    """Columns and rows of the pixels at which, going down a column, the border is crossed."""
    corners = (_UPSAMPLING * points + 0.5).astype(np.int64)
    us, vs = _dense_border(corners)
    moved = np.flatnonzero(us[1:] != us[:-1]) + 1
    u, u_before = us[moved], us[moved - 1]
    x = (np.where(u < u_before, u, u - 1) + 0.5) / _UPSAMPLING - 0.5
    y = (np.minimum(vs[moved], vs[moved - 1]) + 0.5) / _UPSAMPLING - 0.5
    kept = (np.floor(x) == x) & (x >= 0) & (x <= width - 1)
    return x[kept].astype(np.int64), np.ceil(np.clip(y[kept], 0, height)).astype(np.int64)


def _dense_border(corners: Counts) -> tuple[Counts, Counts]:
    """Every grid point along the closed border, edge after edge, ends of edges twice."""
    starts, ends = corners, np.concatenate([corners[1:], corners[:1]])
    across = np.abs(ends - starts)
    flat = across[:, 0] >= across[:, 1]
    # Along the longer side every grid point is taken, from its lower end to its higher.
    along = np.where(flat, 0, 1)
    edges = np.arange(len(corners))
    flip = starts[edges, along] > ends[edges, along]
    low, high = np.where(flip[:, None], ends, starts), np.where(flip[:, None], starts, ends)
    steps = across[edges, along]
    slope = (high - low)[edges, 1 - along] / np.maximum(steps, 1)
    edge = np.repeat(edges, steps + 1)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(steps + 1) - steps - 1, steps + 1)
    step = np.where(flip[edge], steps[edge] - step, step)
    longer = step + low[edges, along][edge]
    shorter = (low[edges, 1 - along][edge] + slope[edge] * step + 0.5).astype(np.int64)
    return np.where(flat[edge], longer, shorter), np.where(flat[edge], shorter, longer)
