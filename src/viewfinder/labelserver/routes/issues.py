"""Reviewers' remarks at places of frames, and what is said about them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import ColumnElement, SQLColumnExpression, func, select

from viewfinder.labelserver.context import Context, Reader, Writer
from viewfinder.labelserver.errors import InvalidFieldError, NotFoundError
from viewfinder.labelserver.filters import ListFields, narrowed
from viewfinder.labelserver.models import Comment, Issue, Job, Task, User, utc_now
from viewfinder.labelserver.paging import page_of
from viewfinder.labelserver.presenters import comment_out, issue_out
from viewfinder.labelserver.queries import find_job, find_user_id, task_is_visible
from viewfinder.labelserver.wire.messages import Page
from viewfinder.labelserver.wire.review import (
    CommentIn,
    CommentOut,
    CommentPatch,
    IssueIn,
    IssueOut,
    IssuePatch,
)

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["review"])


def _username(column: SQLColumnExpression[Any], of: type[Issue | Comment]) -> ColumnElement[Any]:
    return select(User.username).where(User.id == column).correlate(of).scalar_subquery()


def _of_issue(column: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    return select(column).where(Issue.id == Comment.issue_id).correlate(Comment).scalar_subquery()


_ISSUE_FIELDS = ListFields(
    columns={
        "id": Issue.id,
        "job_id": Issue.job_id,
        "task_id": (
            select(Job.task_id).where(Job.id == Issue.job_id).correlate(Issue).scalar_subquery()
        ),
        "frame_id": Issue.frame,
        "resolved": Issue.resolved,
        "owner": _username(Issue.owner_id, Issue),
        "assignee": _username(Issue.assignee_id, Issue),
    },
    search=["owner", "assignee"],
)
_COMMENT_FIELDS = ListFields(
    columns={
        "id": Comment.id,
        "issue_id": Comment.issue_id,
        "job_id": _of_issue(Issue.job_id),
        "frame_id": _of_issue(Issue.frame),
        "owner": _username(Comment.owner_id, Comment),
    },
    search=["owner"],
)


def _visible_jobs(context: Context) -> Any:
    tasks = select(Task.id).where(task_is_visible(context.user))
    return select(Job.id).where(Job.task_id.in_(tasks))


def _presented(context: Context, issues: list[Issue]) -> list[IssueOut]:
    ids = [issue.id for issue in issues]
    counted = (
        select(Comment.issue_id, func.count())
        .where(Comment.issue_id.in_(ids))
        .group_by(Comment.issue_id)
    )
    counts = {row[0]: row[1] for row in context.session.execute(counted)}
    return [issue_out(issue, context.links, counts.get(issue.id, 0)) for issue in issues]


def _find_issue(context: Context, issue_id: int) -> Issue:
    issue = context.session.scalars(
        select(Issue).where(Issue.id == issue_id, Issue.job_id.in_(_visible_jobs(context)))
    ).first()
    if issue is None:
        raise NotFoundError
    return issue


def _find_comment(context: Context, comment_id: int) -> Comment:
    comment = context.session.get(Comment, comment_id)
    if comment is None:
        raise NotFoundError
    _find_issue(context, comment.issue_id)
    return comment


def _touch(context: Context, issue: Issue) -> None:
    """A job whose remarks change has changed, for those who watch it."""
    now = utc_now()
    issue.updated_date = now
    find_job(context, issue.job_id).updated_date = now


@router.get("/issues")
def list_issues(context: Reader, request: Request) -> Page[IssueOut]:
    """Remarks that one may see, newest first; `job_id`, `task_id`, … for some of them."""
    statement = select(Issue).where(Issue.job_id.in_(_visible_jobs(context)))
    return page_of(
        context,
        request,
        narrowed(statement, _ISSUE_FIELDS, request),
        lambda rows: _presented(context, rows),
    )


@router.post("/issues", status_code=201)
def create_issue(context: Writer, body: IssueIn) -> IssueOut:
    """Make a remark, with its first comment."""
    session = context.session
    job = find_job(context, body.job)
    if body.frame not in job.frame_numbers:
        raise InvalidFieldError("frame", f"Frame {body.frame} is not one of the job's frames.")
    issue = Issue(
        job_id=job.id,
        frame=body.frame,
        position=body.position,
        owner_id=context.user.id,
        assignee_id=find_user_id(session, body.assignee, "assignee"),
        resolved=body.resolved,
    )
    session.add(issue)
    session.flush()
    session.add(Comment(issue_id=issue.id, owner_id=context.user.id, message=body.message))
    _touch(context, issue)
    session.flush()
    session.refresh(issue)
    return _presented(context, [issue])[0]


@router.get("/issues/{issue_id}")
def get_issue(context: Reader, issue_id: int) -> IssueOut:
    """One remark."""
    return _presented(context, [_find_issue(context, issue_id)])[0]


@router.patch("/issues/{issue_id}")
def patch_issue(context: Writer, issue_id: int, body: IssuePatch) -> IssueOut:
    """Move a remark, give it to somebody, or say that it is resolved."""
    issue = _find_issue(context, issue_id)
    if body.position is not None:
        issue.position = body.position
    if body.resolved is not None:
        issue.resolved = body.resolved
    if "assignee" in body.model_fields_set:
        issue.assignee_id = find_user_id(context.session, body.assignee, "assignee")
    _touch(context, issue)
    context.session.flush()
    context.session.refresh(issue)
    return _presented(context, [issue])[0]


@router.delete("/issues/{issue_id}", status_code=204)
def delete_issue(context: Writer, issue_id: int) -> None:
    """Delete a remark with its comments."""
    issue = _find_issue(context, issue_id)
    _touch(context, issue)
    context.session.delete(issue)


@router.get("/comments")
def list_comments(context: Reader, request: Request) -> Page[CommentOut]:
    """Comments that one may see, newest first; `issue_id`, `job_id`, … for some of them."""
    issues = select(Issue.id).where(Issue.job_id.in_(_visible_jobs(context)))
    statement = select(Comment).where(Comment.issue_id.in_(issues))
    return page_of(
        context,
        request,
        narrowed(statement, _COMMENT_FIELDS, request),
        lambda rows: [comment_out(row, context.links) for row in rows],
    )


@router.post("/comments", status_code=201)
def create_comment(context: Writer, body: CommentIn) -> CommentOut:
    """Say something about a remark."""
    issue = _find_issue(context, body.issue)
    comment = Comment(issue_id=issue.id, owner_id=context.user.id, message=body.message)
    context.session.add(comment)
    _touch(context, issue)
    context.session.flush()
    context.session.refresh(comment)
    return comment_out(comment, context.links)


@router.get("/comments/{comment_id}")
def get_comment(context: Reader, comment_id: int) -> CommentOut:
    """One comment."""
    return comment_out(_find_comment(context, comment_id), context.links)


@router.patch("/comments/{comment_id}")
def patch_comment(context: Writer, comment_id: int, body: CommentPatch) -> CommentOut:
    """Say it in other words."""
    comment = _find_comment(context, comment_id)
    comment.message = body.message
    comment.updated_date = utc_now()
    context.session.flush()
    return comment_out(comment, context.links)


@router.delete("/comments/{comment_id}", status_code=204)
def delete_comment(context: Writer, comment_id: int) -> None:
    """Take a comment back."""
    context.session.delete(_find_comment(context, comment_id))
