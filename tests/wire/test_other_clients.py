"""What clients other than the SDK send, byte for byte as far as it matters, over a real socket."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from viewfinder.labelserver.embedded import Endpoint

# Bodies recorded from FiftyOne 1.22.1, which signs in with cookies and sends all media at once.
_LABEL = {
    "name": "cat",
    "attributes": [
        {
            "name": "truncated",
            "mutable": True,
            "input_type": "radio",
            "values": ["true", "false"],
            "default_value": "false",
        },
        {"name": "note", "mutable": True, "input_type": "text", "values": []},
        {"name": "label_id", "input_type": "text", "mutable": True, "values": []},
    ],
}


@pytest.fixture
def session(endpoint: Endpoint) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=endpoint.url, timeout=30) as client:
        login = client.post(
            "/api/auth/login",
            json={
                "username": endpoint.username,
                "password": endpoint.password,
                "email": "admin@localhost.test",
            },
        )
        assert login.status_code == 200
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        client.headers["Referer"] = f"{endpoint.url}/api/auth/login"
        yield client


def _poll_jobs(session: httpx.Client, task: int) -> list[Any]:
    for _ in range(600):
        jobs = session.get(f"/api/jobs?task_id={task}").json()["results"]
        if jobs:
            return list(jobs)
        time.sleep(0.05)
    raise AssertionError("no jobs")


def test_the_loop_of_fiftyone(session: httpx.Client, pictures: list[Path]) -> None:
    assert session.get("/api/server/about").json()["version"].startswith("2.")
    made = session.post(
        "/api/tasks", json={"name": "FiftyOne", "image_quality": 75, "labels": [_LABEL]}
    ).json()
    task = made["id"]
    (label,) = session.get(made["labels"]["url"]).json()["results"]
    truncated, note, label_id = (spec["id"] for spec in label["attributes"])
    answer = session.post(
        f"/api/tasks/{task}/data",
        data={
            "image_quality": "75",
            "use_cache": "True",
            "use_zip_chunks": "True",
            "sorting_method": "predefined",
        },
        files=[
            (f"client_files[{n}]", (path.name, path.read_bytes()))
            for n, path in enumerate(pictures)
        ],
    )
    assert answer.status_code == 202
    (job,) = _poll_jobs(session, task)
    meta = session.get(f"/api/tasks/{task}/data/meta").json()
    assert (meta["size"], meta["start_frame"], meta["stop_frame"]) == (5, 0, 4)
    sent = {
        "type": "rectangle",
        "occluded": False,
        "points": [16.0, 12.0, 64.0, 48.0],
        "label_id": label["id"],
        "group": 0,
        "frame": 0,
        "source": "manual",
        "attributes": [{"spec_id": label_id, "value": "6b02839ac427b97e09822cdd"}],
    }
    put = session.put(
        f"/api/tasks/{task}/annotations",
        json={"version": 0, "shapes": [sent, {**sent, "frame": 1}], "tags": [], "tracks": []},
    ).json()
    assert len(put["shapes"]) == 2
    # The annotator script of its tests appends a second value of an attribute: the last one counts.
    first = session.get(f"/api/tasks/{task}/annotations").json()["shapes"][0]
    changed = {**first, "points": [5, 6, 50, 60]}
    changed["attributes"] = [*first["attributes"], {"spec_id": note, "value": "moved"}]
    session.patch(
        f"/api/tasks/{task}/annotations?action=update",
        json={"version": 1, "tags": [], "shapes": [changed], "tracks": []},
    )
    found = session.get(f"/api/jobs/{job['id']}/annotations").json()["shapes"]
    assert [shape["id"] for shape in found] == [shape["id"] for shape in put["shapes"]]
    assert found[0]["points"] == [5.0, 6.0, 50.0, 60.0]
    assert {value["spec_id"]: value["value"] for value in found[0]["attributes"]} == {
        label_id: "6b02839ac427b97e09822cdd",
        truncated: "false",
        note: "moved",
    }
    assert session.delete(f"/api/tasks/{task}").status_code == 204


def test_a_connection_that_breaks_in_the_middle_of_a_piece_loses_nothing(
    endpoint: Endpoint, session: httpx.Client, pictures: list[Path]
) -> None:
    content = pictures[1].read_bytes()
    task = session.post("/api/tasks", json={"name": "cut", "labels": [{"name": "a"}]}).json()["id"]
    announced = session.post(
        f"/api/tasks/{task}/data/",
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(len(content)),
            "Upload-Metadata": "filename b25lLnBuZw==",
        },
    )
    location = announced.headers["location"]
    parts = urlsplit(location)
    cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as broken:
        head = (
            f"PATCH {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookies}\r\n"
            f"X-CSRFToken: {session.cookies['csrftoken']}\r\nUpload-Offset: 0\r\n"
            f"Content-Type: application/offset+octet-stream\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        broken.sendall(head.encode() + content[:700])
        time.sleep(0.3)
    offset = -1
    for _ in range(100):
        offset = int(session.head(location).headers["upload-offset"])
        if offset == 700:
            break
        time.sleep(0.05)
    assert offset == 700
    headers = {"Upload-Offset": str(offset)}
    rest = session.patch(location, content=content[offset:], headers=headers)
    while rest.status_code == 423:
        time.sleep(0.05)
        rest = session.patch(location, content=content[offset:], headers=headers)
    assert rest.status_code == 204
    finished = session.post(
        f"/api/tasks/{task}/data/", json={"image_quality": 70}, headers={"Upload-Finish": ""}
    )
    assert finished.json()["rq_id"] == f"action=create&target=task&id={task}"
    _poll_jobs(session, task)
    frame = session.get(f"/api/tasks/{task}/data?type=frame&number=0&quality=original")
    assert frame.content == content
    session.delete(f"/api/tasks/{task}")


def test_a_refusal_is_heard_after_a_large_body(session: httpx.Client, endpoint: Endpoint) -> None:
    big = b"x" * 20_000_000
    answer = session.post(
        "/api/tasks/999999/data",
        data={"image_quality": "75"},
        files={"client_files[0]": ("a.png", big)},
    )
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
