"""What a load did, or would do: one row a change, countable, printable."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TextIO, cast

import numpy as np
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from viewfinder.annotate.back.reading import Issue
from viewfinder.errors import AnnotationError
from viewfinder.samples import Place, SampleCollection

__all__ = ["ORDER", "Change", "Outcome", "Report"]

Outcome = Literal["added", "edited", "deleted", "refused", "conflict", "unexpected"]

ORDER: tuple[Outcome, ...] = ("added", "edited", "deleted", "conflict", "refused", "unexpected")
_SHOWN_ROWS = 50
_HEADER = ("what", "sample", "frame", "field", "label", "attribute", "before", "after", "why")
_STYLES: dict[Outcome, str] = {
    "added": "green",
    "edited": "cyan",
    "deleted": "magenta",
    "conflict": "bold red",
    "refused": "yellow",
    "unexpected": "yellow",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that annotators did, and what became of it."""

    outcome: Outcome
    sample_id: str
    field: str
    label_id: str | None
    attribute: str | None = None
    """Which attribute was edited; None for whole labels."""
    before: Any = None
    """The attribute's value in the dataset before; for deletions the class."""
    after: Any = None
    """What annotators made of it; for additions the class."""
    reason: str | None = None
    """Why it was not taken over as it is; None where it was."""
    frame_number: int | None = None
    """Which frame of a video, from 1; None for images."""

    @property
    def place(self) -> Place:
        """The sample or frame that it happened in."""
        return Place(self.sample_id, self.frame_number)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a load found. `str(report)` is a table."""

    key: str
    """The annotation run."""
    dry_run: bool
    """Whether the dataset was left as it is."""
    changes: tuple[Change, ...] = ()
    unreached: dict[str, str] = field(default_factory=dict)
    """Samples of which the server said nothing, with the reason; their labels were not touched."""
    unreached_frames: dict[Place, str] = field(default_factory=dict)
    """Frames of videos of which the server said nothing, with the reason."""
    notes: tuple[str, ...] = ()
    """Sentences that a person should read."""
    unchanged: int = 0
    """Labels that came back exactly as they were sent; not a bit of them was touched."""
    version: int | None = None
    """The dataset's version after the load; None where nothing was written."""
    returned: dict[str, dict[str, list[Any]]] = field(default_factory=dict, repr=False)
    """With ``unexpected="return"``: labels by type and sample id."""
    issues: tuple[Issue, ...] = ()
    """What reviewers remarked on the server."""
    is_undo: bool = False
    """Whether this is about taking a load back."""
    collection: SampleCollection | None = field(default=None, repr=False, compare=False)
    """The dataset."""

    def of(self, outcome: Outcome) -> tuple[Change, ...]:
        """The changes with one outcome."""
        return tuple(change for change in self.changes if change.outcome == outcome)

    @property
    def counts(self) -> dict[Outcome, int]:
        """Labels by outcome; a label of which two attributes were edited counts once."""
        labels = {(c.outcome, c.place, c.field, c.label_id) for c in self.changes}
        nameless = sum(change.label_id is None for change in self.changes)
        counted = Counter(outcome for outcome, *_, label_id in labels if label_id is not None)
        if nameless:
            counted.update(c.outcome for c in self.changes if c.label_id is None)
        return {outcome: counted[outcome] for outcome in ORDER}

    @property
    def has_changes(self) -> bool:
        """Whether the dataset was changed, or would be."""
        return any(self.counts[outcome] for outcome in ("added", "edited", "deleted"))

    def view(self, *outcomes: Outcome, labels: bool = False) -> Any:
        """The samples that the report tells of, as a view of the dataset.

        Args:
            *outcomes: only what came to these, such as "conflict"; all where none are given
            labels: whether to show only the labels that the report tells of, as far as they exist

        Raises:
            AnnotationError: the report was read from elsewhere and knows no dataset
        """
        if self.collection is None:
            raise AnnotationError("This report knows no dataset; use one that a load returned.")
        changes = [c for c in self.changes if not outcomes or c.outcome in outcomes]
        remarked = {issue.sample_id for issue in self.issues} if not outcomes else set()
        view = self.collection.select({change.sample_id for change in changes} | remarked)
        if not labels:
            return view
        here = {*view.visible_schema().all_label_fields}
        fields = [name for name in dict.fromkeys(c.field for c in changes) if name in here]
        ids = [change.label_id for change in changes if change.label_id is not None]
        return view.select_labels(ids=ids, fields=fields) if fields else view

    def to_dict(self) -> dict[str, Any]:
        """The report in plain values that can be written as JSON, arrays by their shape."""
        return {
            "key": self.key,
            "dry_run": self.dry_run,
            "is_undo": self.is_undo,
            "version": self.version,
            "counts": dict(self.counts),
            "unchanged": self.unchanged,
            "changes": [_plain(asdict(change)) for change in self.changes],
            "unreached": dict(self.unreached),
            "unreached_frames": [
                {**place._asdict(), "reason": why} for place, why in self.unreached_frames.items()
            ],
            "issues": [asdict(issue) for issue in self.issues],
            "notes": list(self.notes),
        }

    def to_json(self, pretty_print: bool = False) -> str:  # noqa: FBT002 - as labels have it
        """The report as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2 if pretty_print else None)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def __rich__(self) -> Group:
        """The report as rich prints it, in colours."""
        table = Table(box=None, pad_edge=False)
        rows = [_row(change) for change in self.changes[:_SHOWN_ROWS]]
        used = [at for at in range(len(_HEADER)) if any(row[at] for row in rows)]
        for at in used:
            table.add_column(_HEADER[at], overflow="fold")
        for row in rows:
            table.add_row(*(Text(row[at]) for at in used), style=_STYLES[cast("Outcome", row[0])])
        before, after = self._summary(), self._remarks()
        return Group(*map(Text, before), *([table] if rows else []), *map(Text, after))

    def print_report(self, file: TextIO | None = None) -> None:
        """Prints the table: in colours on a terminal, and otherwise as plain text."""
        out = file or sys.stdout
        if out.isatty():
            Console(file=out).print(self)
        else:
            print(self, file=out)  # this is what the method is for

    def _lines(self) -> list[str]:
        lines = self._summary()
        rows = [_row(change) for change in self.changes[:_SHOWN_ROWS]]
        if rows:
            lines += ["", *_table([_HEADER, *rows])]
        return lines + self._remarks()

    def _summary(self) -> list[str]:
        verbs = ("would take back", "took back") if self.is_undo else ("would bring", "brought")
        verb = verbs[0] if self.dry_run else verbs[1]
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items() if count)
        lines = [f"Annotation run '{self.key}' {verb}: {counts or 'no changes'}"]
        if not self.is_undo:
            one = self.unchanged == 1
            lines.append(
                f"Unchanged: {_count(self.unchanged, 'label')}, exactly as "
                f"{'it was' if one else 'they were'} sent"
            )
        return lines

    def _remarks(self) -> list[str]:
        lines = []
        if len(self.changes) > _SHOWN_ROWS:
            lines.append(f"… and {len(self.changes) - _SHOWN_ROWS} more in report.changes")
        for what, unreached in (
            ("sample", self.unreached.values()),
            ("frame", self.unreached_frames.values()),
        ):
            for reason, count in Counter(unreached).items():
                lines.append(f"Not touched: labels of {_count(count, what)} ({reason})")
        still_open = sum(not issue.resolved for issue in self.issues)
        if self.issues:
            lines.append(
                f"Reviewers: {_count(len(self.issues), 'issue')}, {still_open} of them open"
            )
        return lines + [f"Note: {note}" for note in self.notes]


def _row(change: Change) -> tuple[str, ...]:
    return (
        change.outcome,
        change.sample_id[-6:],
        "" if change.frame_number is None else str(change.frame_number),
        change.field,
        (change.label_id or "")[-6:],
        change.attribute or "",
        _short(change.before),
        _short(change.after),
        change.reason or "",
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, np.ndarray):
        return f"array {value.dtype} {'×'.join(map(str, value.shape))}"
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | None) else str(value)


def _short(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, np.ndarray):
        return f"mask {value.shape[1]}×{value.shape[0]}" if value.ndim == 2 else "array"
    if isinstance(value, list | tuple):
        text = "[" + ", ".join(_short(item) for item in value) + "]"
    else:
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    used = [index for index in range(len(rows[0])) if any(row[index] for row in rows[1:])]
    widths = {index: max(len(row[index]) for row in rows) for index in used}
    lines = ["  ".join(row[index].ljust(widths[index]) for index in used).rstrip() for row in rows]
    return [lines[0], "  ".join("─" * widths[index] for index in used), *lines[1:]]
