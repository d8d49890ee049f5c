"""What a CVAT 2.15.0 server answered when nothing was edited, word for word: no label changes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from viewfinder.annotate.back.reading import TaskReading
from viewfinder.annotate.backends.cvat_reading import kept_piece, read_annotations
from viewfinder.annotate.record import SentFrame, SentLabel, SentTask
from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.cvat import wire
from viewfinder.cvat.from_cvat import Reading, Record, new_label, same_record
from viewfinder.cvat.to_cvat import Frame, LabelType
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, ServerClasses
from viewfinder.labels import Label

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "recorded" / "left_alone.json").read_text()
)
SIZE_WH = (320, 240)
OUR_ID = 999_999
"""The number of the attribute with the label's id, which is put on each record here."""
KINDS: dict[str, LabelType] = {
    "rectangle": "detections",
    "ellipse": "detections",
    "mask": "instances",
    "polygon": "polygons",
    "polyline": "polylines",
    "cuboid": "polylines",
    "points": "keypoints",
    "skeleton": "keypoints",
}
DOCUMENTS = {
    "detections": "Detections",
    "instances": "Detections",
    "polygons": "Polylines",
    "polylines": "Polylines",
    "keypoints": "Keypoints",
    "classifications": "Classifications",
}
each_recorded = pytest.mark.parametrize("case", RECORDED, ids=lambda case: str(case["from"]))


def data(body: Any) -> wire.LabeledData:
    return wire.decode_data(json.dumps(body).encode())


def records(body: Any) -> list[Record]:
    found = data(body)
    return [*found.tags, *found.shapes]


def kind_of(record: Record) -> LabelType:
    return "classifications" if isinstance(record, wire.Tag) else KINDS[record.type]


class Task:
    """A task as it stands on record after such an exchange: one field for each way of drawing."""

    def __init__(self, body: Any) -> None:
        self.body = copy.deepcopy(body)
        for number, item in enumerate([*self.body["tags"], *self.body["shapes"]]):
            item["attributes"].append({"spec_id": OUR_ID, "value": f"{number:024x}"})
        came = records(self.body)
        names = {i.spec_id: f"a{i.spec_id}" for r in came for i in r.attributes} | {
            OUR_ID: LABEL_ID
        }
        self.classes = ServerClasses(
            [_class(came, number) for number in {r.label_id for r in came}]
        )
        self.attributes = names
        tools = tuple(AttributeTool(name) for name in names.values() if name != LABEL_ID)
        kinds = sorted({kind_of(record) for record in came})
        labels = [item.name for item in self.classes.by_id.values()]
        self.schema = LabelSchema(tuple(
            FieldPlan(kind, kind, DOCUMENTS[kind], tuple(labels), dict.fromkeys(labels, tools),
                      {name: name for name in labels}, True)
            for kind in kinds
        ))  # fmt: skip
        self.came = came

    def sent(self) -> SentTask:
        labels = [self._label(number, record) for number, record in enumerate(self.came)]
        last = max(record.frame for record in self.came)
        frames = [SentFrame(f"s{n}", f"{n}.png", *SIZE_WH) for n in range(last + 1)]
        owners: dict[int, tuple[str, str]] = {
            n: (kind_of(self.came[0]), item.name) for n, item in self.classes.by_id.items()
        }
        return SentTask(7, "t", frames, True, [1], owners, self.attributes, labels)

    def _label(self, number: int, record: Record) -> SentLabel:
        reading = Reading(
            lambda n: self.classes.by_id[n].name,
            self.attributes,
            self.schema.fields[0].tools_of,
            node_ids=self.classes.node_ids,
        )
        kind = kind_of(record)
        name = self.classes.by_id[record.label_id].name
        label = new_label(record, kind, Frame(record.frame, SIZE_WH), name, reading)
        assert isinstance(label, Label)
        return SentLabel(
            field=kind,
            sample_id=f"s{record.frame}",
            label_id=f"{number:024x}",
            frame=record.frame,
            type=type(label).__name__,
            values={key: value for key, value in label.to_dict().items() if key[0] != "_"},
            pieces=[kept_piece(0, record)],
        )

    def read(self, body: Any) -> TaskReading:
        return read_annotations(
            self.sent(),
            self.schema,
            self.classes,
            [(range(100), data(body))],
            reached=lambda _: True,
        )


def _class(came: list[Record], number: int) -> wire.Label:
    mine = [record for record in came if record.label_id == number]
    specs = {item.spec_id for record in mine for item in record.attributes}
    shapes = [record for record in mine if isinstance(record, wire.Shape)]
    nodes = sorted({e.label_id for shape in shapes for e in shape.elements or ()})
    return wire.Label(
        id=number,
        name=f"class {number}",
        type="skeleton" if nodes else "any",
        attributes=[
            wire.AttributeSpec(id=spec, name=LABEL_ID if spec == OUR_ID else f"a{spec}")
            for spec in specs
        ],
        sublabels=[wire.Label(id=node, name=f"node {node}") for node in nodes],
    )


@each_recorded
def test_what_was_sent_is_what_is_read_but_for_defaults(case: dict[str, Any]) -> None:
    numbers = [record.id for record in records(case["echoed"])]
    read = {(type(record), record.id): record for record in records(case["read"])}
    for sent, number in zip(records(case["sent"]), numbers, strict=True):
        came = read[type(sent), number]
        told = {item.spec_id: item.value for item in came.attributes}
        # The server fills in attributes that were not sent, and no other; it says "" for none.
        assert {item.spec_id: str(told[item.spec_id]) for item in sent.attributes} == {
            item.spec_id: str(item.value) for item in sent.attributes
        }
        filled = msgspec.structs.replace(sent, attributes=came.attributes)
        if isinstance(filled, wire.Shape):
            for node in filled.elements or ():
                node.attributes = []
        assert same_record(filled, came)


def _as_it_was(body: Any) -> Any:
    return body


def _in_another_order(body: Any) -> Any:
    return {**body, "tags": body["tags"][::-1], "shapes": body["shapes"][::-1]}


def _without_what_may_be_missing(body: Any) -> Any:
    """As of servers that leave out what is not set."""
    empty: dict[str, Any] = dict.fromkeys(("occluded", "outside"), False)
    empty |= {"group": None, "z_order": 0, "rotation": 0.0, "elements": [], "source": "manual"}

    def told(item: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in item.items() if value != empty.get(key, ...)}

    return _items(body, told)


def _with_more(body: Any) -> Any:
    """As of later servers, which tell more than is known here."""
    return _items(body, lambda item: {**item, "score": 1.0, "created_by": {"id": 3}, "new": [1]})


def _whole_numbers(value: Any) -> Any:
    """As of servers that write 5 for 5.0."""
    if isinstance(value, dict):
        return {key: _whole_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _under_new_numbers(body: Any) -> Any:
    """As after somebody has put all annotations back as they were."""
    return _items(body, lambda item: {**item, "id": item["id"] + 5000})


def _items(body: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    return {**body, "tags": [change(tag) for tag in body["tags"]],
            "shapes": [change(shape) for shape in body["shapes"]]}  # fmt: skip


@each_recorded
@pytest.mark.parametrize(
    "answer",
    [
        _as_it_was,
        _in_another_order,
        _without_what_may_be_missing,
        _with_more,
        _whole_numbers,
        _under_new_numbers,
    ],
)
def test_left_alone_nothing_changes_however_the_server_tells_it(
    case: dict[str, Any], answer: Callable[[Any], Any]
) -> None:
    task = Task(case["read"])
    found = task.read(answer(copy.deepcopy(task.body)))
    # New numbers are taken note of, and nothing else.
    assert [edited.changes for edited in found.edited if edited.changes] == []
    assert (found.added, found.removed, found.strays, found.notes) == ([], [], [], [])


@each_recorded
def test_an_edit_of_what_was_recorded_is_exactly_that(case: dict[str, Any]) -> None:
    task = Task(case["read"])
    body = copy.deepcopy(task.body)
    for shape in body["shapes"]:
        shape["z_order"] += 1
        shape["occluded"] = not shape["occluded"]
    assert [edited.changes for edited in task.read(body).edited if edited.changes] == []
    gone = copy.deepcopy(task.body)
    first = gone["shapes"].pop(0)
    (removed,) = task.read(gone).removed
    assert removed.pieces[0].key == f"shape:{first['id']}"
