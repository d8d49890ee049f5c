"""What goes wrong with videos elsewhere, and what is left alone on doubt; a test each."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from tests.annotate.helpers import annotator
from tests.annotate.test_video import (
    box,
    frame_bits,
    make_video,
    person,
    seen,
)
from tests.labelserver.videos import number_on
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.rle import encode_mask
from viewfinder.facade.datasets import load_dataset
from viewfinder.labels import Detections

There = dict[str, Any]


def test_defect_14_clips_show_the_frames_whose_labels_they_carry(
    tmp_path: Path, there: There
) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])}, name="clips")
    clips = dataset.to_clips([[[3, 5], [9, 12]]])
    results = clips.annotate("run", label_field="frames.gt", **there)
    with person(there, results.task_ids[1]) as someone:
        first = Image.open(io.BytesIO(someone.client.frame(results.task_ids[1], 0)))
        # Frames of the file are numbered from 0.
        assert number_on(first) == 8
        (track,) = someone.tracks()
        track.shapes[0].points = [0.0, 0.0, 8.0, 8.0]
        someone.change(track)
    # In a later session, too.
    dataset.handle.live.clear()
    again = load_dataset("clips")
    again.load_annotations("run", **there)
    assert [n for n, found in seen(again).items() if found[0].bounding_box[0] == 0.0] == [9]


def test_defect_18_tracks_of_masks_and_of_several_types_come_in(
    tmp_path: Path, there: There
) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])})
    before = frame_bits(dataset)
    schema = {
        "frames.gt": {},
        "frames.masks": {"type": "instances", "classes": ["blob"]},
    }
    results = dataset.annotate("run", label_schema=schema, **there)
    eye = encode_mask(np.eye(4), left=2, top=3)
    with person(there, results.task_ids[0]) as someone:
        blob, cat = (someone.classes.by_name[name].id for name in ("blob", "cat"))

        def track(class_id: int, *shapes: tuple[int, str, list[float]]) -> wire.Track:
            drawn = [
                wire.TrackedShape(type=type_, frame=frame, points=points)
                for frame, type_, points in shapes
            ]
            return wire.Track(frame=drawn[0].frame, label_id=class_id, shapes=drawn)

        someone.create(
            track(blob, (9, "mask", eye), (10, "mask", encode_mask(np.ones((2, 2))))),
            track(cat, (10, "rectangle", [0, 0, 8, 8]), (11, "ellipse", [8, 8, 12, 4])),
        )
    report = dataset.load_annotations("run", **there)
    assert report.counts["added"] == 3 + 2
    masks = seen(dataset, "masks")
    assert {n: found[0].mask.astype(int).tolist() for n, found in masks.items() if found} == {
        10: np.eye(4).astype(int).tolist(),
        11: [[1, 1], [1, 1]],
        12: [[1, 1], [1, 1]],
    }
    kinds = {
        n: [d.get("shape_type") for d in found[1:]] for n, found in seen(dataset).items() if n > 10
    }
    assert kinds == {11: [None], 12: ["ellipse"]}
    # All other labels are what they were.
    kept = {n: frame["gt"][0] for n, frame in frame_bits(dataset)[0].items()}
    assert {**kept} == {n: frame["gt"][0] for n, frame in before[0].items()}


def test_defect_20_numbers_of_objects_hold_over_jobs_and_changes_of_class(
    tmp_path: Path, there: There
) -> None:
    def fields(n: int) -> dict[str, Any]:
        # One object goes by two classes, another is seen in all jobs.
        return {"gt": Detections([box(n, "cat" if n < 7 else "dog", 4), box(n, "cow", 9)])}

    dataset = make_video(tmp_path, fields)
    before = frame_bits(dataset)
    results = dataset.annotate("run", label_field="frames.gt", segment_size=5, **there)
    assert not dataset.load_annotations("run", **there).changes
    with person(there, results.task_ids[0]) as someone:
        for job in range(3):
            for track in someone.tracks(job):
                assert track.frame == min(shape.frame for shape in track.shapes)
        new = {job: someone.new_track("cow", {5 * job: [0.0, 0.0, 9.0, 9.0], 5 * job + 1: None})
               for job in range(2)}  # fmt: skip
        for job, track in new.items():
            someone.create(track, job=job)
    dataset.load_annotations("run", **there)
    after = seen(dataset)
    # Each new object has a number of its own, whichever job it is in.
    assert sorted(d.index for n in (1, 6) for d in after[n][2:]) == [10, 11]
    found = frame_bits(dataset)
    assert {n: frame["gt"][:2] for n, frame in found[0].items()} == {
        n: frame["gt"] for n, frame in before[0].items()
    }


def test_peer_10_frames_are_equal_both_ways_whatever_is_shown(tmp_path: Path, there: There) -> None:
    def fields(n: int) -> dict[str, Any]:
        moving = box(n, index=1, pose="up" if n % 4 else "down", keyframe=n in {1, 4, 9})
        return {"gt": Detections([] if n in {6, 7} else [moving])}

    attributes = {"pose": {"type": "select", "values": ["up", "down"]}}
    dataset = make_video(tmp_path, fields)
    before = frame_bits(dataset)
    whole = {"label_field": "frames.gt", "attributes": attributes, **there}
    dataset.annotate("a", segment_size=4, **whole)
    dataset.annotate("b", frame_start=2, frame_step=3, **whole)
    dataset.annotate("c", frame_start=1, frame_stop=8, segment_size=3, **whole)
    for key in "abc":
        assert not dataset.load_annotations(key, **there).changes
        assert frame_bits(dataset) == before


def test_on_doubt_the_labels_of_a_video_whose_task_is_gone_stay(
    tmp_path: Path, there: There
) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])}, videos=2)
    before = frame_bits(dataset)
    results = dataset.annotate("run", label_field="frames.gt", **there)
    with person(there, results.task_ids[0]) as someone:
        someone.client.delete_task(results.task_ids[0])
    report = dataset.load_annotations("run", **there)
    assert frame_bits(dataset) == before
    assert (report.changes, len(report.unreached_frames)) == ((), 12)


def test_on_doubt_the_labels_of_a_missing_job_stay(
    tmp_path: Path, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])})
    before = frame_bits(dataset)
    results = dataset.annotate("run", label_field="frames.gt", segment_size=4, **there)
    with person(there, results.task_ids[0]) as someone:
        someone.delete(*someone.tracks(2), job=2)
    every = CvatClient.jobs
    monkeypatch.setattr(
        CvatClient, "jobs", lambda self, task_id: [j for j in every(self, task_id)
                                                   if j.start_frame != 8]
    )  # fmt: skip
    report = dataset.load_annotations("run", **there)
    assert frame_bits(dataset) == before
    assert len(report.unreached_frames) == 4
    monkeypatch.undo()
    assert dataset.load_annotations("run", **there).counts["deleted"] == 4


def test_on_doubt_the_labels_of_a_deleted_frame_stay(tmp_path: Path, there: There) -> None:
    from cvat_sdk import models

    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n), box(n, index=None)])})
    before = frame_bits(dataset)
    results = dataset.annotate("run", label_field="frames.gt", **there)
    with annotator(there, results.task_ids[0]) as someone:
        someone.delete(*someone.shapes(frame=4))
        meta = models.PatchedDataMetaWriteRequest(deleted_frames=[4])
        someone.client.api_client.tasks_api.partial_update_data_meta(
            someone.task.id, patched_data_meta_write_request=meta
        )
    with person(there, results.task_ids[0]) as someone_else:
        (track,) = someone_else.tracks()
        hidden = [
            msgspec.structs.replace(shape, outside=True) if shape.frame == 4 else shape
            for shape in track.shapes
        ]
        someone_else.change(msgspec.structs.replace(track, shapes=hidden))
    report = dataset.load_annotations("run", **there)
    assert frame_bits(dataset) == before
    assert "its frame was deleted on the server" in str(report.unreached_frames)


def test_on_doubt_the_labels_of_a_renamed_class_stay(tmp_path: Path, there: There) -> None:
    from cvat_sdk import models

    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n), box(n, "dog", None)])})
    before = frame_bits(dataset)
    results = dataset.annotate("run", label_field="frames.gt", **there)
    with annotator(there, results.task_ids[0]) as someone:
        for name in ("cat", "dog"):
            someone.client.api_client.labels_api.partial_update(
                someone.class_ids[name],
                patched_label_request=models.PatchedLabelRequest(name=f"{name} now"),
            )
    report = dataset.load_annotations("run", **there)
    assert frame_bits(dataset) == before
    assert (report.changes, len(report.notes)) == ((), 2)
