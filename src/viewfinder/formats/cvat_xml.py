"""The layout of datasets in CVAT's own XML: a folder of images and one labels file about them."""

from __future__ import annotations

import random
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from viewfinder.cvat.to_cvat import Frame
from viewfinder.formats.cvat_document import CvatDocument, Element, decode, node_names
from viewfinder.formats.cvat_elements import KINDS, KNOWN, Classes, ElementReader
from viewfinder.formats.cvat_write import CvatWriter, CvatWriting
from viewfinder.formats.records import DatasetType, Record, Source, Writer
from viewfinder.labels import (
    Classifications,
    Detections,
    Keypoints,
    Label,
    LabelList,
    Polyline,
    Polylines,
)

__all__ = ["CVATImageDataset", "CvatReading"]

_LISTS: dict[str, type[LabelList]] = {
    "classifications": Classifications,
    "detections": Detections,
    "polylines": Polylines,
    "keypoints": Keypoints,
}
_KINDS_OF = {
    "tag": "classifications",
    **dict.fromkeys(("box", "ellipse", "mask"), "detections"),
    **dict.fromkeys(("polygon", "polyline", "cuboid"), "polylines"),
    **dict.fromkeys(("points", "skeleton"), "keypoints"),
}


@dataclass(frozen=True, slots=True)
class CvatReading:
    """What to read of a file of CVAT for images."""

    max_samples: int | None = None
    """At most so many images."""
    shuffle: bool = False
    """Whether to take the images in an order by chance."""
    seed: int | None = None
    """Makes the same order each time."""
    subset_folders: bool = False
    """Whether images of a subset lie in a folder of its name, as CVAT exports projects."""


class CVATImageDataset(DatasetType):
    """Images with tags and shapes, in CVAT's XML for images (version 1.1).

    ::

        folder/
            data/
                one.jpg
            labels.xml

    Tags are read as ``classifications``, boxes, ellipses and masks as ``detections``, polygons,
    polylines and cuboids as ``polylines``, points and skeletons as ``keypoints``.

    Options for reading are the fields of :class:`~viewfinder.formats.cvat_xml.CvatReading`, for
    writing those of :class:`~viewfinder.formats.cvat_write.CvatWriting`.
    """

    LABELS_PATH: ClassVar = "labels.xml"
    LABEL_LISTS: ClassVar[tuple[type[LabelList], ...]] = tuple(_LISTS.values())
    SEVERAL_FIELDS: ClassVar = True

    @classmethod
    def read(cls, labels: bytes, path: object, options: Mapping[str, Any]) -> Source:
        """The images of a file of CVAT with their labels."""
        wanted = CvatReading(**options)
        document = decode(labels, path, subset_folders=wanted.subset_folders)
        images = list(document.images)
        if wanted.shuffle:
            random.Random(wanted.seed).shuffle(images)
        if wanted.max_samples is not None:
            images = images[: wanted.max_samples]
        _warn_of_unknown(images, path)
        there = {_KINDS_OF.get(each.name) for image in images for each in image.children}
        kinds = {kind: list_class for kind, list_class in _LISTS.items() if kind in there}
        info: dict[str, Any] = dict(document.info)
        if document.labels:
            info["task_labels"] = list(document.labels)
        return Source(
            _records(images, document, kinds, path),
            [image.attributes["name"] for image in images],
            kinds,
            [each["name"] for each in document.labels if "parent" not in each],
            info,
            named_by_kind=True,
        )

    @classmethod
    def writer(cls, info: Mapping[str, Any], options: Mapping[str, Any]) -> Writer:
        """What encodes records as a file of CVAT for images."""
        return CvatWriter(info, CvatWriting(**options))


def _records(
    images: Sequence[Element], document: CvatDocument, kinds: Mapping[str, Any], path: object
) -> Iterator[Record]:
    nodes = {
        each["name"]: names
        for each in document.labels
        if (names := node_names(document.labels, each["name"]))
    }
    reader = ElementReader(path, Classes(nodes))
    ids: set[str] = set()
    subsets = any("subset" in image.attributes for image in images)
    for number, image in enumerate(images):
        given = image.attributes
        size_wh = (int(given["width"]), int(given["height"]))
        found = _labels(image, Frame(number, size_wh), reader, ids)
        yield Record(
            given["name"],
            *size_wh,
            {kind: _LISTS[kind](found[kind]) if kind in found else None for kind in kinds},
            {"subset": given.get("subset")} if subsets else {},
        )


def _labels(
    image: Element, frame: Frame, reader: ElementReader, ids: set[str]
) -> dict[str, list[Label]]:
    """The labels of one image by kind; parts of one polyline are one label."""
    found: dict[str, list[Label]] = defaultdict(list)
    wholes: dict[str, Polyline] = {}
    for element in image.children:
        if element.name not in KNOWN or _is_unseen(element):
            continue
        label = reader.label_of(element, image.attributes["name"], frame)
        given = label.values.get("id")
        if isinstance(label, Polyline) and given and "part" in element.attributes:
            if given in wholes:
                whole = wholes[given]
                whole.points = [*(whole.points or ()), *(label.points or ())]
                continue
            wholes[given] = label
        if given in ids:
            # A copy that was drawn in CVAT has the id of its original.
            values = {name: value for name, value in label.values.items() if name != "id"}
            label = type(label).from_values(values)
        elif given:
            ids.add(given)
        found[KINDS[type(label)]].append(label)
    return found


def _is_unseen(element: Element) -> bool:
    nodes = element.all("points")
    return element.name == "skeleton" and all(
        node.attributes.get("outside") == "1" for node in nodes
    )


def _warn_of_unknown(images: Sequence[Element], path: object) -> None:
    """One warning for each sort of thing that no label can be made of."""
    lines: dict[str, list[int]] = defaultdict(list)
    for image in images:
        for element in image.children:
            if element.name not in KNOWN:
                lines[f"<{element.name}>, which is not known here"].append(element.line)
            elif _is_unseen(element):
                lines["<skeleton> of which no node is to be seen"].append(element.line)
            elif element.name == "skeleton":
                own = [node for node in element.all("points") if node.all("attribute")]
                if own:
                    what = "an attribute of a node, which has no place here"
                    lines[what] += [node.line for node in own]
    for what, where in lines.items():
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        warnings.warn(
            f"{path}: {what}, was left out (line {where[0]}{more}).",
            stacklevel=3,
        )
