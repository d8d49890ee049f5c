"""A run as an object: how far its tasks are, where they are, and how to be rid of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self, TextIO

from viewfinder.annotate import runs
from viewfinder.annotate.account.config import Destination, destination_of
from viewfinder.annotate.account.connect import connect, open_page, server_url
from viewfinder.annotate.backends.base import Backend, TaskStatus
from viewfinder.annotate.options import Access, parse_options
from viewfinder.annotate.record import SentTask
from viewfinder.annotate.runs import RunConfig
from viewfinder.errors import AnnotationError
from viewfinder.samples import SampleCollection

__all__ = ["AnnotationResults"]


class AnnotationResults:
    """The tasks of an annotation run.

    Made by ``annotate`` and ``load_annotation_results``. Each question is asked of the server as it
    is then; in a ``with`` block all of them share one connection.
    """

    def __init__(
        self, collection: SampleCollection, key: str, *, access: Access | None = None
    ) -> None:
        self._root = collection.root
        self._key = key
        self._access = access or Access()
        self._backend: Backend | None = None
        self._read: list[SentTask] | None = None

    @classmethod
    def load(cls, collection: SampleCollection, key: str, **options: Any) -> Self:
        """The results of a run.

        Args:
            collection: the dataset or any view of it
            key: the run
            **options: how to sign in, where the environment does not say it

        Raises:
            AnnotationRunNotFoundError: there is none of that key
        """
        runs.load_config(collection, key)
        return cls(collection, key, access=parse_options(options)[1])

    def __repr__(self) -> str:
        place = self.config.url or "the embedded label server"
        return f"<AnnotationResults '{self._key}': {len(self._tasks)} tasks on {place}>"

    def __enter__(self) -> Self:
        self._backend = connect(self._destination(), self.config.options)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    @property
    def key(self) -> str:
        """The run."""
        return self._key

    @property
    def samples(self) -> SampleCollection:
        """The dataset that the run belongs to."""
        return self._root

    @property
    def config(self) -> RunConfig:
        """What the run is about."""
        return runs.load_config(self._root, self._key)

    @property
    def url(self) -> str:
        """Address of the server, which for the one that comes with Viewfinder may change."""
        return self.config.url or server_url(self._destination())

    @property
    def task_ids(self) -> list[int]:
        """The server's numbers of the tasks; none after a cleanup."""
        cleaned = self.config.state == "cleaned"
        return [] if cleaned else runs.task_numbers(self._root, self._key)

    @property
    def job_ids(self) -> dict[int, list[int]]:
        """The server's numbers of the jobs, by task."""
        return {task.task_id: list(task.job_ids) for task in self._tasks}

    @property
    def frame_id_map(self) -> dict[int, dict[int, str]]:
        """Sample ids by task and number of the frame."""
        return {
            task.task_id: {number: frame.sample_id for number, frame in enumerate(task.frames)}
            for task in self._tasks
        }

    def status(self) -> list[TaskStatus]:
        """How far tasks and jobs are, asked of the server now.

        Raises:
            ServerError: the server is away, or says no
        """
        with self.backend() as server:
            return [server.status(task) for task in self._tasks]

    def get_status(self) -> dict[str, dict[int, dict[str, Any]]]:
        """How far tasks and jobs are, as dicts by field and number of the task.

        Tasks that no longer exist are left out.

        Raises:
            ServerError: the server is away, or says no
        """
        there = {
            task.task_id: {
                "name": task.name,
                "status": task.status,
                "assignee": task.assignee,
                "last_updated": task.updated,
                "url": task.url,
                "jobs": {job.job_id: asdict(job) for job in task.jobs},
            }
            for task in self.status()
            if task.status is not None
        }
        return {plan.field: dict(there) for plan in self.config.label_schema.fields}

    def print_status(self, file: TextIO | None = None) -> None:
        """Prints how far tasks and jobs are."""
        lines = [f"Annotation run '{self._key}' on {self.url}"]
        for task in self.status():
            lines += _status_lines(task)
        lines += [f"  {note}" for note in self.config.notes]
        print("\n".join(lines), file=file or sys.stdout)

    def launch_editor(self) -> str:
        """Opens the first job in the browser.

        Returns:
            the page's address

        Raises:
            AnnotationError: the run has no job on the server any more
        """
        for task in self.status():
            if task.status is not None and task.jobs:
                url = task.jobs[0].url
                open_page(self._destination(), url)
                return url
        raise AnnotationError(
            f"Annotation run '{self._key}' has no job on the server; its tasks were deleted there. "
            "Annotate again under another key."
        )

    def cleanup(self) -> int:
        """Deletes the run's tasks on the server, with what annotators did there, and records that.

        Labels that were loaded stay in the dataset; so does the record of the run.

        Returns:
            the number of tasks that were still there
        """
        config = self.config
        with self.backend() as server:
            found = sum(server.delete(task) for task in self._tasks)
            if config.state in runs.UNFINISHED and config.options.task_name is not None:
                # A task that was made in the very moment of the cut is on no record yet.
                numbered = f"{config.options.task_name}_{len(self._tasks) + 1}"
                found += server.delete_empty([config.options.task_name, numbered])
            if config.makes_project and config.project_id is not None:
                server.delete_project(config.project_id)
        runs.save_config(self._root, self._key, config.moved_to("cleaned"))
        self._read = []
        return found

    def delete_tasks(self, task_ids: Sequence[int]) -> int:
        """Deletes some of the run's tasks on the server, and forgets them.

        Labels of the dataset stay.

        Returns:
            the number of tasks that were still there

        Raises:
            AnnotationError: a task is none of this run
            ServerError: the server is away, or says no
        """
        mine = {task.task_id: task for task in self._tasks}
        for number in task_ids:
            if number not in mine:
                raise AnnotationError(
                    f"Task {number} is none of annotation run '{self._key}', whose tasks are "
                    f"{', '.join(map(str, mine)) or 'gone'}."
                )
        found = 0
        with self.backend() as server:
            for number in dict.fromkeys(task_ids):
                found += server.delete(mine[number])
                runs.drop_task(self._root, self._key, mine[number])
        self._read = None
        return found

    def connect_to_api(self) -> Backend:
        """A connection to the run's server, for :meth:`use_api` of several results; close it."""
        return connect(self._destination(), self.config.options)

    def use_api(self, api: Backend) -> None:
        """Asks all questions over a connection of :meth:`connect_to_api`, which stays open."""
        self._backend = api

    @contextmanager
    def backend(self) -> Iterator[Backend]:
        """The server, signed in; the connection is closed afterwards unless it is shared."""
        if self._backend is not None:
            yield self._backend
            return
        own = connect(self._destination(), self.config.options)
        try:
            yield own
        finally:
            own.close()

    def tasks(self) -> list[SentTask]:
        """What was sent, task by task."""
        return list(self._tasks)

    @property
    def _tasks(self) -> list[SentTask]:
        """What was sent, read when it is first asked for."""
        if self._read is None:
            cleaned = self.config.state == "cleaned"
            self._read = [] if cleaned else runs.read_tasks(self._root, self._key)
        return self._read

    def _destination(self) -> Destination:
        config = self.config
        recorded = {
            "backend": config.backend,
            "url": config.url,
            "organization": config.organization,
        }
        return destination_of(self._access, recorded=recorded)


def _status_lines(task: TaskStatus) -> list[str]:
    if task.status is None:
        return [f"  Task {task.task_id} ({task.name}): no longer exists"]
    lines = [
        f"  Task {task.task_id} ({task.name}): {task.status}",
        f"    assignee: {task.assignee or 'nobody'}, updated: {task.updated or 'never'}",
        f"    {task.url}",
    ]
    for job in task.jobs:
        frames = f"frames {job.start_frame} to {job.stop_frame}"
        who = job.assignee or "nobody"
        lines.append(f"    Job {job.job_id}: {job.stage}, {job.state}, {who}, {frames}")
        counts = [] if job.labels is None else [f"{job.labels} labels on record"]
        counts += [f"{job.issues} issues"] if job.issues else []
        lines.append(f"      {', '.join(counts)}")
        lines.append(f"      {job.url}")
    return lines
