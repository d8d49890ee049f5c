"""The first hundreds of the cases of `benchmarks/exactness.py`, against the label server."""

from __future__ import annotations

import math
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks.exactness import check_edits, check_left_alone, make_round
from benchmarks.exactness_edits import Expected, labels_by_id, wrong
from tests.annotate.helpers import make_dataset
from viewfinder.labels import Detection, Detections

CASES = 300


@pytest.mark.slow
def test_three_hundred_random_labels_left_alone_and_then_edited(
    tmp_path: Path, there: dict[str, Any]
) -> None:
    cases = edits = number = 0
    while cases < CASES or number < 6:
        made = make_round(3, number, tmp_path, images=15)
        cases += check_left_alone(made, there)
        edits += check_edits(made, there, Random(number))
        number += 1
    assert edits > CASES / 4


def test_a_change_of_one_bit_and_a_lost_label_are_noticed(tmp_path: Path) -> None:
    box = Detection("cat", [0.1, 0.2, 0.3, 0.4])
    dataset = make_dataset(tmp_path, {"gt": Detections([box])})
    before = labels_by_id(dataset)
    assert wrong(before, labels_by_id(dataset), Expected()) == []
    sample = dataset.first()
    sample.gt.detections[0].bounding_box[2] = math.nextafter(0.3, 1)
    sample.save()
    (problem,) = wrong(before, labels_by_id(dataset), Expected())
    assert "bounding_box was" in problem
    sample.gt = None
    sample.save()
    (problem,) = wrong(before, labels_by_id(dataset), Expected())
    assert "is lost" in problem
