"""Which frames of a video remain when it is seen at a lower rate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["at_rate"]


def at_rate(
    frame_numbers: npt.NDArray[np.int64],
    frame_rate: npt.NDArray[np.float64],
    *,
    fps: float | None = None,
    max_fps: float | None = None,
) -> npt.NDArray[np.bool_]:
    """Which frames are left: the first of the video, and those that follow it at a lower rate.

    Args:
        frame_numbers: of each frame, from 1
        frame_rate: of each frame's video, in frames a second; NaN where it is not known
        fps: the rate that is wanted; the video's own where it is not given
        max_fps: the highest rate; a video that has a lower one is left as it is

    Returns:
        True for each frame that is left. All are where the rate is not known, or not lowered.
    """
    wanted = frame_rate.copy() if fps is None else np.full(len(frame_rate), float(fps))
    if max_fps is not None:
        wanted = np.minimum(wanted, max_fps)
    with np.errstate(invalid="ignore"):
        lowered = wanted < frame_rate
    step = np.where(lowered, frame_rate / wanted, 1.0)
    # The k-th frame of the lower rate is the rounded 1 + k * step: k is found by division, give or
    # take one.
    about = np.rint((frame_numbers - 1) / step)
    hit = np.zeros(len(frame_numbers), np.bool_)
    for off in (-1.0, 0.0, 1.0):
        hit |= np.rint(1 + np.maximum(about + off, 0) * step) == frame_numbers
    return hit | ~lowered
