"""Boxes: float arrays (n, 4) of x, y, width, height; any unit, top left corner first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Boxes", "box_overlaps"]

Boxes = npt.NDArray[np.float64]


def box_overlaps(
    ones: Boxes, others: Boxes, *, of_one: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[np.float64]:
    """Intersection over union of every box of `ones` with every box of `others`.

    Args:
        ones: boxes (n, 4)
        others: boxes (m, 4)
        of_one: booleans (m,); where True the intersection is divided by the area of the one box
            instead of by the union, as COCO does for crowds

    Returns:
        floats (n, m), 0 where boxes do not meet or have no area
    """
    if not len(ones) or not len(others):
        return np.zeros((len(ones), len(others)))
    low = np.maximum(ones[:, None, :2], others[None, :, :2])
    high = np.minimum(
        ones[:, None, :2] + ones[:, None, 2:], others[None, :, :2] + others[None, :, 2:]
    )
    meet = np.clip(high - low, 0, None).prod(axis=2)
    area_ones, area_others = ones[:, 2:].prod(axis=1), others[:, 2:].prod(axis=1)
    whole = area_ones[:, None] + area_others[None, :] - meet
    if of_one is not None:
        whole = np.where(of_one[None, :], area_ones[:, None], whole)
    overlaps: npt.NDArray[np.float64] = np.zeros_like(meet)
    np.divide(meet, whole, out=overlaps, where=whole > 0)
    return overlaps
