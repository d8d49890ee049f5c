from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import av
import pytest

import viewfinder as vf
from tests.zoo.test_quickstart import COCO_CLASSES
from viewfinder import ViewField as F
from viewfinder.ids import is_id
from viewfinder.zoo.quickstart_video import QUICKSTART_VIDEO

FOLDER = QUICKSTART_VIDEO.provenance_path.parent
VIDEOS: list[dict[str, Any]] = json.loads((FOLDER / "labels.json").read_text("utf-8"))["videos"]


def test_the_folder_holds_the_named_clips_and_is_small() -> None:
    files = {path.name for path in (FOLDER / "data").iterdir()}
    assert files == {video["filename"] for video in VIDEOS}
    total_bytes = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    assert total_bytes < 1_000_000


@pytest.mark.parametrize("video", VIDEOS, ids=lambda video: str(video["filename"]))
def test_a_clip_is_what_its_record_says(video: dict[str, Any]) -> None:
    with av.open(str(FOLDER / "data" / video["filename"])) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        frames = list(container.decode(stream))
    assert len(frames) == video["frames"]
    assert {(frame.width, frame.height) for frame in frames} == {(video["width"], video["height"])}


@pytest.mark.parametrize("video", VIDEOS, ids=lambda video: str(video["filename"]))
def test_tracks_lie_in_their_clip(video: dict[str, Any]) -> None:
    assert [track["index"] for track in video["tracks"]] == list(range(1, len(video["tracks"]) + 1))
    for track in video["tracks"]:
        assert track["label"] in COCO_CLASSES
        numbers = [int(number) for number in track["boxes"]]
        assert numbers == sorted(numbers)
        assert numbers[0] >= 1
        assert numbers[-1] <= video["frames"]
        assert set(track["keyframes"]) <= set(numbers)
        assert {numbers[0], numbers[-1]} <= set(track["keyframes"])
        for x, y, width, height in track["boxes"].values():
            assert 0 <= x < x + width <= 1 + 1e-5
            assert 0 <= y < y + height <= 1 + 1e-5


def test_every_clip_has_one_line_of_provenance_with_a_licence() -> None:
    text = QUICKSTART_VIDEO.provenance_path.read_text("utf-8")
    rows = re.findall(r"^\| `(.+\.mp4)` \| (\d+) \| .+ \| (BSD|MIT)", text, re.MULTILINE)
    assert {(name, int(frames)) for name, frames, _ in rows} == {
        (video["filename"], video["frames"]) for video in VIDEOS
    }


def test_it_loads_as_videos_with_tracks_and_the_same_ids_for_everybody() -> None:
    dataset = vf.zoo.load_zoo_dataset("quickstart-video")
    assert dataset.media_type == "video"
    assert len(dataset) == len(VIDEOS) == 4
    assert dataset.count("frames") == sum(video["frames"] for video in VIDEOS)
    assert dataset.count_values("frames.detections.detections.label") == Counter(
        track["label"] for video in VIDEOS for track in video["tracks"] for _ in track["boxes"]
    )
    assert dataset.first().id == "f38ec694b37a39bde6f1d958"
    ids = dataset.values("frames.detections.detections.id", unwind=True)
    assert all(map(is_id, ids))
    assert len(set(ids)) == len(ids)


def test_a_car_goes_behind_a_bicycle_and_comes_out_as_the_same_track() -> None:
    dataset = vf.zoo.load_zoo_dataset("quickstart-video")
    crossing = dataset.match(F("filepath").ends_with("crossing.mp4")).first()
    seen = [
        number
        for number, frame in crossing.frames.items()
        if any(detection.index == 3 for detection in frame.detections.detections)
    ]
    assert seen == [*range(17, 38), *range(44, 51)]
