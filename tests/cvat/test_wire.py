from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.cvat import wire

RECORDED = Path(__file__).parent / "recorded"


def test_annotations_of_every_shape_type_as_a_server_sent_them() -> None:
    data = wire.decode_data((RECORDED / "annotations.json").read_bytes())
    assert [tag.frame for tag in data.tags] == [3]
    assert {shape.type for shape in data.shapes} == {
        "rectangle", "polygon", "polyline", "points", "ellipse", "cuboid", "mask",
    }  # fmt: skip
    box = next(shape for shape in data.shapes if shape.type == "rectangle")
    assert (box.points, box.rotation, box.occluded, box.z_order, box.group, box.source) == (
        [1.0, 2.0, 20.0, 25.0], 33.5, True, 4, 9, "auto",
    )  # fmt: skip
    values = {value.spec_id: value.value for value in box.attributes}
    assert (values[1106], values[1107], values[1108]) == ("7", "true", "é ü")


def test_fields_that_do_not_exist_yet_are_ignored_and_missing_ones_default() -> None:
    data = wire.decode_data(
        b'{"shapes":[{"type":"banana","frame":0,"label_id":1,"points":null,"new_thing":{"a":[1]}}]}'
    )
    assert data.shapes == [wire.Shape(type="banana", frame=0, label_id=1)]
    assert (data.tags, data.tracks) == ([], [])


def test_a_frame_of_zero_is_sent() -> None:
    sent = json.loads(wire.encode(wire.Shape(type="points", frame=0, label_id=7, points=[1.5, 2])))
    assert sent == {"type": "points", "frame": 0, "label_id": 7, "points": [1.5, 2.0]}


def test_a_new_class_is_sent_with_all_that_servers_insist_on() -> None:
    label = wire.NewLabel(name="cat", attributes=[wire.NewAttribute(name="label_id")])
    assert json.loads(wire.encode(label)) == {
        "name": "cat",
        "type": "any",
        "attributes": [
            {"name": "label_id", "input_type": "text", "mutable": True, "values": [],
             "default_value": ""}
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "name", "is_ann"),
    [
        (b'{"id": 7, "username": "ann", "url": "u"}', "ann", True),
        (b'{"id": 8, "username": "ann"}', "ann", False),
        (b"7", "7", True),
        (b"8", "8", False),
        (b'"ann"', "ann", True),
        (b'"bob"', "bob", False),
        (b'""', None, False),
        (b"null", None, False),
    ],
)
def test_people_are_told_as_records_numbers_or_names(
    told: bytes, name: str | None, is_ann: bool
) -> None:
    data = b'{"id": 1, "task_id": 2, "owner": %s, "assignee": %s}' % (told, told)
    job = msgspec.json.decode(data, type=wire.Job)
    task = msgspec.json.decode(data, type=wire.Task)
    ann = wire.User(id=7, username="ann")
    for person in (job.assignee, task.assignee, task.owner):
        assert (wire.username_of(person), wire.is_user(person, ann)) == (name, is_ann)


def test_an_answer_that_is_something_else_is_refused() -> None:
    with pytest.raises(msgspec.MsgspecError):
        wire.decode_data(b'{"shapes": [{"frame": "x"}]}')


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_coordinates_survive_bit_for_bit(points: list[float]) -> None:
    shape = wire.Shape(type="polygon", frame=1, label_id=2, points=points)
    back = wire.decode_data(wire.encode(wire.LabeledData(shapes=[shape]))).shapes[0].points
    assert back is not None
    assert [value.hex() for value in back] == [value.hex() for value in points]


def test_the_key_of_a_sign_in_does_not_show() -> None:
    assert "secret" not in repr(wire.Login(key="secret"))


def test_100_000_shapes_decode_in_seconds_not_minutes() -> None:
    shape = wire.Shape(
        type="rectangle", frame=0, label_id=1, id=5, points=[1.25, 2.5, 3.75, 4.125],
        attributes=[wire.AttributeValue(spec_id=3, value="6b0287014528ec452b8e487a")],
    )  # fmt: skip
    body = wire.encode(wire.LabeledData(shapes=[shape] * 100_000))
    begin = time.perf_counter()
    assert len(wire.decode_data(body).shapes) == 100_000
    assert time.perf_counter() - begin < 3
