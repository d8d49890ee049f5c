"""Where an object is between its keyframes: the one interpolation, by the rules of CVAT's editor.

Boxes, ellipses and cuboids move in straight lines, each number for itself, and turn the shorter
way. A single point moves in a straight line; several points, masks and everything unknown stay as
they were at the keyframe before. The points of polygons and polylines are matched along the curve:
each point with the one of the other curve that lies at the nearest share of its length.

Shapes are flat lists of numbers (``[x, y, x, y, …]``), in whatever unit the caller uses; results
are in the same unit, to the last bit what CVAT's editor draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Pose", "poses_at", "poses_between"]

Numbers = npt.NDArray[np.float64]

_STRAIGHT = {"rectangle", "ellipse", "cuboid"}
_TURNING = {"rectangle", "ellipse"}
_CURVES = {"polygon": 2, "polyline": 2}
"""The shapes whose points are matched, with the fewest points that make a curve."""


@dataclass(frozen=True, slots=True)
class Pose:
    """What a shape looks like at one moment."""

    points: Sequence[float]
    rotation: float = 0.0
    """In degrees, clockwise on the screen."""


def poses_at(kind: str, keyframes: Mapping[int, Pose], frames: Sequence[int]) -> dict[int, Pose]:
    """The poses of a shape at some frames.

    Args:
        kind: the shape's type, as in "rectangle"
        keyframes: its pose at each keyframe
        frames: the frames to tell

    Returns:
        the pose by frame: at a keyframe exactly that, after the last one as there; frames before
        the first keyframe are absent
    """
    numbers = sorted(keyframes)
    out: dict[int, Pose] = {}
    waiting: dict[int, list[int]] = {}
    places = np.searchsorted(numbers, frames, side="right").tolist()
    for frame, place in zip(frames, places, strict=True):
        if not place:
            continue
        if numbers[place - 1] == frame or place == len(numbers):
            out[frame] = keyframes[numbers[place - 1]]
        else:
            waiting.setdefault(place, []).append(frame)
    for place, inner in waiting.items():
        start, stop = numbers[place - 1], numbers[place]
        shares = [(frame - start) / (stop - start) for frame in inner]
        poses = poses_between(kind, keyframes[start], keyframes[stop], shares)
        out.update(zip(inner, poses, strict=True))
    return out


def poses_between(kind: str, left: Pose, right: Pose, shares: Sequence[float]) -> list[Pose]:
    """The poses on the way from one keyframe to the next.

    Args:
        kind: the shape's type; one that nothing is known of stays as it is on the left
        left: the keyframe before
        right: the keyframe after
        shares: how far on the way each one is, above 0 and below 1
    """
    numbers = len(left.points)
    single = kind == "points" and numbers == len(right.points) == 2
    if single or (kind in _STRAIGHT and numbers == len(right.points)):
        start = np.asarray(left.points, dtype=np.float64)
        way = np.asarray(right.points, dtype=np.float64) - start
        rows = (start + way * np.asarray(shares, dtype=np.float64)[:, None]).tolist()
        turns = [left.rotation] * len(rows)
        if kind in _TURNING:
            turn = _shorter_turn(left.rotation, right.rotation)
            turns = [(left.rotation + turn * share + 360) % 360 for share in shares]
        return [Pose(row, degrees) for row, degrees in zip(rows, turns, strict=True)]
    if kind in _CURVES and _is_curve(left, kind) and _is_curve(right, kind):
        rows = _curves_between(kind, left.points, right.points, shares)
        return [Pose(row, left.rotation) for row in rows]
    return [left] * len(shares)


def _shorter_turn(left: float, right: float) -> float:
    """The degrees from one direction to another the shorter way; half a turn goes clockwise."""
    turn = math.fmod(right - left + 180, 360) - 180
    return 360 - abs(turn) if turn <= -180 else turn


def _is_curve(pose: Pose, kind: str) -> bool:
    return len(pose.points) % 2 == 0 and len(pose.points) >= 2 * _CURVES[kind]


def _curves_between(
    kind: str, left: Sequence[float], right: Sequence[float], shares: Sequence[float]
) -> list[list[float]]:
    if kind == "polygon":
        # Closed for the matching, opened again at the end.
        rows = _polylines_between([*left, *left[:2]], [*right, *right[:2]], shares)
        return [row[:-2] for row in rows]
    return _polylines_between(left, right, shares)


def _polylines_between(
    left: Sequence[float], right: Sequence[float], shares: Sequence[float]
) -> list[list[float]]:
    ones = np.asarray(left, dtype=np.float64).reshape(-1, 2)
    others = np.asarray(right, dtype=np.float64).reshape(-1, 2)
    matches = _matches(_positions(ones), _positions(others))
    starts = ones[np.repeat(np.arange(len(ones)), [len(found) for found in matches])]
    ends = others[[place for found in matches for place in found]]
    sections = _sections(matches, ones, others)
    moments = starts + (ends - starts) * np.asarray(shares, dtype=np.float64)[:, None, None]
    return [_thinned(points, sections) for points in moments]


def _lengths(points: Numbers) -> Numbers:
    """How far along a curve each of its points lies."""
    steps = np.diff(points, axis=0)
    # Added one after the other, as the editor does: other orders end in other last bits.
    along: Numbers = np.cumsum(np.sqrt(steps[:, 0] ** 2 + steps[:, 1] ** 2))
    return along


def _positions(points: Numbers) -> Numbers:
    """How far along the curve each point lies, as a share of the whole."""
    along = _lengths(points)
    with np.errstate(invalid="ignore"):
        return np.concatenate([[0.0], along / along[-1]])


def _matches(ones: Numbers, others: Numbers) -> list[list[int]]:
    """The points of the other curve that belong to each point of the one; every one has some."""
    matches = [[place] for place in _nearest(ones, others)]
    matched = {place for found in matches for place in found}
    left_over = [place for place in range(len(others)) if place not in matched]
    for place, owner in zip(left_over, _nearest(others[left_over], ones), strict=True):
        matches[owner].append(place)
    return [sorted(found) for found in matches]


def _nearest(values: Numbers, positions: Numbers) -> list[int]:
    """The first of the nearest positions to each value; the very first for a value that is none."""
    distances = np.abs(values[:, None] - positions[None, :])
    distances[np.isnan(distances[:, 0]), 0] = -1.0
    distances[np.isnan(distances)] = np.inf
    return [int(place) for place in distances.argmin(axis=1)]


@dataclass(frozen=True, slots=True)
class _Section:
    """Neighbouring points of the matched curve of which some are too near to each other to stay."""

    first: int
    last: int
    least: float
    """The smallest distance between two that both stay."""


def _sections(matches: list[list[int]], ones: Numbers, others: Numbers) -> list[_Section]:
    """Where several points of one curve are matched with one point of the other."""
    firsts = np.concatenate([[0], np.cumsum([len(found) for found in matches])]).tolist()
    sections: list[_Section] = []
    place = 0
    while place < len(matches):
        found = matches[place]
        if len(found) > 1:
            least = _spacing(others, found[0], found[-1])
            sections.append(_Section(firsts[place], firsts[place + 1] - 1, least))
            place += 1
            continue
        last = place
        while last + 1 < len(matches) and matches[last + 1] == found:
            last += 1
        least = 0.0 if last == place else _spacing(ones, place, last)
        sections.append(_Section(firsts[place], firsts[last], least))
        place = last + 1
    return sections


def _spacing(points: Numbers, first: int, last: int) -> float:
    """Half of the mean length of the pieces between points, counted as the editor counts them."""
    return float(_lengths(points[first : last + 1])[-1] / (2 * (last - first + 1)))


def _thinned(points: Numbers, sections: list[_Section]) -> list[float]:
    """The points of one moment, without those that came too near to their neighbours."""
    out: list[float] = []
    rows = points.tolist()
    for section in sections:
        for x, y in _kept(rows[section.first : section.last + 1], section.least):
            out += (x, y)
    return out


def _kept(rows: list[list[float]], least: float) -> list[list[float]]:
    if len(rows) == 1:
        return rows
    kept = [rows[0]]
    for row in rows[1:-1]:
        if _distance(kept[-1], row) >= least:
            kept.append(row)
    kept.append(rows[-1])
    if len(kept) == 2 and _distance(*kept) < least:
        (x0, y0), (x1, y1) = kept
        return [[(x0 + x1) / 2, (y0 + y1) / 2]]
    return kept


def _distance(one: list[float], other: list[float]) -> float:
    return math.sqrt((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2)
