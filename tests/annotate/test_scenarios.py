"""Scenarios that the peer tests against a live server, and no other test here covers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from tests.annotate.helpers import annotator, bits, labels_of, make_dataset
from tests.annotate.test_video import box, frame_bits, make_video, person, seen
from viewfinder.labels import Detection, Detections

There = dict[str, Any]


def boxes(*labels: str) -> Detections:
    return Detections([Detection(name, [0.1, 0.1, 0.3, 0.3], own=1) for name in labels])


def test_a_view_of_mapped_classes_is_annotated(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat", "dog")})
    before = labels_of(dataset, "gt")[0]
    view = dataset.map_labels("gt", {"cat": "animal", "dog": "animal"})
    results = view.annotate("k", label_field="gt", **there)
    with annotator(there, results.task_ids[0]) as someone:
        first, second = someone.shapes()
        assert {first.label_id, second.label_id} == {someone.class_ids["animal"]}
        someone.change(second, lambda data: data["points"].__setitem__(0, 3.0))
        someone.draw("rectangle", "animal", [1, 1, 9, 9])
    dataset.load_annotations("k", **there)
    one, two, new = labels_of(dataset, "gt")[0]
    # What nobody edited keeps the class that the dataset has.
    assert bits(one) == bits(before[0])
    assert (two.id, two.own, two.bounding_box[0]) == (before[1].id, 1, 3.0 / 61)
    assert new.label == "animal"


def test_frames_are_loaded_into_another_field(tmp_path: Path, there: There) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])})
    before = frame_bits(dataset)
    results = dataset.annotate("run", label_field="frames.gt", **there)
    with person(there, results.task_ids[0]) as someone:
        (track,) = someone.tracks()
        track.shapes[3].points = [0.0, 0.0, 8.0, 8.0]
        someone.change(track)
    dataset.load_annotations("run", dest_field="frames.other", **there)
    assert {n: frame["gt"] for n, frame in frame_bits(dataset)[0].items()} == {
        n: frame["gt"] for n, frame in before[0].items()
    }
    there_now = seen(dataset, "other")
    assert [n for n, found in there_now.items() if found[0].bounding_box[0] == 0.0] == [4]


def test_the_group_of_a_new_track_is_that_of_its_labels_alone(tmp_path: Path, there: There) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])})
    results = dataset.annotate(
        "run", label_field="frames.gt", attributes={"group_id": {"type": "group_id"}}, **there
    )
    with person(there, results.task_ids[0]) as someone:
        new = someone.new_track("cat", {2: [0.0, 0.0, 8.0, 8.0], 4: None})
        someone.create(msgspec.structs.replace(new, group=2))
    dataset.load_annotations("run", **there)
    groups = {n: [label.get("group_id") for label in found] for n, found in seen(dataset).items()}
    assert groups == {n: [None, 2] if n in {3, 4} else [None] for n in range(1, 13)}


def test_more_tasks_than_a_page_are_all_known(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, *[{"gt": boxes("cat")}] * 12)
    results = dataset.annotate("k", label_field="gt", task_size=1, **there)
    assert len(set(results.task_ids)) == 12
    gone = results.task_ids[3]
    with annotator(there, gone) as someone:
        someone.task.remove()
        for number in results.task_ids:
            assert (number in {task.id for task in someone.client.tasks.list()}) == (number != gone)
    report = dataset.load_annotations("k", **there)
    assert (report.changes, len(report.unreached)) == ((), 1)
    assert [len(labels) for labels in labels_of(dataset, "gt")] == [1] * 12


def test_a_field_that_was_deleted_here_comes_back_where_theirs_wins(
    tmp_path: Path, there: There
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat"), "speed": 3})
    kept = labels_of(dataset, "gt")[0][0]
    results = dataset.annotate("k", label_schema=["gt", "speed"], **there)
    with annotator(there, results.task_ids[0]) as someone:
        someone.change(someone.shapes()[0], lambda data: data["points"].__setitem__(0, 3.0))
    dataset.delete_sample_field("gt")
    dataset.delete_sample_field("speed")
    report = dataset.load_annotations("k", dry_run=True, **there)
    assert {change.outcome for change in report.changes} == {"conflict"}
    dataset.load_annotations("k", conflicts="theirs", **there)
    ((label,),) = labels_of(dataset, "gt")
    assert (label.id, label.label, label.bounding_box[0]) == (kept.id, "cat", 3.0 / 61)
