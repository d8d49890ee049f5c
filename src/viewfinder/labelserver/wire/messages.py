"""People, label classes, projects, tasks, jobs, media and requests as they cross the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

__all__ = [
    "About",
    "AccessTokenIn",
    "AccessTokenOut",
    "Attribute",
    "AttributeIn",
    "BasicUser",
    "DataIn",
    "DataMeta",
    "DataMetaPatch",
    "DataRequestOut",
    "Detail",
    "FrameMeta",
    "JobOut",
    "JobPatch",
    "JobState",
    "JobType",
    "JobsSummary",
    "LabelIn",
    "LabelOut",
    "LabelPatch",
    "Login",
    "Page",
    "PasswordChange",
    "ProjectIn",
    "ProjectOut",
    "ProjectPatch",
    "RequestOperation",
    "RequestOut",
    "RequestOwner",
    "SelectionMethod",
    "SignInLinkIn",
    "SignInLinkOut",
    "Stage",
    "Sublabel",
    "Summary",
    "TaskIn",
    "TaskOut",
    "TaskPatch",
    "TaskStatus",
    "TokenKey",
    "UserOut",
    "ValidationParams",
]

Stage = Literal["annotation", "validation", "acceptance"]
JobState = Literal["new", "in progress", "completed", "rejected"]
LabelType = Literal[
    "any", "cuboid", "ellipse", "mask", "points", "polygon", "polyline", "rectangle", "skeleton",
    "tag",
]  # fmt: skip
InputType = Literal["checkbox", "radio", "number", "text", "select"]
Status = Literal["annotation", "validation", "completed"]
SortingMethod = Literal["lexicographical", "natural", "predefined", "random"]
SelectionMethod = Literal["random_uniform", "random_per_job", "manual"]
JobType = Literal["annotation", "ground_truth"]
ChunkType = Literal["imageset", "video", "list"]
_Item = TypeVar("_Item")
_Name = Annotated[str, Field(min_length=1, max_length=256)]
_LabelName = Annotated[str, Field(min_length=1, max_length=64)]


class Page(BaseModel, Generic[_Item]):
    """One page of a list; `next` and `previous` are whole addresses."""

    count: int
    next: str | None
    previous: str | None
    results: list[_Item]


class Detail(BaseModel):
    """One sentence."""

    detail: str


class Summary(BaseModel):
    """Where to read a list, and its length."""

    url: str
    count: int | None = None


class JobsSummary(BaseModel):
    """How many jobs a task has, how many are done, how many are being checked."""

    count: int
    completed: int
    validation: int
    url: str


class LabelsSummary(BaseModel):
    """Where to read label classes."""

    url: str


class About(BaseModel):
    """What this server is; `version` is that of the API it speaks."""

    name: str
    description: str
    version: str
    logo_url: str
    subtitle: str


class BasicUser(BaseModel):
    """Somebody, in short."""

    url: str
    id: int
    username: str
    first_name: str
    last_name: str


class UserOut(BasicUser):
    """Somebody."""

    email: str
    groups: list[str]
    is_staff: bool
    is_superuser: bool
    is_active: bool
    last_login: datetime | None
    date_joined: datetime


class Login(BaseModel):
    """User name or e-mail address, and password."""

    username: str = ""
    email: str = ""
    password: str = ""


class TokenKey(BaseModel):
    """A token for the header ``Authorization: Token …``."""

    key: str


class PasswordChange(BaseModel):
    """The old password, and the new one twice."""

    old_password: str
    new_password1: Annotated[str, Field(min_length=8, max_length=128)]
    new_password2: str


class SignInLinkIn(BaseModel):
    """The page that the link shall open."""

    path: str = "/"


class SignInLinkOut(BaseModel):
    """A link that signs a browser in, once."""

    url: str


class AccessTokenIn(BaseModel):
    """A personal access token to be made."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    expiry_date: datetime | None = None
    read_only: bool = False


class AccessTokenOut(BaseModel):
    """A personal access token; `value` is told once, when it is made."""

    id: int
    name: str
    created_date: datetime
    updated_date: datetime
    expiry_date: datetime | None
    last_used_date: datetime | None
    read_only: bool
    owner: BasicUser
    value: str | None = None


class AttributeIn(BaseModel):
    """An attribute of a label class to be made; with `id`, one that is there."""

    name: _LabelName
    mutable: bool = False
    input_type: InputType = "text"
    values: list[str] = []
    default_value: str | None = None
    id: int | None = None


class Attribute(BaseModel):
    """An attribute of a label class."""

    id: int
    name: str
    mutable: bool
    input_type: InputType
    default_value: str
    values: list[str]


class SublabelIn(BaseModel):
    """A point of a skeleton to be made."""

    name: _LabelName
    color: str = ""
    type: LabelType = "points"
    attributes: list[AttributeIn] = []
    id: int | None = None


class LabelIn(BaseModel):
    """A label class to be made, changed (`id`) or deleted (`id`, `deleted`)."""

    name: _LabelName | None = None
    color: str | None = None
    type: LabelType | None = None
    attributes: list[AttributeIn] = []
    svg: str = ""
    sublabels: list[SublabelIn] = []
    id: int | None = None
    deleted: bool = False


class LabelPatch(BaseModel):
    """Changes to one label class."""

    name: _LabelName | None = None
    color: str | None = None
    type: LabelType | None = None
    attributes: list[AttributeIn] = []


class Sublabel(BaseModel):
    """A point of a skeleton."""

    id: int
    name: str
    color: str
    attributes: list[Attribute]
    type: str
    has_parent: bool = True


class LabelOut(BaseModel):
    """A label class."""

    id: int
    name: str
    color: str
    attributes: list[Attribute]
    type: str
    sublabels: list[Sublabel]
    task_id: int | None = None
    project_id: int | None = None
    parent_id: int | None
    has_parent: bool
    svg: str | None = None


class ProjectIn(BaseModel):
    """A project to be made."""

    name: _Name
    labels: list[LabelIn] = []
    owner_id: int | None = None
    assignee_id: int | None = None
    bug_tracker: Annotated[str, Field(max_length=2000)] = ""


class ProjectPatch(BaseModel):
    """Changes to a project."""

    name: _Name | None = None
    labels: list[LabelIn] = []
    owner_id: int | None = None
    assignee_id: int | None = None
    bug_tracker: Annotated[str, Field(max_length=2000)] | None = None


class ProjectOut(BaseModel):
    """A project."""

    url: str
    id: int
    name: str
    owner: BasicUser | None
    assignee: BasicUser | None
    guide_id: int | None
    bug_tracker: str
    created_date: datetime
    updated_date: datetime
    status: Status
    dimension: str | None
    organization: int | None
    target_storage: None
    source_storage: None
    tasks: Summary
    labels: LabelsSummary
    task_subsets: list[str]


class TaskIn(BaseModel):
    """A task to be made: with label classes of its own, or in a project with the project's."""

    name: _Name
    labels: list[LabelIn] = []
    project_id: int | None = None
    owner_id: int | None = None
    assignee_id: int | None = None
    bug_tracker: Annotated[str, Field(max_length=2000)] = ""
    subset: Annotated[str, Field(max_length=64)] = ""
    overlap: Annotated[int, Field(ge=0)] | None = None
    segment_size: Annotated[int, Field(ge=0)] = 0


class TaskPatch(BaseModel):
    """Changes to a task."""

    name: _Name | None = None
    labels: list[LabelIn] = []
    owner_id: int | None = None
    assignee_id: int | None = None
    bug_tracker: Annotated[str, Field(max_length=2000)] | None = None
    subset: Annotated[str, Field(max_length=64)] | None = None


class TaskOut(BaseModel):
    """A task; what is known only once it has media is left out before."""

    url: str
    id: int
    name: str
    project_id: int | None
    project_name: str | None
    mode: str
    owner: BasicUser | None
    assignee: BasicUser | None
    bug_tracker: str
    created_date: datetime
    updated_date: datetime
    overlap: int | None
    segment_size: int
    status: Status
    data_chunk_size: int | None = None
    data_compressed_chunk_type: ChunkType | None = None
    guide_id: int | None
    data_original_chunk_type: ChunkType | None = None
    size: int | None = None
    image_quality: int | None = None
    data: int | None = None
    validation_mode: Literal["gt", "gt_pool"] | None = None
    dimension: str
    subset: str
    organization: int | None
    target_storage: None
    source_storage: None
    jobs: JobsSummary
    labels: LabelsSummary


class TaskStatus(BaseModel):
    """How far reading a task's media has come."""

    state: Literal["Queued", "Started", "Finished", "Failed"]
    message: str
    progress: float


class JobPatch(BaseModel):
    """Changes to a job; `assignee` is a user's id, or null for nobody."""

    assignee: int | None = None
    stage: Stage | None = None
    state: JobState | None = None


class JobOut(BaseModel):
    """A job."""

    url: str
    id: int
    task_id: int
    task_name: str
    project_id: int | None
    project_name: str | None
    assignee: BasicUser | None
    guide_id: int | None
    dimension: str
    bug_tracker: str | None
    status: Status
    stage: Stage
    state: JobState
    mode: str
    frame_count: int
    start_frame: int
    stop_frame: int
    data_chunk_size: int | None
    data_compressed_chunk_type: ChunkType | None
    data_original_chunk_type: ChunkType | None
    created_date: datetime
    updated_date: datetime
    issues: Summary
    labels: LabelsSummary
    type: JobType
    organization: int | None
    target_storage: None
    source_storage: None


class FrameMeta(BaseModel):
    """One frame: its size as it is shown, in pixels."""

    width: int
    height: int
    name: str
    related_files: int
    has_related_context: bool


class DataMeta(BaseModel):
    """The frames of a task or a job."""

    chunks_updated_date: datetime
    chunk_size: int | None
    size: int
    image_quality: int
    start_frame: int
    stop_frame: int
    frame_filter: str
    frames: list[FrameMeta]
    deleted_frames: list[int]
    included_frames: list[int] | None
    storage: Literal["local"]
    cloud_storage_id: int | None


class DataMetaPatch(BaseModel):
    """Frames to be left out of the work; nothing of them is deleted."""

    deleted_frames: list[Annotated[int, Field(ge=0)]]


class ValidationParams(BaseModel):
    """Which frames are for checking, and how: as a job of its own, or mixed into the others."""

    mode: Literal["gt", "gt_pool"]
    frame_selection_method: SelectionMethod
    random_seed: Annotated[int, Field(ge=0)] | None = None
    frames: list[str] | None = None
    frame_count: Annotated[int, Field(ge=1)] | None = None
    frame_share: Annotated[float, Field(gt=0, le=1)] | None = None
    frames_per_job_count: Annotated[int, Field(ge=1)] | None = None
    frames_per_job_share: Annotated[float, Field(gt=0, le=1)] | None = None


class DataIn(BaseModel):
    """How the media of a task are to be read."""

    image_quality: Annotated[int, Field(ge=0, le=100)]
    chunk_size: Annotated[int, Field(ge=1, le=100_000)] | None = None
    start_frame: Annotated[int, Field(ge=0)] = 0
    stop_frame: Annotated[int, Field(ge=0)] | None = None
    frame_filter: Annotated[str, Field(max_length=256)] = ""
    sorting_method: SortingMethod = "lexicographical"
    upload_file_order: list[str] | None = None
    use_cache: bool = False
    use_zip_chunks: bool = False
    copy_data: bool = False
    server_files: list[str] = []
    remote_files: list[str] = []
    server_files_exclude: list[str] = []
    filename_pattern: str | None = None
    job_file_mapping: list[list[str]] | None = None
    cloud_storage_id: int | None = None
    validation_params: ValidationParams | None = None


class DataRequestOut(BaseModel):
    """What was understood of an upload, and the request that reads it."""

    chunk_size: int | None
    image_quality: int
    start_frame: int
    stop_frame: int
    frame_filter: str
    client_files: list[str]
    server_files: list[str]
    remote_files: list[str]
    use_zip_chunks: bool
    server_files_exclude: list[str]
    use_cache: bool
    copy_data: bool
    storage_method: str
    storage: str
    sorting_method: str
    filename_pattern: str | None
    rq_id: str


class RequestOperation(BaseModel):
    """What is being done, to what."""

    type: str
    target: str
    project_id: int | None
    task_id: int | None
    job_id: int | None
    org_id: int | None
    format: str | None


class RequestOwner(BaseModel):
    """Who asked for it."""

    id: int
    username: str


class RequestOut(BaseModel):
    """Work that goes on after its request was answered."""

    status: Literal["queued", "started", "failed", "finished"]
    message: str
    id: str
    operation: RequestOperation
    progress: float | None
    created_date: datetime
    started_date: datetime | None
    finished_date: datetime | None
    expiry_date: datetime | None
    owner: RequestOwner | None
    result_url: str | None
    result_id: int | None
