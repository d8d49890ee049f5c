"""Tasks made of a video: frames, chunks, steps, segments; nothing mocked, real files decoded."""

from __future__ import annotations

import io
import random
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.labelserver.videos import (
    SIZE_WH,
    number_on,
    numbers_in_archive,
    numbers_in_video,
    video_bytes,
)
from viewfinder.labelserver.services.chunk_cache import ChunkCache
from viewfinder.labelserver.services.video import (
    VideoIndex,
    VideoReader,
    inspect_video,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.labelserver.conftest import Asker


def _task(
    ask: Asker, content: bytes, *, name: str = "clip.mp4", state: str = "Finished", **data: Any
) -> int:
    body: dict[str, Any] = {"name": "video", "labels": [{"name": "a"}]}
    body |= {key: data.pop(key) for key in ("segment_size", "overlap") if key in data}
    task = int(ask("POST", "/api/tasks", json=body).json()["id"])
    answer = ask(
        "POST",
        f"/api/tasks/{task}/data",
        data={"image_quality": "90", **data},
        files=[("client_files[0]", (name, content))],
    )
    assert answer.status_code == 202, answer.text
    status = ask.settled(task)
    assert status["state"] == state, status
    return task


def _frame(ask: Asker, where: str, number: int, quality: str = "original") -> Image.Image:
    answer = ask("GET", f"{where}/data?type=frame&number={number}&quality={quality}")
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


def _members(archive: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return [opened.read(name) for name in opened.namelist()]


def test_a_video_becomes_a_task_of_interpolation(ask: Asker) -> None:
    task = _task(ask, video_bytes(12), use_zip_chunks="True")
    shown = ask("GET", f"/api/tasks/{task}").json()
    # As CVAT answers for a video of twelve frames.
    assert {
        key: shown[key]
        for key in (
            "mode",
            "overlap",
            "segment_size",
            "size",
            "data_chunk_size",
            "data_compressed_chunk_type",
            "data_original_chunk_type",
        )
    } == {
        "mode": "interpolation",
        "overlap": 5,
        "segment_size": 12,
        "size": 12,
        "data_chunk_size": 72,
        "data_compressed_chunk_type": "imageset",
        "data_original_chunk_type": "video",
    }
    meta = ask("GET", f"/api/tasks/{task}/data/meta").json()
    frame = {
        "width": SIZE_WH[0],
        "height": SIZE_WH[1],
        "name": "clip.mp4",
        "related_files": 0,
        "has_related_context": False,
    }
    assert {key: meta[key] for key in ("size", "start_frame", "stop_frame", "frames")} == {
        "size": 12,
        "start_frame": 0,
        "stop_frame": 11,
        "frames": [frame],
    }
    (job,) = ask("GET", f"/api/jobs?task_id={task}").json()["results"]
    assert (job["mode"], job["frame_count"], job["stop_frame"]) == ("interpolation", 12, 11)


@pytest.mark.parametrize(
    ("codec", "container_format", "name"),
    [
        ("libx264", "mp4", "clip.mp4"),
        ("mpeg4", "avi", "clip.avi"),
        ("libvpx-vp9", "webm", "clip.webm"),
        ("libx264", "matroska", "clip.mkv"),
    ],
)
def test_every_frame_is_itself_in_any_order(
    ask: Asker, codec: str, container_format: str, name: str
) -> None:
    bframes = 2 if codec == "libx264" else 0
    content = video_bytes(
        23, codec=codec, container_format=container_format, gop=6, bframes=bframes
    )
    task = _task(ask, content, name=name)
    order = list(range(23))
    random.Random(3).shuffle(order)
    here = f"/api/tasks/{task}"
    assert [number_on(_frame(ask, here, number)) for number in order] == order
    assert [number_on(_frame(ask, here, number)) for number in range(23)] == list(range(23))


def test_steps_choose_frames_and_jobs_count_them(ask: Asker) -> None:
    # The recorded case: frames 2, 5, 8, 11 of a video of twelve.
    task = _task(ask, video_bytes(12), start_frame="2", stop_frame="11", frame_filter="step=3")
    meta = ask("GET", f"/api/tasks/{task}/data/meta").json()
    assert {key: meta[key] for key in ("size", "start_frame", "stop_frame", "frame_filter")} == {
        "size": 4,
        "start_frame": 2,
        "stop_frame": 11,
        "frame_filter": "step=3",
    }
    here = f"/api/tasks/{task}"
    assert [number_on(_frame(ask, here, number)) for number in range(4)] == [2, 5, 8, 11]
    assert ask("GET", here).json()["overlap"] == 2


def test_jobs_of_a_video_share_frames(ask: Asker) -> None:
    task = _task(ask, video_bytes(20), segment_size=8, overlap=2)
    jobs = ask("GET", f"/api/jobs?task_id={task}&sort=id").json()["results"]
    ranges = [(job["start_frame"], job["stop_frame"]) for job in jobs]
    assert ranges == [(0, 7), (6, 13), (12, 19), (18, 19)]
    here = f"/api/jobs/{jobs[1]['id']}"
    assert [number_on(_frame(ask, here, number)) for number in (6, 13)] == [6, 13]
    assert ask("GET", f"{here}/data?type=frame&number=5").status_code == 400
    meta = ask("GET", f"{here}/data/meta").json()
    assert (meta["size"], meta["start_frame"], meta["stop_frame"]) == (8, 6, 13)
    assert len(meta["frames"]) == 1


def test_chunks_are_archives_or_videos_and_kept(ask: Asker) -> None:
    task = _task(ask, video_bytes(20), chunk_size="8", use_zip_chunks="true")
    here = f"/api/tasks/{task}/data?type=chunk"
    archive = ask("GET", f"{here}&number=1&quality=compressed")
    assert archive.headers["content-type"] == "application/zip"
    assert numbers_in_archive(_members(archive.content)) == list(range(8, 16))
    video = ask("GET", f"{here}&number=2&quality=original")
    assert video.headers["content-type"] == "video/mp4"
    assert numbers_in_video(video.content) == list(range(16, 20))
    again = ask("GET", f"{here}&number=2&quality=original")
    assert again.content == video.content
    as_video = _task(ask, video_bytes(9), chunk_size="4")
    shown = ask("GET", f"/api/tasks/{as_video}").json()
    assert shown["data_compressed_chunk_type"] == "video"
    chunk = ask("GET", f"/api/tasks/{as_video}/data?type=chunk&number=1&quality=compressed")
    assert numbers_in_video(chunk.content) == [4, 5, 6, 7]


def test_previews_and_compressed_frames_are_jpeg(ask: Asker) -> None:
    task = _task(ask, video_bytes(9), segment_size=4, overlap=0)
    here = f"/api/tasks/{task}"
    compressed = _frame(ask, here, 7, "compressed")
    assert (compressed.format, number_on(compressed)) == ("JPEG", 7)
    assert _frame(ask, here, 7).format == "PNG"
    last = ask("GET", f"/api/jobs?task_id={task}").json()["results"][0]
    preview = ask("GET", f"/api/jobs/{last['id']}/preview")
    assert number_on(Image.open(io.BytesIO(preview.content))) == 8


def test_frames_of_a_video_are_left_out_and_back(ask: Asker) -> None:
    task = _task(ask, video_bytes(12), segment_size=6, overlap=0)
    here = f"/api/tasks/{task}/data/meta"
    patched = ask("PATCH", here, json={"deleted_frames": [1, 7, 8]}).json()
    assert (patched["deleted_frames"], patched["size"]) == ([1, 7, 8], 12)
    second = ask("GET", f"/api/jobs?task_id={task}").json()["results"][0]["id"]
    job = f"/api/jobs/{second}/data/meta"
    assert ask("GET", job).json()["deleted_frames"] == [7, 8]
    ask("PATCH", job, json={"deleted_frames": [11]})
    assert ask("GET", here).json()["deleted_frames"] == [1, 11]
    ask("PATCH", here, json={"deleted_frames": []})
    assert ask("GET", here).json()["deleted_frames"] == []


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no video at all", "can't be read as a video"), (b"", "can't be read as a video")],
)
def test_what_is_no_video_fails_in_words(ask: Asker, content: bytes, words: str) -> None:
    task = _task(ask, content, state="Failed")
    assert words in ask("GET", f"/api/tasks/{task}/status").json()["message"]
    assert ask("GET", f"/api/jobs?task_id={task}").json()["count"] == 0


def test_a_start_after_the_end_fails_in_words(ask: Asker) -> None:
    task = _task(ask, video_bytes(5), state="Failed", start_frame="5")
    assert "has 5 frames" in ask("GET", f"/api/tasks/{task}/status").json()["message"]


def test_a_video_comes_alone(ask: Asker, png_bytes: Any) -> None:
    task = int(
        ask("POST", "/api/tasks", json={"name": "t", "labels": [{"name": "a"}]}).json()["id"]
    )
    files = [
        ("client_files[0]", ("a.png", png_bytes((8, 8)))),
        ("client_files[1]", ("b.mp4", video_bytes(3))),
    ]
    ask("POST", f"/api/tasks/{task}/data", data={"image_quality": "70"}, files=files)
    status = ask.settled(task)
    assert status["state"] == "Failed"
    assert "one video, or images" in status["message"]


def test_deleting_a_task_deletes_its_video_and_chunks(ask: Asker, settings: Any) -> None:
    task = _task(ask, video_bytes(6))
    ask("GET", f"/api/tasks/{task}/data?type=chunk&number=0&quality=original")
    folders = [settings.media_dir / str(task), settings.cache_dir / str(task)]
    assert all(folder.is_dir() for folder in folders)
    ask("DELETE", f"/api/tasks/{task}")
    assert not any(folder.exists() for folder in folders)


def _indexed(tmp_path: Path, count: int) -> tuple[Path, VideoIndex]:
    path = tmp_path / "clip.mp4"
    path.write_bytes(video_bytes(count, gop=4))
    video = inspect_video(path, path.name)
    assert video is not None
    assert len(video.index.times) == count
    return path, video.index


def test_an_index_comes_back_from_its_file(tmp_path: Path) -> None:
    _, index = _indexed(tmp_path, 9)
    index.save(tmp_path / "index.npz")
    again = VideoIndex.load(tmp_path / "index.npz")
    assert again.times.tolist() == index.times.tolist()
    assert again.alone.tolist() == index.alone.tolist()
    assert [index.beginning_for(number) for number in (0, 3, 4, 8)] == [0, 0, 4, 8]


@pytest.mark.parametrize("times", ["as they are", "all the same", "of another file"])
def test_frames_are_found_by_counting_where_times_do_not_help(tmp_path: Path, times: str) -> None:
    path, index = _indexed(tmp_path, 14)
    if times == "all the same":
        index.times[:] = 0
    elif times == "of another file":
        index.times[:] += 1
    reader = VideoReader(path, index)
    order = [9, 13, 5, 5, 6, 0, 12]
    assert [number_on(reader.read(number)) for number in order] == order
    reader.close()


def test_the_chunks_that_were_used_last_stay(tmp_path: Path) -> None:
    cache = ChunkCache(tmp_path, max_bytes=250)
    for name in ("a", "b", "c"):
        cache.path_of(1, name, lambda: b"x" * 100)
    there = sorted(path.name for path in (tmp_path / "1").iterdir())
    assert there == ["b", "c"]
    assert cache.path_of(1, "c", lambda: b"not made again").read_bytes() == b"x" * 100
