"""Work that goes on after its request was answered: reading the media of tasks."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from sqlalchemy import select

from viewfinder.labelserver.context import Context, Reader
from viewfinder.labelserver.errors import NotFoundError
from viewfinder.labelserver.models import Task, TaskData, User
from viewfinder.labelserver.paging import page_of
from viewfinder.labelserver.presenters import request_out
from viewfinder.labelserver.queries import find_task, task_is_visible
from viewfinder.labelserver.wire.messages import Page, RequestOut

__all__ = ["router"]

router = APIRouter(prefix="/api/requests", tags=["requests"])
_ID = re.compile(r"action=create&target=task&id=([0-9]{1,15})\Z")


def _presented(context: Context, task: Task) -> RequestOut:
    assert task.data is not None
    owner_id = task.data.requested_by_id
    owner = context.session.get(User, owner_id) if owner_id is not None else None
    return request_out(task, task.data, owner)


@router.get("")
def list_requests(context: Reader, request: Request) -> Page[RequestOut]:
    """Requests, newest first."""
    statement = (
        select(Task)
        .join(TaskData, TaskData.task_id == Task.id)
        .where(TaskData.state != "uploading", task_is_visible(context.user))
        .order_by(Task.id.desc())
    )
    return page_of(
        context, request, statement, lambda rows: [_presented(context, row) for row in rows]
    )


@router.get("/{request_id}")
def get_request(context: Reader, request_id: str) -> RequestOut:
    """One request; its `message` says why it failed."""
    match = _ID.match(request_id)
    if match is None:
        raise NotFoundError
    task = find_task(context, int(match[1]))
    if task.data is None or task.data.state == "uploading":
        raise NotFoundError
    return _presented(context, task)
