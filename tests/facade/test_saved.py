from __future__ import annotations

from datetime import datetime

import pytest

import viewfinder as vf
from viewfinder.errors import DatasetError

F = vf.ViewField


@pytest.fixture
def dataset() -> vf.Dataset:
    """Samples 0 to 4."""
    made = vf.Dataset("saved")
    made.add_samples([vf.Sample(filepath=f"/{n}.jpg", n=n) for n in range(5)], progress=False)
    return made


def test_a_saved_view_is_loaded_with_its_stages_and_stays_live(dataset: vf.Dataset) -> None:
    assert not dataset.has_saved_views
    view = dataset.match(F("n") > 2).sort_by("n", reverse=True)
    assert not view.is_saved
    dataset.save_view("Large ones", view, description="more than two")
    assert (view.name, view.is_saved) == ("Large ones", True)
    loaded = dataset.load_saved_view("Large ones")
    assert loaded == view
    assert loaded.name == "Large ones"
    assert loaded.values("n") == [4, 3]
    dataset.add_sample(vf.Sample(filepath="/9.jpg", n=9))
    assert loaded.values("n") == [9, 4, 3]
    assert loaded.limit(1).name is None


def test_infos_of_saved_views_are_listed_and_changed(dataset: vf.Dataset) -> None:
    dataset.save_view("b", dataset.limit(1), color="#fff")
    dataset.save_view("a", dataset.limit(2))
    assert dataset.list_saved_views() == ["a", "b"]
    info = dataset.get_saved_view_info("b")
    assert (info["name"], info["slug"], info["color"]) == ("b", "b", "#fff")
    assert isinstance(info["created_at"], datetime)
    assert info["last_loaded_at"] is None
    dataset.load_saved_view("b")
    assert dataset.get_saved_view_info("b")["last_loaded_at"] is not None
    dataset.update_saved_view_info("b", {"name": "c d", "description": "one"})
    assert [found["slug"] for found in dataset.list_saved_views(info=True)] == ["a", "c-d"]
    assert dataset.has_saved_view("c d")
    assert not dataset.has_saved_view("b")
    dataset.delete_saved_view("a")
    assert dataset.list_saved_views() == ["c d"]
    dataset.delete_saved_views()
    assert not dataset.has_saved_views


def test_names_of_saved_views_are_unique(dataset: vf.Dataset) -> None:
    dataset.save_view("My view", dataset.limit(1))
    with pytest.raises(DatasetError, match="already"):
        dataset.save_view("my-view", dataset.limit(2))
    with pytest.raises(DatasetError, match="overwrite"):
        dataset.save_view("My view", dataset.limit(2))
    dataset.save_view("My view", dataset.limit(2), overwrite=True)
    assert len(dataset.load_saved_view("My view")) == 2
    dataset.save_view("other", dataset.limit(3))
    with pytest.raises(DatasetError, match="already"):
        dataset.update_saved_view_info("other", {"name": "My view"})
    with pytest.raises(DatasetError, match="slug"):
        dataset.update_saved_view_info("other", {"slug": "x"})
    with pytest.raises(DatasetError, match="My view"):
        dataset.load_saved_view("My viev")
    with pytest.raises(DatasetError, match="letters"):
        dataset.save_view("!", dataset.limit(2))


def test_views_are_saved_with_their_own_dataset_and_cloned_with_it(dataset: vf.Dataset) -> None:
    other = vf.Dataset("other")
    with pytest.raises(DatasetError, match="Save it there"):
        other.save_view("x", dataset.limit(1))
    dataset.save_view("x", dataset.limit(1))
    assert dataset.clone().list_saved_views() == ["x"]
    assert dataset.limit(2).clone().list_saved_views() == []
    assert vf.load_dataset("saved").load_saved_view("x").values("n") == [0]


def test_workspaces_are_kept_as_they_are(dataset: vf.Dataset) -> None:
    dataset.save_workspace("w", {"panels": ["Samples"]}, description="d")
    assert dataset.load_workspace("w") == {"panels": ["Samples"]}
    assert dataset.list_workspaces() == ["w"]
    assert dataset.has_workspaces
    assert dataset.get_workspace_info("w")["description"] == "d"
    dataset.update_workspace_info("w", {"name": "v"})
    assert dataset.has_workspace("v")
    dataset.delete_workspace("v")
    assert not dataset.has_workspaces
