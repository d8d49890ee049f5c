"""What goes wrong with shapes elsewhere; a test each, by its number in the docs on exactness."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.annotate.helpers import SIZES, Annotator, annotator, bits, labels_of, make_dataset
from viewfinder.cvat.rle import encode_mask
from viewfinder.facade.dataset import Dataset
from viewfinder.labels import (
    Detection,
    Detections,
    Keypoint,
    Keypoints,
    Polyline,
    Polylines,
    Segmentation,
)
from viewfinder.schema import KeypointSkeleton

There = dict[str, Any]
WIDTH, HEIGHT = SIZES[0]
TRIANGLE = [(0.1, 0.1), (0.4, 0.1), (1 / 3, 0.5)]


def load(dataset: Dataset, there: There) -> Any:
    """Loads twice: the second time there is nothing left to bring."""
    report = dataset.load_annotations("k", **there)
    assert dataset.load_annotations("k", **there).changes == ()
    return report


def move_first_number(person: Annotator, shape: Any, to: float) -> None:
    person.change(shape, lambda data: data["points"].__setitem__(0, to))


def test_defect_01_boxes_that_nobody_moved_stay_between_the_pixels(
    tmp_path: Path, there: There
) -> None:
    boxes = [Detection("cat", [0.01, 0.013, 1 / 3, 0.7]), Detection("cat", [0.5, 0.1, 0.2, 0.2])]
    dataset = make_dataset(tmp_path, {"gt": Detections(boxes)})
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    with annotator(there, task_id) as person:
        still, moved = person.shapes()
        assert still.points[0] == 0.01 * WIDTH
        move_first_number(person, moved, 20.25)
    load(dataset, there)
    first, second = labels_of(dataset, "gt")[0]
    assert bits(first.bounding_box) == bits([0.01, 0.013, 1 / 3, 0.7])
    assert second.bounding_box[0] == 20.25 / WIDTH
    assert bits(second.bounding_box[1::2]) == bits([0.1, 0.2])


def test_defect_02_masks_of_instances_do_not_shrink(tmp_path: Path, there: There) -> None:
    mask = np.ones((19, 11), dtype=np.uint8)
    mask[3:5, 4:6] = 0
    dataset = make_dataset(
        tmp_path, {"gt": Detections([Detection("cat", [0.05, 0.1, 0.2, 0.4], mask=mask)])}
    )
    expected = labels_of(dataset, "gt")[0][0].copy()
    expected.label = "dog"
    for key in ("k", "l", "m"):
        dataset.annotate(key, label_field="gt", classes=["cat", "dog"], **there)
        assert dataset.load_annotations(key, **there).changes == ()
    (task_id,) = dataset.load_annotation_results("k", **there).task_ids
    with annotator(there, task_id) as person:
        dog = person.class_ids["dog"]
        person.change(person.shapes()[0], lambda d: d.update(label_id=dog, attributes=[]))
    load(dataset, there)
    # Another class is another class, and nothing else.
    (label,) = labels_of(dataset, "gt")[0]
    expected.id = label.id
    assert bits(label) == bits(expected)


def test_defect_03_pixels_of_a_segmentation_change_only_where_somebody_painted(
    tmp_path: Path, there: There
) -> None:
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    mask = np.where((rows - 20) ** 2 + (columns - 25) ** 2 < 150, 1, 0).astype(np.uint8)
    mask[::7, ::5] = 99
    dataset = make_dataset(tmp_path, {"gt": Segmentation(mask=mask)})
    targets = {1: "road", 2: "sky"}
    results = dataset.annotate("k", label_field="gt", mask_targets=targets, **there)
    assert load(dataset, there).changes == ()
    with annotator(there, results.task_ids[0]) as person:
        points = encode_mask(np.ones((2, 3)), left=WIDTH - 3, top=HEIGHT - 2)
        person.draw("mask", "sky", points)
    load(dataset, there)
    expected = mask.copy()
    expected[-2:, -3:] = 2
    assert bits(labels_of(dataset, "gt")[0][0].mask) == bits(expected)


def test_defect_04_every_part_of_a_polygon_survives(tmp_path: Path, there: There) -> None:
    parts = [TRIANGLE, [(x + 0.3, y) for x, y in TRIANGLE], [(x, y + 0.3) for x, y in TRIANGLE]]
    dataset = make_dataset(
        tmp_path, {"gt": Polylines([Polyline("zone", parts, filled=True, closed=True)])}
    )
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    with annotator(there, task_id) as person:
        assert len(person.shapes("polygon")) == 3
        move_first_number(person, person.shapes()[1], 3.0)
    load(dataset, there)
    (line,) = labels_of(dataset, "gt")[0]
    assert bits([line.points[0], line.points[2]]) == bits([parts[0], parts[2]])
    assert bits(line.points[1]) == bits([(3.0 / WIDTH, 0.1), *parts[1][1:]])


def test_defect_05_a_closed_line_stays_closed_and_unfilled(tmp_path: Path, there: There) -> None:
    dataset = make_dataset(tmp_path, {"gt": Polylines([Polyline("rim", [TRIANGLE], closed=True)])})
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    with annotator(there, task_id) as person:
        move_first_number(person, person.shapes()[0], 3.0)
    load(dataset, there)
    (line,) = labels_of(dataset, "gt")[0]
    assert (line.closed, line.filled) == (True, False)
    assert bits(line.points[0][1:]) == bits(TRIANGLE[1:])


def test_defect_19_cuboids_ellipses_and_small_turns_are_what_they_are(
    tmp_path: Path, there: There
) -> None:
    fields = {
        "gt": Detections([Detection("cat", [0.1, 0.1, 0.3, 0.3], rotation=0.25)]),
        "crates": Polylines([Polyline("crate", [TRIANGLE])]),
    }
    dataset = make_dataset(tmp_path, fields)
    (task_id,) = dataset.annotate("k", label_schema=list(fields), **there).task_ids
    corners = [10, 10, 10, 30, 30, 10, 30, 30, 35, 5, 35, 25, 15, 5, 15, 25]
    with annotator(there, task_id) as person:
        (turned,) = person.shapes("rectangle")
        assert turned.rotation == 0.25
        person.change(turned, lambda data: data.update(rotation=0.5))
        person.draw("ellipse", "cat", [20, 20, 30, 12])
        person.draw("cuboid", "crate", corners)
    assert load(dataset, there).counts["added"] == 2
    box, ellipse = labels_of(dataset, "gt")[0]
    assert (box.rotation, bits(box.bounding_box)) == (0.5, bits([0.1, 0.1, 0.3, 0.3]))
    assert ellipse.shape_type == "ellipse"
    assert ellipse.bounding_box == pytest.approx([10 / WIDTH, 12 / HEIGHT, 20 / WIDTH, 16 / HEIGHT])
    _, crate = labels_of(dataset, "crates")[0]
    assert (crate.shape_type, [len(face) for face in crate.points]) == ("cuboid", [4, 4])
    found = sorted((x * WIDTH, y * HEIGHT) for face in crate.points for x, y in face)
    drawn = sorted(zip(corners[::2], corners[1::2], strict=True))
    assert np.allclose(found, drawn)


def test_peer_08_labels_are_known_whatever_is_typed_into_their_ids(
    tmp_path: Path, there: There
) -> None:
    boxes = [Detection("cat", [0.1 * n, 0.1, 0.2, 0.2], note=f"{n}", own=n) for n in (1, 2, 3)]
    dataset = make_dataset(tmp_path, {"gt": Detections(boxes)})
    before = labels_of(dataset, "gt")[0]
    results = dataset.annotate("k", label_field="gt", attributes=["note"], **there)
    with annotator(there, results.task_ids[0]) as person:
        one, two, three = person.shapes()
        person.set_text(one, "cat", "label_id", before[1].id)
        person.set_text(two, "cat", "label_id", before[1].id)
        person.set_text(three, "cat", "label_id", "")
        person.set_text(person.shapes()[2], "cat", "note", "seen")
    report = load(dataset, there)
    assert [(change.label_id, change.attribute) for change in report.changes] == [
        (before[2].id, "note")
    ]
    after = labels_of(dataset, "gt")[0]
    assert bits(after[:2]) == bits(before[:2])
    assert (after[2].note, after[2].own) == ("seen", 3)


@pytest.mark.parametrize("shape", [(9, 9), (40, 23), (3, 120)])
def test_peer_11_masks_keep_holes_parts_and_edges_at_any_resolution(
    tmp_path: Path, there: There, shape: tuple[int, int]
) -> None:
    mask = np.zeros(shape, dtype=bool)
    mask[0], mask[-1], mask[:, 0], mask[:, -1] = True, True, True, True
    mask[shape[0] // 2, shape[1] // 2] = True
    pixels = np.where(mask, 2, 0).astype(np.uint8)
    fields = {
        "gt": Detections([Detection("cat", [0.0, 0.0, 1.0, 1.0], mask=mask, note="a")]),
        "area": Segmentation(mask=pixels),
    }
    dataset = make_dataset(tmp_path, fields)
    before = bits([labels_of(dataset, name) for name in fields])
    schema = {"gt": {}, "area": {"mask_targets": {2: "sky"}}}
    results = dataset.annotate("k", label_schema=schema, **there)
    assert load(dataset, there).changes == ()
    assert bits([labels_of(dataset, name) for name in fields]) == before
    with annotator(there, results.task_ids[0]) as person:
        instance = next(s for s in person.shapes() if s.label_id == person.class_ids["cat"])
        person.set_text(instance, "cat", "note", "b")
    load(dataset, there)
    (label,) = labels_of(dataset, "gt")[0]
    assert (label.note, bits(label.mask)) == ("b", bits(mask))


def test_peer_12_points_of_a_skeleton_keep_names_order_and_visibility(
    tmp_path: Path, there: There
) -> None:
    points = [(0.9, 0.1), (math.nan, math.nan), (0.2, 1 / 3), (0.5, 0.5)]
    pose = Keypoint("hand", points, visibility=[2, 0, 1, 0])
    dataset = make_dataset(tmp_path, {"gt": Keypoints([pose])})
    # In an order that is not that of the alphabet, and edges in yet another.
    names = ["wrist", "thumb", "a tip", "b tip"]
    dataset.skeletons["gt"] = KeypointSkeleton(names, [[3, 1], [0, 2]])
    dataset.save()
    (task_id,) = dataset.annotate("k", label_field="gt", **there).task_ids
    with annotator(there, task_id) as person:
        (label,) = person.task.get_labels()
        numbers = {node.name: node.id for node in label.sublabels}
        (shape,) = person.shapes("skeleton")
        states = {e.label_id: (bool(e.outside), bool(e.occluded)) for e in shape.elements}
        assert [states[numbers[name]] for name in names] == [
            (False, False), (True, False), (False, True), (True, False)
        ]  # fmt: skip

        def show(data: dict[str, Any]) -> None:
            for element in data["elements"]:
                if element["label_id"] == numbers["thumb"]:
                    element.update(outside=False, points=[6.1, 4.7])

        person.change(shape, show)
    load(dataset, there)
    (after,) = labels_of(dataset, "gt")[0]
    expected = [points[0], (6.1 / WIDTH, 4.7 / HEIGHT), *points[2:]]
    assert bits([list(p) for p in after.points]) == bits([list(p) for p in expected])
    assert list(after.visibility) == [2, 2, 1, 0]


@pytest.mark.parametrize("turn", [1e-6, 0.5, 45.0, 359.999999, 180.0])
def test_peer_13_turned_boxes_go_both_ways(tmp_path: Path, there: There, turn: float) -> None:
    box = Detection("cat", [0.1, 0.1, 1 / 3, 0.3], rotation=turn)
    dataset = make_dataset(tmp_path, {"gt": Detections([box])})
    before = bits(labels_of(dataset, "gt"))
    results = dataset.annotate("k", label_field="gt", **there)
    assert load(dataset, there).changes == ()
    assert bits(labels_of(dataset, "gt")) == before
    with annotator(there, results.task_ids[0]) as person:
        (shape,) = person.shapes()
        assert shape.rotation == turn
        person.change(shape, lambda data: data.update(rotation=(turn + 0.25) % 360))
    load(dataset, there)
    (after,) = labels_of(dataset, "gt")[0]
    assert after.rotation == (turn + 0.25) % 360
    assert bits(after.bounding_box) == bits([0.1, 0.1, 1 / 3, 0.3])
