from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

import viewfinder as vf

ROUNDS = 25

# A server process that has the package loaded and nothing open: children start in milliseconds.
workers = multiprocessing.get_context("forkserver")
workers.set_forkserver_preload(["viewfinder.facade"])

Work = Callable[[Connection], None]


def run(work: Work, home: Path, *, kill: random.Random | None = None) -> list[Any]:
    """What a child process told before it ended, or was killed at a moment that `kill` chooses."""
    count, secs = (kill.randrange(1, 8), kill.uniform(0, 0.02)) if kill else (0, 0.0)
    here, there = workers.Pipe(duplex=False)
    child = workers.Process(target=_in_home, args=(work, str(home), there))
    child.start()
    there.close()
    told: list[Any] = []
    deadline: float | None = None
    try:
        while True:
            if deadline is not None and here.poll(max(0.0, deadline - time.monotonic())) is False:
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)
                deadline = None
            told.append(here.recv())
            if len(told) == count:
                deadline = time.monotonic() + secs
    except EOFError:
        pass
    finally:
        child.join(30)
        here.close()
    if kill is None:
        assert child.exitcode == 0
    child.close()
    return told


def _in_home(work: Work, home: str, told: Connection) -> None:
    os.environ["VIEWFINDER_HOME"] = home
    work(told)


def label(text: str) -> vf.Detection:
    return vf.Detection(label=text, bounding_box=[0.1, 0.2, 0.3, 0.4], confidence=0.5)


def add_without_end(told: Connection) -> None:
    dataset = vf.load_dataset("killed")
    told.send("begin")
    while True:
        size = random.choice((1, 3, 40, 400))
        batch = [
            vf.Sample(filepath=f"/{n}.jpg", things=vf.Detections([label("a"), label("b")]))
            for n in range(size)
        ]
        told.send(dataset.add_samples(batch, progress=False))


def save_without_end(told: Connection) -> None:
    dataset = vf.load_dataset("killed")
    samples = list(dataset)
    told.send("begin")
    count = 0
    while True:
        sample = random.choice(samples)
        count += 1
        if count % 3:
            sample["number"] = count
        else:
            sample.things.detections[0].label = str(count)
        sample.save()
        told.send((sample.id, count, sample.number, sample.things.detections[0].label))


def append_to_shared(told: Connection) -> None:
    dataset = vf.load_dataset("shared")
    for n in range(20):
        sample = vf.Sample(filepath=f"/{os.getpid()}-{n}.jpg")
        sample[f"f{os.getpid()}"] = n
        dataset.add_sample(sample)
    told.send(os.getpid())


def change_one_field(told: Connection) -> None:
    sample = vf.load_dataset("shared").first()
    sample.score = 7.0
    sample["mine"] = "child"
    sample.save()
    told.send(sample.id)


def make_temporary(told: Connection) -> None:
    dataset = vf.Dataset()
    dataset.add_sample(vf.Sample(filepath="/a.jpg"))
    told.send((dataset.name, vf.list_datasets()))


def test_no_acknowledged_sample_is_lost_when_the_process_is_killed(home: Path) -> None:
    vf.Dataset("killed").add_sample_field(
        "things", vf.EmbeddedDocumentField, embedded_doc_type=vf.Detections
    )
    added: list[str] = []
    dataset = vf.load_dataset("killed")
    for number in range(ROUNDS):
        told = run(add_without_end, home, kill=random.Random(number))
        added += [identifier for ids in told[1:] for identifier in ids]
        del dataset  # so that the next line opens the folder anew
        dataset = vf.load_dataset("killed")
        ids = dataset.values("id")
        assert len(ids) == len(set(ids)) == len(dataset)
        assert set(added) <= set(ids)
        assert dataset.count("things.detections") == 2 * len(dataset)
    assert len(added) > ROUNDS
    assert [len(sample.things.detections) for sample in dataset] == [2] * len(dataset)


def test_no_acknowledged_save_is_lost_when_the_process_is_killed(home: Path) -> None:
    dataset = vf.Dataset("killed")
    dataset.add_samples(
        [
            vf.Sample(filepath=f"/{n}.jpg", number=0, things=vf.Detections([label("x")]))
            for n in range(20)
        ],
        progress=False,
    )
    saves = 0
    for number in range(ROUNDS):
        told = run(save_without_end, home, kill=random.Random(number))[1:]
        saves += len(told)
        newest = {identifier: rest for identifier, *rest in told}
        unacknowledged = told[-1][1] + 1 if told else 1
        for sample in dataset.view():
            if sample.id in newest:
                _, saved_number, saved_label = newest[sample.id]
                found = (sample.number, sample.things.detections[0].label)
                # The save after the last that was told may have come through, too.
                assert found[0] in (saved_number, unacknowledged)
                assert found[1] in (saved_label, str(unacknowledged))
        assert len(dataset) == dataset.count("things.detections") == 20
    assert saves > ROUNDS


def test_two_processes_write_and_both_are_heard(home: Path) -> None:
    dataset = vf.Dataset("shared")
    dataset.add_sample(vf.Sample(filepath="/a.jpg", score=1.0))
    pids = [run(append_to_shared, home)[0] for _ in range(2)]
    assert len(dataset) == 41
    for pid in pids:
        assert dataset.count(f"f{pid}") == 20


def test_two_processes_change_two_fields_of_one_sample(home: Path) -> None:
    dataset = vf.Dataset("shared")
    dataset.add_sample(vf.Sample(filepath="/a.jpg", score=1.0))
    sample = dataset.first()
    assert sample.score == 1.0
    run(change_one_field, home)
    sample.tags = ["parent"]
    sample.save()
    assert dataset.values(["score", "mine", "tags"]) == [[7.0], ["child"], [["parent"]]]
    sample.reload()
    assert (sample.score, sample.mine) == (7.0, "child")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_goes_on_with_the_dataset(home: Path) -> None:
    dataset = vf.Dataset("forked")
    dataset.add_samples([vf.Sample(filepath=f"/{n}.jpg", number=n) for n in range(10)])
    view = dataset.match(vf.F("number") > 4)
    assert len(view) == 5  # the engine runs
    child = os.fork()
    if child == 0:
        found = view.values("number")
        dataset.add_sample(vf.Sample(filepath="/10.jpg", number=10))
        os._exit(0 if found == [5, 6, 7, 8, 9] and len(view) == 6 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert view.values("number") == [5, 6, 7, 8, 9, 10]


def test_a_temporary_dataset_goes_with_its_process(home: Path) -> None:
    vf.Dataset("kept")
    name, seen = run(make_temporary, home)[0]
    assert seen == sorted([name, "kept"])
    code = "import viewfinder as vf; print(vf.list_datasets())"
    assert _printed(code, home) == "['kept']"


@pytest.mark.parametrize("name", ["Dataset", "load_dataset"])
def test_a_name_is_fetched_when_it_is_first_used(name: str, home: Path) -> None:
    code = (
        f"import sys, viewfinder; before = 'numpy' in sys.modules; viewfinder.{name}; print(before)"
    )
    assert _printed(code, home) == "False"


def _printed(code: str, home: Path) -> str:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "VIEWFINDER_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()
