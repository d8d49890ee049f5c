"""The seam between a run and the servers that annotators work on: what a backend can do."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from viewfinder.annotate.back.choosing import Choice, JobStatus
from viewfinder.annotate.back.reading import TaskReading
from viewfinder.annotate.out.classes import Project
from viewfinder.annotate.out.pack import Pack
from viewfinder.annotate.record import SentTask
from viewfinder.annotate.schema import LabelSchema

__all__ = ["Backend", "ProjectPlace", "TaskStatus"]


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """How far a task is."""

    task_id: int
    name: str
    status: str | None
    """None for a task that no longer exists."""
    assignee: str | None
    updated: str | None
    url: str
    jobs: tuple[JobStatus, ...]


@dataclass(frozen=True, slots=True)
class ProjectPlace:
    """The project of a run."""

    id: int
    made: bool
    """Whether it was made just now."""


class Backend(Protocol):
    """A server that annotators work on."""

    @property
    def url(self) -> str:
        """The server's address."""

    def project(self) -> Project | None:
        """The project that tasks go into, if it is there already.

        Raises:
            AnnotationError: one was asked for that is not there
        """

    def prepare(self) -> None:
        """Checks what can be checked before anything is sent, and changes nothing there.

        Raises:
            AnnotationError: a person that was asked for is not there
        """

    def ensure_project(self, schema: LabelSchema) -> ProjectPlace | None:
        """The project that tasks go into, made where it is not there; None for no project."""

    def can_go_on(self, task_id: int, *, files_are_here: bool) -> bool:
        """Whether a task that was begun can be completed.

        One is deleted, with nobody's work in it, whose media can't be read, or has not arrived and
        can't be sent any more.

        Args:
            task_id: the task
            files_are_here: whether all of its media can be sent again
        """

    def begun(self, name: str, known: Sequence[int]) -> int | None:
        """A task of ours of that name without media, which no record knows; None for none."""

    def send(
        self,
        pack: Pack,
        schema: LabelSchema,
        *,
        number: int,
        keep: Callable[[SentTask], None],
        places: Callable[[int], MutableMapping[str, str]],
        advance: Callable[[int], None],
        begun: int | None = None,
    ) -> SentTask:
        """Makes a task.

        Args:
            pack: what goes into it
            schema: how its labels are annotated
            number: how many tasks of this run came before
            keep: is called with the record as soon as the task exists, and again when all of it has
                arrived: what it was given last is what a cleanup or a load can rely on
            places: gives, for the number of a task, where each file is that was sent before; what
                is noted in it is kept
            advance: is called with the number of images that are through
            begun: the task to go on with, of which nothing, part or all may have arrived
        """

    def jobs(self, task_id: int) -> list[JobStatus] | None:
        """The jobs of a task; None for a task that no longer exists."""

    def read(self, sent: SentTask, schema: LabelSchema, choice: Choice) -> TaskReading:
        """What annotators did with a task, as far as it was chosen.

        May be called from several threads at a time.
        """

    def status(self, sent: SentTask) -> TaskStatus:
        """How far a task is."""

    def delete(self, sent: SentTask) -> bool:
        """Deletes a task; False where it was gone already."""

    def delete_project(self, project_id: int) -> bool:
        """Deletes a project that has no tasks any more; False where it has, or is gone."""

    def delete_empty(self, names: Sequence[str]) -> int:
        """Deletes tasks of these names that hold no images; returns their number."""

    def close(self) -> None:
        """Lets go of the server."""
