from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import DatasetError


def test_groups_are_declared_and_deleted() -> None:
    dataset = vf.Dataset("groups")
    with pytest.raises(DatasetError, match="add_group_field"):
        dataset.delete_groups("f" * 24)
    dataset.add_group_field("pair", default="right", description="Two cameras")
    assert (dataset.group_field, dataset.default_group_slice) == ("pair", "right")
    assert dataset.get_field_schema()["pair"].description == "Two cameras"
    for n in range(5):
        group = vf.Group()
        dataset.add_samples(
            [vf.Sample(f"/{side}{n}.png", pair=group.element(side)) for side in ("left", "right")],
            progress=False,
        )
    dataset.default_group_slice = None
    assert vf.load_dataset("groups").default_group_slice == "left"
    ids = list(dict.fromkeys(dataset.values("pair.id")))
    dataset.delete_groups(ids[0])
    dataset.delete_groups(dataset["/left1.png"])
    dataset.delete_groups([dataset["/left2.png"].pair])
    dataset.delete_groups(dataset.get_group(ids[3]))
    assert [sample.filename for sample in dataset] == ["left4.png", "right4.png"]
