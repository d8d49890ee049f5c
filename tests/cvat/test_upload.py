from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cvat.twin import URL, Twin
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.transport import Options
from viewfinder.cvat.upload import SENDING, DataOptions, ImageFile
from viewfinder.errors import (
    MediaNotFoundError,
    ServerFailedError,
    ServerRefusedError,
    ServerTimeoutError,
)


class UploadTwin(Twin):
    """Takes uploads as CVAT does: opened, several in one, TUS, closed; keeps what arrived."""

    def __init__(self, *, tus: bool = True, states: tuple[str, ...] = ("finished",)) -> None:
        self.stored: dict[str, bytes] = {}
        self.finish: dict[str, Any] = {}
        self.states = list(states)
        self.partial: dict[str, tuple[str, bytearray]] = {}
        self.sizes: dict[str, int] = {}
        super().__init__({
            "POST /api/tasks/9/data/": self.post if tus else self.plain,
            r"PATCH /api/tasks/9/data/(\w+)": self.patch,
            r"HEAD /api/tasks/9/data/(\w+)": lambda _, found: self.offset(found[1]),
            "GET /api/requests/rq": lambda *_: {
                "status": self.state(), "message": "Tr\n Bad: x.jpg"
            },
            "GET /api/tasks/9/status": lambda *_: {"state": self.state().title(), "message": "No"},
            "GET /api/tasks/9/data/meta": lambda *_: {"size": len(self.stored)},
            r"GET /api/jobs\?task_id=9": {"results": [{"id": 1, "task_id": 9}]},
            "GET /api/tasks/9": {"id": 9, "size": 0},
        })  # fmt: skip

    def state(self) -> str:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def post(self, request: httpx.Request, _: re.Match[str]) -> Any:
        headers = request.headers
        if "Upload-Start" in headers:
            return httpx.Response(202)
        if "Upload-Multiple" in headers:
            sent = files_of(request)
            if sent.keys() & self.stored.keys():
                # CVAT breaks in this way, and keeps none of the others.
                return httpx.Response(500, text="file already exists")
            self.stored.update(sent)
            return httpx.Response(200)
        if "Upload-Finish" in headers:
            self.finish = json.loads(request.content)
            return httpx.Response(202, json={"rq_id": "rq"})
        key = f"u{len(self.partial)}"
        name = base64.b64decode(headers["Upload-Metadata"].split()[1]).decode()
        if name in self.stored:
            return httpx.Response(409, json="File with same name already exists")
        self.partial[key] = (name, bytearray())
        self.sizes[key] = int(headers["Upload-Length"])
        location = f"http://inner:1/api/tasks/9/data/{key}"
        return httpx.Response(201, headers={"Location": location, "Upload-Filename": "n"})

    def patch(self, request: httpx.Request, found: re.Match[str]) -> Any:
        name, data = self.partial[found[1]]
        if int(request.headers["Upload-Offset"]) != len(data):
            return httpx.Response(409)
        data += request.content
        if len(data) == self.sizes[found[1]]:
            self.stored[name] = bytes(data)
        return self.offset(found[1], status=204)

    def offset(self, key: str, status: int = 200) -> httpx.Response:
        return httpx.Response(status, headers={"Upload-Offset": str(len(self.partial[key][1]))})

    def plain(self, request: httpx.Request, _: re.Match[str]) -> Any:
        if "Upload-Start" in request.headers:
            return httpx.Response(400, json={"image_quality": ["This field is required."]})
        self.stored.update(files_of(request))
        return httpx.Response(202, json={"client_files": []})


def files_of(request: httpx.Request) -> dict[str, bytes]:
    boundary = b"--" + request.headers["Content-Type"].split("boundary=")[1].encode()
    files = {}
    for part in request.content.split(boundary)[1:-1]:
        head, _, body = part.partition(b"\r\n\r\n")
        name = re.search(r'filename="(.*?)"', head.decode())
        if name is not None:
            files[name[1]] = body.removesuffix(b"\r\n")
    return files


def connect(twin: Twin, **options: Any) -> CvatClient:
    return CvatClient.connect(
        URL,
        credentials=Credentials(username="ann", password="pa55"),
        options=Options(**{"chunk_bytes": 100, **options}),
        transport=twin,
        sleep=twin.slept.append,
    )


def images(folder: Path, *sizes: int) -> list[ImageFile]:
    made = []
    for number, size in enumerate(sizes):
        path = folder / f"source{number}.jpg"
        path.write_bytes(bytes((number * 31 + place) % 256 for place in range(size)))
        made.append(ImageFile(path, f"näme {number}.jpg"))
    return made


def arrived(twin: UploadTwin, files: list[ImageFile]) -> bool:
    return twin.stored == {file.name: file.path.read_bytes() for file in files}


def test_small_files_travel_together_and_large_ones_in_chunks(tmp_path: Path) -> None:
    twin, files = UploadTwin(), images(tmp_path, 40, 40, 250, 40, 0, 40)
    counts: list[int] = []
    client = connect(twin)
    meta = client.upload_images(
        9, files, options=DataOptions(image_quality=80, chunk_frames=5), advance=counts.append
    )
    assert meta.size == 6
    assert arrived(twin, files)
    assert sum(counts) == 6
    assert max(len(request.content) for request in twin.requests) < 1000
    assert twin.finish == {
        "image_quality": 80,
        "use_cache": True,
        "use_zip_chunks": True,
        "sorting_method": "predefined",
        "chunk_size": 5,
        "upload_file_order": [file.name for file in files],
    }


def test_a_cut_upload_goes_on_where_the_server_has_it(tmp_path: Path) -> None:
    twin, files = UploadTwin(), images(tmp_path, 350)
    patch = twin.patch
    broken = iter([httpx.ReadError("cut"), None, httpx.Response(502), None, None, None])

    def flaky(request: httpx.Request, found: re.Match[str]) -> Any:
        fault = next(broken)
        if isinstance(fault, Exception):
            # Half of the chunk arrived before the connection broke.
            twin.partial[found[1]][1].extend(request.content[:50])
            raise fault
        return fault or patch(request, found)

    twin.routes[r"PATCH /api/tasks/9/data/(\w+)"] = flaky
    connect(twin).upload_images(9, files)
    assert arrived(twin, files)


def test_a_server_that_never_keeps_a_chunk_is_given_up(tmp_path: Path) -> None:
    twin = UploadTwin()
    twin.routes[r"PATCH /api/tasks/9/data/(\w+)"] = httpx.Response(500)
    with pytest.raises(ServerFailedError, match="keeps losing the part at byte 0"):
        connect(twin, attempts=3).upload_images(9, images(tmp_path, 350))
    assert sum(request.method == "PATCH" for request in twin.requests) == 3


def test_a_server_without_that_protocol_gets_one_request(tmp_path: Path) -> None:
    twin, files = UploadTwin(tus=False), images(tmp_path, 40, 250, 40)
    connect(twin).upload_images(9, files)
    assert arrived(twin, files)
    assert b'name="sorting_method"' in twin.requests[5].content


def test_a_busy_server_gets_the_files_again_from_their_beginning(tmp_path: Path) -> None:
    twin, files = UploadTwin(), images(tmp_path, 40, 40)
    client = connect(twin)
    twin.faults = [httpx.Response(503), httpx.Response(429)]
    client.upload_images(9, files)
    assert arrived(twin, files)


def test_a_missing_file_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    twin, files = UploadTwin(), images(tmp_path, 40)
    gone = ImageFile(tmp_path / "gone.jpg", "gone.jpg")
    with pytest.raises(MediaNotFoundError, match=r"gone\.jpg"):
        connect(twin).upload_images(9, [*files, gone])
    assert twin.seen() == []


def test_a_second_upload_is_refused_in_the_servers_words(tmp_path: Path) -> None:
    twin = UploadTwin()
    twin.routes["POST /api/tasks/9/data/"] = httpx.Response(
        400, json="Adding more data is not supported"
    )
    twin.routes["GET /api/tasks/9"] = {"id": 9, "size": 4}
    with pytest.raises(ServerRefusedError, match="Adding more data is not supported"):
        connect(twin).upload_images(9, images(tmp_path, 40))


def test_an_image_that_the_server_cannot_read(tmp_path: Path) -> None:
    twin = UploadTwin(states=("queued", "started", "failed"))
    with pytest.raises(ServerFailedError, match=r'read the uploaded media: "Bad: x\.jpg"'):
        connect(twin).upload_images(9, images(tmp_path, 40))
    assert len(twin.slept) == 2


def test_a_server_that_is_never_done(tmp_path: Path) -> None:
    twin = UploadTwin(states=("started",))
    with pytest.raises(ServerTimeoutError, match="read the uploaded media within 30 s"):
        connect(twin, ready_timeout_secs=30).upload_images(9, images(tmp_path, 40))
    assert 30 <= sum(twin.slept) < 40


def test_an_older_server_is_done_when_it_has_jobs(tmp_path: Path) -> None:
    twin = UploadTwin()
    answers = iter([[], [], [{"id": 1, "task_id": 9}]])
    twin.routes["GET /api/requests/rq"] = httpx.Response(404)
    twin.routes[r"GET /api/jobs\?task_id=9"] = lambda *_: {"results": next(answers)}
    connect(twin).upload_images(9, images(tmp_path, 40))
    assert len(twin.slept) == 2


class CutError(Exception):
    """The end of a process, as far as a test can have one."""


def cut_after(twin: UploadTwin, requests: int) -> None:
    """Ends the client after so many more requests."""
    handle, left = twin.handle_request, iter(range(requests))

    def until(request: httpx.Request) -> httpx.Response:
        if next(left, None) is None:
            raise CutError
        return handle(request)

    twin.handle_request = until  # type: ignore[method-assign]


@pytest.mark.parametrize("requests", range(15))
def test_who_was_killed_goes_on_from_there(tmp_path: Path, requests: int) -> None:
    """At each possible moment: that many requests make the upload and the checks after it."""
    twin, files = UploadTwin(), images(tmp_path, 40, 250, 40, 40, 350)
    places: dict[str, str] = {}
    client = connect(twin)
    cut_after(twin, requests)
    with pytest.raises(CutError):
        client.upload_images(9, files, places=places)
    del twin.handle_request
    before = len(twin.requests)
    arrived_before = sum(len(data) for _, data in twin.partial.values())
    unsure = [file for file in files if places.get(file.name) == SENDING]
    lost = sum(file.path.stat().st_size for file in unsure if file.name not in twin.stored)
    counts: list[int] = []
    meta = connect(twin).upload_images(9, files, places=places, advance=counts.append)
    assert (meta.size, arrived(twin, files)) == (5, True)
    patches = [r for r in twin.requests[before:] if r.method == "PATCH"]
    assert sum(len(request.content) for request in patches) == 600 - arrived_before + lost
    assert sum("Upload-Finish" in request.headers for request in twin.requests) == 1
    # None of the files was refused because it was there.
    assert sum("Upload-Multiple" in request.headers for request in twin.requests) <= 3
    assert sum(counts) in (5, 0)


def test_who_was_killed_when_all_was_there_only_waits(tmp_path: Path) -> None:
    twin, files = UploadTwin(states=("started", "finished")), images(tmp_path, 40)
    twin.routes["POST /api/tasks/9/data/"] = httpx.Response(400, json="It has data already")
    meta = connect(twin).upload_images(9, files, places={files[0].name: "arrived"})
    assert meta.size == 0
    assert not [path for path in twin.seen() if path.startswith("POST")]


def test_a_broken_request_of_small_files_goes_on_one_by_one(tmp_path: Path) -> None:
    """The request was carried out and its answer lost; CVAT refuses the same request again."""
    twin, files = UploadTwin(), images(tmp_path, 40, 30, 20)
    post, cut = twin.post, iter([True])

    def lose(request: httpx.Request, found: re.Match[str]) -> Any:
        answer = post(request, found)
        if "Upload-Multiple" in request.headers and next(cut, False):
            raise httpx.ReadError("cut")
        return answer

    twin.routes["POST /api/tasks/9/data/"] = lose
    places: dict[str, str] = {}
    meta = connect(twin).upload_images(9, files, places=places)
    assert (meta.size, arrived(twin, files)) == (3, True)
    assert sum("Upload-Multiple" in request.headers for request in twin.requests) == 1


@pytest.mark.parametrize(
    ("status", "request_list"), [(404, "queued"), (410, "started"), (404, "failed")]
)
def test_media_under_way_on_a_server_that_tells_it_in_its_requests_only(
    status: int, request_list: str
) -> None:
    twin = UploadTwin()
    twin.routes["GET /api/tasks/9/status"] = httpx.Response(status)
    other = {"type": "export:annotations", "target": "task", "task_id": 9}
    mine = {"type": "create", "target": "task", "task_id": 9}
    twin.routes[r"GET /api/requests\?task_id=9"] = {
        "results": [
            {"status": "finished", "operation": other},
            {"status": request_list, "operation": mine},
        ]
    }
    state = connect(twin).media_state(9)
    assert state == ("failed" if request_list == "failed" else "reading")


def test_a_task_that_is_called_finished_and_never_gets_jobs(tmp_path: Path) -> None:
    twin = UploadTwin()
    twin.routes["GET /api/requests/rq"] = httpx.Response(404)
    twin.routes[r"GET /api/jobs\?task_id=9"] = {"results": []}
    with pytest.raises(ServerFailedError, match="says that it is done, and there are no jobs"):
        connect(twin).upload_images(9, images(tmp_path, 40))
    assert 20 <= sum(twin.slept) < 60


def test_what_the_server_has_forgotten_is_sent_anew(tmp_path: Path) -> None:
    twin, files = UploadTwin(), images(tmp_path, 250)
    places = {files[0].name: "/api/tasks/9/data/u77"}
    twin.routes = {"HEAD /api/tasks/9/data/u77": httpx.Response(404), **twin.routes}
    connect(twin).upload_images(9, files, places=places)
    assert arrived(twin, files)


def test_a_begun_file_of_another_size_is_sent_anew(tmp_path: Path) -> None:
    twin, files = UploadTwin(), images(tmp_path, 250)
    begun = httpx.Response(200, headers={"Upload-Offset": "90", "Upload-Length": "91"})
    twin.routes = {"HEAD /api/tasks/9/data/u77": begun, **twin.routes}
    connect(twin).upload_images(9, files, places={files[0].name: "/api/tasks/9/data/u77"})
    assert arrived(twin, files)


def test_a_file_that_the_server_has_in_whole_is_not_sent_again(tmp_path: Path) -> None:
    twin, files = UploadTwin(), images(tmp_path, 250)
    post = twin.post

    def taken(request: httpx.Request, found: re.Match[str]) -> Any:
        exists = "Upload-Length" in request.headers
        return httpx.Response(409, json="File exists") if exists else post(request, found)

    twin.routes["POST /api/tasks/9/data/"] = taken
    connect(twin).upload_images(9, files)
    assert not [request for request in twin.requests if request.method == "PATCH"]


def test_a_chunk_that_an_earlier_request_still_writes_is_waited_for(tmp_path: Path) -> None:
    twin, files = UploadTwin(), images(tmp_path, 250)
    patch, busy = twin.patch, iter([423, 423])
    twin.routes[r"PATCH /api/tasks/9/data/(\w+)"] = lambda request, found: (
        httpx.Response(status) if (status := next(busy, 0)) else patch(request, found)
    )
    connect(twin).upload_images(9, files)
    assert arrived(twin, files)


def test_a_video_with_the_frames_to_show(tmp_path: Path) -> None:
    twin, (video,) = UploadTwin(), images(tmp_path, 350)
    options = DataOptions(start_frame=10, stop_frame=100, frame_step=5)
    connect(twin).upload_video(9, video, options=options)
    assert arrived(twin, [video])
    assert (twin.finish["start_frame"], twin.finish["stop_frame"]) == (10, 100)
    assert twin.finish["frame_filter"] == "step=5"
    assert max(len(request.content) for request in twin.requests) < 1000


@pytest.mark.parametrize("cloud", [None, 4])
def test_files_that_the_server_has_are_named_and_not_sent(cloud: int | None) -> None:
    twin = UploadTwin()
    asked: dict[str, Any] = {}

    def attach(request: httpx.Request, _: re.Match[str]) -> Any:
        asked.update(json.loads(request.content))
        return httpx.Response(202, json={"rq_id": "rq"})

    twin.routes["POST /api/tasks/9/data"] = attach
    connect(twin).attach_files(9, ["a/1.jpg", "a/2.jpg"], cloud_storage_id=cloud)
    assert asked["server_files"] == ["a/1.jpg", "a/2.jpg"]
    assert asked.get("cloud_storage_id") == cloud
    assert (asked["sorting_method"], asked["copy_data"]) == ("lexicographical", False)


def test_files_that_the_server_has_not_are_refused_in_its_words() -> None:
    twin = UploadTwin(states=("failed",))
    twin.routes["POST /api/tasks/9/data"] = httpx.Response(202)
    with pytest.raises(ServerFailedError, match='"No"'):
        connect(twin).attach_files(9, ["a/1.jpg"])
