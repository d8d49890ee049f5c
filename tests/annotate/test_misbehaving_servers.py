"""The whole loop against a real server that is busy, loses answers, or can't read what it gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.annotate.helpers import bits, labels_of, make_dataset
from tests.annotate.serving import serving
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.errors import ServerFailedError
from viewfinder.labels import Detection, Detections


def boxes() -> Detections:
    return Detections([
        Detection("cat", [0.1, 1 / 7, 0.2, 0.2], note=f"n{number}") for number in range(3)
    ])  # fmt: skip


class Faults:
    """Around a server: each question is answered only at the second attempt.

    The first is refused as by a server with too much to do. Of what is in `LOST`, the second is
    carried out, and the connection breaks before or within the answer.
    """

    LOST = (("POST", "/data/"), ("PUT", "/annotations"), ("GET", "/annotations"), ("GET", "/meta"))

    def __init__(self, app: Any) -> None:
        self.app = app
        self.counts: dict[tuple[str, str], int] = {}
        self.refused = self.lost = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        what = (scope["method"], scope["path"])
        headers = dict(scope["headers"])
        if scope["method"] == "POST" and scope["path"].endswith("/data/"):
            what = (scope["method"], f"{scope['path']} {b'upload-multiple' in headers}")
        self.counts[what] = self.counts.get(what, 0) + 1
        if self.counts[what] == 1:
            self.refused += 1
            status = (429, 503)[self.refused % 2]
            soon = [(b"retry-after", b"0"), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": status, "headers": soon})
            await send({"type": "http.response.body", "body": b""})
            return
        method, path = scope["method"], scope["path"]
        is_lost = any(method == m and path.endswith(end) for m, end in self.LOST)
        if path.endswith("/data/") and b"upload-multiple" not in headers:
            is_lost = False
        if self.counts[what] == 2 and is_lost:
            self.lost += 1
            await self.app(scope, receive, self._swallow)
            started = [(b"content-length", b"1000")]
            await send({"type": "http.response.start", "status": 200, "headers": started})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
            raise ConnectionResetError
        await self.app(scope, receive, send)

    async def _swallow(self, _: Any) -> None:
        """The answer that nobody hears."""


def test_busy_servers_and_lost_answers(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "media", *[{"gt": boxes()}] * 3)
    before = bits(labels_of(dataset, "gt"))
    made: list[Faults] = []

    def around(app: Any) -> Faults:
        made.append(Faults(app))
        return made[0]

    with serving(tmp_path / "server", around=around) as server:
        there = server.there
        results = dataset.annotate("k", label_field="gt", segment_size=2, **there)
        report = dataset.load_annotations("k", **there)
        assert (report.changes, report.unchanged) == ((), 9)
        assert bits(labels_of(dataset, "gt")) == before
        who = Credentials(username=there["username"], password=there["password"])
        with CvatClient.connect(there["url"], credentials=who) as client:
            (task,) = client.tasks()
            assert len(client.annotations("tasks", task.id).shapes) == 9
            assert [frame.name for frame in client.data_meta(task.id).frames] == [
                f"image {number}.png" for number in range(3)
            ]
        results.cleanup()
    (faults,) = made
    assert faults.refused > 10
    assert faults.lost >= 4


@pytest.mark.parametrize("release", [(2, 4, 0), (2, 15, 0), (2, 16, 0), (2, 80, 0)])
def test_what_a_server_can_not_read_ends_in_its_own_words(
    tmp_path: Path, release: tuple[int, int, int]
) -> None:
    dataset = make_dataset(tmp_path / "media", {"gt": boxes()}, {"gt": boxes()})
    path = Path(dataset.first().filepath)
    Image.effect_noise((200, 100), 80).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:-2000])
    with serving(tmp_path / "server", release=release) as server:
        with pytest.raises(ServerFailedError, match=r"read the uploaded media.*image 0\.png"):
            dataset.annotate("k", label_field="gt", **server.there)
        assert dataset.load_annotation_results("k", **server.there).cleanup() == 1
