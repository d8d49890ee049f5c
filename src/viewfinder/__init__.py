"""Viewfinder: look into vision datasets, choose what to label, and get the labels fixed.

::

    import viewfinder as vf

    dataset = vf.Dataset("pets")
    dataset.add_samples([vf.Sample(filepath=path) for path in paths])
    view = dataset.filter_labels("predictions", vf.F("confidence") > 0.9).sort_by("filepath")

Importing the package loads next to nothing: each name is fetched when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viewfinder import errors, zoo
    from viewfinder.errors import (
        DatasetExistsError,
        DatasetNotFoundError,
        FieldNotFoundError,
        SampleNotFoundError,
        ViewfinderError,
    )
    from viewfinder.expr import (
        Aggregation,
        Bounds,
        Count,
        CountValues,
        Distinct,
        F,
        HistogramValues,
        Max,
        Mean,
        Min,
        Quantiles,
        Std,
        Sum,
        Values,
        ViewExpression,
        ViewField,
    )
    from viewfinder.facade import (
        Dataset,
        DatasetView,
        dataset_exists,
        delete_dataset,
        delete_datasets,
        delete_non_persistent_datasets,
        list_datasets,
        load_dataset,
        types,
    )
    from viewfinder.labels import (
        Classification,
        Classifications,
        Detection,
        Detections,
        GeoLocation,
        GeoLocations,
        Heatmap,
        Keypoint,
        Keypoints,
        Label,
        LabelList,
        Polyline,
        Polylines,
        Regression,
        Segmentation,
        TemporalDetection,
        TemporalDetections,
    )
    from viewfinder.samples import (
        Frame,
        Frames,
        FrameView,
        Sample,
        SampleCollection,
        SampleView,
        SaveContext,
    )
    from viewfinder.schema import (
        ArrayField,
        BooleanField,
        DateField,
        DateTimeField,
        DictField,
        EmbeddedDocument,
        EmbeddedDocumentField,
        Field,
        FloatField,
        ImageMetadata,
        IntField,
        ListField,
        Metadata,
        ObjectIdField,
        StringField,
        VectorField,
        VideoMetadata,
    )
    from viewfinder.stages import (
        Exclude,
        ExcludeBy,
        ExcludeFields,
        ExcludeLabels,
        Exists,
        FilterLabels,
        Limit,
        LimitLabels,
        Match,
        MatchLabels,
        MatchTags,
        Select,
        SelectBy,
        SelectFields,
        SelectLabels,
        Shuffle,
        Skip,
        SortBy,
        Take,
        ViewStage,
    )

__all__ = [
    "Aggregation",
    "ArrayField",
    "BooleanField",
    "Bounds",
    "Classification",
    "Classifications",
    "Count",
    "CountValues",
    "Dataset",
    "DatasetExistsError",
    "DatasetNotFoundError",
    "DatasetView",
    "DateField",
    "DateTimeField",
    "Detection",
    "Detections",
    "DictField",
    "Distinct",
    "EmbeddedDocument",
    "EmbeddedDocumentField",
    "Exclude",
    "ExcludeBy",
    "ExcludeFields",
    "ExcludeLabels",
    "Exists",
    "F",
    "Field",
    "FieldNotFoundError",
    "FilterLabels",
    "FloatField",
    "Frame",
    "FrameView",
    "Frames",
    "GeoLocation",
    "GeoLocations",
    "Heatmap",
    "HistogramValues",
    "ImageMetadata",
    "IntField",
    "Keypoint",
    "Keypoints",
    "Label",
    "LabelList",
    "Limit",
    "LimitLabels",
    "ListField",
    "Match",
    "MatchLabels",
    "MatchTags",
    "Max",
    "Mean",
    "Metadata",
    "Min",
    "ObjectIdField",
    "Polyline",
    "Polylines",
    "Quantiles",
    "Regression",
    "Sample",
    "SampleCollection",
    "SampleNotFoundError",
    "SampleView",
    "SaveContext",
    "Segmentation",
    "Select",
    "SelectBy",
    "SelectFields",
    "SelectLabels",
    "Shuffle",
    "Skip",
    "SortBy",
    "Std",
    "StringField",
    "Sum",
    "Take",
    "TemporalDetection",
    "TemporalDetections",
    "Values",
    "VectorField",
    "VideoMetadata",
    "ViewExpression",
    "ViewField",
    "ViewStage",
    "ViewfinderError",
    "__version__",
    "dataset_exists",
    "delete_dataset",
    "delete_datasets",
    "delete_non_persistent_datasets",
    "errors",
    "list_datasets",
    "load_dataset",
    "types",
    "zoo",
]

__version__ = "0.1.0"

_HOME_OF: dict[str, str] = {
    **dict.fromkeys(
        (
            "DatasetExistsError",
            "DatasetNotFoundError",
            "FieldNotFoundError",
            "SampleNotFoundError",
            "ViewfinderError",
        ),
        "viewfinder.errors",
    ),
    **dict.fromkeys(
        (
            "Aggregation",
            "Bounds",
            "Count",
            "CountValues",
            "Distinct",
            "F",
            "HistogramValues",
            "Max",
            "Mean",
            "Min",
            "Quantiles",
            "Std",
            "Sum",
            "Values",
            "ViewExpression",
            "ViewField",
        ),
        "viewfinder.expr",
    ),
    **dict.fromkeys(
        (
            "Dataset",
            "DatasetView",
            "dataset_exists",
            "delete_dataset",
            "delete_datasets",
            "delete_non_persistent_datasets",
            "list_datasets",
            "load_dataset",
            "types",
        ),
        "viewfinder.facade",
    ),
    **dict.fromkeys(
        (
            "Classification",
            "Classifications",
            "Detection",
            "Detections",
            "GeoLocation",
            "GeoLocations",
            "Heatmap",
            "Keypoint",
            "Keypoints",
            "Label",
            "LabelList",
            "Polyline",
            "Polylines",
            "Regression",
            "Segmentation",
            "TemporalDetection",
            "TemporalDetections",
        ),
        "viewfinder.labels",
    ),
    **dict.fromkeys(
        (
            "Frame",
            "FrameView",
            "Frames",
            "Sample",
            "SampleCollection",
            "SampleView",
            "SaveContext",
        ),
        "viewfinder.samples",
    ),
    **dict.fromkeys(
        (
            "ArrayField",
            "BooleanField",
            "DateField",
            "DateTimeField",
            "DictField",
            "EmbeddedDocument",
            "EmbeddedDocumentField",
            "Field",
            "FloatField",
            "ImageMetadata",
            "IntField",
            "ListField",
            "Metadata",
            "ObjectIdField",
            "StringField",
            "VectorField",
            "VideoMetadata",
        ),
        "viewfinder.schema",
    ),
    **dict.fromkeys(
        (
            "Exclude",
            "ExcludeBy",
            "ExcludeFields",
            "ExcludeLabels",
            "Exists",
            "FilterLabels",
            "Limit",
            "LimitLabels",
            "Match",
            "MatchLabels",
            "MatchTags",
            "Select",
            "SelectBy",
            "SelectFields",
            "SelectLabels",
            "Shuffle",
            "Skip",
            "SortBy",
            "Take",
            "ViewStage",
        ),
        "viewfinder.stages",
    ),
}
"""The module that each name comes from."""

_MODULES = frozenset({"errors", "zoo"})
"""Modules that are names of the package."""


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"viewfinder.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'viewfinder' has no attribute '{name}'")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
