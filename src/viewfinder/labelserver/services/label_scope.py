"""Where labels are written or read, and the label classes that they may have there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from viewfinder.labelserver.errors import InvalidFieldError, InvalidRequestError
from viewfinder.labelserver.models import Job, Label, Task
from viewfinder.labelserver.wire.labels import KeyFrame, Labels, Shape, Tag, Track, Value

__all__ = ["Classes", "Scope"]


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

    @property
    def size(self) -> int:
        """The number of frames of the task."""
        return self.task.data.size if self.task.data else 0

    @property
    def shares_frames(self) -> bool:
        """Whether some frame is in several of the jobs."""
        pairs = zip(self.jobs, self.jobs[1:], strict=False)
        return any(later.start_frame <= earlier.stop_frame for earlier, later in pairs)

    def require_frames(self, labels: Labels) -> None:
        """Refuse labels for a task whose media are not there.

        Raises:
            InvalidFieldError: naming the kind of labels
        """
        if self.size:
            return
        for kind in ("tags", "shapes", "tracks"):
            if getattr(labels, kind):
                raise InvalidFieldError(kind, "The task has no frames yet. Nothing was saved.")


@dataclass(frozen=True, slots=True)
class Classes:
    """The label classes of a task, for checking and for defaults."""

    fixed: Mapping[int, Mapping[int, Value]]
    """label id → spec id → default, of the attributes that are the same on all frames."""
    changing: Mapping[int, Mapping[int, Value]]
    """The same for the others."""
    parents: Mapping[int, int | None]

    @classmethod
    def of(cls, labels: Iterable[Label]) -> Classes:
        """The classes of a task's labels, with the points of skeletons."""
        fixed: dict[int, dict[int, Value]] = {}
        changing: dict[int, dict[int, Value]] = {}
        parents: dict[int, int | None] = {}
        for label in labels:
            for each in (label, *label.sublabels):
                defaults = [(spec.mutable, spec.id, spec.default_value) for spec in each.attributes]
                fixed[each.id] = {
                    at: Value(at, value) for moves, at, value in defaults if not moves
                }
                changing[each.id] = {at: Value(at, value) for moves, at, value in defaults if moves}
                parents[each.id] = label.id if each is not label else None
        return cls(fixed, changing, parents)

    def check(self, labels: Labels) -> None:
        """Refuse labels of classes, or with attributes, that the task does not have.

        Raises:
            InvalidRequestError: naming what is not there
        """
        for tag in labels.tags:
            self._check(tag, None)
        for shape in labels.shapes:
            self._check(shape, None)
            for element in shape.elements:
                self._check(element, shape.label_id)
        for track in labels.tracks:
            self._check_track(track, None)
            for part in track.elements:
                self._check_track(part, track.label_id)

    def fill_in(self, labels: Labels) -> None:
        """Give labels the default values of attributes that they do not have."""
        for tag in labels.tags:
            self._fill_in(tag)
        for shape in labels.shapes:
            self._fill_in(shape)
            for element in shape.elements:
                self._fill_in(element)
        for track in labels.tracks:
            for part in (track, *track.elements):
                part.attributes = _filled(part.attributes, self.fixed.get(part.label_id, {}))
                defaults = self.changing.get(part.label_id, {})
                for key in part.shapes:
                    key.attributes = _filled(key.attributes, defaults)

    def _fill_in(self, label: Tag | Shape) -> None:
        fixed = self.fixed.get(label.label_id, {})
        changing = self.changing.get(label.label_id, {})
        if len(label.attributes) < len(fixed) + len(changing):
            defaults = sorted({**fixed, **changing}.items())
            label.attributes = _filled(label.attributes, dict(defaults))

    def _check(self, label: Tag | Shape | Track, parent_id: int | None) -> None:
        label_id = label.label_id
        if label_id not in self.parents or self.parents[label_id] != parent_id:
            raise InvalidRequestError(f"label_id `{label_id}` is invalid")
        for value in label.attributes:
            if value.spec_id not in self.fixed[label_id] and (
                value.spec_id not in self.changing[label_id]
            ):
                raise InvalidRequestError(f"spec_id `{value.spec_id}` is invalid")

    def _check_track(self, track: Track, parent_id: int | None) -> None:
        self._check(track, parent_id)
        _require(track, self.fixed[track.label_id])
        for key in track.shapes:
            _require(key, self.changing[track.label_id])


def _require(part: Track | KeyFrame, known: Mapping[int, Value]) -> None:
    """A track has the attributes that stay the same, its key frames have the others."""
    for value in part.attributes:
        if value.spec_id not in known:
            raise InvalidRequestError(f"spec_id `{value.spec_id}` is invalid")


def _filled(values: list[Value], defaults: Mapping[int, Value]) -> list[Value]:
    if len(values) >= len(defaults):
        return values
    there = {value.spec_id for value in values}
    return [*values, *(value for spec, value in defaults.items() if spec not in there)]
