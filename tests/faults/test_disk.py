"""A disk that is full or fails: an error of ours, and the dataset as it was before."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import viewfinder as vf
from viewfinder.errors import StoreDamagedError, StoreDiskError, StoreError
from viewfinder.store import DatasetStore


def samples(first: int, count: int) -> list[vf.Sample]:
    """Samples with one box each."""
    return [
        vf.Sample(
            filepath=f"/{first + at}.jpg",
            gt=vf.Detections([vf.Detection(label="cat", bounding_box=[0, 0, 1, 1])]),
            x=1.5,
        )
        for at in range(count)
    ]


def facts(dataset: vf.Dataset) -> tuple[object, ...]:
    """What must not change, as a new reader finds it."""
    store = DatasetStore.open(dataset.handle.store.path)
    try:
        snapshot = store.snapshot()
        table = snapshot.table("samples").take(snapshot.seqs).table
        files = sorted(file.file for file in snapshot.layout.files.values())
        present = sorted(path.name for path in (store.path / "segments").iterdir())
        assert set(files) <= set(present)
        return snapshot.version, list(snapshot.schema), table.to_pylist(), files, present
    finally:
        store.close()


MANY = 2_100
"""So many values are set as a column; fewer would be edits, for which no file is written."""


@pytest.fixture
def dataset() -> Iterator[vf.Dataset]:
    made = vf.Dataset("disk")
    made.add_samples(samples(0, MANY), progress=False)
    yield made
    made.delete()


WRITES: dict[str, Callable[[vf.Dataset], object]] = {
    "add": lambda dataset: dataset.add_samples(samples(MANY, 300), progress=False),
    "bulk set": lambda dataset: dataset.set_values("y", list(range(MANY))),
    "labels": lambda dataset: dataset.set_values("gt.detections.score", [[0.5]] * MANY),
    "fold": lambda dataset: dataset.handle.store.fold(force=True),
}


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("kind", WRITES)
def test_a_file_that_can_not_be_made_safe_counts_for_nothing(
    dataset: vf.Dataset, kind: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = dataset.first()
    sample["x"] = 2.5
    sample.save()
    before = facts(dataset)

    def refuse(_: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(StoreDiskError, match=os.strerror(code)):
            WRITES[kind](dataset)
    assert facts(dataset) == before
    WRITES[kind](dataset)
    assert facts(dataset) != before


SMALL_DISK = """
import resource, sys
import viewfinder as vf
from viewfinder.errors import StoreDiskError
dataset = vf.load_dataset("disk")
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    if sys.argv[1] == "add":
        dataset.add_samples(
            [vf.Sample(filepath=f"/new/{at}.jpg") for at in range(300)], progress=False
        )
    else:
        sample = dataset.first()
        sample["x"] = 9.5
        sample.save()
except StoreDiskError as error:
    print("refused:", error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no such limit")
@pytest.mark.parametrize("work", ["add", "save"])
def test_files_that_may_grow_no_more(dataset: vf.Dataset, work: str) -> None:
    before = facts(dataset)
    ended = subprocess.run(
        [sys.executable, "-c", SMALL_DISK, work], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("refused: The disk refused")
    assert facts(dataset) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can make a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_full(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIEWFINDER_HOME", str(small_disk / "home"))
    dataset = vf.Dataset("full")
    dataset.add_samples(samples(0, 300), progress=False)

    def add_on() -> None:
        while dataset.count() < 100_000:
            dataset.add_samples(samples(dataset.count(), 300), progress=False)

    with pytest.raises(StoreDiskError, match="make room"):
        add_on()
    added = dataset.count()
    assert added > 300
    assert added % 300 == 0
    assert dataset.count("gt.detections") == added
    assert set(dataset.values("x")) == {1.5}
    dataset.delete()


@pytest.mark.parametrize("retention", [vf.Retention(), vf.Retention(versions=1)])
def test_a_dataset_is_deleted_where_no_block_is_left(
    small_disk: Path, retention: vf.Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIEWFINDER_HOME", str(small_disk / "home"))
    dataset, other = vf.Dataset("full"), vf.Dataset("other")
    other.add_samples(samples(0, 3), progress=False)
    dataset.retention = retention

    def add_on() -> None:
        while True:
            dataset.add_samples(samples(0, 300), progress=False)

    def fill() -> None:
        with (small_disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"x" * 512)

    with pytest.raises(StoreDiskError, match="make room"):
        add_on()
    with pytest.raises(OSError, match="No space left"):
        fill()
    dataset.delete()
    assert vf.list_datasets() == ["other"]
    folders = [path.name for path in (small_disk / "home" / "datasets").iterdir()]
    assert folders == [other.handle.entry.id]
    assert other.count() == 3
    other.delete()


def test_a_deletion_that_was_cut_short_goes_on(dataset: vf.Dataset) -> None:
    other = vf.Dataset("cut", persistent=True)
    other.add_samples(samples(0, 3), progress=False)
    folder = other.handle.store.path
    other.handle.close()
    folder.rename(folder.with_name(folder.name + ".dying"))
    ended = subprocess.run(
        [sys.executable, "-c", "import viewfinder as vf; print(vf.list_datasets())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ended.stdout.strip() == "['disk']"
    assert [path.name for path in folder.parent.iterdir()] == [dataset.handle.entry.id]


def _make(dataset: vf.Dataset) -> object:
    del dataset
    return vf.Dataset("new")


def _clone(dataset: vf.Dataset) -> object:
    return dataset.clone("new")


STEPS: dict[str, tuple[str, Callable[[vf.Dataset], object]]] = {
    "a folder when a dataset is made": ("pathlib.Path.mkdir", _make),
    "a lock when a dataset is made": ("os.open", _make),
    "a name when a dataset is made": ("pathlib.Path.rename", _make),
    "a lease when a dataset is opened": (
        "pathlib.Path.rename",
        lambda dataset: DatasetStore.open(dataset.handle.store.path),
    ),
    "a folder when a dataset is cloned": (
        "pathlib.Path.mkdir",
        lambda dataset: dataset.clone("new"),
    ),
    "a copy when a dataset is cloned": ("shutil.copyfile", lambda dataset: dataset.clone("new")),
    "the list of files when all is folded": (
        "pathlib.Path.iterdir",
        lambda dataset: dataset.handle.store.fold(force=True),
    ),
}


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("step", STEPS)
def test_plain_steps_that_fail_are_told_in_our_words(
    dataset: vf.Dataset, step: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, work = STEPS[step]
    before = facts(dataset)

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(name, refuse)
        if "copy" in step:
            patch.setattr("os.link", refuse)
        with pytest.raises(StoreDiskError, match=os.strerror(code)):
            work(dataset)
    assert facts(dataset) == before
    assert not vf.dataset_exists("new")
    vf.Dataset("new").delete()


def test_an_error_that_is_not_of_the_disk_stays_what_it_is(dataset: vf.Dataset) -> None:
    absent = pytest.raises(FileNotFoundError, match=r"labels\.json")
    with absent, dataset.handle.store.transaction("read"):
        Path("/absent/labels.json").read_text(encoding="utf-8")


def test_a_damaged_dataset_is_named_and_the_others_readable(dataset: vf.Dataset) -> None:
    other = vf.Dataset("other")
    other.add_samples(samples(0, 3), progress=False)
    path = other.handle.store.path / "dataset.sqlite"
    other.handle.store.close()
    path.write_bytes(b"\0" * 100)
    path.with_name("dataset.sqlite-wal").unlink(missing_ok=True)
    path.with_name("dataset.sqlite-shm").unlink(missing_ok=True)
    with pytest.raises(StoreDamagedError, match=r"dataset\.sqlite"):
        DatasetStore.open(path.parent)
    assert dataset.count() == MANY


def test_a_damaged_catalog_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "damaged"
    home.mkdir()
    (home / "catalog.sqlite").write_bytes(b"no database" * 1000)
    monkeypatch.setenv("VIEWFINDER_HOME", str(home))
    with pytest.raises(StoreError, match=r"catalog\.sqlite"):
        vf.list_datasets()


def test_datasets_are_readable_where_the_catalog_is_damaged(
    dataset: vf.Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "copied"
    shutil.copytree(Path(os.environ["VIEWFINDER_HOME"]), home)
    for path in home.glob("catalog.sqlite*"):
        path.write_bytes(b"no database" * 1000)
    monkeypatch.setenv("VIEWFINDER_HOME", str(home))
    with pytest.raises(StoreDamagedError, match=r"catalog\.sqlite.*other files were not touched"):
        vf.load_dataset("disk")
    store = DatasetStore.open(home / "datasets" / dataset.handle.entry.id)
    assert store.snapshot().count == MANY
    store.close()
