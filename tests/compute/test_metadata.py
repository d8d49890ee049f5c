"""Metadata of real files, and what is said about files that can't be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

import viewfinder as vf
from viewfinder.errors import MediaNotFoundError, MediaUnreadableError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images of different form, one of them turned by its orientation tag."""
    path = tmp_path / "images"
    path.mkdir()
    Image.new("RGB", (40, 20)).save(path / "a.jpg")
    Image.new("L", (7, 9)).save(path / "b.png")
    turned = Image.new("RGB", (40, 20))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(path / "c ü.jpg", exif=exif)
    return path


@pytest.fixture
def dataset(folder: Path) -> vf.Dataset:
    return vf.Dataset.from_images_dir(folder)


def test_headers_are_read(dataset: vf.Dataset, folder: Path) -> None:
    dataset.compute_metadata()
    assert dataset.values("metadata.width") == [40, 7, 20]
    assert dataset.values("metadata.height") == [20, 9, 40]
    assert dataset.values("metadata.num_channels") == [3, 1, 3]
    assert dataset.values("metadata.mime_type") == ["image/jpeg", "image/png", "image/jpeg"]
    sizes = [path.stat().st_size for path in sorted(folder.iterdir())]
    assert dataset.values("metadata.size_bytes") == sizes
    assert isinstance(dataset.first().metadata, vf.ImageMetadata)


def test_samples_that_somebody_holds_show_it(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    before = sample.metadata
    dataset.compute_metadata()
    assert before is None
    assert sample.metadata.width == 40


def test_what_is_known_stays_unless_it_is_overwritten(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    sample.metadata = vf.ImageMetadata(width=1, height=2)
    sample.save()
    dataset.compute_metadata()
    assert dataset.first().metadata.width == 1
    assert dataset.first().metadata.mime_type == "image/jpeg"
    dataset.compute_metadata(overwrite=True)
    assert dataset.first().metadata.width == 40


def test_when_all_is_known_nothing_is_written(dataset: vf.Dataset) -> None:
    dataset.compute_metadata()
    before = dataset.handle.store.snapshot().version
    dataset.compute_metadata()
    assert dataset.handle.store.snapshot().version == before


def test_it_is_one_version_of_the_dataset(dataset: vf.Dataset) -> None:
    before = dataset.handle.store.snapshot().version
    dataset.compute_metadata(num_workers=1)
    assert dataset.handle.store.snapshot().version == before + 1


def test_a_view_reads_its_own_samples(dataset: vf.Dataset) -> None:
    dataset.skip(2).compute_metadata()
    assert dataset.values("metadata.width") == [None, None, 20]


def test_an_empty_dataset_has_nothing_to_read() -> None:
    vf.Dataset("none").compute_metadata()


def test_files_that_can_not_be_read_are_named_and_passed_over(
    dataset: vf.Dataset, folder: Path
) -> None:
    (folder / "a.jpg").unlink()
    (folder / "b.png").write_text("no image")
    with pytest.warns(UserWarning, match=r"(?s)2 of 3 .*no file at .*a.jpg.*b.png can't be read"):
        dataset.compute_metadata()
    assert dataset.values("metadata.width") == [None, None, 20]
    dataset.compute_metadata(warn_failures=False)


def test_a_failure_stops_it_where_that_is_asked_for(dataset: vf.Dataset, folder: Path) -> None:
    (folder / "b.png").write_bytes(b"")
    with pytest.raises(MediaUnreadableError, match=r"b\.png .*the file is empty"):
        dataset.compute_metadata(skip_failures=False)
    (folder / "b.png").unlink()
    with pytest.raises(MediaNotFoundError):
        dataset.compute_metadata(skip_failures=False)
    assert dataset.values("metadata.width") == [None, None, None]


def test_many_failures_are_counted(tmp_path: Path) -> None:
    dataset = vf.Dataset("gone")
    dataset.add_samples([vf.Sample(tmp_path / f"{n}.jpg") for n in range(12)])
    with pytest.warns(UserWarning, match=r"(?s)12 of 12 .*… and 2 more"):
        dataset.compute_metadata()


def test_progress_goes_to_whoever_asks(dataset: vf.Dataset) -> None:
    seen: list[tuple[int, int | None]] = []
    dataset.compute_metadata(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
