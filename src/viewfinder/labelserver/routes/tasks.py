"""Tasks: made with label classes or in a project, listed, changed, deleted."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, BackgroundTasks, Request, Response
from sqlalchemy import ColumnElement, SQLColumnExpression, literal, select

from viewfinder.labelserver.context import Context, Reader, Writer
from viewfinder.labelserver.errors import InvalidRequestError
from viewfinder.labelserver.filters import ListFields, narrowed
from viewfinder.labelserver.models import Project, Task, User, utc_now
from viewfinder.labelserver.paging import page_of
from viewfinder.labelserver.presenters import JobCounts, task_out
from viewfinder.labelserver.queries import (
    find_task,
    find_user_id,
    job_counts,
    project_is_visible,
    require_owner,
    task_is_visible,
    task_status,
)
from viewfinder.labelserver.services.label_classes import change_labels, labels_of_task
from viewfinder.labelserver.services.removal import remove_media
from viewfinder.labelserver.wire.messages import Page, TaskIn, TaskOut, TaskPatch, TaskStatus
from viewfinder.labelserver.wire.review import TaskValidationLayout

__all__ = ["router"]

router = APIRouter(prefix="/api/tasks", tags=["tasks"])


def _username(column: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    return select(User.username).where(User.id == column).correlate(Task).scalar_subquery()


_FIELDS = ListFields(
    columns={
        "id": Task.id,
        "name": Task.name,
        "project_id": Task.project_id,
        "project_name": (
            select(Project.name)
            .where(Project.id == Task.project_id)
            .correlate(Task)
            .scalar_subquery()
        ),
        "owner": _username(Task.owner_id),
        "assignee": _username(Task.assignee_id),
        "status": task_status(),
        "subset": Task.subset,
        "mode": Task.mode,
        "dimension": literal("2d"),
        "tracker_link": Task.bug_tracker,
        "updated_date": Task.updated_date,
    },
    search=["name", "project_name", "owner", "assignee", "status", "subset", "mode"],
)


def _presented(context: Context, tasks: list[Task]) -> list[TaskOut]:
    counts = job_counts(context.session, [task.id for task in tasks])
    return [task_out(task, context.links, counts.get(task.id, JobCounts())) for task in tasks]


@router.get("", response_model_exclude_unset=True)
def list_tasks(context: Reader, request: Request) -> Page[TaskOut]:
    """Tasks that one may see, newest first."""
    statement = select(Task).where(task_is_visible(context.user))
    return page_of(
        context,
        request,
        narrowed(statement, _FIELDS, request),
        lambda rows: _presented(context, rows),
    )


@router.post("", status_code=201, response_model_exclude_unset=True)
def create_task(context: Writer, body: TaskIn, response: Response) -> TaskOut:
    """Make a task; media follow with ``POST /api/tasks/ID/data``."""
    session = context.session
    if body.project_id is not None:
        visible = select(Project.id).where(project_is_visible(context.user))
        if session.scalar(visible.where(Project.id == body.project_id)) is None:
            raise InvalidRequestError("Project matching query does not exist.")
        if body.labels:
            raise InvalidRequestError("Project must have only one of Label set or project_id")
    elif not body.labels:
        raise InvalidRequestError("Label set or project_id must be present")
    task = Task(
        name=body.name,
        project_id=body.project_id,
        owner_id=find_user_id(session, body.owner_id, "owner_id") or context.user.id,
        assignee_id=find_user_id(session, body.assignee_id, "assignee_id"),
        bug_tracker=body.bug_tracker,
        subset=body.subset,
        segment_size=body.segment_size,
        overlap=body.overlap,
    )
    session.add(task)
    session.flush()
    change_labels(session, task, [], body.labels)
    session.refresh(task)
    response.headers["Location"] = context.links.api(f"tasks/{task.id}")
    return _presented(context, [task])[0]


@router.get("/{task_id}", response_model_exclude_unset=True)
def get_task(context: Reader, task_id: int) -> TaskOut:
    """One task."""
    return _presented(context, [find_task(context, task_id)])[0]


@router.patch("/{task_id}", response_model_exclude_unset=True)
def patch_task(context: Writer, task_id: int, body: TaskPatch) -> TaskOut:
    """Change a task, its people or its label classes."""
    session = context.session
    task = find_task(context, task_id, lock=True)
    require_owner(context, task)
    for name in ("name", "bug_tracker", "subset"):
        value = getattr(body, name)
        if value is not None:
            setattr(task, name, value)
    if "assignee_id" in body.model_fields_set:
        task.assignee_id = find_user_id(session, body.assignee_id, "assignee_id")
    if body.owner_id is not None:
        task.owner_id = find_user_id(session, body.owner_id, "owner_id")
    if body.labels:
        if task.project_id is not None:
            raise InvalidRequestError("The label classes of a project are changed in the project")
        change_labels(session, task, labels_of_task(session, task), body.labels)
    task.updated_date = utc_now()
    session.flush()
    session.refresh(task)
    return _presented(context, [task])[0]


@router.delete("/{task_id}", status_code=204)
def delete_task(context: Writer, task_id: int, after: BackgroundTasks) -> None:
    """Delete a task with its media and labels."""
    task = find_task(context, task_id, lock=True)
    require_owner(context, task)
    context.session.delete(task)
    after.add_task(remove_media, context.parts.frames, [task_id])


@router.get("/{task_id}/status")
def get_status(context: Reader, task_id: int) -> TaskStatus:
    """How far reading the task's media has come (the older way; see ``/api/requests``)."""
    task = find_task(context, task_id)
    data = task.data
    if data is None or data.state == "uploading":
        return TaskStatus(state="Finished", message="", progress=0.0)
    return TaskStatus.model_validate(
        {"state": data.state.capitalize(), "message": data.message, "progress": data.progress}
    )


@router.get("/{task_id}/validation_layout")
def get_task_validation_layout(context: Reader, task_id: int) -> TaskValidationLayout:
    """How a task is checked."""
    data = find_task(context, task_id).data
    validation = (data.validation if data else None) or {}
    if not validation:
        return TaskValidationLayout(mode=None)
    layout = TaskValidationLayout(
        mode=validation["mode"], validation_frames=validation["frames"], disabled_frames=[]
    )
    if validation["mode"] == "gt":
        return layout
    pairs = validation["honeypots"]
    return layout.model_copy(
        update={
            "frames_per_job_count": validation["frames_per_job_count"],
            "honeypot_count": len(pairs),
            "honeypot_frames": [place for place, _ in pairs],
            "honeypot_real_frames": [real for _, real in pairs],
        }
    )
