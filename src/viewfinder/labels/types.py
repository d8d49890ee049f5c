"""The label types: what each declares, and nothing more.

Coordinates are floats relative to the image: x from 0 at the left to 1 at the right, y from 0 at
the top to 1 at the bottom. They may lie outside of [0, 1] and are never rounded or clipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from viewfinder.labels.attributes import AttributeSpec, Kind
from viewfinder.labels.base import Label, LabelList

__all__ = [
    "Classification",
    "Classifications",
    "Detection",
    "Detections",
    "Keypoint",
    "Keypoints",
    "Polyline",
    "Polylines",
    "Segmentation",
]

Array = npt.NDArray[Any]
Point = Sequence[float]


class Classification(Label):
    """A class for the whole image or frame."""

    SPECS: ClassVar = (
        AttributeSpec("label", Kind.STRING),
        AttributeSpec("confidence", Kind.FLOAT),
        AttributeSpec("logits", Kind.FLOATS),
    )
    if TYPE_CHECKING:
        label: str | None
        confidence: float | None
        logits: Sequence[float] | Array | None

    def __init__(
        self,
        label: str | None = None,
        confidence: float | None = None,
        logits: Sequence[float] | Array | None = None,
        **attributes: Any,
    ) -> None:
        """
        Args:
            label: the class
            confidence: in [0, 1]
            logits: one float a class of the model
            **attributes: attributes of your own
        """
        values = self.__dict__
        if label is not None:
            values["label"] = label
        if confidence is not None:
            values["confidence"] = confidence
        if logits is not None:
            values["logits"] = logits
        if attributes:
            values.update(attributes)


class Detection(Label):
    """An object with a bounding box, and a mask inside the box where one is given."""

    SPECS: ClassVar = (
        AttributeSpec("label", Kind.STRING),
        AttributeSpec("bounding_box", Kind.BOX),
        AttributeSpec("mask", Kind.ARRAY),
        AttributeSpec("mask_path", Kind.STRING),
        AttributeSpec("confidence", Kind.FLOAT),
        AttributeSpec("index", Kind.INT),
    )
    if TYPE_CHECKING:
        label: str | None
        bounding_box: Sequence[float] | None
        mask: Array | None
        mask_path: str | None
        confidence: float | None
        index: int | None

    def __init__(
        self,
        label: str | None = None,
        bounding_box: Sequence[float] | None = None,
        mask: Array | None = None,
        mask_path: str | None = None,
        confidence: float | None = None,
        index: int | None = None,
        **attributes: Any,
    ) -> None:
        """
        Args:
            label: the class
            bounding_box: ``[x, y, width, height]`` relative to the image, top left corner first
            mask: a 2D array (height, width) that covers the box; nonzero is the object
            mask_path: an image file of the mask, instead of `mask`
            confidence: in [0, 1]
            index: number of the object, the same over the frames of a track
            **attributes: attributes of your own
        """
        values = self.__dict__
        if label is not None:
            values["label"] = label
        if bounding_box is not None:
            values["bounding_box"] = bounding_box
        if mask is not None:
            values["mask"] = mask
        if mask_path is not None:
            values["mask_path"] = mask_path
        if confidence is not None:
            values["confidence"] = confidence
        if index is not None:
            values["index"] = index
        if attributes:
            values.update(attributes)


class Polyline(Label):
    """One or more lines or polygons that are one object."""

    SPECS: ClassVar = (
        AttributeSpec("label", Kind.STRING),
        AttributeSpec("points", Kind.SHAPES),
        AttributeSpec("confidence", Kind.FLOAT),
        AttributeSpec("index", Kind.INT),
        AttributeSpec("closed", Kind.BOOL),
        AttributeSpec("filled", Kind.BOOL),
    )
    if TYPE_CHECKING:
        label: str | None
        points: Sequence[Sequence[Point]] | None
        confidence: float | None
        index: int | None
        closed: bool
        filled: bool

    def __init__(
        self,
        label: str | None = None,
        points: Sequence[Sequence[Point]] | None = None,
        confidence: float | None = None,
        index: int | None = None,
        closed: bool = False,  # noqa: FBT002 - the place that users know
        filled: bool = False,  # noqa: FBT002
        **attributes: Any,
    ) -> None:
        """
        Args:
            label: the class
            points: a list of shapes, each a list of ``(x, y)`` relative to the image
            confidence: in [0, 1]
            index: number of the object, the same over the frames of a track
            closed: whether each shape's last point is joined to its first
            filled: whether the shapes are areas rather than lines
            **attributes: attributes of your own
        """
        values = self.__dict__
        if label is not None:
            values["label"] = label
        if points is not None:
            values["points"] = points
        if confidence is not None:
            values["confidence"] = confidence
        if index is not None:
            values["index"] = index
        values["closed"] = closed
        values["filled"] = filled
        if attributes:
            values.update(attributes)


class Keypoint(Label):
    """A list of points that are one object."""

    SPECS: ClassVar = (
        AttributeSpec("label", Kind.STRING),
        AttributeSpec("points", Kind.POINTS),
        AttributeSpec("confidence", Kind.FLOATS),
        AttributeSpec("index", Kind.INT),
    )
    if TYPE_CHECKING:
        label: str | None
        points: Sequence[Point] | None
        confidence: Sequence[float] | None
        index: int | None

    def __init__(
        self,
        label: str | None = None,
        points: Sequence[Point] | None = None,
        confidence: Sequence[float] | None = None,
        index: int | None = None,
        **attributes: Any,
    ) -> None:
        """
        Args:
            label: the class
            points: a list of ``(x, y)`` relative to the image; ``(nan, nan)`` is a missing point
            confidence: one float in [0, 1] a point
            index: number of the object, the same over the frames of a track
            **attributes: attributes of your own
        """
        values = self.__dict__
        if label is not None:
            values["label"] = label
        if points is not None:
            values["points"] = points
        if confidence is not None:
            values["confidence"] = confidence
        if index is not None:
            values["index"] = index
        if attributes:
            values.update(attributes)


class Segmentation(Label):
    """A class for every pixel."""

    SPECS: ClassVar = (
        AttributeSpec("mask", Kind.ARRAY),
        AttributeSpec("mask_path", Kind.STRING),
    )
    if TYPE_CHECKING:
        mask: Array | None
        mask_path: str | None

    def __init__(
        self, mask: Array | None = None, mask_path: str | None = None, **attributes: Any
    ) -> None:
        """
        Args:
            mask: an integer array (height, width), or (height, width, 3) of RGB; the dataset's mask
                targets give each value its class
            mask_path: an image file of the mask, instead of `mask`
            **attributes: attributes of your own
        """
        values = self.__dict__
        if mask is not None:
            values["mask"] = np.asarray(mask)
        if mask_path is not None:
            values["mask_path"] = mask_path
        if attributes:
            values.update(attributes)


class Classifications(LabelList):
    """Several classes for the whole image or frame."""

    ELEMENT = Classification
    LIST_NAME = "classifications"
    if TYPE_CHECKING:
        classifications: list[Classification]

    def __init__(self, classifications: list[Classification] | None = None) -> None:
        super().__init__(classifications)


class Detections(LabelList):
    """Several objects with boxes."""

    ELEMENT = Detection
    LIST_NAME = "detections"
    if TYPE_CHECKING:
        detections: list[Detection]

    def __init__(self, detections: list[Detection] | None = None) -> None:
        super().__init__(detections)


class Polylines(LabelList):
    """Several polylines or polygons."""

    ELEMENT = Polyline
    LIST_NAME = "polylines"
    if TYPE_CHECKING:
        polylines: list[Polyline]

    def __init__(self, polylines: list[Polyline] | None = None) -> None:
        super().__init__(polylines)


class Keypoints(LabelList):
    """Several keypoint objects."""

    ELEMENT = Keypoint
    LIST_NAME = "keypoints"
    if TYPE_CHECKING:
        keypoints: list[Keypoint]

    def __init__(self, keypoints: list[Keypoint] | None = None) -> None:
        super().__init__(keypoints)
