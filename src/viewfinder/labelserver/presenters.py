"""From rows to messages: each function makes one kind of message and asks the database nothing.

Numbers that have to be counted (jobs of a task, tasks of a project) are handed in.
"""

from __future__ import annotations

from dataclasses import dataclass

from viewfinder.labelserver.context import Links
from viewfinder.labelserver.models import (
    AccessToken,
    AttributeSpec,
    Comment,
    Frame,
    Issue,
    Job,
    Label,
    Project,
    Task,
    TaskData,
    User,
)
from viewfinder.labelserver.wire import messages, review

__all__ = [
    "JobCounts",
    "access_token_out",
    "basic_user",
    "comment_out",
    "frame_meta",
    "issue_out",
    "job_out",
    "job_status",
    "label_out",
    "project_out",
    "request_out",
    "task_out",
    "user_out",
]

_COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many jobs a task (or a project) has, how many are done, how many are being checked."""

    total: int = 0
    completed: int = 0
    validation: int = 0

    @property
    def status(self) -> messages.Status:
        """The status of the whole."""
        if self.total and self.completed == self.total:
            return "completed"
        return "validation" if self.validation else "annotation"


def basic_user(user: User | None, links: Links) -> messages.BasicUser | None:
    """Somebody in short; None for nobody."""
    if user is None:
        return None
    return messages.BasicUser(
        url=links.api(f"users/{user.id}"),
        id=user.id,
        username=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
    )


def user_out(user: User, links: Links) -> messages.UserOut:
    """Somebody."""
    return messages.UserOut(
        url=links.api(f"users/{user.id}"),
        id=user.id,
        username=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
        groups=["admin" if user.is_superuser else "user"],
        is_staff=user.is_superuser,
        is_superuser=user.is_superuser,
        is_active=user.is_active,
        last_login=user.last_login,
        date_joined=user.date_joined,
    )


def access_token_out(
    token: AccessToken, owner: User, links: Links, value: str | None = None
) -> messages.AccessTokenOut:
    """A personal access token; `value` only when it was made just now."""
    who = basic_user(owner, links)
    assert who is not None
    out = messages.AccessTokenOut(
        id=token.id,
        name=token.name,
        created_date=token.created_date,
        updated_date=token.updated_date,
        expiry_date=token.expiry_date,
        last_used_date=token.last_used_date,
        read_only=token.read_only,
        owner=who,
    )
    return out if value is None else out.model_copy(update={"value": value})


def _attribute_out(spec: AttributeSpec) -> messages.Attribute:
    return messages.Attribute.model_validate(
        {
            "id": spec.id,
            "name": spec.name,
            "mutable": spec.mutable,
            "input_type": spec.input_type,
            "default_value": spec.default_value,
            "values": spec.values,
        }
    )


def label_out(label: Label) -> messages.LabelOut:
    """A label class with its attributes and, for a skeleton, its points and its drawing."""
    # A class belongs to a task or to a project; CVAT names only the one.
    owner = (
        {"task_id": label.task_id} if label.project_id is None else {"project_id": label.project_id}
    )
    drawing = {"svg": label.svg} if label.svg else {}
    return messages.LabelOut.model_validate(
        {
            "id": label.id,
            "name": label.name,
            "color": label.color,
            "attributes": [_attribute_out(spec) for spec in label.attributes],
            "type": label.type,
            "sublabels": [
                messages.Sublabel(
                    id=point.id,
                    name=point.name,
                    color=point.color,
                    attributes=[_attribute_out(spec) for spec in point.attributes],
                    type=point.type,
                    has_parent=True,
                )
                for point in label.sublabels
            ],
            "parent_id": label.parent_id,
            "has_parent": label.parent_id is not None,
            **owner,
            **drawing,
        }
    )


def project_out(
    project: Project, links: Links, counts: JobCounts, task_count: int, subsets: list[str]
) -> messages.ProjectOut:
    """A project."""
    return messages.ProjectOut(
        url=links.api(f"projects/{project.id}"),
        id=project.id,
        name=project.name,
        owner=basic_user(project.owner, links),
        assignee=basic_user(project.assignee, links),
        guide_id=None,
        bug_tracker=project.bug_tracker,
        created_date=project.created_date,
        updated_date=project.updated_date,
        status=counts.status,
        dimension="2d" if task_count else None,
        organization=None,
        target_storage=None,
        source_storage=None,
        tasks=messages.Summary(count=task_count, url=links.api(f"tasks?project_id={project.id}")),
        labels=messages.LabelsSummary(url=links.api(f"labels?project_id={project.id}")),
        task_subsets=subsets,
    )


def task_out(task: Task, links: Links, counts: JobCounts) -> messages.TaskOut:
    """A task; what depends on its media is there once media were sent."""
    data = task.data
    out = messages.TaskOut(
        url=links.api(f"tasks/{task.id}"),
        id=task.id,
        name=task.name,
        project_id=task.project_id,
        project_name=task.project.name if task.project else None,
        mode=task.mode,
        owner=basic_user(task.owner, links),
        assignee=basic_user(task.assignee, links),
        bug_tracker=task.bug_tracker,
        created_date=task.created_date,
        updated_date=task.updated_date,
        overlap=task.overlap,
        segment_size=task.segment_size,
        status=counts.status,
        guide_id=None,
        dimension="2d",
        subset=task.subset,
        organization=None,
        target_storage=None,
        source_storage=None,
        jobs=messages.JobsSummary(
            count=counts.total,
            completed=counts.completed,
            validation=counts.validation,
            url=links.api(f"jobs?task_id={task.id}"),
        ),
        labels=messages.LabelsSummary(url=links.api(f"labels?task_id={task.id}")),
    )
    if data is not None and data.state != "uploading":
        out = out.model_copy(
            update={
                "data_chunk_size": data.chunk_size,
                "data_compressed_chunk_type": data.compressed_chunk_type,
                "data_original_chunk_type": data.original_chunk_type,
                "size": data.size,
                "image_quality": data.image_quality,
                "data": task.id,
                "validation_mode": data.validation["mode"] if data.validation else None,
            }
        )
    return out


def job_status(job: Job) -> messages.Status:
    """CVAT's older word for a job's stage and state."""
    if job.stage == "annotation":
        return "annotation"
    done = job.stage == "acceptance" and job.state == _COMPLETED
    return "completed" if done else "validation"


def job_out(job: Job, links: Links, issue_count: int) -> messages.JobOut:
    """A job."""
    task = job.task
    return messages.JobOut.model_validate(
        {
            "url": links.api(f"jobs/{job.id}"),
            "id": job.id,
            "task_id": task.id,
            "task_name": task.name,
            "project_id": task.project_id,
            "project_name": task.project.name if task.project else None,
            "assignee": basic_user(job.assignee, links),
            "guide_id": None,
            "dimension": "2d",
            "bug_tracker": task.bug_tracker or None,
            "status": job_status(job),
            "stage": job.stage,
            "state": job.state,
            "mode": task.mode,
            "frame_count": len(job.frame_numbers),
            "start_frame": job.start_frame,
            "stop_frame": job.stop_frame,
            "data_chunk_size": task.data.chunk_size if task.data else None,
            "data_compressed_chunk_type": task.data.compressed_chunk_type if task.data else None,
            "data_original_chunk_type": task.data.original_chunk_type if task.data else None,
            "created_date": job.created_date,
            "updated_date": job.updated_date,
            "issues": {"url": links.api(f"issues?job_id={job.id}"), "count": issue_count},
            "labels": {"url": links.api(f"labels?job_id={job.id}")},
            "type": job.type,
            "organization": None,
            "target_storage": None,
            "source_storage": None,
        }
    )


def issue_out(issue: Issue, links: Links, comment_count: int) -> review.IssueOut:
    """A reviewer's remark."""
    return review.IssueOut(
        id=issue.id,
        job=issue.job_id,
        frame=issue.frame,
        position=issue.position,
        owner=basic_user(issue.owner, links),
        assignee=basic_user(issue.assignee, links),
        created_date=issue.created_date,
        updated_date=issue.updated_date,
        resolved=issue.resolved,
        comments=messages.Summary(
            url=links.api(f"comments?issue_id={issue.id}"), count=comment_count
        ),
    )


def comment_out(comment: Comment, links: Links) -> review.CommentOut:
    """One thing that was said about a remark."""
    return review.CommentOut(
        id=comment.id,
        issue=comment.issue_id,
        owner=basic_user(comment.owner, links),
        message=comment.message,
        created_date=comment.created_date,
        updated_date=comment.updated_date,
    )


def frame_meta(frame: Frame) -> messages.FrameMeta:
    """One frame."""
    return messages.FrameMeta(
        width=frame.width,
        height=frame.height,
        name=frame.name,
        related_files=0,
        has_related_context=False,
    )


def request_out(task: Task, data: TaskData, owner: User | None) -> messages.RequestOut:
    """The request that reads a task's media."""
    return messages.RequestOut.model_validate(
        {
            "status": data.state,
            "message": data.message,
            "id": f"action=create&target=task&id={task.id}",
            "operation": {
                "type": "create:task",
                "target": "task",
                "project_id": task.project_id,
                "task_id": task.id,
                "job_id": None,
                "org_id": None,
                "format": None,
            },
            "progress": data.progress,
            "created_date": data.created_date,
            "started_date": data.started_date,
            "finished_date": data.finished_date,
            "expiry_date": None,
            "owner": {"id": owner.id, "username": owner.username} if owner else None,
            "result_url": None,
            "result_id": task.id if data.state == "finished" else None,
        }
    )
