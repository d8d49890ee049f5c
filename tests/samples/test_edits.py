from __future__ import annotations

import pytest

import viewfinder as vf
from viewfinder.errors import FieldNotFoundError, FieldTypeError, LabelError, SampleNotFoundError
from viewfinder.samples import LabelEdit, ValueEdit, apply_edits, apply_label_edits, runs
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
