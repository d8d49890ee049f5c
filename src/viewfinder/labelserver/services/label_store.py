"""Labels written and read: replaced, created, changed, deleted, each in its caller's transaction.

Ids mean the same label for as long as it lives: they survive a change, survive being sent back in a
replacement, and are never given to another label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Table, delete, insert, select, update
from sqlalchemy.orm import Session

from viewfinder.labelserver.database import next_id, take_ids
from viewfinder.labelserver.errors import InvalidFieldError
from viewfinder.labelserver.models import Job, Shape, Tag, Task, Track, TrackShape, utc_now
from viewfinder.labelserver.services.label_classes import labels_of_task
from viewfinder.labelserver.services.label_rows import (
    Classes,
    Ids,
    Kind,
    Row,
    RowMaker,
    Rows,
    Scope,
    row_count,
    to_messages,
)
from viewfinder.labelserver.wire.annotations import LabeledDataIn

__all__ = ["change_some", "create", "delete_all", "delete_some", "read", "replace"]

_COUNTER = "annotation"
# Below the limits on bound variables of every database that we know.
_BATCH = 5_000
_KINDS: tuple[Kind, ...] = (Tag, Shape, Track)
_Item = TypeVar("_Item")


def read(session: Session, scope: Scope) -> Row:
    """All labels of the scope, by frame and id, with the defaults of attributes filled in."""
    in_scope = {kind: kind.job_id.in_(scope.job_ids) for kind in _KINDS}
    rows = Rows(tags=_select(session, Tag, in_scope[Tag]))
    for shape in _select(session, Shape, in_scope[Shape]):
        (rows.shapes if shape["parent_id"] is None else rows.elements).append(shape)
    for track in _select(session, Track, in_scope[Track]):
        (rows.tracks if track["parent_id"] is None else rows.track_elements).append(track)
    if rows.tracks:
        tracks = select(Track.id).where(in_scope[Track])
        rows.track_shapes = _select(session, TrackShape, TrackShape.track_id.in_(tracks))
    # Elements were written after each other in the order of the skeleton's points.
    rows.elements.sort(key=_by_id)
    rows.track_elements.sort(key=_by_id)
    return to_messages(rows, _classes(session, scope))


def replace(session: Session, scope: Scope, data: LabeledDataIn) -> Row:
    """Let the scope hold exactly this data.

    Returns:
        the data as it was stored, with ids
    """
    maker = RowMaker(scope, _classes(session, scope))
    maker.check(data)
    reusable = {kind: _ids(session, kind, kind.job_id.in_(scope.job_ids)) for kind in _KINDS}
    _delete_all(session, scope)
    return _insert(session, scope, maker, data, reusable)


def create(session: Session, scope: Scope, data: LabeledDataIn) -> Row:
    """Add this data, with fresh ids."""
    maker = RowMaker(scope, _classes(session, scope))
    maker.check(data)
    return _insert(session, scope, maker, data, {})


def change_some(session: Session, scope: Scope, data: LabeledDataIn) -> Row:
    """Replace the labels that have these ids.

    A label whose id is no longer there (deleted meanwhile) comes back under that id; an id that is
    somebody else's is never touched: such a label gets a fresh one.
    """
    maker = RowMaker(scope, _classes(session, scope))
    maker.check(data)
    once_given = next_id(session, _COUNTER)
    reusable: dict[Kind, set[int]] = {}
    for kind, wanted in _wanted(data).items():
        taken = _owned(session, kind, wanted, scope)
        parts = _parts(session, kind, taken)
        _delete_ids(session, kind, taken)
        left = _ids(session, kind, None, wanted)
        never_given = {row_id for row_id in wanted if row_id >= once_given}
        reusable[kind] = (wanted - left - never_given) | parts
    return _insert(session, scope, maker, data, reusable)


def delete_some(session: Session, scope: Scope, data: LabeledDataIn) -> Row:
    """Delete the labels that have these ids; ids that are not there are no mistake.

    Raises:
        InvalidFieldError: for a label without an id
    """
    for name, labels in (("tags", data.tags), ("shapes", data.shapes), ("tracks", data.tracks)):
        if any(label.id is None for label in labels):
            raise InvalidFieldError(name, "To be deleted, every label needs its id.")
    for kind, wanted in _wanted(data).items():
        _delete_ids(session, kind, _owned(session, kind, wanted, scope))
    _touch(session, scope)
    return data.model_dump(exclude={"intervals"})


def delete_all(session: Session, scope: Scope) -> None:
    """Delete every label of the scope."""
    _delete_all(session, scope)
    _touch(session, scope)


def _classes(session: Session, scope: Scope) -> Classes:
    return Classes.of(labels_of_task(session, scope.task))


def _insert(
    session: Session,
    scope: Scope,
    maker: RowMaker,
    data: LabeledDataIn,
    reusable: Mapping[Kind, set[int]],
) -> Row:
    count = row_count(data)
    ids = Ids(take_ids(session, _COUNTER, count) if count else 0, reusable)
    rows = maker.rows(data, ids)
    for kind, new in (
        (Tag, rows.tags),
        (Shape, rows.shapes),
        (Shape, rows.elements),
        (Track, rows.tracks),
        (Track, rows.track_elements),
        (TrackShape, rows.track_shapes),
    ):
        if new:
            session.execute(insert(cast(Table, kind.__table__)), new)
    _touch(session, scope)
    return to_messages(rows, None)


def _touch(session: Session, scope: Scope) -> None:
    now = utc_now()
    session.execute(update(Job).where(Job.id.in_(scope.job_ids)).values(updated_date=now))
    session.execute(update(Task).where(Task.id == scope.task.id).values(updated_date=now))


def _select(
    session: Session, kind: type[Tag | Shape | Track | TrackShape], where: ColumnElement[bool]
) -> list[Row]:
    """Rows by frame and id, as dicts under the names of the model."""
    columns = [getattr(kind, each.key) for each in kind.__mapper__.column_attrs]
    found = session.execute(select(*columns).where(where).order_by(kind.frame, kind.id))
    return [dict(row) for row in found.mappings()]


def _by_id(row: Row) -> Any:
    return row["id"]


def _batches(items: Iterable[_Item]) -> Iterator[Sequence[_Item]]:
    whole = list(items)
    for start in range(0, len(whole), _BATCH):
        yield whole[start : start + _BATCH]


def _ids(
    session: Session,
    kind: Kind,
    where: ColumnElement[bool] | None,
    among: set[int] | None = None,
) -> set[int]:
    """The ids of rows that meet a condition."""
    statement = select(kind.id) if where is None else select(kind.id).where(where)
    if among is None:
        return set(session.scalars(statement))
    return {
        row_id
        for batch in _batches(among)
        for row_id in session.scalars(statement.where(kind.id.in_(batch)))
    }


def _wanted(data: LabeledDataIn) -> dict[Kind, set[int]]:
    """The ids that a request names, by kind."""
    return {
        Tag: {tag.id for tag in data.tags if tag.id is not None},
        Shape: {shape.id for shape in data.shapes if shape.id is not None},
        Track: {track.id for track in data.tracks if track.id is not None},
    }


def _owned(session: Session, kind: Kind, wanted: set[int], scope: Scope) -> set[int]:
    """Those of the wanted ids that belong to the scope."""
    return _ids(session, kind, kind.job_id.in_(scope.job_ids), wanted)


def _parts(session: Session, kind: Kind, parents: set[int]) -> set[int]:
    """The ids of the elements of these skeletons."""
    if kind is Tag:
        return set()
    parted = Shape if kind is Shape else Track
    return {
        row_id
        for batch in _batches(parents)
        for row_id in session.scalars(select(parted.id).where(parted.parent_id.in_(batch)))
    }


def _delete_ids(session: Session, kind: Kind, ids: set[int]) -> None:
    for batch in _batches(ids):
        session.execute(delete(kind).where(kind.id.in_(batch)))


def _delete_all(session: Session, scope: Scope) -> None:
    for kind in _KINDS:
        session.execute(delete(kind).where(kind.job_id.in_(scope.job_ids)))
