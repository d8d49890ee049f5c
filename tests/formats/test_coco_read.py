"""COCO files as records: what is read, what is left, and what is refused in which words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from viewfinder.errors import ConfigError, FormatError
from viewfinder.formats.coco import decode, decode_predictions
from viewfinder.formats.records import Record
from viewfinder.formats.types import COCODetectionDataset

# A 4 × 3 image with a cat on its left half and a dog on the pixel at the lower right; a second
# image without annotations.
DOCUMENT: dict[str, Any] = {
    "info": {"year": 2026, "description": "Pets"},
    "licenses": [{"id": 1, "name": "CC0"}],
    "categories": [
        {"id": 7, "name": "dog", "supercategory": "animal"},
        {"id": 3, "name": "cat", "supercategory": "animal"},
        {"id": 9, "name": "bird", "supercategory": "animal"},
    ],
    "images": [
        {"id": 11, "file_name": "one.jpg", "width": 4, "height": 3},
        {"id": 12, "file_name": "more/zwei ü.jpg", "width": 8, "height": 8},
    ],
    "annotations": [
        {
            "id": 1,
            "image_id": 11,
            "category_id": 3,
            "bbox": [0, 0, 2, 3],
            "segmentation": [[0, 0, 2, 0, 2, 3, 0, 3]],
            "area": 6,
            "iscrowd": 0,
        },
        {
            "id": 2,
            "image_id": 11,
            "category_id": 7,
            "bbox": [3, 2, 1, 1],
            "segmentation": {"size": [3, 4], "counts": [11, 1]},
            "iscrowd": 1,
            "score": 0.5,
            "mood": "grumpy",
            "attributes": {"occluded": True},
        },
    ],
}


def changed(part: str, place: int, **entry: Any) -> dict[str, Any]:
    """The document with one entry changed; a value of None takes the key away."""
    document: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    document[part][place].update(entry)
    document[part][place] = {k: v for k, v in document[part][place].items() if v is not None}
    return document


def read(document: Any = DOCUMENT, **options: Any) -> list[Record]:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(COCODetectionDataset.read(data, "labels.json", options).records)


def test_boxes_become_relative_and_attributes_come_along() -> None:
    first, second = read()
    assert (first.filename, first.width, first.height) == ("one.jpg", 4, 3)
    cat, dog = first.labels["detections"].detections  # type: ignore[union-attr]
    assert dict(cat.values) == {"label": "cat", "bounding_box": [0, 0, 0.5, 1], "iscrowd": 0}
    assert dict(dog.values) == {
        "label": "dog",
        "bounding_box": [0.75, 2 / 3, 0.25, 1 / 3],
        "confidence": 0.5,
        "iscrowd": 1,
        "mood": "grumpy",
        "occluded": True,
    }
    assert second.filename == "more/zwei ü.jpg"
    assert second.labels["detections"].detections == []  # type: ignore[union-attr]


def test_segmentations_become_masks_inside_of_their_boxes() -> None:
    labels = read(label_types="segmentations")[0].labels
    assert list(labels) == ["segmentations"]
    cat, dog = labels["segmentations"].detections  # type: ignore[union-attr]
    assert cat.mask.shape == (3, 2)
    assert cat.mask.all()
    assert dog.mask.tolist() == [[True]]


def test_both_kinds_at_once_have_labels_of_their_own() -> None:
    labels = read(label_types=["detections", "segmentations"])[0].labels
    assert list(labels) == ["detections", "segmentations"]
    assert labels["detections"].detections[0].mask is None  # type: ignore[union-attr]


def test_polygons_keep_their_points_where_polylines_are_asked_for() -> None:
    labels = read(label_types="segmentations", use_polylines=True)[0].labels
    cat, dog = labels["segmentations"].polylines  # type: ignore[union-attr]
    assert cat.points == [[(0, 0), (0.5, 0), (0.5, 1), (0, 1)]]
    assert cat.closed
    assert cat.filled
    assert np.allclose(sorted(dog.points[0]), [(0.75, 2 / 3), (0.75, 1), (1, 2 / 3), (1, 1)])


def test_compressed_run_lengths_are_read() -> None:
    document = changed("annotations", 1, segmentation={"size": [3, 4], "counts": ";1"})
    (_, dog) = read(document, label_types="segmentations")[0].labels["segmentations"].detections  # type: ignore[union-attr]
    assert dog.mask.tolist() == [[True]]


def test_a_detection_without_segmentation_is_kept_without_a_mask() -> None:
    document = changed("annotations", 0, segmentation=[])
    cat, _ = read(document, label_types="segmentations")[0].labels["segmentations"].detections  # type: ignore[union-attr]
    assert cat.mask is None


def test_a_file_without_annotations_says_nothing_about_labels() -> None:
    document = {key: part for key, part in DOCUMENT.items() if key != "annotations"}
    assert [record.labels for record in read(document)] == [{}, {}]


def test_an_empty_dataset_is_one() -> None:
    assert read({"images": [], "annotations": [], "categories": []}) == []


def test_classes_are_in_the_order_of_their_ids() -> None:
    source = COCODetectionDataset.read(json.dumps(DOCUMENT).encode(), "labels.json", {})
    assert source.classes == ["cat", "dog", "bird"]
    assert source.info["year"] == 2026
    assert source.info["categories"] == DOCUMENT["categories"]
    assert source.filenames == ["one.jpg", "more/zwei ü.jpg"]


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        ({"classes": "cat"}, [["cat", "dog"]]),
        ({"classes": ["cat"], "only_matching": True}, [["cat"]]),
        ({"classes": ["bird"]}, []),
        ({"image_ids": [12]}, [[]]),
        ({"max_samples": 1}, [["cat", "dog"]]),
        ({"max_samples": 0}, []),
    ],
)
def test_only_some_images_and_labels(options: dict[str, Any], labels: list[list[str]]) -> None:
    found = [record.labels["detections"].detections for record in read(**options)]  # type: ignore[union-attr]
    assert [[label.label for label in inside] for inside in found] == labels


def test_shuffling_with_a_seed_gives_the_same_order_each_time() -> None:
    document = {
        **DOCUMENT,
        "annotations": [],
        "images": [{"id": n, "file_name": f"{n}.jpg"} for n in range(50)],
    }
    first, again = ([r.filename for r in read(document, shuffle=True, seed=5)] for _ in "12")
    assert first == again
    assert first != sorted(first)
    assert len(set(first)) == 50


def test_the_image_id_becomes_a_value_where_asked_for() -> None:
    assert [record.values for record in read(include_id=True)] == [
        {"coco_id": 11},
        {"coco_id": 12},
    ]


@pytest.mark.parametrize(
    ("extra", "names"),
    [(True, {"mood", "occluded"}), (False, {"occluded"}), ("mood", {"mood", "occluded"})],
)
def test_keys_of_their_own_are_read_as_asked(extra: Any, names: set[str]) -> None:
    dog = read(extra_attrs=extra)[0].labels["detections"].detections[1]  # type: ignore[union-attr]
    assert set(dog.attribute_names) - {"iscrowd"} == names


def test_an_attribute_does_not_overwrite_what_a_label_is() -> None:
    document = changed(
        "annotations",
        0,
        attributes={"label": "x", "id": 5, "bounding_box": 1, "tags": "a", "index": "b", "": 0},
    )
    cat = read(document)[0].labels["detections"].detections[0]  # type: ignore[union-attr]
    assert cat.label == "cat"
    assert cat.bounding_box == [0, 0, 0.5, 1]
    assert cat["coco_label"] == "x"
    assert cat["coco_id"] == 5
    assert cat["coco_tags"] == "a"
    assert cat["coco_index"] == "b"


BROKEN: list[tuple[str, Any, str]] = [
    ("empty file", b"  \n", "the file is empty"),
    ("cut short", b'{"images": [{"id": 1,\n "file_na', "line 2, column .*cut short"),
    ("wrong sign", b'{"images": [],\n "annotations": [\n  {"id" 1}]}', "line 3, column 9"),
    ("NaN", b'{"images": [NaN]}', "NaN is no number of JSON"),
    ("other text encoding", '{"images": "ü"}'.encode("latin-1"), "not UTF-8"),
    ("a list", [], "one JSON object, not a list"),
    ("no images", {"annotations": []}, "'images' is missing"),
    ("images no list", {"images": {}}, "'images' is an object"),
    ("annotations no list", {**DOCUMENT, "annotations": 3}, "'annotations' is a number"),
    ("image without id", changed("images", 0, id=None), r"images\[0\] has no 'id'"),
    ("image without name", changed("images", 1, file_name=None), r"images\[1\] has no 'file_name'"),
    ("same image id", changed("images", 1, id=11), r"images\[1\] .* the id 11 of another image"),
    ("no such image", changed("annotations", 1, image_id=99), r"annotations\[1\] .* image 99"),
    ("no image", changed("annotations", 0, image_id=None), r"annotations\[0\] has no 'image_id'"),
    ("no category", changed("annotations", 0, category_id=None), "no 'category_id'"),
    ("unknown category", changed("annotations", 1, category_id=4), r"annotations\[1\] .* 4, which"),
    ("three numbers", changed("annotations", 0, bbox=[1, 2, 3]), r"annotations\[0\] .*\[1, 2, 3\]"),
    ("text in box", changed("annotations", 0, bbox=[1, 2, 3, "4"]), r"annotations\[0\] needs"),
    ("no box", changed("annotations", 0, bbox=None), r"annotations\[0\] needs a 'bbox'"),
    ("odd score", changed("annotations", 1, score="high"), "score 'high'"),
    ("annotation no object", {**DOCUMENT, "annotations": [5]}, r"annotations\[0\] is a number"),
    ("no size", changed("images", 0, width=None), r"image 11 \(one.jpg\) .* 'width' is missing"),
    ("no height", changed("images", 0, height=0), "'height' is 0"),
    ("nameless category", changed("categories", 2, name=None), r"categories\[2\] needs"),
    ("same category id", changed("categories", 2, id=3), r"categories\[2\] has the id 3"),
]


@pytest.mark.parametrize(
    ("document", "words"),
    [pytest.param(document, words, id=name) for name, document, words in BROKEN],
)
def test_a_broken_file_is_refused_with_the_entry_named(document: Any, words: str) -> None:
    with pytest.raises(FormatError, match=f"(?s)labels.json: .*{words}"):
        read(document)


@pytest.mark.parametrize(
    ("segmentation", "words"),
    [
        ([[1, 1, 2, 2]], "three or more"),
        ([[1, 1, 2, 2, 3]], "x, y pairs"),
        (["abc"], "annotation 2"),
        ({"size": [3, 4]}, "no 'counts'"),
        ({"counts": [12]}, "no 'size'"),
        ({"size": [3, 4], "counts": [5, 5]}, "cover 10 pixels"),
        ({"size": [3, 4], "counts": "["}, "cut short"),
        ({"size": [4, 4], "counts": [16]}, "4 × 4 pixels, but the image is 4 × 3"),
    ],
)
def test_a_broken_segmentation_is_refused_when_it_is_asked_for(
    segmentation: Any, words: str
) -> None:
    document = changed("annotations", 1, segmentation=segmentation)
    assert len(read(document)) == 2
    with pytest.raises(FormatError, match=words):
        read(document, label_types="segmentations")


def test_a_broken_polygon_is_refused_where_polylines_are_asked_for() -> None:
    document = changed("annotations", 1, segmentation=[[1, 2, 3]])
    with pytest.raises(FormatError, match="annotation 2"):
        read(document, label_types="segmentations", use_polylines=True)


def test_unknown_options_and_classes_are_refused() -> None:
    with pytest.raises(ConfigError, match="keypoints"):
        read(label_types=["keypoints"])
    with pytest.raises(FormatError, match=r"no class 'bard'\. Did you mean 'bird'"):
        read(classes=["bard"])
    with pytest.raises(FormatError, match="no image with the id 5"):
        read(image_ids=[5])
    with pytest.raises(TypeError, match="colour"):
        read(colour="red")


def test_predictions_are_read_from_a_list_or_a_document() -> None:
    entry = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 0.25}
    assert decode_predictions(json.dumps([entry]).encode(), "p.json") == [entry]
    assert decode_predictions(json.dumps({"annotations": [entry]}).encode(), "p.json") == [entry]
    with pytest.raises(FormatError, match="list of annotations"):
        decode_predictions(b'{"images": []}', "p.json")
    with pytest.raises(FormatError, match=r"annotations\[0\] needs a 'bbox'"):
        decode_predictions(b'[{"image_id": 1, "category_id": 1}]', "p.json")


def test_a_results_file_in_place_of_a_dataset_is_told_apart() -> None:
    with pytest.raises(FormatError, match=r"add_coco_labels\(\)"):
        decode(b"[]", "results.json")
