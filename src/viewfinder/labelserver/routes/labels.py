"""Label classes: listed by task, job or project; read, changed and deleted one by one."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy import or_, select

from viewfinder.labelserver.context import Context, Reader, Writer
from viewfinder.labelserver.errors import InvalidFieldError, InvalidRequestError, NotFoundError
from viewfinder.labelserver.filters import ListFields, narrowed
from viewfinder.labelserver.models import Job, Label, Project, Task
from viewfinder.labelserver.paging import page_of
from viewfinder.labelserver.presenters import label_out
from viewfinder.labelserver.queries import project_is_visible, require_owner, task_is_visible
from viewfinder.labelserver.services.label_classes import (
    change_label,
    labels_of_project,
    labels_of_task,
)
from viewfinder.labelserver.wire.messages import LabelIn, LabelOut, LabelPatch, Page

__all__ = ["router"]

router = APIRouter(prefix="/api/labels", tags=["labels"])
_FIELDS = ListFields(
    columns={
        "id": Label.id,
        "name": Label.name,
        "color": Label.color,
        "type": Label.type,
        "parent_id": Label.parent_id,
    },
    search=["name"],
    default_sort="id",
)
# More than CVAT's 10: a client that reads page by page should rarely need a second request.
_PAGE_SIZE = 100
_NO_CHOICE = "Select a valid choice. That choice is not one of the available choices."


def _asked(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise InvalidFieldError(name, "Enter a number.")
    return int(text)


@router.get("", response_model_exclude_unset=True)
def list_labels(context: Reader, request: Request) -> Page[LabelOut]:
    """Label classes of a task (`task_id`), a job (`job_id`), a project (`project_id`), or all."""
    session, user = context.session, context.user
    tasks = select(Task.id).where(task_is_visible(user))
    projects = select(Project.id).where(project_is_visible(user))
    statement = select(Label).where(Label.parent_id.is_(None))
    task_id, job_id, project_id = (
        _asked(request, name) for name in ("task_id", "job_id", "project_id")
    )
    if job_id is not None:
        task_id = session.scalar(select(Job.task_id).where(Job.id == job_id))
        if task_id is None:
            raise InvalidFieldError("job_id", _NO_CHOICE)
    if task_id is not None:
        task = session.scalars(tasks.with_only_columns(Task).where(Task.id == task_id)).first()
        if task is None:
            raise InvalidFieldError("task_id", _NO_CHOICE)
        of_task = Label.task_id == task_id
        of_project = Label.project_id == task.project_id
        statement = statement.where(of_task if task.project_id is None else of_project)
    elif project_id is not None:
        if session.scalar(projects.where(Project.id == project_id)) is None:
            raise InvalidFieldError("project_id", _NO_CHOICE)
        statement = statement.where(Label.project_id == project_id)
    else:
        statement = statement.where(or_(Label.task_id.in_(tasks), Label.project_id.in_(projects)))
    return page_of(
        context,
        request,
        narrowed(statement, _FIELDS, request),
        lambda rows: [label_out(row) for row in rows],
        default_size=_PAGE_SIZE,
    )


def _find(context: Context, label_id: int) -> tuple[Label, Task | Project]:
    label = context.session.get(Label, label_id)
    if label is None:
        raise NotFoundError
    owner: Task | Project | None
    if label.task_id is not None:
        owner = context.session.scalars(
            select(Task).where(Task.id == label.task_id, task_is_visible(context.user))
        ).first()
    else:
        owner = context.session.scalars(
            select(Project).where(Project.id == label.project_id, project_is_visible(context.user))
        ).first()
    if owner is None:
        raise NotFoundError
    return label, owner


@router.get("/{label_id}", response_model_exclude_unset=True)
def get_label(context: Reader, label_id: int) -> LabelOut:
    """One label class."""
    return label_out(_find(context, label_id)[0])


@router.patch("/{label_id}", response_model_exclude_unset=True)
def patch_label(context: Writer, label_id: int, body: LabelPatch) -> LabelOut:
    """Change a label class."""
    label, owner = _find(context, label_id)
    require_owner(context, owner)
    change_label(label, LabelIn.model_validate(body.model_dump()))
    others = (
        labels_of_task(context.session, owner)
        if isinstance(owner, Task)
        else labels_of_project(context.session, owner.id)
    )
    if any(other.name == label.name and other.id != label.id for other in others):
        raise InvalidRequestError("All label names must be unique")
    context.session.flush()
    return label_out(label)


@router.delete("/{label_id}", status_code=204)
def delete_label(context: Writer, label_id: int) -> None:
    """Delete a label class together with all labels of it."""
    label, owner = _find(context, label_id)
    require_owner(context, owner)
    if label.parent_id is not None:
        raise InvalidRequestError("A skeleton's point can't be deleted alone.")
    context.session.delete(label)
