"""Labels of a video's frames through the label server and back: tracks over several jobs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.labelserver.videos import SIZE_WH, video_bytes
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.frame_map import FrameMap
from viewfinder.cvat.from_cvat import Reading, edits_of, same_record
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.skeletons import Skeleton
from viewfinder.cvat.to_cvat import Frame, LabelType, Piece
from viewfinder.cvat.tools import AttributeTool, ServerClasses, new_class
from viewfinder.cvat.tracks import (
    FrameLabel,
    FrameShape,
    JobTracks,
    SentTrack,
    TrackIndex,
    build_tracks,
    sent_tracks,
)
from viewfinder.cvat.upload import DataOptions, ImageFile
from viewfinder.labels import Detection, Keypoint, Label, Polyline
from viewfinder.labelserver import embedded

FRAMES = 10
TOOLS = (
    AttributeTool("pose"),
    AttributeTool("colour", mutable=False),
    AttributeTool("hidden", "occluded"),
)
GAP = 4
"""The frame on which nothing is to be seen."""
BREAKS = [3, FRAMES]
"""Frames a job."""


@pytest.fixture
def server(endpoint: embedded.Endpoint) -> Iterator[CvatClient]:
    credentials = Credentials(username=endpoint.username, password=endpoint.password)
    with CvatClient.connect(endpoint.url, credentials=credentials) as client:
        yield client


def label_of(kind: LabelType, frame: int, **values: Any) -> Label:
    x = frame / 30 + 1 / 7
    own = {"label": "cat", "index": 1, "keyframe": frame % 3 == 0, **values}
    if frame < 6:
        own |= {"pose": f"00{frame}", "colour": "é", "hidden": frame % 2 == 0}
    if kind == "detections":
        return Detection(bounding_box=[x, -0.1, 1 / 3, 0.2], rotation=-3.5 * frame, **own)
    if kind == "instances":
        return Detection(bounding_box=[0.25, 0.25, 0.125, 0.25], mask=np.eye(3), **own)
    if kind == "keypoints":
        nose = (math.nan, math.nan) if frame == 2 else (x, 0.2)
        return Keypoint(points=[nose, (0.5, x)], **own)
    parts = [[(x, 0.1), (0.5, x), (0.9, 0.8)], [(0.1, x), (0.2, 0.2), (0.3, 0.1), (0.3, 0.3)]]
    return Polyline(points=parts[: 1 + frame % 2], filled=kind == "polygons", **own)


class Loop:
    """One task with the labels of one field."""

    def __init__(
        self, server: CvatClient, folder: Path, kind: LabelType, segment_size: int, sparse: bool
    ) -> None:
        self.server, self.kind = server, kind
        video = folder / "clip.mp4"
        video.write_bytes(video_bytes(FRAMES))
        skeleton = Skeleton(("nose", "tail"), ((0, 1),)) if kind == "keypoints" else None
        classes = [new_class("cat", TOOLS, skeleton=skeleton)]
        self.task = server.create_task("tracks", classes, segment_size=segment_size).id
        meta = server.upload_video(self.task, ImageFile(video, video.name))
        assert (meta.size, len(FrameMap.of_meta(meta))) == (FRAMES, FRAMES)
        self.classes = ServerClasses(server.labels(task_id=self.task))
        self.labels = [
            FrameLabel(Frame(frame, SIZE_WH), label_of(kind, frame))
            for frame in range(FRAMES)
            if frame != GAP
        ]
        built, alone = build_tracks(
            self.labels,
            kind,
            size=FRAMES,
            class_of=self.classes.by_name.get,
            tools_of=lambda _: TOOLS,
            only_keyframes=sparse,
        )
        assert not alone
        server.put_annotations(
            "tasks", self.task, wire.LabeledData(tracks=[item.track for item in built])
        )
        self.sent, self.before = sent_tracks(built, self.there(), self.classes.attribute_names)

    def there(self) -> list[JobTracks]:
        return [
            (
                self.server.annotations("jobs", job.id).tracks,
                range(job.start_frame, job.stop_frame + 1),
            )
            for job in self.server.jobs(self.task)
        ]

    def now(self) -> list[FrameShape]:
        index = TrackIndex(self.sent, self.classes.attribute_names)
        return index.resolve(self.there())

    def edits(self) -> dict[int, dict[str, Any]]:
        """What annotators changed, by frame."""
        reading = Reading(
            class_name=lambda _: "cat",
            attribute_names=self.classes.attribute_names,
            tools=lambda _: TOOLS,
            node_ids=self.classes.node_ids,
        )
        before, after = by_label(self.before), by_label(self.now())
        out = {}
        for item in self.labels:
            was, now = before[item.label.id], after.get(item.label.id, {})
            if set(was) != set(now) or not all(same_record(was[part], now[part]) for part in was):
                pieces = [Piece(part, shape) for part, shape in was.items()]
                found = edits_of(item.label, self.kind, item.frame, pieces, now, reading)
                out[item.frame.number] = found
        return out


def by_label(shapes: Sequence[FrameShape]) -> dict[str, dict[int, wire.Shape]]:
    """Each label's shapes by their part."""
    out: dict[str, dict[int, wire.Shape]] = {}
    for item in shapes:
        assert item.label_id is not None, item
        assert isinstance(item.sent, SentTrack)
        out.setdefault(item.label_id, {})[item.sent.part] = item.shape
    return out


KINDS: list[LabelType] = ["detections", "instances", "polygons", "polylines", "keypoints"]


@pytest.mark.parametrize("sparse", [False, True], ids=["every frame", "keyframes"])
@pytest.mark.parametrize("segment_size", BREAKS)
@pytest.mark.parametrize("kind", KINDS)
def test_left_alone_every_label_is_found_as_it_was(
    server: CvatClient, tmp_path: Path, kind: LabelType, segment_size: int, sparse: bool
) -> None:
    loop = Loop(server, tmp_path, kind, segment_size, sparse)
    assert len(by_label(loop.before)) == FRAMES - 1
    assert loop.edits() == {}
    # Somebody replaces all by the same: every number on the server is new.
    whole = loop.server.annotations("tasks", loop.task)
    loop.server.put_annotations("tasks", loop.task, whole)
    assert loop.edits() == {}
    loop.server.delete_task(loop.task)


@pytest.mark.parametrize("segment_size", BREAKS)
def test_a_moved_keyframe_is_an_edit_of_the_frames_around_it(
    server: CvatClient, tmp_path: Path, segment_size: int
) -> None:
    loop = Loop(server, tmp_path, "detections", segment_size, sparse=True)
    job = next(job for job in server.jobs(loop.task) if job.start_frame <= 6 <= job.stop_frame)
    (track,) = (
        track
        for track in server.annotations("jobs", job.id).tracks
        if any(shape.frame == 6 for shape in track.shapes)
    )
    for shape in track.shapes:
        if shape.frame == 6:
            shape.points = [10.0, 10.0, 30.0, 20.0]
    server.patch_annotations("jobs", job.id, wire.LabeledData(tracks=[track]), action="update")
    edits = loop.edits()
    drawn = {shape.frame for shape in track.shapes if not shape.outside}
    # The frames between the keyframes before and after it, as far as its job reaches.
    first = max((frame for frame in drawn if frame < 6), default=5) + 1
    last = min((frame for frame in drawn if frame > 6), default=job.stop_frame + 1) - 1
    assert sorted(edits) == list(range(first, last + 1))
    assert 6 in edits
    assert edits[6]["bounding_box"] == [
        10 / SIZE_WH[0], 10 / SIZE_WH[1], 20 / SIZE_WH[0], 10 / SIZE_WH[1]
    ]  # fmt: skip
    assert all(set(found) == {"bounding_box"} for found in edits.values())


def test_a_text_that_changes_at_a_keyframe(server: CvatClient, tmp_path: Path) -> None:
    loop = Loop(server, tmp_path, "detections", FRAMES, sparse=False)
    (track,) = server.annotations("tasks", loop.task).tracks
    spec = loop.classes.by_name["cat"].spec_ids["pose"]
    for shape in track.shapes:
        if shape.frame == 2:
            shape.attributes = [
                msgspec.structs.replace(item, value="007" if item.spec_id == spec else item.value)
                for item in shape.attributes
            ]
    server.patch_annotations("tasks", loop.task, wire.LabeledData(tracks=[track]), action="update")
    assert loop.edits() == {2: {"pose": "007"}}


def test_a_task_that_shows_some_frames_of_its_video(server: CvatClient, tmp_path: Path) -> None:
    video = tmp_path / "clip.mp4"
    video.write_bytes(video_bytes(FRAMES))
    task = server.create_task("steps", [wire.NewLabel(name="cat")]).id
    options = DataOptions(start_frame=1, stop_frame=8, frame_step=3)
    meta = server.upload_video(task, ImageFile(video, video.name), options=options)
    assert list(FrameMap.of_meta(meta).numbers) == [2, 5, 8]
    assert FrameMap.of_meta(meta) == FrameMap.of_video(FRAMES, start=1, stop=7, step=3)
