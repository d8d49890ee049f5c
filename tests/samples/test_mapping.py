from __future__ import annotations

import logging
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import viewfinder as vf
from viewfinder.errors import DatasetError

WAYS = [
    pytest.param({}, id="here"),
    pytest.param({"parallelize_method": "thread", "num_workers": 3}, id="threads"),
]


@pytest.fixture
def dataset() -> vf.Dataset:
    """Samples 0 to 9."""
    made = vf.Dataset("mapped")
    made.add_samples([vf.Sample(filepath=f"/{n}.jpg", n=n) for n in range(10)], progress=False)
    return made


@pytest.mark.parametrize("way", WAYS)
def test_results_come_in_order(dataset: vf.Dataset, way: dict[str, Any]) -> None:
    offset = 100
    found = list(dataset.map_samples(lambda s: s.n + offset, progress=False, **way))
    assert found == [(sample.id, sample.n + 100) for sample in dataset]
    view = dataset.match(vf.F("n") > 6).sort_by("n", reverse=True)
    assert [n for _, n in view.map_samples(lambda s: s.n, progress=False, **way)] == [9, 8, 7]


@pytest.mark.parametrize("way", WAYS)
def test_what_a_function_changes_is_saved(dataset: vf.Dataset, way: dict[str, Any]) -> None:
    held = dataset.first()
    assert held.n == 0

    def double(sample: vf.Sample) -> None:
        sample["n"] = 2 * sample.n
        sample["twice"] = "yes"

    dataset.update_samples(double, progress=False, **way)
    assert dataset.values("n") == list(range(0, 20, 2))
    assert dataset.distinct("twice") == ["yes"]
    assert held.twice == "yes"


@pytest.mark.parametrize("way", WAYS)
def test_failures_stop_or_are_left_out(
    dataset: vf.Dataset, way: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(sample: vf.Sample) -> int:
        if sample.n == 3:
            raise ZeroDivisionError("three")
        return int(sample.n)

    with pytest.raises(ZeroDivisionError, match="three"):
        list(dataset.map_samples(fail, progress=False, **way))
    with caplog.at_level(logging.ERROR):
        found = list(dataset.map_samples(fail, skip_failures=True, progress=False, **way))
    assert [n for _, n in found] == [0, 1, 2, 4, 5, 6, 7, 8, 9]


def test_processes_map_and_save(
    dataset: vf.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
import os

def double(sample):
    if sample.n == 3:
        raise ZeroDivisionError("three")
    sample["n"] = 2 * sample.n
    return os.getpid()
"""
    (tmp_path / "functions_to_map.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    double = import_module("functions_to_map").double
    held = dataset.last()
    assert held.n == 9
    view = dataset.match(vf.F("n") > 1)
    way: dict[str, Any] = {"parallelize_method": "process", "num_workers": 2, "batch_size": 3}
    found = list(view.map_samples(double, save=True, skip_failures=True, progress=False, **way))
    ids = dataset.values("id")
    assert [identifier for identifier, _ in found] == [ids[2], *ids[4:]]
    assert os.getpid() not in {pid for _, pid in found}
    assert dataset.values("n") == [0, 1, 4, 3, 8, 10, 12, 14, 16, 18]
    assert held.n == 18
    with pytest.raises(ZeroDivisionError):
        list(dataset.map_samples(double, progress=False, **way))
    with pytest.raises(DatasetError, match="module"):
        list(dataset.map_samples(lambda sample: sample.n, progress=False, **way))


def test_nothing_is_saved_unasked(dataset: vf.Dataset) -> None:
    def change(sample: vf.Sample) -> None:
        sample["n"] = -1

    assert len(list(dataset.map_samples(change, progress=False))) == 10
    assert dataset.values("n") == list(range(10))


def test_an_unknown_method_is_refused(dataset: vf.Dataset) -> None:
    with pytest.raises(DatasetError, match="'thread'"):
        dataset.map_samples(lambda s: s, parallelize_method="ray")
