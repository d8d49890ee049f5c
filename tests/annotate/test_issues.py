"""Remarks of reviewers find the labels that they are about; against the real label server."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cvat_sdk import models

from tests.annotate.helpers import Annotator, annotator, labels_of, make_dataset
from tests.labelserver.videos import video_bytes
from viewfinder.errors import AnnotationError
from viewfinder.facade.dataset import Dataset
from viewfinder.labels import Detection, Detections, Keypoint, Keypoints, Polyline, Polylines
from viewfinder.samples import Frame, Sample

There = dict[str, Any]
WIDTH, HEIGHT = 200, 133


def remark(person: Annotator, frame: int, position: list[float], words: str) -> None:
    """Opens an issue at a position in pixels."""
    (job,) = (job for job in person.task.get_jobs() if job.start_frame <= frame <= job.stop_frame)
    person.client.api_client.issues_api.create(
        models.IssueWriteRequest(frame=frame, position=position, job=job.id, message=words)
    )


def scene() -> dict[str, Any]:
    """Two boxes, of which the small one lies inside of the large one, a line and a point."""
    return {
        "boxes": Detections(
            detections=[
                Detection(label="large", bounding_box=[0.1, 0.1, 0.6, 0.8]),
                Detection(label="small", bounding_box=[0.2, 0.2, 0.1, 0.1]),
            ]
        ),
        "lines": Polylines(polylines=[Polyline(label="line", points=[[(0.8, 0.1), (0.9, 0.9)]])]),
        "points": Keypoints(keypoints=[Keypoint(label="point", points=[(0.75, 0.95)])]),
    }


@pytest.mark.parametrize(
    ("corners", "label"),
    [
        ([0.2, 0.2, 0.3, 0.3], "small"),  # of the size and place of one
        ([0.1, 0.1, 0.7, 0.9], "large"),
        ([0.5, 0.5, 0.55, 0.55], "large"),  # only one lies there
        ([0.24, 0.24, 0.25, 0.25], None),  # two lie there, and it is like neither
        ([0.82, 0.5], "line"),
        ([0.02, 0.02, 0.05, 0.05], None),
    ],
)
def test_a_remark_is_about_the_label_at_its_position(
    tmp_path: Path, there: There, corners: list[float], label: str | None
) -> None:
    dataset = make_dataset(tmp_path, {}, scene())
    schema = {
        "boxes": {"type": "detections"},
        "lines": {"type": "polylines"},
        "points": {"type": "keypoints"},
    }
    results = dataset.annotate("k", label_schema=schema, **there)
    sides = (WIDTH, HEIGHT)
    with annotator(there, results.task_ids[0]) as person:
        position = [value * sides[at % 2] for at, value in enumerate(corners)]
        remark(person, 1, position, "look")
    (issue,) = dataset.load_annotations("k", **there).issues
    names = {
        one.id: (field, one.label)
        for field in schema
        for labels in labels_of(dataset, field)
        for one in labels
        if one is not None
    }
    found = None if issue.label_id is None else names[issue.label_id]
    assert (None if found is None else found[1]) == label
    assert issue.field == (None if found is None else found[0])


def test_remarks_are_written_where_that_was_asked_for(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {}, scene())
    results = dataset.annotate("k", label_field="boxes", segment_size=1, **there)
    with annotator(there, results.task_ids[0]) as person:
        # The small one was moved to the right; the remark is about where it is now.
        (small,) = (s for s in person.shapes() if s.label_id == person.class_ids["small"])
        moved = [0.8 * WIDTH, 0.2 * HEIGHT, 0.9 * WIDTH, 0.3 * HEIGHT]
        person.change(small, lambda data: data.update(points=moved))
        remark(person, 1, moved, "too small")
        dataset.load_annotations("k", **there)
        assert "issues" not in dataset.get_field_schema()
        dataset.load_annotations("k", issues_field="issues", dry_run=True, **there)
        assert "issues" not in dataset.get_field_schema()
        for _ in range(2):
            dataset.load_annotations("k", issues_field="issues", **there)
    first, last = dataset
    assert first.issues is None
    ((issue),) = last.issues
    large, small_here = last.boxes.detections
    assert (issue["field"], issue["label_id"]) == ("boxes", small_here.id)
    assert [said["text"] for said in issue["comments"]] == ["too small"]
    assert small_here.issues == ["too small"]
    assert large.get("issues") is None

    shown = StringIO()
    results.print_status(shown)
    assert "0 labels on record" in shown.getvalue()
    assert "2 labels on record, 1 issue" in shown.getvalue()
    ((empty, full),) = [task.jobs for task in results.status()]
    assert (empty.labels, full.labels) == (0, 2)
    with pytest.raises(AnnotationError, match="give another name"):
        dataset.load_annotations("k", issues_field="filepath", **there)


def test_a_remark_on_a_frame_is_about_the_track_there(tmp_path: Path, there: There) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(video_bytes(6))
    sample = Sample(filepath=str(path))
    for number in range(1, 7):
        box = Detection(label="car", bounding_box=[0.1 * number, 0.25, 0.1, 0.5], index=1)
        sample.frames[number] = Frame(cars=Detections(detections=[box]))
    dataset = Dataset("d")
    dataset.add_sample(sample)
    results = dataset.annotate("k", label_field="frames.cars", **there)
    with annotator(there, results.task_ids[0]) as person:
        remark(person, 3, [0.4 * 128, 12.0, 0.5 * 128, 36.0], "blurred")
    report = dataset.load_annotations("k", issues_field="remarks", **there)
    (issue,) = report.issues
    (video,) = dataset
    video.reload()
    assert (issue.frame_number, issue.field) == (4, "frames.cars")
    found = {n: frame.cars.detections[0].get("remarks") for n, frame in video.frames.items()}
    assert found == {1: None, 2: None, 3: None, 4: ["blurred"], 5: None, 6: None}
