"""Merges of random histories: nothing is lost, nothing comes twice, each can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

import viewfinder as vf
from viewfinder.annotate.back.journal import backwards, decode_journal, encode_journal, journal_of
from viewfinder.annotate.back.merge import Changes, Local, Merge
from viewfinder.annotate.back.policies import Conflicts, Side
from viewfinder.annotate.back.reading import Added, Edited, TaskReading
from viewfinder.annotate.out.facts import local_labels
from viewfinder.annotate.record import SentFrame, SentLabel, SentPiece, SentTask
from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.cvat.tools import AttributeTool
from viewfinder.labels import Detection, Label
from viewfinder.samples import Place, apply_edits

PLAN = FieldPlan(
    "gt",
    "detections",
    "Detections",
    ("a", "b", "c"),
    {name: (AttributeTool("note"),) for name in "abc"},
    {name: name for name in "abc"},
    True,
)
SCHEMA = LabelSchema((PLAN,))
PLACES = (Place("s0"), Place("s1"), Place("s2"))
ATTRIBUTES = ("label", "note", "bounding_box")

Values = dict[str, Any]
State = dict[tuple[Place, str], Values]
"""The tracked values of labels by place and id."""

values = st.fixed_dictionaries(
    {
        "label": st.sampled_from("abc"),
        "note": st.sampled_from([None, "x", "y"]),
        "bounding_box": st.sampled_from([[0.1, 0.1, 0.2, 0.2], [0.3, 0.3, 0.1, 0.1]]),
    }
)
keys = st.tuples(st.sampled_from(PLACES), st.sampled_from("0123"))


@st.composite
def edited(draw: st.DrawFn, state: State, prefix: str) -> State:
    """A state after somebody has edited, deleted and added labels."""
    after: State = {}
    for key, held in state.items():
        what = draw(st.sampled_from(["keep", "keep", "edit", "delete"]))
        if what != "delete":
            changes = draw(values) if what == "edit" else {}
            chosen = draw(st.sets(st.sampled_from(ATTRIBUTES)))
            after[key] = {**held, **{name: changes[name] for name in chosen if name in changes}}
    for number in range(draw(st.integers(0, 2))):
        place = draw(st.sampled_from(PLACES))
        after[place, f"{prefix}{number}"] = draw(values)
    return after


@dataclass
class History:
    """What was sent, what the dataset holds now, and what annotators made of it."""

    sent: State
    here: State
    there: State
    gone: set[str]
    """Samples that were deleted here."""
    unreached: set[Place]


@st.composite
def histories(draw: st.DrawFn) -> History:
    sent = draw(st.dictionaries(keys, values, max_size=6))
    here = draw(edited(sent, "mine"))
    there = draw(edited(sent, "theirs"))
    gone = draw(st.sets(st.sampled_from(["s2"])))
    return History(sent, here, there, gone, draw(st.sets(st.just(PLACES[1]))))


def label_of(label_id: str, held: Values, **more: Any) -> Detection:
    kept = {name: value for name, value in held.items() if value is not None}
    return Detection.from_values({"id": label_id, **kept, **more})


def local_of(state: State, gone: set[str]) -> dict[Place, dict[str, list[Label] | None]]:
    out: dict[Place, dict[str, list[Label] | None]] = {
        place: {"gt": []} for place in PLACES if place.sample_id not in gone
    }
    for (place, label_id), held in state.items():
        if place in out:
            # What was never sent: it has to survive everything.
            label = label_of(label_id, held, confidence=0.5, tags=["kept"])
            (out[place]["gt"] or []).append(label)
            out[place]["gt"] = [*(out[place]["gt"] or [])]
    return out


def task_of(state: State) -> SentTask:
    labels = [
        SentLabel(
            "gt",
            place.sample_id,
            label_id,
            PLACES.index(place),
            "Detection",
            {name: value for name, value in held.items() if value is not None},
            [SentPiece(0, f"shape:{place.sample_id}{label_id}", b"")],
        )
        for (place, label_id), held in state.items()
    ]
    frames = [SentFrame(place.sample_id, place.sample_id, 10, 10) for place in PLACES]
    return SentTask(task_id=1, name="t", frames=frames, labels=labels)


def reading_of(task: SentTask, there: State, unreached: set[Place]) -> TaskReading:
    """What a server would tell: the differences between what is on record and what is there."""
    reading = TaskReading(1, unreached=dict.fromkeys(unreached, "not done"))
    known = set()
    for sent in task.labels:
        key = (sent.place, sent.label_id)
        known.add(key)
        if sent.place in unreached:
            continue
        if key not in there:
            reading.removed.append(sent)
            continue
        changes = {n: v for n, v in there[key].items() if v != sent.values.get(n)}
        if changes:
            reading.edited.append(Edited(sent, changes, sent.pieces))
    for (place, label_id), held in there.items():
        if (place, label_id) not in known and place not in unreached:
            number = PLACES.index(place)
            added = Added("gt", place.sample_id, number, label_of(label_id, held), [])
            reading.added.append(added)
    return reading


def merged(
    task: SentTask, reading: TaskReading, local: Local, side: Side
) -> tuple[Changes, SentTask]:
    work = Merge(SCHEMA, field_documents={"gt": "Detections"}, conflicts=Conflicts(side))
    work.know(local)
    work.task(task, reading)
    changes = work.finish()
    return changes, changes.records.get(1, task)


def applied(local: Local, changes: Changes) -> dict[Place, dict[str, list[Label] | None]]:
    """The oracle of writing: one edit after the other, in plain dicts."""
    held = {place: {x.id: x for x in fields["gt"] or ()} for place, fields in local.items()}
    for edit in changes.edits:
        labels = held[Place(edit.sample_id)]
        if edit.action == "delete":
            del labels[edit.label_id]
        else:
            assert edit.label is not None
            assert (edit.label_id in labels) == (edit.action == "update")
            labels[edit.label_id] = edit.label
    return {place: {"gt": list(labels.values())} for place, labels in held.items()}


def seen(local: Local) -> State:
    return {
        (place, label.id): {name: label.get(name) for name in ATTRIBUTES}
        for place, fields in local.items()
        for label in fields["gt"] or ()
    }


def expected(
    was: Values | None, mine: Values | None, theirs: Values | None, side: Side
) -> Values | None:
    """What a label has to be after a merge, said as plainly as can be."""
    if mine == was:
        return theirs
    if theirs == was:
        return mine
    if was is None or mine is None or theirs is None:
        return mine if side == "ours" else theirs
    winner, loser = (mine, theirs) if side == "ours" else (theirs, mine)
    return {name: winner[name] if winner[name] != was[name] else loser[name] for name in ATTRIBUTES}


def clash(was: Values | None, mine: Values | None, theirs: Values | None) -> bool:
    """Whether both sides changed the same, differently."""
    if was is None or was in (mine, theirs) or mine == theirs:
        return False
    if mine is None or theirs is None:
        return True
    return any(
        mine[name] != theirs[name] and was[name] not in (mine[name], theirs[name])
        for name in ATTRIBUTES
    )


@settings(deadline=None, max_examples=300)
@given(histories(), st.sampled_from(["ours", "theirs"]))
def test_nothing_is_lost_and_nothing_comes_twice(history: History, side: Side) -> None:
    local = local_of(history.here, history.gone)
    task = task_of(history.sent)
    reading = reading_of(task, history.there, history.unreached)
    changes, record = merged(task, reading, local, side)
    after = applied(local, changes)
    here, there, sent = seen(local), history.there, history.sent
    told = {(row.place, row.label_id) for row in changes.rows if row.outcome == "conflict"}
    for key in {*here, *there, *sent}:
        result = seen(after).get(key)
        was, mine, theirs = sent.get(key), here.get(key), there.get(key)
        if key[0].sample_id in history.gone:
            assert result is None
        elif key[0] in history.unreached:
            assert result == mine
        else:
            assert result == expected(was, mine, theirs, side)
            if side == "ours" and clash(was, mine, theirs):
                assert key in told
    for fields in after.values():
        for label in fields["gt"] or ():
            if (label.id[:4] != "thei") and (label.get("confidence") is None):
                assert side == "theirs", "only what we had deleted comes back bare"

    # The same once more is nothing, save what is left to be told.
    second, _ = merged(record, reading_of(record, there, history.unreached), after, side)
    assert second.edits == []
    assert all(row.outcome == "conflict" for row in second.rows)


@settings(deadline=None, max_examples=200)
@given(histories(), st.sampled_from(["ours", "theirs"]))
def test_a_load_taken_back_is_as_it_was(history: History, side: Side) -> None:
    local = local_of(history.here, history.gone)
    task = task_of(history.sent)
    changes, _ = merged(task, reading_of(task, history.there, history.unreached), local, side)
    after = applied(local, changes)
    journal = decode_journal(encode_journal(journal_of(changes, {"gt": "Detections"}, {})))
    sent, reading = backwards(journal)
    work = Merge(LabelSchema(()), field_documents=journal.documents)
    work.know(after)
    work.task(sent, reading)
    back = work.finish()
    assert [row for row in back.rows if row.outcome == "conflict"] == []
    restored = applied(after, back)
    assert {
        (place, label.id): {n: v for n, v in label.values.items() if v is not None}
        for place, fields in restored.items()
        for label in fields["gt"] or ()
    } == {
        (place, label.id): dict(label.values)
        for place, fields in local.items()
        for label in fields["gt"] or ()
    }


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(histories())
def test_frames_of_a_real_dataset_are_merged_and_taken_back(history: History) -> None:
    """The same histories in frames of a video, written and taken back in a real dataset."""
    dataset, task, reading = _video_of(history)
    sample_id = str(dataset.first().id)
    plan = LabelSchema((FieldPlan("frames.gt", *_rest()),))
    before = _frames(dataset)
    places = [Place(sample_id, number) for number in (1, 2, 3, 9)]
    local, _ = local_labels(dataset, places, ["frames.gt"])
    work = Merge(plan, field_documents={"frames.gt": "Detections"})
    work.know(local)
    work.task(task, reading)
    merged_changes = work.finish()
    apply_edits(dataset, merged_changes.edits, reason="load")
    loaded = _frames(dataset)
    assert [label["label"] for label in loaded[9] or ()] == ["new"]

    journal = journal_of(merged_changes, {"frames.gt": "Detections"}, {})
    back = Merge(LabelSchema(()), field_documents=journal.documents)
    local, _ = local_labels(dataset, journal.places, ["frames.gt"])
    back.know(local)
    back.task(*backwards(journal))
    apply_edits(dataset, back.finish().edits, reason="undo", orders=journal.order_of)
    restored = _frames(dataset)
    assert restored.pop(9) is None
    assert restored == before
    dataset.delete()


def _video_of(history: History) -> tuple[vf.Dataset, SentTask, TaskReading]:
    """The history as frames 1 to 3 of a video; frame 9, which is not there, gets a label."""
    dataset = vf.Dataset()
    video = vf.Sample(filepath="/v.mp4")
    ids: dict[str, str] = {}
    for number, place in enumerate(PLACES, start=1):
        labels = [
            label_of(ids.setdefault(f"{place}{label_id}", f"{len(ids):024x}"), held, confidence=0.5)
            for (at, label_id), held in history.here.items()
            if at == place
        ]
        video.frames[number] = vf.Frame(gt=vf.Detections(labels) if labels else None)
    video.frames[4] = vf.Frame(gt=vf.Detections([Detection("other")]))
    dataset.add_samples([video], progress=False)
    sample_id = str(video.id)
    sent = [
        SentLabel(
            "frames.gt",
            sample_id,
            ids.setdefault(f"{place}{label_id}", f"{len(ids):024x}"),
            PLACES.index(place),
            "Detection",
            {name: value for name, value in held.items() if value is not None},
            [],
            PLACES.index(place) + 1,
        )
        for (place, label_id), held in history.sent.items()
    ]
    task = SentTask(task_id=1, name="t", frames=[], labels=sent)
    reading = TaskReading(1)
    names = {value: key for key, value in ids.items()}
    for label in sent:
        at = next(k for k in history.sent if f"{k[0]}{k[1]}" == names[label.label_id])
        if at not in history.there:
            reading.removed.append(label)
        else:
            changes = {n: v for n, v in history.there[at].items() if v != label.values.get(n)}
            if changes:
                reading.edited.append(Edited(label, changes, []))
    new = Detection("new", [0.5, 0.5, 0.1, 0.1])
    reading.added.append(Added("frames.gt", sample_id, 9, new, [], 9))
    return dataset, task, reading


def _rest() -> tuple[Any, ...]:
    return (PLAN.kind, PLAN.document, PLAN.classes, PLAN.tools, PLAN.server_names, True)


def _frames(dataset: vf.Dataset) -> dict[int, list[dict[str, Any]] | None]:
    """All that the frames of the one video hold."""
    dataset.handle.live.clear()
    if dataset.handle.frames is not None:
        dataset.handle.frames.live.clear()
    (sample,) = dataset
    return {
        number: None if frame.gt is None else [label.to_dict() for label in frame.gt.detections]
        for number, frame in sample.frames.items()
    }
