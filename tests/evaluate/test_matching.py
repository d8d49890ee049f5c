"""Greedy matching, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from viewfinder.evaluate.matching import Matches, match_boxes
from viewfinder.geometry import box_overlaps


def match(
    predictions: list[tuple[float, str, list[float]]],
    objects: list[tuple[str, list[float]]],
    *,
    crowd: list[bool] | None = None,
    iou: float = 0.5,
    classwise: bool = True,
) -> Matches:
    return match_boxes(
        np.array([box for _, _, box in predictions], dtype=float).reshape(-1, 4),
        np.array([box for _, box in objects], dtype=float).reshape(-1, 4),
        confidences=np.array([score for score, _, _ in predictions], dtype=float),
        predicted_labels=np.array([label for _, label, _ in predictions], dtype=object),
        object_labels=np.array([label for label, _ in objects], dtype=object),
        crowd=np.array([False] * len(objects) if crowd is None else crowd, dtype=bool),
        iou=iou,
        classwise=classwise,
    )


def test_overlap_of_boxes() -> None:
    ones = np.array([[0, 0, 2, 2], [5, 5, 1, 1]], dtype=float)
    others = np.array([[1, 0, 2, 2], [0, 0, 4, 4]], dtype=float)
    assert box_overlaps(ones, others).tolist() == [[2 / 6, 4 / 16], [0, 0]]
    crowd = np.array([False, True])
    assert box_overlaps(ones, others, of_one=crowd).tolist() == [[2 / 6, 1], [0, 0]]


def test_the_more_confident_prediction_gets_the_object() -> None:
    found = match(
        [(0.6, "cat", [0, 0, 10, 10]), (0.9, "cat", [0, 0, 10, 9])], [("cat", [0, 0, 10, 10])]
    )
    assert found.object_of.tolist() == [-1, 0]
    assert found.prediction_of.tolist() == [1]
    assert found.overlap_of.tolist() == [0, 0.9]


@pytest.mark.parametrize(("classwise", "object_of"), [(True, [-1]), (False, [0])])
def test_classes_have_to_agree_when_asked(classwise: bool, object_of: list[int]) -> None:
    found = match([(0.9, "dog", [0, 0, 4, 4])], [("cat", [0, 0, 4, 4])], classwise=classwise)
    assert found.object_of.tolist() == object_of


def test_a_prediction_takes_the_object_it_overlaps_most() -> None:
    found = match([(0.9, "cat", [0, 0, 10, 10])], [("cat", [0, 0, 10, 6]), ("cat", [0, 0, 10, 8])])
    assert found.object_of.tolist() == [1]


def test_crowds_are_taken_many_times_but_only_as_a_last_resort() -> None:
    boxes = [[0.0, 0.0, 2.0, 2.0], [4.0, 4.0, 2.0, 2.0], [6.0, 0.0, 2.0, 2.0]]
    found = match(
        [(score, "person", box) for score, box in zip((0.9, 0.8, 0.7), boxes, strict=True)],
        [("person", [0, 0, 9, 9]), ("person", boxes[2])],
        crowd=[True, False],
    )
    assert found.object_of.tolist() == [0, 0, 1]
    assert found.prediction_of.tolist() == [0, 2]


def test_nothing_to_match() -> None:
    assert match([], [("cat", [0, 0, 1, 1])]).prediction_of.tolist() == [-1]
    assert match([(0.5, "cat", [0, 0, 1, 1])], []).object_of.tolist() == [-1]
