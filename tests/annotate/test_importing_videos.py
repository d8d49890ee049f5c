"""Tasks of videos become videos and labels of their frames; against the real label server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cvat_sdk import make_client, models
from PIL import Image

from tests.annotate.helpers import labels_of
from tests.labelserver.videos import SIZE_WH, number_on, video_bytes
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.skeletons import Skeleton
from viewfinder.cvat.tools import new_class
from viewfinder.cvat.upload import DataOptions, ImageFile
from viewfinder.facade.dataset import Dataset
from viewfinder.media import read_frames
from viewfinder.samples import Sample

There = dict[str, Any]
WIDTH, HEIGHT = SIZE_WH


@pytest.fixture
def client(there: There) -> Iterator[CvatClient]:
    found = CvatClient.connect(
        there["url"],
        credentials=Credentials(username=there["username"], password=there["password"]),
    )
    yield found
    found.close()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A video of 20 frames that carry their numbers, from 0."""
    path = tmp_path / "films" / "street" / "film.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(video_bytes(20))
    return path


def make_task(client: CvatClient, film: Path, **options: Any) -> tuple[int, dict[str, wire.Label]]:
    """A task of a video with two classes, one of which is a skeleton."""
    classes = [
        wire.NewLabel(
            name="car",
            attributes=[
                wire.NewAttribute(name="code", input_type="text", mutable=False),
                wire.NewAttribute(name="speed", input_type="number", values=["0", "99", "1"]),
            ],
        ),
        new_class("person", [], skeleton=Skeleton(("head", "feet"), ((0, 1),))),
    ]
    task = client.create_task("a film", classes)
    chosen = DataOptions(chunk_frames=6, **options)
    client.upload_video(task.id, ImageFile(film, film.name), options=chosen)
    return task.id, {label.name: label for label in client.labels(task_id=task.id)}


def track(label: wire.Label, corners: dict[int, float | None], type_: str = "rectangle") -> Any:
    """Boxes of 20 × 10 pixels that go to the right; None where the object goes away."""
    shapes, last = [], 0.0
    for frame, left in corners.items():
        last = last if left is None else left
        shapes.append(
            wire.TrackedShape(
                type=type_,
                frame=frame,
                points=[last, 4.0, last + 20.0, 14.0],
                outside=left is None,
            )
        )
    return wire.Track(frame=min(corners), label_id=label.id, shapes=shapes)


def by_frame(dataset: Any, name: str) -> dict[int, list[Any]]:
    """The labels of a field of the only video, by frame number."""
    (sample,) = dataset
    sample.reload()
    return {
        number: list(frame[name].labels)
        for number, frame in sample.frames.items()
        if name in frame.field_names and frame[name] is not None
    }


def numbers_in(path: Path | str) -> list[int]:
    """The numbers that the frames of a video carry."""
    return [number_on(Image.fromarray(pixels)) for _, pixels in read_frames(path, range(1, 100))]


def walk(person: wire.Label) -> wire.Track:
    """A skeleton on the first three frames; on the fourth it is gone."""
    assert person.sublabels is not None
    head, feet = person.sublabels
    places = {0: 8.0, 2: 12.0, 3: 12.0}
    return wire.Track(
        frame=0,
        label_id=person.id,
        shapes=[wire.TrackedShape(type="skeleton", frame=0)],
        elements=[
            wire.Track(
                frame=0,
                label_id=node.id,
                shapes=[
                    wire.TrackedShape(type="points", frame=n, points=[x, y], outside=n == 3)
                    for n, x in places.items()
                ],
            )
            for node, y in ((head, 6.0), (feet, 36.0))
        ],
    )


def draw_all_sorts(client: CvatClient, task_id: int, classes: dict[str, wire.Label]) -> int:
    """A track with attributes, one of a skeleton, single shapes and a tag.

    Returns:
        the server's number of the first track
    """
    car = classes["car"]
    code, speed = (spec.id for spec in car.attributes)
    driving = track(car, {2: 10.0, 6: 50.0, 8: None})
    driving.attributes = [wire.AttributeValue(spec_id=code, value="007")]
    driving.shapes[0].attributes = [wire.AttributeValue(spec_id=speed, value="30")]
    driving.shapes[1].attributes = [wire.AttributeValue(spec_id=speed, value="50")]
    round_ = wire.Shape(type="ellipse", frame=1, label_id=car.id, points=[30.0, 20.0, 50.0, 10.0])
    corners = [8.0, 8, 8, 16, 16, 8, 16, 16, 20, 6, 20, 14, 12, 6, 12, 14]
    solid = wire.Shape(type="cuboid", frame=1, label_id=car.id, points=corners)
    data = wire.LabeledData(
        tracks=[driving, walk(classes["person"])],
        shapes=[round_, solid],
        tags=[wire.Tag(frame=5, label_id=car.id)],
    )
    client.put_annotations("tasks", task_id, data)
    found = client.annotations("tasks", task_id).tracks
    return next(one.id for one in found if one.label_id == car.id and one.id is not None)


def test_tracks_and_shapes_are_told_frame_by_frame(
    film: Path, client: CvatClient, there: There
) -> None:
    task_id, classes = make_task(client, film)
    number = draw_all_sorts(client, task_id, classes)
    with make_client(there["url"], credentials=(there["username"], there["password"])) as other:
        other.tasks.retrieve(task_id).remove_frames_by_ids([4])
    dataset = Dataset("d")
    dataset.add_sample(Sample(filepath=str(film)))
    assert dataset.import_annotations(task_ids=task_id, **there).notes == ()

    boxes = by_frame(dataset, "detections")
    tracked = {n: one for n, labels in boxes.items() for one in labels if one.index is not None}
    # Frame n of the task has number n + 1; a straight line leads from 10 to 50, and 5 is deleted.
    lefts = {3: 10.0, 4: 20.0, 6: 40.0, 7: 50.0, 8: 50.0}
    assert {n: label.bounding_box for n, label in tracked.items()} == {
        n: [left / WIDTH, 4 / HEIGHT, 20 / WIDTH, 10 / HEIGHT] for n, left in lefts.items()
    }
    assert {label.index for label in tracked.values()} == {number}
    assert [label.keyframe for label in tracked.values()] == [True, False, False, True, False]
    assert [label.speed for label in tracked.values()] == [30, 30, 30, 50, 50]
    assert {label.code for label in tracked.values()} == {"007"}
    assert [label.shape_type for label in boxes[2]] == ["ellipse"]
    ((cuboid,),) = by_frame(dataset, "polylines").values()
    assert cuboid.shape_type == "cuboid"
    points = by_frame(dataset, "keypoints")
    assert {n: [label.points[0][0] * WIDTH for label in found] for n, found in points.items()} == {
        1: [8.0], 2: [10.0], 3: [12.0],
    }  # fmt: skip
    assert list(by_frame(dataset, "classifications")) == [6]

    again = dataset.import_annotations(task_ids=task_id, **there)
    assert (again.changes, again.notes, again.unchanged) == ((), (), 5 + 3 + 3)


def test_a_video_that_is_not_here_is_fetched_once(
    tmp_path: Path, film: Path, client: CvatClient, there: There
) -> None:
    task_id, classes = make_task(client, film)
    draw_all_sorts(client, task_id, classes)
    dataset, place = Dataset("d"), tmp_path / "fetched"
    times = set()
    for _ in range(2):
        dataset.import_annotations(task_ids=task_id, data_path=place, download_media=True, **there)
        times.add((place / "film.mp4").stat().st_mtime_ns)
    assert dataset.media_type == "video"
    assert [sample.filepath for sample in dataset] == [str(place / "film.mp4")]
    # In chunks of six frames: each is in its place, and no file is left beside the video.
    assert numbers_in(place / "film.mp4") == list(range(20))
    assert len(times) == len(list(place.iterdir())) == 1
    assert sorted(by_frame(dataset, "detections")) == [2, 3, 4, 5, 6, 7, 8]


def test_frames_keep_their_numbers_where_a_task_shows_some_of_them(
    tmp_path: Path, film: Path, client: CvatClient, there: There
) -> None:
    # The frames 4, 7, 10 and 13 of the film, counted from 0.
    task_id, classes = make_task(client, film, start_frame=4, stop_frame=14, frame_step=3)
    data = wire.LabeledData(tracks=[track(classes["car"], {1: 10.0, 3: 30.0})])
    client.put_annotations("tasks", task_id, data)
    dataset = Dataset("d")
    dataset.add_sample(Sample(filepath=str(film)))
    report = dataset.import_annotations(
        task_ids=task_id, label_types={"detections": "cars"}, **there
    )
    assert report.notes == ()
    lefts = {
        n: labels[0].bounding_box[0] * WIDTH for n, labels in by_frame(dataset, "cars").items()
    }
    assert lefts == {8: 10.0, 11: 20.0, 14: 30.0}

    # A video of only these frames is never taken for the whole film.
    other, place = Dataset("e"), tmp_path / "fetched"
    for _ in range(2):
        other.import_annotations(task_ids=task_id, data_path=place, download_media=True, **there)
    assert Path(other.first().filepath).name == "film.frames-4-13-step-3.mp4"
    assert numbers_in(other.first().filepath) == [4, 7, 10, 13]
    assert list(by_frame(other, "detections")) == [2, 3, 4]
    assert len(other) == 1


def test_a_track_through_jobs_that_share_frames_is_one_object(
    film: Path, client: CvatClient, there: There
) -> None:
    account = (there["username"], there["password"])
    with make_client(there["url"], credentials=account) as annotator:
        task = annotator.tasks.create_from_data(
            models.TaskWriteRequest(
                name="jobs", labels=[{"name": "car"}], segment_size=8, overlap=3
            ),
            [film],
        )
    jobs = [(job.start_frame, job.stop_frame) for job in client.jobs(task.id)]
    assert jobs[:2] == [(0, 7), (5, 12)]
    (car,) = client.labels(task_id=task.id)
    data = wire.LabeledData(
        tracks=[track(car, {2: 10.0, 12: 30.0})],
        shapes=[wire.Shape(type="rectangle", frame=6, label_id=car.id, points=[0, 0, 8, 8.0])],
    )
    client.put_annotations("tasks", task.id, data)
    dataset = Dataset("d")
    dataset.add_sample(Sample(filepath=str(film)))
    dataset.import_annotations(task_ids=task.id, **there)
    boxes = by_frame(dataset, "detections")
    objects = {n: [x.index for x in labels if x.index is not None] for n, labels in boxes.items()}
    assert {len(indices) for indices in objects.values()} == {1}
    assert len({index for (index,) in objects.values()}) == 1
    assert [n for n, labels in boxes.items() if len(labels) == 2] == [7]
    lefts = {
        n: round(next(x for x in labels if x.index is not None).bounding_box[0] * WIDTH, 6)
        for n, labels in boxes.items()
    }
    assert {n: left for n, left in lefts.items() if n <= 13} == {
        n: 10.0 + 2.0 * (n - 3) for n in range(3, 14)
    }


def test_tracks_in_images_are_told_image_by_image(
    tmp_path: Path, client: CvatClient, there: There
) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    for path in paths:
        Image.new("RGB", (40, 20)).save(path)
    task = client.create_task("images", [wire.NewLabel(name="car")])
    client.upload_images(task.id, [ImageFile(path, path.name) for path in paths])
    (car,) = client.labels(task_id=task.id)
    data = wire.LabeledData(tracks=[track(car, {0: 0.0, 2: 20.0, 3: None})])
    client.put_annotations("tasks", task.id, data)
    dataset = Dataset("d")
    report = dataset.import_annotations(task_ids=task.id, data_path=tmp_path, **there)
    assert report.notes == ()
    found = labels_of(dataset, "detections")
    assert [labels[0] and labels[0].bounding_box[0] for labels in found] == [0.0, 0.25, 0.5, None]
    assert [labels[0].keyframe for labels in found[:3]] == [True, False, True]
    assert len({labels[0].index for labels in found[:3]}) == 1


def test_videos_that_are_not_meant_are_left_out_and_told(
    tmp_path: Path, film: Path, client: CvatClient, there: There
) -> None:
    task_id, classes = make_task(client, film)
    data = wire.LabeledData(tracks=[track(classes["car"], {1: 10.0})])
    client.put_annotations("tasks", task_id, data)

    def notes(dataset: Any, **options: Any) -> str:
        report = dataset.import_annotations(task_ids=task_id, **options, **there)
        assert report.changes == ()
        (note,) = report.notes
        return str(note)

    assert "the video 'film.mp4' is not here" in notes(Dataset("none"))
    short = tmp_path / "short" / "film.mp4"
    short.parent.mkdir()
    short.write_bytes(video_bytes(19))
    assert "has fewer frames than the task" in notes(Dataset("short"), data_path=short.parent)
    assert "can mean several videos" in notes(Dataset("two"), data_path=tmp_path)
    some = Dataset("some")
    assert "1 videos are no samples here" in notes(some, data_path=film.parent, insert_new=False)
    assert len(some) == 0
    images = Dataset("images")
    images.add_sample(Sample(filepath=str(tmp_path / "0.png")))
    assert "it shows videos, and this dataset holds images" in notes(images)
    # What is there is never written over: the whole film goes beside the short one.
    fetched = Dataset("fetched")
    fetched.import_annotations(
        task_ids=task_id, data_path=short.parent, download_media=True, **there
    )
    assert Path(fetched.first().filepath).name == "film.frames-0-19-step-1.mp4"
    assert len(numbers_in(short)) == 19
