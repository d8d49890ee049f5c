"""A run on a CVAT server, somebody's or the one that comes with Viewfinder."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import replace

from viewfinder.annotate.back.choosing import Choice, JobStatus
from viewfinder.annotate.back.reading import TaskReading
from viewfinder.annotate.backends.base import ProjectPlace, TaskStatus
from viewfinder.annotate.backends.cvat_loading import read_task
from viewfinder.annotate.backends.cvat_sending import CvatSender
from viewfinder.annotate.options import TaskOptions
from viewfinder.annotate.out.classes import Project
from viewfinder.annotate.out.pack import Pack
from viewfinder.annotate.record import SentTask
from viewfinder.annotate.schema import LabelSchema
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.errors import ServerRefusedError

__all__ = ["CvatBackend"]


class CvatBackend:
    """Carries packs to a CVAT server.

    Args:
        client: a signed-in connection, closed with the backend
        options: how tasks are made
    """

    def __init__(self, client: CvatClient, options: TaskOptions) -> None:
        self._client = client
        self._sender = CvatSender(client, options)

    @property
    def url(self) -> str:
        """The server's address."""
        return self._client.url

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def project(self) -> Project | None:
        """The project that tasks go into, if it is there already."""
        return self._sender.project()

    def prepare(self) -> None:
        """Checks that people are known."""
        self._sender.check_people()

    def ensure_project(self, schema: LabelSchema) -> ProjectPlace | None:
        """The project that tasks go into, made where it is not there."""
        return self._sender.ensure_project(schema)

    def can_go_on(self, task_id: int, *, files_are_here: bool) -> bool:
        """Whether a task that was begun can be completed; one that can't is deleted."""
        if self._client.task(task_id) is None:
            return False
        state = self._client.media_state(task_id)
        if state == "failed" or not (files_are_here or state in {"reading", "read"}):
            # It never had a job, so nobody has worked on it; some servers keep files of it.
            self._client.delete_task(task_id)
            return False
        return True

    def begun(self, name: str, known: Sequence[int]) -> int | None:
        """A task of ours of that name without media, which no record knows; None for none."""
        return self._sender.begun(name, known)

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
        """Makes a task out of a pack: classes, images, labels, and people."""
        return self._sender.send(
            pack, schema, number=number, keep=keep, places=places, advance=advance, begun=begun
        )

    def jobs(self, task_id: int) -> list[JobStatus] | None:
        """The jobs of a task; None for a task that no longer exists."""
        try:
            jobs = [self._job(job) for job in self._client.jobs(task_id)]
        except ServerRefusedError:
            # Some servers refuse to look for a task that is gone, others find nothing.
            if self._client.task(task_id) is None:
                return None
            raise
        return jobs if jobs or self._client.task(task_id) is not None else None

    def read(self, sent: SentTask, schema: LabelSchema, choice: Choice) -> TaskReading:
        """What annotators did with a task, as far as it was chosen, read job by job."""
        return read_task(self._client, sent, schema, choice)

    def status(self, sent: SentTask) -> TaskStatus:
        """How far a task and its jobs are."""
        task = self._client.task(sent.task_id)
        url = self._client.task_url(sent.task_id)
        if task is None:
            return TaskStatus(sent.task_id, sent.name, None, None, None, url, ())
        jobs = tuple(_counted(self._job(job), sent) for job in self._client.jobs(sent.task_id))
        assignee = wire.username_of(task.assignee)
        return TaskStatus(task.id, task.name, task.status, assignee, task.updated_date, url, jobs)

    def delete(self, sent: SentTask) -> bool:
        """Deletes a task; False where it was gone already."""
        return self._client.delete_task(sent.task_id)

    def delete_project(self, project_id: int) -> bool:
        """Deletes a project that has no tasks any more; False where it has, or is gone."""
        if self._client.project_tasks(project_id):
            return False
        return self._client.delete_project(project_id)

    def delete_empty(self, names: Sequence[str]) -> int:
        """Deletes tasks of these names that hold no images; returns their number."""
        found = [task for name in names for task in self._client.find_tasks(name)]
        return sum(self._client.delete_task(task.id) for task in found if not task.size)

    def _job(self, job: wire.Job) -> JobStatus:
        return JobStatus(
            job_id=job.id,
            stage=job.stage or job.status,
            state=job.state,
            assignee=wire.username_of(job.assignee),
            start_frame=job.start_frame,
            stop_frame=job.stop_frame,
            url=self._client.job_url(job.task_id, job.id),
            type=job.type,
            updated=job.updated_date,
            issues=None if job.issues is None else job.issues.count,
        )


def _counted(job: JobStatus, sent: SentTask) -> JobStatus:
    """A job with the number of labels on record that lie on its frames."""
    return replace(job, labels=sum(label.frame in job.frames for label in sent.labels))
