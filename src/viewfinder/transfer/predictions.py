"""Predictions in COCO's results format become a label field of samples that are there already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from viewfinder.errors import ConfigError, FormatError
from viewfinder.formats.coco import CocoId, Json, check_predictions, decode_predictions
from viewfinder.formats.coco_labels import LABEL_TYPES, LabelMaker
from viewfinder.labels import LabelList
from viewfinder.media import probe_image
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples import SampleCollection
from viewfinder.transfer.collector import collector_paused
from viewfinder.transfer.places import PathLike, read_labels, resolved

__all__ = ["Categories", "add_coco_labels"]

Categories = Sequence[Json] | Sequence[str] | Mapping[CocoId, str] | None
COCO_ID = "coco_id"


@collector_paused()
def add_coco_labels(
    collection: SampleCollection,
    label_field: str,
    labels_or_path: PathLike | Sequence[Json],
    categories: Categories = None,
    *,
    label_type: str = "detections",
    coco_id_field: str | None = None,
    extra_attrs: bool | Collection[str] = True,
    use_polylines: bool = False,
    skip_unknown: bool = False,
    progress: ProgressOption = None,
) -> None:
    """Sets one label field of every sample of a collection from COCO annotations.

    Args:
        collection: the samples
        label_field: the field, new or not
        labels_or_path: annotations, or a JSON file that is a list of them or has them under
            ``annotations``; ``score`` becomes the confidence
        categories: the entries of a COCO file's ``categories``, a dict of names by id, or a list of
            names whose first has the id 1; by default those of ``dataset.info["categories"]``
        label_type: "detections" for boxes, "segmentations" for instance masks
        coco_id_field: the field that holds the annotations' ``image_id``; by default ``coco_id``
            where there is such a field, otherwise the id is the sample's place, 1 the first
        extra_attrs: which of the annotations' keys of their own become attributes
        use_polylines: whether segmentations become `Polylines`
        skip_unknown: whether annotations of other images are left out rather than refused
        progress: whether to show a bar

    Raises:
        ConfigError: when no categories are known, or `label_type` is none
        FormatError: when an annotation can't be understood, or is of no image or category here
        MediaError: when the size of an image is not known and can't be read
    """
    if label_type not in LABEL_TYPES:
        raise ConfigError(f"label_type can't be {label_type!r}: use {' or '.join(LABEL_TYPES)}.")
    if isinstance(labels_or_path, Sequence) and not isinstance(labels_or_path, str):
        path: object = "labels_or_path"
        entries = check_predictions(labels_or_path, path)
    else:
        path = resolved(None, labels_or_path)
        entries = decode_predictions(read_labels(path), path)
    names = _names(collection, categories)
    places = _places(collection, coco_id_field)
    by_place = _shared_out(entries, places, names, path, skip_unknown=skip_unknown)
    extra = (extra_attrs,) if isinstance(extra_attrs, str) else extra_attrs
    maker = LabelMaker(names, path, (label_type,), None, extra, use_polylines)
    found: list[LabelList | None] = []
    with meter(len(collection), "Reading labels", progress=progress) as done:
        for rows in collection.row_batches():
            paths, metadata = rows.column("filepath"), rows.column("metadata")
            for filepath, known in zip(paths, metadata, strict=True):
                of_image = by_place.get(len(found), [])
                size_wh = _size(filepath, known) if of_image else (1, 1)
                found.append(maker.labels_of(of_image, size_wh)[label_type])
            done.advance(len(rows))
    collection.set_values(label_field, found)


def _names(collection: SampleCollection, categories: Categories) -> dict[CocoId, str]:
    if categories is None:
        categories = (collection.snapshot().info.get("info") or {}).get("categories")
        if not categories:
            raise ConfigError(
                "The names of the categories are not known. Give them as categories, or keep "
                'them in dataset.info["categories"].'
            )
    if isinstance(categories, Mapping):
        return dict(categories)
    names: dict[CocoId, str] = {}
    for number, entry in enumerate(categories, start=1):
        if isinstance(entry, str):
            names[number] = entry
        elif isinstance(entry, Mapping) and "id" in entry and "name" in entry:
            names[entry["id"]] = str(entry["name"])
        else:
            raise ConfigError(f"categories[{number - 1}] needs an 'id' and a 'name', or is a name.")
    return names


def _places(collection: SampleCollection, coco_id_field: str | None) -> dict[CocoId, int]:
    """From an annotation's image to the sample's place in the collection."""
    if coco_id_field is None and collection.has_field(COCO_ID):
        coco_id_field = COCO_ID
    if coco_id_field is None:
        return {place + 1: place for place in range(len(collection))}
    return {key: place for place, key in enumerate(collection.values(coco_id_field))}


def _shared_out(
    entries: Sequence[Json],
    places: Mapping[CocoId, int],
    names: Mapping[CocoId, str],
    path: object,
    *,
    skip_unknown: bool,
) -> dict[int, list[Json]]:
    by_place: dict[int, list[Json]] = defaultdict(list)
    for number, entry in enumerate(entries):
        place = places.get(entry["image_id"])
        if place is None:
            if skip_unknown:
                continue
            raise FormatError(
                path,
                f"annotations[{number}] belongs to image {entry['image_id']!r}, which is none of "
                f"the {len(places)} samples. Name the field that holds the ids with "
                "coco_id_field, or leave such annotations out with skip_unknown=True",
            )
        if entry["category_id"] not in names:
            raise FormatError(
                path,
                f"annotations[{number}] is of category {entry['category_id']!r}, which has no "
                "name. Give it in categories",
            )
        by_place[place].append(entry)
    return by_place


def _size(filepath: str, metadata: Any) -> tuple[int, int]:
    if metadata is not None and metadata.width and metadata.height:
        return metadata.width, metadata.height
    info = probe_image(filepath)
    return info.width, info.height
