"""Labels are plain, mutable values in relative coordinates; where one lives is its address."""

from __future__ import annotations

from viewfinder.labels.address import Address, AddressedLabel
from viewfinder.labels.attributes import AttributeSpec, Kind
from viewfinder.labels.base import Label, LabelList
from viewfinder.labels.geo import GeoLocation, GeoLocations
from viewfinder.labels.heatmap import Heatmap
from viewfinder.labels.registry import (
    LABEL_CLASSES,
    LABEL_LIST_CLASSES,
    label_class,
    list_class_of,
)
from viewfinder.labels.regression import Regression
from viewfinder.labels.temporal import TemporalDetection, TemporalDetections
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
    "GeoLocation",
    "GeoLocations",
    "Heatmap",
    "Keypoint",
    "Keypoints",
    "Kind",
    "Label",
    "LabelList",
    "Polyline",
    "Polylines",
    "Regression",
    "Segmentation",
    "TemporalDetection",
    "TemporalDetections",
    "label_class",
    "list_class_of",
]
