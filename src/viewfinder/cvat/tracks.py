"""Labels of a video's frames as CVAT's tracks, and tracks as one shape a frame; pure.

The way out: :func:`build_tracks` joins the labels of a field that are the same object. The way
back: :func:`expand` gives the shape of a track on each frame, drawn or interpolated, and
:class:`TrackIndex` says which label each of them is. What the server held right after sending,
expanded, is the *before*; what it holds now, expanded, the *after*; both go label by label through
:func:`viewfinder.cvat.from_cvat.same_record` and :func:`viewfinder.cvat.from_cvat.edits_of`, as the
shapes of images do. So a moved keyframe edits the frames whose interpolation it changes, and every
other label keeps its bits.

Label ids. Each keyframe carries the id of its own label in the *mutable* text attribute
``label_id``; frames between inherit it. A frame's label is not that one, but a label of the same
track: whatever keyframe's id is found leads to the track as it was sent, and the track and the
frame lead to the label. That holds when the server cuts a track at the border of two jobs, gives
new numbers to everything, or when annotators split a track; with an immutable attribute, tracks
that were merged would keep one id for two. Where annotators change the class of a track CVAT
forgets its attributes; then the server's own number of the track speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from viewfinder.cvat import wire
from viewfinder.cvat.to_cvat import ClassOf, Frame, LabelType, pieces_of
from viewfinder.cvat.tools import LABEL_ID, AttributeTool, text_of
from viewfinder.labels import Label
from viewfinder.labels.tracks import Pose, poses_at

__all__ = [
    "BuiltTrack",
    "FrameLabel",
    "FrameShape",
    "SentTrack",
    "TrackIndex",
    "build_tracks",
    "expand",
]


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
    for item in members:
        for piece in pieces_of(item.label, kind, item.frame, class_of=class_of, tools=tools):
            if isinstance(piece.record, wire.Shape):
                parts = drawn.setdefault(piece.part, {})
                parts[item.frame.number] = (piece.record, item.label)
    name = members[0].label.get("label")
    server_class = None if name is None else class_of(name)
    if server_class is None:
        return
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


@dataclass(slots=True)
class TrackIndex:
    """Which label each shape of a track is.

    Args:
        sent: the tracks that were sent, as the server first had them
        attribute_names: the name of an attribute by the server's number
    """

    sent: Sequence[SentTrack]
    attribute_names: Mapping[int, str]
    _by_label: dict[str, list[SentTrack]] = field(init=False, default_factory=dict)
    """The tracks of a label: one for each of its parts."""
    _by_number: dict[int, SentTrack] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for track in self.sent:
            self._by_number.update(dict.fromkeys(track.server_ids, track))
            for label_id in track.labels.values():
                self._by_label.setdefault(label_id, []).append(track)

    def resolve(self, tracks: Iterable[wire.Track], frames: Sequence[int]) -> list[FrameShape]:
        """All tracks on all frames, each shape with the label that it is.

        Two that claim one label (somebody copied a track) are told apart: the one whose number on
        the server was sent has it, else the one that was drawn there, else the first; the other is
        new.

        Args:
            tracks: what the server holds now
            frames: numbers of frames of the task
        """
        found: list[FrameShape] = []
        for track in tracks:
            owners = {shape.frame: self._owner(track, shape) for shape in track.shapes}
            found += _named(expand(track, frames), owners)
        claims: dict[str, list[int]] = {}
        for place, item in enumerate(found):
            if item.label_id is not None:
                claims.setdefault(item.label_id, []).append(place)
        for label_id, places in claims.items():
            self._settle(found, label_id, places)
        return found

    def _settle(self, found: list[FrameShape], label_id: str, places: list[int]) -> None:
        """Gives each part of a label to one of the shapes that claim it; the others are new."""

        def rank(place: int) -> tuple[bool, bool]:
            item = found[place]
            known = item.sent is not None and item.track_id in item.sent.server_ids
            return not known, not item.keyframe

        free = {track.part: track for track in self._by_label[label_id]}
        for place in sorted(places, key=rank):
            item = found[place]
            wanted = item.sent if item.sent is not None and item.sent.part in free else None
            if wanted is None and rank(place)[0]:
                # Numbers that nobody knows do not tell parts apart: the next one that is free.
                wanted = next(iter(free.values()), None)
            if wanted is None:
                found[place] = FrameShape(item.shape, item.keyframe, item.track_id)
            else:
                del free[wanted.part]
                found[place] = replace(item, sent=wanted)

    def _owner(self, track: wire.Track, shape: wire.TrackedShape) -> SentTrack | None:
        """The sent track that a keyframe belongs to, by its label id and its track's number."""
        numbered = None if track.id is None else self._by_number.get(track.id)
        for item in (*shape.attributes, *track.attributes):
            if self.attribute_names.get(item.spec_id) == LABEL_ID:
                named = self._by_label.get(text_of(item.value), [])
                if named:
                    return numbered if numbered in named else named[0]
        return numbered


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
