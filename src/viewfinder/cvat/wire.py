"""What crosses the wire to a CVAT server, as typed records: the part of REST API v2 that we use.

Servers differ from release to release, so decoding is tolerant: unknown fields are ignored and
missing ones take a default; only what a record is useless without is required. Encoding leaves out
what equals its default, except fields that a server insists on. Coordinates are float64 and survive
encoding and decoding bit for bit.
"""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar

import msgspec

__all__ = [
    "About",
    "AttributeSpec",
    "AttributeValue",
    "CloudStorage",
    "DataMeta",
    "FrameMeta",
    "Job",
    "Label",
    "LabeledData",
    "Login",
    "NewAttribute",
    "NewLabel",
    "OwnerWithLabels",
    "Page",
    "Person",
    "Project",
    "Request",
    "RequestTicket",
    "Shape",
    "SharedFile",
    "Tag",
    "Task",
    "TaskStatus",
    "Track",
    "TrackedShape",
    "User",
    "decode_data",
    "encode",
    "is_user",
    "username_of",
]

T = TypeVar("T")


class Wire(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """Base of the records: keyword arguments only, defaults not written."""


class AttributeValue(Wire):
    """The value of one attribute of one tag or shape; CVAT keeps every value as text."""

    spec_id: int
    value: str | int | float | bool | None


class Tag(Wire):
    """A class (and attributes) of a whole frame."""

    frame: int
    label_id: int
    id: int | None = None
    group: int | None = None
    source: str = "manual"
    attributes: list[AttributeValue] = []


class Shape(Wire):
    """One drawn shape on one frame.

    ``points`` are pixels, by type: rectangle ``[left, top, right, bottom]``; polygon, polyline and
    points ``[x, y, …]``; ellipse ``[cx, cy, right, top]``; cuboid 16 numbers; mask the run lengths
    of :mod:`viewfinder.cvat.rle`; skeleton nothing, its nodes are ``elements``.
    """

    type: str
    frame: int
    label_id: int
    points: list[float] | None = None
    id: int | None = None
    group: int | None = None
    occluded: bool = False
    outside: bool = False
    rotation: float = 0.0
    z_order: int = 0
    source: str = "manual"
    score: float | None = None
    attributes: list[AttributeValue] = []
    elements: list[Shape] | None = None


class TrackedShape(Wire):
    """A keyframe of a track."""

    type: str
    frame: int
    points: list[float] | None = None
    id: int | None = None
    occluded: bool = False
    outside: bool = False
    rotation: float = 0.0
    z_order: int = 0
    attributes: list[AttributeValue] = []


class Track(Wire):
    """One object over several frames, given by its keyframes."""

    frame: int
    label_id: int
    shapes: list[TrackedShape] = []
    id: int | None = None
    group: int | None = None
    source: str = "manual"
    attributes: list[AttributeValue] = []
    elements: list[Track] | None = None


class LabeledData(Wire, omit_defaults=False):
    """All annotations of a task or a job."""

    version: int = 0
    tags: list[Tag] = []
    shapes: list[Shape] = []
    tracks: list[Track] = []


class AttributeSpec(Wire):
    """An attribute that a class has on the server."""

    id: int
    name: str
    input_type: str = "text"
    mutable: bool = True
    values: list[str] = []
    default_value: str | None = None


class Label(Wire):
    """A class as the server knows it."""

    id: int
    name: str
    type: str | None = None
    color: str | None = None
    attributes: list[AttributeSpec] = []
    sublabels: list[Label] | None = None
    svg: str | None = None


class OwnerWithLabels(Wire):
    """A task or project of servers before 2.4, which write the classes into it."""

    labels: list[Label] = []


class NewAttribute(Wire, omit_defaults=False):
    """An attribute to be made; ``values`` is always written, servers from 2.5 on insist on it."""

    name: str
    input_type: str = "text"
    mutable: bool = True
    values: list[str] = []
    default_value: str = ""


class NewLabel(Wire, omit_defaults=False):
    """A class to be made; ``type`` restricts how it can be drawn ("any" does not)."""

    name: str
    type: str = "any"
    attributes: list[NewAttribute] = []
    sublabels: list[NewLabel] | msgspec.UnsetType = msgspec.UNSET
    """The nodes of a skeleton."""
    svg: str | msgspec.UnsetType = msgspec.UNSET
    """How a skeleton is drawn."""


class User(Wire):
    """A person on the server."""

    id: int
    username: str


Person: TypeAlias = User | int | str | None
"""A person as servers of different age tell it: as a record, by number or by name."""


def username_of(person: Person) -> str | None:
    """What a person is called; the number where a server tells no name; None for nobody."""
    if isinstance(person, User):
        return person.username
    return None if person is None or person == "" else str(person)


def is_user(person: Person, user: User) -> bool:
    """Whether a person is that user, in whatever way the server tells it."""
    if isinstance(person, int):
        return person == user.id
    if isinstance(person, User):
        return person.id == user.id
    return person == user.username


class Task(Wire):
    """A task: frames, classes and jobs."""

    id: int
    name: str = ""
    project_id: int | None = None
    status: str | None = None
    size: int | None = None
    mode: str | None = None
    owner: Person = None
    assignee: Person = None
    created_date: str | None = None
    updated_date: str | None = None


class Summary(Wire):
    """How many there are of something that is listed elsewhere; None where only that list tells."""

    count: int | None = None


class Job(Wire):
    """A part of a task's frames that one person works on; both frame numbers inclusive."""

    id: int
    task_id: int
    project_id: int | None = None
    start_frame: int = 0
    stop_frame: int = 0
    type: str = "annotation"
    stage: str | None = None
    state: str | None = None
    status: str | None = None
    assignee: Person = None
    updated_date: str | None = None
    issues: Summary | None = None


class Issue(Wire):
    """Something that a reviewer wants to be looked at; `position` in pixels."""

    id: int
    frame: int
    job: int | None = None
    position: list[float] = []
    owner: Person = None
    resolved: bool = False
    created_date: str | None = None


class Comment(Wire):
    """A remark in an issue."""

    id: int
    issue: int
    message: str = ""
    owner: Person = None
    created_date: str | None = None


class ValidationLayout(Wire):
    """Which frames of a task are there to check annotators."""

    honeypot_frames: list[int] | None = None
    """Frames of jobs that are shown a second time, in place of real ones."""


class Project(Wire):
    """A project: tasks that share classes."""

    id: int
    name: str = ""


class FrameMeta(Wire):
    """Name and size in pixels of one frame."""

    name: str
    width: int
    height: int


class DataMeta(Wire):
    """What a task's media is; one frame record a frame (one in all for videos)."""

    frames: list[FrameMeta] = []
    size: int = 0
    start_frame: int = 0
    stop_frame: int = 0
    frame_filter: str = ""
    deleted_frames: list[int] = []
    chunk_size: int | None = None
    """Frames a chunk."""


class SharedFile(Wire):
    """A file or folder in the server's share; `type` is "REG" or "DIR"."""

    name: str
    type: str = "REG"
    mime_type: str | None = None


class CloudStorage(Wire):
    """A place in some cloud that the server can read from."""

    id: int
    display_name: str = ""
    provider_type: str | None = None
    resource: str | None = None


class TaskStatus(Wire):
    """How far the reading of a task's media is, the way servers before 2.41 tell it."""

    state: str = ""
    message: str | None = None
    progress: float | None = None


class Operation(Wire):
    """What a background job of the server does."""

    type: str = ""
    target: str | None = None
    task_id: int | None = None


class Request(Wire):
    """How far a background job of the server is, the way later servers tell it."""

    status: str = ""
    message: str | None = None
    progress: float | None = None
    operation: Operation | None = None

    def is_reading_of(self, task_id: int) -> bool:
        """Whether it reads the media of a task."""
        what = self.operation
        return what is not None and what.type.startswith("create") and what.task_id == task_id


class RequestTicket(Wire):
    """The answer to a finished upload; servers before 2.41 send no ``rq_id``."""

    rq_id: str | None = None


class About(Wire):
    """Name and version of the server."""

    name: str = ""
    version: str = ""


class Login(Wire):
    """The answer to a sign-in; servers that only use cookies send no ``key``."""

    key: str | None = None

    def __repr__(self) -> str:
        return "Login(key=…)"


class Page(Wire, Generic[T]):
    """One page of a list."""

    results: list[T] = []
    count: int | None = None
    next: str | None = None


_encoder = msgspec.json.Encoder()
_data_decoder = msgspec.json.Decoder(LabeledData)


def encode(record: object) -> bytes:
    """JSON of a record, or of a plain dict or list that holds records."""
    return _encoder.encode(record)


def decode_data(data: bytes) -> LabeledData:
    """Annotations from JSON.

    Raises:
        msgspec.ValidationError: when the JSON is something else
    """
    return _data_decoder.decode(data)
