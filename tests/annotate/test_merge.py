from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from viewfinder.annotate.back.merge import Changes, Local, Merge, merge
from viewfinder.annotate.back.policies import Side, parse_conflicts, parse_unexpected
from viewfinder.annotate.back.reading import Added, Edited, Stray, TaskReading
from viewfinder.annotate.back.report import Change
from viewfinder.annotate.record import SentFrame, SentLabel, SentPiece, SentTask
from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.cvat.tools import AttributeTool
from viewfinder.errors import AnnotationError
from viewfinder.labels import Classification, Detection, Label, Polyline
from viewfinder.samples import Place

BASE: dict[str, Any] = {"label": "cat", "bounding_box": [0.1, 0.1, 0.4, 0.4], "note": "n"}
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


def local(**changes: Any) -> dict[Place, dict[str, list[Label]]]:
    """The dataset's label: as it was sent, with these changes, and with what was never sent."""
    label = Detection(id="a", confidence=0.9, tags=["mine"], **{**BASE, **changes})
    return {Place("s"): {"gt": [label]}}


def run(
    reading: TaskReading,
    here: Local,
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
    if "conflicts" in options:
        options["conflicts"] = parse_conflicts(options["conflicts"])
    if "unexpected" in options:
        options["unexpected"] = parse_unexpected(options["unexpected"])
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
    assert here[Place("s")]["gt"][0].get("label") == "cat"


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
    changes = run(TaskReading(7, removed=[sent()]), {Place("s"): {"gt": []}})
    assert (changes.edits, changes.rows) == ([], [])
    assert changes.records[7].labels == []


@pytest.mark.parametrize("here", [{Place("s"): {"gt": []}}, {Place("s"): {}}, {}])
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
    changes = run(TaskReading(7, unreached={Place("s"): "its task is gone"}), local())
    assert (changes.edits, changes.unchanged) == ([], 0)


def test_new_numbers_on_the_server_are_remembered() -> None:
    changes = run(edited(), local())
    assert (changes.edits, changes.rows) == ([], [])
    assert changes.records[7].labels[0].pieces == NOW


FRAMED = LabelSchema((replace(schema().fields[0], field="frames.gt", allow_index_edits=False),))


def framed(number: int, label_id: str = "a", **more: Any) -> SentLabel:
    values = {**BASE, "index": 1, **more}
    return SentLabel("frames.gt", "s", label_id, number - 1, "Detection", values, PIECE, number)


def in_frames(**frames: str) -> dict[Place, dict[str, list[Label]]]:
    """A video with these labels, one a frame: f1="a" is label a in frame 1."""
    held: dict[Place, dict[str, list[Label]]] = {Place("s"): {}}
    for name, label_id in frames.items():
        held[Place("s", int(name[1:]))] = {
            "frames.gt": [Detection(id=label_id, confidence=0.9, index=1, **BASE)]
        }
    return held


def test_labels_of_frames_are_known_by_their_frame() -> None:
    reading = TaskReading(
        7,
        edited=[Edited(framed(1), {"label": "dog", "index": 2}, NOW)],
        removed=[framed(2)],
        added=[Added("frames.gt", "s", 4, Detection("new", HERE, index=3), NOW, 5)],
        unreached={Place("s", 4): "its job is not done"},
    )
    labels = [framed(number) for number in (1, 2, 3, 4)]
    here = in_frames(f1="a", f2="a", f3="a", f4="a")
    changes = run(reading, here, *labels, plans=FRAMED)
    assert [(edit.action, edit.frame_number) for edit in changes.edits] == [
        ("delete", 2),
        ("update", 1),
        ("add", 5),
    ]
    update = changes.edits[1].label
    assert update is not None
    assert (update.get("label"), update.get("index"), update.get("confidence")) == ("dog", 1, 0.9)
    assert [(row.outcome, row.attribute, row.frame_number) for row in changes.rows] == [
        ("deleted", None, 2),
        ("edited", "label", 1),
        ("refused", "index", 1),
        ("added", None, 5),
    ]
    assert changes.unchanged == 1
    record = changes.records[7].labels
    assert [label.frame_number for label in record] == [1, 3, 4, 5]
    assert record[-1].values == {"label": "new", "bounding_box": HERE, "index": 3}


@pytest.mark.parametrize(
    ("here", "why"),
    [
        (in_frames(f2="a"), "the label is deleted here"),
        ({}, "the sample is deleted here"),
    ],
)
def test_frames_and_videos_that_are_gone(here: Any, why: str) -> None:
    reading = TaskReading(7, edited=[Edited(framed(1), {"label": "dog"}, NOW)])
    changes = run(reading, here, framed(1), plans=FRAMED)
    assert changes.edits == []
    assert why in (changes.rows[0].reason or "")


def test_the_unexpected_in_a_frame_is_kept_in_a_field_of_frames() -> None:
    label = Polyline("cat", [[(0, 0), (1, 0), (1, 1)]])
    reading = TaskReading(7, strays=[Stray("frames.gt", "s", 0, "polygon", label, NOW, "why", 1)])
    changes = run(reading, in_frames(), plans=FRAMED)
    assert [(edit.field, edit.frame_number) for edit in changes.edits] == [("frames.polylines", 1)]
    assert list(changes.new_fields) == ["frames.polylines"]


@pytest.mark.parametrize(
    ("option", "field", "reason"),
    [
        ({"polylines": "outlines"}, "outlines", "kept in 'outlines'"),
        ({"polylines": None}, None, "left on the server"),
        (["polylines"], "polylines", "kept in 'polylines'"),
        (["keypoints"], None, "left on the server"),
    ],
)
def test_types_that_are_kept_and_types_that_are_not(
    option: Any, field: str | None, reason: str
) -> None:
    changes = run(stray(Polyline("cat", [[(0, 0), (1, 1)]])), local(), unexpected=option)
    assert [edit.field for edit in changes.edits] == ([] if field is None else [field])
    assert reason in (changes.rows[0].reason or "")


def test_a_label_that_is_deleted_here_comes_back_when_theirs_win() -> None:
    changes = run(edited(label="dog"), {Place("s"): {"gt": []}}, conflicts="theirs")
    (edit,) = changes.edits
    assert (edit.action, edit.label_id) == ("add", "a")
    assert edit.label is not None
    assert edit.label.values == {"id": "a", **BASE, "label": "dog"}
    assert outcomes(changes) == [("added", None)]


def test_conflicts_by_field_and_by_a_function() -> None:
    there, here = {"label": "dog", "bounding_box": MOVED}, {"label": "cow", "bounding_box": HERE}

    def classes_are_theirs(change: Change) -> Side:
        return "theirs" if change.attribute == "label" else "ours"

    results = [
        run(edited(**there), local(**here), conflicts=option)
        for option in ({"gt": "theirs"}, {"other": "theirs"}, classes_are_theirs)
    ]
    assert [outcomes(changes) for changes in results] == [
        [("edited", "label"), ("edited", "bounding_box")],
        [("conflict", "label"), ("conflict", "bounding_box")],
        [("edited", "label"), ("conflict", "bounding_box")],
    ]


@pytest.mark.parametrize("option", ["mine", {"gt": "mine"}, None])
def test_conflict_policies_that_mean_nothing(option: Any) -> None:
    with pytest.raises(AnnotationError, match="choose 'ours', 'theirs' or 'error'"):
        parse_conflicts(option)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("prompt", "a library never does"),
        ("drop", "choose 'keep'"),
        (["polygons"], "'polygons' is no type"),
        ({"boxes": "x"}, "'boxes' is no type"),
        (5, "choose 'keep'"),
    ],
)
def test_policies_for_the_unexpected_that_mean_nothing(option: Any, words: str) -> None:
    with pytest.raises(AnnotationError, match=words):
        parse_unexpected(option)


def test_a_merge_tells_what_it_touched_and_what_is_left() -> None:
    reading = TaskReading(
        7,
        edited=[Edited(sent(), {"label": "dog"}, NOW)],
        removed=[sent("b")],
        added=[Added("gt", "t", 1, Detection("new", HERE, id="c"), NOW)],
    )
    here = local()
    here[Place("s")]["gt"].append(Detection(id="b", **{**BASE, "note": "mine"}))
    here[Place("t")] = {"gt": None}  # type: ignore[dict-item]
    work = Merge(schema())
    work.know(here)
    frames = [SentFrame("s", "a.jpg", 10, 10), SentFrame("t", "b.jpg", 10, 10)]
    task = SentTask(task_id=7, name="t", frames=frames, labels=[sent(), sent("b")])
    assert work.task(task, reading) == {Place("s")}
    changes = work.finish()
    assert [(t.place, t.label_id, t.before is None, t.after is None) for t in changes.touched] == [
        (Place("s"), "a", False, False),
        (Place("t"), "c", True, False),
    ]
    assert changes.orders == {(Place("s"), "gt"): ["a", "b"], (Place("t"), "gt"): None}
