"""A plan is what stages lower to: a chain of few, frozen steps over samples and their labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from viewfinder.errors import ExpressionError
from viewfinder.expr.changes import schema_after
from viewfinder.expr.nodes import Node
from viewfinder.schema import (
    DEFAULT_FIELDS,
    FRAME_FIELDS,
    FRAMES,
    FRAMES_PREFIX,
    DatasetSchema,
    EmbeddedDocumentField,
    FieldPath,
    Place,
    group_field_of,
    resolve,
)

__all__ = [
    "Drop",
    "FilterLabels",
    "GroupSlice",
    "Hide",
    "LimitLabels",
    "Near",
    "OfGroups",
    "Permute",
    "Pick",
    "Plan",
    "Project",
    "Query",
    "Representatives",
    "Scan",
    "SetValue",
    "Similar",
    "Slice",
    "Sort",
    "SortGroups",
    "SortKey",
    "Where",
    "WhereGroups",
    "Within",
    "plan_schema",
    "steps",
]


@dataclass(frozen=True, slots=True)
class Scan:
    """All samples of the dataset, in the order in which they were added."""


@dataclass(frozen=True, slots=True)
class Where:
    """The samples for which a condition is true."""

    source: Plan
    condition: Node


@dataclass(frozen=True, slots=True)
class FilterLabels:
    """All samples; of one field only the labels for which a condition, seen from them, is true.

    A single label that does not pass becomes None; a list that loses all becomes empty.
    """

    source: Plan
    field: str
    condition: Node


@dataclass(frozen=True, slots=True)
class LimitLabels:
    """All samples; of one field only the first labels."""

    source: Plan
    field: str
    limit: int


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of a sort."""

    value: Node
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """The same samples by some keys; where all are equal the order stays."""

    source: Plan
    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """Without the first `skip` samples, and of the rest at most `limit`."""

    source: Plan
    skip: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """The samples of these ids; in the order of the ids where `ordered`."""

    source: Plan
    ids: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """The samples without those of these ids."""

    source: Plan
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Permute:
    """At most `size` samples in an order that follows from `seed` alone.

    The order is ``numpy.random.default_rng(seed).permutation(count)``, in every engine.
    """

    source: Plan
    seed: int
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Representatives:
    """The first sample of each group, in the order in which these samples were added.

    Samples are of one group when all keys have the same value; no value is a value here, too.
    """

    source: Plan
    keys: tuple[Node, ...]
    only: Node | None = None
    """A condition without which a sample can't stand for its group; None where all can."""


@dataclass(frozen=True, slots=True)
class GroupSlice:
    """The samples group by group, groups in the order of their first samples.

    Of each group without the first `skip` samples, and of the rest at most `limit`.
    """

    source: Plan
    keys: tuple[Node, ...]
    skip: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class WhereGroups:
    """The samples of those groups for which a condition is true; it sees the list of samples."""

    source: Plan
    keys: tuple[Node, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class SortGroups:
    """The samples group by group, groups by a value that is computed from the list of samples.

    Groups of equal values come in the order of their first samples.
    """

    source: Plan
    keys: tuple[Node, ...]
    key: SortKey


@dataclass(frozen=True, slots=True)
class OfGroups:
    """The samples that are in one group with some sample of another plan, in the order of those.

    Keys are those of the samples as they are in `source`, also of samples that are not in it.
    """

    source: Plan
    keys: tuple[Node, ...]
    chosen: Plan
    """The plan whose samples say which groups there are, and in which order."""


@dataclass(frozen=True, slots=True)
class Project:
    """All samples with some fields or attributes of labels, and the default fields, only."""

    source: Plan
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hide:
    """All samples without some fields or attributes of labels."""

    source: Plan
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetValue:
    """All samples; a plain field, or an attribute of the labels of a field, has other values.

    So may have a plain field of frames, which is an attribute of the field ``frames``, and an
    attribute of their labels.
    """

    source: Plan
    field: str
    attribute: str | None
    """The attribute, which may be new; None where the field is plain."""
    value: Node
    """Seen from the sample, the frame or the label."""


@dataclass(frozen=True, slots=True)
class Similar:
    """The samples by the distance of a field's vectors to the query's, the nearest first.

    Samples without a vector are left out. Distances are cosine distances; with several vectors in
    the query, to their mean.
    """

    source: Plan
    field: str
    vectors: tuple[tuple[float, ...], ...]
    ids: tuple[str, ...] = ()
    """Samples of the dataset whose vectors belong to the query, too."""
    limit: int | None = None
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """The samples by the distance of a place to a point, the nearest first; others are left out.

    Distances are great circles on a sphere of 6,378,100 m.
    """

    source: Plan
    field: str
    attribute: str
    point: tuple[float, float]
    """Longitude and latitude in degrees."""
    min_meters: float | None = None
    max_meters: float | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """The samples whose place lies in a polygon of longitudes and latitudes."""

    source: Plan
    field: str
    attribute: str
    rings: tuple[tuple[tuple[float, float], ...], ...]
    """The outer ring, then holes."""


@dataclass(frozen=True, slots=True)
class Query:
    """The samples that a query in SQL names, in its order."""

    source: Plan
    sql: str


Step: TypeAlias = (
    Where
    | FilterLabels
    | LimitLabels
    | Sort
    | Slice
    | Pick
    | Drop
    | Permute
    | Representatives
    | GroupSlice
    | WhereGroups
    | SortGroups
    | OfGroups
    | Project
    | Hide
    | SetValue
    | Similar
    | Near
    | Within
    | Query
)
Plan: TypeAlias = Scan | Step


def steps(plan: Plan) -> list[Step]:
    """The steps of a plan in the order in which they happen, without the scan."""
    found: list[Step] = []
    while not isinstance(plan, Scan):
        found.append(plan)
        plan = plan.source
    return found[::-1]


def plan_schema(plan: Plan, schema: DatasetSchema) -> DatasetSchema:
    """The fields that are visible after a plan.

    Raises:
        FieldNotFoundError: when the plan names a field that is not there
    """
    for step in steps(plan):
        if isinstance(step, Project):
            schema = _projected(schema, step.paths)
        elif isinstance(step, Hide):
            schema = _hidden(schema, step.paths)
        elif isinstance(step, SetValue):
            schema = schema_after(schema, step)
    return schema


_KEPT = ("id", "tags")
"""What every label keeps when its attributes are chosen."""


def _projected(schema: DatasetSchema, paths: Iterable[str]) -> DatasetSchema:
    paths = tuple(paths)
    whole = {*DEFAULT_FIELDS, *FRAME_FIELDS}
    group_field = group_field_of(schema.fields)
    if group_field is not None:
        whole.add(group_field)
    chosen: dict[str, set[str]] = {}
    for path in paths:
        found = resolve(schema, path)
        if found.in_frames:
            continue
        if _is_whole(found):
            whole.add(found.root)
        else:
            chosen.setdefault(found.root, set(_KEPT)).add(str(found.leaf))
    fields = {}
    for name, field in schema.fields.items():
        if name in whole:
            fields[name] = field
        elif name in chosen and isinstance(field, EmbeddedDocumentField):
            attributes = {k: v for k, v in field.attributes.items() if k in chosen[name]}
            fields[name] = replace(field, attributes=attributes)
    frame_fields = schema.frame_fields
    if frame_fields and FRAMES not in paths:
        frame_fields = _projected(schema.frames, _inside_frames(paths)).fields
    return DatasetSchema(fields, frame_fields)


def _hidden(schema: DatasetSchema, paths: Iterable[str]) -> DatasetSchema:
    fields = dict(schema.fields)
    paths = tuple(paths)
    for path in paths:
        found = resolve(schema, path)
        if found.in_frames:
            continue
        if _is_whole(found):
            fields.pop(found.root, None)
            continue
        if found.below is not None:
            whole = path.removesuffix(f".{found.below}")
            raise ExpressionError(f"'{path}' can't be hidden alone; exclude '{whole}' as a whole.")
        field = fields.get(found.root)
        if isinstance(field, EmbeddedDocumentField):
            attributes = {k: v for k, v in field.attributes.items() if k != found.leaf}
            fields[found.root] = replace(field, attributes=attributes)
    frame_fields = schema.frame_fields
    if frame_fields:
        inside = _inside_frames(paths)
        frame_fields = {} if FRAMES in paths else _hidden(schema.frames, inside).fields
    return DatasetSchema(fields, frame_fields)


def _inside_frames(paths: Iterable[str]) -> list[str]:
    """The paths that are of frames, as seen from a frame."""
    return [p.removeprefix(FRAMES_PREFIX) for p in paths if p.startswith(FRAMES_PREFIX)]


def _is_whole(path: FieldPath) -> bool:
    return path.place in (Place.SAMPLE, Place.LABELS, Place.FRAMES)
