"""From videos to rows: one a frame, one a clip, one a trajectory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from viewfinder.errors import ExpressionError, MediaError
from viewfinder.expr import F, ViewExpression
from viewfinder.ids import derived_id
from viewfinder.labels import Classification
from viewfinder.media import at_rate, probe_video
from viewfinder.samples.clip_frames import Objects, clip_frames
from viewfinder.samples.frame_collection import FrameCollection
from viewfinder.samples.row_tables import RowSnapshot, ViewRows, repeated
from viewfinder.schema import (
    DEFAULT_FIELDS,
    FRAMES,
    FRAMES_PREFIX,
    VIDEO_OF_FRAME,
    DatasetSchema,
    EmbeddedDocumentField,
    Field,
    ImageMetadata,
    IntField,
    ListField,
    ObjectIdField,
    resolve,
)
from viewfinder.schema.columns import (
    decode_column,
    encode_column,
    encode_labels,
    null_array,
    samples_column,
)
from viewfinder.schema.infer import document_field
from viewfinder.stages import RowStage, ToClips, ToFrames, ToTrajectories

if TYPE_CHECKING:
    from viewfinder.samples.collection import SampleCollection

__all__ = ["FRAME_STAGES", "frame_rows", "frame_rows_schema"]

FRAME_STAGES = (ToFrames, ToClips, ToTrajectories)

Support = tuple[int, int]
Clip = tuple[int, Support, Any]
"""The place of the sample in its view, first and last frame, and the label, if it has one."""


def frame_rows_schema(stage: RowStage, schema: DatasetSchema) -> DatasetSchema:
    """The fields of the rows of such a stage, from those of the view before it."""
    fields: dict[str, Field] = {k: schema[k] for k in DEFAULT_FIELDS if k in schema}
    fields["sample_id"] = ObjectIdField()
    if isinstance(stage, ToFrames):
        fields["metadata"] = document_field(ImageMetadata)
        fields |= {k: f for k, f in schema.frame_fields.items() if k not in ("id", VIDEO_OF_FRAME)}
        return DatasetSchema(fields)
    assert isinstance(stage, (ToClips, ToTrajectories))
    fields["support"] = ListField(IntField())
    for name in _others(stage, schema):
        fields.setdefault(name, schema[name])
    label = _label_name(stage, schema)
    if label is not None:
        fields[label] = _label_of_clips(stage, schema)
    return DatasetSchema(fields, schema.frame_fields)


def frame_rows(source: SampleCollection[Any], stage: RowStage) -> RowSnapshot:
    """The rows of such a stage after `source`."""
    if isinstance(stage, ToFrames):
        return _frames(source, stage)
    assert isinstance(stage, (ToClips, ToTrajectories))
    snapshot = source.snapshot()
    rows = ViewRows.of(
        source.handle.engine, source.plan(snapshot.schema), snapshot, source.visible_schema()
    )
    clips = list(_clips(source, stage))
    return _clip_rows(source, rows, stage, clips)


def _frames(source: SampleCollection[Any], stage: ToFrames) -> RowSnapshot:
    frames = FrameCollection(source)
    whole = source.snapshot()
    rows = frames.view_rows()
    if stage.fps is not None or stage.max_fps is not None:
        rows = _at_lower_rate(rows, whole, stage)
    videos = rows.samples[VIDEO_OF_FRAME].to_numpy()
    different, of_frame = np.unique(videos, return_inverse=True)
    samples = whole.table("samples").take(different).table
    schema = frame_rows_schema(ToFrames(), source.visible_schema())
    of_clips = "sample_id" in samples.column_names
    here = np.arange(len(videos), dtype=np.int64)
    columns, parts, makers = [pa.array(here)], [pa.field("seq", pa.int64())], {}
    for name, field in schema.fields.items():
        part = samples_column(name, field)
        if name == "metadata":
            column = null_array(part.type, len(videos))
        elif name == "sample_id":
            column = repeated(samples["sample_id" if of_clips else "id"], of_frame)
        elif name == "filepath":
            column = repeated(samples[name], of_frame)
            if name in rows.samples.column_names:
                sampled = repeated(rows.samples[name], here).cast(pa.string())
                column = _first_of(sampled, column)
        elif name == "tags" and name in rows.samples.column_names and field == DEFAULT_FIELDS[name]:
            column = _together(repeated(samples[name], of_frame), rows.samples[name])
        elif name in rows.samples.column_names:
            column = repeated(rows.samples[name], here)
            if name in schema.label_fields:
                makers[name] = partial(rows.labels_at, name, here)
        else:
            column = repeated(samples[name], of_frame)
        columns.append(column)
        parts.append(pa.field(name, column.type, metadata=part.metadata))
    table = pa.Table.from_arrays(columns, schema=pa.schema(parts))
    return RowSnapshot(schema, table, makers, rows.sources(), whole)


def _together(of_videos: pa.Array, own: pa.ChunkedArray) -> pa.Array:
    """The tags of videos, and behind them the frames' own, each once."""
    lengths = pc.fill_null(pc.list_value_length(own), 0)
    tagged = np.flatnonzero(np.asarray(lengths))
    if not len(tagged):
        return of_videos
    chosen = pa.array(tagged)
    pairs = zip(of_videos.take(chosen).to_pylist(), own.take(chosen).to_pylist(), strict=True)
    joined = [[*dict.fromkeys([*(tags or ()), *more])] for tags, more in pairs]
    places = np.arange(len(of_videos))
    places[tagged] = len(of_videos) + np.arange(len(tagged))
    both = pa.concat_arrays([of_videos, pa.array(joined, of_videos.type)])
    return both.take(pa.array(places))


def _at_lower_rate(rows: ViewRows, whole: Any, stage: ToFrames) -> ViewRows:
    """The rows of the frames that are left; the rate is that of the videos' metadata."""
    videos, of_frame = np.unique(rows.samples[VIDEO_OF_FRAME].to_numpy(), return_inverse=True)
    table = whole.table("samples").take(videos).table
    metadata = decode_column(whole.schema["metadata"], table["metadata"])
    rates = np.array(
        [
            known if (known := getattr(held, "frame_rate", None)) else probed_rate(path)
            for held, path in zip(metadata, table["filepath"].to_pylist(), strict=True)
        ],
        np.float64,
    )
    numbers = rows.samples["frame_number"].to_numpy()
    left = at_rate(numbers, rates[of_frame], fps=stage.fps, max_fps=stage.max_fps)
    return rows.at(np.flatnonzero(left))


def probed_rate(filepath: str) -> float:
    """The frames a second that a video file tells; NaN where there is none, or it can't be read."""
    try:
        rate = probe_video(filepath).frame_rate
    except MediaError:
        rate = None
    return np.nan if rate is None else rate


def _first_of(one: pa.Array, other: pa.Array) -> pa.Array:
    """The first value that is not null."""
    plain = other.cast(pa.string())
    return pc.coalesce(one, plain)


def _others(stage: ToClips | ToTrajectories, schema: DatasetSchema) -> tuple[str, ...]:
    if stage.other_fields is True:
        return tuple(schema.fields)
    return tuple(stage.other_fields or ())


def _followed(stage: ToClips | ToTrajectories) -> str | None:
    """The path of the objects that clips follow, one each; None where they follow none."""
    if isinstance(stage, ToTrajectories):
        return stage.field
    return str(stage.field_or_expr) if stage.trajectories else None


def _label_name(stage: ToClips | ToTrajectories, schema: DatasetSchema) -> str | None:
    """The field in which clips have the label that made them; None where there is none."""
    followed = _followed(stage)
    if followed is not None:
        return str(resolve(schema, followed).root.removeprefix(FRAMES_PREFIX))
    assert isinstance(stage, ToClips)
    if isinstance(stage.field_or_expr, str):
        found = resolve(schema, stage.field_or_expr)
        if found.root in schema.label_fields:
            return found.root
    return None


def _label_of_clips(stage: ToClips | ToTrajectories, schema: DatasetSchema) -> Field:
    """A Classification: what a temporal detection, or an object that is followed, is called."""
    field = document_field(Classification)
    if _followed(stage) is not None:
        return EmbeddedDocumentField(Classification, {**field.attributes, "index": IntField()})
    held = schema[str(_label_name(stage, schema))]
    assert isinstance(held, EmbeddedDocumentField)
    kept = {k: part for k, part in held.attributes.items() if k != "support"}
    return EmbeddedDocumentField(Classification, {**field.attributes, **kept})


def _clips(source: SampleCollection[Any], stage: ToClips | ToTrajectories) -> Iterator[Clip]:
    """The clips of every sample, in order."""
    schema = source.visible_schema()
    followed = _followed(stage)
    if followed is not None:
        yield from _trajectories(source, followed, stage.tol, stage.min_len)
        return
    assert isinstance(stage, ToClips)
    what = stage.field_or_expr
    if isinstance(what, str):
        name = _label_name(stage, schema)
        if name is not None:
            yield from _temporal(source.values(name))
            return
        found = resolve(schema, what)
        if not found.in_frames and found.root != FRAMES:
            yield from _given(source.values(what))
            return
        what = _frame_condition(what, schema)
    elif isinstance(what, tuple):
        if len(what) > len(source):
            raise ExpressionError(
                f"to_clips() was given supports of {len(what)} samples, and {source.label} has "
                f"{len(source)}. Give one list for each sample."
            )
        yield from _given(what)
        return
    else:
        what = ViewExpression(what)
    numbers = source.values(f"{FRAMES}.frame_number")
    hits = source.values(F(FRAMES).map(what))
    for at, (known, there) in enumerate(zip(numbers, hits, strict=True)):
        chosen = [n for n, hit in zip(known or (), there or (), strict=True) if hit]
        for support in _runs(chosen, stage.tol, stage.min_len):
            yield at, support, None


def _frame_condition(path: str, schema: DatasetSchema) -> ViewExpression:
    """Whether a frame has something at a path: labels in a list, or a value."""
    inside = path.removeprefix(FRAMES_PREFIX)
    found = resolve(schema, path)
    field = schema.frames.label_fields.get(inside)
    if field is not None and field.is_label_list:
        inside = f"{inside}.{getattr(field.document_type, 'LIST_NAME')}"  # noqa: B009
        return F(inside).length() > 0
    return F(inside).length() > 0 if found.is_list else F(inside).exists()


def _temporal(values: list[Any]) -> Iterator[Clip]:
    for at, value in enumerate(values):
        labels = [] if value is None else getattr(value, "detections", [value])
        for label in labels:
            attributes = {k: part for k, part in label.values.items() if k != "support"}
            first, last = label.support
            yield at, (int(first), int(last)), Classification.from_values(attributes)


def _given(values: Iterable[Any]) -> Iterator[Clip]:
    for at, supports in enumerate(values):
        if supports is None:
            continue
        many = [supports] if len(supports) and isinstance(supports[0], int) else supports
        for first, last in many:
            yield at, (int(first), int(last)), None


def _trajectories(
    source: SampleCollection[Any], path: str, tol: int, min_len: int
) -> Iterator[Clip]:
    schema = source.visible_schema()
    root = resolve(schema, path).root
    field = schema.all_label_fields[root]
    inside = f"{root}.{getattr(field.document_type, 'LIST_NAME', '')}".rstrip(".")
    numbers = source.values(f"{FRAMES}.frame_number")
    labels, indices = source.values(f"{inside}.label"), source.values(f"{inside}.index")
    videos = source.values("id")
    for at, (known, of_label, of_index) in enumerate(zip(numbers, labels, indices, strict=True)):
        seen: dict[tuple[str, int], list[int]] = {}
        for number, names, ids in zip(known or (), of_label or (), of_index or (), strict=True):
            for name, index in zip(names or (), ids or (), strict=True):
                if index is not None:
                    seen.setdefault((name, index), []).append(number)
        for (name, index), there in seen.items():
            for support in _runs(sorted(set(there)), tol, min_len):
                made = derived_id(path, videos[at], *support, name, index)
                yield at, support, Classification(id=made, label=name, index=index)


def _runs(numbers: list[int], tol: int, min_len: int) -> Iterator[Support]:
    """The stretches of numbers without gaps of more than `tol`, at least `min_len` long."""
    first = last = None
    for number in [*numbers, None]:
        if number is not None and last is not None and number - last <= tol + 1:
            last = number
            continue
        if first is not None and last is not None and last - first + 1 >= min_len:
            yield first, last
        first = last = number


def _clip_rows(
    source: SampleCollection[Any],
    rows: ViewRows,
    stage: ToClips | ToTrajectories,
    clips: list[Clip],
) -> RowSnapshot:
    schema = frame_rows_schema(stage, rows.schema)
    name = _label_name(stage, rows.schema)
    parents = np.array([at for at, _, _ in clips], np.int64)
    here = np.arange(len(clips), dtype=np.int64)
    labels = [label for _, _, label in clips if label is not None]
    ids = [label.id for label in labels] if name is not None else _clip_ids(rows, clips)
    given = {
        "id": encode_column(schema["id"], ids, "id"),
        "support": encode_column(schema["support"], [[*s] for _, s, _ in clips], "support"),
    }
    if name is not None:
        given[name] = pa.array(np.ones(len(clips), np.int32))
    columns, parts, makers = [pa.array(here)], [pa.field("seq", pa.int64())], {}
    for key, field in schema.fields.items():
        part = samples_column(key, field)
        if key in given:
            column = given[key]
        else:
            column = repeated(rows.samples["id" if key == "sample_id" else key], parents)
            if key in schema.label_fields:
                makers[key] = partial(rows.labels_at, key, parents)
        columns.append(column)
        parts.append(pa.field(key, column.type, metadata=part.metadata))
    if name is not None:
        makers[name] = partial(_labels_of_clips, labels)
    table = pa.Table.from_arrays(columns, schema=pa.schema(parts))
    frames = None
    if schema.frame_fields:
        supports = np.array([support for _, support, _ in clips], np.int64).reshape(-1, 2)
        objects = _objects(str(name), labels) if isinstance(stage, ToTrajectories) else None
        frames = clip_frames(source, rows.snapshot, rows.seqs[parents], supports, objects)
    behind = rows.sources()[parents]
    return RowSnapshot(schema, table, makers, behind, rows.snapshot, frames)


def _clip_ids(rows: ViewRows, clips: list[Clip]) -> list[str]:
    """An id for each clip, the same whenever the view is looked at."""
    videos = decode_column(rows.schema["id"], rows.samples["id"])
    seen: Counter[tuple[int, Support]] = Counter()
    ids = []
    for at, support, _ in clips:
        ids.append(derived_id(videos[at], *support, seen[at, support]))
        seen[at, support] += 1
    return ids


def _objects(name: str, labels: list[Classification]) -> Objects:
    names = [label.label for label in labels]
    indices = [label.values.get("index") for label in labels]
    return Objects(name, pa.array(names, pa.string()), pa.array(indices, pa.int64()))


def _labels_of_clips(labels: list[Classification]) -> pa.Table:
    table, _ = encode_labels(Classification, labels)
    places = pa.array(np.arange(len(labels), dtype=np.int64))
    first = pa.array(np.zeros(len(labels), np.int32))
    return table.add_column(0, "pos", first).add_column(0, "seq", places)
