from __future__ import annotations

from typing import Any

import pytest

from viewfinder.annotate.merge import Changes, merge
from viewfinder.annotate.reading import Added, Edited, Stray, TaskReading
from viewfinder.annotate.record import SentFrame, SentLabel, SentPiece, SentTask
from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.cvat.tools import AttributeTool
from viewfinder.labels import Classification, Detection, Label, Polyline

BASE = {"label": "cat", "bounding_box": [0.1, 0.1, 0.4, 0.4], "note": "n"}
MOVED = [0.2, 0.1, 0.4, 0.4]
HERE = [0.3, 0.3, 0.3, 0.3]
PIECE = [SentPiece(0, "shape:1", b"old")]
NOW = [SentPiece(0, "shape:1", b"new")]


def schema(document: str = "Detections", **permissions: Any) -> LabelSchema:
    tools: dict[str, tuple[AttributeTool, ...]] = {
        "cat": (AttributeTool("note"), AttributeTool("fixed", read_only=True))
    }
    plan = FieldPlan(
        "gt", "detections", document, ("cat",), tools, {"cat": "cat"}, True, **permissions
    )
    return LabelSchema((plan,))


def sent(label_id: str = "a") -> SentLabel:
    return SentLabel("gt", "s", label_id, 0, "Detection", dict(BASE), PIECE)


def local(**changes: Any) -> dict[str, dict[str, list[Label]]]:
    """The dataset's label: as it was sent, with these changes, and with what was never sent."""
    label = Detection(id="a", confidence=0.9, tags=["mine"], **{**BASE, **changes})
    return {"s": {"gt": [label]}}


def run(
    reading: TaskReading,
    here: dict[str, dict[str, list[Label]]],
    *labels: SentLabel,
    plans: LabelSchema | None = None,
    **options: Any,
) -> Changes:
    task = SentTask(
        task_id=7,
        name="t",
        frames=[SentFrame("s", "a.jpg", 10, 10)],
        labels=list(labels or [sent()]),
    )
    return merge(plans or schema(), [(task, reading)], here, **options)


def edited(**changes: Any) -> TaskReading:
    return TaskReading(7, edited=[Edited(sent(), changes, NOW)])


def outcomes(changes: Changes) -> list[tuple[str, str | None]]:
    return [(row.outcome, row.attribute) for row in changes.rows]


def test_nothing_came_back_differently() -> None:
    changes = run(TaskReading(7), local())
    assert (changes.edits, changes.rows, changes.records) == ([], [], {})
    assert changes.unchanged == 1


def test_an_edit_is_written_and_everything_else_of_the_label_kept() -> None:
    changes = run(edited(bounding_box=MOVED, note=None), local())
    (edit,) = changes.edits
    assert (edit.action, edit.sample_id, edit.field, edit.label_id) == ("update", "s", "gt", "a")
    assert edit.label is not None
    assert edit.label.get("bounding_box") == MOVED
    assert edit.label.get("note") is None
    assert (edit.label.get("confidence"), edit.label.tags) == (0.9, ["mine"])
    assert outcomes(changes) == [("edited", "bounding_box"), ("edited", "note")]
    assert (changes.rows[0].before, changes.rows[0].after) == (BASE["bounding_box"], MOVED)
    (record,) = changes.records[7].labels
    assert record.values == {"label": "cat", "bounding_box": MOVED}
    assert record.pieces == NOW


def test_the_users_own_object_is_not_touched() -> None:
    here = local()
    run(edited(label="dog"), here)
    assert here["s"]["gt"][0].get("label") == "cat"


@pytest.mark.parametrize(
    ("here", "there", "policy", "result", "rows"),
    [
        # Only one side changed it.
        ({"bounding_box": HERE}, {"label": "dog"}, "ours", {"label": "dog"}, ["edited"]),
        ({"note": "mine"}, {"bounding_box": MOVED}, "ours", {"bounding_box": MOVED}, ["edited"]),
        # Both made the same of it.
        ({"label": "dog"}, {"label": "dog"}, "ours", None, []),
        # Both changed it, differently.
        ({"label": "cow"}, {"label": "dog"}, "ours", None, ["conflict"]),
        ({"label": "cow"}, {"label": "dog"}, "theirs", {"label": "dog"}, ["edited"]),
        (
            {"bounding_box": HERE},
            {"bounding_box": MOVED, "label": "dog"},
            "ours",
            {"label": "dog"},
            ["conflict", "edited"],
        ),
        # A geometry is one thing: a box moved here is not turned there.
        ({"bounding_box": HERE}, {"rotation": 5.0}, "ours", None, ["conflict"]),
    ],
)
def test_three_ways(
    here: dict[str, Any], there: dict[str, Any], policy: Any, result: Any, rows: list[str]
) -> None:
    changes = run(edited(**there), local(**here), conflicts=policy)
    assert sorted(outcome for outcome, _ in outcomes(changes)) == sorted(rows)
    if result is None:
        assert changes.edits == []
    else:
        (edit,) = changes.edits
        assert edit.label is not None
        for name, value in {**BASE, **here, **result}.items():
            assert edit.label.get(name) == value


def test_a_conflict_is_told_again_by_the_next_load_and_a_settled_edit_is_not() -> None:
    there = {"bounding_box": MOVED, "label": "dog"}
    first = run(edited(**there), local(bounding_box=HERE))
    (record,) = first.records[7].labels
    assert record.pieces == PIECE
    assert record.values == {**BASE, "label": "dog"}
    reading = TaskReading(7, edited=[Edited(record, there, NOW)])
    second = run(reading, local(bounding_box=HERE, label="dog"), record)
    assert (second.edits, outcomes(second)) == ([], [("conflict", "bounding_box")])
    # Even when the settled attribute is changed here afterwards.
    third = run(reading, local(bounding_box=HERE, label="cow"), record)
    assert (third.edits, outcomes(third)) == ([], [("conflict", "bounding_box")])


@pytest.mark.parametrize(
    ("permissions", "change", "reason"),
    [
        ({"allow_label_edits": False}, {"label": "dog"}, "label edits not allowed"),
        ({"allow_spatial_edits": False}, {"bounding_box": MOVED}, "spatial edits not allowed"),
        ({"allow_spatial_edits": False}, {"rotation": 5.0}, "spatial edits not allowed"),
        ({}, {"fixed": "x"}, "the attribute is read-only"),
    ],
)
def test_what_is_not_allowed_is_refused_and_told(
    permissions: dict[str, Any], change: dict[str, Any], reason: str
) -> None:
    changes = run(edited(**change), local(), plans=schema(**permissions))
    assert changes.edits == []
    assert [(row.outcome, row.reason) for row in changes.rows] == [("refused", reason)]


def test_a_deletion() -> None:
    changes = run(TaskReading(7, removed=[sent()]), local())
    assert [(edit.action, edit.label_id) for edit in changes.edits] == [("delete", "a")]
    assert [(row.outcome, row.before) for row in changes.rows] == [("deleted", "cat")]
    assert changes.records[7].labels == []
    assert changes.unchanged == 0


@pytest.mark.parametrize(
    ("here", "options", "outcome"),
    [
        ({"note": "mine"}, {}, "conflict"),
        ({}, {"plans": schema(allow_deletions=False)}, "refused"),
    ],
)
def test_a_deletion_that_is_not_taken(
    here: dict[str, Any], options: dict[str, Any], outcome: str
) -> None:
    changes = run(TaskReading(7, removed=[sent()]), local(**here), **options)
    assert changes.edits == []
    assert [row.outcome for row in changes.rows] == [outcome]
    assert changes.records == {}


def test_a_deletion_against_an_edit_of_ours_when_theirs_win() -> None:
    changes = run(TaskReading(7, removed=[sent()]), local(note="mine"), conflicts="theirs")
    assert [edit.action for edit in changes.edits] == ["delete"]


def test_deleted_on_both_sides() -> None:
    changes = run(TaskReading(7, removed=[sent()]), {"s": {"gt": []}})
    assert (changes.edits, changes.rows) == ([], [])
    assert changes.records[7].labels == []


@pytest.mark.parametrize("here", [{"s": {"gt": []}}, {"s": {}}, {}])
def test_edited_there_and_deleted_here(here: Any) -> None:
    changes = run(edited(label="dog"), here)
    assert changes.edits == []
    assert [row.outcome for row in changes.rows] == ["conflict"]
    assert "deleted here" in (changes.rows[0].reason or "")


def new(name: str = "dog", **more: Any) -> TaskReading:
    label = Detection(name, HERE, **more)
    return TaskReading(7, added=[Added("gt", "s", 0, label, NOW)])


def test_an_addition_is_on_record_so_that_it_comes_once() -> None:
    reading = new(note="x")
    changes = run(reading, local())
    (edit,) = changes.edits
    label = reading.added[0].label
    assert (edit.action, edit.label_id, edit.label) == ("add", label.id, label)
    record = changes.records[7].labels[1]
    assert (record.label_id, record.pieces) == (label.id, NOW)
    assert record.values == {"label": "dog", "bounding_box": HERE, "note": "x"}


@pytest.mark.parametrize(
    ("here", "plans", "outcome"),
    [
        (local(), schema(allow_additions=False), "refused"),
        ({}, schema(), "conflict"),
        (local(), schema("Detection"), "conflict"),
    ],
)
def test_an_addition_that_is_not_taken(here: Any, plans: LabelSchema, outcome: str) -> None:
    changes = run(new(), here, plans=plans)
    assert changes.edits == []
    assert [row.outcome for row in changes.rows] == [outcome]


def test_a_field_of_one_label_whose_label_was_replaced() -> None:
    reading = TaskReading(7, removed=[sent()], added=new().added)
    changes = run(reading, local(), plans=schema("Detection"))
    assert [edit.action for edit in changes.edits] == ["delete", "add"]


def stray(label: Label | None = None) -> TaskReading:
    return TaskReading(
        7, strays=[Stray("gt", "s", 0, "polygon", label, NOW, "a polygon in a field of Detections")]
    )


def test_something_unexpected_is_kept_in_a_field_of_its_type() -> None:
    label = Polyline("cat", [[(0, 0), (1, 0), (1, 1)]])
    changes = run(stray(label), local())
    assert changes.new_fields["polylines"].__name__ == "Polylines"
    assert [(edit.field, edit.action) for edit in changes.edits] == [("polylines", "add")]
    assert [row.outcome for row in changes.rows] == ["unexpected"]
    assert changes.records[7].labels[1].field == "polylines"


@pytest.mark.parametrize(
    ("label", "options"),
    [
        (None, {}),
        (Classification("cat"), {"unexpected": "ignore"}),
        (Polyline("cat"), {"field_documents": {"polylines": "Detections"}}),
    ],
)
def test_something_unexpected_that_stays_on_the_server(
    label: Label | None, options: dict[str, Any]
) -> None:
    changes = run(stray(label), local(), **options)
    assert (changes.edits, changes.records) == ([], {})
    assert [row.outcome for row in changes.rows] == ["unexpected"]
    assert "left on the server" in (changes.rows[0].reason or "")


def test_something_unexpected_is_returned() -> None:
    label = Polyline("cat")
    changes = run(stray(label), local(), unexpected="return")
    assert changes.returned == {"polylines": {"s": [label]}}
    assert changes.edits == []


def test_labels_of_samples_that_were_not_reached_count_as_nothing() -> None:
    changes = run(TaskReading(7, unreached={"s": "its task is gone"}), local())
    assert (changes.edits, changes.unchanged) == ([], 0)


def test_new_numbers_on_the_server_are_remembered() -> None:
    changes = run(edited(), local())
    assert (changes.edits, changes.rows) == ([], [])
    assert changes.records[7].labels[0].pieces == NOW
