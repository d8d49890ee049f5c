from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import FieldNotFoundError, FieldTypeError, LabelError, SampleNotFoundError
from viewfinder.samples import LabelEdit, Place, ValueEdit, apply_edits, apply_label_edits, runs
from viewfinder.schema.infer import document_field
from viewfinder.store import Transaction


@pytest.fixture
def dataset() -> vf.Dataset:
    """Two samples: the first with the labels a and b, the second with none in the field."""
    made = vf.Dataset("edits")
    made.add_samples(
        [
            vf.Sample(
                filepath="/0.jpg",
                things=vf.Detections([vf.Detection(label="a"), vf.Detection(label="b")]),
                kind=vf.Classification(label="photo"),
            ),
            vf.Sample(filepath="/1.jpg"),
        ],
        progress=False,
    )
    return made


def labels(dataset: vf.Dataset) -> list[list[str]]:
    return dataset.values("things.detections.label")


def test_labels_are_added_updated_and_deleted_in_one_transaction(dataset: vf.Dataset) -> None:
    first, second = dataset.values("id")
    a, b = dataset.first().things.detections
    changed = a.copy()
    changed.label = "changed"
    versions = len(dataset.history())
    apply_label_edits(
        dataset,
        [
            LabelEdit(first, "things", a.id, "update", changed),
            LabelEdit(first, "things", b.id, "delete"),
            LabelEdit(first, "things", "1" * 24, "add", vf.Detection(label="new", mood="good")),
            LabelEdit(second, "things", "2" * 24, "add", vf.Detection(label="other")),
        ],
        reason="load_annotations('key')",
    )
    assert labels(dataset) == [["changed", "new"], ["other"]]
    assert dataset.values("things.detections.id") == [[a.id, "1" * 24], ["2" * 24]]
    assert dataset.values("things.detections.mood") == [[None, "good"], [None]]
    assert len(dataset.history()) == versions + 1
    assert dataset.history()[-1].reason == "load_annotations('key')"


def test_a_held_sample_sees_the_edits(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    label = sample.things.detections[0]
    apply_label_edits(
        dataset, [LabelEdit(str(sample.id), "things", label.id, "delete")], reason="x"
    )
    assert [thing.label for thing in sample.things.detections] == ["b"]


def test_the_last_label_deleted_leaves_an_empty_list(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    edits = [
        LabelEdit(str(sample.id), "things", label.id, "delete")
        for label in sample.things.detections
    ]
    apply_label_edits(dataset, edits, reason="x")
    assert labels(dataset) == [[], None]


def test_a_field_of_one_label_is_replaced_and_emptied(dataset: vf.Dataset) -> None:
    first, second = dataset.values("id")
    apply_label_edits(
        dataset,
        [
            LabelEdit(first, "kind", "1" * 24, "add", vf.Classification(label="drawing")),
            LabelEdit(second, "kind", "2" * 24, "add", vf.Classification(label="photo")),
        ],
        reason="x",
    )
    assert dataset.values("kind.label") == ["drawing", "photo"]
    apply_label_edits(dataset, [LabelEdit(first, "kind", "1" * 24, "delete")], reason="x")
    assert dataset.values("kind.label") == [None, "photo"]


def test_new_fields_and_plain_values(dataset: vf.Dataset) -> None:
    first, _ = dataset.values("id")
    apply_edits(
        dataset,
        [
            LabelEdit(first, "lines", "1" * 24, "add", vf.Polyline(points=[[(0.1, 0.2)]])),
            ValueEdit(first, "caption", "a cat"),
        ],
        reason="x",
        new_fields={
            "lines": document_field(vf.Polylines),
            "caption": vf.StringField(),
        },
    )
    assert dataset.values("caption") == ["a cat", None]
    assert dataset.count("lines.polylines") == 1


@pytest.mark.parametrize("name", ["things", "kind"])
def test_a_label_of_another_class_is_refused(dataset: vf.Dataset, name: str) -> None:
    first = dataset.values("id")[0]
    with pytest.raises(FieldTypeError, match=name):
        apply_label_edits(
            dataset, [LabelEdit(first, name, "1" * 24, "add", vf.Polyline())], reason="x"
        )


def test_what_can_t_be_applied_changes_nothing(dataset: vf.Dataset) -> None:
    first = dataset.values("id")[0]
    good = LabelEdit(first, "things", "1" * 24, "add", vf.Detection(label="new"))
    versions = len(dataset.history())
    for bad, error in [
        (LabelEdit("f" * 24, "things", "1" * 24, "delete"), SampleNotFoundError),
        (LabelEdit(first, "thing", "1" * 24, "delete"), FieldNotFoundError),
        (LabelEdit(first, "things", "9" * 24, "update", vf.Detection()), LabelError),
        (LabelEdit(first, "things", "9" * 24, "add"), LabelError),
    ]:
        with pytest.raises(error):
            apply_label_edits(dataset, [good, bad], reason="x")
    assert labels(dataset) == [["a", "b"], None]
    assert len(dataset.history()) == versions


def test_what_happens_with_the_edits_is_taken_back_with_them(dataset: vf.Dataset) -> None:
    first = dataset.values("id")[0]
    edit = LabelEdit(first, "things", "1" * 24, "add", vf.Detection(label="new"))
    runs.register_run(dataset, "annotation", "key", {"state": "sent"})

    def record(transaction: Transaction) -> None:
        transaction.put_run("annotation", "key", {"state": "loaded"})

    def fail(transaction: Transaction) -> None:
        record(transaction)
        raise RuntimeError("cut")

    with pytest.raises(RuntimeError):
        apply_label_edits(dataset, [edit], reason="x", in_transaction=fail)
    assert runs.run_info(dataset, "annotation", "key").config == {"state": "sent"}
    assert labels(dataset)[0] == ["a", "b"]
    apply_label_edits(dataset, [edit], reason="x", in_transaction=record)
    assert runs.run_info(dataset, "annotation", "key").config == {"state": "loaded"}
    assert labels(dataset)[0] == ["a", "b", "new"]


def test_runs_are_kept_under_their_keys(dataset: vf.Dataset) -> None:
    runs.register_run(dataset, "annotation", "one", {"n": 1})
    runs.register_run(dataset.limit(1), "annotation", "two", {"n": 2})
    runs.register_run(dataset, "brain", "one", {})
    assert runs.list_runs(dataset, "annotation") == ["one", "two"]
    assert runs.has_run(dataset, "annotation", "two")
    with pytest.raises(vf.ViewfinderError, match="already"):
        runs.register_run(dataset, "annotation", "one", {})
    runs.put_run_part(dataset, "annotation", "one", "task-1", b"\x00\x01")
    runs.rename_run(dataset, "annotation", "one", "three")
    assert runs.run_parts(dataset, "annotation", "three") == {"task-1": b"\x00\x01"}
    runs.update_run(dataset, "annotation", "three", {"n": 3}, results=b"r")
    found = runs.run_info(dataset, "annotation", "three")
    assert (found.config, found.results) == ({"n": 3}, b"r")
    runs.delete_run(dataset, "annotation", "three")
    with pytest.raises(vf.ViewfinderError, match="'two'"):
        runs.run_info(dataset, "annotation", "three")
    assert runs.list_runs(dataset, "brain") == ["one"]


@pytest.fixture
def videos() -> vf.Dataset:
    """Two videos: the first with frames 1 (a, b) and 3 (none), the second without frames."""
    made = vf.Dataset("edits of frames")
    one, two = vf.Sample(filepath="/one.mp4"), vf.Sample(filepath="/two.mp4")
    one.frames[1] = vf.Frame(things=vf.Detections([vf.Detection(label=name) for name in "ab"]))
    one.frames[3] = vf.Frame(things=vf.Detections(), score=0.5)
    made.add_samples([one, two], progress=False)
    return made


def test_labels_of_frames_are_edited_and_missing_frames_made(videos: vf.Dataset) -> None:
    one, two = videos
    first, second = str(one.id), str(two.id)
    a, b = one.frames[1].things.detections
    changed = a.copy()
    changed.label = "c"
    new = vf.Detection(label="new", mood="good")
    version = apply_edits(
        videos,
        [
            LabelEdit(first, "frames.things", a.id, "update", changed, 1),
            LabelEdit(first, "frames.things", b.id, "delete", None, 1),
            LabelEdit(first, "frames.things", "1" * 24, "add", new, 3),
            LabelEdit(second, "frames.things", "2" * 24, "add", new, 7),
            LabelEdit(second, "frames.scene", "3" * 24, "add", vf.Classification(label="x"), 7),
            ValueEdit(first, "frames.score", 0.25, 3),
            ValueEdit(second, "tags", ["seen"]),
        ],
        reason="x",
        new_fields={"frames.scene": document_field(vf.Classification)},
    )
    assert version == videos.handle.snapshot().version
    # Held samples and frames see it, and so does whoever opens the dataset anew.
    for dataset in (videos, vf.load_dataset("edits of frames")):
        assert [list(sample.frames) for sample in dataset] == [[1, 3], [7]]
        one, two = dataset
        assert [label.label for label in one.frames[1].things.detections] == ["c"]
        (added,) = one.frames[3].things.detections
        assert (added.id, added.label, added.mood) == ("1" * 24, "new", "good")
        assert one.frames[3].score == 0.25
        assert [label.id for label in two.frames[7].things.detections] == ["2" * 24]
        assert two.frames[7].scene.label == "x"
        assert two.tags == ["seen"]
        dataset.handle.live.clear()


def test_a_field_of_frames_needs_a_frame_and_no_other_has_one(videos: vf.Dataset) -> None:
    first = str(videos.first().id)
    label = vf.Detection(label="x")
    for edit in (
        LabelEdit(first, "frames.things", "1" * 24, "add", label),
        LabelEdit(first, "things", "1" * 24, "add", label, 1),
    ):
        with pytest.raises(LabelError, match="need one"):
            apply_edits(
                videos,
                [edit],
                reason="x",
                new_fields={"things": document_field(vf.Detections)},
            )
    with pytest.raises(FieldNotFoundError, match=r"frames\.thing"):
        apply_edits(
            videos, [LabelEdit(first, "frames.thing", "1" * 24, "delete", None, 1)], reason="x"
        )
    assert "things" not in videos.get_field_schema()


def test_labels_can_be_put_into_an_order(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    _, b = sample.things.detections
    first = str(sample.id)
    new = vf.Detection(label="new")
    apply_edits(
        dataset,
        [LabelEdit(first, "things", "1" * 24, "add", new)],
        reason="x",
        orders={(Place(first), "things"): ["1" * 24, b.id, "9" * 24]},
    )
    assert [label.label for label in sample.things.detections] == ["new", "b", "a"]
