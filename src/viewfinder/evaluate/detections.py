"""Evaluation of predicted boxes: which are right, which are not, and which objects were missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from viewfinder.errors import ExpressionError, FieldTypeError
from viewfinder.evaluate.matching import UNMATCHED, Matches, match_boxes
from viewfinder.labels import Detections
from viewfinder.progress import ProgressOption, track
from viewfinder.schema import EmbeddedDocumentField

if TYPE_CHECKING:
    from viewfinder.samples import SampleCollection

__all__ = ["ClassScore", "DetectionResults", "evaluate_detections"]

TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE = "tp", "fp", "fn"


@dataclass(frozen=True, slots=True)
class ClassScore:
    """What became of one class, at the IoU of the evaluation."""

    tp: int
    """Predictions that found an object."""
    fp: int
    """Predictions that found none."""
    fn: int
    """Objects that no prediction found."""

    @property
    def precision(self) -> float:
        """Share of the predictions that are right; 0 where there are none."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """Share of the objects that were found; 0 where there are none."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def fscore(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class DetectionResults:
    """The outcome of :meth:`evaluate_detections`, by class."""

    pred_field: str
    gt_field: str
    iou: float
    classes: dict[str, ClassScore] = field(default_factory=dict)

    @property
    def total(self) -> ClassScore:
        """All classes together."""
        scores = self.classes.values()
        return ClassScore(
            sum(score.tp for score in scores),
            sum(score.fp for score in scores),
            sum(score.fn for score in scores),
        )

    def report(self) -> dict[str, dict[str, float]]:
        """Precision, recall, f1-score and support by class, and over all as "micro avg"."""
        rows = {**self.classes, "micro avg": self.total}
        return {
            name: {
                "precision": score.precision,
                "recall": score.recall,
                "f1-score": score.fscore,
                "support": score.tp + score.fn,
            }
            for name, score in rows.items()
        }

    def print_report(self) -> None:
        """Prints :meth:`report` as a table."""
        rows = self.report()
        width = max(map(len, rows))
        print(f"{'':>{width}}  precision  recall  f1-score  support")  # noqa: T201
        for name, row in rows.items():
            numbers = f"{row['precision']:>9.2f}  {row['recall']:>6.2f}  {row['f1-score']:>8.2f}"
            print(f"{name:>{width}}  {numbers}  {row['support']:>7,.0f}")  # noqa: T201


def evaluate_detections(
    collection: SampleCollection,
    pred_field: str,
    gt_field: str,
    *,
    eval_key: str | None,
    iou: float,
    classwise: bool,
    progress: ProgressOption = None,
) -> DetectionResults:
    """Matches the boxes of `pred_field` to those of `gt_field` and, with a key, notes the outcome.

    Raises:
        FieldNotFoundError: when a field is not there
        FieldTypeError: when one holds no `Detections`
        ExpressionError: when `eval_key` is no identifier
    """
    if eval_key is not None and not eval_key.isidentifier():
        raise ExpressionError(
            f"{eval_key!r} can't be an evaluation key: use letters, digits and underscores."
        )
    _check_detections(collection, pred_field)
    _check_detections(collection, gt_field)
    images = list(_columns(collection, pred_field, gt_field))
    outcomes = [
        _match(image, iou=iou, classwise=classwise)
        for image in track(images, len(images), "Evaluating detections", progress=progress)
    ]
    if eval_key is not None:
        _note(collection, pred_field, gt_field, eval_key, images, outcomes)
    return DetectionResults(pred_field, gt_field, iou, _scores(images, outcomes))


@dataclass(frozen=True, slots=True)
class _Image:
    """The boxes of one sample, None standing for a field that is None."""

    pred_boxes: list[Any] | None
    pred_labels: list[str | None] | None
    pred_ids: list[str] | None
    confidences: list[float | None] | None
    gt_boxes: list[Any] | None
    gt_labels: list[str | None] | None
    gt_ids: list[str] | None
    gt_crowd: list[Any] | None
    scale_wh: tuple[float, float]


def _columns(collection: SampleCollection, pred_field: str, gt_field: str) -> Iterable[_Image]:
    schema = collection.visible_schema()
    gt = schema[gt_field]
    assert isinstance(gt, EmbeddedDocumentField)
    paths = [
        *(f"{pred_field}.detections.{name}" for name in ("bounding_box", "label", "id")),
        f"{pred_field}.detections.confidence",
        *(f"{gt_field}.detections.{name}" for name in ("bounding_box", "label", "id")),
    ]
    columns = [collection.values(path) for path in paths]
    has_crowds = "iscrowd" in gt.attributes
    crowd = collection.values(f"{gt_field}.detections.iscrowd") if has_crowds else repeat(None)
    # Overlaps are those of square pixels where the size is known, so that a box on a threshold
    # falls on the same side as elsewhere.
    sizes = (
        (float(width), float(height)) if width and height else (1.0, 1.0)
        for width, height in zip(
            collection.values("metadata.width"), collection.values("metadata.height"), strict=True
        )
    )
    for row in zip(*columns, crowd, sizes, strict=False):
        yield _Image(*row)


def _match(image: _Image, *, iou: float, classwise: bool) -> Matches:
    scale = np.array([*image.scale_wh, *image.scale_wh])
    predictions = np.array(image.pred_boxes or [], dtype=np.float64).reshape(-1, 4) * scale
    objects = np.array(image.gt_boxes or [], dtype=np.float64).reshape(-1, 4) * scale
    return match_boxes(
        predictions,
        objects,
        confidences=np.array(image.confidences or [], dtype=np.float64),
        predicted_labels=np.array(image.pred_labels or [], dtype=object),
        object_labels=np.array(image.gt_labels or [], dtype=object),
        crowd=np.array([bool(value) for value in image.gt_crowd or [False] * len(objects)], bool),
        iou=iou,
        classwise=classwise,
    )


def _note(
    collection: SampleCollection,
    pred_field: str,
    gt_field: str,
    eval_key: str,
    images: list[_Image],
    outcomes: list[Matches],
) -> None:
    """Writes each box's outcome, partner and overlap, and each sample's counts."""
    predicted: dict[str, list[Any]] = {"": [], "_id": [], "_iou": []}
    objects: dict[str, list[Any]] = {"": [], "_id": [], "_iou": []}
    counts: dict[str, list[int]] = {TRUE_POSITIVE: [], FALSE_POSITIVE: [], FALSE_NEGATIVE: []}
    for image, found in zip(images, outcomes, strict=True):
        hits, misses = found.object_of != UNMATCHED, found.prediction_of == UNMATCHED
        counts[TRUE_POSITIVE].append(int(hits.sum()))
        counts[FALSE_POSITIVE].append(int((~hits).sum()))
        counts[FALSE_NEGATIVE].append(int(misses.sum()))
        overlaps = found.overlap_of
        sides = (
            (predicted, image.pred_ids, found.object_of, image.gt_ids, FALSE_POSITIVE, overlaps),
            (
                objects,
                image.gt_ids,
                found.prediction_of,
                image.pred_ids,
                FALSE_NEGATIVE,
                np.where(misses, 0.0, overlaps[found.prediction_of] if len(overlaps) else 0.0),
            ),
        )
        for columns, own, partners, others, unmatched, overlap in sides:
            if own is None:
                for column in columns.values():
                    column.append(None)
                continue
            there = others or []
            columns[""].append([unmatched if p == UNMATCHED else TRUE_POSITIVE for p in partners])
            columns["_id"].append([None if p == UNMATCHED else there[p] for p in partners])
            columns["_iou"].append(
                [
                    None if p == UNMATCHED else float(value)
                    for p, value in zip(partners, overlap, strict=True)
                ]
            )
    for root, columns in ((pred_field, predicted), (gt_field, objects)):
        for suffix, column in columns.items():
            collection.set_values(f"{root}.detections.{eval_key}{suffix}", column)
    for name, numbers in counts.items():
        collection.set_values(f"{eval_key}_{name}", numbers)


def _scores(images: list[_Image], outcomes: list[Matches]) -> dict[str, ClassScore]:
    """An object's class counts what became of it, a prediction without one counts for its own."""
    tp: Counter[str] = Counter()
    fp: Counter[str] = Counter()
    fn: Counter[str] = Counter()
    for image, found in zip(images, outcomes, strict=True):
        predicted, objects = image.pred_labels or [], image.gt_labels or []
        for label, partner in zip(predicted, found.object_of, strict=True):
            (fp if partner == UNMATCHED else tp)[str(label)] += 1
        for label, partner in zip(objects, found.prediction_of, strict=True):
            if partner == UNMATCHED:
                fn[str(label)] += 1
    names = sorted(set(chain(tp, fp, fn)))
    return {name: ClassScore(tp[name], fp[name], fn[name]) for name in names}


def _check_detections(collection: SampleCollection, name: str) -> None:
    field_ = collection.visible_schema()[name]
    if not isinstance(field_, EmbeddedDocumentField) or field_.document_type is not Detections:
        raise FieldTypeError(name, str(field_), "to an evaluation, which needs Detections")
