"""Answers that FiftyOne gave where ours once were others: small cases that stay right."""

from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder import ViewField as F


@pytest.fixture
def dataset() -> vf.Dataset:
    dataset = vf.Dataset()
    box = [0.0, 0.0, 0.5, 0.5]
    odd = vf.Detection(label="cat", bounding_box=box, tags=["odd"])
    plain = vf.Detection(label="dog", bounding_box=box)
    dataset.add_samples(
        [
            vf.Sample(filepath="/both.jpg", truth=vf.Detections(detections=[odd, plain])),
            vf.Sample(filepath="/none.jpg"),
            vf.Sample(filepath="/empty.jpg", truth=vf.Detections(detections=[])),
            vf.Sample(
                filepath="/other.jpg",
                truth=vf.Detections(detections=[odd.copy()]),
                found=vf.Detections(detections=[plain.copy()]),
            ),
        ]
    )
    return dataset


def test_brackets_in_a_path_give_flat_values(dataset: vf.Dataset) -> None:
    labels = ["cat", "dog", "cat"]
    assert dataset.values("truth.detections[].label") == labels
    assert dataset.values("truth.detections[]", expr=F("label")) == labels
    assert dataset.values(F("truth.detections[]").apply(F("label"))) == labels
    assert dataset.values("truth.detections.label") == [["cat", "dog"], None, [], ["cat"]]


def test_samples_with_labels_in_another_field_are_not_empty(dataset: vf.Dataset) -> None:
    view = dataset.exclude_labels(tags="odd", fields="truth")
    assert [path.rpartition("/")[2] for path in view.values("filepath")] == [
        "both.jpg",
        "other.jpg",
    ]
    assert view.values("truth.detections.label") == [["dog"], []]


def test_labels_without_tags_have_an_empty_list(dataset: vf.Dataset) -> None:
    assert dataset.values("truth.detections.tags") == [[["odd"], []], None, [], [["odd"]]]
