"""Files that are cut short, missing or of another time: an error that names them, no wrong data."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.store.reading import add, read
from viewfinder.errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    UnsupportedStoreError,
)
from viewfinder.labels import Detection, Detections
from viewfinder.store import Catalog, DatasetStore, database, locks

SAMPLE = {"gt": Detections([Detection(label="cat")]), "x": 1.5}


def segment(store: DatasetStore, table: str, number: int = 0) -> Path:
    """The file of a segment."""
    return store.path / "segments" / store.snapshot().layout.segments(table)[number][0].file


def filled(store: DatasetStore) -> DatasetStore:
    """The same folder opened anew, with two groups of six samples each."""
    add(store, *({"filepath": str(n), **SAMPLE} for n in range(12)))
    return DatasetStore.open(store.path)


def test_a_segment_cut_short_is_named_and_the_rest_readable(
    store: DatasetStore, small_groups: None
) -> None:
    other = filled(store)
    path = segment(other, "gt", 1)
    path.write_bytes(path.read_bytes()[:-40])
    labels = other.snapshot().table("gt")
    with pytest.raises(StoreDamagedError, match=path.name) as caught:
        labels.take([7])
    assert caught.value.path == path
    with pytest.raises(StoreDamagedError, match="bytes where"):
        _ = labels.base
    assert labels.take([2]).table["label"].to_pylist() == ["cat"]
    assert other.snapshot().table("samples").take([7]).table["x"].to_pylist() == [1.5]
    other.close()


def test_a_missing_segment_is_named_and_the_rest_readable(
    store: DatasetStore, small_groups: None
) -> None:
    other = filled(store)
    path = segment(other, "gt")
    path.unlink()
    with pytest.raises(StoreDamagedError, match=rf"{path.name}.*missing"):
        other.snapshot().table("gt").take([0])
    assert other.snapshot().table("gt").take([8]).table["label"].to_pylist() == ["cat"]
    other.close()


def test_a_segment_of_other_bytes_is_refused(store: DatasetStore, small_groups: None) -> None:
    other = filled(store)
    path = segment(other, "samples")
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(StoreDamagedError, match="Arrow can't read it"):
        _ = other.snapshot().seqs
    other.close()


def test_writing_goes_on_where_one_file_is_damaged(store: DatasetStore, small_groups: None) -> None:
    other = filled(store)
    segment(other, "gt").unlink()
    with other.transaction("save") as transaction:
        transaction.put("x", {11: 2.5})
    assert other.snapshot().table("samples").take([11]).table["x"].to_pylist() == [2.5]
    other.close()


def test_a_fold_that_fails_does_not_fail_the_write(
    store: DatasetStore, small_groups: None, caplog: pytest.LogCaptureFixture
) -> None:
    other = filled(store)
    segment(other, "gt").unlink()
    with other.transaction("save") as transaction:
        transaction.put("x", dict.fromkeys(range(12), 2.5))
    assert "could not be tidied up" in caplog.text
    rows = other.snapshot().table("samples").take(np.arange(12)).table
    assert rows["x"].to_pylist() == [2.5] * 12
    other.close()


def test_files_on_no_record_are_swept(store: DatasetStore) -> None:
    stray = store.path / "segments" / "stray.arrow"
    stray.write_bytes(b"left by a killed writer")
    DatasetStore.open(store.path).close()
    assert not stray.exists()


def test_files_are_not_swept_while_another_writes(store: DatasetStore) -> None:
    stray = store.path / "segments" / "just-being-written.arrow"
    with store.transaction("add"):
        stray.write_bytes(b"")
        DatasetStore.open(store.path).close()
        assert stray.exists()


def test_no_dataset_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreDamagedError, match="does not exist"):
        DatasetStore.open(tmp_path / "nowhere")


def test_a_dataset_is_not_made_over_another(store: DatasetStore) -> None:
    with pytest.raises(StoreError, match="already"):
        DatasetStore.create(store.path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dataset.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreDamagedError, match="SQLite says"):
        DatasetStore.open(tmp_path)


@pytest.mark.parametrize(("version", "advice"), [(99, "install a newer one"), (0, "wrote it")])
def test_another_format_is_refused(store: DatasetStore, version: int, advice: str) -> None:
    with contextmanager_of(store) as connection:
        connection.execute("UPDATE head SET format = ?", (version,))
    with pytest.raises(UnsupportedStoreError, match=rf"format {version}.*{advice}"):
        DatasetStore.open(store.path)


@contextmanager
def contextmanager_of(store: DatasetStore) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(store.path / "dataset.sqlite", isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def test_a_writer_that_waits_too_long_says_so(
    store: DatasetStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECS", 0.05)
    other = DatasetStore.open(store.path)
    busy = pytest.raises(StoreBusyError, match="Another process")
    with store.transaction("long"), busy, other.transaction("late"):
        pass
    other.close()


def test_a_file_system_that_gives_a_lock_twice_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "try_lock", lambda _descriptor: True)
    with pytest.raises(UnsupportedStoreError, match=r"same lock twice.*VIEWFINDER_HOME"):
        DatasetStore.create(tmp_path / "dataset")
    assert not (tmp_path / "dataset" / "dataset.sqlite").exists()


def test_a_file_system_without_locks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> bool:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(locks, "try_lock", refuse)
    with pytest.raises(UnsupportedStoreError, match="No locks available"):
        Catalog(tmp_path / "home")


def test_a_closed_store_says_so(store: DatasetStore) -> None:
    add(store, {"filepath": "1"})
    snapshot = store.snapshot()
    store.close()
    store.close()
    with pytest.raises(StoreError, match="was closed"):
        store.snapshot()
    with pytest.raises(StoreError, match="was closed"), store.transaction("late"):
        pass
    assert len(read(snapshot)) == 1
