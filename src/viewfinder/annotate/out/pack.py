"""What goes into each task: images or a video, and their labels; made as it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from viewfinder.annotate.record import SentTask
from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.annotate.stand_ins import stand_ins
from viewfinder.cvat.frame_map import FrameMap
from viewfinder.cvat.to_cvat import LabelType
from viewfinder.labels import Detection, Label, Polyline
from viewfinder.samples import Place

__all__ = [
    "Naming",
    "Pack",
    "PackedImage",
    "PackedVideo",
    "Source",
    "VideoSource",
    "drawn_as",
    "packs",
    "place_on_server",
    "repacked",
    "video_packs",
]


@dataclass(frozen=True, slots=True)
class PackedImage:
    """One image of a task."""

    sample_id: str
    filepath: Path
    name: str
    """Its name on the server, which no other image of the task has."""
    labels: Mapping[str, Sequence[Label]]
    """The labels that go along, by field."""
    frame_number: int | None = None
    """Which frame of a video it is, from 1; None for an image that is a sample."""

    @property
    def place(self) -> Place:
        """The sample or frame that it shows."""
        return Place(self.sample_id, self.frame_number)


@dataclass(frozen=True, slots=True)
class PackedVideo:
    """The one video of a task."""

    sample_id: str
    filepath: Path
    name: str
    """Its name on the server."""
    frames: FrameMap
    """The frames that are shown."""
    labels: Mapping[str, Mapping[int, Sequence[Label]]]
    """The labels that go along, by field and frame number."""
    top_index: Mapping[str, int]
    """The highest ``index`` of each field in all of the video."""

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from other videos and clips: the sample, and its first frame's number."""
        return self.sample_id, self.frames.start + 1


@dataclass(frozen=True, slots=True)
class Pack:
    """One task: images, or a video."""

    name: str
    images: tuple[PackedImage, ...]
    video: PackedVideo | None = None

    @property
    def media(self) -> Sequence[PackedImage | PackedVideo]:
        """The files that are sent."""
        return self.images if self.video is None else (self.video,)


@dataclass(frozen=True, slots=True)
class Source:
    """One sample as it is packed."""

    sample_id: str
    filepath: Path
    values: Mapping[str, Any]
    """The sample's values by field."""
    frame_number: int | None = None
    """Which frame of a video it is, from 1, of the sample; None for the sample itself."""


@dataclass(frozen=True, slots=True)
class VideoSource:
    """One video, or a part of one, as it is packed."""

    sample_id: str
    filepath: Path
    frames: FrameMap
    """The frames that are shown."""
    values: Mapping[int, Mapping[str, Any]]
    """The values of each frame by field, by frame number."""
    top_index: Mapping[str, int]
    """The highest ``index`` of each field in all of the video."""


@dataclass(frozen=True, slots=True)
class Naming:
    """What tasks and images are called on the server."""

    name: str
    several: bool = False
    """Whether the tasks of the run are numbered."""
    first: int = 1
    """Number of the first of these tasks."""
    server_files: Mapping[str, str] | None = None
    """Folder here to folder there, for media that the server has already."""

    def task(self, number: int) -> str:
        """The name of a task."""
        return f"{self.name}_{number}" if self.several else self.name

    def images(self, paths: Sequence[Path]) -> list[str]:
        """The names of the images of a task, each once."""
        if self.server_files is None:
            return _unique_names([path.name for path in paths])
        return [place_on_server(path, self.server_files) or path.name for path in paths]


def packs(
    sources: Iterable[Source],
    schema: LabelSchema,
    *,
    naming: Naming,
    task_size: int | None,
    total: int,
) -> Iterator[Pack]:
    """The tasks of a run, one after the other.

    Args:
        sources: the samples in order
        schema: how their fields are annotated
        naming: names of the tasks and images
        task_size: images a task at most
        total: number of samples
    """
    remaining = iter(sources)
    number = naming.first
    while chunk := list(islice(remaining, task_size or max(total, 1))):
        names = naming.images([source.filepath for source in chunk])
        yield Pack(
            naming.task(number),
            tuple(_packed(source, name, schema) for source, name in zip(chunk, names, strict=True)),
        )
        number += 1


def video_packs(
    sources: Iterable[VideoSource], schema: LabelSchema, *, naming: Naming
) -> Iterator[Pack]:
    """The tasks of a run over videos: one for each of them."""
    for number, source in enumerate(sources, naming.first):
        labels: dict[str, dict[int, list[Label]]] = {
            plan.field: {} for plan in schema.fields if plan.exists
        }
        for frame_number, values in source.values.items():
            for plan in schema.fields:
                found = _labels(values.get(plan.field), plan, source.sample_id)
                if plan.exists and found:
                    labels[plan.field][frame_number] = found
        (name,) = naming.images([source.filepath])
        video = PackedVideo(
            source.sample_id, source.filepath, name, source.frames, labels, source.top_index
        )
        yield Pack(naming.task(number), (), video)


def repacked(task: SentTask, sources: Iterable[Source], schema: LabelSchema) -> Pack:
    """The pack of a task that was begun, as it was: the same images in the same order.

    Of samples that were deleted since, the image stays in its place and no label goes along.
    """
    found = {Place(source.sample_id, source.frame_number): source for source in sources}
    images = [
        _packed(found[frame.place], frame.name, schema)
        if frame.place in found
        else PackedImage(frame.sample_id, Path(frame.name), frame.name, {}, frame.frame_number)
        for frame in task.frames
    ]
    return Pack(task.name, tuple(images))


def place_on_server(path: Path, server_files: Mapping[str, str]) -> str | None:
    """Where a file is on the server that has it already; None where no folder covers it."""
    for here, there in sorted(server_files.items(), key=lambda item: -len(item[0])):
        if path.is_relative_to(here):
            return str(PurePosixPath(there, *path.relative_to(here).parts)).lstrip("/")
    return None


def _packed(source: Source, name: str, schema: LabelSchema) -> PackedImage:
    labels = {
        plan.field: _labels(source.values.get(plan.field), plan, source.sample_id)
        for plan in schema.fields
        if plan.exists
    }
    return PackedImage(source.sample_id, source.filepath, name, labels, source.frame_number)


def _labels(value: Any, plan: FieldPlan, owner_id: str) -> list[Label]:
    """The labels of a field's value that are drawn as the field is annotated."""
    labels = stand_ins(value, plan, owner_id)
    if plan.kind == "scalar":
        return labels
    return [label for label in labels if plan.kind in drawn_as(label)]


def drawn_as(label: Label) -> tuple[LabelType, ...]:
    """In which ways a label can be drawn as it is."""
    if isinstance(label, Detection):
        return ("instances",) if label.has_mask else ("detections",)
    if isinstance(label, Polyline):
        return ("polygons",) if label.filled else ("polylines",)
    kinds: dict[str, LabelType] = {
        "Classification": "classifications",
        "Keypoint": "keypoints",
        "Segmentation": "segmentation",
    }
    return (kinds[type(label).__name__],)


def _unique_names(names: Sequence[str]) -> list[str]:
    """The same names, with a number where two images share one."""
    taken = set(names)
    seen: set[str] = set()
    unique = []
    for name in names:
        chosen, number = name, 1
        while chosen in seen or (number > 1 and chosen in taken):
            number += 1
            stem, dot, suffix = name.rpartition(".")
            chosen = f"{stem}-{number}{dot}{suffix}" if dot else f"{name}-{number}"
        seen.add(chosen)
        unique.append(chosen)
    return unique
