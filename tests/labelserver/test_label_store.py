from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from viewfinder.labelserver.answers import json_bytes
from viewfinder.labelserver.wire.annotations import LabeledDataIn

if TYPE_CHECKING:
    from tests.labelserver.conftest import Asker


def _box(label: int, frame: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "rectangle", "frame": frame, "label_id": label, "points": [1, 2, 3, 4], **more}


def _label(ask: Asker, task: int) -> int:
    return int(ask("GET", f"/api/labels?task_id={task}").json()["results"][0]["id"])


def _ids(ask: Asker, path: str) -> list[int]:
    return [shape["id"] for shape in ask("GET", f"{path}/annotations").json()["shapes"]]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
@settings(max_examples=200)
def test_any_float_crosses_the_wire_unchanged(values: list[float]) -> None:
    body = json_bytes({"shapes": [_box(1) | {"points": values}]})
    (shape,) = LabeledDataIn.model_validate_json(body).shapes
    assert struct.pack(f"{len(values)}d", *shape.points) == struct.pack(f"{len(values)}d", *values)


def test_a_write_that_is_sent_again_with_its_key_is_done_once(ask: Asker) -> None:
    task = ask.task()
    url = f"/api/tasks/{task}/annotations?action=create"
    body = {"shapes": [_box(_label(ask, task))]}
    key = {"Idempotency-Key": "one"}
    first = ask("PATCH", url, json=body, headers=key)
    again = ask("PATCH", url, json=body, headers=key)
    assert (first.status_code, first.content) == (200, again.content)
    assert len(_ids(ask, f"/api/tasks/{task}")) == 1
    other = ask("PATCH", url, json={"shapes": []}, headers=key)
    assert other.status_code == 400
    ask("PATCH", url, json=body, headers={"Idempotency-Key": "two"})
    assert len(_ids(ask, f"/api/tasks/{task}")) == 2


def test_an_update_never_takes_what_belongs_to_another_task(ask: Asker) -> None:
    mine, other = ask.task(), ask.task()
    for task in (mine, other):
        ask("PUT", f"/api/tasks/{task}/annotations", json={"shapes": [_box(_label(ask, task))]})
    (foreign,) = _ids(ask, f"/api/tasks/{other}")
    before = ask("GET", f"/api/tasks/{other}/annotations").json()
    body = {"shapes": [_box(_label(ask, mine), id=foreign)]}
    ask("PATCH", f"/api/tasks/{mine}/annotations?action=update", json=body)
    ask("PATCH", f"/api/tasks/{mine}/annotations?action=delete", json=body)
    assert ask("GET", f"/api/tasks/{other}/annotations").json() == before
    ids = _ids(ask, f"/api/tasks/{mine}")
    assert len(ids) == 2
    assert foreign not in ids


def test_an_update_of_a_deleted_label_brings_it_back(ask: Asker) -> None:
    task = ask.task()
    here = f"/api/tasks/{task}"
    label = _label(ask, task)
    ask("PUT", f"{here}/annotations", json={"shapes": [_box(label), _box(label)]})
    first, second = _ids(ask, here)
    gone = {"shapes": [_box(label, id=first)]}
    ask("PATCH", f"{here}/annotations?action=delete", json=gone)
    assert _ids(ask, here) == [second]
    for _ in range(2):
        ask("PATCH", f"{here}/annotations?action=update", json=gone)
        assert _ids(ask, here) == [first, second]


def test_an_id_that_was_never_given_is_not_taken_over(ask: Asker) -> None:
    task = ask.task()
    here = f"/api/tasks/{task}"
    body = {"shapes": [_box(_label(ask, task), id=987_654_321)]}
    echo = ask("PATCH", f"{here}/annotations?action=update", json=body).json()
    assert echo["shapes"][0]["id"] < 1000
    assert _ids(ask, here) == [echo["shapes"][0]["id"]]


def test_one_id_sent_twice_becomes_two_labels(ask: Asker) -> None:
    task = ask.task()
    here = f"/api/tasks/{task}"
    label = _label(ask, task)
    ask("PUT", f"{here}/annotations", json={"shapes": [_box(label)]})
    (known,) = _ids(ask, here)
    twice = {"shapes": [_box(label, id=known), _box(label, id=known)]}
    ask("PUT", f"{here}/annotations", json=twice)
    ids = _ids(ask, here)
    assert len(set(ids)) == 2
    assert known in ids


def test_a_skeleton_changes_with_its_points(ask: Asker) -> None:
    skeleton = {
        "name": "s",
        "type": "skeleton",
        "sublabels": [{"name": "p"}, {"name": "q"}],
    }
    task = ask.task(labels=[skeleton, {"name": "other"}])
    here = f"/api/tasks/{task}"
    whole, other = ask("GET", f"/api/labels?task_id={task}").json()["results"]
    p, q = (point["id"] for point in whole["sublabels"])
    point = {"type": "points", "frame": 0, "points": [3, 4]}
    shape = {
        "type": "skeleton",
        "frame": 0,
        "label_id": whole["id"],
        "elements": [{**point, "label_id": p}, {**point, "label_id": q}],
    }
    ask("PUT", f"{here}/annotations", json={"shapes": [shape]})
    (before,) = ask("GET", f"{here}/annotations").json()["shapes"]
    before["elements"][1]["points"] = [9.5, 9.25]
    ask("PATCH", f"{here}/annotations?action=update", json={"shapes": [before]})
    (after,) = ask("GET", f"{here}/annotations").json()["shapes"]
    assert after == before
    ask("PATCH", f"{here}/annotations?action=delete", json={"shapes": [after]})
    assert ask("GET", f"{here}/annotations").json()["shapes"] == []
    # A point of a skeleton is no label by itself, and no other class is one of its points.
    for wrong in (
        {**point, "label_id": p},
        {**shape, "elements": [{**point, "label_id": other["id"]}]},
    ):
        refused = ask("PUT", f"{here}/annotations", json={"shapes": [wrong]})
        assert refused.status_code == 400


def test_deleting_a_class_deletes_its_labels_only(ask: Asker) -> None:
    task = ask.task(labels=[{"name": "a"}, {"name": "b"}])
    a, b = (each["id"] for each in ask("GET", f"/api/labels?task_id={task}").json()["results"])
    ask("PUT", f"/api/tasks/{task}/annotations", json={"shapes": [_box(a), _box(b), _box(a)]})
    assert ask("DELETE", f"/api/labels/{a}").status_code == 204
    found = ask("GET", f"/api/tasks/{task}/annotations").json()["shapes"]
    assert [shape["label_id"] for shape in found] == [b]


def test_a_job_may_hold_a_label_of_any_frame_of_its_task(ask: Asker) -> None:
    # As CVAT does it: what a client puts into a job stays there.
    task = ask.task(frames=4, segment_size=2)
    second, first = (job["id"] for job in ask("GET", f"/api/jobs?task_id={task}").json()["results"])
    ask("PUT", f"/api/jobs/{second}/annotations", json={"shapes": [_box(_label(ask, task), 0)]})
    assert len(_ids(ask, f"/api/jobs/{second}")) == 1
    assert _ids(ask, f"/api/jobs/{first}") == []
    assert len(_ids(ask, f"/api/tasks/{task}")) == 1


def test_a_change_is_seen_in_the_dates(ask: Asker) -> None:
    task = ask.task()
    before = ask("GET", f"/api/tasks/{task}").json()["updated_date"]
    job = ask("GET", f"/api/jobs?task_id={task}").json()["results"][0]
    ask("PUT", f"/api/jobs/{job['id']}/annotations", json={"shapes": [_box(_label(ask, task))]})
    assert ask("GET", f"/api/tasks/{task}").json()["updated_date"] > before
    assert ask("GET", f"/api/jobs/{job['id']}").json()["updated_date"] > job["updated_date"]


def test_numbers_as_values_are_kept_as_text(ask: Asker) -> None:
    spec = {"name": "n", "input_type": "number", "mutable": True, "values": ["0", "10", "1"]}
    task = ask.task(labels=[{"name": "a", "attributes": [spec]}])
    label = ask("GET", f"/api/labels?task_id={task}").json()["results"][0]
    spec_id = label["attributes"][0]["id"]
    shape = _box(label["id"], attributes=[{"spec_id": spec_id, "value": 7}])
    ask("PUT", f"/api/tasks/{task}/annotations", json={"shapes": [shape]})
    (found,) = ask("GET", f"/api/tasks/{task}/annotations").json()["shapes"]
    assert found["attributes"] == [{"spec_id": spec_id, "value": "7"}]


def test_intervals_are_refused_rather_than_lost(ask: Asker) -> None:
    task = ask.task()
    here = f"/api/tasks/{task}/annotations"
    assert ask("PUT", here, json={"intervals": []}).status_code == 200
    assert ask("PUT", here, json={"intervals": [{"label_id": 1}]}).status_code == 400
