"""A snapshot: one version of a dataset, which nothing that happens later can change.

Snapshots share what did not change between them: a new one after one edit costs about as much as
the edit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from viewfinder.errors import FieldNotFoundError
from viewfinder.ids import is_id
from viewfinder.schema import DatasetSchema
from viewfinder.store.edits import (
    Edit,
    Patches,
    labels_builder,
    samples_builder,
    table_schema,
    unpack,
)
from viewfinder.store.frames import FrameIndex
from viewfinder.store.layout import SAMPLES, Layout
from viewfinder.store.segments import SegmentFile
from viewfinder.store.spaces import FRAMES_SPACE, SAMPLES_SPACE, Space
from viewfinder.store.tables import GONE, BaseTable, Builder, TableVersion, union

__all__ = ["LAST_DELETION", "News", "Snapshot"]

LAST_DELETION = "last_deletion"
"""The entry of the table ``state`` that says when samples were deleted last."""

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class News:
    """What the database holds that an older snapshot does not know."""

    version: int
    epoch: int
    state: dict[str, str]
    """Changed entries of the table ``state``: JSON by key."""
    files: dict[int, SegmentFile | None]
    """New or changed files by id; None for dead ones."""
    edits: dict[int, dict[str, Edit]]
    """Changed fields by sample; all there are where the epoch is another one."""
    deleted: list[int]
    """Newly deleted samples; all of them where the epoch is another one."""
    renewed: bool = False
    """Whether any file of the dataset is new or dead, those of the other space included."""


@dataclass(frozen=True)
class _Content:
    """What a snapshot consists of; replaced in parts by the next one."""

    version: int = -1
    epoch: int = -1
    state: Mapping[str, str] = field(default_factory=dict)
    layout: Layout = field(default_factory=lambda: Layout(0))
    edits: Patches = field(default_factory=dict)
    deleted: Int64s = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    edited_ids: Mapping[bytes, int] = field(default_factory=dict)
    """Samples whose id is in no segment."""


class Snapshot:
    """One version of a dataset. Made by :meth:`DatasetStore.snapshot`; usable from any thread."""

    def __init__(self, folder: Path, space: Space = SAMPLES_SPACE) -> None:
        """The snapshot of nothing, from which :meth:`next` makes others."""
        self._folder = folder
        self._space = space
        self._content = _Content()
        self._schema = space.first_schema()
        self._frames = Snapshot(folder, FRAMES_SPACE) if space is SAMPLES_SPACE else None
        self._frame_index: FrameIndex | None = None
        self._info: Mapping[str, Any] = MappingProxyType({})
        self._tables: dict[str, TableVersion] = {}
        self._seqs: Int64s | None = None

    @property
    def version(self) -> int:
        """The number of the last transaction that it knows."""
        return self._content.version

    @property
    def epoch(self) -> int:
        """Raised whenever edits were moved into segments."""
        return self._content.epoch

    @property
    def schema(self) -> DatasetSchema:
        """The fields."""
        return self._schema

    @property
    def info(self) -> Mapping[str, Any]:
        """What was stored beside the samples: classes, info, mask targets, …."""
        return self._info

    @property
    def last_deletion_time(self) -> float | None:
        """When samples were deleted last, in seconds since 1970."""
        text = self._content.state.get(LAST_DELETION)
        return None if text is None else float(text)

    @property
    def layout(self) -> Layout:
        """The files."""
        return self._content.layout

    @property
    def edits(self) -> Patches:
        """Edited fields that are in no segment yet, by sample."""
        return self._content.edits

    @property
    def deleted(self) -> Int64s:
        """Deleted samples whose rows are still in segments, ascending."""
        return self._content.deleted

    @property
    def frames(self) -> Snapshot:
        """The frames of videos, as a dataset of their own whose samples are frames."""
        return self if self._frames is None else self._frames

    @property
    def frame_index(self) -> FrameIndex:
        """Which frames each sample has; made when it is first asked for."""
        frames = self.frames
        if frames._frame_index is None:
            frames._frame_index = FrameIndex(frames.table(SAMPLES).take(frames.seqs).table)
        return frames._frame_index

    @property
    def frame_seqs(self) -> Int64s:
        """Every frame, in order of insertion."""
        return self.frames.seqs

    def frames_of(self, seqs: Int64s) -> tuple[Int64s, Int64s]:
        """The frames of some samples, by ascending frame number.

        Returns:
            The frames of one sample after the other, and the offsets that share them out: those of
            sample `i` are ``offsets[i]`` up to ``offsets[i + 1]``.
        """
        return self.frame_index.frames_of(seqs)

    @property
    def num_dirty(self) -> int:
        """How many samples lie over the segments: edited, added singly or deleted."""
        return len(self._content.edits) + len(self._content.deleted)

    @property
    def seqs(self) -> Int64s:
        """Every sample, in order of insertion."""
        if self._seqs is None:
            below = self.table(SAMPLES).segments.seqs
            content = self._content
            live = below
            if len(content.deleted):
                live = np.setdiff1d(below, content.deleted, assume_unique=True)
            if content.edits:
                edited = np.fromiter(content.edits, dtype=np.int64, count=len(content.edits))
                live = union(live, np.sort(edited))
            self._seqs = live
        return self._seqs

    @property
    def count(self) -> int:
        """The number of samples."""
        return len(self.seqs)

    def __len__(self) -> int:
        return self.count

    def contains(self, seqs: Int64s) -> npt.NDArray[np.bool_]:
        """Which of `seqs` are samples of this version."""
        live = self.seqs
        if not len(live):
            return np.zeros(len(seqs), dtype=np.bool_)
        at = np.minimum(live.searchsorted(seqs), len(live) - 1)
        found: npt.NDArray[np.bool_] = live[at] == seqs
        return found

    def table(self, name: str) -> TableVersion:
        """The table of samples (``"samples"``), or of the labels of a field.

        Raises:
            FieldNotFoundError: when there is no label field of that name
        """
        found = self._tables.get(name)
        if found is None:
            found = self._make_table(name)
            self._tables[name] = found
        return found

    def seqs_of(self, ids: Sequence[str]) -> Int64s:
        """The sample of each id; -1 where there is none."""
        found = np.full(len(ids), -1, dtype=np.int64)
        known = [(at, bytes.fromhex(text)) for at, text in enumerate(ids) if is_id(text)]
        if not known:
            return found
        places = np.array([at for at, _ in known])
        wanted = np.array([data for _, data in known], dtype="S12")
        for segment in self.table(SAMPLES).segments.segments:
            held, seqs = segment.ids
            if len(known) == 1 and not held[0] <= wanted[0] <= held[-1]:
                continue
            at = np.minimum(held.searchsorted(wanted), len(held) - 1)
            hit = held[at] == wanted
            found[places[hit]] = seqs[at[hit]]
        if self._content.edited_ids:
            for place, data in known:
                found[place] = self._content.edited_ids.get(data, found[place])
        if len(self._content.deleted):
            found[np.isin(found, self._content.deleted)] = -1
        return found

    def next(self, news: News, frames: News) -> Snapshot:
        """The snapshot that knows the news too, and those of the frames."""
        snapshot = self._next(news)
        now = self.frames
        is_new = frames.state or frames.files or frames.edits or frames.deleted or frames.renewed
        if is_new or frames.epoch != now.epoch:
            now = now._next(frames, snapshot.layout)
        snapshot._frames = now
        grown = snapshot._schema is not self._schema or now.schema is not self.frames.schema
        if grown:
            has_frames = _is_set(now._content.state, FRAMES_SPACE.schema_key)
            fields = now.schema.fields if has_frames else {}
            snapshot._schema = replace(snapshot._schema, frame_fields=fields)
        return snapshot

    def _next(self, news: News, whole: Layout | None = None) -> Snapshot:
        old = self._content
        fresh = news.epoch != old.epoch
        state = {**old.state, **news.state} if news.state else old.state
        files = old.layout.files
        layout = old.layout
        if news.files or news.renewed:
            files = {**files, **{at: file for at, file in news.files.items() if file is not None}}
            for at, file in news.files.items():
                if file is None:
                    files.pop(at, None)
            layout = Layout(news.version, files, whole)
        snapshot = Snapshot(self._folder, self._space)
        snapshot._content = _Content(
            version=news.version,
            epoch=news.epoch,
            state=state,
            layout=layout,
            edits=_edits(old.edits, news, fresh=fresh),
            deleted=_deleted(old.deleted, news, fresh=fresh),
            edited_ids=_edited_ids(old.edited_ids, news, fresh=fresh),
        )
        snapshot._schema, snapshot._info = self._schema, self._info
        if news.state:
            snapshot._read_state()
        if not fresh and not news.files and not news.deleted and self._seqs is not None:
            changed = np.fromiter(news.edits, dtype=np.int64, count=len(news.edits))
            if self.contains(changed).all():
                snapshot._seqs = self._seqs
        snapshot._take_over(self, news, fresh=fresh)
        return snapshot

    def _take_over(self, previous: Snapshot, news: News, *, fresh: bool) -> None:
        """Goes on from the tables that the previous snapshot has already made."""
        for name, table in list(previous._tables.items()):
            if name != SAMPLES and name not in self._schema.label_fields:
                continue
            schema = table.schema
            if previous._schema is not self._schema:
                schema = table_schema(self._schema, None if name == SAMPLES else name)
            same = schema.equals(table.schema, check_metadata=True)
            base = table.segments
            if news.files or not same:
                segments = self.layout.segments(name)
                base = BaseTable(self._folder, schema, segments, table.segments)
            if fresh or not same:
                self._tables[name] = TableVersion(base, self._builder(name), self._pending(name))
                continue
            changes: dict[int, Any] = {}
            if name == SAMPLES:
                changes = {seq: self.edits[seq] for seq in news.edits}
            else:
                for seq, fields in news.edits.items():
                    if name in fields:
                        changes[seq] = fields[name].value
            changes.update(dict.fromkeys(news.deleted, GONE))
            self._tables[name] = table.with_changes(base, self._builder(name), changes)

    def _make_table(self, name: str) -> TableVersion:
        if name != SAMPLES and name not in self._schema.label_fields:
            raise FieldNotFoundError(name, "The dataset", self._schema.label_fields)
        schema = table_schema(self._schema, None if name == SAMPLES else name)
        base = BaseTable(self._folder, schema, self.layout.segments(name))
        return TableVersion(base, self._builder(name), self._pending(name))

    def _builder(self, name: str) -> Builder:
        if name == SAMPLES:
            return samples_builder(self._schema)
        return labels_builder(self._schema.label_fields[name])

    def _pending(self, name: str) -> dict[int, Any]:
        pending: dict[int, Any] = dict.fromkeys(self.deleted.tolist(), GONE)
        if name == SAMPLES:
            pending.update(self.edits)
        else:
            for seq, fields in self.edits.items():
                if name in fields:
                    pending[seq] = fields[name].value
        return pending

    def _read_state(self) -> None:
        state = self._content.state
        self._schema = self._space.first_schema()
        if _is_set(state, self._space.schema_key):
            self._schema = DatasetSchema.from_json(json.loads(state[self._space.schema_key]))
        info = {
            key.removeprefix("info."): json.loads(text)
            for key, text in state.items()
            if key.startswith("info.")
        }
        info = {key: value for key, value in info.items() if value is not None}
        self._info = MappingProxyType(info)


def _is_set(state: Mapping[str, str], key: str) -> bool:
    """Whether there is an entry; one that a restored version had not holds null."""
    return state.get(key, "null") != "null"


def _edits(old: Patches, news: News, *, fresh: bool) -> Patches:
    if fresh:
        return news.edits
    if not news.edits and not news.deleted:
        return old
    edits: dict[int, Mapping[str, Edit]] = dict(old)
    for seq, fields in news.edits.items():
        before = edits.get(seq)
        edits[seq] = fields if before is None else {**before, **fields}
    for seq in news.deleted:
        edits.pop(seq, None)
    return edits


def _deleted(old: Int64s, news: News, *, fresh: bool) -> Int64s:
    if not fresh and not news.deleted:
        return old
    added: Int64s = np.sort(np.array(news.deleted, dtype=np.int64))
    return added if fresh else union(old, added)


def _edited_ids(old: Mapping[bytes, int], news: News, *, fresh: bool) -> Mapping[bytes, int]:
    found = {
        unpack(fields["id"].value): seq for seq, fields in news.edits.items() if "id" in fields
    }
    if fresh:
        return found
    return {**old, **found} if found else old
