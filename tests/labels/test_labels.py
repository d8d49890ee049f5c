"""Labels as values: attributes, equality, copies, and what they print."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from viewfinder.errors import LabelError
from viewfinder.ids import is_id
from viewfinder.labels import Classification, Detection, Detections, Keypoints, Polyline
from viewfinder.labels.base import same_value
from viewfinder.labels.registry import label_class, list_class_of

NAN = float("nan")


def test_declared_attributes_are_none_until_set() -> None:
    detection = Detection("cat")
    assert detection.label == "cat"
    assert detection.confidence is None
    detection.confidence = 0.5
    assert detection["confidence"] == 0.5


def test_an_id_is_made_once() -> None:
    detection = Detection()
    assert is_id(detection.id)
    assert detection.id == detection.id
    assert Detection().id != detection.id


def test_own_attributes_are_simply_set() -> None:
    detection = Detection(occluded=True)
    detection["mood"] = "grumpy"
    assert detection.attribute_names == ("occluded", "mood")
    assert dict(detection.iter_attributes()) == {"occluded": True, "mood": "grumpy"}
    assert "mood" in detection
    del detection["mood"]
    assert "mood" not in detection
    with pytest.raises(AttributeError, match="no attribute 'mood'"):
        detection.get_field("mood")
    with pytest.raises(KeyError, match="mood"):
        del detection["mood"]


def test_an_attribute_that_is_none_can_be_removed() -> None:
    detection = Detection(mood=None)
    del detection["mood"]
    assert "mood" not in detection


def test_tags_are_a_list_of_ones_own() -> None:
    one, other = Detection(), Detection()
    one.tags.append("a")
    assert one.tags == ["a"]
    assert other.tags == []


def test_equal_labels_have_equal_values_and_ids() -> None:
    one = Detection("cat", [0, 0, 1, 1], mask=np.eye(2))
    assert one == one.copy()
    assert one != Detection("cat", [0, 0, 1, 1], mask=np.eye(2))
    assert one != Classification("cat")
    changed = one.copy()
    assert changed.mask is not None
    changed.mask[0, 0] = 5
    assert one != changed


SAME: list[tuple[Any, Any, bool]] = [
    (NAN, NAN, True),
    (1, 1.0, True),
    (1, True, False),
    ([1, (2, NAN)], [1, [2, NAN]], True),
    ([1], [1, 2], False),
    (np.array([1, NAN]), np.array([1, NAN]), True),
    (np.array([1], dtype="i4"), np.array([1], dtype="i8"), False),
    (np.array([1]), [1], False),
    ({"a": [NAN]}, {"a": [NAN]}, True),
    ({"a": 1}, {"b": 1}, False),
]


@pytest.mark.parametrize(("one", "other", "same"), SAME, ids=str)
def test_same_values(one: Any, other: Any, same: bool) -> None:
    assert same_value(one, other) is same


def test_a_list_of_labels_knows_its_list_by_name() -> None:
    detections = Detections([Detection("a"), Detection("b")])
    assert detections["detections"] is detections.labels
    assert [d.label for d in detections.copy().detections] == ["a", "b"]
    assert detections == detections.copy()
    with pytest.raises(KeyError, match="keypoints"):
        detections["keypoints"]


def test_a_dict_tells_the_class() -> None:
    assert Polyline(label="road").to_dict()["_cls"] == "Polyline"
    assert Detections([Detection()]).to_dict()["detections"][0]["_cls"] == "Detection"


def test_the_registry_knows_every_class() -> None:
    assert label_class("Detection") is Detection
    assert label_class("Keypoints") is Keypoints
    assert list_class_of(Detection) is Detections
    with pytest.raises(LabelError, match="'Cuboid' is no label type"):
        label_class("Cuboid")


def test_a_mask_is_not_printed_in_full() -> None:
    assert "array(shape=(500, 500)" in repr(Detection("cat", mask=np.zeros((500, 500))))
