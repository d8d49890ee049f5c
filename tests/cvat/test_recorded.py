"""The client against answers that a CVAT 2.15.0 server gave, word for word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cvat.twin import URL, Twin
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.cvat.upload import ImageFile
from viewfinder.errors import ServerFailedError, ServerRefusedError, WrongCredentialsError

RECORDED: dict[str, dict[str, Any]] = {
    exchange["from"]: exchange
    for exchange in json.loads((Path(__file__).parent / "recorded" / "exchanges.json").read_text())
}
ANN = Credentials(username="admin", password="pa55")


def answer(name: str) -> httpx.Response:
    exchange = RECORDED[name]
    return httpx.Response(exchange["status"], text=exchange["body"], headers=exchange["headers"])


def server(**routes: str) -> Twin:
    """A twin that answers from the record: `"GET /api/x": "cvat_sdk 7"`; signing in included."""
    every = {
        "GET /api/server/about": "cvat_sdk 1",
        "POST /api/auth/login": "cvat_sdk 2",
        "GET /api/users/self": "rest_edge 11",
        **routes,
    }
    return Twin({route: lambda *_, name=name: answer(name) for route, name in every.items()})


def connect(twin: Twin) -> CvatClient:
    return CvatClient.connect(URL, credentials=ANN, transport=twin, sleep=twin.slept.append)


def test_a_task_from_its_making_to_its_end(tmp_path: Path) -> None:
    twin = server(**{
        "POST /api/tasks": "cvat_sdk 4",
        r"GET /api/labels\?task_id=117": "cvat_sdk 11",
        "GET /api/tasks/117/status": "cvat_sdk 8",
        "GET /api/tasks/117/data/meta": "cvat_sdk 20",
        r"GET /api/jobs\?task_id=117": "cvat_sdk 19",
        "GET /api/tasks/117": "cvat_sdk 9",
        "PUT /api/tasks/117/annotations": "cvat_sdk 13",
        "GET /api/tasks/117/annotations": "cvat_sdk 14",
        "DELETE /api/tasks/117": "cvat_sdk 42",
    })  # fmt: skip

    def data(request: httpx.Request, _: object) -> httpx.Response:
        step = {"Upload-Start": 5, "Upload-Multiple": 6, "Upload-Finish": 7}
        return next(answer(f"cvat_sdk {n}") for name, n in step.items() if name in request.headers)

    twin.routes["POST /api/tasks/117/data/"] = data
    client = connect(twin)
    assert (client.version, client.user.username) == ("2.15.0", "admin")
    assert client.create_task("sdk task").id == 117
    files = []
    for number in range(4):
        path = tmp_path / f"img_{number}.jpg"
        path.write_bytes(b"jpeg")
        files.append(ImageFile(path, path.name))
    meta = client.upload_images(117, files)
    assert [(frame.name, frame.width, frame.height) for frame in meta.frames][1] == (
        "img_1.jpg", 321, 240
    )  # fmt: skip
    car, person = client.labels(task_id=117)
    assert (car.name, car.attributes[0].name, person.attributes) == ("car", "make", [])
    echoed = client.put_annotations("tasks", 117, wire.LabeledData())
    there = client.annotations("tasks", 117)
    assert [shape.id for shape in echoed.shapes] == [shape.id for shape in there.shapes]
    # Only reading fills in what an attribute is by default.
    assert (echoed.shapes[1].attributes, there.shapes[1].attributes[0].value) == ([], "")
    (job,) = client.jobs(117)
    assert (job.id, job.start_frame, job.stop_frame, job.state) == (123, 0, 3, "new")
    assert client.delete_task(117)


def test_jobs_are_listed_newest_first_and_come_in_order() -> None:
    client = connect(server(**{r"GET /api/jobs\?task_id=126": "rest_edge 50"}))
    assert [job.start_frame for job in client.jobs(126)] == [0, 2, 4]


def test_a_person_is_found() -> None:
    client = connect(server(**{r"GET /api/users\?search=admin": "rest_edge 12"}))
    found = client.find_user("admin")
    assert found is not None
    assert found.id == 1


@pytest.mark.parametrize("name", ["rest_edge 3", "rest_edge 5"])
def test_a_wrong_password(name: str) -> None:
    with pytest.raises(WrongCredentialsError, match="'admin'"):
        connect(server(**{"POST /api/auth/login": name}))


def test_a_task_that_is_gone() -> None:
    assert connect(server(**{"GET /api/tasks/999999": "rest_edge 14"})).task(999999) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rest_edge 20", "Label set or project_id must be present"),
        ("rest_edge 21", "All label names must be unique"),
    ],
)
def test_the_servers_own_words_for_a_refusal(name: str, words: str) -> None:
    with pytest.raises(ServerRefusedError, match=words):
        connect(server(**{"POST /api/tasks": name})).create_task("t")


def test_an_unknown_class_is_refused() -> None:
    client = connect(server(**{"PUT /api/tasks/126/annotations": "rest_edge 64"}))
    with pytest.raises(ServerRefusedError, match="label_id `99999` is invalid"):
        client.put_annotations("tasks", 126, wire.LabeledData())


def test_a_file_that_is_no_image_ends_in_the_last_line_of_the_servers_traceback(
    tmp_path: Path,
) -> None:
    twin = server(**{"GET /api/tasks/124/status": "rest_edge 38"})
    twin.routes["POST /api/tasks/124/data/"] = lambda *_: httpx.Response(202)
    path = tmp_path / "a.png"
    path.write_bytes(b"not an image")
    with pytest.raises(ServerFailedError, match="cannot identify image file") as caught:
        connect(twin).upload_images(124, [ImageFile(path, "a.png")])
    assert "Traceback" not in str(caught.value)
