"""A track is cut where a job ends: each job gets the part that is seen in its frames.

As CVAT does it: where the cut falls between key frames, the part gets one more, at the place that
the editor would have drawn there.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from viewfinder.labels.tracks import Pose, poses_between
from viewfinder.labelserver.wire.labels import KeyFrame, Track, Value

__all__ = ["drawn_at", "frames_of", "part_of"]


def drawn_at(key_frames: Sequence[KeyFrame], frame: int) -> KeyFrame | None:
    """What is drawn at a frame; None before the first key frame.

    Args:
        key_frames: by frame
        frame: any
    """
    left: KeyFrame | None = None
    right: KeyFrame | None = None
    for each in key_frames:
        if each.frame > frame:
            right = each
            break
        left = each
    if left is None or left.frame == frame:
        return left
    moved = msgspec.structs.replace(left, frame=frame, id=None)
    if right is not None and not left.outside and left.type == right.type:
        share = (frame - left.frame) / (right.frame - left.frame)
        (pose,) = poses_between(
            left.type, Pose(left.points, left.rotation), Pose(right.points, right.rotation), [share]
        )
        moved.points, moved.rotation = list(pose.points), pose.rotation
    return moved


def frames_of(track: Track) -> tuple[int, int | None]:
    """The first frame of a track, and the last one; None for a track that goes on to the end."""
    lines = [line for line in (track, *track.elements) if line.shapes]
    if not lines:
        return track.frame, track.frame
    first = min(key.frame for line in lines for key in line.shapes)
    ends = [max(line.shapes, key=lambda key: key.frame) for line in lines]
    goes_on = any(not end.outside for end in ends)
    return first, None if goes_on else max(end.frame for end in ends)


def part_of(track: Track, first: int, last: int) -> Track | None:
    """The part of a track that is seen in these frames; None when it is not seen there.

    A track that is nowhere seen at all belongs where its first key frame is.

    Args:
        track: with frames of the task
        first: the job's first frame
        last: the job's last frame
    """
    drawn = [*track.shapes, *(key for element in track.elements for key in element.shapes)]
    if not any(not key.outside for key in drawn):
        start = min((key.frame for key in drawn), default=track.frame)
        return msgspec.structs.replace(track, id=None) if first <= start <= last else None
    own = _cut(track.shapes, first, last)
    elements = [
        msgspec.structs.replace(element, shapes=_cut(element.shapes, first, last, is_element=True))
        for element in track.elements
    ]
    parts = [own, *(element.shapes for element in elements)]
    if all(key.outside for part in parts for key in part):
        return None
    start = own[0].frame if own else min(part[0].frame for part in parts if part)
    for element in elements:
        element.frame = element.shapes[0].frame if element.shapes else start
    return msgspec.structs.replace(track, id=None, frame=start, shapes=own, elements=elements)


def _cut(
    shapes: Sequence[KeyFrame], first: int, last: int, *, is_element: bool = False
) -> list[KeyFrame]:
    ordered = sorted(shapes, key=lambda key: key.frame)
    if not ordered:
        return []
    whole = first <= ordered[0].frame and ordered[-1].frame <= last
    if not whole:
        ordered = _with_inherited_values(ordered)
    inside = [key for key in ordered if first <= key.frame <= last]
    if not whole:
        _close_ends(inside, ordered, first, last)
    if is_element:
        # A point that is hidden at first is still a point of the skeleton.
        return inside
    hidden = next((at for at, key in enumerate(inside) if not key.outside), len(inside) - 1)
    return inside[max(0, hidden) :]


def _close_ends(inside: list[KeyFrame], ordered: Sequence[KeyFrame], first: int, last: int) -> None:
    """Add what the editor would draw at the first and the last frame of a job."""
    if not inside or inside[0].frame > first:
        start = drawn_at(ordered, first)
        if start is not None:
            inside.insert(0, start)
    if inside and inside[-1].frame < last <= ordered[-1].frame and not inside[-1].outside:
        stop = drawn_at(ordered, last)
        assert stop is not None, "something is drawn before"
        inside.append(stop)


def _with_inherited_values(ordered: Sequence[KeyFrame]) -> list[KeyFrame]:
    """Key frames with the values of attributes that they take over from the one before."""
    result: list[KeyFrame] = []
    values: dict[int, Value] = {}
    for key in ordered:
        own = {value.spec_id: value for value in key.attributes}
        values = {**own, **{spec: value for spec, value in values.items() if spec not in own}}
        result.append(msgspec.structs.replace(key, attributes=list(values.values())))
    return result
