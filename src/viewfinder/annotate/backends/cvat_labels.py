"""The labels of a pack as a CVAT server takes them, and as it has them afterwards.

Labels of single images go out as tags and shapes; in videos, those of one object go out as a track.
Of a task that was begun before, only what is missing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from viewfinder.annotate.back.merge import tracked_values
from viewfinder.annotate.backends.cvat_objects import object_piece
from viewfinder.annotate.backends.cvat_reading import kept_piece
from viewfinder.annotate.out.pack import Pack
from viewfinder.annotate.record import SentFrame, SentLabel, SentObject, SentPiece
from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.cvat import wire
from viewfinder.cvat.client import CvatClient
from viewfinder.cvat.from_cvat import Record
from viewfinder.cvat.to_cvat import Frame, Piece, pieces_of
from viewfinder.cvat.tools import LABEL_ID, ServerClass, ServerClasses
from viewfinder.cvat.tracks import (
    BuiltTrack,
    FrameLabel,
    FrameShape,
    JobTracks,
    TrackIndex,
    build_tracks,
    drafts_of_tracks,
    sent_tracks,
)
from viewfinder.errors import ServerFailedError
from viewfinder.labels import Label

__all__ = ["Drafts", "drafts_of", "put_labels"]


@dataclass(slots=True)
class Drafts:
    """Labels that can be sent, without server numbers."""

    drawn: list[tuple[SentLabel, list[Piece]]] = field(default_factory=list)
    """Those that are drawn on their frame alone, with their pieces."""
    seen: list[SentLabel] = field(default_factory=list)
    """Those that are sights of objects; the key of each piece is the object's place in `tracks`."""
    tracks: list[BuiltTrack] = field(default_factory=list)
    """The objects."""


def drafts_of(
    pack: Pack, schema: LabelSchema, frames: Sequence[SentFrame], classes: ServerClasses
) -> Drafts:
    """The labels of a pack.

    Args:
        pack: what is sent
        schema: how its fields are annotated
        frames: the frames of the task, as the server shows them
        classes: the task's classes
    """
    drafts = Drafts()
    if pack.video is not None:
        for name, labels in pack.video.labels.items():
            plan = schema.plan(name)
            assert plan is not None
            _draft_field(drafts, plan, labels, frames, classes)
        return drafts
    numbers = {frame.place: number for number, frame in enumerate(frames)}
    for image in pack.images:
        number = numbers[image.place]
        for name, found in image.labels.items():
            plan = schema.plan(name)
            assert plan is not None
            for label in found:
                _draft(drafts, plan, label, number, frames, classes)
    return drafts


def _draft_field(
    drafts: Drafts,
    plan: FieldPlan,
    labels: Mapping[int, Sequence[Label]],
    frames: Sequence[SentFrame],
    classes: ServerClasses,
) -> None:
    """The labels of one field of a video's frames: objects become tracks."""
    items = [
        FrameLabel(_frame(frames, number), label)
        for number, frame in enumerate(frames)
        for label in labels.get(frame.frame_number or 0, ())
    ]
    built, alone = build_tracks(
        items,
        plan.kind,
        size=len(frames),
        class_of=_class_of(plan, classes),
        tools_of=plan.tools_of,
        only_keyframes=plan.only_keyframes,
    )
    objects: dict[tuple[int, str], list[SentPiece]] = {}
    for track in built:
        for number, label_id in track.labels.items():
            piece = SentPiece(track.part, f"{len(drafts.tracks)}", b"")
            objects.setdefault((number, label_id), []).append(piece)
        drafts.tracks.append(track)
    for item in items:
        pieces = objects.get((item.frame.number, item.label.id))
        if pieces is not None:
            drafts.seen.append(_sent(plan, item.label, item.frame.number, frames, pieces))
    for item in alone:
        _draft(drafts, plan, item.label, item.frame.number, frames, classes)


def _draft(
    drafts: Drafts,
    plan: FieldPlan,
    label: Label,
    number: int,
    frames: Sequence[SentFrame],
    classes: ServerClasses,
) -> None:
    """One label that is drawn on its frame alone."""
    pieces = pieces_of(
        label,
        plan.kind,
        _frame(frames, number),
        class_of=_class_of(plan, classes),
        tools=plan.tools_of(label.get("label") or ""),
        mask_targets=plan.mask_targets,
    )
    # A segmentation without any class yet is there to be painted on.
    if pieces or (plan.kind == "segmentation" and label.get("mask") is not None):
        drafts.drawn.append((_sent(plan, label, number, frames, []), pieces))


def _sent(
    plan: FieldPlan,
    label: Label,
    number: int,
    frames: Sequence[SentFrame],
    pieces: list[SentPiece],
) -> SentLabel:
    return SentLabel(
        field=plan.field,
        sample_id=frames[number].sample_id,
        label_id=label.id,
        frame=number,
        type=type(label).__name__,
        values=tracked_values(label, plan),
        pieces=pieces,
        frame_number=frames[number].frame_number,
    )


def _frame(frames: Sequence[SentFrame], number: int) -> Frame:
    return Frame(number, (frames[number].width, frames[number].height))


def _class_of(plan: FieldPlan, classes: ServerClasses) -> Callable[[str], ServerClass | None]:
    return lambda label: classes.by_name.get(plan.server_names.get(label, ""))


def put_labels(
    client: CvatClient,
    task_id: int,
    drafts: Drafts,
    classes: ServerClasses,
    jobs: Mapping[int, range],
    *,
    fresh: bool,
) -> tuple[list[SentLabel], list[SentObject]]:
    """Sends all labels, or those that are missing.

    Args:
        client: a signed-in connection
        task_id: a task with media
        drafts: its labels
        classes: its classes
        jobs: the frames of its jobs
        fresh: whether the task has no labels yet

    Returns:
        the labels as the server has them, and the objects that they are sights of

    Raises:
        ServerFailedError: the server kept fewer than it was sent
    """
    records = [piece.record for _, drawn in drafts.drawn for piece in drawn]
    kept: dict[int, Record] = {}
    if records or drafts.tracks:
        specs = {number for number, name in classes.attribute_names.items() if name == LABEL_ID}
        there = wire.LabeledData() if fresh else client.annotations("tasks", task_id)
        kept = _found(records, there, specs)
        missing = [record for record in records if id(record) not in kept]
        tracks = _missing_tracks(drafts, there, classes)
        if missing or tracks:
            kept.update(_create(client, task_id, missing, tracks, there, specs))
    labels = [
        msgspec.structs.replace(
            draft, pieces=[kept_piece(piece.part, kept[id(piece.record)]) for piece in drawn]
        )
        for draft, drawn in drafts.drawn
    ]
    seen, objects = _seen(client, drafts, classes, jobs)
    return [*labels, *seen], objects


def _missing_tracks(
    drafts: Drafts, there: wire.LabeledData, classes: ServerClasses
) -> list[wire.Track]:
    """The tracks of which the server has nothing."""
    if not there.tracks:
        return [item.track for item in drafts.tracks]
    frames = sorted({number for item in drafts.tracks for number in item.labels})
    jobs = [(there.tracks, frames)]
    sent = drafts_of_tracks(drafts.tracks, jobs, classes.attribute_names)
    index = TrackIndex(sent, classes.attribute_names)
    found = {id(item.sent) for item in index.resolve(jobs)}
    pairs = zip(sent, drafts.tracks, strict=True)
    return [item.track for track, item in pairs if id(track) not in found]


def _seen(
    client: CvatClient,
    drafts: Drafts,
    classes: ServerClasses,
    jobs: Mapping[int, range],
) -> tuple[list[SentLabel], list[SentObject]]:
    """The sights of objects as the server has them, and the objects."""
    if not drafts.tracks:
        return [], []
    now: list[JobTracks] = [
        (client.annotations("jobs", job_id).tracks, frames) for job_id, frames in jobs.items()
    ]
    tracks, shapes = sent_tracks(drafts.tracks, now, classes.attribute_names)
    number_of = {id(track): number for number, track in enumerate(tracks)}
    there: dict[tuple[str, int, int], FrameShape] = {
        (item.label_id, item.shape.frame, number_of[id(item.sent)]): item
        for item in shapes
        if item.label_id is not None and item.sent is not None
    }
    labels: list[SentLabel] = []
    indices: dict[int, int | None] = {}
    for draft in drafts.seen:
        pieces = []
        for piece in draft.pieces:
            number = int(piece.key)
            indices.setdefault(number, draft.values.get("index"))
            item = there.get((draft.label_id, draft.frame, number))
            if item is None:
                words = f"it kept fewer of the {len(drafts.tracks)} tracks than were sent"
                raise ServerFailedError("take the annotations", client.url, words)
            pieces.append(object_piece(number, item, piece.part))
        labels.append(msgspec.structs.replace(draft, pieces=pieces))
    objects = [
        SentObject(track.part, sorted(track.server_ids), indices.get(number))
        for number, track in enumerate(tracks)
    ]
    return labels, objects


def _create(
    client: CvatClient,
    task_id: int,
    records: Sequence[Record],
    tracks: Sequence[wire.Track],
    before: wire.LabeledData,
    specs: set[int],
) -> dict[int, Record]:
    """Creates records on the server; each tag and shape (by identity) as it has them then."""
    data = wire.LabeledData(
        tags=[record for record in records if isinstance(record, wire.Tag)],
        shapes=[record for record in records if isinstance(record, wire.Shape)],
        tracks=list(tracks),
    )
    if before.tags or before.shapes or before.tracks:
        # Somebody may be at work already: what is there stays.
        echoed = client.patch_annotations("tasks", task_id, data, action="create")
    else:
        echoed = client.put_annotations("tasks", task_id, data)
    if not records:
        return {}
    there = client.annotations("tasks", task_id)
    tags = _paired(data.tags, echoed.tags, there.tags, specs)
    shapes = _paired(data.shapes, echoed.shapes, there.shapes, specs)
    if tags is None or shapes is None:
        words = f"it kept fewer of the {len(records)} labels than were sent"
        raise ServerFailedError("take the annotations", client.url, words)
    return {**tags, **shapes}


def _found(
    records: Sequence[Record], there: wire.LabeledData, label_id_specs: set[int]
) -> dict[int, Record]:
    """The records (by identity) that arrived before a cut, in the form in which they were sent.

    An annotator may have changed one since; the change is for the next load to find, so what was
    sent counts, completed by what the server fills in.
    """
    waiting: dict[tuple[str, int, int, str], list[Record]] = {}
    every: list[Record] = [*there.tags, *there.shapes]
    for record in every:
        waiting.setdefault((_sort(record), *_place(record, label_id_specs)), []).append(record)
    found: dict[int, Record] = {}
    for record in records:
        same = waiting.get((_sort(record), *_place(record, label_id_specs)))
        if same:
            mine = {item.spec_id for item in record.attributes}
            other = same.pop(0)
            rest = [item for item in other.attributes if item.spec_id not in mine]
            found[id(record)] = msgspec.structs.replace(
                record, id=other.id, attributes=[*record.attributes, *rest]
            )
    return found


def _paired(
    sent: Sequence[Record],
    echoed: Sequence[Record],
    there: Sequence[Record],
    label_id_specs: set[int],
) -> dict[int, Record] | None:
    """Each sent record (by identity) as the server has it; None where some are missing.

    The echo tells the numbers. Records of one label on one frame come in the order of sending;
    a server with several jobs may echo job after job. What is there afterwards is how the server
    itself writes the records, defaults filled in, and so the form to compare with later.
    """
    numbers: dict[tuple[int, int, str], list[int | None]] = {}
    for record in echoed:
        numbers.setdefault(_place(record, label_id_specs), []).append(record.id)
    by_id = {record.id: record for record in there}
    waiting = {place: iter(found) for place, found in numbers.items()}
    paired: dict[int, Record] = {}
    for record in sent:
        number = next(waiting.get(_place(record, label_id_specs), iter(())), None)
        if number not in by_id:
            return None
        paired[id(record)] = by_id[number]
    return paired


def _sort(record: Record) -> str:
    return "tag" if isinstance(record, wire.Tag) else record.type


def _place(record: Record, label_id_specs: set[int]) -> tuple[int, int, str]:
    ids = [str(item.value) for item in record.attributes if item.spec_id in label_id_specs]
    return record.frame, record.label_id, "".join(ids)
