"""What a transaction does to many samples at once: whole columns and segments, no loop over rows
except where edits lie over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from typing_extensions import TypeIs

from viewfinder.errors import FieldNotFoundError, FieldTypeError, LabelError, SchemaError
from viewfinder.schema import VIDEO_OF_FRAME, DatasetSchema, EmbeddedDocumentField, Field
from viewfinder.schema.codecs import Codec, codec_of
from viewfinder.schema.columns import (
    COUNT_TYPE,
    attribute_codecs,
    convert_column,
    field_of_arrow,
    table_to_rows,
)
from viewfinder.store.edits import Edit, pack, table_schema, unpack, with_places
from viewfinder.store.layout import SAMPLES
from viewfinder.store.tables import ranges
from viewfinder.store.writer import Writer

__all__ = [
    "append",
    "convert_edits",
    "set_attribute_column",
    "set_labels",
    "set_plain_column",
]

Int64s = npt.NDArray[np.int64]
Labels = tuple[pa.Table, Int64s]

GROUP_SAMPLES = 50_000
"""Samples in one group of segments at most."""
SMALL_APPEND = 200
"""Fewer samples than this are added as edits: a file would cost more than they weigh."""


def append(
    writer: Writer, schema: DatasetSchema, samples: pa.Table, labels: Mapping[str, Labels]
) -> Int64s:
    """See :meth:`Transaction.append`."""
    for name in labels:
        if name not in schema.label_fields:
            raise FieldNotFoundError(name, "The dataset", schema.label_fields)
    for name in labels:
        if len(labels[name][1]) != samples.num_rows + 1:
            raise ValueError(
                f"Field '{name}' has offsets for {len(labels[name][1]) - 1} samples, but there are "
                f"{samples.num_rows}."
            )
    plain = _samples_table(schema, samples, labels)
    first = writer.take_seqs(plain.num_rows)
    seqs = np.arange(first, first + plain.num_rows)
    tables = {name: _labels_table(schema, name, table) for name, (table, _) in labels.items()}
    if plain.num_rows < SMALL_APPEND:
        _append_edits(writer, schema, seqs, plain, tables, labels)
        return seqs
    for start in range(0, plain.num_rows, GROUP_SAMPLES):
        mine = seqs[start : start + GROUP_SAMPLES]
        low, high = int(mine[0]), int(mine[-1])
        group = writer.new_group()
        rows = plain.slice(start, len(mine))
        rows = rows.add_column(0, "seq", pa.array(mine))
        writer.add_file(SAMPLES, rows, group=group, seq_low=low, seq_high=high)
        for name, table in tables.items():
            offsets = np.asarray(labels[name][1][start : start + len(mine) + 1], dtype=np.int64)
            part = table.slice(int(offsets[0]), int(offsets[-1] - offsets[0]))
            if part.num_rows:
                placed = with_places(part, mine, np.diff(offsets))
                writer.add_file(name, placed, group=group, seq_low=low, seq_high=high)
    return seqs


def set_plain_column(writer: Writer, schema: DatasetSchema, name: str, values: pa.Array) -> None:
    """See :meth:`Transaction.set_column`."""
    field = schema[name]
    if name in schema.label_fields or name == "id":
        raise SchemaError(f"Field '{name}' is no plain field that can be set for all samples.")
    snapshot = writer.snapshot
    column = _fitting(name, values, _column_of(schema, None, name))
    live = snapshot.seqs
    _check_length(name, len(column), len(live), "samples")
    codec = codec_of(field)
    below = np.zeros(len(live), dtype=np.bool_)
    for files in snapshot.layout.segments(SAMPLES):
        segment = snapshot.table(SAMPLES).segments.segment_of(files[0].seq_low)
        assert segment is not None
        at = np.minimum(live.searchsorted(segment.seqs), max(len(live) - 1, 0))
        known = live[at] == segment.seqs if len(live) else np.zeros(len(at), dtype=np.bool_)
        below[at[known]] = True
        _add_column(writer, files, name, column, at, known, _column_of(schema, None, name))
    writer.drop_edits(name, [seq for seq, fields in snapshot.edits.items() if name in fields])
    above = np.flatnonzero(~below)
    packed = _packed(codec, column, above, name)
    writer.put_edits({name: dict(zip(live[above].tolist(), packed, strict=True))})


def set_attribute_column(
    writer: Writer, schema: DatasetSchema, name: str, attribute: str, values: pa.Array
) -> None:
    """See :meth:`Transaction.set_column`."""
    if name not in schema.label_fields:
        raise FieldNotFoundError(name, "The dataset", schema.label_fields)
    field = schema.label_fields[name]
    if attribute not in field.attributes:
        raise FieldNotFoundError(f"{name}.{attribute}", f"Field '{name}'", field.attributes)
    wanted = _column_of(schema, name, attribute)
    column = _fitting(f"{name}.{attribute}", values, wanted)
    snapshot = writer.snapshot
    if name not in snapshot.schema.label_fields or not snapshot.count:
        _check_length(f"{name}.{attribute}", len(column), 0, "labels")
        return
    table = snapshot.table(name)
    counts = table.counts(snapshot.seqs)
    starts = np.cumsum(counts) - counts
    _check_length(f"{name}.{attribute}", len(column), int(counts.sum()), "labels")
    # From the database, since the schema may have grown since the snapshot, and edits with it.
    edits = {seq: edit for seq, edit in writer.read_edits(name).items() if seq in snapshot.edits}
    edited = np.array(sorted(edits), dtype=np.int64)
    for files in snapshot.layout.segments(name):
        segment = table.segments.segment_of(files[0].seq_low)
        assert segment is not None
        owner = np.minimum(snapshot.seqs.searchsorted(segment.seqs), snapshot.count - 1)
        known = (snapshot.seqs[owner] == segment.seqs) & ~np.isin(segment.seqs, edited)
        rank = np.arange(segment.num_rows) - segment.seqs.searchsorted(segment.seqs)
        _add_column(writer, files, attribute, column, starts[owner] + rank, known, wanted)
    codec = attribute_codecs(field)[attribute]
    at = snapshot.seqs.searchsorted(edited)
    for seq, start, count in zip(
        edited.tolist(), starts[at].tolist(), counts[at].tolist(), strict=True
    ):
        old = edits[seq]
        rows = unpack(old.value)
        if rows:
            for row, value in zip(rows, codec.decode(column.slice(start, count)), strict=True):
                row[attribute] = None if value is None else codec.pack(value, attribute)
            edits[seq] = Edit(old.count, pack(rows))
    writer.put_edits({name: edits})


def set_labels(
    writer: Writer,
    schema: DatasetSchema,
    name: str,
    seqs: Int64s,
    labels: Labels,
    missing: npt.NDArray[np.bool_] | None,
) -> None:
    """See :meth:`Transaction.set_labels`."""
    if name not in schema.label_fields:
        raise FieldNotFoundError(name, "The dataset", schema.label_fields)
    if len(seqs) > 1 and not (np.diff(seqs) > 0).all():
        raise ValueError("The samples must be in ascending order, each once.")
    table = _labels_table(schema, name, labels[0])
    offsets = np.asarray(labels[1], dtype=np.int64)
    _check_length(name, len(offsets) - 1, len(seqs), "samples")
    counts = np.diff(offsets)
    held = pa.array(counts, COUNT_TYPE, mask=missing)
    done = np.zeros(len(seqs), dtype=np.bool_)
    if len(seqs) >= SMALL_APPEND:
        for group in writer.snapshot.layout.groups:
            start, stop = np.searchsorted(seqs, [group.seq_low, group.seq_high + 1]).tolist()
            if 4 * (stop - start) < group.num_samples:
                continue  # rewriting the group's labels costs more than edits do
            mine = _in_segments(writer, group.seq_low, seqs[start:stop]) + start
            _replace_labels(writer, schema, name, group.seq_low, seqs, mine, table, offsets, held)
            done[mine] = True
    rest = np.flatnonzero(~done)
    rows = table_to_rows(
        schema.label_fields[name], table.take(pa.array(ranges(offsets[rest], counts[rest])))
    )
    edits, at = {}, 0
    for seq, count in zip(seqs[rest].tolist(), held.take(pa.array(rest)).to_pylist(), strict=True):
        edits[seq] = Edit(count, pack(None if count is None else rows[at : at + count]))
        at += count or 0
    writer.put_edits({name: edits})


def convert_edits(writer: Writer, name: str, old: Field, new: Field) -> None:
    """Writes the edits of a field anew in the types that it has now."""
    edits = {}
    for seq, edit in writer.read_edits(name).items():
        primitive = unpack(edit.value)
        if primitive is not None:
            if _holds_labels(old) and _holds_labels(new):
                primitive = _converted_labels(primitive, old, new)
            else:
                primitive = codec_of(new).pack(codec_of(old).unpack(primitive), name)
        edits[seq] = Edit(edit.count, pack(primitive))
    if edits:
        writer.put_edits({name: edits})


def _holds_labels(field: Field) -> TypeIs[EmbeddedDocumentField]:
    return isinstance(field, EmbeddedDocumentField) and field.element_type is not None


def _converted_labels(
    rows: list[dict[str, Any]], old: EmbeddedDocumentField, new: EmbeddedDocumentField
) -> list[dict[str, Any]]:
    before, after = attribute_codecs(old), attribute_codecs(new)
    changed = {key for key in before if before[key] is not after[key]}
    for row in rows:
        for key in changed & row.keys():
            if row[key] is not None:
                row[key] = after[key].pack(before[key].unpack(row[key]), key)
    return rows


def _append_edits(
    writer: Writer,
    schema: DatasetSchema,
    seqs: Int64s,
    plain: pa.Table,
    tables: Mapping[str, pa.Table],
    labels: Mapping[str, Labels],
) -> None:
    places = seqs.tolist()
    for name in plain.column_names:
        if name in schema.label_fields:
            continue
        column = plain[name].combine_chunks()
        packed = _packed(codec_of(schema[name]), column, np.arange(len(seqs)), name)
        writer.put_edits({name: dict(zip(places, packed, strict=True))})
    for name, table in tables.items():
        rows = table_to_rows(schema.label_fields[name], table)
        bounds = np.asarray(labels[name][1]).tolist()
        counts = plain[name].to_pylist()
        edits = {}
        for at, (seq, count) in enumerate(zip(places, counts, strict=True)):
            mine = None if count is None else rows[bounds[at] : bounds[at + 1]]
            edits[seq] = Edit(count, pack(mine))
        writer.put_edits({name: edits})


def _replace_labels(
    writer: Writer,
    schema: DatasetSchema,
    name: str,
    seq_low: int,
    seqs: Int64s,
    mine: Int64s,
    table: pa.Table,
    offsets: Int64s,
    held: pa.Array,
) -> None:
    """Writes the labels of a group anew: those of ``seqs[mine]`` are given, others stay."""
    snapshot = writer.snapshot
    files = next(f for f in snapshot.layout.segments(SAMPLES) if f[0].seq_low == seq_low)
    segment = snapshot.table(SAMPLES).segments.segment_of(seq_low)
    assert segment is not None
    main = files[0]
    counts = np.diff(offsets)
    given = table.take(pa.array(ranges(offsets[mine], counts[mine])))
    given = with_places(given, seqs[mine], counts[mine])
    old_counts = pa.nulls(main.num_rows, COUNT_TYPE)
    if name in snapshot.schema.label_fields:
        stay = segment.seqs[~np.isin(segment.seqs, seqs[mine])]
        version = snapshot.table(name)
        # Edited samples keep their edits, which lie over whatever is written here.
        kept = version.take(stay).table
        if kept.num_rows:
            given = pa.concat_tables([_as(kept, given.schema), given], promote_options="default")
            order = np.argsort(given["seq"].to_numpy(), kind="stable")
            given = given.unify_dictionaries().combine_chunks().take(pa.array(order))
        writer.kill_files(f for f in snapshot.layout.of_group(main.group) if f.table == name)
        old_counts = segment.batch.column(name)
    if given.num_rows:
        writer.add_file(name, given, group=main.group, seq_low=main.seq_low, seq_high=main.seq_high)
    at = np.minimum(seqs[mine].searchsorted(segment.seqs), len(mine) - 1)
    new = seqs[mine][at] == segment.seqs
    both = pa.concat_arrays([old_counts, held.take(pa.array(mine))])
    source = np.where(new, main.num_rows + at, np.arange(main.num_rows))
    wanted = _column_of(schema, None, name)
    column = pa.Table.from_arrays([both.take(pa.array(source))], schema=pa.schema([wanted]))
    _hide_older(writer, files, name)
    writer.add_file(
        SAMPLES, column, group=main.group, seq_low=main.seq_low, seq_high=main.seq_high,
        base=main.id,
    )  # fmt: skip
    writer.drop_edits(name, seqs[mine].tolist())


def _in_segments(writer: Writer, seq_low: int, seqs: Int64s) -> Int64s:
    """Positions of the samples that have a row in the segment that begins with `seq_low`."""
    segment = writer.snapshot.table(SAMPLES).segments.segment_of(seq_low)
    assert segment is not None
    return np.flatnonzero(np.isin(seqs, segment.seqs))


def _add_column(
    writer: Writer,
    files: tuple[Any, ...],
    name: str,
    values: pa.Array,
    source: Int64s,
    known: npt.NDArray[np.bool_],
    wanted: pa.Field,
) -> None:
    """A file of one column beside a segment: row `i` gets ``values[source[i]]`` where known."""
    main = files[0]
    column = values.take(pa.array(np.where(known, source, 0), pa.int64(), mask=~known))
    _hide_older(writer, files, name)
    content = pa.Table.from_arrays([column], schema=pa.schema([wanted]))
    writer.add_file(
        main.table, content, group=main.group, seq_low=main.seq_low, seq_high=main.seq_high,
        base=main.id,
    )  # fmt: skip


def _hide_older(writer: Writer, files: tuple[Any, ...], name: str) -> None:
    """Earlier files of the same column die where they hold nothing else."""
    writer.hide_column([file for file in files[1:] if name in file.columns], name)


def _packed(codec: Codec, column: pa.Array, at: Int64s, path: str) -> list[Edit]:
    values = codec.decode(column.take(pa.array(at)))
    return [
        Edit(None, pack(None if value is None else codec.pack(value, path))) for value in values
    ]


def _samples_table(
    schema: DatasetSchema, samples: pa.Table, labels: Mapping[str, Labels]
) -> pa.Table:
    names, arrays, columns = [], [], []
    for name in samples.column_names:
        if name not in schema:
            raise FieldNotFoundError(name, "The dataset", schema)
    # A frame of a video needs no image of its own.
    needed = ("id",) if VIDEO_OF_FRAME in schema else ("id", "filepath")
    for name in schema:
        wanted = _column_of(schema, None, name)
        if name in samples.column_names:
            column = _fitting(name, samples[name], wanted, samples.schema.field(name))
            if name in schema.label_fields:
                _check_counts(name, column, labels.get(name))
            elif name in needed and column.null_count:
                raise SchemaError(f"Samples can't be added without a value in '{name}'.")
        elif name in labels:
            column = pa.array(np.diff(labels[name][1]), COUNT_TYPE)
        elif name == "tags":
            column = pa.array([[]] * samples.num_rows, wanted.type)
        elif name in needed:
            raise SchemaError(f"Samples can't be added without the column '{name}'.")
        else:
            continue
        if name == "tags" and column.null_count:
            column = column.fill_null([])
        names.append(name)
        arrays.append(column)
        columns.append(wanted)
    return pa.Table.from_arrays(arrays, schema=pa.schema(columns))


def _check_counts(name: str, counts: pa.Array, labels: Labels | None) -> None:
    given = counts.fill_null(0).to_numpy()
    found = np.zeros(len(given), dtype=np.int64) if labels is None else np.diff(labels[1])
    if not np.array_equal(given, found):
        raise ValueError(f"The counts of field '{name}' are not those of its labels.")


def _labels_table(schema: DatasetSchema, name: str, table: pa.Table) -> pa.Table:
    field = schema.label_fields[name]
    if "id" not in table.column_names and table.num_rows:
        raise LabelError(f"Labels of field '{name}' have no column 'id'. Encode them first.")
    arrays, columns = [], []
    for given in table.schema:
        if given.name not in field.attributes:
            raise FieldNotFoundError(f"{name}.{given.name}", f"Field '{name}'", field.attributes)
        wanted = _column_of(schema, name, given.name)
        path = f"{name}.{given.name}"
        arrays.append(_fitting(path, table[given.name], wanted, given))
        columns.append(wanted)
    return pa.Table.from_arrays(arrays, schema=pa.schema(columns))


def _column_of(schema: DatasetSchema, table: str | None, name: str) -> pa.Field:
    return table_schema(schema, table).field(name)


def _fitting(
    path: str, column: pa.Array | pa.ChunkedArray, wanted: pa.Field, given: pa.Field | None = None
) -> pa.Array:
    """The column in the type that the field has now."""
    if not isinstance(column, pa.ChunkedArray):
        array = column
    else:
        # Arrow copies even a single chunk when it is asked to combine.
        array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    try:
        return convert_column(array, None if given is None else field_of_arrow(given), wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise FieldTypeError(path, f"a column of {wanted.type}", f"one of {array.type}") from error


def _check_length(path: str, given: int, expected: int, what: str) -> None:
    if given != expected:
        raise ValueError(
            f"'{path}' was given {given:,} values for {expected:,} {what}. Give one for each, in "
            "the order of the snapshot."
        )


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table without columns of nulls that the other does not have either."""
    kept = [
        column.name
        for column in table.schema
        if column.name in schema.names or table[column.name].null_count < table.num_rows
    ]
    return table.select(kept)
