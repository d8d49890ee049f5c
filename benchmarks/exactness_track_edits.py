"""Edits of random tracks of videos, done on the server, and what must follow on each frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from benchmarks.exactness_edits import Changes, Expected, Spot
from benchmarks.exactness_rounds import Round, bits
from viewfinder.annotate.record import SentTask
from viewfinder.annotate.schema import FieldPlan
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, ServerClasses, text_of

__all__ = ["edit_videos"]


def edit_videos(
    rng: Random,
    client: CvatClient,
    made: Round,
    tasks: Sequence[SentTask],
    plan_of: Callable[[str], FieldPlan | None],
    local: Mapping[str, Spot],
) -> Expected:
    """Edits about half of the tracks of a round, each in one way in one of its jobs."""
    expected = Expected()
    for task in tasks:
        work = _Tracks(rng, client, made, task, plan_of, local, expected)
        for job in client.jobs(task.task_id):
            work.run(job)
    return expected


@dataclass
class _Tracks:
    rng: Random
    client: CvatClient
    made: Round
    task: SentTask
    plan_of: Callable[[str], FieldPlan | None]
    local: Mapping[str, Spot]
    expected: Expected
    classes: ServerClasses = field(init=False)

    def __post_init__(self) -> None:
        self.classes = ServerClasses(self.client.labels(task_id=self.task.task_id))

    def run(self, job: wire.Job) -> None:
        """Edits the tracks of a job."""
        found = self.client.annotations("jobs", job.id)
        updated, removed = wire.LabeledData(), wire.LabeledData()
        ways = (self.reclass, self.attribute, self.move, self.hide)
        for track in found.tracks:
            labels = self.labels_of(track, job)
            if not labels or self.rng.random() < 0.4:
                continue
            if self.rng.random() < 0.2:
                removed.tracks.append(track)
                self.expected.gone |= set(labels.values())
                continue
            changes = self.rng.choice(ways)(track, labels)
            if changes is not None:
                updated.tracks.append(track)
                for frame, change in changes.items():
                    if frame in labels and change is None:
                        self.expected.gone.add(labels[frame])
                    elif frame in labels and change is not None:
                        self.expected.changed[labels[frame]] = change
        created = wire.LabeledData(tracks=self.additions(job))
        todo: tuple[tuple[wire.LabeledData, Literal["update", "delete", "create"]], ...] = (
            (updated, "update"),
            (removed, "delete"),
            (created, "create"),
        )
        for data, action in todo:
            if data.tracks:
                self.client.patch_annotations("jobs", job.id, data, action=action)

    def additions(self, job: wire.Job) -> list[wire.Track]:
        """A new box that is seen on one frame of a job, or none."""
        classes = [(number, *owner) for number, owner in self.task.classes.items()]
        number, name, class_name = self.rng.choice(classes)
        author = self.made.author_of(name)
        if author is None or author.kind != "detections":
            return []
        frame = self.rng.randrange(job.start_frame, job.stop_frame + 1)
        shown = self.task.frames[frame]
        place = (shown.sample_id, shown.frame_number or 0, name.removeprefix("frames."))
        key = (place, class_name)
        self.expected.added[key] = self.expected.added.get(key, 0) + 1
        points = [1.5, 2.0, 9.25, 8.0]
        shapes = [wire.TrackedShape(type="rectangle", frame=frame, points=points)]
        if frame < job.stop_frame:
            end = wire.TrackedShape(type="rectangle", frame=frame + 1, points=points, outside=True)
            shapes.append(end)
        return [wire.Track(frame=frame, label_id=number, shapes=shapes)]

    def labels_of(self, track: wire.Track, job: wire.Job) -> dict[int, str]:
        """The labels that a track shows in a job, by frame; none where it is a part of labels."""
        keys = sorted(track.shapes, key=lambda shape: shape.frame)
        texts = [self.text(shape.attributes, LABEL_ID) for shape in keys]
        first = self.local.get(next((text for text in texts if text), ""))
        if first is None or any("#" in text for text in texts):
            return {}
        (owner, _, name), label = first.place, first.label
        same = {
            spot.place[1]: spot
            for spot in self.local.values()
            if (spot.place[0], spot.place[2]) == (owner, name)
            and (spot.label["label"], spot.label["index"]) == (label["label"], label["index"])
        }
        shown = {}
        for frame in range(job.start_frame, job.stop_frame + 1):
            before = [shape for shape in keys if shape.frame <= frame]
            spot = same.get(self.task.frames[frame].frame_number or 0)
            if before and not before[-1].outside and not _hidden(track, frame) and spot is not None:
                of_parts = any(shape.type in {"polygon", "polyline"} for shape in keys)
                if of_parts and len(spot.label["points"] or ()) > 1:
                    return {}
                shown[frame] = spot.label.id
        return shown

    def reclass(
        self, track: wire.Track, labels: dict[int, str]
    ) -> dict[int, Changes | None] | None:
        """Gives a track another class of its field; its attributes go with the old one."""
        number = track.label_id
        name = self.task.classes[number][0]
        others = [n for n, (each, _) in self.task.classes.items() if each == name and n != number]
        if not others or track.elements:
            return None
        track.label_id = self.rng.choice(others)
        track.attributes = []
        for shape in track.shapes:
            shape.attributes = []
        return {frame: {"label": self.task.classes[track.label_id][1]} for frame in labels}

    def attribute(
        self, track: wire.Track, labels: dict[int, str]
    ) -> dict[int, Changes | None] | None:
        """Sets an attribute of a keyframe, of the whole track, or a flag of a keyframe."""
        name, class_name = self.task.classes[track.label_id]
        plan, author = self.plan_of(name), self.made.author_of(name)
        if plan is None or author is None:
            return None
        tools = [tool for tool in plan.tools_of(class_name) if tool.name in author.attributes]
        if not tools:
            return None
        tool = self.rng.choice(tools)
        value = author.attributes[tool.name].make(self.rng)
        wanted: Changes = {} if tool.read_only else {tool.name: value}
        if tool.type in {"group_id", "source"}:
            if tool.type == "source":
                value = self.rng.choice(("manual", "auto", "file"))
                wanted = {} if tool.read_only else {tool.name: value}
            place = "group" if tool.type == "group_id" else "source"
            if (getattr(track, place) or None) == (value or None):
                return None
            setattr(track, place, value)
            if tool.type == "group_id" and not value and wanted:
                wanted = {tool.name: None}
            return dict.fromkeys(labels, wanted)
        if tool.is_native:
            return self.flag(track, labels, tool, value, wanted)
        if text_of(value) == "" and wanted:
            wanted = {tool.name: None}
        return self.typed(track, labels, tool, text_of(value), wanted)

    def flag(
        self,
        track: wire.Track,
        labels: dict[int, str],
        tool: AttributeTool,
        value: Any,
        wanted: Changes,
    ) -> dict[int, Changes | None] | None:
        """Sets a flag of a keyframe."""
        shape = self.keyframe(track)
        if track.elements or shape is None or getattr(shape, tool.type) == value:
            return None
        setattr(shape, tool.type, value)
        return {frame: wanted for frame in labels if self.rules(track, shape, frame)}

    def typed(
        self,
        track: wire.Track,
        labels: dict[int, str],
        tool: AttributeTool,
        text: str,
        wanted: Changes,
    ) -> dict[int, Changes | None] | None:
        """Sets an attribute of a keyframe, or of the whole track."""
        spec = self.classes.by_id[track.label_id].spec_ids[tool.name]
        shape = self.keyframe(track)
        if shape is None:
            return None
        owner: wire.Track | wire.TrackedShape = shape if tool.mutable else track
        if self.text(owner.attributes, tool.name) == text:
            return None
        others = [item for item in owner.attributes if item.spec_id != spec]
        owner.attributes = [*others, wire.AttributeValue(spec_id=spec, value=text)]
        return {
            frame: wanted for frame in labels if not tool.mutable or self.rules(track, shape, frame)
        }

    def move(self, track: wire.Track, labels: dict[int, str]) -> dict[int, Changes | None] | None:
        """Moves the left edge of a box at a keyframe."""
        shape = self.keyframe(track)
        if shape is None or any(each.type != "rectangle" for each in track.shapes):
            return None
        assert shape.points is not None
        was = {frame: _left(track, frame) for frame in labels}
        shape.points = [shape.points[0] - self.rng.uniform(1, 9), *shape.points[1:]]
        width = self.task.frames[shape.frame].width
        changes: dict[int, Changes | None] = {}
        for frame, label_id in labels.items():
            now = _left(track, frame)
            if abs(now - was[frame]) > 1e-12:
                old = self.local[label_id].label["bounding_box"]
                changes[frame] = {"bounding_box": _left_moved(old, now / width)}
        return changes

    def hide(self, track: wire.Track, labels: dict[int, str]) -> dict[int, Changes | None] | None:
        """Takes the object out of sight from a keyframe to the next one."""
        shape = self.keyframe(track)
        if shape is None or track.elements:
            return None
        shape.outside = True
        return {frame: None for frame in labels if self.rules(track, shape, frame)}

    def keyframe(self, track: wire.Track) -> wire.TrackedShape | None:
        """One of the keyframes on which the object is seen."""
        seen = [shape for shape in track.shapes if not shape.outside]
        return self.rng.choice(seen) if seen else None

    def rules(self, track: wire.Track, shape: wire.TrackedShape, frame: int) -> bool:
        """Whether a keyframe is the last one up to a frame."""
        before = [each.frame for each in track.shapes if each.frame <= frame]
        return bool(before) and max(before) == shape.frame

    def text(self, attributes: Sequence[wire.AttributeValue], name: str) -> str:
        """What is written under the name of an attribute."""
        names = self.classes.attribute_names
        found = [item.value for item in attributes if names.get(item.spec_id) == name]
        return text_of(found[0]) if found else ""


def _hidden(track: wire.Track, frame: int) -> bool:
    """Whether all nodes of a skeleton are out of sight."""
    last = []
    for node in track.elements or ():
        before = [shape for shape in node.shapes if shape.frame <= frame]
        last.append(not before or max(before, key=lambda shape: shape.frame).outside)
    return bool(last) and all(last)


def _left(track: wire.Track, frame: int) -> float:
    """The left edge of a box on a frame, in a straight line between keyframes."""
    there = {shape.frame: (shape.points or [math.nan])[0] for shape in track.shapes}
    before = max((n for n in there if n <= frame), default=min(there))
    after = min((n for n in there if n > frame), default=before)
    share = 0.0 if after == before else (frame - before) / (after - before)
    return there[before] + (there[after] - there[before]) * share


def _left_moved(old: Sequence[float], left: float) -> Callable[[Any], bool]:
    return lambda value: (
        math.isclose(value[0], left, abs_tol=1e-9)
        and bits([value[1], value[3]]) == bits([float(old[1]), float(old[3])])
    )
