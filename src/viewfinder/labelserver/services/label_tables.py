"""Labels in the tables: written in bulk, read as values; columns, not objects.

Points are little-endian float64, attributes are pairs of spec and value as JSON.
"""

from __future__ import annotations

import array
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import ColumnElement, Table, Text, delete, insert, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from viewfinder.labelserver import models
from viewfinder.labelserver.wire.labels import KeyFrame, Labels, Shape, Tag, Track, Value

__all__ = [
    "KINDS",
    "Kind",
    "batches",
    "delete_ids",
    "delete_jobs",
    "element_ids",
    "ids_of",
    "read_jobs",
    "write_jobs",
]

Kind = type[models.Tag] | type[models.Shape] | type[models.Track]
KINDS: tuple[Kind, ...] = (models.Tag, models.Shape, models.Track)
# Below the limits on bound variables of every database that we know.
_BATCH = 5_000
_Item = TypeVar("_Item")
_Pairs = list[tuple[int, str]]
_pairs_decoder = msgspec.json.Decoder(_Pairs)
_pairs_encoder = msgspec.json.Encoder()
_LABEL = ("id", "job_id", "label_id", "frame", "group_id", "source", "attributes")
_DRAWING = ("type", "occluded", "outside", "z_order", "rotation", "points")
_COLUMNS: dict[type[models.Base], tuple[str, ...]] = {
    models.Tag: _LABEL,
    models.Shape: (*_LABEL, "parent_id", "score", *_DRAWING),
    models.Track: (*_LABEL, "parent_id"),
    models.TrackShape: ("id", "track_id", "frame", "attributes", *_DRAWING),
}


def batches(items: Iterable[_Item]) -> Iterator[Sequence[_Item]]:
    """Items in lists that fit into one statement."""
    whole = list(items)
    for start in range(0, len(whole), _BATCH):
        yield whole[start : start + _BATCH]


@dataclass(slots=True)
class _Rows:
    """Rows of the tables; parents apart, so that they are written first."""

    tags: list[tuple[Any, ...]] = field(default_factory=list)
    shapes: list[tuple[Any, ...]] = field(default_factory=list)
    shape_elements: list[tuple[Any, ...]] = field(default_factory=list)
    tracks: list[tuple[Any, ...]] = field(default_factory=list)
    track_elements: list[tuple[Any, ...]] = field(default_factory=list)
    key_frames: list[tuple[Any, ...]] = field(default_factory=list)


def write_jobs(session: Session, labels_by_job: Mapping[int, Labels]) -> None:
    """Write new labels, all of which have ids.

    Args:
        session: writing
        labels_by_job: job id → labels
    """
    rows = _Rows()
    for job_id, labels in labels_by_job.items():
        rows.tags += [_label_row(tag, job_id) for tag in labels.tags]
        for shape in labels.shapes:
            rows.shapes.append(_shape_row(shape, job_id, None))
            rows.shape_elements += [_shape_row(part, job_id, shape.id) for part in shape.elements]
        for track in labels.tracks:
            rows.tracks.append((*_label_row(track, job_id), None))
            rows.key_frames += [_key_frame_row(key, track.id) for key in track.shapes]
            for element in track.elements:
                rows.track_elements.append((*_label_row(element, job_id), track.id))
                rows.key_frames += [_key_frame_row(key, element.id) for key in element.shapes]
    _insert(session, models.Tag, rows.tags)
    _insert(session, models.Shape, rows.shapes)
    _insert(session, models.Shape, rows.shape_elements)
    _insert(session, models.Track, rows.tracks)
    _insert(session, models.Track, rows.track_elements)
    _insert(session, models.TrackShape, rows.key_frames)


def _insert(session: Session, model: type[models.Base], rows: list[tuple[Any, ...]]) -> None:
    """Hand rows straight to the driver: nothing has to be converted any more."""
    if not rows:
        return
    names = _COLUMNS[model]
    table = cast(Table, model.__table__)
    compiled = insert(table).compile(dialect=session.get_bind().dialect, column_keys=list(names))
    order = compiled.positiontup
    connection = session.connection()
    if order is not None:
        places = [names.index(name) for name in order]
        if places != list(range(len(names))):
            rows = [tuple(row[place] for place in places) for row in rows]
        connection.exec_driver_sql(str(compiled), rows)
    else:
        connection.exec_driver_sql(
            str(compiled), [dict(zip(names, row, strict=True)) for row in rows]
        )


def _label_row(label: Tag | Shape | Track, job_id: int) -> tuple[Any, ...]:
    return (
        label.id,
        job_id,
        label.label_id,
        label.frame,
        label.group,
        label.source,
        _to_text(label.attributes),
    )


def _shape_row(shape: Shape, job_id: int, parent_id: int | None) -> tuple[Any, ...]:
    return (*_label_row(shape, job_id), parent_id, shape.score, *_drawing_row(shape))


def _key_frame_row(key: KeyFrame, track_id: int | None) -> tuple[Any, ...]:
    return (key.id, track_id, key.frame, _to_text(key.attributes), *_drawing_row(key))


def _drawing_row(drawing: Shape | KeyFrame) -> tuple[Any, ...]:
    return (
        drawing.type,
        drawing.occluded,
        drawing.outside,
        drawing.z_order,
        drawing.rotation,
        _to_bytes(drawing.points),
    )


def _to_text(values: Sequence[Value]) -> str:
    """One value a spec; the last one where a client sends several."""
    if not values:
        return "[]"
    pairs = {value.spec_id: value.value for value in values}
    return _pairs_encoder.encode(list(pairs.items())).decode()


def _to_bytes(points: Sequence[float]) -> bytes:
    packed = array.array("d", points)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def _to_points(data: bytes) -> list[float]:
    packed = array.array("d", data)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tolist()


def _to_values(text: str) -> list[Value]:
    if text == "[]":
        return []
    return [Value(spec_id, value) for spec_id, value in _pairs_decoder.decode(text)]


def read_jobs(session: Session, job_ids: Sequence[int]) -> dict[int, Labels]:
    """The labels of jobs, by frame and id.

    Args:
        session: reading
        job_ids: of these jobs

    Returns:
        job id → labels
    """
    result = {job_id: Labels() for job_id in job_ids}
    for row in _select(session, models.Tag, models.Tag.job_id.in_(job_ids)):
        result[row[1]].tags.append(Tag(**_label_fields(row)))
    _read_shapes(session, job_ids, result)
    _read_tracks(session, job_ids, result)
    return result


def _read_shapes(session: Session, job_ids: Sequence[int], result: dict[int, Labels]) -> None:
    by_id: dict[int, Shape] = {}
    elements: list[tuple[int, Shape]] = []
    rows = _select(session, models.Shape, models.Shape.job_id.in_(job_ids))
    for (
        row_id, job_id, label_id, frame, group, source, attributes, parent_id, score,
        kind, occluded, outside, z_order, rotation, points,
    ) in rows:  # fmt: skip
        shape = Shape(
            id=row_id,
            label_id=label_id,
            frame=frame,
            group=group,
            source=source,
            attributes=_to_values(attributes),
            score=score,
            type=kind,
            occluded=occluded,
            outside=outside,
            z_order=z_order,
            rotation=rotation,
            points=_to_points(points),
        )
        if parent_id is None:
            result[job_id].shapes.append(shape)
            if kind == "skeleton":
                by_id[row_id] = shape
        else:
            elements.append((parent_id, shape))
    # Elements were written after each other in the order of the skeleton's points.
    for parent_id, element in sorted(elements, key=lambda each: each[1].id or 0):
        by_id[parent_id].elements.append(element)


def _read_tracks(session: Session, job_ids: Sequence[int], result: dict[int, Labels]) -> None:
    by_id: dict[int, Track] = {}
    elements: list[tuple[int, Track]] = []
    for row in _select(session, models.Track, models.Track.job_id.in_(job_ids)):
        track = by_id[row[0]] = Track(**_label_fields(row))
        parent_id = row[7]
        if parent_id is None:
            result[row[1]].tracks.append(track)
        else:
            elements.append((parent_id, track))
    if not by_id:
        return
    for parent_id, element in sorted(elements, key=lambda each: each[1].id or 0):
        by_id[parent_id].elements.append(element)
    tracks = select(models.Track.id).where(models.Track.job_id.in_(job_ids))
    for (
        row_id, track_id, frame, attributes, kind, occluded, outside, z_order, rotation, points,
    ) in _select(session, models.TrackShape, models.TrackShape.track_id.in_(tracks)):  # fmt: skip
        by_id[track_id].shapes.append(
            KeyFrame(
                id=row_id,
                frame=frame,
                attributes=_to_values(attributes),
                type=kind,
                occluded=occluded,
                outside=outside,
                z_order=z_order,
                rotation=rotation,
                points=_to_points(points),
            )
        )


def _label_fields(row: Sequence[Any]) -> dict[str, Any]:
    row_id, _, label_id, frame, group, source, attributes = row[:7]
    return {
        "id": row_id,
        "label_id": label_id,
        "frame": frame,
        "group": group,
        "source": source,
        "attributes": _to_values(attributes),
    }


def _select(
    session: Session, model: type[models.Base], where: ColumnElement[bool]
) -> Iterable[Any]:
    """Rows by frame and id; JSON as its text, which is decoded in one go."""
    columns = cast(Table, model.__table__).c
    chosen = [
        sql_cast(columns[name], Text) if name == "attributes" else columns[name]
        for name in _COLUMNS[model]
    ]
    return session.connection().execute(
        select(*chosen).where(where).order_by(columns["frame"], columns["id"])
    )


def ids_of(
    session: Session,
    kind: Kind,
    where: ColumnElement[bool] | None,
    among: set[int] | None = None,
) -> set[int]:
    """The ids of rows that meet a condition, among some or all."""
    statement = select(kind.id) if where is None else select(kind.id).where(where)
    if among is None:
        return set(session.scalars(statement))
    return {
        row_id
        for batch in batches(among)
        for row_id in session.scalars(statement.where(kind.id.in_(batch)))
    }


def element_ids(session: Session, kind: Kind, parents: set[int]) -> set[int]:
    """The ids of the elements of these skeletons."""
    if kind is models.Tag:
        return set()
    parted = models.Shape if kind is models.Shape else models.Track
    return {
        row_id
        for batch in batches(parents)
        for row_id in session.scalars(select(parted.id).where(parted.parent_id.in_(batch)))
    }


def delete_ids(session: Session, kind: Kind, ids: set[int]) -> None:
    """Delete labels by their ids, with their elements and key frames."""
    for batch in batches(ids):
        session.execute(delete(kind).where(kind.id.in_(batch)))


def delete_jobs(session: Session, job_ids: Sequence[int]) -> None:
    """Delete all labels of jobs."""
    for kind in KINDS:
        session.execute(delete(kind).where(kind.job_id.in_(job_ids)))
