"""Several processes at once, and processes that are killed: nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.store.reading import add, read
from viewfinder.labels import Detection, Detections
from viewfinder.schema import FloatField, StringField
from viewfinder.store import Catalog, DatasetStore, Retention

PROGRAM = """
import sys
from pathlib import Path
from tests.store.reading import add, append, read
from viewfinder.labels import Detection, Detections
from viewfinder.schema import FloatField, IntField, StringField
from viewfinder.schema.columns import encode_column
from viewfinder.store import Catalog, DatasetStore, bulk, fold

def ack(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\\n")
    sys.stdout.flush()

def box(n):
    return Detections([Detection(label=str(n), bounding_box=[n, 0, 1, 1])])
"""


def start(body: str, *arguments: object) -> subprocess.Popen[str]:
    """A process of its own that runs `body`, with the root of the project as its folder."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + body, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def output(process: subprocess.Popen[str]) -> list[str]:
    """Waits for the process and gives its lines."""
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return out.splitlines()


def test_two_writers_lose_nothing_to_each_other(tmp_path: Path) -> None:
    path = tmp_path / "dataset"
    DatasetStore.create(path).close()
    body = """
store = DatasetStore.open(sys.argv[1])
for n in range(60):
    (seq,) = add(store, {"filepath": f"{sys.argv[2]}-{n}"})
    with store.transaction("save") as transaction:
        transaction.put("filepath", {seq: f"{sys.argv[2]}-{n}!"})
"""
    for process in [start(body, path, name) for name in ("a", "b")]:
        output(process)
    store = DatasetStore.open(path)
    found = sorted(row["filepath"] for row in read(store.snapshot()).values())
    assert found == sorted(f"{name}-{n}!" for name in "ab" for n in range(60))
    assert len(store.history()) == 1 + 2 * 2 * 60
    store.close()


def test_fields_that_two_processes_add_are_both_there(store: DatasetStore) -> None:
    body = """
store = DatasetStore.open(sys.argv[1])
for n in range(20):
    with store.transaction("grow") as transaction:
        transaction.grow_schema({f"{sys.argv[2]}{n}": FloatField()})
"""
    for process in [start(body, store.path, name) for name in ("one", "two")]:
        output(process)
    schema = store.snapshot().schema
    assert {f"{name}{n}" for name in ("one", "two") for n in range(20)} <= set(schema)


def test_edits_of_different_fields_of_a_sample_are_both_kept(store: DatasetStore) -> None:
    (seq,) = add(store, {"filepath": "1", "a": "", "b": ""})
    other = DatasetStore.open(store.path)
    with store.transaction("save") as transaction:
        transaction.put("a", {seq: "mine"})
    with other.transaction("save") as transaction:
        transaction.put("b", {seq: "theirs"})
    other.close()
    found = read(store.snapshot())[seq]
    assert (found["a"], found["b"]) == ("mine", "theirs")


def test_a_reader_sees_what_another_process_writes(store: DatasetStore) -> None:
    body = """
store = DatasetStore.open(sys.argv[1])
add(store, *({"filepath": str(n), "gt": box(n)} for n in range(400)))
with store.transaction("save") as transaction:
    transaction.put("gt", {3: []})
store.fold(force=True)
"""
    before = store.snapshot()
    output(start(body, store.path))
    assert before.count == 0
    found = read(store.snapshot())
    assert len(found) == 400
    assert found[3]["gt"] == []
    assert found[4]["gt"][0].label == "4"


def test_files_stay_while_another_process_reads_them(store: DatasetStore) -> None:
    store.retain(Retention(versions=1))
    add(store, *({"filepath": str(n)} for n in range(300)))
    body = """
store = DatasetStore.open(sys.argv[1])
snapshot = store.snapshot()
ack("holds")
sys.stdin.readline()
ack(snapshot.table("samples").take([7]).table["filepath"].to_pylist()[0])
"""
    reader = subprocess.Popen(
        [sys.executable, "-c", PROGRAM + body, str(store.path)],
        stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert reader.stdout is not None
    assert reader.stdout.readline() == "holds\n"
    with store.transaction("save") as transaction:
        transaction.put("filepath", {7: "new"})
    store.fold(force=True)
    assert len(list((store.path / "segments").iterdir())) == 2
    assert reader.communicate("go\n", timeout=60)[0] == "7\n"
    store.close()
    again = DatasetStore.open(store.path)
    again.fold(force=True)
    assert len(list((store.path / "segments").iterdir())) == 1
    assert again.snapshot().table("samples").take([7]).table["filepath"].to_pylist() == ["new"]
    again.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_opens_its_own_connections(store: DatasetStore) -> None:
    (seq,) = add(store, {"filepath": "1"})
    child = os.fork()
    if child == 0:
        try:
            with store.transaction("child") as transaction:
                transaction.put("filepath", {seq: "by the child"})
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    with store.transaction("parent") as transaction:
        transaction.put("tags", {seq: ["by the parent"]})
    found = read(store.snapshot())[seq]
    assert (found["filepath"], found["tags"]) == ("by the child", ["by the parent"])


KILLED = {
    "add": """
n = int(sys.argv[2])
ack("ready")
while True:
    size = 250 if n % 3 else 1
    add(store, *({"filepath": str(n), "gt": box(n)} for _ in range(size)))
    ack("add", n, size)
    n += 1
""",
    "save": """
n = int(sys.argv[2])
(seq,) = add(store, {"filepath": "saved", "gt": box(0), "n": 0})
ack("ready")
while True:
    n += 1
    with store.transaction("save") as transaction:
        transaction.put("gt", {seq: box(n).labels})
        transaction.put("n", {seq: n})
    ack("save", seq, n)
""",
    "fold": """
n = int(sys.argv[2])
seqs = add(store, *({"filepath": "folded", "gt": box(0), "n": 0} for _ in range(250)))
ack("ready")
while True:
    n += 1
    with store.transaction("save") as transaction:
        transaction.put("gt", {seqs[0]: box(n).labels})
        transaction.put("n", {seqs[0]: n})
    ack("save", seqs[0], n)
    if n % 4 == 0:
        store.fold(force=True)
    if n % 7 == 0:
        with store.transaction("bulk") as transaction:
            transaction.grow_schema({"x": FloatField()})
            count = transaction.snapshot.count
            transaction.set_column("x", None, encode_column(FloatField(), [n] * count, "x"))
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("work", KILLED)
def test_a_killed_writer_loses_nothing_that_was_acknowledged(work: str, tmp_path: Path) -> None:
    path = tmp_path / "dataset"
    DatasetStore.create(path).close()
    chance = random.Random(work)
    added: dict[str, int] = {}
    saved: dict[int, int] = {}
    acknowledged = 0
    body = "store = DatasetStore.open(sys.argv[1])\n" + KILLED[work]
    for turn in range(17):
        process = start(body, path, turn * 1_000_000)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.01, 0.35))
        process.send_signal(signal.SIGKILL)
        for line in process.stdout.read().splitlines(keepends=True):
            acknowledged += 1
            match line.split() if line.endswith("\n") else []:
                case ["add", name, size]:
                    added[name] = int(size)
                case ["save", place, number]:
                    saved[int(place)] = int(number)
        process.wait()
        process.stdout.close()
        store = DatasetStore.open(path)
        found = read(store.snapshot())
        by_path: dict[str, int] = {}
        for row in found.values():
            by_path[row["filepath"]] = by_path.get(row["filepath"], 0) + 1
        for name, count in added.items():
            assert by_path[name] == count
        assert set(by_path.values()) <= {1, 250, *range(1, 18)} | {250 * k for k in range(18)}
        for seq, last in saved.items():
            # At most the one after the last that was acknowledged may have been committed too.
            assert found[seq]["n"] in (last, last + 1)
            assert [label.label for label in found[seq]["gt"]] == [str(found[seq]["n"])]
        store.close()
    assert acknowledged >= 17
    files = {path.name for path in (path / "segments").iterdir()}
    store = DatasetStore.open(path)
    assert {file.file for file in store.snapshot().layout.files.values()} <= files
    store.close()


def test_temporary_datasets_go_with_their_process(home: Path) -> None:
    body = """
catalog = Catalog(Path(sys.argv[1]))
catalog.create("passing", persistent=False)
catalog.create("staying", persistent=True)
ack("made")
sys.stdin.readline()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM + body, str(home)],
        stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "made\n"
    assert Catalog(home).names() == ["passing", "staying"]
    process.kill()
    process.communicate()
    catalog = Catalog(home)
    assert catalog.names() == ["staying"]
    assert [p.name for p in (home / "datasets").iterdir()] == [catalog.get("staying").id]
    catalog.close()


def test_columns_of_two_processes_are_both_set(store: DatasetStore) -> None:
    add(store, *({"filepath": str(n), "gt": Detections([Detection()])} for n in range(210)))
    body = """
store = DatasetStore.open(sys.argv[1])
with store.transaction("set") as transaction:
    transaction.grow_schema({sys.argv[2]: StringField()})
    column = encode_column(StringField(), [sys.argv[2]] * 210, "")
    transaction.set_column(sys.argv[2], None, column)
"""
    for process in [start(body, store.path, name) for name in ("one", "two")]:
        output(process)
    assert {(row["one"], row["two"]) for row in read(store.snapshot()).values()} == {("one", "two")}
    assert isinstance(store.snapshot().schema["one"], StringField)
    assert not isinstance(store.snapshot().schema["one"], FloatField)
