"""What can't be known where the server's numbers are gone and nothing else tells labels apart.

In projects that were there before, annotations carry no label id. Where all those of a frame are
gone and others of the same sorts are there, they may be the same ones, edited and put again, or
others that were drawn after the old ones were deleted. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from viewfinder.annotate.record import SentLabel, SentTask
from viewfinder.cvat import wire
from viewfinder.cvat.from_cvat import Record
from viewfinder.cvat.tools import LABEL_ID

__all__ = ["note_of_lost", "replaced_sorts", "sort_of"]


def replaced_sorts(
    gone: Mapping[int, Sequence[Record]], new: Iterable[Record], recognised: Collection[int]
) -> set[tuple[int, str]]:
    """The sorts of annotations, with their frame, of which each may be one that is there now.

    Args:
        gone: annotations that were sent and are nowhere, by frame
        new: annotations that nobody sent
        recognised: frames with an annotation that is known again
    """
    there = Counter((record.frame, sort_of(record)) for record in new)
    before = Counter(
        (frame, sort_of(record))
        for frame, records in gone.items()
        if frame not in recognised
        for record in records
    )
    return {key for key, count in before.items() if count <= there[key]}


def sort_of(record: Record) -> str:
    """As in "rectangle" or "tag"."""
    return "tag" if isinstance(record, wire.Tag) else record.type


def note_of_lost(sent: SentTask, lost: Sequence[SentLabel]) -> str:
    """A sentence on labels of such frames, which stay in the dataset."""
    frames = sorted({label.frame for label in lost})
    several = len(frames) > 1
    where = f"{len(frames)} frames" if several else "one frame"
    return (
        f"In {where} of task {sent.task_id} ({'first ' if several else ''}"
        f"'{sent.frames[frames[0]].name}') annotations were replaced by as many others, and "
        f"its project's classes have no attribute '{LABEL_ID}', so whether they were edited or "
        f"deleted can't be known. The labels as they were ({len(lost)}) stay beside the new ones, "
        "and are no part of this run any more; delete those here that are not wanted."
    )
