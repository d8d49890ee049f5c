"""What goes into each task: images, their sizes and their labels; made as it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.cvat.to_cvat import LabelType
from viewfinder.labels import Detection, Label, LabelList, Polyline

__all__ = ["Pack", "PackedImage", "Source", "drawn_as", "labels_in", "packs"]


@dataclass(frozen=True, slots=True)
class PackedImage:
    """One image of a task."""

    sample_id: str
    filepath: Path
    name: str
    """Its name on the server, which no other image of the task has."""
    size_wh: tuple[int, int]
    """In pixels."""
    labels: Mapping[str, Sequence[Label]]
    """The labels that go along, by field."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One task."""

    name: str
    images: tuple[PackedImage, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One sample as it is packed."""

    sample_id: str
    filepath: Path
    size_wh: tuple[int, int]
    values: Mapping[str, Any]
    """The sample's values by field."""


def packs(
    sources: Iterable[Source], schema: LabelSchema, *, name: str, task_size: int | None, total: int
) -> Iterator[Pack]:
    """The tasks of a run, one after the other.

    Args:
        sources: the samples in order
        schema: how their fields are annotated
        name: name of the tasks; numbered where there are several
        task_size: images a task at most
        total: number of samples
    """
    size = task_size or max(total, 1)
    several = total > size
    remaining = iter(sources)
    number = 0
    while chunk := list(islice(remaining, size)):
        number += 1
        names = _unique_names([source.filepath.name for source in chunk])
        images = tuple(
            PackedImage(
                source.sample_id,
                source.filepath,
                unique,
                source.size_wh,
                {plan.field: _labels(source, plan) for plan in schema.fields if plan.exists},
            )
            for source, unique in zip(chunk, names, strict=True)
        )
        yield Pack(f"{name}_{number}" if several else name, images)


def _labels(source: Source, plan: FieldPlan) -> list[Label]:
    """The labels of a field that are drawn as it is annotated."""
    labels = labels_in(source.values.get(plan.field))
    return [label for label in labels if plan.kind in drawn_as(label)]


def labels_in(value: Any) -> list[Label]:
    """The labels of a field's value: none, one, or those of a list."""
    if isinstance(value, LabelList):
        return list(value.labels)
    return [value] if isinstance(value, Label) else []


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
