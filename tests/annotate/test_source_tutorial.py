"""Every code block of the tutorial "Annotating Datasets with CVAT", see ``source_blocks.py``.

Lines of the App (``session.…``) and of the brain are left out of the blocks: they come with these.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.annotate.helpers import annotator, labels_of
from tests.annotate.source_blocks import TUTORIAL, Program, blocks_run_by

There = dict[str, Any]


def test_every_block_has_its_test() -> None:
    tested = {block: test for block, test in TUTORIAL.items() if test.startswith("test_")}
    assert blocks_run_by(Path(__file__)) == tested


def test_setup(run: Program, there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"FIFTYONE_CVAT_{name}")
    # A shell would export these:
    run("Setup 2", """
        import os

        os.environ["FIFTYONE_CVAT_USERNAME"] = YOUR_USERNAME
        os.environ["FIFTYONE_CVAT_PASSWORD"] = YOUR_PASSWORD
        os.environ["FIFTYONE_CVAT_EMAIL"] = YOUR_EMAIL
    """, YOUR_USERNAME=there["username"], YOUR_PASSWORD=there["password"],
        YOUR_EMAIL="ann@example.org")  # fmt: skip
    run("", """
        import fiftyone as fo
        import fiftyone.utils.annotations as foua

        api = foua.connect_to_api()
        url = api.url
        api.close()
    """)  # fmt: skip
    assert run["url"] == there["url"]


def test_loading_data(run: Program, tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    run("Loading data 1", """
        # Example
        import fiftyone as fo

        name = "my_dataset"

        dataset = fo.Dataset.from_dir(
            dataset_dir=dataset_dir,
            dataset_type=fo.types.ImageDirectory,
            name=name,
        )
    """, dataset_dir=str(tmp_path / "raw"))  # fmt: skip
    assert (run["dataset"].name, len(run["dataset"])) == ("my_dataset", 0)
    run("Loading data 2", """
        import fiftyone as fo
        import fiftyone.zoo as foz

        # "open-images-v6" there
        dataset = foz.load_zoo_dataset("quickstart")
    """)  # fmt: skip
    run("Loading data 3", """
        dataset.persistent = True
    """)  # fmt: skip
    assert run["dataset"].persistent


UNIQUE = """
    import fiftyone as fo
    import fiftyone.zoo as foz

    dataset = foz.load_zoo_dataset("quickstart")
    unique_ids = dataset.take(12, seed=51).values("id")  # the brain finds them there
"""


def test_annotating_samples(
    run: Program, there: There, opened: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run("", UNIQUE)
    run("Finding unique samples 4", """
        unique_view = dataset.select(unique_ids)
    """)  # fmt: skip
    run("Annotating samples in CVAT 1", """
        # Randomly select 5 samples to load to CVAT
        unique_5_view = unique_view.take(5, seed=51)

        # A unique identifer for this run
        anno_key = "segs_run"

        # Upload the samples and launch CVAT
        anno_results = unique_5_view.annotate(
            anno_key,
            label_field="segmentations",
            label_type="instances",
            classes=["person", "vehicle", "animal"],
            launch_editor=True,
        )
    """)  # fmt: skip
    (task_id,) = run["anno_results"].task_ids
    assert len(opened) == 1
    assert f"/tasks/{task_id}/jobs/" in opened[0]
    run("Annotating samples in CVAT 2", """
        anno_results.print_status()
    """)  # fmt: skip
    printed = capsys.readouterr().out
    assert f"Task {task_id}" in printed
    assert "annotation" in printed
    with annotator(there, task_id) as person:
        person.draw("polygon", "person", [1, 1, 20, 1, 20, 20], frame=2)
    run("Annotating samples in CVAT 3", """
        unique_5_view.load_annotations("segs_run", cleanup=True)
    """)  # fmt: skip
    found = labels_of(run["unique_5_view"], "segmentations")
    assert [labels != [None] for labels in found] == [False, False, True, False, False]
    assert found[2][0].label == "person"
    assert found[2][0].mask is not None
    assert run["dataset"].get_annotation_info("segs_run").config.state == "cleaned"


@pytest.mark.usefixtures("team")
def test_a_team_and_a_new_session(run: Program, there: There, tmp_path: Path) -> None:
    run(
        "", UNIQUE + "    dataset.persistent = True\n    unique_view = dataset.select(unique_ids)\n"
    )
    run("Annotating samples in CVAT 5", """
        anno_key = "full_annot"
        results = unique_view.annotate(
            anno_key,
            label_field="ground_truth_cls",
            label_type="classifications",
            classes=["person", "vehicle", "animal"],
            segment_size=5,  # 25 of 100 there
            job_reviewers=["user1", "user2"],
            job_assignees=["user3", "user4"],
            task_assignee="user5",
        )
    """)  # fmt: skip
    (task,) = run["results"].status()
    assert task.assignee == "user5"
    assert [job.assignee for job in task.jobs] == ["user3", "user4", "user3"]
    run("Annotating samples in CVAT 6", """
        dataset.name = "example_dataset"
    """)  # fmt: skip
    theirs = {**there, "username": "user4", "password": "secret of user4"}
    with annotator(theirs, task.task_id) as person:
        person.tag("animal", frame=6)
    # "In the future in a new Python session"
    script = tmp_path / "later.py"
    script.write_text(
        "import fiftyone as fo\n"
        'dataset = fo.load_dataset("example_dataset")\n'
        'anno_key = "full_annot"\n'
        "dataset.load_annotations(anno_key)\n"
        "view = dataset.load_annotation_view(anno_key)\n"
        'print(len(view), view.count("ground_truth_cls.classifications"))\n'
    )
    command = [sys.executable, "-m", "viewfinder.compat", str(script)]
    done = subprocess.run(
        command, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "12 1"
    run("Annotating samples in CVAT 7", """
        import fiftyone as fo

        dataset = fo.load_dataset("example_dataset")

        anno_key = "full_annot"
        report = dataset.load_annotations(anno_key)

        view = dataset.load_annotation_view(anno_key)
        # session = fo.launch_app(view=view) comes with the App
    """)  # fmt: skip
    # The other session has loaded it already.
    assert run["report"].changes == ()
    assert [len(labels) for labels in labels_of(run["view"], "ground_truth_cls")][6] == 1
    run["dataset"].load_annotation_results("full_annot").cleanup()


def test_attributes(run: Program, there: There) -> None:
    run("Attributes 1", """
        import fiftyone as fo
        import fiftyone.zoo as foz

        dataset = foz.load_zoo_dataset("quickstart")

        attributes = {
            "attr1": {
                "type": "text",
            },
            "attr2": {
                "type": "select",
                "values": ["val1", "val2"],
                "default": "val1",
            }
        }

        random_view = dataset.take(1, seed=51)

        anno_key = "random_attrs"
        random_view.annotate(
            anno_key,
            label_field="ground_truth",
            attributes=attributes,
            launch_editor=True,
        )
    """)  # fmt: skip
    (task_id,) = run["dataset"].load_annotation_results("random_attrs").task_ids
    with annotator(there, task_id) as person:
        shape = person.shapes("rectangle")[0]
        name = next(n for n, number in person.class_ids.items() if number == shape.label_id)
        person.set_text(shape, name, "attr1", "looks at the camera")
    run("Attributes 2", """
        random_view.load_annotations("random_attrs")
    """)  # fmt: skip
    (found,) = labels_of(run["random_view"], "ground_truth")
    told = [label["attr1"] for label in found if label.has_attribute("attr1")]
    assert [text for text in told if text is not None] == ["looks at the camera"]
    run["dataset"].load_annotation_results("random_attrs").cleanup()


def test_label_schema(run: Program, there: There) -> None:
    run("", UNIQUE)
    run("", "dataset.clone_sample_field('ground_truth', 'existing_field')")
    run("Label schema 1", """
        label_schema = {
            "new_field": {
                "type": "detections",
                "classes": ["class_1", "class_2"],
                "attributes": {
                    "attr1": {
                        "type": "radio",
                        "values": ["val1", "val2"],
                        "default": "val1",
                    }
                }
            },
            "existing_field": {},
        }
    """)  # fmt: skip
    run("", "results = dataset.limit(1).annotate('both', label_schema=label_schema)")
    new, existing = run["results"].config.label_schema.fields
    assert (new.kind, new.classes, new.exists) == ("detections", ("class_1", "class_2"), False)
    assert (existing.kind, existing.exists) == ("detections", True)
    assert run["dataset"].load_annotations("both", cleanup=True).changes == ()

    run("Label schema 2", """
        label_schema = {
            "ground_truth": {},
            "gt_segmentations": {
                "type": "instances",
                "classes": ["person", "vehicle", "food"],
                "attributes": {
                    "iscrowd": {
                        "type": "radio",
                        "values": [True, False],
                        "default": False,
                    }
                }
            }
        }

        random_view = dataset.take(1, seed=52)

        anno_key = "random_segs"
        random_view.annotate(anno_key, label_schema=label_schema, launch_editor=True)
    """)  # fmt: skip
    before = labels_of(run["random_view"], "ground_truth")
    (task_id,) = run["dataset"].load_annotation_results("random_segs").task_ids
    with annotator(there, task_id) as person:
        person.draw("polygon", "food", [10, 10, 40, 10, 40, 40])
    run("Label schema 3", """
        report = random_view.load_annotations("random_segs")
    """)  # fmt: skip
    assert [change.outcome for change in run["report"].changes] == ["added"]
    (label,) = labels_of(run["random_view"], "gt_segmentations")[0]
    assert (label.label, label.iscrowd) == ("food", False)
    assert len(labels_of(run["random_view"], "ground_truth")[0]) == len(before[0])
    run["dataset"].load_annotation_results("random_segs").cleanup()


def test_what_to_improve(run: Program) -> None:
    run("Dataset improvement 1", """
        import fiftyone as fo
        import fiftyone.zoo as foz

        dataset = foz.load_zoo_dataset("quickstart")  # "coco-2017" there
    """)  # fmt: skip
    run("Dataset improvement 3", """
        import fiftyone as fo
        import fiftyone.zoo as foz

        dataset = foz.load_zoo_dataset("quickstart")
    """)  # fmt: skip
    run("Dataset improvement 6", """
        results = dataset.evaluate_detections(
            "predictions",
            gt_field="ground_truth",
            eval_key="eval",
            # compute_mAP=True comes with evaluation
        )
    """)  # fmt: skip
    run("Dataset improvement 7", """
        from fiftyone import ViewField as F

        view = dataset.filter_labels(
            "predictions",
            (F("confidence") > 0.6) & (F("eval") == "fp")  # 0.85 there: another detector
        ).sort_by(
            F("predictions.detections").length(),
            reverse=True,
        )
    """)  # fmt: skip
    assert len(run["view"]) == 11


@pytest.mark.usefixtures("team")
def test_dataset_improvement(run: Program, there: There) -> None:
    run("", UNIQUE)
    run("", "dataset.evaluate_detections('predictions', eval_key='eval')")
    # "Tag some of these samples": the App's button
    run("", """
        view = dataset.match(fo.ViewField("ground_truth.detections").length() > 2).limit(2)
        view.tag_samples("requires_annotation")
    """)  # fmt: skip
    run("Dataset improvement 11", """
        tagged_view = dataset.match_tags("requires_annotation")
    """)  # fmt: skip
    run("Dataset improvement 12", """
        anno_key = "tagged_anno"
        tagged_view.annotate(anno_key, label_field="ground_truth", launch_editor=True)
    """)  # fmt: skip
    assert len(run["tagged_view"]) == 2
    (task_id,) = run["dataset"].load_annotation_results("tagged_anno").task_ids
    with annotator(there, task_id) as person:
        person.delete(person.shapes("rectangle")[0])
    before = run["dataset"].count("ground_truth.detections")
    run("Dataset improvement 13", """
        tagged_view.load_annotations("tagged_anno", cleanup=True)
    """)  # fmt: skip
    assert run["dataset"].count("ground_truth.detections") == before - 1
    fn = run["dataset"].sum("eval_fn") + run["dataset"].sum("eval_tp")
    assert fn == before
    run("Dataset improvement 15", """
        results = dataset.evaluate_detections(
            "predictions",
            gt_field="ground_truth",
            eval_key="eval",
            # compute_mAP=True comes with evaluation
        )
    """)  # fmt: skip
    assert run["dataset"].sum("eval_fn") + run["dataset"].sum("eval_tp") == before - 1
    run("Dataset improvement 16", """
        anno_key = "all_mistakes"
        results = tagged_view.annotate(
            anno_key,
            label_field="ground_truth",
            segment_size=1,  # 25 there
            task_assignee="user1",
            job_assignees=["user2", "user3"],
            job_reviewers="user4",
        )
    """)  # fmt: skip
    (task,) = run["results"].status()
    assert task.assignee == "user1"
    assert [job.assignee for job in task.jobs] == ["user2", "user3"]
    run["results"].cleanup()


def test_annotating_videos(run: Program, opened: list[str]) -> None:
    run("Annotating videos in CVAT 1", """
        import fiftyone as fo
        import fiftyone.zoo as foz
    """)  # fmt: skip
    run("Annotating videos in CVAT 2", """
        dataset = foz.load_zoo_dataset("quickstart-video")
    """)  # fmt: skip
    run("Annotating videos in CVAT 3", """
        random_view = dataset.take(2, seed=51)
    """)  # fmt: skip
    run("Annotating videos in CVAT 4", """
        anno_key = "vid_anno"
        random_view.annotate(anno_key, label_field="frames.detections", launch_editor=True)
    """)  # fmt: skip
    results = run["dataset"].load_annotation_results("vid_anno")
    assert len(results.task_ids) == 2
    assert len(opened) == 1
    count = run["random_view"].count("frames.detections.detections")
    run("Annotating videos in CVAT 5", """
        report = random_view.load_annotations("vid_anno", cleanup=True)
    """)  # fmt: skip
    assert run["report"].changes == ()
    assert run["report"].unchanged == count
