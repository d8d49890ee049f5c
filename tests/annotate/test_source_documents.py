"""The calls of the two documents that this project set out from, on the quickstart dataset."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter

from tests.annotate.helpers import annotator, labels_of
from viewfinder.expr import F
from viewfinder.zoo import load_zoo_dataset

There = dict[str, Any]


@pytest.fixture
def quickstart(monkeypatch: pytest.MonkeyPatch, there: There) -> Any:
    """The dataset, with the label server where the documents have the hosted one."""
    monkeypatch.setattr(webbrowser, "open", lambda *_, **__: True)
    for name in ("url", "username", "password"):
        monkeypatch.setenv(f"FIFTYONE_CVAT_{name.upper()}", there[name])
    return load_zoo_dataset("quickstart")


def test_overview_and_existing_fields(quickstart: Any) -> None:
    quickstart.evaluate_detections("predictions", gt_field="ground_truth", eval_key="eval")
    high_conf_view = quickstart.filter_labels(
        "predictions", (F("confidence") > 0.5) & (F("eval") == "fp")
    )
    annot_view = high_conf_view.limit(1)
    info = annot_view.annotate(label_field="ground_truth", launch_editor=True)
    report = annot_view.load_annotations(info, delete_tasks=True)
    assert report.changes == ()
    assert report.unchanged == annot_view.count("ground_truth.detections")


def test_classes_and_attributes(quickstart: Any) -> None:
    view = quickstart.take(1, seed=51)
    attributes = {"iscrowd": {}, "attr2": {"type": "select", "values": ["val1", "val2"]}}
    classes = ["person", "dog", "cat", "helicopter"]
    info = view.annotate(
        label_field="ground_truth", classes=classes, attributes=attributes, launch_editor=True
    )
    (plan,) = info.config.label_schema.fields
    assert plan.classes == tuple(classes)
    assert [tool.name for tool in plan.tools["helicopter"]] == ["iscrowd", "attr2"]
    assert view.load_annotations(info, delete_tasks=True).changes == ()


def test_attribute_types_of_both_documents(quickstart: Any) -> None:
    view = quickstart.take(1, seed=51)
    attributes = {
        "occluded": {"type": "radio", "values": [True, False], "default_value": True},
        "weather": {"type": "select", "values": ["cloudy", "sunny", "overcast"]},
        "caption": {"type": "text"},
    }
    info = view.annotate(
        label_field="new_field", label_type="detections", classes=["dog", "cat", "person"],
        attributes=attributes,
    )  # fmt: skip
    tools = info.config.label_schema.fields[0].tools["dog"]
    assert [(tool.name, tool.type, tool.default) for tool in tools] == [
        ("occluded", "radio", True), ("weather", "select", None), ("caption", "text", None)
    ]  # fmt: skip
    info.cleanup()
    attributes = {
        "attr1": {"type": "text"},
        "attr2": {"type": "select", "values": ["val1", "val2"], "default": "val1"},
    }
    results = view.annotate("random_attrs", label_field="ground_truth", attributes=attributes)
    view.load_annotations("random_attrs")
    results.cleanup()


def test_new_fields_in_both_ways(quickstart: Any, there: There) -> None:
    view = quickstart.take(1, seed=51)
    classes = ["dog", "cat", "person"]
    schema = {"new_classifications": {"type": "classifications", "classes": classes}}
    one: dict[str, Any] = {
        "label_field": "new_classifications", "label_type": "classifications", "classes": classes
    }  # fmt: skip
    both: list[dict[str, Any]] = [one, {"label_schema": schema}]
    for number, asked in enumerate(both):
        info = view.annotate(**asked, launch_editor=True)
        with annotator(there, info.task_ids[0]) as person:
            person.tag("dog")
        view.load_annotations(info, delete_tasks=True)
        (found,) = labels_of(view, "new_classifications")
        assert [label.label for label in found] == ["dog"] * (number + 1)


def test_several_fields(quickstart: Any) -> None:
    view = quickstart.take(1, seed=52)
    label_schema = {
        "ground_truth": {},
        "gt_segmentations": {
            "type": "instances",
            "classes": ["person", "vehicle", "food"],
            "attributes": {"iscrowd": {"type": "radio", "values": [True, False], "default": False}},
        },
        "new_keypoints": {
            "type": "keypoints",
            "classes": ["person", "cat"],
            "attributes": {"occluded": {"type": "select", "values": [True, False]}},
        },
    }
    results = view.annotate("random_segs", label_schema=label_schema, launch_editor=True)
    assert view.load_annotations("random_segs").changes == ()
    results.cleanup()


def test_people(quickstart: Any, there: There) -> None:
    view = quickstart.take(5, seed=51)
    somebody = there["username"]
    results = view.annotate(
        "full_annot",
        label_field="ground_truth_cls",
        label_type="classifications",
        classes=["person", "vehicle", "animal"],
        segment_size=2,
        job_reviewers=["user1", "user2"],
        job_asignees=[somebody],
        task_assignee=somebody,
    )
    (task,) = results.status()
    assert task.assignee == somebody
    assert [job.assignee for job in task.jobs] == [somebody] * 3
    results.cleanup()


def test_plain_values(quickstart: Any) -> None:
    view = quickstart.take(1, seed=51)
    label_schema = {
        "scalar1": {"type": "scalar"},
        "scalar2": {"type": "scalar", "classes": ["class1", "class2", "class3"]},
    }
    info = view.annotate(label_schema=label_schema, launch_editor=True)
    view.load_annotations(info, delete_tasks=True)


def test_alternate_media(quickstart: Any, tmp_path: Path) -> None:
    view = quickstart.take(1, seed=51)
    for sample in view:
        path = tmp_path / Path(sample.filepath).name
        with Image.open(sample.filepath) as image:
            image.filter(ImageFilter.BLUR).save(path)
        sample["alt_filepath"] = str(path)
        sample.save()
    info = view.annotate(label_field="ground_truth", media_field="alt_filepath", launch_editor=True)
    assert view.load_annotations(info, delete_tasks=True).changes == ()


def test_instances_of_the_tutorial_and_tagged_samples(quickstart: Any, there: There) -> None:
    view = quickstart.take(2, seed=51)
    results = view.annotate(
        "segs_run", label_field="segmentations", label_type="instances",
        classes=["person", "vehicle", "animal"], launch_editor=True,
    )  # fmt: skip
    results.print_status()
    with annotator(there, results.task_ids[0]) as person:
        person.draw("polygon", "person", [1, 1, 20, 1, 20, 20])
    view.load_annotations("segs_run", cleanup=True)
    (label,) = labels_of(view, "segmentations")[0]
    assert label.mask is not None

    view.tag_samples("requires_annotation")
    tagged_view = quickstart.match_tags("requires_annotation")
    tagged_view.annotate("tagged_anno", label_field="ground_truth", launch_editor=True)
    assert tagged_view.load_annotations("tagged_anno", cleanup=True).changes == ()
    assert len(quickstart.load_annotation_view("tagged_anno")) == 2
