"""Evaluation as methods of datasets and views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewfinder.evaluate import detections
from viewfinder.samples import SampleCollection, ViewT

if TYPE_CHECKING:
    from viewfinder.evaluate.detections import DetectionResults
    from viewfinder.progress import ProgressOption

__all__ = ["EvaluationFeatures"]


class EvaluationFeatures(SampleCollection[ViewT]):
    """How good predictions are, beside what is known to be there."""

    def evaluate_detections(
        self,
        pred_field: str,
        gt_field: str = "ground_truth",
        eval_key: str | None = None,
        *,
        iou: float = 0.5,
        classwise: bool = True,
        progress: ProgressOption = None,
    ) -> DetectionResults:
        """Matches predicted boxes to ground truth boxes, as COCO does at one IoU.

        ::

            results = dataset.evaluate_detections("predictions", eval_key="eval")
            results.print_report()
            wrong = dataset.filter_labels("predictions", F("eval") == "fp")

        Args:
            pred_field: a field of `Detections` with confidences
            gt_field: a field of `Detections`; those whose ``iscrowd`` is true may be found often
            eval_key: when given, each label's outcome is kept under this name: ``"tp"``, ``"fp"``
                or ``"fn"`` on the labels (their partner and overlap under ``<key>_id`` and
                ``<key>_iou``), and the counts of each sample under ``<key>_tp``, ``<key>_fp`` and
                ``<key>_fn``
            iou: the overlap from which boxes match, in [0, 1]
            classwise: whether boxes of different classes never match
            progress: whether to show a bar

        Raises:
            FieldNotFoundError: when a field is not there
            FieldTypeError: when a field holds no `Detections`
            ExpressionError: when `eval_key` is no identifier
        """
        return detections.evaluate_detections(
            self,
            pred_field,
            gt_field,
            eval_key=eval_key,
            iou=iou,
            classwise=classwise,
            progress=progress,
        )
