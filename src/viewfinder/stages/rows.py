"""Stages that make rows of their own: one a label, one a match, or the rows of several views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from viewfinder.errors import ExpressionError
from viewfinder.expr import Plan
from viewfinder.schema import DatasetSchema, resolve
from viewfinder.stages.base import (
    ViewStage,
    label_field,
    names,
    register,
    set_value,
    stage_from_json,
)

__all__ = ["Concat", "RowStage", "ToEvaluationPatches", "ToPatches"]


@dataclass(frozen=True)
class RowStage(ViewStage):
    """A stage whose samples are not those of the view before it.

    It lowers to no plan: the collection makes a table of the new rows, and the stages that follow
    are plans over that table.
    """

    def lower(self, plan: Plan, schema: DatasetSchema) -> Plan:
        raise ExpressionError(
            f"{self} makes rows of its own, so it can't be one step of a plan. Add it to a view."
        )


@register
@dataclass(frozen=True)
class ToPatches(RowStage):
    """One sample for each label of a field.

    `other_fields` are fields of the sample that are shown, too: names, or True for all. With
    `keep_label_lists` the field holds a list of one label rather than the label.
    """

    field: str
    other_fields: Any = None
    keep_label_lists: bool = False

    def __post_init__(self) -> None:
        if self.other_fields is not None and not isinstance(self.other_fields, bool):
            set_value(self, "other_fields", names(self.other_fields))

    def validate(self, schema: DatasetSchema) -> None:
        label_field(schema, self.field)
        for name in self.others(schema):
            resolve(schema, name)

    def others(self, schema: DatasetSchema) -> tuple[str, ...]:
        """The other fields that are shown, besides those that every sample has."""
        if not self.other_fields:
            return ()
        if self.other_fields is True:
            return tuple(name for name in schema if name != label_field(schema, self.field))
        return tuple(self.other_fields)


@register
@dataclass(frozen=True)
class ToEvaluationPatches(RowStage):
    """One sample for each true positive, false positive and false negative of an evaluation."""

    eval_key: str
    other_fields: Any = None

    def __post_init__(self) -> None:
        if self.other_fields is not None and not isinstance(self.other_fields, bool):
            set_value(self, "other_fields", names(self.other_fields))

    def validate(self, schema: DatasetSchema) -> None:
        self.fields(schema)

    def fields(self, schema: DatasetSchema) -> tuple[str, str]:
        """The two label fields that were compared, in the order of the schema.

        Raises:
            ExpressionError: when there is no such evaluation
        """
        found = [
            name
            for name, field in schema.label_fields.items()
            if self.eval_key in field.attributes and f"{self.eval_key}_id" in field.attributes
        ]
        if len(found) != 2:
            raise ExpressionError(
                f"There is no evaluation {self.eval_key!r} of two fields here. Run "
                f"evaluate_detections(…, eval_key={self.eval_key!r}) first."
            )
        return found[0], found[1]


@register
@dataclass(frozen=True)
class Concat(RowStage):
    """The samples of a view and after them those of another view of the same dataset."""

    HIDDEN: ClassVar = ()

    stages: Any
    """The stages of the other view."""
    group_slice: str | None = None
    """Its active slice where it has one of its own."""

    def __post_init__(self) -> None:
        set_value(self, "stages", tuple(self.stages))

    def to_json(self) -> dict[str, Any]:
        data = {"stage": "Concat", "stages": [stage.to_json() for stage in self.stages]}
        return data if self.group_slice is None else {**data, "group_slice": self.group_slice}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        stages = tuple(stage_from_json(stage) for stage in data["stages"])
        return cls(stages, data.get("group_slice"))

    def __str__(self) -> str:
        return f"Concat({', '.join(map(str, self.stages))})"
