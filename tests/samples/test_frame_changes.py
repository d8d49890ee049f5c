"""What is done to frames through views: tags, patches, single fields, deletion, images, times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import viewfinder as vf
from tests.samples.test_frame_views import boxes, make_video
from viewfinder import F
from viewfinder.errors import ConfigError, ExpressionError, MediaError, SchemaError


@pytest.fixture
def dataset() -> vf.Dataset:
    """A video with frames 1 (cat, dog), 2 (none) and 5 (cat), and one without frames."""
    made = vf.Dataset("videos")
    one, two = vf.Sample(filepath="/one.mp4", n=1, tags=["road"]), vf.Sample(filepath="/two.mp4")
    one.frames[1] = vf.Frame(objects=boxes("cat", "dog"), n=1)
    one.frames[2] = vf.Frame(objects=boxes(), n=2)
    one.frames[5] = vf.Frame(objects=boxes("cat"), n=5)
    made.add_samples([one, two])
    return made


def test_frames_know_when_they_were_made_and_changed(dataset: vf.Dataset) -> None:
    sample = dataset.first()
    first = sample.frames[1]
    assert first.created_at == first.last_modified_at == sample.frames[5].created_at
    assert list(dataset.get_frame_field_schema() or ())[:4] == [
        "id", "frame_number", "created_at", "last_modified_at",
    ]  # fmt: skip
    made = first.created_at
    first["n"] = 7
    sample.save()
    assert sample.frames[1].created_at == made
    changed = dataset.values("frames.last_modified_at")[0]
    assert changed[0] > made
    assert changed[1:] == [made, made]
    assert dataset.to_frames().values("created_at") == [made] * 3


def test_a_label_that_is_none_is_no_hindrance(dataset: vf.Dataset) -> None:
    video = vf.Sample(filepath="/three.mp4", kind=None)
    video.frames[1] = vf.Frame(objects=None, n=3)
    dataset.add_sample(video)
    dataset.clear_frame_field("n")
    assert video.frames[1].objects is None
    assert video.frames[1].n is None


def test_frames_have_tags_of_their_own_behind_those_of_their_video(dataset: vf.Dataset) -> None:
    frames = dataset.to_frames()
    frames.match(F("n") > 1).tag_samples(["late", "road"])
    assert frames.values("tags") == [["road"], ["road", "late"], ["road", "late"]]
    assert frames.match_tags("late").values("frame_number") == [2, 5]
    assert dataset.values("tags") == [["road"], []]
    frame = frames.first()
    frame.tags.append("seen")
    frame.save()
    assert dataset.first().frames[1].tags == ["seen"]
    frames.untag_samples(["late", "road"])
    assert frames.count_sample_tags() == {"road": 3, "seen": 1}
    frame.tags.remove("road")
    with pytest.raises(ExpressionError, match="that of its video"):
        frame.save()


def test_patches_of_frames_are_saved_to_the_frames(dataset: vf.Dataset) -> None:
    patches = dataset.to_frames().to_patches("objects")
    frames = dataset.to_frames()
    assert patches.values("frame_number") == [1, 1, 5]
    assert patches.values("frame_id") == [frames.values("id")[at] for at in (0, 0, 2)]
    assert patches.values("sample_id") == [dataset.first().id] * 3
    patch = patches.first()
    patch.objects.label = "lion"
    patch.save()
    patches.match(F("objects.label") == "cat").tag_labels("sure")
    path = "frames.objects.detections"
    assert dataset.values(f"{path}.label") == [[["lion", "dog"], [], ["cat"]], []]
    assert dataset.values(f"{path}.tags") == [[[[], []], [], [["sure"]]], []]
    patches.match(F("frame_number") == 1).keep()
    assert dataset.values(f"{path}.label") == [[["lion", "dog"], [], []], []]


def test_values_are_set_on_frames_as_on_samples(dataset: vf.Dataset) -> None:
    frames = dataset.to_frames()
    frames.set_values("score", [0.1, 0.2, 0.3])
    frames.match(F("n") == 2).set_values("score", [None])
    assert dataset.values("frames.score") == [[0.1, None, 0.3], []]
    frames.set_field("n", F("frame_number") * 10).save()
    assert dataset.values("frames.n") == [[10, 20, 50], []]
    late = dataset.match_frames(F("n") > 10)
    late.set_values("frames.score", [[2.0, 3.0]])
    assert dataset.values("frames.score") == [[0.1, 2.0, 3.0], []]
    with pytest.raises(ExpressionError, match="2 values can't be set on the 3 samples"):
        frames.set_values("score", [1, 2])


def test_views_of_frames_delete_what_they_show_or_what_they_hide(dataset: vf.Dataset) -> None:
    dataset.to_frames().match(F("n") != 2).keep()
    assert dataset.values("frames.n") == [[1, 5], []]
    dataset.match_frames(F("n") > 1).keep_frames()
    assert dataset.values("frames.n") == [[5], []]
    dataset.to_frames().clear()
    assert dataset.values("frames.n") == [[], []]


def test_fields_are_cleared_and_copied_in_what_a_view_shows(dataset: vf.Dataset) -> None:
    dataset.set_values("m", [1, 2])
    view = dataset.limit(1)
    view.clone_sample_field("m", "copy")
    view.clear_sample_field("m")
    view.clear_sample_fields(["tags"])
    assert [dataset.values(name) for name in ("m", "copy", "tags")] == [
        [None, 2], [1, None], [[], []],
    ]  # fmt: skip
    late = dataset.match_frames(F("n") > 1)
    late.clone_frame_field("objects", "found")
    late.clear_frame_fields("objects")
    late.clone_frame_fields({"n": "k"})
    late.clear_frame_field("n")
    assert dataset.values("frames.objects.detections.label") == [[["cat", "dog"], None, None], []]
    assert dataset.values("frames.found.detections.label") == [[None, [], ["cat"]], []]
    assert dataset.values("frames.k") == [[None, 2, 5], []]
    assert dataset.values("frames.n") == [[1, None, None], []]
    dataset.filter_labels("frames.found", F("label") == "x").clone_frame_field("found", "none")
    assert dataset.count("frames.none.detections") == 0
    with pytest.raises(SchemaError, match="every sample needs one"):
        view.clear_sample_field("filepath")
    view.reload()


def test_attributes_of_frames_are_declared_as_soon_as_they_are_stored(dataset: vf.Dataset) -> None:
    assert dataset.get_dynamic_frame_field_schema() == {}
    dataset.add_dynamic_frame_fields()
    dataset.remove_dynamic_frame_field("n")
    dataset.remove_dynamic_frame_fields(["objects"])
    assert not dataset.has_frame_field("n")
    assert not dataset.has_frame_field("objects")
    assert vf.Dataset().get_dynamic_frame_field_schema() is None


def test_a_field_of_frames_exists_where_a_frame_has_it(dataset: vf.Dataset) -> None:
    assert dataset.exists("frames").values("n") == [1]
    assert dataset.exists("frames.n", bool=False).values("filepath") == ["/two.mp4"]
    tagged = dataset.exists("frames.objects.detections.confidence")
    assert len(tagged) == 0


def test_a_clone_of_a_view_has_the_frames_and_labels_that_it_shows(dataset: vf.Dataset) -> None:
    clone = dataset.match_frames(F("n") != 2).filter_labels(
        "frames.objects", F("label") == "cat"
    ).clone()  # fmt: skip
    assert clone.values("frames.frame_number") == [[1, 5]]
    assert clone.values("frames.objects.detections.label") == [[["cat"], ["cat"]]]
    assert clone.media_type == "video"


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


@pytest.fixture
def files(tmp_path: Path) -> vf.Dataset:
    """Two videos of 10 frames a second and 64 × 48 pixels, of 10 and 3 frames."""
    made = vf.Dataset("files")
    for name, count in (("long", 10), ("short", 3)):
        folder = tmp_path / "videos" / name
        folder.mkdir(parents=True)
        made.add_sample(vf.Sample(filepath=str(make_video(folder / "clip.mp4", count))))
    return made


@pytest.mark.parametrize(
    ("options", "numbers", "size_wh"),
    [
        ({}, [*range(1, 11), 1, 2, 3], (64, 48)),
        ({"fps": 5}, [1, 3, 5, 7, 9, 1, 3], (64, 48)),
        ({"max_fps": 3, "size": (32, -1)}, [1, 4, 8, 1], (32, 24)),
        ({"fps": 1, "size": (10, 20)}, [1, 1], (10, 20)),
        ({"fps": 1, "max_size": (-1, 12)}, [1, 1], (16, 12)),
        ({"fps": 1, "min_size": (128, -1)}, [1, 1], (128, 96)),
        ({"fps": 1, "min_size": (8, 8), "max_size": (999, 999)}, [1, 1], (64, 48)),
    ],
)
def test_images_are_written_of_the_frames_that_are_asked_for(
    files: vf.Dataset,
    tmp_path: Path,
    options: dict[str, Any],
    numbers: list[int],
    size_wh: tuple[int, int],
) -> None:
    out = tmp_path / "out"
    frames = files.to_frames(
        sample_frames=True, output_dir=out, rel_dir=tmp_path / "videos", frames_patt="%03d.png",
        **options,
    )  # fmt: skip
    assert frames.values("frame_number") == numbers
    assert files.count("frames") == len(numbers)
    paths = [Path(path) for path in frames.values("filepath")]
    assert paths[0] == out / "long" / "clip" / "001.png"
    assert paths[-1] == out / "short" / "clip" / f"{numbers[-1]:03d}.png"
    assert {size_of(path) for path in paths} == {size_wh}
    assert len(list(out.rglob("*.png"))) == len(numbers)
    with Image.open(paths[0]) as image:
        grey = np.asarray(image)[3, 3].tolist()
    assert all(abs(value - 10) <= 3 for value in grey)


def test_images_that_are_there_are_kept_unless_they_are_forced(
    files: vf.Dataset, tmp_path: Path
) -> None:
    made = files.to_frames(sample_frames=True, fps=1, output_dir=tmp_path, rel_dir=tmp_path)
    path = Path(made.values("filepath")[0])
    path.write_bytes(b"mine")
    files.to_frames(sample_frames=True, output_dir=tmp_path, rel_dir=tmp_path)
    assert path.read_bytes() == b"mine"
    files.to_frames(sample_frames=True, fps=1, output_dir=tmp_path, rel_dir=tmp_path,
                    force_sample=True)  # fmt: skip
    assert size_of(path) == (64, 48)


def test_frames_that_exist_alone_are_sampled_where_that_is_asked(files: vf.Dataset) -> None:
    sample = files.first()
    sample.frames[4] = vf.Frame(n=4)
    sample.save()
    frames = files.to_frames(sample_frames=True, sparse=True)
    assert [Path(path).name for path in frames.values("filepath")] == ["000004.jpg"]
    every = files.to_frames(sample_frames="dynamic")
    assert len(every) == 13
    assert every.last().filepath == files.last().filepath


def test_videos_that_cannot_be_read_are_named(files: vf.Dataset) -> None:
    files.add_sample(vf.Sample(filepath="/nowhere.mp4"))
    with pytest.warns(UserWarning, match=r"1 of 3 videos.*nowhere"):
        frames = files.to_frames(sample_frames=True, fps=1)
    assert len(frames) == 2
    with pytest.raises(MediaError, match="nowhere"):
        files.to_frames(sample_frames=True, skip_failures=False)


@pytest.mark.parametrize(
    ("options", "error", "advice"),
    [
        ({"fps": 0}, ExpressionError, "frames a second"),
        ({"size": (0, 5)}, ConfigError, "in pixels"),
        ({"size": (-1, -1)}, ConfigError, "width or a height"),
        ({"frames_patt": "frame.jpg"}, ConfigError, "by number"),
    ],
)
def test_what_cannot_be_sampled_is_refused(
    files: vf.Dataset, options: dict[str, Any], error: type[Exception], advice: str
) -> None:
    with pytest.raises(error, match=advice):
        files.to_frames(**options)
