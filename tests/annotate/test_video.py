"""Labels of the frames of videos: out as tracks, edited there, and back frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.annotate.helpers import bits
from tests.labelserver.videos import SIZE_WH, video_bytes
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.tools import ServerClasses
from viewfinder.cvat.transport import Call, Transport
from viewfinder.errors import AnnotationError
from viewfinder.facade.dataset import Dataset
from viewfinder.labels import (
    Classification,
    Detection,
    Detections,
    Keypoint,
    Keypoints,
    Label,
    LabelList,
    Polyline,
    Polylines,
    Segmentation,
)
from viewfinder.samples import Frame, Sample

There = dict[str, Any]
FRAMES = 12
WIDTH, HEIGHT = SIZE_WH


def box(frame: int, label: str = "cat", index: int | None = 1, **values: Any) -> Detection:
    corner = [0.02 * frame + 1 / 7, 0.1 + 1e-9 * frame, 1 / 3, 0.3]
    return Detection(label=label, bounding_box=corner, index=index, **values)


def make_video(
    folder: Path, fields: Callable[[int], dict[str, Any]], *, videos: int = 1, name: str = "v"
) -> Dataset:
    """A dataset of videos whose frames have fields; frames without any are not made."""
    folder.mkdir(parents=True, exist_ok=True)
    dataset = Dataset(name)
    for video in range(videos):
        path = folder / f"clip {video}.mp4"
        path.write_bytes(video_bytes(FRAMES))
        sample = Sample(filepath=str(path))
        for number in range(1, FRAMES + 1):
            if values := fields(number):
                sample.frames[number] = Frame(**values)
        dataset.add_sample(sample)
    return dataset


def frame_bits(dataset: Any) -> list[dict[int, Any]]:
    """All labels of all frames of each video, to the last bit."""
    found = []
    for sample in dataset:
        sample.reload()
        frames = {}
        for number, frame in sample.frames.items():
            values = {name: frame[name] for name in frame.field_names}
            frames[number] = {
                name: [bits(label) for label in value.labels]
                if isinstance(value, LabelList)
                else bits(value)
                for name, value in values.items()
                if isinstance(value, Label | LabelList | float)
            }
        found.append(frames)
    return found


def seen(dataset: Any, field: str = "gt", video: int = 0) -> dict[int, list[Any]]:
    """The labels of a field by frame number."""
    sample = list(dataset)[video]
    sample.reload()
    return {
        number: list(frame[field].labels)
        for number, frame in sample.frames.items()
        if field in frame.field_names and frame[field] is not None
    }


class Person:
    """Somebody who edits the tracks of a task."""

    def __init__(self, client: CvatClient, task_id: int) -> None:
        self.client = client
        self.jobs = sorted(client.jobs(task_id), key=lambda job: job.start_frame)
        self.task_id = task_id
        self.classes = ServerClasses(client.labels(task_id=task_id))

    def tracks(self, job: int = 0) -> list[wire.Track]:
        return self.client.annotations("jobs", self.jobs[job].id).tracks

    def change(self, *tracks: wire.Track, job: int = 0) -> None:
        data = wire.LabeledData(tracks=list(tracks))
        self.client.patch_annotations("jobs", self.jobs[job].id, data, action="update")

    def delete(self, *tracks: wire.Track, job: int = 0) -> None:
        data = wire.LabeledData(tracks=list(tracks))
        self.client.patch_annotations("jobs", self.jobs[job].id, data, action="delete")

    def create(self, *tracks: wire.Track, job: int = 0) -> None:
        new = [msgspec.structs.replace(track, id=None) for track in tracks]
        data = wire.LabeledData(tracks=new)
        self.client.patch_annotations("jobs", self.jobs[job].id, data, action="create")

    def new_track(self, label: str, corners: dict[int, list[float] | None]) -> wire.Track:
        """A track of rectangles by frame; None where the object goes away."""
        shapes, last = [], [0.0] * 4
        for frame, points in sorted(corners.items()):
            last = points or last
            shapes.append(
                wire.TrackedShape(
                    type="rectangle", frame=frame, points=list(last), outside=points is None
                )
            )
        class_id = self.classes.by_name[label].id
        return wire.Track(frame=shapes[0].frame, label_id=class_id, shapes=shapes)


@contextmanager
def person(there: There, task_id: int) -> Iterator[Person]:
    credentials = Credentials(username=there["username"], password=there["password"])
    with CvatClient.connect(there["url"], credentials=credentials) as client:
        yield Person(client, task_id)


def label_of(kind: str, frame: int) -> LabelList | Label:
    x = 0.02 * frame + 1 / 7
    own: dict[str, Any] = {"label": "cat", "index": 3}
    if kind == "instances":
        return Detections([Detection(bounding_box=[x, 0.25, 0.25, 0.5], mask=np.eye(3), **own)])
    if kind == "keypoints":
        return Keypoints([Keypoint(points=[(x, 0.2), (float("nan"),) * 2, (0.5, x)], **own)])
    if kind == "segmentation":
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[2 : 4 + frame, 3:9], mask[-2:, -2:] = 1, 9
        return Segmentation(mask=mask)
    if kind == "classifications":
        return Classification(label="cat")
    if kind in ("polygons", "polylines"):
        parts = [[(x, 0.1), (0.5, x), (0.9, 0.8)], [(0.1, x), (0.2, 0.2), (0.3, 0.1)]]
        line = Polyline(points=parts[: 1 + frame % 2], filled=kind == "polygons", **own)
        return Polylines([line])
    return Detections([box(frame, rotation=0.1 * frame), box(frame, index=None), box(frame, "dog")])


@pytest.mark.parametrize(
    "kind",
    ["detections", "instances", "polygons", "polylines", "keypoints", "segmentation",
     "classifications"],
)  # fmt: skip
@pytest.mark.parametrize("segment_size", [None, 5])
def test_frames_that_nobody_edited_keep_every_bit(
    tmp_path: Path, there: There, kind: str, segment_size: int | None
) -> None:
    dataset = make_video(
        tmp_path, lambda n: {} if n in (4, 9) else {"gt": label_of(kind, n)}, videos=2
    )
    if kind == "segmentation":
        dataset.mask_targets = {"frames.gt": {1: "road", 2: "sky"}}
    before, version = frame_bits(dataset), dataset.history()[-1].number
    results = dataset.annotate(
        "run", label_field="frames.gt", label_type=kind, segment_size=segment_size, **there
    )
    assert len(results.task_ids) == 2
    report = dataset.load_annotations("run", **there)
    assert not report.changes, report
    assert report.unchanged
    assert frame_bits(dataset) == before
    reasons = [entry.reason for entry in dataset.history() if entry.number > version]
    assert "load_annotations('run')" not in reasons


def test_a_moved_keyframe_edits_the_frames_whose_interpolation_it_changes(
    tmp_path: Path, there: There
) -> None:
    dataset = make_video(
        tmp_path, lambda n: {"gt": Detections([box(n, keyframe=n in (1, 5, 9, 12), note="a")])}
    )
    before = seen(dataset)
    results = dataset.annotate("run", label_field="frames.gt", **there)
    with person(there, results.task_ids[0]) as annotator:
        (track,) = annotator.tracks()
        assert [shape.frame for shape in track.shapes] == [0, 4, 8, 11]
        points = track.shapes[1].points
        assert points is not None
        track.shapes[1].points = [points[0] + 4, *points[1:]]
        annotator.change(track)
    report = dataset.load_annotations("run", **there)
    after = seen(dataset)
    moved = {
        number
        for number in before
        if bits(before[number][0].bounding_box) != bits(after[number][0].bounding_box)
    }
    assert moved == set(range(2, 9))
    assert report.counts["edited"] == 7
    for number, labels in after.items():
        was = before[number][0]
        assert (labels[0].id, labels[0].note, labels[0].index) == (was.id, "a", 1)
        # Only the left edge moved: top and height stay to the bit.
        assert bits(labels[0].bounding_box[1::2]) == bits(was.bounding_box[1::2])
    assert after[5][0].bounding_box[0] == pytest.approx(before[5][0].bounding_box[0] + 4 / WIDTH)
    assert not dataset.load_annotations("run", **there).changes


def test_new_deleted_shortened_and_prolonged_tracks(tmp_path: Path, there: There) -> None:
    def fields(number: int) -> dict[str, Any]:
        found = [box(number, "dog", 7)]
        if number <= 6:
            found.append(box(number, "cat", 2))
        return {"gt": Detections(found)} if number != 12 else {}

    dataset = make_video(tmp_path, fields)
    results = dataset.annotate("run", label_field="frames.gt", segment_size=6, **there)
    with person(there, results.task_ids[0]) as annotator:
        dog, cat = sorted(annotator.tracks(0), key=lambda track: len(track.shapes))[::-1]
        if dog.label_id != annotator.classes.by_name["dog"].id:
            dog, cat = cat, dog
        annotator.delete(cat, job=0)
        (later,) = annotator.tracks(1)
        # It goes away on frame 10 already, and is seen on frame 12 again.
        kept = [shape for shape in later.shapes if shape.frame < 9]
        last = kept[-1]
        kept.append(msgspec.structs.replace(last, id=None, frame=9, outside=True))
        kept.append(msgspec.structs.replace(last, id=None, frame=11, outside=False))
        annotator.change(msgspec.structs.replace(later, shapes=kept), job=1)
        new = annotator.new_track("cat", {7: [1.0, 2.0, 11.0, 12.0], 9: [5.0, 2.0, 15.0, 12.0],
                                          10: None})  # fmt: skip
        annotator.create(new, job=1)
    report = dataset.load_annotations("run", **there)
    assert report.counts["deleted"] == 6 + 2
    assert report.counts["added"] == 3 + 1
    after = seen(dataset)
    summary = {n: sorted((d.label, d.index) for d in labels) for n, labels in after.items()}
    dogs = {n: [("dog", 7)] for n in (*range(1, 8), 12)}
    assert summary == {
        **dogs, 8: [("cat", 8), ("dog", 7)], 9: [("cat", 8), ("dog", 7)], 10: [("cat", 8)], 11: []
    }  # fmt: skip
    (middle,) = (d for d in after[9] if d.label == "cat")
    expected = [3 / WIDTH, 2 / HEIGHT, 10 / WIDTH, 10 / HEIGHT]
    assert middle.bounding_box == pytest.approx(expected, abs=1e-12)
    again = dataset.load_annotations("run", **there)
    assert not again.changes, again
    undone = dataset.undo_annotations("run")
    assert undone.counts["conflict"] == 0
    assert {n: [d.label for d in found] for n, found in seen(dataset).items()} == {
        n: ["dog", "cat"] if n <= 6 else ["dog"] for n in range(1, 12)
    }


def test_frames_that_a_load_made_go_when_it_is_taken_back(tmp_path: Path, there: There) -> None:
    dataset = make_video(
        tmp_path, lambda n: {"gt": Detections([box(n)])} if n <= 6 else {}, name="made"
    )
    (task_id,) = dataset.annotate("run", label_field="frames.gt", **there).task_ids
    before = frame_bits(dataset)
    with person(there, task_id) as somebody:
        corners = {5: [1.0, 1, 9, 9], 8: [5.0, 5, 20, 20], 9: None}
        somebody.create(somebody.new_track("cat", corners))
    dataset.load_annotations("run", **there)
    assert sorted(frame_bits(dataset)[0]) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    sample = dataset.first()
    sample.frames[8]["note"] = "look"
    sample.save()
    assert dataset.undo_annotations("run", dry_run=True).counts["deleted"] == 4
    assert sorted(frame_bits(dataset)[0]) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    dataset.undo_annotations("run")
    assert sorted(sample.frames) == [1, 2, 3, 4, 5, 6, 8]
    assert sample.frames[8]["note"] == "look"
    after = frame_bits(dataset)[0]
    assert {n: after[n]["gt"] for n in before[0]} == {n: f["gt"] for n, f in before[0].items()}
    # Loaded again they are made again.
    assert dataset.load_annotations("run", **there).counts["added"] == 4
    assert sorted(sample.frames) == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_joined_tracks_get_the_smaller_number_and_split_ones_a_new_one(
    tmp_path: Path, there: There
) -> None:
    def fields(number: int) -> dict[str, Any]:
        found = [box(number, "dog", 5)]
        found.append(box(number, "cat", 2 if number <= 6 else 4))
        return {"gt": Detections(found)}

    dataset = make_video(tmp_path, fields)
    before = {n: {d.id for d in found} for n, found in seen(dataset).items()}
    results = dataset.annotate("run", label_field="frames.gt", **there)
    with person(there, results.task_ids[0]) as annotator:
        cat_id = annotator.classes.by_name["cat"].id
        cats = [track for track in annotator.tracks() if track.label_id == cat_id]
        (dog,) = [track for track in annotator.tracks() if track.label_id != cat_id]
        first, second = sorted(cats, key=lambda track: track.frame)
        shapes = [s for s in first.shapes if not s.outside] + second.shapes
        annotator.delete(first, second)
        annotator.create(msgspec.structs.replace(first, shapes=shapes))
        left = [s for s in dog.shapes if s.frame < 4]
        end = msgspec.structs.replace(left[-1], id=None, frame=4, outside=True)
        right = [msgspec.structs.replace(s, id=None) for s in dog.shapes if s.frame >= 4]
        annotator.change(msgspec.structs.replace(dog, shapes=[*left, end]))
        annotator.create(msgspec.structs.replace(dog, frame=4, shapes=right))
    report = dataset.load_annotations("run", **there)
    assert report.counts["added"] == report.counts["deleted"] == 0
    after = seen(dataset)
    assert {n: {d.id for d in found} for n, found in after.items()} == before
    assert {n: {d.label: d.index for d in found} for n, found in after.items()} == {
        n: {"dog": 5 if n <= 4 else 6, "cat": 2} for n in range(1, 13)
    }
    assert not dataset.load_annotations("run", **there).changes


def test_attributes_along_a_track_and_a_new_class_come_back(tmp_path: Path, there: There) -> None:
    dataset = make_video(
        tmp_path,
        lambda n: {"gt": Detections([box(n, pose="up" if n < 4 else "down", colour="red")])},
    )
    results = dataset.annotate(
        "run",
        label_field="frames.gt",
        classes=["cat", "dog"],
        attributes={"pose": {"type": "text"}, "colour": {"type": "text", "mutable": False}},
        **there,
    )
    with person(there, results.task_ids[0]) as annotator:
        (track,) = annotator.tracks()
        cat = annotator.classes.by_name["cat"]
        (colour,) = [a for a in track.attributes if a.spec_id == cat.spec_ids["colour"]]
        colour.value = "blue"
        for shape in track.shapes:
            for item in shape.attributes:
                if item.spec_id == cat.spec_ids["pose"] and shape.frame == 7:
                    item.value = "lying"
        annotator.change(track)
    dataset.load_annotations("run", **there)
    after = seen(dataset)
    assert {n: found[0].colour for n, found in after.items()} == dict.fromkeys(range(1, 13), "blue")
    assert {n: found[0].pose for n, found in after.items()} == {
        n: "up" if n < 4 else "lying" if n == 8 else "down" for n in range(1, 13)
    }


def test_a_new_field_gets_tracks_with_keyframes(tmp_path: Path, there: There) -> None:
    dataset = make_video(tmp_path, lambda _: {})
    results = dataset.annotate(
        "run", label_field="frames.new", label_type="detections", classes=["cat"], **there
    )
    with person(there, results.task_ids[0]) as annotator:
        annotator.create(
            annotator.new_track("cat", {2: [0.0, 0.0, 8.0, 8.0], 4: [8.0, 0.0, 16.0, 8.0], 5: None})
        )
    report = dataset.load_annotations("run", **there)
    assert report.counts["added"] == 3
    assert {
        n: [(d.label, d.index, d.keyframe, d.bounding_box[0]) for d in found]
        for n, found in seen(dataset, "new").items()
    } == {
        3: [("cat", 1, True, 0.0)],
        4: [("cat", 1, False, pytest.approx(4 / WIDTH))],
        5: [("cat", 1, True, pytest.approx(8 / WIDTH))],
    }
    assert not dataset.load_annotations("run", **there).changes


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({"frame_start": 2}, range(3, 13)),
        ({"frame_start": 2, "frame_stop": 8}, range(3, 10)),
        ({"frame_start": 1, "frame_stop": 10, "frame_step": 3}, range(2, 12, 3)),
    ],
)
def test_only_chosen_frames_are_sent_and_numbers_are_right(
    tmp_path: Path, there: There, options: There, numbers: range
) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])})
    before = frame_bits(dataset)
    results = dataset.annotate("run", label_field="frames.gt", **options, **there)
    assert not dataset.load_annotations("run", **there).changes
    assert frame_bits(dataset) == before
    with person(there, results.task_ids[0]) as annotator:
        (track,) = annotator.tracks()
        assert len([s for s in track.shapes if not s.outside]) == len(numbers)
        for shape in track.shapes:
            shape.points = [0.0, 0.0, 8.0, 8.0 + shape.frame]
        annotator.change(track)
    dataset.load_annotations("run", **there)
    moved = {
        number: round(found[0].bounding_box[3] * HEIGHT, 6)
        for number, found in seen(dataset).items()
        if found[0].bounding_box[0] == 0.0
    }
    assert moved == {number: 8.0 + at for at, number in enumerate(numbers)}


@pytest.mark.parametrize("option", [{"frame_step": 0}, {"frame_start": 40}])
def test_frames_that_can_not_be_chosen_are_refused(
    tmp_path: Path, there: There, option: There
) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])})
    with pytest.raises(AnnotationError, match=r"frame_step|has 12 frames"):
        dataset.annotate("run", label_field="frames.gt", **option, **there)
    assert not dataset.has_annotation_runs


def test_clips_are_tasks_of_their_frames_alone(tmp_path: Path, there: There) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])})
    before = frame_bits(dataset)
    clips = dataset.to_clips([[[2, 4], [7, 9]]])
    results = clips.annotate("run", label_field="frames.gt", **there)
    assert len(results.task_ids) == 2
    assert not dataset.load_annotations("run", **there).changes
    assert frame_bits(dataset) == before
    with person(there, results.task_ids[1]) as annotator:
        (track,) = annotator.tracks()
        assert [shape.frame for shape in track.shapes] == [0, 1, 2]
        track.shapes[2].points = [0.0, 0.0, 8.0, 8.0]
        annotator.change(track)
    report = dataset.load_annotations("run", **there)
    assert report.counts["edited"] == 1
    assert [n for n, found in seen(dataset).items() if found[0].bounding_box[0] == 0.0] == [9]


def test_frames_are_annotated_as_images(tmp_path: Path, there: There) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])})
    before = frame_bits(dataset)
    frames = dataset.to_frames(sample_frames=True, output_dir=str(tmp_path / "frames"))
    results = frames.limit(3).annotate("run", label_field="gt", **there)
    assert not dataset.load_annotations("run", **there).changes
    assert frame_bits(dataset) == before
    with person(there, results.task_ids[0]) as annotator:
        data = annotator.client.annotations("tasks", results.task_ids[0])
        shape = data.shapes[1]
        shape.points = [0.0, 0.0, 8.0, 8.0]
        annotator.client.patch_annotations(
            "tasks", results.task_ids[0], wire.LabeledData(shapes=[shape]), action="update"
        )
    report = dataset.load_annotations("run", **there)
    assert report.counts["edited"] == 1
    assert [n for n, found in seen(dataset).items() if found[0].bounding_box[0] == 0.0] == [
        shape.frame + 1
    ]


def test_frames_without_images_are_refused(tmp_path: Path, there: There) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])})
    with pytest.raises(AnnotationError, match="sample_frames=True"):
        dataset.to_frames().annotate("run", label_field="gt", **there)


def test_only_finished_jobs_of_a_video_are_loaded(tmp_path: Path, there: There) -> None:
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])})
    results = dataset.annotate("run", label_field="frames.gt", segment_size=6, **there)
    with person(there, results.task_ids[0]) as annotator:
        for job in (0, 1):
            annotator.delete(*annotator.tracks(job), job=job)
        annotator.client.update_job(annotator.jobs[1].id, state="completed")
    report = dataset.load_annotations("run", state="completed", **there)
    assert report.counts["deleted"] == 6
    assert sorted(n for n, found in seen(dataset).items() if found) == list(range(1, 7))
    assert dataset.load_annotations("run", **there).counts["deleted"] == 6


def test_plain_values_of_frames_are_annotated(tmp_path: Path, there: There) -> None:
    dataset = make_video(tmp_path, lambda n: {"speed": float(n)} if n % 2 else {})
    before = frame_bits(dataset)
    results = dataset.annotate("run", label_field="frames.speed", **there)
    assert not dataset.load_annotations("run", **there).changes
    assert frame_bits(dataset) == before
    with person(there, results.task_ids[0]) as annotator:
        tags = annotator.client.annotations("tasks", results.task_ids[0]).tags
        tag = min(tags, key=lambda tag: tag.frame)
        for item in tag.attributes:
            if item.value == "1.0":
                item.value = "2.5"
        annotator.client.patch_annotations(
            "tasks", results.task_ids[0], wire.LabeledData(tags=[tag]), action="update"
        )
    dataset.load_annotations("run", **there)
    assert dataset.values("frames.speed")[0][0] == 2.5


class CutError(Exception):
    """The moment at which a test pulls the plug."""


@pytest.mark.parametrize("deleted", [None, 0, 1, 2])
@pytest.mark.parametrize("moment", ["/data", "/annotations"])
def test_a_cut_run_goes_on_with_the_right_videos(
    tmp_path: Path,
    there: There,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    deleted: int | None,
) -> None:
    # The server has tasks of other tests, too.
    name = f"cut {moment.strip('/')} {deleted}"
    dataset = make_video(tmp_path, lambda n: {"gt": Detections([box(n)])}, videos=3, name=name)
    ids = dataset.values("id")
    real, seen_tasks = Transport.answer, set()

    def answer(transport: Transport, call: Call, **options: Any) -> Any:
        if call.method in {"POST", "PUT"} and moment in call.path:
            seen_tasks.add(call.path.split("/tasks/")[1].split("/")[0])
            if len(seen_tasks) == 2:
                raise CutError
        return real(transport, call, **options)

    monkeypatch.setattr(Transport, "answer", answer)
    with pytest.raises(CutError):
        dataset.annotate("run", label_field="frames.gt", **there)
    monkeypatch.setattr(Transport, "answer", real)
    if deleted is not None:
        dataset.delete_samples([ids[deleted]])
    before = frame_bits(dataset)
    results = dataset.annotate("run", label_field="frames.gt", resume=True, **there)
    expected = [one for place, one in enumerate(ids) if place == 0 or place != deleted]
    sent = [next(iter(frames.values())) for frames in results.frame_id_map.values()]
    assert sent == expected
    with person(there, results.task_ids[0]) as annotator:
        found = [t.id for t in annotator.client.tasks() if t.name.startswith(f"Viewfinder {name} ")]
        drawn = {one: len(annotator.client.annotations("tasks", one).tracks) for one in found}
    assert drawn == dict.fromkeys(results.task_ids, 1)
    report = dataset.load_annotations("run", **there)
    assert not report.counts["deleted"] + report.counts["added"] + report.counts["edited"]
    assert frame_bits(dataset) == before
    results.cleanup()
