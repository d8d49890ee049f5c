"""What a load did, or would do: one row a change, countable, printable."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal, TextIO

import numpy as np

from viewfinder.annotate.reading import Issue
from viewfinder.samples import Place, SampleCollection

__all__ = ["ORDER", "Change", "Outcome", "Report"]

Outcome = Literal["added", "edited", "deleted", "refused", "conflict", "unexpected"]

ORDER: tuple[Outcome, ...] = ("added", "edited", "deleted", "conflict", "refused", "unexpected")
_SHOWN_ROWS = 50


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

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def print_report(self, file: TextIO | None = None) -> None:
        """Prints the table."""
        print(self, file=file or sys.stdout)  # this is what the method is for

    def _lines(self) -> list[str]:
        verbs = ("would take back", "took back") if self.is_undo else ("would bring", "brought")
        verb = verbs[0] if self.dry_run else verbs[1]
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items() if count)
        lines = [f"Annotation run '{self.key}' {verb}: {counts or 'no changes'}"]
        if not self.is_undo:
            lines.append(f"Unchanged: {self.unchanged} labels, exactly as they were sent")
        rows = [_row(change) for change in self.changes[:_SHOWN_ROWS]]
        if rows:
            header = (
                "what",
                "sample",
                "frame",
                "field",
                "label",
                "attribute",
                "before",
                "after",
                "why",
            )
            lines += ["", *_table([header, *rows])]
        if len(self.changes) > _SHOWN_ROWS:
            lines.append(f"… and {len(self.changes) - _SHOWN_ROWS} more in report.changes")
        for what, unreached in (
            ("samples", self.unreached.values()),
            ("frames", self.unreached_frames.values()),
        ):
            for reason, count in Counter(unreached).items():
                lines.append(f"Not touched: labels of {count} {what} ({reason})")
        lines += [f"Note: {note}" for note in self.notes]
        return lines


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
