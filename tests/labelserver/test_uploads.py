from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.labelserver.conftest import Asker
    from viewfinder.labelserver.settings import Settings

URL = "http://127.0.0.1:8080"


def _new_task(ask: Asker, **more: Any) -> int:
    body = {"name": "t", "labels": [{"name": "a"}], **more}
    return int(ask("POST", "/api/tasks", json=body).json()["id"])


def _announce(ask: Asker, task: int, name: str, length: int) -> str:
    metadata = f"filename {base64.b64encode(name.encode()).decode()},filetype aW1hZ2U="
    answer = ask(
        "POST",
        f"/api/tasks/{task}/data/",
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(length),
            "Upload-Metadata": metadata,
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["location"].removeprefix(URL)


def _send(ask: Asker, location: str, offset: int, piece: bytes) -> Any:
    return ask(
        "PATCH",
        location,
        content=piece,
        headers={
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
            "Tus-Resumable": "1.0.0",
        },
    )


def _finish(ask: Asker, task: int, **more: Any) -> Any:
    return ask(
        "POST",
        f"/api/tasks/{task}/data/",
        json={"image_quality": 70, **more},
        headers={"Upload-Finish": ""},
    )


def _names(ask: Asker, task: int) -> list[str]:
    meta = ask("GET", f"/api/tasks/{task}/data/meta").json()
    return [frame["name"] for frame in meta["frames"]]


def test_an_upload_goes_on_where_it_was_cut(ask: Asker, png_bytes: Callable[..., bytes]) -> None:
    task, content = _new_task(ask), png_bytes((60, 50))
    location = _announce(ask, task, "dir/one.png", len(content))
    assert _send(ask, location, 0, content[:40]).headers["upload-offset"] == "40"
    # The client did not hear that, asks, and is told.
    head = ask("HEAD", location)
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == (
        "40",
        str(len(content)),
    )
    repeated = _send(ask, location, 0, content[:40])
    assert (repeated.status_code, repeated.headers["upload-offset"]) == (409, "40")
    refused = _finish(ask, task)
    assert refused.status_code == 400
    assert "one.png" in refused.text
    done = _send(ask, location, 40, content[40:])
    assert (done.status_code, done.headers["upload-filename"]) == (204, "one.png")
    assert _finish(ask, task).status_code == 202
    assert ask.settled(task)["state"] == "Finished"
    frame = ask("GET", f"/api/tasks/{task}/data?type=frame&number=0&quality=original")
    assert frame.content == content


def test_more_bytes_than_announced_are_refused(ask: Asker) -> None:
    task = _new_task(ask)
    location = _announce(ask, task, "a.png", 10)
    assert _send(ask, location, 0, b"x" * 11).status_code == 413


def test_an_upload_of_another_task_is_not_found(ask: Asker) -> None:
    first, second = _new_task(ask), _new_task(ask)
    location = _announce(ask, first, "a.png", 10)
    moved = location.replace(f"tasks/{first}/", f"tasks/{second}/")
    assert _send(ask, moved, 0, b"x").status_code == 404


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/cron.d/x.png", "x.png"),
        ("/etc/y.png", "y.png"),
        ("C:\\pictures\\z.png", "z.png"),
        ("ünïcode 画像.png", "ünïcode 画像.png"),
    ],
)
def test_names_are_only_names(
    ask: Asker, settings: Settings, png_bytes: Callable[..., bytes], given: str, kept: str
) -> None:
    task = _new_task(ask)
    before = set(settings.data_dir.parent.rglob("*"))
    ask(
        "POST",
        f"/api/tasks/{task}/data",
        data={"image_quality": "70"},
        files={"client_files[0]": (given, png_bytes((5, 5)))},
    )
    assert ask.settled(task)["state"] == "Finished"
    assert _names(ask, task) == [kept]
    made = [path for path in set(settings.data_dir.parent.rglob("*")) - before if path.is_file()]
    media = [path for path in made if path.suffix == ".png"]
    assert media == [settings.media_dir / str(task) / "0000000.png"]


@pytest.mark.parametrize("name", ["..", ".", "/", "a/.."])
def test_no_name_at_all_is_refused(ask: Asker, png_bytes: Callable[..., bytes], name: str) -> None:
    task = _new_task(ask)
    answer = ask(
        "POST",
        f"/api/tasks/{task}/data",
        data={"image_quality": "70"},
        files={"client_files[0]": (name, png_bytes((5, 5)))},
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("paths", [("x.png", "x.png"), ("a/x.png", "a/x.png"),
                                   ("a/x.png", "x.png")])  # fmt: skip
def test_two_files_of_one_name_are_refused_and_leave_nothing(
    ask: Asker, settings: Settings, png_bytes: Callable[..., bytes], paths: tuple[str, str]
) -> None:
    task = _new_task(ask)
    files = [
        (f"client_files[{at}]", (path, png_bytes((5 + at, 5)))) for at, path in enumerate(paths)
    ]
    answer = ask("POST", f"/api/tasks/{task}/data", data={"image_quality": "70"}, files=files)
    assert answer.status_code == 400
    assert "Two files are called" in answer.text
    assert [path for path in settings.uploads_dir.rglob("*") if path.is_file()] == []


def test_one_name_in_several_folders_is_several_pictures(
    ask: Asker, png_bytes: Callable[..., bytes]
) -> None:
    """In one request, in a second one, and in pieces; sent again, each takes its own place."""
    task = _new_task(ask)
    here = f"/api/tasks/{task}/data/"
    ask("POST", here, headers={"Upload-Start": ""})
    for paths in (("a/x.png", "b/x.png"), ("../c/x.png",), ("b/x.png",)):
        files = [
            (f"client_files[{at}]", (path, png_bytes((5 + "abc".index(path[-7]), 5))))
            for at, path in enumerate(paths)
        ]
        answer = ask("POST", here, headers={"Upload-Multiple": ""}, files=files)
        assert answer.status_code == 200, answer.text
    content = png_bytes((8, 5))
    _announce(ask, task, "d\\x.png", len(content))
    location = _announce(ask, task, "d\\x.png", len(content))
    _send(ask, location, 0, content)
    order = ["d/x.png", "b/x.png", "a/x.png", "c/x.png"]
    _finish(ask, task, sorting_method="predefined", upload_file_order=order)
    status = ask.settled(task)
    assert status["state"] == "Finished", status
    meta = ask("GET", f"/api/tasks/{task}/data/meta").json()
    shown = [(frame["name"], frame["width"]) for frame in meta["frames"]]
    assert shown == [("d/x.png", 8), ("b/x.png", 6), ("x.png", 5), ("c/x.png", 7)]


def test_the_same_bulk_request_sent_twice_counts_once(
    ask: Asker, png_bytes: Callable[..., bytes]
) -> None:
    task = _new_task(ask)
    ask("POST", f"/api/tasks/{task}/data/", headers={"Upload-Start": ""})
    files = [
        ("client_files[0]", ("/p/x.png", png_bytes((5, 5)))),
        ("client_files[1]", ("/p/y.png", png_bytes((6, 6)))),
    ]
    for _ in range(2):
        answer = ask(
            "POST", f"/api/tasks/{task}/data/", files=files, headers={"Upload-Multiple": ""}
        )
        assert answer.status_code == 200
    answer = _finish(ask, task)
    assert answer.json()["client_files"] == ["x.png", "y.png"]
    assert ask.settled(task)["state"] == "Finished"
    assert _names(ask, task) == ["x.png", "y.png"]


def test_a_new_start_forgets_an_upload_that_was_given_up(
    ask: Asker, png_bytes: Callable[..., bytes]
) -> None:
    task = _new_task(ask)
    for name in ("old.png", "new.png"):
        ask("POST", f"/api/tasks/{task}/data/", headers={"Upload-Start": ""})
        files = {"client_files[0]": (name, png_bytes((5, 5)))}
        ask("POST", f"/api/tasks/{task}/data/", files=files, headers={"Upload-Multiple": ""})
    assert _finish(ask, task).json()["client_files"] == ["new.png"]
    assert ask.settled(task)["state"] == "Finished"


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("lexicographical", ["f1.png", "f10.png", "f2.png"]),
        ("natural", ["f1.png", "f2.png", "f10.png"]),
        ("predefined", ["f10.png", "f2.png", "f1.png"]),
    ],
)
def test_order_of_frames(
    ask: Asker, png_bytes: Callable[..., bytes], method: str, expected: list[str]
) -> None:
    task = _new_task(ask)
    sent = ["f10.png", "f2.png", "f1.png"]
    files = [(f"client_files[{n}]", (name, png_bytes((5, 5)))) for n, name in enumerate(sent)]
    # The parts of a form may come in any order; the numbers in their names say which was meant.
    ask(
        "POST",
        f"/api/tasks/{task}/data",
        data={"image_quality": "70", "sorting_method": method},
        files=list(reversed(files)),
    )
    assert ask.settled(task)["state"] == "Finished"
    assert _names(ask, task) == expected


def test_an_order_that_names_other_files_fails_with_the_names(
    ask: Asker, png_bytes: Callable[..., bytes]
) -> None:
    task = _new_task(ask)
    files = {"client_files[0]": ("here.png", png_bytes((5, 5)))}
    ask("POST", f"/api/tasks/{task}/data/", files=files, headers={"Upload-Multiple": ""})
    _finish(ask, task, sorting_method="predefined", upload_file_order=["there.png"])
    status = ask.settled(task)
    assert status["state"] == "Failed"
    assert "here.png" in status["message"]
    assert "there.png" in status["message"]


def test_no_files_at_all_fail(ask: Asker) -> None:
    task = _new_task(ask)
    _finish(ask, task)
    status = ask.settled(task)
    assert (status["state"], status["message"][:19]) == ("Failed", "No media data found")


def test_the_camera_orientation_counts_for_the_size(ask: Asker, tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 40)).save(path, exif=exif)
    task = _new_task(ask)
    ask(
        "POST",
        f"/api/tasks/{task}/data",
        data={"image_quality": "70"},
        files={"client_files[0]": ("turned.jpg", path.read_bytes())},
    )
    assert ask.settled(task)["state"] == "Finished"
    (frame,) = ask("GET", f"/api/tasks/{task}/data/meta").json()["frames"]
    assert (frame["width"], frame["height"]) == (40, 60)
    original = ask("GET", f"/api/tasks/{task}/data?type=frame&number=0&quality=original")
    assert original.content == path.read_bytes()
    small = ask("GET", f"/api/tasks/{task}/data?type=frame&number=0")
    (tmp_path / "small.jpg").write_bytes(small.content)
    with Image.open(tmp_path / "small.jpg") as image:
        assert image.size == (40, 60)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "I;16", "CMYK", "1", "F", "LA"])
def test_every_kind_of_pixels_can_be_shown(ask: Asker, tmp_path: Path, mode: str) -> None:
    path = tmp_path / "picture.tiff"
    Image.new(mode, (30, 20)).save(path)
    task = _new_task(ask)
    ask(
        "POST",
        f"/api/tasks/{task}/data",
        data={"image_quality": "70"},
        files={"client_files[0]": ("picture.tiff", path.read_bytes())},
    )
    assert ask.settled(task) == {"state": "Finished", "message": "", "progress": 1.0}
    shown = ask("GET", f"/api/tasks/{task}/data?type=frame&number=0")
    assert (shown.status_code, shown.content[:3]) == (200, b"\xff\xd8\xff")
    assert ask("GET", f"/api/tasks/{task}/preview").content[:3] == b"\xff\xd8\xff"


def test_a_frame_is_sent_once_to_a_client_that_keeps_it(ask: Asker) -> None:
    task = ask.task()
    url = f"/api/tasks/{task}/data?type=frame&number=1&quality=original"
    first = ask("GET", url)
    again = ask("GET", url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = ask("GET", url.replace("number=1", "number=2"))
    assert other.headers["etag"] != first.headers["etag"]


def test_deleting_a_task_removes_its_pictures(ask: Asker, settings: Settings) -> None:
    task = ask.task()
    assert (settings.media_dir / str(task)).is_dir()
    assert ask("DELETE", f"/api/tasks/{task}").status_code == 204
    assert not (settings.media_dir / str(task)).exists()
    assert not (settings.uploads_dir / str(task)).exists()


@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\nContent-Disposition: form-data; name=image_quality\r\n\r\n7",
        b"--b\r\nContent-Disposition: form-data; name=client_files[0]; filename=a.png\r\n\r\nabc",
        b"no form",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    ],
)
def test_a_form_that_is_cut_or_none_is_refused_and_leaves_nothing(
    ask: Asker, settings: Settings, body: bytes
) -> None:
    task = _new_task(ask)
    answer = ask(
        "POST",
        f"/api/tasks/{task}/data",
        content=body,
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Multipart form parse error")
    assert [path for path in settings.uploads_dir.rglob("*") if path.is_file()] == []
