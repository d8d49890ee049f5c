"""Predictions in COCO's results format join samples that are there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import viewfinder as vf
from viewfinder.errors import ConfigError, FormatError, MediaError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transfer.conftest import CocoFolder

COCO = vf.types.COCODetectionDataset
RESULTS: list[dict[str, Any]] = [
    {"image_id": 102, "category_id": 5, "bbox": [4, 2, 10, 5], "score": 0.25},
    {"image_id": 101, "category_id": 2, "bbox": [0, 0, 40, 20], "score": 1},
    {"image_id": 102, "category_id": 2, "bbox": [1, 1, 1, 1], "score": 0.75, "source": "b"},
]


@pytest.fixture
def dataset(coco: CocoFolder) -> vf.Dataset:
    return vf.Dataset.from_dir(coco.path, COCO, include_id=True)


def predicted(dataset: Any) -> list[Any]:
    found: list[Any] = dataset.values("predictions.detections.label")
    return found


def test_predictions_find_their_images_by_coco_id(dataset: vf.Dataset) -> None:
    dataset.add_coco_labels("predictions", RESULTS)
    assert predicted(dataset) == [["cat"], ["dog", "cat"], []]
    assert dataset.values("predictions.detections.confidence") == [[1.0], [0.25, 0.75], []]
    dog, cat = list(dataset)[1].predictions.detections
    assert dog.bounding_box == [4 / 40, 2 / 20, 10 / 40, 5 / 20]
    assert cat.source == "b"
    assert dataset.last().predictions == vf.Detections([])


def test_predictions_are_read_from_a_file(dataset: vf.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"annotations": RESULTS}))
    dataset.add_coco_labels("predictions", path, extra_attrs=False)
    assert predicted(dataset) == [["cat"], ["dog", "cat"], []]
    assert not dataset.has_field("predictions.detections.source")


@pytest.mark.parametrize(
    "categories",
    [
        {2: "cat", 5: "dog"},
        ["a", "cat", "c", "d", "dog"],
        [{"id": 2, "name": "cat"}, {"id": 5, "name": "dog"}],
    ],
)
def test_categories_may_be_given_in_three_ways(coco: CocoFolder, categories: Any) -> None:
    dataset = vf.Dataset.from_dir(coco.path, COCO, include_id=True, add_info=False)
    with pytest.raises(ConfigError, match="Give them as categories"):
        dataset.add_coco_labels("predictions", RESULTS)
    dataset.add_coco_labels("predictions", RESULTS, categories)
    assert predicted(dataset) == [["cat"], ["dog", "cat"], []]


def test_without_ids_the_place_of_the_sample_counts_from_one(coco: CocoFolder) -> None:
    dataset = vf.Dataset.from_dir(coco.path, COCO)
    entry = {"image_id": 3, "category_id": 2, "bbox": [0, 0, 1, 1], "score": 0.5}
    dataset.add_coco_labels("predictions", [entry])
    assert predicted(dataset) == [[], [], ["cat"]]


def test_any_field_may_hold_the_ids(coco: CocoFolder) -> None:
    dataset = vf.Dataset.from_dir(coco.path, COCO)
    dataset.set_values("number", [101, 102, 103])
    dataset.add_coco_labels("predictions", RESULTS, coco_id_field="number")
    assert predicted(dataset) == [["cat"], ["dog", "cat"], []]


def test_a_view_gets_labels_alone(dataset: vf.Dataset) -> None:
    view = dataset.match(vf.F("coco_id") == 102)
    with pytest.raises(FormatError, match=r"annotations\[1\] belongs to image 101"):
        view.add_coco_labels("predictions", RESULTS)
    assert not dataset.has_field("predictions")
    view.add_coco_labels("predictions", RESULTS, skip_unknown=True)
    assert predicted(dataset) == [None, ["dog", "cat"], None]


def test_masks_and_polygons_are_read(dataset: vf.Dataset) -> None:
    entry = {**RESULTS[0], "segmentation": [[4, 2, 14, 2, 14, 7, 4, 7]]}
    dataset.add_coco_labels("masks", [entry], label_type="segmentations")
    assert list(dataset)[1].masks.detections[0].mask.shape == (5, 10)
    dataset.add_coco_labels("shapes", [entry], label_type="segmentations", use_polylines=True)
    assert list(dataset)[1].shapes.polylines[0].points[0][1] == (14 / 40, 2 / 20)


def test_sizes_are_read_from_the_files_where_they_are_not_known(coco: CocoFolder) -> None:
    dataset = vf.Dataset.from_images_dir(coco.path / "data")
    entry = {"image_id": 1, "category_id": 1, "bbox": [4, 2, 10, 5], "score": 0.5}
    dataset.add_coco_labels("predictions", [entry], ["cat"])
    assert dataset.first().predictions.detections[0].bounding_box == [0.1, 0.1, 0.25, 0.25]
    for filepath in (coco.path / "data").rglob("*.jpg"):
        filepath.unlink()
    with pytest.raises(MediaError):
        dataset.add_coco_labels("predictions", [entry], ["cat"])


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"category_id": 9}, "category 9"),
        ({"bbox": [1]}, "four numbers"),
        ({"image_id": None}, "image_id"),
    ],
)
def test_a_broken_prediction_is_named(
    dataset: vf.Dataset, entry: dict[str, Any], words: str
) -> None:
    with pytest.raises(FormatError, match=rf"annotations\[0\].*{words}"):
        dataset.add_coco_labels("predictions", [{**RESULTS[0], **entry}])
    assert not dataset.has_field("predictions")


def test_what_can_not_be_asked_for_is_refused(dataset: vf.Dataset, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="keypoints"):
        dataset.add_coco_labels("predictions", RESULTS, label_type="keypoints")
    with pytest.raises(ConfigError, match=r"categories\[0\]"):
        dataset.add_coco_labels("predictions", RESULTS, [{"name": "cat"}])
    with pytest.raises(FormatError, match="no such labels file"):
        dataset.add_coco_labels("predictions", tmp_path / "none.json")
