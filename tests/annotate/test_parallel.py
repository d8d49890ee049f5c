from __future__ import annotations

import threading
import time

import pytest

from viewfinder.annotate.parallel import in_order


def test_results_come_in_order_and_few_are_worked_on_at_a_time() -> None:
    lock, at_work, most = threading.Lock(), 0, 0

    def work(number: int) -> int:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.002 * (number % 3))
        with lock:
            at_work -= 1
        return number * number

    assert list(in_order(range(20), work, limit=3)) == [number * number for number in range(20)]
    assert 1 < most <= 3


def test_items_are_taken_as_there_is_room() -> None:
    taken: list[int] = []

    def items() -> object:
        for number in range(10):
            taken.append(number)
            yield number

    results = in_order(items(), lambda number: number, limit=2)  # type: ignore[arg-type,var-annotated]
    assert next(results) == 0
    assert taken == [0, 1]
    results.close()  # type: ignore[attr-defined]


def test_an_error_ends_it() -> None:
    done: list[int] = []

    def work(number: int) -> int:
        if number == 1:
            raise ValueError("broken")
        done.append(number)
        return number

    with pytest.raises(ValueError, match="broken"):
        list(in_order(range(100), work, limit=2))
    assert len(done) < 10
