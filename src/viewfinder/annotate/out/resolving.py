"""From what people ask to a label schema, with the help of what the dataset and perhaps a project
hold. Every refusal happens here, before anything leaves; nothing here talks to a server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from viewfinder.annotate.out.asked import Asked
from viewfinder.annotate.out.classes import Project, chosen_classes, mask_targets, with_server_names
from viewfinder.annotate.out.tools import parse_attributes, recommended_tool
from viewfinder.annotate.schema import GEOMETRY, LABEL_TYPES, SCALAR, FieldPlan, LabelSchema
from viewfinder.annotate.stand_ins import VALUE
from viewfinder.cvat.skeletons import Skeleton
from viewfinder.cvat.to_cvat import LabelType
from viewfinder.cvat.tools import NATIVE_TOOLS, AttributeTool
from viewfinder.errors import LabelSchemaError, suggestion
from viewfinder.labels import (
    Classification,
    Detection,
    Keypoint,
    Label,
    Polyline,
    Segmentation,
)
from viewfinder.schema import FRAMES_PREFIX, DatasetSchema, EmbeddedDocumentField, Field
from viewfinder.schema.fields import (
    ArrayField,
    BooleanField,
    FloatField,
    IntField,
    StringField,
    VectorField,
)

__all__ = ["Facts", "resolve"]

_ELEMENTS: dict[type[Label], tuple[LabelType, ...]] = {
    Classification: ("classifications",),
    Detection: ("detections", "instances"),
    Polyline: ("polygons", "polylines"),
    Keypoint: ("keypoints",),
    Segmentation: ("segmentation",),
}
_SCALARS = (StringField, IntField, FloatField, BooleanField)
_TRACKED: tuple[LabelType, ...] = ("detections", "polygons", "polylines", "keypoints")


class Facts(Protocol):
    """What has to be known of a collection to resolve a schema."""

    @property
    def schema(self) -> DatasetSchema:
        """The fields that the collection shows."""

    @property
    def is_video(self) -> bool:
        """Whether its samples are videos, so that only fields of frames can be annotated."""

    def classes_of(self, name: str) -> Sequence[str]:
        """All classes that a field holds in the dataset, and those that the collection shows."""

    def classes_shown(self, name: str) -> Sequence[str]:
        """The classes that the collection shows."""

    def count_drawn(self, name: str) -> Mapping[LabelType, int]:
        """How many labels of a field are drawn in each way."""

    def skeleton_of(self, name: str) -> Skeleton | None:
        """What the points of a field's keypoints are called, where they have names."""

    def mask_targets_of(self, name: str) -> Mapping[int | str, str] | None:
        """Pixel value to class of a segmentation field."""

    def keyframes_of(self, name: str) -> int:
        """How many labels of a field of frames are keyframes."""


def resolve(asked: Asked, facts: Facts, project: Project | None = None) -> LabelSchema:
    """The schema of a run.

    Args:
        asked: what people said
        facts: what the collection holds
        project: the project that is on the server already, if the run goes into one

    Raises:
        LabelSchemaError: something was not said, or can't be done
    """
    if project is not None and asked.is_empty:
        return LabelSchema(())
    infos = asked.infos()
    for label, name in asked.owners().items():
        if name not in infos:
            raise LabelSchemaError(
                f"project_fields gives class '{label}' to '{name}', which is not annotated. "
                f"{suggestion(name, infos, 'Fields of the run')}"
            )
    plans = [_plan(name, info, facts, asked, project) for name, info in infos.items()]
    return LabelSchema(tuple(with_server_names(plans, project)))


def _plan(
    name: str, info: Mapping[str, Any], facts: Facts, asked: Asked, project: Project | None
) -> FieldPlan:
    _refuse_wrong_media(name, facts)
    existing = _existing(name, facts)
    kind, document = _type(name, info.get("type"), existing, facts)
    labels = existing if isinstance(existing, EmbeddedDocumentField) else None
    targets = None
    if kind == "segmentation":
        held = None if existing is None else facts.mask_targets_of(name)
        targets = mask_targets(name, info.get("mask_targets") or held, existing is not None)
    owned = [label for label, field in asked.owners().items() if field == name]
    has_classes = existing is not None and kind not in {"scalar", "segmentation"}
    classes, per_class = chosen_classes(
        name,
        info.get("classes"),
        kind=kind,
        exists=existing is not None,
        held=facts.classes_of(name) if has_classes else (),
        shown=facts.classes_shown(name) if has_classes else (),
        targets=targets,
        project=project,
        owned=owned,
    )
    keyframes = 0
    if labels is not None and name.startswith(FRAMES_PREFIX) and kind in _TRACKED:
        keyframes = facts.keyframes_of(name)
    return FieldPlan(
        field=name,
        kind=kind,
        document=document,
        classes=classes,
        tools=_tools(name, kind, info, classes, per_class, existing, asked, project),
        server_names={},
        exists=existing is not None,
        mask_targets=targets,
        skeleton=facts.skeleton_of(name) if kind == "keypoints" else None,
        only_keyframes=bool(keyframes),
        **{key: info[key] for key in info if key.startswith("allow_")},
    )


def _refuse_wrong_media(name: str, facts: Facts) -> None:
    of_frames = name.startswith(FRAMES_PREFIX)
    if of_frames and not facts.is_video:
        raise LabelSchemaError(
            f"'{name}' is a field of video frames, but these samples are images; leave "
            f"'{FRAMES_PREFIX}' out."
        )
    if facts.is_video and not of_frames:
        raise LabelSchemaError(
            f"'{name}' is a field of whole videos, which can't be annotated: the server knows only "
            f"their frames. Use '{FRAMES_PREFIX}{name}', or tags on the samples."
        )


def _field(name: str, facts: Facts) -> Field | None:
    if name.startswith(FRAMES_PREFIX):
        return facts.schema.frame_fields.get(name.removeprefix(FRAMES_PREFIX))
    return facts.schema.fields.get(name)


def _existing(name: str, facts: Facts) -> Field | None:
    found = _field(name, facts)
    if found is None:
        return None
    if isinstance(found, EmbeddedDocumentField) and found.element_type in _ELEMENTS:
        return found
    if isinstance(found, _SCALARS):
        if name in {"id", "filepath", "media_type"}:
            raise LabelSchemaError(f"Field '{name}' is what a sample stands on; choose another.")
        return found
    raise LabelSchemaError(
        f"Field '{name}' holds {found.HOLDS}, which can't be drawn or typed on the server. Choose "
        "a field of labels, of text, numbers or yes/no, or a new field."
    )


def _type(name: str, given: Any, existing: Field | None, facts: Facts) -> tuple[LabelType, str]:
    """How a field's labels are drawn, and what it holds."""
    if given is not None and given not in LABEL_TYPES:
        near = suggestion(str(given), LABEL_TYPES, "Label types")
        raise LabelSchemaError(f"Field '{name}': there is no label type {given!r}. {near}")
    if existing is None:
        if given is None:
            known = suggestion(name, facts.schema.all_label_fields, "Label fields of the dataset")
            raise LabelSchemaError(
                f"'{name}' is no field of the dataset, so it would be a new one: give its "
                f"label_type. {known}"
            )
        kind, document = LABEL_TYPES[given]
        return kind, SCALAR if document is None else document.__name__
    if not isinstance(existing, EmbeddedDocumentField):
        if given not in {None, "scalar"}:
            raise LabelSchemaError(
                f"Field '{name}' holds {existing.HOLDS}, which can't be annotated as '{given}'; "
                "use 'scalar', or another field."
            )
        return "scalar", SCALAR
    assert existing.element_type is not None
    possible = _ELEMENTS[existing.element_type]
    if given is None:
        counts = facts.count_drawn(name) if len(possible) > 1 else {}
        # The first way is the usual one; the other only where no label is drawn in the usual way.
        used = [kind for kind in possible if counts.get(kind)] or list(possible)
        return used[0], existing.document_type.__name__
    kind = LABEL_TYPES[given][0]
    if kind not in possible:
        raise LabelSchemaError(
            f"Field '{name}' holds {existing.document_type.__name__}, which can't be annotated as "
            f"'{given}'; use {' or '.join(repr(kind) for kind in possible)}, or another field."
        )
    return kind, existing.document_type.__name__


def _tools(
    name: str,
    kind: LabelType,
    info: Mapping[str, Any],
    classes: Sequence[str],
    per_class: Mapping[str, Any],
    existing: Field | None,
    asked: Asked,
    project: Project | None,
) -> dict[str, tuple[AttributeTool, ...]]:
    """The attributes of each class."""
    if kind == "scalar":
        value = replace(recommended_tool(VALUE, existing), type="text")
        return {label: (value,) if label == name else () for label in classes}
    if kind == "segmentation":
        return dict.fromkeys(classes, ())
    labels = existing if isinstance(existing, EmbeddedDocumentField) else None
    held = {} if labels is None else labels.attributes
    given = info.get("attributes", True)
    common = _common_tools(name, kind, given, labels)
    tools: dict[str, tuple[AttributeTool, ...]] = {}
    for label in classes:
        own = parse_attributes(name, per_class.get(label, {}), held)
        names = {tool.name for tool in own}
        every = (*own, *(tool for tool in common if tool.name not in names))
        if project is not None:
            every = project.tools_of(name, label, every, only_asked=given is not True)
        if not asked.coerce_text:
            every = tuple(_as_text(tool) for tool in every)
        tools[label] = _with_natives(every, asked) if GEOMETRY[kind] else every
        _one_of_each_native(name, label, tools[label])
    return tools


def _as_text(tool: AttributeTool) -> AttributeTool:
    return replace(tool, holds="str") if tool.type == "text" and tool.holds is None else tool


def _common_tools(
    name: str, kind: LabelType, given: Any, existing: EmbeddedDocumentField | None
) -> list[AttributeTool]:
    if given is True:
        own = {} if existing is None else _own_attributes(name, existing, kind)
        return [recommended_tool(attribute, part) for attribute, part in own.items()]
    return parse_attributes(name, given, {} if existing is None else existing.attributes)


def _own_attributes(
    name: str, existing: EmbeddedDocumentField, kind: LabelType
) -> dict[str, Field]:
    """The user's attributes of a field's labels that can be written as text."""
    assert existing.element_type is not None
    declared = {"id", "tags", *(spec.name for spec in existing.element_type.SPECS)}
    declared |= set(GEOMETRY[kind])
    declared |= {"keyframe"} if name.startswith(FRAMES_PREFIX) else set()
    return {
        attribute: part
        for attribute, part in existing.attributes.items()
        if attribute not in declared and not isinstance(part, ArrayField | VectorField)
    }


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
