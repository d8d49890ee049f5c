"""Orders by distance, of vectors and of places on earth: computed on arrays, in every engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from viewfinder.engine.base import Seqs, Snapshot
from viewfinder.errors import ExpressionError
from viewfinder.expr.plan import Near, Similar, Within
from viewfinder.schema import EmbeddedDocumentField
from viewfinder.schema.columns import decode_attribute, decode_column

__all__ = ["cosine_distances", "great_circles", "near_seqs", "similar_seqs", "within_seqs"]

EARTH_RADIUS_METERS = 6_378_100.0

Floats = npt.NDArray[np.float64]


def similar_seqs(seqs: Seqs, step: Similar, snapshot: Snapshot) -> Seqs:
    """The samples with vectors, the nearest to the query first."""
    vectors, have = _vectors(seqs, step.field, snapshot)
    query = [np.asarray(vector, np.float64) for vector in step.vectors]
    if step.ids:
        wanted = snapshot.seqs_of(step.ids)
        known, there = _vectors(wanted[wanted >= 0], step.field, snapshot)
        if len(there) < len(step.ids):
            raise ExpressionError(
                f"Not all samples of the query have a vector in '{step.field}'. Choose others."
            )
        query += list(known)
    if len(have) == 0:
        return seqs[:0]
    if any(len(vector) != vectors.shape[1] for vector in query):
        raise ExpressionError(
            f"The vectors in '{step.field}' have {vectors.shape[1]} numbers, those of the query "
            f"{sorted({len(vector) for vector in query})}."
        )
    distances = cosine_distances(vectors, np.mean(query, axis=0))
    order = np.argsort(-distances if step.reverse else distances, kind="stable")
    found: Seqs = seqs[have[order]]
    return found if step.limit is None else found[: step.limit]


def cosine_distances(vectors: Floats, query: Floats) -> Floats:
    """One minus the cosine of the angle between each vector and the query; 1 for null vectors."""
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    products = vectors @ query
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return np.asarray(1.0 - cosines, np.float64)


def _vectors(seqs: Seqs, field: str, snapshot: Snapshot) -> tuple[Floats, Seqs]:
    """The vectors of the samples that have one, and the places of those among `seqs`."""
    column = snapshot.table("samples").take(seqs).table[field]
    values = decode_column(snapshot.schema[field], column)
    have = [at for at, value in enumerate(values) if value is not None]
    found = [np.asarray(values[at], np.float64).ravel() for at in have]
    if len({len(vector) for vector in found}) > 1:
        raise ExpressionError(f"The vectors in '{field}' are not all of the same length.")
    matrix = np.stack(found) if found else np.zeros((0, 0))
    return matrix, np.array(have, np.int64)


def near_seqs(seqs: Seqs, step: Near, snapshot: Snapshot) -> Seqs:
    """The samples with a point, the nearest first, within the distances asked for."""
    points, have = _points(seqs, step.field, step.attribute, snapshot)
    meters = great_circles(points, step.point)
    inside = np.ones(len(have), bool)
    if step.min_meters is not None:
        inside &= meters >= step.min_meters
    if step.max_meters is not None:
        inside &= meters <= step.max_meters
    have, meters = have[inside], meters[inside]
    return seqs[have[np.argsort(meters, kind="stable")]]


def great_circles(points: Floats, point: tuple[float, float]) -> Floats:
    """Meters along the sphere from each (longitude, latitude) in degrees to a point."""
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    lon0, lat0 = np.radians(point[0]), np.radians(point[1])
    half = np.sin((lat - lat0) / 2) ** 2
    half += np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_METERS * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def within_seqs(seqs: Seqs, step: Within, snapshot: Snapshot) -> Seqs:
    """The samples whose point lies in the polygon, in their order."""
    points, have = _points(seqs, step.field, step.attribute, snapshot)
    inside = np.zeros(len(have), bool)
    for ring in step.rings:
        # Being in a hole takes away what being in the outer ring gave.
        inside ^= _in_ring(points, np.asarray(ring, np.float64))
    return seqs[have[inside]]


def _in_ring(points: Floats, ring: Floats) -> npt.NDArray[np.bool_]:
    """Whether a line from each point to the east crosses the ring an odd number of times."""
    x, y = points[:, :1], points[:, 1:]
    x0, y0 = ring[:, 0], ring[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    spans = (y0 > y) != (y1 > y)
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    crosses = spans & (x < (x1 - x0) * (y - y0) / rise + x0)
    return np.asarray(crosses.sum(axis=1) % 2 == 1)


def _points(seqs: Seqs, name: str, attribute: str, snapshot: Snapshot) -> tuple[Floats, Seqs]:
    """The points of the samples that have one, and the places of those among `seqs`."""
    field = snapshot.schema[name]
    assert isinstance(field, EmbeddedDocumentField)
    rows = snapshot.table(name).take(seqs)
    values: list[Any] = decode_attribute(field, attribute, rows.table[attribute])
    owners = np.repeat(np.arange(len(seqs)), np.diff(rows.offsets))
    have = [at for at, value in enumerate(values) if value is not None]
    points = np.array([_one_point(values[at]) for at in have], np.float64).reshape(-1, 2)
    return points, owners[have] if have else np.zeros(0, np.int64)


def _one_point(value: Any) -> tuple[float, float]:
    point = value[0] if len(value) == 1 else value
    return float(point[0]), float(point[1])
