"""Older versions are read, compared and restored, whatever was done since."""

from __future__ import annotations

import copy
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.store.reading import add, read
from tests.store.test_frame_space import ids
from tests.store.test_programs import Model, operations, picks
from viewfinder.errors import StoreDamagedError, StoreError, VersionNotFoundError
from viewfinder.labels import Classification, Detection, Detections
from viewfinder.schema import VIDEO_OF_FRAME, FloatField, IntField
from viewfinder.store import DatasetStore, Difference, Retention, Snapshot, difference

OWN = ("id", "metadata", "created_at", "last_modified_at")
PLAIN = ("filepath", "tags", "score")
"""The fields of the programs that hold no labels; all others do."""


class Past(Model):
    """A dataset as a dict that is copied after each operation."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.frames: dict[int, dict[str, Any]] = {}
        self.info: dict[str, Any] = {}
        self.kept: dict[int, tuple[Any, ...]] = {}
        self.keep()

    def run(self, operation: tuple[Any, ...]) -> None:
        super().run(operation)
        self.frames = {f: row for f, row in self.frames.items() if row["video"] in self.rows}
        self.keep()

    def keep(self) -> None:
        snapshot = self.store.snapshot()
        rows = self.expected(snapshot.schema)
        state = (self.rows, self.frames, self.info, rows)
        self.kept[snapshot.version] = copy.deepcopy(state)

    def do_restore(self, which: int) -> None:
        versions = sorted(self.kept)
        version = versions[which % len(versions)]
        self.store.restore(version)
        self.rows, self.frames, self.info, _ = copy.deepcopy(self.kept[version])

    def do_retain(self, versions: int) -> None:
        self.store.retain(Retention(versions=versions))
        first = self.store.history()[0].number
        self.kept = {n: state for n, state in self.kept.items() if n >= first}
        self.store.retain(Retention())

    def do_rename(self) -> None:
        with self.store.transaction("rename") as transaction:
            if "gt" not in transaction.schema or "other" in transaction.schema:
                return
            transaction.rename_field("gt", "other")
        for row in self.rows.values():
            row["other"] = row.pop("gt", None)

    def do_info(self, value: int) -> None:
        with self.store.transaction("info") as transaction:
            transaction.set_info("classes", [value])
        self.info["classes"] = [value]

    def do_frames(self, which: list[int], value: int) -> None:
        videos = self.picked(which)
        with self.store.transaction("frames") as transaction:
            if not videos:
                return
            transaction.has_frames()
            transaction.frames.grow_schema({"n": IntField()})
            table = pa.table(
                {
                    "id": ids(len(videos)),
                    "frame_number": pa.array([value] * len(videos), pa.int64()),
                    VIDEO_OF_FRAME: pa.array(videos, pa.int64()),
                    "n": pa.array([value] * len(videos), pa.int64()),
                }
            )
            seqs = transaction.frames.append(table, {}).tolist()
        for seq, video in zip(seqs, videos, strict=True):
            self.frames[seq] = {"video": video, "n": value}

    def do_put_frames(self, which: list[int], value: int) -> None:
        seqs = sorted(self.frames)
        chosen = sorted({seqs[at % len(seqs)] for at in which}) if seqs else []
        with self.store.transaction("frames") as transaction:
            if chosen:
                transaction.frames.put("n", dict.fromkeys(chosen, value))
        for seq in chosen:
            self.frames[seq]["n"] = value

    def check(self, version: int, snapshot: Snapshot) -> None:
        _, frames, info, rows = self.kept[version]
        found = {
            seq: {name: value for name, value in row.items() if name not in OWN}
            for seq, row in read(snapshot).items()
        }
        assert found == rows
        assert dict(snapshot.info) == info
        assert _frames_in(snapshot) == frames

    def expected_difference(self, before: int, after: int) -> dict[str, Any]:
        """What :func:`difference` should tell, with numbers in the place of ids."""
        (_, _, info, old), (_, _, new_info, new) = self.kept[before], self.kept[after]
        values: dict[str, set[int]] = {}
        labels: dict[str, list[set[tuple[int, str]]]] = {}
        for seq in old.keys() & new.keys():
            for name in old[seq].keys() | new[seq].keys():
                was, now = old[seq].get(name), new[seq].get(name)
                if name in PLAIN:
                    told = was != now
                else:
                    first = {label.id: label for label in was or []}
                    second = {label.id: label for label in now or []}
                    parts = [
                        second.keys() - first.keys(),
                        first.keys() - second.keys(),
                        {key for key in first.keys() & second.keys() if first[key] != second[key]},
                    ]
                    of_field = labels.setdefault(name, [set(), set(), set()])
                    for part, found in zip(of_field, parts, strict=True):
                        part.update((seq, key) for key in found)
                    told = not any(parts) and (was is None) != (now is None)
                if told:
                    values.setdefault(name, set()).add(seq)
        return {
            "added": new.keys() - old.keys(),
            "removed": old.keys() - new.keys(),
            "values": values,
            "labels": {name: parts for name, parts in labels.items() if any(parts)},
            "info": info != new_info,
        }

    def found_difference(self, before: Snapshot, after: Snapshot) -> dict[str, Any]:
        told = difference(before, after)
        number = {row["id"]: seq for s in (before, after) for seq, row in read(s).items()}
        return {
            "added": {number[each] for each in told.added},
            "removed": {number[each] for each in told.removed},
            "values": {name: {number[each] for each in told.values[name]} for name in told.values},
            "labels": {
                name: [
                    {(number[sample], label) for sample, label in part}
                    for part in (labels.added, labels.removed, labels.changed)
                ]
                for name, labels in told.labels.items()
            },
            "info": bool(told.info),
        }


def _frames_in(snapshot: Snapshot) -> dict[int, dict[str, Any]]:
    frames = snapshot.frames
    if "n" not in frames.schema:
        return {}
    table = frames.table("samples").take(frames.seqs).table
    return {
        row["seq"]: {"video": row[VIDEO_OF_FRAME], "n": row["n"]}
        for row in table.select(["seq", VIDEO_OF_FRAME, "n"]).to_pylist()
    }


more = st.one_of(
    operations,
    st.tuples(st.just("restore"), st.integers(0, 30)),
    st.tuples(st.just("restore"), st.integers(0, 30)),
    st.tuples(st.just("retain"), st.integers(1, 5)),
    st.tuples(st.just("rename")),
    st.tuples(st.just("info"), st.integers(0, 3)),
    st.tuples(st.just("frames"), picks, st.integers(1, 3)),
    st.tuples(st.just("put_frames"), picks, st.integers(1, 3)),
)


@pytest.mark.usefixtures("small_groups")
@settings(max_examples=80, report_multiple_bugs=False)
@example(program=[("add", [{"filepath": "", "tags": []}]), ("set_labels", [0], None)], pair=(0, 2))
@given(program=st.lists(more, max_size=14), pair=st.tuples(st.integers(0, 30), st.integers(0, 30)))
def test_every_version_is_read_compared_and_restored(
    program: list[tuple[Any, ...]],
    pair: tuple[int, int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    model = Past(tmp_path_factory.mktemp("past") / "dataset")
    try:
        for operation in program:
            model.run(operation)
            now = model.store.snapshot()
            model.check(now.version, now)
        for version in model.kept:
            model.check(version, model.store.snapshot_at(version))
        versions = sorted(model.kept)
        before, after = (versions[at % len(versions)] for at in pair)
        snapshots = [model.store.snapshot_at(version) for version in (before, after)]
        found = model.found_difference(snapshots[0], snapshots[1])
        assert found == model.expected_difference(before, after)
        assert not difference(snapshots[0], snapshots[0])
        for version in model.kept:
            model.store.restore(version)
            model.check(version, model.store.snapshot())
    finally:
        model.store.close()


def scores(snapshot: Snapshot) -> dict[int, Any]:
    return {seq: row["score"] for seq, row in read(snapshot).items()}


def put(store: DatasetStore, values: dict[int, float | None]) -> int:
    with store.transaction("save") as transaction:
        transaction.grow_schema({"score": FloatField()})
        transaction.put("score", values)
    return store.snapshot().version


def test_edits_that_were_overwritten_come_back(store: DatasetStore) -> None:
    one, two = add(store, {"filepath": "1"}, {"filepath": "2"})
    versions = [put(store, {one: float(n), two: -float(n)}) for n in range(5)]
    for n, version in enumerate(versions):
        assert scores(store.snapshot_at(version)) == {one: float(n), two: -float(n)}
    store.fold(force=True)
    assert scores(store.snapshot_at(versions[1])) == {one: 1.0, two: -1.0}
    restored = store.restore(versions[1])
    assert scores(store.snapshot()) == {one: 1.0, two: -1.0}
    assert store.history()[-1].reason == f"restore({versions[1]})"
    # A restore is a version like any other, and so is what was before it.
    store.restore(versions[4])
    assert scores(store.snapshot()) == {one: 4.0, two: -4.0}
    assert scores(store.snapshot_at(restored)) == {one: 1.0, two: -1.0}


def test_a_difference_can_be_printed(store: DatasetStore) -> None:
    first = Detection(label="cat", bounding_box=[0, 0, 1, 1])
    second = Detection(label="dog", bounding_box=[0, 0, 1, 1])
    gt = Detections([first, second])
    one, two = add(store, {"filepath": "1", "gt": gt}, {"filepath": "2", "gt": gt.copy()})
    before = store.snapshot()
    changed = first.copy()
    changed.label = "lynx"
    with store.transaction("work") as transaction:
        transaction.grow_schema({"score": FloatField()})
        transaction.put("gt", {one: [changed]})
        transaction.put("score", {one: 1.0})
        transaction.delete([two])
        transaction.set_info("classes", ["cat"])
    add(store, {"filepath": "3"})
    found = difference(before, store.snapshot())
    sample = read(before)[one]["id"]
    assert found.removed == (read(before)[two]["id"],)
    assert found.labels["gt"].changed == ((sample, first.id),)
    assert found.labels["gt"].removed == ((sample, second.id),)
    assert found.values == {"score": (sample,)}
    assert str(found).splitlines() == [
        f"Version {before.version} → {store.snapshot().version}",
        "    samples: 1 added, 1 removed",
        "    field score: added (FloatField)",
        "    score: differs in 1 samples",
        "    gt: 0 labels added, 1 removed, 1 changed",
        "    info: classes",
    ]
    assert str(Difference(1, 1)).splitlines() == ["Version 1 → 1", "    nothing differs"]


def test_only_what_may_differ_is_compared(
    store: DatasetStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    seqs = add(store, *({"filepath": str(n), "x": n} for n in range(300)))
    before = store.snapshot()
    put(store, {seqs[7]: 1.0})
    looked: list[int] = []
    module = sys.modules[Difference.__module__]
    whole = vars(module)["equal_places"]

    def noting(one: pa.Array, other: pa.Array) -> Any:
        looked.append(len(one))
        return whole(one, other)

    monkeypatch.setattr(module, "equal_places", noting)
    found = difference(before, store.snapshot())
    assert len(found.values["score"]) == 1
    assert sum(looked) <= 2


@pytest.mark.parametrize(
    "limits", [Retention(versions=3), Retention(days=0), Retention(num_bytes=0)]
)
def test_what_is_beyond_a_limit_is_forgotten(store: DatasetStore, limits: Retention) -> None:
    (one,) = add(store, {"filepath": "1"})
    versions = [put(store, {one: float(n)}) for n in range(6)]
    store.retain(limits)
    assert store.retention == limits
    kept = [version.number for version in store.history()]
    assert kept == (versions[3:] if limits.versions == 3 else versions[5:])
    with pytest.raises(VersionNotFoundError, match=f"goes from {kept[0]} to {versions[5]}"):
        store.restore(versions[2])
    assert scores(store.snapshot()) == {one: 5.0}
    assert scores(store.snapshot_at(kept[0])) == {one: float(versions.index(kept[0]))}


def test_files_go_with_the_versions_that_need_them(store: DatasetStore) -> None:
    seqs = add(store, *({"filepath": str(n)} for n in range(300)))
    for value in (1.0, 2.0):
        put(store, {seqs[0]: value})
        store.fold(force=True)
    assert len(list((store.path / "segments").iterdir())) == 3
    store.retain(Retention(versions=1))
    assert len(list((store.path / "segments").iterdir())) == 1
    assert scores(store.snapshot())[0] == 2.0


def test_the_past_is_held_to_its_limits_now_and_then(
    store: DatasetStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viewfinder.store.dataset_store.TIDY_EVERY", 8)
    store.retain(Retention(versions=4))
    (one,) = add(store, {"filepath": "1"})
    for n in range(40):
        put(store, {one: float(n)})
        assert len(store.history()) < 4 + 8


def test_limits_that_are_none_are_refused(store: DatasetStore) -> None:
    with pytest.raises(StoreError, match="versions=0; the least is 1"):
        store.retain(Retention(versions=0))
    with pytest.raises(StoreError, match="days=-1"):
        store.retain(Retention(days=-1))


@pytest.mark.parametrize("version", [-1, 99, 10**30])
def test_versions_that_never_were_are_refused(store: DatasetStore, version: int) -> None:
    with pytest.raises(VersionNotFoundError, match=f"no version {version} to be read"):
        store.snapshot_at(version)


def test_a_step_of_a_transaction_is_no_version(store: DatasetStore) -> None:
    (one,) = add(store, {"filepath": "1"})
    begun = store.snapshot().version
    with store.transaction("steps") as transaction:
        transaction.grow_schema({"score": FloatField()})
        transaction.put("score", {one: 1.0})
        transaction.step()
        assert scores(transaction.snapshot) == {one: 1.0}
        transaction.put("score", {one: 2.0})
    assert store.snapshot().version == begun + 2
    assert [version.number for version in store.history()][-2:] == [begun, begun + 2]
    with pytest.raises(VersionNotFoundError):
        store.snapshot_at(begun + 1)
    assert "score" not in store.snapshot_at(begun).schema


def test_a_restore_that_fails_changes_nothing(store: DatasetStore) -> None:
    (one,) = add(store, {"filepath": "1"})
    first = put(store, {one: 1.0})
    put(store, {one: 2.0})

    def fail() -> None:
        with store.transaction("restore") as transaction:
            transaction.restore(first)
            assert scores(transaction.snapshot) == {one: 1.0}
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        fail()
    assert scores(store.snapshot()) == {one: 2.0}


def test_a_dataset_from_before_keeps_its_past_from_now_on(tmp_path: Path) -> None:
    store = DatasetStore.create(tmp_path / "old")
    (one,) = add(store, {"filepath": "1"})
    version = put(store, {one: 1.0})
    store.close()
    connection = sqlite3.connect(tmp_path / "old" / "dataset.sqlite")
    for kind, name in connection.execute(
        "SELECT type, name FROM sqlite_master WHERE name GLOB 'past_*' OR name = 'retention' "
        "ORDER BY type = 'table'"
    ).fetchall():
        connection.execute(f"DROP {kind} {name}")
    connection.commit()
    connection.close()
    store = DatasetStore.open(tmp_path / "old")
    put(store, {one: 2.0})
    assert store.history()[0].number == version
    store.restore(version)
    assert scores(store.snapshot()) == {one: 1.0}
    store.close()


RESTORER = """
import sys
from viewfinder.store import DatasetStore

store = DatasetStore.open(sys.argv[1])
versions = [int(text) for text in sys.argv[2].split(",")]
print("begun", flush=True)
while True:
    for version in versions:
        store.restore(version)
        store.fold(force=True)
"""


def test_a_killed_restore_is_whole_or_not_there(store: DatasetStore) -> None:
    seqs = add(store, *({"filepath": str(n)} for n in range(300)))
    versions = [put(store, dict.fromkeys(seqs, float(n))) for n in range(3)]
    rng = np.random.default_rng(4)
    for _ in range(8):
        worker = subprocess.Popen(
            [sys.executable, "-c", RESTORER, str(store.path), ",".join(map(str, versions))],
            stdout=subprocess.PIPE,
        )
        assert worker.stdout is not None
        worker.stdout.readline()
        put(store, {seqs[0]: 9.0})  # another process writes at the same time
        try:
            worker.wait(timeout=float(rng.uniform(0.01, 0.3)))
        except subprocess.TimeoutExpired:
            os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
        found = set(list(scores(store.snapshot()).values())[1:])
        assert len(found) == 1
        for n, version in enumerate(versions):
            assert set(scores(store.snapshot_at(version)).values()) == {float(n)}


def test_a_file_that_only_the_past_needs_may_be_lost(store: DatasetStore) -> None:
    seqs = add(store, *({"filepath": str(n)} for n in range(300)))
    version = store.snapshot().version
    (old,) = (store.path / "segments").iterdir()
    put(store, {seqs[0]: 1.0})
    store.fold(force=True)
    old.unlink()
    assert len(scores(store.snapshot())) == 300
    past = store.snapshot_at(version)
    with pytest.raises(StoreDamagedError, match=old.name):
        read(past)


def test_labels_that_come_twice_and_in_another_order_are_told_apart(store: DatasetStore) -> None:
    cat = Detection(label="cat", bounding_box=[0, 0, 1, 1])
    dog = Detection(label="dog", bounding_box=[0, 0, 1, 1])
    (one,) = add(store, {"filepath": "1", "gt": Detections([cat, cat.copy(), dog])})
    (two,) = add(store, {"filepath": "2", "gt": Detections([cat.copy(), dog.copy()])})
    before = store.snapshot()
    identifier = {seq: row["id"] for seq, row in read(before).items()}
    with store.transaction("save") as transaction:
        transaction.put("gt", {one: [cat, dog], two: [dog, cat]})
    found = difference(before, store.snapshot())
    assert found.labels["gt"].removed == ((identifier[one], cat.id),)
    assert not found.labels["gt"].changed
    assert found.values == {"gt": (identifier[two],)}


def test_a_label_of_one_class_may_become_another_kind_of_field(store: DatasetStore) -> None:
    weather = Classification(label="rain")
    (one,) = add(store, {"filepath": "1", "x": weather})
    before = store.snapshot()
    with store.transaction("drop") as transaction:
        transaction.drop_field("x")
    put(store, {one: 1.0})
    with store.transaction("rename") as transaction:
        transaction.rename_field("score", "x")
    found = difference(before, store.snapshot())
    assert list(found.fields_changed) == ["x"]
    assert found.labels["x"].removed == ((read(before)[one]["id"], weather.id),)
