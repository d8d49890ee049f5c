"""COCO's object format: one JSON document of images, categories and annotations.

Source of the format: https://cocodataset.org/#format-data. Boxes are ``[x, y, width, height]`` in
pixels there and relative to the image here; reading and writing again gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from viewfinder.errors import FormatError
from viewfinder.formats.coco_rle import counts_from_text, mask_from_counts, mask_from_polygons
from viewfinder.formats.records import Record
from viewfinder.geometry.masks import Mask
from viewfinder.labels import Detection, Detections

__all__ = [
    "LABEL_TYPES",
    "CocoDocument",
    "decode",
    "decode_predictions",
    "labels_of_image",
    "records",
]

Json = dict[str, Any]

LABEL_TYPES = ("detections", "segmentations")
_STRUCTURE = frozenset(
    ("id", "image_id", "category_id", "bbox", "segmentation", "area", "score", "attributes")
)


@dataclass(frozen=True, slots=True)
class CocoDocument:
    """A COCO file whose entries were checked to agree with each other."""

    images: dict[int, Json]
    """By the image's id, in the order of the file."""
    annotations: dict[int, list[Json]]
    """By the image's id; images without annotations are absent."""
    categories: dict[int, str]
    info: Json = field(default_factory=dict)

    @property
    def classes(self) -> list[str]:
        """The names of the categories, in the order of their ids."""
        return [self.categories[key] for key in sorted(self.categories)]


def decode(data: bytes, path: object) -> CocoDocument:
    """Reads and checks a COCO file.

    Args:
        data: the file's bytes
        path: its name, for messages

    Raises:
        FormatError: when it is no JSON, lacks a part, or an entry does not fit the others; the
            entry and the mend are named
    """
    document = _parse(data, path)
    if not isinstance(document, dict):
        raise FormatError(path, f"a COCO file is one JSON object, not a {_name(document)}")
    images = _images(_part(document, "images", path), path)
    categories = _categories(_part(document, "categories", path, required=False), path)
    annotations = _part(document, "annotations", path, required=False)
    by_image = _group(annotations, images, categories, path)
    return CocoDocument(images, by_image, categories, document.get("info") or {})


def records(
    document: CocoDocument,
    path: object,
    *,
    label_types: Collection[str] = LABEL_TYPES,
    classes: Collection[str] | None = None,
    extra_attributes: bool | Collection[str] = False,
) -> Iterator[Record]:
    """The images of a document with their labels as `Detections`.

    Args:
        document: what :func:`decode` gave
        path: the file's name, for messages
        label_types: "detections" for boxes, "segmentations" for boxes with instance masks
        classes: only labels of these classes; None for all
        extra_attributes: which of the annotations' keys of their own become attributes of the
            labels: all, none or those named; ``iscrowd`` and what stands under ``attributes``
            always do

    Raises:
        FormatError: when an image has labels but no size, or a segmentation can't be read
    """
    for image_id, image in document.images.items():
        entries = document.annotations.get(image_id, [])
        labels = labels_of_image(
            entries,
            document.categories,
            _size(image, path) if entries else (1, 1),
            path,
            label_types=label_types,
            classes=classes,
            extra_attributes=extra_attributes,
        )
        yield Record(image["file_name"], image.get("width"), image.get("height"), labels)


def labels_of_image(
    entries: list[Json],
    categories: Mapping[int, str],
    size_wh: tuple[int, int],
    path: object,
    *,
    label_types: Collection[str] = LABEL_TYPES,
    classes: Collection[str] | None = None,
    extra_attributes: bool | Collection[str] = False,
) -> dict[str, Detections]:
    """The labels of one image by kind; kinds of which it has none are left out."""
    boxes: list[Detection] = []
    masks: list[Detection] = []
    for entry in entries:
        label = categories[entry["category_id"]]
        if classes is not None and label not in classes:
            continue
        values = _values(entry, label, size_wh, extra_attributes)
        if "detections" in label_types:
            boxes.append(Detection.from_values(values))
        if "segmentations" in label_types and entry.get("segmentation"):
            mask = _mask(entry, size_wh, path)
            masks.append(Detection.from_values({**values, "mask": mask}))
    found = {"detections": boxes, "segmentations": masks}
    return {kind: Detections(labels) for kind, labels in found.items() if labels}


def decode_predictions(data: bytes, path: object) -> list[Json]:
    """Reads a COCO results file: a list of annotations with scores, or a document that has them.

    Raises:
        FormatError: when it is neither, or an entry lacks what every annotation has
    """
    document = _parse(data, path)
    entries = document.get("annotations") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise FormatError(path, "a COCO results file is a list of annotations with scores")
    for place, entry in enumerate(entries):
        _check_annotation(entry, place, path)
    return entries


def _values(
    entry: Json, label: str, size_wh: tuple[int, int], extra_attributes: bool | Collection[str]
) -> Json:
    width, height = size_wh
    x, y, w, h = entry["bbox"]
    values: Json = {
        "label": label,
        "bounding_box": [x / width, y / height, w / width, h / height],
    }
    if entry.get("score") is not None:
        values["confidence"] = float(entry["score"])
    if extra_attributes is not False:
        wanted = entry.keys() - _STRUCTURE
        if extra_attributes is not True:
            wanted &= set(extra_attributes)
        values.update((key, entry[key]) for key in entry if key in wanted)
    if "iscrowd" in entry:
        values["iscrowd"] = entry["iscrowd"]
    values.update(entry.get("attributes") or {})
    return values


def _mask(entry: Json, size_wh: tuple[int, int], path: object) -> Mask:
    """The part of the annotation's mask inside of its box, in whole pixels."""
    width, height = size_wh
    segmentation = entry["segmentation"]
    try:
        if isinstance(segmentation, dict):
            counts = segmentation["counts"]
            runs = counts_from_text(counts) if isinstance(counts, str) else counts
            rows, columns = segmentation["size"]
            mask = mask_from_counts(runs, (rows, columns))
        else:
            mask = mask_from_polygons(segmentation, (height, width))
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(
            path,
            f"the segmentation of annotation {entry.get('id')} can't be read ({error}); correct it "
            "or leave 'segmentations' out of label_types",
        ) from error
    x, y, w, h = entry["bbox"]
    left, top = max(round(x), 0), max(round(y), 0)
    inside = mask[top : max(round(y + h), top + 1), left : max(round(x + w), left + 1)]
    return inside.copy()


def _parse(data: bytes, path: object) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if not data.strip():
            raise FormatError(path, "the file is empty") from error
        raise FormatError(path, f"it is not valid JSON ({error}); was it cut short?") from error


def _part(document: Json, name: str, path: object, *, required: bool = True) -> list[Any]:
    part = document.get(name, None if required else [])
    if not isinstance(part, list):
        problem = "is missing" if part is None else f"is a {_name(part)}"
        raise FormatError(path, f"'{name}' {problem}, but a COCO file has a list there")
    return part


def _images(entries: list[Any], path: object) -> dict[int, Json]:
    images: dict[int, Json] = {}
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict) or "id" not in entry:
            raise FormatError(path, f"images[{place}] has no 'id'")
        if not isinstance(entry.get("file_name"), str):
            raise FormatError(path, f"images[{place}] has no 'file_name'")
        if entry["id"] in images:
            raise FormatError(path, f"images[{place}] has the id {entry['id']} of another image")
        images[entry["id"]] = entry
    return images


def _categories(entries: list[Any], path: object) -> dict[int, str]:
    categories: dict[int, str] = {}
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict) or "id" not in entry or "name" not in entry:
            raise FormatError(path, f"categories[{place}] needs an 'id' and a 'name'")
        categories[entry["id"]] = str(entry["name"])
    return categories


def _group(
    entries: list[Any], images: dict[int, Json], categories: dict[int, str], path: object
) -> dict[int, list[Json]]:
    by_image: dict[int, list[Json]] = {}
    for place, entry in enumerate(entries):
        _check_annotation(entry, place, path)
        if entry["image_id"] not in images:
            raise FormatError(
                path,
                f"annotations[{place}] belongs to image {entry['image_id']}, which 'images' does "
                "not list",
            )
        if entry["category_id"] not in categories:
            raise FormatError(
                path,
                f"annotations[{place}] is of category {entry['category_id']}, which 'categories' "
                "does not list",
            )
        by_image.setdefault(entry["image_id"], []).append(entry)
    return by_image


def _check_annotation(entry: Any, place: int, path: object) -> None:
    if not isinstance(entry, dict):
        raise FormatError(path, f"annotations[{place}] is a {_name(entry)}, not an object")
    for key in ("image_id", "category_id"):
        if key not in entry:
            raise FormatError(path, f"annotations[{place}] has no '{key}'")
    box = entry.get("bbox")
    if (
        not isinstance(box, list)
        or len(box) != 4
        or not all(isinstance(number, (int, float)) for number in box)
    ):
        raise FormatError(
            path,
            f"annotations[{place}] needs a 'bbox' of four numbers [x, y, width, height], but has "
            f"{box!r}",
        )


def _size(image: Json, path: object) -> tuple[int, int]:
    width, height = image.get("width"), image.get("height")
    if not isinstance(width, int) or not isinstance(height, int) or width < 1 or height < 1:
        raise FormatError(
            path,
            f"image {image['id']} ({image['file_name']}) has labels but no 'width' and 'height'",
        )
    return width, height


def _name(value: object) -> str:
    return type(value).__name__
