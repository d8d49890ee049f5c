from __future__ import annotations

import random
import time
import webbrowser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.annotate.helpers import Child, annotator, bits, labels_of, make_dataset
from viewfinder.annotate.back import run
from viewfinder.annotate.out.facts import local_labels
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.errors import (
    AnnotationError,
    AnnotationRunExistsError,
    ServerFailedError,
    ServerUnreachableError,
)
from viewfinder.labels import Detection, Detections
from viewfinder.labelserver import embedded

There = dict[str, Any]


def boxes(count: int = 2) -> Detections:
    return Detections([Detection("cat", [0.1, 0.1, 0.2, 0.2], note=f"n{n}") for n in range(count)])


def client(there: There) -> CvatClient:
    who = Credentials(username=there["username"], password=there["password"])
    return CvatClient.connect(there["url"], credentials=who)


def test_killed_between_sending_and_loading(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, {"gt": boxes()})
    before = bits(labels_of(dataset, "gt"))
    child = Child("send", there)
    child.go()
    child.expect("done")
    child.kill()
    first, second = dataset.load_annotation_results("k", **there).task_ids
    assert dataset.load_annotations("k", **there).unchanged == 4
    assert bits(labels_of(dataset, "gt")) == before
    with annotator(there, second) as person:
        person.delete(*person.shapes())
    dataset.load_annotations("k", **there)
    assert [len(labels) for labels in labels_of(dataset, "gt")] == [2, 0]
    assert first < second


def test_killed_while_sending(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, *[{"gt": boxes()}] * 8)
    before = bits(labels_of(dataset, "gt"))
    child = Child("send", there)
    child.go()
    while not (
        dataset.has_annotation_run("k") and dataset.load_annotation_results("k", **there).task_ids
    ):
        time.sleep(0.02)
    child.kill()
    results = dataset.load_annotation_results("k", **there)
    assert results.config.state == "sending"
    task_ids = results.task_ids
    assert 1 <= len(task_ids) < 8
    with pytest.raises(AnnotationRunExistsError, match="cleanup"):
        dataset.annotate("k", label_field="gt", **there)
    with pytest.raises(AnnotationError, match="not sent as a whole"):
        dataset.load_annotations("k", **there)
    # As if the cut had come right after one more task was made.
    with client(there) as other:
        name = results.config.options.task_name
        assert name is not None
        orphan = other.create_task(f"{name}_{len(task_ids) + 1}", [wire.NewLabel(name="cat")])
        assert results.cleanup() == len(task_ids) + 1
        assert [other.task(task_id) for task_id in (*task_ids, orphan.id)] == [None] * (
            len(task_ids) + 1
        )
    dataset.delete_annotation_run("k")
    assert bits(labels_of(dataset, "gt")) == before
    dataset.annotate("k", label_field="gt", **there)
    assert dataset.load_annotations("k", **there).unchanged == 16


@pytest.mark.slow
def test_killed_while_loading_at_any_moment(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, *[{"gt": boxes(3)}] * 4)
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    generator = random.Random(51)
    outcomes = set()
    with client(there) as person:
        for number in range(6):
            child = Child("load", there)
            data = person.annotations("tasks", task_id)
            for shape in data.shapes:
                shape.points = [float(number), 1.0, 20.0, 20.0]
            new = data.shapes[0].label_id
            person.patch_annotations("tasks", task_id, data, action="update")
            added = wire.LabeledData(
                shapes=[wire.Shape(type="rectangle", frame=0, label_id=new, points=[1, 1, 2, 3])]
            )
            person.patch_annotations("tasks", task_id, added, action="create")
            child.go()
            time.sleep(generator.uniform(0, 0.25))
            child.kill()
            states = {
                round(label.bounding_box[0] * width)
                for labels, width in zip(labels_of(dataset, "gt"), (61, 200, 40, 61), strict=True)
                for label in labels[:3]
                if label.bounding_box[0] != 0.1
            }
            assert len(states) <= 1, "some labels were loaded, and some not"
            outcomes.add(states == {number})
            dataset.load_annotations("k", **there)
            counts = [len(labels) for labels in labels_of(dataset, "gt")]
            assert counts == [3 + number + 1, 3, 3, 3]
            assert dataset.load_annotations("k", **there).changes == ()
    assert outcomes <= {True, False}


@pytest.mark.slow
def test_killed_while_taking_back_at_any_moment(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, *[{"gt": boxes(3)}] * 4)
    before = bits(labels_of(dataset, "gt"))
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    with client(there) as person:
        data = person.annotations("tasks", task_id)
        for shape in data.shapes:
            shape.points = [1.0, 1.0, 20.0, 20.0]
        person.patch_annotations("tasks", task_id, data, action="update")
    generator = random.Random(51)
    outcomes = set()
    for _ in range(6):
        dataset.load_annotations("k", **there)
        loaded = bits(labels_of(dataset, "gt"))
        assert loaded != before
        child = Child("undo", there)
        child.go()
        time.sleep(generator.uniform(0, 0.1))
        child.kill()
        found = bits(labels_of(dataset, "gt"))
        assert found in (before, loaded), "some labels were taken back, and some not"
        outcomes.add(found == before)
        if found == loaded:
            dataset.undo_annotations("k")
        assert bits(labels_of(dataset, "gt")) == before
    assert outcomes <= {True, False}


def test_an_image_that_only_the_server_finds_broken(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()})
    path = Path(dataset.first().filepath)
    Image.effect_noise((200, 100), 80).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ServerFailedError, match="read the uploaded media"):
        dataset.annotate("k", label_field="gt", **there)
    results = dataset.load_annotation_results("k", **there)
    assert results.config.state == "failed"
    assert results.cleanup() == 1
    dataset.delete_annotation_run("k")


def test_a_server_that_went_away_changes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "server"
    endpoint = embedded.ensure_running(place, timeout_secs=60)
    there: dict[str, Any] = {
        "url": endpoint.url,
        "username": endpoint.username,
        "password": endpoint.password,
    }
    dataset = make_dataset(tmp_path, {"gt": boxes()})
    dataset.annotate("k", label_field="gt", **there)
    embedded.stop(place)
    before = bits(labels_of(dataset, "gt"))
    with pytest.raises(ServerUnreachableError, match="nothing was changed here"):
        dataset.load_annotations("k", **there)
    assert bits(labels_of(dataset, "gt")) == before
    assert dataset.list_annotation_runs(state="sent") == ["k"]


def test_somebody_edits_while_annotations_are_loaded(
    tmp_path: Path, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()})
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    with annotator(there, task_id) as person:
        for shape in person.shapes():
            person.set_text(shape, "cat", "note", "theirs")
    reads = []

    def read_then_edit(*arguments: Any) -> Any:
        found = local_labels(*arguments)
        reads.append(found[1])
        if len(reads) == 1:
            sample = dataset.first()
            sample.gt.detections[0].note = "mine"
            sample.save()
        return found

    monkeypatch.setattr(run, "local_labels", read_then_edit)
    report = dataset.load_annotations("k", **there)
    assert len(reads) == 2
    assert [change.outcome for change in report.changes] == ["edited", "conflict"]
    assert [label.note for label in labels_of(dataset, "gt")[0]] == ["mine", "theirs"]


def test_nothing_configured(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url, **_: opened.append(url))
    dataset = make_dataset(tmp_path, {"gt": boxes()})
    try:
        results = dataset.annotate("k", label_field="gt", launch_editor=True)
        endpoint = embedded.find_running(home)
        assert endpoint is not None
        assert results.url == endpoint.url
        (url,) = opened
        assert url.startswith(endpoint.url)
        assert endpoint.password not in url
        assert dataset.get_annotation_info("k").config.backend == "embedded"
        # The server may have another address by the time of the load.
        embedded.stop(home)
        assert dataset.load_annotations("k").unchanged == 2
        assert results.cleanup() == 1
    finally:
        embedded.stop(home)
