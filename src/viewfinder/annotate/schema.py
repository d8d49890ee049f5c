"""What a run annotates, as plain values: fields, label types, classes, attributes, permissions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from viewfinder.cvat.skeletons import VISIBILITY, Skeleton
from viewfinder.cvat.to_cvat import LabelType
from viewfinder.cvat.tools import AttributeTool
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
from viewfinder.schema import FRAMES_PREFIX

__all__ = ["GEOMETRY", "LABEL_TYPES", "SCALAR", "FieldPlan", "LabelSchema", "pixel_value"]

LABEL_TYPES: dict[str, tuple[LabelType, type[Label | LabelList] | None]] = {
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
    "segmentations": ("segmentation", Segmentation),
    "scalar": ("scalar", None),
}
"""The label types that can be asked for: how each is drawn, and what a new field of it holds: a
document, or a plain value."""

SCALAR = "Scalar"
"""What stands for the class of a document where a field holds plain values."""

GEOMETRY: dict[LabelType, tuple[str, ...]] = {
    "classifications": (),
    "detections": ("bounding_box", "rotation", "mask", SHAPE_TYPE),
    "instances": ("bounding_box", "mask", "mask_path"),
    "polygons": ("points", "closed", "filled", SHAPE_TYPE),
    "polylines": ("points", "closed", "filled", SHAPE_TYPE),
    "keypoints": ("points", VISIBILITY),
    "segmentation": ("mask", "mask_path"),
    "scalar": (),
}
"""The attributes that say where a label is, by how it is drawn: they are drawn, not written."""


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
    skeleton: Skeleton | None = None
    """What the points of keypoints are called, and which are joined."""
    only_keyframes: bool = False
    """Whether only the labels of keyframes are sent, as those between follow from them."""
    allow_additions: bool = True
    allow_deletions: bool = True
    allow_label_edits: bool = True
    allow_index_edits: bool = True
    allow_spatial_edits: bool = True

    def __post_init__(self) -> None:
        if self.mask_targets is not None:
            # On record all keys are text.
            targets = {pixel_value(value): name for value, name in self.mask_targets.items()}
            object.__setattr__(self, "mask_targets", targets)

    @property
    def is_list(self) -> bool:
        """Whether the field holds a list of labels."""
        return self.document.endswith("s")

    @property
    def of_frames(self) -> bool:
        """Whether it is a field of the frames of videos."""
        return self.field.startswith(FRAMES_PREFIX)

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

    @property
    def point_names(self) -> dict[str, tuple[str, ...]]:
        """What the points of a class are called, by the class's name on the server."""
        return {
            server_name: plan.skeleton.names
            for plan in self.fields
            if plan.skeleton is not None
            for server_name in plan.server_names.values()
        }

    def plan(self, name: str) -> FieldPlan | None:
        """The plan of a field."""
        return next((plan for plan in self.fields if plan.field == name), None)


def pixel_value(key: Any) -> int | str:
    """A key of mask targets as it stands in masks.

    Raises:
        ValueError: it is neither a whole number nor a colour
    """
    if isinstance(key, str) and re.fullmatch("#[0-9A-Fa-f]{6}", key):
        return key.lower()
    return int(key)
