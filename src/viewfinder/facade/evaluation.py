"""Evaluation as methods of datasets and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from viewfinder.errors import ConfigError
from viewfinder.evaluate import detections, runs
from viewfinder.samples import Run, SampleCollection, ViewT

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
        results = detections.evaluate_detections(
            self,
            pred_field,
            gt_field,
            eval_key=eval_key,
            iou=iou,
            classwise=classwise,
            progress=progress,
        )
        if eval_key is not None:
            runs.keep_evaluation(self, eval_key, results, classwise=classwise)
        return results

    def list_evaluations(
        self, type: str | None = None, method: str | None = None, **kwargs: Any
    ) -> list[str]:
        """The keys of all evaluations, oldest first.

        Args:
            type: only those of this type, such as ``"detection"``
            method: only those by this method, such as ``"coco"``
            **kwargs: only those whose config has these values
        """
        return runs.list_evaluations(self, {"type": type, "method": method, **kwargs})

    @property
    def has_evaluations(self) -> bool:
        """Whether there are any evaluations."""
        return bool(self.list_evaluations())

    def has_evaluation(self, eval_key: str) -> bool:
        """Whether there is an evaluation of that key."""
        return runs.has_evaluation(self, eval_key)

    def get_evaluation_info(self, eval_key: str) -> Run:
        """Key, time and config of an evaluation.

        Raises:
            DatasetError: when there is none
        """
        return runs.evaluation_info(self, eval_key)

    def load_evaluation_results(
        self, eval_key: str, cache: bool = True, **kwargs: Any
    ) -> DetectionResults:
        """The results of an evaluation.

        Args:
            eval_key: its key
            cache: accepted; results are read each time
            **kwargs: none are known

        Raises:
            DatasetError: when there is none
            ConfigError: when there are other arguments
        """
        del cache
        if kwargs:
            raise ConfigError(f"load_evaluation_results() knows no {', '.join(kwargs)}.")
        return runs.evaluation_results(self, eval_key)

    def load_evaluation_view(self, eval_key: str, select_fields: bool = False) -> ViewT:
        """The view that was evaluated, as the dataset is now.

        Args:
            eval_key: the key of the evaluation
            select_fields: whether to show only the label fields that were compared

        Raises:
            DatasetError: when there is none
        """
        view = runs.evaluation_view(self, eval_key, select_fields=select_fields)
        return cast("ViewT", view)

    def rename_evaluation(self, eval_key: str, new_eval_key: str) -> None:
        """Gives an evaluation, and the fields that it wrote, another key.

        Raises:
            DatasetError: when there is none, or the new key is taken
        """
        runs.rename_evaluation(self, eval_key, new_eval_key)

    def delete_evaluation(self, eval_key: str) -> None:
        """Forgets an evaluation, and deletes the fields that it wrote.

        Raises:
            DatasetError: when there is none
        """
        runs.delete_evaluation(self, eval_key)

    def delete_evaluations(self) -> None:
        """Forgets all evaluations, and deletes the fields that they wrote."""
        for key in self.list_evaluations():
            runs.delete_evaluation(self, key)
