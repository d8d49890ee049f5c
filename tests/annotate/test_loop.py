from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.annotate.helpers import SIZES, annotator, bits, labels_of, make_dataset
from viewfinder.errors import (
    AnnotationError,
    AnnotationRunExistsError,
    AnnotationRunNotFoundError,
    FieldNotFoundError,
    InvalidAnnotationKeyError,
    LabelSchemaError,
    MediaNotFoundError,
    MediaUnreadableError,
    ServerUnreachableError,
    ViewfinderError,
    WrongCredentialsError,
)
from viewfinder.expr import F
from viewfinder.labels import (
    Classification,
    Classifications,
    Detection,
    Detections,
    Keypoint,
    Keypoints,
    Polyline,
    Polylines,
    Segmentation,
)
from viewfinder.schema import DEFAULT_FIELDS, KeypointSkeleton

There = dict[str, Any]
WIDTH, HEIGHT = SIZES[0]


def boxes(*labels: str) -> Detections:
    return Detections(
        [
            Detection(
                label, [0.1 * n, 0.1, 1 / 3, 0.3], confidence=0.9, note=f"n{n}", occluded=False
            )
            for n, label in enumerate(labels)
        ]
    )


def test_an_annotators_day(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(
        tmp_path, {"gt": boxes("cat", "dog", "cat", "cow")}, {"gt": boxes("cat")}
    )
    before = [[bits(label) for label in labels] for labels in labels_of(dataset, "gt")]
    results = dataset.annotate("day", label_field="gt", **there)
    with annotator(there, results.task_ids[0]) as person:
        moved, reclassed, removed, noted = person.shapes(frame=0)
        person.change(moved, lambda shape: shape["points"].__setitem__(2, 30.5))
        person.change(
            reclassed, lambda s: s.update(label_id=person.class_ids["cow"], attributes=[])
        )
        person.delete(removed)
        person.set_text(noted, "cow", "note", "better")
        person.change(person.shapes(frame=0)[-1], lambda shape: shape.update(occluded=True))
        person.draw("rectangle", "dog", [10, 10, 20, 20], frame=1)

    looked = dataset.load_annotations("day", dry_run=True, **there)
    assert [[bits(label) for label in labels] for labels in labels_of(dataset, "gt")] == before
    report = dataset.load_annotations("day", **there)
    assert looked.counts == report.counts
    assert report.counts == {
        "added": 1, "edited": 3, "deleted": 1, "conflict": 0, "refused": 0, "unexpected": 0
    }  # fmt: skip
    assert report.unchanged == 1

    (moved_, reclassed_, noted_), (kept, drawn) = labels_of(dataset, "gt")
    x, y, _, height = before[0][0]["bounding_box"]
    assert bits(moved_.bounding_box) == [x, y, (30.5 / WIDTH).hex(), height]
    assert (moved_.label, moved_.confidence, moved_.note) == ("cat", 0.9, "n0")
    assert reclassed_.label == "cow"
    assert bits(reclassed_.bounding_box) == before[0][1]["bounding_box"]
    assert reclassed_.note == "n1"
    assert (noted_.note, noted_.occluded) == ("better", True)
    assert bits(kept) == before[1][0]
    size = SIZES[1]
    assert drawn.bounding_box == [10 / size[0], 10 / size[1], 10 / size[0], 10 / size[1]]
    assert (drawn.label, drawn.confidence) == ("dog", None)

    again = dataset.load_annotations("day", **there)
    assert (again.changes, again.version) == ((), None)
    assert again.unchanged == 5


def test_a_second_round_of_edits_on_what_was_loaded(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")})
    results = dataset.annotate("k", label_field="gt", **there)
    with annotator(there, results.task_ids[0]) as person:
        person.draw("rectangle", "cat", [1, 1, 9, 9])
        dataset.load_annotations("k", **there)
        new = labels_of(dataset, "gt")[0][1]
        person.change(person.shapes()[1], lambda shape: shape.update(points=[1, 1, 9, 10]))
        report = dataset.load_annotations("k", **there)
    assert [(c.outcome, c.attribute, c.label_id) for c in report.changes] == [
        ("edited", "bounding_box", new.id)
    ]
    with annotator(there, results.task_ids[0]) as person:
        person.delete(*person.shapes())
    assert dataset.load_annotations("k", **there).counts["deleted"] == 2
    assert labels_of(dataset, "gt") == [[]]


def test_a_copy_is_a_new_label_and_the_original_stays(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")})
    before = bits(labels_of(dataset, "gt")[0][0])
    results = dataset.annotate("k", label_field="gt", **there)
    with annotator(there, results.task_ids[0]) as person:
        person.copy(person.shapes()[0])
    assert dataset.load_annotations("k", **there).counts["added"] == 1
    original, copied = labels_of(dataset, "gt")[0]
    assert bits(original) == before
    assert copied.id != original.id


SQUARE = [(0.1, 0.1), (0.5, 0.1), (0.5, 0.5)]
OTHER = [(0.6, 0.6), (0.9, 0.6), (0.9, 0.9)]


def one_of_each_type() -> dict[str, Any]:
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    mask[2:5, 2:6], mask[40, 40] = 1, 99
    return {
        "scene": Classification("day", confidence=0.5),
        "topics": Classifications([Classification("a"), Classification("b")]),
        "objects": Detections([Detection("cat", [0.1, 0.1, 0.2, 0.2], mask=np.ones((3, 5)))]),
        "areas": Polylines([Polyline("zone", [SQUARE, OTHER], closed=True, filled=True)]),
        "lines": Polylines([Polyline("lane", [SQUARE], closed=True)]),
        "poses": Keypoints([Keypoint("nose", [(0.1, 0.1), (math.nan, math.nan), (0.5, 0.5)])]),
        "pixels": Segmentation(mask=mask),
    }


def test_edits_of_every_label_type(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, one_of_each_type())
    schema: dict[str, dict[str, Any]] = {
        "scene": {"classes": ["day", "night"]},
        "topics": {"classes": ["a", "b", "c"]},
        **{name: {} for name in ("objects", "areas", "lines", "poses")},
        "pixels": {"mask_targets": {1: "road", 2: "sky"}},
    }
    results = dataset.annotate("k", label_schema=schema, **there)
    with annotator(there, results.task_ids[0]) as person:
        scene, first, _ = person.tags()
        person.change_tag(scene, "night")
        person.delete(first)
        person.tag("c")
        instance, pixels = person.shapes("mask")
        person.change(instance, lambda s: s.update(points=[0, 2, 10, 10, 11, 10]))
        person.change(pixels, lambda s: s.update(points=[0, 1, 2, 2, 2, 2]))
        person.draw("mask", "sky", [0, 2, 20, 20, 21, 20])
        # The line is closed, so it is drawn as a polygon too.
        one, two, line = person.shapes("polygon")
        person.delete(one)
        person.change(two, lambda s: s["points"].__setitem__(0, 30.0))
        person.change(line, lambda s: s["points"].extend([1.0, 2.0]))
        (points,) = person.shapes("points")
        person.change(points, lambda s: s["points"].__setitem__(3, 7.0))
    report = dataset.load_annotations("k", **there)
    assert not report.of("conflict")
    assert report.counts["unexpected"] == 0

    def only(field: str) -> Any:
        (label,) = labels_of(dataset, field)[0]
        return label

    assert (only("scene").label, only("scene").confidence) == ("night", 0.5)
    assert [label.label for label in labels_of(dataset, "topics")[0]] == ["b", "c"]
    assert only("objects").bounding_box == [10 / WIDTH, 10 / HEIGHT, 2 / WIDTH, 1 / HEIGHT]
    assert only("objects").mask.tolist() == [[1.0, 1.0]]
    area = only("areas")
    assert bits(area.points) == bits([[(30.0 / WIDTH, 0.6), *OTHER[1:]]])
    assert (area.closed, area.filled) == (True, True)
    assert bits(only("lines").points) == bits([[*SQUARE, (1.0 / WIDTH, 2.0 / HEIGHT)]])
    assert only("lines").closed is True
    points_ = only("poses").points
    assert bits(list(points_[0])) == bits([0.1, 0.1])
    assert math.isnan(points_[1][0])
    assert bits(list(points_[2])) == bits([0.5, 7.0 / HEIGHT])
    after = only("pixels").mask
    assert np.argwhere(after == 1).tolist() == [[2, 2]]
    assert np.argwhere(after == 2).tolist() == [[20, 20], [20, 21]]
    assert np.argwhere(after == 99).tolist() == [[40, 40]]
    assert after.dtype == np.uint8
    assert dataset.load_annotations("k", **there).changes == ()


def test_new_fields_of_every_label_type(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {}, {})
    tools = {"mood": {"type": "select", "values": ["calm", "wild"]}, "age": {"type": "text"}}
    schema = {
        "scene": {"type": "classification", "classes": ["day", "night"]},
        "boxes": {"type": "detections", "classes": ["cat"], "attributes": tools},
        "objects": {"type": "instances", "classes": ["cup"]},
        "areas": {"type": "polygons", "classes": ["zone"]},
        "lines": {"type": "polylines", "classes": ["lane"]},
        "poses": {"type": "keypoints", "classes": ["nose"]},
        "pixels": {"type": "segmentation", "mask_targets": {0: "void", 3: "sky"}},
    }
    results = dataset.annotate("k", label_schema=schema, **there)
    assert list(dataset.get_field_schema()) == [*DEFAULT_FIELDS]
    with annotator(there, results.task_ids[0]) as person:
        person.tag("night", frame=1)
        person.tag("day", frame=1)
        person.draw("rectangle", "cat", [1, 2, 3, 4])
        person.set_text(person.shapes()[0], "cat", "age", "007")
        person.draw("mask", "cup", [0, 1, 5, 5, 5, 5])
        person.draw("polygon", "zone", [0, 0, 10, 0, 10, 10])
        person.draw("polyline", "lane", [0, 0, 10, 0])
        person.draw("points", "nose", [1, 1, 2, 2])
        person.draw("mask", "sky", [0, 4, 0, 0, 1, 1])
    report = dataset.load_annotations("k", **there)
    assert report.counts["added"] == 7
    assert [(c.outcome, c.reason) for c in report.changes if c.outcome != "added"] == [
        ("conflict", "the field holds a label already")
    ]
    assert [label.label if label else None for (label,) in labels_of(dataset, "scene")] == [
        None,
        "night",
    ]
    (cat,) = labels_of(dataset, "boxes")[0]
    assert (cat.age, cat.get("mood")) == ("007", None)
    assert [type(labels_of(dataset, name)[0][0]).__name__ for name in list(schema)[2:]] == [
        "Detection", "Polyline", "Polyline", "Keypoint", "Segmentation"
    ]  # fmt: skip
    pixels = labels_of(dataset, "pixels")[0][0].mask
    assert (pixels.shape, int((pixels == 3).sum())) == ((HEIGHT, WIDTH), 4)


def test_a_filtered_view_sends_and_changes_only_what_it_shows(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat", "dog")}, {"gt": boxes("dog")})
    view = dataset.filter_labels("gt", F("label") == "cat")
    results = view.annotate("k", label_field="gt", **there)
    with annotator(there, results.task_ids[0]) as person:
        (shape,) = person.shapes()
        person.delete(shape)
        assert set(person.class_ids) == {"cat", "dog"}
    dataset.load_annotations("k", **there)
    assert [[label.label for label in labels] for labels in labels_of(dataset, "gt")] == [
        ["dog"],
        ["dog"],
    ]


def test_an_edit_here_and_another_there(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat", "cat")})
    results = dataset.annotate("k", label_field="gt", **there)
    sample = dataset.first()
    sample.gt.detections[0].bounding_box = [0.0, 0.0, 0.5, 0.5]
    sample.gt.detections[1].note = "mine"
    sample.save()
    with annotator(there, results.task_ids[0]) as person:
        one, two = person.shapes()
        person.change(one, lambda shape: shape.update(points=[1, 1, 9, 9]))
        person.delete(two)
    with pytest.raises(AnnotationError, match="2 conflicts"):
        dataset.load_annotations("k", conflicts="error", **there)
    report = dataset.load_annotations("k", **there)
    assert report.counts["conflict"] == 2
    one, two = labels_of(dataset, "gt")[0]
    assert (one.bounding_box, two.note) == ([0.0, 0.0, 0.5, 0.5], "mine")
    assert dataset.load_annotations("k", **there).counts["conflict"] == 2
    dataset.load_annotations("k", conflicts="theirs", **there)
    (one,) = labels_of(dataset, "gt")[0]
    assert one.bounding_box == [1 / WIDTH, 1 / HEIGHT, 8 / WIDTH, 8 / HEIGHT]
    assert dataset.load_annotations("k", **there).changes == ()


def test_permissions(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat", "dog")})
    before = [bits(label) for label in labels_of(dataset, "gt")[0]]
    no: dict[str, Any] = dict.fromkeys(
        ["allow_additions", "allow_deletions", "allow_label_edits", "allow_spatial_edits"], False
    )
    attributes = {"note": {"type": "text", "read_only": True}}
    results = dataset.annotate("k", label_field="gt", attributes=attributes, **no, **there)
    with annotator(there, results.task_ids[0]) as person:
        one, two = person.shapes()
        person.change(one, lambda s: s.update(points=[1, 1, 9, 9]))
        person.set_text(person.shapes()[0], "cat", "note", "x")
        dog = {"label_id": person.class_ids["dog"], "attributes": []}
        person.change(person.shapes()[0], lambda s: s.update(dog))
        person.delete(two)
        person.draw("rectangle", "cat", [1, 1, 9, 9])
    report = dataset.load_annotations("k", **there)
    assert {change.outcome for change in report.changes} == {"refused"}
    assert [bits(label) for label in labels_of(dataset, "gt")[0]] == before


def test_ellipses_cuboids_and_masks_in_files_go_round(tmp_path: Path, there: There) -> None:
    path = tmp_path / "mask.png"
    Image.fromarray(np.eye(4, dtype=np.uint8) * 255).save(path)
    front, behind = [(0.1, 0.4), (0.4, 0.4), (0.4, 0.8), (0.1, 0.8)], [*SQUARE, (0.1, 0.5)]
    round_ = Detection("cat", [1 / 3, 0.1, 0.2, 0.3], shape_type="ellipse", rotation=-12.5)
    box = Polyline("crate", [front, behind], closed=True, shape_type="cuboid")
    fields = {
        "gt": Detections([round_]),
        "crates": Polylines([box]),
        "objects": Detections([Detection("cup", [0.1, 0.1, 0.2, 0.2], mask_path=str(path))]),
    }
    dataset = make_dataset(tmp_path, fields)
    names = ["gt", "crates", "objects"]
    before = bits([labels_of(dataset, name) for name in names])
    results = dataset.annotate("k", label_schema=names, **there)
    assert dataset.load_annotations("k", **there).changes == ()
    assert bits([labels_of(dataset, name) for name in names]) == before
    with annotator(there, results.task_ids[0]) as person:
        (ellipse,), (cuboid,), (mask,) = (
            person.shapes(type_) for type_ in ("ellipse", "cuboid", "mask")
        )
        assert ellipse.rotation == 347.5
        person.change(ellipse, lambda s: s.update(rotation=10.0))
        person.change(cuboid, lambda s: s["points"].__setitem__(15, 7.0))
        person.change(mask, lambda s: s.update(points=[0, 2, 1, 1, 2, 1]))
        person.draw("ellipse", "cat", [5, 5, 9, 1])
    report = dataset.load_annotations("k", **there)
    assert report.counts["added"] == 1
    old, new = labels_of(dataset, "gt")[0]
    assert (old.rotation, bits(old.bounding_box)) == (10.0, bits([1 / 3, 0.1, 0.2, 0.3]))
    assert (new.shape_type, new.bounding_box) == (
        "ellipse", [1 / WIDTH, 1 / HEIGHT, 8 / WIDTH, 8 / HEIGHT]
    )  # fmt: skip
    (crate,) = labels_of(dataset, "crates")[0]
    assert bits(crate.points) == bits([front, [*SQUARE, (0.1, 7.0 / HEIGHT)]])
    assert labels_of(dataset, "objects")[0][0].mask.tolist() == [[255, 255]]
    assert dataset.load_annotations("k", **there).changes == ()


def test_keypoints_with_a_skeleton_go_round_by_the_names_of_their_points(
    tmp_path: Path, there: There
) -> None:
    nan = (math.nan, math.nan)
    hand = Keypoint("hand", [(1 / 3, 0.1), nan, (0.5, 0.5)], visibility=[1, 0, 2], index=4)
    dataset = make_dataset(tmp_path, {"poses": Keypoints([hand])}, {"poses": Keypoints()})
    dataset.skeletons["poses"] = KeypointSkeleton(["wrist", "thumb", "é <tip>"], [[0, 1, 2]])
    dataset.save()
    before = bits(labels_of(dataset, "poses")[0])
    results = dataset.annotate("k", label_field="poses", **there)
    assert dataset.load_annotations("k", **there).changes == ()
    assert bits(labels_of(dataset, "poses")[0]) == before
    with annotator(there, results.task_ids[0]) as person:
        (label,) = person.task.get_labels()
        assert (str(label.type), [node.name for node in label.sublabels]) == (
            "skeleton", ["wrist", "thumb", "é <tip>"]
        )  # fmt: skip
        (shape,) = person.shapes("skeleton")

        def move(s: dict[str, Any]) -> None:
            s["elements"][1].update(outside=False, points=[8.0, 9.0])
            s["elements"][2].update(occluded=True)

        person.change(shape, move)
    report = dataset.load_annotations("k", **there)
    assert {change.attribute for change in report.changes} == {"points", "visibility"}
    (edited,) = labels_of(dataset, "poses")[0]
    assert bits(list(map(list, edited.points))) == bits(
        [[1 / 3, 0.1], [8 / WIDTH, 9 / HEIGHT], [0.5, 0.5]]
    )
    assert (list(edited.visibility), edited.index) == ([1, 2, 1], 4)
    assert dataset.load_annotations("k", **there).changes == ()


def test_the_unexpected_is_kept_once(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")})
    results = dataset.annotate("k", label_field="gt", **there)
    with annotator(there, results.task_ids[0]) as person:
        person.draw("polygon", "cat", [0, 0, 10, 0, 10, 10])
        # Servers keep any number of numbers; eight corners have sixteen.
        person.draw("cuboid", "cat", [5, 5, 9, 1])
    report = dataset.load_annotations("k", **there)
    assert [change.after for change in report.of("unexpected")] == ["cat", "cuboid"]
    assert [label.label for label in labels_of(dataset, "polylines")[0]] == ["cat"]
    again = dataset.load_annotations("k", **there)
    assert ([change.after for change in again.changes], again.version) == (["cuboid"], None)
    with annotator(there, results.task_ids[0]) as person:
        person.change(person.shapes("polygon")[0], lambda s: s["points"].__setitem__(0, 3.0))
    dataset.load_annotations("k", **there)
    assert labels_of(dataset, "polylines")[0][0].points[0][0][0] == 3.0 / WIDTH


def test_a_task_that_is_gone_deletes_nothing(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")}, {"gt": boxes("dog")})
    results = dataset.annotate("k", label_field="gt", task_size=1, **there)
    with annotator(there, results.task_ids[0]) as person:
        person.task.remove()
    with annotator(there, results.task_ids[1]) as person:
        person.delete(*person.shapes())
    report = dataset.load_annotations("k", **there)
    assert report.unreached == {dataset.first().id: "its task no longer exists on the server"}
    assert [len(labels) for labels in labels_of(dataset, "gt")] == [1, 0]


def test_labels_that_were_replaced_as_a_whole_are_the_same_labels(
    tmp_path: Path, there: There
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat", "dog")})
    results = dataset.annotate("k", label_field="gt", **there)
    with annotator(there, results.task_ids[0]) as person:
        data = person.task.get_annotations()
        from cvat_sdk import models

        shapes = [
            models.LabeledShapeRequest(**{k: v for k, v in s.to_dict().items() if k != "id"})
            for s in data.shapes
        ]
        person.task.set_annotations(models.LabeledDataRequest(shapes=shapes, tags=[], tracks=[]))
    report = dataset.load_annotations("k", **there)
    assert (report.changes, report.unchanged) == ((), 2)


def test_tasks_jobs_and_status(
    tmp_path: Path, there: There, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = make_dataset(tmp_path, *[{"gt": boxes("cat")}] * 5)
    results = dataset.annotate(
        "k", label_field="gt", task_size=3, segment_size=2, task_name="mine",
        job_assignees=[there["username"]], **there,
    )  # fmt: skip
    first, second = results.status()
    assert (first.name, second.name) == ("mine_1", "mine_2")
    assert [(job.start_frame, job.stop_frame) for job in first.jobs] == [(0, 1), (2, 2)]
    assert {job.assignee for job in (*first.jobs, *second.jobs)} == {there["username"]}
    assert results.job_ids[first.task_id] == [job.job_id for job in first.jobs]
    assert list(results.frame_id_map[second.task_id].values()) == [s.id for s in dataset][3:]
    results.print_status()
    printed = capsys.readouterr().out
    assert first.jobs[0].url in printed
    assert there["password"] not in printed + repr(results) + repr(results.config)
    assert dataset.load_annotations("k", **there).unchanged == 5
    assert results.cleanup() == 2
    with pytest.raises(AnnotationError, match="cleaned up"):
        dataset.load_annotations("k", **there)
    assert dataset.load_annotation_results("k", **there).config.state == "cleaned"


def test_loading_with_cleanup_keeps_the_labels(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")})
    results = dataset.annotate("k", label_field="gt", **there)
    with annotator(there, results.task_ids[0]) as person:
        person.draw("rectangle", "cat", [1, 1, 9, 9])
    dataset.load_annotations("k", cleanup=True, **there)
    assert len(labels_of(dataset, "gt")[0]) == 2
    assert dataset.get_annotation_info("k").config.state == "cleaned"


def test_runs_are_listed_renamed_and_forgotten(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")}, {"gt": boxes("dog")}, {})
    assert not dataset.has_annotation_runs
    view = dataset.filter_labels("gt", F("label") == "cat")
    view.annotate("b", label_field="gt", **there)
    dataset.annotate("a", label_field="new", label_type="detections", classes=["x"], **there)
    assert dataset.list_annotation_runs() == ["a", "b"]
    assert dataset.list_annotation_runs(method="cvat") == ["a", "b"]
    assert dataset.list_annotation_runs(state="failed") == []
    assert dataset.has_annotation_run("a")
    assert len(dataset.load_annotation_view("b")) == 1
    config = dataset.get_annotation_info("b").config
    assert config.label_schema.fields[0].classes == ("cat", "dog")
    dataset.rename_annotation_run("b", "c")
    with pytest.raises(AnnotationRunExistsError):
        dataset.rename_annotation_run("c", "a")
    assert dataset.load_annotations("c", **there).unchanged == 1
    dataset.delete_annotation_run("c")
    with pytest.raises(AnnotationRunNotFoundError, match="'a'"):
        dataset.load_annotations("c", **there)
    dataset.delete_annotation_runs()
    assert not dataset.has_annotation_runs


@pytest.mark.parametrize(
    ("key", "asked", "kind", "words"),
    [
        ("no key", {"label_field": "gt"}, InvalidAnnotationKeyError, "letters, digits"),
        ("k", {}, LabelSchemaError, "Say what to annotate"),
        ("k", {"label_field": "grond"}, LabelSchemaError, "label_type"),
        ("k", {"label_field": "gt", "media_field": "thumb"}, FieldNotFoundError, "thumb"),
        ("k", {"label_field": "gt", "tsk_size": 3}, AnnotationError, "task_size"),
        ("k", {"label_field": "gt", "task_assignee": "nobody"}, AnnotationError, "no user"),
        (
            "k",
            {"label_field": "gt", "backend": "labelbox"},
            AnnotationError,
            "no annotation backend",
        ),
        ("k", {"label_field": "gt", "password": "wr0ng"}, WrongCredentialsError, "refused user"),
        (
            "k",
            {"label_field": "gt", "url": "http://127.0.0.1:9"},
            ServerUnreachableError,
            "reached",
        ),
    ],
)
def test_a_refusal_leaves_the_key_free(
    tmp_path: Path,
    there: There,
    key: str,
    asked: dict[str, Any],
    kind: type[ViewfinderError],
    words: str,
) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")})
    with pytest.raises(kind, match=words) as caught:
        dataset.annotate(key, **{**there, "timeout_secs": 5, **asked})
    assert "wr0ng" not in str(caught.value)
    assert dataset.list_annotation_runs() == []


def test_an_empty_view_and_bad_images_are_refused(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")}, {"gt": boxes("cat")})
    with pytest.raises(AnnotationError, match="nothing to annotate"):
        dataset.limit(0).annotate("k", label_field="gt", **there)
    path = Path(dataset.last().filepath)
    path.write_bytes(b"no image")
    with pytest.raises(MediaUnreadableError, match="image 1"):
        dataset.annotate("k", label_field="gt", **there)
    path.unlink()
    with pytest.raises(MediaNotFoundError, match="image 1"):
        dataset.annotate("k", label_field="gt", **there)
    assert dataset.list_annotation_runs() == []


def test_a_key_is_taken_once(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")})
    dataset.annotate("k", label_field="gt", **there)
    with pytest.raises(AnnotationRunExistsError, match="delete_annotation_run"):
        dataset.annotate("k", label_field="gt", **there)


def test_a_sample_that_was_deleted_meanwhile(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": boxes("cat")}, {"gt": boxes("cat")})
    results = dataset.annotate("k", label_field="gt", **there)
    dataset.delete_samples([dataset.first().id])
    with annotator(there, results.task_ids[0]) as person:
        for frame in (0, 1):
            person.draw("rectangle", "cat", [1, 1, 9, 9], frame=frame)
    report = dataset.load_annotations("k", **there)
    assert report.counts["added"] == 1
    assert report.of("conflict")[0].reason == "the sample is deleted here"
