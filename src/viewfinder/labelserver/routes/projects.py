"""Projects: label classes that several tasks share."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, BackgroundTasks, Request, Response
from sqlalchemy import ColumnElement, SQLColumnExpression, select

from viewfinder.labelserver.context import Context, Reader, Writer
from viewfinder.labelserver.filters import ListFields, narrowed
from viewfinder.labelserver.models import Project, Task, User, utc_now
from viewfinder.labelserver.paging import page_of
from viewfinder.labelserver.presenters import JobCounts, project_out
from viewfinder.labelserver.queries import (
    find_project,
    find_user_id,
    job_counts,
    project_is_visible,
    require_owner,
)
from viewfinder.labelserver.services.label_classes import change_labels, labels_of_project
from viewfinder.labelserver.services.removal import remove_media
from viewfinder.labelserver.wire.messages import Page, ProjectIn, ProjectOut, ProjectPatch

__all__ = ["router"]

router = APIRouter(prefix="/api/projects", tags=["projects"])


def _username(column: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    return select(User.username).where(User.id == column).correlate(Project).scalar_subquery()


_FIELDS = ListFields(
    columns={
        "id": Project.id,
        "name": Project.name,
        "owner": _username(Project.owner_id),
        "assignee": _username(Project.assignee_id),
        "updated_date": Project.updated_date,
    },
    search=["name", "owner", "assignee"],
)


def _presented(context: Context, projects: list[Project]) -> list[ProjectOut]:
    ids = [project.id for project in projects]
    rows = context.session.execute(
        select(Task.project_id, Task.id, Task.subset).where(Task.project_id.in_(ids))
    ).all()
    counts = job_counts(context.session, [task_id for _, task_id, _ in rows])
    results = []
    for project in projects:
        own = [(task_id, subset) for owner, task_id, subset in rows if owner == project.id]
        of_tasks = [counts.get(task_id, JobCounts()) for task_id, _ in own]
        total = JobCounts(
            sum(count.total for count in of_tasks),
            sum(count.completed for count in of_tasks),
            sum(count.validation for count in of_tasks),
        )
        subsets = sorted({subset for _, subset in own if subset})
        results.append(project_out(project, context.links, total, len(own), subsets))
    return results


@router.get("")
def list_projects(context: Reader, request: Request) -> Page[ProjectOut]:
    """Projects that one may see, newest first."""
    statement = select(Project).where(project_is_visible(context.user))
    return page_of(
        context,
        request,
        narrowed(statement, _FIELDS, request),
        lambda rows: _presented(context, rows),
    )


@router.post("", status_code=201)
def create_project(context: Writer, body: ProjectIn, response: Response) -> ProjectOut:
    """Make a project."""
    session = context.session
    project = Project(
        name=body.name,
        owner_id=find_user_id(session, body.owner_id, "owner_id") or context.user.id,
        assignee_id=find_user_id(session, body.assignee_id, "assignee_id"),
        bug_tracker=body.bug_tracker,
    )
    session.add(project)
    session.flush()
    change_labels(session, project, [], body.labels)
    session.refresh(project)
    response.headers["Location"] = context.links.api(f"projects/{project.id}")
    return _presented(context, [project])[0]


@router.get("/{project_id}")
def get_project(context: Reader, project_id: int) -> ProjectOut:
    """One project."""
    return _presented(context, [find_project(context, project_id)])[0]


@router.patch("/{project_id}")
def patch_project(context: Writer, project_id: int, body: ProjectPatch) -> ProjectOut:
    """Change a project."""
    session = context.session
    project = find_project(context, project_id)
    require_owner(context, project)
    given = body.model_fields_set
    if body.name is not None:
        project.name = body.name
    if body.bug_tracker is not None:
        project.bug_tracker = body.bug_tracker
    if "assignee_id" in given:
        project.assignee_id = find_user_id(session, body.assignee_id, "assignee_id")
    if body.owner_id is not None:
        project.owner_id = find_user_id(session, body.owner_id, "owner_id")
    change_labels(session, project, labels_of_project(session, project.id), body.labels)
    project.updated_date = utc_now()
    session.flush()
    session.refresh(project)
    return _presented(context, [project])[0]


@router.delete("/{project_id}", status_code=204)
def delete_project(context: Writer, project_id: int, after: BackgroundTasks) -> None:
    """Delete a project with its tasks, their media and labels."""
    project = find_project(context, project_id)
    require_owner(context, project)
    tasks = context.session.scalars(select(Task.id).where(Task.project_id == project.id)).all()
    context.session.delete(project)
    after.add_task(remove_media, context.parts.frames, list(tasks))
