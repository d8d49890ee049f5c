"""Folding: edits become segments again, and small groups of segments larger ones, a few at a time.

The samples are seen as blocks in order: each group of segments is one, and so is each run of
samples between groups that exist only as edits. Blocks with many edits are rewritten, and with them
neighbours that are small.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewfinder.store.bulk import GROUP_SAMPLES
from viewfinder.store.layout import SAMPLES, Group
from viewfinder.store.snapshot import Snapshot
from viewfinder.store.writer import Writer

__all__ = ["due", "fold"]

Int64s = npt.NDArray[np.int64]

DIRTY_SAMPLES = 4_000
"""Edited samples above which reading gets slower than it need be."""
DIRTY_SHARE = 0.01
"""Of a large dataset: so many edits more, since a fold rewrites more."""
SMALL_SAMPLES = 5_000
"""A group with fewer samples is small."""
SMALL_GROUPS = 24
"""So many small groups are merged."""
MERGED_BYTES = 512 << 20
"""Blocks are merged up to this size: what is rewritten at once goes through memory."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Neighbouring samples: those of a group, or some that exist only as edits."""

    low: int
    high: int
    group: Group | None
    num_samples: int
    num_dirty: int

    @property
    def num_bytes(self) -> int:
        return 0 if self.group is None else self.group.num_bytes

    @property
    def is_small(self) -> bool:
        return self.num_samples < SMALL_SAMPLES


def due(snapshot: Snapshot, num_edits: int) -> bool:
    """Whether it is time to fold, after `num_edits` more edits than the snapshot knows."""
    dirty = snapshot.num_dirty + num_edits
    if dirty >= DIRTY_SAMPLES and dirty >= DIRTY_SAMPLES + DIRTY_SHARE * snapshot.count:
        return True
    groups = snapshot.layout.groups
    return sum(group.num_samples < SMALL_SAMPLES for group in groups) >= SMALL_GROUPS


def fold(writer: Writer, *, force: bool = False) -> None:
    """Rewrites the blocks for which it pays.

    Args:
        writer: of a transaction of its own
        force: every edit, however few
    """
    for task in _tasks(writer.snapshot, force=force):
        _rewrite(writer, task)


def _tasks(snapshot: Snapshot, *, force: bool) -> list[list[_Block]]:
    blocks = _blocks(snapshot)
    chosen = _chosen(blocks, force=force)
    tasks: list[list[_Block]] = []
    previous_chosen = False
    for at, block in enumerate(blocks):
        if at not in chosen:
            previous_chosen = False
            continue
        if previous_chosen and _fits(tasks[-1], block):
            tasks[-1].append(block)
        else:
            tasks.append([block])
        previous_chosen = True
    return [task for task in tasks if len(task) > 1 or task[0].num_dirty]


def _fits(task: list[_Block], block: _Block) -> bool:
    samples = sum(each.num_samples for each in task) + block.num_samples
    num_bytes = sum(each.num_bytes for each in task) + block.num_bytes
    return samples <= GROUP_SAMPLES and num_bytes <= MERGED_BYTES


def _chosen(blocks: list[_Block], *, force: bool) -> set[int]:
    dirty = [at for at, block in enumerate(blocks) if block.num_dirty]
    if force:
        chosen = set(dirty)
    else:
        # The dirtiest first, until few enough edits are left; added samples in any case, since
        # nothing that exists must be rewritten for them.
        chosen = {at for at in dirty if blocks[at].group is None}
        left = sum(blocks[at].num_dirty for at in dirty if at not in chosen)
        for at in sorted(dirty, key=lambda at: -blocks[at].num_dirty):
            if left <= DIRTY_SAMPLES // 4:
                break
            if at not in chosen:
                chosen.add(at)
                left -= blocks[at].num_dirty
    crowded = sum(block.is_small for block in blocks) >= SMALL_GROUPS
    for at, block in enumerate(blocks):
        beside_new = any(blocks[near].group is None for near in {at - 1, at + 1} & chosen)
        has_room = block.group is not None and block.num_samples <= GROUP_SAMPLES // 2
        if (crowded and block.is_small) or (beside_new and has_room):
            chosen.add(at)
    return chosen


def _blocks(snapshot: Snapshot) -> list[_Block]:
    groups = snapshot.layout.groups
    dirty = np.unique(
        np.concatenate([
            np.fromiter(snapshot.edits, dtype=np.int64, count=len(snapshot.edits)),
            snapshot.deleted,
        ])
    )  # fmt: skip
    blocks: list[_Block] = []
    after = 0  # the first dirty sample that is in no block yet
    for group in groups:
        start, stop = np.searchsorted(dirty, [group.seq_low, group.seq_high + 1]).tolist()
        blocks += _gap(dirty[after:start])
        blocks.append(_Block(group.seq_low, group.seq_high, group, group.num_samples, stop - start))
        after = stop
    blocks += _gap(dirty[after:])
    return blocks


def _gap(dirty: Int64s) -> Iterable[_Block]:
    for start in range(0, len(dirty), GROUP_SAMPLES):
        part = dirty[start : start + GROUP_SAMPLES]
        yield _Block(int(part[0]), int(part[-1]), None, len(part), len(part))


def _rewrite(writer: Writer, task: list[_Block]) -> None:
    snapshot = writer.snapshot
    low, high = task[0].low, task[-1].high
    live = snapshot.seqs
    start, stop = np.searchsorted(live, [low, high + 1]).tolist()
    mine = live[start:stop]
    for block in task:
        if block.group is not None:
            writer.kill_files(snapshot.layout.of_group(block.group.id))
    writer.drop_range(low, high)
    if not len(mine):
        return
    group = writer.new_group()
    for name in (SAMPLES, *snapshot.schema.label_fields):
        table = snapshot.table(name).take(mine).table
        if table.num_rows:
            full = [c for c in table.column_names if table[c].null_count < table.num_rows]
            writer.add_file(
                name, table.select(full), group=group, seq_low=int(mine[0]), seq_high=int(mine[-1])
            )
