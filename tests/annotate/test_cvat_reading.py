from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from viewfinder.annotate.back.reading import TaskReading
from viewfinder.annotate.backends.cvat_reading import kept_piece, read_annotations
from viewfinder.annotate.record import SentFrame, SentLabel, SentTask
from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.cvat import wire
from viewfinder.cvat.from_cvat import Record
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, ServerClasses
from viewfinder.labels import Classification, Detection, Polyline

NOTE = AttributeTool("note")


def plan(field: str, kind: Any, document: str, *classes: str, **more: Any) -> FieldPlan:
    tools: dict[str, tuple[AttributeTool, ...]] = dict.fromkeys(classes, (NOTE,))
    return FieldPlan(field, kind, document, classes, tools, {n: n for n in classes}, True, **more)


SCHEMA = LabelSchema((
    plan("gt", "detections", "Detections", "cat", "dog"),
    plan("areas", "polygons", "Polylines", "zone"),
    plan("pixels", "segmentation", "Segmentation", "sky", mask_targets={1: "sky"}),
))  # fmt: skip
OWNERS = {1: ("gt", "cat"), 2: ("gt", "dog"), 3: ("areas", "zone"), 4: ("pixels", "sky")}


def classes(*names: str) -> ServerClasses:
    specs = {n: [(10 * n, "note"), (10 * n + 1, LABEL_ID)] for n in range(1, 9)}
    return ServerClasses([
        wire.Label(
            id=n, name=name, attributes=[wire.AttributeSpec(id=i, name=a) for i, a in specs[n]]
        )
        for n, name in enumerate(names, start=1)
        if name
    ])  # fmt: skip


CLASSES = classes("cat", "dog", "zone", "sky")


def box(number: int, class_: int = 1, *, frame: int = 0, id_: str = "", **more: Any) -> wire.Shape:
    values = [(10 * class_, "n"), (10 * class_ + 1, id_ or f"label{number}")]
    fields = {
        "type": "rectangle",
        "points": [10.0, 10.0, 50.0, 50.0],
        "attributes": [wire.AttributeValue(spec_id=spec, value=text) for spec, text in values],
        **more,
    }
    return wire.Shape(id=number, frame=frame, label_id=class_, **fields)


def sent(*records: Record, field: str = "gt", label_id: str = "", **values: Any) -> SentLabel:
    given = values or {"label": "cat", "bounding_box": [0.1, 0.1, 0.4, 0.4], "note": "n"}
    return SentLabel(
        field=field,
        sample_id=f"sample{records[0].frame}",
        label_id=label_id or f"label{records[0].id}",
        frame=records[0].frame,
        type={"gt": "Detection", "areas": "Polyline", "pixels": "Segmentation"}[field],
        values=given,
        pieces=[kept_piece(part, record) for part, record in enumerate(records)],
    )


def read(
    labels: list[SentLabel],
    *came: Record,
    now: ServerClasses = CLASSES,
    frames: int = 2,
    reached: tuple[int, ...] = (0, 1),
    tracks: list[wire.Track] | None = None,
) -> TaskReading:
    task = SentTask(
        task_id=7,
        name="t",
        frames=[SentFrame(f"sample{n}", f"{n}.jpg", 100, 100) for n in range(frames)],
        complete=True,
        classes=OWNERS,
        attributes=CLASSES.attribute_names,
        labels=labels,
    )
    data = wire.LabeledData(
        tags=[r for r in came if isinstance(r, wire.Tag)],
        shapes=[r for r in came if isinstance(r, wire.Shape)],
        tracks=tracks or [],
    )
    return read_annotations(task, SCHEMA, now, [(range(10), data)], reached=reached.__contains__)


def test_nothing_changed_is_nothing() -> None:
    one, two = box(1), box(2, frame=1)
    found = read([sent(one), sent(two)], two, one)
    assert found == TaskReading(7)


def test_a_moved_box_a_new_class_and_a_typed_text() -> None:
    before = box(1)
    after = box(1, 2, points=[10.0, 10.0, 60.0, 50.0])
    after.attributes[0].value = "m"
    (edited,) = read([sent(before)], after).edited
    assert edited.changes == {"bounding_box": [0.1, 0.1, 0.5, 0.4], "label": "dog", "note": "m"}
    assert edited.pieces == [kept_piece(0, after)]


def test_what_a_reached_frame_no_longer_has_was_deleted() -> None:
    label, hidden = sent(box(1)), sent(box(2, frame=1))
    found = read([label, hidden], reached=(0,))
    assert found.removed == [label]


def test_a_copy_in_the_same_image_is_a_new_label() -> None:
    original = box(1)
    copy = box(9, id_="label1", points=[20.0, 20.0, 60.0, 60.0])
    found = read([sent(original)], copy, original)
    assert found.edited == []
    (added,) = found.added
    assert (added.field, added.sample_id) == ("gt", "sample0")
    assert added.label.id != "label1"


def test_annotations_that_were_put_again_under_new_numbers_are_the_same() -> None:
    (edited,) = read([sent(box(1))], box(91, id_="label1")).edited
    assert edited.changes == {}
    assert edited.pieces[0].key == "shape:91"


def test_a_typed_over_label_id_harms_nothing() -> None:
    one, two = box(1), box(2)
    found = read([sent(one), sent(two)], box(1, id_="label2"), box(2, id_="nonsense"))
    assert (found.removed, found.added) == ([], [])
    assert [edited.changes for edited in found.edited] == [{}, {}]


def test_a_copy_to_another_image_is_new_there_and_deleted_here() -> None:
    label = sent(box(1))
    found = read([label], box(9, frame=1, id_="label1"))
    assert found.removed == [label]
    assert [added.sample_id for added in found.added] == ["sample1"]


def test_a_class_of_another_field_moves_the_label_there() -> None:
    label = sent(box(1))
    polygon = box(1, 3, type="polygon", points=[0.0, 0.0, 50.0, 0.0, 50.0, 50.0])
    found = read([label], polygon)
    assert found.removed == [label]
    (added,) = found.added
    assert (added.field, type(added.label)) == ("areas", Polyline)


def test_a_class_that_was_made_there_goes_to_the_field_that_fits() -> None:
    now = classes("cat", "dog", "zone", "sky", "bird")
    polygon = box(2, 5, type="polygon", points=[0.0, 0.0, 50.0, 0.0, 50.0, 50.0])
    found = read([], box(1, 5), polygon, now=now)
    assert [(added.field, added.label.get("label")) for added in found.added] == [
        ("gt", "bird"),
        ("areas", "bird"),
    ]


def test_an_old_label_may_take_a_class_that_was_made_there() -> None:
    now = classes("cat", "dog", "zone", "sky", "bird")
    (edited,) = read([sent(box(1))], box(1, 5), now=now).edited
    assert edited.changes == {"label": "bird"}


def test_a_renamed_class_is_still_the_class() -> None:
    found = read([sent(box(1))], box(1), now=classes("kitty", "dog", "zone", "sky"))
    assert (found.edited, found.removed) == ([], [])
    assert found.notes == [
        "Class 'cat' is called 'kitty' on the server; its labels were read as 'cat'."
    ]


def test_a_deleted_class_deletes_no_labels() -> None:
    found = read([sent(box(1))], now=classes("", "dog", "zone", "sky"))
    assert found.removed == []
    assert "kept here" in found.notes[0]


def test_drawings_that_their_field_cannot_hold_are_told() -> None:
    found = read(
        [],
        box(1, type="polygon", points=[0.0, 0.0, 50.0, 0.0, 50.0, 50.0]),
        box(2, type="cuboid", points=[1.0, 2.0, 3.0, 4.0]),
        box(5, type="hyperbola", points=[1.0, 2.0, 3.0, 4.0]),
        box(6, type="cuboid", points=[float(n) for n in range(16)]),
        box(3, type="mask", points=[1.0, 2.0, 3.0]),
        wire.Tag(id=4, frame=1, label_id=1),
        tracks=[wire.Track(frame=0, label_id=3)],
    )
    assert found.added == []
    assert {(s.what, s.field, type(s.label).__name__) for s in found.strays} == {
        ("polygon", "gt", "Polyline"),
        ("cuboid", "gt", "NoneType"),
        ("cuboid", "gt", "Polyline"),
        ("hyperbola", "gt", "NoneType"),
        ("mask", "gt", "NoneType"),
        ("tag", "gt", "Classification"),
        ("track", "areas", "NoneType"),
    }


def test_an_ellipse_in_a_field_of_boxes_is_a_detection_that_says_so() -> None:
    (added,) = read([], box(1, type="ellipse", points=[50.0, 50.0, 70.0, 40.0])).added
    assert isinstance(added.label, Detection)
    assert (added.label.shape_type, added.label.bounding_box) == (  # type: ignore[attr-defined]
        "ellipse", [0.3, 0.4, 0.4, 0.2]
    )  # fmt: skip


def test_a_mask_in_a_field_of_boxes_is_a_detection_with_a_mask() -> None:
    (added,) = read([], box(1, type="mask", points=[0.0, 4.0, 10.0, 10.0, 11.0, 11.0])).added
    assert isinstance(added.label, Detection)
    assert added.label.mask is not None
    assert added.label.bounding_box == [0.1, 0.1, 0.02, 0.02]


def test_a_polygon_of_two_parts_loses_one() -> None:
    parts = [[(0.0, 0.0), (0.5, 0.0), (0.5, 0.5)], [(0.6, 0.6), (0.9, 0.6), (0.9, 0.9)]]
    pieces = [
        box(n, 3, type="polygon", points=[100 * v for point in part for v in point])
        for n, part in enumerate(parts, start=1)
    ]
    label = sent(*pieces, field="areas", label="zone", points=parts, closed=True, filled=True)
    (edited,) = read([label], pieces[1]).edited
    assert edited.changes == {"points": parts[1:]}
    assert [(piece.part, piece.key) for piece in edited.pieces] == [(1, "shape:2")]
    assert read([label], *pieces).edited == []


def sky(number: int, *points: float) -> wire.Shape:
    return wire.Shape(type="mask", id=number, frame=0, label_id=4, points=list(points))


def segmentation() -> SentLabel:
    mask = np.zeros((100, 100), dtype=np.uint8)
    mask[0, 0:3] = 1
    return sent(sky(1, 0, 3, 0, 0, 2, 0), field="pixels", label_id="seg", mask=mask)


def test_a_segmentation_is_painted_on() -> None:
    (edited,) = read([segmentation()], sky(1, 0, 3, 0, 0, 2, 0), sky(2, 0, 1, 9, 9, 9, 9)).edited
    assert np.argwhere(edited.changes["mask"]).tolist() == [[0, 0], [0, 1], [0, 2], [9, 9]]
    assert [(piece.part, piece.key) for piece in edited.pieces] == [(0, "shape:1"), (1, "shape:2")]


def test_a_segmentation_that_was_left_alone() -> None:
    assert read([segmentation()], sky(1, 0, 3, 0, 0, 2, 0)) == TaskReading(7)


def test_a_segmentation_of_which_nothing_is_left_was_deleted() -> None:
    label = segmentation()
    assert read([label]).removed == [label]


def test_a_new_segmentation_gathers_its_pieces() -> None:
    (added,) = read([], sky(1, 0, 3, 0, 0, 2, 0), sky(2, 0, 1, 9, 9, 9, 9)).added
    assert added.field == "pixels"
    assert int(added.label.get("mask").sum()) == 4
    assert len(added.pieces) == 2


def test_a_new_tag_in_a_field_of_classes() -> None:
    schema = LabelSchema((plan("scene", "classifications", "Classification", "day"),))
    task = SentTask(
        task_id=7, name="t", frames=[SentFrame("s", "a.jpg", 9, 9)], classes={1: ("scene", "day")}
    )
    data = wire.LabeledData(tags=[wire.Tag(id=1, frame=0, label_id=1)])
    found = read_annotations(
        task, schema, classes("day"), [(range(10), data)], reached=lambda _: True
    )
    assert isinstance(found.added[0].label, Classification)
    assert found.added[0].label.label == "day"


def test_a_record_is_kept_as_the_server_wrote_it() -> None:
    shape = box(1)
    piece = kept_piece(0, shape)
    assert msgspec.json.decode(piece.form, type=wire.Shape) == shape
