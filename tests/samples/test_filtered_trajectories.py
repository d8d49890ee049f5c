"""Objects of videos that are chosen on all of their frames by what holds on some."""

from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder import ViewField as F
from viewfinder.engine.python import PythonEngine
from viewfinder.errors import ExpressionError
from viewfinder.expr import Values


def video(name: str, *frames: list[tuple[int | None, float]] | None) -> vf.Sample:
    sample = vf.Sample(filepath=f"/{name}.mp4")
    for number, labels in enumerate(frames, 1):
        found = None
        if labels is not None:
            found = vf.Detections(
                [vf.Detection(label="cat", index=i, confidence=c) for i, c in labels]
            )
        sample.frames[number] = vf.Frame(objects=found, speed=float(number))
    return sample


@pytest.fixture
def dataset() -> vf.Dataset:
    dataset = vf.Dataset()
    dataset.add_samples(
        [
            video("a", [(1, 0.9), (2, 0.1)], None, [(1, 0.2), (2, 0.3), (None, 0.1)]),
            video("b", [(1, 0.1), (2, 0.8)], [(2, 0.1), (1, 0.4)], []),
            video("c", [(1, 0.1)]),
        ]
    )
    return dataset


PATH = "frames.objects.detections.index"


def test_an_object_stays_on_all_of_its_frames(dataset: vf.Dataset) -> None:
    view = dataset.filter_labels("frames.objects", F("confidence") > 0.5, trajectories=True)
    assert view.values(PATH) == [[[1], None, [1]], [[2], [2], []]]
    assert dataset.filter_labels("frames.objects", F("confidence") > 0.5).values(PATH) == [
        [[1], None, []],
        [[2], [], []],
    ]


def test_videos_without_such_objects_stay_where_that_is_asked(dataset: vf.Dataset) -> None:
    view = dataset.filter_labels(
        "frames.objects", F("confidence") > 0.5, only_matches=False, trajectories=True
    )
    assert view.values(PATH) == [[[1], None, [1]], [[2], [2], []], [[]]]


def test_both_engines_agree_and_a_saved_view_is_the_same(dataset: vf.Dataset) -> None:
    view = dataset.filter_labels("frames.objects", F("confidence") > 0.25, trajectories=True)
    dataset.save_view("tracked", view)
    again = dataset.load_saved_view("tracked")
    assert again.values(PATH) == view.values(PATH) == [[[1, 2], None, [1, 2]], [[1, 2], [2, 1], []]]
    snapshot = dataset.snapshot()
    plan = view.plan(snapshot.schema)
    assert PythonEngine().aggregate(plan, [Values(PATH)], snapshot)[0] == view.values(PATH)


def test_only_lists_of_labels_of_frames_have_trajectories(dataset: vf.Dataset) -> None:
    dataset.add_sample_field("gt", vf.EmbeddedDocumentField, embedded_doc_type=vf.Detections)
    with pytest.raises(ExpressionError, match="trajectories=True needs a field of frames"):
        dataset.filter_labels("gt", F("confidence") > 0.5, trajectories=True)
