"""What goes wrong on the way to and from a server elsewhere; a test each, by its number."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import httpx
import pytest

from tests.cvat.test_upload import UploadTwin, connect
from tests.cvat.twin import Twin
from viewfinder.cvat import wire
from viewfinder.cvat.upload import ImageFile
from viewfinder.errors import ServerFailedError, ServerTimeoutError

MEGABYTE = 2**20


class ForgetfulTwin(UploadTwin):
    """Counts the bytes of a file that arrives in chunks, and keeps none of them."""

    def __init__(self) -> None:
        self.reached = 0
        super().__init__()

    def patch(self, request: httpx.Request, _: re.Match[str]) -> httpx.Response:
        reached = int(request.headers["Upload-Offset"]) + len(request.content)
        self.reached = max(self.reached, reached)
        self.requests.clear()
        return httpx.Response(204, headers={"Upload-Offset": str(reached)})


def test_defect_16_waiting_for_media_has_an_end(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"png")
    twin = UploadTwin(states=("queued",))
    client = connect(twin, ready_timeout_secs=20)
    with pytest.raises(ServerTimeoutError, match="within 20 s"):
        client.upload_images(9, [ImageFile(tmp_path / "a.png", "a.png")])
    assert 20 <= sum(twin.slept) < 30


def test_defect_16_one_failure_of_the_server_does_not_end_a_load() -> None:
    twin = Twin({"GET /api/jobs/5/annotations": {"tags": [], "shapes": [], "tracks": []}})
    client = connect(twin)
    twin.faults = [httpx.Response(500), httpx.Response(429), httpx.ReadError("cut")]
    assert client.annotations("jobs", 5) == wire.LabeledData()


def test_defect_16_a_server_that_keeps_less_than_was_sent_is_asked_once() -> None:
    shapes = [wire.Shape(type="points", frame=0, label_id=1, points=[1.0, 2.0])] * 2
    twin = Twin({"PUT /api/tasks/9/annotations": {"shapes": []}})
    echoed = connect(twin).put_annotations("tasks", 9, wire.LabeledData(shapes=shapes))
    assert echoed.shapes == []
    assert twin.seen() == ["PUT /api/tasks/9/annotations"]


def test_defect_16_a_server_that_is_down_for_good_is_given_up() -> None:
    twin = Twin({"GET /api/jobs/5/annotations": httpx.Response(503, text="away")})
    with pytest.raises(ServerFailedError, match="HTTP 503"):
        connect(twin).annotations("jobs", 5)
    assert len(twin.seen()) < 10


def test_defect_28_a_large_file_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.tif"
    with path.open("wb") as file:
        file.truncate(128 * MEGABYTE)
    twin = ForgetfulTwin()
    client = connect(twin, chunk_bytes=MEGABYTE)
    tracemalloc.start()
    client.upload_images(9, [ImageFile(path, path.name)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert twin.reached == 128 * MEGABYTE
    assert peak < 64 * MEGABYTE
