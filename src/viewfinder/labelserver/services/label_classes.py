"""Label classes of tasks and projects: made, renamed, given attributes, deleted, all or nothing."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from viewfinder.labelserver.errors import InvalidFieldError, InvalidRequestError
from viewfinder.labelserver.models import AttributeSpec, Label, Project, Task
from viewfinder.labelserver.wire.messages import AttributeIn, LabelIn, SublabelIn

__all__ = ["change_label", "change_labels", "labels_of_project", "labels_of_task"]

# Okabe–Ito and Tol's bright and muted sets: told apart by colour-blind people too.
_COLORS = (
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#4477aa",
    "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#88ccee", "#44aa99", "#117733",
    "#999933", "#ddcc77", "#cc6677", "#882255",
)  # fmt: skip
_COLOR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_NODE_NAME = re.compile(r'data-label-name="([^"]*)"')
_UNSAFE_SVG = re.compile(r"<\s*script|\bon\w+\s*=|javascript:", re.IGNORECASE)


def labels_of_task(session: Session, task: Task) -> list[Label]:
    """The label classes that a task uses: its own, or its project's."""
    if task.project_id is not None:
        return labels_of_project(session, task.project_id)
    return list(
        session.scalars(
            select(Label)
            .where(Label.task_id == task.id, Label.parent_id.is_(None))
            .order_by(Label.id)
        )
    )


def labels_of_project(session: Session, project_id: int) -> list[Label]:
    """The label classes of a project."""
    return list(
        session.scalars(
            select(Label)
            .where(Label.project_id == project_id, Label.parent_id.is_(None))
            .order_by(Label.id)
        )
    )


def change_labels(
    session: Session, owner: Task | Project, current: Sequence[Label], wanted: Sequence[LabelIn]
) -> None:
    """Make, change and delete label classes as a request says; what it leaves out stays.

    Raises:
        InvalidRequestError: for a class that is not there, or names that are not unique
        InvalidFieldError: for a class without a name
    """
    by_id = {label.id: label for label in current}
    kept = dict(by_id)
    for entry in wanted:
        if entry.id is None:
            label = _made(entry, owner)
            session.add(label)
            session.flush()
            _link_svg(label)
            kept[label.id] = label
            continue
        known = by_id.get(entry.id)
        if known is None:
            raise InvalidRequestError(f"Not found label with id #{entry.id} to change")
        if entry.deleted:
            session.delete(known)
            kept.pop(entry.id, None)
        else:
            change_label(known, entry)
    _check_unique([label.name for label in kept.values()])
    session.flush()


def change_label(label: Label, entry: LabelIn) -> None:
    """Give a label class another name, colour or type; change its attributes, or add some."""
    if entry.name:
        label.name = entry.name
    if entry.color:
        label.color = _color(entry.color, label.name)
    if entry.type:
        label.type = entry.type
    known = {spec.id: spec for spec in label.attributes}
    by_name = {spec.name: spec for spec in label.attributes}
    for attribute in entry.attributes:
        spec = known.get(attribute.id or -1)
        if attribute.id is not None and spec is None:
            raise InvalidRequestError(f"Attribute with id #{attribute.id} does not exist")
        if spec is None:
            # The same attribute sent again (a label class as it was received) stays one.
            spec = by_name.get(attribute.name)
        if spec is None:
            label.attributes.append(_attribute(attribute))
        else:
            _change_attribute(spec, attribute)
    _check_attributes([spec.name for spec in label.attributes])


def _made(entry: LabelIn, owner: Task | Project) -> Label:
    if entry.name is None:
        raise InvalidFieldError("labels", "A label class needs a name.")
    if _UNSAFE_SVG.search(entry.svg):
        raise InvalidFieldError("svg", "A skeleton's drawing may not contain scripts.")
    task_id = owner.id if isinstance(owner, Task) else None
    project_id = owner.id if isinstance(owner, Project) else None
    _check_unique([point.name for point in entry.sublabels])
    label = Label(
        task_id=task_id,
        project_id=project_id,
        name=entry.name,
        color=_color(entry.color or "", entry.name),
        type=entry.type or "any",
        svg=entry.svg,
        attributes=_attributes(entry.attributes),
    )
    label.sublabels = [_point(point, task_id, project_id) for point in entry.sublabels]
    return label


def _point(entry: SublabelIn, task_id: int | None, project_id: int | None) -> Label:
    return Label(
        task_id=task_id,
        project_id=project_id,
        name=entry.name,
        color=_color(entry.color, entry.name),
        type=entry.type,
        attributes=_attributes(entry.attributes),
    )


def _link_svg(label: Label) -> None:
    """A skeleton's drawing names its points; from now on it refers to them by id."""
    ids = {point.name: point.id for point in label.sublabels}

    def by_id(match: re.Match[str]) -> str:
        point_id = ids.get(match[1])
        return match[0] if point_id is None else f'data-label-id="{point_id}"'

    label.svg = _NODE_NAME.sub(by_id, label.svg)


def _attributes(entries: Iterable[AttributeIn]) -> list[AttributeSpec]:
    specs = [_attribute(entry) for entry in entries]
    _check_attributes([spec.name for spec in specs])
    return specs


def _attribute(entry: AttributeIn) -> AttributeSpec:
    return AttributeSpec(
        name=entry.name,
        mutable=entry.mutable,
        input_type=entry.input_type,
        default_value=entry.default_value or "",
        values=entry.values or [""],
    )


def _change_attribute(spec: AttributeSpec, entry: AttributeIn) -> None:
    spec.name = entry.name
    spec.mutable = entry.mutable
    spec.input_type = entry.input_type
    if entry.default_value is not None:
        spec.default_value = entry.default_value
    # Values may grow; taking one away would leave labels with a value that nobody can choose.
    added = [value for value in entry.values if value not in spec.values]
    spec.values = [*spec.values, *added] if added else spec.values


def _check_unique(names: Sequence[str]) -> None:
    if len(set(names)) != len(names):
        raise InvalidRequestError("All label names must be unique")


def _check_attributes(names: Sequence[str]) -> None:
    for position, name in enumerate(names):
        if name in names[:position]:
            raise InvalidRequestError(f"Duplicate attribute with name '{name}' exists")


def _color(wanted: str, name: str) -> str:
    """The wanted colour where it is one, otherwise one that depends on the name alone."""
    if _COLOR.match(wanted):
        return wanted.lower()
    return _COLORS[zlib.crc32(name.encode()) % len(_COLORS)]
