"""Labels of a video's frames as CVAT's tracks, and tracks as one shape a frame; pure.

The way out: :func:`build_tracks` joins the labels of a field that are the same object, and
:func:`sent_tracks` reads from the server's answer what has to be kept on record. The way back:
:meth:`TrackIndex.resolve` gives the shape of each track on each frame, drawn or interpolated, and
says which label it is. What the server held right after sending, frame by frame, is the *before*;
what it holds now, frame by frame, the *after*; both go label by label through
:func:`viewfinder.cvat.from_cvat.same_record` and :func:`viewfinder.cvat.from_cvat.edits_of`, as the
shapes of images do. So a moved keyframe edits the frames whose interpolation it changes, and every
other label keeps its bits.

Label ids. Each keyframe carries the id of its own label in the *mutable* text attribute
``label_id``; frames between inherit it. A frame's label is not that one, but a label of the same
track: whatever keyframe's id is found leads to the track as it was sent, and the track and the
frame lead to the label. Where a label has several parts, each is a track, and the text of all but
the first ends in the number of the part (``…#1``). That holds when the server cuts a track at the
border of two jobs, gives new numbers to everything, or when annotators split a track; with an
immutable attribute, tracks that were merged would keep one id for two. Where annotators change the
class of a track CVAT forgets its attributes; then the server's own number of the track speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from viewfinder.cvat import wire
from viewfinder.cvat.to_cvat import ClassOf, Frame, LabelType, pieces_of
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, text_of
from viewfinder.labels import Label
from viewfinder.labels.tracks import Pose, poses_at

__all__ = [
    "BuiltTrack",
    "Course",
    "FrameLabel",
    "FrameShape",
    "JobTracks",
    "SentTrack",
    "TrackIndex",
    "build_tracks",
    "drafts_of_tracks",
    "expand",
    "recognised",
    "sent_tracks",
]

_ROUNDED_PX = 0.01
Course: TypeAlias = Mapping[int, wire.Shape]
"""Where a track is, by frame; frames where it is outside are left out."""


@dataclass(frozen=True, slots=True)
class FrameLabel:
    """A label of one frame of a video."""

    frame: Frame
    """With the task's number of the frame, from 0."""
    label: Label


@dataclass(frozen=True, slots=True)
class BuiltTrack:
    """A track to be sent."""

    track: wire.Track
    part: int
    """Which part of its labels it is, as of :class:`~viewfinder.cvat.to_cvat.Piece`."""
    labels: Mapping[int, str]
    """Id of the label by frame, also of labels between keyframes."""


@dataclass(frozen=True, slots=True)
class SentTrack:
    """A track that was sent: what has to be kept of it to know its labels again."""

    part: int
    labels: Mapping[int, str]
    """Id of the label by frame of the task."""
    server_ids: frozenset[int] = frozenset()
    """The server's numbers for it: several where it was cut at the borders of jobs."""


@dataclass(frozen=True, slots=True)
class FrameShape:
    """A track on one frame."""

    shape: wire.Shape
    """As if it were drawn on that frame alone, the track's own attributes and group included; it
    has no number of its own."""
    keyframe: bool
    """Whether it was drawn here, rather than interpolated or left standing."""
    track_id: int | None = None
    """The server's number of the track."""
    sent: SentTrack | None = None
    """The track that was sent which this is (a piece of); None for one that annotators made."""
    label_id: str | None = None
    """The label that it is; None for a new one (also where a sent track was prolonged)."""


ToolsOf = Callable[[str], Sequence[AttributeTool]]
JobTracks: TypeAlias = tuple[Iterable[wire.Track], Sequence[int]]
"""The tracks of a job, and the numbers of its frames in the task."""


def build_tracks(
    labels: Iterable[FrameLabel],
    kind: LabelType,
    *,
    size: int,
    class_of: ClassOf,
    tools_of: ToolsOf,
    only_keyframes: bool = False,
) -> tuple[list[BuiltTrack], list[FrameLabel]]:
    """The tracks of a field.

    Labels are one object when they have class and ``index`` in common, or class and ``instance``
    where there is no index. Frames on which an object is missing are ``outside``.

    Args:
        labels: the labels of one field in one video, in any order
        kind: as what they are annotated
        size: frames of the task
        class_of: the server's class for a label's class; None for one that is not annotated
        tools_of: the attributes of a class; immutable ones go to the track, with their first value
        only_keyframes: whether labels whose ``keyframe`` is not True are left to interpolation,
            except at the start of each stretch of frames on which the object is seen

    Returns:
        the tracks, and the labels that belong to none: they go out as shapes of their frame
    """
    objects: dict[tuple[str, str, int], list[FrameLabel]] = {}
    seen: dict[tuple[str, str, int], int] = {}
    alone: list[FrameLabel] = []
    for item in sorted(labels, key=lambda item: item.frame.number):
        key = _object_of(item.label)
        if key is None or kind in {"classifications", "segmentation"}:
            alone.append(item)
            continue
        # Two of one number on one frame are two objects all the same.
        twin = seen.get((*key, item.frame.number), 0)
        seen[*key, item.frame.number] = twin + 1
        objects.setdefault((*key, twin), []).append(item)
    built: list[BuiltTrack] = []
    for members in objects.values():
        tools = tools_of(members[0].label.get("label") or "")
        built += _tracks_of(members, kind, size, class_of, tools, only_keyframes)
    return built, alone


def _object_of(label: Label) -> tuple[str, str] | None:
    """What tells one object from others."""
    index, name = label.get("index"), label.get("label")
    if name is None:
        return None
    if isinstance(index, int) and not isinstance(index, bool):
        return name, f"index {index}"
    instance = label.get("instance")
    if instance is None:
        return None
    return name, f"instance {getattr(instance, 'id', instance)}"


def _tracks_of(
    members: Sequence[FrameLabel],
    kind: LabelType,
    size: int,
    class_of: ClassOf,
    tools: Sequence[AttributeTool],
    only_keyframes: bool,
) -> Iterator[BuiltTrack]:
    """The tracks of one object: one for each part that its labels are drawn in."""
    drawn: dict[int, dict[int, tuple[wire.Shape, Label]]] = {}
    name = members[0].label.get("label")
    server_class = None if name is None else class_of(name)
    if server_class is None:
        return
    for item in members:
        for piece in pieces_of(item.label, kind, item.frame, class_of=class_of, tools=tools):
            if isinstance(piece.record, wire.Shape):
                _number_part(piece.record, piece.part, server_class.spec_ids.get(LABEL_ID))
                parts = drawn.setdefault(piece.part, {})
                parts[item.frame.number] = (piece.record, item.label)
    fixed = {server_class.spec_ids.get(tool.name) for tool in tools if not tool.mutable}
    for part, shapes in sorted(drawn.items()):
        first = min(shapes)
        shape = shapes[first][0]
        track = wire.Track(
            frame=first,
            label_id=shape.label_id,
            group=shape.group,
            source=shape.source,
            attributes=[item for item in shape.attributes if item.spec_id in fixed],
            shapes=_keyframes(shapes, size, fixed, only_keyframes),
            elements=_element_tracks(shapes, size, only_keyframes),
        )
        labels = {number: label.id for number, (_, label) in sorted(shapes.items())}
        yield BuiltTrack(track, part, labels)


def _number_part(shape: wire.Shape, part: int, label_id_spec: int | None) -> None:
    """Tells in the label id of a shape which part of its label it is."""
    if part:
        # All pieces of a label share one list of attributes.
        shape.attributes = [
            wire.AttributeValue(spec_id=item.spec_id, value=f"{item.value}#{part}")
            if item.spec_id == label_id_spec
            else item
            for item in shape.attributes
        ]


def _keyframes(
    shapes: Mapping[int, tuple[wire.Shape, Label]],
    size: int,
    fixed: set[int | None],
    only_keyframes: bool,
) -> list[wire.TrackedShape]:
    """The keyframes of a track, with one outside wherever the object goes away."""
    out: list[wire.TrackedShape] = []
    texts: dict[int, str] = {}
    for number, (shape, label) in sorted(shapes.items()):
        opens = number - 1 not in shapes
        closes = number + 1 not in shapes and number + 1 < size
        if opens or not only_keyframes or label.get("keyframe") is True:
            here = {
                item.spec_id: text_of(item.value)
                for item in shape.attributes
                if item.spec_id not in fixed
            }
            # What a keyframe does not say it takes from the one before; no value is said aloud.
            texts = {**dict.fromkeys(texts, ""), **here}
            out.append(_tracked(shape, number, texts))
        if closes:
            out.append(_tracked(shape, number + 1, texts, outside=True))
    return out


def _tracked(
    shape: wire.Shape, frame: int, texts: Mapping[int, str], *, outside: bool = False
) -> wire.TrackedShape:
    return wire.TrackedShape(
        type=shape.type,
        frame=frame,
        points=None if shape.points is None else list(shape.points),
        occluded=shape.occluded,
        outside=outside or shape.outside,
        rotation=shape.rotation,
        z_order=shape.z_order,
        attributes=[wire.AttributeValue(spec_id=key, value=text) for key, text in texts.items()],
    )


def _element_tracks(
    shapes: Mapping[int, tuple[wire.Shape, Label]], size: int, only_keyframes: bool
) -> list[wire.Track] | None:
    """A track for each node of a skeleton."""
    nodes: dict[int, dict[int, tuple[wire.Shape, Label]]] = {}
    for number, (shape, label) in shapes.items():
        for element in shape.elements or ():
            nodes.setdefault(element.label_id, {})[number] = (element, label)
    if not nodes:
        return None
    return [
        wire.Track(
            frame=min(found),
            label_id=node,
            shapes=_keyframes(found, size, set(), only_keyframes),
        )
        for node, found in nodes.items()
    ]


def expand(track: wire.Track, frames: Sequence[int]) -> list[FrameShape]:
    """A track on each of some frames of its task; frames where it is outside are left out.

    Args:
        track: as it goes to or comes from a server
        frames: numbers of frames of the task, as in ``range(job.start_frame, job.stop_frame + 1)``
    """
    shapes = _shapes_at(track, frames)
    nodes = [(node.label_id, _shapes_at(node, frames)) for node in track.elements or ()]
    out = []
    for frame in frames:
        if frame not in shapes:
            continue
        shape, keyframe = shapes[frame]
        if nodes:
            elements = [found[frame] for _, found in nodes if frame in found]
            shape.elements = [element for element, _ in elements]
            keyframe = keyframe or any(drawn for _, drawn in elements)
        # A skeleton is outside where all of its nodes are.
        if shape.outside or (nodes and all(node.outside for node in shape.elements or ())):
            continue
        out.append(FrameShape(shape, keyframe, track.id))
    return out


def _shapes_at(track: wire.Track, frames: Sequence[int]) -> dict[int, tuple[wire.Shape, bool]]:
    """The shape on each frame from the first keyframe on, outside ones too; and whether drawn."""
    keyframes = {shape.frame: shape for shape in track.shapes}
    if not keyframes:
        return {}
    kinds = {shape.type for shape in track.shapes}
    # Shapes of two types can't be mixed: each stands until the next.
    kind = kinds.pop() if len(kinds) == 1 else ""
    poses = poses_at(
        kind,
        {frame: Pose(shape.points or [], shape.rotation) for frame, shape in keyframes.items()},
        frames,
    )
    inherited = _inherited(track)
    numbers = sorted(keyframes)
    out: dict[int, tuple[wire.Shape, bool]] = {}
    place = -1
    for frame in sorted(poses):
        while place + 1 < len(numbers) and numbers[place + 1] <= frame:
            place += 1
        last = keyframes[numbers[place]]
        pose = poses[frame]
        out[frame] = (
            wire.Shape(
                type=last.type,
                frame=frame,
                label_id=track.label_id,
                points=None if last.points is None else list(pose.points),
                group=track.group,
                occluded=last.occluded,
                outside=last.outside,
                rotation=pose.rotation,
                z_order=last.z_order,
                source=track.source,
                attributes=inherited[numbers[place]],
            ),
            numbers[place] == frame,
        )
    return out


def _inherited(track: wire.Track) -> dict[int, list[wire.AttributeValue]]:
    """The attributes at each keyframe: its own, those of keyframes before, and the track's."""
    fixed = {item.spec_id: item for item in track.attributes}
    out: dict[int, list[wire.AttributeValue]] = {}
    for shape in sorted(track.shapes, key=lambda shape: shape.frame):
        fixed = {**fixed, **{item.spec_id: item for item in shape.attributes}}
        out[shape.frame] = list(fixed.values())
    return out


def sent_tracks(
    built: Sequence[BuiltTrack],
    jobs: Iterable[JobTracks],
    attribute_names: Mapping[int, str],
) -> tuple[list[SentTrack], list[FrameShape]]:
    """What is to be kept on record of tracks that were sent.

    Args:
        built: the tracks as they were sent
        jobs: what each job of the task holds now
        attribute_names: the name of an attribute by the server's number

    Returns:
        the tracks, and each of their labels' shapes as the server first has it: the *before* of
        every later comparison
    """
    jobs = [(list(tracks), frames) for tracks, frames in jobs]
    drafts = drafts_of_tracks(built, jobs, attribute_names)
    shapes = TrackIndex(drafts, attribute_names).resolve(jobs)
    numbers: dict[int, set[int]] = {}
    for item in shapes:
        if item.sent is not None and item.track_id is not None:
            numbers.setdefault(id(item.sent), set()).add(item.track_id)
    kept = {
        id(draft): replace(draft, server_ids=frozenset(numbers.get(id(draft), ())))
        for draft in drafts
    }
    named = [
        replace(item, sent=None if item.sent is None else kept[id(item.sent)]) for item in shapes
    ]
    return list(kept.values()), named


def drafts_of_tracks(
    built: Sequence[BuiltTrack],
    jobs: Iterable[JobTracks],
    attribute_names: Mapping[int, str],
) -> list[SentTrack]:
    """Tracks that are being sent, with the server's numbers where nothing else tells them.

    Arguments as of :func:`sent_tracks`.
    """
    size = 1 + max((max(item.labels, default=0) for item in built), default=0)
    drafts = [SentTrack(item.part, item.labels) for item in built]

    def courses() -> list[Course]:
        return [_course(item.track, range(size)) for item in built]

    return recognised(drafts, courses, jobs, attribute_names)


def recognised(
    sent: Sequence[SentTrack],
    courses: Callable[[], Sequence[Course]],
    jobs: Iterable[JobTracks],
    attribute_names: Mapping[int, str],
) -> list[SentTrack]:
    """Tracks that were sent, with the server's numbers of those known by their course.

    Where nothing else tells which one a track of the server is (its class has no attribute for
    label ids, and its number is new), it is the one that has the same class and the same shape on
    every frame of a job.

    Args:
        sent: the tracks
        courses: the shapes of each of them by frame; asked for only where they are needed
        jobs: what each job holds now
        attribute_names: the name of an attribute by the server's number
    """
    index = TrackIndex(sent, attribute_names)
    known: Sequence[Course] | None = None
    numbers = [set(item.server_ids) for item in sent]
    for tracks, frames in jobs:
        held = list(tracks)
        there = {track.id for track in held}
        free = [n for n, item in enumerate(sent) if not there & item.server_ids]
        for track in held:
            if track.id is None or not free or index.names(track):
                continue
            known = courses() if known is None else known
            course, shown = _course(track, frames), frozenset(frames)
            same = next((n for n in free if _same_course(course, known[n], shown)), None)
            if same is not None:
                free.remove(same)
                numbers[same].add(track.id)
    return [
        item if found == item.server_ids else replace(item, server_ids=frozenset(found))
        for item, found in zip(sent, numbers, strict=True)
    ]


def _course(track: wire.Track, frames: Sequence[int]) -> Course:
    return {item.shape.frame: item.shape for item in expand(track, frames)}


def _same_course(came: Course, sent: Course, frames: frozenset[int]) -> bool:
    """Whether a job's track goes where a sent one goes, as far as the job sees it."""
    if not came or came.keys() != sent.keys() & frames:
        return False
    return all(
        (shape.label_id, shape.type) == (sent[number].label_id, sent[number].type)
        and _is_near(_coordinates(shape), _coordinates(sent[number]))
        for number, shape in came.items()
    )


def _is_near(came: Sequence[float], sent: Sequence[float]) -> bool:
    """Whether a shape is where it was sent.

    A server that cuts a track at the border of a job may round where it was between keyframes.
    """
    return len(came) == len(sent) and all(
        abs(a - b) <= _ROUNDED_PX for a, b in zip(came, sent, strict=True)
    )


def _coordinates(shape: wire.Shape) -> list[float]:
    """The points of a shape, and those of the nodes of a skeleton."""
    nodes = (point for node in shape.elements or () for point in node.points or ())
    return [*(shape.points or ()), *nodes]


@dataclass(slots=True)
class TrackIndex:
    """Which label each shape of a track is.

    Args:
        sent: the tracks that were sent, as the server first had them
        attribute_names: the name of an attribute by the server's number
    """

    sent: Sequence[SentTrack]
    attribute_names: Mapping[int, str]
    _by_text: dict[str, SentTrack] = field(init=False, default_factory=dict)
    """The track by the text that a keyframe of it may carry as label id."""
    _by_number: dict[int, SentTrack] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for track in self.sent:
            self._by_number.update(dict.fromkeys(track.server_ids, track))
            ending = f"#{track.part}" if track.part else ""
            self._by_text.update(
                {f"{label_id}{ending}": track for label_id in track.labels.values()}
            )

    def names(self, track: wire.Track) -> bool:
        """Whether a track says itself which one it is."""
        return any(self._owner(track, shape) is not None for shape in track.shapes)

    def resolve(self, jobs: Iterable[JobTracks]) -> list[FrameShape]:
        """All tracks on all frames, each shape with the label that it is.

        A job's tracks say nothing of frames that are not its own: a track that goes on in the next
        job just stops.

        Two that claim one label (somebody copied a track) are told apart: the one whose number on
        the server was sent has it, else the one that was drawn there, else the first; the other is
        new. Of a frame that two jobs share, the first job's shape counts.

        Args:
            jobs: what each job holds now, or the whole task in one
        """
        found: list[FrameShape] = []
        for tracks, frames in jobs:
            for track in tracks:
                owners = {shape.frame: self._owner(track, shape) for shape in track.shapes}
                found += _named(expand(track, frames), owners)
        claims: dict[tuple[str, int], list[int]] = {}
        for place, item in enumerate(found):
            if item.label_id is not None and item.sent is not None:
                claims.setdefault((item.label_id, item.sent.part), []).append(place)
        doubles: set[int] = set()
        for places in claims.values():
            first, *others = sorted(places, key=lambda place: _rank(found[place]))
            for place in others:
                known = not _rank(found[place])[0]
                if known and found[place].track_id != found[first].track_id:
                    doubles.add(place)
                else:
                    item = found[place]
                    found[place] = FrameShape(item.shape, item.keyframe, item.track_id)
        return [item for place, item in enumerate(found) if place not in doubles]

    def _owner(self, track: wire.Track, shape: wire.TrackedShape) -> SentTrack | None:
        """The sent track that a keyframe belongs to, by its label id and its track's number."""
        numbered = None if track.id is None else self._by_number.get(track.id)
        for item in (*shape.attributes, *track.attributes):
            if self.attribute_names.get(item.spec_id) == LABEL_ID:
                return self._by_text.get(text_of(item.value), numbered)
        return numbered


def _rank(item: FrameShape) -> tuple[bool, bool]:
    """Who of several that claim a label has it: the smallest."""
    known = item.sent is not None and item.track_id in item.sent.server_ids
    return not known, not item.keyframe


def _named(
    shapes: Iterable[FrameShape], owners: Mapping[int, SentTrack | None]
) -> Iterator[FrameShape]:
    """The shapes of a track with the sent track and label that they are, by their keyframes'."""
    keyframes = sorted(owners)
    place = -1
    owner: SentTrack | None = None
    for item in shapes:
        while place + 1 < len(keyframes) and keyframes[place + 1] <= item.shape.frame:
            place += 1
            owner = owners[keyframes[place]] or owner
        label_id = None if owner is None else owner.labels.get(item.shape.frame)
        yield replace(item, sent=owner, label_id=label_id)
