"""The first hundreds of the cases of `benchmarks/exactness.py`, against the label server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.exactness import check_left_alone, make_round

CASES = 300


@pytest.mark.slow
def test_three_hundred_cases_that_nobody_edited(tmp_path: Path, there: dict[str, Any]) -> None:
    cases = number = 0
    while cases < CASES or number < 4:
        made = make_round(3, number, tmp_path, images=15)
        cases += check_left_alone(made, there)
        number += 1
