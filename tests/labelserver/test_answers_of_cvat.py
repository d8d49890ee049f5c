"""Requests that a real CVAT was asked, with the statuses and bodies that it answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.labelserver.conftest import Asker

LABEL = {
    "name": "a",
    "color": "#ff0000",
    "attributes": [
        {
            "name": "sel",
            "input_type": "select",
            "mutable": True,
            "default_value": "x",
            "values": ["x", "y"],
        },
        {"name": "txt", "input_type": "text", "mutable": True, "values": []},
    ],
}


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": "t"}, ["Label set or project_id must be present"]),
        (
            {"name": "t", "labels": [{"name": "a"}, {"name": "a"}]},
            ["All label names must be unique"],
        ),
        (
            {"name": "t", "labels": [{"name": "a", "attributes": [
                {"name": "x", "input_type": "zzz", "mutable": True, "values": []}]}]},
            {"labels": [{"attributes": [{"input_type": ['"zzz" is not a valid choice.']}]}]},
        ),
        (
            {"name": "t", "labels": [{"name": "a"}], "project_id": 999999},
            ["Project matching query does not exist."],
        ),
        (
            {"name": "t", "labels": [{"name": "a", "attributes": [
                {"name": "x", "input_type": "text", "mutable": True, "values": []},
                {"name": "x", "input_type": "text", "mutable": True, "values": []}]}]},
            ["Duplicate attribute with name 'x' exists"],
        ),
        (
            {"name": "t", "labels": [{"name": "a"}, {"name": ""}]},
            {"labels": [{}, {"name": ["This field may not be blank."]}]},
        ),
        ({"name": "t", "labels": {}}, {"labels": {"non_field_errors": [
            'Expected a list of items but got type "dict".']}}),
    ],
)  # fmt: skip
def test_tasks_that_cannot_be(ask: Asker, body: dict[str, Any], answer: object) -> None:
    refused = ask("POST", "/api/tasks", json=body)
    assert (refused.status_code, refused.json()) == (400, answer)
    assert ask("GET", "/api/tasks").json()["count"] == 0


def test_a_task_before_and_after_its_media(ask: Asker) -> None:
    made = ask("POST", "/api/tasks", json={"name": "edge", "labels": [LABEL]})
    task = made.json()
    base = "http://127.0.0.1:8080/api"
    assert made.headers["location"] == f"{base}/tasks/{task['id']}"
    assert made.headers["content-type"] == "application/vnd.cvat+json"
    assert {key: task[key] for key in ("mode", "overlap", "segment_size", "status", "jobs")} == {
        "mode": "",
        "overlap": None,
        "segment_size": 0,
        "status": "annotation",
        "jobs": {
            "count": 0,
            "completed": 0,
            "validation": 0,
            "url": f"{base}/jobs?task_id={task['id']}",
        },
    }
    assert not {"size", "data", "image_quality", "data_chunk_size"} & task.keys()
    here = f"/api/tasks/{task['id']}"
    early = ask("GET", f"{here}/annotations")
    assert early.status_code == 400
    assert early.json() == "Exporting annotations from a task without data is not allowed"
    assert ask("GET", f"{here}/status").json()["state"] == "Finished"
    empty = {"version": 0, "tags": [], "shapes": [], "tracks": []}
    assert ask("PUT", f"{here}/annotations", json=empty).json() == empty


def test_errors_of_uploads(ask: Asker) -> None:
    task = ask.task()
    here = f"/api/tasks/{task}/data"
    again = ask("POST", here, data={"image_quality": "75"}, files={"client_files[0]": ("a", b"")})
    assert (again.status_code, again.json()) == (400, "Adding more data is not supported")
    fresh = ask("POST", "/api/tasks", json={"name": "t", "labels": [{"name": "a"}]}).json()["id"]
    here = f"/api/tasks/{fresh}/data"
    encoded = ask("POST", here, data={"image_quality": "75"})
    assert encoded.status_code == 415
    assert encoded.json() == {
        "detail": 'Unsupported media type "application/x-www-form-urlencoded" in request.'
    }
    missing = ask("POST", here, files={"client_files[0]": ("a.png", b"x")})
    assert missing.status_code == 400
    assert missing.json() == {"image_quality": ["This field is required."]}


_BOX: dict[str, Any] = {"type": "rectangle", "frame": 0, "points": [1, 2, 20, 25]}


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"label_id": 99999}, ["label_id `99999` is invalid"]),
        ({"attributes": [{"spec_id": 99999, "value": "1"}]}, ["spec_id `99999` is invalid"]),
        ({"type": "blob"}, {"shapes": [{"type": ['"blob" is not a valid choice.']}]}),
        ({"frame": None}, {"shapes": [{"frame": ["This field may not be null."]}]}),
        ({"points": ["x"]}, {"shapes": [{"points": [["A valid number is required."]]}]}),
        (
            {"attributes": {}},
            {"shapes": [{"attributes": {"non_field_errors": [
                'Expected a list of items but got type "dict".']}}]},
        ),
        (
            {"rotation": -1},
            {"shapes": [{"rotation": ["Ensure this value is greater than or equal to 0.0."]}]},
        ),
    ],
)  # fmt: skip
def test_labels_that_cannot_be(ask: Asker, change: dict[str, Any], answer: object) -> None:
    task = ask.task()
    label = ask("GET", f"/api/labels?task_id={task}").json()["results"][0]["id"]
    shape = _BOX | {"label_id": label} | change
    refused = ask("PUT", f"/api/tasks/{task}/annotations", json={"shapes": [shape]})
    assert (refused.status_code, refused.json()) == (400, answer)


@pytest.mark.parametrize(
    "change",
    [
        {"points": [1, 2, 3]},
        {"points": [-5, -5, 500, 500]},
        {"type": "mask", "points": [1, 2, 3]},
        {"attributes": "of another kind"},
    ],
)
def test_odd_labels_are_kept_as_they_are(ask: Asker, change: dict[str, Any]) -> None:
    task = ask.task(labels=[LABEL])
    label = ask("GET", f"/api/labels?task_id={task}").json()["results"][0]
    spec = label["attributes"][0]["id"]
    if "attributes" in change:
        change = {"attributes": [{"spec_id": spec, "value": "none of the choices"}]}
    sent = _BOX | {"label_id": label["id"]} | change
    assert ask("PUT", f"/api/tasks/{task}/annotations", json={"shapes": [sent]}).status_code == 200
    (kept,) = ask("GET", f"/api/tasks/{task}/annotations").json()["shapes"]
    assert kept["points"] == sent["points"]
    values = {value["spec_id"]: value["value"] for value in kept["attributes"]}
    assert values[spec] == ("none of the choices" if "attributes" in change else "x")


def test_put_echoes_and_get_fills_in_defaults(ask: Asker) -> None:
    task = ask.task(labels=[LABEL])
    label = ask("GET", f"/api/labels?task_id={task}").json()["results"][0]
    sel, txt = (spec["id"] for spec in label["attributes"])
    sent = {"shapes": [_BOX | {"label_id": label["id"]}]}
    echo = ask("PUT", f"/api/tasks/{task}/annotations", json=sent).json()["shapes"][0]
    assert (echo["group"], echo["source"], echo["attributes"]) == (None, "manual", [])
    (found,) = ask("GET", f"/api/tasks/{task}/annotations").json()["shapes"]
    assert found["id"] == echo["id"]
    assert found["attributes"] == [{"spec_id": sel, "value": "x"}, {"spec_id": txt, "value": ""}]


@pytest.mark.parametrize("action", ["", "?action=explode"])
def test_patch_needs_an_action(ask: Asker, action: str) -> None:
    refused = ask("PATCH", f"/api/tasks/{ask.task()}/annotations{action}", json={})
    assert refused.status_code == 400
    assert refused.json() == ["Please specify a correct 'action' for the request"]


def test_a_body_that_is_no_json(ask: Asker) -> None:
    for method, path in (("PUT", f"/api/tasks/{ask.task()}/annotations"), ("POST", "/api/tasks")):
        refused = ask(method, path, content=b"{", headers={"Content-Type": "application/json"})
        assert refused.status_code == 400
        assert refused.json()["detail"].startswith("JSON parse error - ")


def test_jobs(ask: Asker) -> None:
    task = ask.task(frames=5, segment_size=2)
    listed = ask("GET", f"/api/jobs?task_id={task}&page_size=2&page=2&sort=id").json()
    assert listed["count"] == 3
    assert listed["next"] is None
    assert listed["previous"] == (
        f"http://127.0.0.1:8080/api/jobs?page_size=2&sort=id&task_id={task}"
    )
    (last,) = listed["results"]
    assert (last["start_frame"], last["stop_frame"], last["frame_count"]) == (4, 4, 1)
    here = f"/api/jobs/{last['id']}"
    done = ask("PATCH", here, json={"stage": "acceptance", "state": "completed"}).json()
    assert (done["stage"], done["state"], done["status"]) == (
        "acceptance",
        "completed",
        "completed",
    )
    refused = ask("PATCH", here, json={"state": "zzz"})
    assert refused.json() == {"state": ['"zzz" is not a valid choice.']}
    assert ask("PATCH", here, json={"assignee": 9999}).status_code == 400
    unknown = ask("GET", "/api/jobs?task_id=999999")
    assert unknown.json() == {
        "task_id": ["Select a valid choice. That choice is not one of the available choices."]
    }
    assert ask("GET", f"/api/jobs?task_id={task}&page=99").json() == {"detail": "Invalid page."}


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("type=frame&number=99", "The frame number should be in the [0, 2] range"),
        ("type=chunk&number=9", "The chunk number should be in  the [0, 0] range"),
        ("type=frame", ["Number is not specified"]),
        ("", ["Data type not specified or has wrong value"]),
    ],
)
def test_frames_that_are_not_there(ask: Asker, query: str, answer: object) -> None:
    refused = ask("GET", f"/api/tasks/{ask.task()}/data?{query}")
    assert (refused.status_code, refused.json()) == (400, answer)


def test_what_is_not_there(ask: Asker) -> None:
    for method, path in (
        ("GET", "/api/tasks/999999"),
        ("DELETE", "/api/tasks/999999"),
        ("GET", "/api/jobs/999999/annotations"),
        ("GET", "/api/requests/nonsense"),
        ("GET", "/api/tasks/x"),
        ("POST", "/api/v1/auth/login"),
    ):
        answer = ask(method, path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."}), path
    elsewhere = ask("GET", "/api/tasks", headers={"X-Organization": "nope"})
    assert elsewhere.status_code == 404
    assert elsewhere.json() == {"detail": "nope organization does not exist."}
    assert ask("GET", "/api/tasks?org=").status_code == 200


def test_projects(ask: Asker) -> None:
    made = ask("POST", "/api/projects", json={"name": "p", "labels": [{"name": "pl"}]}).json()
    same_name = ask("POST", "/api/projects", json={"name": "p", "labels": []})
    assert same_name.status_code == 201
    both = {"name": "pt", "project_id": made["id"], "labels": [{"name": "own"}]}
    refused = ask("POST", "/api/tasks", json=both)
    assert refused.json() == ["Project must have only one of Label set or project_id"]
    task = ask("POST", "/api/tasks", json={"name": "pt", "project_id": made["id"]}).json()
    assert [
        (label["name"], label["project_id"])
        for label in ask("GET", f"/api/labels?task_id={task['id']}").json()["results"]
    ] == [("pl", made["id"])]
    assert ask("GET", "/api/projects?search=p").json()["count"] == 2
    assert ask("DELETE", f"/api/projects/{made['id']}").status_code == 204
    assert ask("GET", f"/api/tasks/{task['id']}").status_code == 404


def test_labels_of_a_task_change(ask: Asker) -> None:
    task = ask.task(labels=[{"name": "a"}, {"name": "m", "type": "mask"}, {"name": "box"}])
    here = f"/api/tasks/{task}"

    def names() -> dict[str, int]:
        listed = ask("GET", f"/api/labels?task_id={task}").json()["results"]
        return {label["name"]: label["id"] for label in listed}

    box = names()["box"]
    ask("PATCH", here, json={"labels": [{"name": "new"}]})
    ask("PATCH", here, json={"labels": [{"id": box, "name": "box2"}]})
    assert list(names()) == ["a", "m", "box2", "new"]
    ask("PATCH", here, json={"labels": [{"id": box, "deleted": True}]})
    refused = ask("PATCH", here, json={"labels": [{"name": "a"}]})
    assert refused.json() == ["All label names must be unique"]
    assert list(names()) == ["a", "m", "new"]
    assert ask("PATCH", here, json={"labels": [{"id": 9999, "name": "x"}]}).status_code == 400


def test_a_label_class_sent_back_with_one_more_attribute_keeps_its_ids(ask: Asker) -> None:
    # What a known client does to every label of an existing project.
    project = ask("POST", "/api/projects", json={"name": "p", "labels": [LABEL]}).json()["id"]
    (label,) = ask("GET", f"/api/labels?project_id={project}").json()["results"]
    added = {"name": "label_id", "input_type": "text", "mutable": True, "values": []}
    changed = {**label, "attributes": [*label["attributes"], added]}
    patched = ask("PATCH", f"/api/projects/{project}", json={"labels": [changed]})
    assert patched.status_code == 200
    (after,) = ask("GET", f"/api/labels?project_id={project}").json()["results"]
    assert after["id"] == label["id"]
    assert after["attributes"][:2] == label["attributes"]
    assert after["attributes"][2]["name"] == "label_id"


def test_files_of_labels_are_refused(ask: Asker) -> None:
    refused = ask("GET", f"/api/tasks/{ask.task()}/annotations?format=Nope+9")
    assert refused.status_code == 400
    assert refused.json() == ["Unknown format specified for the request"]
