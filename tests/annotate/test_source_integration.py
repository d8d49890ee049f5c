"""Every code block of the page "CVAT Integration" of FiftyOne 0.12, see ``source_blocks.py``.

Where the page says ``take(1)``, a seed is added, so that the test is the same each time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cvat_sdk import models

from tests.annotate.helpers import annotator, labels_of
from tests.annotate.source_blocks import INTEGRATION, Program, blocks_run_by
from viewfinder.errors import ConfigError, MissingCredentialsError

There = dict[str, Any]

QUICKSTART = """
    import fiftyone as fo
    import fiftyone.zoo as foz

    dataset = foz.load_zoo_dataset("quickstart")
    view = dataset.take(1, seed=51)
"""


def test_every_block_has_its_test() -> None:
    assert blocks_run_by(Path(__file__)) == INTEGRATION


def test_workflow_overview(run: Program, there: There, opened: list[str]) -> None:
    def draw_a_person(info: Any) -> None:
        with annotator(there, info.task_ids[0]) as person:
            person.draw("rectangle", "person", [5, 5, 25, 35])

    run("Workflow Overview 1", """
        import fiftyone as fo
        import fiftyone.zoo as foz

        # Step 1: Load your data into FiftyOne
        dataset = foz.load_zoo_dataset("quickstart")

        # Step 2: Find a subset of data requiring annotation
        from fiftyone import ViewField as F

        results = dataset.evaluate_detections(pred_field="predictions", eval_key="eval")
        high_conf_view = dataset.filter_labels(
            "predictions",
            (F("confidence") > 0.6) & (F("eval") == "fp"),  # 0.8 there: another detector
        )

        # Step 3: Create a view of samples to annotate
        # Select a sample for annotation for this example
        annot_view = high_conf_view.limit(1)

        # Step 4: Send samples to CVAT
        info = annot_view.annotate(label_field="ground_truth", launch_editor=True)

        # Step 5: In CVAT, annotate samples and save
        annotate_in_cvat(info)

        # Step 6: Load updated annotations back into FiftyOne
        report = annot_view.load_annotations(info, delete_tasks=True)
    """, annotate_in_cvat=draw_a_person)  # fmt: skip
    assert len(run["annot_view"]) == 1
    assert len(opened) == 1
    assert [change.outcome for change in run["report"].changes] == ["added"]
    assert run["report"].unchanged == run["annot_view"].count("ground_truth.detections") - 1
    assert run["dataset"].get_annotation_info(run["info"].key).config.state == "cleaned"


def test_environment_variables(run: Program, there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    host, _, port = there["url"].removeprefix("http://").partition(":")
    variables = {"URL": host, "PORT": port, "HTTPS": "false"}
    for name, value in variables.items():
        monkeypatch.setenv(f"FIFTYONE_CVAT_{name}", value)
    # A shell would export these two:
    run("Environment variables 1", """
        import os

        os.environ["FIFTYONE_CVAT_USERNAME"] = MY_USERNAME
        os.environ["FIFTYONE_CVAT_PASSWORD"] = MY_PASSWORD
    """, MY_USERNAME=there["username"], MY_PASSWORD=there["password"])  # fmt: skip
    run("", QUICKSTART + "    info = view.annotate(label_field='ground_truth')\n")
    assert run["info"].url == there["url"]
    run["info"].cleanup()


def test_keyword_argument(run: Program, there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIFTYONE_CVAT_USERNAME")
    monkeypatch.delenv("FIFTYONE_CVAT_PASSWORD")
    run("Keyword argument 1", """
        import fiftyone as fo
        import fiftyone.zoo as foz

        dataset = foz.load_zoo_dataset("quickstart")
        view = dataset.take(1, seed=51)

        auth = {
            "username": MY_USERNAME,
            "password": MY_PASSWORD,
        }

        info = view.annotate(label_field="ground_truth", auth=auth)
    """, MY_USERNAME=there["username"], MY_PASSWORD=there["password"])  # fmt: skip
    assert len(info := run["info"].task_ids) == 1, info
    with pytest.raises(MissingCredentialsError):
        run["view"].load_annotations(run["info"])
    assert run["view"].load_annotations(run["info"], auth=run["auth"]).changes == ()
    run["view"].load_annotations(run["info"], auth=run["auth"], delete_tasks=True)


def test_nobody_is_asked_by_the_library(run: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page shows a prompt here. Only the command line asks; the library says what to do."""
    monkeypatch.delenv("FIFTYONE_CVAT_USERNAME")
    monkeypatch.delenv("FIFTYONE_CVAT_PASSWORD")
    run("", QUICKSTART)
    with pytest.raises(MissingCredentialsError, match="VIEWFINDER_CVAT_USERNAME"):
        run("Command line prompt 1", """
            info = view.annotate(label_field="ground_truth", launch_editor=True)
        """)  # fmt: skip
    assert run["dataset"].list_annotation_runs() == []


def test_fiftyone_config(
    run: Program, there: There, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("URL", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"FIFTYONE_CVAT_{name}")
    host, _, port = there["url"].removeprefix("http://").partition(":")
    monkeypatch.delenv("VIEWFINDER_ANNOTATION_CONFIG_PATH")
    monkeypatch.setenv("HOME", str(tmp_path))
    # The page shows what is to stand in the file:
    run("FiftyOne config 1", """
        config = {
            "cvat_username": MY_USERNAME,
            "cvat_password": MY_PASSWORD,
            "cvat_url": host,
            "cvat_port": port,
            "cvat_https": False,
        }
    """, MY_USERNAME=there["username"], MY_PASSWORD=there["password"], host=host,
        port=int(port))  # fmt: skip
    path = tmp_path / ".fiftyone" / "annotation_config.json"
    path.parent.mkdir()
    path.write_text(json.dumps(run["config"]))
    run("", QUICKSTART + "    info = view.annotate(label_field='ground_truth')\n")
    assert run["info"].url == there["url"]
    path.write_text('{"cvat_username": "ann"}')
    with pytest.raises(ConfigError, match="no address"):
        run("", "view.annotate(label_field='ground_truth')")
    path.write_text(json.dumps(run["config"]))
    run["info"].cleanup()


def test_attributes_as_a_list(run: Program) -> None:
    run("", QUICKSTART)
    run("Attributes 1", """
        # All attributes will attempt to be parsed from
        # existing attributes in the label field,
        # otherwise text boxes with no default values are used
        attributes = ["iscrowd", "comment"]
    """)  # fmt: skip
    run("", "info = view.annotate(label_field='ground_truth', attributes=attributes)")
    (plan,) = run["info"].config.label_schema.fields
    tools = {tool.name: (tool.type, tool.default) for tool in plan.tools_of("person")}
    assert tools["comment"] == ("text", None)
    assert set(tools) == {"iscrowd", "comment"}
    run["info"].cleanup()


def test_attributes_as_a_dict(run: Program) -> None:
    run("", QUICKSTART)
    run("Attributes 2", """
        attributes = {
            "occluded": {
                "type": "radio",
                "values": [True, False],
                "default_value": True,
            },
            "weather": {
                "type": "select",
                "values": ["cloudy", "sunny", "overcast"],
            },
            "caption": {
                "type": "text",
            }
        }

        info = view.annotate(
            label_field="new_field",
            label_type="detections",
            classes=["dog", "cat", "person"],
            attributes=attributes,
        )
    """)  # fmt: skip
    (plan,) = run["info"].config.label_schema.fields
    assert [(tool.name, tool.type, tool.default) for tool in plan.tools["dog"]] == [
        ("occluded", "radio", True), ("weather", "select", None), ("caption", "text", None)
    ]  # fmt: skip
    run["info"].cleanup()


def test_label_schema(run: Program, there: There) -> None:
    run("", QUICKSTART)
    run("", "view = dataset.match(fo.ViewField('scene').exists()).limit(2)")
    run("", "dataset.clone_sample_field('scene', 'existing_field')")
    run("Label schema 1", """
        label_schema={
            "new_field": {
                "type": "classifications",
                "classes": ["class1", "class2"],
                "attributes": {
                    "attr1": {
                        "type": "select",
                        "values": ["val1", "val2"],
                        "default_value": "val1",
                    },
                    "attr2": {
                        "type": "radio",
                        "values": [True, False],
                        "default_value": False,
                    }
                },
            },
            "existing_field": {
                "classes": ["class3", "class4"],
                "attributes": {
                    "attr3": {
                        "type": "text",
                    }
                }
            },
        }
        info = view.annotate(label_schema=label_schema)
    """)  # fmt: skip
    (task_id,) = run["info"].task_ids
    with annotator(there, task_id) as person:
        person.tag("class1", frame=1)
        person.tag("class3", frame=0)
    run("Load Annotations 1", """
        view.load_annotations(info)
    """)  # fmt: skip
    first, second = labels_of(run["view"], "new_field")
    assert first == [None]
    assert [(label.label, label.attr1, label.attr2) for label in second] == [
        ("class1", "val1", False)
    ]
    run["info"].cleanup()


def test_modify_existing_label_field(run: Program, there: There) -> None:
    run("", QUICKSTART)
    run("", "view = dataset.match(fo.ViewField('ground_truth.detections').length() > 2).limit(1)")
    run("Modify existing label field 1", """
        info = view.annotate(label_field="ground_truth", launch_editor=True)
    """)  # fmt: skip
    before = labels_of(run["view"], "ground_truth")[0]
    with annotator(there, run["info"].task_ids[0]) as person:
        gone, moved = person.shapes("rectangle")[:2]
        person.delete(gone)
        person.change(moved, lambda data: data.update(points=[1.5, 2.5, 30.25, 40.75]))
        person.draw("rectangle", "person", [5, 5, 25, 35])
    run("Modify existing label field 1", """
        # Modify/Add/Delete bounding boxes and their attributes

        report = view.load_annotations(info, delete_tasks=True)
    """)  # fmt: skip
    counts = run["report"].counts
    assert (counts["added"], counts["edited"], counts["deleted"]) == (1, 1, 1)
    assert len(labels_of(run["view"], "ground_truth")[0]) == len(before)


def test_new_classes_and_attributes(run: Program, there: There) -> None:
    run("Modify existing label field 2", """
        import fiftyone as fo
        import fiftyone.zoo as foz

        dataset = foz.load_zoo_dataset("quickstart")
        view = dataset.take(1, seed=51)

        # List of existing or new classes to annotate
        classes = ["person", "dog", "cat", "helicopter"]

        # Load existing information for "iscrowd" attribute
        # Create new "attr2" attribute
        attributes = {
            "iscrowd": {},
            "attr2": {
                "type": "select",
                "values": ["val1", "val2"],
            }
        }

        info = view.annotate(
            label_field="ground_truth",
            classes=classes,
            attributes=attributes,
            launch_editor=True,
        )
    """)  # fmt: skip
    (plan,) = run["info"].config.label_schema.fields
    assert plan.classes == ("person", "dog", "cat", "helicopter")
    assert [tool.name for tool in plan.tools["helicopter"]] == ["iscrowd", "attr2"]
    with annotator(there, run["info"].task_ids[0]) as person:
        person.draw("rectangle", "helicopter", [5, 5, 25, 35])
    run("Modify existing label field 2", """
        # Modify/Add/Delete bounding boxes and their attributes

        report = view.load_annotations(info, delete_tasks=True)
    """)  # fmt: skip
    assert [change.outcome for change in run["report"].changes] == ["added"]
    assert "helicopter" in [label.label for label in labels_of(run["view"], "ground_truth")[0]]


def test_create_new_label_fields(run: Program, there: There) -> None:
    run("", QUICKSTART)
    run("Create new label fields 1", """
        info = view.annotate(
            label_field="new_classifications",
            label_type="classifications",
            classes=["dog", "cat", "person"],
            launch_editor=True,
        )
    """)  # fmt: skip
    with annotator(there, run["info"].task_ids[0]) as person:
        person.tag("dog")
    run("Create new label fields 1", """
        # Create Tag annotations in CVAT

        view.load_annotations(info, delete_tasks=True)
    """)  # fmt: skip
    assert [label.label for label in labels_of(run["view"], "new_classifications")[0]] == ["dog"]

    run("", "dataset.delete_sample_field('new_classifications')")
    run("Create new label fields 2", """
        label_schema = {
            "new_classifications": {
                "type": "classifications",
                "classes": ["dog", "cat", "person"],
            }
        }

        info = view.annotate(label_schema=label_schema, launch_editor=True)
    """)  # fmt: skip
    with annotator(there, run["info"].task_ids[0]) as person:
        person.tag("cat")
    run("Create new label fields 2", """
        # Create Tag annotations in CVAT

        view.load_annotations(info, delete_tasks=True)
    """)  # fmt: skip
    assert [label.label for label in labels_of(run["view"], "new_classifications")[0]] == ["cat"]


def test_annotate_multiple_fields(run: Program, there: There) -> None:
    run("", QUICKSTART)
    run("Annotate multiple fields 1", """
        label_schema = {
            "ground_truth": {},
            "new_keypoints": {
                "type": "keypoints",
                "classes": ["person", "cat", "dog", "food"],
                "attributes": {
                    "occluded": {
                        "type": "select",
                        "values": [True, False],
                    }
                }
            }
        }

        info = view.annotate(label_schema=label_schema, launch_editor=True)
    """)  # fmt: skip
    # One task has both fields: a class that both have carries the name of its field.
    (task_id,) = run["info"].task_ids
    with annotator(there, task_id) as person:
        person.draw("points", "food", [10, 10, 20, 20])
        person.draw("points", "person_new_keypoints", [30, 30])
    run("Annotate multiple fields 1", """
        view.load_annotations(info, delete_tasks=True)
    """)  # fmt: skip
    (found,) = labels_of(run["view"], "new_keypoints")
    assert [(label.label, len(label.points)) for label in found] == [("food", 2), ("person", 1)]


@pytest.mark.parametrize("unexpected", ["keep", {"polylines": "new_polylines"}])
def test_unexpected_annotations(run: Program, there: There, unexpected: Any) -> None:
    """The page shows a prompt for the field's name; the library takes it as an argument."""
    run("", QUICKSTART)
    run("Unexpected annotations 1", """
        info = view.annotate(label_field="ground_truth", launch_editor=True)
    """)  # fmt: skip
    with annotator(there, run["info"].task_ids[0]) as person:
        person.draw("polyline", "person", [1, 1, 9, 9, 20, 5])
    run("Unexpected annotations 1", """
        # Add polyline annotations in CVAT

        view.load_annotations(info, delete_tasks=True, unexpected=unexpected)
    """, unexpected=unexpected)  # fmt: skip
    field = "polylines" if unexpected == "keep" else "new_polylines"
    run("Unexpected annotations 2", """
        print(view)
        summary = str(view)
    """)  # fmt: skip
    assert any(
        line.split(":")[0].strip() == field and "Polylines" in line
        for line in run["summary"].splitlines()
    )
    assert len(labels_of(run["view"], field)[0]) == 1


@pytest.mark.usefixtures("team")
def test_assign_users(run: Program, there: There) -> None:
    """More jobs than names: the later tutorial says that they take turns, so they do."""
    run("", QUICKSTART)
    run("Assign users 1", """
        view = dataset.take(5, seed=51)

        task_assignee = "username1"
        job_asignees = ["username2", "username3"]
        job_reviewers = ["username4", "username5", "username6", "username7"]

        # Load "ground_truth" field into one task
        # Create another task for "keypoints" field
        label_schema = {
            "ground_truth": {},
            "keypoints": {
                "type": "keypoints",
                "classes": ["person"],
            }
        }

        info = view.annotate(
            label_schema=label_schema,
            task_assignee=task_assignee,
            job_asignees=job_asignees,
            job_reviewers=job_reviewers,
            segment_size=2,
            launch_editor=True,
        )
    """)  # fmt: skip
    (task,) = run["info"].status()
    assert task.assignee == "username1"
    assert [job.assignee for job in task.jobs] == ["username2", "username3", "username2"]
    (note,) = run["info"].config.notes
    assert "username4, username5, username6, username7 can't be made reviewers" in note
    # Whoever has a job can work on it with an account of his own.
    theirs = {**there, "username": "username2", "password": "secret of username2"}
    with annotator(theirs, run["info"].task_ids[0]) as person:
        assert {job.assignee.username for job in person.task.get_jobs()} >= {"username2"}
    run["info"].cleanup()


def test_scalar_labels(run: Program, there: There) -> None:
    run("Scalar labels 1", """
        import fiftyone as fo
        import fiftyone.zoo as foz

        dataset = foz.load_zoo_dataset("quickstart")
        view = dataset.take(1, seed=51)

        # Create two scalar fields
        # One with classes and one without
        label_schema = {
            "scalar1": {
                "type": "scalar",
            },
            "scalar2": {
                "type": "scalar",
                "classes": ["class1", "class2", "class3"],
            }
        }

        info = view.annotate(
            label_schema=label_schema,
            launch_editor=True,
        )
    """)  # fmt: skip
    with annotator(there, run["info"].task_ids[0]) as person:
        person.tag("class2")
        value = models.AttributeValRequest(spec_id=person.spec_ids["scalar1", "value"], value="7")
        tag = models.LabeledImageRequest(
            frame=0, label_id=person.class_ids["scalar1"], attributes=[value]
        )
        person.create(tags=[tag])
    run["view"].load_annotations(run["info"], delete_tasks=True)
    assert run["view"].values("scalar1") == [7]
    assert run["view"].values("scalar2") == ["class2"]


def test_upload_alternate_media(run: Program, there: There, tmp_path: Path) -> None:
    run("Upload alternate media 1", """
        import fiftyone as fo
        import fiftyone.zoo as foz
        from PIL import Image, ImageFilter  # the page uses cv2
        import os

        def create_alternate_media(sample, directory):
            filepath = sample.filepath
            filename = os.path.basename(filepath)
            alt_filepath = os.path.join(directory, filename)

            img = Image.open(filepath)
            processed_img = img.filter(ImageFilter.BoxBlur(10))
            processed_img.save(alt_filepath)

            sample["alt_filepath"] = alt_filepath
            sample.save()


        dataset = foz.load_zoo_dataset("quickstart")
        view = dataset.take(1, seed=51)

        if not os.path.exists(alt_dir):
            os.makedirs(alt_dir)

        for sample in view:
            create_alternate_media(sample, alt_dir)

        info = view.annotate(
            label_field="ground_truth",
            media_field="alt_filepath",
            launch_editor=True,
        )
    """, alt_dir=str(tmp_path / "alternate_media_example"))  # fmt: skip
    with annotator(there, run["info"].task_ids[0]) as person:
        shown = person.task.get_frame(0, quality="original").read()
    assert shown == Path(run["view"].first().alt_filepath).read_bytes()
    run("Upload alternate media 1", """
        # Annotate in CVAT

        report = view.load_annotations(info, delete_tasks=True)
    """)  # fmt: skip
    assert run["report"].changes == ()


def test_videos(run: Program) -> None:
    run("Videos 1", """
        import fiftyone as fo
        import fiftyone.zoo as foz

        dataset = foz.load_zoo_dataset("quickstart-video")
        # The zoo's field has another name today.
        dataset.clone_frame_field("detections", "ground_truth_detections")
        view = dataset.take(1, seed=51)

        info = view.annotate(
            label_field="frames.ground_truth_detections",
            launch_editor=True,
        )

        # Annotate in CVAT

        report = view.load_annotations(info, delete_tasks=True)
    """)  # fmt: skip
    assert run["report"].changes == ()
    assert run["report"].unchanged > 0
