"""Media of the server's share, jobs by file names, and frames for checking told with the media."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.labelserver.conftest import Asker, Template, png
from tests.labelserver.videos import video_bytes
from viewfinder.labelserver.app import create_app
from viewfinder.labelserver.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def share(tmp_path: Path) -> Path:
    folder = tmp_path / "share"
    for name in ("b/1.png", "a/1.png", "a/deep/2.png", "top.png"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png((20, 10), len(name)))
    (folder / "a/notes.txt").write_text("none of the media")
    (folder / "clip.mp4").write_bytes(video_bytes(5))
    (tmp_path / "secret.png").write_bytes(png((5, 5)))
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    return folder


@pytest.fixture
def ask_sharing(tmp_path: Path, share: Path, template: Template) -> Iterator[Asker]:
    settings = Settings(data_dir=tmp_path / "with-share", share_dir=share)
    settings.data_dir.mkdir()
    shutil.copy(template.database, settings.data_dir / "labelserver.sqlite")
    app = create_app(settings)
    asker = Asker(app, template.tokens["admin"])
    yield asker
    asker.close()
    app.state.close()


def _task(ask: Asker, **data: Any) -> tuple[int, Any]:
    task = ask("POST", "/api/tasks", json={"name": "t", "labels": [{"name": "a"}]}).json()["id"]
    sent = ask("POST", f"/api/tasks/{task}/data", json={"image_quality": 70, **data})
    if sent.status_code != 202:
        return int(task), sent
    return int(task), ask.settled(task)


def _names(ask: Asker, task: int) -> list[str]:
    meta = ask("GET", f"/api/tasks/{task}/data/meta").json()
    return [frame["name"] for frame in meta["frames"]]


def test_the_share_is_browsed(ask_sharing: Asker, ask: Asker) -> None:
    def listed(query: str = "") -> list[tuple[str, str, str]]:
        found = ask_sharing("GET", f"/api/server/share?{query}").json()
        return [(each["name"], each["type"], each["mime_type"]) for each in found]

    assert listed() == [
        ("a", "DIR", "DIR"),
        ("b", "DIR", "DIR"),
        ("clip.mp4", "REG", "video"),
        ("out.png", "REG", "image"),
        ("top.png", "REG", "image"),
    ]
    assert listed("directory=a&search=PNG") == [("1.png", "REG", "image")]
    assert ask_sharing("GET", "/api/server/share?directory=../").status_code == 400
    assert ask("GET", "/api/server/share").json() == []


@pytest.mark.parametrize("copies", [True, False])
def test_files_and_folders_of_the_share_become_frames(
    ask_sharing: Asker, share: Path, copies: bool
) -> None:
    task, status = _task(ask_sharing, server_files=["a/", "b/1.png"], copy_data=copies)
    assert status["state"] == "Finished"
    assert _names(ask_sharing, task) == ["a/1.png", "a/deep/2.png", "b/1.png"]
    frame = ask_sharing("GET", f"/api/tasks/{task}/data?type=frame&number=2&quality=original")
    assert frame.content == (share / "b/1.png").read_bytes()
    ask_sharing("DELETE", f"/api/tasks/{task}")
    assert (share / "b/1.png").exists()


def test_some_of_the_share_is_left_out_and_videos_are_taken(ask_sharing: Asker) -> None:
    task, _ = _task(ask_sharing, server_files=["a"], server_files_exclude=["a/deep"])
    assert _names(ask_sharing, task) == ["a/1.png"]
    task, _ = _task(ask_sharing, server_files=["clip.mp4"])
    assert ask_sharing("GET", f"/api/tasks/{task}").json()["mode"] == "interpolation"


@pytest.mark.parametrize("path", ["../secret.png", "/etc/passwd", "missing.png", "out.png", "a\0"])
def test_what_is_not_in_the_share_is_not_found(ask_sharing: Asker, path: str) -> None:
    _, refused = _task(ask_sharing, server_files=[path])
    assert refused.status_code == 400
    assert "is not in the share" in refused.text


def test_a_server_without_a_share_says_so(ask: Asker) -> None:
    _, refused = _task(ask, server_files=["a.png"])
    assert "has no share" in refused.text


def test_jobs_by_the_names_of_their_files(ask_sharing: Asker) -> None:
    mapping = [["top.png"], ["b/1.png", "a/1.png"]]
    task, _ = _task(
        ask_sharing, server_files=["a/1.png", "b/1.png", "top.png"], job_file_mapping=mapping
    )
    assert _names(ask_sharing, task) == ["top.png", "b/1.png", "a/1.png"]
    jobs = ask_sharing("GET", f"/api/jobs?task_id={task}&sort=id").json()["results"]
    assert [(job["start_frame"], job["stop_frame"]) for job in jobs] == [(0, 0), (1, 2)]


def _uploaded(ask: Asker, count: int, segment_size: int, **data: Any) -> tuple[int, Any]:
    body = {"name": "t", "labels": [{"name": "a"}], "segment_size": segment_size}
    task = int(ask("POST", "/api/tasks", json=body).json()["id"])
    here = f"/api/tasks/{task}/data"
    files = [(f"client_files[{n}]", (f"{n}.png", png((40, 30), n))) for n in range(count)]
    ask("POST", here, headers={"Upload-Start": "true"})
    ask("POST", here, headers={"Upload-Multiple": "true"}, files=files)
    sent = ask("POST", here, json={"image_quality": 70, **data})
    assert sent.status_code == 202, sent.text
    return task, ask.settled(task)


def test_a_job_of_true_labels_is_asked_for_with_the_media(ask: Asker) -> None:
    params = {"mode": "gt", "frame_selection_method": "manual", "frames": ["3.png", "0.png"]}
    task, _ = _uploaded(ask, 4, 2, validation_params=params)
    jobs = ask("GET", f"/api/jobs?task_id={task}&sort=id").json()["results"]
    assert [(job["type"], job["frame_count"]) for job in jobs] == [
        ("annotation", 2),
        ("annotation", 2),
        ("ground_truth", 2),
    ]
    assert ask("GET", f"/api/tasks/{task}").json()["validation_mode"] == "gt"
    params = {"mode": "gt", "frame_selection_method": "manual", "frames": ["missing.png"]}
    _, status = _uploaded(ask, 2, 0, validation_params=params)
    assert (status["state"], "missing.png" in status["message"]) == ("Failed", True)


def test_honeypots_are_mixed_into_every_job(ask: Asker) -> None:
    params = {"mode": "gt_pool", "frame_selection_method": "manual", "random_seed": 3,
              "frames": ["1.png", "4.png"], "frames_per_job_count": 1}  # fmt: skip
    task, _ = _uploaded(ask, 6, 2, validation_params=params, sorting_method="random")
    names = _names(ask, task)
    jobs = ask("GET", f"/api/jobs?task_id={task}&sort=id").json()["results"]
    assert [(job["type"], job["start_frame"], job["stop_frame"]) for job in jobs] == [
        ("annotation", 0, 2),
        ("annotation", 3, 5),
        ("ground_truth", 6, 7),
    ]
    assert sorted(names[6:]) == ["1.png", "4.png"]
    for job in jobs[:2]:
        layout = ask("GET", f"/api/jobs/{job['id']}/validation_layout").json()
        (place,), (real,) = layout["honeypot_frames"], layout["honeypot_real_frames"]
        assert job["start_frame"] <= place <= job["stop_frame"]
        assert names[place] == names[real]
        assert real >= 6
    normal = [name for name in names[:6] if name not in {"1.png", "4.png"}]
    assert sorted(normal) == ["0.png", "2.png", "3.png", "5.png"]
    layout = ask("GET", f"/api/tasks/{task}/validation_layout").json()
    assert (layout["mode"], layout["honeypot_count"]) == ("gt_pool", 2)
    frame = ask("GET", f"/api/tasks/{task}/data?type=frame&number=7&quality=original")
    assert frame.status_code == 200
