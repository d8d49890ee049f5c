"""Frames at a lower rate: the numbers that are left, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from viewfinder.media import at_rate


@pytest.mark.parametrize(
    ("rate", "options", "left"),
    [
        (10, {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (10, {"fps": 5}, [1, 3, 5, 7, 9]),
        (10, {"fps": 4}, [1, 4, 6, 8]),  # every 2.5th: 1, 3.5, 6, 8.5; halves go to even numbers
        (10, {"fps": 7}, [1, 2, 4, 5, 7, 8, 10]),
        (10, {"fps": 1}, [1]),
        (10, {"fps": 20}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (10, {"max_fps": 3}, [1, 4, 8]),
        (10, {"max_fps": 20}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (10, {"fps": 4, "max_fps": 2}, [1, 6]),
        (float("nan"), {"fps": 1}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ],
)
def test_frames_are_left_at_a_rate(rate: float, options: dict[str, Any], left: list[int]) -> None:
    numbers = np.arange(1, 11)
    kept = at_rate(numbers, np.full(10, float(rate)), **options)
    assert numbers[kept].tolist() == left


def test_frames_that_are_missing_are_not_replaced() -> None:
    numbers = np.array([1, 2, 4, 5, 9])
    kept = at_rate(numbers, np.full(5, 10.0), fps=5)
    assert numbers[kept].tolist() == [1, 5, 9]
