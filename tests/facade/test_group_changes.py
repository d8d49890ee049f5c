from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import DatasetError


def pairs(name: str = "pairs", count: int = 5) -> vf.Dataset:
    """Groups with the slices left and right."""
    dataset = vf.Dataset(name)
    dataset.add_group_field("pair", default="right", description="Two cameras")
    for n in range(count):
        group = vf.Group()
        dataset.add_samples(
            [vf.Sample(f"/{side}{n}.png", pair=group.element(side)) for side in ("left", "right")],
            progress=False,
        )
    return dataset


def names(dataset: vf.Dataset) -> list[str]:
    return [sample.filename for sample in dataset.select_group_slices()]


def test_groups_are_declared_and_deleted() -> None:
    with pytest.raises(DatasetError, match="add_group_field"):
        vf.Dataset("plain").delete_groups("f" * 24)
    dataset = pairs()
    assert (dataset.group_field, dataset.default_group_slice) == ("pair", "right")
    assert dataset.get_field_schema()["pair"].description == "Two cameras"
    dataset.add_group_field("pair")
    with pytest.raises(DatasetError, match="one group field at most"):
        dataset.add_group_field("other")
    dataset.default_group_slice = "left"
    assert dataset.first().filename == "right0.png"  # what is active stays
    dataset.group_slice = None
    assert dataset.first().filename == "left0.png"
    assert vf.load_dataset("pairs").default_group_slice == "left"
    with pytest.raises(DatasetError, match="no group slice 'None'"):
        dataset.default_group_slice = None  # type: ignore[assignment]
    ids = dataset.values("pair.id")
    dataset.delete_groups(ids[0])
    dataset.delete_groups(dataset["/right1.png"])
    dataset.delete_groups([dataset["/left2.png"].pair])
    dataset.delete_groups(dataset.get_group(ids[3]))
    assert names(dataset) == ["left4.png", "right4.png"]


def test_a_grouped_dataset_may_be_empty() -> None:
    dataset = vf.Dataset("empty")
    for words in ("add_group_slice('up', 'image')", "rename_group_slice('up', 'down')"):
        with pytest.raises(DatasetError, match="no groups"):
            eval(f"dataset.{words}")  # noqa: S307
    dataset.add_group_field("group")
    assert (dataset.media_type, dataset.group_slices, dataset.group_slice) == ("group", [], None)
    dataset.add_group_slice("up", "image")
    assert (dataset.group_slices, dataset.group_slice) == (["up"], "up")
    assert len(dataset) == 0


def test_slices_are_added_renamed_and_deleted() -> None:
    dataset = pairs(count=2)
    dataset.add_group_slice("film", "video")
    dataset.add_group_slice("left", "image")
    assert dataset.group_media_types == {"left": "image", "right": "image", "film": "video"}
    with pytest.raises(DatasetError, match="can't hold videos"):
        dataset.add_group_slice("left", "video")
    dataset.group_slice = "right"
    dataset.rename_group_slice("right", "east")
    assert dataset.group_slices == ["left", "film", "east"]
    assert (dataset.group_slice, dataset.default_group_slice) == ("east", "east")
    assert [sample.filename for sample in dataset] == ["right0.png", "right1.png"]
    dataset.delete_group_slice("film")
    dataset.rename_group_slice("left", "east")  # both are one slice then
    assert (dataset.group_slices, len(dataset)) == (["east"], 4)
    with pytest.raises(DatasetError, match="no group slice 'up'"):
        dataset.delete_group_slice("up")
    with pytest.raises(DatasetError, match="no group slice 'up'"):
        dataset.rename_group_slice("up", "down")


def test_a_deleted_slice_takes_its_samples_along() -> None:
    dataset = pairs(count=2)
    dataset.delete_group_slice("right")
    assert names(dataset) == ["left0.png", "left1.png"]
    assert (dataset.group_slices, dataset.default_group_slice) == (["left"], "left")
    dataset.delete_group_slice("left")
    assert (dataset.media_type, dataset.group_slices, len(dataset)) == ("group", [], 0)
    assert dataset.group_slice is None
