"""All label classes by name: the one list that schema, store and formats go by."""

from __future__ import annotations

from viewfinder.errors import LabelError
from viewfinder.labels.base import Label, LabelList
from viewfinder.labels.geo import GeoLocation, GeoLocations
from viewfinder.labels.heatmap import Heatmap
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

__all__ = ["LABEL_CLASSES", "LABEL_LIST_CLASSES", "label_class", "list_class_of"]

LABEL_CLASSES: dict[str, type[Label]] = {
    cls.__name__: cls
    for cls in (
        Classification,
        Detection,
        GeoLocation,
        GeoLocations,
        Heatmap,
        Keypoint,
        Polyline,
        Regression,
        Segmentation,
        TemporalDetection,
    )
}
LABEL_LIST_CLASSES: dict[str, type[LabelList]] = {
    cls.__name__: cls
    for cls in (Classifications, Detections, Keypoints, Polylines, TemporalDetections)
}


def label_class(name: str) -> type[Label | LabelList]:
    """The label class of that name.

    Raises:
        LabelError: when there is none
    """
    found = LABEL_CLASSES.get(name) or LABEL_LIST_CLASSES.get(name)
    if found is None:
        known = sorted({**LABEL_CLASSES, **LABEL_LIST_CLASSES})
        raise LabelError(f"'{name}' is no label type. There are {', '.join(known)}.")
    return found


def list_class_of(element: type[Label]) -> type[LabelList] | None:
    """The class that holds several labels of `element`; None where there is none."""
    for cls in LABEL_LIST_CLASSES.values():
        if cls.ELEMENT is element:
            return cls
    return None
