"""Media without labels by path, folder, pattern and archive; folders merged into a dataset."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import viewfinder as vf
from viewfinder.errors import ConfigError, FormatError, MediaError, MediaNotFoundError

if TYPE_CHECKING:
    from tests.transfer.conftest import CocoFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.mp4", "a.MP4", "in/c.mov", "one.jpg", "in/two.png", ".d.mp4", "notes.txt"):
        path = tmp_path / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"-")
    return tmp_path / "media"


def names(dataset: vf.Dataset) -> list[str]:
    return [Path(path).name for path in dataset.values("filepath")]


def test_videos_of_a_folder(folder: Path) -> None:
    dataset = vf.Dataset.from_videos_dir(folder, tags="raw")
    assert names(dataset) == ["a.MP4", "b.mp4", "c.mov"]
    assert (dataset.media_type, dataset.count_values("tags")) == ("video", {"raw": 3})
    flat = vf.Dataset()
    assert len(flat.add_videos_dir(folder, recursive=False)) == 2
    assert names(vf.Dataset.from_images_dir(folder)) == ["two.png", "one.jpg"]


def test_media_whose_paths_match_a_pattern(folder: Path) -> None:
    assert names(vf.Dataset.from_images_patt(folder / "**" / "*.???")) == [
        "a.MP4", "b.mp4", "c.mov", "two.png", "notes.txt", "one.jpg",
    ]  # fmt: skip
    assert names(vf.Dataset.from_images_patt(folder / "*.jpg", tags=["x"])) == ["one.jpg"]
    assert names(vf.Dataset.from_videos_patt(folder / "*.mp4")) == ["b.mp4"]
    with pytest.raises(MediaError, match="No file matches"):
        vf.Dataset().add_images_patt(folder / "*.gif")


def test_videos_are_added_by_path_all_or_none(folder: Path) -> None:
    dataset = vf.Dataset()
    with pytest.raises(MediaNotFoundError):
        dataset.add_videos([folder / "b.mp4", folder / "gone.mp4"])
    assert len(dataset) == 0
    (ids,) = dataset.add_videos([folder / "b.mp4"], tags=["x"], generator=True)
    assert ids == dataset.values("id")
    assert names(vf.Dataset.from_videos([folder / "a.MP4"], name="clips")) == ["a.MP4"]
    with pytest.raises(ConfigError, match="Sample parsers"):
        dataset.add_images(["a"], sample_parser=object())


def test_samples_are_added_batch_by_batch_where_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewfinder.samples.adding.BATCH_SAMPLES", 2)
    dataset = vf.Dataset()
    batches = dataset.add_samples((vf.Sample(f"/{n}.jpg") for n in range(5)), generator=True)
    assert len(next(batches)) == 2
    assert len(dataset) == 2
    assert list(map(len, batches)) == [2, 1]
    assert len(dataset) == 5


def pack(source: Path, archive: Path) -> None:
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as made:
            for path in sorted(source.rglob("*")):
                made.write(path, path.relative_to(source))
    else:
        with tarfile.open(archive, "w:gz") as made_tar:
            made_tar.add(source, arcname=archive.name.partition(".")[0])


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_a_dataset_in_an_archive(coco: CocoFolder, tmp_path: Path, ending: str) -> None:
    archive = tmp_path / "packed" / f"pets.{ending}"
    archive.parent.mkdir()
    pack(coco.path, archive)
    layout = vf.types.COCODetectionDataset
    dataset = vf.Dataset.from_archive(archive, layout, name="pets", cleanup=False)
    assert [len(dataset), dataset.count("ground_truth.detections")] == [3, 3]
    assert Path(dataset.first().filepath).is_relative_to(archive.parent / "pets")
    shutil.rmtree(coco.path)
    dataset.add_archive(archive, layout, label_field="again")
    assert [len(dataset), dataset.count("again.detections")] == [6, 3]
    shutil.rmtree(archive.parent / "pets")
    more = vf.Dataset()
    more.add_archive(archive, layout)
    assert (len(more), archive.exists()) == (3, False)


def test_an_archive_that_is_none(tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"no zip")
    with pytest.raises(FormatError, match="can't be unpacked"):
        vf.Dataset().add_archive(broken, vf.types.ImageDirectory)
    with pytest.raises(FormatError, match="is no archive by its name"):
        vf.Dataset().add_archive(tmp_path / "a.rar", vf.types.ImageDirectory)
    with pytest.raises(MediaError, match="There is no archive"):
        vf.Dataset().add_archive(tmp_path / "gone.tar", vf.types.ImageDirectory)
    assert sorted(tmp_path.glob("*broken*")) == [broken]


def test_a_file_of_an_archive_can_not_leave_its_folder(tmp_path: Path) -> None:
    (tmp_path / "evil.txt").write_text("evil")
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as made:
        made.add(tmp_path / "evil.txt", arcname="../../outside.txt")
    with pytest.raises(FormatError, match="outside"):
        vf.Dataset().add_archive(archive, vf.types.ImageDirectory)
    assert not (tmp_path.parent / "outside.txt").exists()


def test_a_folder_is_merged_into_a_dataset(coco: CocoFolder) -> None:
    layout = vf.types.COCODetectionDataset
    dataset = vf.Dataset.from_images_dir(coco.path / "data")
    before = dataset.values("id")
    dataset.merge_dir(coco.path, layout, label_field="found", tags="merged")
    assert dataset.values("id") == before
    assert dataset.count("found.detections") == 3
    assert dataset.count_values("tags") == {"merged": 3}
    assert dataset.default_classes == ["cat", "dog"]
    assert vf.list_datasets() == [dataset.name]
