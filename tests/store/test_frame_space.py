"""Frames in the store: rows of a space of their own, which folding and killing leave whole."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from viewfinder.ids import new_ids
from viewfinder.schema import VIDEO_OF_FRAME, DatasetSchema, IntField
from viewfinder.store import DatasetStore
from viewfinder.store.transaction import Transaction

Held = dict[int, list[tuple[int, int | None]]]

WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_frame_space import add_frames, add_videos
from viewfinder.store import DatasetStore

store = DatasetStore.open(Path(sys.argv[1]))
for turn in range(10_000):
    with store.transaction("write") as transaction:
        (video,) = add_videos(transaction, 1)
        add_frames(transaction, video, [turn] * 3)
    if turn % 40 == 39:
        store.fold(force=True)
    print(turn, flush=True)
"""


def ids(count: int) -> pa.Array:
    return pa.array([bytes.fromhex(each) for each in new_ids(count)], pa.binary(12))


def add_videos(transaction: Transaction, count: int) -> list[int]:
    transaction.has_frames()
    paths = [f"/{k}.mp4" for k in range(count)]
    table = pa.table({"id": ids(count), "filepath": paths})
    seqs: list[int] = transaction.append(table, {}).tolist()
    return seqs


def add_frames(transaction: Transaction, video: int, values: list[int]) -> list[int]:
    transaction.frames.grow_schema({"n": IntField()})
    table = pa.table(
        {
            "id": ids(len(values)),
            "frame_number": pa.array(range(1, len(values) + 1), pa.int64()),
            VIDEO_OF_FRAME: pa.array([video] * len(values), pa.int64()),
            "n": pa.array(values, pa.int64()),
        }
    )
    seqs: list[int] = transaction.frames.append(table, {}).tolist()
    return seqs


def held(store: DatasetStore) -> Held:
    """Every video with the numbers and values of its frames."""
    snapshot = store.snapshot()
    seqs, offsets = snapshot.frames_of(snapshot.seqs)
    rows = snapshot.frames.table("samples").take(seqs).table
    pairs = list(zip(rows["frame_number"].to_pylist(), rows["n"].to_pylist(), strict=True))
    bounds = zip(snapshot.seqs.tolist(), offsets[:-1], offsets[1:], strict=True)
    return {seq: pairs[start:stop] for seq, start, stop in bounds}


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    return DatasetStore.create(tmp_path / "dataset")


def test_frames_between_samples_survive_the_folding_of_both(store: DatasetStore) -> None:
    expected: Held = {}
    for turn in range(3):
        with store.transaction("add") as transaction:
            for video in add_videos(transaction, 4):
                add_frames(transaction, video, [turn, turn + 1])
                expected[video] = [(1, turn), (2, turn + 1)]
    assert held(store) == expected
    store.fold(force=True)
    assert held(store) == expected
    assert not store.snapshot().num_dirty
    assert not store.snapshot().frames.num_dirty


def test_edits_and_deletions_of_frames_are_folded(store: DatasetStore) -> None:
    with store.transaction("add") as transaction:
        one, two = add_videos(transaction, 2)
        first = add_frames(transaction, one, list(range(300)))
        add_frames(transaction, two, [7])
    with store.transaction("edit") as transaction:
        transaction.frames.put("n", {first[5]: -5})
        transaction.frames.delete(np.array(first[10:20]))
    before = held(store)
    assert (6, -5) in before[one]
    assert len(before[one]) == 290
    store.fold(force=True)
    assert held(store) == before
    with store.transaction("delete") as transaction:
        transaction.delete([one])
    assert held(store) == {two: [(1, 7)]}


def test_an_old_snapshot_keeps_its_frames(store: DatasetStore) -> None:
    with store.transaction("add") as transaction:
        (video,) = add_videos(transaction, 1)
        add_frames(transaction, video, list(range(500)))
    old = store.snapshot()
    with store.transaction("delete") as transaction:
        transaction.delete([video])
    store.fold(force=True)
    store.fold(force=True)
    assert len(store.snapshot().frame_seqs) == 0
    assert len(old.frame_seqs) == 500
    assert old.frames.table("samples").take(old.frame_seqs).table["n"].to_pylist()[-1] == 499


def test_a_dataset_without_frames_has_none(store: DatasetStore) -> None:
    snapshot = store.snapshot()
    assert not snapshot.schema.frame_fields
    assert not len(snapshot.frame_seqs)
    database = sqlite3.connect(store.path / "dataset.sqlite")
    keys = {key for (key,) in database.execute("SELECT key FROM state")}
    database.close()
    assert "frames.schema" not in keys
    assert DatasetSchema.from_json(snapshot.schema.to_json()) == snapshot.schema


def test_a_killed_writer_of_frames_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    DatasetStore.create(tmp_path / "dataset").close()
    command = [sys.executable, "-c", WRITER, str(tmp_path / "dataset"), str(Path(__file__).parent)]
    acknowledged = 0
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline() for _ in range(60)]
            os.kill(writer.pid, signal.SIGKILL)
            said += writer.stdout.readlines()
        acknowledged += len(said)
        found = DatasetStore.open(tmp_path / "dataset")
        videos = held(found)
        assert len(videos) >= acknowledged >= 60
        assert all([number for number, _ in frames] == [1, 2, 3] for frames in videos.values())
        found.close()
