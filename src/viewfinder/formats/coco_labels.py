"""COCO's annotations as labels: pixels become relative, masks are cut to their boxes.

A mask is cut to the whole pixels of its box (:func:`~viewfinder.formats.pixels.pixel_box`). Its
polygons are filled by COCO's own rule, so that areas and overlaps agree with everyone else's to the
pixel; `geometry` fills polygons by their pixels' centres, which differs along the border.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from viewfinder.errors import FormatError
from viewfinder.formats.coco import CocoId, Json
from viewfinder.formats.coco_rle import (
    Points,
    checked_polygons,
    counts_from_text,
    mask_from_counts,
    masks_in_boxes,
)
from viewfinder.formats.pixels import PixelBox, pixel_box
from viewfinder.geometry import mask_to_polygons
from viewfinder.geometry.masks import Mask
from viewfinder.labels import Detection, Detections, LabelList, Polyline, Polylines

__all__ = ["LABEL_TYPES", "RESERVED", "LabelMaker"]

LABEL_TYPES = ("detections", "segmentations")
_STRUCTURE = frozenset(
    (
        *("id", "image_id", "category_id", "bbox", "segmentation", "area", "score", "iscrowd"),
        *("attributes", "keypoints", "num_keypoints"),
    )
)
RESERVED = frozenset(
    (
        *("id", "seq", "pos", "label", "bounding_box", "mask", "mask_path", "confidence"),
        *("points", "closed", "filled"),
    )
)
"""Names that mean something else here: an attribute of such a name is read as ``coco_<name>``."""


@dataclass(frozen=True, slots=True)
class LabelMaker:
    """Makes labels of annotations."""

    categories: Mapping[CocoId, str]
    """Names by id."""
    path: object
    """The file's name, for messages."""
    label_types: Collection[str] = ("detections",)
    """"detections" for boxes, "segmentations" for instance masks."""
    classes: Collection[str] | None = None
    """Only labels of these classes; None for all."""
    extra_attrs: bool | Collection[str] = True
    """Which of the annotations' keys of their own become attributes of the labels: all, none or
    those named; ``iscrowd`` and what stands under ``attributes`` always do."""
    use_polylines: bool = False
    """Whether segmentations become polygons, exact to the last bit, rather than masks."""
    kinds: Mapping[str, type[LabelList]] = field(init=False, default_factory=dict)
    """The class of each of the `label_types`."""
    _own_keys: dict[tuple[str, ...], tuple[str, ...]] = field(init=False, default_factory=dict)
    """Annotations of one file have the same few sets of keys: each is looked at once."""

    def __post_init__(self) -> None:
        shapes: type[LabelList] = Polylines if self.use_polylines else Detections
        classes = {"detections": Detections, "segmentations": shapes}
        object.__setattr__(self, "kinds", {kind: classes[kind] for kind in self.label_types})

    def labels_of(
        self, entries: Sequence[Json], size_wh: tuple[int, int]
    ) -> dict[str, LabelList | None]:
        """The labels of one image by kind.

        Args:
            entries: the image's annotations
            size_wh: the image's, in pixels

        Raises:
            FormatError: when a segmentation can't be read
        """
        boxes: list[Detection] = []
        shapes: Sequence[Detection | Polyline] = ()
        chosen: list[tuple[Json, str]] = []
        for entry in entries:
            label = self.categories[entry["category_id"]]
            if self.classes is None or label in self.classes:
                chosen.append((entry, label))
        if "detections" in self.kinds:
            boxes = [Detection.from_values(self._values(e, name, size_wh)) for e, name in chosen]
        if "segmentations" in self.kinds and self.use_polylines:
            drawn = [(e, name) for e, name in chosen if e.get("segmentation")]
            shapes = [self._polyline(entry, name, size_wh) for entry, name in drawn]
        elif "segmentations" in self.kinds:
            shapes = self._masked(chosen, size_wh)
        found: dict[str, Any] = {"detections": boxes, "segmentations": list(shapes)}
        return {kind: cls(found[kind]) for kind, cls in self.kinds.items()}

    def _values(self, entry: Json, label: str, size_wh: tuple[int, int]) -> Json:
        width, height = size_wh
        x, y, w, h = entry["bbox"]
        values = {
            "label": label,
            "bounding_box": [x / width, y / height, w / width, h / height],
        }
        self._add_attributes(entry, values)
        return values

    def _add_attributes(self, entry: Json, values: Json) -> None:
        if entry.get("score") is not None:
            values["confidence"] = float(entry["score"])
        if "iscrowd" in entry:
            values["iscrowd"] = entry["iscrowd"]
        given: Json = {}
        if self.extra_attrs is not False:
            keys = tuple(entry)
            own = self._own_keys.get(keys)
            if own is None:
                own = self._own_keys[keys] = self._choose(keys)
            given = {key: entry[key] for key in own}
        attributes = entry.get("attributes")
        if isinstance(attributes, dict):
            given.update(attributes)
        for name, value in given.items():
            values[f"coco_{name}" if _is_taken(name, value) else name] = value

    def _choose(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Those keys of an annotation that become attributes."""
        asked = self.extra_attrs
        return tuple(
            key
            for key in keys
            if key not in _STRUCTURE and (isinstance(asked, bool) or key in asked)
        )

    def _masked(
        self, chosen: Sequence[tuple[Json, str]], size_wh: tuple[int, int]
    ) -> list[Detection]:
        """Annotations of one image with their masks; polygons are filled all at once."""
        made = [self._values(entry, name, size_wh) for entry, name in chosen]
        places: list[int] = []
        shapes: list[list[Points]] = []
        boxes: list[PixelBox] = []
        for place, (entry, _) in enumerate(chosen):
            segmentation = entry.get("segmentation")
            if not segmentation:
                continue
            box = pixel_box(tuple(entry["bbox"]), size_wh)
            if isinstance(segmentation, dict):
                made[place]["mask"] = self._mask(entry, size_wh, box)
                continue
            places.append(place)
            boxes.append(box)
            try:
                shapes.append(checked_polygons(segmentation))
            except (TypeError, ValueError, OverflowError) as error:
                raise self._error(entry, str(error)) from error
        masks = masks_in_boxes(shapes, (size_wh[1], size_wh[0]), boxes)
        for place, mask in zip(places, masks, strict=True):
            made[place]["mask"] = mask
        return [Detection.from_values(values) for values in made]

    def _polyline(self, entry: Json, label: str, size_wh: tuple[int, int]) -> Polyline:
        width, height = size_wh
        segmentation = entry["segmentation"]
        if isinstance(segmentation, dict):
            polygons = [
                polygon.reshape(-1).tolist()
                for polygon in mask_to_polygons(self._mask(entry, size_wh, (0, 0, width, height)))
            ]
        else:
            polygons = segmentation
            self._check_polygons(entry)
        points = [
            [(x / width, y / height) for x, y in zip(polygon[0::2], polygon[1::2], strict=True)]
            for polygon in polygons
        ]
        values = {"label": label, "points": points, "closed": True, "filled": True}
        self._add_attributes(entry, values)
        return Polyline.from_values(values)

    def _check_polygons(self, entry: Json) -> None:
        for polygon in entry["segmentation"]:
            if (
                not isinstance(polygon, list)
                or len(polygon) % 2
                or not all(isinstance(number, (int, float)) for number in polygon)
            ):
                raise self._error(entry, "a polygon is a list [x1, y1, x2, y2, …] of numbers")

    def _mask(self, entry: Json, size_wh: tuple[int, int], box: PixelBox) -> Mask:
        """The part of an annotation's mask, given as run lengths, that is in a box of pixels."""
        segmentation = entry["segmentation"]
        width, height = size_wh
        try:
            counts, (rows, columns) = segmentation["counts"], segmentation["size"]
            if (rows, columns) == (height, width):
                runs = counts_from_text(counts) if isinstance(counts, str) else counts
                left, top, right, bottom = box
                mask = mask_from_counts(runs, (height, width))
                return mask[top:bottom, left:right].copy()
        except KeyError as error:
            raise self._error(entry, f"its run lengths have no {error}") from error
        except (TypeError, ValueError, OverflowError) as error:
            raise self._error(entry, str(error)) from error
        raise self._error(
            entry, f"it is {columns} × {rows} pixels, but the image is {width} × {height}"
        )

    def _error(self, entry: Json, reason: str) -> FormatError:
        return FormatError(
            self.path,
            f"the segmentation of annotation {entry.get('id')} (image {entry['image_id']}) can't "
            f"be read: {reason}. Correct it or leave 'segmentations' out of label_types",
        )


def _is_taken(name: str, value: object) -> bool:
    if name == "tags":
        return not (isinstance(value, list) and all(isinstance(tag, str) for tag in value))
    if name == "index":
        return not isinstance(value, int)
    return name in RESERVED or not name
