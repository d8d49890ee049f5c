"""Jobs: who works on which frames, at which stage."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import ColumnElement, SQLColumnExpression, literal, select

from viewfinder.labelserver.context import Context, Reader, Writer
from viewfinder.labelserver.errors import InvalidFieldError, InvalidRequestError, LabelServerError
from viewfinder.labelserver.filters import ListFields, narrowed
from viewfinder.labelserver.models import Job, Project, Task, User, utc_now
from viewfinder.labelserver.paging import page_of
from viewfinder.labelserver.presenters import job_out
from viewfinder.labelserver.queries import (
    find_job,
    find_task,
    find_user_id,
    issue_counts,
    require_owner,
    task_is_visible,
)
from viewfinder.labelserver.services.layout import Selection, Span, choose_frames
from viewfinder.labelserver.wire.messages import JobOut, JobPatch, Page
from viewfinder.labelserver.wire.review import JobIn, JobValidationLayout

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
        "type": Job.type,
        "dimension": literal("2d"),
        "updated_date": Job.updated_date,
    },
    search=["task_name", "project_name", "assignee", "stage", "state"],
)


def _presented(context: Context, jobs: list[Job]) -> list[JobOut]:
    counts = issue_counts(context.session, [job.id for job in jobs])
    return [job_out(job, context.links, counts.get(job.id, 0)) for job in jobs]


_NO_CHOICE = "Select a valid choice. That choice is not one of the available choices."


@router.get("")
def list_jobs(context: Reader, request: Request) -> Page[JobOut]:
    """Jobs that one may see, newest first; `task_id` for those of one task."""
    visible = select(Task.id).where(task_is_visible(context.user))
    statement = narrowed(select(Job).where(Job.task_id.in_(visible)), _FIELDS, request)
    task_id = request.query_params.get("task_id")
    if task_id and context.session.scalar(visible.where(Task.id == int(task_id))) is None:
        raise InvalidFieldError("task_id", _NO_CHOICE)
    return page_of(context, request, statement, lambda rows: _presented(context, rows))


@router.post("", status_code=201)
def create_job(context: Writer, body: JobIn) -> JobOut:
    """Make a job of true labels for some frames of a task."""
    session = context.session
    task = find_task(context, body.task_id, lock=True)
    require_owner(context, task)
    if body.type != "ground_truth":
        raise InvalidFieldError("type", "Only ground truth jobs can be made by hand.")
    if task.data is None or task.data.state != "finished":
        raise InvalidRequestError("This task does not have data attached yet.")
    others = session.scalars(
        select(Job).where(Job.task_id == task.id).order_by(Job.start_frame)
    ).all()
    if any(job.type == "ground_truth" for job in others):
        raise InvalidRequestError("A task can have only 1 ground truth job")
    selection = Selection(
        method=body.frame_selection_method,
        count=body.frame_count,
        share=body.frame_share,
        per_job_count=body.frames_per_job_count,
        per_job_share=body.frames_per_job_share,
        seed=body.random_seed if body.random_seed is not None else body.seed,
        numbers=body.frames,
    )
    spans = [Span(job.start_frame, job.stop_frame) for job in others]
    try:
        chosen = choose_frames(selection, task.data.size, spans)
    except LabelServerError as error:
        raise InvalidRequestError(str(error)) from error
    job = Span(0, task.data.size - 1, chosen).as_job(task.id)
    job.assignee_id = find_user_id(session, body.assignee, "assignee")
    job.stage, job.state = body.stage, body.state
    session.add(job)
    task.data.validation = {"mode": "gt", "frames": chosen}
    task.updated_date = utc_now()
    session.flush()
    session.refresh(job)
    return _presented(context, [job])[0]


@router.get("/{job_id}")
def get_job(context: Reader, job_id: int) -> JobOut:
    """One job."""
    return _presented(context, [find_job(context, job_id)])[0]


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
    return _presented(context, [job])[0]


@router.delete("/{job_id}", status_code=204)
def delete_job(context: Writer, job_id: int) -> None:
    """Delete a job of true labels; the others go with their task."""
    job = find_job(context, job_id)
    require_owner(context, job.task)
    if job.type != "ground_truth":
        raise InvalidRequestError("Only ground truth jobs can be removed")
    data = job.task.data
    if data is not None and data.validation and data.validation["mode"] == "gt_pool":
        raise InvalidRequestError("The job that honeypots were taken from can't be removed")
    if data is not None:
        data.validation = None
    context.session.delete(job)


@router.get("/{job_id}/validation_layout")
def get_job_validation_layout(context: Reader, job_id: int) -> JobValidationLayout:
    """Which frames of a job are copies of frames that are checked, and of which."""
    job = find_job(context, job_id)
    validation = (job.task.data.validation if job.task.data else None) or {}
    pairs = [
        (place, real)
        for place, real in validation.get("honeypots", [])
        if job.start_frame <= place <= job.stop_frame
    ]
    return JobValidationLayout(
        honeypot_count=len(pairs),
        honeypot_frames=[place for place, _ in pairs],
        honeypot_real_frames=[real for _, real in pairs],
    )
