"""Media that the label server has already in its share: referred to, never uploaded."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.annotate.helpers import annotator, bits, labels_of
from tests.annotate.test_video import FRAMES, box, frame_bits
from tests.labelserver.videos import video_bytes
from viewfinder.errors import AnnotationError, ServerError
from viewfinder.facade.dataset import Dataset
from viewfinder.labels import Detection, Detections
from viewfinder.labelserver import embedded
from viewfinder.samples import Frame, Sample
from viewfinder.schema.groups import Group

There = dict[str, Any]
NAMES = ("b/1.png", "a/2.png", "a/1.png")


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that this machine and the server both see."""
    folder = tmp_path_factory.mktemp("share") / "photos"
    for number, name in enumerate(NAMES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((60 + 10 * number, 40), 90).save(folder / name)
    (folder / "clip.mp4").write_bytes(video_bytes(FRAMES))
    return folder.parent


@pytest.fixture(scope="module")
def sharing_home(tmp_path_factory: pytest.TempPathFactory, share: Path) -> Iterator[Path]:
    """The home of a server that was started by hand, with a share."""
    home = tmp_path_factory.mktemp("sharing-home")
    command = [sys.executable, "-m", "viewfinder.labelserver", "serve", "--home", str(home)]
    with subprocess.Popen([*command, "--share", str(share)], stderr=subprocess.DEVNULL) as server:
        deadline = time.monotonic() + 60
        while embedded.find_running(home) is None:
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield home
        embedded.stop(home)


@pytest.fixture
def sharing(sharing_home: Path) -> There:
    """The options that lead to that server."""
    found = embedded.find_running(sharing_home)
    assert found is not None
    return {"url": found.url, "username": found.username, "password": found.password}


def images(folder: Path, name: str) -> Dataset:
    dataset = Dataset(name)
    dataset.add_samples(
        [
            Sample(
                filepath=str(folder / path),
                gt=Detections([Detection("cat", [0.1 * number, 1 / 7, 1 / 3, 0.5])]),
            )
            for number, path in enumerate(NAMES, 1)
        ],
        progress=False,
    )
    return dataset


def uploaded(home: Path) -> list[Path]:
    """Media that the server has in files of its own, rather than links into the share."""
    media = (path for path in home.rglob("*") if path.suffix in {".png", ".mp4"})
    return sorted(path for path in media if not path.is_symlink())


def test_images_of_the_share(share: Path, sharing_home: Path, sharing: There) -> None:
    dataset = images(share / "photos", "shared")
    before = bits(labels_of(dataset, "gt"))
    places = {str(share / "photos"): "photos"}
    results = dataset.annotate("k", label_field="gt", server_files=places, **sharing)
    assert uploaded(sharing_home) == []
    (task_id,) = results.task_ids
    with annotator(sharing, task_id) as person:
        shown = [frame.name for frame in person.task.get_frames_info()]
        assert sorted(shown) == sorted(f"photos/{name}" for name in NAMES)
        for number, name in enumerate(shown):
            picture = person.task.get_frame(number, quality="original").read()
            assert picture == (share / name).read_bytes()
    report = dataset.load_annotations("k", **sharing)
    assert (report.changes, report.unchanged) == ((), 3)
    assert bits(labels_of(dataset, "gt")) == before
    with annotator(sharing, task_id) as person:
        person.draw("rectangle", "cat", [1, 1, 9, 9], frame=shown.index("photos/a/2.png"))
    dataset.load_annotations("k", cleanup=True, **sharing)
    assert [len(labels) for labels in labels_of(dataset, "gt")] == [1, 2, 1]
    assert all((share / "photos" / name).is_file() for name in NAMES)


def test_a_video_of_the_share(share: Path, sharing_home: Path, sharing: There) -> None:
    dataset = Dataset("shared-video")
    sample = Sample(filepath=str(share / "photos" / "clip.mp4"))
    for number in range(1, FRAMES + 1):
        sample.frames[number] = Frame(gt=Detections([box(number)]))
    dataset.add_sample(sample)
    before = frame_bits(dataset)
    results = dataset.annotate(
        "k", label_field="frames.gt", server_files={str(share): "/"}, segment_size=5, **sharing
    )
    assert uploaded(sharing_home) == []
    report = dataset.load_annotations("k", **sharing)
    assert (report.changes, report.unchanged) == ((), FRAMES)
    assert frame_bits(dataset) == before
    results.cleanup()


def test_images_that_only_the_server_has(sharing: There) -> None:
    dataset = images(Path("/elsewhere/photos"), "there-only")
    before = bits(labels_of(dataset, "gt"))
    places = {"/elsewhere": ""}
    results = dataset.annotate("k", label_field="gt", server_files=places, **sharing)
    report = dataset.load_annotations("k", **sharing)
    assert (report.changes, report.unchanged) == ((), 3)
    assert bits(labels_of(dataset, "gt")) == before
    results.cleanup()


def test_what_the_share_has_not_got_is_told(share: Path, sharing: There) -> None:
    dataset = images(share / "photos", "lacking-there")
    with pytest.raises(AnnotationError, match="none of the folders of server_files"):
        dataset.annotate("k", label_field="gt", server_files={"/other": "photos"}, **sharing)
    places = {str(share / "photos"): "paintings"}
    with pytest.raises(ServerError, match="share"):
        dataset.annotate("k", label_field="gt", server_files=places, **sharing)


def test_the_active_slice_of_groups_is_sent(tmp_path: Path, there: There) -> None:
    dataset = Dataset("rigs")
    dataset.add_group_field("rig", default="left")
    samples = []
    for number in range(2):
        group = Group()
        for side in ("left", "right"):
            path = tmp_path / f"{side} {number}.png"
            Image.effect_noise((40, 30), 90).save(path)
            boxes = Detections([Detection(side, [0.1, 0.1, 1 / 3, 0.3])])
            samples.append(Sample(filepath=str(path), rig=group.element(side), gt=boxes))
    dataset.add_samples(samples, progress=False)
    everything = dataset.select_group_slices()
    before = bits(labels_of(everything, "gt"))
    dataset.group_slice = "right"
    results = dataset.annotate("k", label_field="gt", classes=["right"], **there)
    with annotator(there, results.task_ids[0]) as person:
        assert {frame.name for frame in person.task.get_frames_info()} == {
            "right 0.png", "right 1.png"
        }  # fmt: skip
        person.draw("rectangle", "right", [1, 1, 9, 9], frame=1)
    dataset.group_slice = "left"
    report = dataset.load_annotations("k", **there)
    assert (report.counts["added"], report.unchanged) == (1, 2)
    after = labels_of(everything, "gt")
    assert [len(labels) for labels in after] == [1, 1, 1, 2]
    assert bits([labels[:1] for labels in after]) == before
