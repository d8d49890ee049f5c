from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from cvat_sdk import models
from cvat_sdk.api_client import exceptions
from cvat_sdk.core.proxies.annotations import AnnotationUpdateAction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cvat_sdk import Client
    from cvat_sdk.core.proxies.tasks import Task

Shape: Any = models.LabeledShapeRequest


@pytest.fixture
def task(make_task: Callable[..., Task], pictures: list[Path]) -> Iterator[Task]:
    made = make_task(pictures, segment_size=2)
    yield made
    made.remove()


def _box(label_id: int, frame: int, *points: float, **more: Any) -> models.LabeledShapeRequest:
    return models.LabeledShapeRequest(
        type="rectangle", frame=frame, label_id=label_id, points=list(points), **more
    )


def _put(task: Task, **kinds: list[Any]) -> None:
    task.set_annotations(models.LabeledDataRequest(**kinds))


def test_every_type_of_shape_comes_back(task: Task) -> None:
    car, _person, body = task.get_labels()
    nose, neck = body.sublabels
    make, note = (spec.id for spec in car.attributes)
    drawn: dict[str, list[float]] = {
        "rectangle": [1.25, 2.5, 20.0, 25.0],
        "ellipse": [20.0, 15.0, 30.0, 5.0],
        "polygon": [1.0, 1.0, 9.0, 1.0, 9.0, 9.0],
        "polyline": [1.0, 1.0, 9.0, 1.0],
        "points": [1.0, 1.0, 9.0, 1.0, 3.0, 3.0],
        "mask": [0.0, 2.0, 1.0, 1.0, 10.0, 10.0, 11.0, 11.0],
        "cuboid": [1, 1, 1, 9, 9, 1, 9, 9, 11, 1, 11, 9, 3, 1, 3, 9],
    }
    shapes = [
        Shape(type=kind, frame=0, label_id=car.id, points=[float(value) for value in points])
        for kind, points in drawn.items()
    ]
    shapes[0].rotation = 33.5
    shapes[0].occluded = True
    shapes[0].z_order = 4
    shapes[0].group = 9
    shapes[0].source = "auto"
    shapes[0].attributes = [models.AttributeValRequest(spec_id=note, value="é ü")]
    skeleton = Shape(
        type="skeleton",
        frame=1,
        label_id=body.id,
        elements=[
            models.SubLabeledShapeRequest(
                type="points", frame=1, label_id=neck.id, points=[4.0, 5.0]
            ),
            models.SubLabeledShapeRequest(
                type="points", frame=1, label_id=nose.id, points=[3.0, 4.5], outside=True
            ),
        ],
    )
    tag = models.LabeledImageRequest(frame=3, label_id=car.id)
    _put(task, shapes=[*shapes, skeleton], tags=[tag])

    found = task.get_annotations()
    assert {shape.type.value: shape.points for shape in found.shapes[:-1]} == drawn
    box = found.shapes[0]
    assert (box.rotation, box.occluded, box.z_order, box.group, box.source) == (
        33.5,
        True,
        4,
        9,
        "auto",
    )
    assert {value.spec_id: value.value for value in box.attributes} == {note: "é ü", make: "vw"}
    elements = [(e.label_id, e.points, e.outside) for e in found.shapes[-1].elements]
    assert elements == [(neck.id, [4.0, 5.0], False), (nose.id, [3.0, 4.5], True)]
    assert [(t.frame, t.label_id) for t in found.tags] == [(3, car.id)]


def test_coordinates_come_back_bit_for_bit(task: Task) -> None:
    person = task.get_labels()[1]
    random = np.random.default_rng(7)
    drawn = (
        random.uniform(-1e3, 1e3, 400).tolist() + (10.0 ** random.uniform(-300, 300, 98)).tolist()
    )
    awkward = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, 1 / 3, math.pi, 1e22, 123456789.125]
    values = [*drawn, *awkward]
    _put(task, shapes=[Shape(type="polyline", frame=2, label_id=person.id, points=values)])
    (found,) = task.get_annotations().shapes
    assert struct.pack(f"{len(values)}d", *found.points) == struct.pack(f"{len(values)}d", *values)


def test_labels_belong_to_the_job_of_their_frame(task: Task) -> None:
    person = task.get_labels()[1].id
    _put(task, shapes=[_box(person, frame, 1, 1, 5, 5) for frame in (4, 0, 3, 1)])
    third, second, first = task.get_jobs()
    assert [shape.frame for shape in first.get_annotations().shapes] == [0, 1]
    assert [shape.frame for shape in second.get_annotations().shapes] == [3]
    assert [shape.frame for shape in third.get_annotations().shapes] == [4]
    assert [shape.frame for shape in task.get_annotations().shapes] == [0, 1, 3, 4]
    second.set_annotations(
        models.LabeledDataRequest(
            shapes=[_box(person, 2, 2.5, 2, 6, 6), _box(person, 3, 1, 1, 2, 2)]
        )
    )
    assert [shape.frame for shape in task.get_annotations().shapes] == [0, 1, 2, 3, 4]


def test_update_keeps_ids_and_touches_nothing_else(task: Task) -> None:
    car, person, _body = task.get_labels()
    _put(task, shapes=[_box(person.id, 0, n, n, n + 5, n + 5) for n in range(3)])
    before = task.get_annotations().shapes
    moved = _box(car.id, 3, 7.125, 7, 9, 9, id=before[1].id)
    task.update_annotations(models.PatchedLabeledDataRequest(shapes=[moved]))
    after = {shape.id: shape for shape in task.get_annotations().shapes}
    assert after.keys() == {shape.id for shape in before}
    assert after[before[0].id] == before[0]
    assert after[before[2].id] == before[2]
    changed = after[before[1].id]
    assert (changed.label_id, changed.frame, changed.points) == (car.id, 3, [7.125, 7, 9, 9])
    # It went over to the job of its new frame.
    assert [shape.id for shape in task.get_jobs()[1].get_annotations().shapes] == [changed.id]


def test_create_and_delete_some(task: Task) -> None:
    person = task.get_labels()[1].id
    _put(task, shapes=[_box(person, 0, 1, 1, 5, 5)])
    (kept,) = task.get_annotations().shapes
    task.update_annotations(
        models.PatchedLabeledDataRequest(shapes=[_box(person, 0, 2, 2, 6, 6)]),
        action=AnnotationUpdateAction.CREATE,
    )
    added = max(shape.id for shape in task.get_annotations().shapes)
    assert added > kept.id
    task.remove_annotations(ids=[kept.id])
    assert [shape.id for shape in task.get_annotations().shapes] == [added]
    task.remove_annotations()
    assert task.get_annotations().shapes == []


def test_ids_are_never_used_twice(task: Task) -> None:
    person = task.get_labels()[1].id
    seen: set[int] = set()
    for _ in range(3):
        _put(task, shapes=[_box(person, 0, 1, 1, 5, 5), _box(person, 1, 1, 1, 5, 5)])
        ids = {shape.id for shape in task.get_annotations().shapes}
        assert not ids & seen
        seen |= ids


def test_what_is_read_and_put_back_keeps_its_ids(task: Task) -> None:
    person = task.get_labels()[1].id
    _put(task, shapes=[_box(person, frame, 1, 1, 5, 5) for frame in range(5)])
    before = task.get_annotations()
    _put(task, shapes=[Shape(**shape.to_dict()) for shape in before.shapes])
    assert task.get_annotations() == before


def test_tracks_come_back(task: Task) -> None:
    car = task.get_labels()[0]
    make, note = (spec.id for spec in car.attributes)
    track = models.LabeledTrackRequest(
        frame=0,
        label_id=car.id,
        group=2,
        shapes=[
            models.TrackedShapeRequest(
                type="rectangle",
                frame=0,
                points=[1.0, 1.5, 5.0, 5.0],
                attributes=[models.AttributeValRequest(spec_id=make, value="fiat")],
            ),
            models.TrackedShapeRequest(
                type="rectangle", frame=3, points=[5.0, 5.0, 9.0, 9.0], outside=True
            ),
        ],
    )
    _put(task, tracks=[track])
    # The jobs have two frames each: CVAT cuts the track between them.
    found, rest = task.get_annotations().tracks
    assert (found.frame, found.group) == (0, 2)
    third = 4 / 3
    assert [(s.frame, s.points, s.outside) for s in found.shapes] == [
        (0, [1.0, 1.5, 5.0, 5.0], False),
        (1, pytest.approx([1 + third, 1.5 + 3.5 / 3, 5 + third, 5 + third]), False),
        (2, pytest.approx([1 + third, 1.5 + 3.5 / 3, 5 + third, 5 + third]), True),
    ]
    assert [(s.frame, s.outside) for s in rest.shapes] == [(2, False), (3, True)]
    # What may change is on the key frames, what may not is on the track.
    assert [(a.spec_id, a.value) for a in found.shapes[0].attributes] == [(make, "fiat")]
    assert [(a.spec_id, a.value) for a in found.attributes] == [(note, "")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"label_id": 999_999}, "label_id `999999` is invalid"),
        ({"attributes": [{"spec_id": 999_999, "value": "x"}]}, "spec_id `999999` is invalid"),
        ({"points": [1.0, math.nan]}, "finite number"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_changes(
    task: Task, change: dict[str, Any], words: str
) -> None:
    person = task.get_labels()[1].id
    _put(task, shapes=[_box(person, 0, 1, 1, 5, 5)])
    before = task.get_annotations()
    bad = {"type": "rectangle", "frame": 0, "label_id": person, "points": [1, 1, 2, 2]} | change
    good = {"type": "rectangle", "frame": 1, "label_id": person, "points": [1, 1, 2, 2]}
    with pytest.raises(exceptions.ApiException) as raised:
        task.set_annotations(models.LabeledDataRequest(shapes=[good, bad], _check_type=False))
    assert raised.value.status == 400
    assert words in raised.value.body
    assert task.get_annotations() == before


def test_ten_thousand_shapes(client: Client, task: Task) -> None:
    person = task.get_labels()[1].id
    random = np.random.default_rng(1)
    boxes = random.uniform(0, 60, (10_000, 4))
    shapes = [
        {"type": "rectangle", "frame": n % 5, "label_id": person, "points": box.tolist()}
        for n, box in enumerate(boxes)
    ]
    # Below the SDK's models, which would take a minute for this.
    api = client.api_client
    headers = api.get_common_headers()
    api.update_params_for_auth(headers=headers, queries=[])
    response = api.rest_client.PUT(
        f"{api.configuration.host}/api/tasks/{task.id}/annotations",
        headers=headers | {"Content-Type": "application/json"},
        body={"shapes": shapes, "tags": [], "tracks": []},
    )
    assert response.status == 200
    found = api.rest_client.GET(
        f"{api.configuration.host}/api/tasks/{task.id}/annotations", headers=headers
    ).json()["shapes"]
    assert sorted(tuple(shape["points"]) for shape in found) == sorted(map(tuple, boxes.tolist()))
