"""Labels are plain, mutable values in relative coordinates; where one lives is its address."""

from __future__ import annotations

from viewfinder.labels.address import Address, AddressedLabel
from viewfinder.labels.attributes import AttributeSpec, Kind
from viewfinder.labels.base import Label, LabelList
from viewfinder.labels.registry import (
    LABEL_CLASSES,
    LABEL_LIST_CLASSES,
    label_class,
    list_class_of,
)
from viewfinder.labels.types import (
    Classification,
    Classifications,
    Detection,
    Detections,
    Keypoint,
    Keypoints,
    Polyline,
    Polylines,
    Segmentation,
)

__all__ = [
    "LABEL_CLASSES",
    "LABEL_LIST_CLASSES",
    "Address",
    "AddressedLabel",
    "AttributeSpec",
    "Classification",
    "Classifications",
    "Detection",
    "Detections",
    "Keypoint",
    "Keypoints",
    "Kind",
    "Label",
    "LabelList",
    "Polyline",
    "Polylines",
    "Segmentation",
    "label_class",
    "list_class_of",
]
