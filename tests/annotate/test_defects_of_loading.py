"""What goes wrong elsewhere when annotations come back, and must not here; see the census' list.

Each test is named after the defect: ``test_defect_17…`` is the seventeenth. Against the real label
server, through the official SDK.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cvat_sdk import models

from tests.annotate.helpers import Annotator, annotator, bits, labels_of, make_dataset
from viewfinder.cvat.client import CvatClient
from viewfinder.errors import AnnotationError
from viewfinder.facade.dataset import Dataset
from viewfinder.facade.datasets import load_dataset
from viewfinder.labels import Detection, Detections, Keypoint, Keypoints

There = dict[str, Any]


def boxes(*labels: str, **more: Any) -> Detections:
    return Detections(
        [
            Detection(label, [0.1 * n, 0.1, 1 / 3, 0.3], confidence=0.9, note=f"n{n}", **more)
            for n, label in enumerate(labels)
        ]
    )


@pytest.fixture
def sent(tmp_path: Path, there: There) -> Iterator[tuple[Dataset, Annotator]]:
    """Two images, two boxes on the first and one on the second; sent; and somebody at work."""
    dataset = make_dataset(tmp_path, {"gt": boxes("a", "b")}, {"gt": boxes("a")})
    results = dataset.annotate("k", label_field="gt", segment_size=1, **there)
    with annotator(there, results.task_ids[0]) as person:
        yield dataset, person


def delete_frame(person: Annotator, number: int) -> None:
    meta = models.PatchedDataMetaWriteRequest(deleted_frames=[number])
    api = person.client.api_client.tasks_api
    api.partial_update_data_meta(person.task.id, patched_data_meta_write_request=meta)


def test_defect_06_indices_of_images_stay(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(
        tmp_path,
        {
            "gt": boxes("a", index=7),
            "points": Keypoints([Keypoint("a", [(0.1, 0.2)], index=3)]),
        },
    )
    (task_id,) = dataset.annotate("k", label_schema=["gt", "points"], **there).task_ids
    with annotator(there, task_id) as person:
        for shape in person.shapes():
            person.change(shape, lambda data: data["points"].__setitem__(0, 2.0))
    report = dataset.load_annotations("k", **there)
    assert report.counts["edited"] == 2
    assert labels_of(dataset, "gt")[0][0].index == 7
    assert labels_of(dataset, "points")[0][0].index == 3


def test_defect_10_copy_paste_in_one_image_makes_two_labels(
    sent: tuple[Dataset, Annotator], there: There
) -> None:
    dataset, person = sent
    before = bits(labels_of(dataset, "gt")[0][0])
    original = person.shapes(frame=0)[0]
    person.copy(original)
    copied = person.shapes(frame=0)[-1]
    person.change(copied, lambda data: data.update(points=[1.0, 1.0, 9.0, 9.0]))
    dataset.load_annotations("k", **there)
    first, _, new = labels_of(dataset, "gt")[0]
    assert bits(first) == before
    assert new.id != first.id
    assert new.bounding_box == [1 / 61, 1 / 47, 8 / 61, 8 / 47]


@pytest.mark.parametrize("text", ["007", "1_000", "nan", "None", "True", "1e5"])
def test_defect_12_text_stays_text(
    sent: tuple[Dataset, Annotator], there: There, text: str
) -> None:
    dataset, person = sent
    person.set_text(person.shapes()[0], "a", "note", text)
    dataset.load_annotations("k", **there)
    assert labels_of(dataset, "gt")[0][0].note == text


def test_defect_12_numbers_stay_numbers(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("a", count=5, share=0.5)})
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    with annotator(there, task_id) as person:
        person.set_text(person.shapes()[0], "a", "count", "6")
        person.set_text(person.shapes()[0], "a", "share", "2")
    dataset.load_annotations("k", **there)
    (label,) = labels_of(dataset, "gt")[0]
    assert (label.count, type(label.count)) == (6, int)
    assert (label.share, type(label.share)) == (2.0, float)


def test_defect_13_labels_are_known_in_a_later_session(
    sent: tuple[Dataset, Annotator], there: There
) -> None:
    dataset, person = sent
    person.set_text(person.shapes()[0], "a", "label_id", "typed over")
    person.set_text(person.shapes()[0], "a", "note", "seen")
    ids = [label.id for label in labels_of(dataset, "gt")[0]]
    dataset.handle.live.clear()
    again = load_dataset(dataset.name)
    again.load_annotations("k", **there)
    first, second = labels_of(again, "gt")[0]
    assert [first.id, second.id] == ids
    assert (first.note, first.confidence) == ("seen", 0.9)


def test_defect_17_frame_deleted_there_deletes_nothing_here(
    sent: tuple[Dataset, Annotator], there: There
) -> None:
    dataset, person = sent
    before = bits(labels_of(dataset, "gt"))
    person.delete(*person.shapes(frame=1))
    delete_frame(person, 1)
    report = dataset.load_annotations("k", **there)
    assert bits(labels_of(dataset, "gt")) == before
    second = str(dataset.last().id)
    assert report.unreached == {second: "its frame was deleted on the server"}


def test_defect_17_job_missing_deletes_nothing_here(
    sent: tuple[Dataset, Annotator], there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, _ = sent
    before = bits(labels_of(dataset, "gt"))
    every = CvatClient.jobs
    monkeypatch.setattr(CvatClient, "jobs", lambda self, task_id: every(self, task_id)[:1])
    report = dataset.load_annotations("k", **there)
    assert bits(labels_of(dataset, "gt")) == before
    assert list(report.unreached.values()) == ["no job on the server has its frame"]


def test_defect_21_a_renamed_class_is_still_the_class(
    sent: tuple[Dataset, Annotator], there: There
) -> None:
    dataset, person = sent
    before = bits(labels_of(dataset, "gt"))
    renamed = models.PatchedLabelRequest(name="renamed")
    person.client.api_client.labels_api.partial_update(
        person.class_ids["a"], patched_label_request=renamed
    )
    report = dataset.load_annotations("k", **there)
    assert bits(labels_of(dataset, "gt")) == before
    assert "Class 'a' is called 'renamed' on the server" in report.notes[0]


def test_defect_21_shapes_of_an_added_class_come_in(
    sent: tuple[Dataset, Annotator], there: There
) -> None:
    dataset, person = sent
    added = models.PatchedTaskWriteRequest(labels=[models.PatchedLabelRequest(name="new")])
    person.client.api_client.tasks_api.partial_update(
        person.task.id, patched_task_write_request=added
    )
    with annotator(there, person.task.id) as again:
        again.draw("rectangle", "new", [1, 1, 9, 9], frame=1)
    dataset.load_annotations("k", **there)
    assert [label.label for label in labels_of(dataset, "gt")[1]] == ["a", "new"]


def test_defect_29_a_cleanup_is_known_in_a_later_session(
    sent: tuple[Dataset, Annotator], there: There
) -> None:
    dataset, _ = sent
    dataset.load_annotations("k", cleanup=True, **there)
    again = load_dataset(dataset.name)
    assert again.get_annotation_info("k").config.state == "cleaned"
    with pytest.raises(AnnotationError, match="were cleaned up"):
        again.load_annotations("k", **there)


def test_defect_30_a_load_is_seen_first_and_conflicts_are_told(
    sent: tuple[Dataset, Annotator], there: There
) -> None:
    dataset, person = sent
    person.set_text(person.shapes()[0], "a", "note", "theirs")
    person.set_text(person.shapes()[1], "b", "note", "theirs")
    sample = dataset.first()
    sample.gt.detections[0].note = "ours"
    sample.save()
    before = bits(labels_of(dataset, "gt"))
    preview = dataset.load_annotations("k", dry_run=True, **there)
    assert bits(labels_of(dataset, "gt")) == before
    report = dataset.load_annotations("k", **there)
    assert report.changes == preview.changes
    (conflict,) = report.of("conflict")
    assert (conflict.attribute, conflict.before, conflict.after) == ("note", "ours", "theirs")
    out = io.StringIO()
    report.print_report(out)
    assert "edited here too: kept" in out.getvalue()
    assert [label.note for label in labels_of(dataset, "gt")[0]] == ["ours", "theirs"]


def test_peer_23_images_of_one_name_in_two_folders_keep_their_labels(
    tmp_path: Path, there: There
) -> None:
    one = make_dataset(tmp_path / "a", {"gt": boxes("a")}, name="one")
    other = make_dataset(tmp_path / "b", {"gt": boxes("b")}, name="other")
    one.add_samples([other.first().copy()], progress=False)
    (task_id,) = one.annotate("k", label_field="gt", **there).task_ids
    with annotator(there, task_id) as person:
        for shape in person.shapes():
            name = "a" if shape.label_id == person.class_ids["a"] else "b"
            person.set_text(shape, name, "note", f"for {name}")
    one.load_annotations("k", **there)
    assert [(x.label, x.note) for (x,) in labels_of(one, "gt")] == [
        ("a", "for a"),
        ("b", "for b"),
    ]


def test_peer_29_remarks_of_reviewers_come_back(
    sent: tuple[Dataset, Annotator], there: There
) -> None:
    dataset, person = sent
    (job,) = (job for job in person.task.get_jobs() if job.start_frame == 1)
    api = person.client.api_client
    issue, _ = api.issues_api.create(
        models.IssueWriteRequest(frame=1, position=[20.0, 13.3, 100.0, 66.5], job=job.id,
                                 message="too tight")
    )  # fmt: skip
    api.comments_api.create(models.CommentWriteRequest(issue=issue.id, message="better?"))
    for _ in range(2):
        # Also where nothing else has changed since the last load.
        report = dataset.load_annotations("k", **there)
        (found,) = report.issues
        assert (found.sample_id, found.job_id) == (str(dataset.last().id), job.id)
        assert (found.resolved, found.frame_number) == (False, None)
        assert found.position == pytest.approx((0.1, 0.1, 0.5, 0.5))
        assert [(said.author, said.text) for said in found.comments] == [
            ("admin", "too tight"),
            ("admin", "better?"),
        ]
        assert "Reviewers: 1 issue, 1 of them open" in str(report)


def test_peer_30_ground_truth_stays_out(sent: tuple[Dataset, Annotator], there: There) -> None:
    dataset, person = sent
    before = bits(labels_of(dataset, "gt"))
    api = person.client.api_client
    job, _ = api.jobs_api.create(
        models.JobWriteRequest(
            type="ground_truth", task_id=person.task.id, frame_selection_method="manual", frames=[0]
        )
    )
    shape = models.LabeledShapeRequest(
        type="rectangle", frame=0, label_id=person.class_ids["a"], points=[1.0, 1.0, 9.0, 9.0]
    )
    api.jobs_api.update_annotations(
        job.id, labeled_data_request=models.LabeledDataRequest(shapes=[shape])
    )
    report = dataset.load_annotations("k", **there)
    assert report.changes == ()
    assert bits(labels_of(dataset, "gt")) == before


def test_peer_44_nobody_is_ever_asked(
    sent: tuple[Dataset, Annotator], there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, person = sent

    def ask(*_: object) -> str:
        raise AssertionError("somebody was asked")

    monkeypatch.setattr("builtins.input", ask)
    person.draw("polyline", "a", [1, 1, 9, 9])
    dataset.load_annotations("k", **there)
    assert len(labels_of(dataset, "polylines")[0]) == 1
    with pytest.raises(AnnotationError, match="a library never does"):
        dataset.load_annotations("k", unexpected="prompt", **there)
