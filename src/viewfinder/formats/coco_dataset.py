"""The layout of COCO datasets: a folder of images and one labels file about them."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from viewfinder.errors import ConfigError, FormatError, suggestion
from viewfinder.formats.coco import CocoDocument, CocoId, decode
from viewfinder.formats.coco_labels import LABEL_TYPES, LabelMaker
from viewfinder.formats.coco_write import CocoWriter, CocoWriting
from viewfinder.formats.records import DatasetType, Record, Source, Writer
from viewfinder.labels import Detections, LabelList, Polylines

__all__ = ["COCODetectionDataset", "CocoReading"]


@dataclass(frozen=True, slots=True)
class CocoReading:
    """What to read of a COCO file."""

    label_types: str | Sequence[str] | None = None
    """"detections" for boxes, "segmentations" for instance masks, or both; by default boxes."""
    classes: str | Sequence[str] | None = None
    """Only images with a label of one of these classes; those that have all of them come first."""
    only_matching: bool = False
    """Of those images, only the labels of these classes."""
    image_ids: Collection[CocoId] | None = None
    """Only images of these ids."""
    include_id: bool = False
    """Whether the image's id becomes a field ``coco_id``."""
    extra_attrs: bool | str | Collection[str] = True
    """Which of the annotations' keys of their own become attributes: all, none or those named."""
    use_polylines: bool = False
    """Whether segmentations become `Polylines` with the file's exact points, rather than masks."""
    max_samples: int | None = None
    """At most so many images."""
    shuffle: bool = False
    """Whether to take the images in an order by chance."""
    seed: int | None = None
    """Makes the same order each time."""


class COCODetectionDataset(DatasetType):
    """Images with boxes or instance masks, in COCO's object format.

    ::

        folder/
            data/
                one.jpg
            labels.json

    Options for reading are the fields of
    :class:`~viewfinder.formats.coco_dataset.CocoReading`, for writing those of
    :class:`~viewfinder.formats.coco_write.CocoWriting`.
    """

    LABELS_PATH: ClassVar = "labels.json"
    LABEL_LISTS: ClassVar[tuple[type[LabelList], ...]] = (Detections, Polylines)

    @classmethod
    def read(cls, labels: bytes, path: object, options: Mapping[str, Any]) -> Source:
        """The images of a COCO file with their labels."""
        wanted = CocoReading(**options)
        document = decode(labels, path)
        classes = _names(wanted.classes)
        maker = LabelMaker(
            document.categories,
            path,
            _label_types(wanted.label_types),
            classes if wanted.only_matching else None,
            _extra(wanted.extra_attrs),
            wanted.use_polylines,
        )
        ids = _chosen(document, wanted, classes, path)
        names = [document.categories[key] for key in sorted(document.categories, key=_by_number)]
        return Source(
            _records(document, ids, maker, include_id=wanted.include_id),
            [document.images[image_id]["file_name"] for image_id in ids],
            maker.kinds,
            list(dict.fromkeys(names)),
            document.info,
        )

    @classmethod
    def writer(cls, info: Mapping[str, Any], options: Mapping[str, Any]) -> Writer:
        """What encodes records as a COCO file."""
        return CocoWriter(info, CocoWriting(**options))


def _records(
    document: CocoDocument, ids: Sequence[CocoId], maker: LabelMaker, *, include_id: bool
) -> Iterator[Record]:
    for image_id in ids:
        image = document.images[image_id]
        labels: dict[str, LabelList | None] = {}
        if document.annotations is not None:
            entries = document.annotations.get(image_id, [])
            size_wh = (image["width"], image["height"]) if entries else (1, 1)
            labels = maker.labels_of(entries, size_wh)
        yield Record(
            image["file_name"],
            _pixels(image.get("width")),
            _pixels(image.get("height")),
            labels,
            {"coco_id": image_id} if include_id else {},
        )


def _chosen(
    document: CocoDocument, wanted: CocoReading, classes: Sequence[str] | None, path: object
) -> list[CocoId]:
    """The ids of the images to read, in order."""
    ids = list(document.images)
    if wanted.image_ids is not None:
        asked = set(wanted.image_ids)
        absent = asked - document.images.keys()
        if absent:
            raise FormatError(path, f"it has no image with the id {min(absent, key=str)!r}")
        ids = [image_id for image_id in ids if image_id in asked]
    if wanted.shuffle:
        random.Random(wanted.seed).shuffle(ids)
    if classes is not None:
        ids = _with_classes(document, ids, frozenset(classes), path)
    return ids if wanted.max_samples is None else ids[: wanted.max_samples]


def _with_classes(
    document: CocoDocument, ids: Sequence[CocoId], classes: frozenset[str], path: object
) -> list[CocoId]:
    known = set(document.categories.values())
    for name in sorted(classes - known):
        hint = suggestion(name, known, "Its classes")
        raise FormatError(path, f"it has no class '{name}'. {hint.rstrip('.')}")
    every: list[CocoId] = []
    some: list[CocoId] = []
    for image_id in ids:
        entries = (document.annotations or {}).get(image_id, [])
        found = {document.categories[entry["category_id"]] for entry in entries}
        if classes <= found:
            every.append(image_id)
        elif classes & found:
            some.append(image_id)
    return every + some


def _label_types(given: str | Sequence[str] | None) -> tuple[str, ...]:
    kinds = _names(given) or ("detections",)
    for kind in kinds:
        if kind not in LABEL_TYPES:
            raise ConfigError(f"label_types can't have {kind!r}: use {' or '.join(LABEL_TYPES)}.")
    return tuple(dict.fromkeys(kinds))


def _names(given: str | Sequence[str] | None) -> tuple[str, ...] | None:
    return None if given is None else (given,) if isinstance(given, str) else tuple(given)


def _extra(given: bool | str | Collection[str]) -> bool | Collection[str]:
    return (given,) if isinstance(given, str) else given


def _by_number(key: CocoId) -> tuple[int, int, str]:
    return (0, key, "") if isinstance(key, int) else (1, 0, key)


def _pixels(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
