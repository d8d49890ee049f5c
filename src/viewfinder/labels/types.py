"""The label types: what each declares, and nothing more.

Coordinates are floats relative to the image: x from 0 at the left to 1 at the right, y from 0 at
the top to 1 at the bottom. They may lie outside of [0, 1] and are never rounded or clipped.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from viewfinder.errors import LabelError
from viewfinder.labels import pixels
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

    @property
    def has_mask(self) -> bool:
        """Whether there is an instance mask, here or in a file."""
        return self.mask is not None or self.mask_path is not None

    def get_mask(self) -> Array | None:
        """The instance mask, read from `mask_path` where it is not here; None without one."""
        if self.mask is None and self.mask_path is not None:
            return pixels.read_mask(self.mask_path)
        return self.mask

    @classmethod
    def from_mask(cls, mask: Array, label: str | None = None, **attributes: Any) -> Self | None:
        """The detection of a frame's set pixels; None where none is set.

        Args:
            mask: an array (height, width) of the whole frame; nonzero is the object
            label: the class
            **attributes: attributes of your own
        """
        found = pixels.box_and_mask(np.asarray(mask).astype(np.bool_))
        if found is None:
            return None
        box, inside = found
        return cls(label=label, bounding_box=box, mask=inside, **attributes)

    def to_polyline(
        self,
        tolerance: float = 0.0,
        filled: bool = True,  # noqa: FBT002 - the place that users know
        frame_size: tuple[int, int] | None = None,
    ) -> Polyline:
        """The outline of the mask, or of the box where there is none, as a closed polyline.

        Attributes and tags are carried over, the id is not.

        Args:
            tolerance: how far in pixels the outline may be from the mask's; 0 for exact
            filled: whether the polyline is an area
            frame_size: width and height of the image in pixels; without it the pixels of the mask
                are taken as they are
        """
        mask = self.get_mask()
        if mask is None:
            points = pixels.box_corners(_box_of(self))
        elif frame_size is not None:
            full = pixels.mask_in_frame(self.bounding_box, mask, frame_size)
            points = pixels.mask_outlines(full, tolerance)
        else:
            x, y, width, height = _box_of(self)
            points = [
                [(x + u * width, y + v * height) for u, v in shape]
                for shape in pixels.mask_outlines(np.asarray(mask).astype(np.bool_), tolerance)
            ]
        carried = _carried(self, ("label", "confidence", "index"))
        return Polyline(points=points, closed=True, filled=filled, **carried)

    def to_segmentation(
        self,
        mask: Array | None = None,
        frame_size: tuple[int, int] | None = None,
        target: int = 255,
    ) -> Segmentation:
        """The pixels of the mask, or of the box where there is none, as a segmentation.

        Args:
            mask: the segmentation to paint on, changed in place; a new one otherwise
            frame_size: width and height of the image in pixels; needed without `mask`
            target: the value to paint
        """
        canvas = _canvas(mask, frame_size, target)
        size_wh = (canvas.shape[1], canvas.shape[0])
        canvas[pixels.mask_in_frame(self.bounding_box, self.get_mask(), size_wh)] = target
        return Segmentation(mask=canvas)


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

    @classmethod
    def from_mask(
        cls, mask: Array, label: str | None = None, tolerance: float = 0.0, **attributes: Any
    ) -> Self:
        """The outlines of a frame's set pixels, one shape for each connected part.

        Args:
            mask: an array (height, width) of the whole frame; nonzero is the object
            label: the class
            tolerance: how far in pixels the outline may be from the mask's; 0 for exact
            **attributes: attributes of your own
        """
        points = pixels.mask_outlines(np.asarray(mask).astype(np.bool_), tolerance)
        return cls(label=label, points=points, closed=True, filled=True, **attributes)

    def to_detection(self, frame_size: tuple[int, int] | None = None) -> Detection:
        """The box around all points, with the mask of the filled shapes where the size is known.

        Attributes and tags are carried over, the id is not.

        Args:
            frame_size: width and height of the image in pixels; without it there is no mask
        """
        carried = _carried(self, ("label", "confidence", "index"))
        points = self.points or []
        if frame_size is not None:
            found = pixels.box_and_mask(pixels.points_in_frame(points, frame_size))
            if found is not None:
                return Detection(bounding_box=found[0], mask=found[1], **carried)
        return Detection(bounding_box=pixels.box_of_points(points), **carried)

    def to_segmentation(
        self,
        mask: Array | None = None,
        frame_size: tuple[int, int] | None = None,
        target: int = 255,
    ) -> Segmentation:
        """The pixels inside of the shapes, as a segmentation; arguments as of a detection."""
        canvas = _canvas(mask, frame_size, target)
        size_wh = (canvas.shape[1], canvas.shape[0])
        canvas[pixels.points_in_frame(self.points or [], size_wh)] = target
        return Segmentation(mask=canvas)


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

    @property
    def has_mask(self) -> bool:
        """Whether there is a mask, here or in a file."""
        return self.mask is not None or self.mask_path is not None

    def get_mask(self) -> Array | None:
        """The mask, read from `mask_path` where it is not here; None without one."""
        if self.mask is None and self.mask_path is not None:
            return pixels.read_mask(self.mask_path)
        return self.mask

    def to_detections(self, mask_targets: Mapping[int, str] | None = None) -> Detections:
        """One detection with a mask for each value but 0; see :meth:`Detections.to_segmentation`.

        Args:
            mask_targets: the class of each value; without it every value is a class by its number,
                with it values that it does not name are left out
        """
        mask = self.get_mask()
        if mask is None:
            return Detections()
        labels = []
        for value in np.unique(mask).tolist():
            named = str(value) if mask_targets is None else mask_targets.get(value)
            if value and named is not None:
                labels.append(Detection.from_mask(mask == value, label=named))
        return Detections([label for label in labels if label is not None])

    def to_polylines(
        self, mask_targets: Mapping[int, str] | None = None, tolerance: float = 0.0
    ) -> Polylines:
        """One filled polyline for each value but 0; arguments as of :meth:`to_detections`."""
        mask = self.get_mask()
        if mask is None:
            return Polylines()
        size_wh = (mask.shape[1], mask.shape[0])
        detections = self.to_detections(mask_targets).detections
        return Polylines([label.to_polyline(tolerance, frame_size=size_wh) for label in detections])


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

    def to_polylines(
        self,
        tolerance: float = 0.0,
        filled: bool = True,  # noqa: FBT002 - the place that users know
        frame_size: tuple[int, int] | None = None,
    ) -> Polylines:
        """Each detection's outline; see :meth:`Detection.to_polyline`."""
        return Polylines(
            [label.to_polyline(tolerance, filled, frame_size) for label in self.detections]
        )

    def to_segmentation(
        self,
        mask: Array | None = None,
        frame_size: tuple[int, int] | None = None,
        mask_targets: Mapping[int, str] | None = None,
    ) -> Segmentation:
        """All masks, or boxes, on one segmentation; later labels cover earlier ones.

        Args:
            mask: the segmentation to paint on, changed in place; a new one otherwise
            frame_size: width and height of the image in pixels; needed without `mask`
            mask_targets: the value of each class; labels of other classes are left out. Without it
                everything is painted as 255
        """
        return _paint(self.detections, mask, frame_size, mask_targets)


class Polylines(LabelList):
    """Several polylines or polygons."""

    ELEMENT = Polyline
    LIST_NAME = "polylines"
    if TYPE_CHECKING:
        polylines: list[Polyline]

    def __init__(self, polylines: list[Polyline] | None = None) -> None:
        super().__init__(polylines)

    def to_detections(self, frame_size: tuple[int, int] | None = None) -> Detections:
        """Each polyline's box and mask; see :meth:`Polyline.to_detection`."""
        return Detections([label.to_detection(frame_size) for label in self.polylines])

    def to_segmentation(
        self,
        mask: Array | None = None,
        frame_size: tuple[int, int] | None = None,
        mask_targets: Mapping[int, str] | None = None,
    ) -> Segmentation:
        """All shapes on one segmentation; arguments as of :meth:`Detections.to_segmentation`."""
        return _paint(self.polylines, mask, frame_size, mask_targets)


class Keypoints(LabelList):
    """Several keypoint objects."""

    ELEMENT = Keypoint
    LIST_NAME = "keypoints"
    if TYPE_CHECKING:
        keypoints: list[Keypoint]

    def __init__(self, keypoints: list[Keypoint] | None = None) -> None:
        super().__init__(keypoints)


def _paint(
    labels: Sequence[Detection | Polyline],
    mask: Array | None,
    frame_size: tuple[int, int] | None,
    mask_targets: Mapping[int, str] | None,
) -> Segmentation:
    """Labels on one canvas, each in the value of its class."""
    values = None if mask_targets is None else {name: value for value, name in mask_targets.items()}
    canvas = _canvas(mask, frame_size, max(mask_targets or [255]))
    for label in labels:
        target = 255 if values is None else values.get(label.label or "")
        if target is not None:
            label.to_segmentation(mask=canvas, target=target)
    return Segmentation(mask=canvas)


def _canvas(mask: Array | None, frame_size: tuple[int, int] | None, largest: int) -> Array:
    if mask is not None:
        return mask
    if frame_size is None:
        raise LabelError("Give frame_size=(width, height) in pixels, or a mask to paint on.")
    width, height = frame_size
    return np.zeros((height, width), dtype=np.uint8 if largest < 256 else np.int32)


def _box_of(detection: Detection) -> Sequence[float]:
    if detection.bounding_box is None:
        raise LabelError("A detection without a bounding_box has no outline; give it one.")
    return detection.bounding_box


def _carried(label: Label, declared: tuple[str, ...]) -> dict[str, Any]:
    """What a converted label takes along: some declared attributes, tags, and the user's own."""
    values = {name: label.values[name] for name in declared if name in label.values}
    values.update(label.iter_attributes())
    if label.values.get("tags"):
        values["tags"] = list(label.tags)
    return copy.deepcopy(values)
