"""Remarks of reviewers with their comments, and jobs that check the others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.labelserver.conftest import Asker


def _jobs(ask: Asker, task: int) -> list[dict[str, Any]]:
    return list(ask("GET", f"/api/jobs?task_id={task}&sort=id").json()["results"])


def _issue(ask: Asker, job: int, frame: int = 0, **more: Any) -> dict[str, Any]:
    body = {"job": job, "frame": frame, "position": [1.5, 2.25, 30, 40], "message": "look", **more}
    made = ask("POST", "/api/issues", json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


def test_an_issue_and_what_is_said_about_it(ask: Asker) -> None:
    task = ask.task()
    (job,) = _jobs(ask, task)
    issue = _issue(ask, job["id"], 1, assignee=1)
    assert {key: issue[key] for key in ("job", "frame", "position", "resolved", "comments")} == {
        "job": job["id"],
        "frame": 1,
        "position": [1.5, 2.25, 30.0, 40.0],
        "resolved": False,
        "comments": {
            "count": 1,
            "url": f"http://127.0.0.1:8080/api/comments?issue_id={issue['id']}",
        },
    }
    said = ask("POST", "/api/comments", json={"issue": issue["id"], "message": "done?"}).json()
    ask("PATCH", f"/api/comments/{said['id']}", json={"message": "done!"})
    listed = ask("GET", f"/api/comments?issue_id={issue['id']}&sort=id").json()["results"]
    assert [(each["message"], each["issue"], each["owner"]["username"]) for each in listed] == [
        ("look", issue["id"], "admin"),
        ("done!", issue["id"], "admin"),
    ]
    ask("PATCH", f"/api/issues/{issue['id']}", json={"resolved": True, "assignee": None})
    after = ask("GET", f"/api/issues/{issue['id']}").json()
    assert (after["resolved"], after["assignee"], after["comments"]["count"]) == (True, None, 2)
    changed = ask("GET", f"/api/jobs/{job['id']}").json()
    assert changed["issues"]["count"] == 1
    assert changed["updated_date"] > job["updated_date"]
    assert ask("DELETE", f"/api/comments/{said['id']}").status_code == 204
    assert ask("DELETE", f"/api/issues/{issue['id']}").status_code == 204
    assert ask("GET", "/api/comments").json()["count"] == 0


def test_issues_are_found_by_what_they_are_about(ask: Asker) -> None:
    one, other = ask.task(segment_size=2), ask.task()
    first, second = (job["id"] for job in _jobs(ask, one))
    (third,) = (job["id"] for job in _jobs(ask, other))
    _issue(ask, first, 0, resolved=True)
    _issue(ask, second, 2)
    _issue(ask, third, 1)

    def count(query: str) -> int:
        return int(ask("GET", f"/api/issues?{query}").json()["count"])

    of_task = {"==": [{"var": "task_id"}, one]}
    logic = json.dumps({"and": [{"==": [{"var": "resolved"}, False]}, of_task]})
    table = {
        "": 3,
        f"job_id={second}": 1,
        f"task_id={one}": 2,
        "resolved=true": 1,
        "frame_id=1": 1,
        f"filter={logic}": 1,
        "owner=nobody": 0,
    }
    assert {query: count(query) for query in table} == table
    assert ask("GET", f"/api/comments?job_id={second}").json()["count"] == 1


def test_issues_are_where_frames_are(ask: Asker) -> None:
    job = _jobs(ask, ask.task(segment_size=2))[1]["id"]
    body = {"job": job, "frame": 0, "position": [1, 2], "message": "x"}
    refused = ask("POST", "/api/issues", json=body)
    assert (refused.status_code, list(refused.json())) == (400, ["frame"])
    assert ask("POST", "/api/issues", json={**body, "message": ""}).status_code == 400
    assert ask("POST", "/api/issues", json={**body, "job": 9999}).status_code == 404


def test_issues_of_others_are_not_seen(make_asker: Callable[[str | None], Asker]) -> None:
    ann, bob = make_asker("ann"), make_asker("bob")
    (job,) = _jobs(ann, ann.task())
    issue = _issue(ann, job["id"])
    assert bob("GET", "/api/issues").json()["count"] == 0
    assert bob("GET", f"/api/issues/{issue['id']}").status_code == 404
    comment = ann("GET", "/api/comments").json()["results"][0]["id"]
    assert bob("GET", f"/api/comments/{comment}").status_code == 404
    said = bob("POST", "/api/comments", json={"issue": issue["id"], "message": "x"})
    assert said.status_code == 404


def test_a_job_of_true_labels_checks_the_others(ask: Asker) -> None:
    task = ask.task(frames=6, segment_size=3)
    body = {"type": "ground_truth", "task_id": task, "frame_selection_method": "manual",
            "frames": [4, 1]}  # fmt: skip
    job = ask("POST", "/api/jobs", json=body).json()
    assert {key: job[key] for key in ("type", "frame_count", "start_frame", "stop_frame")} == {
        "type": "ground_truth",
        "frame_count": 2,
        "start_frame": 0,
        "stop_frame": 5,
    }
    here = f"/api/jobs/{job['id']}"
    meta = ask("GET", f"{here}/data/meta").json()
    assert (meta["size"], meta["included_frames"]) == (2, [1, 4])
    assert [frame["name"] for frame in meta["frames"]] == [
        "placeholder.jpg", "1.png", "placeholder.jpg", "placeholder.jpg", "4.png",
        "placeholder.jpg",
    ]  # fmt: skip
    assert ask("GET", f"{here}/data?type=frame&number=4").status_code == 200
    assert ask("GET", f"{here}/data?type=frame&number=3").status_code == 400
    # Its labels are its own: they are none of the task's.
    label = ask("GET", f"/api/labels?task_id={task}").json()["results"][0]["id"]
    box = {"type": "rectangle", "frame": 4, "label_id": label, "points": [1, 2, 3, 4]}
    ask("PUT", f"{here}/annotations", json={"shapes": [box]})
    assert ask("GET", f"/api/tasks/{task}/annotations").json()["shapes"] == []
    ask("PUT", f"/api/tasks/{task}/annotations", json={"shapes": [box]})
    assert len(ask("GET", f"{here}/annotations").json()["shapes"]) == 1
    assert ask("GET", f"/api/jobs?task_id={task}&type=annotation").json()["count"] == 2
    layout = ask("GET", f"/api/tasks/{task}/validation_layout").json()
    assert (layout["mode"], layout["validation_frames"]) == ("gt", [1, 4])
    assert ask("POST", "/api/jobs", json=body).status_code == 400
    assert ask("DELETE", f"/api/jobs/{_jobs(ask, task)[0]['id']}").status_code == 400
    assert ask("DELETE", here).status_code == 204
    assert ask("GET", f"/api/tasks/{task}").json()["validation_mode"] is None


@pytest.mark.parametrize(
    ("wish", "count"),
    [
        ({"frame_selection_method": "random_uniform", "frame_count": 4}, 4),
        ({"frame_selection_method": "random_uniform", "frame_share": 0.25}, 3),
        ({"frame_selection_method": "random_per_job", "frames_per_job_count": 2}, 6),
    ],
)
def test_frames_for_checking_are_drawn_by_lot(ask: Asker, wish: dict[str, Any], count: int) -> None:
    task = ask.task(frames=12, segment_size=4)
    body = {"type": "ground_truth", "task_id": task, "random_seed": 5, **wish}
    first = ask("POST", "/api/jobs", json=body).json()
    frames = ask("GET", f"/api/jobs/{first['id']}/data/meta").json()["included_frames"]
    assert len(set(frames)) == count
    ask("DELETE", f"/api/jobs/{first['id']}")
    again = ask("POST", "/api/jobs", json=body).json()
    meta = ask("GET", f"/api/jobs/{again['id']}/data/meta").json()
    assert meta["included_frames"] == frames
    nothing = {"type": "ground_truth", "task_id": ask.task(), "frames": []}
    assert "how many" in ask("POST", "/api/jobs", json=nothing).text
