"""The tables: people, projects and tasks with their label classes, media, jobs, and labels.

Ids of annotations come from a counter of our own (:class:`Counter`): they are never used twice, are
known before the rows are written, and are the same on every database. Points are stored as
little-endian float64, so that a coordinate comes back bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

__all__ = [
    "AccessToken",
    "AttributeSpec",
    "Base",
    "BrowserSession",
    "Comment",
    "Counter",
    "Frame",
    "Issue",
    "Job",
    "Label",
    "Project",
    "SavedAnswer",
    "Shape",
    "SignInLink",
    "Tag",
    "Task",
    "TaskData",
    "Track",
    "TrackShape",
    "UploadFile",
    "User",
    "utc_now",
]


def utc_now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored as UTC on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; a naive time is a mistake of ours."""
        if value is None:
            return None
        assert value.tzinfo is not None, "naive time"
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read as UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy's own hook


class Counter(Base):
    """The next unused id of a kind of rows."""

    __tablename__ = "counters"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    next_id: Mapped[int] = mapped_column(BigInteger)


class User(Base):
    """Somebody who may sign in."""

    __tablename__ = "users"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own hook
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(150), unique=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    first_name: Mapped[str] = mapped_column(String(150), default="")
    last_name: Mapped[str] = mapped_column(String(150), default="")
    password_hash: Mapped[str] = mapped_column(String(256))
    is_superuser: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    date_joined: Mapped[datetime] = mapped_column(default=utc_now)
    last_login: Mapped[datetime | None]


class BrowserSession(Base):
    """A signed-in browser or SDK client: the digest of its cookie and its CSRF token."""

    __tablename__ = "sessions"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    expires: Mapped[datetime]


class AccessToken(Base):
    """A token for the Authorization header; only its digest is kept.

    `kind` is "login" (from signing in with a password) or "access" (made by hand, with a name).
    """

    __tablename__ = "tokens"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own hook
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    session_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(64), default="")
    read_only: Mapped[bool] = mapped_column(default=False)
    created_date: Mapped[datetime] = mapped_column(default=utc_now)
    updated_date: Mapped[datetime] = mapped_column(default=utc_now)
    expiry_date: Mapped[datetime | None]
    last_used_date: Mapped[datetime | None]


class SignInLink(Base):
    """A link that signs a browser in once; only its digest is kept."""

    __tablename__ = "sign_in_links"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    expires: Mapped[datetime]


class Project(Base):
    """Tasks that share label classes."""

    __tablename__ = "projects"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own hook
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(256))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    bug_tracker: Mapped[str] = mapped_column(String(2000), default="")
    created_date: Mapped[datetime] = mapped_column(default=utc_now)
    updated_date: Mapped[datetime] = mapped_column(default=utc_now)
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id], lazy="joined")
    assignee: Mapped[User | None] = relationship(foreign_keys=[assignee_id], lazy="joined")


class Task(Base):
    """Media to label, cut into jobs."""

    __tablename__ = "tasks"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own hook
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(256))
    project_id: Mapped[int | None] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    bug_tracker: Mapped[str] = mapped_column(String(2000), default="")
    subset: Mapped[str] = mapped_column(String(64), default="")
    mode: Mapped[str] = mapped_column(String(16), default="")
    segment_size: Mapped[int] = mapped_column(default=0)
    overlap: Mapped[int | None]
    created_date: Mapped[datetime] = mapped_column(default=utc_now)
    updated_date: Mapped[datetime] = mapped_column(default=utc_now)
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id], lazy="joined")
    assignee: Mapped[User | None] = relationship(foreign_keys=[assignee_id], lazy="joined")
    project: Mapped[Project | None] = relationship(lazy="joined")
    data: Mapped[TaskData | None] = relationship(lazy="joined", viewonly=True)


class TaskData(Base):
    """A task's media, and how far reading it has come.

    `state` is "uploading", "queued", "started", "finished" or "failed"; `message` says why.
    `media_kind` is "images" or "video".
    """

    __tablename__ = "task_data"
    task_id: Mapped[int] = mapped_column(
        ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    state: Mapped[str] = mapped_column(String(16), default="uploading")
    message: Mapped[str] = mapped_column(Text, default="")
    progress: Mapped[float] = mapped_column(Float, default=0.0)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_date: Mapped[datetime] = mapped_column(default=utc_now)
    started_date: Mapped[datetime | None]
    finished_date: Mapped[datetime | None]
    image_quality: Mapped[int] = mapped_column(default=70)
    chunk_size: Mapped[int | None]
    sorting_method: Mapped[str] = mapped_column(String(16), default="lexicographical")
    file_order: Mapped[list[str] | None] = mapped_column(JSON)
    start_frame: Mapped[int] = mapped_column(default=0)
    stop_frame: Mapped[int | None]
    frame_filter: Mapped[str] = mapped_column(String(256), default="")
    media_kind: Mapped[str] = mapped_column(String(8), default="images")
    use_zip_chunks: Mapped[bool] = mapped_column(default=True)
    copy_data: Mapped[bool] = mapped_column(default=True)
    job_file_mapping: Mapped[list[list[str]] | None] = mapped_column(JSON)
    validation: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    size: Mapped[int] = mapped_column(default=0)
    deleted_frames: Mapped[list[int]] = mapped_column(JSON, default=list)

    @property
    def original_chunk_type(self) -> str:
        """How chunks come in which nothing is lost: "imageset" or "video"."""
        return "video" if self.media_kind == "video" else "imageset"

    @property
    def compressed_chunk_type(self) -> str:
        """How compressed chunks come: "imageset" or "video"."""
        return "imageset" if self.use_zip_chunks else self.original_chunk_type


class UploadFile(Base):
    """A file that was or is being uploaded; what has arrived of it is the file's length on disk."""

    __tablename__ = "upload_files"
    __table_args__ = (UniqueConstraint("task_id", "name"),)
    key: Mapped[str] = mapped_column(String(36), primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(1024))
    client_path: Mapped[str] = mapped_column(String(4096))
    position: Mapped[int]
    length: Mapped[int] = mapped_column(BigInteger)
    complete: Mapped[bool]
    share_path: Mapped[str | None] = mapped_column(String(4096))
    """Where it is in the share; None where the client has sent it."""


class Frame(Base):
    """One picture of a task: its name for people, its file for us, its size as it is shown.

    A video has one row, number 0, for all of its frames.
    """

    __tablename__ = "frames"
    task_id: Mapped[int] = mapped_column(
        ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(1024))
    file_name: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))


class Job(Base):
    """A run of frames that one person works on.

    A job of type "ground_truth" has `frames` (numbers in the task) and checks the others, which are
    of type "annotation" and have all frames from the first to the last one.
    """

    __tablename__ = "jobs"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own hook
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), index=True)
    start_frame: Mapped[int]
    stop_frame: Mapped[int]
    stage: Mapped[str] = mapped_column(String(16), default="annotation")
    state: Mapped[str] = mapped_column(String(16), default="new")
    type: Mapped[str] = mapped_column(String(16), default="annotation")
    frames: Mapped[list[int] | None] = mapped_column(JSON)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_date: Mapped[datetime] = mapped_column(default=utc_now)
    updated_date: Mapped[datetime] = mapped_column(default=utc_now)
    assignee: Mapped[User | None] = relationship(lazy="joined")
    task: Mapped[Task] = relationship(lazy="joined")

    @property
    def frame_numbers(self) -> Sequence[int]:
        """The frames of the job, numbered as in the task."""
        return range(self.start_frame, self.stop_frame + 1) if self.frames is None else self.frames


class Issue(Base):
    """A reviewer's remark at a place of a frame; what is said about it are its comments."""

    __tablename__ = "issues"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own hook
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    frame: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[list[float]] = mapped_column(JSON)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    resolved: Mapped[bool] = mapped_column(default=False)
    created_date: Mapped[datetime] = mapped_column(default=utc_now)
    updated_date: Mapped[datetime] = mapped_column(default=utc_now)
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id], lazy="joined")
    assignee: Mapped[User | None] = relationship(foreign_keys=[assignee_id], lazy="joined")


class Comment(Base):
    """One thing that somebody said about an issue."""

    __tablename__ = "comments"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own hook
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    message: Mapped[str] = mapped_column(Text)
    created_date: Mapped[datetime] = mapped_column(default=utc_now)
    updated_date: Mapped[datetime] = mapped_column(default=utc_now)
    owner: Mapped[User | None] = relationship(lazy="joined")


class Label(Base):
    """A label class of a task or a project; a skeleton's points are its sublabels."""

    __tablename__ = "labels"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own hook
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int | None] = mapped_column(
        ForeignKey("tasks.id", ondelete="CASCADE"), index=True
    )
    project_id: Mapped[int | None] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("labels.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(64))
    color: Mapped[str] = mapped_column(String(8))
    type: Mapped[str] = mapped_column(String(16), default="any")
    svg: Mapped[str] = mapped_column(Text, default="")
    attributes: Mapped[list[AttributeSpec]] = relationship(
        lazy="selectin", order_by="AttributeSpec.id", cascade="all, delete-orphan"
    )
    sublabels: Mapped[list[Label]] = relationship(
        lazy="selectin", order_by="Label.id", cascade="all, delete-orphan", join_depth=1
    )


class AttributeSpec(Base):
    """An attribute that labels of a class carry."""

    __tablename__ = "attribute_specs"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own hook
    id: Mapped[int] = mapped_column(primary_key=True)
    label_id: Mapped[int] = mapped_column(ForeignKey("labels.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    mutable: Mapped[bool]
    input_type: Mapped[str] = mapped_column(String(16))
    default_value: Mapped[str] = mapped_column(Text, default="")
    values: Mapped[list[str]] = mapped_column(JSON)


class _Annotation:
    """Columns that tags, shapes and tracks share."""

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    label_id: Mapped[int] = mapped_column(ForeignKey("labels.id", ondelete="CASCADE"), index=True)
    frame: Mapped[int] = mapped_column(BigInteger)
    group_id: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(16))
    attributes: Mapped[list[Any]] = mapped_column(JSON)


class Tag(_Annotation, Base):
    """A class for a whole frame."""

    __tablename__ = "tags"
    __table_args__ = (Index("ix_tags_job_frame", "job_id", "frame"),)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))


class Shape(_Annotation, Base):
    """Something drawn on a frame; the elements of a skeleton are shapes with a parent."""

    __tablename__ = "shapes"
    __table_args__ = (Index("ix_shapes_job_frame", "job_id", "frame"),)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("shapes.id", ondelete="CASCADE"), index=True
    )
    type: Mapped[str] = mapped_column(String(16))
    occluded: Mapped[bool]
    outside: Mapped[bool]
    z_order: Mapped[int] = mapped_column(BigInteger)
    rotation: Mapped[float] = mapped_column(Float(53))
    score: Mapped[float] = mapped_column(Float(53))
    points: Mapped[bytes] = mapped_column(LargeBinary)


class Track(_Annotation, Base):
    """Something followed over frames; a skeleton's elements are tracks with a parent."""

    __tablename__ = "tracks"
    __table_args__ = (Index("ix_tracks_job_frame", "job_id", "frame"),)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("tracks.id", ondelete="CASCADE"), index=True
    )


class TrackShape(Base):
    """A key frame of a track."""

    __tablename__ = "track_shapes"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    track_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("tracks.id", ondelete="CASCADE"), index=True
    )
    frame: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(String(16))
    occluded: Mapped[bool]
    outside: Mapped[bool]
    z_order: Mapped[int] = mapped_column(BigInteger)
    rotation: Mapped[float] = mapped_column(Float(53))
    points: Mapped[bytes] = mapped_column(LargeBinary)
    attributes: Mapped[list[Any]] = mapped_column(JSON)


class SavedAnswer(Base):
    """The answer to a write that carried an idempotency key, for a client that sends it again."""

    __tablename__ = "saved_answers"
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    request_digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_date: Mapped[datetime] = mapped_column(default=utc_now)
