"""Projects that were there before have no attribute for label ids: the server's numbers alone say
which label is which, and where these are gone, nothing is deleted on doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cvat_sdk import models

from tests.annotate.helpers import Annotator, annotator, bits, labels_of, make_dataset
from tests.annotate.test_video import box, frame_bits, make_video, person, seen
from viewfinder.annotate import runs
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.wire import NewAttribute, NewLabel
from viewfinder.facade.dataset import Dataset
from viewfinder.labels import Classification, Detection, Detections, Keypoint, Keypoints

There = dict[str, Any]


def project(there: There, name: str) -> int:
    who = Credentials(username=there["username"], password=there["password"])
    classes = [
        NewLabel(name=each, attributes=[NewAttribute(name="note")]) for each in ("cat", "dog")
    ]
    with CvatClient.connect(there["url"], credentials=who) as client:
        return client.create_project(name, classes).id


def boxes(*corners: float) -> Detections:
    return Detections([Detection("cat", [x, 0.1, 0.2, 1 / 3], note="n") for x in corners])


def replace_all(person: Annotator, change: Callable[[list[dict[str, Any]]], Any]) -> None:
    """Puts all shapes again under new numbers, as a script does; `change` edits them first."""
    shapes = [shape.to_dict() for shape in person.shapes()]
    tags = [tag.to_dict() for tag in person.tags()]
    person.delete(*person.shapes(), *person.tags())
    change(shapes)
    for record in (*shapes, *tags):
        del record["id"]
    person.create(
        shapes=[models.LabeledShapeRequest(**shape) for shape in shapes],
        tags=[models.LabeledImageRequest(**tag) for tag in tags],
    )


@pytest.fixture
def sent(tmp_path: Path, there: There) -> tuple[Dataset, int]:
    dataset = make_dataset(
        tmp_path,
        {"gt": boxes(0.1, 0.3, 0.5), "kind": Classification("dog")},
        {"gt": boxes(0.2), "points": Keypoints([Keypoint("cat", [(0.1, 0.2), (0.3, 1 / 3)])])},
        name="numbers",
    )
    schema: dict[str, Any] = {
        "gt": {"classes": ["cat"]}, "kind": {"classes": ["dog"]}, "points": {"classes": ["cat"]}
    }  # fmt: skip
    number = project(there, f"old {tmp_path.name}")
    results = dataset.annotate("k", schema, project_id=number, **there)
    (task_id,) = results.task_ids
    return dataset, task_id


def everything(dataset: Dataset) -> Any:
    return bits([labels_of(dataset, name) for name in ("gt", "kind", "points")])


def test_labels_that_nobody_edited_keep_every_bit(sent: tuple[Dataset, int], there: There) -> None:
    dataset, task_id = sent
    before = everything(dataset)
    with annotator(there, task_id) as person:
        assert "label_id" not in {name for _, name in person.spec_ids}
    report = dataset.load_annotations("k", **there)
    assert (report.changes, report.unchanged) == ((), 6)
    assert everything(dataset) == before


def test_one_edit_is_one_edit(sent: tuple[Dataset, int], there: There) -> None:
    dataset, task_id = sent
    with annotator(there, task_id) as person:
        first, second = person.shapes("rectangle")[:2]
        person.change(first, lambda data: data.update(points=[1, 2, 3, 4]))
        person.delete(second)
    report = dataset.load_annotations("k", **there)
    assert (report.counts["edited"], report.counts["deleted"]) == (1, 1)


def test_the_same_under_new_numbers_is_the_same(sent: tuple[Dataset, int], there: There) -> None:
    dataset, task_id = sent
    before = everything(dataset)
    with annotator(there, task_id) as person:
        numbers = {shape.id for shape in person.shapes()}
        replace_all(person, list.copy)
        assert not numbers & {shape.id for shape in person.shapes()}
    report = dataset.load_annotations("k", **there)
    assert (report.changes, report.notes) == ((), ())
    assert everything(dataset) == before
    # From now on they are known by their new numbers.
    with annotator(there, task_id) as person:
        person.change(person.shapes("rectangle")[0], lambda data: data.update(points=[1, 2, 3, 4]))
    assert dataset.load_annotations("k", **there).counts["edited"] == 1


def test_what_is_not_recognised_under_new_numbers_is_told_and_stays(
    sent: tuple[Dataset, int], there: There
) -> None:
    dataset, task_id = sent
    before = labels_of(dataset, "gt")

    def edit(shapes: list[dict[str, Any]]) -> None:
        shapes[0]["points"] = [1.0, 2.0, 30.0, 40.0]
        del shapes[1]

    with annotator(there, task_id) as person:
        replace_all(person, edit)
    report = dataset.load_annotations("k", **there)
    assert (report.counts["added"], report.counts["deleted"]) == (1, 0)
    told = [note for note in report.notes if "was not recognised" in note]
    assert [before[0][place].id in note for place, note in enumerate(told)] == [True, True]
    assert [len(labels) for labels in labels_of(dataset, "gt")] == [4, 1]
    # They are no part of the run any more: the next load does not delete them either.
    assert dataset.load_annotations("k", **there).changes == ()
    assert [len(labels) for labels in labels_of(dataset, "gt")] == [4, 1]
    dataset.undo_annotations("k")
    assert bits(labels_of(dataset, "gt")) == bits(before)
    assert dataset.load_annotations("k", **there).counts["added"] == 1


def test_where_all_was_replaced_and_edited_nothing_is_deleted(
    sent: tuple[Dataset, int], there: There
) -> None:
    dataset, task_id = sent
    before = labels_of(dataset, "gt")

    def edit(shapes: list[dict[str, Any]]) -> None:
        for shape in shapes:
            shape["points"] = [number + 1 for number in shape["points"]]

    with annotator(there, task_id) as person:
        person.delete(*person.tags())
        replace_all(person, edit)
    report = dataset.load_annotations("k", **there)
    # The tag is gone with nothing like it in its place: there is no doubt of that.
    assert (report.counts["added"], report.counts["deleted"]) == (5, 1)
    (note,) = report.notes
    assert note.startswith(f"In 2 frames of task {task_id} (first 'image 0.png') annotations were")
    assert "The labels as they were (5) stay beside the new ones" in note
    assert bits([labels_of(dataset, "gt")[n][:k] for n, k in ((0, 3), (1, 1))]) == bits(before)
    again = dataset.load_annotations("k", **there)
    assert (again.changes, again.notes, again.unchanged) == ((), (), 5)
    assert [len(labels) for labels in labels_of(dataset, "gt")] == [6, 2]


def test_tracks_that_were_all_replaced_and_edited_delete_nothing(
    tmp_path: Path, there: There
) -> None:
    dataset = make_video(
        tmp_path,
        lambda n: {"gt": Detections([box(n, "cat", 1), box(n, "cat", 2)])},
        name="replaced",
    )
    number = project(there, "old videos, replaced")
    before = frame_bits(dataset)
    schema = {"frames.gt": {"classes": ["cat", "dog"]}}
    (task_id,) = dataset.annotate("k", schema, project_id=number, **there).task_ids
    with person(there, task_id) as somebody:
        tracks = somebody.tracks()
        somebody.delete(*tracks)
        for track in tracks:
            for shape in track.shapes:
                shape.points = [point + 2 for point in shape.points or ()]
        somebody.create(*tracks)
    report = dataset.load_annotations("k", **there)
    assert (report.counts["added"], report.counts["deleted"]) == (24, 0)
    (note,) = report.notes
    assert note.startswith(f"In 12 frames of task {task_id} (first ")
    held = frame_bits(dataset)[0]
    assert [held[n]["gt"][:2] for n in held] == [before[0][n]["gt"] for n in held]
    indexes = {label.index for labels in seen(dataset).values() for label in labels}
    assert indexes == {1, 2, 3, 4}
    assert dataset.load_annotations("k", **there).changes == ()
    # A track that is drawn now has a number of its own.
    with person(there, task_id) as somebody:
        somebody.create(somebody.new_track("cat", {0: [1, 1, 9, 9], 1: None}))
    dataset.load_annotations("k", **there)
    assert {label.index for label in seen(dataset)[1]} == {1, 2, 3, 4, 5}


def test_a_label_that_was_redrawn_is_deleted_and_new(
    sent: tuple[Dataset, int], there: There
) -> None:
    dataset, task_id = sent
    with annotator(there, task_id) as person:
        for shape in person.shapes():
            person.delete(shape)
        person.delete(*person.tags())
        person.draw("rectangle", "cat", [5, 5, 9, 9])
    report = dataset.load_annotations("k", **there)
    assert (report.counts["added"], report.counts["deleted"]) == (1, 6)


def test_tracks_that_nobody_edited_keep_every_bit(tmp_path: Path, there: There) -> None:
    dataset = make_video(
        tmp_path, lambda n: {"gt": Detections([box(n, "cat", 1), box(n, "cat", 2)])}, name="numbers"
    )
    number = project(there, "old videos")
    before = frame_bits(dataset)
    options = {**there, "project_id": number, "segment_size": 5}
    dataset.annotate("k", {"frames.gt": {"classes": ["cat"]}}, **options)
    report = dataset.load_annotations("k", **there)
    assert (report.changes, report.unchanged) == ((), 24)
    assert frame_bits(dataset) == before


def test_tracks_under_new_numbers_are_the_same_or_stay(tmp_path: Path, there: There) -> None:
    dataset = make_video(
        tmp_path,
        lambda n: {"gt": Detections([box(n, "cat", 1), box(n, "dog", 2)])},
        name="renumber",
    )
    number = project(there, "old videos, renumbered")
    before = frame_bits(dataset)
    schema = {"frames.gt": {"classes": ["cat", "dog"]}}
    (task_id,) = dataset.annotate("k", schema, project_id=number, **there).task_ids
    with person(there, task_id) as somebody:
        tracks = somebody.tracks()
        somebody.delete(*tracks)
        somebody.create(*tracks)
        assert not {track.id for track in tracks} & {track.id for track in somebody.tracks()}
    report = dataset.load_annotations("k", dry_run=True, **there)
    report = dataset.load_annotations("k", **there)
    assert (report.changes, report.notes, report.unchanged) == ((), (), 24)
    assert frame_bits(dataset) == before
    # From now on they are known by their new numbers, and an edit is an edit.
    with person(there, task_id) as somebody:
        cat = min(somebody.tracks(), key=lambda track: track.label_id)
        cat.shapes[4].points = [1.0, 2.0, 30.0, 40.0]
        somebody.change(cat)
    report = dataset.load_annotations("k", **there)
    edited = [(change.frame_number, change.attribute) for change in report.changes]
    assert (edited, report.counts["edited"]) == ([(5, "bounding_box")], 1)


def test_the_number_of_a_track_that_was_joined_stays_with_one_object(
    tmp_path: Path, there: There
) -> None:
    dataset = make_video(
        tmp_path,
        lambda n: {"gt": Detections([box(n, "cat", 1), box(n, "cat", 2, note="other")])},
        name="join_numbers",
    )
    (task_id,) = dataset.annotate("k", label_field="frames.gt", **there).task_ids
    with person(there, task_id) as somebody:
        first, second = somebody.tracks()
        somebody.delete(first, second)
        somebody.create(
            msgspec.structs.replace(first, shapes=[*first.shapes[:6], *second.shapes[6:]])
        )
    dataset.load_annotations("k", **there)
    (task,) = runs.read_tasks(dataset, "k")
    numbers = [number for known in task.objects for number in known.server_ids]
    assert len(numbers) == len(set(numbers))
