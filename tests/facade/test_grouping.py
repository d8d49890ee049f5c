from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import DatasetError, SampleNotFoundError


@pytest.fixture
def dataset() -> vf.Dataset:
    """Groups 0 and 1 with the slices left and right, and one sample in no group."""
    made = vf.Dataset("groups")
    samples = []
    for n in range(2):
        group = vf.Group()
        for name in ("left", "right"):
            samples.append(vf.Sample(filepath=f"/{name}{n}.jpg", group=group.element(name), n=n))
    made.add_samples([*samples, vf.Sample(filepath="/alone.jpg")], progress=False)
    return made


def names(collection: vf.SampleCollection) -> list[str]:
    return [sample.filename for sample in collection]


def test_a_dataset_knows_its_groups(dataset: vf.Dataset) -> None:
    assert dataset.group_field == "group"
    assert dataset.group_slices == ["left", "right"]
    assert dataset.group_media_types == {"left": "image", "right": "image"}
    first = dataset.first().group
    assert (first.name, first.id) == ("left", dataset.values("group.id")[1])
    assert vf.Group().element("x").name == "x"


def test_slices_are_chosen(dataset: vf.Dataset) -> None:
    assert names(dataset.select_group_slices("left")) == ["left0.jpg", "left1.jpg"]
    assert names(dataset.select_group_slices()) == names(dataset)[:4]
    assert "left0.jpg" not in names(dataset.exclude_group_slices(["left"]))
    assert names(dataset.match(vf.F("n") == 1).select_group_slices("right")) == ["right1.jpg"]
    with pytest.raises(DatasetError, match="left, right"):
        dataset.select_group_slices("up")


def test_groups_are_chosen_and_read(dataset: vf.Dataset) -> None:
    group = dataset.first().group
    assert names(dataset.select_groups(group.id)) == ["left0.jpg", "right0.jpg"]
    assert names(dataset.select_groups([dataset["/right1.jpg"]])) == ["left1.jpg", "right1.jpg"]
    assert "left0.jpg" not in names(dataset.exclude_groups(group))
    found = dataset.get_group(group.id)
    assert {name: sample.filename for name, sample in found.items()} == {
        "left": "left0.jpg",
        "right": "right0.jpg",
    }
    assert list(dataset.get_group(group.id, "left")) == ["left"]
    with pytest.raises(SampleNotFoundError):
        dataset.get_group("f" * 24)


def test_groups_are_gone_through_and_saved(dataset: vf.Dataset) -> None:
    for number, group in enumerate(dataset.iter_groups(autosave=True)):
        assert group["left"].n == group["right"].n == number
        group["right"]["seen"] = True
    assert dataset.values("seen") == [None, True, None, True, None]
    only = [list(group) for group in dataset.iter_groups("left")]
    assert only == [["left"], ["left"]]


def test_groups_survive_copies_and_are_needed(dataset: vf.Dataset) -> None:
    assert dataset.clone().group_slices == ["left", "right"]
    empty = vf.Dataset("plain")
    assert empty.group_field is None
    assert empty.group_slices is None
    with pytest.raises(DatasetError, match="no groups"):
        empty.select_group_slices("left")
    empty.add_sample_field("g", vf.EmbeddedDocumentField, embedded_doc_type=vf.Group)
    assert empty.group_field == "g"
