"""Plain values in the form in which they are sent: as classifications of their images.

A field without classes is one class of its own name, with the value in an attribute that people
type; a field with classes has a class for each value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from viewfinder.annotate.schema import FieldPlan
from viewfinder.errors import LabelError
from viewfinder.labels import Classification, Label, LabelList

__all__ = ["VALUE", "labels_in", "plain_value", "refuse_misfit", "stand_ins"]

VALUE = "value"
"""The attribute in which a plain value is written."""


_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "str": (str,),
}


def labels_in(value: Any) -> list[Label]:
    """The labels of a field's value: none, one, or those of a list."""
    if isinstance(value, LabelList):
        return list(value.labels)
    return [value] if isinstance(value, Label) else []


def stand_ins(value: Any, plan: FieldPlan | None, owner_id: str) -> list[Label]:
    """The labels that are sent for a field's value: its own, or one that stands for a plain value.

    Args:
        value: what the field holds
        plan: how it is annotated; None for a field that the run did not send
        owner_id: the id of the sample or frame, which is that of its plain value's stand-in too
    """
    if plan is None or plan.kind != "scalar":
        return labels_in(value)
    if value is None:
        return []
    if _is_typed(plan):
        values = {"id": owner_id, "label": plan.classes[0], VALUE: value}
    elif str(value) in plan.classes:
        values = {"id": owner_id, "label": str(value)}
    else:
        return []
    return [Classification.from_values(values)]


def plain_value(label: Label | None, plan: FieldPlan) -> Any:
    """The plain value that a stand-in says; None where there is none."""
    if label is None:
        return None
    return label.get(VALUE) if _is_typed(plan) else label.get("label")


def refuse_misfit(values: Mapping[str, Any], plan: FieldPlan) -> None:
    """Raises where what people typed is no value that a plain field can hold.

    Raises:
        LabelError: it is not
    """
    tool = plan.tool(VALUE)
    wanted = None if tool is None or tool.holds is None else _TYPES.get(tool.holds)
    value = values.get(VALUE)
    if value is None or wanted is None:
        return
    if not isinstance(value, wanted) or (isinstance(value, bool) != (bool in wanted)):
        raise LabelError(f"{value!r} was typed, which can't be kept in '{plan.field}'")


def _is_typed(plan: FieldPlan) -> bool:
    """Whether annotators type the value, rather than choose it among classes."""
    return any(plan.tools.values())
