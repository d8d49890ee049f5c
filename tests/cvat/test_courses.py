"""Tracks without label ids are known by where they go."""

from __future__ import annotations

import pytest

from viewfinder.cvat import wire
from viewfinder.cvat.tracks import SentTrack, expand, recognised


def track(number: int | None, start: float, *frames: int, label_id: int = 1) -> wire.Track:
    """A rectangle that moves ten pixels to the right from frame to frame."""
    shapes = [
        wire.TrackedShape(
            type="rectangle", frame=frame, points=[start + 10 * frame, 0, start + 10 * frame + 5, 5]
        )
        for frame in frames
    ]
    return wire.Track(id=number, frame=frames[0], label_id=label_id, shapes=shapes)


SENT = [track(None, 0, 0, 9), track(None, 100, 0, 9)]


def numbers(
    *jobs: tuple[list[wire.Track], range], known: tuple[int, ...] = ()
) -> list[frozenset[int]]:
    drafts = [SentTrack(0, {n: f"{place} on {n}" for n in range(10)}) for place in range(2)]
    drafts[0] = SentTrack(0, drafts[0].labels, frozenset(known))
    courses = [{item.shape.frame: item.shape for item in expand(one, range(10))} for one in SENT]
    return [item.server_ids for item in recognised(drafts, lambda: courses, jobs, {})]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([track(7, 100, 0, 9), track(8, 0, 0, 9)], [{8}, {7}]),
        # A keyframe more between changes no frame.
        ([track(8, 0, 0, 4, 9)], [{8}, set()]),
        ([track(8, 0.02, 0, 9)], [set(), set()]),
        ([track(8, 0, 0, 9, label_id=2)], [set(), set()]),
        ([track(8, 0, 1, 9)], [set(), set()]),
        # Of two that go the same way the first is it, the second is new.
        ([track(8, 0, 0, 9), track(9, 0, 0, 9)], [{8}, set()]),
    ],
)
def test_the_same_way_is_the_same_track(held: list[wire.Track], expected: list[set[int]]) -> None:
    assert numbers((held, range(10))) == expected


def test_a_track_that_was_cut_at_a_border_is_one() -> None:
    first, second = track(3, 0, 0, 4), track(4, 0, 5, 9)
    assert numbers(([first], range(5)), ([second], range(5, 10))) == [{3, 4}, set()]


def test_a_copy_of_a_track_whose_number_is_there_is_new() -> None:
    held = [track(3, 0, 0, 9), track(4, 0, 0, 9)]
    assert numbers((held, range(10)), known=(3,)) == [{3}, set()]
