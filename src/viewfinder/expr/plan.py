"""A plan is what stages lower to: a chain of few, frozen steps over samples and their labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from viewfinder.expr.nodes import Node
from viewfinder.schema import (
    DEFAULT_FIELDS,
    DatasetSchema,
    EmbeddedDocumentField,
    FieldPath,
    Place,
    resolve,
)

__all__ = [
    "Drop",
    "FilterLabels",
    "Hide",
    "LimitLabels",
    "Permute",
    "Pick",
    "Plan",
    "Project",
    "Scan",
    "Slice",
    "Sort",
    "SortKey",
    "Where",
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
class Project:
    """All samples with some fields or attributes of labels, and the default fields, only."""

    source: Plan
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hide:
    """All samples without some fields or attributes of labels."""

    source: Plan
    paths: tuple[str, ...]


Step: TypeAlias = (
    Where | FilterLabels | LimitLabels | Sort | Slice | Pick | Drop | Permute | Project | Hide
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
    return schema


_KEPT = ("id", "tags")
"""What every label keeps when its attributes are chosen."""


def _projected(schema: DatasetSchema, paths: Iterable[str]) -> DatasetSchema:
    whole = set(DEFAULT_FIELDS)
    chosen: dict[str, set[str]] = {}
    for path in paths:
        found = resolve(schema, path)
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
    return DatasetSchema(fields)


def _hidden(schema: DatasetSchema, paths: Iterable[str]) -> DatasetSchema:
    fields = dict(schema.fields)
    for path in paths:
        found = resolve(schema, path)
        if _is_whole(found):
            fields.pop(found.root, None)
            continue
        field = fields.get(found.root)
        if isinstance(field, EmbeddedDocumentField):
            attributes = {k: v for k, v in field.attributes.items() if k != found.leaf}
            fields[found.root] = replace(field, attributes=attributes)
    return DatasetSchema(fields)


def _is_whole(path: FieldPath) -> bool:
    return path.place in (Place.SAMPLE, Place.LABELS)
