"""Jobs of a task may share frames; in the task, what both have there is one label again.

As CVAT does it: labels of one class on a shared frame that overlap enough are one, and the earlier
job's is shown. A track that ends with its job is closed where the next job goes on without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
import numpy as np
from PIL import Image, ImageDraw

from viewfinder.labelserver.models import Job
from viewfinder.labelserver.services.track_parts import drawn_at
from viewfinder.labelserver.wire.labels import KeyFrame, Labels, Shape, Tag, Track

__all__ = ["Merged", "merge_jobs"]

_LEAST_SHAPE_LIKENESS = 0.25
_LEAST_TRACK_LIKENESS = 0.5
_RASTER_SIDE = 512
_Label = TypeVar("_Label", Tag, Shape, Track)


@dataclass(slots=True)
class Merged:
    """The labels of a task."""

    labels: Labels
    twins: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """(kind, id of a label that is shown) → ids of those that it stands for, too."""


def merge_jobs(jobs: Sequence[Job], by_job: dict[int, Labels]) -> Merged:
    """The labels of some jobs as those of their task.

    Args:
        jobs: in the order of their frames
        by_job: job id → its labels
    """
    merged = Merged(Labels())
    all_labels, reached = merged.labels, -1
    going_on: list[Track] = []
    for job in jobs:
        new = by_job[job.id]
        shared = range(job.start_frame, reached + 1)
        all_labels.tags += _new_ones(
            "tag", all_labels.tags, new.tags, shared, _tags_alike, 1.0, merged
        )
        all_labels.shapes += _new_ones(
            "shape", all_labels.shapes, new.shapes, shared, _shapes_alike,
            _LEAST_SHAPE_LIKENESS, merged, _place,
        )  # fmt: skip
        if reached >= 0:
            going_on = _with_tracks(merged, going_on, new.tracks, shared)
        else:
            going_on = list(new.tracks)
        reached = max(reached, job.stop_frame)
    all_labels.tracks += going_on
    if len(jobs) > 1:
        all_labels.tags.sort(key=_by_frame)
        all_labels.shapes.sort(key=_by_frame)
        all_labels.tracks.sort(key=_by_frame)
    return merged


def _by_frame(label: Tag | Shape | Track) -> tuple[int, int]:
    return label.frame, label.id or 0


def _new_ones(
    kind: str,
    old: Sequence[_Label],
    new: Sequence[_Label],
    shared: range,
    likeness: Callable[[_Label, _Label], float],
    least: float,
    merged: Merged,
    place: Callable[[_Label], object] = id,
) -> list[_Label]:
    """Those of the new labels that the old ones have not on the shared frames."""
    if not shared:
        return list(new)
    there: dict[tuple[int, int], list[_Label]] = {}
    for label in old:
        if label.frame in shared:
            there.setdefault((label.frame, label.label_id), []).append(label)
    come: dict[tuple[int, int], list[_Label]] = {}
    rest: list[_Label] = []
    for label in new:
        where = (label.frame, label.label_id)
        (come.setdefault(where, []) if where in there else rest).append(label)
    for where, labels in come.items():
        matched = _matched(there[where], labels, likeness, least, place)
        for position, label in enumerate(labels):
            if position in matched:
                _note_twin(merged, kind, matched[position], label)
            else:
                rest.append(label)
    return rest


def _matched(
    old: Sequence[_Label],
    new: Sequence[_Label],
    likeness: Callable[[_Label, _Label], float],
    least: float,
    place: Callable[[_Label], object] = id,
) -> dict[int, _Label]:
    """The most alike ones are matched first, each once: place among the new → old."""
    result = _same(old, new, place)
    taken = {id(other) for other in result.values()}
    pairs = sorted(
        (
            (-found, at, old_at)
            for at, one in enumerate(new)
            if at not in result
            for old_at, other in enumerate(old)
            if id(other) not in taken and (found := likeness(one, other)) >= least
        )
    )
    for _, at, old_at in pairs:
        if at not in result and id(old[old_at]) not in taken:
            result[at] = old[old_at]
            taken.add(id(old[old_at]))
    return result


def _same(
    old: Sequence[_Label], new: Sequence[_Label], place: Callable[[_Label], object]
) -> dict[int, _Label]:
    """Labels that are at exactly the same place: what is usual, found without comparing all."""
    places: dict[object, list[_Label]] = {}
    for label in reversed(old):
        places.setdefault(place(label), []).append(label)
    result: dict[int, _Label] = {}
    for at, label in enumerate(new):
        there = places.get(place(label))
        if there:
            result[at] = there.pop()
    return result


def _place(shape: Shape) -> object:
    parts = tuple(_place(element) for element in shape.elements)
    return shape.label_id, shape.type, tuple(shape.points), parts


def _note_twin(merged: Merged, kind: str, shown: _Label, hidden: _Label) -> None:
    assert shown.id is not None
    assert hidden.id is not None
    merged.twins.setdefault((kind, shown.id), []).append(hidden.id)


def _tags_alike(one: Tag, other: Tag) -> float:
    return float(one.label_id == other.label_id)


def _shapes_alike(one: Shape, other: Shape) -> float:
    if one.label_id != other.label_id or len(one.elements) != len(other.elements):
        return 0.0
    alike = _drawings_alike(one, other)
    if not alike or not one.elements:
        return alike
    pairs = zip(one.elements, other.elements, strict=True)
    return min(_shapes_alike(mine, theirs) for mine, theirs in pairs)


def _drawings_alike(one: Shape | KeyFrame, other: Shape | KeyFrame) -> float:
    """1 for the same place, the overlap for boxes and polygons."""
    if one.type != other.type:
        return 0.0
    if one.points == other.points:
        return 1.0
    if one.type == "rectangle" and len(one.points) == len(other.points) == 4:
        return _box_overlap(one.points, other.points)
    if one.type == "polygon":
        return _polygon_overlap(one.points, other.points)
    same = len(one.points) == len(other.points) and np.allclose(
        one.points, other.points, rtol=0, atol=1e-6
    )
    return float(same)


def _box_overlap(one: Sequence[float], other: Sequence[float]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared)


def _polygon_overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Counted in squares of a raster that is fine enough to tell polygons apart."""
    both = np.array([*one, *other], dtype=np.float64)
    if len(one) < 6 or len(other) < 6 or len(both) % 2:
        return 0.0
    corner = both.reshape(-1, 2).min(axis=0)
    span = float(max((both.reshape(-1, 2).max(axis=0) - corner).max(), 1e-9))
    rasters = []
    for points in (one, other):
        image = Image.new("1", (_RASTER_SIDE, _RASTER_SIDE))
        scaled = (np.array(points).reshape(-1, 2) - corner) * ((_RASTER_SIDE - 1) / span)
        ImageDraw.Draw(image).polygon([(x, y) for x, y in scaled.tolist()], fill=1)
        rasters.append(np.asarray(image))
    union = int((rasters[0] | rasters[1]).sum())
    return int((rasters[0] & rasters[1]).sum()) / union if union else 0.0


def _with_tracks(
    merged: Merged, before: Sequence[Track], new: Sequence[Track], shared: range
) -> list[Track]:
    """The tracks that may go on, once the next job's are there; what is over is put away."""
    end, start = shared.stop, shared.start
    going_on = [track for track in before if _goes_on(track, start)]
    merged.labels.tracks += [track for track in before if not _goes_on(track, start)]
    meeting = [track for track in new if track.frame in shared]
    matched = _matched(
        going_on, meeting, lambda a, b: _tracks_alike(a, b, shared), _LEAST_TRACK_LIKENESS
    )
    united: dict[int, Track] = {}
    for at, old in matched.items():
        _note_twin(merged, "track", old, meeting[at])
        united[id(old)] = _united(old, meeting[at])
    met = {id(meeting[at]) for at in matched}
    closed = [united.get(id(track)) or _closed(track, end) for track in going_on]
    return [*closed, *(track for track in new if id(track) not in met)]


def _goes_on(track: Track, start: int) -> bool:
    last = _last_key(track)
    return last is not None and (last.frame >= start or not last.outside)


def _last_key(track: Track) -> KeyFrame | None:
    return track.shapes[-1] if track.shapes else None


def _tracks_alike(one: Track, other: Track, shared: range) -> float:
    if one.label_id != other.label_id or len(one.elements) != len(other.elements):
        return 0.0
    found: list[float] = []
    for frame in shared:
        mine, theirs = drawn_at(one.shapes, frame), drawn_at(other.shapes, frame)
        if mine is None and theirs is None:
            continue
        if mine is None or theirs is None or mine.outside != theirs.outside:
            found.append(0.0)
        else:
            found.append(1.0 if mine.outside else _drawings_alike(mine, theirs))
    alike = sum(found) / len(found) if found else 0.0
    if not alike or not one.elements:
        return alike
    pairs = zip(one.elements, other.elements, strict=True)
    return min(_tracks_alike(mine, theirs, shared) for mine, theirs in pairs)


def _united(old: Track, new: Track) -> Track:
    """One track; where both have a key frame, the earlier job's counts."""
    keys = {key.frame: key for key in [*new.shapes, *old.shapes]}
    elements = [
        _united(mine, theirs) for mine, theirs in zip(old.elements, new.elements, strict=True)
    ]
    return msgspec.structs.replace(
        old,
        frame=min(old.frame, new.frame),
        shapes=[keys[frame] for frame in sorted(keys)],
        elements=elements,
    )


def _closed(track: Track, end: int) -> Track:
    """The track with its end said: the next job does not have it."""
    last = _last_key(track)
    elements = [_closed(element, end) for element in track.elements]
    if last is None or last.outside or last.frame >= end:
        return msgspec.structs.replace(track, elements=elements)
    closing = msgspec.structs.replace(last, frame=end, outside=True)
    return msgspec.structs.replace(track, shapes=[*track.shapes, closing], elements=elements)
