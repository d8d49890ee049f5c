"""Jobs: who works on which frames, at which stage."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import ColumnElement, SQLColumnExpression, literal, select

from viewfinder.labelserver.context import Reader, Writer
from viewfinder.labelserver.errors import InvalidFieldError
from viewfinder.labelserver.filters import ListFields, narrowed
from viewfinder.labelserver.models import Job, Project, Task, User, utc_now
from viewfinder.labelserver.paging import page_of
from viewfinder.labelserver.presenters import job_out
from viewfinder.labelserver.queries import find_job, find_user_id, task_is_visible
from viewfinder.labelserver.wire.messages import JobOut, JobPatch, Page

__all__ = ["router"]

router = APIRouter(prefix="/api/jobs", tags=["jobs"])


def _of_task(column: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    return select(column).where(Task.id == Job.task_id).correlate(Job).scalar_subquery()


_FIELDS = ListFields(
    columns={
        "id": Job.id,
        "task_id": Job.task_id,
        "task_name": _of_task(Task.name),
        "project_id": _of_task(Task.project_id),
        "project_name": (
            select(Project.name)
            .join(Task, Task.project_id == Project.id)
            .where(Task.id == Job.task_id)
            .correlate(Job)
            .scalar_subquery()
        ),
        "assignee": (
            select(User.username).where(User.id == Job.assignee_id).correlate(Job).scalar_subquery()
        ),
        "stage": Job.stage,
        "state": Job.state,
        "type": literal("annotation"),
        "dimension": literal("2d"),
        "updated_date": Job.updated_date,
    },
    search=["task_name", "project_name", "assignee", "stage", "state"],
)
_NO_CHOICE = "Select a valid choice. That choice is not one of the available choices."


@router.get("")
def list_jobs(context: Reader, request: Request) -> Page[JobOut]:
    """Jobs that one may see, newest first; `task_id` for those of one task."""
    visible = select(Task.id).where(task_is_visible(context.user))
    statement = narrowed(select(Job).where(Job.task_id.in_(visible)), _FIELDS, request)
    task_id = request.query_params.get("task_id")
    if task_id and context.session.scalar(visible.where(Task.id == int(task_id))) is None:
        raise InvalidFieldError("task_id", _NO_CHOICE)
    return page_of(
        context, request, statement, lambda rows: [job_out(row, context.links) for row in rows]
    )


@router.get("/{job_id}")
def get_job(context: Reader, job_id: int) -> JobOut:
    """One job."""
    return job_out(find_job(context, job_id), context.links)


@router.patch("/{job_id}")
def patch_job(context: Writer, job_id: int, body: JobPatch) -> JobOut:
    """Give a job to somebody, or move it to another stage or state."""
    job = find_job(context, job_id)
    given = body.model_fields_set
    if "assignee" in given:
        job.assignee_id = find_user_id(context.session, body.assignee, "assignee")
    if body.stage is not None and body.stage != job.stage:
        job.stage = body.stage
        # A new stage begins as new work, unless the client says otherwise.
        job.state = "new"
    if body.state is not None:
        job.state = body.state
    now = utc_now()
    job.updated_date = now
    job.task.updated_date = now
    context.session.flush()
    context.session.refresh(job)
    return job_out(job, context.links)
