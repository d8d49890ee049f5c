"""Checking as it crosses the wire: remarks, what is said about them, and jobs of true labels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, FiniteFloat

from viewfinder.labelserver.wire.messages import (
    BasicUser,
    JobState,
    JobType,
    SelectionMethod,
    Stage,
    Summary,
)

__all__ = [
    "CommentIn",
    "CommentOut",
    "CommentPatch",
    "FileInfo",
    "IssueIn",
    "IssueOut",
    "IssuePatch",
    "JobIn",
    "JobValidationLayout",
    "TaskValidationLayout",
]


class JobIn(BaseModel):
    """A job of true labels for some frames of a task, to check the others by."""

    task_id: int
    type: JobType
    frame_selection_method: SelectionMethod = "random_uniform"
    frame_count: Annotated[int, Field(ge=0)] | None = None
    frame_share: Annotated[float, Field(gt=0, le=1)] | None = None
    frames_per_job_count: Annotated[int, Field(ge=0)] | None = None
    frames_per_job_share: Annotated[float, Field(gt=0, le=1)] | None = None
    random_seed: Annotated[int, Field(ge=0)] | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    frames: list[Annotated[int, Field(ge=0)]] = []
    assignee: int | None = None
    stage: Stage = "annotation"
    state: JobState = "new"


class TaskValidationLayout(BaseModel):
    """How a task is checked."""

    mode: Literal["gt", "gt_pool"] | None
    frames_per_job_count: int | None = None
    validation_frames: list[int] | None = None
    disabled_frames: list[int] | None = None
    honeypot_count: int | None = None
    honeypot_frames: list[int] | None = None
    honeypot_real_frames: list[int] | None = None


class JobValidationLayout(BaseModel):
    """Which frames of a job are copies of frames that are checked, and of which."""

    honeypot_count: int
    honeypot_frames: list[int]
    honeypot_real_frames: list[int]


class IssueIn(BaseModel):
    """A reviewer's remark to be made."""

    job: int
    frame: Annotated[int, Field(ge=0)]
    position: list[FiniteFloat]
    message: Annotated[str, Field(min_length=1, max_length=100_000)]
    assignee: int | None = None
    resolved: bool = False


class IssuePatch(BaseModel):
    """Changes to a remark."""

    position: list[FiniteFloat] | None = None
    assignee: int | None = None
    resolved: bool | None = None


class IssueOut(BaseModel):
    """A reviewer's remark; what it says are its comments."""

    id: int
    job: int
    frame: int
    position: list[float]
    owner: BasicUser | None
    assignee: BasicUser | None
    created_date: datetime
    updated_date: datetime
    resolved: bool
    comments: Summary


class CommentIn(BaseModel):
    """Something to be said about a remark."""

    issue: int
    message: Annotated[str, Field(min_length=1, max_length=100_000)]


class CommentPatch(BaseModel):
    """A comment said in other words."""

    message: Annotated[str, Field(min_length=1, max_length=100_000)]


class CommentOut(BaseModel):
    """One thing that was said about a remark."""

    id: int
    issue: int
    owner: BasicUser | None
    message: str
    created_date: datetime
    updated_date: datetime


class FileInfo(BaseModel):
    """A file or a folder of the share."""

    name: str
    type: Literal["REG", "DIR"]
    mime_type: str
