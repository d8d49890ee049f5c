"""What a CVAT server does to tracks where a job ends: small, in memory, held to a recording."""

from __future__ import annotations

import msgspec

from viewfinder.cvat import wire
from viewfinder.cvat.tools import text_of
from viewfinder.labels.tracks import Pose, poses_at

__all__ = ["cut_track"]


def cut_track(track: wire.Track, start: int, stop: int) -> wire.Track | None:
    """The part of a track that a job from `start` to `stop` gets; None where it sees nothing.

    Keyframes are added where the object is seen at the border without one, and an outside one
    behind the border where the object goes on.
    """
    shown = _shown(track, start, stop)
    seen = [shape.frame for shape in shown if not shape.outside]
    if not seen:
        return None
    shapes = _cut(track, min(seen), stop)
    nodes = [
        msgspec.structs.replace(node, id=None, shapes=_cut(node, min(seen), stop))
        for node in track.elements or ()
    ]
    kept = [node for node in nodes if node.shapes]
    for node in kept:
        node.frame = node.shapes[0].frame
    return msgspec.structs.replace(
        track, id=None, frame=shapes[0].frame, shapes=shapes, elements=kept or None
    )


def _cut(track: wire.Track, start: int, stop: int) -> list[wire.TrackedShape]:
    drawn = {shape.frame for shape in track.shapes}
    goes_on = any(frame > stop for frame in drawn)
    out = []
    for place, shape in enumerate(_shown(track, start, stop)):
        last = shape.frame == stop and goes_on and not shape.outside
        if shape.frame in drawn or place == 0 or last:
            out.append(shape)
        if last:
            out.append(msgspec.structs.replace(shape, frame=stop + 1, outside=True))
    return out


def _shown(track: wire.Track, start: int, stop: int) -> list[wire.TrackedShape]:
    """The shape on each frame from the first keyframe on, outside ones too."""
    keyframes = sorted(track.shapes, key=lambda shape: shape.frame)
    poses = poses_at(
        keyframes[0].type if keyframes else "",
        {shape.frame: Pose(shape.points or [], shape.rotation) for shape in keyframes},
        range(start, stop + 1),
    )
    out = []
    for frame in sorted(poses):
        before = [shape for shape in keyframes if shape.frame <= frame]
        texts = {item.spec_id: text_of(item.value) for s in before for item in s.attributes}
        points = None if before[-1].points is None else list(poses[frame].points)
        out.append(
            msgspec.structs.replace(
                before[-1],
                id=None,
                frame=frame,
                points=points,
                rotation=poses[frame].rotation,
                attributes=[wire.AttributeValue(spec_id=k, value=v) for k, v in texts.items()],
            )
        )
    return out
