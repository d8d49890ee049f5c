"""Loads of a part, into another field, again, and taken back; against the real label server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.annotate.helpers import annotator, bits, labels_of, make_dataset
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.errors import AnnotationError
from viewfinder.labels import Detection, Detections

There = dict[str, Any]


def boxes(*labels: str) -> Detections:
    return Detections(
        [
            Detection(label, [0.1 * n, 0.1, 1 / 3, 0.3], confidence=0.9, note=f"n{n}")
            for n, label in enumerate(labels)
        ]
    )


def state(dataset: Any, *fields: str) -> Any:
    """Every bit of some fields, None where they have no value."""
    dataset.handle.live.clear()
    return [
        [None if sample[name] is None else [bits(x) for x in sample[name].detections]]
        for sample in dataset
        for name in fields
    ]


@pytest.fixture
def client(there: There) -> Any:
    found = CvatClient.connect(
        there["url"],
        credentials=Credentials(username=there["username"], password=there["password"]),
    )
    yield found
    found.close()


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The annotations that are asked of the server from now on."""
    asked: list[tuple[str, int]] = []
    original = CvatClient.annotations

    def annotations(self: CvatClient, owner: Any, number: int) -> Any:
        asked.append((owner, number))
        return original(self, owner, number)

    monkeypatch.setattr(CvatClient, "annotations", annotations)
    return asked


def names(dataset: Any, field: str = "gt") -> list[list[str]]:
    return [[label.label for label in labels] for labels in labels_of(dataset, field)]


def test_only_jobs_that_are_done(tmp_path: Path, there: There, client: CvatClient) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("a")}, {"gt": boxes("a")}, {"gt": boxes("a")})
    results = dataset.annotate("k", label_field="gt", segment_size=1, classes=["a", "b"], **there)
    (task_id,) = results.task_ids
    with annotator(there, task_id) as person:
        for shape in person.shapes():
            person.change(shape, lambda s: s.update(label_id=person.class_ids["b"], attributes=[]))
        person.draw("rectangle", "b", [1, 1, 9, 9], frame=2)
    first, second, third = results.job_ids[task_id]
    client.update_job(first, state="completed", stage="acceptance")
    client.update_job(second, state="completed")

    report = dataset.load_annotations("k", state="completed", stage="acceptance", **there)
    assert names(dataset) == [["b"], ["a"], ["a"]]
    assert sorted(report.unreached.values()) == [
        f"job {second} is in stage 'annotation'",
        f"job {third} is in stage 'annotation'",
    ]
    assert (report.unchanged, report.counts["edited"]) == (0, 1)
    dataset.load_annotations("k", state=["completed", "rejected"], **there)
    assert names(dataset) == [["b"], ["b"], ["a"]]
    dataset.load_annotations("k", jobs=[third], **there)
    assert names(dataset) == [["b"], ["b"], ["b", "b"]]
    with pytest.raises(AnnotationError, match="has no job 999999; its jobs are"):
        dataset.load_annotations("k", jobs=999999, **there)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"jobs": "first"}, "give the numbers of jobs"),
        ({"stage": "done"}, "choose among 'annotation'"),
        ({"state": ["completed", "done"]}, "choose among 'new'"),
        ({"unexpected": "prompt"}, "a library never does"),
        ({"dest_field": "other"}, "say which one goes where"),
        ({"dest_field": {"x": "y"}}, "has no field 'x'"),
        ({"dest_field": {"gt": "more"}}, "is a field of run"),
        ({"dest_field": {"gt": "filepath"}}, "'filepath' holds"),
        ({"dest_field": {"gt": "frames.x"}}, "fields of frames begin"),
        ({"dest_field": {"gt": "x", "more": "x"}}, "into the same one"),
        ({"dest_field": 5}, "give a field"),
    ],
)
def test_arguments_that_mean_nothing(
    tmp_path: Path, there: There, arguments: dict[str, Any], words: str
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("a"), "more": boxes("a")})
    dataset.annotate("k", label_schema=["gt", "more"], **there)
    with pytest.raises(AnnotationError, match=words):
        dataset.load_annotations("k", **arguments, **there)


def test_a_load_into_another_field(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("a", "b")}, {"gt": boxes("a")})
    before = state(dataset, "gt")
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    with annotator(there, task_id) as person:
        moved, removed, _ = person.shapes()
        person.set_text(moved, "a", "note", "seen")
        person.delete(removed)
        person.draw("rectangle", "b", [1, 1, 9, 9], frame=1)

    report = dataset.load_annotations("k", dest_field="checked", **there)
    assert state(dataset, "gt") == before
    (kept,), (other, new) = labels_of(dataset, "checked")
    (source, _), (source_other,) = labels_of(dataset, "gt")
    assert (kept.id, kept.note, kept.confidence) == (source.id, "seen", 0.9)
    assert bits(other) == bits(source_other)
    assert new.label == "b"
    assert report.counts == {
        "added": 3, "edited": 1, "deleted": 0, "conflict": 0, "refused": 0, "unexpected": 0
    }  # fmt: skip

    # Later loads into it bring only what is new, and deletions.
    again = dataset.load_annotations("k", dest_field={"gt": "checked"}, **there)
    assert (again.changes, again.version) == ((), None)
    with annotator(there, task_id) as person:
        person.delete(person.shapes(frame=0)[0])
    report = dataset.load_annotations("k", dest_field="checked", **there)
    assert [change.outcome for change in report.changes] == ["deleted"]
    assert [len(labels) for labels in labels_of(dataset, "checked")] == [0, 2]

    # And into the field itself comes all that was not loaded there.
    assert state(dataset, "gt") == before
    dataset.load_annotations("k", **there)
    assert [len(labels) for labels in labels_of(dataset, "gt")] == [0, 2]


def test_one_field_of_two_goes_elsewhere(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("a"), "more": boxes("b")})
    (task_id,) = dataset.annotate("k", label_schema=["gt", "more"], **there).task_ids
    with annotator(there, task_id) as person:
        person.draw("rectangle", "a", [1, 1, 9, 9])
        person.draw("rectangle", "b", [1, 1, 9, 9])
    dataset.load_annotations("k", dest_field={"gt": "other"}, **there)
    assert [names(dataset, name) for name in ("gt", "other", "more")] == [
        [["a"]],
        [["a", "a"]],
        [["b", "b"]],
    ]
    # The field that went to its own place is not loaded twice.
    dataset.load_annotations("k", **there)
    assert [names(dataset, name) for name in ("gt", "more")] == [[["a", "a"]], [["b", "b"]]]


def test_what_has_not_changed_is_not_read_again(
    tmp_path: Path, there: There, client: CvatClient, downloads: list[tuple[str, int]]
) -> None:
    dataset = make_dataset(tmp_path, *({"gt": boxes("a")} for _ in range(4)))
    results = dataset.annotate(
        "k", label_field="gt", task_size=2, segment_size=1, classes=["a", "b"], **there
    )
    jobs = [job for task_id in results.task_ids for job in results.job_ids[task_id]]
    del downloads[:]
    report = dataset.load_annotations("k", **there)
    assert sorted(downloads) == [("jobs", job) for job in jobs]
    assert (report.unchanged, report.version) == (4, None)
    history = dataset.handle.store.history()

    del downloads[:]
    report = dataset.load_annotations("k", **there)
    assert (downloads, report.unchanged) == ([], 4)
    assert dataset.handle.store.history() == history

    (class_id,) = [c.id for c in client.labels(task_id=results.task_ids[1]) if c.name == "b"]
    drawn = wire.Shape(type="rectangle", frame=1, label_id=class_id, points=[1, 1, 9, 9])
    client.patch_annotations("jobs", jobs[3], wire.LabeledData(shapes=[drawn]), action="create")
    del downloads[:]
    report = dataset.load_annotations("k", **there)
    assert downloads == [("jobs", jobs[3])]
    assert (report.unchanged, report.counts["added"]) == (4, 1)
    assert names(dataset) == [["a"], ["a"], ["a"], ["a", "b"]]


def test_what_is_left_to_tell_is_read_again(
    tmp_path: Path, there: There, downloads: list[tuple[str, int]]
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("a")}, {"gt": boxes("a")})
    results = dataset.annotate("k", label_field="gt", segment_size=1, **there)
    (task_id,) = results.task_ids
    with annotator(there, task_id) as person:
        person.set_text(person.shapes()[0], "a", "note", "theirs")
    sample = dataset.first()
    sample.gt.detections[0].note = "ours"
    sample.save()
    for _ in range(2):
        del downloads[:]
        report = dataset.load_annotations("k", **there)
        assert [change.outcome for change in report.changes] == ["conflict"]
    assert downloads == [("jobs", results.job_ids[task_id][0])]
    dataset.load_annotations("k", conflicts={"gt": "theirs"}, **there)
    assert labels_of(dataset, "gt")[0][0].note == "theirs"


def edit_everything(there: There, task_id: int) -> None:
    """One of each: an edit, a deletion in the middle, additions in old and in new places."""
    with annotator(there, task_id) as person:
        noted, removed, _ = person.shapes(frame=0)
        person.set_text(noted, "a", "note", "theirs")
        person.delete(removed)
        person.draw("rectangle", "a", [1, 1, 9, 9])
        person.draw("rectangle", "b", [1, 1, 9, 9], frame=1)
        person.draw("polyline", "a", [1, 1, 9, 9])


def test_a_load_is_taken_back_bit_for_bit_and_comes_again(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("a", "b", "a")}, {"gt": None})
    before = state(dataset, "gt")
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    edit_everything(there, task_id)
    with pytest.raises(AnnotationError, match="nothing to take back"):
        dataset.undo_annotations("k")
    dataset.load_annotations("k", **there)
    loaded = state(dataset, "gt")
    assert loaded != before

    preview = dataset.undo_annotations("k", dry_run=True)
    assert state(dataset, "gt") == loaded
    assert preview.counts["added"] == 1
    report = dataset.undo_annotations("k")
    assert report.changes == preview.changes
    assert state(dataset, "gt") == before
    assert [sample.polylines.polylines if sample.polylines else None for sample in dataset] == [
        None,
        None,
    ]
    assert str(report).startswith("Annotation run 'k' took back: 1 added, 1 edited, 3 deleted"), (
        str(report)
    )
    assert dataset.handle.store.history()[-1].reason == "undo_annotations('k')"
    with pytest.raises(AnnotationError, match="nothing to take back"):
        dataset.undo_annotations("k")

    dataset.load_annotations("k", **there)
    again = state(dataset, "gt")
    assert [len(labels or ()) for (labels,) in again] == [len(x or ()) for (x,) in loaded]
    assert again[0][0][0] == loaded[0][0][0]


def test_loads_are_taken_back_one_after_the_other(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("a")})
    states = [state(dataset, "gt")]
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    for text in ("one", "two"):
        with annotator(there, task_id) as person:
            person.set_text(person.shapes()[0], "a", "note", text)
        dataset.load_annotations("k", **there)
        states.append(state(dataset, "gt"))
    while len(states) > 1:
        assert state(dataset, "gt") == states.pop()
        dataset.undo_annotations("k")
    assert state(dataset, "gt") == states[0]


def test_edits_after_a_load_are_not_taken_back_in_silence(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("a", "a", "a")})
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    with annotator(there, task_id) as person:
        for shape in person.shapes():
            person.set_text(shape, "a", "note", "theirs")
        person.draw("rectangle", "a", [1, 1, 9, 9])
    dataset.load_annotations("k", **there)
    sample = dataset.first()
    sample.gt.detections[0].note = "mine"
    sample.gt.detections[3].label = "mine"
    del sample.gt.detections[1]
    sample.save()
    held = state(dataset, "gt")

    with pytest.raises(AnnotationError, match="has 3 conflicts"):
        dataset.undo_annotations("k", conflicts="error")
    assert state(dataset, "gt") == held
    report = dataset.undo_annotations("k")
    assert sorted(change.outcome for change in report.changes) == ["conflict"] * 3 + ["edited"]
    (labels,) = labels_of(dataset, "gt")
    assert [label.get("note") for label in labels] == ["mine", "n2", None]
    assert labels[2].label == "mine"


def test_a_report_opens_as_a_view(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(
        tmp_path, {"gt": boxes("a", "a")}, {"gt": boxes("a")}, {"gt": boxes("a")}
    )
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    with annotator(there, task_id) as person:
        person.set_text(person.shapes(frame=0)[1], "a", "note", "theirs")
        person.delete(*person.shapes(frame=2))
    report = dataset.load_annotations("k", **there)
    first, _, third = dataset
    assert report.view().values("id") == [first.id, third.id]
    assert report.view("edited").values("id") == [first.id]
    shown = report.view("edited", labels=True)
    assert shown.values("gt.detections.note") == [["theirs"]]


def test_plain_values_go_into_another_field_and_are_taken_back(
    tmp_path: Path, there: There
) -> None:
    dataset = make_dataset(tmp_path, {"age": 1}, {"age": 2})
    dataset.annotate("k", label_schema={"age": {"type": "scalar"}}, **there)
    sample = dataset.first()
    sample.age = 5
    sample.save()
    dataset.load_annotations("k", dest_field="checked", **there)
    assert dataset.values(["age", "checked"]) == [[5, 2], [5, 2]]
    again = dataset.load_annotations("k", dest_field="checked", **there)
    assert (again.changes, again.version) == ((), None)
    dataset.undo_annotations("k")
    assert dataset.values(["age", "checked"]) == [[5, 2], [None, None]]
