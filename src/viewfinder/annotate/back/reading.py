"""What annotators did with one task, as a backend tells it: in the dataset's terms, as differences
from what was sent. The merge sees only these, never a server's numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from viewfinder.annotate.record import SentLabel, SentObject, SentPiece
from viewfinder.labels import Label
from viewfinder.samples import Place

__all__ = ["Added", "Comment", "Edited", "Issue", "Stray", "TaskReading"]


@dataclass(frozen=True, slots=True)
class Edited:
    """A label of which something differs, or whose pieces the server has under other numbers."""

    sent: SentLabel
    changes: dict[str, Any]
    """The attributes that differ, with what annotators made of them."""
    pieces: list[SentPiece]
    """What the server holds of it now."""


@dataclass(frozen=True, slots=True)
class Added:
    """A label that annotators made."""

    field: str
    sample_id: str
    frame: int
    label: Label
    """With a fresh id."""
    pieces: list[SentPiece]
    frame_number: int | None = None
    """Which frame of its video it is in, from 1, for a field of frames; None for others."""

    @property
    def place(self) -> Place:
        """The sample or frame that it is for."""
        return Place(self.sample_id, self.frame_number)


@dataclass(frozen=True, slots=True)
class Stray:
    """Something drawn that the field of its class has no room for."""

    field: str
    """The field that has its class, or the first one of the run."""
    sample_id: str
    frame: int
    what: str
    """As in "polygon" or "ellipse"."""
    label: Label | None
    """What it is in labels; None where no label type can hold it."""
    pieces: list[SentPiece]
    reason: str
    frame_number: int | None = None
    """Which frame of its video it is in, from 1; None for an image."""

    @property
    def place(self) -> Place:
        """The sample or frame that it is in."""
        return Place(self.sample_id, self.frame_number)


@dataclass(frozen=True, slots=True)
class Comment:
    """One remark of a reviewer, or an answer to it."""

    author: str | None
    text: str
    time: str | None
    """When it was written, in the server's own writing."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that a reviewer wants to be looked at, and what was said about it."""

    issue_id: int
    sample_id: str
    frame_number: int | None
    """Which frame of its video it is about, from 1; None for an image."""
    job_id: int
    position: tuple[float, ...]
    """The corners of the area that it is about: x, y, x, y, …, relative to the image."""
    resolved: bool
    comments: tuple[Comment, ...]
    url: str
    field: str | None = None
    """The field of the label that it is about."""
    label_id: str | None = None
    """The label that lies at its position; None where that is not clear."""

    @property
    def place(self) -> Place:
        """The sample or frame that it is about."""
        return Place(self.sample_id, self.frame_number)


@dataclass(frozen=True, slots=True)
class TaskReading:
    """All that annotators did in one task."""

    task_id: int
    edited: list[Edited] = field(default_factory=list)
    removed: list[SentLabel] = field(default_factory=list)
    added: list[Added] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    lost: list[SentLabel] = field(default_factory=list)
    """Labels that can't be told from others on the server any more: they stay in the dataset, and
    are on record no longer."""
    unreached: dict[Place, str] = field(default_factory=dict)
    """Samples and frames of which nothing can be said, with the reason; none of their labels is
    touched."""
    notes: list[str] = field(default_factory=list)
    """Sentences that a person should read."""
    issues: list[Issue] = field(default_factory=list)
    """What reviewers remarked."""
    jobs: dict[int, str] = field(default_factory=dict)
    """When each job that was read was last changed, in the server's own writing."""
    job_frames: dict[int, range] = field(default_factory=dict)
    """The numbers of the frames of those jobs."""
    objects: list[SentObject] = field(default_factory=list)
    """The tracks of a video as the record is to have them once the differences are taken."""
    objects_renumbered: bool = False
    """Whether tracks that were sent have numbers on the server that are not on record yet."""

    @property
    def is_quiet(self) -> bool:
        """Whether nothing differs from what is on record."""
        differences = self.edited or self.removed or self.added or self.strays
        return not (differences or self.lost or self.objects_renumbered)
