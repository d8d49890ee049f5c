"""The whole loop (send, edit, load, clean up) against each release of CVAT that is imitated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.annotate.helpers import bits, labels_of, make_dataset
from tests.annotate.serving import serving
from tests.annotate.test_video import box, frame_bits, make_video, person, seen
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.labels import Classification, Detection, Detections, Polyline, Polylines

RELEASES = [(2, 3, 0), (2, 4, 0), (2, 4, 6), (2, 16, 0), (2, 31, 0), (2, 40, 0), (2, 63, 0),
            (2, 80, 0)]  # fmt: skip
Release = tuple[int, int, int]


def fields(number: int) -> dict[str, Any]:
    mask = np.zeros((5, 7), bool)
    mask[1:4, number : number + 3] = True
    line = Polyline(label="lane", points=[[(0.1, 1 / 7), (0.5, 0.9)]], filled=False)
    return {
        "gt": Detections([
            Detection("cat", [1 / 7, 0.1, 1 / 3, 0.2], note=f"n{at}", seen=at == 0)
            for at in range(2)
        ]),
        "parts": Detections([Detection("dog", [0.25, 0.25, 0.5, 0.5], mask=mask)]),
        "lines": Polylines([line]),
        "scene": Classification("street"),
    }  # fmt: skip


@pytest.mark.parametrize("release", RELEASES, ids=lambda r: ".".join(map(str, r)))
@pytest.mark.parametrize("project", [None, "all of it"])
def test_images_out_and_back(tmp_path: Path, release: Release, project: str | None) -> None:
    dataset = make_dataset(tmp_path / "media", *map(fields, range(3)))
    names = ["gt", "parts", "lines", "scene"]
    before = {name: bits(labels_of(dataset, name)) for name in names}
    with serving(tmp_path / "server", release=release) as server:
        there = server.there
        results = dataset.annotate(
            "k",
            {"gt": {}, "parts": {"type": "instances"}, "lines": {}, "scene": {}},
            segment_size=2,
            project_name=project,
            job_assignees=["admin"],
            **there,
        )
        report = dataset.load_annotations("k", **there)
        assert (report.changes, report.unchanged) == ((), 3 * 5)
        assert {name: bits(labels_of(dataset, name)) for name in names} == before
        (task_id,) = results.task_ids
        status = results.status()
        assert status
        who = Credentials(username=there["username"], password=there["password"])
        with CvatClient.connect(there["url"], credentials=who) as client:
            jobs = client.jobs(task_id)
            assert [(job.start_frame, job.stop_frame) for job in jobs] == [(0, 1), (2, 2)]
            assert [wire.username_of(job.assignee) for job in jobs] == ["admin"] * 2
            data = client.annotations("jobs", jobs[0].id)
            moved = next(s for s in data.shapes if s.type == "rectangle" and s.frame == 1)
            assert moved.points is not None
            moved.points = [moved.points[0], moved.points[1], moved.points[2] + 3, moved.points[3]]
            update = wire.LabeledData(shapes=[moved])
            client.patch_annotations("jobs", jobs[0].id, update, action="update")
            removed = wire.LabeledData(tags=[client.annotations("jobs", jobs[1].id).tags[0]])
            client.patch_annotations("jobs", jobs[1].id, removed, action="delete")
        report = dataset.load_annotations("k", **there)
        assert report.counts["edited"] == 1
        assert report.counts["deleted"] == 1
        assert len(report.changes) == 2
        (change,) = [item for item in report.changes if item.outcome == "edited"]
        assert change.field == "gt"
        dataset.undo_annotations("k")
        assert {name: bits(labels_of(dataset, name)) for name in names} == before
        assert results.cleanup() == 1


@pytest.mark.parametrize("release", RELEASES, ids=lambda r: ".".join(map(str, r)))
def test_videos_out_and_back(tmp_path: Path, release: Release) -> None:
    dataset = make_video(
        tmp_path / "media", lambda n: {"gt": Detections([box(n, note="a"), box(n, index=2)])}
    )
    before = frame_bits(dataset)
    with serving(tmp_path / "server", release=release) as server:
        there = server.there
        results = dataset.annotate("k", label_field="frames.gt", segment_size=5, **there)
        report = dataset.load_annotations("k", **there)
        assert (report.changes, report.unchanged) == ((), 24)
        assert frame_bits(dataset) == before
        with person(there, results.task_ids[0]) as annotator:
            track = annotator.tracks(1)[0]
            assert track.shapes[0].points is not None
            track.shapes[0].points = [track.shapes[0].points[0] + 4, *track.shapes[0].points[1:]]
            annotator.change(track, job=1)
        report = dataset.load_annotations("k", **there)
        assert {item.outcome for item in report.changes} == {"edited"}
        assert {item.frame_number for item in report.changes} <= set(range(6, 11))
        assert [len(labels) for labels in seen(dataset).values()] == [2] * 12
        assert results.cleanup() == 1
