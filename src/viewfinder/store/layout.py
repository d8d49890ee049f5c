"""The layout: which files hold which rows, in groups of neighbouring samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from viewfinder.store.segments import SegmentFile

__all__ = ["SAMPLES", "Group", "Layout"]

SAMPLES = "samples"
"""The name of the table of samples; every other table is named for its label field."""


@dataclass(frozen=True, slots=True)
class Group:
    """A range of samples whose rows of all tables are in segments of their own."""

    id: int
    seq_low: int
    seq_high: int
    num_samples: int
    """Rows in the segment of samples, also those that were deleted since."""
    num_bytes: int
    """Size of all files of the group."""


@dataclass(frozen=True, eq=False)
class Layout:
    """The files that a snapshot reads. As long as one of these lives, its files stay."""

    version: int
    """The transaction with which this layout began."""
    files: Mapping[int, SegmentFile] = field(default_factory=dict)
    whole: Layout | None = None
    """Of the frames: the layout of the samples, which is what keeps their files."""

    def segments(self, table: str) -> list[tuple[SegmentFile, ...]]:
        """The segments of a table in order of samples: each the file of its rows, then those of
        columns that came later, oldest first.
        """
        found = {f.id: [f] for f in self.files.values() if f.table == table and f.base is None}
        for file in sorted(self.files.values(), key=lambda f: f.id):
            if file.base in found:
                found[file.base].append(file)
        return sorted(map(tuple, found.values()), key=lambda files: files[0].seq_low)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """All groups, in order of samples."""
        size: dict[int, int] = {}
        for file in self.files.values():
            size[file.group] = size.get(file.group, 0) + file.num_bytes
        return tuple(
            Group(main.group, main.seq_low, main.seq_high, main.num_rows, size[main.group])
            for main, *_ in self.segments(SAMPLES)
        )

    def of_group(self, group: int) -> list[SegmentFile]:
        """Every file of a group."""
        return [file for file in self.files.values() if file.group == group]
