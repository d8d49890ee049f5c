"""COCO's object format: one JSON document of images, categories and annotations that agree.

Source of the format: https://cocodataset.org/#format-data. Here a file's bytes become a checked
document; `coco_labels.py` makes labels of its entries, `coco_write.py` goes the other way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import msgspec

from viewfinder.errors import FormatError

__all__ = ["CocoDocument", "CocoId", "Json", "check_predictions", "decode", "decode_predictions"]

Json = dict[str, Any]
CocoId = int | str
"""Images and categories are numbered; some tools write the numbers as text."""

_NUMBERS = (int, float)


@dataclass(frozen=True, slots=True)
class CocoDocument:
    """A COCO file whose entries were checked to agree with each other."""

    images: dict[CocoId, Json]
    """By the image's id, in the order of the file."""
    annotations: dict[CocoId, list[Json]] | None
    """By the image's id, images without annotations absent; None where the file has no such list,
    as those of test sets."""
    categories: dict[CocoId, str]
    """Names by id, in the order of the file."""
    info: Json = field(default_factory=dict)
    """The file's own ``info``, with its ``licenses`` and ``categories`` as they stand there."""


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
        hint = "; load predictions with add_coco_labels()" if isinstance(document, list) else ""
        raise FormatError(path, f"a COCO file is one JSON object, not {_name(document)}{hint}")
    images = _images(_list_in(document, "images", path), path)
    parts = {name: document[name] for name in ("licenses", "categories") if document.get(name)}
    categories = _categories(_list_in(document, "categories", path, required=False), path)
    annotations = None
    if document.get("annotations") is not None:
        entries = _list_in(document, "annotations", path)
        annotations = _group(entries, images, categories, path)
    info = document.get("info")
    return CocoDocument(
        images, annotations, categories, {**(info if isinstance(info, dict) else {}), **parts}
    )


def decode_predictions(data: bytes, path: object) -> list[Json]:
    """Reads a COCO results file: a list of annotations with scores, or a document that has them.

    Raises:
        FormatError: when it is neither, or an entry lacks what every annotation has
    """
    document = _parse(data, path)
    entries = document.get("annotations") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise FormatError(path, "a COCO results file is a list of annotations with scores")
    return check_predictions(entries, path)


def check_predictions(entries: Sequence[Any], path: object) -> list[Json]:
    """The same entries, each made sure to have an image, a category and a box.

    Raises:
        FormatError: naming the first that lacks one
    """
    for place, entry in enumerate(entries):
        _check_annotation(entry, place, path)
    return list(entries)


def _parse(data: bytes, path: object) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if not data.strip():
            raise FormatError(path, "the file is empty") from error
        _refuse_json(data, path, error)


def _refuse_json(data: bytes, path: object, error: Exception) -> NoReturn:
    """Raises with the line where the trouble is, which the quick decoder does not tell."""
    try:
        json.loads(data, parse_constant=_refuse_constant)
    except json.JSONDecodeError as slow:
        whole = data.rstrip().endswith((b"}", b"]"))
        cut = "" if whole else " The file seems to be cut short."
        raise FormatError(
            path,
            f"it is not valid JSON: line {slow.lineno}, column {slow.colno}: {slow.msg}.{cut} "
            "Correct it there or get the file anew",
        ) from slow
    except UnicodeDecodeError as slow:
        raise FormatError(
            path, f"it is not UTF-8 text (byte {slow.start}). Save it as UTF-8"
        ) from slow
    except ValueError as slow:
        raise FormatError(path, f"it is not valid JSON: {slow}") from slow
    raise FormatError(path, f"it is not valid JSON ({error})") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON. Leave those annotations out")


def _list_in(document: Json, name: str, path: object, *, required: bool = True) -> list[Any]:
    part = document.get(name)
    if part is None and not required:
        return []
    if not isinstance(part, list):
        problem = "is missing" if part is None else f"is {_name(part)}"
        raise FormatError(path, f"'{name}' {problem}, but a COCO file has a list there")
    return part


def _images(entries: list[Any], path: object) -> dict[CocoId, Json]:
    images: dict[CocoId, Json] = {}
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), (int, str)):
            raise FormatError(path, f"images[{place}] has no 'id'; give each image a number")
        name = entry.get("file_name")
        if not isinstance(name, str) or not name:
            raise FormatError(
                path, f"images[{place}] has no 'file_name'; say which file the image is"
            )
        if entry["id"] in images:
            other = images[entry["id"]]["file_name"]
            raise FormatError(
                path,
                f"images[{place}] ({name}) has the id {entry['id']} of another image ({other}); "
                "give each image a number of its own",
            )
        images[entry["id"]] = entry
    return images


def _categories(entries: list[Any], path: object) -> dict[CocoId, str]:
    categories: dict[CocoId, str] = {}
    for place, entry in enumerate(entries):
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("id"), (int, str))
            or "name" not in entry
        ):
            raise FormatError(path, f"categories[{place}] needs an 'id' and a 'name'")
        if entry["id"] in categories:
            raise FormatError(
                path, f"categories[{place}] has the id {entry['id']} of another category"
            )
        categories[entry["id"]] = str(entry["name"])
    return categories


def _group(
    entries: list[Any],
    images: Mapping[CocoId, Json],
    categories: Mapping[CocoId, str],
    path: object,
) -> dict[CocoId, list[Json]]:
    by_image: dict[CocoId, list[Json]] = {}
    for place, entry in enumerate(entries):
        _check_annotation(entry, place, path)
        image_id = entry["image_id"]
        if image_id not in images:
            raise FormatError(
                path,
                f"annotations[{place}] belongs to image {image_id!r}, which 'images' does not "
                "list. Add the image or remove the annotation",
            )
        if entry["category_id"] not in categories:
            raise FormatError(
                path,
                f"annotations[{place}] is of category {entry['category_id']!r}, which "
                "'categories' does not list. Add the category or correct the annotation",
            )
        by_image.setdefault(image_id, []).append(entry)
    for image_id in by_image:
        _check_size(images[image_id], path)
    return by_image


def _check_annotation(entry: Any, place: int, path: object) -> None:
    if not isinstance(entry, dict):
        raise FormatError(path, f"annotations[{place}] is {_name(entry)}, not an object")
    for key in ("image_id", "category_id"):
        if not isinstance(entry.get(key), (int, str)):
            raise FormatError(path, f"annotations[{place}] has no '{key}'")
    box = entry.get("bbox")
    if not (
        isinstance(box, list)
        and len(box) == 4
        and isinstance(box[0], _NUMBERS)
        and isinstance(box[1], _NUMBERS)
        and isinstance(box[2], _NUMBERS)
        and isinstance(box[3], _NUMBERS)
    ):
        raise FormatError(
            path,
            f"annotations[{place}] needs a 'bbox' of four numbers [x, y, width, height], but has "
            f"{box!r}",
        )
    score = entry.get("score")
    if score is not None and not isinstance(score, _NUMBERS):
        raise FormatError(path, f"annotations[{place}] has the score {score!r}, which is no number")


def _check_size(image: Json, path: object) -> None:
    for key in ("width", "height"):
        value = image.get(key)
        if not isinstance(value, int) or value < 1:
            raise FormatError(
                path,
                f"image {image['id']} ({image['file_name']}) has annotations, but its '{key}' is "
                f"{'missing' if value is None else repr(value)}; give it in pixels",
            )


def _name(value: object) -> str:
    names = {"dict": "n object", "NoneType": " null", "str": " text", "int": " number"}
    name = type(value).__name__
    return "a" + names.get(name, f" {name}")
