"""Labels written and read: replaced, created, changed, deleted, each in its caller's transaction.

What is written to a task goes to the jobs that have its frames: to each of them where they share
frames, and tracks in parts. Frames that the task has not are left out, as CVAT does it.

Ids mean the same label for as long as it lives: they survive a change, survive being sent back in a
replacement, and are never given to another label.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping

import msgspec
from sqlalchemy import update
from sqlalchemy.orm import Session

from viewfinder.labelserver.database import next_id, take_ids
from viewfinder.labelserver.errors import InvalidFieldError
from viewfinder.labelserver.models import Job, Shape, Tag, Task, Track, utc_now
from viewfinder.labelserver.services import label_tables as tables
from viewfinder.labelserver.services.label_classes import labels_of_task
from viewfinder.labelserver.services.label_scope import Classes, Scope
from viewfinder.labelserver.services.shared_frames import merge_jobs
from viewfinder.labelserver.services.track_parts import frames_of, part_of
from viewfinder.labelserver.wire import labels as wire

__all__ = ["change_some", "create", "delete_all", "delete_some", "read", "replace"]

_COUNTER = "annotation"


def read(session: Session, scope: Scope) -> wire.Labels:
    """All labels of the scope, by frame and id, with the defaults of attributes filled in."""
    merged = merge_jobs(scope.jobs, tables.read_jobs(session, scope.job_ids)).labels
    _classes(session, scope).fill_in(merged)
    return merged


def replace(session: Session, scope: Scope, labels: wire.Labels) -> wire.Labels:
    """Let the scope hold exactly these labels.

    Returns:
        the labels as they were stored, with ids
    """
    _check(session, scope, labels)
    reusable = {
        kind: tables.ids_of(session, kind, kind.job_id.in_(scope.job_ids)) if wanted else set()
        for kind, wanted in _wanted(labels).items()
    }
    tables.delete_jobs(session, scope.job_ids)
    return _insert(session, scope, labels, reusable)


def create(session: Session, scope: Scope, labels: wire.Labels) -> wire.Labels:
    """Add these labels, with fresh ids."""
    _check(session, scope, labels)
    return _insert(session, scope, labels, {})


def change_some(session: Session, scope: Scope, labels: wire.Labels) -> wire.Labels:
    """Replace the labels that have these ids.

    A label whose id is no longer there (deleted meanwhile) comes back under that id; an id that is
    somebody else's is never touched: such a label gets a fresh one.
    """
    _check(session, scope, labels)
    once_given = next_id(session, _COUNTER)
    reusable: dict[tables.Kind, set[int]] = {}
    twins = _twins(session, scope)
    for kind, wanted in _wanted(labels).items():
        taken = _owned(session, kind, wanted, scope)
        parts = tables.element_ids(session, kind, taken)
        tables.delete_ids(session, kind, _with_twins(twins, kind, taken))
        left = tables.ids_of(session, kind, None, wanted)
        never_given = {row_id for row_id in wanted if row_id >= once_given}
        reusable[kind] = (wanted - left - never_given) | parts
    return _insert(session, scope, labels, reusable)


def delete_some(session: Session, scope: Scope, labels: wire.Labels) -> wire.Labels:
    """Delete the labels that have these ids; ids that are not there are no mistake.

    Raises:
        InvalidFieldError: for a label without an id
    """
    for name in ("tags", "shapes", "tracks"):
        if any(label.id is None for label in getattr(labels, name)):
            raise InvalidFieldError(name, "To be deleted, every label needs its id.")
    twins = _twins(session, scope)
    for kind, wanted in _wanted(labels).items():
        owned = _owned(session, kind, wanted, scope)
        tables.delete_ids(session, kind, _with_twins(twins, kind, owned))
    _touch(session, scope)
    return labels


def delete_all(session: Session, scope: Scope) -> None:
    """Delete every label of the scope."""
    tables.delete_jobs(session, scope.job_ids)
    _touch(session, scope)


def _classes(session: Session, scope: Scope) -> Classes:
    return Classes.of(labels_of_task(session, scope.task))


def _check(session: Session, scope: Scope, labels: wire.Labels) -> None:
    _classes(session, scope).check(labels)
    scope.require_frames(labels)


_Twins = Mapping[tuple[str, int], list[int]]
_NAMES: dict[tables.Kind, str] = {Tag: "tag", Shape: "shape", Track: "track"}


def _twins(session: Session, scope: Scope) -> _Twins:
    """The labels on shared frames that others stand for, which change and go with them."""
    if not scope.shares_frames:
        return {}
    return merge_jobs(scope.jobs, tables.read_jobs(session, scope.job_ids)).twins


def _with_twins(twins: _Twins, kind: tables.Kind, ids: set[int]) -> set[int]:
    if not twins:
        return ids
    return ids.union(*(twins.get((_NAMES[kind], each), ()) for each in ids))


class _Ids:
    """Ids for new rows: the ones that a client names where it may, fresh ones otherwise."""

    def __init__(self, first_fresh: int, reusable: Mapping[tables.Kind, set[int]]) -> None:
        self._next = first_fresh
        self._reusable = reusable

    def fresh(self) -> int:
        """An id that no row ever had."""
        self._next += 1
        return self._next - 1

    def take(self, kind: tables.Kind, wanted: int | None) -> int:
        """The wanted id if it may be used, once; a fresh one otherwise."""
        if wanted is not None:
            free = self._reusable.get(kind)
            if free is not None and wanted in free:
                free.remove(wanted)
                return wanted
        return self.fresh()


def _insert(
    session: Session,
    scope: Scope,
    labels: wire.Labels,
    reusable: Mapping[tables.Kind, set[int]],
) -> wire.Labels:
    by_job = {job.id: wire.Labels() for job in scope.jobs}
    kept = wire.Labels()
    _spread_shapes(scope, labels, by_job, kept)
    _spread_tracks(scope, labels, by_job)
    count = sum(_row_count(part) for part in by_job.values())
    ids = _Ids(take_ids(session, _COUNTER, count) if count else 0, reusable)
    for part in by_job.values():
        _number(part, ids)
    tables.write_jobs(session, by_job)
    _touch(session, scope)
    tracks_by_job = {job_id: wire.Labels(tracks=part.tracks) for job_id, part in by_job.items()}
    kept.tracks = merge_jobs(scope.jobs, tracks_by_job).labels.tracks
    return kept


def _spread_shapes(
    scope: Scope, labels: wire.Labels, by_job: dict[int, wire.Labels], kept: wire.Labels
) -> None:
    """Hand tags and shapes to the jobs that have their frames."""
    size = scope.size
    kept.tags = [tag for tag in labels.tags if tag.frame < size]
    kept.shapes = [shape for shape in labels.shapes if shape.frame < size]
    for shape in kept.shapes:
        for element in shape.elements:
            # An element is where its skeleton is.
            element.frame = shape.frame
    if len(scope.jobs) == 1:
        # All of them; a job may have labels on any frame of its task.
        only = by_job[scope.jobs[0].id]
        only.tags, only.shapes = kept.tags, kept.shapes
        return
    starts = [job.start_frame for job in scope.jobs]
    for tag in kept.tags:
        for place, job in enumerate(_jobs_with(scope, starts, tag.frame)):
            copy = msgspec.structs.replace(tag, id=None) if place else tag
            by_job[job.id].tags.append(copy)
    for shape in kept.shapes:
        for place, job in enumerate(_jobs_with(scope, starts, shape.frame)):
            by_job[job.id].shapes.append(_copied(shape) if place else shape)


def _jobs_with(scope: Scope, starts: list[int], frame: int) -> list[Job]:
    """The jobs that have a frame, in their order."""
    found: list[Job] = []
    for at in range(bisect_right(starts, frame) - 1, -1, -1):
        if scope.jobs[at].stop_frame < frame:
            break
        found.insert(0, scope.jobs[at])
    return found


def _copied(shape: wire.Shape) -> wire.Shape:
    return msgspec.structs.replace(
        shape, id=None, elements=[_copied(element) for element in shape.elements]
    )


def _spread_tracks(scope: Scope, labels: wire.Labels, by_job: dict[int, wire.Labels]) -> None:
    """Hand every job its part of each track; the first part keeps the id."""
    if scope.is_job:
        by_job[scope.jobs[0].id].tracks = [
            track for track in labels.tracks if track.frame < scope.size
        ]
        return
    stops = [job.stop_frame for job in scope.jobs]
    for track in labels.tracks:
        wanted = track.id
        first, last = frames_of(track)
        for job in scope.jobs[bisect_left(stops, first) :]:
            if last is not None and job.start_frame > last:
                break
            part = part_of(track, job.start_frame, job.stop_frame)
            if part is not None:
                part.id, wanted = wanted, None
                by_job[job.id].tracks.append(part)


def _row_count(labels: wire.Labels) -> int:
    """At most so many ids are needed for these labels."""
    shapes = len(labels.shapes) + sum(len(shape.elements) for shape in labels.shapes)
    tracks = sum(
        1 + len(track.shapes) + sum(1 + len(part.shapes) for part in track.elements)
        for track in labels.tracks
    )
    return len(labels.tags) + shapes + tracks


def _number(labels: wire.Labels, ids: _Ids) -> None:
    """Give every label, element and key frame of a job its id."""
    for tag in labels.tags:
        tag.id = ids.take(Tag, tag.id)
    for shape in labels.shapes:
        shape.id = ids.take(Shape, shape.id)
        for element in shape.elements:
            element.id = ids.take(Shape, element.id)
    for track in labels.tracks:
        track.id = ids.take(Track, track.id)
        for part in track.elements:
            part.id = ids.take(Track, part.id)
        for each in (track, *track.elements):
            # The same key frame may be in several parts: each has a row of its own.
            each.shapes = [msgspec.structs.replace(key, id=ids.fresh()) for key in each.shapes]


def _touch(session: Session, scope: Scope) -> None:
    now = utc_now()
    session.execute(update(Job).where(Job.id.in_(scope.job_ids)).values(updated_date=now))
    session.execute(update(Task).where(Task.id == scope.task.id).values(updated_date=now))


def _wanted(labels: wire.Labels) -> dict[tables.Kind, set[int]]:
    """The ids that a request names, by kind."""
    return {
        Tag: {tag.id for tag in labels.tags if tag.id is not None},
        Shape: {shape.id for shape in labels.shapes if shape.id is not None},
        Track: {track.id for track in labels.tracks if track.id is not None},
    }


def _owned(session: Session, kind: tables.Kind, wanted: set[int], scope: Scope) -> set[int]:
    """Those of the wanted ids that belong to the scope."""
    return tables.ids_of(session, kind, kind.job_id.in_(scope.job_ids), wanted)
