"""The line back, told in its order: what annotators did is read, merged and written."""

from __future__ import annotations

from typing import Any

from viewfinder.annotate import runs
from viewfinder.annotate.facts import documents_of, local_labels
from viewfinder.annotate.merge import Changes, merge
from viewfinder.annotate.options import parse_options
from viewfinder.annotate.policies import (
    HOMES,
    ConflictOption,
    Conflicts,
    Unexpected,
    UnexpectedOption,
    parse_conflicts,
    parse_unexpected,
)
from viewfinder.annotate.reading import TaskReading
from viewfinder.annotate.record import SentTask, encode_task
from viewfinder.annotate.report import ORDER, Report
from viewfinder.annotate.results import AnnotationResults
from viewfinder.annotate.runs import RunConfig
from viewfinder.annotate.schema import LabelSchema
from viewfinder.errors import AnnotationError, StoreBusyError
from viewfinder.labels.registry import label_class
from viewfinder.progress import ProgressOption, meter
from viewfinder.samples import Place, SampleCollection, apply_edits
from viewfinder.schema import FRAMES_PREFIX
from viewfinder.schema.infer import document_field

__all__ = ["finish"]

_MERGE_ATTEMPTS = 10


def finish(
    collection: SampleCollection,
    anno_key: str,
    *,
    unexpected: UnexpectedOption = "keep",
    conflicts: ConflictOption = "ours",
    cleanup: bool = False,
    dry_run: bool = False,
    progress: ProgressOption = None,
    **options: Any,
) -> Report:
    """Brings back what annotators did; see ``SampleCollection.load_annotations``.

    Raises:
        AnnotationError: the run was not sent as a whole, was cleaned up, or (with
            ``conflicts="error"``) there are conflicts; nothing was changed
        ServerError: the server is away, or says no; nothing was changed
    """
    homes = parse_unexpected(unexpected)
    sides = parse_conflicts(conflicts)
    config = runs.load_config(collection, anno_key)
    _refuse_unsent(anno_key, config)
    _, access = parse_options(options)
    results = AnnotationResults(collection, anno_key, access=access)
    with results, results.backend() as server:
        read: list[tuple[SentTask, TaskReading]] = []
        tasks = results.tasks()
        with meter(len(tasks), "Reading tasks", unit="tasks", progress=progress) as done:
            for task in tasks:
                read.append((task, server.read(task, config.label_schema)))
                done.advance()
        report = _merge_and_apply(
            collection,
            anno_key,
            config.label_schema,
            read,
            unexpected=homes,
            conflicts=sides,
            dry_run=dry_run,
        )
        if cleanup and not dry_run:
            results.cleanup()
    return report


def _merge_and_apply(
    collection: SampleCollection,
    key: str,
    schema: LabelSchema,
    read: list[tuple[SentTask, TaskReading]],
    *,
    unexpected: Unexpected,
    conflicts: Conflicts,
    dry_run: bool,
) -> Report:
    """Merges with the dataset as it is; once more if somebody wrote to it in the meantime."""
    for _ in range(_MERGE_ATTEMPTS):
        local, version = local_labels(collection, _touched(read), _fields(schema, read, unexpected))
        changes = merge(
            schema,
            read,
            local,
            field_documents=documents_of(collection),
            unexpected=unexpected,
            conflicts=conflicts,
        )
        report = _report(key, read, changes, dry_run=dry_run)
        refused = [row for row in report.of("conflict") if conflicts.side(row) == "error"]
        if refused and not dry_run:
            raise AnnotationError(
                f"Annotation run '{key}' has {len(refused)} conflicts with edits made here; "
                "nothing was changed. Look at them with dry_run=True, then choose 'ours' or "
                "'theirs'."
            )
        if dry_run or not (changes.edits or changes.records):
            return report
        written = _apply(collection, key, schema, changes, version)
        if written is not None:
            return _report(key, read, changes, dry_run=False, version=written)
    raise StoreBusyError(collection.handle.entry.path, 0)


class _MovedOnError(Exception):
    """The dataset was written to between reading and writing."""


def _apply(
    collection: SampleCollection, key: str, schema: LabelSchema, changes: Changes, version: int
) -> int | None:
    """Writes labels and record in one transaction; None where the dataset has moved on."""
    there = documents_of(collection)
    documents = {plan.field: label_class(plan.document) for plan in schema.fields}
    documents.update(changes.new_fields)
    named = {edit.field for edit in changes.edits if edit.field not in there}
    new_fields = {name: document_field(documents[name]) for name in named}

    def keep_record(transaction: Any) -> None:
        if transaction.snapshot.version != version:
            raise _MovedOnError
        for task in changes.records.values():
            transaction.put_run_part(runs.KIND, key, runs.part_name(task), encode_task(task))

    try:
        return apply_edits(
            collection.root,
            changes.edits,
            reason=f"load_annotations('{key}')",
            new_fields=new_fields,
            in_transaction=keep_record,
        )
    except _MovedOnError:
        return None


def _report(
    key: str,
    read: list[tuple[SentTask, TaskReading]],
    changes: Changes,
    *,
    dry_run: bool,
    version: int | None = None,
) -> Report:
    unreached: dict[Place, str] = {}
    notes: list[str] = []
    for _, reading in read:
        unreached.update(reading.unreached)
        notes += reading.notes
    return Report(
        key=key,
        dry_run=dry_run,
        changes=tuple(sorted(changes.rows, key=lambda row: ORDER.index(row.outcome))),
        unreached={p.sample_id: why for p, why in unreached.items() if p.frame_number is None},
        unreached_frames={p: w for p, w in unreached.items() if p.frame_number is not None},
        notes=tuple(notes),
        unchanged=changes.unchanged,
        version=version,
        returned=changes.returned,
    )


def _touched(read: list[tuple[SentTask, TaskReading]]) -> list[Place]:
    """The samples and frames of which something came back differently."""
    places: dict[Place, None] = {}
    for _, reading in read:
        places.update(dict.fromkeys(edited.sent.place for edited in reading.edited))
        places.update(dict.fromkeys(label.place for label in reading.removed))
        places.update(dict.fromkeys(item.place for item in reading.added))
        places.update(dict.fromkeys(item.place for item in reading.strays))
    return list(places)


def _fields(
    schema: LabelSchema, read: list[tuple[SentTask, TaskReading]], unexpected: Unexpected
) -> list[str]:
    """The fields that a merge may look at."""
    fields = dict.fromkeys(plan.field for plan in schema.fields)
    fields.update(dict.fromkeys(label.field for task, _ in read for label in task.labels))
    homes = [name for name, _ in HOMES.values()] + list((unexpected.fields or {}).values())
    fields.update(dict.fromkeys(homes))
    fields.update({FRAMES_PREFIX + name: None for name in homes})
    return list(fields)


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
        f"can't be loaded. Remove what reached the server with load_annotation_results('{key}')"
        f".cleanup(), then delete_annotation_run('{key}'), and annotate again."
    )
