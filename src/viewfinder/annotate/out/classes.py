"""The classes of a run: which can be chosen in each field, and what they are called on the server.

A server has one list of classes a task, and no notion of fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from viewfinder.annotate.schema import FieldPlan, pixel_value
from viewfinder.cvat.to_cvat import LabelType
from viewfinder.cvat.tools import AttributeTool
from viewfinder.errors import LabelSchemaError

__all__ = ["Project", "chosen_classes", "mask_targets", "with_server_names"]

LONGEST_NAME = 64
"""CVAT's own limit for names of classes and attributes, in characters."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project that is on the server already; its classes and attributes are what there is."""

    name: str
    tools: Mapping[str, Sequence[AttributeTool]]
    """The attributes of each class, by the class's name."""

    def tools_of(
        self,
        field: str,
        label: str,
        asked: Sequence[AttributeTool],
        *,
        only_asked: bool,
    ) -> tuple[AttributeTool, ...]:
        """The attributes of a class as the project has them.

        Args:
            field: the label field, for messages
            label: the class
            asked: the attributes that the run wants
            only_asked: whether the others of the project are left out

        Raises:
            LabelSchemaError: the project has not got an attribute that was asked for by name
        """
        there = {tool.name: tool for tool in self.tools.get(label, ())}
        wanted = {tool.name: tool for tool in asked}
        missing = [tool.name for tool in asked if not tool.is_native and tool.name not in there]
        if missing and only_asked:
            raise LabelSchemaError(
                f"Class '{label}' of project '{self.name}' has no attribute "
                f"{', '.join(map(repr, missing))}, which field '{field}' asks for. Add it to the "
                "project there, or leave it out of attributes."
            )
        tools = [tool for tool in asked if tool.is_native]
        natives = {tool.name for tool in tools}
        for name, tool in there.items():
            if name in natives or (only_asked and name not in wanted):
                continue
            mine = wanted.get(name)
            holds = None if mine is None else mine.holds
            tools.append(replace(tool, holds=holds, read_only=mine is not None and mine.read_only))
        return tuple(tools)


def chosen_classes(
    name: str,
    given: Any,
    *,
    kind: LabelType,
    exists: bool,
    held: Sequence[str],
    shown: Sequence[str],
    targets: Mapping[int | str, str] | None,
    project: Project | None,
    owned: Sequence[str],
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """All classes of a field in order, and the attributes of those that have their own.

    Args:
        name: the field
        given: what was asked for
        kind: how its labels are drawn
        exists: whether the dataset has the field
        held: the classes that the field holds
        shown: those of them that are about to be sent
        targets: class by pixel value, for segmentations
        project: the project that the run goes into, if it is there already
        owned: the project's classes that were given to this field

    Raises:
        LabelSchemaError: there are none, or one that can't be had
    """
    names, per_class = _given(given)
    if not names and targets is not None:
        names = [label for value, label in targets.items() if value != 0]
    elif not names and kind == "scalar":
        names = [name]
    elif not names and project is not None:
        names = list(owned) or list(project.tools)
        lost = sorted(set(shown) - set(names))
        if lost:
            raise LabelSchemaError(
                f"Field '{name}' holds labels of class {', '.join(map(repr, lost))}, which project "
                f"'{project.name}' has not got. Add it there, or say with classes which ones are "
                "to be annotated; the others stay as they are here."
            )
    elif not names:
        names = sorted(held)
    if not names:
        what = "holds no labels yet" if exists else "is new"
        raise LabelSchemaError(f"Field '{name}' {what}: give its classes, like ['cat', 'dog'].")
    for label in names:
        if type(label) is not str or not label.strip():
            raise LabelSchemaError(f"Field '{name}': {label!r} is no name of a class; use text.")
        _check_length(name, label)
    return tuple(dict.fromkeys(names)), per_class


def _given(given: Any) -> tuple[list[Any], dict[str, Any]]:
    per_class: dict[str, Any] = {}
    names: list[Any] = []
    for item in [given] if isinstance(given, str | Mapping) else given or ():
        if isinstance(item, Mapping):
            own = item.get("classes", ())
            inner = [own] if isinstance(own, str) else list(own)
            per_class.update({label: item.get("attributes", {}) for label in inner})
            names.extend(inner)
        else:
            names.append(item)
    return names, per_class


def mask_targets(name: str, given: Mapping[Any, str] | None, exists: bool) -> dict[int | str, str]:
    """Class by pixel value or colour.

    Raises:
        LabelSchemaError: none were given for a new field, or a key is no pixel value
    """
    if not given:
        if not exists:
            raise LabelSchemaError(
                f"Field '{name}' would be a new segmentation: give mask_targets, a dict from pixel "
                "value to class, like {1: 'road', 2: 'sky'}."
            )
        return {value: str(value) for value in range(1, 256)}
    try:
        found = {pixel_value(value): str(label) for value, label in given.items()}
    except (TypeError, ValueError):
        raise LabelSchemaError(
            f"Field '{name}': keys of mask_targets are whole numbers, or colours like '#ff8000'."
        ) from None
    if len({type(value) for value in found if value != 0}) > 1:
        raise LabelSchemaError(
            f"Field '{name}': mask_targets has whole numbers and colours; a mask holds one of both."
        )
    return found


def with_server_names(plans: Sequence[FieldPlan], project: Project | None) -> list[FieldPlan]:
    """The plans with a name on the server for each class.

    A class that several fields have gets a name for each. In a project names are what they are: a
    class can be that of several fields only where these are drawn in different ways.

    Raises:
        LabelSchemaError: a name can't be had
    """
    owners: dict[str, list[FieldPlan]] = {}
    for plan in plans:
        for label in plan.classes:
            owners.setdefault(label, []).append(plan)
    taken = {label for label, fields in owners.items() if len(fields) == 1}
    out = []
    for plan in plans:
        names = {}
        for label in plan.classes:
            if project is not None:
                names[label] = _in_project(plan, label, owners[label], project)
            elif len(owners[label]) > 1:
                names[label] = _own_name(plan, label, taken)
                taken.add(names[label])
            else:
                names[label] = label
        out.append(replace(plan, server_names=names))
    return out


def _own_name(plan: FieldPlan, label: str, taken: set[str]) -> str:
    server_name = f"{label}_{plan.field}"
    _check_length(plan.field, server_name)
    if server_name in taken:
        raise LabelSchemaError(
            f"Class '{label}' of field '{plan.field}' would be called '{server_name}' "
            "on the server, which is the name of another class. Rename one of them."
        )
    return server_name


def _in_project(plan: FieldPlan, label: str, owners: Sequence[FieldPlan], project: Project) -> str:
    if len(owners) > 1 and f"{label}_{plan.field}" in project.tools:
        return f"{label}_{plan.field}"
    if label not in project.tools:
        raise LabelSchemaError(
            f"Project '{project.name}' has no class '{label}', which field '{plan.field}' asks "
            "for. Add it there, or leave it out of classes; nothing was sent."
        )
    alike = [other.field for other in owners if other.kind == plan.kind]
    if len(alike) > 1:
        raise LabelSchemaError(
            f"Class '{label}' of project '{project.name}' can't belong to {' and '.join(alike)} at "
            f"once, as both are drawn as {plan.kind}. Say whose it is: "
            f"project_fields={{'{label}': '{plan.field}'}}."
        )
    return label


def _check_length(name: str, value: str) -> None:
    if len(value) > LONGEST_NAME:
        raise LabelSchemaError(
            f"Field '{name}': the class {value!r} has {len(value)} characters; the server takes "
            f"at most {LONGEST_NAME}. Use a shorter name."
        )
