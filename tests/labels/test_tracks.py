"""Where shapes are between keyframes: by hand, and as clients of CVAT have it to the last bit."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.labels.tracks import Pose, poses_at, poses_between

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "recorded" / "interpolation.json").read_text()
)
TRIANGLE = [0.0, 0, 12, 0, 12, 16]


def halfway(kind: str, left: list[float], right: list[float]) -> list[float]:
    (pose,) = poses_between(kind, Pose(left), Pose(right), [0.5])
    return list(pose.points)


@pytest.mark.parametrize(
    ("kind", "left", "right", "middle"),
    [
        ("rectangle", [0, 0, 10, 20], [10, 4, 30, 30], [5, 2, 20, 25]),
        ("ellipse", [0, 0, 10, 20], [10, 4, 30, 30], [5, 2, 20, 25]),
        ("cuboid", list(range(16)), list(range(2, 18)), list(range(1, 17))),
        ("points", [4, 8], [8, 0], [6, 4]),
        ("points", [4, 8, 1, 1], [8, 0, 3, 3], [4, 8, 1, 1]),
        ("points", [4, 8], [8, 0, 3, 3], [4, 8]),
        ("mask", [0, 4, 1, 1, 2, 2], [0, 4, 5, 5, 6, 6], [0, 4, 1, 1, 2, 2]),
        ("skeleton", [], [], []),
        ("star", [1, 2], [3, 4], [1, 2]),
        # Broken on the server: nothing can be said, so nothing moves.
        ("rectangle", [0, 0, 10], [10, 4, 30, 30], [0, 0, 10]),
        ("polygon", [0, 0, 10], TRIANGLE, [0, 0, 10]),
        ("polygon", [0, 0], TRIANGLE, [0, 0]),
        ("polyline", [0, 0, 10, 0], [0, 10, 10, 10], [0, 5, 10, 5]),
        ("polygon", TRIANGLE, [v + 2 for v in TRIANGLE], [v + 1 for v in TRIANGLE]),
        # The middle point of the longer line has no partner: it comes out of the nearer end, and is
        # drawn apart from it only when it is far enough away.
        ("polyline", [0, 0, 10, 0], [0, 0, 4, 0, 10, 0], [0, 0, 2, 0, 10, 0]),
        ("polyline", [0, 0, 4, 0, 10, 0], [0, 0, 10, 0], [0, 0, 2, 0, 10, 0]),
        # In lines without length every point belongs to the first, as 0 / 0 is near to nothing: the
        # pairs are (1, 1), (1, 2) and (2, 1).
        ("polyline", [3, 3, 3, 3], [5, 5, 5, 5], [4, 4, 4, 4, 4, 4]),
    ],
)
def test_halfway(kind: str, left: list[float], right: list[float], middle: list[float]) -> None:
    assert halfway(kind, left, right) == middle


@pytest.mark.parametrize(
    ("left", "right", "middle"),
    [
        (0, 90, 45),
        (90, 0, 45),
        (350, 20, 5),
        (20, 350, 5),
        (10, 200, 285),
        (0, 180, 90),
        (180, 0, 270),
        (0, 181, 270.5),
        (359.5, 0.5, 0),
        (45, 45, 45),
    ],
)
@pytest.mark.parametrize("kind", ["rectangle", "ellipse"])
def test_turns_go_the_shorter_way(kind: str, left: float, right: float, middle: float) -> None:
    box = [0.0, 0, 1, 1]
    (pose,) = poses_between(kind, Pose(box, left), Pose(box, right), [0.5])
    assert pose.rotation == middle


def test_only_boxes_and_ellipses_turn() -> None:
    poses = poses_between("cuboid", Pose([0.0] * 16, 10), Pose([0.0] * 16, 90), [0.5])
    assert [pose.rotation for pose in poses] == [10]


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: f"{case['kind']}-{len(case['left'])}")
def test_curves_are_matched_as_cvat_matches_them(case: dict[str, Any]) -> None:
    shares = [number / case["step"] for number in range(1, case["step"])]
    poses = poses_between(case["kind"], Pose(case["left"]), Pose(case["right"]), shares)
    assert [pose.points for pose in poses] == case["between"]


def test_frames_before_and_after_the_keyframes() -> None:
    first, last = Pose([0, 0, 1, 1]), Pose([3, 3, 4, 4])
    poses = poses_at("rectangle", {2: first, 5: last}, [0, 1, 2, 4, 5, 9])
    assert list(poses) == [2, 5, 9, 4]
    assert (poses[2], poses[5], poses[9]) == (first, last, last)
    assert list(poses[4].points) == [2, 2, 3, 3]
    assert poses_at("rectangle", {}, [0, 1]) == {}


NUMBER = st.floats(-1e4, 1e4)


def curve(fewest: int) -> st.SearchStrategy[list[float]]:
    return st.lists(st.tuples(NUMBER, NUMBER), min_size=fewest, max_size=9).map(
        lambda points: [value for point in points for value in point]
    )


@given(st.sampled_from(["polygon", "polyline"]), curve(2), curve(2), st.floats(0.01, 0.99))
def test_curves_stay_within_the_box_of_both(
    kind: str, left: list[float], right: list[float], share: float
) -> None:
    (pose,) = poses_between(kind, Pose(left), Pose(right), [share])
    assert len(pose.points) % 2 == 0
    for axis in (0, 1):
        every = [*left[axis::2], *right[axis::2]]
        for value in pose.points[axis::2]:
            assert min(every) - 1e-6 <= value <= max(every) + 1e-6
            assert math.isfinite(value)


@given(st.sampled_from(["polygon", "polyline", "rectangle", "points"]), curve(3))
def test_what_does_not_move_stays_where_it_is(kind: str, points: list[float]) -> None:
    pairs = list(zip(points[::2], points[1::2], strict=True))
    if len(set(pairs)) < len(pairs):
        return
    points = points[:4] if kind == "rectangle" else points
    (pose,) = poses_between(kind, Pose(points), Pose(points), [0.3])
    corners = set(zip(pose.points[::2], pose.points[1::2], strict=True))
    assert corners <= set(zip(points[::2], points[1::2], strict=True))
