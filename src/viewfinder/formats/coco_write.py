"""Records as a COCO file: relative coordinates become the pixel numbers that they came from.

Annotations are encoded batch by batch and not kept, so a file of any size needs little memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from viewfinder.errors import LabelError
from viewfinder.formats.coco import Json
from viewfinder.formats.coco_labels import RESERVED
from viewfinder.formats.coco_rle import (
    counts_to_text,
    mask_from_polygons,
    mask_to_counts,
    pasted_counts,
)
from viewfinder.formats.pixels import exact_pixels, pixel_box
from viewfinder.formats.records import Record
from viewfinder.geometry import mask_to_polygons, paste_mask, resize_mask
from viewfinder.geometry.masks import Mask
from viewfinder.labels import Detection, Label, Polyline

__all__ = ["CocoWriter", "CocoWriting"]

_ABOUT_FILE = ("year", "version", "description", "contributor", "url", "date_created")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CocoWriting:
    """How to write a COCO file."""

    classes: Sequence[str] | None = None
    """Only labels of these classes are written; all by default."""
    categories: Sequence[Json] | None = None
    """Entries with ``id``, ``name`` and maybe ``supercategory``; classes that are in none get an
    id of their own. Those of ``dataset.info["categories"]`` by default."""
    info: Mapping[str, Any] | None = None
    """Year, version, description, …; those of ``dataset.info`` by default."""
    extra_attrs: bool | str | Collection[str] = True
    """Which attributes of the labels' own are written, under ``attributes``: all, none or some."""
    iscrowd: str = "iscrowd"
    """The attribute that says whether a label is a crowd."""
    num_decimals: int | None = None
    """Round boxes to so many decimals of a pixel; by default nothing is rounded."""
    polygons: bool = False
    """Write masks as polygons where these are exactly the mask by COCO's rule, as some readers
    need; otherwise, and where there are holes, as compressed run lengths."""


@dataclass(slots=True)
class _Entry:
    """One label on its way, with the image it belongs to."""

    label: Label
    image_id: int
    size_wh: tuple[int, int]
    filename: str
    pixels: list[float] | None = None
    """The box of a detection: x, y, width and height."""
    polygons: list[list[float]] | None = None
    """The shapes of a polyline: x1, y1, x2, y2, …"""


class CocoWriter:
    """Encodes records; see :class:`~viewfinder.formats.records.Writer`."""

    def __init__(self, info: Mapping[str, Any], options: CocoWriting) -> None:
        """
        Args:
            info: what the dataset knows about itself
            options: how to write
        """
        self._options = options
        self._info = info if options.info is None else options.info
        given = options.categories
        self._categories = _Categories(info.get("categories") or [] if given is None else given)
        if options.classes is not None:
            self._categories.keep(options.classes)
        self._wanted = None if options.classes is None else frozenset(options.classes)
        self._images: list[bytes] = []
        self._num_images = 0
        self._annotation_ids = count(1)
        self._started = False

    def encode(self, batch: Sequence[Record]) -> bytes:
        """The annotations of these records, as JSON.

        Raises:
            LabelError: when a label has no class or no box; it is named with its image
        """
        entries: list[_Entry] = []
        images: list[Json] = []
        for record in batch:
            self._num_images += 1
            if record.width is None or record.height is None:
                raise LabelError(
                    f"The size of {record.filename} is not known. Call compute_metadata() first."
                )
            size_wh = (record.width, record.height)
            images.append(_image(record, self._num_images))
            for labels in record.labels.values():
                for label in () if labels is None else labels.labels:
                    if self._wanted is None or label.label in self._wanted:
                        entries.append(_Entry(label, self._num_images, size_wh, record.filename))
        if images:
            self._images.append(_joined(images))
        _locate_boxes([entry for entry in entries if isinstance(entry.label, Detection)])
        _locate_shapes([entry for entry in entries if isinstance(entry.label, Polyline)])
        if not entries:
            return b""
        first, self._started = not self._started, True
        annotations = _joined([self._annotation(entry) for entry in entries])
        return annotations if first else b",\n" + annotations

    def head(self) -> bytes:
        """The file up to its annotations: info, licenses, categories and images."""
        about = {key: self._info[key] for key in _ABOUT_FILE if key in self._info}
        licenses = self._info.get("licenses") or []
        return b"".join(
            (
                b'{"info": ' + _json(about),
                b',\n"licenses": ' + _json(licenses),
                b',\n"categories": ' + _json(self._categories.entries),
                b',\n"images": [\n' + b",\n".join(self._images),
                b'],\n"annotations": [\n',
            )
        )

    def tail(self) -> bytes:
        """The end of the file."""
        return b"]}\n"

    def _annotation(self, entry: _Entry) -> Json:
        label, options = entry.label, self._options
        values = label.values
        name = values.get("label")
        if not isinstance(name, str):
            raise LabelError(
                f"Label {label.id} of {entry.filename} has no class, but an annotation of COCO "
                "needs one. Set its label or leave it out with filter_labels()."
            )
        segmentation: Any = None
        if isinstance(label, Polyline):
            box, area, segmentation = _shapes(entry)
        else:
            assert entry.pixels is not None
            box = entry.pixels
            area = box[2] * box[3]
            if values.get("mask") is not None:
                segmentation, area = self._segmentation(entry, np.asarray(values["mask"]) != 0)
        if options.num_decimals is not None:
            box = [round(number, options.num_decimals) for number in box]
        out: Json = {
            "id": next(self._annotation_ids),
            "image_id": entry.image_id,
            "category_id": self._categories.id_of(name),
            "bbox": box,
            "area": area,
            "iscrowd": int(values.get(options.iscrowd) or 0),
        }
        if segmentation is not None:
            out["segmentation"] = segmentation
        if values.get("confidence") is not None:
            out["score"] = values["confidence"]
        attributes = self._attributes(label)
        if attributes:
            out["attributes"] = attributes
        return out

    def _segmentation(self, entry: _Entry, mask: Mask) -> tuple[Any, int]:
        """The mask on the whole image, and its number of pixels."""
        assert entry.pixels is not None
        width, height = entry.size_wh
        x, y, w, h = entry.pixels
        left, top, right, bottom = pixel_box((x, y, w, h), entry.size_wh)
        if mask.shape != (bottom - top, right - left):
            # A mask of another resolution covers the whole box, also what is outside of the image.
            unclipped = (round(x), round(y))
            size = (max(round(x + w) - unclipped[0], 1), max(round(y + h) - unclipped[1], 1))
            mask = paste_mask(resize_mask(mask, size), unclipped, entry.size_wh)
            left = top = 0
        area = int(np.count_nonzero(mask))
        if self._options.polygons:
            polygons = [
                np.add(polygon, (left, top)).reshape(-1).tolist()
                for polygon in mask_to_polygons(mask)
            ]
            again = mask_from_polygons(polygons, (height, width))
            if (again == paste_mask(mask, (left, top), entry.size_wh)).all() and polygons:
                return polygons, area
        if mask.shape == (height, width):
            runs = mask_to_counts(mask)
        else:
            runs = pasted_counts(mask, (left, top), (height, width))
        return {"size": [height, width], "counts": counts_to_text(runs)}, area

    def _attributes(self, label: Label) -> Json:
        wanted = self._options.extra_attrs
        if isinstance(wanted, str):
            wanted = (wanted,)
        found = {}
        for name, value in label.values.items():
            if name in RESERVED or name == self._options.iscrowd or value is None:
                continue
            if name == "tags" and not value:
                continue
            if wanted is True or (wanted is not False and name in wanted):
                found[name] = value
        return found


class _Categories:
    """Classes with their ids: those that were given, and new ones as they are met."""

    def __init__(self, given: Iterable[Json]) -> None:
        self.entries = [dict(entry) for entry in given]
        self._ids = {str(entry["name"]): entry["id"] for entry in self.entries}
        numbers = [number for number in self._ids.values() if isinstance(number, int)]
        self._next = max(numbers, default=0) + 1

    def keep(self, classes: Sequence[str]) -> None:
        """Has just these classes, in the order given; known ones keep their ids."""
        known = {entry["name"]: entry for entry in self.entries}
        self.entries = [known[name] for name in classes if name in known]
        for name in classes:
            self.id_of(name)

    def id_of(self, name: str) -> int | str:
        """The id of a class."""
        found: int | str | None = self._ids.get(name)
        if found is None:
            found = self._ids[name] = self._next
            self._next += 1
            self.entries.append({"id": found, "name": name, "supercategory": None})
        return found


def _image(record: Record, image_id: int) -> Json:
    return {
        "id": image_id,
        "file_name": record.filename,
        "width": record.width,
        "height": record.height,
    }


def _locate_boxes(entries: Sequence[_Entry]) -> None:
    """The pixel boxes of detections, all at once."""
    for entry in entries:
        box = entry.label.get("bounding_box")
        if box is None:
            raise LabelError(
                f"Detection {entry.label.id} of {entry.filename} has no bounding box, but an "
                "annotation of COCO needs one. Set it or leave the label out with filter_labels()."
            )
    if not entries:
        return
    relative = np.array([entry.label["bounding_box"] for entry in entries], dtype=np.float64)
    if not np.isfinite(relative).all():
        bad = entries[int(np.flatnonzero(~np.isfinite(relative).all(axis=1))[0])]
        raise LabelError(
            f"Detection {bad.label.id} of {bad.filename} has the box {bad.label['bounding_box']}, "
            "which JSON can't hold. Correct it or leave the label out with filter_labels()."
        )
    sizes = np.array([entry.size_wh for entry in entries], dtype=np.float64)
    boxes = exact_pixels(relative, np.tile(sizes, 2)).tolist()
    for entry, box in zip(entries, boxes, strict=True):
        entry.pixels = box


def _locate_shapes(entries: Sequence[_Entry]) -> None:
    """The polygons of polylines in pixels, all at once."""
    points: list[Any] = []
    sizes: list[tuple[int, int]] = []
    for entry in entries:
        shapes = entry.label.get("points") or []
        if not any(len(shape) for shape in shapes):
            raise LabelError(
                f"Polyline {entry.label.id} of {entry.filename} has no points. Give it some or "
                "leave it out with filter_labels()."
            )
        for shape in shapes:
            points.extend(shape)
            sizes.extend([entry.size_wh] * len(shape))
    if not entries:
        return
    relative = np.array(points, dtype=np.float64).reshape(-1, 2)
    flat = exact_pixels(relative, np.array(sizes, dtype=np.float64)).reshape(-1).tolist()
    place = 0
    for entry in entries:
        entry.polygons = []
        for shape in entry.label["points"]:
            entry.polygons.append(flat[place : place + 2 * len(shape)])
            place += 2 * len(shape)


def _shapes(entry: _Entry) -> tuple[list[float], float, list[list[float]]]:
    """Box, area and polygons of a polyline."""
    assert entry.polygons is not None
    corners = np.concatenate([np.reshape(part, (-1, 2)) for part in entry.polygons])
    low, high = corners.min(axis=0), corners.max(axis=0)
    area = 0.0
    for polygon in entry.polygons:
        x, y = np.reshape(polygon, (-1, 2)).T
        area += abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
    return [*low.tolist(), *(high - low).tolist()], area, entry.polygons


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value, enc_hook=_plain)


def _joined(entries: list[Json]) -> bytes:
    """The entries as JSON, one a line, without brackets."""
    return b",\n".join([msgspec.json.encode(entry, enc_hook=_plain) for entry in entries])


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise LabelError(
        f"JSON can't hold a {type(value).__name__}. Name the attributes to write with extra_attrs."
    )
