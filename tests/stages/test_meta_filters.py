"""Fields are chosen by what is said of them."""

from __future__ import annotations

from typing import Any

import pytest

import viewfinder as vf
from viewfinder.errors import ExpressionError


@pytest.fixture
def dataset() -> vf.Dataset:
    dataset = vf.Dataset()
    dataset.add_sample_field("score", vf.FloatField, description="From 2024")
    dataset.add_sample_field("word", vf.StringField, info={"url": "a", "year": 2024})
    box = vf.Detection(label="x", bounding_box=[0, 0, 1, 1], score_old=1.0)
    dataset.add_sample(vf.Sample("/a.jpg", boxes=vf.Detections(detections=[box])))
    return dataset


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("2024", {"score", "word"}),
        ("SCORE", {"score"}),
        ({"name": "or"}, {"score", "word"}),
        ({"type": "StringField"}, {"word"}),
        ({"type": "detections"}, {"boxes"}),
        ({"description": "2024"}, {"score"}),
        ({"info": "2024"}, {"word"}),
        ({"info.url": "a"}, {"word"}),
        ({"info.url": "b"}, set()),
        ({"info": "2024", "name": "score"}, set()),
    ],
)
def test_fields_that_match(dataset: vf.Dataset, wanted: Any, shown: set[str]) -> None:
    own = {"score", "word", "boxes"}
    view = dataset.select_fields(meta_filter=wanted)
    assert own & set(view.get_field_schema()) == shown
    hidden = dataset.exclude_fields(meta_filter=wanted)
    assert own & set(hidden.get_field_schema()) == own - shown
    assert hidden.count() == 1


def test_names_join_what_the_filter_finds(dataset: vf.Dataset) -> None:
    view = dataset.select_fields("boxes", {"type": "StringField"})
    assert {"boxes", "word"} < set(view.get_field_schema()) > {"filepath"}
    assert "score" not in view.get_field_schema()


def test_attributes_are_found_where_asked(dataset: vf.Dataset) -> None:
    found = dataset.select_fields(meta_filter={"name": "score", "include_nested_fields": True})
    paths = set(found.get_field_schema(flat=True))
    assert {"score", "boxes.detections.score_old"} < paths


def test_a_saved_view_keeps_its_filter(dataset: vf.Dataset) -> None:
    dataset.save_view("dated", dataset.select_fields(meta_filter={"info": "2024"}))
    view = dataset.load_saved_view("dated")
    dataset.add_sample_field("later", vf.IntField, info={"year": 2024})
    assert {"word", "later"} < set(view.get_field_schema())


def test_a_place_that_there_is_not_is_refused(dataset: vf.Dataset) -> None:
    with pytest.raises(ExpressionError, match="into 'names'"):
        dataset.select_fields(meta_filter={"names": "x"})
