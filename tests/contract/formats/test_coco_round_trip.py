"""Writing and reading a COCO file again gives every bit back, and the COCO API agrees with both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_api
from pycocotools.coco import COCO

from viewfinder.errors import LabelError
from viewfinder.formats.coco_rle import mask_from_polygons
from viewfinder.formats.pixels import pixel_box
from viewfinder.formats.records import Record
from viewfinder.formats.types import COCODetectionDataset
from viewfinder.labels import Detection, Detections, LabelList, Polyline, Polylines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"  # the COCO API's own
)


def write(records: Sequence[Record], known: Any = None, **options: Any) -> bytes:
    """The records as a file, in two batches."""
    writer = COCODetectionDataset.writer(known or {}, options)
    middle = len(records) // 2
    parts = [writer.encode(records[:middle]), writer.encode(records[middle:])]
    return b"".join([writer.head(), *parts, writer.tail()])


def read(data: bytes, **options: Any) -> list[Record]:
    return list(COCODetectionDataset.read(data, "labels.json", options).records)


def record(labels: LabelList | None, size_wh: tuple[int, int] = (640, 480)) -> Record:
    return Record("one.jpg", *size_wh, {"labels": labels})


def one(found: Sequence[Record], kind: str = "detections") -> Any:
    labels = found[0].labels[kind]
    assert labels is not None
    (label,) = labels.labels
    return label


def bare(label: Any, *less: str) -> dict[str, Any]:
    """What a label holds, besides the id that it is given when it is written."""
    values = {name: value for name, value in label.values.items() if name not in ("id", *less)}
    if "mask" in values:
        values["mask"] = values["mask"].tolist()
    return values


def plain(records: Sequence[Record]) -> list[Any]:
    return [
        (
            each.filename,
            each.width,
            each.height,
            {
                kind: labels and [bare(x) for x in labels.labels]
                for kind, labels in each.labels.items()
            },
        )
        for each in records
    ]


PIXELS = st.floats(-2000, 5000, allow_subnormal=False) | st.integers(-20000, 50000).map(
    lambda tenths: tenths / 10
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["mood", "größe", "is there", "index"]), st.integers(-5, 5), max_size=3
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    sizes = draw(st.lists(st.tuples(st.integers(1, 6000), st.integers(1, 6000)), max_size=4))
    images = [
        {"id": n, "file_name": f"{n} ü.jpg", "width": w, "height": h}
        for n, (w, h) in enumerate(sizes, start=1)
    ]
    annotations: list[dict[str, Any]] = []
    for image in images:
        for box in draw(st.lists(st.lists(PIXELS, min_size=4, max_size=4), max_size=3)):
            entry = {
                "id": len(annotations) + 1,
                "image_id": image["id"],
                "category_id": draw(st.sampled_from([3, 90])),
                "bbox": box,
                "iscrowd": draw(st.integers(0, 1)),
                "attributes": draw(ATTRIBUTES),
            }
            if draw(st.booleans()):
                entry["score"] = draw(st.floats(0, 1))
            annotations.append(entry)
    categories = [{"id": 3, "name": "cat"}, {"id": 90, "name": "Hündin"}]
    return {"images": images, "annotations": annotations, "categories": categories}


@given(documents())
def test_every_file_survives_reading_writing_and_reading(document: dict[str, Any]) -> None:
    first = COCODetectionDataset.read(json.dumps(document).encode(), "labels.json", {})
    records = list(first.records)
    written = write(records, first.info)
    assert plain(read(written)) == plain(records)
    again = json.loads(written)
    assert again["categories"] == document["categories"]
    assert [entry["category_id"] for entry in again["annotations"]] == [
        entry["category_id"] for entry in document["annotations"]
    ]
    for entry, was in zip(again["annotations"], document["annotations"], strict=True):
        width, height = next(
            (i["width"], i["height"]) for i in document["images"] if i["id"] == was["image_id"]
        )
        for number, old, size in zip(entry["bbox"], was["bbox"], (width, height) * 2, strict=True):
            assert number / size == old / size


def test_numbers_of_the_file_are_written_as_they_were() -> None:
    box = [12.34, 5, 199.9, 0.125]
    labels = Detections(
        [Detection("cat", [box[0] / 641, box[1] / 479, box[2] / 641, box[3] / 479])]
    )
    (entry,) = json.loads(write([record(labels, (641, 479))]))["annotations"]
    assert entry["bbox"] == box


@st.composite
def masked(draw: st.DrawFn) -> Record:
    """An image with one detection whose mask has the size of its box, or another."""
    width, height = draw(st.integers(1, 30)), draw(st.integers(1, 30))
    x, y = draw(st.floats(-5, 30)), draw(st.floats(-5, 30))
    w, h = draw(st.floats(0, 35)), draw(st.floats(0, 35))
    left, top, right, bottom = pixel_box((x, y, w, h), (width, height))
    bits = draw(st.binary(min_size=120, max_size=120))
    pixels = np.unpackbits(np.frombuffer(bits, dtype=np.uint8))
    mask = np.resize(pixels, (bottom - top, right - left)).astype(bool)
    box = [x / width, y / height, w / width, h / height]
    return record(Detections([Detection("cat", box, mask=mask)]), (width, height))


@given(masked(), st.booleans())
def test_every_mask_survives_and_the_coco_api_reads_it_the_same(
    source: Record, polygons: bool
) -> None:
    label = one([source], "labels")
    data = write([source], polygons=polygons)
    again = one(read(data, label_types="segmentations"), "segmentations")
    assert bare(again, "iscrowd") == bare(label)
    (entry,) = json.loads(data)["annotations"]
    segmentation = entry["segmentation"]
    assert source.height is not None
    if isinstance(segmentation, list):
        merged = coco_api.merge(coco_api.frPyObjects(segmentation, source.height, source.width))
    else:
        merged = {**segmentation, "counts": segmentation["counts"].encode()}
    assert int(coco_api.area(merged)) == label.mask.sum() == entry["area"]


def test_a_mask_of_another_resolution_covers_its_box() -> None:
    mask = np.array([[True, False]])
    labels = Detections([Detection("cat", [0.25, 0.25, 0.5, 0.5], mask=mask)])
    (entry,) = json.loads(write([record(labels, (8, 8))], polygons=True))["annotations"]
    assert entry["area"] == 8
    filled = mask_from_polygons(entry["segmentation"], (8, 8))
    assert filled[2:6, 2:4].all()
    assert filled.sum() == 8


def test_a_mask_of_another_resolution_is_cut_at_the_border_of_the_image() -> None:
    labels = Detections([Detection("cat", [-0.5, 0, 1, 1], mask=np.ones((5, 5), dtype=bool))])
    data = write([record(labels, (8, 8))])
    assert json.loads(data)["annotations"][0]["area"] == 32
    assert one(read(data, label_types="segmentations"), "segmentations").mask.shape == (8, 4)


def test_masks_with_holes_are_run_lengths_even_where_polygons_are_asked_for() -> None:
    mask = np.ones((5, 5), dtype=bool)
    mask[2, 2] = False
    labels = Detections([Detection("cat", [0, 0, 1, 1], mask=mask)])
    (entry,) = json.loads(write([record(labels, (5, 5))], polygons=True))["annotations"]
    assert "counts" in entry["segmentation"]


@given(
    st.integers(1, 4000),
    st.integers(1, 4000),
    st.lists(st.lists(st.tuples(PIXELS, PIXELS), min_size=3, max_size=6), min_size=1, max_size=3),
)
def test_every_point_of_a_polygon_survives(
    width: int, height: int, shapes: list[list[tuple[float, float]]]
) -> None:
    points = [[(x / width, y / height) for x, y in shape] for shape in shapes]
    source = record(Polylines([Polyline("cat", points, closed=True, filled=True)]), (width, height))
    again = read(write([source]), label_types="segmentations", use_polylines=True)
    assert bare(one(again, "segmentations"), "iscrowd") == bare(one([source], "labels"))


def test_box_and_area_of_a_polygon() -> None:
    points = [[(0.25, 0.25), (0.75, 0.25), (0.75, 0.5)]]
    data = write([record(Polylines([Polyline("cat", points)]), (8, 8))])
    (entry,) = json.loads(data)["annotations"]
    assert entry["bbox"] == [2, 2, 4, 2]
    assert entry["area"] == 4
    assert entry["segmentation"] == [[2, 2, 6, 2, 6, 4]]


def test_the_coco_api_loads_what_is_written(tmp_path: Path) -> None:
    mask = np.zeros((4, 4), dtype=bool)
    mask[1:3, 1:] = True
    labels = Detections(
        [
            Detection("cat", [0.1, 0.1, 0.2, 0.2], confidence=0.5),
            Detection("dog", [0, 0, 0.5, 0.5], mask=mask, iscrowd=True),
        ]
    )
    path = tmp_path / "labels.json"
    path.write_bytes(write([record(labels, (8, 8)), record(None, (8, 8))]))
    coco = COCO(str(path))
    assert [entry["name"] for entry in coco.loadCats(coco.getCatIds())] == ["cat", "dog"]
    assert len(coco.getImgIds()) == 2
    (crowd,) = coco.loadAnns(coco.getAnnIds(iscrowd=True))
    assert crowd["category_id"] == 2
    assert coco.annToMask(crowd)[1:3, 1:4].all()
    assert coco.annToMask(crowd).sum() == 6


def test_nothing_to_write_is_a_file_too() -> None:
    written = json.loads(write([]))
    assert written == {
        "info": {},
        "licenses": [],
        "categories": [],
        "images": [],
        "annotations": [],
    }


def test_what_the_dataset_knows_stands_in_the_file() -> None:
    info = {"year": 2026, "mine": "x", "licenses": [{"id": 1}], "categories": []}
    written = json.loads(write([], info))
    assert written["info"] == {"year": 2026}
    assert written["licenses"] == [{"id": 1}]
    assert json.loads(write([], info, info={"year": 1}))["info"] == {"year": 1}


def test_only_the_classes_asked_for_are_written_and_known_ones_keep_their_ids() -> None:
    labels = Detections([Detection(name, [0, 0, 1, 1]) for name in ("cat", "dog", "bird")])
    info = {"categories": [{"id": 17, "name": "cat", "supercategory": "animal"}]}
    written = json.loads(write([record(labels)], info))
    assert [entry["category_id"] for entry in written["annotations"]] == [17, 18, 19]
    written = json.loads(write([record(labels)], info, classes=["bird", "cat", "eel"]))
    assert written["categories"] == [
        {"id": 17, "name": "cat", "supercategory": "animal"},
        {"id": 18, "name": "bird", "supercategory": None},
        {"id": 19, "name": "eel", "supercategory": None},
    ]
    assert [entry["category_id"] for entry in written["annotations"]] == [17, 18]


@pytest.mark.parametrize(
    ("extra", "attributes"),
    [
        (True, {"tags": ["hard"], "mood": 1.5, "many": [1, 2]}),
        (False, None),
        ("mood", {"mood": 1.5}),
    ],
)
def test_attributes_are_written_as_asked(extra: Any, attributes: Any) -> None:
    label = Detection("cat", [0, 0, 1, 1], tags=["hard"], mood=np.float64(1.5), none=None)
    label["many"] = np.array([1, 2])
    (entry,) = json.loads(write([record(Detections([label]))], extra_attrs=extra))["annotations"]
    assert entry.get("attributes") == attributes


def test_boxes_are_rounded_where_that_is_asked_for() -> None:
    labels = Detections([Detection("cat", [0.1234567, 0, 0.5, 0.5])])
    (entry,) = json.loads(write([record(labels)], num_decimals=1))["annotations"]
    assert entry["bbox"] == [79.0, 0.0, 320.0, 240.0]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (Detections([Detection(None, [0, 0, 1, 1])]), "one.jpg has no class"),
        (Detections([Detection("cat")]), "one.jpg has no bounding box"),
        (Detections([Detection("cat", [0, 0, 1, float("nan")])]), "JSON can't hold"),
        (Polylines([Polyline("cat", [[]])]), "one.jpg has no points"),
        (Detections([Detection("cat", [0, 0, 1, 1], odd=object())]), "extra_attrs"),
    ],
)
def test_labels_that_coco_can_not_hold_are_refused(labels: LabelList, words: str) -> None:
    with pytest.raises(LabelError, match=words):
        write([record(labels)])


def test_an_image_of_unknown_size_is_refused() -> None:
    with pytest.raises(LabelError, match=r"compute_metadata\(\)"):
        write([Record("one.jpg")])
