"""Tasks that are on a server already become samples and labels; against the real label server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.annotate.helpers import bits, labels_of
from viewfinder.compat.cvat import import_annotations
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.upload import ImageFile
from viewfinder.errors import AnnotationError
from viewfinder.facade.dataset import Dataset
from viewfinder.samples import Sample

There = dict[str, Any]
NAMES = ("a/0.png", "b/0.png", "b/1.png")


@pytest.fixture
def client(there: There) -> Iterator[CvatClient]:
    found = CvatClient.connect(
        there["url"],
        credentials=Credentials(username=there["username"], password=there["password"]),
    )
    yield found
    found.close()


@pytest.fixture(autouse=True)
def nested_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names with folders, as of images that came to a server in an archive or from a share."""
    original = CvatClient.data_meta

    def data_meta(self: CvatClient, task_id: int) -> wire.DataMeta:
        meta = original(self, task_id)
        for frame in meta.frames:
            frame.name = frame.name.replace("__", "/")
        return meta

    monkeypatch.setattr(CvatClient, "data_meta", data_meta)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images of 40 × 20 pixels, two of them with the same name in different folders."""
    for at, name in enumerate(NAMES):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 20), (at * 50, 0, 0)).save(path)
    return tmp_path / "photos"


def test_frames_that_check_annotators_are_left_out(
    there: There, client: CvatClient, folder: Path
) -> None:
    """Two of five images are shown again among the others, and a job has their true labels."""
    names = [f"{number}.png" for number in range(5)]
    for name in names:
        Image.new("RGB", (40, 20)).save(folder / name)
    task = client.create_task("checked", [wire.NewLabel(name="cat")], segment_size=2)
    address = f"{there['url']}/api/tasks/{task.id}/data"
    check = {"mode": "gt_pool", "frame_selection_method": "manual", "frames": names[3:],
             "frames_per_job_count": 1, "random_seed": 3}  # fmt: skip
    with httpx.Client(auth=(there["username"], there["password"])) as web:
        files = [
            (f"client_files[{at}]", (name, (folder / name).read_bytes()))
            for at, name in enumerate(names)
        ]
        web.post(address, headers={"Upload-Multiple": ""}, files=files)
        body = {"image_quality": 70, "sorting_method": "random", "validation_params": check}
        assert web.post(address, json=body).status_code == 202
    client.wait_for_media(task.id)
    frames = client.data_meta(task.id).frames
    honeypots = client.honeypots(task.id)
    assert honeypots
    assert {frames[number].name for number in honeypots} <= set(names[3:])
    (label,) = client.labels(task_id=task.id)
    shapes = [
        wire.Shape(type="rectangle", frame=number, label_id=label.id, points=[1, 1, 9 + number, 9])
        for number in range(len(frames))
    ]
    annotated = [job for job in client.jobs(task.id) if job.type == "annotation"]
    assert {job.type for job in client.jobs(task.id)} == {"annotation", "ground_truth"}
    for job in annotated:
        mine = [s for s in shapes if job.start_frame <= s.frame <= job.stop_frame]
        client.put_annotations("jobs", job.id, wire.LabeledData(shapes=mine))
    dataset = Dataset("checked")
    dataset.add_samples([Sample(filepath=str(folder / name)) for name in names], progress=False)
    report = import_annotations(dataset, task_ids=[task.id], **there)
    found = dict(zip(names, labels_of(dataset, "detections"), strict=True))
    assert [len([label for label in found[name] if label]) for name in names] == [1, 1, 1, 0, 0]
    assert len(report.changes) == 3
    for number, frame in enumerate(frames):
        if frame.name in names[:3]:
            assert round(found[frame.name][0].bounding_box[2] * 40) == 8 + number


def attribute(name: str, type_: str = "text", *values: str) -> wire.NewAttribute:
    return wire.NewAttribute(name=name, input_type=type_, values=list(values))


def make_task(client: CvatClient, folder: Path, project_id: int | None = None) -> int:
    """A task that somebody made by hand, with a shape of every sort."""
    classes = [
        wire.NewLabel(
            name="cat",
            attributes=[
                attribute("code"),
                attribute("age", "number", "0", "20", "1"),
                attribute("tame", "checkbox", "true", "false"),
            ],
        ),
        wire.NewLabel(name="dog"),
    ]
    labels = () if project_id is not None else classes
    task = client.create_task("by hand", labels, project_id=project_id)
    files = [ImageFile(folder / name, name.replace("/", "__")) for name in NAMES]
    client.upload_images(task.id, files)
    cat, dog = client.labels(task_id=task.id)
    specs = {spec.name: spec.id for spec in cat.attributes}
    values = {"code": "007", "age": "3", "tame": "true"}
    written = [wire.AttributeValue(spec_id=specs[name], value=values[name]) for name in specs]

    def shape(type_: str, frame: int, *points: float, **more: Any) -> wire.Shape:
        return wire.Shape(type=type_, frame=frame, label_id=dog.id, points=list(points), **more)

    box = wire.Shape(
        type="rectangle",
        frame=0,
        label_id=cat.id,
        points=[4.5, 5.0, 20.0, 15.0],
        attributes=written,
        occluded=True,
        group=4,
    )
    shapes = [
        box,
        shape("rectangle", 1, 0, 0, 10, 10),
        shape("polygon", 1, 0, 0, 10, 0, 10, 10),
        shape("polyline", 2, 0, 0, 10, 10),
        shape("points", 2, 10, 10),
        shape("mask", 2, 1, 4, 1, 5, 5, 6, 7),
    ]
    tags = [wire.Tag(frame=1, label_id=dog.id)]
    client.put_annotations("tasks", task.id, wire.LabeledData(shapes=shapes, tags=tags))
    return task.id


def test_a_task_becomes_a_dataset_without_a_file_here(
    tmp_path: Path, folder: Path, client: CvatClient, there: There
) -> None:
    task_id = make_task(client, folder)
    dataset = Dataset("d")
    place = tmp_path / "fetched"
    report = dataset.import_annotations(
        task_ids=task_id,
        data_path=place,
        download_media=True,
        occluded_attr="hidden",
        group_id_attr="herd",
        **there,
    )
    assert [Path(sample.filepath).relative_to(place).as_posix() for sample in dataset] == [*NAMES]
    for name in NAMES:
        with Image.open(place / name) as fetched, Image.open(folder / name) as original:
            assert fetched.tobytes() == original.tobytes()
    counts = {
        name: [len(labels) if labels[0] is not None else 0 for labels in labels_of(dataset, name)]
        for name in ("detections", "polylines", "keypoints", "classifications")
    }
    assert counts == {
        "detections": [1, 1, 1],
        "polylines": [0, 1, 1],
        "keypoints": [0, 0, 1],
        "classifications": [0, 1, 0],
    }
    ((box,), _, (mask,)) = labels_of(dataset, "detections")
    assert box.bounding_box == [4.5 / 40, 5 / 20, 15.5 / 40, 10 / 20]
    assert (box.code, box.age, box.tame, box.hidden, box.herd) == ("007", 3, True, True, 4)
    assert mask.mask is not None
    assert report.counts["added"] == 7

    # Importing again adds nothing, and a label that was edited here stays.
    box.label = "mine"
    sample = dataset.first()
    sample.detections.detections[0].label = "mine"
    sample.save()
    held = [bits(labels_of(dataset, name)) for name in counts]
    again = dataset.import_annotations(
        task_ids=[task_id], data_path=place, occluded_attr="hidden", group_id_attr="herd", **there
    )
    assert (again.changes, again.version, again.unchanged) == ((), None, 6)
    assert again.notes == ("1 labels were here already and differ: they were kept as they are.",)
    assert [bits(labels_of(dataset, name)) for name in counts] == held


def test_samples_are_found_by_the_ends_of_their_paths(
    folder: Path, client: CvatClient, there: There
) -> None:
    task_id = make_task(client, folder)
    dataset = Dataset("d")
    dataset.add_samples(
        [Sample(filepath=str(folder / name)) for name in reversed(NAMES)], progress=False
    )
    report = import_annotations(dataset, None, None, task_id, label_types=["detections"], **there)
    assert report.notes == ()
    assert len(dataset) == 3
    by_name = {
        Path(sample.filepath).relative_to(folder).as_posix(): sample.detections.detections[0].label
        for sample in dataset
    }
    assert by_name == {"a/0.png": "cat", "b/0.png": "dog", "b/1.png": "dog"}
    assert "polylines" not in dataset.get_field_schema()


def test_what_is_not_sure_is_left_out_and_told(
    tmp_path: Path, folder: Path, client: CvatClient, there: There
) -> None:
    task_id = make_task(client, folder)
    dataset = Dataset("d")
    elsewhere = tmp_path / "elsewhere"
    paths = {name: str(elsewhere / name) for name in ("a/b/1.png", "c/b/1.png")}
    dataset.add_samples([Sample(filepath=path) for path in paths.values()], progress=False)
    report = dataset.import_annotations(task_ids=task_id, **there)
    assert report.changes == ()
    several, missing = report.notes
    assert "'b/1.png' can mean several images" in several
    assert "2 images are not here ('a/0.png', 'b/0.png'…)" in missing
    # A folder here, and no samples wanted.
    report = dataset.import_annotations(
        task_ids=task_id, data_path=folder, insert_new=False, **there
    )
    assert "3 images are no samples here" in report.notes[0]
    assert len(dataset) == 2


def test_a_project_and_types_with_fields_of_their_own(
    folder: Path, client: CvatClient, there: There
) -> None:
    attributes = [attribute("code"), attribute("age", "number", "0", "20", "1")]
    attributes.append(attribute("tame", "checkbox", "true", "false"))
    classes = [wire.NewLabel(name="cat", attributes=attributes), wire.NewLabel(name="dog")]
    project = client.create_project(f"Pets of {folder}", classes)
    for _ in range(2):
        make_task(client, folder, project.id)
    dataset = Dataset("d")
    dataset.import_annotations(
        project_name=project.name,
        data_path=folder,
        label_types={"detections": "boxes", "classifications": None},
        **there,
    )
    assert len(dataset) == 3
    assert [len(labels) for labels in labels_of(dataset, "boxes")] == [2, 2, 2]
    assert set(dataset.get_field_schema()) & {"detections", "classifications", "polylines"} == set()
    by_id = Dataset("e")
    by_id.import_annotations(project_id=project.id, data_path=folder, **there)
    assert [len(labels) for labels in labels_of(by_id, "detections")] == [2, 2, 2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "Give one of"),
        ({"task_ids": 1, "project_id": 1}, "Give one of"),
        ({"task_ids": 1, "download_media": True}, "needs data_path"),
        ({"task_ids": 1, "label_types": "prompt"}, "a library never does"),
        ({"task_ids": 99999}, "no task 99999"),
        ({"project_name": "nothing like it"}, "no project 'nothing like it'"),
    ],
)
def test_imports_that_mean_nothing(there: There, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(AnnotationError, match=words):
        Dataset("d").import_annotations(**arguments, **there)
