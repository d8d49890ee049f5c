"""Edits of random labels of images, done on the server, and what must follow from each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np

from benchmarks.exactness_rounds import Round, bits
from viewfinder.annotate.record import SentTask
from viewfinder.annotate.schema import FieldPlan
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.rle import encode_mask
from viewfinder.cvat.to_cvat import CUBOID_ORDER, target_pixels
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, ServerClasses, text_of
from viewfinder.labels import Label, LabelList, Segmentation

__all__ = ["Expected", "Spot", "edit_images", "labels_by_id", "wrong"]

Record: TypeAlias = wire.Shape | wire.Tag
Changes: TypeAlias = dict[str, Any]
"""What follows: a value that is to be equal to the bit, or a function that judges the new one."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A label, and where it is."""

    place: tuple[str, int, str]
    """Sample, frame number (0 for images) and field."""
    label: Label


@dataclass
class Expected:
    """What must follow from all edits of a round."""

    changed: dict[str, Changes] = field(default_factory=dict)
    """By the label's id."""
    gone: set[str] = field(default_factory=set)
    added: dict[tuple[tuple[str, int, str], str], int] = field(default_factory=dict)
    """New labels by place and class."""

    @property
    def count(self) -> int:
        """How many edits were made."""
        return len(self.changed) + len(self.gone) + sum(self.added.values())


def labels_by_id(dataset: Any) -> dict[str, Spot]:
    """Every label of a dataset, copied."""
    found = {}
    for sample in dataset:
        sample.reload()
        frames = sample.frames.items() if dataset.media_type == "video" else ()
        for number, document in [(0, sample), *frames]:
            for name in document.field_names:
                value = document[name] if name != "frames" else None
                labels = value.labels if isinstance(value, LabelList) else [value]
                for label in labels:
                    if isinstance(label, Label):
                        place = (str(sample.id), number, name)
                        found[label.id] = Spot(place, label.copy())
    return found


def wrong(before: Mapping[str, Spot], after: Mapping[str, Spot], expected: Expected) -> list[str]:
    """What is not as it must be, a sentence each."""
    problems = [f"{each} is still there" for each in expected.gone & after.keys()]
    lost = before.keys() - after.keys() - expected.gone
    problems += [f"{each} of {before[each].place} is lost" for each in lost]
    new: dict[Any, int] = {}
    for each in after.keys() - before.keys():
        key = (after[each].place, str(after[each].label["label"]))
        new[key] = new.get(key, 0) + 1
    if new != expected.added:
        problems.append(f"added were {new}, not {expected.added}")
    for each in before.keys() & after.keys():
        changes = expected.changed.get(each, {})
        was, now = before[each].label, after[each].label
        for name in sorted({*was.field_names, *now.field_names}):
            old, value = was.get(name), now.get(name)
            wanted = changes.get(name, old)
            right = wanted(value) if callable(wanted) else bits(value) == bits(wanted)
            if not right:
                problems.append(f"{before[each].place} {each}: {name} was {old!r}, is {value!r}, "
                                f"after {changes}")  # fmt: skip
    return problems


def edit_images(
    rng: Random,
    client: CvatClient,
    made: Round,
    tasks: Sequence[SentTask],
    plan_of: Callable[[str], FieldPlan | None],
    local: Mapping[str, Spot],
) -> Expected:
    """Edits about half of the labels of a round, each in one way, and adds some."""
    expected = Expected()
    for task in tasks:
        _TaskEdits(rng, client, made, task, plan_of, local, expected).run()
    return expected


@dataclass
class _TaskEdits:
    rng: Random
    client: CvatClient
    made: Round
    task: SentTask
    plan_of: Callable[[str], FieldPlan | None]
    local: Mapping[str, Spot]
    expected: Expected
    updated: wire.LabeledData = field(default_factory=wire.LabeledData)
    removed: wire.LabeledData = field(default_factory=wire.LabeledData)

    def __post_init__(self) -> None:
        self.classes = ServerClasses(self.client.labels(task_id=self.task.task_id))

    def run(self) -> None:
        """Makes the edits and saves them."""
        data = self.client.annotations("tasks", self.task.task_id)
        groups: dict[str, list[Record]] = {}
        every: list[Record] = [*data.tags, *data.shapes]
        for record in every:
            groups.setdefault(self.text(record, LABEL_ID), []).append(record)
        for label_id, records in groups.items():
            spot = self.local.get(label_id)
            if spot is not None and self.rng.random() < 0.6:
                self.edit(spot, records)
        added = wire.LabeledData(shapes=list(self.additions()))
        todo: tuple[tuple[wire.LabeledData, Literal["update", "delete"]], ...] = (
            (self.updated, "update"),
            (self.removed, "delete"),
        )
        for changes, action in todo:
            if changes.tags or changes.shapes:
                self.client.patch_annotations("tasks", self.task.task_id, changes, action=action)
        if added.shapes:
            self.client.patch_annotations("tasks", self.task.task_id, added, action="create")

    def edit(self, spot: Spot, records: list[Record]) -> None:
        """One edit of a label."""
        if isinstance(spot.label, Segmentation):
            painted = self.paint(spot.label, records)
            if painted is not None:
                self.expected.changed[spot.label.id] = painted
            return
        ways = [self.delete, self.reclass, self.attribute, self.attribute]
        if isinstance(records[0], wire.Shape):
            ways += [self.shape] * 4
        changes = self.rng.choice(ways)(spot.label, records)
        if changes is not None:
            self.expected.changed[spot.label.id] = changes

    def delete(self, label: Label, records: list[Record]) -> Changes | None:
        """Deletes all of a label."""
        for record in records:
            self.keep(self.removed, record)
        self.expected.gone.add(label.id)
        return None

    def paint(self, label: Segmentation, records: list[Record]) -> Changes | None:
        """Deletes a class of a segmentation, or paints some of its background."""
        record = self.rng.choice([each for each in records if isinstance(each, wire.Shape)])
        width, height = self.size(record)
        mask = label.get_mask()
        name, class_name = self.task.classes[record.label_id]
        author = self.made.author_of(name)
        if mask is None or mask.shape[:2] != (height, width) or author is None:
            return None
        target = next(key for key, held in author.targets.items() if held == class_name)
        here, there = target_pixels(mask, target), mask.reshape(height, width, -1).any(axis=2)
        value = target if isinstance(target, int) else list(bytes.fromhex(target[1:]))
        expected = mask.copy()
        if len(records) > 1 and self.rng.random() < 0.5:
            expected[here] = 0
            self.keep(self.removed, record)
        else:
            top, left = self.rng.randrange(height), self.rng.randrange(width)
            new = np.zeros((height, width), dtype=np.bool_)
            new[top : top + 9, left : left + 9] = True
            new &= ~there
            if not new.any():
                return None
            expected[new] = value
            record.points = encode_mask(here | new)
            self.keep(self.updated, record)
        return {"mask": lambda held: held is not None and np.array_equal(held, expected)}

    def reclass(self, label: Label, records: list[Record]) -> Changes | None:
        """Gives a label another class of its field, with or without its attributes."""
        del label
        number = records[0].label_id
        name = self.task.classes[number][0]
        others = [n for n, (each, _) in self.task.classes.items() if each == name and n != number]
        author = self.made.author_of(name)
        if not others or author is None or author.kind == "skeletons":
            return None
        other = self.rng.choice(others)
        specs, keeps = self.classes.by_id[other].spec_ids, self.rng.random() < 0.5
        for record in records:
            texts = {self.classes.attribute_names[i.spec_id]: i.value for i in record.attributes}
            record.label_id = other
            record.attributes = [
                wire.AttributeValue(spec_id=specs[each], value=text)
                for each, text in texts.items()
                if keeps and each in specs
            ]
            self.keep(self.updated, record)
        return {"label": self.task.classes[other][1]}

    def attribute(self, label: Label, records: list[Record]) -> Changes | None:
        """Sets an attribute, or a flag."""
        del label
        name, class_name = self.task.classes[records[0].label_id]
        plan, author = self.plan_of(name), self.made.author_of(name)
        if plan is None or author is None:
            return None
        tools = [tool for tool in plan.tools_of(class_name) if tool.name in author.attributes]
        if not tools:
            return None
        tool = self.rng.choice(tools)
        value = author.attributes[tool.name].make(self.rng)
        value = self.rng.choice(_SOURCES) if tool.type == "source" else value
        for record in records:
            if tool.is_native:
                if not _set_native(record, tool, value):
                    return None
            else:
                spec = self.classes.by_id[record.label_id].spec_ids[tool.name]
                if self.text(record, tool.name) == text_of(value):
                    return None
                others = [item for item in record.attributes if item.spec_id != spec]
                text = wire.AttributeValue(spec_id=spec, value=text_of(value))
                record.attributes = [*others, text]
        for record in records:
            self.keep(self.updated, record)
        if tool.read_only:
            return {}
        if tool.type == "group_id" or text_of(value) == "":
            value = value or None
        return {tool.name: value}

    def shape(self, label: Label, records: list[Record]) -> Changes | None:
        """Changes one of a label's shapes."""
        record = self.rng.choice([each for each in records if isinstance(each, wire.Shape)])
        width, height = self.size(record)
        how: dict[str, Callable[..., Changes | None]] = {
            "rectangle": self.box,
            "ellipse": self.turn,
            "mask": self.mask,
            "skeleton": self.node,
        }
        changes = how.get(record.type, self.point)(label, record, width, height)
        if changes is not None:
            self.keep(self.updated, record)
        return changes

    def box(self, label: Label, shape: wire.Shape, width: int, height: int) -> Changes | None:
        """Moves some edges of a box outwards, or turns it."""
        if self.rng.random() < 0.3:
            return self.turn(label, shape, width, height)
        points, old = list(shape.points or ()), [float(value) for value in label["bounding_box"]]
        moved = [self.rng.random() < 0.5 for _ in range(4)]
        if not any(moved):
            return None
        for place, each in enumerate(moved):
            points[place] += each * self.rng.uniform(0.5, 9) * (1 if place > 1 else -1)
        shape.points = points
        left, top, right, bottom = points
        exact = [not moved[0], not moved[1], not (moved[0] or moved[2]), not (moved[1] or moved[3])]
        new = [left / width, top / height, (right - left) / width, (bottom - top) / height]
        return {"bounding_box": _near(new, old, exact)}

    def turn(self, label: Label, shape: wire.Shape, *_: int) -> Changes | None:
        """Turns a box or an ellipse."""
        del label
        shape.rotation = self.rng.uniform(1e-6, 359)
        return {"rotation": shape.rotation}

    def mask(self, label: Label, shape: wire.Shape, width: int, height: int) -> Changes | None:
        """Paints a mask anew."""
        del label
        rows, columns = self.rng.randrange(1, height + 1), self.rng.randrange(1, width + 1)
        pixels = np.frombuffer(self.rng.randbytes(rows * columns), np.uint8) < 99
        pixels = pixels.reshape(rows, columns)
        pixels[self.rng.randrange(rows), self.rng.randrange(columns)] = True
        left, top = self.rng.randrange(width - columns + 1), self.rng.randrange(height - rows + 1)
        points = encode_mask(pixels, left=left, top=top)
        if points == shape.points:
            return None
        shape.points = points
        box = [left / width, top / height, columns / width, rows / height]
        return {
            "bounding_box": _near(box, box, [False] * 4),
            "mask": lambda mask: mask is not None and np.array_equal(np.asarray(mask) != 0, pixels),
        }

    def node(self, label: Label, shape: wire.Shape, width: int, height: int) -> Changes | None:
        """Moves a point of a skeleton that is seen."""
        nodes = self.classes.by_id[shape.label_id].node_ids
        seen = [each for each in shape.elements or () if not each.outside]
        if not seen:
            return None
        element = self.rng.choice(seen)
        element.points = [self.rng.uniform(0, width), self.rng.uniform(0, height)]
        new = (element.points[0] / width, element.points[1] / height)
        return {"points": _one_moved(label["points"], nodes.index(element.label_id), new)}

    def point(self, label: Label, shape: wire.Shape, width: int, height: int) -> Changes | None:
        """Moves one point of a line, of points, or of a cuboid."""
        points = list(shape.points or ())
        place = self.rng.randrange(len(points) // 2)
        points[2 * place : 2 * place + 2] = [self.rng.uniform(0, width),
                                             self.rng.uniform(0, height)]  # fmt: skip
        new = (points[2 * place] / width, points[2 * place + 1] / height)
        parts = label["points"]
        if shape.type == "points":
            shape.points = points
            there = [n for n, each in enumerate(parts) if not any(map(math.isnan, each))]
            return {"points": _one_moved(parts, there[place], new)}
        if shape.type == "cuboid":
            shape.points = points
            corner = CUBOID_ORDER[place]
            return {"points": _part_moved(parts, corner // 4, corner % 4, new)}
        sent = [[v * s for p in part for v, s in zip(p, (width, height), strict=True)]
                for part in parts]  # fmt: skip
        same = [number for number, each in enumerate(sent) if each == shape.points]
        if len(same) != 1:
            return None
        shape.points = points
        return {"points": _part_moved(parts, same[0], place, new)}

    def additions(self) -> Iterator[wire.Shape]:
        """New shapes in fields of lists."""
        ways = {"detections": ("rectangle", [1.5, 2.0, 9.25, 8.0]),
                "polygons": ("polygon", [1.0, 2.0, 9.5, 8.0, 3.0, 4.0]),
                "polylines": ("polyline", [1.0, 2.0, 9.5, 8.0]),
                "instances": ("mask", encode_mask(np.eye(5), left=2, top=3)),
                "keypoints": ("points", [1.0, 2.0, 9.5, 8.0])}  # fmt: skip
        for number, frame in enumerate(self.task.frames):
            class_id, (name, class_name) = self.rng.choice(list(self.task.classes.items()))
            author = self.made.author_of(name)
            if author is None or author.kind not in ways or self.rng.random() < 0.5:
                continue
            type_, points = ways[author.kind]
            place = (frame.sample_id, frame.frame_number or 0, name.removeprefix("frames."))
            key = (place, class_name)
            self.expected.added[key] = self.expected.added.get(key, 0) + 1
            yield wire.Shape(type=type_, frame=number, label_id=class_id, points=list(points))

    def text(self, record: Record, name: str) -> str:
        """What a record has under the name of an attribute."""
        names = self.classes.attribute_names
        found = [i.value for i in record.attributes if names.get(i.spec_id) == name]
        return text_of(found[0]) if found else ""

    def size(self, record: Record) -> tuple[int, int]:
        """Of the image of a record."""
        frame = self.task.frames[record.frame]
        return frame.width, frame.height

    def keep(self, data: wire.LabeledData, record: Record) -> None:
        """Adds a record to what is to be saved."""
        if isinstance(record, wire.Tag):
            data.tags.append(msgspec.structs.replace(record))
        else:
            data.shapes.append(msgspec.structs.replace(record))


_SOURCES = ("manual", "auto", "semi-auto", "file")


def _set_native(record: Record, tool: AttributeTool, value: Any) -> bool:
    """Sets a property of the server's own; False where nothing changes."""
    name = {"group_id": "group"}.get(tool.type, tool.type)
    if name in {"occluded", "z_order"} and isinstance(record, wire.Tag):
        return False
    if (getattr(record, name) or 0) == (value or 0):
        return False
    setattr(record, name, value)
    return True


def _near(
    new: Sequence[float], old: Sequence[float], exact: Sequence[bool]
) -> Callable[[Any], bool]:
    """Whether some numbers are the old ones to the bit, and the others the new ones."""
    return lambda value: (
        len(value) == len(new)
        and all(
            bits(float(v)) == bits(o) if same else math.isclose(v, n, rel_tol=1e-9, abs_tol=1e-9)
            for v, n, o, same in zip(value, new, old, exact, strict=True)
        )
    )


def _one_moved(
    points: Sequence[Any], place: int, new: tuple[float, float]
) -> Callable[[Any], bool]:
    old = [(float(x), float(y)) for x, y in points]
    return lambda value: (
        len(value) == len(old)
        and all(
            math.dist(v, new) < 1e-9 if n == place else bits(list(v)) == bits(list(o))
            for n, (v, o) in enumerate(zip(value, old, strict=True))
        )
    )


def _part_moved(
    parts: Sequence[Any], part: int, place: int, new: tuple[float, float]
) -> Callable[[Any], bool]:
    judge = _one_moved(parts[part], place, new)
    return lambda value: (
        len(value) == len(parts)
        and all(
            judge(v) if n == part else bits([list(p) for p in v]) == bits([list(p) for p in o])
            for n, (v, o) in enumerate(zip(value, parts, strict=True))
        )
    )
