"""What can be seen by whom, and counts for many rows at once.

An administrator sees everything; anybody else sees what they own or are assigned to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session

from viewfinder.labelserver.context import Context
from viewfinder.labelserver.errors import NotFoundError, RefusalError
from viewfinder.labelserver.models import Issue, Job, Project, Task, User
from viewfinder.labelserver.presenters import JobCounts

__all__ = [
    "find_job",
    "find_project",
    "find_task",
    "find_user_id",
    "issue_counts",
    "job_counts",
    "project_is_visible",
    "require_owner",
    "task_is_visible",
    "task_status",
]

_DONE = and_(Job.stage == "acceptance", Job.state == "completed")
_CHECKING = Job.stage == "validation"


def project_is_visible(user: User) -> ColumnElement[bool]:
    """Condition on projects."""
    if user.is_superuser:
        return true()
    return or_(Project.owner_id == user.id, Project.assignee_id == user.id)


def task_is_visible(user: User) -> ColumnElement[bool]:
    """Condition on tasks."""
    if user.is_superuser:
        return true()
    own_jobs = select(Job.task_id).where(Job.assignee_id == user.id)
    own_projects = select(Project.id).where(project_is_visible(user))
    return or_(
        Task.owner_id == user.id,
        Task.assignee_id == user.id,
        Task.id.in_(own_jobs),
        Task.project_id.in_(own_projects),
    )


def find_task(context: Context, task_id: int, *, lock: bool = False) -> Task:
    """A task that this user may see; with `lock`, until the end of the transaction.

    Raises:
        NotFoundError: when there is none
    """
    statement = select(Task).where(Task.id == task_id, task_is_visible(context.user))
    if lock:
        statement = statement.with_for_update(of=Task)
    task = context.session.scalars(statement).first()
    if task is None:
        raise NotFoundError
    return task


def find_job(context: Context, job_id: int) -> Job:
    """A job of a task that this user may see.

    Raises:
        NotFoundError: when there is none
    """
    visible = select(Task.id).where(task_is_visible(context.user))
    job = context.session.scalars(
        select(Job).where(Job.id == job_id, Job.task_id.in_(visible))
    ).first()
    if job is None:
        raise NotFoundError
    return job


def find_project(context: Context, project_id: int) -> Project:
    """A project that this user may see.

    Raises:
        NotFoundError: when there is none
    """
    project = context.session.scalars(
        select(Project).where(Project.id == project_id, project_is_visible(context.user))
    ).first()
    if project is None:
        raise NotFoundError
    return project


def find_user_id(session: Session, user_id: int | None, field: str) -> int | None:
    """The id of somebody who exists, or None for nobody.

    Raises:
        RefusalError: 400 naming the field when there is nobody of that id
    """
    if user_id is not None and session.get(User, user_id) is None:
        raise RefusalError(400, {field: [f'Invalid pk "{user_id}" - object does not exist.']})
    return user_id


def require_owner(context: Context, thing: Task | Project) -> None:
    """Only the owner or an administrator may go on.

    Raises:
        RefusalError: 403 for anybody else
    """
    if not context.user.is_superuser and thing.owner_id != context.user.id:
        raise RefusalError(403, {"detail": "You do not have permission to perform this action."})


def job_counts(session: Session, task_ids: Iterable[int]) -> dict[int, JobCounts]:
    """The counts of jobs, by task; tasks without jobs are left out."""
    rows = session.execute(
        select(
            Job.task_id,
            func.count(),
            func.sum(case((_DONE, 1), else_=0)),
            func.sum(case((_CHECKING, 1), else_=0)),
        )
        .where(Job.task_id.in_(list(task_ids)))
        .group_by(Job.task_id)
    )
    return {task_id: JobCounts(total, done, checking) for task_id, total, done, checking in rows}


def issue_counts(session: Session, job_ids: Iterable[int]) -> dict[int, int]:
    """How many remarks jobs have, by job; jobs without any are left out."""
    rows = session.execute(
        select(Issue.job_id, func.count())
        .where(Issue.job_id.in_(list(job_ids)))
        .group_by(Issue.job_id)
    )
    return {row[0]: row[1] for row in rows}


def task_status() -> ColumnElement[Any]:
    """A task's status, for conditions and order."""
    jobs = select(func.count()).where(Job.task_id == Task.id).correlate(Task).scalar_subquery()
    done = (
        select(func.count()).where(Job.task_id == Task.id, _DONE).correlate(Task).scalar_subquery()
    )
    checking = (
        select(func.count())
        .where(Job.task_id == Task.id, _CHECKING)
        .correlate(Task)
        .scalar_subquery()
    )
    return case(
        (and_(jobs > 0, jobs == done), "completed"),
        (checking > 0, "validation"),
        else_="annotation",
    )
