"""The same things as six releases of CVAT write them: each is read alike."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.cvat.twin import URL, Twin
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.signin import Credentials

PERSON = {"id": 7, "username": "bob", "url": f"{URL}/api/users/7", "first_name": "", "new": {}}
JOB = {"id": 3, "task_id": 9, "start_frame": 0, "stop_frame": 4, "stage": "annotation",
       "state": "new", "status": "annotation"}  # fmt: skip
TASK = {"id": 9, "name": "t", "size": 5, "mode": "annotation", "status": "annotation",
        "owner": PERSON, "assignee": None}  # fmt: skip
LABEL = {"id": 1, "name": "cat", "color": "#fff"}
SPEC = {"id": 4, "name": "note", "input_type": "text", "mutable": False, "values": [""]}


def paged(*items: Any) -> dict[str, Any]:
    return {"count": len(items), "next": None, "previous": None, "results": list(items)}


def before_2_4() -> dict[str, Any]:
    """Classes and jobs are in the task; nothing counts issues."""
    segments = [{"start_frame": 0, "stop_frame": 4, "jobs": [JOB]}]
    label = {**LABEL, "attributes": [SPEC], "deleted": False}
    return {
        r"GET /api/labels\?task_id=9": httpx.Response(404),
        r"GET /api/jobs\?task_id=9": httpx.Response(404),
        "GET /api/tasks/9/jobs": [{**JOB, "assignee": PERSON, "reviewer": None}],
        "GET /api/tasks/9": {**TASK, "labels": [label], "segments": segments, "organization": 3},
        "GET /api/tasks/9/status": {"state": "Finished", "message": "", "progress": 0.0},
    }


def later(
    *, plain: bool = False, organization: Any = None, issues: Any = None, status: bool = True
) -> dict[str, Any]:
    """Addresses in the place of lists."""
    wrap = (lambda *items: list(items)) if plain else paged
    summary = {"url": f"{URL}/api/jobs?task_id=9", "count": 1, "completed": 0, "validation": 0}
    job = {**JOB, "assignee": PERSON, "type": "annotation", "issues": issues, "organization": 3}
    reading = {"type": "create", "target": "task", "task_id": 9, "job_id": None}
    finished = {"id": "rq", "status": "finished", "message": "", "operation": reading}
    task = {**TASK, "labels": {"url": f"{URL}/api/labels?task_id=9"}, "jobs": summary,
            "organization": organization, "consensus_enabled": False}  # fmt: skip
    return {
        r"GET /api/labels\?task_id=9": wrap({**LABEL, "type": "any", "attributes": [SPEC],
                                             "sublabels": [], "has_parent": False}),
        r"GET /api/jobs\?task_id=9": wrap(job),
        "GET /api/tasks/9": task,
        "GET /api/tasks/9/status": {"state": "Finished"} if status else httpx.Response(410),
        r"GET /api/requests\?task_id=9": wrap(finished),
    }  # fmt: skip


RELEASES: dict[str, tuple[dict[str, Any], int | None]] = {
    "2.3": (before_2_4(), None),
    "2.4": (later(issues={"url": f"{URL}/api/issues?job_id=3"}), None),
    "2.16": (later(issues={"count": 2, "url": f"{URL}/api/issues?job_id=3"}), 2),
    "2.31, plain lists": (later(plain=True, issues={"count": 0}, organization=3), 0),
    "2.40": (later(issues={"count": 2}, organization={"id": 3, "slug": "us"}), 2),
    "2.63": (later(issues={"count": 2}, organization={"id": 3, "slug": "us"}, status=False), 2),
    "2.80": (later(issues={"count": 2}, status=False), 2),
}


@pytest.mark.parametrize("release", RELEASES)
def test_each_release_is_read_alike(release: str) -> None:
    routes, issues = RELEASES[release]
    about = {"name": "CVAT", "version": release, "logo_url": "x", "subtitle": None}
    client = CvatClient.connect(
        URL,
        credentials=Credentials(username="ann", password="pa55"),
        transport=Twin({**routes, "GET /api/server/about": about}),
    )
    task = client.task(9)
    assert task is not None
    assert (task.name, task.size, wire.username_of(task.owner)) == ("t", 5, "bob")
    (job,) = client.jobs(9)
    assert (job.id, job.task_id, job.start_frame, job.stop_frame) == (3, 9, 0, 4)
    assert (job.stage, job.state, job.type) == ("annotation", "new", "annotation")
    assert wire.username_of(job.assignee) == "bob"
    assert (None if job.issues is None else job.issues.count) == issues
    (label,) = client.labels(task_id=9)
    assert (label.id, label.name) == (1, "cat")
    assert [(spec.id, spec.name, spec.values) for spec in label.attributes] == [(4, "note", [""])]
    assert client.media_state(9) == "read"


def test_issues_of_other_jobs_are_left_out_where_a_server_lists_all() -> None:
    every = [{"id": 1, "frame": 0, "job": 3}, {"id": 2, "frame": 0, "job": 4}]
    client = CvatClient.connect(
        URL,
        credentials=Credentials(username="ann", password="pa55"),
        transport=Twin({r"GET /api/issues\?job_id=3": every}),
    )
    assert [issue.id for issue in client.issues(3)] == [1]
