from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.annotate.helpers import annotator, bits, labels_of, make_dataset
from viewfinder.errors import AnnotationError, ServerUnreachableError
from viewfinder.facade.datasets import load_dataset
from viewfinder.labels import Detection, Detections, Keypoint, Keypoints

There = dict[str, Any]


def test_defect_07_nan_keypoints_are_sent_without_the_missing_points(
    tmp_path: Path, there: There
) -> None:
    points = [(0.1, 0.2), (math.nan, math.nan), (0.5, 0.6)]
    dataset = make_dataset(tmp_path, {"pose": Keypoints([Keypoint("cat", points)])}, name="d07")
    before = bits(labels_of(dataset, "pose"))
    results = dataset.annotate("k", label_field="pose", **there)
    with annotator(there, results.task_ids[0]) as person:
        (shape,) = person.shapes()
        assert len(shape.points) == 4
    assert dataset.load_annotations("k", **there).changes == ()
    assert bits(labels_of(dataset, "pose")) == before


def test_defect_08_a_class_of_two_fields_keeps_the_flags_of_each(
    tmp_path: Path, there: There
) -> None:
    def box(occluded: bool) -> Detections:
        return Detections([Detection("cat", [0.1, 0.1, 0.3, 0.3], hidden=occluded, family=3)])

    dataset = make_dataset(tmp_path, {"a": box(True), "b": box(False)}, name="d08")
    before = bits([labels_of(dataset, "a"), labels_of(dataset, "b")])
    results = dataset.annotate(
        "k", ["a", "b"], occluded_attr="hidden", group_id_attr="family", **there
    )
    with annotator(there, results.task_ids[0]) as person:
        assert sorted(shape.occluded for shape in person.shapes()) == [False, True]
        assert [shape.group for shape in person.shapes()] == [3, 3]
    assert dataset.load_annotations("k", **there).changes == ()
    assert bits([labels_of(dataset, "a"), labels_of(dataset, "b")]) == before


def test_defect_15_a_run_that_could_not_begin_leaves_its_key_free(
    tmp_path: Path, there: There
) -> None:
    dataset = make_dataset(
        tmp_path, {"a": Detections([Detection("cat", [0.1, 0.1, 0.3, 0.3])])}, name="d15"
    )
    away = {**there, "url": "http://127.0.0.1:9"}
    with pytest.raises(ServerUnreachableError):
        dataset.annotate("k", label_field="a", **away)
    assert dataset.list_annotation_runs() == []
    dataset.annotate("k", label_field="a", **there).cleanup()


def test_defect_22_text_and_checkbox_need_no_values(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {}, name="d22")
    attributes = {
        "note": {"type": "text"},
        "wet": {"type": "checkbox"},
        "dry": {"type": "checkbox", "default_value": True},
    }
    results = dataset.annotate(
        "k", label_field="new", label_type="detections", classes=["cat"], attributes=attributes,
        **there,
    )  # fmt: skip
    with annotator(there, results.task_ids[0]) as person:
        (label,) = person.task.get_labels()
        kinds = {spec.name: str(spec.input_type) for spec in label.attributes}
        defaults = {spec.name: spec.default_value for spec in label.attributes}
    assert (kinds["note"], kinds["wet"]) == ("text", "checkbox")
    assert (defaults["wet"], defaults["dry"]) == ("false", "true")


def test_defect_25_masks_in_files_are_instances(tmp_path: Path, there: There) -> None:
    path = tmp_path / "mask.png"
    Image.fromarray(np.full((8, 8), 255, dtype=np.uint8)).save(path)
    masked = Detection("cat", [0.1, 0.1, 0.3, 0.3], mask_path=str(path))
    dataset = make_dataset(tmp_path, {"gt": Detections([masked])}, name="d25")
    before = bits(labels_of(dataset, "gt"))
    results = dataset.annotate("k", label_field="gt", **there)
    assert results.config.label_schema.fields[0].kind == "instances"
    with annotator(there, results.task_ids[0]) as person:
        assert len(person.shapes("mask")) == 1
    assert dataset.load_annotations("k", **there).changes == ()
    assert bits(labels_of(dataset, "gt")) == before
    path.unlink()
    with pytest.raises(OSError, match="no file at"):
        dataset.annotate("l", label_field="gt", **there)
    assert dataset.list_annotation_runs() == ["k"]


def test_defect_29_a_cleanup_is_known_to_the_next_session(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(
        tmp_path, {"a": Detections([Detection("cat", [0.1, 0.1, 0.3, 0.3])])}, name="d29"
    )
    dataset.annotate("k", label_field="a", **there).cleanup()
    again = load_dataset("d29").load_annotation_results("k", **there)
    assert again.task_ids == []
    with pytest.raises(AnnotationError, match="no job on the server"):
        again.launch_editor()
