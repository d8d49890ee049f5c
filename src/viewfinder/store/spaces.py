"""Row spaces: a store holds samples, and beside them the frames of videos, each with their labels.

Inside, a space looks like a dataset of its own: a table ``samples`` and one a label field. Only the
database knows the outer names: ``frames`` and ``frames.detections``. Both spaces take their numbers
from one counter, so a number names one row of one space.
"""

from __future__ import annotations

from dataclasses import dataclass

from viewfinder.schema import FRAME_FIELDS, DatasetSchema
from viewfinder.store.layout import SAMPLES

__all__ = ["FRAMES_SPACE", "SAMPLES_SPACE", "Space"]


@dataclass(frozen=True, slots=True)
class Space:
    """One row space of a store."""

    main: str
    """The outer name of its table ``samples``; as a field of edits, the mark of deleted rows."""
    prefix: str
    """What stands before the outer names of its fields and label tables."""
    schema_key: str
    """Where the database keeps its schema."""

    def outer(self, table: str) -> str:
        """The name of a table in the database."""
        return self.main if table == SAMPLES else self.prefix + table

    def inner(self, outer: str) -> str:
        """The name of a table of the database, which is known to be of this space."""
        return SAMPLES if outer == self.main else outer.removeprefix(self.prefix)

    def first_schema(self) -> DatasetSchema:
        """The schema before any field was added."""
        return DatasetSchema() if self is SAMPLES_SPACE else DatasetSchema(dict(FRAME_FIELDS))


SAMPLES_SPACE = Space(SAMPLES, "", "schema")
FRAMES_SPACE = Space("frames", "frames.", "frames.schema")


def space_of(outer: str) -> Space:
    """The space of a table, or of a field of edits, by its name in the database."""
    of_frames = outer == FRAMES_SPACE.main or outer.startswith(FRAMES_SPACE.prefix)
    return FRAMES_SPACE if of_frames else SAMPLES_SPACE
