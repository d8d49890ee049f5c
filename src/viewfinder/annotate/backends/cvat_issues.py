"""What reviewers remarked on a CVAT server, and which label each remark is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from viewfinder.annotate.back.choosing import JobStatus
from viewfinder.annotate.back.reading import Comment, Issue, TaskReading
from viewfinder.annotate.backends.cvat_reading import record_of
from viewfinder.annotate.record import SentPiece, SentTask
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient

__all__ = ["read_issues"]

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""
_SAME = 0.5
"""The share of the joint area from which a position and a label's box are about the same."""


@dataclass(frozen=True, slots=True)
class _Lying:
    """A label on a frame."""

    field: str
    label_id: str
    boxes: list[Box]


def read_issues(
    client: CvatClient, sent: SentTask, reading: TaskReading, jobs: Sequence[JobStatus]
) -> Iterator[Issue]:
    """What reviewers remarked, job by job.

    Args:
        client: the server
        sent: the task's record
        reading: what annotators did with it, so that remarks find labels where they are now
        jobs: the jobs to look at; those without issues are not asked for them
    """
    found: list[tuple[JobStatus, wire.Issue, list[wire.Comment]]] = []
    for job in jobs:
        if job.issues == 0:
            continue
        said: dict[int, list[wire.Comment]] = {}
        for comment in client.comments(job.job_id):
            said.setdefault(comment.issue, []).append(comment)
        found += [(job, issue, said.get(issue.id, [])) for issue in client.issues(job.job_id)]
    lying = _lying(sent, reading, {issue.frame for _, issue, _ in found})
    for job, issue, comments in found:
        if issue.frame >= len(sent.frames):
            continue
        frame = sent.frames[issue.frame]
        sides = (frame.width, frame.height)
        label = _label_at(issue.position, lying.get(issue.frame, ()))
        yield Issue(
            issue_id=issue.id,
            sample_id=frame.sample_id,
            frame_number=frame.frame_number,
            job_id=job.job_id,
            position=tuple(value / sides[at % 2] for at, value in enumerate(issue.position)),
            resolved=issue.resolved,
            comments=tuple(
                Comment(
                    author=wire.username_of(comment.owner),
                    text=comment.message,
                    time=comment.created_date,
                )
                for comment in comments
            ),
            url=job.url,
            field=None if label is None else label.field,
            label_id=None if label is None else label.label_id,
        )


def _lying(
    sent: SentTask, reading: TaskReading, frames: set[int]
) -> Mapping[int, Sequence[_Lying]]:
    """The labels of some frames, as the server has them now."""
    if not frames:
        return {}
    moved = {id(edited.sent): edited.pieces for edited in reading.edited}
    gone = {id(label) for label in reading.removed}
    out: dict[int, list[_Lying]] = {}

    def put(frame: int, field: str, label_id: str, pieces: Iterable[SentPiece]) -> None:
        boxes = [box for piece in pieces for box in _boxes(piece)]
        if boxes:
            out.setdefault(frame, []).append(_Lying(field, label_id, boxes))

    for label in sent.labels:
        if label.frame in frames and id(label) not in gone and label.type != "Segmentation":
            put(label.frame, label.field, label.label_id, moved.get(id(label), label.pieces))
    for added in reading.added:
        if added.frame in frames and type(added.label).__name__ != "Segmentation":
            put(added.frame, added.field, added.label.id, added.pieces)
    return out


def _boxes(piece: SentPiece) -> list[Box]:
    """The box around a piece; none for a tag."""
    record = record_of(piece)
    if isinstance(record, wire.Tag):
        return []
    if record.type == "skeleton":
        points = [value for node in record.elements or () for value in node.points or ()]
    else:
        points = list(record.points or ())
    if record.type == "mask" and len(points) >= 4:
        left, top, right, bottom = points[-4:]
        return [(left, top, right + 1, bottom + 1)]
    if record.type == "ellipse" and len(points) == 4:
        x, y, right, top = points
        return [(2 * x - right, top, right, 2 * y - top)]
    around = _around(points)
    return [] if around is None else [around]


def _around(points: Sequence[float]) -> Box | None:
    if len(points) < 2:
        return None
    return min(points[::2]), min(points[1::2]), max(points[::2]), max(points[1::2])


def _label_at(position: Sequence[float], lying: Sequence[_Lying]) -> _Lying | None:
    """The label that a position is about; None where that is not clear.

    It is the only one of the position's size and place, or the only one under its middle.
    """
    area = _around(position)
    if area is None:
        return None
    alike = [label for label in lying if any(_share(area, box) >= _SAME for box in label.boxes)]
    if len(alike) == 1:
        return alike[0]
    middle = ((area[0] + area[2]) / 2, (area[1] + area[3]) / 2)
    under = [label for label in lying if any(_holds(box, middle) for box in label.boxes)]
    return under[0] if len(under) == 1 and not alike else None


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _share(one: Box, other: Box) -> float:
    """The common area of two boxes as a share of the area that they cover together."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return both / (sum(areas) - both)
