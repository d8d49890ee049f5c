from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import DatasetNotFoundError


def test_datasets_are_listed_by_tags_and_with_facts() -> None:
    cats, dogs = vf.Dataset("cats"), vf.Dataset("dogs", persistent=False)
    cats.tags = ["mine", "old"]
    cats.add_sample(vf.Sample(filepath="/1.jpg"))
    assert vf.list_datasets() == ["cats", "dogs"]
    assert vf.list_datasets(tags="old") == ["cats"]
    assert vf.list_datasets("d*", tags=["old", "mine"]) == []
    (facts,) = vf.list_datasets("cats", info=True)
    assert (facts["name"], facts["num_samples"], facts["tags"]) == ("cats", 1, ["mine", "old"])
    assert not dogs.persistent


def test_a_dataset_is_made_where_that_is_asked() -> None:
    with pytest.raises(DatasetNotFoundError):
        vf.load_dataset("new")
    made = vf.load_dataset("new", create_if_necessary=True)
    assert vf.load_dataset("new", create_if_necessary=True) is made
    made.info["unsaved"] = 1
    assert vf.load_dataset("new", reload=True).info == {}
