"""The line back, told in its order: what annotators did is read, merged and written."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from viewfinder.annotate import runs
from viewfinder.annotate.back.choosing import Selection, choose, parse_selection
from viewfinder.annotate.back.issue_fields import check_issues_field, write_issues
from viewfinder.annotate.back.loaded import TaskParts, WaitingTask
from viewfinder.annotate.back.merge import Changes, Merge
from viewfinder.annotate.back.policies import (
    HOMES,
    ConflictOption,
    Conflicts,
    Unexpected,
    UnexpectedOption,
    parse_conflicts,
    parse_unexpected,
)
from viewfinder.annotate.back.reading import TaskReading
from viewfinder.annotate.back.redirect import Redirect, parse_dest_field
from viewfinder.annotate.back.report import ORDER, Report
from viewfinder.annotate.back.writing import refuse_conflicts, write
from viewfinder.annotate.backends.base import Backend
from viewfinder.annotate.options import parse_options
from viewfinder.annotate.out.facts import documents_of, local_labels
from viewfinder.annotate.parallel import in_order
from viewfinder.annotate.record import SentTask
from viewfinder.annotate.results import AnnotationResults
from viewfinder.annotate.runs import RunConfig
from viewfinder.annotate.schema import LabelSchema
from viewfinder.errors import AnnotationError, StoreBusyError
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples import Place, SampleCollection
from viewfinder.schema import FRAMES_PREFIX

__all__ = ["finish"]

_MERGE_ATTEMPTS = 10
_TASKS_AT_A_TIME = 2


def finish(
    collection: SampleCollection,
    anno_key: str,
    *,
    dest_field: Any = None,
    unexpected: UnexpectedOption = "keep",
    conflicts: ConflictOption = "ours",
    cleanup: bool = False,
    dry_run: bool = False,
    jobs: int | Iterable[int] | None = None,
    stage: str | Iterable[str] | None = None,
    state: str | Iterable[str] | None = None,
    issues_field: str | None = None,
    progress: ProgressOption = None,
    **options: Any,
) -> Report:
    """Brings back what annotators did; see ``SampleCollection.load_annotations``.

    Raises:
        AnnotationError: the run was not sent as a whole, was cleaned up, an argument means nothing,
            or (with ``conflicts="error"``) there are conflicts; nothing was changed
        ServerError: the server is away, or says no; nothing was changed
    """
    homes, sides = parse_unexpected(unexpected), parse_conflicts(conflicts)
    selection = parse_selection(jobs, stage, state)
    config = runs.load_config(collection, anno_key)
    _refuse_unsent(anno_key, config)
    documents = documents_of(collection)
    redirect = parse_dest_field(dest_field, config.label_schema, documents, key=anno_key)
    check_issues_field(collection, issues_field)
    _, access = parse_options(options)
    load = _Load(collection, anno_key, config.label_schema, redirect, homes, sides)
    results = AnnotationResults(collection, anno_key, access=access)
    with results, results.backend() as server:
        reads = load.read(server, selection, progress)
        report = load.merge_and_write(reads, dry_run=dry_run)
        if issues_field is not None and not dry_run:
            write_issues(collection, report.issues, issues_field)
        if cleanup and not dry_run:
            results.cleanup()
    return report


@dataclass(slots=True)
class _Read:
    """What was read of one task."""

    task_id: int
    reading: TaskReading
    labels: int
    """The number of labels on record."""
    unchanged: int
    """How many of them came back as they were, where nothing differs."""
    jobs: frozenset[int]
    """All jobs that the task has on the server."""
    seeds: dict[str, str] = field(default_factory=dict)
    """Fields that its labels are copied into now, and from which."""


class _Load:
    """One load."""

    def __init__(
        self,
        collection: SampleCollection,
        key: str,
        schema: LabelSchema,
        redirect: Redirect,
        unexpected: Unexpected,
        conflicts: Conflicts,
    ) -> None:
        self._collection = collection
        self._key = key
        self._schema = redirect.schema(schema)
        self._every = redirect.both(schema)
        self._redirect = redirect
        self._unexpected = unexpected
        self._conflicts = conflicts
        self._parts = TaskParts(collection, key, redirect)

    def read(self, server: Backend, selection: Selection, progress: ProgressOption) -> list[_Read]:
        """Reads all tasks, some at a time; of each only the differences are kept.

        Raises:
            AnnotationError: a job was asked for that no task has
        """
        numbers = runs.task_numbers(self._collection, self._key)

        def read_one(task: WaitingTask) -> _Read:
            return self._read_task(server, selection, task)

        reads: list[_Read] = []
        with meter(len(numbers), "Reading tasks", unit="tasks", progress=progress) as done:
            waiting = (self._parts.waiting(number) for number in numbers)
            for read in in_order(waiting, read_one, limit=_TASKS_AT_A_TIME):
                reads.append(read)
                done.advance()
        known = {number for read in reads for number in read.jobs}
        unknown = sorted((selection.jobs or frozenset()) - known)
        if unknown:
            raise AnnotationError(
                f"Annotation run '{self._key}' has no job {', '.join(map(str, unknown))}; its jobs "
                f"are {', '.join(map(str, sorted(known))) or 'gone'}. Nothing was changed."
            )
        return reads

    def _read_task(self, server: Backend, selection: Selection, task: WaitingTask) -> _Read:
        jobs = server.jobs(task.task_id)
        seeds = {
            self._redirect.fields[source]: source
            for source, data in task.copies.items()
            if data is None
        }
        if jobs is None:
            return self._gone(task)
        choice = choose(jobs, selection, {} if seeds else task.loaded.jobs)
        numbers = frozenset(job.job_id for job in jobs)
        remarked = any(job.issues != 0 for job in jobs)
        if choice.settled and not (choice.read or choice.others or remarked):
            labels = task.loaded.labels
            return _Read(task.task_id, TaskReading(task.task_id), labels, labels, numbers)
        sent = self._redirect.task(*task.decode())
        reading = server.read(sent, self._schema, choice)
        labels = len(sent.labels)
        return _Read(task.task_id, reading, labels, _unchanged(sent, reading), numbers, seeds)

    def _gone(self, task: WaitingTask) -> _Read:
        sent, _ = task.decode()
        gone = "its task no longer exists on the server"
        note = f"Task {sent.task_id} ('{sent.name}') no longer exists on the server."
        everyone = {frame.place: gone for frame in sent.frames}
        reading = TaskReading(sent.task_id, unreached=everyone, notes=[note])
        return _Read(sent.task_id, reading, len(sent.labels), 0, frozenset())

    def merge_and_write(self, reads: Sequence[_Read], *, dry_run: bool) -> Report:
        """Merges with the dataset as it is; once more if somebody wrote to it in the meantime."""
        for _ in range(_MERGE_ATTEMPTS):
            version = self._collection.root.snapshot().version
            with _collector_at_rest():
                merged = self._merge(reads, version)
            if merged is None:
                continue
            changes, parts = merged
            report = self._report(reads, changes, dry_run=dry_run)
            if dry_run:
                return report
            refuse_conflicts(self._key, report.changes, self._conflicts)
            with _collector_at_rest():
                written = write(self._collection, self._key, self._schema, changes, parts, version)
            if written is not None:
                return self._report(reads, changes, dry_run=False, version=written.version)
        raise StoreBusyError(self._collection.root.handle.entry.path, 0)

    def _merge(
        self, reads: Sequence[_Read], version: int
    ) -> tuple[Changes, dict[str, bytes]] | None:
        """The changes and the parts to write; None where the dataset has moved on."""
        work = Merge(
            self._schema,
            field_documents=documents_of(self._collection),
            unexpected=self._unexpected,
            conflicts=self._conflicts,
        )
        parts: dict[str, bytes] = {}
        unchanged = 0
        for read in reads:
            task = self._parts.waiting(read.task_id)
            if read.reading.is_quiet and not read.seeds:
                unchanged += read.unchanged
                parts |= self._parts.loaded(task, read.reading, labels=read.labels)
                continue
            sent, copies = task.decode()
            whole = self._redirect.task(sent, copies)
            places = dict.fromkeys(_touched(read.reading))
            if read.seeds:
                places |= dict.fromkeys(label.place for label in whole.labels)
            fields = self._fields(label.field for label in whole.labels)
            local, seen = local_labels(self._collection, list(places), fields, self._every)
            if seen != version:
                return None
            work.know(local)
            pending = work.task(whole, read.reading, seeds=read.seeds)
            after = work.changes.records.pop(read.task_id, whole if read.seeds else None)
            if after is not None:
                parts |= self._parts.records(sent, after)
            count = len(whole.labels if after is None else after.labels)
            parts |= self._parts.loaded(
                task, read.reading, labels=count, sent=whole, pending=pending
            )
        changes = work.finish()
        changes.unchanged += unchanged
        return changes, parts

    def _fields(self, held: Iterable[str]) -> list[str]:
        """The fields that a merge may look at."""
        fields = dict.fromkeys(plan.field for plan in self._schema.fields)
        fields.update(dict.fromkeys(self._redirect.fields))
        fields.update(dict.fromkeys(held))
        homes = [name for name, _ in HOMES.values()]
        homes += list((self._unexpected.fields or {}).values())
        fields.update(dict.fromkeys(homes))
        fields.update({FRAMES_PREFIX + name: None for name in homes})
        return list(fields)

    def _report(
        self,
        reads: Sequence[_Read],
        changes: Changes,
        *,
        dry_run: bool,
        version: int | None = None,
    ) -> Report:
        unreached = {place: why for r in reads for place, why in r.reading.unreached.items()}
        return Report(
            key=self._key,
            dry_run=dry_run,
            changes=tuple(sorted(changes.rows, key=lambda row: ORDER.index(row.outcome))),
            unreached={p.sample_id: w for p, w in unreached.items() if p.frame_number is None},
            unreached_frames={p: w for p, w in unreached.items() if p.frame_number is not None},
            notes=tuple(dict.fromkeys(note for read in reads for note in read.reading.notes)),
            unchanged=changes.unchanged,
            version=version,
            returned=changes.returned,
            issues=tuple(issue for read in reads for issue in read.reading.issues),
            collection=self._collection.root,
        )


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Holds garbage collection off: a merge makes many small objects and no circles of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _unchanged(sent: SentTask, reading: TaskReading) -> int:
    """How many labels of a quiet task came back as they were."""
    if not reading.unreached:
        return len(sent.labels)
    return sum(label.place not in reading.unreached for label in sent.labels)


def _touched(reading: TaskReading) -> Iterator[Place]:
    """The samples and frames of which something came back differently."""
    yield from (edited.sent.place for edited in reading.edited)
    yield from (label.place for label in reading.removed)
    yield from (item.place for item in reading.added)
    yield from (item.place for item in reading.strays)


def _refuse_unsent(key: str, config: RunConfig) -> None:
    if config.state == "sent":
        return
    if config.state == "cleaned":
        raise AnnotationError(
            f"The tasks of annotation run '{key}' were cleaned up, so there is nothing to load. "
            f"Remove its record with delete_annotation_run('{key}'), or annotate under a new key."
        )
    raise AnnotationError(
        f"Annotation run '{key}' was not sent as a whole ({config.state}), so its annotations "
        f"can't be loaded. Go on with annotate('{key}', resume=True), or remove what reached the "
        f"server with load_annotation_results('{key}').cleanup()."
    )
