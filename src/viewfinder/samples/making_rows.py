"""From a view to the rows of a stage: patches, the matches of an evaluation, several views."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from viewfinder.errors import ExpressionError
from viewfinder.samples.concat_rows import concat_rows
from viewfinder.samples.frame_rows import FRAME_STAGES, frame_rows, frame_rows_schema
from viewfinder.samples.row_tables import (
    RowSnapshot,
    Seqs,
    ViewRows,
    repeated,
    view_rows,
    with_column,
)
from viewfinder.schema import (
    DEFAULT_FIELDS,
    DatasetSchema,
    EmbeddedDocumentField,
    Field,
    FloatField,
    ObjectIdField,
    StringField,
)
from viewfinder.schema.columns import samples_column
from viewfinder.stages import Concat, RowStage, ToEvaluationPatches, ToPatches

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection

__all__ = ["make_rows", "patch_rows", "rows_schema"]

LabelMaker = Callable[[], pa.Table]


def rows_schema(stage: RowStage, schema: DatasetSchema) -> DatasetSchema:
    """The fields that the rows of a stage have, from those of the view before it."""
    if isinstance(stage, FRAME_STAGES):
        return frame_rows_schema(stage, schema)
    if isinstance(stage, ToPatches):
        name, field = _labels_of(stage, schema)
        new: dict[str, Field] = {"sample_id": ObjectIdField()}
        if _of_frames(schema):
            new |= {"frame_id": ObjectIdField(), "frame_number": schema["frame_number"]}
        new |= {other: schema[other] for other in stage.others(schema)}
        if not stage.keep_label_lists:
            element = field.element_type
            assert element is not None
            field = EmbeddedDocumentField(element, field.attributes)
        return DatasetSchema(_defaults(schema) | new | {name: field})
    if isinstance(stage, ToEvaluationPatches):
        one, other = stage.fields(schema)
        new = {"sample_id": ObjectIdField(), one: schema[one], other: schema[other]}
        new |= {"type": StringField(), "iou": FloatField()}
        return DatasetSchema(_defaults(schema) | new)
    return schema


def make_rows(
    source: SampleCollection, stage: RowStage, others: tuple[SampleCollection, ...] = ()
) -> RowSnapshot:
    """The rows of a stage after `source`; for Concat, of the other collections, too."""
    if isinstance(stage, FRAME_STAGES):
        return frame_rows(source, stage)
    if isinstance(stage, Concat):
        return concat_rows((source, *others))
    rows = view_rows(source)
    if isinstance(stage, ToPatches):
        return patch_rows(rows, stage)
    if isinstance(stage, ToEvaluationPatches):
        return _evaluation_patches(rows, stage)
    raise ExpressionError(f"It is not known how {type(stage).__name__} makes rows.")


def _of_frames(schema: DatasetSchema) -> bool:
    """Whether the rows are frames of videos."""
    return "sample_id" in schema and "frame_number" in schema


def _defaults(schema: DatasetSchema) -> dict[str, Field]:
    return {name: schema[name] for name in DEFAULT_FIELDS if name in schema}


def _labels_of(stage: ToPatches, schema: DatasetSchema) -> tuple[str, EmbeddedDocumentField]:
    name = stage.field.partition(".")[0]
    return name, schema.label_fields[name]


def patch_rows(rows: ViewRows, stage: ToPatches) -> RowSnapshot:
    """One row for each label of a field."""
    schema = rows_schema(stage, rows.schema)
    name, _ = _labels_of(stage, rows.schema)
    labels = rows.label_rows(name)
    count = labels.table.num_rows
    parents = np.repeat(np.arange(len(rows.seqs)), np.diff(labels.offsets))
    seqs = pa.array(np.arange(count, dtype=np.int64))
    given = {"seq": seqs, "id": labels.table["id"], name: pa.array(np.ones(count, np.int32))}

    def patches() -> pa.Table:
        table = with_column(labels.table, "seq", seqs)
        return with_column(table, "pos", pa.array(np.zeros(count, np.int32)))

    return _snapshot(rows, schema, parents, given, {name: patches})


def _snapshot(
    rows: ViewRows,
    schema: DatasetSchema,
    parents: Seqs,
    given: dict[str, Any],
    labels: dict[str, LabelMaker],
) -> RowSnapshot:
    """Rows that show what is `given`, and for all else what the row behind them shows."""
    columns, parts = [given["seq"]], [pa.field("seq", pa.int64())]
    makers = dict(labels)
    for name, field in schema.fields.items():
        part = samples_column(name, field)
        if name in given:
            column = given[name]
        elif name in ("sample_id", "frame_id") and name not in rows.samples.column_names:
            column = repeated(rows.samples["id"], parents)
        else:
            column = repeated(rows.samples[name], parents)
            if name in schema.label_fields:
                makers[name] = partial(rows.labels_at, name, parents)
        columns.append(column)
        parts.append(pa.field(name, column.type, metadata=part.metadata))
    table = pa.Table.from_arrays(columns, schema=pa.schema(parts))
    return RowSnapshot(schema, table, makers, rows.sources()[parents], rows.snapshot)


def _evaluation_patches(rows: ViewRows, stage: ToEvaluationPatches) -> RowSnapshot:
    """First the objects of a sample, each with its predictions, then the false positives."""
    key = stage.eval_key
    truth, predicted = _roles(rows, stage)
    objects, found = rows.label_rows(truth), rows.label_rows(predicted)
    ids = objects.table["id"].to_pylist()
    place = {identifier: at for at, identifier in enumerate(ids)}
    partner = found.table[f"{key}_id"].to_pylist()
    partner = [
        None if one is None else bytes.fromhex(one) if isinstance(one, str) else one
        for one in partner
    ]
    homes = np.array([place.get(one, -1) if one else -1 for one in partner], np.int64)
    alone = np.flatnonzero(homes < 0)
    parents = np.concatenate([_parents(objects.offsets), _parents(found.offsets)[alone]])
    order = np.argsort(parents, kind="stable")
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.arange(len(order))
    of_found = np.where(homes >= 0, homes, 0)
    of_found[alone] = len(ids) + np.arange(len(alone))
    rows_of_found = numbers[of_found]
    rows_of_objects = numbers[: len(ids)]
    ious = np.full(len(order), np.nan)
    overlaps = pc.fill_null(found.table[f"{key}_iou"], np.nan).to_numpy()
    ious[rows_of_found] = overlaps
    outcomes = pa.chunked_array(
        [*objects.table[key].cast(pa.string()).chunks, *found.table[key].cast(pa.string()).chunks],
        pa.string(),
    )
    outcome = outcomes.take(
        pa.array(np.concatenate([np.arange(len(ids)), len(ids) + alone])[order])
    )
    labels = pa.chunked_array([*objects.table["id"].chunks, *found.table["id"].chunks])
    which = labels.take(pa.array(np.concatenate([np.arange(len(ids)), len(ids) + alone])[order]))
    given = {
        "seq": pa.array(np.arange(len(order), dtype=np.int64)),
        "id": which.combine_chunks(),
        "type": outcome.combine_chunks(),
        "iou": pa.array(ious, mask=np.isnan(ious)),
        truth: _counts(rows_of_objects, len(order)),
        predicted: _counts(rows_of_found, len(order)),
    }
    makers: dict[str, LabelMaker] = {
        truth: partial(_moved, objects.table, rows_of_objects),
        predicted: partial(_moved, found.table, rows_of_found),
    }
    return _snapshot(rows, rows_schema(stage, rows.schema), parents[order], given, makers)


def _parents(offsets: Seqs) -> Seqs:
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))


def _roles(rows: ViewRows, stage: ToEvaluationPatches) -> tuple[str, str]:
    """Ground truth and predictions: outcomes tell, or else who has confidences."""
    fields = stage.fields(rows.schema)
    for name, other in (fields, fields[::-1]):
        outcomes = set(rows.label_rows(name).table[stage.eval_key].unique().to_pylist())
        if "fn" in outcomes:
            return name, other
        if "fp" in outcomes:
            return other, name
    one, two = (rows.label_rows(name).table for name in fields)
    sure = [
        t["confidence"].null_count < t.num_rows if "confidence" in t.column_names else False
        for t in (one, two)
    ]
    return fields[::-1] if sure[0] and not sure[1] else fields


def _counts(rows: Seqs, total: int) -> pa.Array:
    return pa.array(np.bincount(rows, minlength=total).astype(np.int32))


def _moved(table: pa.Table, rows: Seqs) -> pa.Table:
    """Labels in their new rows; those of one row stay in their order."""
    order = np.argsort(rows, kind="stable")
    seqs = rows[order]
    first = np.searchsorted(seqs, seqs)
    table = with_column(table.take(pa.array(order)), "seq", pa.array(seqs))
    return with_column(table, "pos", pa.array((np.arange(len(seqs)) - first).astype(np.int32)))
