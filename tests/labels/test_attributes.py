"""Attributes as documents in a label's dict, and the methods that go by names."""

from __future__ import annotations

import pytest

import viewfinder as vf


def car() -> vf.Detection:
    return vf.Detection(
        label="car",
        bounding_box=[0, 0, 1, 1],
        attributes={
            "color": vf.CategoricalAttribute(value="red", confidence=0.5),
            "doors": vf.NumericAttribute(value=4),
        },
        parked=True,
    )


def test_both_kinds_are_found_by_name() -> None:
    label = car()
    assert dict(label.iter_attributes()) == {"parked": True, "color": "red", "doors": 4}
    assert [label.has_attribute(name) for name in ("parked", "color", "label")] == [
        True, True, False,
    ]  # fmt: skip
    label.set_attribute_value("doors", 2)
    label.set_attribute_value("wheels", 3)
    assert label.attributes["doors"] == vf.NumericAttribute(value=2)
    assert label.get_attribute_value("wheels") == label["wheels"] == 3
    label.delete_attribute("color")
    label.delete_attribute("parked")
    assert dict(label.iter_attributes()) == {"wheels": 3, "doors": 2}
    with pytest.raises(KeyError):
        label.delete_attribute("color")


def test_a_dict_that_was_only_looked_at_is_no_attribute() -> None:
    dataset = vf.Dataset()
    sample = vf.Sample("/a.jpg", one=vf.Classification(label="x"))
    dataset.add_sample(sample)
    assert sample.one.attributes == {}
    assert sample.one == vf.Classification(id=sample.one.id, label="x")
    before = len(dataset.history())
    sample.save()
    assert len(dataset.history()) == before
    other = vf.Classification(label="y")
    assert (other.attributes, other.attribute_names) == ({}, ())
    dataset.add_sample(vf.Sample("/b.jpg", one=other))
    sample.one = vf.Classification(label="z", attributes={})
    sample.save()
    assert not dataset.has_field("one.attributes")


def test_documents_come_back_from_a_dataset() -> None:
    dataset = vf.Dataset()
    sample = vf.Sample("/a.jpg", cars=vf.Detections(detections=[car(), vf.Detection(label="x")]))
    dataset.add_sample(sample)
    assert dataset.values("cars.detections.attributes.doors.value") == [[4, None]]
    (read,) = dataset.limit(1)
    assert read.cars.detections[0].attributes == car().attributes
    assert read.cars.detections[1].attributes == {}
    read.cars.detections[0].set_attribute_value("color", "blue")
    read.cars.detections[1].attributes["seen"] = vf.BooleanAttribute(value=False)
    read.save()
    assert sample.cars.detections[0].get_attribute_value("color") == "blue"
    assert sample.cars.detections[1].attributes["seen"].value is False
    assert sample.cars.detections[0].attributes["color"].confidence == 0.5


def test_documents_come_back_from_dicts_and_json() -> None:
    label = car()
    label["instance"] = vf.Instance()
    for again in (vf.Detection.from_dict(label.to_dict()), vf.Label.from_json(label.to_json())):
        assert again == label
        assert isinstance(again.attributes["color"], vf.CategoricalAttribute)
        assert isinstance(again["instance"], vf.Instance)


def test_fields_by_name() -> None:
    label = vf.Classification(label="x", tags=["a"], mood="good")
    assert dict(label.iter_fields()) == {
        "id": label.id, "tags": ["a"], "label": "x", "confidence": None, "logits": None,
        "mood": "good",
    }  # fmt: skip
    label.set_field("confidence", 0.5, create=False)
    with pytest.raises(AttributeError, match="weather"):
        label.set_field("weather", "dry", create=False)
    label.clear_field("tags")
    label.clear_field("mood")
    assert (label.tags, label["mood"], label.confidence) == ([], None, 0.5)
    several = vf.Classifications(classifications=[label])
    assert several.field_names == ("classifications",)
    assert dict(several.iter_fields()) == {"classifications": [label]}
    several.clear_field("classifications")
    assert several.get_field("classifications") == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("dog", ["a", "b"], 0.5, "good")),
        ({"overwrite": False}, ("cat", ["a", "b"], 0.5, "good")),
        ({"merge_lists": False}, ("dog", ["b"], 0.5, "good")),
    ],
)
def test_labels_are_merged(
    options: dict[str, bool], expected: tuple[str, list[str], float, str]
) -> None:
    label = vf.Classification(label="cat", tags=["a"], confidence=0.5)
    identifier = label.id
    label.merge(vf.Classification(label="dog", tags=["b"], mood="good"), **options)
    assert (label.label, label.tags, label.confidence, label["mood"]) == expected
    assert label.id == identifier
