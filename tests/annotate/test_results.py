from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.annotate.helpers import make_dataset
from viewfinder.compat.annotations import connect_to_api
from viewfinder.errors import AnnotationError, WrongCredentialsError
from viewfinder.labels import Detection, Detections

There = dict[str, Any]


def boxes() -> Detections:
    return Detections([Detection("cat", [0.1, 0.1, 0.3, 0.3], note="n")])


def test_what_annotate_returns_is_what_load_takes(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, name="nokey")
    auth = {"username": there["username"], "password": there["password"]}
    info = dataset.annotate(label_field="gt", url=there["url"], auth=auth)
    assert info.key == "annotation_1"
    again = dataset.annotate(label_field="gt", **there)
    assert again.key == "annotation_2"
    assert dataset.load_annotations(info, delete_tasks=True, **there).unchanged == 1
    assert dataset.list_annotation_runs(state="cleaned") == ["annotation_1"]
    again.cleanup()


def test_status_as_dicts_and_single_tasks_deleted(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, *[{"gt": boxes()}] * 3, name="status")
    results = dataset.annotate("k", label_field="gt", task_size=1, job_reviewers=["zoe"], **there)
    first, second, third = results.task_ids
    status = results.get_status()["gt"]
    assert list(status) == [first, second, third]
    assert status[first]["name"] == "Viewfinder status k_1"
    (job,) = status[first]["jobs"].values()
    assert (job["stage"], job["state"]) == ("annotation", "new")
    assert "zoe" in results.config.notes[0]
    with pytest.raises(AnnotationError, match="none of annotation run"):
        results.delete_tasks([10**6])
    assert results.delete_tasks([second]) == 1
    assert results.task_ids == [first, third]
    assert dataset.load_annotation_results("k", **there).task_ids == [first, third]
    assert dataset.load_annotations("k", **there).unchanged == 2


def test_one_connection_for_several_results(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, name="shared")
    dataset.annotate("a", label_field="gt", **there)
    dataset.annotate("b", label_field="gt", **there)
    api = connect_to_api(**there)
    for key in ("a", "b"):
        results = dataset.load_annotation_results(key)
        results.use_api(api)
        assert len(results.status()) == 1
        assert results.cleanup() == 1
    api.close()


def test_runs_by_type_and_method(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes()}, name="types")
    dataset.annotate("k", label_field="gt", **there)
    assert dataset.list_annotation_runs(type="annotation", method="cvat") == ["k"]
    assert dataset.list_annotation_runs(type="evaluation") == []
    assert dataset.list_annotation_runs(method="embedded") == []


def test_secrets_are_kept_nowhere(tmp_path: Path, there: There, home: Path) -> None:
    secret = there["password"]
    dataset = make_dataset(tmp_path, {"gt": boxes()}, name="secret")
    results = dataset.annotate("k", label_field="gt", headers={"X-Key": "s3cr3t-9Zq"}, **there)
    shown = [repr(results), repr(results.config), repr(dataset.get_annotation_info("k"))]
    with pytest.raises(WrongCredentialsError) as caught:
        dataset.annotate("l", label_field="gt", **{**there, "password": "wr0ng-9Zq"})
    shown += [str(caught.value), repr(caught.value)]
    for text in shown:
        assert not any(word in text for word in (secret, "s3cr3t-9Zq", "wr0ng-9Zq"))
    for path in home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert secret.encode() not in data, path
            assert b"s3cr3t-9Zq" not in data, path
            assert b"wr0ng-9Zq" not in data, path


def test_what_is_left_alone_is_told(tmp_path: Path, there: There) -> None:
    masked = Detection("cat", [0.1, 0.1, 0.3, 0.3], mask=np.ones((4, 4), dtype=bool))
    both = Detections([Detection("cat", [0.1, 0.1, 0.3, 0.3]), masked])
    dataset = make_dataset(tmp_path, {"gt": both}, name="mixed")
    results = dataset.annotate("k", label_field="gt", **there)
    assert "its 1 instances stay as they are" in results.config.notes[0]
    assert dataset.load_annotations("k", **there).unchanged == 1
