"""The label server in the clothes of an older CVAT, so that clients can be tried against one.

Only differences that clients have to deal with are imitated:

========  ==========================================================================================
before    is otherwise
========  ==========================================================================================
2.3       there are no masks: a shape of that type is refused
2.4       tasks and projects carry their label classes, tasks their segments with jobs, projects
          the ids of their tasks; there is ``/api/tasks/ID/jobs`` and no ``/api/labels``
2.4.6     files are ordered by name, whatever order a client asks for
2.16      there is no ``/api/requests``, and an upload names no request
========  ==========================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from viewfinder.labelserver.answers import CvatResponse, json_bytes
from viewfinder.labelserver.context import Links, ServerParts
from viewfinder.labelserver.models import Job, Project, Task
from viewfinder.labelserver.presenters import basic_user, job_status, label_out
from viewfinder.labelserver.services.label_classes import labels_of_project, labels_of_task

__all__ = ["NEWEST_IMITATED", "OlderRelease"]

NEWEST_IMITATED = (2, 16)
"""From this release on there is nothing to imitate."""

_EMBEDDING = re.compile(r"/api/(tasks|projects)(/\d+)?\Z")
_JOBS_OF_TASK = re.compile(r"/api/tasks/(\d+)/jobs\Z")


class OlderRelease:
    """ASGI middleware.

    Args:
        app: the application inside
        parts: of the server
    """

    def __init__(self, app: ASGIApp, *, parts: ServerParts) -> None:
        self._app = app
        self._parts = parts
        self._version = parts.settings.cvat_version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith("/api/"):
            await self._app(scope, receive, send)
        elif self._is_unknown(path):
            answer = CvatResponse({"detail": "Not found."}, status_code=404)
            await answer(scope, receive, send)
        elif self._version < (2, 4) and (of_task := _JOBS_OF_TASK.match(path)):
            query = b"&".join([scope["query_string"], b"task_id=" + of_task[1].encode()])
            inner = {**scope, "path": "/api/jobs", "raw_path": b"/api/jobs", "query_string": query}
            await self._app(inner, receive, send)
        elif self._version < (2, 4) and (match := _EMBEDDING.match(path)):
            await self._embedding(match[1], scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_unknown(self, path: str) -> bool:
        if path.startswith("/api/requests"):
            return self._version < (2, 16)
        return path.startswith("/api/labels") and self._version < (2, 4)

    async def _embedding(self, kind: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the answer back, and put into it what newer releases give addresses of."""
        start: Message = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            content = bytes(body)
            if 200 <= start["status"] < 300 and content:
                content = await run_in_threadpool(self._embedded, kind, content)
                MutableHeaders(scope=start)["content-length"] = str(len(content))
            await send(start)
            await send({"type": "http.response.body", "body": content})

        await self._app(scope, receive, keep)

    def _embedded(self, kind: str, content: bytes) -> bytes:
        answer = msgspec.json.decode(content)
        things: Iterable[dict[str, Any]] = answer.get("results", [answer])
        with self._parts.database.reading() as session:
            for thing in things:
                if kind == "tasks":
                    _embed_in_task(session, thing)
                else:
                    _embed_in_project(session, thing)
        return json_bytes(answer)


def _embed_in_task(session: Session, thing: dict[str, Any]) -> None:
    task = session.get(Task, thing["id"])
    if task is None:
        return
    links = Links(thing["url"].partition("/api/")[0])
    thing["labels"] = [_plain(label_out(label)) for label in labels_of_task(session, task)]
    jobs = session.scalars(select(Job).where(Job.task_id == task.id).order_by(Job.start_frame))
    thing["segments"] = [
        {
            "start_frame": job.start_frame,
            "stop_frame": job.stop_frame,
            "jobs": [
                {
                    "url": links.api(f"jobs/{job.id}"),
                    "id": job.id,
                    "assignee": _plain(basic_user(job.assignee, links)),
                    "status": job_status(job),
                    "stage": job.stage,
                    "state": job.state,
                }
            ],
        }
        for job in jobs
    ]
    thing.pop("jobs", None)


def _embed_in_project(session: Session, thing: dict[str, Any]) -> None:
    if session.get(Project, thing["id"]) is None:
        return
    labels = labels_of_project(session, thing["id"])
    thing["labels"] = [_plain(label_out(label)) for label in labels]
    tasks = select(Task.id).where(Task.project_id == thing["id"]).order_by(Task.id)
    thing["tasks"] = list(session.scalars(tasks))


def _plain(message: Any) -> Any:
    return None if message is None else message.model_dump(exclude_unset=True)
