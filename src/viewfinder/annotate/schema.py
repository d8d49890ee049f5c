"""What a run annotates: fields, label types, classes, attributes and permissions, all said before
anything leaves. Every refusal happens here; nothing here talks to a server or reads a label.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from viewfinder.annotate.tools import parse_attributes, recommended_tool
from viewfinder.cvat.skeletons import VISIBILITY
from viewfinder.cvat.to_cvat import LabelType
from viewfinder.cvat.tools import NATIVE_TOOLS, AttributeTool
from viewfinder.errors import LabelSchemaError, suggestion
from viewfinder.labels import (
    Classification,
    Classifications,
    Detection,
    Detections,
    Keypoint,
    Keypoints,
    Label,
    LabelList,
    Polyline,
    Polylines,
    Segmentation,
)
from viewfinder.labels.shape_types import SHAPE_TYPE
from viewfinder.schema import DatasetSchema, EmbeddedDocumentField, Field
from viewfinder.schema.fields import ArrayField, VectorField

__all__ = [
    "GEOMETRY",
    "LABEL_TYPES",
    "Asked",
    "Facts",
    "FieldPlan",
    "LabelSchema",
    "resolve",
]

LONGEST_NAME = 64
"""CVAT's own limit for names of classes and attributes, in characters."""

LABEL_TYPES: dict[str, tuple[LabelType, type[Label | LabelList]]] = {
    "classification": ("classifications", Classification),
    "classifications": ("classifications", Classifications),
    "detection": ("detections", Detection),
    "detections": ("detections", Detections),
    "instance": ("instances", Detection),
    "instances": ("instances", Detections),
    "polygon": ("polygons", Polyline),
    "polygons": ("polygons", Polylines),
    "polyline": ("polylines", Polyline),
    "polylines": ("polylines", Polylines),
    "keypoint": ("keypoints", Keypoint),
    "keypoints": ("keypoints", Keypoints),
    "segmentation": ("segmentation", Segmentation),
}
"""The label types that can be asked for: how each is drawn, and what a new field of it holds."""

GEOMETRY: dict[LabelType, tuple[str, ...]] = {
    "classifications": (),
    "detections": ("bounding_box", "rotation", "mask", SHAPE_TYPE),
    "instances": ("bounding_box", "mask", "mask_path"),
    "polygons": ("points", "closed", "filled", SHAPE_TYPE),
    "polylines": ("points", "closed", "filled", SHAPE_TYPE),
    "keypoints": ("points", VISIBILITY),
    "segmentation": ("mask", "mask_path"),
}
"""The attributes that say where a label is, by how it is drawn: they are drawn, not written."""

_ELEMENTS: dict[type[Label], tuple[LabelType, ...]] = {
    Classification: ("classifications",),
    Detection: ("detections", "instances"),
    Polyline: ("polygons", "polylines"),
    Keypoint: ("keypoints",),
    Segmentation: ("segmentation",),
}
_INFO_KEYS = {
    "type", "classes", "attributes", "mask_targets", "allow_additions", "allow_deletions",
    "allow_label_edits", "allow_index_edits", "allow_spatial_edits", "existing_field",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """How one field is annotated."""

    field: str
    kind: LabelType
    """How its labels are drawn."""
    document: str
    """Name of the class that the field holds, as in "Detections"."""
    classes: tuple[str, ...]
    tools: dict[str, tuple[AttributeTool, ...]]
    """The attributes of each class."""
    server_names: dict[str, str]
    """The name of each class on the server."""
    exists: bool
    """Whether the dataset had the field when the run began."""
    mask_targets: dict[int | str, str] | None = None
    """Class by pixel value, or by colour ("#rrggbb"), for segmentations."""
    allow_additions: bool = True
    allow_deletions: bool = True
    allow_label_edits: bool = True
    allow_index_edits: bool = True
    allow_spatial_edits: bool = True

    def __post_init__(self) -> None:
        if self.mask_targets is not None:
            # On record all keys are text.
            targets = {_pixel_value(value): name for value, name in self.mask_targets.items()}
            object.__setattr__(self, "mask_targets", targets)

    @property
    def is_list(self) -> bool:
        """Whether the field holds a list of labels."""
        return self.document.endswith("s")

    def tools_of(self, name: str) -> tuple[AttributeTool, ...]:
        """The attributes of a class; of one that was made on the server, those all others have."""
        if name in self.tools:
            return self.tools[name]
        tools = list(self.tools.values())
        return tuple(tool for tool in tools[0] if all(tool in other for other in tools))

    def tool(self, attribute: str) -> AttributeTool | None:
        """The tool of an attribute, in whatever class has it."""
        every = (tool for tools in self.tools.values() for tool in tools)
        return next((tool for tool in every if tool.name == attribute), None)


@dataclass(frozen=True, slots=True)
class LabelSchema:
    """How all fields of a run are annotated."""

    fields: tuple[FieldPlan, ...]

    def plan(self, name: str) -> FieldPlan | None:
        """The plan of a field."""
        return next((plan for plan in self.fields if plan.field == name), None)


class Facts(Protocol):
    """What has to be known of a collection to resolve a schema."""

    @property
    def schema(self) -> DatasetSchema:
        """The dataset's fields."""

    def classes_of(self, name: str) -> Sequence[str]:
        """All classes that a field holds in the dataset."""

    def count_drawn(self, name: str) -> Mapping[LabelType, int]:
        """How many labels of a field are drawn in each way."""

    def mask_targets_of(self, name: str) -> Mapping[int | str, str] | None:
        """Class by pixel value, or by colour, of a segmentation field."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of ``annotate`` that say what to annotate."""

    label_schema: Any = None
    label_field: str | None = None
    label_type: str | None = None
    classes: Any = None
    attributes: Any = True
    mask_targets: Mapping[Any, str] | None = None
    permissions: Mapping[str, bool] = field(default_factory=dict)
    occluded_attr: str | None = None
    """The attribute that stands for the server's own occluded flag, in every field with shapes."""
    group_id_attr: str | None = None
    """The attribute that stands for the server's own group number, in every field with shapes."""

    def infos(self) -> dict[str, dict[str, Any]]:
        """What was asked for each field, defaults filled in.

        Raises:
            LabelSchemaError: nothing was asked, or not in a form that means something
        """
        defaults = {
            "type": self.label_type,
            "classes": self.classes,
            "attributes": self.attributes,
            "mask_targets": self.mask_targets,
            **self.permissions,
        }
        return {name: {**defaults, **info} for name, info in self._given().items()}

    def _given(self) -> dict[str, dict[str, Any]]:
        asked = self.label_schema
        if asked is None:
            asked = self.label_field
        if isinstance(asked, str):
            asked = [asked]
        if not asked:
            raise LabelSchemaError(
                "Say what to annotate: label_field='ground_truth' for one field, or label_schema= "
                "a list of fields, or a dict of fields with their type, classes and attributes."
            )
        if not isinstance(asked, Mapping):
            asked = {name: {} for name in asked}
        for name, info in asked.items():
            if not isinstance(name, str) or not isinstance(info, Mapping | None):
                raise LabelSchemaError(
                    f"label_schema[{name!r}] is {type(info).__name__}; give a dict like "
                    "{'type': 'detections', 'classes': ['cat', 'dog']}."
                )
            for key in info or ():
                if key not in _INFO_KEYS:
                    near = suggestion(str(key), _INFO_KEYS, "Known")
                    raise LabelSchemaError(f"label_schema['{name}'] has no '{key}'. {near}")
        return {name: dict(info or {}) for name, info in asked.items()}


def resolve(asked: Asked, facts: Facts) -> LabelSchema:
    """The schema of a run.

    Raises:
        LabelSchemaError: something was not said, or can't be done
    """
    plans = [_plan(name, info, facts, asked) for name, info in asked.infos().items()]
    return LabelSchema(tuple(_with_server_names(plans)))


def _plan(name: str, info: Mapping[str, Any], facts: Facts, asked: Asked) -> FieldPlan:
    if name.startswith("frames."):
        raise LabelSchemaError(
            f"'{name}' is a field of video frames; annotating videos is not there yet."
        )
    existing = _existing(name, facts)
    kind, document = _type(name, info.get("type"), existing, facts)
    targets = None
    if kind == "segmentation":
        targets = _mask_targets(name, info.get("mask_targets"), existing is not None, facts)
    classes, per_class = _classes(name, info.get("classes"), existing, facts, targets)
    common: list[AttributeTool] = []
    if kind != "segmentation":
        common = _attributes(name, kind, info.get("attributes", True), existing)
    tools = {}
    for label in classes:
        own = parse_attributes(name, per_class.get(label, {}), _held(existing))
        names = {tool.name for tool in own}
        tools[label] = (*own, *(tool for tool in common if tool.name not in names))
        if GEOMETRY[kind] and kind != "segmentation":
            tools[label] = _with_natives(tools[label], asked)
        _one_of_each_native(name, label, tools[label])
    permissions = {key: info[key] for key in info if key.startswith("allow_")}
    return FieldPlan(
        field=name,
        kind=kind,
        document=document.__name__,
        classes=classes,
        tools=tools,
        server_names={},
        exists=existing is not None,
        mask_targets=targets,
        **permissions,
    )


def _existing(name: str, facts: Facts) -> EmbeddedDocumentField | None:
    if name not in facts.schema:
        return None
    found = facts.schema[name]
    if isinstance(found, EmbeddedDocumentField) and found.element_type is not None:
        return found
    raise LabelSchemaError(
        f"Field '{name}' holds {found.HOLDS}, not labels; annotating such fields is not there yet. "
        "Choose a label field or a new field."
    )


def _type(
    name: str, given: Any, existing: EmbeddedDocumentField | None, facts: Facts
) -> tuple[LabelType, type[Any]]:
    if given is not None and given not in LABEL_TYPES:
        if given == "scalar":
            raise LabelSchemaError(
                f"Field '{name}': annotating scalars is not there yet; use 'classification'."
            )
        near = suggestion(str(given), LABEL_TYPES, "Label types")
        raise LabelSchemaError(f"Field '{name}': there is no label type {given!r}. {near}")
    if existing is None:
        if given is None:
            known = suggestion(name, facts.schema.label_fields, "Label fields of the dataset")
            raise LabelSchemaError(
                f"'{name}' is no field of the dataset, so it would be a new one: give its "
                f"label_type. {known}"
            )
        return LABEL_TYPES[given]
    assert existing.element_type is not None
    possible = _ELEMENTS[existing.element_type]
    if given is None:
        counts = facts.count_drawn(name) if len(possible) > 1 else {}
        # The first way is the usual one; the other only where no label is drawn in the usual way.
        used = [kind for kind in possible if counts.get(kind)] or list(possible)
        return used[0], existing.document_type
    kind = LABEL_TYPES[given][0]
    if kind not in possible:
        raise LabelSchemaError(
            f"Field '{name}' holds {existing.document_type.__name__}, which can't be annotated as "
            f"'{given}'; use {' or '.join(repr(kind) for kind in possible)}, or another field."
        )
    return kind, existing.document_type


def _mask_targets(name: str, given: Any, exists: bool, facts: Facts) -> dict[int | str, str]:
    targets = given or (facts.mask_targets_of(name) if exists else None)
    if not targets:
        if not exists:
            raise LabelSchemaError(
                f"Field '{name}' would be a new segmentation: give mask_targets, a dict from pixel "
                "value to class, like {1: 'road', 2: 'sky'}."
            )
        targets = {value: str(value) for value in range(1, 256)}
    try:
        found = {_pixel_value(value): str(label) for value, label in targets.items()}
    except (TypeError, ValueError):
        raise LabelSchemaError(
            f"Field '{name}': keys of mask_targets are whole numbers, or colours like '#ff8000'."
        ) from None
    if len({type(value) for value in found if value != 0}) > 1:
        raise LabelSchemaError(
            f"Field '{name}': mask_targets has whole numbers and colours; a mask holds one of both."
        )
    return found


def _pixel_value(key: Any) -> int | str:
    """A key of mask targets as it stands in masks.

    Raises:
        ValueError: it is neither a whole number nor a colour
    """
    if isinstance(key, str) and re.fullmatch("#[0-9A-Fa-f]{6}", key):
        return key.lower()
    return int(key)


def _classes(
    name: str,
    given: Any,
    existing: EmbeddedDocumentField | None,
    facts: Facts,
    targets: Mapping[int | str, str] | None,
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """All classes in order, and the attributes of those that have their own."""
    per_class: dict[str, Any] = {}
    names: list[str] = []
    for item in [given] if isinstance(given, str) else given or ():
        if isinstance(item, Mapping):
            own = item.get("classes", ())
            inner = [own] if isinstance(own, str) else list(own)
            per_class.update({label: item.get("attributes", {}) for label in inner})
            names.extend(inner)
        else:
            names.append(item)
    if targets is not None:
        names = names or [label for value, label in targets.items() if value != 0]
    elif not names and existing is not None:
        names = sorted(facts.classes_of(name))
    if not names:
        what = "is new" if existing is None else "holds no labels yet"
        raise LabelSchemaError(f"Field '{name}' {what}: give its classes, like ['cat', 'dog'].")
    for label in names:
        if not str(label).strip() or type(label) is not str:
            raise LabelSchemaError(f"Field '{name}': {label!r} is no name of a class; use text.")
        _check_length(name, "class", label)
    return tuple(dict.fromkeys(names)), per_class


def _attributes(
    name: str, kind: LabelType, given: Any, existing: EmbeddedDocumentField | None
) -> list[AttributeTool]:
    held = _held(existing)
    if given is True:
        own = {} if existing is None else _own_attributes(existing, kind)
        return [recommended_tool(attribute, part) for attribute, part in own.items()]
    return parse_attributes(name, given, held)


def _own_attributes(existing: EmbeddedDocumentField, kind: LabelType) -> dict[str, Field]:
    """The user's attributes of a field's labels that can be written as text."""
    assert existing.element_type is not None
    declared = {"id", "tags", *(spec.name for spec in existing.element_type.SPECS)}
    declared |= set(GEOMETRY[kind])
    return {
        attribute: part
        for attribute, part in existing.attributes.items()
        if attribute not in declared and not isinstance(part, ArrayField | VectorField)
    }


def _held(existing: EmbeddedDocumentField | None) -> Mapping[str, Field]:
    return {} if existing is None else existing.attributes


def _with_natives(tools: tuple[AttributeTool, ...], asked: Asked) -> tuple[AttributeTool, ...]:
    """The tools, with those for the server's own flag and group where they were asked for."""
    natives = []
    if asked.occluded_attr and not any(tool.type == "occluded" for tool in tools):
        natives.append(AttributeTool(asked.occluded_attr, "occluded", holds="bool"))
    if asked.group_id_attr and not any(tool.type == "group_id" for tool in tools):
        natives.append(AttributeTool(asked.group_id_attr, "group_id", holds="int"))
    names = {tool.name for tool in natives}
    return (*(tool for tool in tools if tool.name not in names), *natives)


def _one_of_each_native(name: str, label: str, tools: Sequence[AttributeTool]) -> None:
    for type_ in sorted(NATIVE_TOOLS):
        found = [tool.name for tool in tools if tool.type == type_]
        if len(found) > 1:
            raise LabelSchemaError(
                f"Field '{name}', class '{label}': {' and '.join(map(repr, found))} can't both be "
                f"of type '{type_}', since a shape has one of it. Make the others checkbox or text."
            )


def _check_length(name: str, what: str, value: str) -> None:
    if len(value) > LONGEST_NAME:
        raise LabelSchemaError(
            f"Field '{name}': the {what} {value!r} has {len(value)} characters; the server takes "
            f"at most {LONGEST_NAME}. Use a shorter name."
        )


def _with_server_names(plans: Sequence[FieldPlan]) -> list[FieldPlan]:
    """The plans with a name on the server for each class, so that no two fields share one."""
    owners: dict[str, int] = {}
    for plan in plans:
        for label in plan.classes:
            owners[label] = owners.get(label, 0) + 1
    out, taken = [], {label for label, count in owners.items() if count == 1}
    for plan in plans:
        names = {}
        for label in plan.classes:
            server_name = label
            if owners[label] > 1:
                server_name = f"{label}_{plan.field}"
                _check_length(plan.field, "class", server_name)
                if server_name in taken:
                    raise LabelSchemaError(
                        f"Class '{label}' of field '{plan.field}' would be called '{server_name}' "
                        "on the server, which is the name of another class. Rename one of them."
                    )
                taken.add(server_name)
            names[label] = server_name
        out.append(replace(plan, server_names=names))
    return out
