"""Objects that stand for an id, such as those of BSON, are taken wherever an id is."""

from __future__ import annotations

from typing import Any

import pytest

import viewfinder as vf
from viewfinder import ViewField as F
from viewfinder.ids import new_id, plain_id


class _ObjectId:
    """As BSON's: no text, but with 24 hexadecimal digits as its text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ObjectId) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def ObjectId(text: str) -> Any:  # noqa: N802 - as the class that it stands for
    return _ObjectId(text)


@pytest.mark.parametrize("value", [None, 123456789012345678901234, 1.5, "x", b"x", ["a"], object()])
def test_other_values_stay(value: Any) -> None:
    assert plain_id(value) is value


@pytest.fixture
def dataset() -> vf.Dataset:
    dataset = vf.Dataset()
    for name in "abc":
        label = vf.Detection(label=name, bounding_box=[0, 0, 1, 1], instance=vf.Instance())
        dataset.add_sample(
            vf.Sample(filepath=f"/{name}.jpg", truth=vf.Detections(detections=[label]))
        )
    return dataset


def test_samples_are_found_by_them(dataset: vf.Dataset) -> None:
    first, second, third = dataset.values("id")
    one = ObjectId(second)
    assert dataset[one].id == second
    assert one in dataset
    assert ObjectId(new_id()) not in dataset
    assert dataset.select(one).values("id") == [second]
    assert dataset.exclude([one]).values("id") == [first, third]
    assert dataset[[ObjectId(third)]].values("id") == [third]
    assert dataset.match(F("id") == one).values("id") == [second]
    assert dataset.match(F("id").is_in([one])).values("id") == [second]
    assert dataset.select_by("id", [one]).values("id") == [second]
    dataset.set_values("score", {one: 2.0}, key_field="id")
    assert dataset.values("score") == [None, 2.0, None]
    dataset.delete_samples(one)
    assert dataset.values("id") == [first, third]


def test_labels_are_found_by_them(dataset: vf.Dataset) -> None:
    ids = dataset.values("truth.detections.id", unwind=True)
    objects = dataset.values("truth.detections.instance.id", unwind=True)
    assert dataset.select_labels(ids=ObjectId(ids[1])).values("truth.detections.label") == [["b"]]
    assert dataset.match_labels(ids=[ObjectId(ids[1])]).count() == 1
    chosen = dataset.select_labels(instance_ids=[ObjectId(objects[2])])
    assert chosen.values("truth.detections.label") == [["c"]]
    others = dataset.exclude_labels(instance_ids=objects[2], omit_empty=False)
    assert others.values("truth.detections.label") == [["a"], ["b"], []]
    assert dataset.match_labels(instance_ids=objects[:2], bool=False).count() == 1
    dataset.set_label_values("truth.detections.seen", {ObjectId(ids[0]): True})
    assert dataset.values("truth.detections.seen", unwind=True) == [True, None, None]
    dataset.delete_labels(instance_ids=objects[0])
    dataset.delete_labels(ids=ObjectId(ids[1]))
    assert dataset.values("truth.detections.label") == [[], [], ["c"]]


def test_no_label_shows_an_object_where_none_has_an_instance() -> None:
    dataset = vf.Dataset()
    kind = vf.Classification(label="x")
    dataset.add_sample(vf.Sample(filepath="/a.jpg", kind=kind))
    assert dataset.match_labels(instance_ids=[new_id()]).count() == 0
    assert dataset.exclude_labels(instance_ids=new_id()).count() == 1


def test_samples_and_labels_are_made_with_them() -> None:
    dataset = vf.Dataset()
    ids = [new_id() for _ in range(3)]
    kind = vf.Classification(id=ObjectId(ids[1]), label="x")
    sample = vf.Sample("/a.jpg", id=ObjectId(ids[0]), kind=kind)
    sample["whose"] = vf.Instance(id=ObjectId(ids[2]))
    dataset.add_sample(sample)
    assert [sample.id, *dataset.values(["kind.id", "whose.id"])] == [ids[0], [ids[1]], [ids[2]]]
    sample.kind = vf.Classification(id=ObjectId(ids[2]), label="y")
    sample.save()
    assert dataset.values("kind.id") == [ids[2]]
