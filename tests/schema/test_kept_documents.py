"""Skeletons of keypoints and the identity of objects."""

from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import LabelError


def _face() -> vf.KeypointSkeleton:
    return vf.KeypointSkeleton(labels=["left eye", "right eye", "nose"], edges=[[0, 2], [1, 2]])


def test_a_skeleton_is_kept_with_the_dataset() -> None:
    dataset = vf.Dataset("faces")
    dataset.skeletons = {"face": _face()}
    dataset.default_skeleton = vf.KeypointSkeleton(edges=[[0, 1, 2]])
    dataset.reload()
    assert dataset.skeletons == {"face": _face()}
    assert dataset.has_skeleton("face")
    assert not dataset.has_skeleton("hand")
    view = dataset.view()
    assert view.get_skeleton("face") == _face()
    assert view.get_skeleton("hand") == vf.KeypointSkeleton(edges=[[0, 1, 2]])
    dataset.skeletons["face"].labels = ["a", "b", "c"]
    dataset.save()
    dataset.reload()
    assert dataset.skeletons["face"].labels == ["a", "b", "c"]
    dataset.default_skeleton = None
    assert dataset.get_skeleton("hand") is None


@pytest.mark.parametrize("edges", [[[0, 3]], [[-1, 0]]])
def test_edges_go_to_points_that_are_there(edges: list[list[int]]) -> None:
    with pytest.raises(LabelError, match="not there"):
        vf.KeypointSkeleton(labels=["a", "b", "c"], edges=edges)


def test_labels_share_an_instance() -> None:
    person = vf.Instance()
    assert person.id != vf.Instance().id
    dataset = vf.Dataset()
    for name in ("left", "right"):
        boxes = [vf.Detection(label="person", bounding_box=[0, 0, 1, 1], instance=person)]
        dataset.add_sample(vf.Sample(f"/{name}.png", gt=vf.Detections(boxes)))
    loaded = dataset.values("gt.detections.instance", unwind=True)
    assert loaded == [person, person]
    assert dataset.count_values("gt.detections.instance.id") == {person.id: 2}
