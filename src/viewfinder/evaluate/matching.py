"""Which prediction is which object: greedy matching in one image, on arrays, as COCO does it.

The rule is that of COCOeval (https://cocodataset.org/#detection-eval): predictions choose in
descending order of confidence, each takes the free object that it overlaps most, and crowds may be
taken any number of times but only when nothing else fits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewfinder.geometry.boxes import Boxes, box_overlaps

__all__ = ["UNMATCHED", "Matches", "match_boxes"]

UNMATCHED = -1

Indices = npt.NDArray[np.intp]
Labels = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Matches:
    """The outcome for one image."""

    object_of: Indices
    """For each prediction the index of its object, -1 where it has none."""
    prediction_of: Indices
    """For each object the index of its prediction, -1 where it has none; crowds keep the first."""
    overlap_of: npt.NDArray[np.float64]
    """For each prediction the IoU with its object, 0 where it has none."""


def match_boxes(
    predictions: Boxes,
    objects: Boxes,
    *,
    confidences: npt.NDArray[np.float64],
    predicted_labels: Labels,
    object_labels: Labels,
    crowd: npt.NDArray[np.bool_],
    iou: float,
    classwise: bool,
) -> Matches:
    """Matches the predictions of one image to its objects.

    Args:
        predictions: boxes (p, 4) of x, y, width, height in pixels, or any unit of square pixels
        objects: boxes (o, 4)
        confidences: floats (p,); NaN comes last
        predicted_labels: classes (p,)
        object_labels: classes (o,)
        crowd: booleans (o,), which objects are crowds
        iou: the overlap from which boxes match
        classwise: whether classes have to be equal
    """
    overlaps = box_overlaps(predictions, objects, of_one=crowd)
    allowed = overlaps >= min(iou, 1 - 1e-10)
    if classwise and len(predictions) and len(objects):
        allowed &= predicted_labels[:, None] == object_labels[None, :]
    object_of = np.full(len(predictions), UNMATCHED, dtype=np.intp)
    prediction_of = np.full(len(objects), UNMATCHED, dtype=np.intp)
    overlap_of = np.zeros(len(predictions))
    for prediction in np.argsort(-confidences, kind="stable"):
        free = allowed[prediction] & ((prediction_of == UNMATCHED) | crowd)
        for candidates in (free & ~crowd, free & crowd):
            if candidates.any():
                # Of equal overlaps the last wins, as there.
                backwards = np.where(candidates, overlaps[prediction], -1.0)[::-1]
                found = len(objects) - 1 - int(backwards.argmax())
                object_of[prediction] = found
                overlap_of[prediction] = overlaps[prediction, found]
                if prediction_of[found] == UNMATCHED:
                    prediction_of[found] = prediction
                break
    return Matches(object_of, prediction_of, overlap_of)
