"""Merging values into rows that are there: of samples, and of the frames of videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.samples.bulk_methods import write_column
from viewfinder.samples.frame_handle import frames_of_handle
from viewfinder.samples.frame_writing import AddedFrames
from viewfinder.samples.frames import Frame
from viewfinder.samples.frozen import copy_value
from viewfinder.samples.growth import needed_field, refuse_new_fields
from viewfinder.samples.handle import point_rows
from viewfinder.samples.merge_values import MergeRules, merged_values

if TYPE_CHECKING:
    from viewfinder.samples.handle import DatasetHandle
    from viewfinder.schema import DatasetSchema, Field
    from viewfinder.store import Transaction

__all__ = ["merge_frames", "merge_rows"]


def merge_rows(
    transaction: Transaction,
    handle: DatasetHandle,
    taken: Sequence[tuple[int, Mapping[str, Any]]],
    rules: MergeRules,
    *,
    expand_schema: bool = True,
) -> dict[int, set[str]]:
    """Merges values into samples, or into frames, and returns the fields that changed of each.

    Args:
        transaction: of the dataset, or its part that writes frames
        handle: the dataset, or its frames
        taken: the numbers of rows, and what is merged into each; a row may come several times
        rules: how
        expand_schema: whether fields that are not there yet may be added

    Raises:
        FieldTypeError: when a value does not fit
        FieldNotFoundError: when a field is new and `expand_schema` is False
    """
    seqs = np.unique(np.array([seq for seq, _ in taken], np.int64))
    rows = point_rows(handle, transaction.snapshot, seqs)
    place = {seq: index for index, seq in enumerate(rows.seqs.tolist())}
    changes: dict[int, dict[str, Any]] = {}
    for seq, new in taken:
        if seq not in place:
            continue  # deleted meanwhile
        mine = changes.setdefault(seq, {})
        held = {
            name: mine[name] if name in mine else rows.column(name)[place[seq]]
            for name in new
            if name in rows.schema
        }
        mine.update(merged_values({**held, **mine}, new, rules))
    columns: dict[str, dict[int, Any]] = {}
    for seq, mine in changes.items():
        for name, value in mine.items():
            columns.setdefault(name, {})[seq] = value
    grown = _grown(transaction.schema, columns)
    if not expand_schema:
        owner = f"Dataset '{handle.name}' (expand_schema=False)"
        refuse_new_fields(transaction.schema, grown, owner)
    if grown:
        transaction.grow_schema(grown)
    for name, values in columns.items():
        write_column(transaction, name, values)
    return {seq: set(mine) for seq, mine in changes.items() if mine}


def merge_frames(
    transaction: Transaction,
    handle: DatasetHandle,
    taken: Sequence[tuple[int, int, Mapping[str, Any]]],
    rules: MergeRules,
    *,
    expand_schema: bool = True,
) -> None:
    """Merges values into the frames of videos; those of other numbers are added.

    Args:
        transaction: of the dataset
        handle: the dataset
        taken: the number of the video, the frame number, and what is merged into that frame
        rules: how
        expand_schema: whether fields that frames have not yet may be added

    Raises:
        FieldTypeError: when a value does not fit
        FieldNotFoundError: when a field is new and `expand_schema` is False
    """
    transaction.has_frames()
    index = transaction.snapshot.frame_index
    starts, counts = index.spans(np.unique(np.array([video for video, _, _ in taken], np.int64)))
    places = np.concatenate(
        [np.arange(start, start + count) for start, count in zip(starts, counts, strict=True)]
    ).astype(np.int64)
    columns = (index.samples[places], index.numbers[places], index.seqs[places])
    there = {
        (video, number): seq
        for video, number, seq in zip(*(column.tolist() for column in columns), strict=True)
    }
    old: list[tuple[int, Mapping[str, Any]]] = []
    new: dict[int, dict[int, Frame]] = {}
    for video, number, values in taken:
        seq = there.get((video, number))
        if seq is not None:
            old.append((seq, values))
            continue
        of_video = new.setdefault(video, {})
        before = of_video.get(number)
        held = {} if before is None else dict(before.raw_values)
        held |= merged_values(
            held, {name: copy_value(part) for name, part in values.items()}, rules
        )
        of_video[number] = Frame(**{k: v for k, v in held.items() if k != "frame_number"})
    frames = frames_of_handle(handle)
    if old:
        merge_rows(transaction.frames, frames, old, rules, expand_schema=expand_schema)
    if new:
        AddedFrames(handle, list(new.items()), expand_schema=expand_schema).write(transaction)


def _grown(before: DatasetSchema, columns: Mapping[str, Mapping[int, Any]]) -> dict[str, Field]:
    """The fields that are needed to hold the values, where they are not there as they must be."""
    schema = before
    for name, values in columns.items():
        for value in values.values():
            field = needed_field(schema, name, value)
            if field is not None:
                schema = schema.merged({name: field})
    grown = {name: schema[name] for name in columns if name in schema}
    return {name: field for name, field in grown.items() if before.fields.get(name) != field}
