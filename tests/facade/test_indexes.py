from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import FieldNotFoundError, SchemaError


@pytest.fixture
def dataset() -> vf.Dataset:
    made = vf.Dataset()
    made.add_sample(vf.Sample(filepath="/1.jpg", w=vf.Classification(label="x")))
    return made


def test_what_was_asked_for_is_remembered(dataset: vf.Dataset) -> None:
    given = ["id", "filepath", "created_at", "last_modified_at"]
    assert dataset.list_indexes() == given
    assert dataset.create_index("w.label") == "w.label"
    assert dataset.create_index("w.label", wait=False, force=True) == "w.label"
    pair = [("w.label", 1), ("filepath", -1)]
    assert dataset.limit(1).create_index(pair) == "w.label_1_filepath_-1"
    assert dataset.list_indexes() == [*given, "w.label", "w.label_1_filepath_-1"]
    assert dataset.get_index_information()["w.label_1_filepath_-1"] == {"key": pair}
    assert dataset.get_index_information(include_stats=True)["w.label"]["size"] == 0
    dataset.drop_index("w.label")
    assert dataset.list_indexes() == [*given, "w.label_1_filepath_-1"]


def test_what_can_not_be_kept_is_refused(dataset: vf.Dataset) -> None:
    with pytest.raises(FieldNotFoundError, match="nope"):
        dataset.create_index("nope")
    with pytest.raises(SchemaError, match="Nothing keeps the values of 'filepath' unique"):
        dataset.create_index("filepath", unique=True)
    assert dataset.create_index("id", unique=True) == "id"
    with pytest.raises(SchemaError, match=r"no index 'nope'\. There are: id, filepath"):
        dataset.drop_index("nope")
    with pytest.raises(SchemaError, match="belongs to every dataset"):
        dataset.drop_index("filepath")
    with pytest.raises(SchemaError, match="at least one"):
        dataset.create_index([])


def test_videos_have_those_of_frames_too() -> None:
    videos = vf.Dataset()
    videos.add_sample(vf.Sample(filepath="/1.mp4"))
    assert "frames._sample_id_1_frame_number_1" in videos.list_indexes()
