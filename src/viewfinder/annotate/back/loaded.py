"""What a load reads from the run's record and writes to it: tasks, copies, and what is up to date.

All of it are parts of the run, written in the transaction that writes the labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from viewfinder.annotate import runs
from viewfinder.annotate.back.reading import TaskReading
from viewfinder.annotate.back.redirect import COPY, Redirect
from viewfinder.annotate.record import SentTask, decode_task, encode_task
from viewfinder.errors import AnnotationError
from viewfinder.samples import Place, SampleCollection

__all__ = ["Loaded", "TaskParts", "WaitingTask"]


class Loaded(msgspec.Struct, array_like=True, frozen=True):
    """What is known of a task without reading it."""

    jobs: dict[int, str] = {}
    """When each job of which nothing is left to tell was last changed."""
    labels: int = 0
    """The number of labels on record."""


@dataclass(frozen=True, slots=True)
class WaitingTask:
    """A task that is about to be read, as bytes: it is decoded where something has changed."""

    task_id: int
    loaded: Loaded
    data: bytes
    copies: dict[str, bytes | None]
    """The records of copies, by the field that they were copied from."""

    def decode(self) -> tuple[SentTask, dict[str, SentTask | None]]:
        """What was sent, and the records of copies."""
        copies = {
            source: None if data is None else decode_task(data)
            for source, data in self.copies.items()
        }
        return decode_task(self.data), copies


class TaskParts:
    """The parts of one run that loads read and write."""

    def __init__(self, collection: SampleCollection, key: str, redirect: Redirect) -> None:
        self._collection = collection
        self._key = key
        self._redirect = redirect

    def waiting(self, task_id: int) -> WaitingTask:
        """What is on record of a task.

        Raises:
            AnnotationError: the record is damaged, or of another version
        """
        data = self._part(f"task-{task_id}")
        if data is None:
            raise AnnotationError(
                f"Annotation run '{self._key}' has no record of task {task_id} any more; somebody "
                "deleted it meanwhile. Look at list_annotation_runs()."
            )
        copies = {
            source: self._part(self._copy_name(task_id, source, dest))
            for source, dest in self._redirect.fields.items()
        }
        loaded = self._part(self._loaded_name(task_id))
        known = Loaded() if loaded is None else msgspec.msgpack.decode(loaded, type=Loaded)
        return WaitingTask(task_id, known, data, copies)

    def records(self, sent: SentTask, merged: SentTask) -> dict[str, bytes]:
        """The parts to write where a task's record changes."""
        kept, copies = self._redirect.split(sent, merged)
        parts = {runs.part_name(kept): encode_task(kept)}
        for source, dest in self._redirect.fields.items():
            parts[self._copy_name(sent.task_id, source, dest)] = encode_task(copies[source])
        return parts

    def loaded(
        self,
        task: WaitingTask,
        reading: TaskReading,
        *,
        labels: int,
        sent: SentTask | None = None,
        pending: frozenset[Place] | set[Place] = frozenset(),
    ) -> dict[str, bytes]:
        """The part that tells what is up to date after a load; none where it stays as it is.

        Args:
            task: the task before
            reading: what was read
            labels: the number of labels on record afterwards
            sent: the task's record, where something is pending
            pending: where something is left to tell
        """
        jobs = {**task.loaded.jobs, **reading.jobs}
        if reading.notes:
            jobs = {number: jobs[number] for number in jobs if number not in reading.jobs}
        if pending and sent is not None:
            left = {n for n, frame in enumerate(sent.frames) if frame.place in pending}
            for number, frames in reading.job_frames.items():
                if any(frame in left for frame in frames):
                    jobs.pop(number, None)
        after = Loaded(jobs, labels)
        if after == task.loaded:
            return {}
        return {self._loaded_name(task.task_id): msgspec.msgpack.encode(after)}

    def _part(self, name: str) -> bytes | None:
        return runs.read_part(self._collection, self._key, name)

    def _copy_name(self, task_id: int, source: str, dest: str) -> str:
        return f"{COPY}{task_id}>{source}={dest}"

    def _loaded_name(self, task_id: int) -> str:
        return f"loaded-{task_id}{self._redirect.suffix}"
