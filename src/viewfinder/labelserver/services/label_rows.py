"""From checked messages to rows and back; nothing here writes.

Every label is checked before the first row is made, and coordinates are kept as the float64 they
arrived as.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from viewfinder.labelserver.errors import InvalidFieldError, InvalidRequestError
from viewfinder.labelserver.models import Job, Label, Shape, Tag, Task, Track
from viewfinder.labelserver.wire.annotations import (
    AttributeValue,
    Element,
    LabeledDataIn,
    LabeledShape,
    LabeledTag,
    LabeledTrack,
    TrackedShape,
    TrackElement,
)

__all__ = ["Classes", "Ids", "Kind", "Row", "RowMaker", "Rows", "Scope", "row_count", "to_messages"]

Row = dict[str, Any]
Kind = type[Tag] | type[Shape] | type[Track]
_AnyLabel = LabeledTag | LabeledShape | Element | LabeledTrack | TrackElement


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a write or read happens: some jobs of one task, in order of their frames."""

    task: Task
    jobs: Sequence[Job]
    """All jobs of the task, or the one that was asked for."""
    is_job: bool
    """Whether one job was asked for: it may then hold labels on any frame of its task."""

    @property
    def job_ids(self) -> list[int]:
        """The ids of the jobs."""
        return [job.id for job in self.jobs]


@dataclass(slots=True)
class Rows:
    """Rows of the tables, as dicts; parents and parts apart, so that parents are written first."""

    tags: list[Row] = field(default_factory=list)
    shapes: list[Row] = field(default_factory=list)
    elements: list[Row] = field(default_factory=list)
    tracks: list[Row] = field(default_factory=list)
    track_elements: list[Row] = field(default_factory=list)
    track_shapes: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Classes:
    """The label classes of a task, for checking and for defaults."""

    specs: Mapping[int, Mapping[int, tuple[str, bool]]]
    """label id → spec id → (default, mutable)."""
    parents: Mapping[int, int | None]

    @classmethod
    def of(cls, labels: Iterable[Label]) -> Classes:
        """The classes of a task's labels, with the points of skeletons."""
        specs: dict[int, dict[int, tuple[str, bool]]] = {}
        parents: dict[int, int | None] = {}
        for label in labels:
            for each in (label, *label.sublabels):
                specs[each.id] = {
                    spec.id: (spec.default_value, spec.mutable) for spec in each.attributes
                }
                parents[each.id] = label.id if each is not label else None
        return cls(specs, parents)

    def check(
        self, label_id: int, attributes: Sequence[AttributeValue], parent_id: int | None = None
    ) -> None:
        """Refuse a class or an attribute that the task (or the skeleton) does not have.

        Raises:
            InvalidRequestError: naming it
        """
        if label_id not in self.specs or self.parents[label_id] != parent_id:
            raise InvalidRequestError(f"label_id `{label_id}` is invalid")
        for attribute in attributes:
            if attribute.spec_id not in self.specs[label_id]:
                raise InvalidRequestError(f"spec_id `{attribute.spec_id}` is invalid")


class Ids:
    """Ids for new rows: the ones that a client names where it may, fresh ones otherwise."""

    def __init__(self, first_fresh: int, reusable: Mapping[Kind, set[int]]) -> None:
        self._next = first_fresh
        self._reusable = reusable

    def fresh(self) -> int:
        """An id that no row ever had."""
        self._next += 1
        return self._next - 1

    def take(self, kind: Kind, wanted: int | None) -> int:
        """The wanted id if it may be used, once; a fresh one otherwise."""
        free = self._reusable.get(kind)
        if wanted is not None and free is not None and wanted in free:
            free.remove(wanted)
            return wanted
        return self.fresh()


class RowMaker:
    """Checks messages and turns them into rows.

    Args:
        scope: where the labels go
        classes: what they may be
    """

    def __init__(self, scope: Scope, classes: Classes) -> None:
        self._scope = scope
        self._classes = classes
        self._size = scope.task.data.size if scope.task.data else 0
        self._starts = sorted((job.start_frame, job.stop_frame, job.id) for job in scope.jobs)

    def check(self, data: LabeledDataIn) -> None:
        """Refuse what can't be kept, before anything is changed.

        Raises:
            InvalidRequestError: for a class or attribute that the task does not have
            InvalidFieldError: for a frame that it does not have
        """
        if data.intervals:
            raise InvalidFieldError("intervals", "This server keeps no intervals; none was saved.")
        for tag in data.tags:
            self._check("tags", tag)
        for shape in data.shapes:
            self._check("shapes", shape)
            for element in shape.elements:
                self._check("shapes", element, shape.label_id)
        for track in data.tracks:
            self._check("tracks", track)
            self._check_key_frames(track.label_id, track.shapes)
            for part in track.elements:
                self._check("tracks", part, track.label_id)
                self._check_key_frames(part.label_id, part.shapes, track.label_id)

    def rows(self, data: LabeledDataIn, ids: Ids) -> Rows:
        """The rows of checked data."""
        rows = Rows()
        for tag in data.tags:
            rows.tags.append(self._labeled(tag, ids.take(Tag, tag.id)))
        for shape in data.shapes:
            row = self._shape(shape, ids.take(Shape, shape.id), None)
            rows.shapes.append(row)
            for element in shape.elements:
                part = self._shape(element, ids.take(Shape, element.id), row["id"])
                part["job_id"] = row["job_id"]
                rows.elements.append(part)
        for track in data.tracks:
            row = self._labeled(track, ids.take(Track, track.id)) | {"parent_id": None}
            rows.tracks.append(row)
            rows.track_shapes += self._key_frames(row["id"], track.shapes, ids)
            for track_part in track.elements:
                part = self._labeled(track_part, ids.take(Track, track_part.id))
                part |= {"parent_id": row["id"], "job_id": row["job_id"]}
                rows.track_elements.append(part)
                rows.track_shapes += self._key_frames(part["id"], track_part.shapes, ids)
        return rows

    def _check(
        self,
        kind: str,
        label: _AnyLabel,
        parent_id: int | None = None,
    ) -> None:
        self._classes.check(label.label_id, label.attributes, parent_id)
        if not self._size:
            raise InvalidFieldError(kind, "The task has no frames yet. Nothing was saved.")
        if label.frame >= self._size:
            # CVAT answers 200 here and drops the label; we do not lose labels without a word.
            raise InvalidFieldError(
                kind,
                f"Frame {label.frame} is not in the task, which has frames 0 to {self._size - 1}. "
                "Nothing was saved.",
            )

    def _check_key_frames(
        self, label_id: int, shapes: Sequence[TrackedShape], parent_id: int | None = None
    ) -> None:
        for shape in shapes:
            self._classes.check(label_id, shape.attributes, parent_id)

    def _job_of(self, frame: int) -> int:
        if self._scope.is_job:
            return self._scope.jobs[0].id
        for start, stop, job_id in self._starts:
            if start <= frame <= stop:
                return job_id
        raise AssertionError(f"no job has frame {frame}, which was checked before")

    def _labeled(self, label: _AnyLabel, row_id: int) -> Row:
        return {
            "id": row_id,
            "job_id": self._job_of(label.frame),
            "label_id": label.label_id,
            "frame": label.frame,
            "group_id": label.group,
            "source": label.source,
            "attributes": _attribute_pairs(label.attributes),
        }

    def _shape(self, shape: LabeledShape | Element, row_id: int, parent_id: int | None) -> Row:
        return self._labeled(shape, row_id) | {
            "parent_id": parent_id,
            "type": shape.type,
            "occluded": shape.occluded,
            "outside": shape.outside,
            "z_order": shape.z_order,
            "rotation": shape.rotation,
            "score": shape.score,
            "points": _to_bytes(shape.points),
        }

    def _key_frames(self, track_id: int, shapes: Sequence[TrackedShape], ids: Ids) -> list[Row]:
        return [
            {
                "id": ids.fresh(),
                "track_id": track_id,
                "frame": shape.frame,
                "type": shape.type,
                "occluded": shape.occluded,
                "outside": shape.outside,
                "z_order": shape.z_order,
                "rotation": shape.rotation,
                "points": _to_bytes(shape.points),
                "attributes": _attribute_pairs(shape.attributes),
            }
            for shape in shapes
        ]


def _attribute_pairs(attributes: Sequence[AttributeValue]) -> list[tuple[int, str]]:
    """One value a spec; the last one where a client sends several."""
    return list({attribute.spec_id: attribute.value for attribute in attributes}.items())


def _to_bytes(points: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(points)}d", *points)


def _to_points(data: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(data) // 8}d", data)


def row_count(data: LabeledDataIn) -> int:
    """At most so many ids are needed for this data."""
    shapes = len(data.shapes) + sum(len(shape.elements) for shape in data.shapes)
    tracks = sum(
        1 + len(track.shapes) + sum(1 + len(part.shapes) for part in track.elements)
        for track in data.tracks
    )
    return len(data.tags) + shapes + tracks


_NO_DEFAULTS: Mapping[int, tuple[str, bool]] = {}


def to_messages(rows: Rows, classes: Classes | None) -> Row:
    """Rows as CVAT shows them.

    Args:
        rows: in the order to be shown
        classes: fill in the defaults of attributes that a label does not have; None leaves them out

    Returns:
        a dict that :class:`LabeledData` describes
    """

    def defaults(label_id: int) -> Mapping[int, tuple[str, bool]]:
        return classes.specs.get(label_id, _NO_DEFAULTS) if classes else _NO_DEFAULTS

    tags = [_label_message(row, defaults(row["label_id"])) for row in rows.tags]
    shapes = {row["id"]: _shape_message(row, defaults(row["label_id"])) for row in rows.shapes}
    for shape in shapes.values():
        shape["elements"] = []
    for row in rows.elements:
        message = _shape_message(row, defaults(row["label_id"]))
        shapes[row["parent_id"]]["elements"].append(message)
    return {
        "version": 0,
        "tags": tags,
        "shapes": list(shapes.values()),
        "tracks": _track_messages(rows, defaults),
    }


def _track_messages(
    rows: Rows, defaults: Callable[[int], Mapping[int, tuple[str, bool]]]
) -> list[Row]:
    """Tracks: attributes that may change are on their key frames, the others on the track."""
    tracks: dict[int, Row] = {}
    changing: dict[int, Mapping[int, tuple[str, bool]]] = {}
    for row in [*rows.tracks, *rows.track_elements]:
        specs = defaults(row["label_id"])
        fixed = {key: value for key, value in specs.items() if not value[1]}
        changing[row["id"]] = {key: value for key, value in specs.items() if value[1]}
        tracks[row["id"]] = _label_message(row, fixed) | {"shapes": []}
    for row in rows.track_shapes:
        message = _drawn_message(row) | {
            "id": row["id"],
            "frame": row["frame"],
            "attributes": _attribute_messages(row["attributes"], changing[row["track_id"]]),
        }
        tracks[row["track_id"]]["shapes"].append(message)
    for row in rows.tracks:
        tracks[row["id"]]["elements"] = []
    for row in rows.track_elements:
        tracks[row["parent_id"]]["elements"].append(tracks[row["id"]])
    return [tracks[row["id"]] for row in rows.tracks]


def _label_message(row: Row, defaults: Mapping[int, tuple[str, bool]]) -> Row:
    return {
        "id": row["id"],
        "label_id": row["label_id"],
        "frame": row["frame"],
        "group": row["group_id"],
        "source": row["source"],
        "attributes": _attribute_messages(row["attributes"], defaults),
    }


def _drawn_message(row: Row) -> Row:
    return {
        "type": row["type"],
        "occluded": row["occluded"],
        "outside": row["outside"],
        "z_order": row["z_order"],
        "rotation": row["rotation"],
        "points": _to_points(row["points"]),
    }


def _shape_message(row: Row, defaults: Mapping[int, tuple[str, bool]]) -> Row:
    return _label_message(row, defaults) | _drawn_message(row) | {"score": row["score"]}


def _attribute_messages(
    pairs: Sequence[tuple[int, str]], defaults: Mapping[int, tuple[str, bool]]
) -> list[Row]:
    messages = [{"spec_id": spec_id, "value": value} for spec_id, value in pairs]
    there = {spec_id for spec_id, _ in pairs}
    messages += [
        {"spec_id": spec_id, "value": default}
        for spec_id, (default, _) in defaults.items()
        if spec_id not in there
    ]
    return messages
