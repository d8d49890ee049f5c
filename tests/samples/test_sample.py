from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewfinder as vf
from viewfinder.errors import (
    DatasetError,
    FieldNotFoundError,
    InvalidFieldNameError,
    SchemaError,
)
from viewfinder.schema import DEFAULT_FIELDS


def test_a_sample_holds_what_it_was_given() -> None:
    sample = vf.Sample(
        filepath="/photos/cat.jpg",
        tags=["train"],
        weather="sunny",
        ground_truth=vf.Classification(label="cat"),
    )
    assert sample.filepath == "/photos/cat.jpg"
    assert sample.filename == "cat.jpg"
    assert sample.media_type == "image"
    assert sample.tags == ["train"]
    assert sample["weather"] == "sunny"
    assert sample.ground_truth.label == "cat"
    assert sample.metadata is None
    assert sample.id is None
    assert not sample.in_dataset
    assert sample.dataset is None
    assert sample.field_names == (
        *DEFAULT_FIELDS,
        *("weather", "ground_truth"),
    )


def test_a_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert vf.Sample(filepath="a/../b.jpg").filepath == str(tmp_path / "b.jpg")
    assert vf.Sample(filepath="~/b.jpg").filepath == str(tmp_path / "b.jpg")
    assert vf.Sample(filepath=Path("b.jpg")).filepath == str(tmp_path / "b.jpg")
    assert vf.Sample(filepath="s3://bucket/b.jpg").filepath == "s3://bucket/b.jpg"


def test_fields_are_set_by_item_and_by_attribute() -> None:
    sample = vf.Sample(filepath="/a.jpg")
    sample["score"] = 0.5
    sample.mood = "good"
    sample.update_fields({"count": 3})
    assert (sample.score, sample["mood"], sample.get_field("count")) == (0.5, "good", 3)
    assert "score" in sample
    assert "colour" not in sample
    sample.clear_field("score")
    assert sample.score is None
    sample["tags"] = None
    assert sample.tags == []


def test_get_field_follows_dots() -> None:
    sample = vf.Sample(
        filepath="/a.jpg",
        metadata=vf.ImageMetadata(width=4, height=3),
        things=vf.Detections(detections=[vf.Detection(label="cat")]),
    )
    assert sample.get_field("metadata.width") == 4
    assert [d.label for d in sample.get_field("things.detections")] == ["cat"]
    with pytest.raises(vf.FieldNotFoundError):
        sample.get_field("metadata.colour")


def test_an_unknown_field_is_an_error_that_names_near_ones() -> None:
    sample = vf.Sample(filepath="/a.jpg", weather="sunny")
    with pytest.raises(vf.FieldNotFoundError, match="'weather'"):
        sample["wether"]
    with pytest.raises(AttributeError, match="'weather'"):
        _ = sample.wether
    assert not hasattr(sample, "wether")


@pytest.mark.parametrize("name", ["1st", "_hidden", "with space", "seq"])
def test_a_name_that_no_field_can_have_is_refused(name: str) -> None:
    given: dict[str, Any] = {name: 1}
    with pytest.raises(InvalidFieldNameError):
        vf.Sample(filepath="/a.jpg", **given)
    with pytest.raises(InvalidFieldNameError):
        vf.Sample(filepath="/a.jpg")[name] = 1


def test_a_field_may_be_called_like_a_method_but_is_set_as_an_item() -> None:
    sample = vf.Sample(filepath="/a.jpg")
    with pytest.raises(InvalidFieldNameError, match="save"):
        sample.save = 3  # type: ignore[method-assign, assignment]
    sample["save"] = 3
    assert sample["save"] == 3


def test_ids_are_given_by_the_dataset_or_at_birth() -> None:
    with pytest.raises(SchemaError, match="not an id"):
        vf.Sample(filepath="/a.jpg", id="7")
    assert vf.Sample(filepath="/a.jpg", id="0" * 24).id == "0" * 24
    with pytest.raises(SchemaError, match="can't be changed"):
        vf.Sample(filepath="/a.jpg")["id"] = "0" * 24


def test_neither_id_nor_filepath_can_be_cleared() -> None:
    with pytest.raises(SchemaError):
        vf.Sample(filepath="/a.jpg").clear_field("filepath")


def test_saving_without_a_dataset_says_what_to_do() -> None:
    with pytest.raises(DatasetError, match="add_sample"):
        vf.Sample(filepath="/a.jpg").save()


def test_a_copy_shares_nothing() -> None:
    sample = vf.Sample(
        filepath="/a.jpg", tags=["x"], things=vf.Detections([vf.Detection(label="cat")])
    )
    made = sample.copy()
    made.tags.append("y")
    made.things.detections[0].label = "dog"
    assert sample.tags == ["x"]
    assert sample.things.detections[0].label == "cat"
    assert made.things.detections[0].id == sample.things.detections[0].id


def test_the_copy_module_copies_samples() -> None:
    dataset = vf.Dataset()
    dataset.add_sample(vf.Sample(filepath="/a.jpg", words=["x"]))
    for made in (copy.copy(dataset.first()), copy.deepcopy(dataset.first())):
        assert not made.in_dataset
        made.words.append("y")
    assert dataset.first().words == ["x"]


def test_dicts_go_there_and_back() -> None:
    sample = vf.Sample(
        filepath="/a.jpg",
        tags=["x"],
        metadata=vf.ImageMetadata(width=4, height=3),
        things=vf.Detections([vf.Detection(label="cat", bounding_box=[0.1, 0.2, 0.3, 0.4], age=7)]),
        kind=vf.Classification(label="photo", confidence=0.5),
        vector=np.array([1.0, 2.0]),
    )
    back = vf.Sample.from_dict(sample.to_dict())
    assert back.to_dict().keys() == sample.to_dict().keys()
    assert back.things == sample.things
    assert back.kind == sample.kind
    assert back.metadata == sample.metadata
    assert back.vector.tolist() == [1.0, 2.0]


def test_a_sample_prints_its_fields() -> None:
    text = repr(vf.Sample(filepath="/a.jpg", weather="sunny"))
    assert text.startswith("<Sample: {\n    'id': None,\n    'media_type': 'image',")
    assert "    'weather': 'sunny',\n}>" in text


def test_a_copy_takes_some_fields_under_other_names() -> None:
    sample = vf.Sample("/a.jpg", tags=["x"], score=1.0, kind=vf.Classification(label="cat"))
    copy = sample.copy({"score": "old_score", "filepath": "filepath"})
    assert dict(copy.iter_fields()) == {
        "filepath": sample.filepath, "tags": [], "metadata": None, "old_score": 1.0,
    }  # fmt: skip
    assert sample.copy(omit_fields=["tags", "kind"]).field_names[-1] == "score"
    assert sample.copy("score").score == 1.0
    with pytest.raises(FieldNotFoundError):
        sample.copy("scores")
    video = vf.Sample("/a.mp4", score=2.0)
    video.frames[1] = vf.Frame(score=3.0, word="x")
    assert video.copy("frames.word").frames[1].raw_values == {"frame_number": 1, "word": "x"}
    assert len(video.copy("score").frames) == 0
    assert "score" not in video.copy(omit_fields="frames.score").frames[1].raw_values


def test_a_frame_becomes_a_sample() -> None:
    frame = vf.Frame(kind=vf.Classification(label="cat"))
    with pytest.raises(FieldNotFoundError):
        vf.Sample.from_frame(frame)
    sample = vf.Sample.from_frame(frame, "/frame.jpg")
    assert (sample.filename, sample.kind.label) == ("frame.jpg", "cat")
    assert sample.kind is not frame.kind
    assert vf.Sample.from_frame(vf.Frame(filepath="/own.jpg")).filename == "own.jpg"


def test_fields_are_told_with_or_without_ids_and_times() -> None:
    dataset = vf.Dataset()
    sample = vf.Sample("/a.jpg", score=1.0)
    dataset.add_sample(sample)
    plain = ["filepath", "tags", "metadata", "score"]
    assert [name for name, _ in sample.iter_fields()] == plain
    every = {name for name, _ in sample.iter_fields(include_id=True, include_timestamps=True)}
    assert every == {*plain, "id", "created_at", "last_modified_at"}
    assert sample.dataset_id is not None
    with pytest.raises(FieldNotFoundError):
        sample.set_field("new", 1, create=False)
    with pytest.raises(FieldNotFoundError):
        sample.update_fields({"score": 2.0, "new": 1}, expand_schema=False)
