"""A snapshot in memory, made from samples as dicts: the twin of the store's for tests by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from viewfinder.engine.base import LabelRows, Seqs
from viewfinder.ids import new_ids
from viewfinder.schema import (
    FRAME_FIELDS,
    VIDEO_OF_FRAME,
    DatasetSchema,
    EmbeddedDocumentField,
    Field,
)
from viewfinder.schema.columns import (
    encode_column,
    infer_attributes,
    label_to_row,
    rows_to_table,
    samples_column,
)


class MemoryTable:
    """One table, of which some samples' rows were replaced by others."""

    def __init__(self, base: pa.Table, replaced: Seqs, delta: pa.Table) -> None:
        self.base, self.replaced, self.delta = base, replaced, delta

    def take(self, seqs: Seqs) -> LabelRows:
        live = self.base.filter(pa.array(~np.isin(self.base["seq"].to_numpy(), self.replaced)))
        table = pa.concat_tables([live, self.delta])
        seq = table["seq"].to_numpy()
        found = [np.flatnonzero(seq == wanted) for wanted in seqs]
        indices = np.concatenate([*found, np.zeros(0, np.int64)]).astype(np.int64)
        offsets = np.cumsum([0, *map(len, found)]).astype(np.int64)
        return LabelRows(table.take(pa.array(indices)), offsets)


class MemorySnapshot:
    """Samples as dicts of plain values, labels and lists of labels; `id` is made where absent.

    Args:
        fields: the fields besides the default ones
        samples: one dict a sample; its place is its `seq`
        edited: places whose rows stand in the delta, over rows of another sample in the base
        deleted: places of samples that are gone
        frames: the fields of frames, where the samples are videos: their ``frames`` are dicts by
            number
        base: the fields that there are anyway; those of samples if not given
    """

    def __init__(
        self,
        fields: Mapping[str, Field],
        samples: Sequence[Mapping[str, Any]],
        edited: Collection[int] = (),
        deleted: Collection[int] = (),
        frames: Mapping[str, Field] | None = None,
        base: DatasetSchema | None = None,
    ) -> None:
        of_videos = [row.get("frames") or {} for row in samples]
        samples = [{k: part for k, part in row.items() if k != "frames"} for row in samples]
        ids = new_ids(len(samples))
        self.rows: list[dict[str, Any]] = [
            {"id": i, "filepath": f"/{k}.jpg", **row}
            for k, (i, row) in enumerate(zip(ids, samples, strict=True))
        ]
        self.schema = (base or DatasetSchema()).merged(fields)
        for name, field in self.schema.label_fields.items():
            labels = [label for row in self.rows for label in _labels(row.get(name))]
            grown = {**field.attributes, **infer_attributes(labels, name)}
            self.schema = self.schema.merged(
                {name: EmbeddedDocumentField(field.document_type, grown)}
            )
        if frames is not None:
            left = [(k, inside) for k, inside in enumerate(of_videos) if k not in deleted]
            self._frames = _frames(frames, left)
            self.schema = replace(self.schema, frame_fields=self._frames.schema.fields)
        self.seqs = np.array([k for k in range(len(samples)) if k not in deleted], np.int64)
        self.count = len(self.seqs)
        self._ids = {self.rows[k]["id"]: k for k in self.seqs.tolist()}
        gone = sorted({*edited, *deleted})
        kept = dict(enumerate(self.rows))
        decoys = {**kept, **{k: {**self.rows[0], "filepath": "void"} for k in gone}}
        fresh = {k: kept[k] for k in gone if k not in deleted}
        self._tables = {
            name: MemoryTable(
                self._encode(name, decoys), np.array(gone, np.int64), self._encode(name, fresh)
            )
            for name in ["samples", *self.schema.label_fields]
        }

    @property
    def frames(self) -> MemorySnapshot:
        assert self.schema.frame_fields, "these samples are no videos"
        return self._frames

    def table(self, name: str) -> MemoryTable:
        return self._tables[name]

    def seqs_of(self, ids: Sequence[str]) -> Seqs:
        return np.array([self._ids.get(i, -1) for i in ids], np.int64)

    def _encode(self, name: str, rows: Mapping[int, Mapping[str, Any]]) -> pa.Table:
        seqs = pa.array(list(rows), pa.int64())
        if name == "samples":
            columns, parts = [seqs], [pa.field("seq", pa.int64())]
            for key, field in self.schema.fields.items():
                values = [row.get(key) for row in rows.values()]
                parts.append(samples_column(key, field))
                if key in self.schema.label_fields:
                    counts = [None if v is None else len(_labels(v)) for v in values]
                    columns.append(pa.array(counts, pa.int32()))
                else:
                    columns.append(encode_column(field, values, key))
            return pa.Table.from_arrays(columns, schema=pa.schema(parts))
        field = self.schema.label_fields[name]
        found = [
            (k, at, v) for k, row in rows.items() for at, v in enumerate(_labels(row.get(name)))
        ]
        table = rows_to_table(field, [label_to_row(label, field, name) for _, _, label in found])
        table = table.add_column(0, "pos", pa.array([at for _, at, _ in found], pa.int32()))
        return table.add_column(0, "seq", pa.array([k for k, _, _ in found], pa.int64()))


def _frames(
    fields: Mapping[str, Field], of_videos: Sequence[tuple[int, Mapping[int, Mapping[str, Any]]]]
) -> MemorySnapshot:
    """The frames of videos as samples, the last one of each first."""
    rows = [
        {**frame, "frame_number": number, VIDEO_OF_FRAME: video}
        for video, frames in of_videos
        for number, frame in reversed([*frames.items()])
    ]
    return MemorySnapshot(fields, rows, base=DatasetSchema(dict(FRAME_FIELDS)))


def _labels(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value.labels) if hasattr(value, "labels") else [value]
