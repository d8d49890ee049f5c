"""What a merge came to, written with the run's record in one transaction, and taken back again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Any

from viewfinder.annotate import runs
from viewfinder.annotate.back.journal import (
    Journal,
    backwards,
    decode_journal,
    encode_journal,
    journal_of,
)
from viewfinder.annotate.back.made_frames import frames_left_empty
from viewfinder.annotate.back.merge import Changes, Merge
from viewfinder.annotate.back.policies import ConflictOption, Conflicts, parse_conflicts
from viewfinder.annotate.back.redirect import Redirect
from viewfinder.annotate.back.report import ORDER, Change, Report
from viewfinder.annotate.out.facts import documents_of, local_labels
from viewfinder.annotate.schema import LabelSchema
from viewfinder.annotate.stand_ins import plain_value
from viewfinder.errors import AnnotationError, StoreBusyError
from viewfinder.labels.registry import label_class
from viewfinder.samples import LabelEdit, Orders, Place, SampleCollection, ValueEdit, apply_edits
from viewfinder.samples.runs import write_run_parts
from viewfinder.schema import Field
from viewfinder.schema.infer import document_field, infer_field, widen

__all__ = ["Written", "refuse_conflicts", "take_back", "write"]

_JOURNAL = "journal-"
_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Written:
    """What became of writing."""

    version: int | None
    """The dataset's new version; None where no label changed."""


class _MovedOnError(Exception):
    """The dataset was written to between reading and writing."""


def write(
    collection: SampleCollection,
    key: str,
    schema: LabelSchema,
    changes: Changes,
    parts: Mapping[str, bytes],
    version: int,
) -> Written | None:
    """Writes labels, the run's record and the way back; None where the dataset has moved on.

    Args:
        collection: the dataset, or any view of it
        key: the run
        schema: how its fields are annotated
        changes: what the merge came to
        parts: the parts of the run that change with it
        version: of the dataset that was merged with
    """
    if not changes.edits:
        kept = not parts or write_run_parts(collection, runs.KIND, key, parts, if_version=version)
        return Written(None) if kept else None
    documents: dict[str, Any] = {
        plan.field: label_class(plan.document) for plan in schema.fields if plan.kind != "scalar"
    }
    documents.update(changes.new_fields)
    held = documents_of(collection)
    held.update({name: kind.__name__ for name, kind in documents.items() if name not in held})

    def keep_record(transaction: Any) -> None:
        before = {name: transaction.run_part(runs.KIND, key, name) for name in parts}
        journal = journal_of(changes, held, before)
        number = _last(transaction.run_part_names(runs.KIND, key)) + 1
        parts_after = {**parts, f"{_JOURNAL}{number:06}": encode_journal(journal)}
        for name, data in parts_after.items():
            transaction.put_run_part(runs.KIND, key, name, data)

    return _apply(
        collection,
        changes.edits,
        held,
        schema,
        version=version,
        reason=f"load_annotations('{key}')",
        in_transaction=keep_record,
    )


def take_back(
    collection: SampleCollection,
    key: str,
    *,
    conflicts: ConflictOption = "ours",
    dry_run: bool = False,
) -> Report:
    """Takes back what the last load of a run wrote; see ``SampleCollection.undo_annotations``.

    Raises:
        AnnotationError: there is nothing to take back, or (with ``conflicts="error"``) there are
            conflicts; nothing was changed
    """
    sent_schema = runs.load_config(collection, key).label_schema
    sides = parse_conflicts(conflicts)
    for _ in range(_ATTEMPTS):
        name, journal = _last_journal(collection, key)
        sent, reading = backwards(journal)
        schema = Redirect.of_copies(journal.parts).both(sent_schema)
        local, version = local_labels(collection, journal.places, journal.fields, schema)
        held = {**journal.documents, **documents_of(collection)}
        work = Merge(LabelSchema(()), field_documents=held, conflicts=sides)
        work.know(local)
        work.task(sent, reading)
        changes = work.finish()
        made = {place: local[place] for place in starmap(Place, journal.made) if place in local}
        emptied = frames_left_empty(collection, made, changes.edits)
        report = _undo_report(collection, key, changes, dry_run=dry_run)
        if dry_run:
            return report
        refuse_conflicts(key, report.changes, sides)

        def forget(
            transaction: Any,
            name: str = name,
            journal: Journal = journal,
            emptied: Sequence[int] = emptied,
        ) -> None:
            if emptied:
                transaction.frames.delete(emptied)
            for part, data in journal.parts.items():
                if data is None:
                    transaction.delete_run_part(runs.KIND, key, part)
                else:
                    transaction.put_run_part(runs.KIND, key, part, data)
            transaction.delete_run_part(runs.KIND, key, name)

        written = _apply(
            collection,
            changes.edits,
            held,
            schema,
            version=version,
            reason=f"undo_annotations('{key}')",
            orders=journal.order_of,
            in_transaction=forget,
        )
        if written is not None:
            return _undo_report(collection, key, changes, version=written.version)
    raise StoreBusyError(collection.root.handle.entry.path, 0)


def refuse_conflicts(key: str, rows: Iterable[Change], conflicts: Conflicts) -> None:
    """Raises where a conflict is to end it all.

    Raises:
        AnnotationError: there is such a conflict
    """
    refused = [row for row in rows if row.outcome == "conflict" and conflicts.side(row) == "error"]
    if refused:
        raise AnnotationError(
            f"Annotation run '{key}' has {len(refused)} conflicts with edits made here; "
            "nothing was changed. Look at them with dry_run=True, then choose 'ours' or 'theirs'."
        )


def _apply(
    collection: SampleCollection,
    edits: list[LabelEdit],
    documents: Mapping[str, str],
    schema: LabelSchema,
    *,
    version: int,
    reason: str,
    orders: Orders | None = None,
    in_transaction: Any,
) -> Written | None:
    """Writes edits, with fields that they need; None where the dataset has moved on."""
    there = documents_of(collection)
    plain = {plan.field: plan for plan in schema.fields if plan.kind == "scalar"}
    values = [
        ValueEdit(
            edit.sample_id,
            edit.field,
            plain_value(None if edit.action == "delete" else edit.label, plain[edit.field]),
            edit.frame_number,
        )
        for edit in edits
        if edit.field in plain
    ]
    labels = [edit for edit in edits if edit.field not in plain]
    named = {edit.field for edit in labels if edit.field not in there}
    new_fields: dict[str, Field] = {
        name: document_field(label_class(documents[name])) for name in named
    }
    for edit in values:
        field = None if edit.field in there else infer_field(edit.value, edit.field)
        if field is not None:
            known = new_fields.get(edit.field)
            new_fields[edit.field] = field if known is None else widen(known, field)

    def unless_moved_on(transaction: Any) -> None:
        if transaction.snapshot.version != version:
            raise _MovedOnError
        in_transaction(transaction)

    try:
        return Written(
            apply_edits(
                collection.root,
                [*labels, *values],
                reason=reason,
                new_fields=new_fields,
                orders=orders,
                in_transaction=unless_moved_on,
            )
        )
    except _MovedOnError:
        return None


def _last_journal(collection: SampleCollection, key: str) -> tuple[str, Journal]:
    number = _last(runs.part_names(collection, key))
    name = f"{_JOURNAL}{number:06}"
    data = runs.read_part(collection, key, name)
    if data is None:
        raise AnnotationError(
            f"There is nothing to take back: no load of annotation run '{key}' has changed a "
            "label, or all of them were taken back already."
        )
    return name, decode_journal(data)


def _last(names: Iterable[str]) -> int:
    numbers = [int(name.removeprefix(_JOURNAL)) for name in names if name.startswith(_JOURNAL)]
    return max(numbers, default=0)


def _undo_report(
    collection: SampleCollection,
    key: str,
    changes: Changes,
    *,
    dry_run: bool = False,
    version: int | None = None,
) -> Report:
    return Report(
        key=key,
        dry_run=dry_run,
        changes=tuple(sorted(changes.rows, key=lambda row: ORDER.index(row.outcome))),
        version=version,
        is_undo=True,
        collection=collection.root,
    )
