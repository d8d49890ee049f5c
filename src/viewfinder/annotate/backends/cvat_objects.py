"""The objects of a video as they are kept on record, and as a server's tracks show them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from viewfinder.annotate.record import SentLabel, SentObject, SentPiece, SentTask
from viewfinder.cvat import wire
from viewfinder.cvat.tracks import Course, FrameShape, JobTracks, SentTrack, TrackIndex, recognised

__all__ = ["Objects", "Sight", "object_piece"]

_SORTS = ("between", "keyframe")
"""The sorts of pieces that are one frame of a track: interpolated, and drawn."""
_shapes = msgspec.json.Decoder(wire.Shape)


def object_piece(number: int, item: FrameShape, part: int) -> SentPiece:
    """One frame of a track as it is kept on record.

    Args:
        number: place of the object in the task's record
        item: the shape on that frame
        part: which part of its label it is
    """
    return SentPiece(part, f"{_SORTS[item.keyframe]}:{number}", wire.encode(item.shape))


@dataclass(frozen=True, slots=True)
class Sight:
    """An object on one frame, as the server has it now."""

    item: FrameShape
    number: int
    """Place of the object in the record."""
    index: int | None
    """The number that its label is to have; None where the object has none."""

    def piece(self, part: int) -> SentPiece:
        """As it is kept on record."""
        return object_piece(self.number, self.item, part)


@dataclass(slots=True)
class Objects:
    """The objects of one task.

    Args:
        sent: the task's record
        attribute_names: the name of an attribute by the server's number
        field_of: the field of a class by the server's number
    """

    sent: SentTask
    attribute_names: Mapping[int, str]
    field_of: Mapping[int, str]
    now: list[SentObject] = field(init=False)
    """As the record is to have them: new ones at the end."""
    renumbered: bool = field(init=False, default=False)
    """Whether some that were sent have server's numbers that are not on record yet."""
    _tops: dict[str, int] = field(init=False)
    _server_ids: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.now = list(self.sent.objects)
        self._server_ids = {number for known in self.now for number in known.server_ids}
        self._tops = dict(self.sent.top_index)
        for label in self.sent.labels:
            index = label.values.get("index")
            if isinstance(index, int):
                self._tops[label.field] = max(index, self._tops.get(label.field, 0))

    def sights(self, jobs: Sequence[JobTracks]) -> Iterator[Sight]:
        """Every object on every frame, with the number that its label is to have.

        Where annotators joined two objects, all labels get the smaller number; where they split
        one, the piece that the server has under a number of its own is a new object.

        Args:
            jobs: what each job of the task holds now, and its frames
        """
        tracks = recognised(self._tracks(), self._courses, jobs, self.attribute_names)
        places = {id(track): number for number, track in enumerate(tracks)}
        shapes = TrackIndex(tracks, self.attribute_names).resolve(jobs)
        split = _split_off(shapes, jobs)
        for found in _by_track(shapes):
            of_others = found[0].track_id in split
            numbers = set() if of_others else {places[id(i.sent)] for i in found if i.sent}
            self._remember(numbers, found[0].track_id)
            known = [self.now[number].index for number in numbers]
            index = min((one for one in known if one is not None), default=None)
            new = None
            for item in found:
                if item.sent is not None and not of_others:
                    yield Sight(item, places[id(item.sent)], index)
                    continue
                if new is None:
                    new = self._new(item, index)
                yield Sight(item, new, self.now[new].index)

    def _remember(self, numbers: set[int], track_id: int | None) -> None:
        """Takes a track's new number on record, where it is one object that was sent.

        Old numbers stay: jobs that were not read may have them still. A server gives none twice.
        """
        if track_id is None or len(numbers) != 1:
            return
        if track_id in self._server_ids:
            return
        self._server_ids.add(track_id)
        (number,) = numbers
        known = self.now[number]
        self.now[number] = msgspec.structs.replace(
            known, server_ids=sorted([*known.server_ids, track_id])
        )
        self.renumbered = True

    def _new(self, item: FrameShape, index: int | None) -> int:
        """Takes a track that annotators made on record; returns its number there."""
        ids = [] if item.track_id is None else [item.track_id]
        for number, known in enumerate(self.now):
            if ids and known.server_ids == ids:
                return number
        if index is None:
            name = self.field_of.get(item.shape.label_id, "")
            index = self._tops[name] = self._tops.get(name, 0) + 1
        self.now.append(SentObject(0, ids, index))
        return len(self.now) - 1

    def _tracks(self) -> list[SentTrack]:
        """What was sent, in the form in which tracks are known again."""
        labels: list[dict[int, str]] = [{} for _ in self.sent.objects]
        for label in self.sent.labels:
            for number in numbers_of(label):
                labels[number][label.frame] = label.label_id
        return [
            SentTrack(kept.part, labels[number], frozenset(kept.server_ids))
            for number, kept in enumerate(self.sent.objects)
        ]

    def _courses(self) -> list[Course]:
        """Where each object was when it was sent."""
        courses: list[dict[int, wire.Shape]] = [{} for _ in self.sent.objects]
        for label in self.sent.labels:
            for piece in label.pieces:
                sort, _, number = piece.key.partition(":")
                if sort in _SORTS:
                    courses[int(number)][label.frame] = _shapes.decode(piece.form)
        return list(courses)


def numbers_of(label: SentLabel) -> list[int]:
    """The objects that a label is a sight of: one for each of its parts that is a track."""
    split = (piece.key.partition(":") for piece in label.pieces)
    return [int(number) for sort, _, number in split if sort in _SORTS]


def _split_off(found: Iterable[FrameShape], jobs: Sequence[JobTracks]) -> set[int]:
    """The server's numbers of tracks that annotators cut off from one that was sent.

    In one job a track that was sent is one; where it is several, the one whose number is known, or
    else the first, is still that, and the others are objects of their own.
    """
    starts = [frames[0] for _, frames in jobs if len(frames)]
    pieces: dict[tuple[int, int], dict[int, SentTrack]] = {}
    for item in sorted(found, key=lambda item: item.shape.frame):
        if item.sent is not None and item.track_id is not None and item.label_id is not None:
            job = sum(start <= item.shape.frame for start in starts)
            pieces.setdefault((job, id(item.sent)), {})[item.track_id] = item.sent
    out: set[int] = set()
    for ids in pieces.values():
        still = next((one for one, sent in ids.items() if one in sent.server_ids), next(iter(ids)))
        out |= ids.keys() - {still}
    return out


def _by_track(found: Iterable[FrameShape]) -> Iterable[list[FrameShape]]:
    """Shapes put together by the server's number of their track."""
    tracks: dict[int | None, list[FrameShape]] = {}
    for item in found:
        tracks.setdefault(item.track_id, []).append(item)
    return tracks.values()
