"""Annotations of a CVAT task read as differences from what was sent; pure.

A record is known by the server's number for it. Where that number is gone (somebody replaced all
annotations by the same ones), the label id that it carries speaks, but only for a record of the
same sort on the same frame whose label has lost its own: a copy is a new label, and a label id that
was typed over harms nothing. Classes of projects that were there before have no label id: of these,
a record with a new number is known where it is the same in all else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from viewfinder.annotate.back.reading import Added, Edited, Stray, TaskReading
from viewfinder.annotate.backends.cvat_doubt import note_of_lost, replaced_sorts, sort_of
from viewfinder.annotate.backends.cvat_objects import Objects, Sight
from viewfinder.annotate.out.pack import drawn_as
from viewfinder.annotate.record import SentLabel, SentPiece, SentTask
from viewfinder.annotate.schema import FieldPlan, LabelSchema
from viewfinder.annotate.stand_ins import plain_value, refuse_misfit
from viewfinder.cvat import wire
from viewfinder.cvat.from_cvat import (
    Reading,
    Record,
    edits_of,
    new_label,
    new_segmentation,
    same_record,
    segmentation_edit,
)
from viewfinder.cvat.to_cvat import Frame, LabelType, Piece
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, ServerClasses
from viewfinder.cvat.tracks import JobTracks
from viewfinder.errors import LabelError
from viewfinder.labels import Classification, Label, Segmentation
from viewfinder.labels.registry import LABEL_CLASSES, LABEL_LIST_CLASSES

__all__ = ["kept_piece", "key_of", "read_annotations", "record_of"]

_shapes = msgspec.json.Decoder(wire.Shape)
_tags = msgspec.json.Decoder(wire.Tag)


def key_of(record: Record) -> str:
    """The server's number for a record, with its sort."""
    return f"{'tag' if isinstance(record, wire.Tag) else 'shape'}:{record.id}"


def kept_piece(part: int, record: Record) -> SentPiece:
    """A piece as it is kept on record."""
    return SentPiece(part, key_of(record), wire.encode(record))


def record_of(piece: SentPiece) -> Record:
    """The tag or shape of a piece that was kept on record."""
    return (_tags if piece.key.startswith("tag:") else _shapes).decode(piece.form)


def read_annotations(
    sent: SentTask,
    schema: LabelSchema,
    classes: ServerClasses,
    data: Iterable[tuple[range, wire.LabeledData]],
    *,
    reached: Callable[[int], bool],
) -> TaskReading:
    """What annotators did.

    Args:
        sent: the task's record
        schema: how the run's fields are annotated
        classes: the task's classes as they are now
        data: the frames and annotations of its jobs
        reached: whether anything is known of the frame of that number

    Returns:
        the differences; ``unreached`` is left to the caller
    """
    work = _Work(sent, schema, classes, reached)
    work.collect(data)
    work.adopt()
    for index, label in enumerate(sent.labels):
        if reached(label.frame):
            work.known_label(index, label)
    work.new_records()
    work.renamed_classes()
    work.told_doubts()
    return work.result


@dataclass(slots=True)
class _Work:
    sent: SentTask
    schema: LabelSchema
    classes: ServerClasses
    reached: Callable[[int], bool]
    result: TaskReading = field(init=False)
    came: dict[int, dict[int, Record]] = field(default_factory=dict)
    """Records of each sent label (by its place in the list), by part."""
    unknown: list[Record] = field(default_factory=list)
    painted: dict[tuple[str, int], list[wire.Shape]] = field(default_factory=dict)
    """New pieces of segmentations by field and frame."""
    renumbered: bool = False
    """Whether all annotations were replaced by others of which only some could be recognised."""
    replaced: set[tuple[int, str]] = field(default_factory=set)
    """Sorts of annotations, with their frame, that were all replaced; none was recognised."""
    sights: dict[int, Sight] = field(default_factory=dict)
    """What is known of a shape (by identity) that is one frame of a track."""

    def __post_init__(self) -> None:
        self.result = TaskReading(self.sent.task_id)

    def collect(self, data: Iterable[tuple[range, wire.LabeledData]]) -> None:
        """Sorts all records of reached frames into those of sent labels, and others."""
        owners = {
            piece.key: (index, piece.part)
            for index, label in enumerate(self.sent.labels)
            for piece in label.pieces
        }
        seen: set[str] = set()
        jobs: list[JobTracks] = []
        for frames, part in data:
            records: list[Record] = [*part.tags, *part.shapes]
            for record in records:
                key = key_of(record)
                if key in seen or not self.reached(record.frame):
                    continue
                seen.add(key)
                owner = owners.get(key)
                if owner is not None and self.sent.labels[owner[0]].frame == record.frame:
                    self.came.setdefault(owner[0], {})[owner[1]] = record
                else:
                    self.unknown.append(record)
            if self.sent.is_video:
                jobs.append((part.tracks, [frame for frame in frames if self.reached(frame)]))
                continue
            for track in part.tracks:
                if self.reached(track.frame):
                    self._stray(track.frame, track.label_id, "track", "tracks in images")
        self._collect_tracks(jobs)

    def _collect_tracks(self, jobs: Sequence[JobTracks]) -> None:
        """Sorts the objects of a video, frame by frame, in the same way."""
        owners = {(label.label_id, label.frame): i for i, label in enumerate(self.sent.labels)}
        names = {**self.sent.attributes, **self.classes.attribute_names}
        fields = {number: name for number, (name, _) in self.sent.classes.items()}
        objects = Objects(self.sent, names, fields)
        for sight in objects.sights(jobs):
            shape = sight.item.shape
            self.sights[id(shape)] = sight
            owner = owners.get((sight.item.label_id or "", shape.frame))
            if owner is None or sight.item.sent is None:
                self.unknown.append(shape)
            else:
                self.came.setdefault(owner, {})[sight.item.sent.part] = shape
        self.result = replace(
            self.result, objects=objects.now, objects_renumbered=objects.renumbered
        )

    def adopt(self) -> None:
        """Gives records with new numbers to labels that have lost theirs."""
        missing: dict[tuple[str, int], list[tuple[int, SentPiece]]] = {}
        for index, label in enumerate(self.sent.labels):
            lost = [piece for piece in label.pieces if piece.part not in self.came.get(index, {})]
            if lost:
                place = (label.label_id, label.frame)
                missing.setdefault(place, []).extend((index, piece) for piece in lost)
        if not missing:
            return
        reading = self._reading(None)
        numbers_are_gone = not self.came
        nameless = self._nameless(missing.values())
        still: list[Record] = []
        for record in self.unknown:
            if not self._carries_id(record.label_id):
                same = next(
                    (item for item in nameless.get(record.frame, []) if _same(item[1], record)),
                    None,
                )
                if same is None:
                    still.append(record)
                else:
                    nameless[record.frame].remove(same)
                    self.came.setdefault(same[0], {})[same[1].part] = record
                    self.renumbered = numbers_are_gone
                continue
            waiting = missing.get((reading.label_id(record) or "", record.frame), [])
            fits = next((item for item in waiting if _same_sort(item[1], record)), None)
            if fits is None:
                still.append(record)
            else:
                waiting.remove(fits)
                self.came.setdefault(fits[0], {})[fits[1].part] = record
        self.unknown = still
        self.replaced = replaced_sorts(
            {n: [record_of(piece) for _, piece in items] for n, items in nameless.items()},
            (record for record in still if not self._carries_id(record.label_id)),
            {self.sent.labels[index].frame for index in self.came},
        )

    def _nameless(
        self, missing: Iterable[Sequence[tuple[int, SentPiece]]]
    ) -> dict[int, list[tuple[int, SentPiece]]]:
        """Pieces that have lost their number and never carried a label id, by frame."""
        out: dict[int, list[tuple[int, SentPiece]]] = {}
        if self.classes.by_id and all(map(self._carries_id, self.classes.by_id)):
            return out
        for items in missing:
            for index, piece in items:
                record = record_of(piece)
                if not self._carries_id(record.label_id):
                    out.setdefault(record.frame, []).append((index, piece))
        return out

    def _carries_id(self, class_id: int) -> bool:
        """Whether annotations of a class have room for a label id."""
        there = self.classes.by_id.get(class_id)
        return there is None or LABEL_ID in there.spec_ids

    def known_label(self, index: int, label: SentLabel) -> None:
        """Compares one sent label with what came of it."""
        plan = self.schema.plan(label.field)
        came = self.came.get(index, {})
        if label.type != "Segmentation" and _is_untouched(label, came):
            if self.sights and (changes := self._track_edits(label, plan, came)):
                self.result.edited.append(Edited(label, changes, self._kept(came)))
            return
        before = {piece.part: record_of(piece) for piece in label.pieces}
        kind = drawn_as(label.label())[0] if plan is None else plan.kind
        if kind == "segmentation":
            # Compared when all new pieces are known.
            return
        if not came:
            self._missing(label, before.values())
            return
        if plan is not None and any(self._is_elsewhere(record, plan) for record in came.values()):
            # Its class now is one of another field: gone here, new there.
            self.result.removed.append(label)
            self.unknown.extend(came.values())
            return
        if len(came) == len(before) and all(
            came[part].id == record.id and same_record(record, came[part])
            for part, record in before.items()
        ):
            changes = self._track_edits(label, plan, came)
            if changes:
                self.result.edited.append(Edited(label, changes, self._kept(came)))
            return
        pieces = [Piece(part, record) for part, record in before.items()]
        try:
            changes = edits_of(
                label.label(), kind, self._frame(label.frame), pieces, came, self._reading(plan)
            )
            if plan is not None and plan.kind == "scalar":
                refuse_misfit(changes, plan)
        except LabelError as error:
            self.result.notes.append(f"Label {label.label_id} was left as it is: {error}")
            return
        changes.update(self._track_edits(label, plan, came))
        self.result.edited.append(Edited(label, changes, self._kept(came)))

    def _track_edits(
        self, label: SentLabel, plan: FieldPlan | None, came: Mapping[int, Record]
    ) -> dict[str, Any]:
        """What was changed of a label as a frame of a track: its number, and who drew it."""
        part = min(came)
        sight = self.sights.get(id(came[part]))
        if sight is None:
            return {}
        changes: dict[str, Any] = {}
        if sight.index is not None and sight.index != label.values.get("index"):
            changes["index"] = sight.index
        before = next((piece.key for piece in label.pieces if piece.part == part), "")
        if _tells_keyframes(plan) and before.startswith("keyframe:") != sight.item.keyframe:
            changes["keyframe"] = sight.item.keyframe
        return {name: v for name, v in changes.items() if v != label.values.get(name)}

    def _kept(self, came: Mapping[int, Record]) -> list[SentPiece]:
        """The pieces of a label as the server has them now."""
        sights = self.sights
        return [
            sights[id(record)].piece(part) if id(record) in sights else kept_piece(part, record)
            for part, record in sorted(came.items())
        ]

    def new_records(self) -> None:
        """Turns records that nobody sent into labels, and compares segmentations."""
        for record in self.unknown:
            name = self._owner(record)
            plan = self.schema.plan(name) if name is not None else self._taker(record)
            if plan is None:
                self._homeless(record)
            elif plan.kind == "segmentation" and _is_area(record):
                painted = self.painted.setdefault((plan.field, record.frame), [])
                painted.append(_shape(record))
            else:
                self._new(record, plan)
        for index, label in enumerate(self.sent.labels):
            if label.type == "Segmentation" and self.reached(label.frame):
                self._segmentation(index, label)
        for (name, frame), shapes in self.painted.items():
            plan = self.schema.plan(name)
            assert plan is not None
            self._new_segmentation(plan, frame, shapes)

    def told_doubts(self) -> None:
        """Notes labels of which can't be known whether they are there still."""
        if self.renumbered:
            self.result.notes.extend(
                f"All annotations of task {self.sent.task_id} were replaced, and its project's "
                f"classes have no attribute '{LABEL_ID}': label {label.label_id} was not "
                "recognised among them and stays as it is."
                for label in self.result.lost
            )
        elif self.result.lost:
            self.result.notes.append(note_of_lost(self.sent, self.result.lost))

    def renamed_classes(self) -> None:
        """Notes classes that have another name on the server than when they were made."""
        for number, (name, label) in self.sent.classes.items():
            plan = self.schema.plan(name)
            now = self.classes.by_id.get(number)
            if plan is not None and now is not None:
                made_as = plan.server_names.get(label, label)
                if now.name != made_as:
                    self.result.notes.append(
                        f"Class '{made_as}' is called '{now.name}' on the server; its labels were "
                        f"read as '{label}'."
                    )

    def _new(self, record: Record, plan: FieldPlan) -> None:
        reading = self._reading(plan)
        what = "tag" if isinstance(record, wire.Tag) else record.type
        name = reading.class_name(record.label_id)
        frame = self._frame(record.frame)
        try:
            label = new_label(record, plan.kind, frame, name or "", reading)
            if label is not None and plan.kind == "scalar":
                refuse_misfit(label.values, plan)
        except LabelError as error:
            self._stray(record.frame, record.label_id, what, str(error))
            return
        if label is None:
            self._stray(record.frame, record.label_id, what, f"no label type holds a {what}")
            return
        place = self.sent.frames[record.frame].place
        sight = self.sights.get(id(record))
        if sight is not None:
            label.set_field("index", sight.index)
            if _tells_keyframes(plan):
                label.set_field("keyframe", sight.item.keyframe)
        pieces = self._kept({0: record})
        if plan.kind == "scalar" and isinstance(record, wire.Tag):
            if plain_value(label, plan) is None:
                return
            label = type(label).from_values({**label.values, "id": place.sample_id})
        if isinstance(label, _element(plan)):
            added = Added(
                plan.field, place.sample_id, record.frame, label, pieces, place.frame_number
            )
            self.result.added.append(added)
            return
        why = f"a {what} in a field of {plan.document}"
        self.result.strays.append(
            Stray(
                plan.field,
                place.sample_id,
                record.frame,
                what,
                label,
                pieces,
                why,
                place.frame_number,
            )
        )

    def _homeless(self, record: Record) -> None:
        """A record of a run that named no fields: all that was drawn is unexpected."""
        reading, frame = self._reading(None), self._frame(record.frame)
        what = "tag" if isinstance(record, wire.Tag) else record.type
        name = reading.class_name(record.label_id) or ""
        kind: LabelType = "instances" if what == "mask" else "polygons"
        try:
            label = new_label(record, kind, frame, name, reading)
        except LabelError as error:
            self._stray(record.frame, record.label_id, what, str(error))
            return
        place = self.sent.frames[record.frame].place
        pieces = [kept_piece(0, record)]
        why = f"a {what}, and the run names no field"
        self.result.strays.append(
            Stray(
                "",
                place.sample_id,
                record.frame,
                what,
                label,
                pieces,
                why,
                place.frame_number,
            )
        )

    def _segmentation(self, index: int, label: SentLabel) -> None:
        plan = self.schema.plan(label.field)
        added = self.painted.pop((label.field, label.frame), [])
        came = self.came.get(index, {})
        before = label.pieces
        if before and not came and not added:
            self._missing(label, [record_of(piece) for piece in before])
            return
        base = label.label()
        assert isinstance(base, Segmentation)
        sent = [_shape(record_of(piece)) for piece in before]
        now = [_shape(came[piece.part]) if piece.part in came else None for piece in before]
        try:
            mask = segmentation_edit(
                base, self._frame(label.frame), sent, now, added, self._reading(plan)
            )
        except LabelError as error:
            self.result.notes.append(f"Label {label.label_id} was left as it is: {error}")
            return
        if mask is None and all(piece.key == key_of(came[piece.part]) for piece in before):
            return
        next_part = 1 + max((piece.part for piece in before), default=-1)
        kept = [kept_piece(part, record) for part, record in sorted(came.items())]
        kept += [kept_piece(next_part + place, shape) for place, shape in enumerate(added)]
        self.result.edited.append(Edited(label, {} if mask is None else {"mask": mask}, kept))

    def _new_segmentation(self, plan: FieldPlan, frame: int, shapes: Sequence[wire.Shape]) -> None:
        try:
            label = new_segmentation(shapes, self._frame(frame), self._reading(plan))
        except LabelError as error:
            self._stray(frame, shapes[0].label_id, "mask", str(error))
            return
        if label is not None:
            pieces = [kept_piece(part, shape) for part, shape in enumerate(shapes)]
            place = self.sent.frames[frame].place
            self.result.added.append(
                Added(plan.field, place.sample_id, frame, label, pieces, place.frame_number)
            )

    def _missing(self, label: SentLabel, before: Iterable[Record]) -> None:
        """A label of which nothing came: deleted, unless its class is gone with it.

        Where everything has a new number and nothing tells which label an edited one is, whether
        this one was deleted can't be known: it stays, and that is told.
        """
        before = list(before)
        nameless = [record for record in before if not self._carries_id(record.label_id)]
        if nameless and (
            self.renumbered or any((r.frame, sort_of(r)) in self.replaced for r in nameless)
        ):
            self.result.lost.append(label)
            return
        lost = [record.label_id for record in before if record.label_id not in self.classes.by_id]
        if not lost:
            self.result.removed.append(label)
            return
        name = self.sent.classes.get(lost[0], ("", "?"))[1]
        note = f"Class '{name}' was deleted on the server; its labels were kept here."
        if note not in self.result.notes:
            self.result.notes.append(note)

    def _stray(self, frame: int, class_id: int, what: str, reason: str) -> None:
        first = self.schema.fields[0].field if self.schema.fields else ""
        name = self.sent.classes.get(class_id, (first, ""))[0]
        place = self.sent.frames[frame].place
        self.result.strays.append(
            Stray(name, place.sample_id, frame, what, None, [], reason, place.frame_number)
        )

    def _owner(self, record: Record) -> str | None:
        """The field of a record's class; None for a class that was made on the server.

        In a project a class may be that of several fields, each drawn in its own way.
        """
        owner = self.sent.classes.get(record.label_id)
        if owner is None:
            return None
        there = self.classes.by_id.get(record.label_id)
        sharing = [
            plan.field
            for plan in self.schema.fields
            if there is not None
            and there.name in plan.server_names.values()
            and plan.kind in _drawn_by(record)
        ]
        return owner[0] if owner[0] in sharing or not sharing else sharing[0]

    def _is_elsewhere(self, record: Record, plan: FieldPlan) -> bool:
        """Whether a record has a class of another field, and of this one not."""
        there = self.classes.by_id.get(record.label_id)
        mine = there is not None and there.name in plan.server_names.values()
        return not mine and self._owner(record) not in {None, plan.field}

    def _taker(self, record: Record) -> FieldPlan | None:
        """The field for a record of a class that was made on the server: the first that fits."""
        fits = _drawn_by(record)
        plans = [plan for plan in self.schema.fields if plan.kind != "segmentation"]
        return next((plan for plan in plans if plan.kind in fits), next(iter(plans), None))

    def _frame(self, number: int) -> Frame:
        frame = self.sent.frames[number]
        return Frame(number, (frame.width, frame.height))

    def _reading(self, plan: FieldPlan | None) -> Reading:
        known, now = self.sent.classes, self.classes

        def class_name(number: int) -> str | None:
            if number in known:
                return known[number][1]
            return now.by_id[number].name if number in now.by_id else None

        def tools(name: str) -> tuple[AttributeTool, ...]:
            if plan is not None:
                return plan.tools_of(name)
            owners = [p for p in self.schema.fields if name in p.tools]
            if owners or self.schema.fields:
                return owners[0].tools[name] if owners else ()
            there = now.by_name.get(name)
            specs = () if there is None else there.spec_ids
            return tuple(AttributeTool(spec) for spec in specs if spec != LABEL_ID)

        names = {**self.sent.attributes, **now.attribute_names}
        targets = None if plan is None else plan.mask_targets
        return Reading(class_name, names, tools, targets, now.node_ids)


def _drawn_by(record: Record) -> frozenset[str]:
    """The ways of annotating that make such a record."""
    if isinstance(record, wire.Tag):
        return frozenset({"classifications", "scalar"})
    return _WAYS.get(record.type, frozenset({record.type}))


_WAYS = {
    "rectangle": frozenset({"detections"}),
    "ellipse": frozenset({"detections"}),
    "mask": frozenset({"instances", "segmentation"}),
    "polygon": frozenset({"polygons"}),
    "polyline": frozenset({"polylines"}),
    "cuboid": frozenset({"polylines"}),
    "points": frozenset({"keypoints"}),
    "skeleton": frozenset({"keypoints"}),
}


def _same(piece: SentPiece, record: Record) -> bool:
    """Whether a record is a piece of a label in all but its number."""
    return same_record(record_of(piece), record)


def _same_sort(piece: SentPiece, record: Record) -> bool:
    before = record_of(piece)
    if isinstance(before, wire.Shape) and isinstance(record, wire.Shape):
        return before.type == record.type
    return isinstance(before, wire.Tag) and isinstance(record, wire.Tag)


def _is_untouched(label: SentLabel, came: Mapping[int, Record]) -> bool:
    """Whether all pieces of a label came back byte by byte as they were kept.

    Most do, and need not be taken apart.
    """
    return len(came) == len(label.pieces) > 0 and all(
        piece.part in came and wire.encode(came[piece.part]) == piece.form for piece in label.pieces
    )


def _tells_keyframes(plan: FieldPlan | None) -> bool:
    """Whether labels of a field tell keyframes: where they did before, and in new fields."""
    return plan is None or plan.only_keyframes or not plan.exists


def _is_area(record: Record) -> bool:
    return isinstance(record, wire.Shape) and record.type in {"mask", "polygon"}


def _shape(record: Record) -> wire.Shape:
    assert isinstance(record, wire.Shape)
    return record


def _element(plan: FieldPlan) -> type[Label]:
    if plan.kind == "scalar":
        return Classification
    if plan.document in LABEL_LIST_CLASSES:
        return LABEL_LIST_CLASSES[plan.document].ELEMENT
    return LABEL_CLASSES[plan.document]
