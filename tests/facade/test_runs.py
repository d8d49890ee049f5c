"""Runs of people's own, and evaluations, are kept with the dataset under their keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

import viewfinder as vf
from viewfinder import ViewField as F
from viewfinder.errors import DatasetError, FieldTypeError


@pytest.fixture
def dataset() -> vf.Dataset:
    dataset = vf.Dataset("runs")
    box = [0.0, 0.0, 0.5, 0.5]
    for at in range(3):
        truth = vf.Detection(label="cat", bounding_box=box)
        found = vf.Detection(label="cat" if at else "dog", bounding_box=box, confidence=0.9, age=at)
        dataset.add_sample(
            vf.Sample(
                f"/{at}.jpg",
                num=at,
                truth=vf.Detections(detections=[truth]),
                found=vf.Detections(detections=[found]),
            )
        )
    return dataset


def test_a_run_is_registered_filled_and_read(dataset: vf.Dataset) -> None:
    view = dataset.match(F("num") > 0)
    config = view.init_run(method="dedupe", threshold=0.9)
    view.register_run("first", config)
    info = dataset.get_run_info("first")
    assert (info.key, info.config, info.config.threshold) == ("first", config, 0.9)
    assert datetime.now(UTC) - info.timestamp < timedelta(minutes=5)
    assert dataset.load_run_results("first") is None
    results = view.init_run_results("first", pairs=[["a", "b"]])
    setattr(results, "distances", np.arange(3.0))  # noqa: B010 - any name is a value
    results.save()
    read = dataset.load_run_results("first")
    assert read is not None
    assert read.pairs == [["a", "b"]]
    assert read.distances.tolist() == [0.0, 1.0, 2.0]
    assert (read.key, read.config.method, len(read.samples)) == ("first", "dedupe", 2)
    with pytest.raises(AttributeError, match="no value 'more'"):
        _ = read.more


def test_the_view_of_a_run_is_live(dataset: vf.Dataset) -> None:
    dataset.match(F("num") > 0).register_run("some", dataset.init_run())
    dataset.add_sample(vf.Sample("/9.jpg", num=9))
    assert dataset.load_run_view("some").values("num") == [1, 2, 9]


def test_runs_are_listed_changed_renamed_and_deleted(dataset: vf.Dataset) -> None:
    assert not dataset.has_runs
    for at, method in enumerate(("a", "b", "a")):
        dataset.register_run(f"run{at}", {"method": method, "at": at})
    assert dataset.list_runs() == ["run0", "run1", "run2"]
    assert dataset.list_runs(method="a") == ["run0", "run2"]
    assert dataset.list_runs(other=None) == []
    dataset.update_run_config("run0", dataset.init_run(method="c"))
    assert dataset.list_runs(method="a") == ["run2"]
    dataset.rename_run("run0", "first")
    assert dataset.has_run("first")
    assert not dataset.has_run("run0")
    with pytest.raises(DatasetError, match="already"):
        dataset.rename_run("first", "run1")
    dataset.delete_run("first")
    with pytest.raises(DatasetError, match="no custom run 'first'"):
        dataset.get_run_info("first")
    dataset.delete_runs()
    assert dataset.list_runs() == []


def test_a_key_is_taken_until_it_is_overwritten(dataset: vf.Dataset) -> None:
    dataset.register_run("one", {"x": 1}, {"score": 1})
    with pytest.raises(DatasetError, match="already"):
        dataset.register_run("one", {"x": 2})
    with pytest.raises(DatasetError, match="results already"):
        dataset.save_run_results("one", {"score": 2}, overwrite=False)
    dataset.register_run("one", {"x": 2}, overwrite=True)
    assert dataset.get_run_info("one").config.x == 2
    assert dataset.load_run_results("one") is None


@pytest.mark.parametrize("key", ["", "two words", "1st"])
def test_keys_that_can_be_none(dataset: vf.Dataset, key: str) -> None:
    with pytest.raises(DatasetError, match="can't be the key"):
        dataset.register_run(key, {})


def test_a_value_that_can_not_be_kept_takes_no_key(dataset: vf.Dataset) -> None:
    with pytest.raises(FieldTypeError):
        dataset.register_run("one", {"x": object()})
    with pytest.raises(FieldTypeError):
        dataset.register_run("one", {}, {"x": object()})
    assert dataset.list_runs() == []


def test_runs_are_cloned_with_the_dataset(dataset: vf.Dataset) -> None:
    dataset.register_run("one", {"x": 1}, {"score": 1})
    clone = dataset.clone()
    dataset.delete_runs()
    read = clone.load_run_results("one")
    assert read is not None
    assert read.score == 1


def test_an_evaluation_is_kept_under_its_key(dataset: vf.Dataset) -> None:
    view = dataset.match(F("num") < 2)
    results = view.evaluate_detections("found", "truth", eval_key="ev", iou=0.4)
    assert dataset.list_evaluations() == ["ev"]
    assert dataset.list_evaluations(type="detection", pred_field="found") == ["ev"]
    assert dataset.list_evaluations(method="other") == []
    assert (dataset.has_evaluations, dataset.has_evaluation("ev")) == (True, True)
    config = dataset.get_evaluation_info("ev").config
    assert (config.type, config.iou, config.classwise) == ("detection", 0.4, True)
    assert dataset.load_evaluation_results("ev") == results
    assert dataset.load_evaluation_view("ev").values("num") == [0, 1]
    shown = dataset.load_evaluation_view("ev", select_fields=True).get_field_schema()
    assert {"found", "truth"} < set(shown)
    assert "num" not in shown


def test_an_evaluation_is_done_again_renamed_and_deleted(dataset: vf.Dataset) -> None:
    before = set(dataset.get_field_schema(flat=True))
    dataset.evaluate_detections("found", "truth", eval_key="ev")
    again = dataset.evaluate_detections("found", "truth", eval_key="ev", classwise=False)
    assert dataset.load_evaluation_results("ev") == again
    dataset.rename_evaluation("ev", "final")
    assert dataset.list_evaluations() == ["final"]
    assert dataset.values("final_tp") == [1, 1, 1]
    assert dataset.values("found.detections.final", unwind=True) == ["tp"] * 3
    assert dataset.to_evaluation_patches("final").count() == 3
    assert not dataset.has_field("found.detections.ev_iou")
    dataset.evaluate_detections("found", "truth", eval_key="other")
    dataset.delete_evaluations()
    assert dataset.list_evaluations() == []
    assert set(dataset.get_field_schema(flat=True)) == before
    with pytest.raises(DatasetError, match="final"):
        dataset.load_evaluation_results("final")
