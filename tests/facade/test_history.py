from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import viewfinder as vf
from viewfinder.errors import SampleNotFoundError, VersionNotFoundError
from viewfinder.samples import restore_version


def now(dataset: vf.Dataset) -> int:
    return dataset.history()[-1].number


def box(label: str) -> vf.Detection:
    return vf.Detection(label=label, bounding_box=[0, 0, 1, 1])


@pytest.fixture
def dataset() -> vf.Dataset:
    made = vf.Dataset("past")
    made.add_samples(
        [vf.Sample(filepath=f"/{n}.jpg", n=n, gt=vf.Detections([box("cat")])) for n in range(3)],
        progress=False,
    )
    made.info = {"by": "ada"}
    return made


def test_everything_that_can_be_done_can_be_undone(dataset: vf.Dataset) -> None:
    before, facts = now(dataset), dataset.to_dict()
    dataset.add_sample(vf.Sample(filepath="/9.jpg", other="x"))
    dataset.delete_samples(dataset.first())
    dataset.rename_sample_field("gt", "truth")
    dataset.set_values("truth.detections.score", [[0.5], [0.5], None])
    dataset.tag_samples("seen")
    dataset.clear_sample_field("n")
    dataset.info = {"by": "bob"}
    dataset.save_view("all", dataset.limit(1))
    dataset.merge_samples([vf.Sample(filepath="/1.jpg", n=7)], progress=False)
    dataset.clear()
    restored = dataset.restore(before)
    assert dataset.to_dict() == facts
    assert dataset.info == {"by": "ada"}
    assert dataset.list_saved_views() == []
    assert now(dataset) == restored
    assert not dataset.diff(before)
    dataset.restore(restored - 1)
    assert len(dataset) == 0
    assert dataset.list_saved_views() == ["all"]


def test_samples_that_are_held_show_what_was_restored(dataset: vf.Dataset) -> None:
    before = now(dataset)
    first = dataset.first()
    label = first.gt.detections[0]
    label.label = "dog"
    first.save()
    added = vf.Sample(filepath="/9.jpg")
    dataset.add_sample(added)
    first["n"] = 99
    dataset.restore(before)
    assert first.gt.detections[0].label == "cat"
    assert first.n == 0
    added["n"] = 1
    with pytest.raises(SampleNotFoundError):
        added.save()
    first["n"] = 5
    first.save()
    assert dataset.values("n") == [5, 1, 2]
    # Places are not given out twice: what comes next is not taken for what was undone.
    new = vf.Sample(filepath="/10.jpg")
    dataset.add_sample(new)
    assert new.seq > added.seq


def test_frames_are_compared_and_restored() -> None:
    dataset = vf.Dataset("videos")
    empty = now(dataset)
    sample = vf.Sample(filepath="/1.mp4")
    sample.frames[1] = vf.Frame(gt=vf.Detections([box("cat")]))
    dataset.add_sample(sample)
    before = now(dataset)
    sample.frames[1].gt.detections[0].label = "dog"
    sample.frames[2]["weather"] = "rain"
    sample.save()
    found = dataset.diff(before)
    assert found.frames is not None
    assert len(found.frames.added) == 1
    assert len(found.frames.labels["gt"].changed) == 1
    assert list(found.frames.fields_added) == ["weather"]
    assert "frames.gt: 0 labels added, 0 removed, 1 changed" in str(found)
    dataset.restore(before)
    assert dataset.values("frames.gt.detections.label") == [[["cat"]]]
    assert sample.frames[1].gt.detections[0].label == "cat"
    assert list(sample.frames.keys()) == [1]
    dataset.restore(empty)
    assert dataset.media_type is None
    assert not dataset.get_frame_field_schema()
    dataset.add_sample(vf.Sample(filepath="/1.jpg"))
    assert dataset.media_type == "image"


def test_runs_stay_and_more_can_happen_in_the_transaction(dataset: vf.Dataset) -> None:
    before = now(dataset)
    with dataset.handle.store.transaction("annotate('key')") as transaction:
        transaction.put_run("annotation", "key", {"state": "sent"})
        transaction.put("n", {0: 5})
    restore_version(
        dataset.handle,
        before,
        reason="undo('key')",
        in_transaction=lambda transaction: transaction.put_run(
            "annotation", "key", {"state": "undone"}
        ),
    )
    run = dataset.handle.store.runs.get_run("annotation", "key")
    assert run is not None
    assert run.config == {"state": "undone"}
    assert dataset.values("n") == [0, 1, 2]
    assert dataset.history()[-1].reason == "undo('key')"


def test_views_show_what_was_restored(dataset: vf.Dataset) -> None:
    before = now(dataset)
    view = dataset.match(vf.F("n") > 0).filter_labels("gt", vf.F("label") == "dog")
    dataset.set_values("gt.detections.label", [["dog"]] * 3)
    assert len(view) == 2
    dataset.restore(before)
    assert len(view) == 0


def test_a_clone_begins_a_history_of_its_own(dataset: vf.Dataset) -> None:
    before = now(dataset)
    dataset.set_values("n", [7, 7, 7])
    clone = dataset.clone("clone")
    assert [version.reason for version in clone.history()] == ["clone of 'past'"] or len(
        clone.history()
    ) == 1
    with pytest.raises(VersionNotFoundError):
        clone.restore(before)
    begun = now(clone)
    clone.clear()
    clone.restore(begun)
    assert clone.values("n") == [7, 7, 7]


def test_another_process_sees_what_was_restored(dataset: vf.Dataset) -> None:
    before = now(dataset)
    program = (
        "import viewfinder as vf; d = vf.load_dataset('past'); d.set_values('n', [8, 8, 8]); "
        f"d.restore({before}); print(d.values('n'))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert ended.stdout == "[0, 1, 2]\n"
    assert dataset.values("n") == [0, 1, 2]
    assert len(dataset.diff(before, now(dataset) - 1).values["n"]) == 3


def test_the_history_is_kept_within_limits(dataset: vf.Dataset) -> None:
    assert dataset.retention == vf.Retention(versions=100_000, days=30)
    dataset.retention = vf.Retention(versions=2)
    assert len(dataset.history()) == 2
    dataset.set_values("n", [4, 4, 4])
    dataset.restore(dataset.history()[-2].number)
    assert dataset.values("n") == [0, 1, 2]
