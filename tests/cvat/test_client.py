from __future__ import annotations

import json
import re
import zipfile
from io import BytesIO
from typing import Any

import httpx
import pytest

from tests.cvat.twin import URL, Twin
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials
from viewfinder.errors import (
    ConfigError,
    ServerFailedError,
    ServerRefusedError,
    WrongCredentialsError,
)

ANN = Credentials(username="ann", password="pa55")


def connect(twin: Twin, credentials: Credentials = ANN, **options: Any) -> CvatClient:
    return CvatClient.connect(
        URL, credentials=credentials, transport=twin, sleep=twin.slept.append, **options
    )


def test_a_password_becomes_a_token() -> None:
    twin = Twin({"GET /api/tasks/5": {"id": 5, "name": "five"}})
    with connect(twin, organization="lab", headers={"X-Door": "open"}) as client:
        assert (client.version, client.user.username) == ("2.15.0", "ann")
        task = client.task(5)
    assert task is not None
    assert task.name == "five"
    about, login, _, read = twin.requests
    assert "Authorization" not in about.headers
    assert json.loads(login.content) == {"username": "ann", "password": "pa55"}
    assert read.headers["Authorization"] == "Token k3y-s3cret"
    assert (read.headers["X-Organization"], read.headers["X-Door"]) == ("lab", "open")


def test_a_personal_access_token_is_carried_as_bearer() -> None:
    twin = Twin()
    connect(twin, Credentials(token="p4t"))
    assert twin.seen(skip_sign_in=False) == ["GET /api/server/about", "GET /api/users/self"]
    assert twin.requests[1].headers["Authorization"] == "Bearer p4t"


@pytest.mark.parametrize("answer", [httpx.Response(204), httpx.Response(200, json={})])
def test_a_server_that_only_sets_cookies(answer: httpx.Response) -> None:
    answer.headers["Set-Cookie"] = "csrftoken=proof; Path=/"
    twin = Twin({"POST /api/tasks": {"id": 1}})
    twin.routes["POST /api/auth/login"] = answer
    connect(twin).create_task("t")
    assert "Authorization" not in twin.requests[-1].headers
    assert twin.requests[-1].headers["X-CSRFToken"] == "proof"


def test_a_server_that_gives_a_token_and_then_takes_only_the_cookie() -> None:
    def whoami(request: httpx.Request, _: object) -> Any:
        if "Authorization" in request.headers:
            return httpx.Response(401, json={"detail": "Invalid token."})
        return {"id": 1, "username": "ann"}

    twin = Twin()
    twin.routes["GET /api/users/self"] = whoami
    assert connect(twin).user.id == 1


@pytest.mark.parametrize("credentials", [ANN, Credentials(token="pa55")])
def test_wrong_credentials_are_named_without_the_secret(credentials: Credentials) -> None:
    refusal = httpx.Response(400, json={"non_field_errors": ["Unable to log in with pa55."]})
    twin = Twin({"GET /api/users/self": httpx.Response(401, json={"detail": "Invalid token."})})
    twin.routes["POST /api/auth/login"] = refusal
    with pytest.raises(WrongCredentialsError) as caught:
        connect(twin, credentials)
    assert "pa55" not in str(caught.value)
    assert "pa55" not in repr(credentials)
    assert ("'ann'" in str(caught.value)) == (credentials is ANN)


@pytest.mark.parametrize("half", [{}, {"username": "ann"}, {"password": "x"}])
def test_half_of_the_credentials_is_none(half: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="VIEWFINDER_CVAT_TOKEN"):
        Credentials(**half)


def test_another_web_site_is_no_cvat_server() -> None:
    twin = Twin({"GET /api/server/about": httpx.Response(200, text="<h1>Welcome</h1>")})
    with pytest.raises(ServerFailedError, match="say its version"):
        connect(twin)


def test_lists_are_read_to_their_last_page() -> None:
    def page(number: int) -> dict[str, Any]:
        following = f"http://inner:8080/api/labels?page={number + 1}&task_id=9"
        return {
            "results": [{"id": number, "name": f"c{number}"}],
            "next": following if number < 3 else None,
        }

    twin = Twin({
        r"GET /api/labels\?task_id=9": page(1),
        r"GET /api/labels\?page=(\d)&task_id=9": lambda _, found: page(int(found[1])),
    })  # fmt: skip
    assert [label.name for label in connect(twin).labels(task_id=9)] == ["c1", "c2", "c3"]


def test_servers_before_2_4_keep_classes_and_jobs_under_the_task() -> None:
    twin = Twin({
        "GET /api/tasks/9": {"id": 9, "labels": [{"id": 4, "name": "cat"}]},
        "GET /api/tasks/9/jobs": [{"id": 3, "task_id": 9, "start_frame": 0, "stop_frame": 1}],
    })  # fmt: skip
    client = connect(twin)
    assert [label.name for label in client.labels(task_id=9)] == ["cat"]
    assert [job.id for job in client.jobs(9)] == [3]


def test_jobs_come_in_the_order_of_their_frames() -> None:
    jobs = [
        {"id": 8, "task_id": 9, "start_frame": 4, "stop_frame": 4, "assignee": None},
        {"id": 7, "task_id": 9, "start_frame": 2, "stop_frame": 3},
        {"id": 6, "task_id": 9, "start_frame": 0, "assignee": {"id": 2, "username": "bo"}},
        {"id": 5, "task_id": 1},
    ]  # fmt: skip
    twin = Twin({r"GET /api/jobs\?task_id=9": {"results": jobs}})
    assert [job.id for job in connect(twin).jobs(9)] == [6, 7, 8]


def test_what_is_gone_is_none_and_deleting_it_again_is_fine() -> None:
    client = connect(Twin())
    assert client.task(5) is None
    assert client.project(5) is None
    assert client.delete_task(5) is False
    assert client.delete_project(5) is False


def test_a_task_is_made_with_its_classes() -> None:
    twin = Twin({"POST /api/tasks": {"id": 12, "name": "t"}})
    label = wire.NewLabel(name="cat")
    task = connect(twin).create_task("t", [label], segment_size=3, bug_tracker="http://bugs")
    assert task.id == 12
    assert json.loads(twin.requests[-1].content) == {
        "name": "t",
        "labels": [{"name": "cat", "type": "any", "attributes": []}],
        "segment_size": 3,
        "overlap": 0,
        "bug_tracker": "http://bugs",
    }


def test_a_refused_task_says_why() -> None:
    why = httpx.Response(400, json=["All label names must be unique"])
    twin = Twin({"POST /api/tasks": why})
    with pytest.raises(
        ServerRefusedError, match=r"create the task.*All label names must be unique"
    ):
        connect(twin).create_task("t")


def test_people_and_projects_are_found_by_their_exact_name() -> None:
    users = [{"id": 1, "username": "annabel"}, {"id": 2, "username": "ann"}]
    projects = [{"id": 9, "name": "p"}, {"id": 3, "name": "p"}, {"id": 1, "name": "pp"}]
    twin = Twin({
        r"GET /api/users\?search=ann": {"results": users},
        r"GET /api/users\?search=bo": {"results": []},
        r"GET /api/projects\?search=p": {"results": projects},
        r"GET /api/projects\?search=q": {"results": []},
    })  # fmt: skip
    client = connect(twin)
    ann = client.find_user("ann")
    assert ann is not None
    assert ann.id == 2
    assert client.find_user("bo") is None
    client.find_user("ann")
    project = client.find_project("p")
    assert project is not None
    assert project.id == 3
    assert client.find_project("q") is None
    assert sum("search=ann" in path for path in twin.seen()) == 1


def test_annotations_are_put_in_order_and_patched_by_action() -> None:
    stored: dict[str, Any] = {}

    def put(request: httpx.Request, _: re.Match[str]) -> Any:
        stored.update(json.loads(request.content))
        for number, shape in enumerate(stored["shapes"]):
            shape["id"] = 100 + number
        return stored

    twin = Twin({
        "PUT /api/tasks/9/annotations": put,
        "GET /api/tasks/9/annotations": lambda *_: stored,
        r"PATCH /api/jobs/4/annotations\?action=delete": lambda sent, _: json.loads(sent.content),
        "DELETE /api/jobs/4/annotations": httpx.Response(204),
    })  # fmt: skip
    client = connect(twin)
    shapes = [wire.Shape(type="rectangle", frame=f, label_id=1, points=[f]) for f in (0, 1)]
    echoed = client.put_annotations("tasks", 9, wire.LabeledData(shapes=shapes))
    assert [(s.id, s.frame) for s in echoed.shapes] == [(100, 0), (101, 1)]
    assert client.annotations("tasks", 9) == echoed
    gone = client.patch_annotations("jobs", 4, echoed, action="delete")
    assert gone.shapes[0].id == 100
    client.delete_annotations("jobs", 4)


def test_an_answer_without_annotations_is_said_so() -> None:
    twin = Twin({"GET /api/tasks/9/annotations": [1, 2]})
    with pytest.raises(ServerFailedError, match="holds no annotations"):
        connect(twin).annotations("tasks", 9)


def test_pages_for_a_browser() -> None:
    client = connect(Twin())
    assert client.task_url(5) == f"{URL}/tasks/5"
    assert client.job_url(5, 6) == f"{URL}/tasks/5/jobs/6"
    assert repr(client) == f"CvatClient('{URL}', user='ann')"


@pytest.mark.parametrize("whole", [True, False])
def test_lists_may_come_in_one_piece(whole: bool) -> None:
    shelf = [{"name": "a.mp4", "type": "REG"}, {"name": "b", "type": "DIR", "mime_type": "DIR"}]
    clouds = [{"id": 4, "display_name": "bucket", "provider_type": "AWS_S3_BUCKET"}]
    projects = [{"id": 1, "name": "p", "surprise": [1]}]

    def pack(items: list[Any]) -> Any:
        return items if whole else {"results": items}

    twin = Twin({
        r"GET /api/server/share\?directory=.*": pack(shelf),
        r"GET /api/cloudstorages": pack(clouds),
        r"GET /api/projects": pack(projects),
    })  # fmt: skip
    client = connect(twin)
    assert [(f.name, f.type) for f in client.share("/videos")] == [("a.mp4", "REG"), ("b", "DIR")]
    assert [(c.id, c.display_name) for c in client.cloud_storages()] == [(4, "bucket")]
    assert [project.name for project in client.projects()] == ["p"]
    assert twin.requests[3].url.params["directory"] == "/videos"


def test_classes_and_attributes_are_added_to_what_is_there() -> None:
    changes: list[Any] = []
    twin = Twin({
        r"PATCH /api/(tasks|projects)/\d+": lambda sent, _: changes.append(
            json.loads(sent.content)
        ),
    })  # fmt: skip
    client = connect(twin)
    client.add_classes("tasks", 5, [wire.NewLabel(name="dog")])
    label = wire.Label(id=3, name="cat", attributes=[wire.AttributeSpec(id=7, name="mood")])
    client.add_attributes("projects", 6, label, [wire.NewAttribute(name="label_id")])
    assert twin.seen() == ["PATCH /api/tasks/5", "PATCH /api/projects/6"]
    assert changes[0] == {"labels": [{"name": "dog", "type": "any", "attributes": []}]}
    (there,) = changes[1]["labels"]
    assert (there["id"], there["name"]) == (3, "cat")
    assert [(a.get("id"), a["name"]) for a in there["attributes"]] == [
        (7, "mood"), (None, "label_id")
    ]  # fmt: skip


def test_jobs_are_found_by_where_they_are() -> None:
    jobs = [
        {"id": n, "task_id": n, "project_id": 2, "stage": stage, "state": "completed"}
        for n, stage in enumerate(["annotation", "acceptance"])
    ]
    asked = r"GET /api/jobs\?project_id=2&stage=acceptance&state=completed"
    client = connect(Twin({asked: {"results": jobs}, "GET /api/jobs": {"results": jobs}}))
    # The server took no notice of the filter.
    found = client.find_jobs(project_id=2, stage="acceptance", state="completed")
    assert [(job.id, job.project_id) for job in found] == [(1, 2)]
    assert len(client.find_jobs()) == 2


def archive(*files: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in reversed(files):
            made.writestr(f"{name}.jpeg", name)
    return out.getvalue()


def test_frames_are_read_in_whole_chunks() -> None:
    def data(request: httpx.Request, _: object) -> httpx.Response:
        asked = request.url.params
        number = int(asked["number"])
        if asked["type"] == "frame":
            return httpx.Response(200, content=f"frame {number}".encode())
        chunks = [archive("00", "01", "02"), archive("03"), b"a piece of a video", archive("09")]
        return httpx.Response(200, content=chunks[number])

    meta = {"size": 10, "chunk_size": 3, "deleted_frames": [1, 7]}
    twin = Twin({r"GET /api/tasks/9/data\?.*": data, "GET /api/tasks/9/data/meta": meta})
    client = connect(twin)
    found = dict(client.frames(9))
    assert {number: data.decode() for number, data in found.items()} == {
        0: "00", 2: "02",
        # The second chunk has too few, the third is a video: these come one by one.
        **{number: f"frame {number}" for number in (3, 4, 5, 6, 8)},
        9: "09",
    }  # fmt: skip
    assert sum("type=chunk" in path for path in twin.seen()) == 4
    assert all("quality=original" in path for path in twin.seen()[1:])
    loose = wire.DataMeta(size=2)
    assert [data for _, data in client.frames(9, loose, quality="compressed")] == [
        b"frame 0", b"frame 1"
    ]  # fmt: skip
