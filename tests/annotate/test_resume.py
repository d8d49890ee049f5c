from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.annotate.helpers import Child, annotator, bits, labels_of, make_dataset
from viewfinder.annotate import runs
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.transport import Call, Transport
from viewfinder.errors import AnnotationError, ServerError, ServerFailedError
from viewfinder.facade.datasets import load_dataset
from viewfinder.labels import Classification, Detection, Detections
from viewfinder.labelserver import embedded
from viewfinder.labelserver.processes import labelserver_dir, read_server_file

There = dict[str, Any]


GO_ON = """
import sys
from viewfinder.cvat.transport import Transport
from viewfinder.facade.datasets import load_dataset
real = Transport.answer
def answer(transport, call, **options):
    if call.method == "PATCH" and "/data/" in call.path:
        print("chunk")
    return real(transport, call, **options)
Transport.answer = answer
name, url, username, password = sys.argv[1:]
load_dataset(name).annotate("k", resume=True, url=url, username=username, password=password)
"""
"""Goes on with a run, and says so for each piece of a file that it sends."""


class CutError(Exception):
    """The moment at which a test pulls the plug."""


def boxes(count: int = 3) -> Detections:
    return Detections([Detection("cat", [0.1, 0.1, 0.2, 0.2], note=f"n{n}") for n in range(count)])


def on_server(there: There, name: str) -> dict[str, int]:
    """The tasks of a run with the number of things drawn in each."""
    who = Credentials(username=there["username"], password=there["password"])
    with CvatClient.connect(there["url"], credentials=who) as client:
        tasks = [task for task in client.tasks() if task.name.startswith(name)]
        found = {task.id: client.annotations("tasks", task.id) for task in tasks}
        drawn = {t.name: len(found[t.id].shapes) + len(found[t.id].tags) for t in tasks}
        assert len(drawn) == len(tasks)
        return drawn


@pytest.mark.parametrize("moment", [0.02, 0.1, 0.25, 0.5, 0.8])
def test_the_sender_is_killed_and_goes_on(tmp_path: Path, there: There, moment: float) -> None:
    name = f"killed{int(moment * 100)}"
    dataset = make_dataset(tmp_path, *[{"gt": boxes()}] * 8, name=name)
    before = bits(labels_of(dataset, "gt"))
    child = Child("send", there, name)
    child.go()
    while not dataset.has_annotation_run("k"):
        time.sleep(0.005)
    time.sleep(moment)
    child.kill()
    assert dataset.get_annotation_info("k").config.state in {"sending", "sent"}

    results = dataset.annotate("k", label_field="gt", resume=True, **there)
    assert results.config.state == "sent"
    expected = {f"Viewfinder {name} k_{number}": 3 for number in range(1, 9)}
    assert on_server(there, f"Viewfinder {name} ") == expected
    report = dataset.load_annotations("k", **there)
    assert (report.unchanged, report.changes) == (24, ())
    assert bits(labels_of(dataset, "gt")) == before
    # Once more changes nothing: the run is whole.
    again = dataset.annotate("k", label_field="gt", resume=True, **there)
    assert again.task_ids == results.task_ids
    results.cleanup()


@pytest.mark.parametrize(
    ("method", "after"),
    [
        ("create_task", False),
        ("create_task", True),
        ("upload_images", False),
        ("upload_images", True),
        ("put_annotations", False),
        ("put_annotations", True),
        ("annotations", False),
        ("jobs", True),
    ],
)
def test_cut_at_every_step_of_a_task(
    tmp_path: Path, there: There, method: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"cut_{method}_{after}".lower()
    fields = {"gt": boxes(), "scene": Classification("street")}
    dataset = make_dataset(tmp_path, fields, fields, name=name)
    before = bits([labels_of(dataset, "gt"), labels_of(dataset, "scene")])
    real = getattr(CvatClient, method)

    def cut(*arguments: Any, **options: Any) -> Any:
        if after:
            real(*arguments, **options)
        raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(CvatClient, method, cut)
        with pytest.raises(CutError):
            dataset.annotate("k", ["gt", "scene"], **there)
    dataset.annotate("k", ["gt", "scene"], resume=True, **there)
    assert on_server(there, f"Viewfinder {name} ") == {f"Viewfinder {name} k": 8}
    report = dataset.load_annotations("k", **there)
    assert (report.unchanged, report.changes) == (8, ())
    assert bits([labels_of(dataset, "gt"), labels_of(dataset, "scene")]) == before


def test_a_large_file_that_has_arrived_is_not_sent_by_the_next_process(
    tmp_path: Path, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make_dataset(tmp_path, *[{"gt": boxes()}] * 3, name="large")
    for sample in list(dataset)[:2]:
        noise = np.random.default_rng(51).integers(0, 256, (1400, 1400, 3), np.uint8)
        Image.fromarray(noise).save(sample.filepath)
    sent: list[str] = []
    real = Transport.answer

    def answer(transport: Transport, call: Call, **options: Any) -> Any:
        if call.method == "PATCH":
            if sent:
                raise CutError
            sent.append(call.path)
        return real(transport, call, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Transport, "answer", answer)
        with pytest.raises(CutError):
            dataset.annotate("k", label_field="gt", **there)
    history = [entry.reason for entry in dataset.history()]
    assert not [reason for reason in history if "upload" in reason]
    # Another process knows no more than what is in the folder of the dataset.
    arguments = [sys.executable, "-c", GO_ON, "large", *there.values()]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["chunk"]
    assert on_server(there, "Viewfinder large ") == {"Viewfinder large k": 9}
    parts = runs.part_names(dataset, "k")
    assert not [name for name in parts if name.startswith("upload-")]
    assert dataset.load_annotations("k", **there).unchanged == 9


def test_an_image_that_was_mended_is_sent_when_the_run_goes_on(
    tmp_path: Path, there: There
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, {"gt": boxes()}, name="mended")
    path = Path(dataset.first().filepath)
    whole = path.read_bytes()
    Image.effect_noise((200, 100), 80).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ServerFailedError, match="read the uploaded media"):
        dataset.annotate("k", label_field="gt", **there)
    path.write_bytes(whole)
    dataset.annotate("k", resume=True, **there)
    assert on_server(there, "Viewfinder mended ") == {"Viewfinder mended k": 6}
    assert dataset.load_annotations("k", **there).unchanged == 6


def test_work_that_was_done_before_the_run_went_on_is_kept(
    tmp_path: Path, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, name="early")
    with monkeypatch.context() as patch:
        patch.setattr(CvatClient, "jobs", lambda *_: (_ for _ in ()).throw(CutError))
        with pytest.raises(CutError):
            dataset.annotate("k", label_field="gt", **there)
    who = Credentials(username=there["username"], password=there["password"])
    with CvatClient.connect(there["url"], credentials=who) as client:
        (task,) = client.find_tasks("Viewfinder early k")
    if not task.size:
        pytest.fail("the images had arrived before the cut")
    dataset.annotate("k", resume=True, **there)
    with annotator(there, task.id) as person:
        moved, removed, _ = person.shapes()
        person.change(moved, lambda shape: shape["points"].__setitem__(2, 30.5))
        person.delete(removed)
    report = dataset.load_annotations("k", **there)
    assert (report.counts["edited"], report.counts["deleted"], report.unchanged) == (1, 1, 1)


def test_what_annotators_did_in_a_task_that_was_cut_is_found_by_the_load(
    tmp_path: Path, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, name="worked")
    real = CvatClient.put_annotations

    def cut(*arguments: Any, **options: Any) -> Any:
        real(*arguments, **options)
        raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(CvatClient, "put_annotations", cut)
        with pytest.raises(CutError):
            dataset.annotate("k", label_field="gt", **there)
    (task_id,) = dataset.load_annotation_results("k", **there).task_ids
    with annotator(there, task_id) as person:
        moved, noted, _ = person.shapes()
        person.change(moved, lambda shape: shape["points"].__setitem__(2, 30.5))
        person.set_text(noted, "cat", "note", "better")
        person.draw("rectangle", "cat", [1, 1, 9, 9])
    dataset.annotate("k", resume=True, **there)
    assert on_server(there, "Viewfinder worked ") == {"Viewfinder worked k": 4}
    report = dataset.load_annotations("k", **there)
    assert (report.counts["edited"], report.counts["added"], report.unchanged) == (2, 1, 1)
    assert [label.get("note") for label in labels_of(dataset, "gt")[0]] == [
        "n0",
        "better",
        "n2",
        None,
    ]


def test_a_task_that_was_deleted_in_the_meantime_is_made_again(
    tmp_path: Path, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, name="gone")
    with monkeypatch.context() as patch:
        patch.setattr(CvatClient, "labels", lambda *_, **__: (_ for _ in ()).throw(CutError))
        with pytest.raises(CutError):
            dataset.annotate("k", label_field="gt", **there)
    (task_id,) = dataset.load_annotation_results("k", **there).task_ids
    who = Credentials(username=there["username"], password=there["password"])
    with CvatClient.connect(there["url"], credentials=who) as client:
        assert client.delete_task(task_id)
    results = dataset.annotate("k", resume=True, **there)
    assert len(results.task_ids) == 1
    assert results.task_ids != [task_id]
    assert dataset.load_annotations("k", **there).unchanged == 3


@pytest.mark.parametrize(("method", "arrived"), [("upload_images", False), ("labels", True)])
def test_a_sample_that_was_deleted_before_the_run_went_on(
    tmp_path: Path, there: There, monkeypatch: pytest.MonkeyPatch, method: str, arrived: bool
) -> None:
    dataset = make_dataset(tmp_path, *[{"gt": boxes()}] * 3, name=f"deleted_{method}")
    with monkeypatch.context() as patch:
        patch.setattr(CvatClient, method, lambda *_, **__: (_ for _ in ()).throw(CutError))
        with pytest.raises(CutError):
            dataset.annotate("k", label_field="gt", **there)
    dataset.delete_samples([list(dataset)[1]])
    results = dataset.annotate("k", resume=True, **there)
    (task,) = runs.read_tasks(dataset, "k")
    assert len(task.frames) == (3 if arrived else 2)
    name = f"Viewfinder deleted_{method} "
    assert on_server(there, name) == {f"{name}k": 6}
    assert results.config.notes == [
        (
            "1 of 3 samples were deleted before all was sent; where their media had not "
            "arrived, they were left out."
        )
    ]
    report = dataset.load_annotations("k", **there)
    assert (report.changes, report.unchanged) == ((), 6)
    results.cleanup()


def test_the_server_is_killed_while_a_run_is_sent(tmp_path: Path, home: Path) -> None:
    dataset = make_dataset(tmp_path, *[{"gt": boxes()}] * 6, name="served")
    embedded.ensure_running(home, timeout_secs=60)
    found = read_server_file(labelserver_dir(home))
    assert found is not None
    seen = 0

    def kill_at_the_third(done: int, total: int | None) -> None:
        nonlocal seen
        seen += 1
        if seen == 3:
            os.kill(found.pid, signal.SIGKILL)

    try:
        with pytest.raises(ServerError):
            dataset.annotate("k", label_field="gt", task_size=1, progress=kill_at_the_third)
        assert dataset.list_annotation_runs(state="failed") == ["k"]
        results = dataset.annotate("k", resume=True)
        assert len(results.task_ids) == 6
        assert dataset.load_annotations("k").unchanged == 18
        endpoint = embedded.ensure_running(home)
        there = {"url": endpoint.url, "username": endpoint.username, "password": endpoint.password}
        assert set(on_server(there, "Viewfinder served ").values()) == {3}
    finally:
        embedded.stop(home)


def test_two_processes_do_not_send_the_same_run(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, *[{"gt": boxes()}] * 8, name="both")
    child = Child("send", there, "both")
    child.go()
    while not (
        dataset.has_annotation_run("k") and dataset.load_annotation_results("k", **there).task_ids
    ):
        time.sleep(0.005)
    with pytest.raises(AnnotationError, match="by another process"):
        dataset.annotate("k", resume=True, **there)
    child.expect("done")
    child.kill()
    assert len(load_dataset("both").annotate("k", resume=True, **there).task_ids) == 8


def test_resume_begins_what_was_never_begun(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, name="fresh")
    results = dataset.annotate("k", label_field="gt", resume=True, **there)
    assert results.config.state == "sent"
    results.cleanup()
    with pytest.raises(AnnotationError, match="cleaned up"):
        dataset.annotate("k", label_field="gt", resume=True, **there)
